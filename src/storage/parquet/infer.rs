//! The columns of a Parquet file as Spark reads them: from Spark's own schema if the file has it, else from Parquet's.

use std::path::Path;

use datafusion::arrow::datatypes::{DataType as Arrow, TimeUnit};
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::basic::Type as Physical;

use super::{read_footer, row_metadata};
use crate::error::{Error, FAILED_READ_FILE, Result};
use crate::types::{DataType, StructField};

/// # Errors
/// `FAILED_READ_FILE` names the file, and the column whose type Spark does not have.
pub(in crate::storage) fn infer_columns(path: &Path) -> Result<Vec<StructField>> {
    let footer = read_footer(path)?;
    let file = footer.file_metadata();
    let spark = file
        .key_value_metadata()
        .and_then(|all| all.iter().find(|entry| entry.key == row_metadata::KEY))
        .and_then(|entry| entry.value.as_deref());
    if let Some(columns) = spark.and_then(row_metadata::columns) {
        return Ok(columns);
    }
    let descriptor = file.schema_descr();
    let schema = parquet_to_arrow_schema(descriptor, None)
        .map_err(|error| Error::new(&FAILED_READ_FILE, format!("file:{}: {error}", path.display())).cause(error))?;
    let int96 = |name: &str| {
        descriptor.columns().iter().any(|column| {
            column.physical_type() == Physical::INT96 && column.path().parts().first().is_some_and(|root| root == name)
        })
    };
    schema
        .fields()
        .iter()
        .map(|field| {
            let data_type = match field.data_type() {
                // INT96 are instants.
                Arrow::Timestamp(TimeUnit::Nanosecond, None) if int96(field.name()) => Some(DataType::Timestamp),
                Arrow::UInt64 => Some(DataType::Decimal { precision: 20, scale: 0 }),
                other => DataType::from_arrow(other),
            };
            let data_type = data_type.ok_or_else(|| {
                Error::new(
                    &FAILED_READ_FILE,
                    format!(
                        "Encountered error while reading file file:{}. The column `{}` has the type {}, which no SQL \
                         type holds",
                        path.display(),
                        field.name(),
                        field.data_type(),
                    ),
                )
            })?;
            Ok(StructField::new(field.name(), data_type))
        })
        .collect()
}
