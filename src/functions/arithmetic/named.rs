//! Arithmetic under names: `abs`, `mod`, `pmod`, and the operators that give NULL where others fail.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalYearMonthType,
};
use datafusion::logical_expr::ColumnarValue;

use super::numbers::{interval_overflow, overflow, remainder_by_zero, zip};
use super::{Mismatch, Operator, binary, negate};
use crate::error::{Error, Result};
use crate::functions::cast::CastMode;
use crate::functions::mismatch::{different_types, wrong_type};
use crate::functions::{Arguments, Call, Expected, Family, Function, Kernel, Typed};
use crate::types::DataType;
use crate::types::coercion::wider_decimal_type;

const FAMILY: Family = Family::Math;
const NUMBER: Expected = Expected::OneOf(&[Expected::Numeric, Expected::AnsiInterval]);
const NUMBER_OR_INTERVAL: Expected =
    Expected::OneOf(&[Expected::Numeric, Expected::AnsiInterval, Expected::Type(DataType::CalendarInterval)]);

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "abs",
        FAMILY,
        bind_abs,
        "abs(expr) - Returns the absolute value of the numeric or interval value.",
        &["SELECT abs(-1)", "SELECT abs(INTERVAL -'1-1' YEAR TO MONTH)"],
    ),
    Function::scalar(
        "negative",
        FAMILY,
        bind_negative,
        "negative(expr) - Returns the negated value of `expr`.",
        &["SELECT negative(1)"],
    ),
    Function::scalar(
        "positive",
        FAMILY,
        bind_positive,
        "positive(expr) - Returns the value of `expr`.",
        &["SELECT positive(1)"],
    ),
    Function::scalar(
        "mod",
        FAMILY,
        |call| operator(call, Operator::Modulo, CastMode::implicit(call.context)),
        "expr1 % expr2, or mod(expr1, expr2) - Returns the remainder after `expr1`/`expr2`.",
        &["SELECT 2 % 1.8", "SELECT MOD(2, 1.8)"],
    ),
    Function::scalar(
        "div",
        FAMILY,
        |call| operator(call, Operator::IntegerDivide, CastMode::implicit(call.context)),
        "expr1 div expr2 - Divide `expr1` by `expr2`. It returns NULL if an operand is NULL or `expr2` is 0. The result is casted to long.",
        &["SELECT 3 div 2"],
    ),
    Function::scalar(
        "pmod",
        FAMILY,
        bind_pmod,
        "pmod(expr1, expr2) - Returns the positive value of `expr1` mod `expr2`.",
        &["SELECT pmod(10, 3)", "SELECT pmod(-10, 3)"],
    ),
    Function::scalar(
        "try_add",
        FAMILY,
        |call| operator(call, Operator::Add, CastMode::Try),
        "try_add(expr1, expr2) - Returns the sum of `expr1` and `expr2` and the result is null on overflow. The acceptable input types are the same with the `+` operator.",
        &["SELECT try_add(1, 2)", "SELECT try_add(2147483647, 1)"],
    ),
    Function::scalar(
        "try_subtract",
        FAMILY,
        |call| operator(call, Operator::Subtract, CastMode::Try),
        "try_subtract(expr1, expr2) - Returns `expr1`-`expr2` and the result is null on overflow. The acceptable input types are the same with the `-` operator.",
        &["SELECT try_subtract(2, 1)", "SELECT try_subtract(-2147483648, 1)"],
    ),
    Function::scalar(
        "try_multiply",
        FAMILY,
        |call| operator(call, Operator::Multiply, CastMode::Try),
        "try_multiply(expr1, expr2) - Returns `expr1`*`expr2` and the result is null on overflow. The acceptable input types are the same with the `*` operator.",
        &["SELECT try_multiply(2, 3)", "SELECT try_multiply(-2147483648, 10)"],
    ),
    Function::scalar(
        "try_divide",
        FAMILY,
        |call| operator(call, Operator::Divide, CastMode::Try),
        "try_divide(dividend, divisor) - Returns `dividend`/`divisor`. It always performs floating point division. Its result is always null if `expr2` is 0. `dividend` must be a numeric or an interval. `divisor` must be a numeric.",
        &["SELECT try_divide(3, 2)", "SELECT try_divide(1, 0)"],
    ),
    Function::scalar(
        "try_mod",
        FAMILY,
        |call| operator(call, Operator::Modulo, CastMode::Try),
        "try_mod(dividend, divisor) - Returns the remainder after `expr1`/`expr2`. `dividend` must be a numeric. `divisor` must be a numeric.",
        &["SELECT try_mod(3, 2)", "SELECT try_mod(1, 0)"],
    ),
];

pub(super) static ABS: Kernel = Kernel::new("abs", run_abs).fallible();
pub(super) static PMOD: Kernel = Kernel::new("pmod", run_pmod).fallible();

fn operator(call: &Call<'_>, operator: Operator, mode: CastMode) -> Result<Typed> {
    call.count(2..=2)?;
    let (left, right) = (call.argument(0).clone(), call.argument(1).clone());
    let types = (left.data_type.clone(), right.data_type.clone());
    binary(operator, left, right, mode, call.context)?.map_err(|why| match why {
        Mismatch::Different => different_types(&types.0, &types.1, &call.text(), call.span),
        Mismatch::Input(side, required) => call.unexpected_type(side.position(), required),
        Mismatch::Wrong(required, found) => wrong_type(required, &found, &call.text(), call.span),
    })
}

fn bind_negative(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let operand = call.expect(0, &NUMBER_OR_INTERVAL)?;
    let negated = negate(operand, CastMode::implicit(call.context), call.context);
    negated.ok_or_else(|| call.unexpected_type(0, "\"NUMERIC\""))
}

fn bind_positive(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    call.expect(0, &NUMBER_OR_INTERVAL)
}

fn bind_abs(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let operand = call.expect(0, &NUMBER)?;
    let (returns, nullable) = (operand.data_type.clone(), operand.nullable);
    Ok(call.kernel(&ABS, vec![operand], returns, nullable))
}

fn run_abs(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let fails = arguments.parameters.ansi;
    let returns = &arguments.parameters.returns;
    let result = match returns {
        DataType::Byte => absolute::<Int8Type>(&array, fails, || overflow("byte overflow", None))?,
        DataType::Short => absolute::<Int16Type>(&array, fails, || overflow("short overflow", None))?,
        DataType::Int => absolute::<Int32Type>(&array, fails, || overflow("integer overflow", None))?,
        DataType::Long => absolute::<Int64Type>(&array, fails, || overflow("long overflow", None))?,
        DataType::YearMonthInterval(..) => absolute::<IntervalYearMonthType>(&array, true, interval_overflow)?,
        DataType::DayTimeInterval(..) => absolute::<DurationMicrosecondType>(&array, true, interval_overflow)?,
        DataType::Float => Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(f32::abs)),
        DataType::Double => Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::abs)),
        _ => {
            let values = array.as_primitive::<Decimal128Type>();
            Arc::new(values.unary::<_, Decimal128Type>(i128::wrapping_abs).with_data_type(returns.to_arrow()))
        }
    };
    Ok(ColumnarValue::Array(result))
}

fn absolute<T: ArrowPrimitiveType>(array: &ArrayRef, fails: bool, error: impl Fn() -> Error) -> Result<ArrayRef> {
    let values = array.as_primitive::<T>();
    let is_negative = |value: T::Native| value.is_lt(T::Native::ZERO);
    let result: PrimitiveArray<T> = if fails {
        values.try_unary(|value| {
            if is_negative(value) { value.neg_checked().map_err(|_| error()) } else { Ok::<_, Error>(value) }
        })?
    } else {
        values.unary(|value| if is_negative(value) { value.neg_wrapping() } else { value })
    };
    Ok(Arc::new(result))
}

/// `pmod(dividend, divisor)`: both in the type that their remainder has, decimals in one with room for both.
fn bind_pmod(call: &Call<'_>) -> Result<Typed> {
    let remainder = operator(call, Operator::Modulo, CastMode::implicit(call.context))?;
    let (left, right) = (call.argument(0), call.argument(1));
    let common = match (&remainder.data_type, left.data_type.as_decimal(), right.data_type.as_decimal()) {
        (DataType::Decimal { .. }, Some(left), Some(right)) => wider_decimal_type(left, right),
        (other, _, _) => other.clone(),
    };
    let arguments = vec![call.to(left.clone(), &common)?, call.to(right.clone(), &common)?];
    let result = call.kernel(&PMOD, arguments, common, remainder.nullable);
    call.to(result, &remainder.data_type)
}

fn run_pmod(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let result = match &arguments.parameters.returns {
        DataType::Byte => positive_remainder::<Int8Type>(arguments)?,
        DataType::Short => positive_remainder::<Int16Type>(arguments)?,
        DataType::Int => positive_remainder::<Int32Type>(arguments)?,
        DataType::Long => positive_remainder::<Int64Type>(arguments)?,
        DataType::Float => positive_remainder::<Float32Type>(arguments)?,
        DataType::Double => positive_remainder::<Float64Type>(arguments)?,
        other => {
            let result = positive_remainder::<Decimal128Type>(arguments)?;
            Arc::new(result.as_primitive::<Decimal128Type>().clone().with_data_type(other.to_arrow()))
        }
    };
    Ok(ColumnarValue::Array(result))
}

fn positive_remainder<T: ArrowPrimitiveType>(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    let negative_zero = T::Native::ZERO.neg_wrapping();
    zip::<T, T, T>(&left, &right, |a, b| {
        if b.is_eq(T::Native::ZERO) || b.is_eq(negative_zero) {
            return if arguments.parameters.ansi { Err(remainder_by_zero()) } else { Ok(None) };
        }
        let remainder = a.mod_wrapping(b);
        let negative = remainder.is_lt(T::Native::ZERO) && !remainder.is_eq(negative_zero);
        Ok(Some(if negative { remainder.add_wrapping(b).mod_wrapping(b) } else { remainder }))
    })
}
