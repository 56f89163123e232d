//! Partitions as ALTER TABLE changes them.

use std::path::{Path, PathBuf};

use super::blocking::blocking;
use super::location::local_path;
use super::sweep::sweep;
use super::write::output_file::failed;
use super::write::staging::StagingFolder;
use super::{listing, parquet, partition_path, statistics};
use crate::catalog::{
    Catalog, Commit, DataFile, FileFormat, NewPartition, Partition, PartitionChoice, PartitionValue, Pin, Replace,
    Table, TableKind, partitions_not_found,
};
use crate::error::{Error, Result};
use crate::types::StructField;

/// ADD PARTITION: makes the folders, registers the partitions. Files that are in a folder become the table's.
pub async fn add_partitions(catalog: &Catalog, table: &Table, new: &[NewPartition], if_not_exists: bool) -> Result<()> {
    let root = local_path(&table.details.location)?;
    let columns = partition_columns(table);
    let mut found = Vec::new();
    for partition in new {
        let folder = partition_path::folder(columns, &partition.values);
        let path = match &partition.location {
            Some(location) => local_path(location)?,
            None => root.join(&folder),
        };
        make_folder(&path).await?;
        if partition.location.is_none() && table.kind == TableKind::Managed {
            let files = untracked_files(table, path, folder).await?;
            found.extend(files.into_iter().map(|file| (partition.values.clone(), file)));
        }
    }
    catalog.add_partitions(table, new, if_not_exists).await?;
    adopt(catalog, table, found).await
}

/// DROP PARTITION: unregisters partitions and deletes the files of a managed table; gives back those that were there.
pub async fn drop_partitions(catalog: &Catalog, table: &Table, choice: PartitionChoice<'_>) -> Result<Vec<Partition>> {
    let dropped = catalog.drop_partitions(table, choice).await?;
    sweep(catalog).await;
    if table.kind == TableKind::Managed {
        // Folders that never held a file.
        let root = local_path(&table.details.location)?;
        for partition in dropped.iter().filter(|partition| partition.location.is_none()) {
            let _ = std::fs::remove_dir(root.join(partition_path::folder(partition_columns(table), &partition.values)));
        }
    }
    Ok(dropped)
}

/// RENAME PARTITION: its files move to the folder of the new values.
///
/// # Errors
/// `PARTITIONS_NOT_FOUND`, `PARTITIONS_ALREADY_EXIST`
///
/// The pin keeps the files of the old name until they have their new one.
pub async fn rename_partition(
    catalog: &Catalog,
    table: &Table,
    from: &[PartitionValue],
    to: &[PartitionValue],
    _pin: &Pin,
) -> Result<()> {
    let columns = partition_columns(table);
    let values = [from.to_vec()];
    let found = catalog.partitions(table, PartitionChoice::Exactly(&values)).await?;
    let Some(partition) = found.first() else { return Err(partitions_not_found(table, [from])) };
    let root = local_path(&table.details.location)?;
    let folder = partition_path::folder(columns, to);
    if table.kind != TableKind::Managed {
        // The folder is somebody else's: it stays, and the partition remembers it.
        let old = root.join(partition_path::folder(columns, from));
        let location = Some(format!("file:{}", old.display()));
        return catalog.rename_partition(table, from, to, &[], location, "").await;
    }

    let files = catalog.snapshot(table, Some(&[partition.id])).await?.files;
    let moves = files
        .into_iter()
        .map(|file| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            (file.path.clone(), format!("{folder}/{name}"))
        })
        .collect::<Vec<_>>();
    let staging = StagingFolder::create(catalog, &table.details.location).await?;
    staging.announce(&moves.iter().map(|(_, new)| new.clone()).collect::<Vec<_>>())?;
    make_folder(&root.join(&folder)).await?;
    // Readers of the old partition keep the old name until the sweep.
    let names = moves.iter().map(|(old, new)| (root.join(old), root.join(new))).collect::<Vec<_>>();
    blocking(move || names.iter().try_for_each(|(old, new)| name_also(old, new))).await?;
    staging.decide(catalog, catalog.rename_partition(table, from, to, &moves, None, &staging.id)).await?;
    staging.finish();
    sweep(catalog).await;
    Ok(())
}

async fn make_folder(path: &Path) -> Result<()> {
    let path = path.to_owned();
    blocking(move || std::fs::create_dir_all(&path).map_err(|error| failed(&path, error))).await
}

/// Gives a file a second name; where the disk knows no links it is copied.
fn name_also(old: &Path, new: &Path) -> Result<()> {
    std::fs::hard_link(old, new).or_else(|_| std::fs::copy(old, new).map(|_| ())).map_err(|error| failed(new, error))
}

/// Files that lie in a managed table's folder without being known.
pub(super) async fn untracked_files(table: &Table, path: PathBuf, folder: String) -> Result<Vec<DataFile>> {
    let format = table.details.format;
    blocking(move || untracked_now(format, &path, &folder)).await
}

fn untracked_now(format: Option<FileFormat>, path: &Path, folder: &str) -> Result<Vec<DataFile>> {
    let files = listing::files_in(path)?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    if format != Some(FileFormat::Parquet) {
        return Err(Error::unsupported(
            format!("Taking over the files in `{}`, which are not Parquet,", path.display()),
            "make an external table of them and INSERT from it",
        ));
    }
    files
        .into_iter()
        .map(|file| {
            let name = file.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let footer = parquet::read_footer(&file.path)?;
            Ok(DataFile {
                partition_id: None,
                path: format!("{folder}/{name}"),
                rows: statistics::rows(&footer),
                bytes: file.bytes,
                // Other writers may have cut long values without saying so.
                statistics: Vec::new(),
            })
        })
        .collect()
}

/// Makes files that are in their place part of a managed table.
pub(super) async fn adopt(catalog: &Catalog, table: &Table, files: Vec<(Vec<PartitionValue>, DataFile)>) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let change = Commit {
        table_id: table.id,
        based_on: table.version,
        replace: Replace::Nothing,
        files,
        partitions: Vec::new(),
        drop_emptied: false,
        staging: None,
    };
    catalog.commit(&change).await.map(|_| ())
}

pub(super) fn partition_columns(table: &Table) -> &[StructField] {
    &table.columns[table.columns.len() - table.partition_columns..]
}
