//! Taking rows or whole tables away.

use crate::catalog::{Catalog, PartitionValue, Pin, Table};
use crate::error::{Error, Result};

/// TRUNCATE TABLE: all rows, or those of the partitions that match (`None` in a place means any). Partitions stay.
pub async fn truncate(catalog: &Catalog, table: &Table, matching: &[Option<PartitionValue>], pin: &Pin) -> Result<()> {
    let _ = (catalog, table, matching, pin);
    Err(Error::internal("contract only"))
}

/// DROP TABLE and DROP VIEW: forgets it and, if it is managed, deletes its files.
pub async fn drop_table(catalog: &Catalog, table: &Table) -> Result<()> {
    let _ = (catalog, table);
    Err(Error::internal("contract only"))
}

/// DROP DATABASE: gives back the tables and views that went with it.
pub async fn drop_database(catalog: &Catalog, name: &str, cascade: bool) -> Result<Vec<Table>> {
    let _ = (catalog, name, cascade);
    Err(Error::internal("contract only"))
}
