//! Functions that users made in SQL.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row, Sqlite, Transaction};

use super::store::{from_json, now, to_json};
use super::{Catalog, Properties, database, database_not_found, normal_name};
use crate::error::{Error, ROUTINE_ALREADY_EXISTS, Result};
use crate::types::{DataType, StructField, quote};

/// A function of a database.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub database: String,
    pub name: String,
    pub definition: FunctionDefinition,
    /// Milliseconds since the epoch.
    pub created_at: i64,
}

/// What a function does, as its maker wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionDefinition {
    pub parameters: Vec<FunctionParameter>,
    pub returns: FunctionResult,
    /// As it was typed.
    pub body: String,
    /// Whether the body is a query rather than an expression.
    pub is_query: bool,
    /// Where names in the body are looked up.
    pub database: String,
    pub is_deterministic: bool,
    pub reads_data: bool,
    pub comment: Option<String>,
    pub owner: String,
    /// Settings that say what the body means, as they were when the function was made.
    pub settings: Properties,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionParameter {
    pub name: String,
    pub data_type: DataType,
    /// The text of an expression.
    pub default: Option<String>,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FunctionResult {
    Value(DataType),
    Table(Vec<StructField>),
}

impl Catalog {
    /// Names of the functions of a database, sorted.
    pub async fn functions(&self, database: &str) -> Result<Vec<String>> {
        let rows = sqlx::query("SELECT name FROM function WHERE database = ? ORDER BY name")
            .bind(normal_name(database))
            .fetch_all(self.store.pool())
            .await
            .map_err(|error| self.store.error(error))?;
        rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>().map_err(|error| self.store.error(error))
    }

    pub async fn function(&self, database: &str, name: &str) -> Result<Option<Arc<Function>>> {
        let row =
            sqlx::query("SELECT database, name, definition, created_at FROM function WHERE database = ? AND name = ?")
                .bind(normal_name(database))
                .bind(normal_name(name))
                .fetch_optional(self.store.pool())
                .await
                .map_err(|error| self.store.error(error))?;
        let function = row.as_ref().map(from_row).transpose().map_err(|error| self.store.error(error))?;
        Ok(function.map(Arc::new))
    }

    /// Adds a function, with `replace` in the place of one of that name.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`, `ROUTINE_ALREADY_EXISTS`
    pub async fn create_function(
        &self,
        database: &str,
        name: &str,
        definition: &FunctionDefinition,
        replace: bool,
    ) -> Result<()> {
        let (database, name) = (normal_name(database), normal_name(name));
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        if database::find(&mut transaction, &database).await.map_err(failed)?.is_none() {
            return Err(database_not_found(&database));
        }
        // Not deleted and made anew: what is granted on it stays.
        let replaced = replace && update(&mut transaction, &database, &name, definition).await.map_err(failed)?;
        let added = replaced || insert(&mut transaction, &database, &name, definition).await.map_err(failed)?;
        if !added {
            return Err(routine_exists(&format!("{}.{}", quote(&database), quote(&name))));
        }
        self.store.commit(transaction).await
    }

    /// Whether there was one.
    pub async fn drop_function(&self, database: &str, name: &str) -> Result<bool> {
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let dropped = delete(&mut transaction, &normal_name(database), &normal_name(name)).await.map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(dropped)
    }
}

/// As Spark words it.
pub fn routine_exists(name: &str) -> Error {
    Error::new(
        &ROUTINE_ALREADY_EXISTS,
        format!(
            "Cannot create the routine {name} because a routine of that name already exists. Choose a different name, \
             drop or replace the existing routine, or add the IF NOT EXISTS clause to tolerate a pre-existing routine"
        ),
    )
}

async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    database: &str,
    name: &str,
    definition: &FunctionDefinition,
) -> sqlx::Result<bool> {
    let inserted =
        sqlx::query("INSERT OR IGNORE INTO function (database, name, definition, created_at) VALUES (?, ?, ?, ?)")
            .bind(database)
            .bind(name)
            .bind(to_json(definition))
            .bind(now())
            .execute(&mut **transaction)
            .await?;
    Ok(inserted.rows_affected() > 0)
}

async fn update(
    transaction: &mut Transaction<'static, Sqlite>,
    database: &str,
    name: &str,
    definition: &FunctionDefinition,
) -> sqlx::Result<bool> {
    let updated = sqlx::query("UPDATE function SET definition = ?, created_at = ? WHERE database = ? AND name = ?")
        .bind(to_json(definition))
        .bind(now())
        .bind(database)
        .bind(name)
        .execute(&mut **transaction)
        .await?;
    Ok(updated.rows_affected() > 0)
}

async fn delete(transaction: &mut Transaction<'static, Sqlite>, database: &str, name: &str) -> sqlx::Result<bool> {
    let deleted = sqlx::query("DELETE FROM function WHERE database = ? AND name = ?")
        .bind(database)
        .bind(name)
        .execute(&mut **transaction)
        .await?;
    Ok(deleted.rows_affected() > 0)
}

pub(super) async fn find(
    connection: &mut SqliteConnection,
    database: &str,
    name: &str,
) -> sqlx::Result<Option<Function>> {
    let row =
        sqlx::query("SELECT database, name, definition, created_at FROM function WHERE database = ? AND name = ?")
            .bind(database)
            .bind(name)
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(from_row).transpose()
}

/// How many functions a database has.
pub(super) async fn count(connection: &mut SqliteConnection, database: &str) -> sqlx::Result<i64> {
    sqlx::query("SELECT count(*) FROM function WHERE database = ?")
        .bind(database)
        .fetch_one(connection)
        .await?
        .try_get(0)
}

/// Forgets all functions of a database.
pub(super) async fn delete_all(connection: &mut SqliteConnection, database: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM function WHERE database = ?").bind(database).execute(connection).await?;
    Ok(())
}

fn from_row(row: &SqliteRow) -> sqlx::Result<Function> {
    Ok(Function {
        database: row.try_get(0)?,
        name: row.try_get(1)?,
        definition: from_json(row.try_get(2)?)?,
        created_at: row.try_get(3)?,
    })
}
