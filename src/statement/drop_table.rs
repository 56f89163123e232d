//! DROP TABLE and DROP VIEW: forgets the table or view; files of a managed table go when no reader needs them.

use crate::catalog::{Table, TableKind};
use crate::error::{Error, Result, WRONG_COMMAND_FOR_OBJECT_TYPE};
use crate::session::{Found, GLOBAL_TEMPORARY_DATABASE};
use crate::sql::ast::{DropTable, DropView, ObjectName};
use crate::storage;

use super::Outcome;
use super::cache_table::drop_cached;
use super::relation::{full_name, kind_text, not_found};
use super::running::Running;

/// Drops a table, or explains that the name is a view.
pub(super) async fn drop_table(running: &Running<'_>, statement: &DropTable) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    match running.reader.find(&statement.name).await? {
        // As in Spark: DROP TABLE takes temporary views.
        Some(Found::Temporary(_)) => Ok(drop_temporary(running, &statement.name)),
        Some(Found::Table(table)) => {
            storage::remove::drop_table(catalog, &table).await?;
            drop_cached(running, &table);
            if statement.purge {
                // What readers still hold is left to a later sweep even so.
                storage::sweep(catalog).await;
            }
            Ok(Outcome::Done)
        }
        Some(Found::View(view)) => Err(wrong_command(&view, "DROP TABLE").at(statement.name.span)),
        None if statement.if_exists => Ok(Outcome::Done),
        None => Err(not_found(running, &statement.name).await),
    }
}

/// Drops a view, permanent or temporary.
pub(super) async fn drop_view(running: &Running<'_>, statement: &DropView) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    match running.reader.find(&statement.name).await? {
        Some(Found::Temporary(_)) => Ok(drop_temporary(running, &statement.name)),
        Some(Found::View(view)) => {
            storage::remove::drop_table(catalog, &view).await?;
            drop_cached(running, &view);
            Ok(Outcome::Done)
        }
        Some(Found::Table(table)) => Err(wrong_command(&table, "DROP VIEW").at(statement.name.span)),
        None if statement.if_exists => Ok(Outcome::Done),
        None => Err(not_found(running, &statement.name).await),
    }
}

fn drop_temporary(running: &Running<'_>, name: &ObjectName) -> Outcome {
    let global = name.parts.len() > 1 && name.parts[0].is(GLOBAL_TEMPORARY_DATABASE);
    running.session.remove_temporary_view(&name.last().value, global);
    Outcome::Done
}

fn wrong_command(table: &Table, operation: &str) -> Error {
    let (wanted, instead) = match table.kind {
        TableKind::View => ("EXTERNAL or MANAGED", "DROP VIEW"),
        TableKind::Managed | TableKind::External => ("VIEW", "DROP TABLE"),
    };
    Error::new(
        &WRONG_COMMAND_FOR_OBJECT_TYPE,
        format!(
            "The operation {operation} requires a {wanted}. But {} is a {}. Use {instead} instead",
            full_name(table).plain(),
            kind_text(table.kind)
        ),
    )
}
