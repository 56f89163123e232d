//! The eight tables of TPC-H as folders of Parquet files, made by `tpchgen`: the same rows as the official generator.
//!
//! Shared by the benchmark's generator and the test of the 22 queries; it knows nothing of Skep.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RecordBatchIterator, RegionArrow,
    SupplierArrow,
};

/// The tables, by the name of their folder.
pub const TABLES: [&str; 8] = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"];

/// Writes every table at `scale` into `folder/<table>/part-<n>.parquet`. At scale 1 and above the large tables are cut
/// into several files, as a real writer would leave them.
pub fn write_all(folder: &Path, scale: f64) -> Result<()> {
    for table in TABLES {
        write_table(folder, table, scale)?;
    }
    Ok(())
}

fn write_table(folder: &Path, table: &str, scale: f64) -> Result<()> {
    let large = matches!(table, "partsupp" | "orders" | "lineitem");
    let parts = if large { (scale * 4.0).ceil().max(1.0) as i32 } else { 1 };
    let folder = folder.join(table);
    fs::create_dir_all(&folder)?;
    for part in 1..=parts {
        write_file(&folder.join(format!("part-{part}.parquet")), batches(table, scale, part, parts))?;
    }
    Ok(())
}

/// The rows of one part of a table.
fn batches(table: &str, scale: f64, part: i32, parts: i32) -> Box<dyn RecordBatchIterator> {
    match table {
        "region" => Box::new(RegionArrow::new(RegionGenerator::new(scale, part, parts))),
        "nation" => Box::new(NationArrow::new(NationGenerator::new(scale, part, parts))),
        "supplier" => Box::new(SupplierArrow::new(SupplierGenerator::new(scale, part, parts))),
        "customer" => Box::new(CustomerArrow::new(CustomerGenerator::new(scale, part, parts))),
        "part" => Box::new(PartArrow::new(PartGenerator::new(scale, part, parts))),
        "partsupp" => Box::new(PartSuppArrow::new(PartSuppGenerator::new(scale, part, parts))),
        "orders" => Box::new(OrderArrow::new(OrderGenerator::new(scale, part, parts))),
        _ => Box::new(LineItemArrow::new(LineItemGenerator::new(scale, part, parts))),
    }
}

fn write_file(path: &Path, batches: Box<dyn RecordBatchIterator>) -> Result<()> {
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, Arc::clone(batches.schema()), Some(properties))?;
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.close()?;
    Ok(())
}
