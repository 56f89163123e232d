//! Moving dates and measuring between them.

use datafusion::arrow::datatypes::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::ColumnarValue;

use super::calendar::{Civil, MICROS_PER_DAY, add_months, iso_day_of_week};
use super::local::{Locals, session_zone};
use crate::error::{DATETIME_OVERFLOW, Error, ILLEGAL_DAY_OF_WEEK, INVALID_PARAMETER_VALUE, Result};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;

pub(super) static TRUNCATE: Kernel = Kernel::new("date_trunc", truncate_timestamp);
pub(super) static ADD: Kernel = Kernel::new("timestampadd", timestamp_add).fallible();
pub(super) static DIFFERENCE: Kernel = Kernel::new("timestampdiff", timestamp_difference);

pub(super) fn date_add(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    move_days(arguments, i32::wrapping_add)
}

pub(super) fn date_sub(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    move_days(arguments, i32::wrapping_sub)
}

fn move_days(arguments: &Arguments<'_>, step: impl Fn(i32, i32) -> i32) -> Result<ColumnarValue> {
    arguments.combine::<Date32Type, Int32Type, Date32Type>(step)
}

pub(super) fn date_diff(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    arguments.combine::<Date32Type, Date32Type, Int32Type>(i32::wrapping_sub)
}

pub(super) fn months_later(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (dates, months) = (arguments.values_of::<Date32Type>(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.compute::<Date32Type>(|row| Some(add_months(dates.get(row)?.into(), months.get(row)?.into()) as i32))
}

pub(super) fn last_day(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let dates = arguments.values_of::<Date32Type>(0)?;
    arguments.compute::<Date32Type>(|row| {
        let date = Civil::of_days(dates.get(row)?.into());
        Some(Civil { day: date.length_of_month(), ..date }.to_days() as i32)
    })
}

/// Monday is 1.
fn weekday(name: &str) -> Option<i64> {
    Some(match name.trim().to_uppercase().as_str() {
        "MO" | "MON" | "MONDAY" => 1,
        "TU" | "TUE" | "TUESDAY" => 2,
        "WE" | "WED" | "WEDNESDAY" => 3,
        "TH" | "THU" | "THURSDAY" => 4,
        "FR" | "FRI" | "FRIDAY" => 5,
        "SA" | "SAT" | "SATURDAY" => 6,
        "SU" | "SUN" | "SUNDAY" => 7,
        _ => return None,
    })
}

pub(super) fn next_day(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (dates, names) = (arguments.values_of::<Date32Type>(0)?, arguments.strings(1)?);
    arguments.try_compute::<Date32Type>(|row| {
        let (Some(days), Some(name)) = (dates.get(row), names.get(row)) else { return Ok(None) };
        match weekday(name) {
            Some(weekday) => {
                let ahead = (weekday - iso_day_of_week(days.into()) - 1).rem_euclid(7) + 1;
                Ok(Some(days + ahead as i32))
            }
            None if arguments.parameters.ansi => {
                Err(Error::new(&ILLEGAL_DAY_OF_WEEK, format!("Illegal input for day of week: {name}")))
            }
            None => Ok(None),
        }
    })
}

/// `months_between(end, start[, round])`
pub(super) fn months_between(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (mut end, mut start) = (Locals::new(arguments, 0, &zone)?, Locals::new(arguments, 1, &zone)?);
    let round = (arguments.len() == 3).then(|| arguments.booleans(2)).transpose()?;
    arguments.compute::<Float64Type>(|row| {
        let (end, start) = (end.micros(row)?, start.micros(row)?);
        let round = match &round {
            Some(round) => round.get(row)?,
            None => true,
        };
        let (to, from) =
            (Civil::of_days(end.div_euclid(MICROS_PER_DAY)), Civil::of_days(start.div_euclid(MICROS_PER_DAY)));
        let months = ((to.year - from.year) * 12 + i64::from(to.month) - i64::from(from.month)) as f64;
        let both_last = to.day == to.length_of_month() && from.day == from.length_of_month();
        if to.day == from.day || both_last {
            return Some(months);
        }
        let seconds = |micros: i64| micros.rem_euclid(MICROS_PER_DAY) / 1_000_000;
        let seconds = (i64::from(to.day) - i64::from(from.day)) * 86_400 + seconds(end) - seconds(start);
        let difference = months + seconds as f64 / (31.0 * 86_400.0);
        Some(if round { (difference * 1e8).round() / 1e8 } else { difference })
    })
}

/// What a date or timestamp is cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    /// Microseconds.
    Time(i64),
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name.to_uppercase().as_str() {
        "YEAR" | "YYYY" | "YY" => Unit::Year,
        "QUARTER" => Unit::Quarter,
        "MONTH" | "MM" | "MON" => Unit::Month,
        "WEEK" => Unit::Week,
        "DAY" | "DD" => Unit::Time(MICROS_PER_DAY),
        "HOUR" => Unit::Time(3_600_000_000),
        "MINUTE" => Unit::Time(60_000_000),
        "SECOND" => Unit::Time(1_000_000),
        "MILLISECOND" => Unit::Time(1000),
        "MICROSECOND" => Unit::Time(1),
        _ => return None,
    })
}

fn truncate_days(days: i64, unit: Unit) -> i64 {
    let date = Civil::of_days(days);
    match unit {
        Unit::Year => Civil { month: 1, day: 1, ..date }.to_days(),
        Unit::Quarter => Civil { month: date.quarter() * 3 - 2, day: 1, ..date }.to_days(),
        Unit::Month => Civil { day: 1, ..date }.to_days(),
        Unit::Week => days + 1 - iso_day_of_week(days),
        Unit::Time(_) => days,
    }
}

/// `trunc(date, unit)`: units below a week give NULL.
pub(super) fn truncate_date(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (dates, units) = (arguments.values_of::<Date32Type>(0)?, arguments.strings(1)?);
    arguments.compute::<Date32Type>(|row| {
        let unit = unit(units.get(row)?).filter(|unit| !matches!(unit, Unit::Time(_)))?;
        Some(truncate_days(dates.get(row)?.into(), unit) as i32)
    })
}

/// `date_trunc(unit, timestamp)`
pub(super) fn bind_truncate(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let arguments = vec![call.cast(0, &DataType::String)?, call.cast(1, &DataType::Timestamp)?];
    Ok(call.kernel(&TRUNCATE, arguments, DataType::Timestamp, true))
}

fn truncate_timestamp(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let units = arguments.strings(0)?;
    let constant = units.constant().map(unit);
    let values = arguments.values_of::<TimestampMicrosecondType>(1)?;
    let mut cursor = zone.cursor();
    arguments.compute::<TimestampMicrosecondType>(|row| {
        let unit = match constant {
            Some(unit) => unit?,
            None => unit(units.get(row)?)?,
        };
        let value = values.get(row)?;
        // No zone is off by a part of a minute nowadays, and hours are cut in local time.
        if let Unit::Time(micros @ ..=1_000_000) = unit {
            return Some(value - value.rem_euclid(micros));
        }
        let local = cursor.utc_to_local(value);
        let cut = match unit {
            Unit::Time(micros) => local - local.rem_euclid(micros),
            _ => truncate_days(local.div_euclid(MICROS_PER_DAY), unit) * MICROS_PER_DAY,
        };
        // Within the day the offset is the value's own, which an overlap of local times needs.
        Some(match unit {
            Unit::Time(micros) if micros < MICROS_PER_DAY => value - (local - cut),
            _ => cursor.local_to_utc(cut),
        })
    })
}

/// Units of `timestampadd` and `timestampdiff`: months, or microseconds.
fn step(name: &str) -> Option<(i64, i64)> {
    Some(match name.to_uppercase().as_str() {
        "MICROSECOND" => (0, 1),
        "MILLISECOND" => (0, 1000),
        "SECOND" => (0, 1_000_000),
        "MINUTE" => (0, 60_000_000),
        "HOUR" => (0, 3_600_000_000),
        "DAY" | "DAYOFYEAR" => (0, MICROS_PER_DAY),
        "WEEK" => (0, 7 * MICROS_PER_DAY),
        "MONTH" => (1, 0),
        "QUARTER" => (3, 0),
        "YEAR" => (12, 0),
        _ => return None,
    })
}

fn bind_unit(call: &Call<'_>) -> Result<String> {
    let unit = call.literal_string(0, "unit")?.unwrap_or_default();
    match step(&unit) {
        Some(_) => Ok(unit.to_uppercase()),
        None => Err(Error::new(
            &INVALID_PARAMETER_VALUE,
            format!(
                "The value of parameter(s) `unit` in `{}` is invalid: expects one of the units without quotes YEAR, \
                 QUARTER, MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, but got the \
                 string literal '{unit}'",
                call.name.to_lowercase()
            ),
        )
        .subcondition("DATETIME_UNIT")
        .at(call.span)),
    }
}

/// `timestampadd(unit, count, timestamp)`
pub(super) fn bind_add(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let unit = bind_unit(call)?;
    let count = call.cast(1, &DataType::Long)?;
    let to =
        if call.argument(2).data_type == DataType::TimestampNtz { DataType::TimestampNtz } else { DataType::Timestamp };
    let timestamp = call.cast(2, &to)?;
    let nullable = count.nullable || timestamp.nullable;
    Ok(call.kernel_with(&ADD, vec![count, timestamp], vec![unit], to, nullable))
}

fn timestamp_add(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let ltz = arguments.parameters.returns == DataType::Timestamp;
    let zone = session_zone(arguments)?;
    let (counts, values) = (arguments.values_of::<Int64Type>(0)?, arguments.values_of::<TimestampMicrosecondType>(1)?);
    let unit = &arguments.parameters.options[0];
    let (months, micros) = step(unit).unwrap_or((0, 0));
    // Days keep the time of the day when the clock changes.
    let by_calendar = months != 0 || micros % MICROS_PER_DAY == 0;
    let mut cursor = zone.cursor();
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let (Some(count), Some(value)) = (counts.get(row), values.get(row)) else { return Ok(None) };
        let moved = if by_calendar {
            let local = if ltz { cursor.utc_to_local(value) } else { value };
            let (days, time) = (local.div_euclid(MICROS_PER_DAY), local.rem_euclid(MICROS_PER_DAY));
            let days = match months {
                0 => count.checked_mul(micros / MICROS_PER_DAY).and_then(|by| days.checked_add(by)),
                _ => count.checked_mul(months).filter(|by| by.abs() < 12_000_000).map(|by| add_months(days, by)),
            };
            let local = days.and_then(|days| days.checked_mul(MICROS_PER_DAY)?.checked_add(time));
            local.map(|local| if ltz { cursor.local_to_utc(local) } else { local })
        } else {
            count.checked_mul(micros).and_then(|by| value.checked_add(by))
        };
        moved.map(Some).ok_or_else(|| {
            Error::new(
                &DATETIME_OVERFLOW,
                format!("Datetime operation overflow: add {count} {unit} to a timestamp of {value} microseconds"),
            )
        })
    })
}

/// `timestampdiff(unit, start, end)`
pub(super) fn bind_difference(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let unit = bind_unit(call)?;
    let arguments = vec![call.cast(1, &DataType::Timestamp)?, call.cast(2, &DataType::Timestamp)?];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel_with(&DIFFERENCE, arguments, vec![unit], DataType::Long, nullable))
}

fn timestamp_difference(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (mut start, mut end) = (Locals::new(arguments, 0, &zone)?, Locals::new(arguments, 1, &zone)?);
    let (months, micros) = step(&arguments.parameters.options[0]).unwrap_or((1, 0));
    arguments.compute::<Int64Type>(|row| {
        let (start, end) = (start.micros(row)?, end.micros(row)?);
        if months == 0 {
            return Some((end - start) / micros);
        }
        let count = |local: i64| {
            let date = Civil::of_days(local.div_euclid(MICROS_PER_DAY));
            let within = i64::from(date.day) * MICROS_PER_DAY + local.rem_euclid(MICROS_PER_DAY);
            (date.year * 12 + i64::from(date.month), within)
        };
        let ((start_months, start_rest), (end_months, end_rest)) = (count(start), count(end));
        let mut whole = end_months - start_months;
        if whole > 0 && end_rest < start_rest {
            whole -= 1;
        } else if whole < 0 && end_rest > start_rest {
            whole += 1;
        }
        Some(whole / months)
    })
}
