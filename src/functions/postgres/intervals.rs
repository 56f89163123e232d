//! Arithmetic of intervals, dates and times.

use datafusion::arrow::datatypes::{
    Date32Type, Float64Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use datafusion::logical_expr::ColumnarValue;

use crate::error::{DATETIME_OVERFLOW, DIVIDE_BY_ZERO, Error, INTERVAL_ARITHMETIC_OVERFLOW, Result};
use crate::functions::kernel::{Arguments, Kernel, Parameters};
use crate::functions::{Context, Typed, call_kernel};
use crate::types::DataType;
use crate::types::calendar::MICROS_PER_DAY;

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&BETWEEN, &SCALE, &DATE_AND_TIME, &MOVE_TIME, &BETWEEN_TIMES, &KEY];

static BETWEEN: Kernel = Kernel::new("postgres_interval_between", run_between).fallible();
static SCALE: Kernel = Kernel::new("postgres_scale_interval", run_scale).fallible();
static DATE_AND_TIME: Kernel = Kernel::new("postgres_date_and_time", run_date_and_time).fallible();
static MOVE_TIME: Kernel = Kernel::new("postgres_move_time", run_move_time);
static BETWEEN_TIMES: Kernel = Kernel::new("postgres_between_times", run_between_times);
static KEY: Kernel = Kernel::new("postgres_interval_key", run_key);

const MONTH_DAYS: i64 = 30;

/// `left - right` of timestamps: whole days, and the time that is left.
pub fn between(left: Typed, right: Typed, context: &Context) -> Typed {
    let nullable = left.nullable || right.nullable;
    call_kernel(&BETWEEN, vec![left, right], DataType::CalendarInterval, nullable, context)
}

/// `interval * number`, `interval / number`
pub fn scale(interval: Typed, number: Typed, divides: bool, context: &Context) -> Typed {
    let nullable = interval.nullable || number.nullable;
    let arguments = vec![interval, number];
    let parameters = Parameters::of(&arguments, DataType::CalendarInterval, nullable, context);
    let parameters = parameters.option(if divides { "/" } else { "*" });
    let expressions = arguments.into_iter().map(|argument| argument.expr).collect();
    Typed { expr: SCALE.function(parameters).call(expressions), data_type: DataType::CalendarInterval, nullable }
}

/// `date + time`
pub fn date_and_time(date: Typed, time: Typed, context: &Context) -> Result<Typed> {
    let nullable = date.nullable || time.nullable;
    Ok(call_kernel(&DATE_AND_TIME, vec![date, time], DataType::TimestampNtz, nullable, context))
}

/// `time + interval`, round the clock.
pub fn move_time(time: Typed, interval: Typed, back: bool, context: &Context) -> Typed {
    let nullable = time.nullable || interval.nullable;
    let data_type = time.data_type.clone();
    let arguments = vec![time, interval];
    let parameters = Parameters::of(&arguments, data_type.clone(), nullable, context);
    let parameters = parameters.option(if back { "-" } else { "+" });
    let expressions = arguments.into_iter().map(|argument| argument.expr).collect();
    Typed { expr: MOVE_TIME.function(parameters).call(expressions), data_type, nullable }
}

/// `time - time`
pub fn between_times(left: Typed, right: Typed, context: &Context) -> Typed {
    let nullable = left.nullable || right.nullable;
    call_kernel(&BETWEEN_TIMES, vec![left, right], DataType::CalendarInterval, nullable, context)
}

/// What intervals are compared by: a month has 30 days, a day 24 hours.
pub fn key(interval: Typed, context: &Context) -> Typed {
    let nullable = interval.nullable;
    call_kernel(&KEY, vec![interval], DataType::Long, nullable, context)
}

fn overflow() -> Error {
    Error::new(&INTERVAL_ARITHMETIC_OVERFLOW, "interval out of range").subcondition("WITHOUT_SUGGESTION")
}

pub(super) fn of_parts(months: i32, days: i32, micros: i64) -> Result<IntervalMonthDayNano> {
    let nanoseconds = micros.checked_mul(1_000).ok_or_else(overflow)?;
    Ok(IntervalMonthDayNano::new(months, days, nanoseconds))
}

fn run_between(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let left = arguments.values_of::<TimestampMicrosecondType>(0)?;
    let right = arguments.values_of::<TimestampMicrosecondType>(1)?;
    arguments.try_compute::<IntervalMonthDayNanoType>(|row| {
        let (Some(left), Some(right)) = (left.get(row), right.get(row)) else { return Ok(None) };
        let micros = left.checked_sub(right).ok_or_else(overflow)?;
        let days = i32::try_from(micros / MICROS_PER_DAY).map_err(|_| overflow())?;
        of_parts(0, days, micros % MICROS_PER_DAY).map(Some)
    })
}

/// Fractions of months become days, of days time.
fn run_scale(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let divides = arguments.parameters.options.first().is_some_and(|sign| sign == "/");
    let intervals = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
    let numbers = arguments.values_of::<Float64Type>(1)?;
    arguments.try_compute::<IntervalMonthDayNanoType>(|row| {
        let (Some(interval), Some(number)) = (intervals.get(row), numbers.get(row)) else { return Ok(None) };
        if divides && number == 0.0 {
            return Err(Error::new(&DIVIDE_BY_ZERO, "division by zero"));
        }
        let scaled = |value: f64| if divides { value / number } else { value * number };
        let tidy = |value: f64| (value * 1e6).round() / 1e6;
        let months = scaled(f64::from(interval.months));
        let days = scaled(f64::from(interval.days));
        #[expect(clippy::cast_precision_loss, reason = "as PostgreSQL computes it")]
        let micros = scaled((interval.nanoseconds / 1_000) as f64);
        let month_days = tidy(months.fract() * MONTH_DAYS as f64);
        let day_micros = tidy(days.fract() + month_days.fract()) * MICROS_PER_DAY as f64;
        let more_days = (day_micros / MICROS_PER_DAY as f64).trunc();
        let whole_days = days.trunc() + month_days.trunc() + more_days;
        let micros = (micros + day_micros - more_days * MICROS_PER_DAY as f64).round();
        if months.abs() > f64::from(i32::MAX) || whole_days.abs() > f64::from(i32::MAX) || micros.abs() > 9.2e15 {
            return Err(overflow());
        }
        #[expect(clippy::cast_possible_truncation, reason = "their ranges were looked at")]
        of_parts(months.trunc() as i32, whole_days as i32, micros as i64).map(Some)
    })
}

fn run_date_and_time(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (dates, times) = (arguments.values_of::<Date32Type>(0)?, arguments.values_of::<Time64MicrosecondType>(1)?);
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let (Some(date), Some(time)) = (dates.get(row), times.get(row)) else { return Ok(None) };
        let micros = i64::from(date).checked_mul(MICROS_PER_DAY).and_then(|micros| micros.checked_add(time));
        micros.map(Some).ok_or_else(|| Error::new(&DATETIME_OVERFLOW, "timestamp out of range"))
    })
}

fn run_move_time(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let back = arguments.parameters.options.first().is_some_and(|sign| sign == "-");
    let times = arguments.values_of::<Time64MicrosecondType>(0)?;
    let intervals = arguments.values_of::<IntervalMonthDayNanoType>(1)?;
    arguments.compute::<Time64MicrosecondType>(|row| {
        let micros = intervals.get(row)?.nanoseconds / 1_000;
        let moved =
            if back { times.get(row)? - micros % MICROS_PER_DAY } else { times.get(row)? + micros % MICROS_PER_DAY };
        Some(moved.rem_euclid(MICROS_PER_DAY))
    })
}

fn run_between_times(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let left = arguments.values_of::<Time64MicrosecondType>(0)?;
    let right = arguments.values_of::<Time64MicrosecondType>(1)?;
    arguments.compute::<IntervalMonthDayNanoType>(|row| {
        Some(IntervalMonthDayNano::new(0, 0, (left.get(row)? - right.get(row)?) * 1_000))
    })
}

fn run_key(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let intervals = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
    arguments.compute::<Int64Type>(|row| {
        let interval = intervals.get(row)?;
        let days = i64::from(interval.months) * MONTH_DAYS + i64::from(interval.days);
        Some(days.saturating_mul(MICROS_PER_DAY).saturating_add(interval.nanoseconds / 1_000))
    })
}
