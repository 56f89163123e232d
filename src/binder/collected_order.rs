//! The order of a sorted subquery below an aggregation.
//!
//! `SELECT collect_list(a) FROM (SELECT * FROM t ORDER BY a) GROUP BY b` collects in the order of `a` in Spark, whose sort
//! runs below the aggregation. Plans of DataFusion have no order between operators unless one asks for it: aggregates that
//! depend on the order are given the keys, and then nobody needs the sort. It does not know what the aggregates compute.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ExprSchema};
use datafusion::logical_expr::expr::Sort as SortKey;
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, Projection, SubqueryAlias};

use crate::error::Result;
use crate::functions::aggregates::{COLLECT_LIST, collect_list_in_order};
use crate::types::DataType;

use super::Binder;

/// Beginnings of the names of aggregates whose answers depend on the order of their input.
const SENSITIVE: &[&str] = &[COLLECT_LIST, "first_value", "last_value", "listagg", "array_agg"];

/// Moves the keys of a sort below `input` into the aggregates that depend on it. A sort stays where its keys are no longer
/// among the columns.
pub(super) fn keep(binder: &Binder<'_>, input: LogicalPlan, calls: Vec<Expr>) -> Result<(LogicalPlan, Vec<Expr>)> {
    let Some(unsorted) = without_sort(&input)? else { return Ok((input, calls)) };
    let calls = match unsorted.keys {
        Some(keys) => calls.into_iter().map(|call| in_order(binder, call, &keys, &input)).collect::<Result<_>>()?,
        None if calls.iter().any(is_sensitive) => return Ok((input, calls)),
        None => calls,
    };
    Ok((unsorted.plan, calls))
}

struct Unsorted {
    plan: LogicalPlan,
    /// `None`: the plan does not give all columns that the keys are made of.
    keys: Option<Vec<SortKey>>,
}

/// The plan without the sort that decides the order of its rows; `None` if there is none.
fn without_sort(plan: &LogicalPlan) -> Result<Option<Unsorted>> {
    match plan {
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => {
            let below = sort.input.as_ref().clone();
            Ok(Some(Unsorted { plan: below, keys: Some(sort.expr.clone()) }))
        }
        LogicalPlan::Projection(projection) => {
            let Some(below) = without_sort(&projection.input)? else { return Ok(None) };
            let outputs = projection.schema.columns();
            let renamed = |column: &Column| {
                let place = projection.expr.iter().position(|expr| match expr.clone().unalias() {
                    Expr::Column(inner) => inner == *column,
                    _ => false,
                })?;
                Some(outputs[place].clone())
            };
            let keys = below.keys.and_then(|keys| rename(keys, renamed));
            let plan = Projection::try_new(projection.expr.clone(), Arc::new(below.plan))?;
            Ok(Some(Unsorted { plan: LogicalPlan::Projection(plan), keys }))
        }
        LogicalPlan::Filter(filter) => {
            let Some(below) = without_sort(&filter.input)? else { return Ok(None) };
            let plan = Filter::try_new(filter.predicate.clone(), Arc::new(below.plan))?;
            Ok(Some(Unsorted { plan: LogicalPlan::Filter(plan), keys: below.keys }))
        }
        LogicalPlan::SubqueryAlias(alias) => {
            let Some(below) = without_sort(&alias.input)? else { return Ok(None) };
            let (inner, outer) = (alias.input.schema().columns(), alias.schema.columns());
            let renamed = |column: &Column| Some(outer[inner.iter().position(|known| known == column)?].clone());
            let keys = below.keys.and_then(|keys| rename(keys, renamed));
            let plan = SubqueryAlias::try_new(Arc::new(below.plan), alias.alias.clone())?;
            Ok(Some(Unsorted { plan: LogicalPlan::SubqueryAlias(plan), keys }))
        }
        _ => Ok(None),
    }
}

/// The keys over renamed columns; `None` if one of the columns is gone, or the key gives something else each time.
fn rename(keys: Vec<SortKey>, renamed: impl Fn(&Column) -> Option<Column>) -> Option<Vec<SortKey>> {
    let rename_one = |key: SortKey| {
        if key.expr.is_volatile() {
            return None;
        }
        let mut gone = false;
        let expr = key.expr.transform(|expr| {
            let Expr::Column(column) = &expr else { return Ok(Transformed::no(expr)) };
            let found = renamed(column);
            gone |= found.is_none();
            Ok(found.map_or_else(|| Transformed::no(expr.clone()), |column| Transformed::yes(Expr::Column(column))))
        });
        let expr = expr.ok()?.data;
        (!gone).then_some(SortKey { expr, ..key })
    };
    keys.into_iter().map(rename_one).collect()
}

fn is_sensitive(call: &Expr) -> bool {
    match call {
        Expr::AggregateFunction(call) => {
            let name = call.func.name();
            !call.params.distinct
                && call.params.order_by.is_empty()
                && SENSITIVE.iter().any(|known| name.starts_with(known))
        }
        _ => false,
    }
}

fn in_order(binder: &Binder<'_>, call: Expr, keys: &[SortKey], input: &LogicalPlan) -> Result<Expr> {
    if !is_sensitive(&call) {
        return Ok(call);
    }
    let Expr::AggregateFunction(mut call) = call else { return Ok(call) };
    if call.func.name() == COLLECT_LIST {
        let arrow: Arrow = match &call.params.args[0] {
            Expr::Column(column) => input.schema().data_type(column)?.clone(),
            other => datafusion::logical_expr::ExprSchemable::get_type(other, input.schema().as_ref())?,
        };
        let Some(item) = DataType::from_arrow(&arrow) else { return Ok(Expr::AggregateFunction(call)) };
        call.func = collect_list_in_order(item, binder.environment.context);
    }
    call.params.order_by = keys.to_vec();
    Ok(Expr::AggregateFunction(call))
}
