//! `input |> operator |> …`: each operator takes rows and gives rows.

use crate::error::{
    EXCEPT_OVERLAPPING_COLUMNS, Error, INVALID_USAGE_OF_STAR_OR_REGEX,
    PIPE_OPERATOR_AGGREGATE_EXPRESSION_CONTAINS_NO_AGGREGATE_FUNCTION, PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION,
    Result, Span, UNSUPPORTED_FEATURE, UNSUPPORTED_GROUPING_EXPRESSION,
};
use crate::sql::ast::{Alias, Expression, ExpressionKind, Identifier, PipeOperator, Query, SelectItem};
use crate::types::quote;

use super::Binder;
use super::rows::{Output, Rows};
use super::scope::{Collected, Scope};
use super::select::{Item, ItemSource, Parts, Pipe};
use super::time_windows::Calls;
use super::{
    generators, grouping, joins, pivot, query, sampling, select, set_operations, sorting, time_windows, unpivot,
};

/// Binds a chain of pipe operators.
pub(super) fn bind(
    binder: &Binder<'_>,
    input: &Query,
    operators: &[PipeOperator],
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    let mut rows = query::bind(binder, input, parent)?;
    for operator in operators {
        rows = apply(binder, rows, operator, parent)?;
    }
    Ok(rows)
}

fn apply(binder: &Binder<'_>, rows: Rows, operator: &PipeOperator, parent: Option<&Scope<'_>>) -> Result<Rows> {
    match operator {
        PipeOperator::Where(condition) => select::filter(binder, rows, condition, parent),
        PipeOperator::As(name) => Ok(rows.qualified(std::slice::from_ref(&name.value))),
        PipeOperator::Drop(names) => drop_columns(rows, names),
        PipeOperator::Join { operator, right, condition } => {
            joins::bind_right(binder, rows, *operator, right, condition, right.span, parent)
        }
        PipeOperator::SetOperation { operator, all, right } => {
            let right = query::bind_body(binder, right, query::Tail::default(), parent)?;
            let inputs = vec![rows.unqualified(), right.unqualified()];
            set_operations::combine(binder, *operator, *all, inputs)
        }
        PipeOperator::OrderBy(items) => {
            sorting::sort_rows(binder, rows, query::Tail { order_by: items, ..Default::default() }, parent)
        }
        PipeOperator::SortBy(items) => {
            sorting::sort_rows(binder, rows, query::Tail { sort_by: items, ..Default::default() }, parent)
        }
        PipeOperator::ClusterBy(expressions) => {
            sorting::sort_rows(binder, rows, query::Tail { cluster_by: expressions, ..Default::default() }, parent)
        }
        PipeOperator::DistributeBy(expressions) => {
            sorting::sort_rows(binder, rows, query::Tail { distribute_by: expressions, ..Default::default() }, parent)
        }
        PipeOperator::Limit { limit, offset } => query::limit(binder, rows, limit.as_ref(), offset.as_ref()),
        PipeOperator::Sample(sample) => sampling::sampled(binder, rows, Some(sample)),
        PipeOperator::Pivot { pivot, alias } => {
            let span = pivot.span;
            pivot::pivot(binder, rows, pivot, parent)?.aliased(alias.as_ref(), span)
        }
        PipeOperator::Unpivot { unpivot, alias } => {
            let span = unpivot.span;
            unpivot::unpivot(binder, rows, unpivot, parent)?.aliased(alias.as_ref(), span)
        }
        PipeOperator::LateralView(view) => generators::lateral_view(binder, rows, view, parent),
        PipeOperator::Select { distinct, items, windows } => {
            let mut scope = Scope::new(rows.columns.clone(), parent);
            scope.windows = windows;
            let bound = select::items(binder, items, &scope)?;
            let rows = beside_windows(binder, rows, items, parent)?;
            let tail = query::Tail { windows, ..Default::default() };
            let parts = Parts { is_distinct: *distinct, tail, ..columns("SELECT", bound) };
            select::over(binder, rows, parts, parent)
        }
        PipeOperator::Extend(items) => {
            let scope = Scope::new(rows.columns.clone(), parent);
            if let Some(star) = items.iter().find(|item| matches!(item.expression.kind, ExpressionKind::Star { .. })) {
                return Err(Error::new(&INVALID_USAGE_OF_STAR_OR_REGEX, "Invalid usage of '*' in |> EXTEND")
                    .at(star.expression.span));
            }
            let mut all = existing(&rows);
            all.extend(select::items(binder, items, &scope)?);
            let rows = beside_windows(binder, rows, items, parent)?;
            select::over(binder, rows, columns("EXTEND", all), parent)
        }
        PipeOperator::Set(assignments) => {
            // Each sees what those before it have set.
            let mut rows = rows;
            for (name, value) in assignments {
                rows = set(binder, rows, name, value, parent)?;
            }
            Ok(rows)
        }
        PipeOperator::Aggregate { items, group_by } => aggregate(binder, rows, items, group_by, parent),
    }
}

/// What an operator computes that neither groups nor filters.
fn columns<'q>(operator: &'static str, items: Vec<Item<'q>>) -> Parts<'q> {
    Parts {
        items,
        grouped_by: None,
        having: None,
        qualify: None,
        is_distinct: false,
        tail: query::Tail::default(),
        pipe: Some(Pipe::Columns(operator)),
    }
}

/// All columns as they are.
fn existing<'q>(rows: &Rows) -> Vec<Item<'q>> {
    let visible = rows.columns.iter().filter(|column| !column.hidden);
    visible.map(|column| Item::column(column.clone(), Span::default())).collect()
}

/// Rows with the windows of time that the items mention.
fn beside_windows(binder: &Binder<'_>, rows: Rows, items: &[SelectItem], parent: Option<&Scope<'_>>) -> Result<Rows> {
    let calls = Calls::of_items(items);
    Ok(time_windows::add(binder, rows, &calls, parent)?.in_sight().rows)
}

/// `|> SET name = value`
fn set(
    binder: &Binder<'_>,
    rows: Rows,
    name: &Identifier,
    value: &Expression,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    let mut items = existing(&rows);
    let mut found = false;
    for item in items.iter_mut().filter(|item| name.is(&item.name)) {
        found = true;
        let shown = item.name.clone();
        *item =
            Item { source: ItemSource::Expression(value), name: shown, aliased: true, alias: None, span: value.span };
    }
    if !found {
        return Err(Scope::new(rows.columns, None).unresolved(std::slice::from_ref(name), name.span));
    }
    select::over(binder, rows, columns("SET", items), parent)
}

/// `|> DROP a, b`
fn drop_columns(mut rows: Rows, names: &[Identifier]) -> Result<Rows> {
    for (n, name) in names.iter().enumerate() {
        if names[..n].contains(name) {
            let shown = names.iter().map(|name| quote(&name.value)).collect::<Vec<_>>().join(", ");
            return Err(Error::new(
                &EXCEPT_OVERLAPPING_COLUMNS,
                format!("Columns in an EXCEPT list must be distinct and non-overlapping, but got ({shown})"),
            )
            .at(name.span));
        }
        let scope = Scope::new(rows.columns.clone(), None);
        let found = scope.resolve(std::slice::from_ref(name), name.span)?;
        rows.columns
            .retain(|column| column.hidden || !name.is(&column.name) || column.typed().expr != found.value.expr);
    }
    Ok(rows)
}

/// `|> AGGREGATE`: the columns it groups by, then the aggregates.
fn aggregate(
    binder: &Binder<'_>,
    rows: Rows,
    items: &[SelectItem],
    group_by: &[SelectItem],
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    let scope = Scope::new(rows.columns.clone(), parent);
    let mut all: Vec<Item<'_>> = Vec::with_capacity(items.len() + group_by.len());
    for key in group_by {
        match sorting::whole_number(&key.expression) {
            Some(position) if binder.environment.settings.group_by_ordinal => {
                let found = usize::try_from(position).ok().and_then(|position| {
                    rows.columns.iter().filter(|column| !column.hidden).nth(position.checked_sub(1)?)
                });
                let span = key.expression.span;
                let Some(column) = found else {
                    return Err(grouping::out_of_range(position, rows.fields().len(), span));
                };
                let mut item = Item::column(column.clone(), span);
                if let Some(Alias::One(name)) = &key.alias {
                    item = Item { source: ItemSource::Value(column.typed()), name: name.value.clone(), ..item };
                }
                all.push(item);
            }
            _ => all.extend(select::items(binder, std::slice::from_ref(key), &scope)?),
        }
    }
    let keys = all.len();
    all.extend(select::items(binder, items, &scope)?);
    let calls = Calls::of_items(group_by.iter().chain(items));
    let windowed = time_windows::add(binder, rows, &calls, parent)?.in_sight();
    let scope = Scope::new(windowed.rows.columns.clone(), parent);
    let grouped_by = if group_by.is_empty() { None } else { Some(grouping::of_items(binder, &all[..keys], &scope)?) };
    let rows = windowed.merged(binder, grouped_by.as_ref())?;
    let parts = Parts { grouped_by, pipe: Some(Pipe::Aggregate(keys)), ..columns("AGGREGATE", all) };
    select::over(binder, rows, parts, parent).map_err(|error| match error.is(&UNSUPPORTED_GROUPING_EXPRESSION) {
        true => unsupported_case("GROUPING").at(error.span().unwrap_or_default()),
        false => error,
    })
}

fn unsupported_case(case: &str) -> Error {
    Error::new(
        &UNSUPPORTED_FEATURE,
        format!("The SQL pipe operator syntax with aggregation (using |> AGGREGATE) does not support {case}"),
    )
    .subcondition("PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE")
}

/// AGGREGATE aggregates in every item that it does not group by, other operators do not aggregate.
pub(super) fn check_aggregates(pipe: Pipe, outputs: &[(Output, Span)], collected: &Collected) -> Result<()> {
    match pipe {
        Pipe::Columns(operator) => match collected.aggregates.first() {
            None => Ok(()),
            Some(call) => Err(Error::new(
                &PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION,
                format!(
                    "Aggregate functions are not allowed when using the pipe operator |> {operator} clause; please use the \
                     pipe operator |> AGGREGATE clause instead"
                ),
            )
            .at(call.span)),
        },
        Pipe::Aggregate(keys) => {
            if let Some(window) = collected.windows.first() {
                return Err(unsupported_case("window functions").at(window.span));
            }
            for (output, span) in &outputs[keys..] {
                let aggregates = output.value.expr.column_refs().into_iter().any(|column| {
                    collected.aggregates.iter().any(|call| call.column == *column)
                });
                if !aggregates {
                    return Err(Error::new(
                        &PIPE_OPERATOR_AGGREGATE_EXPRESSION_CONTAINS_NO_AGGREGATE_FUNCTION,
                        format!(
                            "Non-grouping expression {} is provided as an argument to the |> AGGREGATE pipe operator but \
                             does not contain any aggregate function; please update it to include an aggregate function \
                             and then retry the query again",
                            output.name
                        ),
                    )
                    .at(*span));
                }
            }
            Ok(())
        }
    }
}
