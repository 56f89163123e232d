//! SHOW TABLES, SHOW TABLE EXTENDED, SHOW VIEWS.

use std::sync::Arc;

use crate::catalog::{
    CATALOG_NAME, PartitionChoice, Table, TableKind, TableSummary, database_not_found, partitions_not_found,
};
use crate::config::Settings;
use crate::error::Result;
use crate::session::{GLOBAL_TEMPORARY_DATABASE, TemporarySource, TemporaryView, database_name};
use crate::sql::ast::{Identifier, ObjectName, PartitionSpecification};
use crate::types::quote_if_needed;

use super::analyze::without_stale_size;
use super::answer::{answer, flags, text};
use super::partition_clause::{self, one_partition};
use super::pattern::Pattern;
use super::relation::table;
use super::running::Running;
use super::schema_tree::schema_tree;
use super::table_information::{Line, names_text, partition_lines, table_lines, time_text, view_schema_mode};
use super::{Outcome, RowsKind};

/// One line of an answer: database, name, whether it is temporary, more about it.
struct Listed {
    database: String,
    name: String,
    temporary: bool,
    information: String,
}

pub(super) async fn show_tables(
    running: &Running<'_>,
    database: Option<&ObjectName>,
    pattern: Option<&str>,
) -> Result<Outcome> {
    let database = named_database(running, database).await?;
    let pattern = Pattern::new(pattern);
    let tables = visible(running, &database).await?;
    let names = tables.into_iter().map(|table| table.name).filter(|name| pattern.matches(name));
    let mut listed: Vec<Listed> = names.map(|name| permanent(&database, name)).collect();
    listed.extend(temporary_views(running, &database, &pattern).iter().map(|view| temporary(view)));
    show(&listed, "tableName", RowsKind::ShowTables)
}

pub(super) async fn show_views(
    running: &Running<'_>,
    database: Option<&ObjectName>,
    pattern: Option<&str>,
) -> Result<Outcome> {
    let database = named_database(running, database).await?;
    let pattern = Pattern::new(pattern);
    let tables = visible(running, &database).await?;
    let views = tables.into_iter().filter(|table| table.kind == TableKind::View && pattern.matches(&table.name));
    let mut listed: Vec<Listed> = views.map(|view| permanent(&database, view.name)).collect();
    listed.extend(temporary_views(running, &database, &pattern).iter().map(|view| temporary(view)));
    show(&listed, "viewName", RowsKind::ShowTables)
}

pub(super) async fn show_table_extended(
    running: &Running<'_>,
    database: Option<&ObjectName>,
    pattern: &str,
    partition: Option<&PartitionSpecification>,
) -> Result<Outcome> {
    let database = named_database(running, database).await?;
    if let Some(clause) = partition {
        return show_one_partition(running, database, pattern, clause).await;
    }
    let pattern = Pattern::new(Some(pattern));
    let catalog = running.catalog().await?;
    let mut listed = Vec::new();
    for summary in visible(running, &database).await? {
        if !pattern.matches(&summary.name) {
            continue;
        }
        // Dropped by somebody else in between: not there.
        if let Some(table) = catalog.table(&database, &summary.name).await? {
            let information = table_text(&table, &running.settings);
            listed.push(Listed { information, ..permanent(&database, summary.name) });
        }
    }
    for view in temporary_views(running, &database, &pattern) {
        listed.push(Listed { information: temporary_text(&view, &running.settings), ..temporary(&view) });
    }
    show_extended(&listed)
}

async fn show_one_partition(
    running: &Running<'_>,
    database: String,
    name: &str,
    clause: &PartitionSpecification,
) -> Result<Outcome> {
    let parts = vec![Identifier::new(&database, clause.span), Identifier::new(name, clause.span)];
    let name = ObjectName { parts, span: clause.span };
    let table = table(running, &name, "SHOW TABLE EXTENDED").await?;
    let values = [one_partition(running, &table, clause)?];
    let found = running.catalog().await?.partitions(&table, PartitionChoice::Exactly(&values)).await?;
    let Some(partition) = found.first() else {
        return Err(partitions_not_found(&table, values.iter().map(Vec::as_slice)).at(clause.span));
    };
    let partition = &without_stale_size(running, &table, partition).await?;
    let information = lines_text(&partition_lines(&table, partition, &running.context.time_zone));
    show_extended(&[Listed { information, ..permanent(&database, table.name.clone()) }])
}

/// The tables and views that the user may know of.
async fn visible(running: &Running<'_>, database: &str) -> Result<Vec<TableSummary>> {
    let own = running.reader.privileges().await?;
    let tables = running.catalog().await?.tables(database).await?;
    Ok(tables.into_iter().filter(|table| own.see_relation(table.as_relation(database))).collect())
}

/// The database that was named, which must be there, or the current one.
async fn named_database(running: &Running<'_>, name: Option<&ObjectName>) -> Result<String> {
    let Some(name) = name else { return Ok(running.session.current_database().to_string()) };
    let database = database_name(name)?;
    if database == GLOBAL_TEMPORARY_DATABASE || running.catalog().await?.database(&database).await?.is_some() {
        return Ok(database);
    }
    let names = running.session.database_names().await?;
    Err(database_not_found(&database).suggest(&database, names).at(name.span))
}

/// Those of the session are in every database.
fn temporary_views(running: &Running<'_>, database: &str, pattern: &Pattern) -> Vec<Arc<TemporaryView>> {
    let mut views = Vec::new();
    if database == GLOBAL_TEMPORARY_DATABASE {
        views.extend(running.session.temporary_views(true));
    }
    views.extend(running.session.temporary_views(false));
    views.retain(|view| pattern.matches(&view.name));
    views
}

fn permanent(database: &str, name: String) -> Listed {
    Listed { database: database.to_owned(), name, temporary: false, information: String::new() }
}

fn temporary(view: &TemporaryView) -> Listed {
    let database = if view.global { GLOBAL_TEMPORARY_DATABASE } else { "" };
    Listed { database: database.to_owned(), name: view.name.clone(), temporary: true, information: String::new() }
}

fn show(listed: &[Listed], name: &'static str, kind: RowsKind) -> Result<Outcome> {
    answer(
        kind,
        vec![
            text("namespace", listed.iter().map(|line| &line.database)),
            text(name, listed.iter().map(|line| &line.name)),
            flags("isTemporary", listed.iter().map(|line| line.temporary)),
        ],
    )
}

fn show_extended(listed: &[Listed]) -> Result<Outcome> {
    answer(
        RowsKind::Command,
        vec![
            text("namespace", listed.iter().map(|line| &line.database)),
            text("tableName", listed.iter().map(|line| &line.name)),
            flags("isTemporary", listed.iter().map(|line| line.temporary)),
            text("information", listed.iter().map(|line| &line.information)),
        ],
    )
}

fn table_text(table: &Table, settings: &Settings) -> String {
    let mut lines = table_lines(table, settings);
    if table.partition_columns > 0 {
        let names: Vec<&str> = partition_clause::columns(table).iter().map(|column| column.name.as_str()).collect();
        lines.push(("Partition Columns", names_text(&names)));
    }
    lines.push(("Schema", schema_tree(&table.columns)));
    lines_text(&lines)
}

fn temporary_text(view: &TemporaryView, settings: &Settings) -> String {
    let mut lines: Vec<Line> = vec![
        ("Table", view.name.clone()),
        ("Created Time", time_text(view.created_at, settings.text("spark.sql.session.timeZone"))),
        ("Last Access", "UNKNOWN".to_owned()),
        ("Created By", concat!("Skep ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("Type", "VIEW".to_owned()),
    ];
    lines.extend(view.comment.iter().map(|comment| ("Comment", comment.clone())));
    let mode = view_schema_mode(settings, "BINDING").map(|mode| ("View Schema Mode", mode.to_owned()));
    match &view.source {
        TemporarySource::Query { text, database, query_columns, .. } => {
            lines.push(("View Text", text.clone()));
            lines.extend(mode);
            let database = quote_if_needed(database);
            lines.push(("View Catalog and Namespace", format!("{CATALOG_NAME}.{database}")));
            lines.push(("View Query Output Columns", names_text(query_columns)));
        }
        TemporarySource::Files(_) => lines.extend(mode),
    }
    lines.push(("Schema", schema_tree(&view.columns)));
    lines_text(&lines)
}

fn lines_text(lines: &[Line]) -> String {
    lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}
