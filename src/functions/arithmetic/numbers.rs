//! Integers and floats.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Datum, PrimitiveArray, Scalar};
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::{
    ArrowNativeTypeOp, DurationMicrosecondType, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalYearMonthType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::logical_expr::{ColumnarValue, Operator as Df, binary_expr};

use super::super::cast::CastMode;
use super::super::kernel::{Arguments, Kernel};
use super::super::{Context, Typed, call_kernel};
use super::{Operator, kernel, options};
use crate::error::{
    ARITHMETIC_OVERFLOW, BINARY_ARITHMETIC_OVERFLOW, DIVIDE_BY_ZERO, Error, INTERVAL_ARITHMETIC_OVERFLOW,
    REMAINDER_BY_ZERO, Result,
};
use crate::types::DataType;

pub(super) static ADD: Kernel = Kernel::new("add", run_checked).fallible();
pub(super) static SUBTRACT: Kernel = Kernel::new("subtract", run_checked).fallible();
pub(super) static MULTIPLY: Kernel = Kernel::new("multiply", run_checked).fallible();
pub(super) static DIVIDE: Kernel = Kernel::new("divide", run_divide).fallible();
pub(super) static INTEGER_DIVIDE: Kernel = Kernel::new("integer_divide", run_integer).fallible();
pub(super) static MODULO: Kernel = Kernel::new("modulo", run_modulo).fallible();
pub(super) static NEGATE: Kernel = Kernel::new("negate", run_negate).fallible();
pub(super) static SHIFT_LEFT: Kernel = Kernel::new("shift_left", run_shift_left);
pub(super) static SHIFT_RIGHT: Kernel = Kernel::new("shift_right", run_shift_right);
pub(super) static SHIFT_RIGHT_UNSIGNED: Kernel = Kernel::new("shift_right_unsigned", run_shift_right_unsigned);

/// Both sides have type `common`.
pub(super) fn binary(
    operator: Operator,
    left: Typed,
    right: Typed,
    common: DataType,
    mode: CastMode,
    context: &Context,
) -> Typed {
    let nullable = left.nullable || right.nullable;
    let checked = common.is_integral() && mode != CastMode::Legacy;
    let native = match operator {
        Operator::Add if !checked => Some(Df::Plus),
        Operator::Subtract if !checked => Some(Df::Minus),
        Operator::Multiply if !checked => Some(Df::Multiply),
        _ => None,
    };
    if let Some(native) = native {
        return Typed { expr: binary_expr(left.expr, native, right.expr), data_type: common, nullable };
    }
    let function = match operator {
        Operator::Add => &ADD,
        Operator::Subtract => &SUBTRACT,
        Operator::Multiply => &MULTIPLY,
        Operator::Divide => &DIVIDE,
        Operator::IntegerDivide => &INTEGER_DIVIDE,
        Operator::Modulo => &MODULO,
    };
    kernel(function, operator, vec![left, right], common, nullable || !mode.fails(), mode, context)
}

const BYPASS: &str = "If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error";

pub(super) fn divide_by_zero() -> Error {
    Error::new(
        &DIVIDE_BY_ZERO,
        format!("Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. {BYPASS}"),
    )
}

pub(super) fn remainder_by_zero() -> Error {
    Error::new(
        &REMAINDER_BY_ZERO,
        format!("Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead. {BYPASS}"),
    )
}

pub(super) fn overflow(what: &str, tolerant: Option<&str>) -> Error {
    let instead = tolerant
        .map_or_else(String::new, |name| format!(" Use '{name}' to tolerate overflow and return NULL instead."));
    Error::new(&ARITHMETIC_OVERFLOW, format!("{what}.{instead} {BYPASS}"))
}

pub(super) fn interval_overflow() -> Error {
    Error::new(
        &INTERVAL_ARITHMETIC_OVERFLOW,
        "Integer overflow while operating with intervals. Use the `try_` form of the operation to tolerate overflow and \
         return NULL instead",
    )
    .subcondition("WITHOUT_SUGGESTION")
}

fn run_checked(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (operator, mode) = options(arguments.parameters);
    let result = if mode.fails() {
        let (left, right) = (datum(arguments, 0)?, datum(arguments, 1)?);
        match operator {
            Operator::Subtract => numeric::sub(left.as_ref(), right.as_ref()),
            Operator::Multiply => numeric::mul(left.as_ref(), right.as_ref()),
            _ => numeric::add(left.as_ref(), right.as_ref()),
        }
        .map_err(|error| match error {
            ArrowError::ArithmeticOverflow(_) => overflow_of(operator, arguments),
            other => other.into(),
        })?
    } else {
        match &arguments.parameters.returns {
            DataType::Byte => tolerant::<Int8Type>(operator, arguments)?,
            DataType::Short => tolerant::<Int16Type>(operator, arguments)?,
            DataType::Int => tolerant::<Int32Type>(operator, arguments)?,
            _ => tolerant::<Int64Type>(operator, arguments)?,
        }
    };
    Ok(ColumnarValue::Array(result))
}

/// A constant is not repeated for each row.
fn datum(arguments: &Arguments<'_>, n: usize) -> Result<Box<dyn Datum>> {
    match &arguments.values[n] {
        ColumnarValue::Scalar(value) if arguments.rows != 1 => Ok(Box::new(Scalar::new(value.to_array()?))),
        value => Ok(Box::new(value.to_array(arguments.rows)?)),
    }
}

fn apply<T: ArrowPrimitiveType>(operator: Operator, a: T::Native, b: T::Native) -> Option<T::Native> {
    match operator {
        Operator::Subtract => a.sub_checked(b),
        Operator::Multiply => a.mul_checked(b),
        _ => a.add_checked(b),
    }
    .ok()
}

fn tolerant<T: ArrowPrimitiveType>(operator: Operator, arguments: &Arguments<'_>) -> Result<ArrayRef> {
    zip::<T, T, T>(&arguments.array(0)?, &arguments.array(1)?, |a, b| Ok(apply::<T>(operator, a, b)))
}

/// One value for each pair; `None` is NULL.
pub(super) fn zip<A: ArrowPrimitiveType, B: ArrowPrimitiveType, R: ArrowPrimitiveType>(
    left: &ArrayRef,
    right: &ArrayRef,
    compute: impl Fn(A::Native, B::Native) -> Result<Option<R::Native>>,
) -> Result<ArrayRef> {
    let (left, right) = (left.as_primitive::<A>(), right.as_primitive::<B>());
    let mut values = PrimitiveArray::<R>::builder(left.len());
    for row in 0..left.len() {
        if left.is_null(row) || right.is_null(row) {
            values.append_null();
        } else {
            values.append_option(compute(left.value(row), right.value(row))?);
        }
    }
    Ok(Arc::new(values.finish()))
}

/// The message names the type, for small integers the values as well.
fn overflow_of(operator: Operator, arguments: &Arguments<'_>) -> Error {
    let name = match &arguments.parameters.returns {
        DataType::Byte => return small_overflow::<Int8Type>(operator, arguments),
        DataType::Short => return small_overflow::<Int16Type>(operator, arguments),
        DataType::Int => "integer overflow",
        _ => "long overflow",
    };
    overflow(name, Some(operator.tolerant()))
}

fn small_overflow<T: ArrowPrimitiveType>(operator: Operator, arguments: &Arguments<'_>) -> Error
where
    T::Native: std::fmt::Display,
{
    let (Ok(left), Ok(right)) = (arguments.array(0), arguments.array(1)) else {
        return overflow("short overflow", Some(operator.tolerant()));
    };
    let (left, right) = (left.as_primitive::<T>(), right.as_primitive::<T>());
    let pair =
        left.iter().zip(right).filter_map(|(a, b)| a.zip(b)).find(|(a, b)| apply::<T>(operator, *a, *b).is_none());
    let Some((a, b)) = pair else { return overflow("short overflow", Some(operator.tolerant())) };
    Error::new(
        &BINARY_ARITHMETIC_OVERFLOW,
        format!(
            "{a}S {} {b}S caused overflow. Use `{}` to ignore overflow problem and return NULL",
            operator.symbol(),
            operator.tolerant()
        ),
    )
}

/// `/` of doubles.
fn run_divide(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (_, mode) = options(arguments.parameters);
    let result =
        zip::<Float64Type, Float64Type, Float64Type>(&arguments.array(0)?, &arguments.array(1)?, |a, b| {
            match (b == 0.0, mode.fails()) {
                (false, _) => Ok(Some(a / b)),
                (true, true) => Err(divide_by_zero()),
                (true, false) => Ok(None),
            }
        })?;
    Ok(ColumnarValue::Array(result))
}

/// `div` of bigints.
fn run_integer(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (_, mode) = options(arguments.parameters);
    let result = zip::<Int64Type, Int64Type, Int64Type>(&arguments.array(0)?, &arguments.array(1)?, |a, b| {
        match (b, a.checked_div(b), mode) {
            (_, Some(quotient), _) => Ok(Some(quotient)),
            (0, None, CastMode::Ansi | CastMode::Store) => Err(divide_by_zero()),
            (0, None, _) | (_, None, CastMode::Try) => Ok(None),
            (_, None, CastMode::Legacy) => Ok(Some(a)),
            (_, None, _) => Err(overflow("Overflow in integral divide", Some("try_divide"))),
        }
    })?;
    Ok(ColumnarValue::Array(result))
}

fn run_modulo(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (_, mode) = options(arguments.parameters);
    let result = match &arguments.parameters.returns {
        DataType::Byte => modulo::<Int8Type>(arguments, mode)?,
        DataType::Short => modulo::<Int16Type>(arguments, mode)?,
        DataType::Int => modulo::<Int32Type>(arguments, mode)?,
        DataType::Long => modulo::<Int64Type>(arguments, mode)?,
        DataType::Float => modulo::<datafusion::arrow::datatypes::Float32Type>(arguments, mode)?,
        _ => modulo::<Float64Type>(arguments, mode)?,
    };
    Ok(ColumnarValue::Array(result))
}

fn modulo<T: ArrowPrimitiveType>(arguments: &Arguments<'_>, mode: CastMode) -> Result<ArrayRef> {
    let negative_zero = T::Native::ZERO.neg_wrapping();
    zip::<T, T, T>(&arguments.array(0)?, &arguments.array(1)?, |a, b| {
        match (b.is_eq(T::Native::ZERO) || b.is_eq(negative_zero), mode.fails()) {
            (false, _) => Ok(Some(a.mod_wrapping(b))),
            (true, true) => Err(remainder_by_zero()),
            (true, false) => Ok(None),
        }
    })
}

fn run_negate(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (_, mode) = options(arguments.parameters);
    // Intervals that overflow are errors outside ANSI mode too.
    let strict = if mode == CastMode::Legacy { CastMode::Ansi } else { mode };
    let array = arguments.array(0)?;
    let result = match &arguments.parameters.returns {
        DataType::Byte => negate::<Int8Type>(&array, mode, || overflow("byte overflow", None))?,
        DataType::Short => negate::<Int16Type>(&array, mode, || overflow("short overflow", None))?,
        DataType::Int => negate::<Int32Type>(&array, mode, || overflow("integer overflow", None))?,
        DataType::Long => negate::<Int64Type>(&array, mode, || overflow("long overflow", None))?,
        DataType::YearMonthInterval(..) => negate::<IntervalYearMonthType>(&array, strict, interval_overflow)?,
        DataType::DayTimeInterval(..) => negate::<DurationMicrosecondType>(&array, strict, interval_overflow)?,
        _ => {
            let intervals = array.as_primitive::<IntervalMonthDayNanoType>();
            Arc::new(intervals.try_unary::<_, IntervalMonthDayNanoType, Error>(|value| {
                let parts = (value.months.checked_neg(), value.days.checked_neg(), value.nanoseconds.checked_neg());
                match parts {
                    (Some(months), Some(days), Some(nanos)) => Ok(IntervalMonthDayNano::new(months, days, nanos)),
                    _ => Err(interval_overflow()),
                }
            })?)
        }
    };
    Ok(ColumnarValue::Array(result))
}

fn negate<T: ArrowPrimitiveType>(array: &ArrayRef, mode: CastMode, error: impl Fn() -> Error) -> Result<ArrayRef> {
    let values = array.as_primitive::<T>();
    let result: PrimitiveArray<T> = match mode {
        CastMode::Ansi | CastMode::Store => values.try_unary(|value| value.neg_checked().map_err(|_| error()))?,
        CastMode::Legacy => values.unary(|value| value.neg_wrapping()),
        CastMode::Try => values.unary_opt(|value| value.neg_checked().ok()),
    };
    Ok(Arc::new(result))
}

/// `operand << bits`; INT or BIGINT, bits as INT.
pub fn shift_left(operand: Typed, bits: Typed, context: &Context) -> Typed {
    shift(&SHIFT_LEFT, operand, bits, context)
}

/// `operand >> bits`, the sign is kept.
pub fn shift_right(operand: Typed, bits: Typed, context: &Context) -> Typed {
    shift(&SHIFT_RIGHT, operand, bits, context)
}

/// `operand >>> bits`, zeros come in.
pub fn shift_right_unsigned(operand: Typed, bits: Typed, context: &Context) -> Typed {
    shift(&SHIFT_RIGHT_UNSIGNED, operand, bits, context)
}

fn shift(kernel: &'static Kernel, operand: Typed, bits: Typed, context: &Context) -> Typed {
    let (returns, nullable) = (operand.data_type.clone(), operand.nullable || bits.nullable);
    call_kernel(kernel, vec![operand, bits], returns, nullable, context)
}

/// Java uses the low five or six bits of the distance only, as Rust's wrapping shifts do.
fn run_shift_left(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    shifted(arguments, |a, n| a.wrapping_shl(n), |a, n| a.wrapping_shl(n))
}

fn run_shift_right(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    shifted(arguments, |a, n| a.wrapping_shr(n), |a, n| a.wrapping_shr(n))
}

fn run_shift_right_unsigned(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    shifted(
        arguments,
        |a, n| a.cast_unsigned().wrapping_shr(n).cast_signed(),
        |a, n| a.cast_unsigned().wrapping_shr(n).cast_signed(),
    )
}

fn shifted(
    arguments: &Arguments<'_>,
    int: impl Fn(i32, u32) -> i32,
    long: impl Fn(i64, u32) -> i64,
) -> Result<ColumnarValue> {
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    let result = match &arguments.parameters.returns {
        DataType::Int => {
            zip::<Int32Type, Int32Type, Int32Type>(&left, &right, |a, b| Ok(Some(int(a, b.cast_unsigned()))))?
        }
        _ => zip::<Int64Type, Int32Type, Int64Type>(&left, &right, |a, b| Ok(Some(long(a, b.cast_unsigned()))))?,
    };
    Ok(ColumnarValue::Array(result))
}
