//! Deletes what the metastore says no one needs.

use std::io::ErrorKind;
use std::path::Path;

use super::blocking::blocking;
use super::location::local_path;
use super::write::staging::{remove_empty_folders, undo};
use crate::catalog::{Catalog, Garbage};
use crate::error::Result;

/// What cannot be deleted is left for the next time, and is no failure of the statement before it.
pub(super) async fn sweep(catalog: &Catalog) {
    if let Err(error) = delete_garbage(catalog).await {
        tracing::warn!("files that are not needed any more could not be deleted: {error}");
    }
}

async fn delete_garbage(catalog: &Catalog) -> Result<()> {
    let garbage = catalog.garbage().await?;
    if garbage.is_empty() {
        return Ok(());
    }
    let deleted = blocking(move || Ok(delete(garbage))).await?;
    catalog.forget(&deleted).await
}

/// Gives back what is gone; the rest is tried again another time.
fn delete(mut garbage: Garbage) -> Garbage {
    garbage.files.retain(|(_, location, path)| {
        let Ok(root) = local_path(location) else { return false };
        let path = root.join(path);
        let gone = is_gone(std::fs::remove_file(&path));
        remove_empty_folders(&root, &path);
        gone
    });
    garbage.folders.retain(|(_, location)| with_path(location, |path| is_gone(std::fs::remove_dir_all(path))));
    garbage.empty_folders.retain(|(_, location)| {
        with_path(location, |path| {
            // Somebody else's files in it stay.
            let _ = std::fs::remove_dir(path);
            true
        })
    });
    garbage.staging.retain(|staging| {
        with_path(&staging.location, |path| {
            undo(path);
            !path.exists()
        })
    });
    garbage
}

fn with_path(location: &str, delete: impl FnOnce(&Path) -> bool) -> bool {
    local_path(location).is_ok_and(|path| delete(&path))
}

fn is_gone(result: std::io::Result<()>) -> bool {
    result.map_or_else(|error| error.kind() == ErrorKind::NotFound, |()| true)
}
