//! The files that ADD FILE gives a session: copies in a folder of its own, where the commands of TRANSFORM run.

use std::path::{Path, PathBuf};

use crate::error::{Error, FAILED_WRITE_FILE, PATH_NOT_FOUND, Result};
use crate::storage::location::local_path;
use crate::storage::location_url;

/// The folder goes with the session.
#[derive(Debug, Default)]
pub(super) struct AddedFiles {
    /// As they were named, in the order they came.
    locations: Vec<String>,
    folder: Option<PathBuf>,
}

impl AddedFiles {
    /// Copies a file as it is now; one of the same name before it is replaced.
    pub fn add(&mut self, path: &str) -> Result<()> {
        let location = location_url(path)?;
        let source = local_path(&location)?;
        let (true, Some(name)) = (source.is_file(), source.file_name()) else {
            return match source.exists() {
                true => Err(Error::unsupported(format!("ADD FILE of the folder `{path}`"), "add the files in it")),
                false => Err(Error::new(&PATH_NOT_FOUND, format!("Path does not exist: {location}"))),
            };
        };
        let target = self.folder()?.join(name);
        std::fs::copy(&source, &target).map_err(|error| failed(&target, error))?;
        self.locations.retain(|known| *known != location);
        self.locations.push(location);
        Ok(())
    }

    pub fn locations(&self) -> &[String] {
        &self.locations
    }

    /// Where commands run, if there are files.
    pub fn existing_folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    fn folder(&mut self) -> Result<&Path> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => {
                let folder = std::env::temp_dir().join(format!("skep-files-{}", uuid::Uuid::new_v4()));
                std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
                folder
            }
        };
        Ok(self.folder.insert(folder))
    }
}

impl Drop for AddedFiles {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What cannot be removed is left to whoever cleans the folder for temporary files.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::new(&FAILED_WRITE_FILE, format!("Cannot write `{}`: {error}", path.display())).cause(error)
}
