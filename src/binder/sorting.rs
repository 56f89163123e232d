//! ORDER BY, SORT BY, DISTRIBUTE BY, CLUSTER BY.
//!
//! SORT BY and CLUSTER BY promise an order within each of many partitions; on one machine the whole result is sorted,
//! which keeps the promise. DISTRIBUTE BY alone promises no order, so it only checks its expressions.

use std::sync::Arc;

use datafusion::logical_expr::{Expr, LogicalPlan, Sort, SortExpr};

use crate::error::{
    AMBIGUOUS_REFERENCE, Error, FIELD_NOT_FOUND, INVALID_EXTRACT_BASE_FIELD_TYPE, ORDER_BY_POS_OUT_OF_RANGE, Result,
    Span,
};
use crate::functions::{Typed, collations};
use crate::sql::ast::{Expression, ExpressionKind, Literal, SortItem};

use super::query::Tail;
use super::rows::{Output, Rows};
use super::scope::{Collected, ExpressionScope, NamedValue, Place, Scope};
use super::{Binder, column_names, expressions, ordering};

/// A key of ORDER BY or SORT BY.
#[derive(Debug, Clone)]
pub(super) struct SortKey {
    pub value: Typed,
    pub ascending: bool,
    pub nulls_first: bool,
    /// For messages.
    pub text: String,
    pub span: Span,
}

impl SortKey {
    fn new(value: Typed, item: &SortItem) -> Result<Self> {
        ordering::sorted(&value.data_type, &column_names::sort_item(item), item.expression.span)?;
        let ascending = !item.descending;
        Ok(Self {
            value,
            ascending,
            nulls_first: item.nulls_first.unwrap_or(ascending),
            text: column_names::text_of(&item.expression),
            span: item.expression.span,
        })
    }

    /// What the value is compared by.
    pub fn sorts_by(&self, binder: &Binder<'_>) -> Result<Typed> {
        collations::key(self.value.clone(), binder.environment.context).map_err(|error| error.at(self.span))
    }

    pub fn over(&self, expr: Expr) -> SortExpr {
        SortExpr::new(expr, self.ascending, self.nulls_first)
    }
}

/// Sorts rows whose inside is out of sight: those of set operations, VALUES, parentheses.
pub(super) fn sort_rows(binder: &Binder<'_>, rows: Rows, tail: Tail<'_>, parent: Option<&Scope<'_>>) -> Result<Rows> {
    if tail.is_empty() {
        return Ok(rows);
    }
    let mut scope = Scope::new(rows.columns.clone(), parent);
    scope.windows = tail.windows;
    let outputs: Vec<NamedValue> = rows
        .columns
        .iter()
        .filter(|column| !column.hidden)
        .map(|column| NamedValue { name: column.name.clone(), value: column.typed() })
        .collect();
    let mut collected = Collected::new(binder);
    let keys = keys(binder, tail, &scope, &outputs, Place::SortBy, &mut collected)?;
    sort_by_keys(binder, rows, &keys)
}

/// Sorts by keys that are expressions over the rows' columns.
pub(super) fn sort_by_keys(binder: &Binder<'_>, rows: Rows, keys: &[SortKey]) -> Result<Rows> {
    if keys.is_empty() {
        return Ok(rows);
    }
    let mut outputs: Vec<Output> =
        rows.columns.iter().map(|column| Output { name: column.name.clone(), value: column.typed() }).collect();
    let width = outputs.len();
    for key in keys {
        outputs.push(Output { name: "sort".to_owned(), value: key.sorts_by(binder)? });
    }
    let with_keys = Rows::project(binder, rows.plan, outputs)?;
    let sort = keys
        .iter()
        .zip(&with_keys.columns[width..])
        .map(|(key, column)| key.over(Expr::Column(column.column.clone())))
        .collect();
    let plan = LogicalPlan::Sort(Sort { expr: sort, input: Arc::new(with_keys.plan), fetch: None });
    let mut columns = with_keys.columns;
    columns.truncate(width);
    for (column, before) in columns.iter_mut().zip(rows.columns) {
        column.qualifier = before.qualifier;
        column.position = before.position;
        column.hidden = before.hidden;
    }
    let rows = Rows { plan, columns };
    // A pipe operator may still ask for the other side of a USING column.
    if rows.columns.iter().any(|column| column.hidden) { Ok(rows) } else { rows.exact(binder) }
}

/// Binds the keys of whichever clause is there.
pub(super) fn keys(
    binder: &Binder<'_>,
    tail: Tail<'_>,
    scope: &Scope<'_>,
    outputs: &[NamedValue],
    place: Place,
    collected: &mut Collected,
) -> Result<Vec<SortKey>> {
    let mut keys = Vec::new();
    if is_all(tail.order_by, scope, outputs) {
        for output in outputs {
            keys.push(SortKey::new(output.value.clone(), &tail.order_by[0])?);
        }
        return Ok(keys);
    }
    for item in tail.order_by {
        let value = match ordinal(binder, &item.expression, outputs)? {
            Some(value) => value,
            None => bind(binder, &item.expression, scope, place, collected)?,
        };
        keys.push(SortKey::new(value, item)?);
    }
    for expression in tail.distribute_by {
        let value = bind(binder, expression, scope, place, collected)?;
        ordering::distributed(&value.data_type, &column_names::text_of(expression), expression.span)?;
    }
    for item in tail.sort_by {
        let value = match ordinal(binder, &item.expression, outputs)? {
            Some(value) => value,
            None => bind(binder, &item.expression, scope, place, collected)?,
        };
        keys.push(SortKey::new(value, item)?);
    }
    for expression in tail.cluster_by {
        let value = bind(binder, expression, scope, place, collected)?;
        let text = column_names::text_of(expression);
        keys.push(SortKey { value, ascending: true, nulls_first: true, text, span: expression.span });
    }
    Ok(keys)
}

fn bind(
    binder: &Binder<'_>,
    expression: &Expression,
    scope: &Scope<'_>,
    place: Place,
    collected: &mut Collected,
) -> Result<Typed> {
    let (aggregates, windows) = (collected.aggregates.len(), collected.windows.len());
    let first = {
        let mut scope = ExpressionScope::new(scope, place, collected);
        expressions::bind(binder, expression, &mut scope)
    };
    match first {
        // What the SELECT list calls so has not what is asked of it, or several are called so.
        Err(error)
            if !scope.outputs.is_empty()
                && [&AMBIGUOUS_REFERENCE, &INVALID_EXTRACT_BASE_FIELD_TYPE, &FIELD_NOT_FOUND]
                    .iter()
                    .any(|condition| error.is(condition)) =>
        {
            collected.aggregates.truncate(aggregates);
            collected.windows.truncate(windows);
            let mut below = Scope::new(scope.columns.clone(), scope.parent);
            below.windows = scope.windows;
            let mut scope = ExpressionScope::new(&below, place, collected);
            expressions::bind(binder, expression, &mut scope).map_err(|second| {
                // Spark asks for a column of that name.
                if error.is(&AMBIGUOUS_REFERENCE) { second } else { error }
            })
        }
        result => result,
    }
}

/// `ORDER BY ALL`: every column of the result, unless one has that name.
fn is_all(items: &[SortItem], scope: &Scope<'_>, outputs: &[NamedValue]) -> bool {
    let [SortItem { expression: Expression { kind: ExpressionKind::Column(parts), .. }, .. }] = items else {
        return false;
    };
    let [name] = parts.as_slice() else { return false };
    name.is("all")
        && !name.quoted
        && !outputs.iter().any(|output| name.is(&output.name))
        && !scope.columns.iter().any(|column| name.is(&column.name))
}

/// The column that a whole number stands for.
fn ordinal(binder: &Binder<'_>, expression: &Expression, outputs: &[NamedValue]) -> Result<Option<Typed>> {
    let Some(position) = whole_number(expression) else { return Ok(None) };
    if !binder.environment.settings.order_by_ordinal {
        return Ok(None);
    }
    let found = usize::try_from(position).ok().and_then(|position| outputs.get(position.checked_sub(1)?));
    match found {
        Some(output) => Ok(Some(output.value.clone())),
        None => Err(Error::new(
            &ORDER_BY_POS_OUT_OF_RANGE,
            format!("ORDER BY position {position} is not in select list (valid range is [1, {}])", outputs.len()),
        )
        .at(expression.span)),
    }
}

/// The value of an integer literal, with or without a minus sign.
pub(super) fn whole_number(expression: &Expression) -> Option<i64> {
    match &expression.kind {
        ExpressionKind::Literal(Literal::Integer(digits)) => digits.parse().ok(),
        ExpressionKind::Unary { operator: crate::sql::ast::UnaryOperator::Minus, operand } => {
            whole_number(operand)?.checked_neg()
        }
        _ => None,
    }
}
