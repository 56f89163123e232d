//! Fields of dates, timestamps and intervals: `year`, `hour`, `extract`, `date_part`.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Int8Type, Int32Type, Int64Type, IntervalMonthDayNanoType,
    IntervalYearMonthType,
};
use datafusion::logical_expr::ColumnarValue;

use super::calendar::{Civil, MICROS_PER_DAY, MONTHS, WEEKDAYS, iso_day_of_week, iso_week};
use super::local::{Locals, session_zone};
use crate::error::{Error, INVALID_EXTRACT_FIELD, Result};
use crate::functions::{Arguments, Call, Expected, Kernel, Typed};
use crate::types::DataType;

pub(super) static FIELD: Kernel = Kernel::new("date_field", field);
pub(super) static SECONDS: Kernel = Kernel::new("date_seconds", seconds);
pub(super) static NAME: Kernel = Kernel::new("date_name", name);
pub(super) static MONTHS_FIELD: Kernel = Kernel::new("interval_months_field", months_field);
pub(super) static TIME_FIELD: Kernel = Kernel::new("interval_time_field", time_field);
pub(super) static TIME_SECONDS: Kernel = Kernel::new("interval_seconds", time_seconds);
pub(super) static CALENDAR_FIELD: Kernel = Kernel::new("interval_field", calendar_field);

const DATE: Expected = Expected::Type(DataType::Date);

/// The field's own name, among the names that EXTRACT takes.
fn canonical(name: &str) -> Option<&'static str> {
    Some(match name.to_uppercase().as_str() {
        "YEAR" | "Y" | "YEARS" | "YR" | "YRS" => "year",
        "YEAROFWEEK" => "yearofweek",
        "QUARTER" | "QTR" => "quarter",
        "MONTH" | "MON" | "MONS" | "MONTHS" => "month",
        "WEEK" | "W" | "WEEKS" => "week",
        "DAY" | "D" | "DAYS" => "day",
        "DAYOFWEEK" | "DOW" => "dayofweek",
        "DAYOFWEEK_ISO" | "DOW_ISO" => "dayofweek_iso",
        "DOY" => "doy",
        "HOUR" | "H" | "HOURS" | "HR" | "HRS" => "hour",
        "MINUTE" | "M" | "MIN" | "MINS" | "MINUTES" => "minute",
        "SECOND" | "S" | "SEC" | "SECONDS" | "SECS" => "second",
        _ => return None,
    })
}

/// A function of a date that gives an INT.
pub(super) fn of_date(call: &Call<'_>, field: &'static str) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = match call.argument(0).data_type.is_timestamp() {
        true => call.argument(0).clone(),
        false => call.expect(0, &DATE)?,
    };
    Ok(of(call, argument, field))
}

/// A function of a time that gives an INT.
pub(super) fn of_time(call: &Call<'_>, field: &'static str) -> Result<Typed> {
    call.count(1..=1)?;
    if let DataType::Time(_) = call.argument(0).data_type {
        return Ok(super::clock::whole_field(call, call.argument(0).clone(), field));
    }
    let argument = call.expect(0, &Expected::AnyTimestamp)?;
    Ok(of(call, argument, field))
}

fn of(call: &Call<'_>, argument: Typed, field: &str) -> Typed {
    let nullable = argument.nullable;
    call.kernel_with(&FIELD, vec![argument], vec![field.to_owned()], DataType::Int, nullable)
}

pub(super) fn bind_name(call: &Call<'_>, which: &'static str) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.expect(0, &DATE)?;
    let nullable = argument.nullable;
    Ok(call.kernel_with(&NAME, vec![argument], vec![which.to_owned()], DataType::String, nullable))
}

/// `date_part(field, source)` and EXTRACT.
pub(super) fn bind_part(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let Some(given) = call.literal_string(0, "field")? else {
        return call.to(
            Typed {
                expr: datafusion::logical_expr::lit(datafusion::scalar::ScalarValue::Null),
                data_type: DataType::Null,
                nullable: true,
            },
            &DataType::Double,
        );
    };
    let wrong = || {
        Error::new(&INVALID_EXTRACT_FIELD, format!("Cannot extract `{given}` from \"{}\"", call.texts[1])).at(call.span)
    };
    let field = canonical(&given).ok_or_else(wrong)?;
    let source = call.argument(1).clone();
    let nullable = source.nullable;
    let options = vec![field.to_owned()];
    let seconds = DataType::Decimal { precision: 8, scale: 6 };
    Ok(match &source.data_type {
        DataType::YearMonthInterval(..) => {
            let returns = match field {
                "year" => DataType::Int,
                "month" => DataType::Byte,
                _ => return Err(wrong()),
            };
            call.kernel_with(&MONTHS_FIELD, vec![source], options, returns, nullable)
        }
        DataType::DayTimeInterval(..) => match field {
            "day" => call.kernel_with(&TIME_FIELD, vec![source], options, DataType::Int, nullable),
            "hour" | "minute" => call.kernel_with(&TIME_FIELD, vec![source], options, DataType::Byte, nullable),
            "second" => call.kernel_with(&TIME_SECONDS, vec![source], options, seconds, nullable),
            _ => return Err(wrong()),
        },
        DataType::CalendarInterval => match field {
            "year" | "month" | "day" | "hour" | "minute" => {
                let returns = match field {
                    "month" | "minute" => DataType::Byte,
                    "hour" => DataType::Long,
                    _ => DataType::Int,
                };
                call.kernel_with(&CALENDAR_FIELD, vec![source], options, returns, nullable)
            }
            "second" => call.kernel_with(&CALENDAR_FIELD, vec![source], options, seconds, nullable),
            _ => return Err(wrong()),
        },
        DataType::Time(_) => super::clock::extract(call, source, field).ok_or_else(wrong)?,
        DataType::Date | DataType::Timestamp | DataType::TimestampNtz => {
            let source = match field {
                "hour" | "minute" | "second" if source.data_type == DataType::Date => {
                    call.to(source, &DataType::Timestamp)?
                }
                _ => source,
            };
            match field {
                "second" => call.kernel_with(&SECONDS, vec![source], options, seconds, nullable),
                _ => of(call, source, field),
            }
        }
        _ => {
            let source = call.to(source, &DataType::Timestamp)?;
            match field {
                "second" => call.kernel_with(&SECONDS, vec![source], options, seconds, nullable),
                _ => of(call, source, field),
            }
        }
    })
}

fn field(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let mut locals = Locals::new(arguments, 0, &zone)?;
    match arguments.parameters.options[0].as_str() {
        "year" => of_days(arguments, &mut locals, |days| Civil::of_days(days).year),
        "quarter" => of_days(arguments, &mut locals, |days| Civil::of_days(days).quarter().into()),
        "month" => of_days(arguments, &mut locals, |days| Civil::of_days(days).month.into()),
        "day" => of_days(arguments, &mut locals, |days| Civil::of_days(days).day.into()),
        "doy" => of_days(arguments, &mut locals, |days| Civil::of_days(days).day_of_year()),
        "week" => of_days(arguments, &mut locals, |days| iso_week(days).1),
        "yearofweek" => of_days(arguments, &mut locals, |days| iso_week(days).0),
        "dayofweek" => of_days(arguments, &mut locals, |days| iso_day_of_week(days) % 7 + 1),
        "dayofweek_iso" => of_days(arguments, &mut locals, iso_day_of_week),
        "weekday" => of_days(arguments, &mut locals, |days| iso_day_of_week(days) - 1),
        time => {
            let (unit, modulus) = match time {
                "hour" => (3_600_000_000, 24),
                "minute" => (60_000_000, 60),
                _ => (1_000_000, 60),
            };
            arguments.compute::<Int32Type>(|row| {
                let time = locals.micros(row)?.rem_euclid(MICROS_PER_DAY);
                Some((time / unit % modulus) as i32)
            })
        }
    }
}

/// A loop for each field, so that the compiler lays the field's arithmetic into it.
#[inline]
fn of_days(arguments: &Arguments<'_>, locals: &mut Locals<'_>, field: impl Fn(i64) -> i64) -> Result<ColumnarValue> {
    // Dates need no zone, and what stands behind a NULL is a day like any other.
    if let ColumnarValue::Array(array) = &arguments.values[0]
        && let Some(dates) = array.as_primitive_opt::<Date32Type>()
    {
        let fields = dates.unary::<_, Int32Type>(|days| field(days.into()) as i32);
        return Ok(ColumnarValue::Array(Arc::new(fields)));
    }
    arguments.compute::<Int32Type>(|row| Some(field(locals.days(row)?) as i32))
}

/// Seconds with their fraction.
fn seconds(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let mut locals = Locals::new(arguments, 0, &zone)?;
    arguments.compute::<Decimal128Type>(|row| Some(i128::from(locals.micros(row)?.rem_euclid(60_000_000))))
}

fn name(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let mut locals = Locals::new(arguments, 0, &zone)?;
    let month = arguments.parameters.options[0] == "month";
    arguments.pick_strings(|row| {
        let days = locals.days(row)?;
        let name = match month {
            true => MONTHS[Civil::of_days(days).month as usize - 1],
            false => WEEKDAYS[iso_day_of_week(days) as usize - 1],
        };
        Some(&name[..3])
    })
}

fn months_field(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let months = arguments.values_of::<IntervalYearMonthType>(0)?;
    match arguments.parameters.options[0].as_str() {
        "year" => arguments.compute::<Int32Type>(|row| Some(months.get(row)? / 12)),
        _ => arguments.compute::<Int8Type>(|row| Some((months.get(row)? % 12) as i8)),
    }
}

fn time_field(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let micros = arguments.values_of::<DurationMicrosecondType>(0)?;
    match arguments.parameters.options[0].as_str() {
        "day" => arguments.compute::<Int32Type>(|row| Some((micros.get(row)? / MICROS_PER_DAY) as i32)),
        "hour" => arguments.compute::<Int8Type>(|row| Some((micros.get(row)? % MICROS_PER_DAY / 3_600_000_000) as i8)),
        _ => arguments.compute::<Int8Type>(|row| Some((micros.get(row)? % 3_600_000_000 / 60_000_000) as i8)),
    }
}

fn time_seconds(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let micros = arguments.values_of::<DurationMicrosecondType>(0)?;
    arguments.compute::<Decimal128Type>(|row| Some(i128::from(micros.get(row)? % 60_000_000)))
}

fn calendar_field(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let intervals = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
    match arguments.parameters.options[0].as_str() {
        "year" => arguments.compute::<Int32Type>(|row| Some(intervals.get(row)?.months / 12)),
        "month" => arguments.compute::<Int8Type>(|row| Some((intervals.get(row)?.months % 12) as i8)),
        "day" => arguments.compute::<Int32Type>(|row| Some(intervals.get(row)?.days)),
        "hour" => arguments.compute::<Int64Type>(|row| Some(intervals.get(row)?.nanoseconds / 3_600_000_000_000)),
        "minute" => {
            arguments.compute::<Int8Type>(|row| Some((intervals.get(row)?.nanoseconds / 60_000_000_000 % 60) as i8))
        }
        _ => arguments
            .compute::<Decimal128Type>(|row| Some(i128::from(intervals.get(row)?.nanoseconds / 1000 % 60_000_000))),
    }
}
