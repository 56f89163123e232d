//! Subqueries in expressions: one value, IN, EXISTS.
//!
//! DataFusion's optimizer turns them into joins. What it cannot turn, or turns into something else than was asked, is
//! written differently here, or refused.

use std::sync::Arc;

use datafusion::common::Spans;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Aggregate, Case, Expr, Filter, LogicalPlan, Projection, Subquery, lit};
use datafusion::optimizer::decorrelate::PullUpCorrelatedExpr;
use datafusion::scalar::ScalarValue;

use crate::error::{
    DATATYPE_MISMATCH, Error, INVALID_SUBQUERY_EXPRESSION, Result, Span, UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY,
};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::functions::collations::{self, Meeting};
use crate::sql::ast::Query;
use crate::types::DataType;
use crate::types::coercion::{common_structure, common_type, comparison_type};

use super::rows::Rows;
use super::scope::{ExpressionScope, Place};
use super::single_value::single_value;
use super::{Binder, ctes, query};

/// What a subquery stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Scalar,
    Exists,
    Lateral,
}

/// `(SELECT …)` as one value.
pub fn scalar(binder: &Binder<'_>, query: &Query, span: Span, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    let rows = bind(binder, query, span, scope)?;
    let [column] = rows.columns.as_slice() else {
        return Err(Error::new(
            &INVALID_SUBQUERY_EXPRESSION,
            format!("Scalar subquery must return only one column, but found {}", rows.columns.len()),
        )
        .subcondition("SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN")
        .at(span));
    };
    if in_order(scope.place) && !outer_references(&rows.plan).is_empty() {
        return Err(misplaced(
            "UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY",
            "Correlated scalar subqueries can only be used in filters, aggregations, projections, and UPDATE/MERGE/DELETE \
             commands",
            span,
        ));
    }
    let data_type = column.data_type.clone();
    let value = Expr::Column(column.column.clone());
    // A plan that promises never to give NULL does so of its rows; without a row the subquery is NULL.
    let promises_too_much = !column.nullable && may_be_empty(&rows.plan);
    let plan = match makes_one_row(&rows.plan) && !promises_too_much {
        true => rows.plan,
        false => aggregate(rows.plan, single_value().call(vec![value]))?,
    };
    Ok(Typed { expr: scalar_expr(plan), data_type, nullable: true })
}

/// `operands [NOT] IN (SELECT …)`; one operand, or the parts of a row.
pub fn in_subquery(
    binder: &Binder<'_>,
    operands: &[Typed],
    query: &Query,
    negated: bool,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    check_predicate(scope, span)?;
    let rows = bind(binder, query, span, scope)?;
    if rows.columns.len() != operands.len() {
        return Err(Error::new(
            &DATATYPE_MISMATCH,
            format!(
                "The number of columns in the left hand side of an IN subquery does not match the number of columns in the \
                 output of subquery. Left hand side columns(length: {}), right hand side columns(length: {})",
                operands.len(),
                rows.columns.len()
            ),
        )
        .subcondition("IN_SUBQUERY_LENGTH_MISMATCH")
        .at(span));
    }
    let (operands, rows) = comparable(binder, operands, rows, span)?;
    let nullable = operands.iter().any(|operand| operand.nullable) || rows.columns.iter().any(|column| column.nullable);
    let typed = |expr: Expr| Typed { expr, data_type: DataType::Boolean, nullable };
    let correlated = !outer_references(&rows.plan).is_empty();

    if let [operand] = operands.as_slice()
        && correlated
        && is_groupless_aggregate(&rows.plan)
    {
        // Exactly one row: IN is a comparison with its value.
        let value = scalar_expr(rows.plan);
        let equal = operand.expr.clone().eq(value);
        return Ok(typed(if negated { !equal } else { equal }));
    }
    if !in_filter(scope.place) {
        let expr = membership(&operands, rows, negated, span, scope)?;
        return Ok(Typed { expr, data_type: DataType::Boolean, nullable: false });
    }
    match operands.as_slice() {
        // DataFusion minds NULLs in NOT IN only without correlation, and only if columns of both sides are compared.
        [operand]
            if !operand.expr.column_refs().is_empty()
                && (!negated || !correlated && (!nullable || is_computed(&rows))) =>
        {
            Ok(typed(Expr::InSubquery(InSubquery {
                expr: Box::new(operand.expr.clone()),
                subquery: subquery(rows.plan),
                negated,
            })))
        }
        _ => {
            let equal = row_equal(&operands, &rows, span, scope)?;
            // NULL must keep the row out of NOT IN, and out of IN.
            let predicate = if negated { equal.is_not_false() } else { equal };
            let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(rows.plan))?);
            Ok(typed(Expr::Exists(Exists { subquery: subquery(plan), negated })))
        }
    }
}

/// `EXISTS (SELECT …)`; NOT is an operator around it.
pub fn exists(binder: &Binder<'_>, query: &Query, span: Span, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    check_predicate(scope, span)?;
    let rows = bind(binder, query, span, scope)?;
    let typed = |expr: Expr| Ok(Typed { expr, data_type: DataType::Boolean, nullable: false });
    let correlated = !outer_references(&rows.plan).is_empty();
    if correlated && is_groupless_aggregate(&rows.plan) {
        return typed(lit(true));
    }
    if correlated && let Some((having, input)) = groupless_having(&rows.plan) {
        let unique = binder.unique("having");
        let plan =
            LogicalPlan::Projection(Projection::try_new(vec![having.clone().alias(unique)], Arc::new(input.clone()))?);
        return typed(coalesce(vec![scalar_expr(plan), lit(false)]));
    }
    if !in_filter(scope.place) {
        return typed(count_of(rows.plan)?.gt(lit(0_i64)));
    }
    typed(Expr::Exists(Exists { subquery: subquery(rows.plan), negated: false }))
}

/// Whether the expression becomes the condition of a filter: the optimizer makes joins of EXISTS and IN only there.
fn in_filter(place: Place) -> bool {
    matches!(place, Place::Where | Place::Having | Place::Qualify)
}

fn in_order(place: Place) -> bool {
    matches!(place, Place::OrderBy | Place::SortBy)
}

fn misplaced(subcondition: &'static str, why: &str, span: Span) -> Error {
    Error::new(&UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY, format!("Unsupported subquery expression: {why}"))
        .subcondition(subcondition)
        .at(span)
}

/// Fails if IN or EXISTS may not stand here.
fn check_predicate(scope: &ExpressionScope<'_>, span: Span) -> Result<()> {
    if in_order(scope.place) {
        return Err(misplaced(
            "UNSUPPORTED_IN_EXISTS_SUBQUERY",
            "IN/EXISTS predicate subqueries can only be used in filters, joins, aggregations, window functions, \
             projections, and UPDATE/MERGE/DELETE commands",
            span,
        ));
    }
    Ok(())
}

fn bind(binder: &Binder<'_>, query: &Query, span: Span, scope: &mut ExpressionScope<'_>) -> Result<Rows> {
    if !scope.allows_subqueries() {
        return Err(Error::new(
            &UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY,
            "Unsupported subquery expression: a subquery cannot stand here",
        )
        .subcondition("UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY")
        .at(span));
    }
    let _before = ctes::in_expression(binder, query)?;
    let rows = query::bind(binder, query, Some(scope.scope))?.exact(binder)?;
    let names: Vec<String> = mentions(&rows.plan, &outer_references(&rows.plan))?
        .iter()
        .filter_map(|reference| match reference {
            Expr::OuterReferenceColumn(_, column) => scope.scope.name_of(column),
            _ => None,
        })
        .collect();
    if !names.is_empty() {
        scope.collected.correlated.push((span, names));
    }
    Ok(rows)
}

fn subquery(plan: LogicalPlan) -> Subquery {
    let outer_ref_columns = outer_references(&plan);
    Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: Spans::new() }
}

fn scalar_expr(plan: LogicalPlan) -> Expr {
    Expr::ScalarSubquery(subquery(plan))
}

/// Each place where a plan mentions one of the references, from the top of the plan downwards.
fn mentions(plan: &LogicalPlan, references: &[Expr]) -> Result<Vec<Expr>> {
    let mut found = Vec::new();
    if references.is_empty() {
        return Ok(found);
    }
    plan.apply(|node| node.apply_expressions(|expression| mentions_in(expression, &mut found)))?;
    found.retain(|mention| references.contains(mention));
    Ok(found)
}

fn mentions_in(expression: &Expr, found: &mut Vec<Expr>) -> datafusion::common::Result<TreeNodeRecursion> {
    expression.apply(|part| {
        match part {
            Expr::OuterReferenceColumn(..) => found.push(part.clone()),
            Expr::ScalarSubquery(inner)
            | Expr::Exists(Exists { subquery: inner, .. })
            | Expr::InSubquery(InSubquery { subquery: inner, .. }) => {
                found.extend(inner.outer_ref_columns.iter().cloned());
            }
            // An operand of AND that may fail is guarded by those before it, which were seen before.
            Expr::Case(Case { expr: Some(base), when_then_expr, else_expr: Some(right) })
                if matches!(**base, Expr::Literal(ScalarValue::Boolean(Some(_)), _))
                    && when_then_expr.iter().all(|(_, then)| then == base) =>
            {
                mentions_in(right, found)?;
                return Ok(TreeNodeRecursion::Jump);
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })
}

/// The columns of queries around that a plan refers to. What a subquery inside of it takes from the plan itself is none.
pub(super) fn outer_references(plan: &LogicalPlan) -> Vec<Expr> {
    let mut references = plan.all_out_ref_exprs();
    let mut nodes = vec![plan];
    while let Some(node) = nodes.pop() {
        if references.is_empty() {
            break;
        }
        // Every column of a statement has a name of its own.
        references.retain(
            |reference| !matches!(reference, Expr::OuterReferenceColumn(_, column) if node.schema().has_column(column)),
        );
        nodes.extend(node.inputs());
    }
    references
}

/// Whether DataFusion's optimizer can turn a correlated subquery into a join.
pub(super) fn can_decorrelate(plan: &LogicalPlan, purpose: Use) -> Result<bool> {
    let mut pull_up = match purpose {
        Use::Scalar | Use::Lateral => PullUpCorrelatedExpr::new().with_need_handle_count_bug(true),
        Use::Exists => PullUpCorrelatedExpr::new().with_exists_sub_query(true),
    };
    plan.clone().rewrite(&mut pull_up)?;
    Ok(pull_up.can_pull_up && !(purpose == Use::Lateral && pull_up.pull_up_having_expr.is_some()))
}

/// Whether an expression holds a subquery.
pub(super) fn has_subquery(expr: &Expr) -> Result<bool> {
    Ok(expr.exists(|node| Ok(matches!(node, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_))))?)
}

/// Casts both sides to the types they are compared in.
fn comparable(binder: &Binder<'_>, operands: &[Typed], rows: Rows, span: Span) -> Result<(Vec<Typed>, Rows)> {
    let context = binder.environment.context;
    let mode = CastMode::implicit(context);
    let mut left = Vec::with_capacity(operands.len());
    let mut outputs = Vec::with_capacity(operands.len());
    let mut changed = false;
    for (operand, column) in operands.iter().zip(&rows.columns) {
        let mut pair = [operand.clone(), column.typed()];
        if collations::meet(&mut pair).map_err(|error| error.at(span))? == Meeting::Indeterminate {
            return Err(super::coercion::indeterminate(&column.name, span));
        }
        let [operand, value] = pair;
        let (one, other) = (&operand.data_type, &value.data_type);
        let common = match context.ansi {
            true => common_type(one, other, true).or_else(|| common_structure(one, other)),
            false => comparison_type(one, other, false),
        };
        let Some(data_type) = common else {
            return Err(Error::new(
                &DATATYPE_MISMATCH,
                format!(
                    "The data type of one or more elements in the left hand side of an IN subquery is not compatible with \
                     the data type of the output of the subquery. Mismatched columns: [\"{}\", \"{}\"]",
                    operand.data_type, column.data_type
                ),
            )
            .subcondition("IN_SUBQUERY_DATA_TYPE_MISMATCH")
            .at(span));
        };
        changed |= column.data_type != data_type;
        let value = collations::key(cast(value, &data_type, mode, context)?, context)?;
        changed |= value.data_type != data_type;
        left.push(collations::key(cast(operand, &data_type, mode, context)?, context)?);
        outputs.push(super::rows::Output { name: column.name.clone(), value });
    }
    if !changed {
        return Ok((left, rows));
    }
    Ok((left, Rows::project(binder, rows.plan, outputs)?))
}

/// `operands = columns`, as a condition inside of the subquery.
fn row_equal(operands: &[Typed], rows: &Rows, span: Span, scope: &ExpressionScope<'_>) -> Result<Expr> {
    let mut all: Option<Expr> = None;
    for (operand, column) in operands.iter().zip(&rows.columns) {
        let outer = scope.scope.outer_reference(operand.expr.clone(), span)?;
        let equal = outer.eq(Expr::Column(column.column.clone()));
        all = Some(match all {
            Some(others) => others.and(equal),
            None => equal,
        });
    }
    Ok(all.unwrap_or_else(|| lit(true)))
}

/// IN as a value. As in Spark it is never NULL: IN is whether an equal row is there, NOT IN is true only if NULLs leave no
/// doubt that none is.
fn membership(operands: &[Typed], rows: Rows, negated: bool, span: Span, scope: &ExpressionScope<'_>) -> Result<Expr> {
    let equal = row_equal(operands, &rows, span, scope)?;
    let count =
        |condition: Expr| count_of(LogicalPlan::Filter(Filter::try_new(condition, Arc::new(rows.plan.clone()))?));
    if !negated {
        return Ok(count(equal)?.gt(lit(0_i64)));
    }
    let [operand] = operands else {
        return Ok(count(equal.is_not_false())?.eq(lit(0_i64)));
    };
    let found = count(equal)?.gt(lit(0_i64));
    let mut possible = found;
    if operand.nullable || rows.columns.iter().any(|column| column.nullable) {
        let nulls = rows.columns.iter().map(|column| Expr::Column(column.column.clone()).is_null());
        let nulls = nulls.reduce(Expr::or).unwrap_or_else(|| lit(false));
        let with_null = LogicalPlan::Filter(Filter::try_new(nulls, Arc::new(rows.plan.clone()))?);
        possible = possible.or(count_of(with_null)?.gt(lit(0_i64)));
        let any = count_of(rows.plan)?.gt(lit(0_i64));
        possible = possible.or(operand.expr.clone().is_null().and(any));
    }
    Ok(!possible)
}

/// Whether the first column depends on rows of tables.
fn is_computed(rows: &Rows) -> bool {
    let Some(column) = rows.columns.first() else { return false };
    let (mut plan, mut column) = (&rows.plan, column.column.clone());
    while let LogicalPlan::Projection(projection) = plan {
        let Ok(at) = projection.schema.index_of_column(&column) else { return true };
        match projection.expr[at].clone().unalias() {
            Expr::Column(below) => column = below,
            expr => return !expr.column_refs().is_empty(),
        }
        plan = &projection.input;
    }
    true
}

/// How many rows the plan makes, as a scalar subquery.
fn count_of(plan: LogicalPlan) -> Result<Expr> {
    Ok(scalar_expr(aggregate(plan, count_udaf().call(vec![lit(1_i64)]))?))
}

/// One aggregate of all rows.
fn aggregate(plan: LogicalPlan, call: Expr) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(plan), Vec::new(), vec![call])?))
}

/// Whether the plan makes at most one row for each outer row: an aggregation without GROUP BY, or a single row.
fn makes_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::Projection(projection) => makes_one_row(&projection.input),
        LogicalPlan::Filter(filter) => makes_one_row(&filter.input),
        LogicalPlan::Sort(sort) => makes_one_row(&sort.input),
        LogicalPlan::Limit(limit) => makes_one_row(&limit.input),
        LogicalPlan::Distinct(distinct) => makes_one_row(distinct.input()),
        LogicalPlan::EmptyRelation(_) => true,
        _ => false,
    }
}

/// Whether a plan of at most one row may have none.
fn may_be_empty(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => may_be_empty(&projection.input),
        LogicalPlan::Sort(sort) => may_be_empty(&sort.input),
        LogicalPlan::Distinct(distinct) => may_be_empty(distinct.input()),
        LogicalPlan::Aggregate(aggregate) => !aggregate.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(empty) => !empty.produce_one_row,
        _ => true,
    }
}

/// Whether the plan always makes exactly one row, by an aggregation without GROUP BY.
fn is_groupless_aggregate(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::Projection(projection) => is_groupless_aggregate(&projection.input),
        LogicalPlan::Sort(sort) => is_groupless_aggregate(&sort.input),
        _ => false,
    }
}

/// The condition of HAVING over an aggregation without GROUP BY, and what it filters.
fn groupless_having(plan: &LogicalPlan) -> Option<(&Expr, &LogicalPlan)> {
    match plan {
        LogicalPlan::Projection(projection) => groupless_having(&projection.input),
        LogicalPlan::Filter(filter) if is_groupless_aggregate(&filter.input) => {
            Some((&filter.predicate, &filter.input))
        }
        _ => None,
    }
}
