//! Writes Parquet files as Spark does: types that Spark reads back exactly, statistics, page index, Spark's own schema in
//! the footer.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::metadata::KeyValue;
use datafusion::parquet::file::properties::{DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT, EnabledStatistics, WriterProperties};

use super::{Options, row_metadata};
use crate::catalog::DataFile;
use crate::error::Result;
use crate::storage::statistics;
use crate::storage::write::output_file::{Failure, OutputFile};
use crate::types::{DataType, StructField};

const ROW_GROUP_ROWS: usize = 1_000_000;
/// Rows that are very wide make smaller groups, so that an open file does not hold too much.
const ROW_GROUP_BYTES: usize = 128 * 1024 * 1024;
/// A column that does not repeat itself fills its dictionary before it gives up: of many open files that is most of the
/// memory.
const SMALL_DICTIONARY: usize = 128 * 1024;
/// Whole values in statistics are worth their bytes only up to here.
const STATISTICS_LENGTH: usize = 64;

pub(in crate::storage) struct Writer {
    writer: ArrowWriter<OutputFile>,
    schema: SchemaRef,
    failure: Failure,
    place: String,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Writer {
    pub fn new(
        file: OutputFile,
        place: String,
        columns: &[StructField],
        options: &Options,
        many: bool,
    ) -> Result<Self> {
        let fields = columns
            .iter()
            .map(|column| Field::new(&column.name, stored_type(&column.data_type), true))
            .collect::<Vec<_>>();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(options.compression)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_dictionary_page_size_limit(if many { SMALL_DICTIONARY } else { DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT })
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_statistics_truncate_length(Some(STATISTICS_LENGTH))
            .set_created_by(format!("skep version {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(vec![
                KeyValue::new("org.apache.spark.version".to_owned(), "4.1.4".to_owned()),
                KeyValue::new(row_metadata::KEY.to_owned(), row_metadata::schema_json(columns)),
            ]))
            .build();
        let failure = file.failure();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|error| failure.explain(error))?;
        Ok(Self { writer, schema, failure, place })
    }

    pub fn write(&mut self, data: &[ArrayRef], rows: usize) -> Result<()> {
        let columns = data
            .iter()
            .zip(self.schema.fields())
            .map(|(column, field)| match column.data_type() == field.data_type() {
                true => Ok(Arc::clone(column)),
                false => cast(column, field.data_type()),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        self.writer.write(&batch).map_err(|error| self.failure.explain(error))
    }

    pub fn close(mut self) -> Result<DataFile> {
        let footer = self.writer.finish().map_err(|error| self.failure.explain(error))?;
        let bytes = self.writer.inner_mut().close()?;
        Ok(DataFile {
            partition_id: None,
            path: self.place,
            rows: statistics::rows(&footer),
            bytes,
            statistics: statistics::from_footer(&self.schema, &footer)?,
        })
    }
}

/// Intervals are numbers in Spark's files.
fn stored_type(data_type: &DataType) -> Arrow {
    match data_type {
        DataType::YearMonthInterval(..) => Arrow::Int32,
        DataType::DayTimeInterval(..) => Arrow::Int64,
        other => other.to_arrow(),
    }
}
