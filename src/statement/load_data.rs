//! LOAD DATA: files become rows of a table as they are.

use std::sync::Arc;

use crate::error::{Error, INVALID_PARTITION_OPERATION, Result};
use crate::sql::ast::LoadData;
use crate::storage::write::{LoadRequest, load};

use super::Outcome;
use super::partition_clause::one_partition;
use super::relation::{self, full_name};
use super::running::Running;

pub(super) async fn load_data(running: &Running<'_>, statement: &LoadData) -> Result<Outcome> {
    let table = relation::table(running, &statement.table, "LOAD DATA").await?;
    let partition = match &statement.partition {
        Some(clause) => one_partition(running, &table, clause).map_err(|error| error.at(clause.span))?,
        None if table.partition_columns > 0 => {
            let message = format!(
                "LOAD DATA target table {} is partitioned, but no partition spec is provided",
                full_name(&table)
            );
            return Err(Error::new(&INVALID_PARTITION_OPERATION, message)
                .hint("name the partition: files do not tell theirs")
                .at(statement.table.span));
        }
        None => Vec::new(),
    };
    let request = LoadRequest {
        table,
        path: statement.path.clone(),
        copy: statement.local,
        overwrite: statement.overwrite,
        partition,
        pin: running.reader.pin().await?,
        time_zone: Arc::clone(&running.context.time_zone),
        committing: Arc::clone(&running.cancellation.committing),
    };
    let loaded = load(running.catalog().await?, request, &running.state()).await;
    loaded.map_err(|error| error.at(statement.path_span))?;
    Ok(Outcome::Done)
}
