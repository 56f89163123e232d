//! Stops a statement from outside: at every batch, and wherever it waits.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
        Cancellation { changes: self.0.subscribe(), own: None, committing: Arc::default() }
    }

    /// Notices cancellations of this one and of `own`, which stops one statement alone.
    pub fn watch_with(&self, own: &CancelHandle) -> Cancellation {
        Cancellation { own: Some(own.0.subscribe()), ..self.watch() }
    }
}

/// One statement's view of its handle.
#[derive(Debug, Clone)]
pub struct Cancellation {
    changes: watch::Receiver<u64>,
    own: Option<watch::Receiver<u64>>,
    /// Set by the statement when what it did becomes visible: it is past cancelling then.
    pub committing: Arc<AtomicBool>,
}

impl Cancellation {
    /// Runs `work` until it is done or the statement is cancelled.
    pub async fn guard<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            () = self.cancelled() => {}
            result = &mut work => return result,
        }
        if !self.committing.load(Ordering::Acquire) {
            return Err(cancelled());
        }
        // The user is to know how it ended.
        work.await?;
        Err(Error::new(&OPERATION_CANCELED, "It was too late to cancel the statement: its changes are made"))
    }

    /// Waits until the statement is cancelled.
    pub async fn cancelled(&self) {
        let own = async {
            match &self.own {
                Some(own) => changed(own.clone()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = changed(self.changes.clone()) => {}
            () = own => {}
        }
    }
}

async fn changed(mut receiver: watch::Receiver<u64>) {
    if receiver.changed().await.is_err() {
        // Nobody is left who could cancel.
        std::future::pending::<()>().await;
    }
}

/// What a statement that was stopped fails with.
pub fn cancelled() -> Error {
    Error::new(&OPERATION_CANCELED, "The statement was cancelled")
}
