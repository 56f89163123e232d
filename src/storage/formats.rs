//! The file formats, each with its options read: what differs between them when a table is scanned or written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::physical_plan::FileGroup;
use datafusion::physical_plan::ExecutionPlan;

use super::text::Row;
use super::write::output_file::OutputFile;
use super::{ReadOptions, csv, json, parquet, plain, text};
use crate::catalog::{DataFile, FileFormat, Properties, TableDetails};
use crate::error::{Error, Result, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE};
use crate::types::{DataType, StructField};

/// A format with its options.
#[derive(Debug, Clone)]
pub(super) enum Format {
    Parquet(parquet::Options),
    Csv(csv::Options),
    Json(json::Options),
    Text(plain::Options),
}

impl Format {
    /// # Errors
    /// Options that have no meaning here, or values they cannot have.
    pub fn new(format: FileFormat, options: &Properties) -> Result<Self> {
        match format {
            FileFormat::Parquet => Ok(Format::Parquet(parquet::Options::new(options)?)),
            FileFormat::Csv => Ok(Format::Csv(csv::Options::new(options)?)),
            FileFormat::Json => Ok(Format::Json(json::Options::new(options)?)),
            FileFormat::Text => Ok(Format::Text(plain::Options::new(options)?)),
        }
    }

    /// The format of a table: its options, and the properties that are options under another name.
    pub fn of(format: FileFormat, details: &TableDetails) -> Result<Self> {
        let named = details.properties.iter().filter(|(key, _)| key.to_lowercase().starts_with("parquet."));
        Self::new(format, &named.chain(&details.options).cloned().collect())
    }

    /// Columns of files that no table describes: `first` is one with data.
    pub fn infer_columns(&self, first: &Path, all: &[&Path], time_zone: &str) -> Result<Vec<StructField>> {
        match self {
            Format::Parquet(_) => parquet::infer_columns(first),
            Format::Csv(options) => csv::infer_columns(options, first, all, time_zone),
            Format::Json(options) => json::infer_columns(options, all, time_zone),
            Format::Text(_) => Ok(plain::columns()),
        }
    }

    /// How names of files end.
    pub fn extension(&self) -> String {
        match self {
            Format::Parquet(options) if options.codec.is_empty() => ".parquet".to_owned(),
            Format::Parquet(options) => format!(".{}.parquet", options.codec),
            Format::Csv(_) => ".csv".to_owned(),
            Format::Json(_) => ".json".to_owned(),
            Format::Text(_) => ".txt".to_owned(),
        }
    }

    /// Begins a file at `path`, which will stand at `place` relative to the table.
    /// `many` files are to be open at the same time.
    pub fn create(
        &self,
        columns: &[StructField],
        path: PathBuf,
        place: String,
        many: bool,
        time_zone: &str,
    ) -> Result<FileWriter> {
        let file = OutputFile::create(path)?;
        match self {
            Format::Parquet(options) => {
                Ok(FileWriter::Parquet(parquet::Writer::new(file, place, columns, options, many)?))
            }
            Format::Csv(options) => {
                let row = Row::Csv(options.clone());
                Ok(FileWriter::Text(text::Writer::new(file, place, columns, row, time_zone)?))
            }
            Format::Json(options) => {
                let row = Row::Json(options.clone());
                Ok(FileWriter::Text(text::Writer::new(file, place, columns, row, time_zone)?))
            }
            Format::Text(_) => {
                plain::check_columns(columns)?;
                Ok(FileWriter::Text(text::Writer::new(file, place, columns, Row::Text, time_zone)?))
            }
        }
    }

    /// The plan that reads files: data columns, then partition columns, then projected.
    #[expect(clippy::too_many_arguments, reason = "what a scan is made of")]
    pub fn scan(
        &self,
        state: &dyn Session,
        data_columns: &[StructField],
        partition_columns: &[StructField],
        groups: Vec<FileGroup>,
        statistics: Statistics,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
        read: &ReadOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match self {
            Format::Parquet(_) => {
                parquet::scan(state, data_columns, partition_columns, groups, statistics, projection, limit, read)
            }
            Format::Csv(options) => {
                let format = Arc::new(options.clone());
                text::scan(state, format, data_columns, partition_columns, groups, statistics, projection, limit, read)
            }
            Format::Json(options) => {
                let format = Arc::new(options.clone());
                text::scan(state, format, data_columns, partition_columns, groups, statistics, projection, limit, read)
            }
            Format::Text(options) => {
                let format = Arc::new(options.clone());
                text::scan(state, format, data_columns, partition_columns, groups, statistics, projection, limit, read)
            }
        }
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(super) enum FileWriter {
    Parquet(parquet::Writer),
    Text(text::Writer),
}

impl FileWriter {
    /// Adds rows, given as the data columns of the table.
    pub fn write(&mut self, data: &[ArrayRef], rows: usize) -> Result<()> {
        match self {
            FileWriter::Parquet(writer) => writer.write(data, rows),
            FileWriter::Text(writer) => writer.write(data, rows),
        }
    }

    /// Ends the file. It is not yet safe from a power failure.
    pub fn close(self) -> Result<DataFile> {
        match self {
            FileWriter::Parquet(writer) => writer.close(),
            FileWriter::Text(writer) => writer.close(),
        }
    }
}

/// Refuses options that would change what files mean and that Skep does not have, and columns of types that the format
/// can't hold. `columns` are those of the files.
pub fn check_format(format: FileFormat, columns: &[StructField], options: &Properties) -> Result<()> {
    Format::new(format, options)?;
    let name = match format {
        FileFormat::Parquet => "Parquet",
        FileFormat::Csv => "CSV",
        FileFormat::Json => "JSON",
        FileFormat::Text => "Text",
    };
    for column in columns {
        let holds = match format {
            FileFormat::Parquet => parquet_holds(&column.data_type),
            FileFormat::Csv => {
                column.data_type.is_atomic()
                    && !matches!(
                        column.data_type,
                        DataType::Null | DataType::CalendarInterval | DataType::Variant | DataType::Binary
                    )
            }
            FileFormat::Json => {
                !matches!(column.data_type, DataType::Null | DataType::CalendarInterval | DataType::Spatial(_))
            }
            FileFormat::Text => column.data_type.is_string(),
        };
        if !holds {
            return Err(Error::new(
                &UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE,
                format!(
                    "The {name} datasource doesn't support the column `{}` of the type \"{}\"",
                    column.name, column.data_type
                ),
            ));
        }
    }
    Ok(())
}

fn parquet_holds(data_type: &DataType) -> bool {
    match data_type {
        DataType::Null | DataType::CalendarInterval | DataType::Spatial(_) => false,
        DataType::Array { element, .. } => parquet_holds(element),
        DataType::Map { key, value, .. } => parquet_holds(key) && parquet_holds(value),
        DataType::Struct(fields) => fields.iter().all(|field| parquet_holds(&field.data_type)),
        _ => true,
    }
}
