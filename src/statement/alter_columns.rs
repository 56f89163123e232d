//! Columns of a table: added, dropped, renamed, changed.
//!
//! Files name their columns, so a new column, a comment or a wider type changes only the definition. What the files
//! contradict (another name, a column that is gone and might come back) rewrites a managed table, in one commit.

use std::sync::Arc;

use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use crate::binder::{self, BoundQuery, InsertTarget};
use crate::catalog::{FileFormat, PartitionChoice, Table, TableKind};
use crate::error::{
    CANNOT_ALTER_PARTITION_COLUMN, Error, INVALID_SQL_SYNTAX, NOT_SUPPORTED_CHANGE_COLUMN, Result, UNRESOLVED_COLUMN,
    UNSUPPORTED_FEATURE,
};
use crate::sql::ast::{ColumnChange, ColumnDefinition, ColumnPosition, Identifier, ObjectName, same_name};
use crate::storage;
use crate::storage::write::RewriteRequest;
use crate::types::{DataType, StructField, quote};

use super::alter_table::save;
use super::column_changes::{already_exists, check_duplicates, column, widens};
use super::relation::full_name;
use super::running::{NoNames, Running};
use super::{defaults, layout};

/// New columns come before those that partition the table; rows that are there have NULL in them.
pub(super) async fn add_columns(
    running: &Running<'_>,
    table: &Table,
    new: &[(ColumnDefinition, Option<ColumnPosition>)],
    if_not_exists: bool,
) -> Result<()> {
    let mut changed = table.clone();
    for (definition, position) in new {
        let name = &definition.name;
        if changed.columns.iter().any(|column| name.is(&column.name)) {
            if if_not_exists {
                continue;
            }
            return Err(already_exists(&name.value).at(name.span));
        }
        if definition.not_null {
            return Err(Error::new(
                &UNSUPPORTED_FEATURE,
                "ADD COLUMN cannot specify NOT NULL: rows that are there have no value",
            )
            .at(definition.span));
        }
        if definition.default.is_some() {
            return Err(Error::unsupported(
                "DEFAULT in ADD COLUMN",
                "add the column, then ALTER TABLE … ALTER COLUMN … SET DEFAULT for new rows: those that are there have NULL",
            )
            .at(definition.span));
        }
        let place = new_place(&changed, position.as_ref())?;
        changed.columns.insert(place, column(definition)?);
    }
    if let Some(format) = changed.details.format {
        storage::check_format(
            format,
            &changed.columns[..changed.columns.len() - changed.partition_columns],
            &changed.details.options,
        )?;
    }
    save(running, &changed).await
}

fn new_place(table: &Table, position: Option<&ColumnPosition>) -> Result<usize> {
    let end = table.columns.len() - table.partition_columns;
    let Some(position) = position else { return Ok(end) };
    if table.details.format == Some(FileFormat::Csv) {
        return Err(Error::unsupported(
            "FIRST and AFTER for a table of CSV files, whose columns are found by their place",
            "add the column at the end",
        ));
    }
    match position {
        ColumnPosition::First => Ok(0),
        ColumnPosition::After(name) => Ok((find(table, name)? + 1).min(end)),
    }
}

/// Drops columns, by rewriting the files: a column of that name that is added later must not find the old values.
pub(super) async fn drop_columns(
    running: &Running<'_>,
    table: &Arc<Table>,
    names: &[ObjectName],
    if_exists: bool,
) -> Result<()> {
    let mut dropped: Vec<usize> = Vec::new();
    for name in names {
        let name = top_level(name, "DROP COLUMN")?;
        if if_exists && !table.columns.iter().any(|column| name.is(&column.name)) {
            continue;
        }
        let place = find(table, name)?;
        check_not_partition(table, place)?;
        dropped.push(place);
    }
    let data_columns = table.columns.len() - table.partition_columns;
    let kept: Vec<Kept> = (0..table.columns.len())
        .filter(|place| !dropped.contains(place))
        .map(|place| Kept { from: place, column: table.columns[place].clone() })
        .collect();
    if dropped.is_empty() {
        return Ok(());
    }
    if dropped.len() >= data_columns {
        return Err(Error::new(&INVALID_SQL_SYNTAX, format!("Cannot drop all columns of {}", full_name(table))));
    }
    rewrite(running, table, kept, "DROP COLUMN").await
}

/// Renames a column, by rewriting the files, which know it by its name.
pub(super) async fn rename_column(
    running: &Running<'_>,
    table: &Arc<Table>,
    name: &ObjectName,
    to: &Identifier,
) -> Result<()> {
    let place = find(table, top_level(name, "RENAME COLUMN")?)?;
    check_not_partition(table, place)?;
    if table.columns.iter().enumerate().any(|(n, column)| n != place && to.is(&column.name)) {
        return Err(already_exists(&to.value).at(to.span));
    }
    let mut kept = all(table);
    kept[place].column.name.clone_from(&to.value);
    if to.is(&table.columns[place].name) {
        // Files are read without regard to case.
        let mut changed = table.as_ref().clone();
        let old = std::mem::replace(&mut changed.columns[place].name, to.value.clone());
        layout::rename(&mut changed.details, &old, &to.value);
        return save(running, &changed).await;
    }
    rewrite(running, table, kept, "RENAME COLUMN").await
}

/// Hive's CHANGE COLUMN: a whole definition.
pub(super) async fn change_column(
    running: &Running<'_>,
    table: &Arc<Table>,
    name: &ObjectName,
    definition: &ColumnDefinition,
    position: Option<&ColumnPosition>,
) -> Result<()> {
    let place = find(table, top_level(name, "CHANGE COLUMN")?)?;
    check_not_partition(table, place)?;
    if !definition.name.is(&table.columns[place].name) {
        return Err(Error::new(
            &INVALID_SQL_SYNTAX,
            "Renaming column is not supported in Hive-style ALTER COLUMN, please run RENAME COLUMN instead",
        )
        .at(definition.span));
    }
    if position.is_some() {
        return Err(unsupported(table, "ALTER COLUMN ... FIRST | AFTER"));
    }
    if definition.not_null {
        return Err(unsupported(table, "ALTER COLUMN ... SET NOT NULL"));
    }
    let mut changed = table.as_ref().clone();
    set_type(&mut changed, place, &definition.data_type)?;
    if definition.comment.is_some() {
        changed.columns[place].comment.clone_from(&definition.comment);
    }
    save(running, &changed).await
}

/// ALTER COLUMN: one thing about a column.
pub(super) async fn alter_column(
    running: &Running<'_>,
    table: &Arc<Table>,
    name: &ObjectName,
    change: &ColumnChange,
) -> Result<()> {
    let place = find(table, top_level(name, "ALTER COLUMN")?)?;
    check_not_partition(table, place)?;
    let mut changed = table.as_ref().clone();
    let own = changed.columns[place].name.clone();
    match change {
        ColumnChange::Type(data_type) => set_type(&mut changed, place, data_type)?,
        ColumnChange::Comment(comment) => changed.columns[place].comment = Some(comment.clone()),
        ColumnChange::SetNotNull | ColumnChange::DropNotNull => {
            return Err(unsupported(table, "ALTER COLUMN ... SET NOT NULL"));
        }
        ColumnChange::Position(_) => return Err(unsupported(table, "ALTER COLUMN ... FIRST | AFTER")),
        ColumnChange::SetDefault(expression, text) => {
            defaults::check(
                running,
                "ALTER TABLE ALTER COLUMN",
                &own,
                &changed.columns[place].data_type,
                expression,
                text,
            )?;
            let defaults = &mut changed.details.defaults;
            defaults.retain(|(column, _)| !same_name(column, &own));
            defaults.push((own, text.clone()));
        }
        ColumnChange::DropDefault => changed.details.defaults.retain(|(column, _)| !same_name(column, &own)),
    }
    save(running, &changed).await
}

/// REPLACE COLUMNS: other columns altogether; those of the same name keep their values.
pub(super) async fn replace_columns(running: &Running<'_>, table: &Arc<Table>, new: &[ColumnDefinition]) -> Result<()> {
    let columns = new.iter().map(column).collect::<Result<Vec<StructField>>>()?;
    check_duplicates(columns.iter().map(|column| column.name.as_str()))?;
    let mut kept = Vec::new();
    for column in columns {
        let Some(from) = table.columns.iter().position(|own| same_name(&own.name, &column.name)) else {
            return Err(Error::unsupported(
                format!("REPLACE COLUMNS with the new column {}", quote(&column.name)),
                "add it with ADD COLUMNS",
            ));
        };
        check_not_partition(table, from)?;
        if !widens(&table.columns[from].data_type, &column.data_type) {
            return Err(type_change(table, &table.columns[from], &column.data_type));
        }
        kept.push(Kept { from, column });
    }
    let data_columns = table.columns.len() - table.partition_columns;
    kept.extend(all(table).into_iter().skip(data_columns));
    rewrite(running, table, kept, "REPLACE COLUMNS").await
}

/// A column of the new table, and the old one that its values come from.
struct Kept {
    from: usize,
    column: StructField,
}

fn all(table: &Table) -> Vec<Kept> {
    table.columns.iter().enumerate().map(|(from, column)| Kept { from, column: column.clone() }).collect()
}

/// Writes all rows again under another definition, and puts the new table in the place of the old one.
async fn rewrite(running: &Running<'_>, table: &Arc<Table>, kept: Vec<Kept>, operation: &str) -> Result<()> {
    if table.kind != TableKind::Managed {
        return Err(unsupported(table, operation));
    }
    let catalog = running.catalog().await?;
    let read = running.reader.options().await?;
    let provider = storage::open(catalog, table, &read).await?;
    let scan = LogicalPlanBuilder::scan("rewritten", provider_as_source(provider), None)?;
    let plan_columns = scan.schema().columns();
    let expressions = kept
        .iter()
        .enumerate()
        .map(|(n, kept)| Expr::Column(plan_columns[kept.from].clone()).alias(format!("{}#{n}", kept.column.name)));
    let plan = scan.project(expressions.collect::<Vec<_>>())?.build()?;
    let columns: Vec<StructField> = kept.iter().map(|kept| kept.column.clone()).collect();
    let given =
        kept.iter().map(|kept| StructField { name: kept.column.name.clone(), ..table.columns[kept.from].clone() });
    let bound = BoundQuery { plan, columns: given.collect() };
    let name = full_name(table).to_string();
    let target = InsertTarget { table: &name, columns: &columns };
    let bound = binder::cast_for_insert(bound, target, &running.environment(&NoNames))?;
    let state = running.state();
    let input = running.physical_plan(&state, &bound.plan).await?;
    running.progress.start(&input, Arc::clone(&state.runtime_env().memory_pool));
    let own_folders = catalog.partitions(table, PartitionChoice::All).await?;
    if let Some(location) = own_folders.iter().find_map(|partition| partition.location.as_ref()) {
        return Err(Error::unsupported(
            format!("{operation} of a table with a partition in a folder of its own, `{location}`"),
            "make another table with CREATE TABLE … AS SELECT",
        ));
    }
    let mut details = table.details.clone();
    details.statistics = None;
    let dropped = table.columns.iter().enumerate().filter(|(n, _)| !kept.iter().any(|kept| kept.from == *n));
    for (_, column) in dropped {
        layout::check_not_laid_by(table, &column.name)?;
    }
    for kept in &kept {
        layout::rename(&mut details, &table.columns[kept.from].name, &kept.column.name);
    }
    details.not_null.retain(|name| columns.iter().any(|column| same_name(&column.name, name)));
    // A key goes with the first of its columns that goes.
    details
        .constraints
        .retain(|key| key.columns.iter().all(|name| columns.iter().any(|column| same_name(&column.name, name))));
    let defaults = kept.iter().filter_map(|kept| {
        let old = &table.columns[kept.from].name;
        let default = table.details.defaults.iter().find(|(name, _)| same_name(name, old))?;
        Some((kept.column.name.clone(), default.1.clone()))
    });
    details.defaults = defaults.collect();
    let request = RewriteRequest {
        table: Arc::clone(table),
        columns,
        details,
        input,
        task: state.task_ctx(),
        pin: running.reader.pin().await?,
        time_zone: Arc::clone(&running.context.time_zone),
    };
    storage::write::rewrite(catalog, request).await
}

fn set_type(table: &mut Table, place: usize, data_type: &DataType) -> Result<()> {
    if !widens(&table.columns[place].data_type, data_type) {
        return Err(type_change(table, &table.columns[place], data_type));
    }
    if table.columns[place].data_type != *data_type {
        table.details.statistics = None;
    }
    table.columns[place].data_type = data_type.clone();
    Ok(())
}

fn type_change(table: &Table, column: &StructField, to: &DataType) -> Error {
    Error::new(
        &NOT_SUPPORTED_CHANGE_COLUMN,
        format!(
            "ALTER TABLE ALTER/CHANGE COLUMN is not supported for changing {}'s column {} with type \"{}\" to {1} with \
             type \"{}\"",
            full_name(table),
            quote(&column.name),
            column.data_type.sql(),
            to.sql()
        ),
    )
    .hint("a type can only become one that holds all its values")
}

fn unsupported(table: &Table, operation: &str) -> Error {
    Error::new(
        &UNSUPPORTED_FEATURE,
        format!("The feature is not supported: Table {} does not support {operation}", full_name(table)),
    )
    .subcondition("TABLE_OPERATION")
    .hint("make another table with CREATE TABLE … AS SELECT")
}

fn check_not_partition(table: &Table, place: usize) -> Result<()> {
    if place < table.columns.len() - table.partition_columns {
        return Ok(());
    }
    Err(Error::new(
        &CANNOT_ALTER_PARTITION_COLUMN,
        format!(
            "ALTER TABLE (ALTER|CHANGE) COLUMN is not supported for partition columns, but found the partition column \
             {} in the table {}",
            quote(&table.columns[place].name),
            full_name(table)
        ),
    ))
}

/// Fields inside structs are not changed one by one.
fn top_level<'n>(name: &'n ObjectName, operation: &str) -> Result<&'n Identifier> {
    match name.parts.as_slice() {
        [column] => Ok(column),
        _ => Err(Error::unsupported(
            format!("{operation} of a field inside a struct"),
            "make another table with CREATE TABLE … AS SELECT",
        )
        .at(name.span)),
    }
}

fn find(table: &Table, name: &Identifier) -> Result<usize> {
    table.columns.iter().position(|column| name.is(&column.name)).ok_or_else(|| {
        let known = table.columns.iter().map(|column| quote(&column.name)).collect::<Vec<_>>();
        Error::new(
            &UNRESOLVED_COLUMN,
            format!(
                "A column, variable, or function parameter with name {} cannot be resolved. Did you mean one of the \
                 following? [{}]",
                quote(&name.value),
                known.join(", ")
            ),
        )
        .subcondition("WITH_SUGGESTION")
        .at(name.span)
    })
}
