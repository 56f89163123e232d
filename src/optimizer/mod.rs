//! The rules that improve plans, in the order in which they run.
//!
//! DataFusion's own lists come first and are kept in its order; ours are added here, each where its reason says. Every
//! rule has a name and can be switched off with `skep.optimizer.disabled`, except those that plans cannot run without.

mod answer_from_metadata;
mod filters_of_totals;
mod keep_orders;
mod reconcile_layouts;
mod right_keys;
mod yield_in_joins;

use std::sync::Arc;

use datafusion::optimizer::analyzer::resolve_grouping_function::ResolveGroupingFunction;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{AnalyzerRule, Optimizer, OptimizerRule};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use answer_from_metadata::AnswerFromMetadata;
use filters_of_totals::PushDownFilterExceptBelowTotals;
use keep_orders::{HideOwnEqualities, RestoreOrders};
use reconcile_layouts::ReconcileLayouts;
use right_keys::{ReplaceDistinctByRightKeys, RightKeys};
use yield_in_joins::YieldInJoins;

/// Rules that turn what cannot run into what can, rather than slow into fast.
const REQUIRED: &[&str] = &[
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "decorrelate_lateral_join",
    "rewrite_set_comparison",
    "replace_distinct_aggregate",
    "right_keys",
    "OutputRequirements",
    "join_selection",
    "HideOwnEqualities",
    "EnsureRequirements",
    "RestoreOrders",
    "SanityCheckPlan",
    "EnsureCooperative",
    "YieldInJoins",
];

/// Rules that every plan goes through first.
pub fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    vec![Arc::new(ResolveGroupingFunction::new()), Arc::new(ReconcileLayouts)]
}

/// Rules on logical plans, without those that are switched off.
pub fn logical_rules(disabled: &[&str]) -> Optimizer {
    let mut optimizer = Optimizer::new();
    let name = PushDownFilter::new().name().to_owned();
    for rule in optimizer.rules.iter_mut().filter(|rule| rule.name() == name) {
        *rule = Arc::new(PushDownFilterExceptBelowTotals::default());
    }
    for rule in optimizer.rules.iter_mut().filter(|rule| rule.name() == "replace_distinct_aggregate") {
        *rule = Arc::new(ReplaceDistinctByRightKeys::default());
    }
    for reader in ["eliminate_join", "optimize_projections"] {
        if let Some(at) = optimizer.rules.iter().position(|rule| rule.name() == reader) {
            optimizer.rules.insert(at, Arc::new(RightKeys));
        }
    }
    optimizer.rules.retain(|rule| !is_disabled(rule.name(), disabled));
    optimizer
}

/// Rules on physical plans, without those that are switched off.
pub fn physical_rules(disabled: &[&str]) -> PhysicalOptimizer {
    let mut optimizer = all_physical_rules();
    optimizer.rules.retain(|rule| !is_disabled(rule.name(), disabled));
    optimizer
}

fn all_physical_rules() -> PhysicalOptimizer {
    let mut optimizer = PhysicalOptimizer::new();
    // Before anything looks at the scan that it replaces.
    let first = optimizer.rules.iter().position(|rule| rule.name() == "aggregate_statistics").map_or(0, |at| at + 1);
    optimizer.rules.insert(first, Arc::new(AnswerFromMetadata));
    let place_of = |optimizer: &PhysicalOptimizer, name| optimizer.rules.iter().position(|rule| rule.name() == name);
    if let Some(at) = place_of(&optimizer, "EnsureRequirements") {
        optimizer.rules.insert(at, Arc::new(HideOwnEqualities));
    }
    if let Some(at) = place_of(&optimizer, "SanityCheckPlan") {
        optimizer.rules.insert(at, Arc::new(RestoreOrders));
    }
    // Last: the rules before it look for joins below what they know.
    optimizer.rules.push(Arc::new(YieldInJoins));
    optimizer
}

fn is_disabled(rule: &str, disabled: &[&str]) -> bool {
    disabled.iter().any(|name| name.eq_ignore_ascii_case(rule)) && is_optional(rule)
}

fn is_optional(rule: &str) -> bool {
    !REQUIRED.iter().any(|name| name.eq_ignore_ascii_case(rule))
}

/// Names that `skep.optimizer.disabled` may list.
pub fn optional_rules() -> Vec<String> {
    let logical = Optimizer::new().rules.iter().map(|rule| rule.name().to_owned()).collect::<Vec<_>>();
    let physical = all_physical_rules().rules.iter().map(|rule| rule.name().to_owned()).collect::<Vec<_>>();
    let mut names: Vec<String> = logical.into_iter().chain(physical).filter(|name| is_optional(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}
