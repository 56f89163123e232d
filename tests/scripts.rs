//! The scripts of `sql/tour` and `sql/etl` from end to end, against what spark-sql 4.1.4 printed for the same files
//! (`tests/tour/*.tsv`, `tests/etl/*.tsv`: its standard output as it is).

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use crate::program;
use crate::slt::files_below;

pub fn trials() -> Vec<Trial> {
    ["tour", "etl"].map(|folder| Trial::test(folder, move || run_scripts(folder))).into()
}

/// One process for each script of `sql/{name}`, as they would be run night by night; all in one warehouse.
fn run_scripts(name: &str) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir()?;
    let data = format!("data={}", root.join("data").display());
    let mut failures = Vec::new();
    for script in files_below(&root.join("sql").join(name), "sql") {
        let stem = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let expected = fs::read_to_string(root.join("tests").join(name).join(&stem).with_extension("tsv"))?;
        let mut command = program::command(&folder.path().join("warehouse"));
        match program::output_of(command.args(["--define", &data, "-f"]).arg(&script)) {
            Ok(actual) => {
                let difference = program::difference(&expected, &actual, |a, b| a == b);
                failures.extend(difference.map(|lines| format!("{stem}:\n{lines}")));
            }
            // What comes after a script that failed fails too.
            Err(error) => {
                failures.push(format!("{stem}:\n{}", error.message().unwrap_or_default()));
                break;
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}
