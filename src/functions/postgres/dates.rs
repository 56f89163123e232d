//! Functions of dates, times and intervals.

use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, Float64Type, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::logical_expr::{ColumnarValue, Expr, Operator as Df, binary_expr, when};
use datafusion::scalar::ScalarValue;

use super::casts::cast as cast_to;
use super::intervals::of_parts;
use super::{cast, clock_patterns, is_literal, kernel_function, nullable, number_patterns, text};
use crate::error::{DATETIME_OVERFLOW, Error, INVALID_EXTRACT_FIELD, INVALID_PARAMETER_VALUE, Result};
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Family, Function, Typed, arithmetic};
use crate::types::DataType;
use crate::types::calendar::MICROS_PER_DAY;
use crate::types::calendar::{Civil, days_from_civil, iso_day_of_week, iso_week};
use crate::types::time_zone::Zone;

const FAMILY: Family = Family::DateTime;
pub(super) const HOUR: i64 = 3_600_000_000;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::scalar("now", FAMILY, now, "now() - When the statement started.", &[]).aliases(&[
        "current_timestamp",
        "transaction_timestamp",
        "statement_timestamp",
    ]),
    kernel_function(
        "clock_timestamp",
        FAMILY,
        "postgres_clock",
        &[],
        DataType::Timestamp,
        run_clock,
        "clock_timestamp() - The time by the clock.",
    )
    .volatile()
    .never_null(),
    Function::scalar(
        "localtimestamp",
        FAMILY,
        |call| cast_to(now(call)?, &DataType::TimestampNtz, call.context),
        "localtimestamp - When the statement started, without a time zone.",
        &[],
    ),
    Function::scalar(
        "current_time",
        FAMILY,
        |call| cast_to(now(call)?, &DataType::Time(6), call.context),
        "current_time - The time of day when the statement started.",
        &[],
    )
    .aliases(&["localtime"]),
    Function::scalar(
        "precision",
        FAMILY,
        precision,
        "precision(time, digits) - A time with so many digits of its seconds.",
        &[],
    ),
    Function::scalar(
        "extract",
        FAMILY,
        |call| part(call, false),
        "extract(field FROM source) - A field of a date, time or interval (NUMERIC).",
        &[],
    ),
    Function::scalar(
        "date_part",
        FAMILY,
        |call| part(call, true),
        "date_part(field, source) - A field of a date, time or interval (DOUBLE PRECISION).",
        &[],
    ),
    Function::scalar(
        "date_trunc",
        FAMILY,
        truncate,
        "date_trunc(unit, source[, zone]) - The beginning of the unit that `source` is in.",
        &[],
    ),
    Function::scalar(
        "date_bin",
        FAMILY,
        bin,
        "date_bin(stride, source, origin) - The beginning of the interval that `source` is in, counted from `origin`.",
        &[],
    ),
    Function::scalar("timezone", FAMILY, at_time_zone, "timezone(zone, time) - `time AT TIME ZONE zone`.", &[]),
    Function::scalar("age", FAMILY, age, "age(end[, start]) - The years, months, days and time between.", &[]),
    Function::scalar(
        "to_char",
        FAMILY,
        to_char,
        "to_char(value, pattern) - A date, time, interval or number as text.",
        &[],
    ),
    Function::scalar(
        "to_date",
        FAMILY,
        |call| read(call, DataType::Date),
        "to_date(text, pattern) - A date in the form of a pattern.",
        &[],
    ),
    Function::scalar(
        "to_timestamp",
        FAMILY,
        to_timestamp,
        "to_timestamp(text, pattern), to_timestamp(seconds) - A time in the form of a pattern, or so many seconds after 1970.",
        &[],
    ),
    Function::scalar(
        "to_number",
        FAMILY,
        number_patterns::to_number,
        "to_number(text, pattern) - A number in the form of a pattern.",
        &[],
    ),
    Function::scalar(
        "isfinite",
        FAMILY,
        is_finite,
        "isfinite(a) - Whether a date, time or interval has an end: all have.",
        &[],
    ),
    Function::scalar(
        "overlaps",
        FAMILY,
        overlaps,
        "(a, b) OVERLAPS (c, d) - Whether two periods have a moment in common.",
        &[],
    ),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[
    &EXTRACT,
    &DATE_PART,
    &TRUNCATE,
    &TRUNCATE_INTERVAL,
    &BIN,
    &TO_ZONE,
    &FROM_ZONE,
    &AGE,
    &TO_CHAR,
    &READ,
    &EPOCH,
    &PRECISION,
];

static EXTRACT: Kernel = Kernel::new("postgres_extract", run_extract);
static DATE_PART: Kernel = Kernel::new("postgres_date_part", run_date_part);
static TRUNCATE: Kernel = Kernel::new("postgres_date_trunc", run_truncate).fallible();
static TRUNCATE_INTERVAL: Kernel = Kernel::new("postgres_trunc_interval", run_truncate_interval).fallible();
static BIN: Kernel = Kernel::new("postgres_date_bin", run_bin).fallible();
static TO_ZONE: Kernel = Kernel::new("postgres_to_zone", |arguments| run_zone(arguments, true)).fallible();
static FROM_ZONE: Kernel = Kernel::new("postgres_from_zone", |arguments| run_zone(arguments, false)).fallible();
static AGE: Kernel = Kernel::new("postgres_age", run_age).fallible();
static TO_CHAR: Kernel = Kernel::new("postgres_to_char", run_to_char).fallible();
static READ: Kernel = Kernel::new("postgres_read_time", run_read).fallible();
static EPOCH: Kernel = Kernel::new("postgres_of_epoch", run_epoch).fallible();
static PRECISION: Kernel = Kernel::new("postgres_precision", run_precision);

pub(super) fn out_of_range() -> Error {
    Error::new(&DATETIME_OVERFLOW, "date/time field value out of range")
}

fn now(call: &Call<'_>) -> Result<Typed> {
    let value = ScalarValue::TimestampMicrosecond(Some(call.context.now), Some("UTC".into()));
    Ok(Typed { expr: Expr::Literal(value, None), data_type: DataType::Timestamp, nullable: false })
}

fn is_finite(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let moment = moment(call, 0)?;
    let expr = moment.expr.clone().eq(moment.expr);
    Ok(Typed { expr, data_type: DataType::Boolean, nullable: moment.nullable })
}

fn run_clock(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    arguments.compute::<TimestampMicrosecondType>(|_| Some(chrono::Utc::now().timestamp_micros()))
}

fn precision(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let digits = call.literal_int(1, "precision")?.unwrap_or(6).clamp(0, 6);
    let value = call.argument(0).clone();
    let (data_type, nullable) = (value.data_type.clone(), value.nullable);
    Ok(call.kernel_with(&PRECISION, vec![value], vec![digits.to_string()], data_type, nullable))
}

fn run_precision(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let digits: u32 = arguments.parameters.options.first().and_then(|digits| digits.parse().ok()).unwrap_or(6);
    let unit = 10_i64.pow(6 - digits.min(6));
    let rounded = |value: i64| (value + unit / 2).div_euclid(unit) * unit;
    if let DataType::Time(_) = arguments.parameters.arguments[0] {
        let values = arguments.values_of::<Time64MicrosecondType>(0)?;
        return arguments.compute::<Time64MicrosecondType>(|row| values.get(row).map(rounded));
    }
    let values = arguments.values_of::<TimestampMicrosecondType>(0)?;
    arguments.compute::<TimestampMicrosecondType>(|row| values.get(row).map(rounded))
}

/// Argument `n` as a date, time or interval; a string literal is a timestamp.
fn moment(call: &Call<'_>, n: usize) -> Result<Typed> {
    match &call.arguments[n].data_type {
        found if found.is_datetime() || matches!(found, DataType::Time(_) | DataType::CalendarInterval) => {
            Ok(call.arguments[n].clone())
        }
        found if found.is_interval() => cast(call, n, &DataType::CalendarInterval),
        DataType::String if is_literal(call, n) => cast(call, n, &DataType::Timestamp),
        DataType::Null => cast(call, n, &DataType::Timestamp),
        _ => Err(call.unexpected_type(n, "\"TIMESTAMP\"")),
    }
}

/// The same as a timestamp: a date is the beginning of the day in the session's zone.
fn timestamp(call: &Call<'_>, n: usize) -> Result<Typed> {
    let moment = moment(call, n)?;
    match moment.data_type {
        DataType::Date => cast_to(moment, &DataType::Timestamp, call.context),
        DataType::Timestamp | DataType::TimestampNtz => Ok(moment),
        _ => Err(call.unexpected_type(n, "\"TIMESTAMP\"")),
    }
}

/// The name of a unit or field, in the singular.
fn unit_of(name: &str) -> Option<&'static str> {
    Some(match name.trim().to_lowercase().as_str() {
        "microsecond" | "microseconds" | "us" | "usec" => "microseconds",
        "millisecond" | "milliseconds" | "ms" | "msec" => "milliseconds",
        "second" | "seconds" | "s" | "sec" => "second",
        "minute" | "minutes" | "m" | "min" => "minute",
        "hour" | "hours" | "h" | "hr" => "hour",
        "day" | "days" | "d" => "day",
        "week" | "weeks" | "w" => "week",
        "month" | "months" | "mon" | "mons" => "month",
        "quarter" | "quarters" | "qtr" => "quarter",
        "year" | "years" | "y" | "yr" => "year",
        "decade" | "decades" | "dec" => "decade",
        "century" | "centuries" | "cent" | "c" => "century",
        "millennium" | "millennia" | "mil" => "millennium",
        "dow" => "dow",
        "isodow" => "isodow",
        "doy" => "doy",
        "isoyear" => "isoyear",
        "epoch" => "epoch",
        "julian" => "julian",
        "timezone" => "timezone",
        "timezone_hour" => "timezone_hour",
        "timezone_minute" => "timezone_minute",
        _ => return None,
    })
}

fn no_unit(name: &str, data_type: &DataType) -> Error {
    let shown = crate::types::postgres::full_name(data_type);
    Error::new(&INVALID_EXTRACT_FIELD, format!("unit \"{name}\" not recognized for type {shown}"))
}

fn part(call: &Call<'_>, as_double: bool) -> Result<Typed> {
    call.count(2..=2)?;
    let name = call.literal_string(0, "field")?.unwrap_or_default();
    let source = moment(call, 1)?;
    let field = unit_of(&name).ok_or_else(|| no_unit(&name, &source.data_type).at(call.span))?;
    let fits = match &source.data_type {
        DataType::Time(_) => matches!(field, "microseconds" | "milliseconds" | "second" | "minute" | "hour" | "epoch"),
        DataType::CalendarInterval => {
            !matches!(field, "week" | "dow" | "isodow" | "doy" | "isoyear" | "julian") && !field.starts_with("timezone")
        }
        DataType::Timestamp => true,
        _ => !field.starts_with("timezone"),
    };
    if !fits {
        return Err(no_unit(&name, &source.data_type).at(call.span));
    }
    let scale = match (field, &source.data_type) {
        ("second" | "epoch", DataType::Date) => 0,
        ("second" | "epoch", _) => 6,
        ("milliseconds", _) => 3,
        _ => 0,
    };
    let nullable = source.nullable;
    let options = vec![field.to_owned(), i8::to_string(&scale)];
    Ok(match as_double {
        true => call.kernel_with(&DATE_PART, vec![source], options, DataType::Double, nullable),
        false => {
            let returns = DataType::Decimal { precision: 20, scale };
            call.kernel_with(&EXTRACT, vec![source], options, returns, nullable)
        }
    })
}

/// A function of the row that gives the field, with the digits that the option says.
fn field_reader<'a>(arguments: &'a Arguments<'_>) -> Result<Box<dyn Fn(usize) -> Option<i64> + 'a>> {
    let options = &arguments.parameters.options;
    let field = options.first().map_or("", String::as_str);
    let scaled = options.get(1).is_some_and(|scale| scale == "6");
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    Ok(match &arguments.parameters.arguments[0] {
        DataType::Time(_) => {
            let values = arguments.values_of::<Time64MicrosecondType>(0)?;
            Box::new(move |row| {
                let value = values.get(row)?;
                Some(if field == "epoch" { value } else { clock_field(field, value)? })
            })
        }
        DataType::CalendarInterval => {
            let values = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
            Box::new(move |row| {
                let value = values.get(row)?;
                let (months, days, micros) =
                    (i64::from(value.months), i64::from(value.days), value.nanoseconds / 1_000);
                Some(match field {
                    "year" => months / 12,
                    "month" => months % 12,
                    "quarter" => months % 12 / 3 + 1,
                    "decade" => months / 120,
                    "century" => months / 1_200,
                    "millennium" => months / 12_000,
                    "day" => days,
                    "hour" => micros / HOUR,
                    "minute" => micros / 60_000_000 % 60,
                    "second" | "milliseconds" | "microseconds" => micros % 60_000_000,
                    // A year has 365.25 days, a month that is left 30.
                    _ => {
                        (months / 12) * 31_557_600_000_000
                            + (months % 12) * 30 * MICROS_PER_DAY
                            + days * MICROS_PER_DAY
                            + micros
                    }
                })
            })
        }
        DataType::Date => {
            let values = arguments.values_of::<Date32Type>(0)?;
            Box::new(move |row| {
                let micros = i64::from(values.get(row)?) * MICROS_PER_DAY;
                let value = datetime_field(field, micros, micros, 0)?;
                Some(if !scaled && matches!(field, "epoch" | "second") { value / 1_000_000 } else { value })
            })
        }
        data_type => {
            let local = *data_type == DataType::TimestampNtz;
            let values = arguments.values_of::<TimestampMicrosecondType>(0)?;
            let cursor_zone = zone;
            Box::new(move |row| {
                let instant = values.get(row)?;
                let (shown, offset) = match local {
                    true => (instant, 0),
                    false => (cursor_zone.utc_to_local(instant), cursor_zone.offset_at_utc(instant)),
                };
                datetime_field(field, shown, instant, offset.into())
            })
        }
    })
}

fn clock_field(field: &str, micros: i64) -> Option<i64> {
    Some(match field {
        "hour" => micros / HOUR,
        "minute" => micros / 60_000_000 % 60,
        // The digits behind the point are the option's.
        "second" | "milliseconds" | "microseconds" => micros % 60_000_000,
        _ => return None,
    })
}

fn datetime_field(field: &str, local: i64, instant: i64, offset: i64) -> Option<i64> {
    let days = local.div_euclid(MICROS_PER_DAY);
    if let Some(value) = clock_field(field, local.rem_euclid(MICROS_PER_DAY)) {
        return Some(value);
    }
    let civil = Civil::of_days(days);
    // There is no year 0: 1 BC comes before AD 1.
    let year = if civil.year > 0 { civil.year } else { civil.year - 1 };
    let ages = |years: i64| if year > 0 { (year + years - 1) / years } else { -((years - 1 - year) / years) };
    Some(match field {
        "day" => civil.day.into(),
        "month" => civil.month.into(),
        "quarter" => civil.quarter().into(),
        "year" => year,
        "decade" => civil.year.div_euclid(10),
        "century" => ages(100),
        "millennium" => ages(1_000),
        "dow" => iso_day_of_week(days) % 7,
        "isodow" => iso_day_of_week(days),
        "doy" => civil.day_of_year(),
        "week" => iso_week(days).1,
        "isoyear" => iso_week(days).0,
        "julian" => days + 2_440_588,
        "timezone" => offset,
        "timezone_hour" => offset / 3600,
        "timezone_minute" => offset / 60 % 60,
        _ => instant,
    })
}

fn run_extract(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let read = field_reader(arguments)?;
    arguments.compute::<Decimal128Type>(|row| read(row).map(i128::from))
}

fn run_date_part(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let scale: i32 = arguments.parameters.options.get(1).and_then(|scale| scale.parse().ok()).unwrap_or(0);
    let divisor = 10_f64.powi(scale);
    let read = field_reader(arguments)?;
    #[expect(clippy::cast_precision_loss, reason = "as PostgreSQL has it")]
    arguments.compute::<Float64Type>(|row| read(row).map(|value| value as f64 / divisor))
}

fn truncate(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let name = call.literal_string(0, "unit")?.unwrap_or_default();
    let source = moment(call, 1)?;
    let unit = unit_of(&name).filter(|unit| {
        !matches!(*unit, "dow" | "isodow" | "doy" | "isoyear" | "epoch" | "julian") && !unit.starts_with("timezone")
    });
    let unit = unit.ok_or_else(|| no_unit(&name, &source.data_type).at(call.span))?;
    let nullable = source.nullable;
    if source.data_type == DataType::CalendarInterval {
        let options = vec![unit.to_owned()];
        return Ok(call.kernel_with(&TRUNCATE_INTERVAL, vec![source], options, DataType::CalendarInterval, nullable));
    }
    let source = timestamp(call, 1)?;
    let data_type = source.data_type.clone();
    let mut options = vec![unit.to_owned()];
    if call.arguments.len() == 3 {
        options.extend(call.literal_string(2, "time zone")?);
    }
    Ok(call.kernel_with(&TRUNCATE, vec![source], options, data_type, nullable))
}

/// The beginning of the unit that a local time is in.
fn truncated(unit: &str, local: i64) -> Option<i64> {
    let days = local.div_euclid(MICROS_PER_DAY);
    let size = match unit {
        "microseconds" => return Some(local),
        "milliseconds" => 1_000,
        "second" => 1_000_000,
        "minute" => 60_000_000,
        "hour" => HOUR,
        "day" => MICROS_PER_DAY,
        "week" => return (days - iso_day_of_week(days) + 1).checked_mul(MICROS_PER_DAY),
        _ => {
            let civil = Civil::of_days(days);
            let (year, month) = match unit {
                "month" => (civil.year, civil.month),
                "quarter" => (civil.year, (civil.quarter() - 1) * 3 + 1),
                "year" => (civil.year, 1),
                "decade" => (civil.year.div_euclid(10) * 10, 1),
                "century" => ((civil.year - 1).div_euclid(100) * 100 + 1, 1),
                _ => ((civil.year - 1).div_euclid(1_000) * 1_000 + 1, 1),
            };
            return days_from_civil(year, month.into(), 1)?.checked_mul(MICROS_PER_DAY);
        }
    };
    Some(local.div_euclid(size) * size)
}

fn run_truncate(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = &arguments.parameters.options;
    let unit = options.first().map_or("", String::as_str);
    let zone = Zone::parse(options.get(1).map_or(&*arguments.parameters.time_zone, String::as_str))?;
    let local = arguments.parameters.arguments[0] == DataType::TimestampNtz;
    let values = arguments.values_of::<TimestampMicrosecondType>(0)?;
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let Some(value) = values.get(row) else { return Ok(None) };
        let shown = if local { value } else { zone.utc_to_local(value) };
        let truncated = truncated(unit, shown).ok_or_else(out_of_range)?;
        Ok(Some(if local { truncated } else { zone.local_to_utc(truncated) }))
    })
}

fn run_truncate_interval(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let unit = arguments.parameters.options.first().map_or("", String::as_str);
    let values = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
    let whole_months = |months: i32| match unit {
        "month" => Some(months),
        "quarter" => Some(months / 3 * 3),
        "year" => Some(months / 12 * 12),
        "decade" => Some(months / 120 * 120),
        "century" => Some(months / 1_200 * 1_200),
        "millennium" => Some(months / 12_000 * 12_000),
        _ => None,
    };
    arguments.try_compute::<IntervalMonthDayNanoType>(|row| {
        let Some(value) = values.get(row) else { return Ok(None) };
        let micros = value.nanoseconds / 1_000;
        let kept = |size: i64| of_parts(value.months, value.days, micros / size * size);
        match (unit, whole_months(value.months)) {
            (_, Some(months)) => of_parts(months, 0, 0),
            ("day", _) => of_parts(value.months, value.days, 0),
            ("hour", _) => kept(HOUR),
            ("minute", _) => kept(60_000_000),
            ("second", _) => kept(1_000_000),
            ("milliseconds", _) => kept(1_000),
            ("microseconds", _) => kept(1),
            _ => Err(no_unit(unit, &DataType::CalendarInterval)),
        }
        .map(Some)
    })
}

fn bin(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let source = timestamp(call, 1)?;
    let data_type = source.data_type.clone();
    let arguments = vec![cast(call, 0, &DataType::CalendarInterval)?, source, cast(call, 2, &data_type)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&BIN, arguments, data_type, nullable))
}

fn run_bin(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let strides = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
    let (values, origins) =
        (arguments.values_of::<TimestampMicrosecondType>(1)?, arguments.values_of::<TimestampMicrosecondType>(2)?);
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let (Some(stride), Some(value), Some(origin)) = (strides.get(row), values.get(row), origins.get(row)) else {
            return Ok(None);
        };
        let micros = i64::from(stride.days) * MICROS_PER_DAY + stride.nanoseconds / 1_000;
        if stride.months != 0 || micros <= 0 {
            return Err(Error::new(&INVALID_PARAMETER_VALUE, "a stride must be positive, and have no months or years"));
        }
        Ok(Some(origin + (value - origin).div_euclid(micros) * micros))
    })
}

/// With a zone a local time becomes a moment, and a moment a local time.
fn at_time_zone(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let source = timestamp(call, 1)?;
    let zone = match call.arguments[0].data_type {
        DataType::CalendarInterval => {
            return Err(
                Error::unsupported("AT TIME ZONE of an interval", "write the name of a zone, or '+02'").at(call.span)
            );
        }
        _ => text(call, 0)?,
    };
    let (kernel, returns) = match source.data_type {
        DataType::TimestampNtz => (&FROM_ZONE, DataType::Timestamp),
        _ => (&TO_ZONE, DataType::TimestampNtz),
    };
    let arguments = vec![source, zone];
    let nullable = nullable(&arguments);
    Ok(call.kernel(kernel, arguments, returns, nullable))
}

/// Offsets of names such as `UTC+3` and of plain offsets count westwards in PostgreSQL; ISO's `+03` does so too.
fn zone_named(name: &str) -> Result<Zone> {
    let trimmed = name.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
        let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
        let sign = if trimmed.starts_with('-') { '+' } else { '-' };
        return Zone::parse(&format!("{sign}{hours:0>2}:{minutes:0>2}"));
    }
    Zone::parse(match trimmed.to_ascii_uppercase().as_str() {
        "UTC" | "GMT" | "Z" | "ZULU" => "UTC",
        "EST" => "-05:00",
        "EDT" => "-04:00",
        "CST" => "-06:00",
        "CDT" => "-05:00",
        "MST" => "-07:00",
        "MDT" => "-06:00",
        "PST" => "-08:00",
        "PDT" => "-07:00",
        "CET" => "+01:00",
        "CEST" => "+02:00",
        "EET" => "+02:00",
        "EEST" => "+03:00",
        "JST" => "+09:00",
        _ => trimmed,
    })
    .map_err(|_| Error::new(&INVALID_PARAMETER_VALUE, format!("time zone \"{name}\" not recognized")))
}

fn run_zone(arguments: &Arguments<'_>, to_local: bool) -> Result<ColumnarValue> {
    let (values, names) = (arguments.values_of::<TimestampMicrosecondType>(0)?, arguments.strings(1)?);
    let mut last: Option<(String, Zone)> = None;
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let (Some(value), Some(name)) = (values.get(row), names.get(row)) else { return Ok(None) };
        let known = last.as_ref().is_some_and(|(known, _)| known == name);
        if !known {
            last = Some((name.to_owned(), zone_named(name)?));
        }
        let zone = last.as_ref().map(|(_, zone)| zone).ok_or_else(|| Error::internal("a zone was just read"))?;
        Ok(Some(if to_local { zone.utc_to_local(value) } else { zone.local_to_utc(value) }))
    })
}

fn age(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let (end, start) = match call.arguments.len() {
        1 => {
            let today =
                cast_to(cast_to(now(call)?, &DataType::Date, call.context)?, &DataType::TimestampNtz, call.context)?;
            (today, timestamp(call, 0)?)
        }
        _ => (timestamp(call, 0)?, timestamp(call, 1)?),
    };
    // Years and months are counted by the calendar that is shown.
    let local = |moment: Typed| cast_to(moment, &DataType::TimestampNtz, call.context);
    let arguments = vec![local(end)?, local(start)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&AGE, arguments, DataType::CalendarInterval, nullable))
}

fn run_age(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (ends, starts) =
        (arguments.values_of::<TimestampMicrosecondType>(0)?, arguments.values_of::<TimestampMicrosecondType>(1)?);
    arguments.try_compute::<IntervalMonthDayNanoType>(|row| {
        let (Some(end), Some(start)) = (ends.get(row), starts.get(row)) else { return Ok(None) };
        let sign = if end < start { -1 } else { 1 };
        let (later, earlier) = if end < start { (start, end) } else { (end, start) };
        let (a, b) =
            (Civil::of_days(later.div_euclid(MICROS_PER_DAY)), Civil::of_days(earlier.div_euclid(MICROS_PER_DAY)));
        let mut micros = later.rem_euclid(MICROS_PER_DAY) - earlier.rem_euclid(MICROS_PER_DAY);
        let mut days = i64::from(a.day) - i64::from(b.day);
        let mut months = (a.year - b.year) * 12 + i64::from(a.month) - i64::from(b.month);
        if micros < 0 {
            micros += MICROS_PER_DAY;
            days -= 1;
        }
        if days < 0 {
            // The month that is broken up is the earlier one.
            let length = b.length_of_month();
            days += i64::from(length);
            months -= 1;
        }
        let months = i32::try_from(sign * months).map_err(|_| out_of_range())?;
        let days = i32::try_from(sign * days).map_err(|_| out_of_range())?;
        of_parts(months, days, sign * micros).map(Some)
    })
}

fn to_char(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let value = call.argument(0);
    if value.data_type.is_numeric() {
        return number_patterns::to_char(call);
    }
    let value = moment(call, 0)?;
    let value = if value.data_type == DataType::Date { timestamp(call, 0)? } else { value };
    let arguments = vec![value, text(call, 1)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&TO_CHAR, arguments, DataType::String, nullable))
}

fn run_to_char(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let patterns = arguments.strings(1)?;
    match &arguments.parameters.arguments[0] {
        DataType::CalendarInterval => {
            let values = arguments.values_of::<IntervalMonthDayNanoType>(0)?;
            arguments.write_strings(|row, out| {
                let value = values.get(row)?;
                let shown = clock_patterns::Shown::of_interval(value.months, value.days, value.nanoseconds / 1_000);
                clock_patterns::write(out, patterns.get(row)?, &shown);
                Some(())
            })
        }
        DataType::Time(_) => {
            let values = arguments.values_of::<Time64MicrosecondType>(0)?;
            arguments.write_strings(|row, out| {
                clock_patterns::write(
                    out,
                    patterns.get(row)?,
                    &clock_patterns::Shown::of_interval(0, 0, values.get(row)?),
                );
                Some(())
            })
        }
        data_type => {
            let local = *data_type == DataType::TimestampNtz;
            let values = arguments.values_of::<TimestampMicrosecondType>(0)?;
            arguments.write_strings(|row, out| {
                let value = values.get(row)?;
                let shown = match local {
                    true => clock_patterns::Shown::of_local(value, 0, ""),
                    false => {
                        clock_patterns::Shown::of_local(zone.utc_to_local(value), zone.offset_at_utc(value), zone.id())
                    }
                };
                clock_patterns::write(out, patterns.get(row)?, &shown);
                Some(())
            })
        }
    }
}

fn read(call: &Call<'_>, returns: DataType) -> Result<Typed> {
    call.count(2..=2)?;
    let arguments = vec![text(call, 0)?, text(call, 1)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&READ, arguments, returns, nullable))
}

fn run_read(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let (texts, patterns) = (arguments.strings(0)?, arguments.strings(1)?);
    let read = |row: usize| match (texts.get(row), patterns.get(row)) {
        (Some(text), Some(pattern)) => clock_patterns::read(text, pattern).map(Some),
        _ => Ok(None),
    };
    if arguments.parameters.returns == DataType::Date {
        return arguments.try_compute::<Date32Type>(|row| {
            let Some((local, _)) = read(row)? else { return Ok(None) };
            i32::try_from(local.div_euclid(MICROS_PER_DAY)).map(Some).map_err(|_| out_of_range())
        });
    }
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let Some((local, offset)) = read(row)? else { return Ok(None) };
        Ok(Some(offset.map_or_else(|| zone.local_to_utc(local), |offset| local - i64::from(offset) * 1_000_000)))
    })
}

fn to_timestamp(call: &Call<'_>) -> Result<Typed> {
    if call.arguments.len() != 1 {
        return read(call, DataType::Timestamp);
    }
    let seconds = cast(call, 0, &DataType::Double)?;
    let nullable = seconds.nullable;
    Ok(call.kernel(&EPOCH, vec![seconds], DataType::Timestamp, nullable))
}

fn run_epoch(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let seconds = arguments.values_of::<Float64Type>(0)?;
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let Some(seconds) = seconds.get(row) else { return Ok(None) };
        let micros = (seconds * 1e6).round_ties_even();
        if !(-9.2e18..9.2e18).contains(&micros) {
            return Err(out_of_range());
        }
        #[expect(clippy::cast_possible_truncation, reason = "its range was looked at")]
        Ok(Some(micros as i64))
    })
}

/// A period is two ends in any order, or a beginning and an interval.
fn overlaps(call: &Call<'_>) -> Result<Typed> {
    call.count(4..=4)?;
    let period = |n: usize| -> Result<(Typed, Typed)> {
        let start = cast_to(timestamp(call, n)?, &DataType::Timestamp, call.context)?;
        let end = match call.arguments[n + 1].data_type {
            DataType::CalendarInterval => {
                let interval = call.argument(n + 1).clone();
                let mode = crate::functions::cast::CastMode::Ansi;
                arithmetic::binary(arithmetic::Operator::Add, start.clone(), interval, mode, call.context)?
                    .map_err(|_| Error::internal("a timestamp and an interval add up"))?
            }
            _ => cast_to(timestamp(call, n + 1)?, &DataType::Timestamp, call.context)?,
        };
        let least = datafusion::functions::core::expr_fn::least(vec![start.expr.clone(), end.expr.clone()]);
        let greatest = datafusion::functions::core::expr_fn::greatest(vec![start.expr, end.expr]);
        let typed = |expr| Typed { expr, data_type: DataType::Timestamp, nullable: true };
        Ok((typed(least), typed(greatest)))
    };
    let ((a, b), (c, d)) = (period(0)?, period(2)?);
    let compare =
        |left: &Typed, operator: Df, right: &Typed| binary_expr(left.expr.clone(), operator, right.expr.clone());
    let expr = when(compare(&a, Df::Gt, &c), compare(&a, Df::Lt, &d))
        .when(compare(&a, Df::Lt, &c), compare(&c, Df::Lt, &b))
        .when(compare(&a, Df::Eq, &c), Expr::Literal(ScalarValue::Boolean(Some(true)), None))
        .otherwise(Expr::Literal(ScalarValue::Boolean(None), None))?;
    Ok(Typed { expr, data_type: DataType::Boolean, nullable: true })
}
