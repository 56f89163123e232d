//! The table or view a statement is about, and what is said when it is missing or the other of the two.

use std::sync::Arc;

use crate::binder::table_not_found;
use crate::catalog::{Table, TableKind};
use crate::error::{EXPECT_TABLE_NOT_VIEW, EXPECT_VIEW_NOT_TABLE, Error, Result, UNSUPPORTED_FEATURE};
use crate::session::{Found, TableName};
use crate::sql::ast::ObjectName;
use crate::types::quote;

use super::running::Running;

/// The table of that name; `operation` is what the statement calls itself.
///
/// # Errors
/// `TABLE_OR_VIEW_NOT_FOUND`, `EXPECT_TABLE_NOT_VIEW`
pub(super) async fn table(running: &Running<'_>, name: &ObjectName, operation: &str) -> Result<Arc<Table>> {
    match running.reader.find(name).await? {
        Some(Found::Table(table)) => Ok(table),
        Some(Found::View(view)) => Err(not_a_table(&full_name(&view).to_string(), operation).at(name.span)),
        Some(Found::Temporary(_)) => Err(not_a_table(&quoted(name), operation).at(name.span)),
        None => Err(not_found(running, name).await),
    }
}

/// Whatever has that name.
///
/// # Errors
/// `TABLE_OR_VIEW_NOT_FOUND`
pub(super) async fn relation(running: &Running<'_>, name: &ObjectName) -> Result<Found> {
    match running.reader.find(name).await? {
        Some(found) => Ok(found),
        None => Err(not_found(running, name).await),
    }
}

pub(super) fn full_name(table: &Table) -> TableName {
    TableName { database: table.database.clone(), name: table.name.clone() }
}

/// The name as it was typed, in backquotes.
pub(super) fn quoted(name: &ObjectName) -> String {
    name.parts.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".")
}

fn not_a_table(name: &str, operation: &str) -> Error {
    Error::new(&EXPECT_TABLE_NOT_VIEW, format!("'{operation}' expects a table but {name} is a view"))
        .subcondition("NO_ALTERNATIVE")
}

/// A statement on views met a table.
pub(super) fn not_a_view(table: &Table, operation: &str) -> Error {
    Error::new(&EXPECT_VIEW_NOT_TABLE, format!("The table {} does not support {operation}", full_name(table)))
        .subcondition("NO_ALTERNATIVE")
}

/// What tables of files cannot do, as Spark words it.
pub(super) fn table_operation(table: &TableName, operation: &str) -> Error {
    Error::new(
        &UNSUPPORTED_FEATURE,
        format!("The feature is not supported: Table {table} does not support {operation}"),
    )
    .subcondition("TABLE_OPERATION")
}

/// Names that are close are suggested; a metastore that cannot be read suggests none.
pub(super) async fn not_found(running: &Running<'_>, name: &ObjectName) -> Error {
    let candidates = running.reader.close_names(name).await.unwrap_or_default();
    table_not_found(name, &candidates)
}

/// As Spark calls the kinds in messages and descriptions.
pub(super) fn kind_text(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Managed => "MANAGED",
        TableKind::External => "EXTERNAL",
        TableKind::View => "VIEW",
    }
}
