//! What the process is doing: who is connected, which statements run and ran, who waits for whom, and the audit log.
//!
//! It knows no SQL and no plans: a statement is a text, and how far it is and how it is stopped are asked through
//! [`Watched`]. Everything here is read while statements run, so nothing holds a lock for longer than a copy.

mod admission;
mod audit;
mod queries;
mod sessions;

use std::path::Path;

use crate::config::Settings;

pub use admission::{Admission, Allowance, Permit};
pub use audit::{AuditLog, Event, EventKind};
pub use queries::{Ended, Measure, NewQuery, Outcome, Queries, Query, QueryState, Running, Watched};
pub use sessions::{Client, Connected, Protocol, SessionId, SessionInfo, SessionState, Sessions};

/// What one process is doing.
#[derive(Debug)]
pub struct Activity {
    sessions: Sessions,
    queries: Queries,
    admission: Admission,
    audit: AuditLog,
}

impl Activity {
    /// `warehouse` is the folder below which an audit log without a path of its own is kept.
    pub fn new(settings: &Settings, warehouse: &Path) -> Self {
        Self {
            sessions: Sessions::default(),
            queries: Queries::new(settings.number("skep.queries.kept") as usize),
            admission: Admission::new(settings.number("skep.queries.running") as usize),
            audit: AuditLog::new(settings.text("skep.audit.log"), warehouse),
        }
    }

    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub fn queries(&self) -> &Queries {
        &self.queries
    }

    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    pub fn audit(&self) -> &AuditLog {
        &self.audit
    }
}
