//! The only place where files become visible.
//!
//! ```text
//! managed:   announce ─► rename into place ─► sync folders ─► one transaction ─► staging folder removed
//! external:  announce ─► rename into place ─► sync folders ─► partitions registered ─► replaced files removed
//! ```
//!
//! A managed table's files count from the transaction on; before it nothing that a reader of the metastore sees has
//! changed. An external table has no list of files, so between the renames and the removals a reader may see old and new
//! rows together, but never fewer than before or after.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::WriteMode;
use super::output_file::failed;
use super::sink::WrittenFile;
use super::staging::{StagingFolder, remove_empty_folders};
use crate::catalog::{Catalog, Commit, DataFile, NewTable, PartitionChoice, PartitionValue, Table};
use crate::error::Result;
use crate::storage::{listing, location::local_path, partition_path};

/// Makes the files of a managed table visible.
pub(super) async fn managed(
    catalog: &Catalog,
    staging: &StagingFolder,
    files: Vec<WrittenFile>,
    mut change: Commit,
) -> Result<()> {
    move_into_place(staging, &files)?;
    change.files = pairs(files);
    crash_at("before-commit");
    catalog.commit(&change).await?;
    crash_at("after-commit");
    staging.finish();
    Ok(())
}

/// Makes a managed or external table visible together with its files.
pub(super) async fn created(
    catalog: &Catalog,
    staging: &StagingFolder,
    table: NewTable,
    replaces: Option<&Table>,
    files: Vec<WrittenFile>,
) -> Result<Arc<Table>> {
    move_into_place(staging, &files)?;
    let managed = table.kind == crate::catalog::TableKind::Managed;
    let files = pairs(files);
    crash_at("before-commit");
    let table = catalog.create_table_with(table, replaces, &files, managed, &staging.id).await?;
    crash_at("after-commit");
    staging.finish();
    Ok(table)
}

/// Makes the files of an external table visible and removes those they replace.
pub(super) async fn external(
    catalog: &Catalog,
    table: &Table,
    staging: &StagingFolder,
    files: Vec<WrittenFile>,
    mut change: Commit,
    mut replaced: Vec<PathBuf>,
) -> Result<()> {
    let partition_columns = &table.columns[table.columns.len() - table.partition_columns..];
    if let crate::catalog::Replace::Partitions(all) = &change.replace {
        for values in all {
            let folder = staging.root.join(partition_path::folder(partition_columns, values));
            if folder.exists() {
                replaced.extend(listing::files_in(&folder)?.into_iter().map(|file| file.path));
            }
        }
    }
    move_into_place(staging, &files)?;
    let written = files.into_iter().map(|written| written.values).filter(|values| !values.is_empty());
    change.partitions.extend(written);
    change.partitions.sort();
    change.partitions.dedup();
    crash_at("before-commit");
    catalog.commit(&change).await?;
    staging.finish();
    crash_at("after-commit");
    for path in replaced {
        std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        remove_empty_folders(&staging.root, &path);
    }
    Ok(())
}

/// The files that an overwrite of an external table replaces, as they are before it runs. Those of a dynamic overwrite
/// are known only afterwards.
pub(super) async fn external_files(
    catalog: &Catalog,
    table: &Table,
    mode: WriteMode,
    static_partition: &[Option<PartitionValue>],
) -> Result<Vec<PathBuf>> {
    let root = local_path(&table.details.location)?;
    let partitioned = table.partition_columns > 0;
    if mode == WriteMode::Append || (mode == WriteMode::OverwriteDynamic && partitioned) || !root.exists() {
        return Ok(Vec::new());
    }
    let folders = if partitioned {
        let columns = &table.columns[table.columns.len() - table.partition_columns..];
        catalog
            .partitions(table, PartitionChoice::Matching(static_partition))
            .await?
            .iter()
            .map(|partition| match &partition.location {
                Some(location) => local_path(location),
                None => Ok(root.join(partition_path::folder(columns, &partition.values))),
            })
            .collect::<Result<Vec<_>>>()?
    } else {
        vec![root]
    };
    let mut files = Vec::new();
    for folder in folders.into_iter().filter(|folder| folder.exists()) {
        files.extend(listing::files_in(&folder)?.into_iter().map(|file| file.path));
    }
    Ok(files)
}

fn move_into_place(staging: &StagingFolder, files: &[WrittenFile]) -> Result<()> {
    crash_at("before-rename");
    staging.announce(&files.iter().map(|written| written.file.path.clone()).collect::<Vec<_>>())?;
    let mut folders = BTreeSet::new();
    for (number, written) in files.iter().enumerate() {
        let to = staging.root.join(&written.file.path);
        if let Some(folder) = to.parent()
            && folders.insert(folder.to_owned())
        {
            std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
        std::fs::rename(staging.path.join(&written.file.path), &to).map_err(|error| failed(&to, error))?;
        if number == 0 {
            crash_at("between-renames");
        }
    }
    // A name is on the disk once its folder is.
    let parents = folders.iter().filter_map(|folder| folder.parent().map(ToOwned::to_owned)).collect::<BTreeSet<_>>();
    for folder in folders.union(&parents).filter(|folder| folder.starts_with(&staging.root)) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(folder, error))?;
    }
    crash_at("after-rename");
    Ok(())
}

fn pairs(files: Vec<WrittenFile>) -> Vec<(Vec<PartitionValue>, DataFile)> {
    files.into_iter().map(|written| (written.values, written.file)).collect()
}

/// Ends the process where a test wants it to.
fn crash_at(step: &str) {
    #[cfg(debug_assertions)]
    if std::env::var("SKEP_CRASH_AT").is_ok_and(|wanted| wanted == step) {
        std::process::abort();
    }
    let _ = step;
}
