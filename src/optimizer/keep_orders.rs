//! Keeps what is sorted sorted where DataFusion's knowledge of equal expressions fails.
//!
//! A filter `abs(a) = a` makes DataFusion write `abs(a)` for `a` wherever an order is looked at, inside of `abs(a)` too, so that
//! an order by `a` is never found again. And a rule that moves projections may lose what made an order unnecessary. Both end in
//! an error about the plan, or of the operator that misses its order. It knows nothing of what the orders are for.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, lit};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, conjunction, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, replace_children_if_necessary};

/// Hides the equality of a column with an expression of itself; to run before orders are looked at.
#[derive(Debug)]
pub(super) struct HideOwnEqualities;

/// Sorts what an operator needs sorted and is not; to run before plans are checked.
#[derive(Debug)]
pub(super) struct RestoreOrders;

impl PhysicalOptimizerRule for HideOwnEqualities {
    fn name(&self) -> &str {
        "HideOwnEqualities"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let done = plan.transform_up(|plan| {
            let Some(filter) = plan.downcast_ref::<FilterExec>() else { return Ok(Transformed::no(plan)) };
            let parts = split_conjunction(filter.predicate());
            if !parts.iter().any(|part| is_own_equality(part)) {
                return Ok(Transformed::no(plan));
            }
            let hidden =
                parts.into_iter().map(|part| if is_own_equality(part) { hide(part) } else { Arc::clone(part) });
            let filter = FilterExecBuilder::from(filter).with_predicate(conjunction(hidden)).build()?;
            Ok(Transformed::yes(Arc::new(filter)))
        })?;
        Ok(done.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}

impl PhysicalOptimizerRule for RestoreOrders {
    fn name(&self) -> &str {
        "RestoreOrders"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(plan.transform_up(restore)?.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether the expression is `a = f(a, …)`.
fn is_own_equality(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let Some(binary) = expr.downcast_ref::<BinaryExpr>().filter(|binary| *binary.op() == Operator::Eq) else {
        return false;
    };
    let is_part = |column: &Arc<dyn PhysicalExpr>, whole: &Arc<dyn PhysicalExpr>| {
        let Some(column) = column.downcast_ref::<Column>() else { return false };
        !whole.is::<Column>() && collect_columns(whole).contains(column)
    };
    is_part(binary.left(), binary.right()) || is_part(binary.right(), binary.left())
}

/// The condition as `(condition) IS TRUE`, which keeps the same rows.
fn hide(condition: &Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
    Arc::new(BinaryExpr::new(Arc::clone(condition), Operator::IsNotDistinctFrom, lit(true)))
}

fn restore(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let mut children: Vec<Arc<dyn ExecutionPlan>> = plan.children().into_iter().map(Arc::clone).collect();
    let mut is_restored = false;
    for (child, required) in children.iter_mut().zip(plan.required_input_ordering()) {
        let Some(required) = required else { continue };
        let required = required.into_single();
        if child.equivalence_properties().ordering_satisfy_requirement(required.clone())? {
            continue;
        }
        let keeps_partitions = child.output_partitioning().partition_count() > 1;
        let sort = SortExec::new(LexOrdering::from(required), Arc::clone(child));
        *child = Arc::new(sort.with_preserve_partitioning(keeps_partitions));
        is_restored = true;
    }
    Ok(if is_restored {
        Transformed::yes(replace_children_if_necessary(plan, children)?)
    } else {
        Transformed::no(plan)
    })
}
