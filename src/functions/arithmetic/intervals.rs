//! Intervals with intervals, and with numbers.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, Decimal128Type, DurationMicrosecondType, Float64Type, Int64Type, IntervalMonthDayNano,
    IntervalMonthDayNanoType, IntervalYearMonthType,
};
use datafusion::logical_expr::ColumnarValue;

use super::super::cast::{CastMode, cast};
use super::super::kernel::{Arguments, Kernel};
use super::super::{Context, Typed};
use super::datetime_rules::{Outcome, Side};
use super::numbers::{interval_overflow, overflow, zip};
use super::{Mismatch, Operator, kernel, options};
use crate::error::{Error, INTERVAL_ARITHMETIC_OVERFLOW, INTERVAL_DIVIDED_BY_ZERO, Result};
use crate::types::DataType;
use crate::types::coercion::tightest_common_type;

pub(super) static ADD_INTERVALS: Kernel = Kernel::new("interval_plus_interval", run_add).fallible();
pub(super) static DIVIDE_INTERVALS: Kernel = Kernel::new("interval_div_interval", run_divide).fallible();
pub(super) static SCALE_INTERVAL: Kernel = Kernel::new("interval_times_number", run_scale).fallible();

/// `None` if neither side is an interval, or if they do not go together.
pub(super) fn binary(
    operator: Operator,
    left: &Typed,
    right: &Typed,
    mode: CastMode,
    context: &Context,
) -> Result<Outcome> {
    let nullable = left.nullable || right.nullable || !mode.fails();
    let call = |function: &'static Kernel, a: Typed, b: Typed, returns: DataType| {
        Ok(Some(Ok(kernel(function, operator, vec![a, b], returns, nullable, mode, context))))
    };
    match operator {
        Operator::Add | Operator::Subtract => {
            let interval = if left.data_type.is_interval() { &left.data_type } else { &right.data_type };
            if !interval.is_interval() {
                return Ok(None);
            }
            let Some(common) = tightest_common_type(&left.data_type, &right.data_type, context.ansi) else {
                return Ok(None);
            };
            let implicit = CastMode::implicit(context);
            let a = cast(left.clone(), &common, implicit, context)?;
            let b = cast(right.clone(), &common, implicit, context)?;
            call(&ADD_INTERVALS, a, b, common)
        }
        Operator::Multiply | Operator::Divide => {
            let (interval, number) = match (left.data_type.is_interval(), right.data_type.is_interval()) {
                (true, false) => (left, right),
                (false, true) if operator == Operator::Multiply => (right, left),
                (true, true) => return Ok(Some(Err(Mismatch::Input(Side::Right, "\"NUMERIC\"")))),
                _ => return Ok(None),
            };
            let returns = match &interval.data_type {
                DataType::YearMonthInterval(..) => DataType::INTERVAL_YEAR_MONTH,
                DataType::DayTimeInterval(..) => DataType::INTERVAL_DAY_SECOND,
                other => other.clone(),
            };
            let to = match &number.data_type {
                found if found.is_integral() => DataType::Long,
                DataType::Decimal { .. } => number.data_type.clone(),
                DataType::Float | DataType::Double | DataType::Null => DataType::Double,
                found if found.is_string() => DataType::Double,
                _ => {
                    let side = if left.data_type.is_interval() { Side::Right } else { Side::Left };
                    return Ok(Some(Err(Mismatch::Input(side, "\"NUMERIC\""))));
                }
            };
            let to = if interval.data_type == DataType::CalendarInterval { DataType::Double } else { to };
            let number = cast(number.clone(), &to, CastMode::implicit(context), context)?;
            call(&SCALE_INTERVAL, interval.clone(), number, returns)
        }
        Operator::IntegerDivide => {
            let common = match (&left.data_type, &right.data_type) {
                (DataType::YearMonthInterval(..), DataType::YearMonthInterval(..) | DataType::Null)
                | (DataType::Null, DataType::YearMonthInterval(..)) => DataType::INTERVAL_YEAR_MONTH,
                (DataType::DayTimeInterval(..), DataType::DayTimeInterval(..) | DataType::Null)
                | (DataType::Null, DataType::DayTimeInterval(..)) => DataType::INTERVAL_DAY_SECOND,
                (a, b) if a.is_interval() && b.is_interval() => return Ok(Some(Err(Mismatch::Different))),
                _ => return Ok(None),
            };
            let implicit = CastMode::implicit(context);
            let a = cast(left.clone(), &common, implicit, context)?;
            let b = cast(right.clone(), &common, implicit, context)?;
            call(&DIVIDE_INTERVALS, a, b, DataType::Long)
        }
        Operator::Modulo => Ok(None),
    }
}

/// How many times the one goes into the other.
fn run_divide(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (_, mode) = options(arguments.parameters);
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    let quotient = |a: i64, b: i64| match b {
        0 if mode.fails() => Err(divided_by_zero()),
        0 => Ok(None),
        _ => match a.checked_div(b) {
            None if mode == CastMode::Ansi => Err(overflow("Overflow in integral divide", Some("try_divide"))),
            quotient => Ok(quotient),
        },
    };
    let result = match &arguments.parameters.arguments[0] {
        DataType::YearMonthInterval(..) => {
            zip::<IntervalYearMonthType, IntervalYearMonthType, Int64Type>(&left, &right, |a, b| {
                quotient(a.into(), b.into())
            })?
        }
        _ => zip::<DurationMicrosecondType, DurationMicrosecondType, Int64Type>(&left, &right, quotient)?,
    };
    Ok(ColumnarValue::Array(result))
}

fn run_add(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (operator, mode) = options(arguments.parameters);
    let subtract = operator == Operator::Subtract;
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    let result = match &arguments.parameters.returns {
        DataType::YearMonthInterval(..) => {
            zip::<IntervalYearMonthType, IntervalYearMonthType, IntervalYearMonthType>(&left, &right, |a, b| {
                suggested(if subtract { a.checked_sub(b) } else { a.checked_add(b) }, operator, mode)
            })?
        }
        DataType::DayTimeInterval(..) => {
            zip::<DurationMicrosecondType, DurationMicrosecondType, DurationMicrosecondType>(&left, &right, |a, b| {
                suggested(if subtract { a.checked_sub(b) } else { a.checked_add(b) }, operator, mode)
            })?
        }
        _ => zip::<IntervalMonthDayNanoType, IntervalMonthDayNanoType, IntervalMonthDayNanoType>(
            &left,
            &right,
            |a, b| {
                let sign = if subtract { -1 } else { 1 };
                let sum = || {
                    Some(IntervalMonthDayNano::new(
                        a.months.checked_add(b.months.checked_mul(sign)?)?,
                        a.days.checked_add(b.days.checked_mul(sign)?)?,
                        a.nanoseconds.checked_add(b.nanoseconds.checked_mul(i64::from(sign))?)?,
                    ))
                };
                checked(sum(), mode)
            },
        )?,
    };
    Ok(ColumnarValue::Array(result))
}

/// Intervals that overflow are errors outside ANSI mode too.
fn checked<T>(value: Option<T>, mode: CastMode) -> Result<Option<T>> {
    match value {
        Some(value) => Ok(Some(value)),
        None if mode == CastMode::Try => Ok(None),
        None => Err(interval_overflow()),
    }
}

/// [`checked`], with the function that would tolerate it.
fn suggested<T>(value: Option<T>, operator: Operator, mode: CastMode) -> Result<Option<T>> {
    match value {
        None if mode != CastMode::Try => Err(overflow_of(operator)),
        value => Ok(value),
    }
}

fn overflow_of(operator: Operator) -> Error {
    Error::new(
        &INTERVAL_ARITHMETIC_OVERFLOW,
        format!(
            "Integer overflow while operating with intervals. Use `{}` to tolerate overflow and return NULL instead",
            operator.tolerant()
        ),
    )
    .subcondition("WITH_SUGGESTION")
}

fn divided_by_zero() -> Error {
    Error::new(
        &INTERVAL_DIVIDED_BY_ZERO,
        "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead",
    )
}

fn run_scale(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    let result = match &arguments.parameters.returns {
        DataType::YearMonthInterval(..) => {
            scale::<IntervalYearMonthType>(&left, &right, arguments, i128::from, |value| i32::try_from(value).ok())?
        }
        DataType::DayTimeInterval(..) => {
            scale::<DurationMicrosecondType>(&left, &right, arguments, i128::from, |value| i64::try_from(value).ok())?
        }
        _ => calendar(&left, &right, arguments)?,
    };
    Ok(ColumnarValue::Array(result))
}

/// Rounds half up, as Spark does for every kind of number.
fn scale<T: ArrowPrimitiveType>(
    intervals: &ArrayRef,
    numbers: &ArrayRef,
    arguments: &Arguments<'_>,
    widen: impl Fn(T::Native) -> i128,
    narrow: impl Fn(i128) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let (operator, mode) = options(arguments.parameters);
    let divide = operator == Operator::Divide;
    let intervals = intervals.as_primitive::<T>();
    let mut values = PrimitiveArray::<T>::builder(intervals.len());
    let number_type = &arguments.parameters.arguments[1];
    for row in 0..intervals.len() {
        if intervals.is_null(row) || numbers.is_null(row) {
            values.append_null();
            continue;
        }
        let interval = widen(intervals.value(row));
        let (scaled, zero) = match number_type {
            DataType::Double => {
                let number = numbers.as_primitive::<Float64Type>().value(row);
                #[expect(clippy::cast_precision_loss, reason = "Spark computes in doubles")]
                let exact = if divide { interval as f64 / number } else { interval as f64 * number };
                (round_double(exact), divide && number == 0.0)
            }
            DataType::Decimal { scale, .. } => {
                let number = numbers.as_primitive::<Decimal128Type>().value(row);
                let factor = 10_i128.pow(u32::from(scale.unsigned_abs()));
                let scaled = if divide {
                    interval.checked_mul(factor).and_then(|dividend| round_quotient(dividend, number))
                } else {
                    interval.checked_mul(number).and_then(|product| round_quotient(product, factor))
                };
                (scaled, divide && number == 0)
            }
            _ => {
                let number = i128::from(numbers.as_primitive::<Int64Type>().value(row));
                let scaled = if divide { round_quotient(interval, number) } else { interval.checked_mul(number) };
                (scaled, divide && number == 0)
            }
        };
        if zero {
            if mode != CastMode::Try {
                return Err(divided_by_zero());
            }
            values.append_null();
            continue;
        }
        let scaled = scaled.and_then(&narrow);
        let whole = divide && number_type.is_integral();
        values.append_option(if whole { suggested(scaled, operator, mode)? } else { checked(scaled, mode)? });
    }
    Ok(Arc::new(values.finish()))
}

fn round_double(value: f64) -> Option<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked by whoever narrows")]
    value.is_finite().then(|| value.round() as i128)
}

fn round_quotient(dividend: i128, divisor: i128) -> Option<i128> {
    if divisor == 0 {
        return None;
    }
    let (quotient, remainder) = (dividend / divisor, dividend % divisor);
    let up = remainder.unsigned_abs() >= divisor.unsigned_abs() - remainder.unsigned_abs();
    let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    Some(if up { quotient + away } else { quotient })
}

/// Fractions of months are dropped, those of days become time.
fn calendar(intervals: &ArrayRef, numbers: &ArrayRef, arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (operator, mode) = options(arguments.parameters);
    zip::<IntervalMonthDayNanoType, Float64Type, IntervalMonthDayNanoType>(intervals, numbers, |interval, number| {
        if operator == Operator::Divide && number == 0.0 {
            return if mode.fails() { Err(divided_by_zero()) } else { Ok(None) };
        }
        let factor = |value: f64| if operator == Operator::Divide { value / number } else { value * number };
        let days = factor(f64::from(interval.days));
        #[expect(clippy::cast_precision_loss, reason = "Spark computes in doubles")]
        let micros = factor((interval.nanoseconds / 1_000) as f64) + days.fract() * 86_400_000_000.0;
        let narrow = |value: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "fits, or is refused right here")]
            let narrowed = value as i32;
            (f64::from(narrowed) == value.trunc()).then_some(narrowed)
        };
        let scaled = narrow(factor(f64::from(interval.months))).zip(narrow(days)).and_then(|(months, days)| {
            let nanoseconds = i64::try_from(round_double(micros)?).ok()?.checked_mul(1_000)?;
            Some(IntervalMonthDayNano::new(months, days, nanoseconds))
        });
        checked(scaled, mode)
    })
}
