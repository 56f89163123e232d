//! EXECUTE IMMEDIATE: a statement that is put together while it runs, with values for its parameter markers.

use crate::binder::{Variables, column_names, literal_text};
use crate::error::{
    EXEC_IMMEDIATE_DUPLICATE_ARGUMENT_ALIASES, Error, INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE,
    INVALID_STATEMENT_FOR_EXECUTE_INTO, NULL_QUERY_STRING_EXECUTE_IMMEDIATE, Result, SQL_SCRIPT_IN_EXECUTE_IMMEDIATE,
    UNRESOLVED_COLUMN, UNRESOLVED_VARIABLE, UNSUPPORTED_EXPR_FOR_PARAMETER,
};
use crate::functions::constant::evaluate;
use crate::sql::ast::{ExecuteImmediate, Expression, Identifier, Statement};
use crate::sql::{self, Parameter};
use crate::types::quote;

use super::Outcome;
use super::relation::quoted;
use super::running::Running;
use super::variables::{assign, row_values, targets};

pub(super) async fn execute_immediate(running: &Running<'_>, statement: &ExecuteImmediate) -> Result<Outcome> {
    let text = text(running, &statement.text)?;
    let parameters = parameters(running, statement)?;
    // Positions inside the text say nothing about the statement that was typed.
    let outside = |error: Error| error.without_position().at(statement.text.span);
    let bound = sql::bind_parameters(&text, &parameters, running.parsing.dialect).map_err(outside)?;
    let parsed = sql::parse(&bound, &running.parsing).map_err(|error| {
        let begins_script = bound.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("BEGIN"));
        if begins_script { script(&bound).at(statement.text.span) } else { outside(error) }
    })?;
    if matches!(parsed, Statement::Script(_)) {
        return Err(script(&bound).at(statement.text.span));
    }
    if statement.into.is_empty() {
        // The text sees no variables of the blocks around.
        let blocks = running.session.change_variables(Variables::hide_blocks);
        let outcome = super::execute_nested(running.session, &parsed).await.map_err(outside);
        running.session.change_variables(|variables| variables.frames().extend(blocks));
        return outcome;
    }
    let Statement::Query(query) = &parsed else {
        return Err(Error::new(
            &INVALID_STATEMENT_FOR_EXECUTE_INTO,
            format!(
                "The INTO clause of EXECUTE IMMEDIATE is only valid for queries but the given statement is not a query: {}",
                bound.to_uppercase()
            ),
        )
        .at(statement.text.span));
    };
    let targets = targets(running, &statement.into).map_err(|error| match error.is(&UNRESOLVED_VARIABLE) {
        true => unresolved(statement),
        false => error,
    })?;
    let blocks = running.session.change_variables(Variables::hide_blocks);
    let values = row_values(running, &targets, query).await.map_err(outside);
    running.session.change_variables(|variables| variables.frames().extend(blocks));
    assign(running, &targets, values?, query.span).map_err(outside)?;
    Ok(Outcome::Done)
}

fn script(text: &str) -> Error {
    Error::new(
        &SQL_SCRIPT_IN_EXECUTE_IMMEDIATE,
        format!(
            "SQL Scripts in EXECUTE IMMEDIATE commands are not allowed. Please ensure that the SQL query provided ({text}) is \
             not SQL Script. Make sure the sql_string is a well-formed SQL statement and does not contain BEGIN and END"
        ),
    )
}

/// Targets of INTO are looked for like columns.
fn unresolved(statement: &ExecuteImmediate) -> Error {
    let name = statement.into.iter().map(quoted).collect::<Vec<_>>().join(", ");
    Error::new(
        &UNRESOLVED_COLUMN,
        format!("A column, variable, or function parameter with name {name} cannot be resolved"),
    )
    .subcondition("WITHOUT_SUGGESTION")
    .at(statement.span)
}

/// The statement's text: a string that is no NULL.
fn text(running: &Running<'_>, expression: &Expression) -> Result<String> {
    let typed = running.bind_constant(expression)?;
    if !typed.data_type.is_string() {
        return Err(Error::new(
            &INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE,
            format!("Expression type must be string type but got \"{}\"", typed.data_type),
        )
        .at(expression.span));
    }
    let value = evaluate(&typed.expr).map_err(|error| error.at(expression.span))?;
    let Some(value) = value else { return Err(not_a_value(expression)) };
    match value.try_as_str().flatten() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Error::new(
            &NULL_QUERY_STRING_EXECUTE_IMMEDIATE,
            format!(
                "Execute immediate requires a non-null variable as the query string, but the provided variable {} is null",
                quote(&column_names::text_of(expression))
            ),
        )
        .at(expression.span)),
    }
}

fn not_a_value(expression: &Expression) -> Error {
    Error::new(
        &UNSUPPORTED_EXPR_FOR_PARAMETER,
        format!(
            "A query parameter contains unsupported expression. Parameters can either be variables or literals. Invalid \
             expression: [\"{}\"]",
            column_names::text_of(expression)
        ),
    )
    .hint("put it into a variable: SET VARIABLE … = (SELECT …)")
    .at(expression.span)
}

fn parameters(running: &Running<'_>, statement: &ExecuteImmediate) -> Result<Vec<Parameter>> {
    let aliases: Vec<&Identifier> = statement.using.iter().filter_map(|argument| argument.alias.as_ref()).collect();
    if let Some((_, alias)) = aliases.iter().enumerate().find(|(n, alias)| aliases[..*n].contains(alias)) {
        return Err(twice(&alias.value).at(alias.span));
    }
    let mut parameters: Vec<Parameter> = Vec::with_capacity(statement.using.len());
    for argument in &statement.using {
        let expression = &argument.value;
        let typed = running.bind_constant(expression)?;
        let value = evaluate(&typed.expr).map_err(|error| error.at(expression.span))?;
        let value = value.ok_or_else(|| not_a_value(expression))?;
        let text = literal_text(&value, &typed.data_type, &running.context)?;
        let name = argument.name().map(|name| name.value.clone());
        parameters.push(Parameter { name, text, shown: column_names::text_of(expression) });
    }
    Ok(parameters)
}

fn twice(name: &str) -> Error {
    Error::new(
        &EXEC_IMMEDIATE_DUPLICATE_ARGUMENT_ALIASES,
        format!(
            "The USING clause of this EXECUTE IMMEDIATE command contained multiple arguments with same alias ({}), which is \
             invalid; please update the command to specify unique aliases and then try it again",
            quote(name)
        ),
    )
}
