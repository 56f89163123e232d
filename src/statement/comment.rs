//! COMMENT ON: a word about a database or a table.

use crate::error::Result;
use crate::sql::ast::{Comment, CommentedObject};

use super::Outcome;
use super::alter_table::save;
use super::database::existing;
use super::relation;
use super::running::Running;

pub(super) async fn comment(running: &Running<'_>, statement: &Comment) -> Result<Outcome> {
    match statement.object {
        CommentedObject::Database => {
            let mut database = existing(running, &statement.name).await?;
            database.comment = Some(statement.text.clone().unwrap_or_default());
            running.catalog().await?.alter_database(&database).await?;
        }
        CommentedObject::Table => {
            let table = relation::table(running, &statement.name, "COMMENT ON TABLE").await?;
            let mut changed = table.as_ref().clone();
            changed.details.comment = Some(statement.text.clone().unwrap_or_default());
            save(running, &changed).await?;
        }
    }
    Ok(Outcome::Done)
}
