//! Work that waits for the disk, on threads that may wait: those that run queries and keep a connection alive may not.

use crate::error::{Error, Result};

/// Does the work on a thread of its own.
///
/// # Errors
/// Those of the work; `INTERNAL_ERROR` if it panics.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal(error.to_string()))?
}
