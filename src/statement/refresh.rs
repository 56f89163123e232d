//! REFRESH: files that somebody else may have changed are looked at again.

use crate::error::Result;
use crate::sql::ast::Refresh;

use super::Outcome;
use super::cache_table::forget;
use super::drop_function::unresolved;
use super::relation::relation;
use super::running::Running;

pub(super) async fn refresh(running: &Running<'_>, statement: &Refresh) -> Result<Outcome> {
    match statement {
        // Folders are listed anew for every statement: only rows that CACHE TABLE keeps are forgotten.
        Refresh::Table(name) => {
            let found = relation(running, name).await?;
            forget(running, Some(&found));
        }
        Refresh::Path(_) => forget(running, None),
        Refresh::Function(name) => {
            // Functions are read anew too.
            if running.reader.find_function(name).await?.is_none() {
                return Err(unresolved(running, name));
            }
        }
    }
    Ok(Outcome::Done)
}
