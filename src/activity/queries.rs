//! Statements that run, and the last ones that ran.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Mutex, RwLock};

use super::{Protocol, SessionId, SessionInfo};

/// Text of a statement that is kept; the rest is cut off.
const TEXT_KEPT: usize = 64 << 10;

/// A statement as seen from outside.
pub trait Watched: Send + Sync {
    /// Stops it; does nothing once it has ended.
    fn cancel(&self);
    /// How far it is.
    fn measure(&self) -> Measure;
}

/// How far a statement is. Totals are 0 as long as nothing is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measure {
    pub files_done: u64,
    pub files_total: u64,
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Rows that scans have given.
    pub rows_read: u64,
    /// Bytes of memory that are held.
    pub memory: u64,
}

/// What is known of a statement when it begins.
pub struct NewQuery<'a> {
    pub session: &'a SessionInfo,
    pub text: &'a str,
    pub dialect: &'a str,
    pub watched: Arc<dyn Watched>,
}

/// Where a statement is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryState {
    /// Waits for others to end.
    Queued,
    Running,
    Finished,
}

impl QueryState {
    pub fn name(self) -> &'static str {
        match self {
            QueryState::Queued => "queued",
            QueryState::Running => "running",
            QueryState::Finished => "finished",
        }
    }
}

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// The rows were not read to their end: the client closed its cursor or went away.
    Abandoned,
    Failed {
        condition: String,
        sqlstate: &'static str,
        message: String,
    },
}

impl Outcome {
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Succeeded => "succeeded",
            Outcome::Abandoned => "abandoned",
            Outcome::Failed { .. } => "failed",
        }
    }
}

/// The end of a statement.
#[derive(Debug, Clone)]
pub struct Ended {
    pub outcome: Outcome,
    pub elapsed: Duration,
    pub measure: Measure,
}

/// One statement, as others see it.
pub struct Query {
    pub id: u64,
    pub session: SessionId,
    pub user: Arc<str>,
    pub address: Option<SocketAddr>,
    pub protocol: Protocol,
    pub application: String,
    pub database: Arc<str>,
    pub text: String,
    pub dialect: String,
    pub started: SystemTime,
    clock: Instant,
    rows: AtomicU64,
    bytes: AtomicU64,
    /// Tables by full name, as soon as they are known.
    tables: Mutex<Tables>,
    queued: Mutex<Option<Duration>>,
    /// Taken away when the statement ends, for it holds the plan.
    watched: Mutex<Option<Arc<dyn Watched>>>,
    state: Mutex<QueryState>,
    ended: Mutex<Option<Ended>>,
}

#[derive(Debug, Clone, Default)]
struct Tables {
    read: Vec<String>,
    written: Vec<String>,
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("id", &self.id).field("text", &self.text).finish_non_exhaustive()
    }
}

impl Query {
    pub fn state(&self) -> QueryState {
        *self.state.lock()
    }

    /// Rows given to the client or written.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Bytes of those rows in memory.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub fn tables_read(&self) -> Vec<String> {
        self.tables.lock().read.clone()
    }

    pub fn tables_written(&self) -> Vec<String> {
        self.tables.lock().written.clone()
    }

    /// How long it waited for others.
    pub fn waited(&self) -> Duration {
        self.queued.lock().unwrap_or_default()
    }

    pub fn elapsed(&self) -> Duration {
        self.ended.lock().as_ref().map_or_else(|| self.clock.elapsed(), |ended| ended.elapsed)
    }

    pub fn measure(&self) -> Measure {
        let watched = self.watched.lock().as_ref().map(Arc::clone);
        match watched {
            Some(watched) => watched.measure(),
            None => self.ended.lock().as_ref().map(|ended| ended.measure).unwrap_or_default(),
        }
    }

    /// `None` while it runs.
    pub fn ended(&self) -> Option<Ended> {
        self.ended.lock().clone()
    }

    /// Stops it; `false` if it has ended already.
    pub fn cancel(&self) -> bool {
        let watched = self.watched.lock().as_ref().map(Arc::clone);
        watched.inspect(|watched| watched.cancel()).is_some()
    }
}

/// All statements that run, and the last that ran.
#[derive(Debug)]
pub struct Queries {
    lists: Arc<RwLock<Lists>>,
    last: AtomicU64,
}

#[derive(Debug)]
struct Lists {
    running: BTreeMap<u64, Arc<Query>>,
    finished: VecDeque<Arc<Query>>,
    kept: usize,
    /// Of all that ended, also of those no longer kept.
    ended: u64,
    failed: u64,
}

impl Queries {
    /// `kept` is how many finished statements are remembered.
    pub fn new(kept: usize) -> Self {
        let lists = Lists { running: BTreeMap::new(), finished: VecDeque::new(), kept, ended: 0, failed: 0 };
        Self { lists: Arc::new(RwLock::new(lists)), last: AtomicU64::new(0) }
    }

    /// A statement begins. It ends with what this gives, at the latest when that is dropped.
    pub fn begin(&self, new: NewQuery<'_>) -> Running {
        let session = new.session;
        let query = Arc::new(Query {
            id: self.last.fetch_add(1, Ordering::Relaxed) + 1,
            session: session.id,
            user: Arc::clone(&session.user),
            address: session.address,
            protocol: session.protocol,
            application: session.application(),
            database: session.database(),
            text: kept_text(new.text),
            dialect: new.dialect.to_owned(),
            started: SystemTime::now(),
            clock: Instant::now(),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            tables: Mutex::default(),
            queued: Mutex::default(),
            watched: Mutex::new(Some(new.watched)),
            state: Mutex::new(QueryState::Running),
            ended: Mutex::default(),
        });
        self.lists.write().running.insert(query.id, Arc::clone(&query));
        Running { query, lists: Arc::clone(&self.lists) }
    }

    /// Those that run or wait, oldest first.
    pub fn running(&self) -> Vec<Arc<Query>> {
        self.lists.read().running.values().map(Arc::clone).collect()
    }

    /// Those that ended, newest first.
    pub fn finished(&self) -> Vec<Arc<Query>> {
        self.lists.read().finished.iter().rev().map(Arc::clone).collect()
    }

    pub fn get(&self, id: u64) -> Option<Arc<Query>> {
        let lists = self.lists.read();
        let finished = || lists.finished.iter().find(|query| query.id == id);
        lists.running.get(&id).or_else(finished).map(Arc::clone)
    }

    /// Stops what a session runs.
    pub fn cancel_of_session(&self, session: SessionId) -> bool {
        let mut any = false;
        for query in self.running().into_iter().filter(|query| query.session == session) {
            any |= query.cancel();
        }
        any
    }

    /// How many ended since the process began, and how many of them failed.
    pub fn counts(&self) -> (u64, u64) {
        let lists = self.lists.read();
        (lists.ended, lists.failed)
    }
}

fn kept_text(text: &str) -> String {
    match text.char_indices().take_while(|(at, _)| *at < TEXT_KEPT).last() {
        Some((at, last)) if at + last.len_utf8() < text.len() => format!("{}…", &text[..at + last.len_utf8()]),
        _ => text.to_owned(),
    }
}

/// A statement that runs. If it is dropped without an end, it was abandoned.
#[derive(Debug)]
pub struct Running {
    query: Arc<Query>,
    lists: Arc<RwLock<Lists>>,
}

impl Running {
    pub fn query(&self) -> &Arc<Query> {
        &self.query
    }

    /// It waits for others from now on.
    pub fn waits(&self) {
        *self.query.state.lock() = QueryState::Queued;
    }

    /// It has waited long enough.
    pub fn goes_on(&self) {
        *self.query.queued.lock() = Some(self.query.clock.elapsed());
        *self.query.state.lock() = QueryState::Running;
    }

    /// Rows were given to the client or written.
    pub fn add(&self, rows: u64, bytes: u64) {
        self.query.rows.fetch_add(rows, Ordering::Relaxed);
        self.query.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub fn reads(&self, table: String) {
        let mut tables = self.query.tables.lock();
        if !tables.read.contains(&table) {
            tables.read.push(table);
        }
    }

    pub fn writes(&self, table: String) {
        let mut tables = self.query.tables.lock();
        if !tables.written.contains(&table) {
            tables.written.push(table);
        }
    }

    /// It has ended; what is said later does not count.
    pub fn end(&self, outcome: Outcome) -> bool {
        let query = &self.query;
        let watched = query.watched.lock().take();
        let mut ended = query.ended.lock();
        if ended.is_some() {
            return false;
        }
        let failed = matches!(outcome, Outcome::Failed { .. });
        let measure = watched.map(|watched| watched.measure()).unwrap_or_default();
        *ended = Some(Ended { outcome, elapsed: query.clock.elapsed(), measure });
        drop(ended);
        *query.state.lock() = QueryState::Finished;
        let mut lists = self.lists.write();
        lists.running.remove(&query.id);
        lists.ended += 1;
        lists.failed += u64::from(failed);
        if lists.kept > 0 {
            while lists.finished.len() >= lists.kept {
                lists.finished.pop_front();
            }
            lists.finished.push_back(Arc::clone(query));
        }
        true
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(Outcome::Abandoned);
    }
}
