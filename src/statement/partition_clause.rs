//! `PARTITION (a = 1, b)`: which values it fixes, in the table's order.

use crate::catalog::{PartitionValue, Table};
use crate::error::{
    DUPLICATE_KEY, Error, INVALID_PARTITION_OPERATION, INVALID_SQL_SYNTAX, PARTITIONS_NOT_FOUND, Result,
};
use crate::sql::ast::PartitionSpecification;
use crate::storage::partition_path;
use crate::types::{StructField, quote};

use super::relation::full_name;
use super::running::Running;

/// The partition columns of a table.
pub(super) fn columns(table: &Table) -> &[StructField] {
    &table.columns[table.columns.len() - table.partition_columns..]
}

/// A value for each partition column that the clause fixes; `None` for those it leaves open.
///
/// # Errors
/// Names that are no partition columns, names given twice, values that are not of the column's type.
pub(super) fn values(
    running: &Running<'_>,
    table: &Table,
    clause: &PartitionSpecification,
) -> Result<Vec<Option<PartitionValue>>> {
    let columns = columns(table);
    let zone = partition_path::time_zone(&table.details)?;
    let mut values = vec![None; columns.len()];
    let mut named: Vec<&str> = Vec::new();
    for (name, value) in &clause.entries {
        let Some(position) = columns.iter().position(|column| name.is(&column.name)) else {
            return Err(no_such_column(table, &name.value).at(name.span));
        };
        let column = &columns[position];
        if named.contains(&column.name.as_str()) {
            return Err(
                Error::new(&DUPLICATE_KEY, format!("Found duplicate keys {}", quote(&column.name))).at(clause.span)
            );
        }
        named.push(&column.name);
        if let Some(value) = value {
            let value = running.constant(value, &column.data_type).map_err(|error| error.at(name.span))?;
            values[position] = Some(partition_path::text_of(&value, &zone)?);
        }
    }
    Ok(values)
}

/// As [`values`], of a statement that needs every value it names (all but INSERT).
pub(super) fn given_values(
    running: &Running<'_>,
    table: &Table,
    clause: &PartitionSpecification,
) -> Result<Vec<Option<PartitionValue>>> {
    check_partitioned(table)?;
    if let Some((name, _)) = clause.entries.iter().find(|(_, value)| value.is_none()) {
        let message = format!("Partition key {} must set value", quote(&name.value));
        return Err(Error::new(&INVALID_SQL_SYNTAX, message).subcondition("EMPTY_PARTITION_VALUE").at(name.span));
    }
    values(running, table, clause)
}

/// As [`given_values`], of a statement that is about one partition.
pub(super) fn one_partition(
    running: &Running<'_>,
    table: &Table,
    clause: &PartitionSpecification,
) -> Result<Vec<PartitionValue>> {
    let values = given_values(running, table, clause)?;
    let all: Option<Vec<PartitionValue>> = values.into_iter().collect();
    all.ok_or_else(|| {
        let named: Vec<&str> = clause.entries.iter().map(|(name, _)| name.value.as_str()).collect();
        let needed: Vec<&str> = columns(table).iter().map(|column| column.name.as_str()).collect();
        Error::new(
            &INVALID_PARTITION_OPERATION,
            format!(
                "Partition spec is invalid. The spec ({}) must match the partition spec ({}) defined in table '{}'",
                named.join(", "),
                needed.join(", "),
                full_name(table)
            ),
        )
        .at(clause.span)
    })
}

/// Fails unless the table has partitions.
pub(super) fn check_partitioned(table: &Table) -> Result<()> {
    if table.partition_columns > 0 {
        return Ok(());
    }
    Err(Error::new(
        &INVALID_PARTITION_OPERATION,
        format!("The partition command is invalid. Table {} is not partitioned", full_name(table)),
    )
    .subcondition("PARTITION_SCHEMA_IS_EMPTY"))
}

fn no_such_column(table: &Table, name: &str) -> Error {
    let known = columns(table).iter().map(|column| column.name.as_str());
    Error::new(
        &PARTITIONS_NOT_FOUND,
        format!(
            "The partition(s) {} cannot be found in table {}. Verify the partition specification and table name. To \
             tolerate the error on drop use ALTER TABLE … DROP IF EXISTS PARTITION",
            quote(name),
            full_name(table)
        ),
    )
    .suggest(name, known)
}
