//! CREATE, ALTER and DROP DATABASE.

use crate::catalog::{DEFAULT_DATABASE, Database, NewDatabase, database_not_found};
use crate::error::{Error, INVALID_SCHEMA_OR_RELATION_NAME, Result, UNSUPPORTED_FEATURE};
use crate::session::database_name;
use crate::sql::ast::{AlterDatabase, AlterDatabaseAction, CreateDatabase, DropDatabase, ObjectName};
use crate::storage;
use crate::storage::location_url;
use crate::types::quote;

use super::Outcome;
use super::cache_table::drop_cached;
use super::running::Running;

/// Makes a database. The folder it gets of its own is made with its first table, one that LOCATION names at once.
pub(super) async fn create_database(running: &Running<'_>, statement: &CreateDatabase) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    let name = database_name(&statement.name)?;
    check_name(&name).map_err(|error| error.at(statement.name.span))?;
    if catalog.database(&name).await?.is_some() && statement.if_not_exists {
        return Ok(Outcome::Done);
    }
    let new = NewDatabase {
        name,
        comment: statement.comment.clone(),
        location: statement.location.as_deref().map(location_url).transpose()?,
        properties: statement.properties.clone(),
        owner: running.session.user().to_string(),
    };
    let location = new.location.clone();
    catalog.create_database(new).await.map_err(|error| error.at(statement.name.span))?;
    if let Some(location) = location
        && let Err(error) = storage::location::make_folder(&location)
    {
        // Nothing can ever be put there.
        storage::remove::drop_database(catalog, &database_name(&statement.name)?, false).await?;
        return Err(error.at(statement.name.span));
    }
    Ok(Outcome::Done)
}

/// Changes properties, or where new tables are put.
pub(super) async fn alter_database(running: &Running<'_>, statement: &AlterDatabase) -> Result<Outcome> {
    let mut database = existing(running, &statement.name).await?;
    match &statement.action {
        AlterDatabaseAction::SetProperties(properties) => {
            super::column_changes::set_properties(&mut database.properties, properties);
        }
        AlterDatabaseAction::UnsetProperties { keys, if_exists: _ } => {
            database.properties.retain(|(key, _)| !keys.contains(key));
        }
        AlterDatabaseAction::SetLocation(location) => database.location = location_url(location)?,
    }
    running.catalog().await?.alter_database(&database).await?;
    Ok(Outcome::Done)
}

/// Drops a database, with CASCADE all in it too.
pub(super) async fn drop_database(running: &Running<'_>, statement: &DropDatabase) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    let name = database_name(&statement.name)?;
    if name == DEFAULT_DATABASE {
        return Err(Error::new(
            &UNSUPPORTED_FEATURE,
            "The feature is not supported: Drop the default database `spark_catalog`.`default`",
        )
        .subcondition("DROP_DATABASE")
        .at(statement.name.span));
    }
    if statement.if_exists && catalog.database(&name).await?.is_none() {
        return Ok(Outcome::Done);
    }
    let dropped = storage::remove::drop_database(catalog, &name, statement.cascade)
        .await
        .map_err(|error| error.at(statement.name.span))?;
    for table in &dropped {
        drop_cached(running, table);
    }
    Ok(Outcome::Done)
}

/// The database of that name.
///
/// # Errors
/// `SCHEMA_NOT_FOUND`
pub(super) async fn existing(running: &Running<'_>, name: &ObjectName) -> Result<Database> {
    let database = database_name(name)?;
    match running.catalog().await?.database(&database).await? {
        Some(found) => Ok(found),
        None => {
            let names = running.session.database_names().await?;
            Err(database_not_found(&database).suggest(&database, names).at(name.span))
        }
    }
}

/// Names of databases and tables are names of folders too.
pub(super) fn check_name(name: &str) -> Result<()> {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(Error::new(
        &INVALID_SCHEMA_OR_RELATION_NAME,
        format!(
            "{} is not a valid name for tables/schemas. Valid names only contain alphabet characters, numbers and _",
            quote(name)
        ),
    ))
}
