//! Questions of real clients about tables, columns, keys and types (`tests/clients/*.sql`), replayed as text: each must
//! have a plan, and rows that make sense (`tests/clients/*.out`).

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use crate::program;
use crate::slt::files_below;

pub fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let scripts = files_below(&folder, "sql").into_iter().filter(|script| !script.ends_with("setup.sql"));
    let trial = |script: std::path::PathBuf| {
        let stem = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(format!("clients/{stem}"), move || replay(&script))
    };
    scripts.map(trial).collect()
}

fn replay(script: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let warehouse = folder.path().join("warehouse");
    program::output_of(program::command(&warehouse).arg("-f").arg(script.with_file_name("setup.sql")))?;
    let actual = program::output_of(program::command(&warehouse).args(["-v", "-f"]).arg(script))?;
    let file = script.with_extension("out");
    if std::env::var_os("SKEP_UPDATE").is_some_and(|value| value == "1") {
        fs::write(&file, actual)?;
        return Ok(());
    }
    let expected = fs::read_to_string(&file)?;
    match program::difference(&expected, &actual, |a, b| a == b) {
        Some(lines) => Err(lines.into()),
        None => Ok(()),
    }
}
