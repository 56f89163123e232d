//! Files of lines (CSV, JSON): opened, decompressed, cut into records, turned into columns while they stream.
//!
//! What a record means is the format's; this knows files, ranges of files, compression and character sets.

mod lines;
mod source;
mod writer;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_plan::ExecutionPlan;

use super::ReadOptions;
use super::location::object_store_url;
use crate::error::{Error, FAILED_READ_FILE, Result};
use crate::records::{Charset, Mode};
use crate::types::StructField;

pub(super) use lines::Lines;
pub(super) use writer::{Row, Writer};

/// Makes the decoders of a scan.
pub(super) trait TextFormat: std::fmt::Debug + Send + Sync {
    /// `csv`, `json`: as EXPLAIN shows it.
    fn name(&self) -> &'static str;

    fn charset(&self) -> Charset;

    /// Whether lines can be told apart without knowing what comes before.
    fn splits(&self) -> bool;

    fn decoder(&self, scan: &Scan<'_>) -> Result<Box<dyn Decoder>>;
}

/// What a decoder is to read.
pub(super) struct Scan<'a> {
    /// Those of the file.
    pub columns: &'a [StructField],
    /// Those that are wanted.
    pub projection: &'a [usize],
    pub time_zone: &'a str,
    /// Whether it begins where the file does.
    pub at_start: bool,
}

/// Makes batches of the columns that a decoder has filled.
pub(super) struct Batches {
    schema: SchemaRef,
    mode: Mode,
}

impl Batches {
    pub fn new(scan: &Scan<'_>, mode: Mode) -> Self {
        let fields = scan.projection.iter().map(|&number| scan.columns[number].to_arrow()).collect::<Vec<_>>();
        Self { schema: Arc::new(Schema::new(fields)), mode }
    }

    /// A batch without the rows that are to be dropped.
    pub fn batch(&self, columns: Vec<ArrayRef>, rows: usize, bad: &[bool]) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        if self.mode == Mode::DropMalformed && bad.contains(&true) {
            let good = bad.iter().map(|bad| Some(!bad)).collect::<BooleanArray>();
            return Ok(filter_record_batch(&batch, &good)?);
        }
        Ok(batch)
    }
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

/// Names the file in which something went wrong.
pub(super) fn in_file(path: &std::path::Path, error: impl std::fmt::Display) -> Error {
    Error::new(&FAILED_READ_FILE, format!("Encountered error while reading file file:{}. {error}", path.display()))
        .subcondition("NO_HINT")
}
