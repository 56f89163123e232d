//! Takes back the wrong keys that DataFusion believes the rows of aggregates to have.
//!
//! Each plan says which columns determine which (its functional dependencies); rules drop a DISTINCT over rows that are unique
//! already, a column of GROUP BY that others determine, a join that finds one row at most. DataFusion takes a key of one side
//! of a join for a key of every aggregate above the join that groups by it, whatever else it groups by: after `SELECT x.id, y.k
//! FROM (SELECT DISTINCT id FROM t) x JOIN y ON … GROUP BY x.id, y.k` it believes `id` to be unique. The rules that look at
//! keys run on plans that were put right here. It knows nothing of what the rules do.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{Dependency, FunctionalDependence, FunctionalDependencies};
use datafusion::error::Result;
use datafusion::logical_expr::{Aggregate, Distinct, Expr, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::replace_distinct_aggregate::ReplaceDistinctWithAggregate;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Puts the keys of a whole plan right; to run before a rule that looks at them.
#[derive(Debug, Default)]
pub(super) struct RightKeys;

impl OptimizerRule for RightKeys {
    fn name(&self) -> &str {
        "right_keys"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        None
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        put_right(plan)
    }
}

/// DataFusion's `replace_distinct_aggregate`, which drops a DISTINCT over unique rows, with right keys.
#[derive(Debug, Default)]
pub(super) struct ReplaceDistinctByRightKeys {
    rule: ReplaceDistinctWithAggregate,
}

impl OptimizerRule for ReplaceDistinctByRightKeys {
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
        match plan {
            LogicalPlan::Distinct(Distinct::All(input)) if !input.schema().functional_dependencies().is_empty() => {
                let input = put_right(Arc::unwrap_or_clone(input))?.data;
                self.rule.rewrite(LogicalPlan::Distinct(Distinct::All(Arc::new(input))), config)
            }
            plan => self.rule.rewrite(plan, config),
        }
    }
}

fn put_right(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut is_wrong = false;
    plan.apply_with_subqueries(|node| {
        is_wrong |= matches!(node, LogicalPlan::Aggregate(aggregate) if has_wrong_key(aggregate));
        Ok(if is_wrong { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if !is_wrong {
        return Ok(Transformed::no(plan));
    }
    plan.transform_up_with_subqueries(|node| {
        // What a plan says of its columns follows from what the plans below it say.
        Ok(Transformed::yes(match node.recompute_schema()? {
            LogicalPlan::Aggregate(aggregate) => LogicalPlan::Aggregate(with_right_keys(aggregate)?),
            other => other,
        }))
    })
}

fn has_wrong_key(aggregate: &Aggregate) -> bool {
    aggregate.schema.functional_dependencies().iter().any(|key| !is_right(key, aggregate))
}

/// Whether the columns are all that is grouped by, or a key of the rows below already.
fn is_right(key: &FunctionalDependence, aggregate: &Aggregate) -> bool {
    if key.mode == Dependency::Single && key.source_indices.len() >= aggregate.group_expr.len() {
        return true;
    }
    let below = aggregate.input.schema();
    let names = below.field_names();
    let groups = aggregate.group_expr.iter().map(|group| group.schema_name().to_string()).collect::<Vec<_>>();
    let is_key_below = |known: &FunctionalDependence| {
        known.mode == Dependency::Single
            && known.source_indices.iter().all(|index| {
                key.source_indices.iter().any(|own| groups.get(*own).is_some_and(|group| *group == names[*index]))
            })
    };
    below.functional_dependencies().iter().any(is_key_below)
}

fn with_right_keys(mut aggregate: Aggregate) -> Result<Aggregate> {
    if !has_wrong_key(&aggregate) || aggregate.group_expr.iter().any(|group| matches!(group, Expr::GroupingSet(_))) {
        return Ok(aggregate);
    }
    let (right, wrong): (Vec<_>, Vec<_>) =
        aggregate.schema.functional_dependencies().iter().cloned().partition(|key| is_right(key, &aggregate));
    let mut keys = right;
    let groups = aggregate.group_expr.len();
    let all = (0..aggregate.schema.fields().len()).collect();
    let nullable =
        wrong.iter().any(|key| key.nullable) || (0..groups).any(|at| aggregate.schema.field(at).is_nullable());
    keys.push(FunctionalDependence::new((0..groups).collect(), all, nullable).with_mode(Dependency::Single));
    let schema = aggregate.schema.as_ref().clone().with_functional_dependencies(FunctionalDependencies::new(keys))?;
    aggregate.schema = Arc::new(schema);
    Ok(aggregate)
}
