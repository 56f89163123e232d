//! Bad input: mutated and truncated statements, random bytes, deep nesting, extreme literals. Whatever is typed, an
//! answer or an error comes back, soon, and an error's place is within the text.
//!
//! What is changed in a statement follows from its text and a seed, so that a failure comes again and a new statement
//! elsewhere changes nothing. `SKEP_FUZZ=SEED:ROUNDS` runs longer from another seed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::datasource::MemTable;
use libtest_mimic::{Failed, Trial};

use skep::binder::{Environment, Names, Relation, TableRelation, bind_query};
use skep::config::Dialect;
use skep::error::{Error, Result};
use skep::sql::ast::ObjectName;
use skep::sql::{ParseOptions, lexer, parse, parse_query, split};
use skep::types::{DataType, StructField, arrow_schema};

use super::queries::{context, settings};
use crate::slt::{STACK, statements};

/// The seed, and how often each statement is changed.
const SHORT: (u64, usize) = (20_260_101, 1);
/// No single text may take longer, in a build without optimization on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> std::result::Result<(), Failed>| {
        Trial::test(format!("units::robustness::{name}"), move || on_a_stack(run))
    };
    vec![trial("mutated_statements_are_answered_or_refused", mutations), trial("nesting_is_bounded", nesting)]
}

fn on_a_stack(run: fn() -> std::result::Result<(), Failed>) -> std::result::Result<(), Failed> {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run)?;
    thread.join().map_err(|_| Failed::from("the test itself has panicked"))?
}

/// Statements of the other tests, changed at random.
fn mutations() -> std::result::Result<(), Failed> {
    let (seed, rounds) = match std::env::var("SKEP_FUZZ") {
        Ok(given) => {
            let (seed, rounds) = given.split_once(':').ok_or("SKEP_FUZZ is SEED:ROUNDS")?;
            (seed.parse()?, rounds.parse()?)
        }
        Err(_) => SHORT,
    };
    let tables = OneTable::new();
    let mut donor = String::from("SELECT 1");
    for statement in statements()? {
        let mut random = Random::new(seed, &statement);
        for _ in 0..rounds {
            attempt(&mutated(&statement, &donor, &mut random), &tables)?;
        }
        donor = statement;
    }
    Ok(())
}

/// What nests, 10,000 levels of it.
fn nesting() -> std::result::Result<(), Failed> {
    const LEVELS: usize = 10_000;
    let tables = OneTable::new();
    let shapes: [(&str, &str, &str, &str); 16] = [
        ("SELECT ", "(", "1", ")"),
        ("SELECT ", "NOT ", "true", ""),
        ("SELECT ", "- ", "1", ""),
        ("SELECT 1", " + 1", "", ""),
        ("SELECT true", " AND true", "", ""),
        ("SELECT ", "CASE WHEN true THEN ", "1", " END"),
        ("SELECT ", "abs(", "1", ")"),
        ("SELECT 1", "::int", "", ""),
        ("SELECT a", "[0]", "", ""),
        ("SELECT a", ".b", "", ""),
        ("SELECT v:a", ".b", "", ""),
        ("SELECT * FROM ", "(SELECT * FROM ", "t", ")"),
        ("SELECT ", "(SELECT ", "1", ")"),
        ("SELECT 1", " UNION ALL SELECT 1", "", ""),
        ("SELECT CAST(1 AS ", "ARRAY<", "INT", ">"),
        ("SELECT ", "/*", "", "*/"),
    ];
    for (start, open, middle, close) in shapes {
        attempt(&format!("{start}{}{middle}{}", open.repeat(LEVELS), close.repeat(LEVELS)), &tables)?;
        attempt(&format!("{start}{}", open.repeat(LEVELS)), &tables)?;
    }
    let columns = (0..5_000).map(|n| format!("{n} AS c{n}")).collect::<Vec<_>>().join(", ");
    attempt(&format!("SELECT {columns}"), &tables)?;
    attempt(&format!("SELECT '{}'", "x".repeat(10_000_000)), &tables)?;
    attempt(&format!("SELECT {}", "9".repeat(100_000)), &tables)?;
    attempt(&format!("SELECT from_json('{}', 'ARRAY<INT>')", "[".repeat(LEVELS)), &tables)?;
    attempt(&format!("SELECT from_json('{{}}', '{}')", "ARRAY<".repeat(LEVELS)), &tables)?;
    attempt(&format!("SELECT xpath_string('<a/>', '{}a{}')", "(".repeat(LEVELS), ")".repeat(LEVELS)), &tables)?;
    attempt(&format!("SELECT schema_of_xml('{}')", "<a>".repeat(LEVELS)), &tables)
}

/// Splits, lexes, parses and binds a text. What is wrong with it must be said by an error, within it and in time.
fn attempt(text: &str, tables: &OneTable) -> std::result::Result<(), Failed> {
    let start = Instant::now();
    let shown = || text.chars().take(2_000).collect::<String>();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let fragments = split(text, Dialect::Spark).count();
        let tokens = lexer::tokens(text, Dialect::Spark).len();
        let options = ParseOptions::default();
        let statement = parse(text, &options).map(|_| ());
        let query = parse_query(text, &options).and_then(|query| {
            let (context, settings) = (context(), settings());
            let environment = Environment { names: tables, context: &context, settings: &settings };
            bind_query(&query, &environment).map(|_| ())
        });
        (fragments, tokens, [statement, query])
    }));
    let Ok((_, _, results)) = outcome else {
        return Err(Failed::from(format!("a panic:\n{}", shown())));
    };
    for error in results.into_iter().filter_map(Result::err) {
        let outside = error.span().is_some_and(|span| span.start > span.end || span.end > text.len());
        if outside {
            return Err(Failed::from(format!("{error} stands outside of the text:\n{}", shown())));
        }
        if error.is(&skep::error::INTERNAL_ERROR) {
            return Err(Failed::from(format!("{error}:\n{}", shown())));
        }
    }
    match start.elapsed() {
        long if long > LONGEST => Err(Failed::from(format!("{long:?}:\n{}", shown()))),
        _ => Ok(()),
    }
}

/// Whatever name is asked for is a table with columns of many types.
struct OneTable(TableRelation);

impl OneTable {
    fn new() -> Self {
        let columns = [
            ("a", DataType::Int),
            ("b", DataType::String),
            ("c", DataType::Decimal { precision: 10, scale: 2 }),
            ("d", DataType::Timestamp),
            ("m", DataType::map(DataType::String, DataType::Int)),
            ("s", DataType::Struct(vec![StructField::new("x", DataType::Int)])),
            ("v", DataType::Variant),
            ("xs", DataType::array(DataType::Double)),
        ];
        let columns = columns.map(|(name, data_type)| StructField::new(name, data_type)).to_vec();
        let provider = MemTable::try_new(arrow_schema(&columns), vec![Vec::new()]).expect("one schema");
        Self(TableRelation { name: vec!["t".to_owned()], columns, provider: Arc::new(provider), guard: None })
    }
}

impl Names for OneTable {
    fn relation(&self, _: &ObjectName) -> Result<Option<Relation>, Error> {
        Ok(Some(Relation::Table(self.0.clone())))
    }

    fn candidates(&self) -> Vec<String> {
        vec!["t".to_owned()]
    }
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn new(seed: u64, text: &str) -> Self {
        let hash = text
            .bytes()
            .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(hash | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// What is put where it does not belong.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ",",
    ";",
    "'",
    "\"",
    "`",
    "--",
    "/*",
    "*/",
    "::",
    ":",
    "->",
    "|>",
    ".",
    "..",
    "*",
    "=",
    "<=>",
    "!",
    "\\",
    "\0",
    "\u{feff}",
    "é",
    "🦀",
    "0",
    "-1",
    "1e999",
    "9223372036854775808",
    "1.5BD",
    "NULL",
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY ALL",
    "ORDER BY",
    "UNION",
    "CASE",
    "END",
    "INTERVAL",
    "LATERAL",
    "VALUES",
    "AS",
    "IN",
    "NOT",
    "OVER ()",
    "DISTINCT",
    "x -> x",
    "CAST(1 AS INT)",
    "ARRAY<INT>",
    "DATE '2020-01-01'",
    "t",
    "a",
    "v:a[0]",
];

fn mutated(statement: &str, donor: &str, random: &mut Random) -> String {
    if random.below(50) == 0 {
        let bytes = (0..random.below(200)).map(|_| random.next() as u8).collect::<Vec<_>>();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    let mut text = statement.to_owned();
    for _ in 0..=random.below(4) {
        let at = boundary(&text, random);
        let other = boundary(&text, random);
        let (start, end) = (at.min(other), at.max(other));
        match random.below(7) {
            0 => text.truncate(at),
            1 => text.replace_range(start..end.min(boundary_after(&text, start, 12)), ""),
            2 | 3 => text.insert_str(at, PIECES[random.below(PIECES.len())]),
            4 => text.insert_str(at, &format!(" {} ", PIECES[random.below(PIECES.len())])),
            5 => {
                let repeated = text[start..end].to_owned();
                text.insert_str(at, &repeated);
            }
            _ => {
                let part = &donor[boundary(donor, random)..];
                text.insert_str(at, part);
            }
        }
    }
    text
}

fn boundary(text: &str, random: &mut Random) -> usize {
    boundary_after(text, random.below(text.len() + 1), 0)
}

/// The first place between characters from `start` plus `more` bytes on.
fn boundary_after(text: &str, start: usize, more: usize) -> usize {
    (start + more..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
