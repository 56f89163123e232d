//! What one user sees: the warehouse, a current database, settings, temporary views.
//!
//! It does not know statements: `statement` adds `Session::execute`.

mod added_files;
mod cached_tables;
mod completion;
mod context;
mod meanings;
mod names;
pub mod privileges;
mod system_tables;
mod table_name;
mod temporary_views;
mod user_functions;
mod variables;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::config::ConfigOptions;
use datafusion::execution::context::SessionState;
use datafusion::execution::runtime_env::RuntimeEnv;
use parking_lot::{Mutex, RwLock};
use tokio::sync::OnceCell;

use crate::activity::{Activity, Allowance, Client, Connected, Protocol, SessionInfo};
use crate::binder::Variables;
use crate::catalog::{Catalog, DEFAULT_DATABASE, Grants, UserLimits, normal_name};
use crate::config::postgres::Parameters;
use crate::config::{Config, Dialect, Settings};
use crate::error::{Error, INVALID_CONF_VALUE, Result, WAREHOUSE_UNAVAILABLE};
use crate::execution::{self, CancelHandle, Limits, Progress, share};
use crate::optimizer;
use crate::sql::ParseOptions;
use crate::storage::location_url;
use crate::system_schemas::SystemSchemas;

use added_files::AddedFiles;
pub use cached_tables::{CacheKey, CachedTables, Reads, Unfilled};
pub use meanings::{ansi, conditions, function_settings, kept_with_view, parse_options, query_settings};
pub use names::{EvolvingView, Found, Reader};
pub use privileges::{Identity, Rights};
pub use table_name::{TableName, database_name};
pub use temporary_views::{GLOBAL_TEMPORARY_DATABASE, TemporarySource, TemporaryView, TemporaryViews};
use user_functions::TemporaryFunctions;
pub use user_functions::full_function_name;
pub use variables::identifiers;

/// Where the warehouse is, for `${…}` in statements.
const WAREHOUSE_DIRECTORY: &str = "spark.sql.warehouse.dir";

/// What all sessions of a process share. The metastore is not opened before a statement needs it.
#[derive(Debug)]
pub struct Warehouse {
    path: PathBuf,
    config: Arc<Config>,
    runtime: Arc<RuntimeEnv>,
    activity: Activity,
    catalog: OnceCell<Catalog>,
    grants: RwLock<Option<Arc<Grants>>>,
    global_views: RwLock<TemporaryViews>,
    cached_tables: CachedTables,
    system_schemas: SystemSchemas,
}

impl Warehouse {
    /// `path` is made, with everything in it, when a statement first needs it.
    ///
    /// # Errors
    /// Settings that do not fit the machine, such as a spill folder that cannot be made.
    pub fn open(path: &Path, config: Config) -> Result<Arc<Self>> {
        let path = std::path::absolute(path).map_err(|error| {
            Error::new(&WAREHOUSE_UNAVAILABLE, format!("`{}`: {error}", path.display())).cause(error)
        })?;
        let mut config = config;
        let location = location_url(path.to_string_lossy().as_ref())?;
        if config.get(WAREHOUSE_DIRECTORY).is_some_and(|given| !given.is_empty() && given != location) {
            let what = format!("Setting `{WAREHOUSE_DIRECTORY}`");
            return Err(Error::unsupported(what, "say --warehouse DIR, or set SKEP_WAREHOUSE"));
        }
        config.set(WAREHOUSE_DIRECTORY, &location)?;
        let config = Arc::new(config);
        let settings = Settings::new(Arc::clone(&config));
        let runtime = execution::runtime(&limits(&settings))?;
        Ok(Arc::new(Self {
            activity: Activity::new(&settings, &path),
            path,
            config,
            runtime,
            catalog: OnceCell::new(),
            grants: RwLock::default(),
            global_views: RwLock::default(),
            cached_tables: CachedTables::default(),
            system_schemas: SystemSchemas::default(),
        }))
    }

    /// The metastore.
    pub async fn catalog(&self) -> Result<&Catalog> {
        self.catalog.get_or_try_init(|| Box::pin(self.open_catalog())).await
    }

    async fn open_catalog(&self) -> Result<Catalog> {
        let catalog = Catalog::open(&self.path).await?;
        // What a crash or a slow reader left behind goes when the next process starts.
        crate::storage::sweep(&catalog).await;
        Ok(catalog)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the process was started with.
    pub fn settings(&self) -> Settings {
        Settings::new(Arc::clone(&self.config))
    }

    /// What the process is doing.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// What is kept of the metastore for system tables.
    pub fn system_schemas(&self) -> &SystemSchemas {
        &self.system_schemas
    }

    /// What CACHE TABLE keeps.
    pub fn cached_tables(&self) -> &CachedTables {
        &self.cached_tables
    }

    pub fn runtime(&self) -> &Arc<RuntimeEnv> {
        &self.runtime
    }
}

fn limits(settings: &Settings) -> Limits {
    // `auto` and nothing are zero.
    let memory = settings.bytes("skep.memory.limit");
    let directory = settings.text("skep.spill.directory");
    Limits {
        memory: (memory > 0).then_some(memory),
        spill_directory: (!directory.is_empty()).then(|| directory.into()),
        spill: settings.bytes("skep.spill.limit"),
    }
}

/// One user's conversation with the warehouse. Statements of one session run one after another.
#[derive(Debug)]
pub struct Session {
    warehouse: Arc<Warehouse>,
    connected: Connected,
    identity: RwLock<Identity>,
    limits: RwLock<UserLimits>,
    settings: RwLock<Settings>,
    database: RwLock<Arc<str>>,
    views: RwLock<TemporaryViews>,
    functions: RwLock<TemporaryFunctions>,
    variables: RwLock<Arc<Variables>>,
    files: Mutex<AddedFiles>,
    running: Mutex<Arc<Progress>>,
    cancel: CancelHandle,
}

impl Session {
    /// A session of `client`, who is who it says.
    pub fn new(warehouse: Arc<Warehouse>, client: Client) -> Self {
        let mut settings = Settings::new(Arc::clone(&warehouse.config));
        // They would run as the server's own account, beyond all that is checked.
        settings.without_commands = client.protocol != Protocol::Local;
        let identity = match client.protocol {
            Protocol::Local => Identity::Local,
            Protocol::Postgres | Protocol::FlightSql | Protocol::Http => {
                Identity::User { name: normal_name(&client.user).into(), role: None }
            }
        };
        Self {
            connected: warehouse.activity.sessions().connect(client, DEFAULT_DATABASE),
            warehouse,
            identity: RwLock::new(identity),
            limits: RwLock::default(),
            settings: RwLock::new(settings),
            database: RwLock::new(DEFAULT_DATABASE.into()),
            views: RwLock::default(),
            functions: RwLock::default(),
            variables: RwLock::default(),
            files: Mutex::default(),
            running: Mutex::default(),
            cancel: CancelHandle::default(),
        }
    }

    pub fn warehouse(&self) -> &Arc<Warehouse> {
        &self.warehouse
    }

    /// The metastore.
    pub async fn catalog(&self) -> Result<&Catalog> {
        self.warehouse.catalog().await
    }

    /// Name of the user, or of the role that stands in, as current_user() and owners of tables show it.
    pub fn user(&self) -> Arc<str> {
        match self.identity() {
            Identity::Local => Arc::clone(&self.connected.info().user),
            Identity::User { name, role } => role.unwrap_or(name),
        }
    }

    /// The session as others see it.
    pub fn info(&self) -> &Arc<SessionInfo> {
        self.connected.info()
    }

    /// How much its user may run at the same time.
    pub fn allowance(&self) -> Allowance {
        Allowance { running: self.limits().queries.unwrap_or(0) as usize }
    }

    /// What its user may use at most, as of the last statement.
    pub fn limits(&self) -> UserLimits {
        *self.limits.read()
    }

    /// Who the session acts for.
    pub fn identity(&self) -> Identity {
        self.identity.read().clone()
    }

    /// `SET ROLE`: whether the user is a member of it must have been checked.
    pub fn set_role(&self, to: Option<&str>) {
        if let Identity::User { role, .. } = &mut *self.identity.write() {
            *role = to.map(|role| normal_name(role).into());
        }
    }

    /// As `SET key = value`.
    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        if key == "skep.optimizer.disabled" {
            check_rules(value)?;
        }
        self.settings.write().set(key, value)
    }

    /// As `RESET key`, or RESET of everything.
    pub fn reset(&self, key: Option<&str>) -> Result<()> {
        self.settings.write().reset(key)
    }

    /// Reads the parameters of PostgreSQL's protocol.
    pub fn read_parameters<T>(&self, read: impl FnOnce(&Parameters) -> T) -> T {
        read(&self.settings.read().parameters)
    }

    /// Changes the parameters of PostgreSQL's protocol.
    pub fn change_parameters<T>(&self, change: impl FnOnce(&mut Parameters) -> T) -> T {
        change(&mut self.settings.write().parameters)
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

    /// The SQL that the session speaks.
    pub fn dialect(&self) -> Dialect {
        Dialect::named(self.settings.read().text("skep.dialect"))
    }

    pub fn ansi(&self) -> bool {
        meanings::ansi(&self.settings.read())
    }

    /// Settings that change what a text means.
    pub fn parse_options(&self) -> ParseOptions {
        meanings::parse_options(&self.settings.read())
    }

    pub fn current_database(&self) -> Arc<str> {
        Arc::clone(&self.database.read())
    }

    /// Whether there is such a database must have been checked.
    pub fn set_current_database(&self, name: &str) {
        let name: Arc<str> = name.into();
        self.connected.info().set_database(&name);
        *self.database.write() = name;
    }

    /// Stops the statement that runs, from any thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// How far the statement that runs is; INSERT and CTAS return nothing before they are done, so it is asked here.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.running.lock())
    }

    /// A statement begins: its progress is what is shown from now on.
    pub fn begin(&self) -> Arc<Progress> {
        let progress = Arc::<Progress>::default();
        *self.running.lock() = Arc::clone(&progress);
        progress
    }

    /// DataFusion's options for one statement.
    pub fn config_options(&self, settings: &Settings) -> Arc<ConfigOptions> {
        Arc::clone(context::session_config(settings).options())
    }

    /// DataFusion's state for planning one statement.
    pub fn state(&self, settings: &Settings, runtime: Arc<RuntimeEnv>) -> SessionState {
        let scripts = self.files.lock().existing_folder().map(ToOwned::to_owned);
        context::session_state(settings, runtime, scripts)
    }

    /// As `ADD FILE path`.
    pub fn add_file(&self, path: &str) -> Result<()> {
        self.files.lock().add(path)
    }

    /// What ADD FILE has added.
    pub fn added_files(&self) -> Vec<String> {
        self.files.lock().locations().to_vec()
    }

    /// What one statement runs on: all of the process's memory, or the part that the user may use.
    pub fn runtime(&self) -> Arc<RuntimeEnv> {
        match self.limits().memory {
            Some(limit) => share::with_share(&self.warehouse.runtime, limit.of(self.warehouse.memory())),
            None => Arc::clone(&self.warehouse.runtime),
        }
    }

    /// The temporary view of a name: a global one if `global`.
    pub fn temporary_view(&self, name: &str, global: bool) -> Option<Arc<TemporaryView>> {
        let views = if global { self.warehouse.global_views.read() } else { self.views.read() };
        views.get(name).map(Arc::clone)
    }

    /// All temporary views of the session, or all global ones, by name.
    pub fn temporary_views(&self, global: bool) -> Vec<Arc<TemporaryView>> {
        let views = if global { self.warehouse.global_views.read() } else { self.views.read() };
        views.iter().map(Arc::clone).collect()
    }

    /// In place of one of that name, whose cached rows go.
    pub fn put_temporary_view(&self, mut view: TemporaryView) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        view.id = NEXT.fetch_add(1, Ordering::Relaxed);
        self.remove_temporary_view(&view.name, view.global);
        let mut views = if view.global { self.warehouse.global_views.write() } else { self.views.write() };
        views.insert(view);
    }

    pub fn remove_temporary_view(&self, name: &str, global: bool) -> bool {
        let mut views = if global { self.warehouse.global_views.write() } else { self.views.write() };
        let removed = views.remove(name);
        if let Some(view) = &removed {
            self.warehouse.cached_tables.remove(CacheKey::Temporary(view.id));
        }
        removed.is_some()
    }
}

/// Rows that were cached for views of the session go with it.
impl Drop for Session {
    fn drop(&mut self) {
        for view in self.views.get_mut().iter() {
            self.warehouse.cached_tables.remove(CacheKey::Temporary(view.id));
        }
    }
}

/// Every rule that is switched off must be one that there is and that plans can do without.
fn check_rules(list: &str) -> Result<()> {
    let known = optimizer::optional_rules();
    for rule in list.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
        if !known.iter().any(|name| name.eq_ignore_ascii_case(rule)) {
            return Err(Error::new(
                &INVALID_CONF_VALUE,
                format!(
                    "The value '{list}' in the config \"skep.optimizer.disabled\" is invalid. There is no rule \
                     `{rule}` that can be switched off"
                ),
            )
            .subcondition("OUT_OF_RANGE_OF_OPTIONS")
            .suggest(rule, known));
        }
    }
    Ok(())
}
