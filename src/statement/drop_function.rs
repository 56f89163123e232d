//! DROP FUNCTION, of a database or of the session.

use crate::binder::calls;
use crate::error::{Error, FORBIDDEN_BUILTIN_FUNCTION, ROUTINE_NOT_FOUND, Result, UNRESOLVED_ROUTINE};
use crate::session::TableName;
use crate::sql::ast::{DropFunction, ObjectName};
use crate::types::quote;

use super::Outcome;
use super::relation::quoted;
use super::running::Running;

pub(super) async fn drop_function(running: &Running<'_>, statement: &DropFunction) -> Result<Outcome> {
    let name = &statement.name;
    let single = match name.parts.as_slice() {
        [single] => Some(single.value.as_str()),
        _ => None,
    };
    let builtin = single.is_some_and(calls::is_builtin);
    let dropped = if statement.temporary {
        if builtin {
            return Err(forbidden(format!("Cannot drop built-in function '{}'", name.text())).at(name.span));
        }
        running.session.remove_temporary_function(&name.last().value)
    } else {
        if builtin || single.is_some_and(|single| running.session.temporary_function(single).is_some()) {
            return Err(forbidden(format!(
                "{} is a built-in/temporary function. 'DROP FUNCTION' expects a persistent function",
                name.text()
            ))
            .hint("write the database before the name of a persistent one, or DROP TEMPORARY FUNCTION")
            .at(name.span));
        }
        let found = TableName::new(name, &running.context.current_database)?;
        running.catalog().await?.drop_function(&found.database, &found.name).await?
    };
    match (dropped, statement.temporary) {
        (true, _) => Ok(Outcome::Done),
        (false, _) if statement.if_exists => Ok(Outcome::Done),
        (false, true) => Err(Error::new(
            &ROUTINE_NOT_FOUND,
            format!("The routine {} cannot be found. Verify the spelling of its name", quoted(name)),
        )
        .hint("IF EXISTS tolerates this")
        .at(name.span)),
        (false, false) => Err(unresolved(running, name).hint("IF EXISTS tolerates this")),
    }
}

fn forbidden(message: String) -> Error {
    Error::new(&FORBIDDEN_BUILTIN_FUNCTION, message)
}

/// No function has that name.
pub(super) fn unresolved(running: &Running<'_>, name: &ObjectName) -> Error {
    let database = quote(&running.context.current_database);
    Error::new(
        &UNRESOLVED_ROUTINE,
        format!(
            "Cannot resolve routine {} on search path [`system`.`builtin`, `system`.`session`, `spark_catalog`.{database}]",
            quoted(name)
        ),
    )
    .at(name.span)
}
