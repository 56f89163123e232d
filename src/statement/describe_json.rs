//! DESCRIBE EXTENDED … AS JSON: all there is to say of a table, view or partition, as one JSON document with Spark's keys
//! in Spark's order.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::catalog::{CATALOG_NAME, Partition, PartitionChoice, Properties, Table, TableKind, partitions_not_found};
use crate::config::Settings;
use crate::error::Result;
use crate::session::{Found, GLOBAL_TEMPORARY_DATABASE, TemporarySource, TemporaryView};
use crate::sql::ast::{ObjectName, PartitionSpecification, same_name};
use crate::storage::partition_path;
use crate::types::{DataType, StructField, quote_if_needed};

use super::analyze::without_stale_size;
use super::answer::{answer, text};
use super::describe_table::no_partitions;
use super::partition_clause::{self, one_partition};
use super::relation::{kind_text, relation};
use super::running::Running;
use super::table_information::{
    CREATED_BY, partition_location, partition_properties, partition_statistics, redacted, sorted, view_schema_mode,
};
use super::{Outcome, RowsKind};

pub(super) async fn describe_json(
    running: &Running<'_>,
    name: &ObjectName,
    clause: Option<&PartitionSpecification>,
) -> Result<Outcome> {
    let document = match (relation(running, name).await?, clause) {
        (Found::Table(table), None) => table_document(&table, None),
        (Found::Table(table), Some(clause)) => {
            let values = [one_partition(running, &table, clause)?];
            let found = running.catalog().await?.partitions(&table, PartitionChoice::Exactly(&values)).await?;
            match found.first() {
                Some(partition) => table_document(&table, Some(&without_stale_size(running, &table, partition).await?)),
                None => return Err(partitions_not_found(&table, values.iter().map(Vec::as_slice)).at(clause.span)),
            }
        }
        (Found::View(_), Some(_)) => return Err(no_partitions(name, "VIEW")),
        (Found::Temporary(_), Some(_)) => return Err(no_partitions(name, "TEMPORARY VIEW")),
        (Found::View(view), None) => view_document(&view, &running.settings),
        (Found::Temporary(view), None) => temporary_document(&view, &running.settings),
    };
    answer(RowsKind::Command, vec![text("json_metadata", [Value::Object(document).to_string()])])
}

type Document = Map<String, Value>;

fn head(name: &str, catalog: &str, database: &str, columns: Vec<Value>) -> Document {
    let mut document = Document::new();
    document.insert("table_name".to_owned(), json!(name));
    document.insert("catalog_name".to_owned(), json!(catalog));
    document.insert("namespace".to_owned(), json!([database]));
    document.insert("schema_name".to_owned(), json!(database));
    document.insert("columns".to_owned(), Value::Array(columns));
    document
}

fn put(document: &mut Document, key: &str, value: impl Into<Value>) {
    document.insert(key.to_owned(), value.into());
}

/// Properties, if there are some.
fn put_properties(document: &mut Document, key: &str, properties: &Properties) {
    if !properties.is_empty() {
        let entries = redacted(properties).into_iter().map(|(key, value)| (key, Value::String(value)));
        put(document, key, entries.collect::<Document>());
    }
}

fn table_document(table: &Table, partition: Option<&Partition>) -> Document {
    let details = &table.details;
    let columns = table.columns.iter().map(|column| {
        let nullable = !details.not_null.iter().any(|name| same_name(name, &column.name));
        let mut value = column_value(&StructField { nullable, ..column.clone() });
        let default = details.defaults.iter().find(|(name, _)| same_name(name, &column.name));
        if let (Value::Object(value), Some((_, default))) = (&mut value, default) {
            put(value, "default", default.as_str());
        }
        value
    });
    let mut document = head(&table.name, CATALOG_NAME, &table.database, columns.collect());
    let (location, created) = match partition {
        Some(partition) => {
            let values = partition_clause::columns(table).iter().zip(&partition.values).map(|(column, value)| {
                let value = value.as_deref().unwrap_or(partition_path::DEFAULT_PARTITION);
                (column.name.clone(), json!(value))
            });
            put(&mut document, "partition_values", values.collect::<Document>());
            (partition_location(table, partition), partition.created_at)
        }
        None => {
            put_buckets(&mut document, table);
            (details.location.clone(), table.created_at)
        }
    };
    put(&mut document, "location", location);
    put_properties(&mut document, "storage_properties", &details.options);
    if let Some(partition) = partition {
        put_properties(&mut document, "partition_parameters", &partition_properties(partition));
    }
    put_times(&mut document, created);
    if let Some(size) = partition.and_then(partition_statistics) {
        put(&mut document, "partition_statistics", size);
    }
    put(&mut document, "created_by", CREATED_BY);
    put(&mut document, "type", kind_text(table.kind));
    if let Some(provider) = &details.provider {
        put(&mut document, "provider", provider.as_str());
    }
    if partition.is_some() {
        put_buckets(&mut document, table);
    }
    if let Some(comment) = &details.comment {
        put(&mut document, "comment", comment.as_str());
    }
    put_properties(&mut document, "table_properties", &sorted(&details.properties));
    if let Some(statistics) = &details.statistics {
        let mut size = Document::new();
        put(&mut size, "size_in_bytes", statistics.bytes);
        if let Some(rows) = statistics.rows {
            put(&mut size, "num_rows", rows);
        }
        put(&mut document, "statistics", size);
    }
    if table.partition_columns > 0 && table.kind != TableKind::View {
        put(&mut document, "partition_provider", "Catalog");
        let names: Vec<&str> = partition_clause::columns(table).iter().map(|column| column.name.as_str()).collect();
        put(&mut document, "partition_columns", names);
    }
    if !details.clustering.is_empty() {
        put(&mut document, "clustering_columns", details.clustering.clone());
    }
    put(&mut document, "collation", "UTF8_BINARY");
    document
}

fn put_buckets(document: &mut Document, table: &Table) {
    if let Some(bucketing) = &table.details.bucketing {
        put(document, "num_buckets", bucketing.buckets);
        put(document, "bucket_columns", bucketing.columns.clone());
        put(document, "sort_columns", bucketing.sorted_by.clone());
    }
}

fn put_times(document: &mut Document, created_at: i64) {
    let created = DateTime::from_timestamp_millis(created_at)
        .map_or_else(|| "UNKNOWN".to_owned(), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    put(document, "created_time", created);
    put(document, "last_access", "UNKNOWN");
}

fn view_document(view: &Table, settings: &Settings) -> Document {
    let details = &view.details;
    let mut document = head(&view.name, CATALOG_NAME, &view.database, view.columns.iter().map(column_value).collect());
    put_times(&mut document, view.created_at);
    put(&mut document, "created_by", CREATED_BY);
    put(&mut document, "type", kind_text(view.kind));
    if let Some(comment) = &details.comment {
        put(&mut document, "comment", comment.as_str());
    }
    if let Some(text) = &details.view {
        put(&mut document, "view_text", text.text.as_str());
        put(&mut document, "view_original_text", text.text.as_str());
        if let Some(mode) = view_schema_mode(settings, &text.schema_mode) {
            put(&mut document, "view_schema_mode", mode);
        }
        let database = quote_if_needed(&text.database);
        put(&mut document, "view_catalog_and_namespace", format!("{CATALOG_NAME}.{database}"));
        put(&mut document, "view_query_output_columns", text.query_columns.clone());
    }
    put_properties(&mut document, "table_properties", &sorted(&details.properties));
    if let Some(text) = &details.view {
        put_properties(&mut document, "view_creation_spark_configuration", &text.settings);
    }
    put(&mut document, "collation", "UTF8_BINARY");
    document
}

fn temporary_document(view: &TemporaryView, settings: &Settings) -> Document {
    let database = if view.global { GLOBAL_TEMPORARY_DATABASE } else { "session" };
    let mut document = head(&view.name, "system", database, view.columns.iter().map(column_value).collect());
    put_times(&mut document, view.created_at);
    put(&mut document, "created_by", CREATED_BY);
    put(&mut document, "type", "VIEW");
    if let Some(comment) = &view.comment {
        put(&mut document, "comment", comment.as_str());
    }
    if let TemporarySource::Query { text, database, query_columns, .. } = &view.source {
        put(&mut document, "view_text", text.as_str());
        if let Some(mode) = view_schema_mode(settings, "BINDING") {
            put(&mut document, "view_schema_mode", mode);
        }
        put(&mut document, "view_catalog_and_namespace", format!("{CATALOG_NAME}.{}", quote_if_needed(database)));
        put(&mut document, "view_query_output_columns", query_columns.clone());
    }
    put_properties(&mut document, "table_properties", &sorted(&view.properties));
    put(&mut document, "collation", "UTF8_BINARY");
    document
}

fn column_value(column: &StructField) -> Value {
    let mut value = json!({
        "name": column.name,
        "type": type_value(&column.data_type),
        "nullable": column.nullable,
    });
    if let (Value::Object(value), Some(comment)) = (&mut value, &column.comment) {
        put(value, "comment", comment.as_str());
    }
    value
}

fn type_value(data_type: &DataType) -> Value {
    match data_type {
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => {
            json!({"name": "string", "collation": "UTF8_BINARY"})
        }
        DataType::Decimal { precision, scale } => json!({"name": "decimal", "precision": precision, "scale": scale}),
        DataType::Timestamp => json!({"name": "timestamp_ltz"}),
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) => {
            // `interval day to second`, `interval year`
            let text = data_type.catalog_string();
            let mut units = text.trim_start_matches("interval ").split(" to ");
            let start = units.next().unwrap_or_default();
            json!({"name": "interval", "start_unit": start, "end_unit": units.next().unwrap_or(start)})
        }
        DataType::Array { element, .. } => {
            json!({"name": "array", "element_type": type_value(element), "element_nullable": true})
        }
        DataType::Map { key, value, .. } => json!({
            "name": "map", "key_type": type_value(key), "value_type": type_value(value), "value_nullable": true
        }),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| column_value(&StructField { nullable: true, ..field.clone() }));
            json!({"name": "struct", "fields": fields.collect::<Vec<_>>()})
        }
        other => json!({"name": other.catalog_string()}),
    }
}
