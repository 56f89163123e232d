//! DEFAULT of columns: checked when it is declared, put in where an INSERT leaves it out or says DEFAULT.

use crate::binder;
use crate::catalog::{Properties, Table};
use crate::error::{Error, Result};
use crate::functions::Typed;
use crate::sql::ast::{ColumnDefinition, Expression, ExpressionKind, Literal, Query, QueryBody, same_name};
use crate::sql::{self};
use crate::types::{DataType, StructField};

use super::running::{NoNames, Running};

/// The defaults among column definitions, as text by column.
///
/// # Errors
/// An expression that mentions columns, or that does not fit the column's type.
pub(super) fn declared(running: &Running<'_>, columns: &[ColumnDefinition]) -> Result<Properties> {
    let mut defaults = Properties::new();
    for column in columns {
        if let Some((expression, text)) = &column.default {
            check(running, &column.data_type, expression)?;
            defaults.push((column.name.value.clone(), text.clone()));
        }
    }
    Ok(defaults)
}

/// Fails unless the expression has a value of that type.
pub(super) fn check(running: &Running<'_>, data_type: &DataType, default: &Expression) -> Result<()> {
    // Tables outlive variables.
    binder::bind_standalone_expression(default, Vec::new(), &running.environment(&NoNames))?;
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
        QueryBody::SetOperation { .. } | QueryBody::Table(_) | QueryBody::Pipe { .. } => {}
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
