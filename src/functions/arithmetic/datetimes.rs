//! Dates and timestamps with intervals and with one another.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{
    Date32Type, DurationMicrosecondType, Int32Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    IntervalYearMonthType, TimestampMicrosecondType,
};
use datafusion::logical_expr::ColumnarValue;

use super::super::cast::CastMode;
use super::super::kernel::{Arguments, Kernel};
use super::numbers::zip;
use super::{Operator, options};
use crate::error::{DATETIME_OVERFLOW, Error, INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION, Result};
use crate::types::DataType;
use crate::types::reading::days_from_civil;
use crate::types::time_zone::Zone;

pub(super) static ADD_DAYS: Kernel = Kernel::new("date_plus_days", run_days).fallible();
pub(super) static ADD_MONTHS: Kernel = Kernel::new("datetime_plus_months", run_months).fallible();
pub(super) static ADD_DURATION: Kernel = Kernel::new("timestamp_plus_interval", run_duration).fallible();
pub(super) static SUBTRACT_DATES: Kernel = Kernel::new("date_minus_date", run_dates).fallible();
pub(super) static SUBTRACT_TIMESTAMPS: Kernel = Kernel::new("timestamp_minus_timestamp", run_timestamps).fallible();

const MICROS_PER_DAY: i64 = 86_400_000_000;

fn out_of_range() -> Error {
    Error::new(&DATETIME_OVERFLOW, "Datetime operation overflow: the result is beyond what the type holds")
}

fn run_days(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let subtract = options(arguments.parameters).0 == Operator::Subtract;
    let result = zip::<Date32Type, Int32Type, Date32Type>(&arguments.array(0)?, &arguments.array(1)?, |date, days| {
        Ok(Some(if subtract { date.wrapping_sub(days) } else { date.wrapping_add(days) }))
    })?;
    Ok(ColumnarValue::Array(result))
}

/// The day in another month, at most that month's last.
pub(super) fn add_months(days: i64, months: i64) -> Option<i64> {
    let (year, month, day) = civil(days);
    let total = year * 12 + (month - 1) + months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    (0..4).find_map(|shorter| days_from_civil(year, month, day - shorter))
}

/// Year, month and day of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn run_months(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (operator, mode) = options(arguments.parameters);
    let signed = |months: i32| if operator == Operator::Subtract { -i64::from(months) } else { i64::from(months) };
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    if arguments.parameters.returns == DataType::Date {
        let result = zip::<Date32Type, IntervalYearMonthType, Date32Type>(&left, &right, |date, months| {
            match add_months(i64::from(date), signed(months)).and_then(|days| i32::try_from(days).ok()) {
                None if mode != CastMode::Try => Err(out_of_range()),
                moved => Ok(moved),
            }
        })?;
        return Ok(ColumnarValue::Array(result));
    }
    let zone = zone_of(arguments)?;
    let result = zip::<TimestampMicrosecondType, IntervalYearMonthType, TimestampMicrosecondType>(
        &left,
        &right,
        |instant, months| match plus_months(instant, signed(months), zone.as_ref()) {
            None if mode != CastMode::Try => Err(out_of_range()),
            moved => Ok(moved),
        },
    )?;
    finish(arguments, &result)
}

/// The session's zone, if the timestamps have one.
fn zone_of(arguments: &Arguments<'_>) -> Result<Option<Zone>> {
    match &arguments.parameters.returns {
        DataType::Timestamp => Ok(Some(Zone::parse(&arguments.parameters.time_zone)?)),
        _ => Ok(None),
    }
}

fn finish(arguments: &Arguments<'_>, array: &datafusion::arrow::array::ArrayRef) -> Result<ColumnarValue> {
    let array = array.as_primitive::<TimestampMicrosecondType>().clone();
    Ok(ColumnarValue::Array(match &arguments.parameters.returns {
        DataType::Timestamp => Arc::new(array.with_timezone("UTC")),
        _ => Arc::new(array),
    }))
}

fn local(instant: i64, zone: Option<&Zone>) -> i64 {
    zone.map_or(instant, |zone| zone.utc_to_local(instant))
}

fn instant(local: i64, zone: Option<&Zone>) -> i64 {
    zone.map_or(local, |zone| zone.local_to_utc(local))
}

fn plus_months(at: i64, months: i64, zone: Option<&Zone>) -> Option<i64> {
    if months == 0 {
        return Some(at);
    }
    let local = local(at, zone);
    let days = add_months(local.div_euclid(MICROS_PER_DAY), months)?;
    let moved = days.checked_mul(MICROS_PER_DAY)?.checked_add(local.rem_euclid(MICROS_PER_DAY))?;
    Some(instant(moved, zone))
}

/// Days are days of the calendar, whatever the clock does.
fn plus_days(at: i64, days: i64, zone: Option<&Zone>) -> Option<i64> {
    if days == 0 {
        return Some(at);
    }
    Some(instant(local(at, zone).checked_add(days.checked_mul(MICROS_PER_DAY)?)?, zone))
}

/// The moment so many months, then days, then microseconds later; `None` if no timestamp holds it.
pub fn plus_calendar_interval(at: i64, months: i64, days: i64, micros: i64, zone: Option<&Zone>) -> Option<i64> {
    plus_months(at, months, zone).and_then(|at| plus_days(at, days, zone))?.checked_add(micros)
}

fn run_duration(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (operator, mode) = options(arguments.parameters);
    let sign = if operator == Operator::Subtract { -1 } else { 1 };
    let zone = zone_of(arguments)?;
    let zone = zone.as_ref();
    let missing = |value: Option<i64>| match value {
        Some(value) => Ok(Some(value)),
        None if mode == CastMode::Try => Ok(None),
        None => Err(out_of_range()),
    };
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    if arguments.parameters.arguments[1] == DataType::CalendarInterval {
        if arguments.parameters.returns == DataType::Date {
            let session = Zone::parse(&arguments.parameters.time_zone)?;
            let result = zip::<Date32Type, IntervalMonthDayNanoType, Date32Type>(&left, &right, |date, interval| {
                if interval.nanoseconds != 0 {
                    return match mode {
                        CastMode::Ansi | CastMode::Store => Err(time_added_to_date()),
                        CastMode::Legacy | CastMode::Try => Ok(date_plus(date, interval, sign, &session)),
                    };
                }
                let moved = add_months(i64::from(date), i64::from(interval.months) * sign)
                    .and_then(|days| days.checked_add(i64::from(interval.days) * sign))
                    .and_then(|days| i32::try_from(days).ok());
                Ok(missing(moved.map(i64::from))?.and_then(|days| i32::try_from(days).ok()))
            })?;
            return Ok(ColumnarValue::Array(result));
        }
        let result = zip::<TimestampMicrosecondType, IntervalMonthDayNanoType, TimestampMicrosecondType>(
            &left,
            &right,
            |at, interval| {
                missing(
                    plus_months(at, i64::from(interval.months) * sign, zone)
                        .and_then(|at| plus_days(at, i64::from(interval.days) * sign, zone))
                        .and_then(|at| at.checked_add(interval.nanoseconds / 1_000 * sign)),
                )
            },
        )?;
        return finish(arguments, &result);
    }
    let result = zip::<TimestampMicrosecondType, DurationMicrosecondType, TimestampMicrosecondType>(
        &left,
        &right,
        |at, micros| {
            let moved = micros.checked_mul(sign).and_then(|micros| {
                let (days, rest) = (micros / MICROS_PER_DAY, micros % MICROS_PER_DAY);
                plus_days(at, days, zone)?.checked_add(rest)
            });
            missing(moved)
        },
    )?;
    finish(arguments, &result)
}

fn time_added_to_date() -> Error {
    Error::new(
        &INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION,
        "Cannot add an interval to a date because its microseconds part is not 0. To resolve this, cast the input date \
         to a timestamp, which supports the addition of intervals with non-zero microseconds",
    )
}

/// The day on which the interval after the day's first moment ends.
fn date_plus(date: i32, interval: IntervalMonthDayNano, sign: i64, zone: &Zone) -> Option<i32> {
    let start = zone.local_to_utc(i64::from(date).checked_mul(MICROS_PER_DAY)?);
    let moved = plus_months(start, i64::from(interval.months) * sign, Some(zone))
        .and_then(|at| plus_days(at, i64::from(interval.days) * sign, Some(zone)))
        .and_then(|at| at.checked_add(interval.nanoseconds / 1_000 * sign))?;
    i32::try_from(zone.utc_to_local(moved).div_euclid(MICROS_PER_DAY)).ok()
}

fn run_dates(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    if arguments.parameters.returns == DataType::CalendarInterval {
        let result = zip::<Date32Type, Date32Type, IntervalMonthDayNanoType>(
            &arguments.array(0)?,
            &arguments.array(1)?,
            |a, b| period(b.into(), a.into()).map(Some).ok_or_else(super::numbers::interval_overflow),
        )?;
        return Ok(ColumnarValue::Array(result));
    }
    let result =
        zip::<Date32Type, Date32Type, DurationMicrosecondType>(&arguments.array(0)?, &arguments.array(1)?, |a, b| {
            let days = i64::from(a) - i64::from(b);
            days.checked_mul(MICROS_PER_DAY).map(Some).ok_or_else(super::numbers::interval_overflow)
        })?;
    Ok(ColumnarValue::Array(result))
}

/// Whole months and the days that are left, as `java.time.Period.between` counts them.
fn period(from: i64, to: i64) -> Option<IntervalMonthDayNano> {
    let ((from_year, from_month, from_day), (to_year, to_month, to_day)) = (civil(from), civil(to));
    let mut months = (to_year - from_year) * 12 + to_month - from_month;
    let mut days = to_day - from_day;
    if months > 0 && days < 0 {
        months -= 1;
        days = to - add_months(from, months)?;
    } else if months < 0 && days > 0 {
        months += 1;
        let leap = (to_year % 4 == 0 && to_year % 100 != 0) || to_year % 400 == 0;
        days -= match to_month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
    }
    Some(IntervalMonthDayNano::new(i32::try_from(months).ok()?, i32::try_from(days).ok()?, 0))
}

/// Local times are subtracted, so that a day is a day when the clock is changed.
fn run_timestamps(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    if arguments.parameters.returns == DataType::CalendarInterval {
        let result = zip::<TimestampMicrosecondType, TimestampMicrosecondType, IntervalMonthDayNanoType>(
            &arguments.array(0)?,
            &arguments.array(1)?,
            |a, b| {
                let nanoseconds = a.checked_sub(b).and_then(|micros| micros.checked_mul(1_000));
                let nanoseconds = nanoseconds.ok_or_else(super::numbers::interval_overflow)?;
                Ok(Some(IntervalMonthDayNano::new(0, 0, nanoseconds)))
            },
        )?;
        return Ok(ColumnarValue::Array(result));
    }
    let zone = match &arguments.parameters.arguments[0] {
        DataType::Timestamp => Some(Zone::parse(&arguments.parameters.time_zone)?),
        _ => None,
    };
    let zone = zone.as_ref();
    let result = zip::<TimestampMicrosecondType, TimestampMicrosecondType, DurationMicrosecondType>(
        &arguments.array(0)?,
        &arguments.array(1)?,
        |a, b| local(a, zone).checked_sub(local(b, zone)).map(Some).ok_or_else(super::numbers::interval_overflow),
    )?;
    Ok(ColumnarValue::Array(result))
}
