//! Queries that read nothing, such as `SELECT 1`: their one row is worked out at once.
//!
//! Planning costs more than such a query, and clients send many of them: to see whether the server is alive, or to ask
//! for a setting.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::tree_node::TreeNode;
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::physical_expr::create_physical_expr;

/// The row of a plan that reads nothing. `None`: it reads something, or has to be planned to tell what is wrong with it.
pub(super) fn constant_row(plan: &LogicalPlan, options: impl FnOnce() -> Arc<ConfigOptions>) -> Option<RecordBatch> {
    if !reads_nothing(plan) {
        return None;
    }
    let mut properties = ExecutionProps::new();
    properties.mark_start_execution(options());
    evaluate(plan, &properties)
}

fn reads_nothing(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::EmptyRelation(empty) => empty.produce_one_row,
        LogicalPlan::Projection(projection) => {
            projection.expr.iter().all(is_simple) && reads_nothing(&projection.input)
        }
        _ => false,
    }
}

fn is_simple(expr: &Expr) -> bool {
    let complex = expr.exists(|node| {
        Ok(match node {
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) => true,
            Expr::OuterReferenceColumn(..) | Expr::Placeholder(_) => true,
            Expr::AggregateFunction(_) | Expr::WindowFunction(_) | Expr::Unnest(_) => true,
            // What gives another value each time must not be asked again where the first answer was an error.
            Expr::ScalarFunction(function) => {
                function.func.as_async().is_some() || function.func.signature().volatility == Volatility::Volatile
            }
            _ => false,
        })
    });
    matches!(complex, Ok(false))
}

fn evaluate(plan: &LogicalPlan, properties: &ExecutionProps) -> Option<RecordBatch> {
    let one_row = RecordBatchOptions::new().with_row_count(Some(1));
    let LogicalPlan::Projection(projection) = plan else {
        return RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &one_row).ok();
    };
    let input = evaluate(&projection.input, properties)?;
    let schema = projection.input.schema();
    let values = projection.expr.iter().map(|expr| {
        let physical = create_physical_expr(expr, schema, properties, &PhysicalPlanningContext::default()).ok()?;
        physical.evaluate(&input).ok()?.into_array(1).ok()
    });
    let values: Vec<_> = values.collect::<Option<_>>()?;
    RecordBatch::try_new_with_options(Arc::clone(projection.schema.inner()), values, &one_row).ok()
}
