//! USE: makes a database the current one.

use crate::catalog::{CATALOG_NAME, database_not_found};
use crate::error::Result;
use crate::session::database_name;
use crate::sql::ast::ObjectName;

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
