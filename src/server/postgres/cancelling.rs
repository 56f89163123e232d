//! CancelRequest: a connection of its own that names a session by number and key.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::activity::SessionId;
use crate::execution::CancelHandle;

/// The sessions that can be cancelled.
#[derive(Debug, Default, Clone)]
pub struct Cancelling(Arc<Mutex<HashMap<SessionId, (i32, CancelHandle)>>>);

impl Cancelling {
    /// Gives the session a key; it is forgotten when what this gives is dropped.
    pub fn register(&self, session: SessionId, handle: CancelHandle) -> Registered {
        let key = rand::random::<i32>();
        self.0.lock().insert(session, (key, handle));
        Registered { session, key, all: self.clone() }
    }

    /// Stops what the session runs, if the key is right. Nobody is told.
    pub fn cancel(&self, session: SessionId, key: &[u8]) {
        let handle = match self.0.lock().get(&session) {
            Some((expected, handle)) if expected.to_be_bytes() == *key => handle.clone(),
            _ => return,
        };
        handle.cancel();
    }
}

#[derive(Debug)]
pub struct Registered {
    session: SessionId,
    pub key: i32,
    all: Cancelling,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.all.0.lock().remove(&self.session);
    }
}
