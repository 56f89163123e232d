//! CACHE TABLE: which tables and views are to be read from rows that are kept, and those rows. All sessions of a process
//! share them.
//!
//! Rows are those of certain versions of all tables that were read for them: after a write to one of these they are read
//! anew when a query next asks.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::binder::Relation;
use crate::execution::cached::{CacheLevel, CacheMemory, CachedRows};
use crate::types::StructField;

/// What can be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheKey {
    /// A table or view, by its number in the metastore.
    Stored(i64),
    /// A temporary view, by its number in the process.
    Temporary(u64),
}

/// What rows were read from: tables and views with their versions, the time zone and rights of who read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reads {
    pub versions: Vec<(i64, i64)>,
    pub time_zone: Arc<str>,
    /// Whose rights they were read with, where that matters.
    pub reader: Option<(i64, i64)>,
}

/// A cached table or view that a statement reads and whose rows are not there.
#[derive(Clone)]
pub struct Unfilled {
    pub key: CacheKey,
    pub reads: Reads,
    pub level: CacheLevel,
    pub relation: Relation,
}

impl std::fmt::Debug for Unfilled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unfilled").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What there is of a table or view.
#[derive(Debug)]
pub(super) enum Cached {
    /// It is not to be cached, or its rows do not fit.
    No,
    Unfilled(CacheLevel),
    Rows {
        columns: Vec<StructField>,
        rows: Arc<CachedRows>,
    },
}

#[derive(Debug)]
struct Entry {
    level: CacheLevel,
    filled: Option<Filled>,
}

#[derive(Debug)]
struct Filled {
    reads: Reads,
    columns: Vec<StructField>,
    /// `None`: they do not fit.
    rows: Option<Arc<CachedRows>>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct CachedTables {
    pub memory: Arc<CacheMemory>,
    entries: Mutex<HashMap<CacheKey, Entry>>,
}

impl CachedTables {
    /// From now on it is read from rows that are kept; those that are stay.
    pub fn register(&self, key: CacheKey, level: CacheLevel) {
        let mut entries = self.entries.lock();
        let entry = entries.entry(key).or_insert(Entry { level, filled: None });
        if entry.level != level {
            *entry = Entry { level, filled: None };
        }
    }

    /// The rows of one that is registered.
    pub fn fill(&self, key: CacheKey, reads: Reads, columns: Vec<StructField>, rows: Option<Arc<CachedRows>>) {
        if let Some(entry) = self.entries.lock().get_mut(&key) {
            entry.filled = Some(Filled { reads, columns, rows });
        }
    }

    pub fn remove(&self, key: CacheKey) {
        self.entries.lock().remove(&key);
    }

    pub fn clear(&self) {
        self.entries.lock().clear();
    }

    /// Rows are read anew when they are asked for next: of one table or of all.
    pub fn forget_rows(&self, key: Option<CacheKey>) {
        for (own, entry) in self.entries.lock().iter_mut() {
            let reads_it = |filled: &Filled| match key {
                Some(CacheKey::Stored(id)) => filled.reads.versions.iter().any(|(read, _)| *read == id),
                Some(CacheKey::Temporary(_)) | None => true,
            };
            if key.is_none_or(|key| key == *own) || entry.filled.as_ref().is_some_and(reads_it) {
                entry.filled = None;
            }
        }
    }

    pub(super) fn find(&self, key: CacheKey, reads: &Reads) -> Cached {
        let mut entries = self.entries.lock();
        let Some(entry) = entries.get_mut(&key) else { return Cached::No };
        match &entry.filled {
            Some(filled) if filled.reads == *reads => match &filled.rows {
                Some(rows) => Cached::Rows { columns: filled.columns.clone(), rows: Arc::clone(rows) },
                None => Cached::No,
            },
            _ => {
                // Rows of other versions make room for those to come.
                entry.filled = None;
                Cached::Unfilled(entry.level)
            }
        }
    }
}
