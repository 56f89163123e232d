//! Files in folders: what is data, what is hidden, which folders are partitions.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use super::partition_path::parse_folder;
use crate::catalog::PartitionValue;
use crate::error::{Error, FAILED_READ_FILE, PATH_NOT_FOUND, Result};

/// A data file as a folder lists it.
#[derive(Debug, Clone)]
pub(super) struct ListedFile {
    pub path: PathBuf,
    pub bytes: u64,
    pub modified: DateTime<Utc>,
}

/// A folder `a=1/b=x` below a root.
#[derive(Debug, Clone)]
pub(super) struct PartitionFolder {
    pub path: PathBuf,
    /// Column as the folder spells it, and value.
    pub values: Vec<(String, PartitionValue)>,
}

/// Spark's rule: names that begin with `_` (unless they are partitions) or `.` are not data.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || (name.starts_with('_') && !name.contains('=')) || name.ends_with("._COPYING_")
}

/// The data files directly in a folder, or the file itself, by name.
///
/// # Errors
/// `PATH_NOT_FOUND`
pub(super) fn files_in(path: &Path) -> Result<Vec<ListedFile>> {
    let metadata = std::fs::metadata(path).map_err(|error| failed(path, error))?;
    if metadata.is_file() {
        return Ok(vec![listed(path.to_owned(), &metadata)]);
    }
    let mut files = Vec::new();
    for (name, path, metadata) in entries(path)? {
        if metadata.is_file() && !is_hidden(&name) {
            files.push(listed(path, &metadata));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Whether a folder has folders in it that are not hidden.
pub(super) fn has_folders(path: &Path) -> Result<bool> {
    Ok(entries(path)?.into_iter().any(|(name, _, metadata)| metadata.is_dir() && !is_hidden(&name)))
}

/// The partition folders below a root, `depth` levels deep (any number if it is not given, as long as each level has
/// partition folders).
pub(super) fn partition_folders(root: &Path, depth: Option<usize>) -> Result<Vec<PartitionFolder>> {
    let mut found = Vec::new();
    let mut open = vec![PartitionFolder { path: root.to_owned(), values: Vec::new() }];
    while let Some(folder) = open.pop() {
        if Some(folder.values.len()) == depth {
            found.push(folder);
            continue;
        }
        let mut deeper = Vec::new();
        let mut has_files = false;
        for (name, path, metadata) in entries(&folder.path)? {
            has_files |= metadata.is_file() && !is_hidden(&name);
            if metadata.is_dir()
                && !is_hidden(&name)
                && let Some(value) = parse_folder(&name)
            {
                let values = folder.values.iter().cloned().chain([value]).collect();
                deeper.push(PartitionFolder { path, values });
            }
        }
        // Files beside deeper partitions are not passed over: that the levels differ is an error, later.
        if (deeper.is_empty() || has_files) && depth.is_none() && !folder.values.is_empty() {
            found.push(folder);
        }
        open.extend(deeper);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf, std::fs::Metadata)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let entry = entry.map_err(|error| failed(folder, error))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else { return Err(super::location::not_utf8(&path)) };
        // Links count as what they point to; what is gone by now was never there.
        match std::fs::metadata(&path) {
            Ok(metadata) => all.push((name, path, metadata)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, error)),
        }
    }
    Ok(all)
}

fn listed(path: PathBuf, metadata: &std::fs::Metadata) -> ListedFile {
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).into();
    ListedFile { path, bytes: metadata.len(), modified }
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return path_not_found(path);
    }
    Error::new(&FAILED_READ_FILE, format!("Encountered error while reading `{}`: {error}", path.display()))
        .subcondition("NO_HINT")
        .cause(error)
}

pub(super) fn path_not_found(path: &Path) -> Error {
    Error::new(&PATH_NOT_FOUND, format!("Path does not exist: file:{}", path.display()))
}
