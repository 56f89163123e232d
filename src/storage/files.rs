//! Files without a table: ``SELECT * FROM parquet.`path/*.parquet` ``, and the columns of a table that has none yet.

use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::TableProvider;

use super::blocking::blocking;
use super::formats::Format;
use super::location::local_path;
use super::scan::{FileList, FileTable, ScanFile};
use super::{ReadOptions, discovery, glob, listing};
use crate::catalog::{FileFormat, PartitionValue, Properties};
use crate::error::{Error, PATH_NOT_FOUND, Result, UNABLE_TO_INFER_SCHEMA};
use crate::types::StructField;

/// Files that a query named directly.
#[derive(Debug, Clone)]
pub struct OpenedFiles {
    /// Those that partition folders give come last.
    pub columns: Vec<StructField>,
    pub provider: Arc<dyn TableProvider>,
}

/// Opens a file, a folder or a glob; types of columns come from the files, of partition columns from the folders' names.
/// Relative paths start in the working directory.
///
/// # Errors
/// `PATH_NOT_FOUND`, `UNABLE_TO_INFER_SCHEMA`, `FAILED_READ_FILE`
pub async fn open_files(
    format: FileFormat,
    path: &str,
    options: &Properties,
    read: &ReadOptions,
) -> Result<OpenedFiles> {
    let Found { format, columns, partition_columns, partitions, files } = find(format, path, options, read).await?;
    let files = FileList::Fixed { partitions, files };
    let provider = Arc::new(FileTable::new(columns.clone(), partition_columns, format, files, read.clone()));
    Ok(OpenedFiles { columns, provider })
}

/// The columns that files in a folder have, those from partition folders last with their number: for
/// `CREATE TABLE t USING parquet LOCATION '…'` without columns.
///
/// # Errors
/// `UNABLE_TO_INFER_SCHEMA`, `FAILED_READ_FILE`
pub async fn infer_columns(
    format: FileFormat,
    location: &str,
    options: &Properties,
    read: &ReadOptions,
) -> Result<(Vec<StructField>, usize)> {
    let found = find(format, location, options, read).await.map_err(|error| match error.is(&PATH_NOT_FOUND) {
        true => no_schema(format).hint(error.message().to_owned()).cause(error),
        false => error,
    })?;
    Ok((found.columns, found.partition_columns))
}

/// Fails with `PATH_NOT_FOUND` unless there is a file, a folder or something that a glob stands for.
pub async fn check_path(path: &str) -> Result<()> {
    let path = local_path(path)?;
    blocking(move || {
        let path = std::path::absolute(&path).map_err(|error| Error::io(path.display(), error))?;
        glob::expand(&path).map(|_| ())
    })
    .await
}

struct Found {
    format: Format,
    columns: Vec<StructField>,
    partition_columns: usize,
    partitions: Vec<Vec<PartitionValue>>,
    files: Vec<(usize, ScanFile)>,
}

async fn find(format: FileFormat, path: &str, options: &Properties, read: &ReadOptions) -> Result<Found> {
    let path = local_path(path)?;
    let options = options.clone();
    let time_zone = Arc::clone(&read.time_zone);
    blocking(move || find_now(format, &path, &options, &time_zone)).await
}

fn find_now(format: FileFormat, path: &Path, options: &Properties, time_zone: &str) -> Result<Found> {
    let path = std::path::absolute(path).map_err(|error| Error::io(path.display(), error))?;
    let parsed = Format::new(format, options)?;
    let roots = glob::expand(&path)?;
    let mut partitions = Vec::new();
    let mut files: Vec<(usize, ScanFile)> = Vec::new();
    for root in roots {
        let folders = if root.is_dir() { listing::partition_folders(&root, None)? } else { Vec::new() };
        if folders.is_empty() {
            let number = partitions.len();
            partitions.push(Vec::new());
            files.extend(listing::files_in(&root)?.into_iter().map(|file| (number, file.into())));
        }
        for folder in folders {
            let number = partitions.len();
            files.extend(listing::files_in(&folder.path)?.into_iter().map(|file| (number, file.into())));
            partitions.push(folder.values);
        }
    }
    let Some((_, first)) = files.iter().find(|(_, file)| file.bytes > 0).or_else(|| files.first()) else {
        return Err(no_schema(format));
    };
    let partition_columns = discovery::partition_columns(&partitions, &path)?;
    let all = files.iter().map(|(_, file)| file.path.as_path()).collect::<Vec<_>>();
    let mut columns = parsed.infer_columns(&first.path, &all, time_zone)?;
    // A column that the folders give hides one of the files.
    columns.retain(|column| {
        !partition_columns.iter().any(|partition| partition.name.to_lowercase() == column.name.to_lowercase())
    });
    let count = partition_columns.len();
    columns.extend(partition_columns);
    let partitions =
        partitions.into_iter().map(|values| values.into_iter().map(|(_, value)| value).collect()).collect();
    Ok(Found { format: parsed, columns, partition_columns: count, partitions, files })
}

fn no_schema(format: FileFormat) -> Error {
    let name = match format {
        FileFormat::Parquet => "Parquet",
        FileFormat::Csv => "CSV",
        FileFormat::Json => "JSON",
        FileFormat::Text => "Text",
    };
    Error::new(&UNABLE_TO_INFER_SCHEMA, format!("Unable to infer schema for {name}. It must be specified manually"))
}
