//! Partition values and Hive's folder names: `country=DE/day=2024-01-01`.

use datafusion::common::ScalarValue;

use crate::catalog::PartitionValue;
use crate::error::{Error, Result};
use crate::types::{DataType, StructField};

/// The folder of NULL, and of the empty string.
pub const DEFAULT_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// `a=1/b=x%2Fy`: the folder below the table's, and what SHOW PARTITIONS prints.
pub fn folder(columns: &[StructField], values: &[PartitionValue]) -> String {
    let _ = (columns, values);
    String::new()
}

/// The value of a partition column from its text.
///
/// # Errors
/// `CAST_INVALID_INPUT` when the text is not of the type.
pub fn parse(value: &PartitionValue, data_type: &DataType) -> Result<ScalarValue> {
    let _ = (value, data_type);
    Err(Error::internal("contract only"))
}

/// The text of a value, as folder names hold it: the inverse of [`parse`].
pub fn text(value: &ScalarValue) -> Result<PartitionValue> {
    let _ = value;
    Err(Error::internal("contract only"))
}
