//! REFRESH: files that somebody else may have changed are looked at again.

use crate::error::{Error, Result};
use crate::sql::ast::Refresh;

use super::Outcome;
use super::relation::relation;
use super::running::Running;

pub(super) async fn refresh(running: &Running<'_>, statement: &Refresh) -> Result<Outcome> {
    match statement {
        // Folders are listed anew for every statement: there is nothing to forget, but the name must be right.
        Refresh::Table(name) => {
            relation(running, name).await?;
        }
        Refresh::Path(_) => {}
        Refresh::Function(name) => {
            return Err(Error::unsupported("REFRESH FUNCTION", "there are no user-defined functions").at(name.span));
        }
    }
    Ok(Outcome::Done)
}
