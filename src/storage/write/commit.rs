//! The only place where files become visible.
//!
//! ```text
//! managed:   announce ─► sync files ─► rename into place ─► sync folders ─► one transaction ─► staging folder removed
//! external:  announce ─► sync files ─► rename into place ─► sync folders ─► partitions registered ─► replaced files removed
//! ```
//!
//! A managed table's files count from the transaction on; before it nothing that a reader of the metastore sees has
//! changed. An external table has no list of files, so between the renames and the removals a reader may see old and new
//! rows together, but never fewer than before or after.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::blocking::blocking;
use super::WriteMode;
use super::output_file::failed;
use super::sink::WrittenFile;
use super::staging::{StagingFolder, remove_empty_folders};
use crate::catalog::{
    Catalog, Commit, DataFile, NewTable, PartitionChoice, PartitionValue, Table, TableDetails, TableKind,
};
use crate::error::{Error, FORBIDDEN_OPERATION, Result};
use crate::storage::{listing, location::local_path, partition_path};
use crate::types::StructField;

/// Threads that wait for the disk.
const SYNC_THREADS: usize = 32;

/// Makes the files of a managed table visible.
pub(super) async fn managed(
    catalog: &Catalog,
    staging: &Arc<StagingFolder>,
    files: Vec<WrittenFile>,
    mut change: Commit,
) -> Result<()> {
    let files = move_into_place(staging, files).await?;
    change.files = pairs(files);
    at_step("before-commit");
    staging.decide(catalog, catalog.commit(&change)).await?;
    at_step("after-commit");
    staging.finish();
    Ok(())
}

/// Makes the files of a managed table visible together with its new definition.
pub(super) async fn redefined(
    catalog: &Catalog,
    staging: &Arc<StagingFolder>,
    files: Vec<WrittenFile>,
    mut change: Commit,
    columns: &[StructField],
    details: &TableDetails,
) -> Result<()> {
    let files = move_into_place(staging, files).await?;
    change.files = pairs(files);
    at_step("before-commit");
    staging.decide(catalog, catalog.commit_redefined(&change, columns, details)).await?;
    at_step("after-commit");
    staging.finish();
    Ok(())
}

/// The files in a folder that belongs to no managed table.
pub(super) async fn files_of_nobody(catalog: &Catalog, location: &str) -> Result<Vec<PathBuf>> {
    let forbidden = |why: &str| {
        Error::new(&FORBIDDEN_OPERATION, format!("INSERT OVERWRITE DIRECTORY cannot replace `{location}`: {why}"))
            .hint("choose another folder")
    };
    if catalog.is_inside_managed_table(location).await? {
        return Err(forbidden("a managed table has its files there"));
    }
    let root = local_path(location)?;
    if !root.exists() {
        return Ok(Vec::new());
    }
    if !root.is_dir() {
        return Err(forbidden("it is a file"));
    }
    if listing::has_folders(&root)? {
        return Err(forbidden("it has folders in it"));
    }
    Ok(listing::files_in(&root)?.into_iter().map(|file| file.path).collect())
}

/// Leaves the new files in a folder and removes those they replace.
pub(super) async fn directory(
    catalog: &Catalog,
    staging: &Arc<StagingFolder>,
    files: Vec<WrittenFile>,
    replaced: Vec<PathBuf>,
) -> Result<()> {
    move_into_place(staging, files).await?;
    at_step("before-commit");
    catalog.end_staging(&staging.id).await?;
    staging.finish();
    at_step("after-commit");
    for path in replaced {
        std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// Makes a managed or external table visible together with its files.
pub(super) async fn created(
    catalog: &Catalog,
    staging: &Arc<StagingFolder>,
    table: NewTable,
    replaces: Option<&Table>,
    files: Vec<WrittenFile>,
) -> Result<Arc<Table>> {
    let files = move_into_place(staging, files).await?;
    let managed = table.kind == TableKind::Managed;
    let files = pairs(files);
    at_step("before-commit");
    let created = catalog.create_table_with(table, replaces, &files, managed, &staging.id);
    let table = staging.decide(catalog, created).await?;
    at_step("after-commit");
    staging.finish();
    Ok(table)
}

/// Makes the files of an external table visible and removes those they replace.
pub(super) async fn external(
    catalog: &Catalog,
    table: &Table,
    staging: &Arc<StagingFolder>,
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
    let files = move_into_place(staging, files).await?;
    let written = files.into_iter().map(|written| written.values).filter(|values| !values.is_empty());
    change.partitions.extend(written);
    change.partitions.sort();
    change.partitions.dedup();
    at_step("before-commit");
    staging.decide(catalog, catalog.commit(&change)).await?;
    staging.finish();
    at_step("after-commit");
    for path in replaced {
        std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        remove_empty_folders(&staging.root, &path);
    }
    Ok(())
}

/// The files that an overwrite of an external table replaces, as they are before it runs. Those of a dynamic overwrite
/// are known only afterwards. The metastore knows those of a managed table.
pub(super) async fn replaced_files(
    catalog: &Catalog,
    table: &Table,
    mode: WriteMode,
    static_partition: &[Option<PartitionValue>],
) -> Result<Option<Vec<PathBuf>>> {
    if table.kind == TableKind::Managed {
        return Ok(None);
    }
    let root = local_path(&table.details.location)?;
    let partitioned = table.partition_columns > 0;
    if mode == WriteMode::Append || (mode == WriteMode::OverwriteDynamic && partitioned) || !root.exists() {
        return Ok(Some(Vec::new()));
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
    Ok(Some(files))
}

/// Moves the files out of the staging folder, on a thread that may wait for the disk.
async fn move_into_place(staging: &Arc<StagingFolder>, files: Vec<WrittenFile>) -> Result<Vec<WrittenFile>> {
    let staging = Arc::clone(staging);
    blocking(move || move_now(&staging, &files).map(|()| files)).await
}

fn move_now(staging: &StagingFolder, files: &[WrittenFile]) -> Result<()> {
    at_step("before-rename");
    staging.announce(&files.iter().map(|written| written.file.path.clone()).collect::<Vec<_>>())?;
    let folders =
        files.iter().filter_map(|written| staging.root.join(&written.file.path).parent().map(ToOwned::to_owned));
    let folders = folders.collect::<BTreeSet<_>>();
    for folder in &folders {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    let moves = files.iter().enumerate().collect::<Vec<_>>();
    at_once(&moves, |(number, written)| {
        let to = staging.root.join(&written.file.path);
        let name = to.file_name().unwrap_or_default();
        let from = staging.path.join(name);
        let moved = sync(&from).and_then(|()| std::fs::rename(&from, &to));
        moved.map_err(|error| failed(&to, error))?;
        if *number == 0 {
            at_step("between-renames");
        }
        Ok(())
    })?;
    // A name is on the disk once its folder is.
    let parents = folders.iter().filter_map(|folder| folder.parent().map(ToOwned::to_owned)).collect::<BTreeSet<_>>();
    let folders = folders.union(&parents).filter(|folder| folder.starts_with(&staging.root)).collect::<Vec<_>>();
    at_once(&folders, |folder| sync(folder).map_err(|error| failed(folder, error)))?;
    at_step("after-rename");
    Ok(())
}

fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Does something with each by several threads: a disk that is told to write many things at once does it in a fraction of
/// the time.
fn at_once<T: Sync>(all: &[T], action: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    if all.len() < 2 {
        return all.iter().try_for_each(action);
    }
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            action(one).inspect_err(|_| next.store(all.len(), Ordering::Relaxed))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads = (0..SYNC_THREADS.min(all.len())).map(|_| scope.spawn(work)).collect::<Vec<_>>();
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panicked) => std::panic::resume_unwind(panicked),
        });
        ended.collect::<Vec<_>>().into_iter().collect()
    })
}

fn pairs(files: Vec<WrittenFile>) -> Vec<(Vec<PartitionValue>, DataFile)> {
    files.into_iter().map(|written| (written.values, written.file)).collect()
}

/// Ends the process where a test wants it to, or waits there for a signal.
fn at_step(step: &str) {
    #[cfg(debug_assertions)]
    {
        if std::env::var("SKEP_CRASH_AT").is_ok_and(|wanted| wanted == step) {
            std::process::abort();
        }
        if std::env::var("SKEP_PAUSE_AT").is_ok_and(|wanted| wanted == step) {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    }
    let _ = step;
}
