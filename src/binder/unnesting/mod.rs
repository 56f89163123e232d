//! Correlated subqueries that DataFusion's optimizer cannot turn into joins, or turns into joins that answer something
//! else, become joins here.
//!
//! Such a subquery is computed for every combination of the outer columns it needs (its domain), and joined back by
//! them, as in Neumann and Kemper, "Unnesting Arbitrary Queries". It knows plans, and nothing of names or types.

mod conditions;
mod dependent;
mod domain;

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ExprSchema, JoinType, NullEquality, ScalarValue};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{Distinct, Expr, Filter, Join, JoinConstraint, LogicalPlan, Projection, lit};

use crate::error::Result;

use super::Ids;
use super::rows::Rows;
use super::subqueries::Use;

use self::conditions::is_easy;
pub(super) use self::conditions::unsupported;
use self::dependent::dependent;
use self::domain::Domain;

/// Unnests what the optimizer would not.
pub(super) fn unnest(ids: &Ids, plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.transform_down_with_subqueries(|node| Ok(unnest_node(ids, node)?))?.data)
}

fn unnest_node(ids: &Ids, node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match node {
        LogicalPlan::Filter(filter) => {
            let columns = Rows::pass_through(&filter.input);
            let mut input = Arc::unwrap_or_clone(filter.input);
            let mut changed = false;
            let mut conditions = Vec::new();
            for condition in split_conjunction_owned(filter.predicate) {
                let alone = matches!(condition, Expr::InSubquery(_));
                let new = joined(ids, &condition, &mut input, alone)?;
                changed |= new.is_some();
                conditions.push(new.unwrap_or(condition));
            }
            let predicate = conditions.into_iter().reduce(Expr::and).unwrap_or_else(|| lit(true));
            if !changed {
                return Ok(Transformed::no(LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?)));
            }
            let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?);
            Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?)))
        }
        LogicalPlan::Projection(projection) => {
            let mut input = Arc::unwrap_or_clone(projection.input);
            let mut changed = false;
            let mut expressions = Vec::with_capacity(projection.expr.len());
            for expr in projection.expr {
                match joined(ids, &expr, &mut input, true)? {
                    Some(new) => {
                        let name = expr.schema_name().to_string();
                        expressions.push(if matches!(new, Expr::Alias(_)) { new } else { new.alias(name) });
                        changed = true;
                    }
                    None => expressions.push(expr),
                }
            }
            let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(input))?);
            Ok(if changed { Transformed::yes(plan) } else { Transformed::no(plan) })
        }
        LogicalPlan::Join(join) => lateral(ids, join),
        other => Ok(Transformed::no(other)),
    }
}

/// A join with a LATERAL subquery.
fn lateral(ids: &Ids, join: Join) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Subquery(subquery) = join.right.as_ref() else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    if is_easy(&subquery.subquery, Use::Lateral)? {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    let mut columns = Rows::pass_through(&join.left);
    columns.extend(Rows::pass_through(&subquery.subquery));
    let mut left = join.left.as_ref().clone();
    let Some(domain) = Domain::of(ids, &subquery.subquery, &[], &mut left)? else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    let right = dependent(ids, subquery.subquery.as_ref().clone(), &domain)?;
    let mut filter = same_keys(&left, &domain.outer, &right.keys)?;
    if let Some(condition) = join.filter {
        filter = filter.and(condition);
    }
    let plan = join_by(left, right.plan, filter, join.join_type)?;
    Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?)))
}

/// The expression with columns in place of its subqueries, which are joined to `input`; `None` if all may stay.
/// An IN that is but a part of a condition may not: the optimizer gives the columns of its join the same name.
fn joined(ids: &Ids, expr: &Expr, input: &mut LogicalPlan, may_stay: bool) -> Result<Option<Expr>> {
    let mut changed = false;
    let new = expr.clone().transform_up(|node| {
        let replaced = match &node {
            Expr::ScalarSubquery(subquery) if !is_easy(&subquery.subquery, Use::Scalar)? => {
                scalar(ids, &subquery.subquery, input)?
            }
            Expr::Exists(exists) if !is_easy(&exists.subquery.subquery, Use::Exists)? => {
                let plan = exists.subquery.subquery.as_ref().clone();
                mark(ids, plan, &[], exists.negated, input)?
            }
            Expr::InSubquery(inside) if !may_stay || !is_easy(&inside.subquery.subquery, Use::Exists)? => {
                let plan = inside.subquery.subquery.as_ref().clone();
                let outer = inside.expr.column_refs().into_iter().cloned().collect::<Vec<_>>();
                let operand = outward(inside.expr.as_ref().clone(), input)?;
                let value = Expr::Column(plan.schema().columns()[0].clone());
                let equal = operand.eq(value);
                // NULL must keep the row out of NOT IN.
                let equal = if inside.negated && !may_stay { equal.is_not_false() } else { equal };
                let plan = LogicalPlan::Filter(Filter::try_new(equal, Arc::new(plan))?);
                mark(ids, plan, &outer, inside.negated, input)?
            }
            _ => None,
        };
        Ok(match replaced {
            Some(replaced) => {
                changed = true;
                Transformed::yes(replaced)
            }
            None => Transformed::no(node),
        })
    })?;
    Ok(changed.then_some(new.data))
}

/// Columns of `input` as a subquery refers to them.
fn outward(expr: Expr, input: &LogicalPlan) -> Result<Expr> {
    Ok(expr
        .transform_up(|node| match node {
            Expr::Column(column) => {
                let (_, field) = input.schema().qualified_field_from_column(&column)?;
                Ok(Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(field), column)))
            }
            other => Ok(Transformed::no(other)),
        })?
        .data)
}

/// The value of a subquery that makes at most one row for each row of `input`.
fn scalar(ids: &Ids, plan: &LogicalPlan, input: &mut LogicalPlan) -> Result<Option<Expr>> {
    let Some(domain) = Domain::of(ids, plan, &[], input)? else { return Ok(None) };
    let value = Expr::Column(plan.schema().columns()[0].clone());
    let right = dependent(ids, plan.clone(), &domain)?;
    let name = ids.unique("value");
    let mut outputs = vec![value.alias(name.clone())];
    outputs.extend(right.keys.iter().cloned().map(Expr::Column));
    let right_plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(right.plan))?);
    let filter = same_keys(input, &domain.outer, &right.keys)?;
    *input = join_by(input.clone(), right_plan, filter, JoinType::Left)?;
    Ok(Some(Expr::Column(Column::new_unqualified(name))))
}

/// Whether a subquery makes rows for a row of `input`.
fn mark(ids: &Ids, plan: LogicalPlan, more: &[Column], negated: bool, input: &mut LogicalPlan) -> Result<Option<Expr>> {
    let Some(domain) = Domain::of(ids, &plan, more, input)? else { return Ok(None) };
    let right = dependent(ids, plan, &domain)?;
    let keys: Vec<Expr> = right.keys.iter().cloned().map(Expr::Column).collect();
    let found = LogicalPlan::Projection(Projection::try_new(keys.clone(), Arc::new(right.plan))?);
    let found = LogicalPlan::Distinct(Distinct::All(Arc::new(found)));
    let name = ids.unique("found");
    let mut outputs = keys;
    outputs.push(lit(true).alias(name.clone()));
    let found = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(found))?);
    let filter = same_keys(input, &domain.outer, &right.keys)?;
    *input = join_by(input.clone(), found, filter, JoinType::Left)?;
    let marker = Expr::Column(Column::new_unqualified(name));
    Ok(Some(if negated { marker.is_null() } else { marker.is_not_null() }))
}

/// Equal, NULL being equal to NULL. It is written with plain equalities: the optimizer makes keys of them, and of an
/// equality in a filter above; a join on IS NOT DISTINCT FROM would find NULL equal for that one, too.
fn same_keys(left_plan: &LogicalPlan, left: &[Column], right: &[Column]) -> Result<Expr> {
    let mut all: Vec<Expr> = Vec::with_capacity(left.len());
    for (left, right) in left.iter().zip(right) {
        let field = left_plan.schema().field_from_column(left)?;
        let (left, right) = (Expr::Column(left.clone()), Expr::Column(right.clone()));
        if !field.is_nullable() {
            all.push(left.eq(right));
            continue;
        }
        match ScalarValue::new_default(field.data_type()) {
            Ok(default) if !default.is_null() => {
                let present = |key: Expr| coalesce(vec![key, lit(default.clone())]);
                all.push(present(left.clone()).eq(present(right.clone())));
                all.push(left.is_null().eq(right.is_null()));
            }
            _ => all.push(left.clone().eq(right.clone()).or(left.is_null().and(right.is_null()))),
        }
    }
    Ok(all.into_iter().reduce(Expr::and).unwrap_or_else(|| lit(true)))
}

fn join_by(left: LogicalPlan, right: LogicalPlan, filter: Expr, join_type: JoinType) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Join(Join::try_new(
        Arc::new(left),
        Arc::new(right),
        Vec::new(),
        Some(filter),
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )?))
}
