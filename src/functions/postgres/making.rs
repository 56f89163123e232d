//! Dates, times and intervals made of numbers, and intervals brought into order.

use datafusion::arrow::datatypes::{
    Date32Type, Float64Type, Int32Type, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::logical_expr::ColumnarValue;

use super::dates::{HOUR, out_of_range};
use super::intervals::of_parts;
use super::{cast, kernel_function};
use crate::error::Result;
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Expected, Family, Function, Typed};
use crate::types::DataType;
use crate::types::calendar::MICROS_PER_DAY;
use crate::types::calendar::days_from_civil;
use crate::types::time_zone::Zone;

const FAMILY: Family = Family::DateTime;
const INT: Expected = Expected::Type(DataType::Int);
const DOUBLE: Expected = Expected::Type(DataType::Double);

pub(super) static FUNCTIONS: &[Function] = &[
    kernel_function(
        "make_date",
        FAMILY,
        "postgres_make_date",
        &[INT, INT, INT],
        DataType::Date,
        run_make_date,
        "make_date(year, month, day) - The date.",
    )
    .fallible(),
    kernel_function(
        "make_time",
        FAMILY,
        "postgres_make_time",
        &[INT, INT, DOUBLE],
        DataType::Time(6),
        run_make_time,
        "make_time(hour, minute, second) - The time of day.",
    )
    .fallible(),
    kernel_function(
        "make_timestamp",
        FAMILY,
        "postgres_make_timestamp",
        &[INT, INT, INT, INT, INT, DOUBLE],
        DataType::TimestampNtz,
        run_make_timestamp,
        "make_timestamp(year, month, day, hour, minute, second) - The timestamp.",
    )
    .fallible(),
    kernel_function(
        "make_timestamptz",
        FAMILY,
        "postgres_make_timestamptz",
        &[INT, INT, INT, INT, INT, DOUBLE],
        DataType::Timestamp,
        run_make_timestamp,
        "make_timestamptz(year, month, day, hour, minute, second) - The timestamp in the session's zone.",
    )
    .fallible(),
    kernel_function(
        "postgres_make_interval",
        FAMILY,
        "postgres_interval_of_parts",
        &[INT, INT, INT, INT, INT, INT, DOUBLE],
        DataType::CalendarInterval,
        run_make_interval,
        "make_interval(years, months, weeks, days, hours, minutes, seconds) - The interval.",
    )
    .optional(7)
    .fallible()
    .aliases(&["make_interval"]),
    Function::scalar(
        "justify_days",
        FAMILY,
        |call| justify(call, "days"),
        "justify_days(interval) - Thirty days become a month.",
        &[],
    ),
    Function::scalar(
        "justify_hours",
        FAMILY,
        |call| justify(call, "hours"),
        "justify_hours(interval) - 24 hours become a day.",
        &[],
    ),
    Function::scalar(
        "justify_interval",
        FAMILY,
        |call| justify(call, "both"),
        "justify_interval(interval) - Days and months of what is enough for them.",
        &[],
    ),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&JUSTIFY];

static JUSTIFY: Kernel = Kernel::new("postgres_justify", run_justify).fallible();

fn run_make_date(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let part = |n| arguments.values_of::<Int32Type>(n);
    let (years, months, days) = (part(0)?, part(1)?, part(2)?);
    arguments.try_compute::<Date32Type>(|row| {
        let (Some(year), Some(month), Some(day)) = (years.get(row), months.get(row), days.get(row)) else {
            return Ok(None);
        };
        let days = days_from_civil(year.into(), month.into(), day.into()).filter(|_| year != 0);
        days.and_then(|days| i32::try_from(days).ok()).map(Some).ok_or_else(out_of_range)
    })
}

fn clock(hour: i32, minute: i32, second: f64) -> Result<i64> {
    if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0.0..=60.0).contains(&second) {
        return Err(out_of_range());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a minute at most")]
    let micros = i64::from(hour) * HOUR + i64::from(minute) * 60_000_000 + (second * 1e6).round() as i64;
    if micros > MICROS_PER_DAY { Err(out_of_range()) } else { Ok(micros) }
}

fn run_make_time(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (hours, minutes) = (arguments.values_of::<Int32Type>(0)?, arguments.values_of::<Int32Type>(1)?);
    let seconds = arguments.values_of::<Float64Type>(2)?;
    arguments.try_compute::<Time64MicrosecondType>(|row| match (hours.get(row), minutes.get(row), seconds.get(row)) {
        (Some(hour), Some(minute), Some(second)) => clock(hour, minute, second).map(Some),
        _ => Ok(None),
    })
}

fn run_make_timestamp(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let local = arguments.parameters.returns == DataType::TimestampNtz;
    let parts = (0..5).map(|n| arguments.values_of::<Int32Type>(n)).collect::<Result<Vec<_>>>()?;
    let seconds = arguments.values_of::<Float64Type>(5)?;
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let read: Option<Vec<i32>> = parts.iter().map(|part| part.get(row)).collect();
        let (Some(read), Some(second)) = (read, seconds.get(row)) else { return Ok(None) };
        let days = days_from_civil(read[0].into(), read[1].into(), read[2].into()).ok_or_else(out_of_range)?;
        let micros = days * MICROS_PER_DAY + clock(read[3], read[4], second)?;
        Ok(Some(if local { micros } else { zone.local_to_utc(micros) }))
    })
}

fn run_make_interval(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let count = arguments.len();
    let parts = (0..count.min(6)).map(|n| arguments.values_of::<Int32Type>(n)).collect::<Result<Vec<_>>>()?;
    let seconds = if count > 6 { Some(arguments.values_of::<Float64Type>(6)?) } else { None };
    arguments.try_compute::<IntervalMonthDayNanoType>(|row| {
        let read: Option<Vec<i32>> = parts.iter().map(|part| part.get(row)).collect();
        let Some(read) = read else { return Ok(None) };
        let second = match &seconds {
            Some(seconds) => match seconds.get(row) {
                Some(second) => second,
                None => return Ok(None),
            },
            None => 0.0,
        };
        let part = |n: usize| i64::from(read.get(n).copied().unwrap_or(0));
        #[expect(clippy::cast_possible_truncation, reason = "too many seconds saturate")]
        let micros = part(4) * HOUR + part(5) * 60_000_000 + (second * 1e6).round() as i64;
        let months = i32::try_from(part(0) * 12 + part(1)).map_err(|_| out_of_range())?;
        let days = i32::try_from(part(2) * 7 + part(3)).map_err(|_| out_of_range())?;
        of_parts(months, days, micros).map(Some)
    })
}

fn justify(call: &Call<'_>, what: &str) -> Result<Typed> {
    call.count(1..=1)?;
    let interval = cast(call, 0, &DataType::CalendarInterval)?;
    let nullable = interval.nullable;
    Ok(call.kernel_with(&JUSTIFY, vec![interval], vec![what.to_owned()], DataType::CalendarInterval, nullable))
}

fn run_justify(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let what = arguments.parameters.options.first().map_or("", String::as_str);
    let values = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
    arguments.try_compute::<IntervalMonthDayNanoType>(|row| {
        let Some(value) = values.get(row) else { return Ok(None) };
        let (mut months, mut days) = (i64::from(value.months), i64::from(value.days));
        let mut micros = value.nanoseconds / 1_000;
        if what != "days" {
            days += micros / MICROS_PER_DAY;
            micros %= MICROS_PER_DAY;
        }
        if what != "hours" {
            months += days / 30;
            days %= 30;
        }
        // All have one sign, that of the greater.
        if what != "hours" && months > 0 && (days < 0 || (days == 0 && micros < 0)) {
            days += 30;
            months -= 1;
        } else if what != "hours" && months < 0 && (days > 0 || (days == 0 && micros > 0)) {
            days -= 30;
            months += 1;
        }
        if what != "days" && days > 0 && micros < 0 {
            micros += MICROS_PER_DAY;
            days -= 1;
        } else if what != "days" && days < 0 && micros > 0 {
            micros -= MICROS_PER_DAY;
            days += 1;
        }
        let months = i32::try_from(months).map_err(|_| out_of_range())?;
        of_parts(months, i32::try_from(days).map_err(|_| out_of_range())?, micros).map(Some)
    })
}
