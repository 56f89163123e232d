//! Files of lines (CSV, JSON): opened, decompressed, cut into records, turned into columns while they stream.
//!
//! What a record means is the format's; this knows files, ranges of files, compression and character sets.

mod lines;
mod source;
mod values;
mod writer;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_plan::ExecutionPlan;

use super::ReadOptions;
use super::location::object_store_url;
use crate::error::{Error, FAILED_READ_FILE, INVALID_PARAMETER_VALUE, MALFORMED_RECORD_IN_PARSING, Result};
use crate::types::StructField;

pub(super) use lines::Lines;
pub(super) use writer::{Row, Writer};

/// What happens to a record that is not as the columns demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// What cannot be read is NULL.
    Permissive,
    DropMalformed,
    FailFast,
}

/// How the bytes of a file become characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Latin1,
}

/// Makes the decoders of a scan.
pub(super) trait TextFormat: std::fmt::Debug + Send + Sync {
    /// `csv`, `json`: as EXPLAIN shows it.
    fn name(&self) -> &'static str;

    fn charset(&self) -> Charset;

    /// Whether lines can be told apart without knowing what comes before.
    fn splits(&self) -> bool;

    /// A decoder of the columns at `projection`.
    fn decoder(
        &self,
        columns: &[StructField],
        projection: &[usize],
        time_zone: &str,
        at_start: bool,
    ) -> Result<Box<dyn Decoder>>;
}

/// Turns lines into columns.
pub(super) trait Decoder: Send {
    /// Takes one line, without its end.
    fn line(&mut self, line: &str) -> Result<()>;

    /// There are no more lines.
    fn end(&mut self) -> Result<()>;

    fn rows(&self) -> usize;

    /// The rows so far, as a batch.
    fn flush(&mut self) -> Result<RecordBatch>;
}

/// The plan that reads text files.
#[expect(clippy::too_many_arguments, reason = "what a scan is made of")]
pub(super) fn scan(
    state: &dyn Session,
    format: Arc<dyn TextFormat>,
    data_columns: &[StructField],
    partition_columns: &[StructField],
    groups: Vec<FileGroup>,
    statistics: Statistics,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
    read: &ReadOptions,
) -> Result<Arc<dyn ExecutionPlan>> {
    let _ = state;
    let file_schema = Arc::new(Schema::new(data_columns.iter().map(StructField::to_arrow).collect::<Vec<_>>()));
    let table_schema = TableSchema::builder(file_schema)
        .with_table_partition_cols(partition_columns.iter().map(StructField::to_arrow).collect::<Vec<_>>())
        .build();
    // One compressed file keeps the whole scan from being cut into ranges.
    let compression = groups
        .iter()
        .flat_map(FileGroup::iter)
        .map(|file| lines::compression_of(file.object_meta.location.as_ref()))
        .find(FileCompressionType::is_compressed)
        .unwrap_or(FileCompressionType::UNCOMPRESSED);
    let source = source::TextSource::new(format, data_columns, table_schema, read);
    let config = FileScanConfigBuilder::new(object_store_url(), Arc::new(source))
        .with_file_groups(groups)
        .with_file_compression_type(compression)
        .with_statistics(statistics)
        .with_projection_indices(projection.cloned())?
        .with_limit(limit)
        .build();
    Ok(DataSourceExec::from_data_source(config))
}

pub(super) fn mode(text: &str) -> Mode {
    match text.to_uppercase().as_str() {
        "DROPMALFORMED" => Mode::DropMalformed,
        "FAILFAST" => Mode::FailFast,
        // As Spark, which warns and goes on.
        _ => Mode::Permissive,
    }
}

pub(super) fn charset(name: &str) -> Result<Charset> {
    match name.to_uppercase().as_str() {
        "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" => Ok(Charset::Utf8),
        "ISO-8859-1" | "LATIN1" | "ISO8859_1" => Ok(Charset::Latin1),
        _ => Err(Error::unsupported(format!("The character set `{name}`"), "convert the files to UTF-8")),
    }
}

/// The value of an option that is true or false.
pub(super) fn flag(name: &str, value: &str) -> Result<bool> {
    match value.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::new(&INVALID_PARAMETER_VALUE, format!("{name} flag can be true or false"))),
    }
}

/// FAILFAST met a bad record.
pub(super) fn malformed(line: &str) -> Error {
    Error::new(
        &MALFORMED_RECORD_IN_PARSING,
        format!(
            "Malformed records are detected in record parsing: {line}. Parse Mode: FAILFAST. To process malformed records \
             as null result, try setting the option 'mode' as 'PERMISSIVE'"
        ),
    )
    .subcondition("WITHOUT_SUGGESTION")
}

/// Names the file in which something went wrong.
pub(super) fn in_file(path: &std::path::Path, error: impl std::fmt::Display) -> Error {
    Error::new(&FAILED_READ_FILE, format!("Encountered error while reading file file:{}. {error}", path.display()))
        .subcondition("NO_HINT")
}
