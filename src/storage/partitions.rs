//! Partitions as ALTER TABLE changes them.

use crate::catalog::{Catalog, NewPartition, Partition, PartitionChoice, PartitionValue, Pin, Table};
use crate::error::{Error, Result};

/// ADD PARTITION: makes the folders, registers the partitions. Files that are in a folder become the table's.
pub async fn add_partitions(catalog: &Catalog, table: &Table, new: &[NewPartition], if_not_exists: bool) -> Result<()> {
    let _ = (catalog, table, new, if_not_exists);
    Err(Error::internal("contract only"))
}

/// DROP PARTITION: unregisters partitions and deletes the files of a managed table; gives back those that were there.
pub async fn drop_partitions(catalog: &Catalog, table: &Table, choice: PartitionChoice<'_>) -> Result<Vec<Partition>> {
    let _ = (catalog, table, choice);
    Err(Error::internal("contract only"))
}

/// RENAME PARTITION: its files move to the folder of the new values.
pub async fn rename_partition(
    catalog: &Catalog,
    table: &Table,
    from: &[PartitionValue],
    to: &[PartitionValue],
    pin: &Pin,
) -> Result<()> {
    let _ = (catalog, table, from, to, pin);
    Err(Error::internal("contract only"))
}
