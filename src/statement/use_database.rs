//! USE: makes a database the current one. SET CATALOG: makes sure of the one catalog.

use crate::catalog::{CATALOG_NAME, database_not_found};
use crate::error::{CATALOG_NOT_FOUND, Error, Result};
use crate::session::database_name;
use crate::sql::ast::{Identifier, ObjectName};
use crate::types::quote;

use super::Outcome;
use super::running::Running;

/// `USE spark_catalog` changes nothing: there is one catalog.
pub(super) async fn use_database(running: &Running<'_>, name: &ObjectName) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    let database = database_name(name)?;
    if catalog.database(&database).await?.is_some() {
        running.session.set_current_database(&database);
        return Ok(Outcome::Done);
    }
    if database == CATALOG_NAME {
        return Ok(Outcome::Done);
    }
    let names = running.session.database_names().await?;
    Err(database_not_found(&database).suggest(&database, names).at(name.span))
}

/// `SET CATALOG spark_catalog` changes nothing: there is one catalog.
pub(super) fn set_catalog(name: &Identifier) -> Result<Outcome> {
    if name.is(CATALOG_NAME) {
        return Ok(Outcome::Done);
    }
    Err(catalog_not_found(name).at(name.span))
}

fn catalog_not_found(name: &Identifier) -> Error {
    Error::new(&CATALOG_NOT_FOUND, format!("The catalog {} is not found", quote(&name.value)))
        .hint(format!("there is one catalog, {CATALOG_NAME}"))
}
