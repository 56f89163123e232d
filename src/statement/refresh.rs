//! REFRESH: forgets what is cached of files that somebody else may have changed.

use crate::error::{Error, Result};
use crate::session::Found;
use crate::sql::ast::Refresh;
use crate::storage;

use super::Outcome;
use super::relation::relation;
use super::running::Running;

pub(super) async fn refresh(running: &Running<'_>, statement: &Refresh) -> Result<Outcome> {
    match statement {
        Refresh::Table(name) => match relation(running, name).await? {
            Found::Table(table) => storage::refresh(Some(&table)),
            // A view reads tables: which of them, the next statement that uses it finds out.
            Found::View(_) | Found::Temporary(_) => storage::refresh(None),
        },
        Refresh::Path(_) => storage::refresh(None),
        Refresh::Function(name) => {
            return Err(Error::unsupported("REFRESH FUNCTION", "there are no user-defined functions").at(name.span));
        }
    }
    Ok(Outcome::Done)
}
