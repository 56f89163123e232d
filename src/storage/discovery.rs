//! Partition columns of a folder that no table describes: names from the folders, types from their values.

use std::path::Path;

use crate::catalog::PartitionValue;
use crate::error::{CONFLICTING_PARTITION_COLUMN_NAMES, Error, Result};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField, reading};

/// The columns that all folders have in common.
///
/// # Errors
/// `CONFLICTING_PARTITION_COLUMN_NAMES` if folders have different columns.
pub(super) fn partition_columns(partitions: &[Vec<(String, PartitionValue)>], root: &Path) -> Result<Vec<StructField>> {
    let Some(first) = partitions.first() else { return Ok(Vec::new()) };
    let names = |values: &[(String, PartitionValue)]| values.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let expected = names(first);
    if let Some(other) = partitions.iter().find(|values| names(values) != expected) {
        return Err(Error::new(
            &CONFLICTING_PARTITION_COLUMN_NAMES,
            format!(
                "Conflicting partition column names detected below `{}`: {} and {}. For partitioned table directories, \
                 data files should only live in leaf directories. And directories at the same level should have the same \
                 partition column name",
                root.display(),
                listed(&expected),
                listed(&names(other)),
            ),
        ));
    }
    let columns = expected.iter().enumerate().map(|(place, name)| {
        let types = partitions.iter().filter_map(|values| values[place].1.as_deref()).map(type_of);
        let data_type = types.reduce(common).unwrap_or(DataType::String);
        StructField::new(name, data_type)
    });
    Ok(columns.collect())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Spark's order of guesses.
fn type_of(text: &str) -> DataType {
    if text.parse::<i32>().is_ok() {
        DataType::Int
    } else if text.parse::<i64>().is_ok() {
        DataType::Long
    } else if is_number(text) && reading::double(text).is_some() {
        DataType::Double
    } else if text.as_bytes().get(10) == Some(&b' ') && reading::timestamp(text, &Zone::utc(), 0).is_some() {
        DataType::Timestamp
    } else if reading::date(text).is_some() && text.len() >= 8 {
        // A text may go on after its date.
        DataType::Date
    } else {
        DataType::String
    }
}

/// `NaN`, `1f` and the like are names rather than numbers.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
}

/// The type that holds values of both.
fn common(a: DataType, b: DataType) -> DataType {
    use DataType::{Date, Double, Int, Long, Timestamp};
    match (a, b) {
        (a, b) if a == b => a,
        (Int, Long) | (Long, Int) => Long,
        (Int | Long, Double) | (Double, Int | Long) => Double,
        (Date, Timestamp) | (Timestamp, Date) => Timestamp,
        _ => DataType::String,
    }
}
