//! LOAD DATA: files that somebody has made become the table's, all or none.
//!
//! ```text
//! copied or linked into the staging folder ─► read as the table's ─► as any write ─► the originals removed
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::array::Array;
use datafusion::catalog::{Session, TableProvider};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;

use super::output_file::failed;
use super::sink::WrittenFile;
use super::staging::StagingFolder;
use super::{Staged, WriteMode, commit, publish};
use crate::catalog::{Catalog, DataFile, PartitionValue, Pin, Table};
use crate::error::{Error, FORBIDDEN_OPERATION, NOT_NULL_ASSERT_VIOLATION, PATH_NOT_FOUND, Result};
use crate::storage::blocking::blocking;
use crate::storage::formats::Format;
use crate::storage::scan::{FileList, FileTable, ScanFile};
use crate::storage::{ReadOptions, glob, listing, location_url, parquet, partition_path};
use crate::types::StructField;

/// Files for a table.
#[derive(Debug)]
pub struct LoadRequest {
    pub table: Arc<Table>,
    /// A file, a folder with files, or a glob.
    pub path: String,
    /// Whether the files stay where they are.
    pub copy: bool,
    pub overwrite: bool,
    /// A value for each partition column.
    pub partition: Vec<PartitionValue>,
    pub pin: Arc<Pin>,
    pub time_zone: Arc<str>,
    /// Set when the rows are about to become visible.
    pub committing: Arc<AtomicBool>,
}

/// Makes the files part of the table. Without `copy` they are gone from where they were when it is done.
///
/// # Errors
/// `PATH_NOT_FOUND`, `FAILED_READ_FILE` for files that are not of the table's format or columns,
/// `NOT_NULL_ASSERT_VIOLATION`, and those of [`write()`](super::write).
pub async fn load(catalog: &Catalog, request: LoadRequest, session: &dyn Session) -> Result<()> {
    let LoadRequest { table, path, copy, overwrite, partition, pin, time_zone, committing } = request;
    committing.store(false, Ordering::Release);
    let mode = if overwrite { WriteMode::Overwrite } else { WriteMode::Append };
    let fixed = partition.iter().cloned().map(Some).collect::<Vec<_>>();
    let replaced = commit::replaced_files(catalog, &table, mode, &fixed).await?;
    let sources = sources(catalog, &path, copy).await?;
    let staging = StagingFolder::create(catalog, &table.details.location).await?;
    let staged = stage(&staging, sources.clone(), copy).await?;

    let read = ReadOptions { time_zone, pin: Arc::clone(&pin) };
    let partition_columns = &table.columns[table.columns.len() - table.partition_columns..];
    let folder = partition_path::folder(partition_columns, &partition);
    let mut files = Vec::with_capacity(staged.len());
    // Read where they came from: what is wrong with one is told by a name that the user knows.
    for (path, source) in staged.into_iter().zip(&sources) {
        let rows = rows_of(&table, source, &read, session).await?;
        let bytes = std::fs::metadata(&path).map_err(|error| failed(&path, error))?.len();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let place = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let file = DataFile { partition_id: None, path: place, rows, bytes, statistics: Vec::new() };
        files.push(WrittenFile { values: partition.clone(), file });
    }
    let originals = if copy { Vec::new() } else { sources };
    let static_partition = fixed;
    publish(catalog, Staged { table, staging, files, static_partition, mode, replaced, originals, pin, committing })
        .await
}

/// The files that a path means.
async fn sources(catalog: &Catalog, path: &str, copy: bool) -> Result<Vec<PathBuf>> {
    let location = location_url(path)?;
    if !copy && catalog.is_inside_managed_table(&location).await? {
        let message = format!("LOAD DATA cannot take the files of `{path}` away: they are those of a managed table");
        return Err(Error::new(&FORBIDDEN_OPERATION, message).hint("use INSERT … SELECT, or LOAD DATA LOCAL"));
    }
    let pattern = crate::storage::location::local_path(&location)?;
    let shown = path.to_owned();
    blocking(move || {
        let missing = || Error::new(&PATH_NOT_FOUND, format!("LOAD DATA input path does not exist: {shown}."));
        let roots = glob::expand(&pattern).map_err(|error| match error.is(&PATH_NOT_FOUND) {
            true => missing(),
            false => error,
        })?;
        let mut files = Vec::new();
        for root in roots {
            if root.is_dir() && listing::has_folders(&root)? {
                return Err(Error::unsupported(
                    format!("LOAD DATA of `{}`, which has folders in it,", root.display()),
                    "load each folder by itself",
                ));
            }
            files.extend(listing::files_in(&root)?.into_iter().map(|file| file.path));
        }
        if files.is_empty() { Err(missing()) } else { Ok(files) }
    })
    .await
}

/// Puts the files into the staging folder under names that no other file has.
async fn stage(staging: &Arc<StagingFolder>, sources: Vec<PathBuf>, copy: bool) -> Result<Vec<PathBuf>> {
    let staging = Arc::clone(staging);
    blocking(move || {
        let staged = sources.iter().enumerate().map(|(number, source)| {
            let name = format!("part-{number:05}-{}-c000{}", staging.id, ending(source));
            let target = staging.path.join(name);
            // A link is the file itself, without reading it; the original goes after the commit.
            let linked = !copy && std::fs::hard_link(source, &target).is_ok();
            if !linked {
                std::fs::copy(source, &target).map_err(|error| failed(&target, error))?;
            }
            Ok(target)
        });
        staged.collect()
    })
    .await
}

/// What of a file's name says how it is compressed.
fn ending(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parts = name.split('.').skip(1).collect::<Vec<_>>();
    let kept = &parts[parts.len().saturating_sub(2)..];
    kept.iter().filter(|part| part.chars().all(|c| c.is_ascii_alphanumeric())).map(|part| format!(".{part}")).collect()
}

/// Reads a file as the table would: how many rows it has, and whether it is what the table holds.
async fn rows_of(table: &Table, path: &Path, read: &ReadOptions, session: &dyn Session) -> Result<u64> {
    let columns = &table.columns[..table.columns.len() - table.partition_columns];
    let Some(format) = table.details.format else { return Err(Error::internal("a view has no files")) };
    let format = Format::of(format, &table.details)?;
    let required = |column: &StructField| table.details.not_null.contains(&column.name);
    let must_have = columns.iter().enumerate().filter(|(_, column)| required(column)).map(|(n, _)| n);
    // A footer tells the rows and types of a Parquet file; others have to be read.
    let wanted = match format {
        Format::Parquet(_) => must_have.collect(),
        _ => (0..columns.len()).collect::<Vec<_>>(),
    };
    if matches!(format, Format::Parquet(_)) {
        parquet::check_columns(path, columns)?;
    }
    let bytes = std::fs::metadata(path).map_err(|error| failed(path, error))?.len();
    let file = ScanFile { path: path.to_owned(), bytes, modified: chrono::DateTime::UNIX_EPOCH, known: None };
    let files = FileList::Fixed { partitions: vec![Vec::new()], files: vec![(0, file)] };
    let file = FileTable::new(columns.to_vec(), 0, format, files, read.clone());
    let plan = file.scan(session, Some(&wanted), &[], None).await?;
    let task = Arc::new(TaskContext::from(session_state(session)?));
    let named = |error: datafusion::error::DataFusionError| parquet::name_damaged_file(&plan, error.into());
    let mut batches = execute_stream(Arc::clone(&plan), task).map_err(named)?;
    let mut rows = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(named)?;
        for (values, &number) in batch.columns().iter().zip(&wanted) {
            if values.null_count() > 0 && required(&columns[number]) {
                let message = format!("NULL value appeared in non-nullable field: {}", columns[number].name);
                return Err(Error::new(&NOT_NULL_ASSERT_VIOLATION, message).hint("the file was not loaded"));
            }
        }
        rows += batch.num_rows() as u64;
    }
    Ok(rows)
}

fn session_state(session: &dyn Session) -> Result<&datafusion::execution::context::SessionState> {
    session.as_any().downcast_ref().ok_or_else(|| Error::internal("a session of another kind"))
}
