//! The 22 queries of TPC-H at scale 0.01, against the answers that DuckDB gave on the same files (`tests/tpch/*.tsv`).

#[path = "../benches/tpch_data/tables.rs"]
mod tables;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libtest_mimic::{Failed, Trial};

use crate::program;
use crate::slt::files_below;

/// The data, made once and kept in the target folder.
static DATA: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| make_data().map_err(|error| error.to_string()));

/// A test for each query.
pub fn trials() -> Vec<Trial> {
    let queries = files_below(&root().join("sql/tpch"), "sql").into_iter().filter_map(|file| {
        let name = file.file_stem()?.to_str()?.to_owned();
        name.starts_with('q').then_some((name, file))
    });
    queries.map(|(name, file)| Trial::test(format!("tpch::{name}"), move || run(&name, &file))).collect()
}

fn run(name: &str, query: &Path) -> Result<(), Failed> {
    let data = DATA.as_ref()?;
    let expected = fs::read_to_string(root().join("tests/tpch").join(name).with_extension("tsv"))?;
    let folder = tempfile::tempdir()?;
    let mut command = program::command(&folder.path().join("warehouse"));
    command.arg("--define").arg(format!("data={}", data.display()));
    command.args(["-f", "sql/tpch/schema.sql", "-f"]).arg(query);
    let actual = program::output_of(&mut command)?;
    match program::difference(&expected, &actual, same_row) {
        None => Ok(()),
        Some(lines) => Err(lines.into()),
    }
}

/// The same texts, or the same numbers as far as both have digits: where Spark has decimals, DuckDB has doubles.
fn same_row(expected: &str, actual: &str) -> bool {
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.split('\t').collect(), actual.split('\t').collect());
    expected.len() == actual.len() && expected.iter().zip(&actual).all(|(a, b)| a == b || same_number(a, b))
}

fn same_number(a: &str, b: &str) -> bool {
    let digits = |text: &str| text.split_once('.').map_or(0, |(_, digits)| digits.len());
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => {
            let last_digit = 0.1_f64.powi(i32::try_from(digits(a).min(digits(b))).unwrap_or(0));
            (x - y).abs() <= last_digit * 0.501 + x.abs() * 1e-12
        }
        (_, _) => false,
    }
}

/// Written beside its place and moved there whole, so that a killed test leaves no half of it.
fn make_data() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("tpch-0.01");
    if !folder.exists() {
        fs::create_dir_all(target)?;
        let half = tempfile::tempdir_in(target)?;
        tables::write_all(half.path(), 0.01)?;
        fs::rename(half.keep(), &folder)?;
    }
    Ok(folder)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
