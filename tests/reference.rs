//! `docs/reference.md`: statements, functions, settings and known differences, as the tables of the code and the files of
//! the tests have them. `SKEP_UPDATE=1 cargo test reference` writes the page anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use skep::config::settings::{FIXED, Kind, SETTINGS, Setting};
use skep::functions::{self, Function};
use skep::sql::ast::{Access, Statement};
use skep::sql::statements::STATEMENTS;
use skep::sql::{ParseOptions, parse};

use crate::program;
use crate::slt::{self, files_below};

const HEAD: &str = "# Reference\n\nMade from the tables in the code and from the tests: `SKEP_UPDATE=1 cargo test reference` writes \
                    this page; do not edit it.\n";

/// Comments of the text tests that begin so tell what Skep does otherwise than Spark; the record below shows it.
const DIFFERENCE: &str = "# DIFFERS: ";

/// What Spark lists as functions and Skep has otherwise: as operators and casts of the grammar, and as a table.
const IN_THE_GRAMMAR: &[&str] = &[
    "and",
    "between",
    "bigint",
    "binary",
    "boolean",
    "case",
    "cast",
    "date",
    "decimal",
    "div",
    "double",
    "float",
    "ilike",
    "in",
    "int",
    "like",
    "mod",
    "not",
    "or",
    "regexp",
    "regexp_like",
    "rlike",
    "smallint",
    "sql_keywords",
    "string",
    "time",
    "timestamp",
    "tinyint",
    "when",
];

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("docs/reference.md", check),
        Trial::test("docs/reference.md::lists_every_statement", every_statement_is_listed),
    ]
}

fn check() -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = page(root)?;
    let file = root.join("docs/reference.md");
    if std::env::var_os("SKEP_UPDATE").is_some_and(|value| value == "1") {
        fs::write(&file, page)?;
        return Ok(());
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    match program::difference(&page, &written, |a, b| a == b) {
        None => Ok(()),
        Some(lines) => Err(format!("SKEP_UPDATE=1 cargo test reference brings it up to date:\n{lines}").into()),
    }
}

/// The statements of the text tests stand in the list, and each of the list has a test.
fn every_statement_is_listed() -> Result<(), Failed> {
    let listed: BTreeSet<&str> = STATEMENTS.iter().map(|(name, _)| *name).collect();
    let mut tested = BTreeSet::new();
    for text in slt::statements()? {
        if let Ok(statement) = parse(&text, &ParseOptions::default()) {
            tested.extend(listed_as(&statement, &text));
        }
    }
    let unlisted: Vec<&str> = tested.difference(&listed).copied().collect();
    let untested: Vec<&str> = listed.difference(&tested).copied().collect();
    if unlisted.is_empty() && untested.is_empty() {
        return Ok(());
    }
    let (unlisted, untested) = (unlisted.join(", "), untested.join(", "));
    Err(format!("not in src/sql/statements.rs: {unlisted}; without a test: {untested}").into())
}

/// Where a statement stands in the list; `None` for those that are always refused.
fn listed_as(statement: &Statement, text: &str) -> Option<&'static str> {
    let begins = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    Some(match statement {
        Statement::Query(_) if begins("VALUES") => "VALUES",
        Statement::Query(_) if begins("TABLE") => "TABLE",
        Statement::Query(_) => "SELECT",
        Statement::Explain(_) => "EXPLAIN",
        Statement::Insert(_) | Statement::InsertMany(_) | Statement::InsertDirectory(_) => "INSERT",
        Statement::CreateDatabase(_) => "CREATE DATABASE",
        Statement::AlterDatabase(_) => "ALTER DATABASE",
        Statement::DropDatabase(_) => "DROP DATABASE",
        Statement::Use(_) => "USE",
        Statement::Comment(_) => "COMMENT ON",
        Statement::Analyze(_) => "ANALYZE TABLE",
        Statement::Cache(_) => "CACHE TABLE",
        Statement::Uncache(_) => "UNCACHE TABLE",
        Statement::ClearCache => "CLEAR CACHE",
        Statement::RowChange(_) => return None,
        Statement::CreateTable(_) => "CREATE TABLE",
        Statement::AlterTable(_) => "ALTER TABLE",
        Statement::DropTable(_) => "DROP TABLE",
        Statement::Truncate(_) => "TRUNCATE TABLE",
        Statement::RepairTable(_) => "MSCK REPAIR TABLE",
        Statement::Refresh(_) => "REFRESH",
        Statement::CreateView(_) => "CREATE VIEW",
        Statement::AlterView(_) => "ALTER VIEW",
        Statement::DropView(_) => "DROP VIEW",
        Statement::CreateFunction(_) => "CREATE FUNCTION",
        Statement::DropFunction(_) => "DROP FUNCTION",
        Statement::DeclareVariable(_) => "DECLARE",
        Statement::SetVariable(_) => "SET VARIABLE",
        Statement::DropVariable(_) => "DROP VARIABLE",
        Statement::ExecuteImmediate(_) => "EXECUTE IMMEDIATE",
        Statement::Script(_) => "BEGIN",
        Statement::Access(statement) => match statement.as_ref() {
            Access::CreateUser(_) => "CREATE USER",
            Access::AlterUser(_) | Access::RenameUser { .. } => "ALTER USER",
            Access::DropUsers(_) => "DROP USER",
            Access::Grant(_) | Access::GrantRoles { .. } => "GRANT",
            Access::Revoke(_) | Access::RevokeRoles { .. } => "REVOKE",
            Access::SetRole(_) => "SET ROLE",
            Access::Owner { .. } => return None,
            Access::Reassign { .. } => "REASSIGN OWNED",
            Access::ShowUsers | Access::ShowRoles | Access::ShowCurrentRoles | Access::ShowGrants { .. } => "SHOW",
        },
        Statement::Set(_) | Statement::SetCatalog(_) => "SET",
        Statement::Reset(_) => "RESET",
        Statement::KillQuery(_) => "KILL QUERY",
        Statement::Show(_) => "SHOW",
        Statement::Describe(_) => "DESCRIBE",
        Statement::LoadData(_) => "LOAD DATA",
        Statement::AddFiles(_) => "ADD FILE",
        Statement::ListResources(_) => "LIST FILES",
    })
}

fn page(root: &Path) -> Result<String, Failed> {
    let mut page = String::from(HEAD);
    statements(&mut page);
    function_families(&mut page);
    missing_functions(&mut page, &fs::read_to_string(root.join("tests/fixtures/spark_functions.txt"))?);
    settings(&mut page);
    differences(&mut page, root)?;
    golden_tests(&mut page, &fs::read_to_string(root.join("tests/conformance/scores.tsv"))?)?;
    Ok(page)
}

fn statements(page: &mut String) {
    page.push_str("\n## Statements\n\n```text\n");
    for (number, (_, forms)) in STATEMENTS.iter().enumerate() {
        let gap = if number == 0 { "" } else { "\n" };
        page.push_str(&format!("{gap}{forms}\n"));
    }
    page.push_str("```\n");
}

fn function_families(page: &mut String) {
    let mut families: BTreeMap<String, BTreeMap<&str, &Function>> = BTreeMap::new();
    for function in functions::all() {
        families.entry(format!("{:?}", function.family)).or_default().insert(function.name, function);
    }
    let count: usize = functions::all().map(|function| function.names().count()).sum();
    page.push_str(&format!(
        "\n## Functions\n\n{count} names. `DESCRIBE FUNCTION EXTENDED name` shows examples of each.\n"
    ));
    for (family, functions) in families {
        page.push_str(&format!("\n### {family}\n\n| function | |\n|---|---|\n"));
        for function in functions.values() {
            let names: Vec<String> = function.names().map(|name| format!("`{name}`")).collect();
            // The table has the name already.
            let usage = function.usage.split_once(" - ").map_or(function.usage, |(_, usage)| usage);
            page.push_str(&format!("| {} | {} |\n", names.join(", "), cell(usage)));
        }
    }
}

/// What a cell of a table may hold: one line without bars.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}

fn missing_functions(page: &mut String, of_spark: &str) {
    let is_word = |name: &&str| name.starts_with(|first: char| first.is_ascii_alphabetic());
    let missing: Vec<String> = of_spark
        .lines()
        .filter(is_word)
        .filter(|name| !IN_THE_GRAMMAR.contains(name) && functions::lookup(name).is_none())
        .map(|name| format!("`{name}`"))
        .collect();
    page.push_str("\n### Spark's functions that Skep does not have\n\n");
    page.push_str(&if missing.is_empty() { "None.\n".to_owned() } else { format!("{}.\n", missing.join(", ")) });
}

fn settings(page: &mut String) {
    page.push_str(
        "\n## Settings\n\nSET and RESET change them; those marked *start* are given with `--conf`. `SET -v` lists them.\n\n\
         | setting | default | values | meaning |\n|---|---|---|---|\n",
    );
    for Setting { name, default, kind, meaning, at_run_time, .. } in SETTINGS {
        let values = match kind {
            Kind::Flag => "true, false".to_owned(),
            Kind::Number { min } => format!("a number from {min}"),
            Kind::Auto => "a number, auto".to_owned(),
            Kind::Bytes => "a size, auto".to_owned(),
            Kind::OneOf(values) => values.join(", "),
            Kind::TimeZone => "a time zone".to_owned(),
            Kind::Text => "text".to_owned(),
        };
        let start = if *at_run_time { "" } else { " *start*" };
        page.push_str(&format!("| `{name}`{start} | {} | {values} | {} |\n", cell(default), cell(meaning)));
    }
    page.push_str("\nSettings of Spark's that are taken with some values only, since others would change answers:\n\n");
    page.push_str("| setting | values | instead |\n|---|---|---|\n");
    for fixed in FIXED {
        page.push_str(&format!("| `{}` | {} | {} |\n", fixed.name, fixed.allowed.join(", "), cell(fixed.instead)));
    }
}

fn differences(page: &mut String, root: &Path) -> Result<(), Failed> {
    page.push_str(
        "\n## Known differences from Spark\n\nEach is shown by the test beside it; [sql.md](sql.md#differences-from-spark) \
         tells those that are by design.\n\n| difference | test |\n|---|---|\n",
    );
    let mut found = BTreeSet::new();
    for file in files_below(&root.join("tests"), "slt") {
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        for line in fs::read_to_string(&file)?.lines() {
            if let Some(difference) = line.strip_prefix(DIFFERENCE) {
                found.insert(format!("| {} | `{name}` |\n", cell(difference)));
            }
        }
    }
    page.extend(found);
    Ok(())
}

/// The scores by folder of Spark's golden tests.
fn golden_tests(page: &mut String, scores: &str) -> Result<(), Failed> {
    let mut folders: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for line in scores.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, right, statements] = fields[..] else { return Err(format!("scores.tsv: {line}").into()) };
        let folder = file.rsplit_once('/').map_or(file, |(folder, _)| folder);
        let sum = folders.entry(folder).or_default();
        sum.0 += right.parse::<u32>()?;
        sum.1 += statements.parse::<u32>()?;
    }
    page.push_str(
        "\n## Spark's own tests\n\nStatements of Spark 4.1's golden files that Skep answers, or rejects, as Spark does, by \
         `tests/conformance/check.py`:\n\n| folder | right | of | |\n|---|---:|---:|---:|\n",
    );
    for (folder, (right, all)) in folders {
        let percent = 100.0 * f64::from(right) / f64::from(all.max(1));
        writeln!(page, "| {folder} | {right} | {all} | {percent:.1} % |")?;
    }
    Ok(())
}
