//! KILL QUERY: stops a statement of any session, by its number in `system.queries`.

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};

use super::Outcome;
use super::running::Running;

pub(super) fn kill_query(running: &Running<'_>, id: u64) -> Result<Outcome> {
    let query = running.session.warehouse().activity().queries().get(id);
    match query {
        Some(query) if query.cancel() => Ok(Outcome::Done),
        Some(_) => Err(Error::new(&INVALID_PARAMETER_VALUE, format!("Query {id} has ended already"))),
        None => Err(Error::new(&INVALID_PARAMETER_VALUE, format!("There is no query {id}"))
            .hint("SELECT id, text FROM system.queries WHERE state = 'running' lists them")),
    }
}
