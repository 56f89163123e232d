//! How many bytes tables and partitions have on disk.

use super::blocking::blocking;
use super::listing;
use super::location::local_path;
use super::partition_path;
use crate::catalog::{Catalog, Partition, PartitionChoice, Table, TableKind};
use crate::error::{PATH_NOT_FOUND, Result};

/// The bytes of a table's files: of all of them, or of those of one partition.
pub async fn bytes(catalog: &Catalog, table: &Table, partition: Option<&Partition>) -> Result<u64> {
    let mut folders = Vec::new();
    let mut bytes = 0;
    let root = local_path(&table.details.location)?;
    let managed = table.kind == TableKind::Managed;
    if managed {
        bytes += match partition {
            Some(partition) => catalog.partition_size(table, partition.id).await?.bytes,
            None => catalog.table_size(table).await?.bytes,
        };
    }
    let partitions = match partition {
        Some(partition) => vec![partition.clone()],
        None if table.partition_columns > 0 => catalog.partitions(table, PartitionChoice::All).await?,
        None => Vec::new(),
    };
    if table.partition_columns == 0 && !managed {
        folders.push(root.clone());
    }
    let columns = &table.columns[table.columns.len() - table.partition_columns..];
    for partition in partitions {
        match &partition.location {
            Some(location) => folders.push(local_path(location)?),
            None if managed => {}
            None => folders.push(root.join(partition_path::folder(columns, &partition.values))),
        }
    }
    let listed = blocking(move || {
        let mut bytes = 0;
        for folder in folders {
            match listing::files_in(&folder) {
                Ok(files) => bytes += files.iter().map(|file| file.bytes).sum::<u64>(),
                // As in Spark a folder that is not there has no files.
                Err(error) if error.is(&PATH_NOT_FOUND) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    });
    Ok(bytes + listed.await?)
}
