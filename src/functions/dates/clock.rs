//! TIME: times of day without a date or a zone, in microseconds since midnight.

use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, Int32Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::logical_expr::{ColumnarValue, lit};
use datafusion::scalar::ScalarValue;

use super::calendar::MICROS_PER_DAY;
use super::local::session_zone;
use super::pattern::Pattern;
use crate::error::{CANNOT_PARSE_TIME, DATETIME_FIELD_OUT_OF_BOUNDS, Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::{Arguments, Call, Expected, Family, Function, Kernel, Typed};
use crate::types::time_zone::Zone;
use crate::types::{DataType, reading};

const FAMILY: Family = Family::DateTime;
const INT: Expected = Expected::Type(DataType::Int);
const TEXT: Expected = Expected::Type(DataType::String);
const SECONDS: Expected = Expected::Type(DataType::Decimal { precision: 16, scale: 6 });
const TIME: DataType = DataType::Time(6);

pub static FUNCTIONS: &[Function] = &[
    Function::scalar("current_time", FAMILY, current_time, "current_time([precision]) - Returns the current time at the start of query evaluation. All calls of current_time within the same query return the same value. current_time - Returns the current time at the start of query evaluation.", &["SELECT current_time()", "SELECT current_time", "SELECT current_time(0)", "SELECT current_time(3)", "SELECT current_time(1+1)"]),
    Function::kernel("make_time", FAMILY, &[INT, INT, SECONDS], TIME, make_time, "make_time(hour, minute, second) - Create time from hour, minute and second fields. For invalid inputs it will throw an error.", &["SELECT make_time(6, 30, 45.887)", "SELECT make_time(NULL, 30, 0)"]).fallible(),
    Function::scalar("to_time", FAMILY, |call| bind_read(call, false), "to_time(str[, format]) - Parses the `str` expression with the `format` expression to a time. If `format` is malformed or its application does not result in a well formed time, the function raises an error. By default, it follows casting rules to a time if the `format` is omitted.", &["SELECT to_time('00:12:00')", "SELECT to_time('12.10.05', 'HH.mm.ss')"]),
    Function::scalar("try_to_time", FAMILY, |call| bind_read(call, true), "try_to_time(str[, format]) - Parses the `str` expression with the `format` expression to a time. If `format` is malformed or its application does not result in a well formed time, the function returns NULL. By default, it follows casting rules to a time if the `format` is omitted.", &["SELECT try_to_time('00:12:00.001')", "SELECT try_to_time('12.10.05.999999', 'HH.mm.ss.SSSSSS')", "SELECT try_to_time('foo', 'HH:mm:ss')"]),
    Function::kernel("time_diff", FAMILY, &[TEXT, Expected::Time, Expected::Time], DataType::Long, time_diff, "time_diff(unit, start, end) - Gets the difference between the times in the specified units.", &["SELECT time_diff('HOUR', TIME'20:30:29', TIME'21:30:28')", "SELECT time_diff('HOUR', TIME'20:30:29', TIME'21:30:29')", "SELECT time_diff('HOUR', TIME'20:30:29', TIME'12:00:00')"]).fallible(),
    Function::kernel("time_trunc", FAMILY, &[TEXT, Expected::Time], TIME, time_trunc, "time_trunc(unit, time) - Returns `time` truncated to the `unit`.", &["SELECT time_trunc('HOUR', TIME'09:32:05.359')", "SELECT time_trunc('MILLISECOND', TIME'09:32:05.123456')"]).returns_argument(1).fallible(),
];

pub static KERNELS: &[&Kernel] = &[&FIELD, &FRACTION, &READ, &TIMESTAMP];

static FIELD: Kernel = Kernel::new("time_of_day_field", field);
static FRACTION: Kernel = Kernel::new("time_of_day_seconds", fraction);
static READ: Kernel = Kernel::new("parse_time", read).fallible();
static TIMESTAMP: Kernel = Kernel::new("timestamp_of_date_and_time", timestamp).fallible();

/// Microseconds of the smallest step that a precision shows.
fn step(precision: u8) -> i64 {
    10_i64.pow(u32::from(6 - precision.min(6)))
}

/// `current_time([precision])`
fn current_time(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=1)?;
    let precision = match call.arguments.len() {
        0 => 6,
        _ => {
            let given = call.literal_int(0, "precision")?;
            let Some(given) = given else {
                return Err(call.mismatch("UNEXPECTED_NULL", "The `precision` must not be null"));
            };
            u8::try_from(given).ok().filter(|precision| *precision <= 6).ok_or_else(|| {
                call.mismatch(
                    "VALUE_OUT_OF_RANGE",
                    &format!("The `precision` must be between [0, 6] (current value = {given})"),
                )
            })?
        }
    };
    let zone = Zone::parse(&call.context.time_zone)?;
    let time = zone.utc_to_local(call.context.now).rem_euclid(MICROS_PER_DAY);
    let time = time - time % step(precision);
    let expr = lit(ScalarValue::Time64Microsecond(Some(time)));
    Ok(Typed { expr, data_type: DataType::Time(precision), nullable: false })
}

fn invalid_value(field: &str, most: i64, value: i64) -> Error {
    Error::new(&DATETIME_FIELD_OUT_OF_BOUNDS, format!("Invalid value for {field} (valid values 0 - {most}): {value}"))
        .subcondition("WITHOUT_SUGGESTION")
}

fn make_time(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (hours, minutes) = (arguments.values_of::<Int32Type>(0)?, arguments.values_of::<Int32Type>(1)?);
    let seconds = arguments.values_of::<Decimal128Type>(2)?;
    arguments.try_compute::<Time64MicrosecondType>(|row| {
        let (Some(hour), Some(minute), Some(micros)) = (hours.get(row), minutes.get(row), seconds.get(row)) else {
            return Ok(None);
        };
        let (hour, minute) = (i64::from(hour), i64::from(minute));
        let micros = i64::try_from(micros).map_err(|_| Error::internal("a DECIMAL(16,6) fits a BIGINT"))?;
        let second = micros.div_euclid(1_000_000);
        if !(0..60).contains(&second) {
            return Err(invalid_value("SecondOfMinute", 59, micros / 1_000_000));
        }
        if !(0..24).contains(&hour) {
            return Err(invalid_value("HourOfDay", 23, hour));
        }
        if !(0..60).contains(&minute) {
            return Err(invalid_value("MinuteOfHour", 59, minute));
        }
        Ok(Some((hour * 60 + minute) * 60_000_000 + micros))
    })
}

/// `to_time(text[, pattern])`; `tolerant`: NULL for what cannot be read.
fn bind_read(call: &Call<'_>, tolerant: bool) -> Result<Typed> {
    call.count(1..=2)?;
    let mut arguments = Vec::with_capacity(2);
    for (n, argument) in call.arguments.iter().enumerate() {
        if !argument.data_type.is_string() && argument.data_type != DataType::Null {
            return Err(call.unexpected_type(n, "\"STRING\""));
        }
        arguments.push(call.cast(n, &DataType::String)?);
    }
    if !tolerant
        && call.arguments.len() == 2
        && let Ok(Some(pattern)) = call.literal_string(1, "format")
    {
        Pattern::parse(&pattern).map_err(|error| error.at(call.span))?;
    }
    let nullable = tolerant || arguments.iter().any(|argument| argument.nullable);
    let options = vec![if tolerant { "tolerant" } else { "strict" }.to_owned()];
    Ok(call.kernel_with(&READ, arguments, options, TIME, nullable))
}

fn read(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    let formats = (arguments.len() == 2).then(|| arguments.strings(1)).transpose()?;
    let tolerant = arguments.parameters.options[0] == "tolerant";
    let mut known: Option<(String, Result<Pattern>)> = None;
    arguments.try_compute::<Time64MicrosecondType>(|row| {
        let Some(text) = texts.get(row) else { return Ok(None) };
        let (format, read) = match formats.as_ref().map(|formats| formats.get(row)) {
            None => ("HH:mm:ss.SSSSSS", reading::time(text)),
            Some(None) => return Ok(None),
            Some(Some(format)) => {
                if known.as_ref().is_none_or(|(last, _)| last != format) {
                    known = Some((format.to_owned(), Pattern::parse(format)));
                }
                let Some((_, pattern)) = &known else { return Ok(None) };
                match pattern {
                    Ok(pattern) => {
                        let parsed = pattern.read(text).ok().and_then(|parsed| parsed.local());
                        (format, parsed.map(|local| local.rem_euclid(MICROS_PER_DAY)))
                    }
                    Err(_) if tolerant => return Ok(None),
                    Err(_) => return Err(Pattern::parse(format).err().unwrap_or_else(|| cannot_parse(text, format))),
                }
            }
        };
        match read {
            None if !tolerant => Err(cannot_parse(text, format)),
            read => Ok(read),
        }
    })
}

fn cannot_parse(text: &str, format: &str) -> Error {
    Error::new(
        &CANNOT_PARSE_TIME,
        format!(
            "The input string '{text}' cannot be parsed to a TIME value because it does not match to the datetime format \
             '{format}'"
        ),
    )
    .hint("use `try_to_time` to get NULL instead")
}

/// Microseconds of a unit.
fn unit(name: &str, function: &str) -> Result<i64> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "HOUR" => 3_600_000_000,
        "MINUTE" => 60_000_000,
        "SECOND" => 1_000_000,
        "MILLISECOND" => 1000,
        "MICROSECOND" => 1,
        _ => {
            return Err(Error::new(
                &INVALID_PARAMETER_VALUE,
                format!(
                    "The value of parameter(s) `unit` in `{function}` is invalid: expects one of the units 'HOUR', \
                     'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND', but got '{name}'"
                ),
            )
            .subcondition("TIME_UNIT"));
        }
    })
}

fn time_diff(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let units = arguments.strings(0)?;
    let starts = arguments.values_of::<Time64MicrosecondType>(1)?;
    let ends = arguments.values_of::<Time64MicrosecondType>(2)?;
    arguments.try_compute::<Int64Type>(|row| {
        let (Some(name), Some(start), Some(end)) = (units.get(row), starts.get(row), ends.get(row)) else {
            return Ok(None);
        };
        Ok(Some((end - start) / unit(name, "time_diff")?))
    })
}

fn time_trunc(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (units, times) = (arguments.strings(0)?, arguments.values_of::<Time64MicrosecondType>(1)?);
    arguments.try_compute::<Time64MicrosecondType>(|row| {
        let (Some(name), Some(time)) = (units.get(row), times.get(row)) else { return Ok(None) };
        Ok(Some(time - time % unit(name, "time_trunc")?))
    })
}

/// `hour`, `minute` and `second` as numbers without a fraction.
pub(super) fn whole_field(call: &Call<'_>, time: Typed, name: &str) -> Typed {
    let nullable = time.nullable;
    call.kernel_with(&FIELD, vec![time], vec![name.to_owned()], DataType::Int, nullable)
}

/// What EXTRACT gives of a TIME; `None` if a TIME has no such field.
pub(super) fn extract(call: &Call<'_>, time: Typed, name: &str) -> Option<Typed> {
    let nullable = time.nullable;
    match name {
        "hour" | "minute" => Some(whole_field(call, time, name)),
        "second" => {
            let returns = DataType::Decimal { precision: 8, scale: 6 };
            Some(call.kernel(&FRACTION, vec![time], returns, nullable))
        }
        _ => None,
    }
}

fn field(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let times = arguments.values_of::<Time64MicrosecondType>(0)?;
    let (unit, modulus) = match arguments.parameters.options[0].as_str() {
        "hour" => (3_600_000_000, 24),
        "minute" => (60_000_000, 60),
        _ => (1_000_000, 60),
    };
    arguments.compute::<Int32Type>(|row| i32::try_from(times.get(row)? / unit % modulus).ok())
}

/// A text cast to a TIME of less precision keeps its digits; its seconds have only those of the type.
fn fraction(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let times = arguments.values_of::<Time64MicrosecondType>(0)?;
    let step = match arguments.parameters.arguments[0] {
        DataType::Time(precision) => step(precision),
        _ => 1,
    };
    arguments.compute::<Decimal128Type>(|row| {
        let micros = times.get(row)? % 60_000_000;
        Some(i128::from(micros - micros % step))
    })
}

/// `make_timestamp(date, time[, zone])`; fewer or other arguments are refused.
pub(super) fn bind_timestamp(call: &Call<'_>, returns: &DataType) -> Result<Typed> {
    let date = match call.argument(0).data_type {
        DataType::Date | DataType::Null => call.cast(0, &DataType::Date)?,
        _ => return Err(call.unexpected_type(0, "\"DATE\"")),
    };
    let mut arguments = vec![date];
    if call.arguments.len() > 1 {
        arguments.push(call.expect(1, &Expected::Time)?);
    }
    if call.arguments.len() > 2 {
        arguments.push(call.cast(2, &DataType::String)?);
    }
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&TIMESTAMP, arguments, returns.clone(), nullable))
}

fn timestamp(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let dates = arguments.values_of::<Date32Type>(0)?;
    let times = (arguments.len() > 1).then(|| arguments.values_of::<Time64MicrosecondType>(1)).transpose()?;
    let zones = (arguments.len() > 2).then(|| arguments.strings(2)).transpose()?;
    let session = session_zone(arguments)?;
    let plain = arguments.parameters.returns == DataType::TimestampNtz;
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let Some(date) = dates.get(row) else { return Ok(None) };
        let time = match times.as_ref().map(|times| times.get(row)) {
            Some(None) => return Ok(None),
            Some(Some(time)) => time,
            None => 0,
        };
        let zone = match zones.as_ref().map(|zones| zones.get(row)) {
            Some(None) => return Ok(None),
            Some(Some(name)) => &Zone::parse(name)?,
            None => &session,
        };
        let local = i64::from(date) * MICROS_PER_DAY + time;
        Ok(Some(if plain { local } else { zone.local_to_utc(local) }))
    })
}
