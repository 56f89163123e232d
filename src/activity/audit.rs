//! The audit log: a line of JSON for each statement, login and failed login, appended to a file.
//!
//! A line is written at once and whole. A log that cannot be written does not stop statements, but says so in the log of
//! the process.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use parking_lot::Mutex;
use serde::Serialize;

use super::{Client, Outcome, Protocol, Query, SessionInfo};

/// A log of this size is put aside, and a new one begun.
const LARGEST: u64 = 100 << 20;
/// Where it is kept in the warehouse.
const FOLDER: &str = ".audit";
const FILE: &str = "audit.jsonl";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Login,
    LoginFailed,
    Logout,
    Statement,
}

/// One line.
#[derive(Debug, Serialize)]
pub struct Event<'a> {
    pub time: String,
    pub event: EventKind,
    pub session: i32,
    pub user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    pub protocol: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub application: &'a str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'a str>,
}

/// What a line tells of a statement.
#[derive(Debug, Serialize)]
pub struct StatementPart<'a> {
    pub query: u64,
    pub database: &'a str,
    pub dialect: &'a str,
    pub statement: &'a str,
    pub read: Vec<String>,
    pub written: Vec<String>,
    pub rows: u64,
    pub bytes: u64,
    pub bytes_read: u64,
    pub milliseconds: f64,
    pub waited_milliseconds: f64,
}

/// Where lines go.
#[derive(Debug)]
pub struct AuditLog {
    path: Option<PathBuf>,
    /// Whether statements of the shell and of scripts are logged too.
    local: bool,
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    file: File,
    size: u64,
}

impl AuditLog {
    /// `place` is `off`, a path, or `auto`: what servers do, in a file in the folder of the warehouse.
    pub fn new(place: &str, warehouse: &Path) -> Self {
        let (path, local) = match place.to_ascii_lowercase().as_str() {
            "off" => (None, false),
            "auto" => (Some(warehouse.join(FOLDER).join(FILE)), false),
            _ => (Some(PathBuf::from(place)), true),
        };
        Self { path, local, open: Mutex::default() }
    }

    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// A session began or ended.
    pub fn session(&self, kind: EventKind, session: &SessionInfo) {
        self.write(session.protocol, || Event {
            time: timestamp(SystemTime::now()),
            event: kind,
            session: session.id,
            user: &session.user,
            client: session.address.map(|address| address.to_string()),
            protocol: session.protocol.name(),
            application: "",
            statement: None,
            outcome: None,
            sqlstate: None,
            message: None,
        });
    }

    /// Somebody was turned away.
    pub fn refused(&self, client: &Client, sqlstate: &str, message: &str) {
        self.write(client.protocol, || Event {
            time: timestamp(SystemTime::now()),
            event: EventKind::LoginFailed,
            session: 0,
            user: &client.user,
            client: client.address.map(|address| address.to_string()),
            protocol: client.protocol.name(),
            application: &client.application,
            statement: None,
            outcome: Some("failed"),
            sqlstate: Some(sqlstate),
            message: Some(message),
        });
    }

    /// A statement ended.
    pub fn statement(&self, query: &Query) {
        let Some(ended) = query.ended() else { return };
        let (sqlstate, message) = match &ended.outcome {
            Outcome::Failed { sqlstate, message, .. } => (Some(*sqlstate), Some(message.as_str())),
            Outcome::Succeeded | Outcome::Abandoned => (None, None),
        };
        self.write(query.protocol, || Event {
            time: timestamp(query.started),
            event: EventKind::Statement,
            session: query.session,
            user: &query.user,
            client: query.address.map(|address| address.to_string()),
            protocol: query.protocol.name(),
            application: &query.application,
            statement: Some(StatementPart {
                query: query.id,
                database: &query.database,
                dialect: &query.dialect,
                statement: &query.text,
                read: query.tables_read(),
                written: query.tables_written(),
                rows: query.rows(),
                bytes: query.bytes(),
                bytes_read: ended.measure.bytes_done,
                milliseconds: ended.elapsed.as_secs_f64() * 1e3,
                waited_milliseconds: query.waited().as_secs_f64() * 1e3,
            }),
            outcome: Some(ended.outcome.name()),
            sqlstate,
            message,
        });
    }

    fn write<'a>(&self, protocol: Protocol, event: impl FnOnce() -> Event<'a>) {
        let Some(path) = self.path.as_ref().filter(|_| self.local || protocol != Protocol::Local) else { return };
        let Ok(mut line) = serde_json::to_vec(&event()) else { return };
        line.push(b'\n');
        let mut open = self.open.lock();
        if let Err(error) = append(path, &mut open, &line) {
            tracing::error!(path = %path.display(), %error, "the audit log cannot be written");
            *open = None;
        }
    }
}

fn append(path: &Path, open: &mut Option<Open>, line: &[u8]) -> std::io::Result<()> {
    if open.as_ref().is_some_and(|open| open.size + line.len() as u64 > LARGEST) {
        *open = None;
        let aside = format!("{}.{}", path.display(), Utc::now().format("%Y%m%dT%H%M%S%.6f"));
        std::fs::rename(path, aside)?;
    }
    let open = match open {
        Some(open) => open,
        None => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let file = options().open(path)?;
            let size = file.metadata()?.len();
            open.insert(Open { file, size })
        }
    };
    open.file.write_all(line)?;
    open.size += line.len() as u64;
    Ok(())
}

/// Statements may hold what others must not read.
#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    options
}

fn timestamp(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Micros, true)
}
