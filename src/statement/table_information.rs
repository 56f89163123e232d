//! What DESCRIBE EXTENDED and SHOW TABLE EXTENDED tell of a table: lines of a name and a value, in Spark's order.

use chrono::{DateTime, FixedOffset};

use crate::catalog::{CATALOG_NAME, Partition, Properties, Table, TableKind};
use crate::config::Settings;
use crate::storage::partition_path;
use crate::types::time_zone::Zone;
use crate::types::{quote, quote_if_needed};

use super::analyze::{PARTITION_BYTES, PARTITION_ROWS};
use super::partition_clause;
use super::relation::kind_text;

/// A name and a value.
pub(super) type Line = (&'static str, String);

/// Who made a table.
pub(super) const CREATED_BY: &str = concat!("Skep ", env!("CARGO_PKG_VERSION"));
/// What is shown in place of a secret.
const REDACTED: &str = "*********(redacted)";

/// The lines of `# Detailed Table Information`.
pub(super) fn table_lines(table: &Table, settings: &Settings) -> Vec<Line> {
    let time_zone = settings.text("spark.sql.session.timeZone");
    let details = &table.details;
    let mut lines: Vec<Line> = vec![
        ("Catalog", CATALOG_NAME.to_owned()),
        ("Database", table.database.clone()),
        ("Table", table.name.clone()),
        ("Created Time", time_text(table.created_at, time_zone)),
        ("Last Access", "UNKNOWN".to_owned()),
        ("Created By", CREATED_BY.to_owned()),
        ("Type", kind_text(table.kind).to_owned()),
    ];
    if let Some(provider) = &details.provider {
        lines.push(("Provider", provider.clone()));
    }
    lines.extend(bucket_lines(table));
    if let Some(comment) = &details.comment {
        lines.push(("Comment", comment.clone()));
    }
    if let Some(view) = &details.view {
        let database = quote_if_needed(&view.database);
        lines.push(("View Text", view.text.clone()));
        lines.push(("View Original Text", view.text.clone()));
        lines.extend(view_schema_mode(settings, &view.schema_mode).map(|mode| ("View Schema Mode", mode.to_owned())));
        lines.push(("View Catalog and Namespace", format!("{CATALOG_NAME}.{database}")));
        lines.push(("View Query Output Columns", names_text(&view.query_columns)));
    }
    if !details.properties.is_empty() {
        lines.push(("Table Properties", properties_text(&sorted(&details.properties))));
    }
    if details.view.is_some() {
        return lines;
    }
    if let Some(statistics) = &details.statistics {
        lines.push(("Statistics", size_text(statistics.bytes, statistics.rows)));
    }
    lines.push(("Location", details.location.clone()));
    if !details.options.is_empty() {
        lines.push(("Storage Properties", properties_text(&details.options)));
    }
    if table.partition_columns > 0 && table.kind != TableKind::View {
        lines.push(("Partition Provider", "Catalog".to_owned()));
    }
    lines
}

/// The mode of a view as it is shown; `None` while views have no modes.
pub(super) fn view_schema_mode<'m>(settings: &Settings, mode: &'m str) -> Option<&'m str> {
    match mode {
        _ if !settings.flag("spark.sql.legacy.viewSchemaBindingMode") => None,
        "" => Some("BINDING"),
        mode => Some(mode),
    }
}

/// The lines of `# Detailed Partition Information`, without those that name the table.
pub(super) fn partition_lines(table: &Table, partition: &Partition, time_zone: &str) -> Vec<Line> {
    let values = partition_clause::columns(table).iter().zip(&partition.values);
    let values = values.map(|(column, value)| {
        let value = value.as_deref().unwrap_or(partition_path::DEFAULT_PARTITION);
        format!("{}={value}", column.name)
    });
    let values = values.collect::<Vec<_>>().join(", ");
    let mut lines: Vec<Line> =
        vec![("Partition Values", format!("[{values}]")), ("Location", partition_location(table, partition))];
    if !table.details.options.is_empty() {
        lines.push(("Storage Properties", properties_text(&table.details.options)));
    }
    let properties = partition_properties(partition);
    if !properties.is_empty() {
        lines.push(("Partition Parameters", properties_text(&properties)));
    }
    lines.push(("Created Time", time_text(partition.created_at, time_zone)));
    lines.push(("Last Access", "UNKNOWN".to_owned()));
    lines.extend(partition_statistics(partition).map(|size| ("Partition Statistics", size)));
    lines
}

/// The lines of `# Storage Information`.
pub(super) fn storage_lines(table: &Table) -> Vec<Line> {
    let mut lines: Vec<Line> = bucket_lines(table);
    lines.push(("Location", table.details.location.clone()));
    if !table.details.options.is_empty() {
        lines.push(("Storage Properties", properties_text(&table.details.options)));
    }
    lines
}

/// `1968 bytes, 3 rows`
fn size_text(bytes: u64, rows: Option<u64>) -> String {
    match rows {
        Some(rows) => format!("{bytes} bytes, {rows} rows"),
        None => format!("{bytes} bytes"),
    }
}

/// The properties of a partition that are not statistics, by key.
pub(super) fn partition_properties(partition: &Partition) -> Properties {
    let mut properties = sorted(&partition.properties);
    properties.retain(|(key, _)| key != PARTITION_BYTES && key != PARTITION_ROWS);
    properties
}

/// What ANALYZE has counted of a partition.
pub(super) fn partition_statistics(partition: &Partition) -> Option<String> {
    let number = |wanted: &str| {
        let found = partition.properties.iter().find(|(key, _)| key == wanted);
        found.and_then(|(_, value)| value.parse().ok())
    };
    number(PARTITION_BYTES).map(|bytes| size_text(bytes, number(PARTITION_ROWS)))
}

fn bucket_lines(table: &Table) -> Vec<Line> {
    let Some(bucketing) = &table.details.bucketing else { return Vec::new() };
    vec![
        ("Num Buckets", bucketing.buckets.to_string()),
        ("Bucket Columns", names_text(&bucketing.columns)),
        ("Sort Columns", names_text(&bucketing.sorted_by)),
    ]
}

pub(super) fn partition_location(table: &Table, partition: &Partition) -> String {
    partition.location.clone().unwrap_or_else(|| {
        let folder = partition_path::folder(partition_clause::columns(table), &partition.values);
        format!("{}/{folder}", table.details.location)
    })
}

/// `[a=1, b=2]`
pub(super) fn properties_text(properties: &Properties) -> String {
    let pairs = redacted(properties);
    let pairs = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
    format!("[{}]", pairs.join(", "))
}

/// ``[`a`, `b`]``
pub(super) fn names_text<S: AsRef<str>>(names: &[S]) -> String {
    let names = names.iter().map(|name| quote(name.as_ref())).collect::<Vec<_>>();
    format!("[{}]", names.join(", "))
}

/// By key.
pub(super) fn sorted(properties: &Properties) -> Properties {
    let mut properties = properties.clone();
    properties.sort();
    properties
}

/// Without the values of keys that look like secrets, or values that do.
pub(super) fn redacted(properties: &Properties) -> Properties {
    let secret = |text: &str| {
        let text = text.to_lowercase();
        ["secret", "password", "token", "access.key", "accesskey"].iter().any(|word| text.contains(word))
    };
    properties
        .iter()
        .map(|(key, value)| {
            let value = if secret(key) { REDACTED.to_owned() } else { value.clone() };
            (key.clone(), value)
        })
        .collect()
}

/// `Tue Nov 24 01:07:05 PST 2026`, as Java prints times.
pub(super) fn time_text(milliseconds: i64, time_zone: &str) -> String {
    const FORMAT: &str = "%a %b %d %H:%M:%S %Z %Y";
    let Some(instant) = DateTime::from_timestamp_millis(milliseconds) else { return "UNKNOWN".to_owned() };
    let Ok(zone) = Zone::parse(time_zone) else { return instant.format(FORMAT).to_string() };
    match zone.region() {
        Some(region) => instant.with_timezone(&region).format(FORMAT).to_string(),
        None if zone.offset_at_utc(0) == 0 => instant.format(FORMAT).to_string(),
        None => match FixedOffset::east_opt(zone.offset_at_utc(milliseconds * 1000)) {
            Some(offset) => instant.with_timezone(&offset).format("%a %b %d %H:%M:%S GMT%:z %Y").to_string(),
            None => instant.format(FORMAT).to_string(),
        },
    }
}
