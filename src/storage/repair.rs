//! MSCK REPAIR TABLE: partition folders against registered partitions.

use crate::catalog::{Catalog, Table};
use crate::error::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairMode {
    /// Registers folders that are not registered.
    Add,
    /// Unregisters partitions whose folders are gone.
    Drop,
    Sync,
}

/// What a repair changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repaired {
    pub added: usize,
    pub dropped: usize,
}

/// Makes the registered partitions of a table those that have folders.
pub async fn repair(catalog: &Catalog, table: &Table, mode: RepairMode) -> Result<Repaired> {
    let _ = (catalog, table, mode);
    Err(Error::internal("contract only"))
}
