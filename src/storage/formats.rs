//! The file formats, each with its options read: what differs between them when a table is scanned or written.

use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::physical_plan::FileGroup;
use datafusion::physical_plan::ExecutionPlan;

use super::{ReadOptions, parquet};
use crate::catalog::{FileFormat, Properties};
use crate::error::{Error, Result, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE};
use crate::types::{DataType, StructField};

/// A format with its options.
#[derive(Debug, Clone)]
pub(super) enum Format {
    Parquet(parquet::Options),
}

impl Format {
    /// # Errors
    /// Options that have no meaning here, or values they cannot have.
    pub fn new(format: FileFormat, options: &Properties) -> Result<Self> {
        match format {
            FileFormat::Parquet => Ok(Format::Parquet(parquet::Options::new(options)?)),
            FileFormat::Csv | FileFormat::Json => Err(Error::internal("contract only")),
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
        }
    }
}

/// Refuses options that would change what files mean and that Skep does not have, and columns of types that the format
/// can't hold.
pub fn check_format(format: FileFormat, columns: &[StructField], options: &Properties) -> Result<()> {
    Format::new(format, options)?;
    let name = match format {
        FileFormat::Parquet => "Parquet",
        FileFormat::Csv => "CSV",
        FileFormat::Json => "JSON",
    };
    for column in columns {
        let holds = match format {
            FileFormat::Parquet => parquet_holds(&column.data_type),
            FileFormat::Csv => {
                column.data_type.is_atomic()
                    && !matches!(column.data_type, DataType::Null | DataType::CalendarInterval | DataType::Binary)
            }
            FileFormat::Json => !matches!(column.data_type, DataType::Null | DataType::CalendarInterval),
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
        DataType::Null | DataType::CalendarInterval => false,
        DataType::Array { element, .. } => parquet_holds(element),
        DataType::Map { key, value, .. } => parquet_holds(key) && parquet_holds(value),
        DataType::Struct(fields) => fields.iter().all(|field| parquet_holds(&field.data_type)),
        _ => true,
    }
}
