//! What is checked of values on their way into a table.

use datafusion::arrow::array::Array;
use datafusion::logical_expr::{ColumnarValue, Expr};

use super::kernel::{Arguments, Kernel, Parameters};
use super::{Context, Typed};
use crate::error::{Error, NOT_NULL_ASSERT_VIOLATION, Result};

// Volatile: a NULL that no row brings is no mistake, so it is not looked at before the rows are there.
static NOT_NULL: Kernel = Kernel::new("assert_not_null", check).fallible().volatile();

/// The value, or an error where it is NULL.
pub fn not_null(value: Typed, column: &str, context: &Context) -> Typed {
    let parameters = Parameters::new(vec![value.data_type.clone()], value.data_type.clone(), false, context);
    let function = NOT_NULL.function(parameters.option(column));
    Typed {
        expr: Expr::ScalarFunction(datafusion::logical_expr::expr::ScalarFunction::new_udf(function, vec![value.expr])),
        data_type: value.data_type,
        nullable: false,
    }
}

fn check(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.array(0)?;
    if values.null_count() == 0 {
        return Ok(ColumnarValue::Array(values));
    }
    let column = arguments.parameters.options.first().map_or("", String::as_str);
    Err(Error::new(
        &NOT_NULL_ASSERT_VIOLATION,
        format!("NULL value appeared in non-nullable field: `{column}`. The column is declared NOT NULL"),
    )
    .hint("leave out the rows without a value, or give them one with coalesce()"))
}
