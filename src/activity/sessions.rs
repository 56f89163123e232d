//! Who is connected: a number for each session, as `pg_backend_pid()` and `system.sessions` show it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::SystemTime;

use parking_lot::{Mutex, RwLock};
use tokio_util::sync::CancellationToken;

/// Unique in a process, and positive: PostgreSQL's clients take it for the number of a process.
pub type SessionId = i32;

/// The way a session came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The shell or a script, in this process.
    Local,
    Postgres,
    FlightSql,
    Http,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Local => "local",
            Protocol::Postgres => "postgres",
            Protocol::FlightSql => "flight-sql",
            Protocol::Http => "http",
        }
    }
}

/// Who is at the other end.
#[derive(Debug, Clone)]
pub struct Client {
    pub user: Arc<str>,
    /// `None` for the shell.
    pub address: Option<SocketAddr>,
    pub protocol: Protocol,
    /// As the client calls itself; may be empty.
    pub application: String,
}

impl Client {
    /// Whoever runs this process.
    pub fn local() -> Self {
        let user = ["USER", "LOGNAME"].iter().find_map(|variable| std::env::var(variable).ok());
        Self {
            user: user.unwrap_or_else(|| "root".to_owned()).into(),
            address: None,
            protocol: Protocol::Local,
            application: "skep".to_owned(),
        }
    }
}

/// What a session does at the moment, in PostgreSQL's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionState {
    #[default]
    Idle,
    Active,
    IdleInTransaction,
    IdleInFailedTransaction,
}

impl SessionState {
    pub fn name(self) -> &'static str {
        match self {
            SessionState::Idle => "idle",
            SessionState::Active => "active",
            SessionState::IdleInTransaction => "idle in transaction",
            SessionState::IdleInFailedTransaction => "idle in transaction (aborted)",
        }
    }
}

/// One session, as others see it.
#[derive(Debug)]
pub struct SessionInfo {
    pub id: SessionId,
    pub user: Arc<str>,
    pub address: Option<SocketAddr>,
    pub protocol: Protocol,
    pub since: SystemTime,
    /// Ends the session; its connection watches this.
    pub terminate: CancellationToken,
    changing: Mutex<Changing>,
}

#[derive(Debug, Clone)]
struct Changing {
    application: String,
    state: SessionState,
    state_since: SystemTime,
    database: Arc<str>,
}

impl SessionInfo {
    pub fn application(&self) -> String {
        self.changing.lock().application.clone()
    }

    pub fn set_application(&self, name: &str) {
        self.changing.lock().application = name.to_owned();
    }

    pub fn database(&self) -> Arc<str> {
        Arc::clone(&self.changing.lock().database)
    }

    pub fn set_database(&self, name: &Arc<str>) {
        self.changing.lock().database = Arc::clone(name);
    }

    /// What it does, and since when.
    pub fn state(&self) -> (SessionState, SystemTime) {
        let changing = self.changing.lock();
        (changing.state, changing.state_since)
    }

    pub fn set_state(&self, state: SessionState) {
        let mut changing = self.changing.lock();
        changing.state = state;
        changing.state_since = SystemTime::now();
    }
}

/// All sessions of the process.
#[derive(Debug, Default)]
pub struct Sessions {
    open: Arc<RwLock<BTreeMap<SessionId, Arc<SessionInfo>>>>,
    last: AtomicI32,
}

impl Sessions {
    /// Adds a session; it is forgotten when what this gives is dropped.
    pub fn connect(&self, client: Client, database: &str) -> Connected {
        let info = Arc::new(SessionInfo {
            id: self.next_id(),
            user: client.user,
            address: client.address,
            protocol: client.protocol,
            since: SystemTime::now(),
            terminate: CancellationToken::new(),
            changing: Mutex::new(Changing {
                application: client.application,
                state: SessionState::default(),
                state_since: SystemTime::now(),
                database: database.into(),
            }),
        });
        self.open.write().insert(info.id, Arc::clone(&info));
        Connected { info, open: Arc::clone(&self.open) }
    }

    /// Numbers begin again after the largest.
    fn next_id(&self) -> SessionId {
        let next = |last: i32| Some(last.checked_add(1).unwrap_or(1));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        last.unwrap_or_else(|last| last).checked_add(1).unwrap_or(1)
    }

    /// By number.
    pub fn list(&self) -> Vec<Arc<SessionInfo>> {
        self.open.read().values().map(Arc::clone).collect()
    }

    pub fn get(&self, id: SessionId) -> Option<Arc<SessionInfo>> {
        self.open.read().get(&id).map(Arc::clone)
    }

    /// How many sessions a user has.
    pub fn of_user(&self, user: &str) -> usize {
        self.open.read().values().filter(|info| info.user.as_ref() == user).count()
    }
}

/// A session's place in the list.
#[derive(Debug)]
pub struct Connected {
    info: Arc<SessionInfo>,
    open: Arc<RwLock<BTreeMap<SessionId, Arc<SessionInfo>>>>,
}

impl Connected {
    pub fn info(&self) -> &Arc<SessionInfo> {
        &self.info
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.open.write().remove(&self.info.id);
    }
}
