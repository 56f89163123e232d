//! ALTER VIEW: another name, other properties, another query.

use std::sync::Arc;

use crate::catalog::{Table, normal_name};
use crate::error::{Error, Result};
use crate::session::{Found, TableName, TemporaryView};
use crate::sql::ast::{AlterView, AlterViewAction, ObjectName};

use super::Outcome;
use super::column_changes::{set_properties, split_properties};
use super::create_view::{bind_permanent, bind_temporary, check_schema_mode, temporary_source, with_query};
use super::database::check_name;
use super::relation::{full_name, not_a_view, relation};
use super::running::Running;

pub(super) async fn alter_view(running: &Running<'_>, statement: &AlterView) -> Result<Outcome> {
    match relation(running, &statement.name).await? {
        Found::View(view) => alter_permanent(running, statement, &view).await?,
        Found::Temporary(view) => alter_temporary(running, statement, &view).await?,
        Found::Table(table) => {
            return Err(not_a_view(&table, operation(&statement.action)).at(statement.name.span));
        }
    }
    Ok(Outcome::Done)
}

/// As messages call it.
fn operation(action: &AlterViewAction) -> &'static str {
    match action {
        AlterViewAction::Rename(_) => "ALTER VIEW ... RENAME TO",
        AlterViewAction::SetProperties(_) => "ALTER VIEW ... SET TBLPROPERTIES",
        AlterViewAction::UnsetProperties { .. } => "ALTER VIEW ... UNSET TBLPROPERTIES",
        AlterViewAction::Query(..) => "ALTER VIEW ... AS",
        AlterViewAction::SchemaMode(_) => "ALTER VIEW ... WITH SCHEMA",
    }
}

async fn alter_permanent(running: &Running<'_>, statement: &AlterView, view: &Arc<Table>) -> Result<()> {
    let catalog = running.catalog().await?;
    let mut changed = view.as_ref().clone();
    match &statement.action {
        AlterViewAction::Rename(to) => {
            let to = new_name(view, to)?;
            catalog.rename_table(view, &to.database, &to.name).await.map_err(|error| error.at(statement.span))?;
            return Ok(());
        }
        AlterViewAction::SetProperties(properties) => {
            let (properties, comment) = split_properties(properties)?;
            set_properties(&mut changed.details.properties, &properties);
            changed.details.comment = comment.or(changed.details.comment);
        }
        AlterViewAction::UnsetProperties { keys, if_exists: _ } => {
            changed.details.properties.retain(|(key, _)| !keys.contains(key));
            if keys.iter().any(|key| key == "comment") {
                changed.details.comment = None;
            }
        }
        AlterViewAction::Query(query, text) => {
            let columns = bind_permanent(running, &full_name(view), query, &[]).await?;
            changed = with_query(view, running, columns, text)?;
        }
        AlterViewAction::SchemaMode(mode) => {
            check_schema_mode(running, false, statement.span)?;
            if let Some(details) = &mut changed.details.view {
                // Names that somebody chose stay.
                let own_names = view.columns.iter().map(|column| &column.name).ne(&details.query_columns);
                let mode = if mode == "EVOLUTION" && own_names { "TYPE EVOLUTION" } else { mode };
                mode.clone_into(&mut details.schema_mode);
            }
        }
    }
    catalog.alter_table(&changed).await?;
    Ok(())
}

async fn alter_temporary(running: &Running<'_>, statement: &AlterView, view: &TemporaryView) -> Result<()> {
    let session = running.session;
    let mut changed = view.clone();
    match &statement.action {
        AlterViewAction::Rename(to) => {
            let name = normal_name(&to.last().value);
            if to.parts.len() > 1 || session.temporary_view(&name, view.global).is_some() {
                return Err(Error::new(
                    &crate::error::TEMP_TABLE_OR_VIEW_ALREADY_EXISTS,
                    format!("Cannot rename the temporary view to `{}`", to.text()),
                )
                .hint("use a name of one part that no temporary view has")
                .at(to.span));
            }
            session.remove_temporary_view(&view.name, view.global);
            changed.name = name;
        }
        AlterViewAction::Query(query, text) => {
            let columns = bind_temporary(running, &view.name, view.global, query, &[]).await?;
            changed.source = temporary_source(running, query, text, columns.query_columns);
            changed.columns = columns.columns;
        }
        AlterViewAction::SetProperties(properties) => set_properties(&mut changed.properties, properties),
        AlterViewAction::UnsetProperties { keys, if_exists: _ } => {
            changed.properties.retain(|(key, _)| !keys.contains(key));
        }
        AlterViewAction::SchemaMode(_) => {
            return check_schema_mode(running, true, statement.span);
        }
    }
    session.put_temporary_view(changed);
    Ok(())
}

/// What RENAME TO names: a name of one part stays in the database.
pub(super) fn new_name(table: &Table, to: &ObjectName) -> Result<TableName> {
    let name = TableName::new(to, &table.database)?;
    check_name(&name.name).map_err(|error| error.at(to.span))?;
    Ok(name)
}
