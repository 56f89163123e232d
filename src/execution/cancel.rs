//! Stops a statement from outside: at every batch, and wherever it waits.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

use crate::error::{Error, OPERATION_CANCELED, Result};

/// Stops what runs now; what starts later is not touched. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CancelHandle(Arc<watch::Sender<u64>>);

impl Default for CancelHandle {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl CancelHandle {
    /// Stops the statement that runs, if one does.
    pub fn cancel(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    /// Notices cancellations from now on.
    pub fn watch(&self) -> Cancellation {
        Cancellation(self.0.subscribe())
    }
}

/// One statement's view of its handle.
#[derive(Debug, Clone)]
pub struct Cancellation(watch::Receiver<u64>);

impl Cancellation {
    /// Runs `work` until it is done or the statement is cancelled.
    pub async fn guard<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut receiver = self.0.clone();
        tokio::select! {
            biased;
            Ok(()) = receiver.changed() => Err(cancelled()),
            result = work => result,
        }
    }

    /// Waits until the statement is cancelled.
    pub async fn cancelled(&self) {
        let mut receiver = self.0.clone();
        if receiver.changed().await.is_err() {
            // Nobody is left who could cancel.
            std::future::pending::<()>().await;
        }
    }
}

/// What a statement that was stopped fails with.
pub fn cancelled() -> Error {
    Error::new(&OPERATION_CANCELED, "The statement was cancelled")
}
