//! Dates, timestamps and intervals out of their parts.

use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Int32Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    IntervalYearMonthType, TimestampMicrosecondType,
};
use datafusion::logical_expr::{ColumnarValue, lit};

use super::calendar::{MICROS_PER_DAY, days_from_civil};
use super::local::session_zone;
use crate::error::{
    DATETIME_FIELD_OUT_OF_BOUNDS, Error, INTERVAL_ARITHMETIC_OVERFLOW, INVALID_FRACTION_OF_SECOND, Result,
};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;
use crate::types::time_zone::Zone;

pub(super) static TIMESTAMP: Kernel = Kernel::new("make_timestamp", make_timestamp).fallible();
pub(super) static INTERVAL: Kernel = Kernel::new("make_interval", make_interval).fallible();
pub(super) static DAY_TIME: Kernel = Kernel::new("make_dt_interval", make_day_time).fallible();
pub(super) static YEAR_MONTH: Kernel = Kernel::new("make_ym_interval", make_year_month).fallible();

const SECONDS: DataType = DataType::Decimal { precision: 16, scale: 6 };

fn out_of_bounds(message: &str) -> Error {
    Error::new(
        &DATETIME_FIELD_OUT_OF_BOUNDS,
        format!("{message}. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error"),
    )
    .subcondition("WITH_SUGGESTION")
}

fn invalid_value(field: &str, high: i64, low: i64, value: i64) -> Error {
    out_of_bounds(&format!("Invalid value for {field} (valid values {low} - {high}): {value}"))
}

/// The day, or Java's complaint about it.
fn day(year: i32, month: i32, day: i32) -> Result<i64> {
    if let Some(days) = days_from_civil(year.into(), month.into(), day.into()) {
        return Ok(days);
    }
    if !(1..=12).contains(&month) {
        return Err(invalid_value("MonthOfYear", 12, 1, month.into()));
    }
    if !(1..=31).contains(&day) {
        return Err(out_of_bounds(&format!("Invalid value for DayOfMonth (valid values 1 - 28/31): {day}")));
    }
    if month == 2 && day == 29 {
        return Err(out_of_bounds(&format!("Invalid date 'February 29' as '{year}' is not a leap year")));
    }
    let name = super::calendar::MONTHS[month as usize - 1].to_uppercase();
    Err(out_of_bounds(&format!("Invalid date '{name} {day}'")))
}

pub(super) fn make_date(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let part = |n| arguments.values_of::<Int32Type>(n);
    let (years, months, days) = (part(0)?, part(1)?, part(2)?);
    arguments.try_compute::<Date32Type>(|row| {
        let (Some(year), Some(month), Some(date)) = (years.get(row), months.get(row), days.get(row)) else {
            return Ok(None);
        };
        match day(year, month, date) {
            Ok(days) => Ok(i32::try_from(days).ok()),
            Err(error) if arguments.parameters.ansi => Err(error),
            Err(_) => Ok(None),
        }
    })
}

/// `make_timestamp(year, month, day, hour, minute, second[, zone])`, or of a date and a time.
pub(super) fn bind_timestamp(call: &Call<'_>, returns: &DataType, tolerant: bool) -> Result<Typed> {
    let without_zone = call.function.name.ends_with("_ntz");
    // Of a date, and perhaps a time, it has a zone, whatever TIMESTAMP means in the session.
    let of_any_kind = !without_zone && !call.function.name.ends_with("_ltz");
    let of_date_and_time = match (without_zone, of_any_kind) {
        (true, _) => 2..=2,
        (false, true) => 1..=3,
        (false, false) => 2..=3,
    };
    if of_date_and_time.contains(&call.arguments.len()) {
        return super::clock::bind_timestamp(call, if of_any_kind { &DataType::Timestamp } else { returns });
    }
    let most = if without_zone { 6 } else { 7 };
    call.count(6..=most)?;
    let mut arguments = (0..5).map(|n| call.cast(n, &DataType::Int)).collect::<Result<Vec<_>>>()?;
    arguments.push(call.cast(5, &SECONDS)?);
    if call.arguments.len() == 7 {
        arguments.push(call.cast(6, &DataType::String)?);
    }
    let nullable = tolerant || !call.context.ansi || arguments.iter().any(|argument| argument.nullable);
    let mode = if tolerant { "tolerant" } else { "strict" };
    Ok(call.kernel_with(&TIMESTAMP, arguments, vec![mode.to_owned()], returns.clone(), nullable))
}

fn make_timestamp(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let part = |n| arguments.values_of::<Int32Type>(n);
    let parts = [part(0)?, part(1)?, part(2)?, part(3)?, part(4)?];
    let seconds = arguments.values_of::<Decimal128Type>(5)?;
    let zones = (arguments.len() == 7).then(|| arguments.strings(6)).transpose()?;
    let session = session_zone(arguments)?;
    let plain = arguments.parameters.returns == DataType::TimestampNtz;
    let strict = arguments.parameters.ansi && arguments.parameters.options[0] == "strict";
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let [Some(year), Some(month), Some(date), Some(hour), Some(minute)] =
            [0, 1, 2, 3, 4].map(|n| parts[n].get(row))
        else {
            return Ok(None);
        };
        let Some(second) = seconds.get(row) else { return Ok(None) };
        let zone = match zones.as_ref().map(|zones| zones.get(row)) {
            Some(None) => return Ok(None),
            Some(Some(name)) => &Zone::parse(name)?,
            None => &session,
        };
        match local(year, month, date, hour, minute, second as i64) {
            Ok(local) => Ok(Some(if plain { local } else { zone.local_to_utc(local) })),
            Err(error) if strict => Err(error),
            Err(_) => Ok(None),
        }
    })
}

/// `second` is in microseconds; 60 whole seconds are the next minute, as in PostgreSQL.
fn local(year: i32, month: i32, date: i32, hour: i32, minute: i32, second: i64) -> Result<i64> {
    let days = day(year, month, date)?;
    if !(0..24).contains(&hour) {
        return Err(invalid_value("HourOfDay", 23, 0, hour.into()));
    }
    if !(0..60).contains(&minute) {
        return Err(invalid_value("MinuteOfHour", 59, 0, minute.into()));
    }
    if second > 60_000_000 && second < 61_000_000 {
        return Err(Error::new(
            &INVALID_FRACTION_OF_SECOND,
            format!(
                "Valid range for seconds is [0, 60] (inclusive), but the provided value is {}.{:06}. To avoid this \
                 error, use `try_make_timestamp`, which returns NULL on error",
                second / 1_000_000,
                second % 1_000_000
            ),
        ));
    }
    if !(0..=60_000_000).contains(&second) {
        return Err(invalid_value("SecondOfMinute", 59, 0, second / 1_000_000));
    }
    Ok(days * MICROS_PER_DAY + i64::from(hour) * 3_600_000_000 + i64::from(minute) * 60_000_000 + second)
}

/// Arguments of which the last may be missing: 0 then.
fn parts(call: &Call<'_>, types: &[DataType]) -> Result<Vec<Typed>> {
    call.count(0..=types.len())?;
    types
        .iter()
        .enumerate()
        .map(|(n, data_type)| match n < call.arguments.len() {
            true => call.cast(n, data_type),
            false => {
                let zero = Typed { expr: lit(0_i32), data_type: DataType::Int, nullable: false };
                call.to(zero, data_type)
            }
        })
        .collect()
}

pub(super) fn bind_interval(call: &Call<'_>, tolerant: bool) -> Result<Typed> {
    let mut types = vec![DataType::Int; 6];
    types.push(DataType::Decimal { precision: 18, scale: 6 });
    let arguments = parts(call, &types)?;
    let mode = if tolerant { "tolerant" } else { "strict" };
    Ok(call.kernel_with(&INTERVAL, arguments, vec![mode.to_owned()], DataType::CalendarInterval, true))
}

fn overflow(function: &str) -> Error {
    Error::new(&INTERVAL_ARITHMETIC_OVERFLOW, format!("Interval overflow in `{function}`"))
        .subcondition("WITHOUT_SUGGESTION")
}

fn make_interval(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let part = |n| arguments.values_of::<Int32Type>(n);
    let parts = [part(0)?, part(1)?, part(2)?, part(3)?, part(4)?, part(5)?];
    let seconds = arguments.values_of::<Decimal128Type>(6)?;
    let strict = arguments.parameters.ansi && arguments.parameters.options[0] == "strict";
    arguments.try_compute::<IntervalMonthDayNanoType>(|row| {
        let [Some(years), Some(months), Some(weeks), Some(days), Some(hours), Some(minutes)] =
            [0, 1, 2, 3, 4, 5].map(|n| parts[n].get(row))
        else {
            return Ok(None);
        };
        let Some(seconds) = seconds.get(row) else { return Ok(None) };
        let months = years.checked_mul(12).and_then(|years| years.checked_add(months));
        let days = weeks.checked_mul(7).and_then(|weeks| weeks.checked_add(days));
        let micros = i64::try_from(seconds).ok().and_then(|seconds| {
            (i64::from(hours) * 3_600_000_000 + i64::from(minutes) * 60_000_000).checked_add(seconds)
        });
        let nanos = micros.and_then(|micros| micros.checked_mul(1000));
        match (months, days, nanos) {
            (Some(months), Some(days), Some(nanos)) => Ok(Some(IntervalMonthDayNano::new(months, days, nanos))),
            _ if strict => Err(overflow("make_interval")),
            _ => Ok(None),
        }
    })
}

pub(super) fn bind_day_time(call: &Call<'_>) -> Result<Typed> {
    let types = [DataType::Int, DataType::Int, DataType::Int, DataType::Decimal { precision: 18, scale: 6 }];
    let arguments = parts(call, &types)?;
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&DAY_TIME, arguments, DataType::INTERVAL_DAY_SECOND, nullable))
}

fn make_day_time(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let part = |n| arguments.values_of::<Int32Type>(n);
    let (days, hours, minutes) = (part(0)?, part(1)?, part(2)?);
    let seconds = arguments.values_of::<Decimal128Type>(3)?;
    arguments.try_compute::<DurationMicrosecondType>(|row| {
        let (Some(days), Some(hours), Some(minutes), Some(seconds)) =
            (days.get(row), hours.get(row), minutes.get(row), seconds.get(row))
        else {
            return Ok(None);
        };
        let total = i128::from(days) * i128::from(MICROS_PER_DAY)
            + i128::from(hours) * 3_600_000_000
            + i128::from(minutes) * 60_000_000
            + seconds;
        i64::try_from(total).map(Some).map_err(|_| overflow("make_dt_interval"))
    })
}

pub(super) fn bind_year_month(call: &Call<'_>) -> Result<Typed> {
    let arguments = parts(call, &[DataType::Int, DataType::Int])?;
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&YEAR_MONTH, arguments, DataType::INTERVAL_YEAR_MONTH, nullable))
}

fn make_year_month(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (years, months) = (arguments.values_of::<Int32Type>(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.try_compute::<IntervalYearMonthType>(|row| {
        let (Some(years), Some(months)) = (years.get(row), months.get(row)) else { return Ok(None) };
        let total = years.checked_mul(12).and_then(|years| years.checked_add(months));
        total.map(Some).ok_or_else(|| overflow("make_ym_interval"))
    })
}

/// The first of January 1970 is 0.
pub(super) fn today(now: i64, zone: &Zone) -> i32 {
    zone.utc_to_local(now).div_euclid(MICROS_PER_DAY) as i32
}
