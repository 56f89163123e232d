//! What may be deleted from disk: old files no reader sees, folders of dropped tables, staging folders of the dead.
//!
//! It only says what; `storage::sweep` deletes it, then has it forgotten here.

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::Catalog;
use super::store::{now, to_json};
use crate::error::Result;

/// What no reader needs any more. Everything in it may be deleted, then [`Catalog::forget`] is told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Garbage {
    /// Row, table's URL and path below it of each file.
    pub files: Vec<(i64, String, String)>,
    /// Row and URL of folders to be deleted with all that is in them.
    pub folders: Vec<(i64, String)>,
    /// Row and URL of folders to be deleted if they are empty.
    pub empty_folders: Vec<(i64, String)>,
    /// Staged writes of processes that are gone.
    pub staging: Vec<Staging>,
    /// Partitions removed by this change or before may be forgotten.
    forgettable: i64,
}

/// The folder of a write under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Staging {
    pub id: String,
    /// The folder's URL.
    pub location: String,
}

impl Garbage {
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty() && self.empty_folders.is_empty() && self.staging.is_empty()
    }
}

impl Catalog {
    /// Tells the metastore of a staging folder before it is made, so that it can't be left behind.
    pub async fn begin_staging(&self, staging: &Staging) -> Result<()> {
        let lease = self.store.leases.name()?;
        sqlx::query("INSERT INTO staging (id, location, lease, created_at) VALUES (?, ?, ?, ?)")
            .bind(&staging.id)
            .bind(&staging.location)
            .bind(lease)
            .bind(now())
            .execute(self.store.pool())
            .await
            .map(|_| ())
            .map_err(|error| self.store.error(error))
    }

    /// Whether a staged write has not been committed.
    pub async fn is_staging(&self, id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM staging WHERE id = ?)")
            .bind(id)
            .fetch_one(self.store.pool())
            .await
            .map_err(|error| self.store.error(error))
    }

    /// The staging folder is gone.
    pub async fn end_staging(&self, id: &str) -> Result<()> {
        let mut transaction = self.store.write().await?;
        delete_staging(&mut transaction, id).await.map_err(|error| self.store.error(error))?;
        self.store.commit(transaction).await
    }

    /// What may be deleted now. Quick when there is nothing.
    pub async fn garbage(&self) -> Result<Garbage> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.read().await?;
        let anything: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM data_file WHERE removed IS NOT NULL) \
             OR EXISTS (SELECT 1 FROM partition WHERE removed IS NOT NULL) \
             OR EXISTS (SELECT 1 FROM dropped_folder) OR EXISTS (SELECT 1 FROM staging)",
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        if anything == 0 {
            return Ok(Garbage::default());
        }
        // The state of the transaction is older than this look at the readers: whoever comes later sees only what is
        // there now.
        let living = self.store.leases.living()?;
        let oldest = living.iter().map(|(_, oldest)| *oldest).min().unwrap_or(i64::MAX);
        let rows = sqlx::query(
            "SELECT data_file.id, location, path FROM data_file \
             JOIN relation ON relation.id = table_id WHERE removed <= ?",
        )
        .bind(oldest)
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed)?;
        let files = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        let rows = sqlx::query(
            "SELECT rowid, location, table_id IS NULL FROM dropped_folder WHERE removed <= ? ORDER BY rowid",
        )
        .bind(oldest)
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed)?;
        let (mut folders, mut empty_folders) = (Vec::new(), Vec::new());
        for row in &rows {
            let only_if_empty: bool = row.get(2);
            if only_if_empty { &mut empty_folders } else { &mut folders }.push((row.get(0), row.get(1)));
        }
        let names = to_json(&living.iter().map(|(name, _)| name).collect::<Vec<_>>());
        let rows = sqlx::query("SELECT id, location FROM staging WHERE lease NOT IN (SELECT value FROM json_each(?))")
            .bind(names)
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        let staging = rows.iter().map(|row| Staging { id: row.get(0), location: row.get(1) }).collect();
        let now: i64 =
            sqlx::query_scalar("SELECT value FROM change_count").fetch_one(&mut *transaction).await.map_err(failed)?;
        Ok(Garbage { files, folders, empty_folders, staging, forgettable: oldest.min(now) })
    }

    /// The garbage has been deleted.
    pub async fn forget(&self, garbage: &Garbage) -> Result<()> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.write().await?;
        let files = to_json(&garbage.files.iter().map(|(id, ..)| id).collect::<Vec<_>>());
        let folders =
            to_json(&garbage.folders.iter().chain(&garbage.empty_folders).map(|(id, _)| id).collect::<Vec<_>>());
        for (sql, parameter) in [
            ("DELETE FROM data_file WHERE id IN (SELECT value FROM json_each(?))", files),
            (
                "DELETE FROM data_file WHERE table_id IN \
                 (SELECT table_id FROM dropped_folder WHERE rowid IN (SELECT value FROM json_each(?)))",
                folders.clone(),
            ),
            (
                "DELETE FROM partition WHERE table_id IN \
                 (SELECT table_id FROM dropped_folder WHERE rowid IN (SELECT value FROM json_each(?)))",
                folders.clone(),
            ),
            ("DELETE FROM dropped_folder WHERE rowid IN (SELECT value FROM json_each(?))", folders),
            (
                "DELETE FROM staging WHERE id IN (SELECT value FROM json_each(?))",
                to_json(&garbage.staging.iter().map(|staging| &staging.id).collect::<Vec<_>>()),
            ),
        ] {
            sqlx::query(sql).bind(parameter).execute(&mut *transaction).await.map_err(failed)?;
        }
        sqlx::query("DELETE FROM partition WHERE removed <= ?")
            .bind(garbage.forgettable)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        self.store.commit(transaction).await
    }
}

/// A folder that goes away once no reader sees the table; without a table only if it is empty.
pub(super) async fn insert_folder(
    connection: &mut SqliteConnection,
    location: &str,
    table_id: Option<i64>,
) -> sqlx::Result<()> {
    let change = super::store::next_change(connection).await?;
    sqlx::query("INSERT INTO dropped_folder (location, table_id, removed) VALUES (?, ?, ?)")
        .bind(location)
        .bind(table_id)
        .bind(change)
        .execute(connection)
        .await
        .map(|_| ())
}

/// The write is visible: its folder is only rubbish now, but what was moved out of it stays.
pub(super) async fn complete_staging(connection: &mut SqliteConnection, id: &str) -> sqlx::Result<()> {
    // No table has the number 0, and every reader has seen change 0.
    sqlx::query(
        "INSERT INTO dropped_folder (location, table_id, removed) SELECT location, 0, 0 FROM staging WHERE id = ?",
    )
    .bind(id)
    .execute(&mut *connection)
    .await?;
    delete_staging(connection, id).await
}

async fn delete_staging(connection: &mut SqliteConnection, id: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM staging WHERE id = ?").bind(id).execute(connection).await.map(|_| ())
}
