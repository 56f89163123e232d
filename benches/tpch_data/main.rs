//! Writes TPC-H data: `cargo bench --bench tpch_data -- FOLDER SCALE`.

mod tables;

use std::path::PathBuf;

use anyhow::Context;

fn main() -> anyhow::Result<()> {
    // `cargo bench` adds the argument `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let usage = "usage: cargo bench --bench tpch_data -- FOLDER SCALE";
    let folder = PathBuf::from(arguments.next().context(usage)?);
    let scale = arguments.next().context(usage)?.parse().context("SCALE is a number, such as 0.01 or 1")?;
    tables::write_all(&folder, scale)?;
    Ok(())
}
