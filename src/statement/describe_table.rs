//! DESCRIBE of a table, view or partition, plain and EXTENDED.

use crate::catalog::{PartitionChoice, Table, partitions_not_found};
use crate::config::Settings;
use crate::error::{Error, FORBIDDEN_OPERATION, Result};
use crate::session::Found;
use crate::sql::ast::{ObjectName, PartitionSpecification, same_name};
use crate::types::StructField;

use super::analyze::without_stale_size;
use super::answer::{answer, optional_text, text};
use super::describe::section;
use super::describe_json;
use super::partition_clause::{self, one_partition};
use super::relation::{quoted, relation};
use super::running::Running;
use super::table_information::{Line, partition_lines, storage_lines, table_lines};
use super::{Outcome, RowsKind};

/// One line of the answer.
pub(super) struct Row {
    pub name: String,
    pub data_type: String,
    pub comment: Option<String>,
}

pub(super) async fn describe_table(
    running: &Running<'_>,
    name: &ObjectName,
    partition: Option<&PartitionSpecification>,
    extended: bool,
    as_json: bool,
) -> Result<Outcome> {
    if as_json {
        return describe_json::describe_json(running, name, partition).await;
    }
    let rows = match relation(running, name).await? {
        Found::Table(table) => match partition {
            Some(clause) => partition_rows(running, &table, clause, extended).await?,
            None => table_rows(&table, extended, &running.settings),
        },
        Found::View(_) if partition.is_some() => return Err(no_partitions(name, "VIEW")),
        Found::View(view) => table_rows(&view, extended, &running.settings),
        Found::Temporary(_) if partition.is_some() => return Err(no_partitions(name, "TEMPORARY VIEW")),
        Found::Temporary(view) => column_rows(&view.columns),
    };
    show_rows(&rows)
}

pub(super) fn no_partitions(name: &ObjectName, kind: &str) -> Error {
    Error::new(
        &FORBIDDEN_OPERATION,
        format!("The operation DESC PARTITION is not allowed on the {kind}: {}", quoted(name)),
    )
    .at(name.span)
}

fn table_rows(table: &Table, extended: bool, settings: &Settings) -> Vec<Row> {
    let mut rows = column_rows(&table.columns);
    add_partition_columns(table, &mut rows);
    add_clustering_columns(table, &mut rows);
    if extended {
        rows.push(section(""));
        rows.push(section("# Detailed Table Information"));
        rows.extend(table_lines(table, settings).into_iter().map(line_row));
    }
    add_defaults(table, &mut rows);
    rows
}

async fn partition_rows(
    running: &Running<'_>,
    table: &Table,
    clause: &PartitionSpecification,
    extended: bool,
) -> Result<Vec<Row>> {
    let values = [one_partition(running, table, clause)?];
    let found = running.catalog().await?.partitions(table, PartitionChoice::Exactly(&values)).await?;
    let Some(partition) = found.first() else {
        return Err(partitions_not_found(table, values.iter().map(Vec::as_slice)).at(clause.span));
    };
    let partition = &without_stale_size(running, table, partition).await?;
    let mut rows = column_rows(&table.columns);
    add_partition_columns(table, &mut rows);
    if extended {
        rows.push(section(""));
        rows.push(section("# Detailed Partition Information"));
        rows.push(line_row(("Database", table.database.clone())));
        rows.push(line_row(("Table", table.name.clone())));
        rows.extend(partition_lines(table, partition, &running.context.time_zone).into_iter().map(line_row));
        rows.push(section(""));
        rows.push(section("# Storage Information"));
        rows.extend(storage_lines(table).into_iter().map(line_row));
    }
    Ok(rows)
}

/// A line for each column.
pub(super) fn column_rows(columns: &[StructField]) -> Vec<Row> {
    let rows = columns.iter().map(|column| Row {
        name: column.name.clone(),
        data_type: column.data_type.catalog_string(),
        comment: column.comment.clone(),
    });
    rows.collect()
}

fn add_partition_columns(table: &Table, rows: &mut Vec<Row>) {
    let columns = partition_clause::columns(table);
    if columns.is_empty() {
        return;
    }
    rows.push(section("# Partition Information"));
    rows.push(Row {
        name: "# col_name".to_owned(),
        data_type: "data_type".to_owned(),
        comment: Some("comment".to_owned()),
    });
    rows.extend(column_rows(columns));
}

fn add_clustering_columns(table: &Table, rows: &mut Vec<Row>) {
    if table.details.clustering.is_empty() {
        return;
    }
    rows.push(section("# Clustering Information"));
    rows.push(Row {
        name: "# col_name".to_owned(),
        data_type: "data_type".to_owned(),
        comment: Some("comment".to_owned()),
    });
    let named = |name: &String| table.columns.iter().find(|column| same_name(&column.name, name)).cloned();
    rows.extend(column_rows(&table.details.clustering.iter().filter_map(named).collect::<Vec<_>>()));
}

fn add_defaults(table: &Table, rows: &mut Vec<Row>) {
    if table.details.defaults.is_empty() {
        return;
    }
    rows.push(section(""));
    rows.push(section("# Column Default Values"));
    for (name, default) in &table.details.defaults {
        if let Some(column) = table.columns.iter().find(|column| same_name(&column.name, name)) {
            rows.push(Row {
                name: column.name.clone(),
                data_type: column.data_type.catalog_string(),
                comment: Some(default.clone()),
            });
        }
    }
}

fn line_row((name, value): Line) -> Row {
    Row { name: name.to_owned(), data_type: value, comment: Some(String::new()) }
}

pub(super) fn show_rows(rows: &[Row]) -> Result<Outcome> {
    answer(
        RowsKind::DescribeTable,
        vec![
            text("col_name", rows.iter().map(|row| &row.name)),
            text("data_type", rows.iter().map(|row| &row.data_type)),
            optional_text("comment", rows.iter().map(|row| row.comment.as_ref())),
        ],
    )
}
