//! SELECT, VALUES, TABLE and all that is a query.

use crate::error::Result;
use crate::sql::ast::Query;

use super::Outcome;
use super::running::Running;

/// Binds, plans and starts a query.
pub(super) async fn query(running: &Running<'_>, statement: &Query) -> Result<Outcome> {
    let bound = running.bind(statement).await?;
    running.rows(bound).await
}
