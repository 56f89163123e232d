//! HAVING, and what it leaves to ORDER BY.

use std::cell::RefCell;
use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::common::Column;
use datafusion::logical_expr::Expr;

use crate::error::{Error, Result, UNRESOLVED_COLUMN, UNSUPPORTED_EXPR_FOR_OPERATOR};
use crate::functions::Typed;
use crate::sql::ast::{Expression, SortItem};
use crate::types::quote;

use super::meaning::Meaning;
use super::scope::{Collected, CollectedCall, ExpressionScope, NamedValue, Place, Scope, ScopeColumn};
use super::{Binder, aggregates, column_names, expressions};

/// Binds HAVING. A name means a column, and if that is neither inside of an aggregate nor grouped by, what the SELECT list
/// calls so.
pub(super) fn bind(
    binder: &Binder<'_>,
    expression: &Expression,
    scope: &mut Scope<'_>,
    named: &[NamedValue],
    collected: &mut Collected,
) -> Result<Typed> {
    scope.second = named.to_vec();
    scope.outer_calls = Some(RefCell::default());
    scope.computed = collected.aggregates.iter().map(stand_in).collect();
    let aggregates = collected.aggregates.len();
    let mut bound = {
        let mut scope = ExpressionScope::new(scope, Place::Having, collected);
        expressions::bind(binder, expression, &mut scope)?
    };
    if let Some(grouping) = &collected.grouping {
        let rest = aggregates::without_groups(bound.expr.clone(), &grouping.expressions)?;
        let is_lost = |column: &&Column| scope.columns.iter().any(|known| known.column == **column);
        let lost: Vec<Column> = rest.column_refs().into_iter().filter(is_lost).cloned().collect();
        if !lost.is_empty() {
            collected.aggregates.truncate(aggregates);
            scope.outer_calls = Some(RefCell::default());
            scope.lost = lost;
            let mut scope = ExpressionScope::new(scope, Place::Having, collected);
            bound = expressions::bind(binder, expression, &mut scope)?;
        }
    }
    collected.aggregates.extend(scope.outer_calls.take().map(RefCell::into_inner).unwrap_or_default());
    scope.computed.clear();
    scope.second.clear();
    scope.lost.clear();
    Ok(bound)
}

/// The column of an aggregate, as subqueries refer to it.
fn stand_in(call: &CollectedCall) -> ScopeColumn {
    let field = Field::new(&call.column.name, call.data_type.to_arrow(), call.nullable);
    ScopeColumn {
        qualifier: Vec::new(),
        name: call.column.name.clone(),
        column: call.column.clone(),
        field: Arc::new(field),
        data_type: call.data_type.clone(),
        nullable: call.nullable,
        position: 0,
        hidden: true,
    }
}

/// Whether HAVING needs an aggregate, or an expression of GROUP BY, that is no item of the SELECT list.
pub(super) fn computes_more(condition: &Expr, named: &[NamedValue], collected: &Collected) -> Result<bool> {
    let is_item = |expr: &Expr| named.iter().any(|item| Meaning::new(&item.value.expr).is_of(expr));
    let is_call = |column: &Column| collected.aggregates.iter().any(|call| call.column == *column);
    let calls = condition.column_refs().into_iter().filter(|column| is_call(column));
    if calls.cloned().any(|call| !is_item(&Expr::Column(call))) {
        return Ok(true);
    }
    let groups = collected.grouping.as_ref().map_or(&[][..], |grouping| &grouping.expressions);
    for group in groups.iter().filter(|group| !is_item(group)) {
        if aggregates::without_groups(condition.clone(), std::slice::from_ref(group))? != *condition {
            return Ok(true);
        }
    }
    Ok(false)
}

/// ORDER BY over a HAVING that computes more than the SELECT list: Spark lets it see the SELECT list and the columns of
/// GROUP BY, and no aggregates.
pub(super) fn check_order(
    binder: &Binder<'_>,
    order_by: &[SortItem],
    scope: &Scope<'_>,
    named: &[NamedValue],
    collected: &Collected,
) -> Result<()> {
    let groups = collected.grouping.as_ref().map_or(&[][..], |grouping| &grouping.expressions);
    let is_hidden = |column: &Column| {
        scope.columns.iter().any(|known| known.column == *column) && !groups.contains(&Expr::Column(column.clone()))
    };
    // Items of the SELECT list stand for themselves here, whatever they are made of.
    let mut seen = Scope::new(scope.columns.clone(), scope.parent);
    seen.windows = scope.windows;
    seen.outputs = named
        .iter()
        .map(|item| {
            let expr = Expr::Column(Column::new_unqualified(binder.unique("item")));
            NamedValue { name: item.name.clone(), value: Typed { expr, ..item.value.clone() } }
        })
        .collect();
    for item in order_by {
        let span = item.expression.span;
        let mut own = Collected::new(binder);
        own.grouping.clone_from(&collected.grouping);
        let bound = {
            let mut scope = ExpressionScope::new(&seen, Place::OrderBy, &mut own);
            expressions::bind(binder, &item.expression, &mut scope)
        };
        // What is wrong with it otherwise is found later.
        let Ok(bound) = bound else { continue };
        let in_calls = own.aggregates.iter().flat_map(|call| call.call.column_refs());
        let hidden = bound.expr.column_refs().into_iter().chain(in_calls).find(|column| is_hidden(column)).cloned();
        if let Some(hidden) = hidden {
            let name =
                scope.columns.iter().find(|known| known.column == hidden).map_or(&hidden.name, |known| &known.name);
            return Err(not_in_sight(name, named.iter().map(|item| &item.name)).at(span));
        }
        if !own.aggregates.is_empty() {
            return Err(Error::new(
                &UNSUPPORTED_EXPR_FOR_OPERATOR,
                format!(
                    "A query operator contains one or more unsupported expressions. Consider to rewrite it to avoid window \
                     functions, aggregate functions, and generator functions in the WHERE clause.\nInvalid expressions: \
                     [\"{}\"]",
                    column_names::text_of(&item.expression)
                ),
            )
            .hint("add the aggregate to the SELECT list, or leave it out of HAVING")
            .at(span));
        }
    }
    Ok(())
}

/// ORDER BY needs something that grouping or DISTINCT has taken away.
pub(super) fn not_in_sight<'n>(text: &str, outputs: impl Iterator<Item = &'n String>) -> Error {
    let outputs: Vec<String> = outputs.map(|name| quote(name)).collect();
    Error::new(
        &UNRESOLVED_COLUMN,
        format!(
            "A column, variable, or function parameter with name {} cannot be resolved. Did you mean one of the following? [{}]",
            quote(text),
            outputs.join(", ")
        ),
    )
    .subcondition("WITH_SUGGESTION")
}
