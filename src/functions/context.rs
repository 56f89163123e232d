//! Functions about the session and the types of values, and errors on purpose.

use datafusion::arrow::array::new_null_array;
use datafusion::logical_expr::{ColumnarValue, lit};

use super::{Arguments, Call, Expected, Family, Function, Kernel, Typed};
use crate::error::{Error, Result, USER_RAISED_EXCEPTION};
use crate::types::DataType;

const TEXT: Expected = Expected::Type(DataType::String);
const FAMILY: Family = Family::Misc;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "typeof",
        FAMILY,
        type_of,
        "typeof(expr) - Return DDL-formatted type string for the data type of the input.",
        &["SELECT typeof(1)", "SELECT typeof(array(1))"],
    ),
    Function::scalar(
        "current_database",
        FAMILY,
        |call| text(call, &call.context.current_database),
        "current_database() - Returns the current database.",
        &["SELECT current_database()"],
    )
    .aliases(&["current_schema"]),
    Function::scalar(
        "current_catalog",
        FAMILY,
        |call| text(call, "spark_catalog"),
        "current_catalog() - Returns the current catalog.",
        &["SELECT current_catalog()"],
    ),
    Function::scalar(
        "current_user",
        FAMILY,
        |call| text(call, &call.context.user),
        "current_user() - user name of current execution context.",
        &["SELECT current_user()"],
    )
    .aliases(&["user", "session_user"]),
    Function::kernel(
        "raise_error",
        FAMILY,
        &[TEXT],
        DataType::Null,
        raise_error,
        "raise_error( expr ) - Throws a USER_RAISED_EXCEPTION with `expr` as message.",
        &["SELECT raise_error('custom error message')"],
    )
    .fallible()
    .volatile()
    .nullable(),
    Function::scalar(
        "assert_true",
        FAMILY,
        assert_true,
        "assert_true(expr [, message]) - Throws an exception if `expr` is not true.",
        &["SELECT assert_true(0 < 1)"],
    ),
];

static ASSERT: Kernel = Kernel::new("assert_true", check).fallible().volatile();

pub static KERNELS: &[&Kernel] = &[&ASSERT];

fn text(call: &Call<'_>, value: &str) -> Result<Typed> {
    call.count(0..=0)?;
    Ok(Typed { expr: lit(value), data_type: DataType::String, nullable: false })
}

fn type_of(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let name = call.argument(0).data_type.catalog_string();
    Ok(Typed { expr: lit(name), data_type: DataType::String, nullable: false })
}

fn raised(message: &str) -> Error {
    Error::new(&USER_RAISED_EXCEPTION, message)
}

/// Fails on the first row there is.
fn raise_error(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let messages = arguments.strings(0)?;
    if arguments.rows > 0 {
        return Err(raised(messages.get(0).unwrap_or("null")));
    }
    arguments.nulls()
}

/// `assert_true(condition[, message])`
fn assert_true(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let condition = call.cast(0, &DataType::Boolean)?;
    let message = match call.arguments.len() {
        2 => call.cast(1, &DataType::String)?,
        _ => Typed {
            expr: lit(format!("'{}' is not true!", call.texts[0])),
            data_type: DataType::String,
            nullable: false,
        },
    };
    Ok(call.kernel(&ASSERT, vec![condition, message], DataType::Null, true))
}

fn check(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (conditions, messages) = (arguments.booleans(0)?, arguments.strings(1)?);
    for row in 0..arguments.rows {
        if conditions.get(row) != Some(true) {
            return Err(raised(messages.get(row).unwrap_or("null")));
        }
    }
    Ok(ColumnarValue::Array(new_null_array(&DataType::Null.to_arrow(), arguments.rows)))
}
