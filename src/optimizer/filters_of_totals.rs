//! Pushes filters down, but none below an aggregate that has a row for no rows at all.
//!
//! DataFusion's rule pushes a predicate below an aggregate when all its columns are groups. A predicate without columns, such
//! as `1 = 2` out of `SELECT * FROM (SELECT 1 AS z, count(*) FROM t) WHERE z = 2`, passes that test for an aggregate without
//! groups too, which then counts nothing and gives a row where there should be none. It knows nothing of other plans.

use datafusion::error::Result;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use datafusion::common::tree_node::Transformed;

/// DataFusion's `push_down_filter` with that exception.
#[derive(Debug, Default)]
pub(super) struct PushDownFilterExceptBelowTotals {
    rule: PushDownFilter,
}

impl OptimizerRule for PushDownFilterExceptBelowTotals {
    fn name(&self) -> &str {
        self.rule.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.rule.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        match &plan {
            LogicalPlan::Filter(filter) => match filter.input.as_ref() {
                LogicalPlan::Aggregate(aggregate) if has_total(aggregate) => Ok(Transformed::no(plan)),
                _ => self.rule.rewrite(plan, config),
            },
            _ => self.rule.rewrite(plan, config),
        }
    }
}

/// Whether the aggregate of no rows has a row.
fn has_total(aggregate: &Aggregate) -> bool {
    aggregate.group_expr.is_empty() || aggregate.group_expr.iter().any(|group| matches!(group, Expr::GroupingSet(_)))
}
