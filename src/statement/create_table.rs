//! CREATE TABLE: with columns, with columns from files, LIKE another table, AS a query.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;

use crate::binder::{self, BoundQuery, InsertTarget};
use crate::catalog::{NewTable, Properties, Table, TableDetails, TableKind, database_not_found};
use crate::error::{
    ALL_PARTITION_COLUMNS_NOT_ALLOWED, COLUMN_NOT_DEFINED_IN_TABLE, Error, INVALID_PARTITION_COLUMN_DATA_TYPE,
    INVALID_SQL_SYNTAX, Result, TABLE_OR_VIEW_ALREADY_EXISTS, UNABLE_TO_INFER_SCHEMA,
};
use crate::session::{Found, TableName};
use crate::sql::ast::{CreateTable, ObjectName, PartitionColumn, Query, same_name};
use crate::storage;
use crate::storage::location_url;
use crate::storage::write::{CreateRequest, create};
use crate::types::{DataType, StructField, quote};

use super::Outcome;
use super::cache_table::drop_cached;
use super::column_changes::{already_exists, check_duplicates, column, split_properties};
use super::database::check_name;
use super::keys;
use super::relation::relation;
use super::running::{NoNames, Running};
use super::table_format::{TableFormat, table_format};
use super::{defaults, layout};

pub(super) async fn create_table(running: &Running<'_>, statement: &CreateTable) -> Result<Outcome> {
    run(running, statement).await?;
    Ok(Outcome::Done)
}

/// Makes the table, and gives back the plan that has filled it, if there was one.
pub(super) async fn run(running: &Running<'_>, statement: &CreateTable) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let name = TableName::new(&statement.name, &running.context.current_database)?;
    check_name(&name.name).map_err(|error| error.at(statement.name.span))?;
    check_clauses(statement)?;
    let catalog = running.catalog().await?;
    if catalog.database(&name.database).await?.is_none() {
        let names = running.session.database_names().await?;
        return Err(database_not_found(&name.database).suggest(&name.database, names).at(statement.name.span));
    }
    // What is written is checked against this moment.
    let pin = running.reader.pin().await?;
    let old = catalog.table(&name.database, &name.name).await?;
    match &old {
        Some(_) if statement.if_not_exists => return Ok(None),
        Some(old) if !statement.or_replace || old.kind == TableKind::View => {
            return Err(table_exists(&name).at(statement.name.span));
        }
        _ => {}
    }

    let mut new = match &statement.like {
        Some(source) => like(running, statement, &name, source).await?,
        None => definition(running, statement, &name)?,
    };
    if let Some(query) = &statement.query {
        let input = bind(running, statement, query, &name, &mut new).await?;
        layout::declare(statement, &mut new)?;
        keys::check(running, statement, &new).await?;
        check(&new)?;
        let input = layout::lay(running, &new.columns, &new.details, input)?;
        let state = running.state();
        let input = running.physical_plan(&state, &input.plan).await?;
        running.progress.start(&input, Arc::clone(&state.runtime_env().memory_pool));
        let request = CreateRequest {
            table: new,
            replaces: old.clone(),
            input: Arc::clone(&input),
            task: state.task_ctx(),
            pin,
            time_zone: Arc::clone(&running.context.time_zone),
            committing: Arc::clone(&running.cancellation.committing),
        };
        let (_, written) = create(catalog, request).await?;
        running.wrote(written.rows);
        if let Some(old) = &old {
            drop_cached(running, old);
        }
        return Ok(Some(input));
    }
    if new.columns.is_empty() {
        infer(running, statement, &name, &mut new).await?;
    }
    layout::declare(statement, &mut new)?;
    keys::check(running, statement, &new).await?;
    check(&new)?;
    match old {
        Some(old) => {
            catalog.replace_table(&old, new).await?;
            drop_cached(running, &old);
        }
        None => {
            catalog.create_table(new).await?;
        }
    }
    Ok(None)
}

/// Refuses clauses that contradict one another, or that would be accepted without effect.
fn check_clauses(statement: &CreateTable) -> Result<()> {
    let not_allowed = |what: &str| Error::new(&INVALID_SQL_SYNTAX, format!("Operation not allowed: {what}"));
    if statement.clustered_by.is_some() && !statement.cluster_by.is_empty() {
        return Err(not_allowed("CLUSTER BY and CLUSTERED BY are both given").at(statement.span));
    }
    if statement.external && statement.location.is_none() && path_option(statement).is_none() {
        return Err(not_allowed("CREATE EXTERNAL TABLE must be accompanied by LOCATION").at(statement.span));
    }
    if statement.or_replace && statement.if_not_exists {
        return Err(not_allowed("CREATE OR REPLACE TABLE ... IF NOT EXISTS").at(statement.span));
    }
    if statement.query.is_some() {
        if !statement.columns.is_empty() {
            return Err(not_allowed("Schema may not be specified in a Create Table As Select (CTAS) statement")
                .at(statement.span));
        }
        if statement.partitioned_by.iter().any(|column| matches!(column, PartitionColumn::Definition(_))) {
            return Err(not_allowed("Partition column types may not be specified in Create Table As Select (CTAS)")
                .at(statement.span));
        }
    }
    Ok(())
}

fn path_option(statement: &CreateTable) -> Option<&str> {
    let path = statement.options.iter().find(|(key, _)| key.eq_ignore_ascii_case("path"));
    path.map(|(_, path)| path.as_str())
}

/// The table that the clauses describe; its columns may be missing.
fn definition(running: &Running<'_>, statement: &CreateTable, name: &TableName) -> Result<NewTable> {
    let TableFormat { format, provider, mut options } = table_format(statement)?;
    options.extend(statement.options.iter().filter(|(key, _)| !key.eq_ignore_ascii_case("path")).cloned());
    let location = match (&statement.location, path_option(statement)) {
        (Some(_), Some(_)) => {
            let message = "Operation not allowed: LOCATION and 'path' in OPTIONS are both used to indicate the custom \
                           table path, you can only specify one of them";
            return Err(Error::new(&INVALID_SQL_SYNTAX, message).at(statement.span));
        }
        (Some(location), None) => Some(location_url(location)?),
        (None, path) => path.map(location_url).transpose()?,
    };
    let mut columns = statement.columns.iter().map(column).collect::<Result<Vec<StructField>>>()?;
    let mut definitions = statement.columns.clone();
    let mut partition_columns = 0;
    if statement.query.is_none() && !columns.is_empty() || defines_partitions(statement) {
        for partition in &statement.partitioned_by {
            if let PartitionColumn::Definition(definition) = partition {
                columns.push(column(definition)?);
                definitions.push(definition.clone());
            }
        }
        partition_columns = move_partitions_last(statement, name, &mut columns)?;
    }
    let (properties, comment) = split_properties(&statement.properties)?;
    Ok(NewTable {
        database: name.database.clone(),
        name: name.name.clone(),
        kind: if location.is_some() { TableKind::External } else { TableKind::Managed },
        columns,
        partition_columns,
        details: TableDetails {
            format: Some(format),
            location: location.unwrap_or_default(),
            options,
            properties,
            comment: statement.comment.clone().or(comment),
            owner: running.session.user().to_string(),
            provider: Some(provider),
            defaults: defaults::declared(running, &definitions)?,
            not_null: definitions
                .iter()
                .filter(|definition| definition.not_null)
                .map(|definition| definition.name.value.clone())
                .collect(),
            constraints: keys::declared(statement, name)?,
            partition_time_zone: Some(running.context.time_zone.to_string()),
            ..TableDetails::default()
        },
    })
}

fn defines_partitions(statement: &CreateTable) -> bool {
    statement.partitioned_by.iter().any(|column| matches!(column, PartitionColumn::Definition(_)))
}

/// Puts the columns of PARTITIONED BY behind the others, in its order; gives back how many they are.
fn move_partitions_last(statement: &CreateTable, table: &TableName, columns: &mut Vec<StructField>) -> Result<usize> {
    check_duplicates(columns.iter().map(|column| column.name.as_str())).map_err(|error| error.at(statement.span))?;
    let mut partitions: Vec<StructField> = Vec::new();
    for partition in &statement.partitioned_by {
        let name = match partition {
            PartitionColumn::Name(name) => name,
            PartitionColumn::Definition(definition) => &definition.name,
        };
        if partitions.iter().any(|column| name.is(&column.name)) {
            return Err(already_exists(&name.value).at(name.span));
        }
        let Some(position) = columns.iter().position(|column| name.is(&column.name)) else {
            let known: Vec<String> = columns.iter().chain(&partitions).map(|column| quote(&column.name)).collect();
            return Err(Error::new(
                &COLUMN_NOT_DEFINED_IN_TABLE,
                format!(
                    "partition column {} is not defined in table {table}, defined table columns are: {}",
                    quote(&name.value),
                    known.join(", ")
                ),
            )
            .suggest(&name.value, columns.iter().map(|column| &column.name))
            .at(name.span));
        };
        let column = columns.remove(position);
        let refused = !column.data_type.is_atomic()
            || column.data_type.is_interval()
            || column.data_type.is_collated()
            || column.data_type == DataType::Null;
        if refused {
            return Err(Error::new(
                &INVALID_PARTITION_COLUMN_DATA_TYPE,
                format!("Cannot use \"{}\" for partition column", column.data_type.sql()),
            )
            .at(name.span));
        }
        partitions.push(column);
    }
    if columns.is_empty() && !partitions.is_empty() {
        return Err(Error::new(&ALL_PARTITION_COLUMNS_NOT_ALLOWED, "Cannot use all columns for partition columns")
            .at(statement.span));
    }
    let count = partitions.len();
    columns.append(&mut partitions);
    Ok(count)
}

/// Columns from the files that are there.
async fn infer(running: &Running<'_>, statement: &CreateTable, name: &TableName, new: &mut NewTable) -> Result<()> {
    let Some(format) = new.details.format else { return Ok(()) };
    if new.kind == TableKind::Managed {
        let format = match format {
            crate::catalog::FileFormat::Parquet => "Parquet",
            crate::catalog::FileFormat::Csv => "CSV",
            crate::catalog::FileFormat::Json => "JSON",
            crate::catalog::FileFormat::Text => "Text",
        };
        let message = format!("Unable to infer schema for {format}. It must be specified manually");
        return Err(Error::new(&UNABLE_TO_INFER_SCHEMA, message).at(statement.span));
    }
    let read = running.reader.options().await?;
    let (columns, partition_columns) =
        storage::infer_columns(format, &new.details.location, &new.details.options, &read)
            .await
            .map_err(|error| error.at(statement.span))?;
    new.columns = columns;
    new.partition_columns = partition_columns;
    if !statement.partitioned_by.is_empty() {
        new.partition_columns = move_partitions_last(statement, name, &mut new.columns)?;
    }
    Ok(())
}

/// What no table may be, however it is made.
fn check(new: &NewTable) -> Result<()> {
    check_duplicates(new.columns.iter().map(|column| column.name.as_str()))?;
    match new.details.format {
        Some(format) => storage::check_format(
            format,
            &new.columns[..new.columns.len() - new.partition_columns],
            &new.details.options,
        ),
        None => Ok(()),
    }
}

/// The definition of another table or view, with what this statement says otherwise.
async fn like(
    running: &Running<'_>,
    statement: &CreateTable,
    name: &TableName,
    source: &ObjectName,
) -> Result<NewTable> {
    let mut new = definition(running, statement, name)?;
    let says_format = statement.using.is_some() || statement.stored_as.is_some() || statement.row_format.is_some();
    match relation(running, source).await? {
        Found::Table(table) => {
            new.columns = table.columns.clone();
            new.partition_columns = table.partition_columns;
            if !says_format {
                copy_format(&table, &mut new.details);
            }
            new.details.defaults = table.details.defaults.clone();
            new.details.not_null = table.details.not_null.clone();
            new.details.bucketing = table.details.bucketing.clone();
            new.details.clustering = table.details.clustering.clone();
        }
        Found::View(view) => new.columns = view.columns.clone(),
        Found::Temporary(view) => new.columns = view.columns.clone(),
    }
    Ok(new)
}

fn copy_format(from: &Table, to: &mut TableDetails) {
    to.format = from.details.format;
    to.provider.clone_from(&from.details.provider);
    let mut options: Properties = from.details.options.clone();
    super::column_changes::set_properties(&mut options, &to.options);
    to.options = options;
}

/// Binds the query of CREATE TABLE AS; the table's columns are the query's.
async fn bind(
    running: &Running<'_>,
    statement: &CreateTable,
    query: &Query,
    name: &TableName,
    new: &mut NewTable,
) -> Result<BoundQuery> {
    let (bound, declared) = running.bind_to_keep(query).await?;
    let columns: Vec<StructField> =
        declared.into_iter().map(|column| StructField { nullable: true, ..column }).collect();
    check_duplicates(columns.iter().map(|column| column.name.as_str())).map_err(|error| error.at(query.span))?;
    let mut ordered = columns.clone();
    new.partition_columns = move_partitions_last(statement, name, &mut ordered)?;
    new.columns = ordered;
    let arranged = reorder(bound, &new.columns)?;
    let table = name.to_string();
    let target = InsertTarget { table: &table, columns: &new.columns };
    binder::cast_for_insert(arranged, target, &running.environment(&NoNames))
}

/// The query's columns in another order; names are distinct.
fn reorder(bound: BoundQuery, order: &[StructField]) -> Result<BoundQuery> {
    let in_order = bound.columns.iter().zip(order).all(|(given, wanted)| given.name == wanted.name);
    if in_order {
        return Ok(bound);
    }
    let plan_columns: Vec<Column> = bound.plan.schema().columns();
    let mut expressions = Vec::new();
    let mut columns = Vec::new();
    for wanted in order {
        let position = bound.columns.iter().position(|given| same_name(&given.name, &wanted.name));
        let position = position.ok_or_else(|| Error::internal(format!("`{}` is not in the query", wanted.name)))?;
        expressions.push(Expr::Column(plan_columns[position].clone()));
        columns.push(bound.columns[position].clone());
    }
    let plan = LogicalPlanBuilder::from(bound.plan).project(expressions)?.build()?;
    Ok(BoundQuery { plan, columns })
}

pub(super) fn table_exists(name: &TableName) -> Error {
    Error::new(
        &TABLE_OR_VIEW_ALREADY_EXISTS,
        format!(
            "Cannot create table or view {name} because it already exists. Choose a different name, drop or replace the \
             existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects"
        ),
    )
}
