//! Functions about the session and the types of values, and errors on purpose.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use datafusion::arrow::array::{Int64Array, new_null_array};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

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
    Function::scalar(
        "version",
        FAMILY,
        |call| text(call, concat!("4.1.4 skep-", env!("CARGO_PKG_VERSION"))),
        "version() - Returns the Spark version. The string contains 2 fields, the first being a release version and the second being a git revision.",
        &["SELECT version()"],
    ),
    Function::scalar(
        "uuid",
        FAMILY,
        super::math::random::bind_uuid,
        "uuid() - Returns an universally unique identifier (UUID) string. The value is returned as a canonical UUID 36-character string.",
        &["SELECT uuid()"],
    ),
    Function::scalar(
        "monotonically_increasing_id",
        FAMILY,
        row_ids,
        "monotonically_increasing_id() - Returns monotonically increasing 64-bit integers. The generated ID is guaranteed to be monotonically increasing and unique, but not consecutive.",
        &["SELECT monotonically_increasing_id()"],
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

fn row_ids(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    let ids = RowIds { signature: Signature::nullary(Volatility::Volatile), next: AtomicI64::new(0) };
    Ok(Typed { expr: ScalarUDF::new_from_impl(ids).call(Vec::new()), data_type: DataType::Long, nullable: false })
}

/// Numbers for rows in the order in which they come. It counts, so it is no kernel: a call has a counter of its own.
#[derive(Debug)]
struct RowIds {
    signature: Signature,
    next: AtomicI64,
}

impl PartialEq for RowIds {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for RowIds {}

impl Hash for RowIds {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self).hash(state);
    }
}

impl ScalarUDFImpl for RowIds {
    fn name(&self) -> &str {
        "monotonically_increasing_id"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(Arrow::Int64)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> DataFusionResult<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), Arrow::Int64, false)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let rows = i64::try_from(args.number_rows).unwrap_or(i64::MAX);
        let first = self.next.fetch_add(rows, Ordering::Relaxed);
        Ok(ColumnarValue::Array(Arc::new(Int64Array::from_iter_values(first..first + rows))))
    }
}
