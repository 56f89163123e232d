//! DEFAULT of columns: checked when it is declared, put in where an INSERT leaves it out or says DEFAULT.

use crate::binder;
use crate::catalog::{Properties, Table};
use crate::error::{Error, INVALID_DEFAULT_VALUE, Result, UNRESOLVED_COLUMN, UNRESOLVED_ROUTINE};
use crate::functions::Typed;
use crate::sql::ast::{ColumnDefinition, Expression, ExpressionKind, Literal, Query, QueryBody, same_name};
use crate::sql::{self};
use crate::types::coercion::can_up_cast;
use crate::types::{DataType, StructField, quote};

use super::running::{NoNames, Running};

/// The defaults among column definitions, as text by column.
///
/// # Errors
/// An expression that mentions columns, or that does not fit the column's type.
pub(super) fn declared(running: &Running<'_>, columns: &[ColumnDefinition]) -> Result<Properties> {
    let mut defaults = Properties::new();
    for column in columns {
        if let Some((expression, text)) = &column.default {
            check(running, "CREATE TABLE", &column.name.value, &column.data_type, expression, text)?;
            defaults.push((column.name.value.clone(), text.clone()));
        }
    }
    Ok(defaults)
}

/// Fails unless the expression has a value of that type; `command` is what the statement calls itself.
pub(super) fn check(
    running: &Running<'_>,
    command: &str,
    column: &str,
    data_type: &DataType,
    default: &Expression,
    text: &str,
) -> Result<()> {
    let invalid = |subcondition: &'static str, why: &str| {
        Error::new(
            &INVALID_DEFAULT_VALUE,
            format!(
                "Failed to execute {command} command because the destination column or variable {} has a DEFAULT value \
                 {text}, which {why}",
                quote(column)
            ),
        )
        .subcondition(subcondition)
        .at(default.span)
    };
    if matches!(
        default.kind,
        ExpressionKind::Subquery(_) | ExpressionKind::Exists(_) | ExpressionKind::InSubquery { .. }
    ) {
        return Err(invalid("SUBQUERY_EXPRESSION", "contains subquery expressions"));
    }
    let bound = binder::bind_standalone_expression(default, Vec::new(), &running.environment(&NoNames));
    let bound = bound.map_err(|error| match error.is(&UNRESOLVED_COLUMN) || error.is(&UNRESOLVED_ROUTINE) {
        true => invalid("UNRESOLVED_EXPRESSION", "fails to resolve as a valid expression"),
        false => error,
    })?;
    // A number may be written in a wider type than the column's, as long as it fits.
    let from = &bound.data_type;
    let both = |is: fn(&DataType) -> bool| is(from) && is(data_type);
    if !can_up_cast(from, data_type) && !both(DataType::is_numeric) && !both(DataType::is_string) {
        return Err(invalid(
            "DATA_TYPE",
            &format!(
                "requires \"{}\" type, but the statement provided a value of incompatible \"{}\" type",
                data_type.sql(),
                from.sql()
            ),
        ));
    }
    running.constant(default, data_type).map(|_| ())
}

/// The expression that a column gets when a row has none for it.
pub(super) fn expression(running: &Running<'_>, table: &Table, column: &StructField) -> Result<Expression> {
    let text = table.details.defaults.iter().find(|(name, _)| same_name(name, &column.name)).map(|(_, text)| text);
    match text {
        Some(text) => sql::parse_expression(text, &running.parsing).map_err(Error::without_position),
        None => Ok(Expression { kind: ExpressionKind::Literal(Literal::Null), span: crate::error::Span::default() }),
    }
}

/// The bound default of a column.
pub(super) fn bound(running: &Running<'_>, table: &Table, column: &StructField) -> Result<Typed> {
    let expression = expression(running, table, column)?;
    let _hidden = running.context.here.hide();
    binder::bind_standalone_expression(&expression, Vec::new(), &running.environment(&NoNames))
        .map_err(Error::without_position)
}

/// Puts defaults in place of the word DEFAULT, where it stands alone in VALUES or in a SELECT list. `targets` are the
/// columns that the query's columns go to, by position.
pub(super) fn replace_keyword(
    running: &Running<'_>,
    table: &Table,
    targets: &[&StructField],
    query: &mut Query,
) -> Result<()> {
    match &mut query.body {
        QueryBody::Values(values) => {
            for row in &mut values.rows {
                match &mut row.kind {
                    ExpressionKind::Row(cells) => {
                        for (cell, target) in cells.iter_mut().zip(targets) {
                            replace(running, table, target, cell)?;
                        }
                    }
                    _ => {
                        if let Some(target) = targets.first() {
                            replace(running, table, target, row)?;
                        }
                    }
                }
            }
        }
        QueryBody::Select(select) => {
            for (item, target) in select.items.iter_mut().zip(targets) {
                replace(running, table, target, &mut item.expression)?;
            }
        }
        QueryBody::Query(inner) => replace_keyword(running, table, targets, inner)?,
        QueryBody::SetOperation { .. } | QueryBody::Table(_) | QueryBody::Transform(_) | QueryBody::Pipe { .. } => {}
    }
    Ok(())
}

fn replace(running: &Running<'_>, table: &Table, target: &StructField, cell: &mut Expression) -> Result<()> {
    let ExpressionKind::Column(parts) = &cell.kind else { return Ok(()) };
    let [word] = parts.as_slice() else { return Ok(()) };
    if word.quoted || !word.value.eq_ignore_ascii_case("default") {
        return Ok(());
    }
    let span = cell.span;
    *cell = Expression { span, ..expression(running, table, target)? };
    Ok(())
}
