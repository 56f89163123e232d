//! What stands in the place of a column that somebody may not read: it has the column's type and no value.
//!
//! A query that has no use for the column never meets it; one that has fails before it runs, and should it run all the
//! same, as soon as a value is asked for.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as PlanResult;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::error::{Error, INSUFFICIENT_PERMISSIONS, Result};

/// A column nobody gets the values of.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Denied {
    signature: Signature,
    message: String,
    hint: String,
}

/// `column` as a column without values; whoever asks for them is told `message` and `hint`.
pub fn denied(column: Expr, message: String, hint: String) -> Expr {
    // Not without the column: a call of constants would be computed while planning.
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::new_from_impl(Denied { signature, message, hint }).call(vec![column])
}

/// # Errors
/// The plan asks for a column that is denied.
pub fn check(plan: &LogicalPlan) -> Result<()> {
    let mut found = None;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::ScalarFunction(call) = expr
                    && let Some(denied) = call.func.inner().downcast_ref::<Denied>()
                {
                    found = Some(denied.error());
                    return Ok(TreeNodeRecursion::Stop);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    found.map_or(Ok(()), Err)
}

impl Denied {
    fn error(&self) -> Error {
        Error::new(&INSUFFICIENT_PERMISSIONS, self.message.clone()).hint(self.hint.clone())
    }
}

impl ScalarUDFImpl for Denied {
    fn name(&self) -> &str {
        "denied"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> PlanResult<DataType> {
        Ok(arguments.first().cloned().unwrap_or(DataType::Null))
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> PlanResult<FieldRef> {
        let column = arguments.arg_fields.first();
        let data_type = column.map_or(DataType::Null, |column| column.data_type().clone());
        let metadata = column.map(|column| column.metadata().clone()).unwrap_or_default();
        Ok(Arc::new(Field::new("denied", data_type, true).with_metadata(metadata)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        Err(self.error().into())
    }
}
