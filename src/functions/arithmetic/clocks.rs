//! TIME with day-time intervals and with one another.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DurationMicrosecondType, Time64MicrosecondType};
use datafusion::logical_expr::ColumnarValue;

use super::super::cast::{CastMode, cast};
use super::super::kernel::{Arguments, Kernel};
use super::super::{Context, Typed};
use super::numbers::zip;
use super::{Operator, kernel, options};
use crate::error::{DATETIME_OVERFLOW, Error, Result};
use crate::types::{DataType, DayTimeField, text};

pub(super) static ADD_TO_TIME: Kernel = Kernel::new("time_plus_interval", run_add).fallible();
pub(super) static SUBTRACT_TIMES: Kernel = Kernel::new("time_minus_time", run_subtract).fallible();

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// `None` if neither side is a TIME, or if they do not go together.
pub(super) fn binary(
    operator: Operator,
    left: &Typed,
    right: &Typed,
    mode: CastMode,
    context: &Context,
) -> Result<Option<Typed>> {
    let is_time = |typed: &Typed| matches!(typed.data_type, DataType::Time(_));
    let likely = |typed: &Typed| typed.data_type == DataType::Null || (typed.data_type.is_string() && context.ansi);
    let implicit = CastMode::implicit(context);
    let nullable = left.nullable || right.nullable || mode == CastMode::Try;
    if operator == Operator::Subtract
        && (is_time(left) && (is_time(right) || likely(right)) || is_time(right) && likely(left))
    {
        let as_time = |typed: &Typed| match is_time(typed) {
            true => Ok(typed.clone()),
            false => cast(typed.clone(), &DataType::Time(6), implicit, context),
        };
        let returns = DataType::DayTimeInterval(DayTimeField::Hour, DayTimeField::Second);
        let arguments = vec![as_time(left)?, as_time(right)?];
        return Ok(Some(kernel(&SUBTRACT_TIMES, operator, arguments, returns, nullable, mode, context)));
    }
    // The time comes first; only addition may be turned round.
    let (left, right) = match operator {
        Operator::Add if is_time(right) && !is_time(left) => (right, left),
        Operator::Add | Operator::Subtract => (left, right),
        _ => return Ok(None),
    };
    let DataType::Time(precision) = left.data_type else { return Ok(None) };
    let (interval, end) = match &right.data_type {
        DataType::DayTimeInterval(_, end) => (right.clone(), *end),
        DataType::Null => {
            (cast(right.clone(), &DataType::INTERVAL_DAY_SECOND, implicit, context)?, DayTimeField::Second)
        }
        _ => return Ok(None),
    };
    let returns = DataType::Time(if end == DayTimeField::Second { 6 } else { precision });
    let arguments = vec![left.clone(), interval];
    Ok(Some(kernel(&ADD_TO_TIME, operator, arguments, returns, nullable, mode, context)))
}

fn run_add(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (operator, mode) = options(arguments.parameters);
    let sign = if operator == Operator::Subtract { -1 } else { 1 };
    let overflow = |time: i64, micros: i64| {
        let (mut shown, mut interval) = (String::new(), String::new());
        text::write_time(&mut shown, time);
        if let DataType::DayTimeInterval(start, end) = arguments.parameters.arguments[1] {
            text::write_day_time_literal(&mut interval, micros.saturating_mul(sign), start, end);
        }
        Error::new(
            &DATETIME_OVERFLOW,
            format!("Datetime operation overflow: add {interval} to the time value TIME '{shown}'"),
        )
        .hint("a TIME does not go round midnight; `try_add` gives NULL instead")
    };
    let result = zip::<Time64MicrosecondType, DurationMicrosecondType, Time64MicrosecondType>(
        &arguments.array(0)?,
        &arguments.array(1)?,
        |time, micros| {
            let moved = micros.checked_mul(sign).and_then(|micros| time.checked_add(micros));
            match moved.filter(|moved| (0..MICROS_PER_DAY).contains(moved)) {
                None if mode != CastMode::Try => Err(overflow(time, micros)),
                moved => Ok(moved),
            }
        },
    )?;
    Ok(ColumnarValue::Array(result))
}

fn run_subtract(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    let (left, right) = (left.as_primitive::<Time64MicrosecondType>(), right.as_primitive::<Time64MicrosecondType>());
    let difference = datafusion::arrow::compute::binary::<_, _, _, DurationMicrosecondType>(left, right, |a, b| a - b)?;
    Ok(ColumnarValue::Array(std::sync::Arc::new(difference)))
}
