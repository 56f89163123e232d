//! The SQLite file: opening, migrating, transactions, and what its errors mean to a user.
//!
//! It knows no table but the migrations' own; each kind of object has its queries in its own file.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row, Sqlite, Transaction};

use super::lease::Leases;
use crate::error::{
    CORRUPT_METASTORE, DISK_FULL, Error, METASTORE_TOO_NEW, PATH_ALREADY_EXISTS, Result, WAREHOUSE_UNAVAILABLE,
};

const FILE_NAME: &str = "metastore.db";

/// Applied in order, each once, each in a transaction. Those that were released never change.
const MIGRATIONS: &[(&str, &str)] = &[
    ("initial", include_str!("migrations/0001_initial.sql")),
    ("functions", include_str!("migrations/0002_functions.sql")),
    ("users", include_str!("migrations/0003_users.sql")),
    ("objects", include_str!("migrations/0004_objects.sql")),
];

/// How long a change waits for another process's change.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

/// More are opened only when as many statements look things up at once.
const CONNECTIONS: u32 = 4;

/// Where the metastore of a warehouse folder is.
pub(super) fn file(warehouse: &Path) -> PathBuf {
    warehouse.join(FILE_NAME)
}

#[derive(Debug)]
pub(super) struct Store {
    pub warehouse: PathBuf,
    pub leases: Leases,
    /// The version before opening changed it, if it did.
    pub upgraded_from: Option<usize>,
    pool: SqlitePool,
}

impl Store {
    pub async fn open(warehouse: &Path) -> Result<Self> {
        let unavailable = |error: std::io::Error| {
            Error::new(
                &WAREHOUSE_UNAVAILABLE,
                format!("The warehouse folder `{}` cannot be used: {error}", warehouse.display()),
            )
            .cause(error)
        };
        std::fs::create_dir_all(warehouse).map_err(unavailable)?;
        let warehouse = warehouse.canonicalize().map_err(unavailable)?;
        let options = SqliteConnectOptions::new()
            .filename(file(&warehouse))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Old files are deleted once a commit is done, so a commit must survive a power failure.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .row_buffer_size(1024);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(BUSY_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let mut store = Self { leases: Leases::new(&warehouse), upgraded_from: None, warehouse, pool };
        store.upgraded_from = store.migrate().await?;
        Ok(store)
    }

    pub fn file(&self) -> PathBuf {
        file(&self.warehouse)
    }

    /// For single queries; several that must agree need [`Store::read`].
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// A transaction that sees one state.
    pub async fn read(&self) -> Result<Transaction<'static, Sqlite>> {
        self.pool.begin().await.map_err(|error| self.error(error))
    }

    /// A transaction that changes something: waits for the other writers first, so it never fails half-way.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| self.error(error))
    }

    pub async fn commit(&self, transaction: Transaction<'static, Sqlite>) -> Result<()> {
        transaction.commit().await.map_err(|error| self.error(error))
    }

    /// Copies the metastore into a new file.
    pub async fn back_up(&self, target: &Path) -> Result<()> {
        let shown = target.display();
        if target.exists() {
            return Err(Error::new(&PATH_ALREADY_EXISTS, format!("Path `{shown}` already exists"))
                .hint("give another name, or move the file away"));
        }
        // SQLite's own copy is of one moment, whoever writes meanwhile.
        let copied = sqlx::query("VACUUM INTO ?").bind(target.to_string_lossy().as_ref()).execute(&self.pool).await;
        copied.map(|_| ()).map_err(|error| {
            let why = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            let message = format!("The metastore cannot be copied to `{shown}`: {why}");
            Error::new(&WAREHOUSE_UNAVAILABLE, message).cause(error)
        })
    }

    /// Applies what is missing; gives the version before, unless the metastore is new or has it all.
    async fn migrate(&self) -> Result<Option<usize>> {
        if self.schema_version().await? == MIGRATIONS.len() {
            return Ok(None);
        }
        let mut transaction = self.write().await?;
        // Another process may have been faster.
        let version = schema_version(&mut transaction).await.map_err(|error| self.error(error))?;
        let version = self.check_version(version)?;
        if version == 0 {
            run(&mut transaction, CREATE_MIGRATION_TABLE).await.map_err(|error| self.error(error))?;
        }
        for (number, (name, sql)) in MIGRATIONS.iter().enumerate().skip(version) {
            run(&mut transaction, sql).await.map_err(|error| self.error(error))?;
            sqlx::query("INSERT INTO migration VALUES (?, ?, ?)")
                .bind(number as i64 + 1)
                .bind(name)
                .bind(now())
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.error(error))?;
        }
        if version == 0 {
            self.insert_default_database(&mut transaction).await?;
        }
        self.commit(transaction).await?;
        Ok((version > 0 && version < MIGRATIONS.len()).then_some(version))
    }

    pub async fn schema_version(&self) -> Result<usize> {
        let mut connection = self.pool.acquire().await.map_err(|error| self.error(error))?;
        let version = schema_version(&mut connection).await.map_err(|error| self.error(error))?;
        self.check_version(version)
    }

    fn check_version(&self, version: SchemaVersion) -> Result<usize> {
        let file = self.file();
        let file = file.display();
        match version {
            SchemaVersion::Number(number) if number > MIGRATIONS.len() => Err(Error::new(
                &METASTORE_TOO_NEW,
                format!(
                    "The metastore `{file}` has version {number}; this Skep knows versions up to {}",
                    MIGRATIONS.len()
                ),
            )
            .hint("it was made by a later Skep: use that one, or another warehouse folder")),
            SchemaVersion::Number(number) => Ok(number),
            SchemaVersion::Foreign => {
                Err(Error::new(&CORRUPT_METASTORE, format!("`{file}` is an SQLite database but not a Skep metastore"))
                    .hint("move it away, or use another warehouse folder"))
            }
        }
    }

    /// What an error of SQLite means to a user.
    pub fn error(&self, error: sqlx::Error) -> Error {
        let file = self.file();
        let file = file.display();
        let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<i32>().ok());
        // The lower byte is the primary result code, see https://www.sqlite.org/rescode.html.
        let found = match code.map(|code| code & 0xff) {
            Some(11 | 26) => Error::new(&CORRUPT_METASTORE, format!("The metastore `{file}` is damaged: {error}"))
                .hint("restore it from a backup; the tables' files are not touched"),
            Some(13) => Error::new(&DISK_FULL, format!("No space left to write the metastore `{file}`")),
            Some(5 | 6) => Error::new(
                &WAREHOUSE_UNAVAILABLE,
                format!(
                    "Another process has kept the metastore `{file}` locked for {} seconds",
                    BUSY_TIMEOUT.as_secs()
                ),
            ),
            Some(8 | 10 | 14) => {
                Error::new(&WAREHOUSE_UNAVAILABLE, format!("The metastore `{file}` cannot be used: {error}"))
                    .hint("the warehouse folder must be writable, even to read: readers note in it what they look at")
            }
            _ => match error {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => {
                    Error::new(&WAREHOUSE_UNAVAILABLE, format!("The metastore `{file}` cannot be used: {error}"))
                }
                _ => Error::internal(format!("metastore: {error}")),
            },
        };
        found.cause(error)
    }
}

const CREATE_MIGRATION_TABLE: &str =
    "CREATE TABLE migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

#[derive(Clone, Copy)]
enum SchemaVersion {
    Number(usize),
    /// Tables are there, but not ours.
    Foreign,
}

async fn schema_version(connection: &mut SqliteConnection) -> sqlx::Result<SchemaVersion> {
    let row = sqlx::query("SELECT count(*), count(*) FILTER (WHERE name = 'migration') FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await?;
    let (objects, ours): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if ours == 0 {
        return Ok(if objects == 0 { SchemaVersion::Number(0) } else { SchemaVersion::Foreign });
    }
    let version: i64 =
        sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM migration").fetch_one(connection).await?;
    Ok(SchemaVersion::Number(version as usize))
}

/// Runs several statements.
async fn run(connection: &mut SqliteConnection, sql: &'static str) -> sqlx::Result<()> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}

/// Takes the next number of the count of changes.
pub(super) async fn next_change(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("UPDATE change_count SET value = value + 1 RETURNING value").fetch_one(connection).await
}

/// Milliseconds since the epoch.
pub(super) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as i64)
}

/// Our own structures always have a JSON form: no maps with keys other than text, no failing serialisers.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("plain structures become JSON")
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> sqlx::Result<T> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
