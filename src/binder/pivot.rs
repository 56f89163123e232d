//! PIVOT: one group of columns for each value of a column, filled by aggregates of the rows that have the value.

use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::{Expr, lit, when};

use crate::error::{
    Error, INCOMPARABLE_PIVOT_COLUMN, INVALID_SQL_SYNTAX, NON_LITERAL_PIVOT_VALUES, PIVOT_VALUE_DATA_TYPE_MISMATCH,
    Result,
};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast, cast_allowed};
use crate::functions::constant::evaluate;
use crate::sql::ast::{Expression, ExpressionKind, Identifier, Pivot};
use crate::types::DataType;

use super::grouping::GroupedBy;
use super::operation::Operation;
use super::rows::{Output, Rows};
use super::scope::{Collected, CollectedCall, ExpressionScope, Place, Scope};
use super::{Binder, aggregates, column_names, comparisons, expressions};

/// An aggregate of PIVOT: an expression over the columns that stand for its aggregate calls.
struct Aggregated<'p> {
    value: Typed,
    name: String,
    expression: &'p Expression,
}

/// A value that the pivot column may have.
struct PivotValue {
    /// Whether a row has it.
    condition: Expr,
    name: String,
}

/// Groups by all columns that PIVOT does not mention.
pub(super) fn pivot(binder: &Binder<'_>, rows: Rows, pivot: &Pivot, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let scope = Scope::new(rows.columns.clone(), parent);
    let mut collected = Collected::new(binder);
    let aggregated = aggregated(binder, pivot, &scope, &mut collected)?;
    let (column, references) = pivot_column(binder, pivot, &scope)?;
    let values = pivot
        .values
        .iter()
        .map(|(expression, alias)| pivot_value(binder, &column, expression, alias.as_ref(), &scope))
        .collect::<Result<Vec<_>>>()?;

    let mentioned = |expr: &Expr| {
        references.contains(expr)
            || collected.aggregates.iter().any(|call| match expr {
                Expr::Column(column) => call.call.column_refs().contains(column),
                _ => false,
            })
    };
    let visible = rows.columns.iter().filter(|column| !column.hidden);
    let kept: Vec<_> = visible.filter(|column| !mentioned(&Expr::Column(column.column.clone()))).cloned().collect();
    let mut grouped_by = GroupedBy { expressions: Vec::new(), sets: None, id: None };
    for column in &kept {
        if !grouped_by.expressions.iter().any(|known| known.expr == Expr::Column(column.column.clone())) {
            grouped_by.expressions.push(column.typed());
        }
    }

    let mut outputs: Vec<Output> =
        kept.iter().map(|column| Output { name: column.name.clone(), value: column.typed() }).collect();
    // Spark groups by the pivot column first, and picks: where no row has the value there is nothing to pick. Of types
    // it cannot pick so it aggregates the rows that have the value.
    let picks = aggregated.iter().all(|aggregate| is_picked(&aggregate.value.data_type));
    let mut calls: Vec<CollectedCall> = Vec::new();
    for value in &values {
        let mut pairs = Vec::with_capacity(collected.aggregates.len());
        for call in &collected.aggregates {
            let only = only_where(call.call.clone(), &value.condition);
            let column = add(binder, &mut calls, call, only);
            pairs.push((Expr::Column(call.column.clone()), column));
        }
        let present = match picks {
            true => {
                let count = count_udaf().call(vec![lit(1_i64)]);
                let like = CollectedCall {
                    call: count.clone(),
                    column: datafusion::common::Column::new_unqualified("rows"),
                    data_type: DataType::Long,
                    nullable: false,
                    span: pivot.span,
                };
                Some(add(binder, &mut calls, &like, only_where(count, &value.condition)).gt(lit(0_i64)))
            }
            false => None,
        };
        for aggregate in &aggregated {
            let mut expr = aggregates::replace(aggregate.value.expr.clone(), &pairs)?;
            if let Some(present) = &present {
                expr = when(present.clone(), expr).end()?;
            }
            let name = match aggregated.len() {
                1 => value.name.clone(),
                _ => format!("{}_{}", value.name, aggregate.name),
            };
            let value = Typed { expr, data_type: aggregate.value.data_type.clone(), nullable: true };
            outputs.push(Output { name, value });
        }
    }
    let has_keys = !grouped_by.expressions.is_empty();
    let grouped = aggregates::build(binder, rows, has_keys.then_some(&grouped_by), &calls)?;
    for output in &mut outputs {
        output.value.expr = grouped.rewrite(std::mem::take(&mut output.value.expr), pivot.span)?;
    }
    Rows::project(binder, grouped.plan, outputs)
}

/// Binds the aggregates, and checks that nothing of them is read outside of an aggregate function.
fn aggregated<'p>(
    binder: &Binder<'_>,
    pivot: &'p Pivot,
    scope: &Scope<'_>,
    collected: &mut Collected,
) -> Result<Vec<Aggregated<'p>>> {
    let mut all = Vec::with_capacity(pivot.aggregates.len());
    for (expression, alias) in &pivot.aggregates {
        let mut scope = ExpressionScope::new(scope, Place::Select, collected);
        let value = expressions::bind(binder, expression, &mut scope)?;
        let name = match alias {
            Some(alias) => alias.value.clone(),
            None => column_names::text_in(expression, &scope),
        };
        all.push(Aggregated { value, name, expression });
    }
    for aggregate in &all {
        let calls = &collected.aggregates;
        let mut columns = aggregate.value.expr.column_refs().into_iter();
        let outside = columns.any(|column| !calls.iter().any(|call| call.column == *column));
        if outside || calls.is_empty() || aggregate.value.expr.column_refs().is_empty() {
            return Err(Error::new(
                &INVALID_SQL_SYNTAX,
                format!(
                    "Aggregate expression required for pivot, but '{}' did not appear in any aggregate function",
                    aggregate.name
                ),
            )
            .at(aggregate.expression.span));
        }
    }
    Ok(all)
}

/// The column of FOR, several as a struct, and the columns that it reads.
fn pivot_column(binder: &Binder<'_>, pivot: &Pivot, scope: &Scope<'_>) -> Result<(Typed, Vec<Expr>)> {
    let span = pivot.columns.first().and_then(|parts| parts.first()).map_or(pivot.span, |part| part.span);
    let mut parts: Vec<Expression> =
        pivot.columns.iter().map(|parts| Expression { kind: ExpressionKind::Column(parts.clone()), span }).collect();
    let expression = match parts.len() {
        1 => parts.remove(0),
        _ => Expression { kind: ExpressionKind::Row(parts), span },
    };
    let mut collected = Collected::new(binder);
    let mut scope = ExpressionScope::new(scope, Place::GroupBy, &mut collected);
    let column = expressions::bind(binder, &expression, &mut scope)?;
    if !column.data_type.is_orderable() {
        return Err(Error::new(
            &INCOMPARABLE_PIVOT_COLUMN,
            format!("Invalid pivot column `{}`. Pivot columns must be comparable", column_names::text_of(&expression)),
        )
        .at(span));
    }
    let references = column.expr.column_refs().into_iter().cloned().map(Expr::Column).collect();
    Ok((column, references))
}

/// A value of IN: a constant that can be cast to the pivot column's type.
fn pivot_value(
    binder: &Binder<'_>,
    column: &Typed,
    expression: &Expression,
    alias: Option<&Identifier>,
    scope: &Scope<'_>,
) -> Result<PivotValue> {
    let mut collected = Collected::new(binder);
    let mut scope = ExpressionScope::new(scope, Place::GroupBy, &mut collected);
    let bound = expressions::bind(binder, expression, &mut scope)?;
    let text = column_names::text_of(expression);
    let Some(constant) = evaluate(&bound.expr)? else {
        return Err(Error::new(
            &NON_LITERAL_PIVOT_VALUES,
            format!("Literal expressions required for pivot values, found \"{text}\""),
        )
        .at(expression.span));
    };
    let context = binder.environment.context;
    let mode = CastMode::implicit(context);
    if !cast_allowed(&bound.data_type, &column.data_type, mode) {
        return Err(Error::new(
            &PIVOT_VALUE_DATA_TYPE_MISMATCH,
            format!(
                "Invalid pivot value '{text}': value data type \"{}\" does not match pivot column data type \"{}\"",
                bound.data_type, column.data_type
            ),
        )
        .at(expression.span));
    }
    let bound = Typed { expr: lit(constant), ..bound };
    let name = match alias {
        Some(alias) => alias.value.clone(),
        None => {
            let shown = cast(bound.clone(), &DataType::String, CastMode::Legacy, context)?;
            let shown = evaluate(&shown.expr)?.and_then(|value| value.try_as_str().flatten().map(str::to_owned));
            shown.unwrap_or_else(|| "null".to_owned())
        }
    };
    let value = cast(bound, &column.data_type, mode, context)?;
    let operation = Operation { binder, whole: expression, scope: &scope };
    let condition = comparisons::null_safe_equal(operation, column.clone(), value)?.expr;
    Ok(PivotValue { condition, name })
}

/// The types of which Spark picks a value.
fn is_picked(data_type: &DataType) -> bool {
    data_type.is_numeric() || *data_type == DataType::Boolean
}

/// Adds a call, and gives the column that will stand for it.
fn add(binder: &Binder<'_>, calls: &mut Vec<CollectedCall>, like: &CollectedCall, call: Expr) -> Expr {
    if let Some(known) = calls.iter().find(|known| known.call == call) {
        return Expr::Column(known.column.clone());
    }
    let column = datafusion::common::Column::new_unqualified(binder.unique("pivot"));
    calls.push(CollectedCall { call, column: column.clone(), ..like.clone() });
    Expr::Column(column)
}

/// The aggregate of those rows only.
fn only_where(call: Expr, condition: &Expr) -> Expr {
    match call {
        Expr::AggregateFunction(mut call) => {
            let filter = match call.params.filter.take() {
                Some(filter) => condition.clone().and(*filter),
                None => condition.clone(),
            };
            call.params.filter = Some(Box::new(filter));
            Expr::AggregateFunction(call)
        }
        other => other,
    }
}
