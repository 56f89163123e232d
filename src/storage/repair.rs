//! MSCK REPAIR TABLE: partition folders against registered partitions.

use std::collections::HashSet;

use super::blocking::blocking;
use super::location::local_path;
use super::partitions::{adopt, partition_columns, untracked_files};
use super::{listing, partition_path, prune};
use crate::catalog::{Catalog, NewPartition, PartitionChoice, PartitionValue, Table, TableKind};
use crate::error::Result;
use crate::types::StructField;
use crate::types::time_zone::Zone;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairMode {
    /// Registers folders that are not registered.
    Add,
    /// Unregisters partitions whose folders are gone.
    Drop,
    Sync,
}

/// What a repair changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repaired {
    pub added: usize,
    pub dropped: usize,
}

/// Makes the registered partitions of a table those that have folders.
///
/// # Errors
/// `INVALID_PARTITION_VALUE` names a folder whose value is not of the column's type.
pub async fn repair(catalog: &Catalog, table: &Table, mode: RepairMode) -> Result<Repaired> {
    let registered = catalog.partitions(table, PartitionChoice::All).await?;
    let root = local_path(&table.details.location)?;
    let columns = partition_columns(table);
    let mut repaired = Repaired::default();

    if mode != RepairMode::Drop {
        let known = registered.iter().map(|partition| &partition.values).collect::<HashSet<_>>();
        let zone = partition_path::time_zone(&table.details)?;
        let mut new = Vec::new();
        let (start, depth) = (root.clone(), columns.len());
        for folder in blocking(move || listing::partition_folders(&start, Some(depth))).await? {
            let spelled = folder.values.iter().map(|(name, _)| name.to_lowercase());
            // Folders of other columns are not this table's partitions.
            if !spelled.eq(columns.iter().map(|column| column.name.to_lowercase())) {
                continue;
            }
            let mut values = folder.values.into_iter().map(|(_, value)| value).collect::<Vec<PartitionValue>>();
            if table.kind == TableKind::Managed {
                values = in_one_spelling(values, columns, &zone);
            }
            if known.contains(&values) {
                continue;
            }
            let usual = root.join(partition_path::folder(columns, &values));
            let location = (usual != folder.path).then(|| format!("file:{}", folder.path.display()));
            new.push(NewPartition { values, location, properties: Vec::new() });
        }
        // Every value must be of its column's type before anything is registered.
        let values = new.iter().map(|partition| partition.values.as_slice()).collect::<Vec<_>>();
        prune::typed_values(columns, &values, &zone)?;
        let mut found = Vec::new();
        if table.kind == TableKind::Managed {
            for partition in new.iter().filter(|partition| partition.location.is_none()) {
                let folder = partition_path::folder(columns, &partition.values);
                let files = untracked_files(table, root.join(&folder), folder).await?;
                found.extend(files.into_iter().map(|file| (partition.values.clone(), file)));
            }
        }
        if !new.is_empty() {
            catalog.add_partitions(table, &new, true).await?;
            adopt(catalog, table, found).await?;
        }
        repaired.added = new.len();
    }

    if mode != RepairMode::Add {
        let mut folders = Vec::new();
        for partition in registered {
            let folder = match &partition.location {
                Some(location) => local_path(location)?,
                None => root.join(partition_path::folder(columns, &partition.values)),
            };
            folders.push((folder, partition.values));
        }
        let gone = blocking(move || {
            folders.retain(|(folder, _)| !folder.exists());
            Ok(folders.into_iter().map(|(_, values)| values).collect::<Vec<_>>())
        });
        let gone = gone.await?;
        if !gone.is_empty() {
            repaired.dropped = catalog.drop_partitions(table, PartitionChoice::Exactly(&gone)).await?.len();
        }
    }
    Ok(repaired)
}

/// The values as a managed table spells them: filters look them up by their texts, whereas folders that somebody else made
/// may be spelled otherwise (`01`). A value that is not of its column's type stays as it is, to be complained of.
fn in_one_spelling(values: Vec<PartitionValue>, columns: &[StructField], zone: &Zone) -> Vec<PartitionValue> {
    let respelled = values.into_iter().zip(columns).map(|(value, column)| {
        let typed = partition_path::parse(&value, &column.data_type, zone);
        typed.and_then(|typed| partition_path::text_of(&typed, zone)).unwrap_or(value)
    });
    respelled.collect()
}
