//! Parquet: reading through DataFusion's own scan, with Spark's rules for columns.

mod conform;
mod damage;
mod footers;
mod infer;
mod reader;
mod row_metadata;
mod writer;

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::parquet::basic::{Compression, GzipLevel, ZstdLevel};
use datafusion::physical_plan::ExecutionPlan;

use super::ReadOptions;
use super::location::object_store_url;
use crate::catalog::Properties;
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::types::StructField;

pub(super) use damage::name_damaged_file;
pub(super) use footers::describe;
pub(super) use infer::infer_columns;
pub(super) use reader::read_footer;
pub(super) use writer::Writer;

/// Whether a file can be read as these columns.
///
/// # Errors
/// `FAILED_READ_FILE` for what is no Parquet file, or has a column of a type that the declared one cannot hold.
pub(super) fn check_columns(path: &std::path::Path, columns: &[StructField]) -> Result<()> {
    conform::conform(path, Arc::new(read_footer(path)?), columns).map(drop)
}

/// Options of a Parquet table.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub compression: Compression,
    /// As file names show it: `zstd`.
    pub codec: &'static str,
}

/// Options that Spark knows for Parquet and that change nothing here.
const WITHOUT_EFFECT: &[&str] = &["path", "mergeschema", "serialization.format"];
/// Options that would change what is read, which Skep does not do.
const REFUSED: &[&str] = &["datetimerebasemode", "int96rebasemode", "recursivefilelookup", "pathglobfilter"];

impl Options {
    pub fn new(options: &Properties) -> Result<Self> {
        let mut found = Self { compression: Compression::ZSTD(ZstdLevel::try_new(1)?), codec: "zstd" };
        for (key, value) in options {
            match key.to_lowercase().as_str() {
                "compression" | "parquet.compression" | "parquet.compress" => {
                    (found.compression, found.codec) = compression(value)?;
                }
                key if WITHOUT_EFFECT.contains(&key) => {}
                key if REFUSED.contains(&key) => {
                    return Err(Error::unsupported(format!("The Parquet option `{key}`"), "leave it out"));
                }
                // As Spark, which takes options of any name.
                _ => {}
            }
        }
        Ok(found)
    }
}

fn compression(name: &str) -> Result<(Compression, &'static str)> {
    Ok(match name.to_lowercase().as_str() {
        "none" | "uncompressed" => (Compression::UNCOMPRESSED, ""),
        "snappy" => (Compression::SNAPPY, "snappy"),
        "gzip" => (Compression::GZIP(GzipLevel::default()), "gz"),
        "zstd" => (Compression::ZSTD(ZstdLevel::try_new(1)?), "zstd"),
        "lz4" | "lz4_raw" => (Compression::LZ4_RAW, "lz4raw"),
        "brotli" => (Compression::BROTLI(Default::default()), "brotli"),
        _ => {
            return Err(Error::new(
                &INVALID_PARAMETER_VALUE,
                format!(
                    "Codec [{}] is not available. Available codecs are brotli, uncompressed, lz4, gzip, lz4_raw, none, \
                     snappy, zstd",
                    name.to_lowercase()
                ),
            ));
        }
    })
}

/// The plan that reads Parquet files.
#[expect(clippy::too_many_arguments, reason = "what a scan is made of")]
pub(super) fn scan(
    state: &dyn Session,
    data_columns: &[StructField],
    partition_columns: &[StructField],
    groups: Vec<FileGroup>,
    statistics: Statistics,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
    read: &ReadOptions,
) -> Result<Arc<dyn ExecutionPlan>> {
    let file_schema = Arc::new(Schema::new(data_columns.iter().map(StructField::to_arrow).collect::<Vec<_>>()));
    let table_schema = TableSchema::builder(file_schema)
        .with_table_partition_cols(partition_columns.iter().map(StructField::to_arrow).collect::<Vec<_>>())
        .build();
    let mut options = TableParquetOptions {
        global: state.config_options().execution.parquet.clone(),
        ..TableParquetOptions::default()
    };
    // Spark writes INT96 as instants in UTC.
    options.global.coerce_int96 = Some("us".to_owned());
    options.global.coerce_int96_tz = Some("UTC".to_owned());

    let store = state.runtime_env().object_store(object_store_url())?;
    let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
    let readers = reader::Readers::new(store, cache, data_columns, &read.pin);
    let source = ParquetSource::new(table_schema)
        .with_table_parquet_options(options)
        .with_parquet_file_reader_factory(Arc::new(readers));
    let config = FileScanConfigBuilder::new(object_store_url(), Arc::new(source))
        .with_file_groups(groups)
        .with_statistics(statistics)
        .with_projection_indices(projection.cloned())?
        .with_limit(limit)
        .build();
    Ok(DataSourceExec::from_data_source(config))
}
