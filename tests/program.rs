//! Runs the program that was just built, as a user would, and gives what it prints.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use libtest_mimic::Failed;

/// `skep --warehouse WAREHOUSE`, to be given more arguments. It reads nothing from the environment of whoever tests.
pub fn command(warehouse: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("SKEP_WAREHOUSE").stdin(Stdio::null());
    command.arg("--warehouse").arg(warehouse);
    command
}

/// Standard output of a run that must succeed.
pub fn output_of(command: &mut Command) -> Result<String, Failed> {
    let Output { status, stdout, stderr } = command.output()?;
    if status.success() {
        return Ok(String::from_utf8(stdout)?);
    }
    Err(format!("{command:?}\n{status}\n{}", String::from_utf8_lossy(&stderr)).into())
}

/// Lines that differ, side by side; `None` if all are the same.
pub fn difference(expected: &str, actual: &str, same: impl Fn(&str, &str) -> bool) -> Option<String> {
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let mut lines = Vec::new();
    for number in 0..expected.len().max(actual.len()) {
        match (expected.get(number), actual.get(number)) {
            (Some(expected), Some(actual)) if same(expected, actual) => {}
            (expected, actual) => lines.push(format!(
                "line {}:\n  expected {}\n  actual   {}",
                number + 1,
                expected.unwrap_or(&"nothing"),
                actual.unwrap_or(&"nothing")
            )),
        }
    }
    lines.truncate(SHOWN_LINES);
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Differing lines that are printed.
const SHOWN_LINES: usize = 10;
