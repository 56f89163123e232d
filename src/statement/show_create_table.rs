//! SHOW CREATE TABLE: the statement that would make the table or view again.

use crate::catalog::{Properties, Table, TableKind, ViewDetails};
use crate::config::Settings;
use crate::error::{EXPECT_PERMANENT_VIEW_NOT_TEMP, Error, Result};
use crate::session::Found;
use crate::sql::ast::{ObjectName, same_name};
use crate::types::quote_if_needed;

use super::answer::{answer, text};
use super::keys;
use super::partition_clause;
use super::relation::{full_name, quoted, relation};
use super::running::Running;
use super::table_information::{redacted, sorted, view_schema_mode};
use super::{Outcome, RowsKind};

pub(super) async fn show_create_table(running: &Running<'_>, name: &ObjectName, as_serde: bool) -> Result<Outcome> {
    let statement = match relation(running, name).await? {
        Found::Table(_) if as_serde => {
            return Err(Error::unsupported("SHOW CREATE TABLE AS SERDE of a table", "leave out AS SERDE").at(name.span));
        }
        Found::Table(table) => create_table(&table),
        Found::View(view) => match &view.details.view {
            Some(details) => create_view(&view, details, &running.settings),
            None => return Err(Error::internal(format!("view {} has no text", full_name(&view)))),
        },
        Found::Temporary(_) => {
            return Err(Error::new(
                &EXPECT_PERMANENT_VIEW_NOT_TEMP,
                format!("'SHOW CREATE TABLE' expects a permanent view but {} is a temp view", quoted(name)),
            )
            .at(name.span));
        }
    };
    answer(RowsKind::Command, vec![text("createtab_stmt", [statement])])
}

fn create_table(table: &Table) -> String {
    let details = &table.details;
    let columns = table.columns.iter().map(|column| {
        let mut text = format!("{} {}", quote_if_needed(&column.name), column.data_type.sql());
        if details.not_null.iter().any(|name| same_name(name, &column.name)) {
            text.push_str(" NOT NULL");
        }
        if let Some((_, default)) = details.defaults.iter().find(|(name, _)| same_name(name, &column.name)) {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        if let Some(comment) = &column.comment {
            text.push_str(&format!(" COMMENT '{}'", escaped(comment)));
        }
        text
    });
    let columns = columns.chain(details.constraints.iter().map(keys::text)).collect::<Vec<_>>().join(",\n  ");
    let mut text = format!("CREATE TABLE {} (\n  {columns})\n", full_name(table).plain());
    text.push_str(&format!("USING {}\n", details.provider.as_deref().unwrap_or("parquet")));
    text.push_str(&property_lines("OPTIONS", &details.options));
    let partitions = partition_clause::columns(table);
    if !partitions.is_empty() {
        let names: Vec<String> = partitions.iter().map(|column| quote_if_needed(&column.name)).collect();
        text.push_str(&format!("PARTITIONED BY ({})\n", names.join(", ")));
    }
    if let Some(bucketing) = &details.bucketing {
        text.push_str(&format!("CLUSTERED BY ({})\n", names(&bucketing.columns)));
        if !bucketing.sorted_by.is_empty() {
            text.push_str(&format!("SORTED BY ({})\n", names(&bucketing.sorted_by)));
        }
        text.push_str(&format!("INTO {} BUCKETS\n", bucketing.buckets));
    }
    if !details.clustering.is_empty() {
        text.push_str(&format!("CLUSTER BY ({})\n", names(&details.clustering)));
    }
    if let Some(comment) = &details.comment {
        text.push_str(&format!("COMMENT '{}'\n", escaped(comment)));
    }
    if table.kind == TableKind::External {
        text.push_str(&format!("LOCATION '{}'\n", escaped(&details.location)));
    }
    text.push_str(&property_lines("TBLPROPERTIES", &details.properties));
    text
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| quote_if_needed(name)).collect::<Vec<_>>().join(", ")
}

fn create_view(view: &Table, details: &ViewDetails, settings: &Settings) -> String {
    let columns = view.columns.iter().map(|column| match &column.comment {
        Some(comment) => format!("{} COMMENT '{}'", quote_if_needed(&column.name), escaped(comment)),
        None => quote_if_needed(&column.name),
    });
    let columns = columns.collect::<Vec<_>>().join(",\n  ");
    let name = format!("{}.{}", quote_if_needed(&view.database), quote_if_needed(&view.name));
    let mut text = format!("CREATE VIEW {name} (\n  {columns})\n");
    if let Some(comment) = &view.details.comment {
        text.push_str(&format!("COMMENT '{}'\n", escaped(comment)));
    }
    text.push_str(&property_lines("TBLPROPERTIES", &view.details.properties));
    if let Some(mode) = view_schema_mode(settings, &details.schema_mode) {
        text.push_str(&format!("WITH SCHEMA {mode}\n"));
    }
    text.push_str(&format!("AS {}\n", details.text));
    text
}

/// `NAME (…)` with a line for each entry, or nothing.
fn property_lines(clause: &str, properties: &Properties) -> String {
    if properties.is_empty() {
        return String::new();
    }
    let entries = redacted(&sorted(properties))
        .iter()
        .map(|(key, value)| format!("'{}' = '{}'", escaped(key), escaped(value)))
        .collect::<Vec<_>>();
    format!("{clause} (\n  {})\n", entries.join(",\n  "))
}

/// A text as it stands between single quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
