//! One file being written, and what an error of the file system means to a user.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{DISK_FULL, Error, FAILED_WRITE_FILE, PERMISSION_DENIED, Result};

const BUFFER: usize = 256 * 1024;

/// A file that remembers why writing it failed: encoders turn errors into text.
#[derive(Debug)]
pub(in crate::storage) struct OutputFile {
    file: BufWriter<File>,
    pub path: PathBuf,
    failure: Failure,
}

/// The first error of a file.
#[derive(Debug, Clone, Default)]
pub(in crate::storage) struct Failure(Arc<Mutex<Option<Error>>>);

impl OutputFile {
    pub fn create(path: PathBuf) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
        let file = File::create_new(&path).map_err(|error| failed(&path, error))?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), path, failure: Failure::default() })
    }

    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }

    /// Writes out what is buffered; gives back the size. The commit sees to it that the file is on the disk itself.
    pub fn close(&mut self) -> Result<u64> {
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().metadata())
            .map(|found| found.len())
            .map_err(|error| failed(&self.path, error))
    }

    fn noted<T>(&self, result: std::io::Result<T>) -> std::io::Result<T> {
        result.inspect_err(|error| {
            let copy = error.raw_os_error().map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error);
            self.failure.0.lock().get_or_insert_with(|| failed(&self.path, copy));
        })
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let result = self.file.write(bytes);
        self.noted(result)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let result = self.file.flush();
        self.noted(result)
    }
}

impl Failure {
    /// The file's own error if there was one, else what the encoder said.
    pub fn explain(&self, error: impl Into<Error>) -> Error {
        self.0.lock().clone().unwrap_or_else(|| error.into())
    }
}

/// What an error while writing means to a user.
pub(in crate::storage) fn failed(path: &Path, error: std::io::Error) -> Error {
    let shown = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Error::new(&DISK_FULL, format!("No space left to write `{shown}`"))
                .hint("the table is as it was; free some space and run the statement again")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Error::new(&PERMISSION_DENIED, format!("No permission to write `{shown}`: {error}"))
        }
        _ => Error::new(&FAILED_WRITE_FILE, format!("Task failed while writing rows to `{shown}`: {error}")),
    }
    .cause(error)
}
