//! The hidden folder that a write fills before anything becomes visible.
//!
//! The metastore knows of it before it exists, and a manifest in it names every file that was moved out of it, so that
//! the sweep can undo a write that did not come to its commit. When the last owner lets go of an unfinished one, it is
//! undone at once, unless its commit may have been made.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::output_file::failed;
use crate::catalog::{Catalog, Staging};
use crate::error::Result;
use crate::storage::location::local_path;

const MANIFEST: &str = "_moved";
/// In staging folders whose table had no folder before.
const NEW_TABLE: &str = "_new";

#[derive(Debug)]
pub(in crate::storage) struct StagingFolder {
    pub id: String,
    /// The table's folder.
    pub root: PathBuf,
    pub path: PathBuf,
    finished: AtomicBool,
    /// Whether the write came to its commit, only the metastore knows.
    undecided: AtomicBool,
}

impl StagingFolder {
    /// Makes one below a table's location.
    pub async fn create(catalog: &Catalog, location: &str) -> Result<Arc<Self>> {
        let id = uuid::Uuid::new_v4().to_string();
        let root = local_path(location)?;
        let path = root.join(format!("_staging-{id}"));
        catalog.begin_staging(&Staging { id: id.clone(), location: format!("file:{}", path.display()) }).await?;
        let new_table = !root.exists();
        let staging =
            Arc::new(Self { id, root, path, finished: AtomicBool::new(false), undecided: AtomicBool::new(false) });
        let created = std::fs::create_dir_all(&staging.path).and_then(|()| match new_table {
            true => File::create(staging.path.join(NEW_TABLE)).map(drop),
            false => Ok(()),
        });
        created.map_err(|error| failed(&staging.path, error))?;
        Ok(staging)
    }

    /// Writes down which files (relative to the table) are about to be moved out of the folder.
    pub fn announce(&self, files: &[String]) -> Result<()> {
        let path = self.path.join(MANIFEST);
        let written = || -> std::io::Result<()> {
            let mut file = File::create(&path)?;
            file.write_all(files.join("\n").as_bytes())?;
            file.sync_all()
        };
        written().map_err(|error| failed(&path, error))
    }

    /// The write is visible: what was moved stays.
    pub fn finish(&self) {
        self.finished.store(true, Ordering::Release);
        // What cannot be removed now is removed by a later sweep of the folder's owner or stays hidden.
        let _ = std::fs::remove_dir_all(&self.path);
    }

    /// Has the metastore decide: `commit` is its transaction. Where it ends with an error, or is never heard of again, the
    /// metastore's word counts, for what it lists must not be deleted.
    pub async fn decide<T>(&self, catalog: &Catalog, commit: impl Future<Output = Result<T>>) -> Result<T> {
        self.undecided.store(true, Ordering::Release);
        let result = commit.await;
        if result.is_err() && catalog.is_staging(&self.id).await? {
            self.undecided.store(false, Ordering::Release);
        }
        result
    }

    /// Nothing was written.
    pub async fn discard(&self, catalog: &Catalog) -> Result<()> {
        undo(&self.path);
        catalog.end_staging(&self.id).await
    }
}

impl Drop for StagingFolder {
    fn drop(&mut self) {
        // The sweep asks the metastore.
        if !*self.finished.get_mut() && !*self.undecided.get_mut() {
            undo(&self.path);
        }
    }
}

/// Removes a staging folder and every file that was moved out of it; the table's own folder too if it was made for this.
pub(in crate::storage) fn undo(staging: &Path) {
    let Some(root) = staging.parent() else { return };
    if let Ok(manifest) = std::fs::read_to_string(staging.join(MANIFEST)) {
        for file in manifest.lines() {
            let path = root.join(file);
            let _ = std::fs::remove_file(&path);
            remove_empty_folders(root, &path);
        }
    }
    let new_table = staging.join(NEW_TABLE).exists();
    let _ = std::fs::remove_dir_all(staging);
    if new_table {
        // What others have put there meanwhile stays.
        let _ = std::fs::remove_dir(root);
    }
}

/// Removes the folders between a file that is gone and its table, as far as they are empty.
pub(in crate::storage) fn remove_empty_folders(root: &Path, file: &Path) {
    let mut folder = file.parent();
    while let Some(current) = folder.filter(|current| *current != root && current.starts_with(root)) {
        if std::fs::remove_dir(current).is_err() {
            break;
        }
        folder = current.parent();
    }
}
