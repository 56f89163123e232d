//! Joins of every kind. Which part of a condition becomes a key, DataFusion's optimizer finds out.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, JoinType, NullEquality, Spans};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, Filter, Join, JoinConstraint, LogicalPlan, Projection, Subquery, lit};

use crate::error::{
    DATATYPE_MISMATCH, Error, INCOMPATIBLE_JOIN_TYPES, INVALID_LATERAL_JOIN_TYPE, JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE,
    Result, Span, UNRESOLVED_USING_COLUMN_FOR_JOIN, UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY,
};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::functions::collations::{self, Meeting};
use crate::sql::ast::{self, Expression, FromItem, FromKind, Identifier, JoinCondition, JoinOperator};
use crate::types::coercion::{common_type, comparison_type};
use crate::types::{DataType, quote};

use super::rows::{Rows, condition_of};
use super::scope::{Collected, ExpressionScope, Place, Scope, ScopeColumn};
use super::{Binder, column_names, expressions, from, generators, logical, subqueries};

/// `left [operator] JOIN right [condition]`
pub(super) fn bind(binder: &Binder<'_>, join: &ast::Join, span: Span, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let left = stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || from::item(binder, &join.left, parent))?;
    bind_right(binder, left, join.operator, &join.right, &join.condition, span, parent)
}

/// Joins rows that are bound with an item that is not.
pub(super) fn bind_right(
    binder: &Binder<'_>,
    left: Rows,
    operator: JoinOperator,
    right: &FromItem,
    condition: &JoinCondition,
    span: Span,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    if !is_lateral(right) || stands_alone(binder, right, operator, condition) {
        let right = named_apart(binder, &left, from::item(binder, right, parent)?)?;
        return join(binder, left, right, operator, condition, span, parent);
    }
    let outer = match operator {
        JoinOperator::Inner | JoinOperator::Cross => false,
        JoinOperator::Left => true,
        JoinOperator::Right | JoinOperator::Full | JoinOperator::LeftSemi | JoinOperator::LeftAnti => {
            let text = format!(
                "The {} JOIN with LATERAL correlation is not allowed because an OUTER subquery cannot correlate to its join \
                 partner. Remove the LATERAL correlation or use an INNER JOIN, or LEFT OUTER JOIN instead",
                operator_name(operator)
            );
            return Err(Error::new(&INVALID_LATERAL_JOIN_TYPE, text).at(span));
        }
    };
    match condition {
        JoinCondition::None | JoinCondition::On(_) => {}
        JoinCondition::Natural => {
            return Err(
                Error::new(&INCOMPATIBLE_JOIN_TYPES, "The join types LATERAL and NATURAL are incompatible").at(span)
            );
        }
        JoinCondition::Using(_) => {
            return Err(Error::unsupported("JOIN USING with LATERAL correlation", "compare the columns in ON")
                .subcondition("LATERAL_JOIN_USING")
                .at(span));
        }
    }
    if let FromKind::Function { name, arguments, alias, ordinality, .. } = &right.kind
        && from::user_table_function(binder, name)?.is_none()
        && generators::is_table_generator(binder, name)
    {
        if outer && !matches!(condition, JoinCondition::None) {
            let around = Scope::new(left.columns.clone(), parent);
            let made = generators::in_from(
                binder,
                from::one_row()?,
                Some(&around),
                (name, arguments, *ordinality),
                right.span,
            )?;
            let right = from::rows_of_function(binder, made, name, alias.as_ref(), right.span)?;
            return join(binder, left, lateral(right), operator, condition, span, parent);
        }
        let made = generators::apply(binder, left, parent, (name, arguments, *ordinality), outer, right.span)?;
        let (mut rows, added) = (made.rows, made.added);
        let new = Rows { plan: rows.plan.clone(), columns: rows.columns.split_off(rows.columns.len() - added) };
        let new = from::rows_of_function(binder, new, name, alias.as_ref(), right.span)?;
        rows.columns.extend(new.columns);
        let JoinCondition::On(expression) = condition else { return Ok(rows) };
        let predicate = on(binder, &rows, &Rows { plan: rows.plan.clone(), columns: Vec::new() }, expression, parent)?;
        let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(rows.plan))?);
        return Ok(Rows { plan, columns: rows.columns });
    }
    let around = Scope::new(left.columns.clone(), parent);
    let mut right = from::item(binder, right, Some(&around))?;
    if subqueries::outer_references(&right.plan).is_empty() {
        return join(binder, left, right, operator, condition, span, parent);
    }
    if matches!(condition, JoinCondition::None)
        && let Some(plan) = inline_lateral(&left.plan, &right.plan)?
    {
        let mut columns = left.columns;
        columns.append(&mut right.columns);
        return Rows::new(plan, columns);
    }
    join(binder, left, lateral(right), operator, condition, span, parent)
}

/// Rows that refer to those on their left.
fn lateral(rows: Rows) -> Rows {
    let outer_ref_columns = subqueries::outer_references(&rows.plan);
    let plan =
        LogicalPlan::Subquery(Subquery { subquery: Arc::new(rows.plan), outer_ref_columns, spans: Spans::new() });
    Rows { plan, columns: rows.columns }
}

/// The right side, with columns called otherwise than those of the left side. Physical plans know no qualifiers, and DataFusion
/// moves filters through them by the names of columns.
fn named_apart(binder: &Binder<'_>, left: &Rows, right: Rows) -> Result<Rows> {
    let fields = |rows: &Rows| rows.plan.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    let taken = fields(left).into_iter().collect::<HashSet<_>>();
    match fields(&right).iter().any(|name| taken.contains(name)) {
        true => right.again(binder),
        false => Ok(right),
    }
}

/// `left, right`
pub(super) fn comma(binder: &Binder<'_>, left: Rows, right: &FromItem, parent: Option<&Scope<'_>>) -> Result<Rows> {
    bind_right(binder, left, JoinOperator::Cross, right, &JoinCondition::None, right.span, parent)
}

/// Functions of PostgreSQL see what stands further left without LATERAL; where that cannot be they do without.
fn stands_alone(binder: &Binder<'_>, right: &FromItem, operator: JoinOperator, condition: &JoinCondition) -> bool {
    let one_sided = matches!(operator, JoinOperator::Inner | JoinOperator::Cross | JoinOperator::Left)
        && matches!(condition, JoinCondition::None | JoinCondition::On(_));
    binder.is_postgres() && matches!(right.kind, FromKind::Function { .. }) && !one_sided
}

fn is_lateral(item: &FromItem) -> bool {
    match &item.kind {
        FromKind::Subquery { lateral, .. } | FromKind::Function { lateral, .. } => *lateral,
        FromKind::Table { .. }
        | FromKind::Values(_)
        | FromKind::Join(_)
        | FromKind::Parenthesised { .. }
        | FromKind::Pivot { .. }
        | FromKind::Unpivot { .. } => false,
    }
}

/// A LATERAL subquery that makes one row of nothing (`SELECT t.a + 1 AS b`) only computes columns beside those it sees.
fn inline_lateral(left: &LogicalPlan, right: &LogicalPlan) -> Result<Option<LogicalPlan>> {
    match right {
        LogicalPlan::EmptyRelation(empty) if empty.produce_one_row => Ok(Some(left.clone())),
        LogicalPlan::Projection(projection) => {
            let Some(input) = inline_lateral(left, &projection.input)? else { return Ok(None) };
            let mut expressions = Rows::pass_through(left);
            for expr in &projection.expr {
                expressions.push(inward(expr.clone(), left.schema())?);
            }
            Ok(Some(LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(input))?)))
        }
        _ => Ok(None),
    }
}

/// Outer references to columns of `schema` become columns.
pub(super) fn inward(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(expr
        .transform_up(|node| match node {
            Expr::OuterReferenceColumn(_, column) if schema.has_column(&column) => {
                Ok(Transformed::yes(Expr::Column(column)))
            }
            other => Ok(Transformed::no(other)),
        })?
        .data)
}

fn operator_name(operator: JoinOperator) -> &'static str {
    match operator {
        JoinOperator::Inner => "INNER",
        JoinOperator::Left => "LEFT OUTER",
        JoinOperator::Right => "RIGHT OUTER",
        JoinOperator::Full => "FULL OUTER",
        JoinOperator::LeftSemi => "LEFT SEMI",
        JoinOperator::LeftAnti => "LEFT ANTI",
        JoinOperator::Cross => "CROSS",
    }
}

fn join(
    binder: &Binder<'_>,
    left: Rows,
    right: Rows,
    operator: JoinOperator,
    condition: &JoinCondition,
    span: Span,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    match condition {
        JoinCondition::None => combine(left, right, operator, None),
        JoinCondition::On(expression) => {
            let predicate = on(binder, &left, &right, expression, parent)?;
            // DataFusion takes subqueries in filters only.
            if matches!(operator, JoinOperator::Inner | JoinOperator::Cross) && subqueries::has_subquery(&predicate)? {
                let rows = combine(left, right, JoinOperator::Cross, None)?;
                let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(rows.plan))?);
                return Ok(Rows { plan, columns: rows.columns });
            }
            let (left, right, predicate) = hoist_subqueries(binder, left, right, predicate, expression.span)?;
            combine(left, right, operator, Some(predicate))
        }
        JoinCondition::Using(names) => using(binder, left, right, operator, names, span),
        JoinCondition::Natural => {
            // Each name of the left as often as the right has it too, in the same case.
            let mut others: Vec<&str> =
                right.columns.iter().filter(|column| !column.hidden).map(|column| column.name.as_str()).collect();
            let mut names: Vec<Identifier> = Vec::new();
            for column in left.columns.iter().filter(|column| !column.hidden) {
                if let Some(found) = others.iter().position(|other| *other == column.name) {
                    others.swap_remove(found);
                    names.push(Identifier::new(column.name.clone(), span));
                }
            }
            if names.is_empty() {
                combine(left, right, operator, None)
            } else {
                using(binder, left, right, operator, &names, span)
            }
        }
    }
}

/// Binds ON; both sides are in sight.
fn on(
    binder: &Binder<'_>,
    left: &Rows,
    right: &Rows,
    expression: &Expression,
    parent: Option<&Scope<'_>>,
) -> Result<Expr> {
    let columns = left.columns.iter().chain(&right.columns).cloned().collect();
    let scope = Scope::new(columns, parent);
    let mut collected = Collected::new(binder);
    let mut scope = ExpressionScope::new(&scope, Place::JoinCondition, &mut collected);
    let bound = expressions::bind(binder, expression, &mut scope)?;
    if !matches!(bound.data_type, DataType::Boolean | DataType::Null) {
        return Err(Error::new(
            &JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE,
            format!(
                "The join condition \"{}\" has the invalid type \"{}\", expected \"BOOLEAN\"",
                column_names::text_of(expression),
                bound.data_type
            ),
        )
        .at(expression.span));
    }
    condition_of(binder, bound, "", expression.span)
}

/// DataFusion takes no subqueries in join conditions: each is computed on the side whose columns it needs.
fn hoist_subqueries(
    binder: &Binder<'_>,
    mut left: Rows,
    mut right: Rows,
    predicate: Expr,
    span: Span,
) -> Result<(Rows, Rows, Expr)> {
    if !subqueries::has_subquery(&predicate)? {
        return Ok((left, right, predicate));
    }
    let (mut of_left, mut of_right) = (Rows::pass_through(&left.plan), Rows::pass_through(&right.plan));
    let predicate = predicate
        .transform_up(|node| {
            let Expr::ScalarSubquery(subquery) = &node else { return Ok(Transformed::no(node)) };
            let needs = |rows: &Rows| {
                subquery.outer_ref_columns.iter().any(|reference| match reference {
                    Expr::OuterReferenceColumn(_, column) => rows.plan.schema().has_column(column),
                    _ => false,
                })
            };
            let side = match (needs(&left), needs(&right)) {
                (true, true) => {
                    return Err(Error::new(
                        &UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY,
                        "Unsupported subquery expression: Correlated subqueries in the join predicate cannot reference both \
                         join inputs",
                    )
                    .subcondition("UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION")
                    .hint("compute it in a subquery of FROM")
                    .at(span)
                    .into());
                }
                (true, false) => &mut of_left,
                (false, _) => &mut of_right,
            };
            let unique = binder.unique("subquery");
            side.push(node.alias(unique.clone()));
            Ok(Transformed::yes(Expr::Column(datafusion::common::Column::new_unqualified(unique))))
        })?
        .data;
    left.plan = LogicalPlan::Projection(Projection::try_new(of_left, Arc::new(left.plan))?);
    right.plan = LogicalPlan::Projection(Projection::try_new(of_right, Arc::new(right.plan))?);
    Ok((left, right, predicate))
}

/// Puts the sides beside each other; the columns of a side that may be missing become NULL-able.
fn combine(left: Rows, right: Rows, operator: JoinOperator, filter: Option<Expr>) -> Result<Rows> {
    let join_type = match operator {
        JoinOperator::Inner | JoinOperator::Cross => JoinType::Inner,
        JoinOperator::Left => JoinType::Left,
        JoinOperator::Right => JoinType::Right,
        JoinOperator::Full => JoinType::Full,
        JoinOperator::LeftSemi => JoinType::LeftSemi,
        JoinOperator::LeftAnti => JoinType::LeftAnti,
    };
    let filter = filter.map(|filter| logical::condition(filter, &[&left.plan, &right.plan])).transpose()?;
    let filter = match (filter, join_type) {
        (None, JoinType::Inner) => None,
        (None, _) => Some(lit(true)),
        (filter, _) => filter,
    };
    let (mut left_columns, mut right_columns) = (left.columns, right.columns);
    if matches!(join_type, JoinType::Right | JoinType::Full) {
        left_columns.iter_mut().for_each(|column| column.nullable = true);
    }
    if matches!(join_type, JoinType::Left | JoinType::Full) {
        right_columns.iter_mut().for_each(|column| column.nullable = true);
    }
    let plan = LogicalPlan::Join(Join::try_new(
        Arc::new(left.plan),
        Arc::new(right.plan),
        Vec::new(),
        filter,
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )?);
    if !matches!(join_type, JoinType::LeftSemi | JoinType::LeftAnti) {
        left_columns.append(&mut right_columns);
    }
    Rows::new(plan, left_columns)
}

/// USING and NATURAL: the columns come first and once, the side that they are not taken from is hidden.
fn using(
    binder: &Binder<'_>,
    left: Rows,
    right: Rows,
    operator: JoinOperator,
    names: &[Identifier],
    span: Span,
) -> Result<Rows> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut predicate: Option<Expr> = None;
    for name in names {
        let left_key = key(&left, name, "left")?;
        let right_key = key(&right, name, "right")?;
        let equal = equals(binder, left.columns[left_key].typed(), right.columns[right_key].typed(), name.span)?;
        predicate = Some(match predicate {
            Some(others) => others.and(equal),
            None => equal,
        });
        pairs.push((left_key, right_key));
    }
    let width = left.columns.len();
    let mut rows = combine(left, right, operator, predicate)?;
    if matches!(operator, JoinOperator::LeftSemi | JoinOperator::LeftAnti) {
        let merged: Vec<ScopeColumn> = pairs.iter().map(|(key, _)| rows.columns[*key].clone()).collect();
        let others = (0..width).filter(|n| !pairs.iter().any(|(key, _)| key == n)).map(|n| rows.columns[n].clone());
        rows.columns = merged.into_iter().chain(others).collect();
        return Ok(rows);
    }
    let mut merged = Vec::with_capacity(pairs.len());
    let mut hidden = Vec::with_capacity(pairs.len());
    match operator {
        JoinOperator::Full => {
            let context = binder.environment.context;
            let mut expressions = Rows::pass_through(&rows.plan);
            let mut made = Vec::new();
            for (left_key, right_key) in &pairs {
                let (a, b) = (&rows.columns[*left_key], &rows.columns[width + *right_key]);
                let data_type =
                    common_type(&a.data_type, &b.data_type, context.ansi).ok_or_else(|| incomparable(a, b).at(span))?;
                let mode = CastMode::implicit(context);
                let value = coalesce(vec![
                    cast(a.typed(), &data_type, mode, context)?.expr,
                    cast(b.typed(), &data_type, mode, context)?.expr,
                ]);
                let unique = binder.unique(&a.name);
                expressions.push(value.alias(unique.clone()));
                made.push((unique, a.name.clone(), data_type));
            }
            rows.plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(rows.plan))?);
            for (unique, name, data_type) in made {
                let column = datafusion::common::Column::new_unqualified(unique);
                merged.push(from::plan_column(&rows.plan, column, name, data_type, true)?);
            }
            for (left_key, right_key) in &pairs {
                hidden.push(rows.columns[*left_key].clone());
                hidden.push(rows.columns[width + *right_key].clone());
            }
        }
        JoinOperator::Right => {
            for (left_key, right_key) in &pairs {
                merged.push(rows.columns[width + *right_key].clone());
                hidden.push(rows.columns[*left_key].clone());
            }
        }
        JoinOperator::Inner
        | JoinOperator::Left
        | JoinOperator::Cross
        | JoinOperator::LeftSemi
        | JoinOperator::LeftAnti => {
            for (left_key, right_key) in &pairs {
                merged.push(rows.columns[*left_key].clone());
                hidden.push(rows.columns[width + *right_key].clone());
            }
        }
    }
    let others = rows
        .columns
        .iter()
        .enumerate()
        .filter(|(n, _)| !pairs.iter().any(|(left_key, right_key)| n == left_key || *n == width + *right_key));
    let others: Vec<ScopeColumn> = others.map(|(_, column)| column.clone()).collect();
    hidden.iter_mut().for_each(|column| column.hidden = true);
    let columns = merged.into_iter().chain(others).chain(hidden).collect();
    Rows::new(rows.plan, columns)
}

/// The first column of that name.
fn key(rows: &Rows, name: &Identifier, side: &str) -> Result<usize> {
    let visible = || rows.columns.iter().enumerate().filter(|(_, column)| !column.hidden);
    match visible().find(|(_, column)| name.is(&column.name)) {
        Some((position, _)) => Ok(position),
        None => {
            let names: Vec<&str> = visible().map(|(_, column)| column.name.as_str()).collect();
            let shown: Vec<String> = names.iter().map(|name| quote(name)).collect();
            Err(Error::new(
                &UNRESOLVED_USING_COLUMN_FOR_JOIN,
                format!(
                    "USING column {} cannot be resolved on the {side} side of the join. The {side}-side columns: [{}]",
                    quote(&name.value),
                    shown.join(", ")
                ),
            )
            .suggest(&name.value, names)
            .at(name.span))
        }
    }
}

/// `left = right` in the type that both are compared in.
pub(super) fn equals(binder: &Binder<'_>, left: Typed, right: Typed, span: Span) -> Result<Expr> {
    let context = binder.environment.context;
    let mut sides = [left, right];
    if collations::meet(&mut sides).map_err(|error| error.at(span))? == Meeting::Indeterminate {
        return Err(super::coercion::indeterminate("the columns of USING", span));
    }
    let [left, right] = sides;
    let Some(data_type) = comparison_type(&left.data_type, &right.data_type, context.ansi) else {
        return Err(Error::new(
            &DATATYPE_MISMATCH,
            format!(
                "the left and right operands of \"=\" have incompatible types (\"{}\" and \"{}\")",
                left.data_type, right.data_type
            ),
        )
        .subcondition("BINARY_OP_DIFF_TYPES")
        .at(span));
    };
    let mode = CastMode::implicit(context);
    let left = collations::key(cast(left, &data_type, mode, context)?, context)?;
    let right = collations::key(cast(right, &data_type, mode, context)?, context)?;
    Ok(left.expr.eq(right.expr))
}

fn incomparable(a: &ScopeColumn, b: &ScopeColumn) -> Error {
    Error::new(
        &DATATYPE_MISMATCH,
        format!("the columns {} have incompatible types (\"{}\" and \"{}\")", quote(&a.name), a.data_type, b.data_type),
    )
    .subcondition("BINARY_OP_DIFF_TYPES")
}
