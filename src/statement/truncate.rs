//! TRUNCATE TABLE: takes all rows away, or those of some partitions.

use crate::catalog::{PartitionChoice, PartitionValue, TableKind, partitions_not_found};
use crate::error::{Error, FORBIDDEN_OPERATION, Result};
use crate::sql::ast::Truncate;
use crate::storage;

use super::Outcome;
use super::partition_clause::given_values;
use super::relation::{self, full_name};
use super::running::Running;

/// Rows of external tables are somebody else's.
pub(super) async fn truncate(running: &Running<'_>, statement: &Truncate) -> Result<Outcome> {
    let table = relation::table(running, &statement.name, "TRUNCATE TABLE").await?;
    if table.kind == TableKind::External {
        return Err(Error::new(
            &FORBIDDEN_OPERATION,
            format!("Operation not allowed: TRUNCATE TABLE on external tables: {}", full_name(&table)),
        )
        .at(statement.name.span));
    }
    let matching = match &statement.partition {
        Some(clause) => given_values(running, &table, clause)?,
        None => Vec::new(),
    };
    let catalog = running.catalog().await?;
    let whole: Option<Vec<PartitionValue>> = matching.iter().cloned().collect();
    if let Some(values) = whole.filter(|values| !values.is_empty()) {
        let one = [values];
        if catalog.partitions(&table, PartitionChoice::Exactly(&one)).await?.is_empty() {
            let [values] = &one;
            return Err(partitions_not_found(&table, [values.as_slice()]));
        }
    }
    let pin = running.reader.pin().await?;
    storage::remove::truncate(catalog, &table, &matching, &pin).await?;
    Ok(Outcome::Done)
}
