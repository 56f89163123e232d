//! ALTER TABLE: names, columns, properties, places, partitions.

use std::sync::Arc;

use crate::catalog::{NewPartition, PartitionChoice, PartitionValue, Table, TableKind};
use crate::error::{Error, PARTITIONS_NOT_FOUND, Result, UNSUPPORTED_FEATURE};
use crate::sql::ast::{AlterTable, AlterTableAction, PartitionSpecification};
use crate::storage;
use crate::storage::location_url;
use crate::types::quote;

use super::Outcome;
use super::alter_columns::{add_columns, alter_column, change_column, drop_columns, rename_column, replace_columns};
use super::alter_view::new_name;
use super::column_changes::{set_properties, split_properties};
use super::layout;
use super::partition_clause::{self, given_values, one_partition};
use super::relation::{self, full_name};
use super::running::Running;

pub(super) async fn alter_table(running: &Running<'_>, statement: &AlterTable) -> Result<Outcome> {
    let table = relation::table(running, &statement.name, operation(&statement.action)).await?;
    change(running, statement, &table).await.map_err(|error| error.at(statement.span))?;
    Ok(Outcome::Done)
}

/// As messages call it.
fn operation(action: &AlterTableAction) -> &'static str {
    match action {
        AlterTableAction::Rename(_) => "ALTER TABLE ... RENAME TO",
        AlterTableAction::AddColumns { .. } => "ALTER TABLE ... ADD COLUMNS",
        AlterTableAction::DropColumns { .. } => "ALTER TABLE ... DROP COLUMNS",
        AlterTableAction::RenameColumn { .. } => "ALTER TABLE ... RENAME COLUMN",
        AlterTableAction::ChangeColumn { .. } => "ALTER TABLE ... CHANGE COLUMN",
        AlterTableAction::AlterColumn { .. } => "ALTER TABLE ... ALTER COLUMN",
        AlterTableAction::ClusterBy(_) => "ALTER TABLE ... CLUSTER BY",
        AlterTableAction::ReplaceColumns(_) => "ALTER TABLE ... REPLACE COLUMNS",
        AlterTableAction::SetProperties(_) => "ALTER TABLE ... SET TBLPROPERTIES",
        AlterTableAction::UnsetProperties { .. } => "ALTER TABLE ... UNSET TBLPROPERTIES",
        AlterTableAction::SetLocation { .. } => "ALTER TABLE ... SET LOCATION ...",
        AlterTableAction::SetSerde { .. } => "ALTER TABLE ... SET [SERDE|SERDEPROPERTIES]",
        AlterTableAction::AddPartitions { .. } => "ALTER TABLE ... ADD PARTITION ...",
        AlterTableAction::DropPartitions { .. } => "ALTER TABLE ... DROP PARTITION ...",
        AlterTableAction::RenamePartition { .. } => "ALTER TABLE ... RENAME TO PARTITION",
    }
}

async fn change(running: &Running<'_>, statement: &AlterTable, table: &Arc<Table>) -> Result<()> {
    let catalog = running.catalog().await?;
    match &statement.action {
        AlterTableAction::Rename(to) => {
            let to = new_name(table, to)?;
            catalog.rename_table(table, &to.database, &to.name).await?;
            Ok(())
        }
        AlterTableAction::AddColumns { columns, if_not_exists } => {
            add_columns(running, table, columns, *if_not_exists).await
        }
        AlterTableAction::DropColumns { columns, if_exists } => drop_columns(running, table, columns, *if_exists).await,
        AlterTableAction::RenameColumn { column, to } => rename_column(running, table, column, to).await,
        AlterTableAction::ChangeColumn { column, definition, position } => {
            change_column(running, table, column, definition, position.as_ref()).await
        }
        AlterTableAction::AlterColumn { column, change } => alter_column(running, table, column, change).await,
        AlterTableAction::ClusterBy(columns) => {
            let mut changed = table.as_ref().clone();
            changed.details.clustering = layout::clustering(columns, &table.columns, &full_name(table))?;
            save(running, &changed).await
        }
        AlterTableAction::ReplaceColumns(columns) => replace_columns(running, table, columns).await,
        AlterTableAction::SetProperties(properties) => {
            let (properties, comment) = split_properties(properties)?;
            let mut changed = table.as_ref().clone();
            set_properties(&mut changed.details.properties, &properties);
            changed.details.comment = comment.or(changed.details.comment);
            save(running, &changed).await
        }
        AlterTableAction::UnsetProperties { keys, if_exists: _ } => {
            let mut changed = table.as_ref().clone();
            changed.details.properties.retain(|(key, _)| !keys.contains(key));
            if keys.iter().any(|key| key == "comment") {
                changed.details.comment = None;
            }
            save(running, &changed).await
        }
        AlterTableAction::SetLocation { partition, location } => {
            set_location(running, table, partition.as_ref(), location).await
        }
        AlterTableAction::SetSerde { class: Some(class), .. } => Err(Error::new(
            &UNSUPPORTED_FEATURE,
            format!("ALTER TABLE SET SERDE '{class}' is not supported for table {}", full_name(table)),
        )
        .subcondition("ALTER_TABLE_SERDE_FOR_DATASOURCE_TABLE")
        .hint("make a table of the other format with CREATE TABLE … USING … AS SELECT")),
        AlterTableAction::SetSerde { partition: Some(_), .. } => {
            Err(Error::unsupported("SERDEPROPERTIES of one partition", "set them for the whole table"))
        }
        AlterTableAction::SetSerde { partition: None, class: None, properties } => {
            let mut changed = table.as_ref().clone();
            set_properties(&mut changed.details.options, properties);
            if let Some(format) = changed.details.format {
                storage::check_format(
                    format,
                    &changed.columns[..changed.columns.len() - changed.partition_columns],
                    &changed.details.options,
                )?;
            }
            save(running, &changed).await
        }
        AlterTableAction::AddPartitions { partitions, if_not_exists } => {
            add_partitions(running, table, partitions, *if_not_exists).await
        }
        AlterTableAction::DropPartitions { partitions, if_exists, purge } => {
            drop_partitions(running, table, partitions, *if_exists, *purge).await
        }
        AlterTableAction::RenamePartition { from, to } => {
            let from = one_partition(running, table, from)?;
            let to = one_partition(running, table, to)?;
            let pin = running.reader.pin().await?;
            storage::partitions::rename_partition(catalog, table, &from, &to, &pin).await
        }
    }
}

/// Saves a changed definition.
pub(super) async fn save(running: &Running<'_>, table: &Table) -> Result<()> {
    running.catalog().await?.alter_table(table).await?;
    Ok(())
}

async fn set_location(
    running: &Running<'_>,
    table: &Table,
    partition: Option<&PartitionSpecification>,
    location: &str,
) -> Result<()> {
    if table.kind == TableKind::Managed {
        return Err(Error::unsupported(
            format!("SET LOCATION of the managed table {}", full_name(table)),
            "make an external table there with CREATE TABLE … LOCATION, or copy the rows with CREATE TABLE … AS SELECT",
        ));
    }
    let location = location_url(location)?;
    let Some(clause) = partition else {
        let mut changed = table.clone();
        changed.details.location = location;
        changed.details.statistics = None;
        return save(running, &changed).await;
    };
    let values = [one_partition(running, table, clause)?];
    let catalog = running.catalog().await?;
    let found = catalog.partitions(table, PartitionChoice::Exactly(&values)).await?;
    let Some(partition) = found.into_iter().next() else {
        return Err(crate::catalog::partitions_not_found(table, values.iter().map(Vec::as_slice)).at(clause.span));
    };
    let changed = crate::catalog::Partition { location: Some(location), ..partition };
    catalog.alter_partition(table, &changed).await
}

async fn add_partitions(
    running: &Running<'_>,
    table: &Table,
    partitions: &[(PartitionSpecification, Option<String>)],
    if_not_exists: bool,
) -> Result<()> {
    let mut new = Vec::new();
    for (clause, location) in partitions {
        let location = location.as_deref().map(location_url).transpose()?;
        new.push(NewPartition { values: one_partition(running, table, clause)?, location, ..NewPartition::default() });
    }
    storage::partitions::add_partitions(running.catalog().await?, table, &new, if_not_exists).await
}

/// A clause that does not name all columns means every partition with those values, as in Hive.
async fn drop_partitions(
    running: &Running<'_>,
    table: &Table,
    partitions: &[PartitionSpecification],
    if_exists: bool,
    purge: bool,
) -> Result<()> {
    let catalog = running.catalog().await?;
    let mut choices: Vec<Vec<Option<PartitionValue>>> = Vec::new();
    for clause in partitions {
        let values = given_values(running, table, clause)?;
        // All of them are looked for before the first one goes.
        let found = catalog.partitions(table, PartitionChoice::Matching(&values)).await?;
        if found.is_empty() {
            if if_exists {
                continue;
            }
            return Err(nothing_matches(table, &values).at(clause.span));
        }
        choices.push(values);
    }
    for values in choices {
        storage::partitions::drop_partitions(catalog, table, PartitionChoice::Matching(&values)).await?;
    }
    if purge {
        storage::sweep(catalog).await;
    }
    Ok(())
}

fn nothing_matches(table: &Table, values: &[Option<PartitionValue>]) -> Error {
    let shown = partition_clause::columns(table).iter().zip(values).filter_map(|(column, value)| {
        let value = value.as_ref()?;
        Some(format!("{} = {}", quote(&column.name), value.as_deref().unwrap_or("null")))
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    Error::new(
        &PARTITIONS_NOT_FOUND,
        format!(
            "The partition(s) PARTITION ({shown}) cannot be found in table {}.{}. Verify the partition specification \
             and table name. To tolerate the error on drop use ALTER TABLE … DROP IF EXISTS PARTITION",
            quote(&table.database),
            quote(&table.name)
        ),
    )
}
