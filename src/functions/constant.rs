//! Values of expressions that need no row.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::Schema;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::TreeNode;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{ColumnarValue, Expr};
use datafusion::physical_expr::create_physical_expr;
use datafusion::scalar::ScalarValue;

use crate::error::Result;

/// The expression's value, or `None` if it depends on rows, on a subquery or on chance.
///
/// # Errors
/// What evaluating it raises: a division by zero, a cast that fails.
pub fn evaluate(expr: &Expr) -> Result<Option<ScalarValue>> {
    if let Expr::Literal(value, _) = expr {
        return Ok(Some(value.clone()));
    }
    if !is_constant(expr)? {
        return Ok(None);
    }
    let schema = Arc::new(Schema::empty());
    let df_schema = DFSchema::empty();
    let physical = create_physical_expr(expr, &df_schema, &ExecutionProps::new(), &PhysicalPlanningContext::default())?;
    let one_row =
        RecordBatch::try_new_with_options(schema, Vec::new(), &RecordBatchOptions::new().with_row_count(Some(1)))?;
    Ok(Some(match physical.evaluate(&one_row)? {
        ColumnarValue::Scalar(value) => value,
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0)?,
    }))
}

/// Whether the expression has the same value for every row.
pub fn is_constant(expr: &Expr) -> Result<bool> {
    Ok(!expr.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::Column(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::Placeholder(_)
                | Expr::LambdaVariable(_)
                | Expr::GroupingSet(_)
                | Expr::Unnest(_)
        ) || expr.is_volatile_node())
    })?)
}
