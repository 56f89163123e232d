//! Runs the text files below `tests/sql`, `tests/errors` and `tests/plans`: statements and what they must answer.
//!
//! docs/CONTRIBUTING.md describes the format. Each file has a warehouse of its own, so files run side by side and in
//! any order; all mismatches of a file are reported, not only the first.

mod column_type;
mod database;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libtest_mimic::{Failed, Trial};
use sqllogictest::{Record, Runner, default_validator, strict_column_validator};
use tokio::runtime::Runtime;

use column_type::Letter;
use database::Scratch;

/// The folders that hold test files.
const FOLDERS: [&str; 3] = ["sql", "errors", "plans"];

/// Mismatches of a file that are printed.
const SHOWN_MISMATCHES: usize = 10;

/// The program's, `src/main.rs` has it.
pub const STACK: usize = 128 << 20;

/// One runtime for all files. Its stacks are those of the program's own threads.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .expect("threads can be started")
});

/// A test for each file, named by its path.
pub fn trials() -> Vec<Trial> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let files = FOLDERS.iter().flat_map(|folder| files_below(&tests.join(folder), "slt"));
    files
        .map(|file| {
            let name = file.strip_prefix(&tests).unwrap_or(&file).display().to_string();
            Trial::test(name, move || run(file))
        })
        .collect()
}

/// The files below a folder whose names end so, in order; none if there is no such folder.
pub fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// All statements of the text files.
pub fn statements() -> Result<Vec<String>, Failed> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = Vec::new();
    for file in FOLDERS.iter().flat_map(|folder| files_below(&tests.join(folder), "slt")) {
        let records = sqllogictest::parse_file::<Letter>(&file).map_err(|error| error.to_string())?;
        found.extend(records.into_iter().filter_map(|record| match record {
            Record::Statement { sql, .. } | Record::Query { sql, .. } => Some(sql),
            _ => None,
        }));
    }
    if found.is_empty() { Err("the text files hold no statements".into()) } else { Ok(found) }
}

fn run(file: PathBuf) -> Result<(), Failed> {
    let update = std::env::var_os("SKEP_UPDATE").is_some_and(|value| value == "1");
    let work = async move { if update { update_file(&file).await } else { check_file(&file).await } };
    // Not `block_on`: the stack of the test's own thread is too small for deep plans in a debug build.
    RUNTIME.block_on(RUNTIME.spawn(work)).map_err(|error| Failed::from(error.to_string()))?
}

/// Runs every record, and tells of all that differ.
async fn check_file(file: &Path) -> Result<(), Failed> {
    let records: Vec<Record<_>> = sqllogictest::parse_file(file).map_err(|error| error.to_string())?;
    let scratch = Scratch::new()?;
    let mut runner = Runner::new(async || scratch.connect());
    runner.with_validator(same_lines);
    runner.with_column_validator(strict_column_validator);
    let mut mismatches = Vec::new();
    for record in records {
        if matches!(record, Record::Halt { .. }) {
            break;
        }
        if let Err(error) = runner.run_async(record).await {
            mismatches.push(error.to_string());
        }
    }
    if mismatches.is_empty() {
        return Ok(());
    }
    let hidden = mismatches.len().saturating_sub(SHOWN_MISMATCHES);
    mismatches.truncate(SHOWN_MISMATCHES);
    if hidden > 0 {
        mismatches.push(format!("… and {hidden} more"));
    }
    Err(mismatches.join("\n").into())
}

/// Writes what the statements answer today into the file; `git diff` shows what changed.
async fn update_file(file: &Path) -> Result<(), Failed> {
    let scratch = Scratch::new()?;
    let mut runner = Runner::new(async || scratch.connect());
    runner
        .update_test_file(file, "\t", same_lines, sqllogictest::default_normalizer, strict_column_validator)
        .await
        .map_err(|error| Failed::from(error.to_string()))
}

/// A row is one line of text, compared as it is but for blanks at its end, which editors remove. A line with
/// `<slt:ignore>` in it stands for anything there.
fn same_lines(normalizer: sqllogictest::Normalizer, actual: &[Vec<String>], expected: &[String]) -> bool {
    if expected.iter().any(|line| line.contains("<slt:ignore>")) {
        return default_validator(normalizer, actual, expected);
    }
    let actual = actual.iter().map(|row| row.concat());
    actual.len() == expected.len() && actual.zip(expected).all(|(a, e)| a.trim_end() == e.trim_end())
}
