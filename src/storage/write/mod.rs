//! Writing rows into tables, all or nothing.
//!
//! ```text
//! plan with N partitions ─► one writer each ─► <table>/_staging-<id>/… ─► fsync ─► rename into place ─► one transaction
//!                                                     on any error: removed
//! ```

use std::sync::Arc;

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;

use crate::catalog::{Catalog, NewTable, PartitionValue, Pin, Table};
use crate::error::{Error, Result};

/// What happens to the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    Append,
    /// Replaces the partitions that the static values match, all if there are none.
    Overwrite,
    /// Replaces only partitions that get rows (`spark.sql.sources.partitionOverwriteMode=dynamic`).
    OverwriteDynamic,
}

/// Rows for a table.
#[derive(Debug)]
pub struct WriteRequest {
    pub table: Arc<Table>,
    /// Columns as the table's, by position, partition columns last; static ones hold their value too.
    pub input: Arc<dyn ExecutionPlan>,
    pub task: Arc<TaskContext>,
    /// A value for each partition column that the statement fixes. Empty or one for each partition column.
    pub static_partition: Vec<Option<PartitionValue>>,
    pub mode: WriteMode,
    /// Taken before the table was looked up: conflicts since then are noticed.
    pub pin: Arc<Pin>,
    /// The session's time zone, for CSV and JSON.
    pub time_zone: Arc<str>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteSummary {
    pub rows: u64,
    pub bytes: u64,
    pub files: u64,
}

/// Writes rows and makes them visible. Dropping the future before it is ready leaves the table as it was.
///
/// # Errors
/// `CONCURRENT_WRITE`, `DISK_FULL`, `FAILED_WRITE_FILE`, and what the plan raises.
pub async fn write(catalog: &Catalog, request: WriteRequest) -> Result<WriteSummary> {
    let _ = (catalog, request);
    Err(Error::internal("contract only"))
}

/// Rows for a table that is made with them (CREATE TABLE AS), in place of an old one if that is given.
#[derive(Debug)]
pub struct CreateRequest {
    pub table: NewTable,
    pub replaces: Option<Arc<Table>>,
    pub input: Arc<dyn ExecutionPlan>,
    pub task: Arc<TaskContext>,
    pub pin: Arc<Pin>,
    pub time_zone: Arc<str>,
}

/// Makes a table and its rows visible in one step.
///
/// # Errors
/// Those of [`write`], `TABLE_OR_VIEW_ALREADY_EXISTS`
pub async fn create(catalog: &Catalog, request: CreateRequest) -> Result<(Arc<Table>, WriteSummary)> {
    let _ = (catalog, request);
    Err(Error::internal("contract only"))
}
