//! MSCK REPAIR TABLE and RECOVER PARTITIONS: makes the registered partitions those that have folders.

use crate::error::{Error, NOT_A_PARTITIONED_TABLE, Result};
use crate::sql::ast::RepairTable;
use crate::storage::repair::{RepairMode, repair};

use super::Outcome;
use super::relation::{self, full_name};
use super::running::Running;

pub(super) async fn repair_table(running: &Running<'_>, statement: &RepairTable) -> Result<Outcome> {
    let table = relation::table(running, &statement.name, "MSCK REPAIR TABLE").await?;
    if table.partition_columns == 0 {
        return Err(Error::new(
            &NOT_A_PARTITIONED_TABLE,
            format!(
                "Operation MSCK REPAIR TABLE is not allowed for {} because it is not a partitioned table",
                full_name(&table)
            ),
        )
        .at(statement.name.span));
    }
    let mode = match (statement.add, statement.drop) {
        (true, true) => RepairMode::Sync,
        (false, true) => RepairMode::Drop,
        (true, false) | (false, false) => RepairMode::Add,
    };
    repair(running.catalog().await?, &table, mode).await?;
    Ok(Outcome::Done)
}
