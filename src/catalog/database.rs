//! Databases.

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::store::{Store, from_json, to_json};
use super::{CATALOG_NAME, Catalog, DEFAULT_DATABASE, Database, NewDatabase, Table, normal_name};
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result, SCHEMA_ALREADY_EXISTS, SCHEMA_NOT_EMPTY, SCHEMA_NOT_FOUND};

impl Catalog {
    /// All databases, by name.
    pub async fn databases(&self) -> Result<Vec<Database>> {
        let rows = sqlx::query("SELECT name, comment, location, properties, owner FROM database ORDER BY name")
            .fetch_all(self.store.pool())
            .await
            .map_err(|error| self.store.error(error))?;
        rows.iter().map(from_row).collect::<sqlx::Result<_>>().map_err(|error| self.store.error(error))
    }

    pub async fn database(&self, name: &str) -> Result<Option<Database>> {
        let mut connection = self.store.pool().acquire().await.map_err(|error| self.store.error(error))?;
        find(&mut connection, name).await.map_err(|error| self.store.error(error))
    }

    /// # Errors
    /// `SCHEMA_ALREADY_EXISTS`
    pub async fn create_database(&self, database: NewDatabase) -> Result<Database> {
        let name = normal_name(&database.name);
        let location = database
            .location
            .map(|location| location.trim_end_matches('/').to_owned())
            .unwrap_or_else(|| format!("file:{}/{name}.db", self.store.warehouse.display()));
        let database =
            Database { name, location, ..Database::from(database.comment, database.properties, database.owner) };
        let mut transaction = self.store.write().await?;
        if find(&mut transaction, &database.name).await.map_err(|error| self.store.error(error))?.is_some() {
            return Err(Error::new(
                &SCHEMA_ALREADY_EXISTS,
                format!(
                    "Cannot create schema `{}` because it already exists. Choose a different name, drop the existing \
                     schema, or add the IF NOT EXISTS clause to tolerate pre-existing schema",
                    database.name
                ),
            ));
        }
        insert(&mut transaction, &database).await.map_err(|error| self.store.error(error))?;
        self.store.commit(transaction).await?;
        Ok(database)
    }

    /// Sets comment, location, properties and owner of the database with this name.
    pub async fn alter_database(&self, database: &Database) -> Result<()> {
        let changed =
            sqlx::query("UPDATE database SET comment = ?, location = ?, properties = ?, owner = ? WHERE name = ?")
                .bind(&database.comment)
                .bind(&database.location)
                .bind(to_json(&database.properties))
                .bind(&database.owner)
                .bind(normal_name(&database.name))
                .execute(self.store.pool())
                .await
                .map_err(|error| self.store.error(error))?;
        if changed.rows_affected() == 0 { Err(database_not_found(&database.name)) } else { Ok(()) }
    }

    /// Drops a database and, with `cascade`, all in it; gives back the tables and views that went with it.
    /// `storage::sweep` deletes their files.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`, `SCHEMA_NOT_EMPTY`
    pub async fn drop_database(&self, name: &str, cascade: bool) -> Result<Vec<Table>> {
        let name = normal_name(name);
        if name == DEFAULT_DATABASE {
            return Err(Error::new(&INVALID_PARAMETER_VALUE, "Can not drop default database"));
        }
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let Some(database) = find(&mut transaction, &name).await.map_err(failed)? else {
            return Err(database_not_found(&name));
        };
        let tables = super::table::in_database(&mut transaction, &name).await.map_err(failed)?;
        let functions = super::function::count(&mut transaction, &name).await.map_err(failed)?;
        if (!tables.is_empty() || functions != 0) && !cascade {
            return Err(Error::new(
                &SCHEMA_NOT_EMPTY,
                format!(
                    "Cannot drop a schema `{name}` because it contains objects. Use DROP SCHEMA ... CASCADE to drop the schema and all its objects"
                ),
            ));
        }
        for table in &tables {
            super::table::delete(&mut transaction, table).await.map_err(failed)?;
        }
        super::function::delete_all(&mut transaction, &name).await.map_err(failed)?;
        super::garbage::insert_folder(&mut transaction, &database.location, None).await.map_err(failed)?;
        sqlx::query("DELETE FROM database WHERE name = ?")
            .bind(&name)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(tables)
    }
}

impl Database {
    fn from(comment: Option<String>, properties: super::Properties, owner: String) -> Self {
        Database { name: String::new(), comment, location: String::new(), properties, owner }
    }
}

/// As Spark words it.
pub fn database_not_found(name: &str) -> Error {
    Error::new(
        &SCHEMA_NOT_FOUND,
        format!(
            "The schema `{CATALOG_NAME}`.`{name}` cannot be found. Verify the spelling and correctness of the schema and \
             catalog.\nIf you did not qualify the name with a catalog, verify the current_schema() output, or qualify \
             the name with the correct catalog.\nTo tolerate the error on drop use DROP SCHEMA IF EXISTS."
        ),
    )
    .hint("SHOW DATABASES lists them")
}

impl Store {
    pub(super) async fn insert_default_database(&self, connection: &mut SqliteConnection) -> Result<()> {
        let database = Database {
            name: DEFAULT_DATABASE.to_owned(),
            comment: Some("default database".to_owned()),
            location: format!("file:{}", self.warehouse.display()),
            properties: Vec::new(),
            owner: String::new(),
        };
        insert(connection, &database).await.map_err(|error| self.error(error))?;
        super::grants::open_to_all(connection, DEFAULT_DATABASE).await.map_err(|error| self.error(error))
    }
}

pub(super) async fn all(connection: &mut SqliteConnection) -> sqlx::Result<Vec<Database>> {
    let rows = sqlx::query("SELECT name, comment, location, properties, owner FROM database ORDER BY name")
        .fetch_all(connection)
        .await?;
    rows.iter().map(from_row).collect()
}

pub(super) async fn find(connection: &mut SqliteConnection, name: &str) -> sqlx::Result<Option<Database>> {
    let row = sqlx::query("SELECT name, comment, location, properties, owner FROM database WHERE name = ?")
        .bind(normal_name(name))
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(from_row).transpose()
}

async fn insert(connection: &mut SqliteConnection, database: &Database) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO database (name, comment, location, properties, owner) VALUES (?, ?, ?, ?, ?)")
        .bind(&database.name)
        .bind(&database.comment)
        .bind(&database.location)
        .bind(to_json(&database.properties))
        .bind(&database.owner)
        .execute(connection)
        .await
        .map(|_| ())
}

fn from_row(row: &SqliteRow) -> sqlx::Result<Database> {
    Ok(Database {
        name: row.try_get(0)?,
        comment: row.try_get(1)?,
        location: row.try_get(2)?,
        properties: from_json(row.try_get(3)?)?,
        owner: row.try_get(4)?,
    })
}
