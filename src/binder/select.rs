//! SELECT: from FROM to the SELECT list, in the order in which the clauses mean something.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, Projection, Sort};

use crate::error::{Error, MISSING_AGGREGATION, Result, Span, UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY};
use crate::functions::{Generator, Typed};
use crate::sql::ast::{Alias, Expression, ExpressionKind, Identifier, Select, SelectItem};

use super::aggregates::{self, Grouped};
use super::grouping::GroupedBy;
use super::having::not_in_sight;
use super::query::{Tail, distinct};
use super::rows::{Output, Rows, condition_of};
use super::scope::{Collected, ExpressionScope, NamedValue, Place, Scope, ScopeColumn};
use super::sorting::{self, SortKey};
use super::{
    Binder, column_names, expressions, from, generators, grouping, having, pipes, regex_columns, stars, time_windows,
    windows,
};

/// An item of the SELECT list, `*` written out.
#[derive(Debug)]
pub(super) struct Item<'q> {
    pub source: ItemSource<'q>,
    pub name: String,
    /// Whether the name was given by AS, so that items further right may use it.
    pub aliased: bool,
    /// The names that AS gives a generator's columns.
    pub alias: Option<&'q [Identifier]>,
    pub span: Span,
}

impl Item<'_> {
    /// A column as it is.
    pub fn column(column: ScopeColumn, span: Span) -> Self {
        Item { name: column.name.clone(), source: ItemSource::Column(column), aliased: false, alias: None, span }
    }
}

#[derive(Debug)]
pub(super) enum ItemSource<'q> {
    Expression(&'q Expression),
    /// From `*`.
    Column(ScopeColumn),
    /// A field from `struct.*`.
    Value(Typed),
}

/// A generator of the SELECT list and the columns that it will fill.
struct Generated {
    generator: Generator,
    columns: Vec<String>,
}

/// Everything of a SELECT that is computed after FROM and WHERE.
struct Lists {
    outputs: Vec<(Output, Span)>,
    /// For each output: the qualifier that it keeps, as a plain column does.
    qualifiers: Vec<Vec<String>>,
    having: Option<(Typed, Span)>,
    qualify: Option<(Typed, Span)>,
    keys: Vec<SortKey>,
    generated: Vec<Generated>,
    collected: Collected,
}

/// What is computed over rows: all of a SELECT behind FROM and WHERE.
pub(super) struct Parts<'q> {
    pub items: Vec<Item<'q>>,
    pub grouped_by: Option<GroupedBy>,
    pub having: Option<&'q Expression>,
    pub qualify: Option<&'q Expression>,
    pub is_distinct: bool,
    pub tail: Tail<'q>,
    /// What a pipe operator is called: it says itself whether it aggregates.
    pub pipe: Option<Pipe>,
}

/// A pipe operator that computes columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pipe {
    /// SELECT, EXTEND, SET
    Columns(&'static str),
    /// AGGREGATE, with so many columns to group by.
    Aggregate(usize),
}

/// Binds a SELECT with the ORDER BY that stands behind it.
pub(super) fn bind(binder: &Binder<'_>, select: &Select, tail: Tail<'_>, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let mut rows = from::bind(binder, &select.from, parent)?;
    for view in &select.lateral_views {
        rows = generators::lateral_view(binder, rows, view, parent)?;
    }
    if let Some(condition) = &select.selection {
        rows = filter(binder, rows, condition, parent)?;
    }
    let mut scope = Scope::new(rows.columns.clone(), parent);
    scope.windows = tail.windows;
    let items = items(binder, &select.items, &scope)?;
    let mut windowed =
        time_windows::add(binder, rows, &time_windows::Calls::of_select(select, &tail), parent)?.in_sight();
    if windowed.column.is_some() {
        scope.columns.clone_from(&windowed.rows.columns);
    }
    if select.group_by.as_ref().is_some_and(grouping::has_sets) {
        // Each column may be aggregated away.
        for column in scope.columns.iter_mut().chain(&mut windowed.rows.columns) {
            column.nullable = true;
        }
    }
    let grouped_by = match &select.group_by {
        Some(group_by) => Some(grouping::bind(binder, group_by, &items, &scope)?),
        None => None,
    };
    let rows = windowed.merged(binder, grouped_by.as_ref())?;
    let parts = Parts {
        items,
        grouped_by,
        having: select.having.as_ref(),
        qualify: select.qualify.as_ref(),
        is_distinct: select.distinct,
        tail,
        pipe: None,
    };
    over(binder, rows, parts, parent)
}

/// Computes columns over rows.
pub(super) fn over(binder: &Binder<'_>, rows: Rows, parts: Parts<'_>, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let mut scope = Scope::new(rows.columns.clone(), parent);
    scope.windows = parts.tail.windows;
    let hidden: Vec<ScopeColumn> = match parts.pipe {
        Some(Pipe::Columns(_)) if !parts.is_distinct => {
            rows.columns.iter().filter(|column| column.hidden).cloned().collect()
        }
        Some(_) | None => Vec::new(),
    };
    let mut collected = Collected::new(binder);
    collected.grouping = parts.grouped_by.as_ref().map(|grouped| grouped.info());
    let (pipe, is_distinct, having_text, qualify_text) = (parts.pipe, parts.is_distinct, parts.having, parts.qualify);
    let (grouped_by, mut lists) = lists(binder, parts, scope, collected)?;
    check_correlation(grouped_by.as_ref(), &lists.collected)?;
    if let Some(pipe) = pipe {
        pipes::check_aggregates(pipe, &lists.outputs, &lists.collected)?;
    }

    let is_grouped = grouped_by.is_some() || lists.having.is_some() || !lists.collected.aggregates.is_empty();
    let mut plan = if is_grouped {
        let grouped = aggregates::build(binder, rows, grouped_by.as_ref(), &lists.collected.aggregates)?;
        lists.rewrite(&grouped)?;
        grouped.plan
    } else {
        rows.plan
    };
    if let Some((having, span)) = lists.having.take() {
        plan = filter_by(binder, plan, having, having_text, span)?;
    }
    let windows = std::mem::take(&mut lists.collected.windows);
    let (late, early) = std::mem::take(&mut lists.collected.once).into_iter().partition(|(_, expr)| {
        expr.column_refs().into_iter().any(|column| windows.iter().any(|call| call.column == *column))
    });
    plan = compute_once(plan, early)?;
    if !windows.is_empty() {
        plan = windows::build(binder, plan, windows)?;
    }
    plan = compute_once(plan, late)?;
    if let Some((qualify, span)) = lists.qualify.take() {
        plan = filter_by(binder, plan, qualify, qualify_text, span)?;
    }
    lists.generated.extend(
        generators::side_by_side(&mut lists.collected.generated)?
            .map(|(generator, columns)| Generated { generator, columns }),
    );
    for generated in lists.generated {
        plan = generators::unnest(binder, plan, &generated.generator, &generated.columns)?;
    }
    let mut outputs: Vec<Output> = lists.outputs.into_iter().map(|(output, _)| output).collect();
    let width = outputs.len();
    outputs.extend(hidden.iter().map(|column| Output { name: column.name.clone(), value: column.typed() }));
    let mut rows = finish(binder, plan, outputs, lists.keys, is_distinct)?;
    for (position, (column, qualifier)) in rows.columns.iter_mut().zip(lists.qualifiers).enumerate() {
        column.qualifier = qualifier;
        column.position = position;
    }
    for (column, before) in rows.columns[width..].iter_mut().zip(hidden) {
        column.qualifier = before.qualifier;
        column.position = before.position;
        column.hidden = true;
    }
    Ok(rows)
}

/// Groups, aggregates and windows are made of the query's own columns.
fn check_correlation(grouped_by: Option<&GroupedBy>, collected: &Collected) -> Result<()> {
    let fail = |subcondition: &'static str, why: &str, span: Span| {
        Err(Error::new(&UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY, format!("Unsupported subquery expression: {why}"))
            .subcondition(subcondition)
            .at(span))
    };
    let outside = "Expressions referencing the outer query are not supported outside of WHERE/HAVING clauses";
    let groups = grouped_by.map_or(&[][..], |grouped| grouped.expressions.as_slice());
    if groups.iter().any(|group| group.expr.contains_outer()) {
        return fail("CORRELATED_REFERENCE", outside, Span::default());
    }
    if let Some(call) = collected.aggregates.iter().find(|call| call.call.contains_outer()) {
        if call.call.column_refs().is_empty() {
            return fail("CORRELATED_REFERENCE", outside, call.span);
        }
        return fail(
            "AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES",
            "Found an aggregate function in a correlated predicate that has both outer and local references, which is not \
             supported",
            call.span,
        );
    }
    match collected.windows.iter().find(|call| call.call.contains_outer()) {
        Some(call) => fail("CORRELATED_REFERENCE", outside, call.span),
        None => Ok(()),
    }
}

/// Computes what other items refer to and must not be computed again, such as random numbers.
fn compute_once(mut plan: LogicalPlan, values: Vec<(Column, Expr)>) -> Result<LogicalPlan> {
    for (column, expr) in values {
        let mut outputs = Rows::pass_through(&plan);
        outputs.push(expr.alias(column.name));
        plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?);
    }
    Ok(plan)
}

/// WHERE.
pub(super) fn filter(
    binder: &Binder<'_>,
    rows: Rows,
    condition: &Expression,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    let calls = time_windows::Calls::of_condition(condition);
    let rows = time_windows::add(binder, rows, &calls, parent)?.rows;
    let scope = Scope::new(rows.columns.clone(), parent);
    let mut collected = Collected::new(binder);
    let bound = {
        let mut scope = ExpressionScope::new(&scope, Place::Where, &mut collected);
        expressions::bind(binder, condition, &mut scope)?
    };
    rows.filter(binder, bound, &column_names::text_of(condition), condition.span)
}

fn filter_by(
    binder: &Binder<'_>,
    plan: LogicalPlan,
    condition: Typed,
    expression: Option<&Expression>,
    span: Span,
) -> Result<LogicalPlan> {
    let text = expression.map(column_names::text_of).unwrap_or_default();
    let predicate = condition_of(binder, condition, &text, span)?;
    Ok(LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(plan))?))
}

/// Writes out `*` and finds the names of the columns.
pub(super) fn items<'q>(binder: &Binder<'_>, select: &'q [SelectItem], scope: &Scope<'_>) -> Result<Vec<Item<'q>>> {
    let mut items = Vec::with_capacity(select.len());
    for item in select {
        let span = item.expression.span;
        if let ExpressionKind::Star { qualifier, except } = &item.expression.kind {
            for expanded in stars::expand(qualifier, except, scope, span)? {
                items.push(expanded);
            }
            continue;
        }
        if let Some(columns) =
            regex_columns::regex_columns(binder.environment.settings.regex_columns, &item.expression, scope)?
        {
            items.extend(columns.into_iter().map(|column| Item::column(column, span)));
            continue;
        }
        let (name, aliased) = match &item.alias {
            Some(Alias::One(name)) => (name.value.clone(), true),
            Some(Alias::Many(_)) | None => {
                let mut collected = Collected::new(binder);
                let scope = ExpressionScope::new(scope, Place::Select, &mut collected);
                (column_names::item_name(binder, &item.expression, &scope), false)
            }
        };
        let alias = item.alias.as_ref().map(|alias| match alias {
            Alias::One(name) => std::slice::from_ref(name),
            Alias::Many(names) => names,
        });
        items.push(Item { source: ItemSource::Expression(&item.expression), name, aliased, alias, span });
    }
    Ok(items)
}

/// Binds the SELECT list, HAVING, QUALIFY and ORDER BY.
fn lists(
    binder: &Binder<'_>,
    parts: Parts<'_>,
    mut scope: Scope<'_>,
    mut collected: Collected,
) -> Result<(Option<GroupedBy>, Lists)> {
    let mut outputs: Vec<(Output, Span)> = Vec::with_capacity(parts.items.len());
    let mut qualifiers: Vec<Vec<String>> = Vec::with_capacity(parts.items.len());
    let mut generated: Vec<Generated> = Vec::new();
    for mut item in parts.items {
        let qualifier = match &item.source {
            ItemSource::Column(column) => Some(column.qualifier.clone()),
            ItemSource::Expression(_) | ItemSource::Value(_) => None,
        };
        let value = match item.source {
            ItemSource::Column(column) => column.typed(),
            ItemSource::Value(value) => value,
            ItemSource::Expression(expression) => {
                if let Some((name, arguments)) = generators::call_of(binder, expression) {
                    let generator = {
                        let mut scope = ExpressionScope::new(&scope, Place::Select, &mut collected);
                        generators::bind(binder, name, arguments, item.span, &mut scope)?
                    };
                    let names = generators::names(&generator, item.alias, item.span)?;
                    let mut columns = Vec::with_capacity(names.len());
                    for (name, (_, array)) in names.into_iter().zip(&generator.columns) {
                        let unique = binder.unique(&name);
                        let value = generators::element(array, &unique, generator.outer);
                        scope.aliases.push(NamedValue { name: name.clone(), value: value.clone() });
                        outputs.push((Output { name, value }, item.span));
                        qualifiers.push(Vec::new());
                        columns.push(unique);
                    }
                    generated.push(Generated { generator, columns });
                    continue;
                }
                let mut scope = ExpressionScope::new(&scope, Place::Select, &mut collected);
                let value = expressions::bind(binder, expression, &mut scope)?;
                if !item.aliased {
                    // Names further left, and what subqueries refer to, are known only now.
                    item.name = column_names::item_name(binder, expression, &scope);
                }
                value
            }
        };
        let value = if item.aliased { collected.once(&item.name, value) } else { value };
        if item.aliased {
            scope.aliases.push(NamedValue { name: item.name.clone(), value: value.clone() });
        }
        qualifiers.push(match qualifier {
            Some(qualifier) => qualifier,
            None if item.aliased => Vec::new(),
            None => scope.qualifier_of(&value.expr, &item.name),
        });
        outputs.push((Output { name: item.name, value }, item.span));
    }
    let named: Vec<NamedValue> = outputs
        .iter()
        .map(|(output, _)| NamedValue { name: output.name.clone(), value: output.value.clone() })
        .collect();
    scope.aliases.clear();
    scope.outputs.clone_from(&named);
    scope.outputs.clear();
    let having = match parts.having {
        Some(having) => Some((having::bind(binder, having, &mut scope, &named, &mut collected)?, having.span)),
        None => None,
    };
    scope.outputs.clone_from(&named);
    let qualify = bind_optional(binder, parts.qualify, &scope, Place::Qualify, &mut collected)?;
    if let Some((condition, _)) = &having
        && having::computes_more(&condition.expr, &named, &collected)?
    {
        having::check_order(binder, parts.tail.order_by, &scope, &named, &collected)?;
    }
    let keys = sorting::keys(binder, parts.tail, &scope, &named, Place::OrderBy, &mut collected)?;
    Ok((parts.grouped_by, Lists { outputs, qualifiers, having, qualify, keys, generated, collected }))
}

fn bind_optional(
    binder: &Binder<'_>,
    expression: Option<&Expression>,
    scope: &Scope<'_>,
    place: Place,
    collected: &mut Collected,
) -> Result<Option<(Typed, Span)>> {
    let Some(expression) = expression else { return Ok(None) };
    let mut scope = ExpressionScope::new(scope, place, collected);
    Ok(Some((expressions::bind(binder, expression, &mut scope)?, expression.span)))
}

impl Lists {
    /// Turns everything into expressions over grouped rows.
    fn rewrite(&mut self, grouped: &Grouped) -> Result<()> {
        for (output, span) in &mut self.outputs {
            output.value.expr = grouped.rewrite(std::mem::take(&mut output.value.expr), *span)?;
        }
        let names: Vec<String> = self.outputs.iter().map(|(output, _)| output.name.clone()).collect();
        if let Some((condition, span)) = &mut self.having {
            let expr = std::mem::take(&mut condition.expr);
            condition.expr = grouped.rewrite(expr, *span).map_err(|error| match error.is(&MISSING_AGGREGATION) {
                true => not_in_sight(&grouped.first_lost(), names.iter()).at(*span),
                false => error,
            })?;
        }
        if let Some((condition, span)) = &mut self.qualify {
            condition.expr = grouped.rewrite(std::mem::take(&mut condition.expr), *span)?;
        }
        for key in &mut self.keys {
            let expr = std::mem::take(&mut key.value.expr);
            key.value.expr = grouped.rewrite(expr, key.span).map_err(|error| match error.is(&MISSING_AGGREGATION) {
                true => not_in_sight(&key.text, self.outputs.iter().map(|(output, _)| &output.name)).at(key.span),
                false => error,
            })?;
        }
        for (_, expr) in &mut self.collected.once {
            *expr = grouped.rewrite(std::mem::take(expr), Span::default())?;
        }
        for call in &mut self.collected.windows {
            call.call = grouped.rewrite(std::mem::take(&mut call.call), call.span)?;
        }
        let generators = self.generated.iter_mut().map(|generated| &mut generated.generator);
        for generator in generators.chain(self.collected.generated.iter_mut().map(|(generator, _)| generator)) {
            for (_, array) in &mut generator.columns {
                array.expr = grouped.rewrite(std::mem::take(&mut array.expr), Span::default())?;
            }
        }
        Ok(())
    }
}

/// Computes the SELECT list, removes duplicates, sorts.
fn finish(
    binder: &Binder<'_>,
    plan: LogicalPlan,
    outputs: Vec<Output>,
    keys: Vec<SortKey>,
    is_distinct: bool,
) -> Result<Rows> {
    if is_distinct {
        let values: Vec<Expr> = outputs.iter().map(|output| output.value.expr.clone()).collect();
        let rows = distinct(binder, Rows::project(binder, plan, outputs)?)?;
        let pairs: Vec<(Expr, Expr)> = values
            .into_iter()
            .zip(&rows.columns)
            .map(|(value, column)| (value, Expr::Column(column.column.clone())))
            .collect();
        let mut over_outputs = Vec::with_capacity(keys.len());
        for mut key in keys {
            key.value.expr = aggregates::replace(key.value.expr, &pairs)?;
            let lost = key.value.expr.column_refs().into_iter().find(|column| !rows.plan.schema().has_column(column));
            if lost.is_some() {
                return Err(not_in_sight(&key.text, rows.columns.iter().map(|column| &column.name)).at(key.span));
            }
            over_outputs.push(key);
        }
        return sorting::sort_by_keys(binder, rows, &over_outputs);
    }
    if keys.is_empty() {
        return Rows::project(binder, plan, outputs);
    }
    let width = outputs.len();
    let mut all = outputs;
    // A key that the SELECT list has computes nothing anew.
    let mut positions = Vec::with_capacity(keys.len());
    for key in &keys {
        let value = key.sorts_by(binder)?;
        let position = all.iter().position(|output| output.value.expr == value.expr).unwrap_or_else(|| {
            all.push(Output { name: "sort".to_owned(), value });
            all.len() - 1
        });
        positions.push(position);
    }
    let rows = Rows::project(binder, plan, all)?;
    let sort = keys
        .iter()
        .zip(positions)
        .map(|(key, position)| key.over(Expr::Column(rows.columns[position].column.clone())))
        .collect();
    let plan = LogicalPlan::Sort(Sort { expr: sort, input: Arc::new(rows.plan), fetch: None });
    let mut columns = rows.columns;
    let hidden = columns.len() > width;
    columns.truncate(width);
    let rows = Rows { plan, columns };
    if hidden { rows.exact(binder) } else { Ok(rows) }
}
