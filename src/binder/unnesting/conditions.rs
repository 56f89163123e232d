//! Which subqueries the optimizer turns into joins rightly. It looks at plans and changes none.

use datafusion::common::JoinType;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};

use crate::error::{Error, Result, UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY};

use super::super::subqueries::{Use, can_decorrelate, has_subquery, outer_references};

/// Whether the optimizer turns the subquery into the right join: outer columns stand in filters only, with nothing above
/// them that looks at more than one row, but for one aggregate of all rows in a scalar subquery.
pub(super) fn is_easy(plan: &LogicalPlan, purpose: Use) -> Result<bool> {
    if outer_references(plan).is_empty() {
        return Ok(true);
    }
    let below = match purpose {
        Use::Scalar => match aggregate_of_all(plan) {
            Some(aggregate) => &aggregate.input,
            None => return Ok(false),
        },
        Use::Exists | Use::Lateral => plan,
    };
    Ok(is_flat(below)? && can_decorrelate(plan, purpose)?)
}

/// The aggregate of all rows that a subquery is, with nothing above it that would need to know of missing rows.
fn aggregate_of_all(plan: &LogicalPlan) -> Option<&Aggregate> {
    let mut node = plan;
    let mut plain = true;
    while let LogicalPlan::Projection(projection) = node {
        if projection.expr.iter().any(Expr::contains_outer) {
            return None;
        }
        plain &= projection.expr.iter().all(|expr| matches!(expr.clone().unalias(), Expr::Column(_)));
        node = &projection.input;
    }
    match node {
        // A value that is not NULL for no rows must not be computed from one that is missing.
        LogicalPlan::Aggregate(aggregate)
            if aggregate.group_expr.is_empty() && (plain || !aggregate.aggr_expr.iter().any(counts)) =>
        {
            Some(aggregate)
        }
        _ => None,
    }
}

/// Whether the aggregate of no rows is a value.
fn counts(call: &Expr) -> bool {
    match call {
        Expr::Alias(alias) => counts(&alias.expr),
        Expr::AggregateFunction(call) => !matches!(call.func.name(), "sum" | "avg" | "min" | "max"),
        _ => true,
    }
}

/// Whether outer columns stand in filters only, above nothing but joins and projections.
fn is_flat(plan: &LogicalPlan) -> Result<bool> {
    if outer_references(plan).is_empty() {
        return Ok(true);
    }
    let own = |expr: &Expr| -> Result<bool> { Ok(expr.contains_outer()) };
    match plan {
        LogicalPlan::Filter(filter) => Ok(!has_subquery(&filter.predicate)? && is_flat(&filter.input)?),
        LogicalPlan::Projection(projection) => {
            for expr in &projection.expr {
                if own(expr)? || has_subquery(expr)? {
                    return Ok(false);
                }
            }
            is_flat(&projection.input)
        }
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
            Ok(!join.filter.as_ref().is_some_and(Expr::contains_outer) && is_flat(&join.left)? && is_flat(&join.right)?)
        }
        _ => Ok(false),
    }
}

pub(in crate::binder) fn unsupported(why: &str) -> Error {
    Error::new(
        &UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY,
        format!("Unsupported subquery expression: the subquery refers to the query around it, and {why}"),
    )
    .subcondition("CORRELATED_COLUMN_IS_NOT_ALLOWED_IN_PREDICATE")
    .hint("write it as a join with a subquery in FROM")
}
