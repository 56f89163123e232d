//! Tables and views: their definitions.

use std::sync::Arc;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::store::{from_json, next_change, now, to_json};
use super::{
    Catalog, NewTable, Table, TableDetails, TableKind, TableSize, TableStatistics, TableSummary, database,
    database_not_found, garbage, grants, normal_name, objects,
};
use crate::error::{CONCURRENT_WRITE, Error, Result, TABLE_OR_VIEW_ALREADY_EXISTS};

impl Catalog {
    /// Names of the tables and views of a database, sorted.
    pub async fn tables(&self, database: &str) -> Result<Vec<TableSummary>> {
        let rows = sqlx::query(
            "SELECT name, kind, id, json_extract(details, '$.owner') FROM relation WHERE database = ? ORDER BY name",
        )
        .bind(normal_name(database))
        .fetch_all(self.store.pool())
        .await
        .map_err(|error| self.store.error(error))?;
        rows.iter()
            .map(|row| {
                Ok(TableSummary {
                    name: row.try_get(0)?,
                    kind: kind_from(row.try_get(1)?)?,
                    id: row.try_get(2)?,
                    owner: row.try_get(3)?,
                })
            })
            .collect::<sqlx::Result<_>>()
            .map_err(|error| self.store.error(error))
    }

    /// A table or view.
    pub async fn table(&self, database: &str, name: &str) -> Result<Option<Arc<Table>>> {
        let mut connection = self.store.pool().acquire().await.map_err(|error| self.store.error(error))?;
        let table = find(&mut connection, database, name).await.map_err(|error| self.store.error(error))?;
        Ok(table.map(Arc::new))
    }

    /// The folder that a managed table gets below its database's: named like the table unless that is taken.
    pub async fn new_location(&self, table_database: &str, name: &str) -> Result<String> {
        let mut transaction = self.store.read().await?;
        new_location(&mut transaction, table_database, name)
            .await
            .map_err(|error| self.store.error(error))?
            .ok_or_else(|| database_not_found(table_database))
    }

    /// # Errors
    /// `SCHEMA_NOT_FOUND`, `TABLE_OR_VIEW_ALREADY_EXISTS`
    pub async fn create_table(&self, new: NewTable) -> Result<Arc<Table>> {
        let mut transaction = self.store.write().await?;
        let table = self.insert_table(&mut transaction, new).await?;
        self.store.commit(transaction).await?;
        Ok(Arc::new(table))
    }

    /// Puts a new table or view in the place of an old one, in one step; what is granted on it stays.
    ///
    /// # Errors
    /// `CONCURRENT_WRITE` if the old one has been changed since it was read.
    pub async fn replace_table(&self, old: &Table, new: NewTable) -> Result<Arc<Table>> {
        let mut transaction = self.store.write().await?;
        self.check_unchanged(&mut transaction, old).await?;
        let granted = grants::of_relation(&mut transaction, old.id).await.map_err(|error| self.store.error(error))?;
        let oid = objects::relation_oid(&mut transaction, old.id).await.map_err(|error| self.store.error(error))?;
        delete(&mut transaction, old).await.map_err(|error| self.store.error(error))?;
        let table = self.insert_table(&mut transaction, new).await?;
        if let Some(oid) = oid {
            objects::take_oid(&mut transaction, table.id, oid).await.map_err(|error| self.store.error(error))?;
        }
        grants::give_back(&mut transaction, &granted, &table).await.map_err(|error| self.store.error(error))?;
        self.store.commit(transaction).await?;
        Ok(Arc::new(table))
    }

    /// Sets columns and details; name and database are changed by [`Catalog::rename_table`].
    ///
    /// # Errors
    /// `CONCURRENT_WRITE` if the definition has been changed since `table` was read; writes of rows don't matter.
    pub async fn alter_table(&self, table: &Table) -> Result<Arc<Table>> {
        let mut transaction = self.store.write().await?;
        self.check_unchanged(&mut transaction, table).await?;
        let failed = |error| self.store.error(error);
        grants::follow_columns(&mut transaction, table).await.map_err(failed)?;
        let change = next_change(&mut transaction).await.map_err(failed)?;
        sqlx::query(
            "UPDATE relation SET kind = ?, columns = ?, partition_columns = ?, location = ?, details = ?, defined = ?, \
             version = ? WHERE id = ?",
        )
        .bind(kind_text(table.kind))
        .bind(to_json(&table.columns))
        .bind(table.partition_columns as i64)
        .bind(&table.details.location)
        .bind(to_json(&table.details))
        .bind(change)
        .bind(change)
        .bind(table.id)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(Arc::new(Table { defined: change, version: change, ..table.clone() }))
    }

    /// Whether a folder is that of a managed table, or inside of one.
    pub async fn is_inside_managed_table(&self, location: &str) -> Result<bool> {
        let inside: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM relation WHERE kind = 'managed' \
             AND (location = ?1 OR substr(?1, 1, length(location) + 1) = location || '/'))",
        )
        .bind(location)
        .fetch_one(self.store.pool())
        .await
        .map_err(|error| self.store.error(error))?;
        Ok(inside != 0)
    }

    /// Keeps what was counted of a table at its version; readers and writers of it don't notice.
    ///
    /// # Errors
    /// `CONCURRENT_WRITE` if the table is not what was counted any more.
    pub async fn keep_statistics(&self, table: &Table, statistics: &TableStatistics) -> Result<()> {
        let kept = sqlx::query(
            "UPDATE relation SET details = json_set(details, '$.statistics', json(?)) WHERE id = ? AND version = ?",
        )
        .bind(to_json(statistics))
        .bind(table.id)
        .bind(table.version)
        .execute(self.store.pool())
        .await
        .map_err(|error| self.store.error(error))?;
        if kept.rows_affected() == 0 { Err(changed_meanwhile(&table.database, &table.name)) } else { Ok(()) }
    }

    /// The files stay where they are.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`, `TABLE_OR_VIEW_ALREADY_EXISTS`, `CONCURRENT_WRITE`
    pub async fn rename_table(&self, table: &Table, to_database: &str, to_name: &str) -> Result<Arc<Table>> {
        let (to_database, to_name) = (normal_name(to_database), normal_name(to_name));
        let mut transaction = self.store.write().await?;
        self.check_unchanged(&mut transaction, table).await?;
        let failed = |error| self.store.error(error);
        if database::find(&mut transaction, &to_database).await.map_err(failed)?.is_none() {
            return Err(database_not_found(&to_database));
        }
        if find(&mut transaction, &to_database, &to_name).await.map_err(failed)?.is_some() {
            return Err(already_exists(&to_database, &to_name));
        }
        let change = next_change(&mut transaction).await.map_err(failed)?;
        sqlx::query("UPDATE relation SET database = ?, name = ?, defined = ?, version = ? WHERE id = ?")
            .bind(&to_database)
            .bind(&to_name)
            .bind(change)
            .bind(change)
            .bind(table.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(Arc::new(Table { database: to_database, name: to_name, defined: change, version: change, ..table.clone() }))
    }

    /// Forgets a table or view. The files of a managed table become garbage, which `storage::sweep` deletes.
    pub async fn drop_table(&self, table: &Table) -> Result<()> {
        let mut transaction = self.store.write().await?;
        delete(&mut transaction, table).await.map_err(|error| self.store.error(error))?;
        self.store.commit(transaction).await
    }

    /// Rows and bytes of a managed table as its metastore lists them.
    pub async fn table_size(&self, table: &Table) -> Result<TableSize> {
        self.size(table, None).await
    }

    /// Rows and bytes of one partition of a managed table.
    pub async fn partition_size(&self, table: &Table, partition_id: i64) -> Result<TableSize> {
        self.size(table, Some(partition_id)).await
    }

    async fn size(&self, table: &Table, partition_id: Option<i64>) -> Result<TableSize> {
        let row = sqlx::query(
            "SELECT count(*), coalesce(sum(row_count), 0), coalesce(sum(byte_count), 0) FROM data_file \
             WHERE table_id = ?1 AND (?2 IS NULL OR partition_id = ?2) AND removed IS NULL",
        )
        .bind(table.id)
        .bind(partition_id)
        .fetch_one(self.store.pool())
        .await
        .map_err(|error| self.store.error(error))?;
        Ok(TableSize {
            files: row.get::<i64, _>(0) as u64,
            rows: row.get::<i64, _>(1) as u64,
            bytes: row.get::<i64, _>(2) as u64,
        })
    }

    pub(super) async fn insert_table(&self, connection: &mut SqliteConnection, new: NewTable) -> Result<Table> {
        let failed = |error| self.store.error(error);
        let NewTable { database, name, kind, columns, partition_columns, mut details } = new;
        let (database, name) = (normal_name(&database), normal_name(&name));
        if database::find(connection, &database).await.map_err(failed)?.is_none() {
            return Err(database_not_found(&database));
        }
        if find(connection, &database, &name).await.map_err(failed)?.is_some() {
            return Err(already_exists(&database, &name));
        }
        if kind == TableKind::Managed && details.location.is_empty() {
            details.location = new_location(connection, &database, &name)
                .await
                .map_err(failed)?
                .ok_or_else(|| database_not_found(&database))?;
        }
        details.location.truncate(details.location.trim_end_matches('/').len());
        for constraint in &mut details.constraints {
            constraint.oid = objects::next_oid(connection).await.map_err(failed)?;
            objects::next_oid(connection).await.map_err(failed)?;
        }
        let change = next_change(connection).await.map_err(failed)?;
        let mut table = Table {
            id: 0,
            database,
            name,
            kind,
            columns,
            partition_columns,
            details,
            defined: change,
            version: change,
            created_at: now(),
        };
        table.id = insert(connection, &table).await.map_err(failed)?;
        Ok(table)
    }

    async fn check_unchanged(&self, connection: &mut SqliteConnection, table: &Table) -> Result<()> {
        let defined: Option<i64> = sqlx::query_scalar("SELECT defined FROM relation WHERE id = ?")
            .bind(table.id)
            .fetch_optional(connection)
            .await
            .map_err(|error| self.store.error(error))?;
        if defined == Some(table.defined) { Ok(()) } else { Err(changed_meanwhile(&table.database, &table.name)) }
    }
}

/// The definition is not what the statement saw.
pub(super) fn changed_meanwhile(database: &str, name: &str) -> Error {
    Error::new(
        &CONCURRENT_WRITE,
        format!("The definition of `{database}`.`{name}` was changed by another statement meanwhile"),
    )
    .hint("run the statement again")
}

fn already_exists(database: &str, name: &str) -> Error {
    Error::new(
        &TABLE_OR_VIEW_ALREADY_EXISTS,
        format!(
            "Cannot create table or view `{database}`.`{name}` because it already exists. Choose a different name, drop \
             or replace the existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects"
        ),
    )
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, database, name, kind, columns, partition_columns, details, defined, version, created_at \
             FROM relation WHERE ",
            $condition
        )
    };
}

pub(super) async fn find(connection: &mut SqliteConnection, database: &str, name: &str) -> sqlx::Result<Option<Table>> {
    let row = sqlx::query(select!("database = ? AND name = ?"))
        .bind(normal_name(database))
        .bind(normal_name(name))
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(from_row).transpose()
}

pub(super) async fn find_by_id(connection: &mut SqliteConnection, id: i64) -> sqlx::Result<Option<Table>> {
    let row = sqlx::query(select!("id = ?")).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(from_row).transpose()
}

pub(super) async fn all(connection: &mut SqliteConnection) -> sqlx::Result<Vec<Table>> {
    let rows = sqlx::query(select!("true")).fetch_all(connection).await?;
    rows.iter().map(from_row).collect()
}

pub(super) async fn in_database(connection: &mut SqliteConnection, database: &str) -> sqlx::Result<Vec<Table>> {
    let rows = sqlx::query(select!("database = ?")).bind(database).fetch_all(connection).await?;
    rows.iter().map(from_row).collect()
}

/// Removes the definition; what readers may still see is left to the sweep.
pub(super) async fn delete(connection: &mut SqliteConnection, table: &Table) -> sqlx::Result<()> {
    let deleted = sqlx::query("DELETE FROM relation WHERE id = ?").bind(table.id).execute(&mut *connection).await?;
    if deleted.rows_affected() == 0 {
        return Ok(());
    }
    match table.kind {
        TableKind::View => Ok(()),
        TableKind::Managed => garbage::insert_folder(connection, &table.details.location, Some(table.id)).await,
        TableKind::External => {
            sqlx::query("DELETE FROM partition WHERE table_id = ?").bind(table.id).execute(connection).await.map(|_| ())
        }
    }
}

async fn new_location(connection: &mut SqliteConnection, database: &str, name: &str) -> sqlx::Result<Option<String>> {
    let Some(database) = database::find(connection, database).await? else { return Ok(None) };
    let plain = format!("{}/{}", database.location, normal_name(name));
    let mut location = plain.clone();
    for number in 2.. {
        let taken: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM relation WHERE location = ?1) \
             OR EXISTS (SELECT 1 FROM dropped_folder WHERE location = ?1)",
        )
        .bind(&location)
        .fetch_one(&mut *connection)
        .await?;
        if taken == 0 {
            break;
        }
        location = format!("{plain}-{number}");
    }
    Ok(Some(location))
}

async fn insert(connection: &mut SqliteConnection, table: &Table) -> sqlx::Result<i64> {
    let done = sqlx::query(
        "INSERT INTO relation (database, name, kind, columns, partition_columns, location, details, defined, version, \
         created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&table.database)
    .bind(&table.name)
    .bind(kind_text(table.kind))
    .bind(to_json(&table.columns))
    .bind(table.partition_columns as i64)
    .bind(&table.details.location)
    .bind(to_json(&table.details))
    .bind(table.defined)
    .bind(table.version)
    .bind(table.created_at)
    .execute(connection)
    .await?;
    Ok(done.last_insert_rowid())
}

fn from_row(row: &SqliteRow) -> sqlx::Result<Table> {
    let details: TableDetails = from_json(row.try_get(6)?)?;
    Ok(Table {
        id: row.try_get(0)?,
        database: row.try_get(1)?,
        name: row.try_get(2)?,
        kind: kind_from(row.try_get(3)?)?,
        columns: from_json(row.try_get(4)?)?,
        partition_columns: row.try_get::<i64, _>(5)? as usize,
        details,
        defined: row.try_get(7)?,
        version: row.try_get(8)?,
        created_at: row.try_get(9)?,
    })
}

fn kind_text(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Managed => "managed",
        TableKind::External => "external",
        TableKind::View => "view",
    }
}

fn kind_from(text: &str) -> sqlx::Result<TableKind> {
    match text {
        "managed" => Ok(TableKind::Managed),
        "external" => Ok(TableKind::External),
        "view" => Ok(TableKind::View),
        other => Err(sqlx::Error::Decode(format!("unknown kind of table `{other}`").into())),
    }
}
