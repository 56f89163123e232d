//! SHOW, but for tables and CREATE TABLE, which have files of their own.

use crate::catalog::{CATALOG_NAME, PartitionChoice, PartitionValue, Table};
use crate::config::postgres::SERVER_VERSION_NUMBER;
use crate::error::{Error, Result, SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE, SQL_CONF_NOT_FOUND};
use crate::functions::postgres::VERSION;
use crate::session::{Found, TableName, database_name};
use crate::sql::ast::{ObjectName, PartitionSpecification, Show};
use crate::storage::partition_path;
use crate::types::quote;

use super::answer::{answer, text};
use super::functions::show_functions;
use super::partition_clause::{self, check_partitioned, given_values};
use super::pattern::Pattern;
use super::relation::{full_name, relation, table};
use super::running::Running;
use super::show_tables::{show_table_extended, show_tables, show_views};
use super::table_information::{redacted, sorted};
use super::{Outcome, RowsKind, show_create_table};

pub(super) async fn show(running: &Running<'_>, statement: &Show) -> Result<Outcome> {
    match statement {
        Show::Parameter(name) => show_parameter(running, name),
        Show::Catalogs { pattern } => {
            let pattern = Pattern::new(pattern.as_deref());
            let names = [CATALOG_NAME].into_iter().filter(|name| pattern.matches(name));
            answer(RowsKind::Command, vec![text("catalog", names)])
        }
        Show::Databases { pattern } => {
            let pattern = Pattern::new(pattern.as_deref());
            let databases = running.session.database_names().await?;
            let names = databases.iter().filter(|name| pattern.matches(name));
            answer(RowsKind::Command, vec![text("namespace", names)])
        }
        Show::Tables { database, pattern } => show_tables(running, database.as_ref(), pattern.as_deref()).await,
        Show::TableExtended { database, pattern, partition } => {
            show_table_extended(running, database.as_ref(), pattern, partition.as_ref()).await
        }
        Show::Views { database, pattern } => show_views(running, database.as_ref(), pattern.as_deref()).await,
        Show::Partitions { table, partition } => show_partitions(running, table, partition.as_ref()).await,
        Show::Columns { table, database } => show_columns(running, table, database.as_ref()).await,
        Show::CreateTable { table, as_serde } => show_create_table::show_create_table(running, table, *as_serde).await,
        Show::TableProperties { table, key } => show_properties(running, table, key.as_deref()).await,
        Show::Functions { scope, database, pattern } => {
            show_functions(running, *scope, database.as_ref(), pattern.as_deref()).await
        }
        Show::CurrentDatabase => {
            let database = running.session.current_database();
            answer(RowsKind::Command, vec![text("catalog", [CATALOG_NAME]), text("namespace", [database])])
        }
    }
}

/// The value of a parameter of PostgreSQL's, or of a setting that somebody set.
fn show_parameter(running: &Running<'_>, name: &str) -> Result<Outcome> {
    let value = match name.to_lowercase().as_str() {
        "timezone" => running.settings.text("spark.sql.session.timeZone").to_owned(),
        "search_path" => running.session.current_database().to_string(),
        "server_version" => VERSION.to_owned(),
        "server_version_num" => SERVER_VERSION_NUMBER.to_owned(),
        "server_encoding" | "client_encoding" => "UTF8".to_owned(),
        "standard_conforming_strings" | "integer_datetimes" => "on".to_owned(),
        "datestyle" => "ISO, MDY".to_owned(),
        "intervalstyle" => "postgres".to_owned(),
        "transaction_isolation" | "default_transaction_isolation" => "read committed".to_owned(),
        "lc_collate" | "lc_ctype" | "lc_monetary" | "lc_numeric" => "C".to_owned(),
        _ => match running.settings.get(name) {
            Some(value) => value.to_owned(),
            None => {
                let message = format!("unrecognized configuration parameter \"{name}\"");
                return Err(Error::new(&SQL_CONF_NOT_FOUND, message));
            }
        },
    };
    answer(RowsKind::Command, vec![text(name.to_owned(), [value])])
}

async fn show_partitions(
    running: &Running<'_>,
    name: &ObjectName,
    clause: Option<&PartitionSpecification>,
) -> Result<Outcome> {
    let table = table(running, name, "SHOW PARTITIONS").await?;
    check_partitioned(&table).map_err(|error| error.at(name.span))?;
    let matching: Vec<Option<PartitionValue>> = match clause {
        Some(clause) => given_values(running, &table, clause)?,
        None => vec![None; table.partition_columns],
    };
    let partitions = running.catalog().await?.partitions(&table, PartitionChoice::Matching(&matching)).await?;
    let columns = partition_clause::columns(&table);
    let mut names: Vec<String> =
        partitions.iter().map(|partition| partition_path::folder(columns, &partition.values)).collect();
    names.sort_unstable();
    answer(RowsKind::Command, vec![text("partition", names)])
}

async fn show_columns(running: &Running<'_>, name: &ObjectName, database: Option<&ObjectName>) -> Result<Outcome> {
    let name = match database {
        Some(database) => &in_database(name, database)?,
        None => name,
    };
    let columns = match relation(running, name).await? {
        Found::Table(table) | Found::View(table) => table.columns.clone(),
        Found::Temporary(view) => view.columns.clone(),
    };
    answer(RowsKind::Command, vec![text("col_name", columns.iter().map(|column| &column.name))])
}

/// `t IN db` is `db.t`; `a.t IN b` contradicts itself.
fn in_database(name: &ObjectName, database: &ObjectName) -> Result<ObjectName> {
    if let [own, _] = name.parts.as_slice() {
        let wanted = database.last();
        if !own.is(&wanted.value) {
            return Err(Error::new(
                &SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE,
                format!("SHOW COLUMNS with conflicting namespaces: {} != {}", quote(&wanted.value), quote(&own.value)),
            )
            .at(database.span));
        }
        return Ok(name.clone());
    }
    database_name(database)?;
    let parts = database.parts.iter().chain(&name.parts).cloned().collect();
    Ok(ObjectName { parts, span: name.span })
}

async fn show_properties(running: &Running<'_>, name: &ObjectName, key: Option<&str>) -> Result<Outcome> {
    let table = match relation(running, name).await? {
        Found::Table(table) | Found::View(table) => table,
        Found::Temporary(_) => {
            let nothing: [&str; 0] = [];
            return answer(RowsKind::Command, vec![text("key", nothing), text("value", nothing)]);
        }
    };
    let properties = redacted(&sorted(&table.details.properties));
    let shown = match key {
        Some(key) => {
            let value = properties.iter().find(|(own, _)| own == key).map(|(_, value)| value.clone());
            vec![(key.to_owned(), value.unwrap_or_else(|| no_property(&table, key)))]
        }
        None => properties,
    };
    answer(
        RowsKind::Command,
        vec![text("key", shown.iter().map(|(key, _)| key)), text("value", shown.iter().map(|(_, value)| value))],
    )
}

fn no_property(table: &Table, key: &str) -> String {
    let name: TableName = full_name(table);
    format!("Table {} does not have property: {key}", name.plain())
}
