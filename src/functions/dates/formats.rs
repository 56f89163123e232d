//! Dates and timestamps to and from text, by pattern or without one.

use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::{ColumnarValue, lit};

use super::calendar::MICROS_PER_DAY;
use super::local::session_zone;
use super::pattern::Pattern;
use crate::error::{CANNOT_PARSE_TIMESTAMP, Error, Result};
use crate::functions::cast::{CastMode, cast};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;
use crate::types::time_zone::Zone;

pub(super) static FORMAT: Kernel = Kernel::new("date_format", format).fallible();
pub(super) static FROM_UNIX: Kernel = Kernel::new("from_unixtime", from_unix).fallible();
pub(super) static PARSE: Kernel = Kernel::new("parse_timestamp", parse).fallible();
pub(super) static PARSE_DATE: Kernel = Kernel::new("parse_date", parse_date).fallible();
pub(super) static PARSE_SECONDS: Kernel = Kernel::new("parse_unix_time", parse_seconds).fallible();

const DEFAULT: &str = "yyyy-MM-dd HH:mm:ss";

/// The pattern last used, so that a column with one pattern compiles it once.
struct Patterns {
    last: Option<(String, Pattern)>,
}

impl Patterns {
    fn get(&mut self, text: &str) -> Result<&Pattern> {
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            self.last = Some((text.to_owned(), Pattern::parse(text)?));
        }
        Ok(&self.last.as_ref().expect("just set").1)
    }
}

fn text(value: &str) -> Typed {
    Typed { expr: lit(value), data_type: DataType::String, nullable: false }
}

/// `date_format(timestamp, pattern)`
pub(super) fn bind_format(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    // A wrong pattern is told before any row is read.
    if let Ok(Some(pattern)) = call.literal_string(1, "format") {
        Pattern::parse(&pattern).map_err(|error| error.at(call.span))?;
    }
    let given = call.argument(0);
    let timestamp = match given.data_type {
        DataType::TimestampNtz => given.clone(),
        _ => call.cast(0, &DataType::Timestamp)?,
    };
    let arguments = vec![timestamp, call.cast(1, &DataType::String)?];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&FORMAT, arguments, DataType::String, nullable))
}

fn format(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let plain = arguments.parameters.arguments[0] == DataType::TimestampNtz;
    let (values, formats) = (arguments.values_of::<TimestampMicrosecondType>(0)?, arguments.strings(1)?);
    let mut patterns = Patterns { last: None };
    let mut cursor = zone.cursor();
    arguments.try_write_strings(|row, out| {
        let (Some(value), Some(format)) = (values.get(row), formats.get(row)) else { return Ok(None) };
        let local = if plain { value } else { cursor.utc_to_local(value) };
        let offset =
            if plain { zone.offset_at_utc(zone.local_to_utc(value)) } else { ((local - value) / 1_000_000) as i32 };
        patterns.get(format)?.write(out, local, offset, &zone);
        Ok(Some(()))
    })
}

/// `from_unixtime(seconds[, pattern])`
pub(super) fn bind_from_unix(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let format = if call.arguments.len() == 2 { call.cast(1, &DataType::String)? } else { text(DEFAULT) };
    let arguments = vec![call.cast(0, &DataType::Long)?, format];
    Ok(call.kernel(&FROM_UNIX, arguments, DataType::String, true))
}

fn from_unix(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (values, formats) = (arguments.values_of::<Int64Type>(0)?, arguments.strings(1)?);
    let mut patterns = Patterns { last: None };
    let mut cursor = zone.cursor();
    arguments.try_write_strings(|row, out| {
        let (Some(seconds), Some(format)) = (values.get(row), formats.get(row)) else { return Ok(None) };
        let Some(value) = seconds.checked_mul(1_000_000) else { return Ok(None) };
        let local = cursor.utc_to_local(value);
        patterns.get(format)?.write(out, local, ((local - value) / 1_000_000) as i32, &zone);
        Ok(Some(()))
    })
}

fn cannot_parse(value: &str, at: Option<usize>, instead: &str) -> Error {
    let why = match at {
        Some(at) if at < value.len() => format!("could not be parsed at index {at}"),
        Some(at) if at == value.len() => format!("could not be parsed at index {at}"),
        _ => "could not be parsed: it names no moment of the calendar".to_owned(),
    };
    Error::new(
        &CANNOT_PARSE_TIMESTAMP,
        format!("Text '{value}' {why}. Use `{instead}` to tolerate invalid input string and return NULL instead"),
    )
}

/// The local time and the instant that a row's text names; `instead` is the function that would tolerate it.
fn read_row(
    row: usize,
    (texts, formats): (&crate::functions::rows::Strings, &crate::functions::rows::Strings),
    patterns: &mut Patterns,
    strict: bool,
    instead: &str,
    zone: &Zone,
) -> Result<Option<(i64, i64)>> {
    let (Some(value), Some(format)) = (texts.get(row), formats.get(row)) else { return Ok(None) };
    let read = patterns.get(format)?.read(value);
    let outcome = match &read {
        Ok(parsed) => parsed.local().map(|local| (local, parsed.zone.as_ref().unwrap_or(zone).local_to_utc(local))),
        Err(_) => None,
    };
    match outcome {
        None if strict => Err(cannot_parse(value, read.err(), instead)),
        outcome => Ok(outcome),
    }
}

fn parse(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (texts, formats) = (arguments.strings(0)?, arguments.strings(1)?);
    let strict = arguments.parameters.ansi && arguments.parameters.options[0] == "strict";
    let plain = arguments.parameters.returns == DataType::TimestampNtz;
    let mut patterns = Patterns { last: None };
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let read = read_row(row, (&texts, &formats), &mut patterns, strict, "try_to_timestamp", &zone)?;
        Ok(read.map(|(local, instant)| if plain { local } else { instant }))
    })
}

fn parse_date(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (texts, formats) = (arguments.strings(0)?, arguments.strings(1)?);
    let strict = arguments.parameters.ansi && arguments.parameters.options[0] == "strict";
    let mut patterns = Patterns { last: None };
    arguments.try_compute::<Date32Type>(|row| {
        let read = read_row(row, (&texts, &formats), &mut patterns, strict, "try_to_date", &zone)?;
        Ok(read.map(|(local, _)| local.div_euclid(MICROS_PER_DAY) as i32))
    })
}

fn parse_seconds(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (texts, formats) = (arguments.strings(0)?, arguments.strings(1)?);
    let strict = arguments.parameters.ansi;
    let mut patterns = Patterns { last: None };
    arguments.try_compute::<Int64Type>(|row| {
        let read = read_row(row, (&texts, &formats), &mut patterns, strict, "try_to_timestamp", &zone)?;
        Ok(read.map(|(_, instant)| instant.div_euclid(1_000_000)))
    })
}

/// `to_date(text[, pattern])`, `to_timestamp(…)` and their kin. `tolerant`: NULL for what cannot be read.
pub(super) fn bind_read(call: &Call<'_>, returns: &DataType, tolerant: bool) -> Result<Typed> {
    call.count(1..=2)?;
    let given = call.argument(0).clone();
    let mode = if tolerant { CastMode::Try } else { CastMode::implicit(call.context) };
    if call.arguments.len() == 1 || !given.data_type.is_string() {
        return cast(given, returns, mode, call.context).map_err(|error| error.at(call.span));
    }
    if let Ok(Some(pattern)) = call.literal_string(1, "format") {
        Pattern::parse(&pattern).map_err(|error| error.at(call.span))?;
    }
    let kernel = if *returns == DataType::Date { &PARSE_DATE } else { &PARSE };
    let arguments = vec![call.cast(0, &DataType::String)?, call.cast(1, &DataType::String)?];
    let nullable = tolerant || !call.context.ansi || arguments.iter().any(|argument| argument.nullable);
    let options = vec![if tolerant { "tolerant" } else { "strict" }.to_owned()];
    Ok(call.kernel_with(kernel, arguments, options, returns.clone(), nullable))
}

/// `unix_timestamp([time[, pattern]])`
pub(super) fn bind_unix(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=2)?;
    if call.arguments.is_empty() {
        let expr = lit(call.context.now.div_euclid(1_000_000));
        return Ok(Typed { expr, data_type: DataType::Long, nullable: false });
    }
    let given = call.argument(0).clone();
    if given.data_type.is_string() {
        let format = if call.arguments.len() == 2 { call.cast(1, &DataType::String)? } else { text(DEFAULT) };
        let arguments = vec![call.cast(0, &DataType::String)?, format];
        let nullable = !call.context.ansi || arguments.iter().any(|argument| argument.nullable);
        return Ok(call.kernel(&PARSE_SECONDS, arguments, DataType::Long, nullable));
    }
    let timestamp = call.cast(0, &DataType::Timestamp)?;
    let nullable = timestamp.nullable;
    Ok(call.kernel_with(
        &super::epochs::FROM_TIMESTAMP,
        vec![timestamp],
        vec!["1000000".to_owned()],
        DataType::Long,
        nullable,
    ))
}

/// `to_char(date or number, pattern)`
pub(super) fn bind_to_char(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    if call.argument(0).data_type.is_datetime() {
        return bind_format(call);
    }
    if call.argument(0).data_type == DataType::Binary {
        return crate::functions::strings::bytes::bind_to_char(call);
    }
    crate::functions::strings::number_pattern::bind_to_char(call)
}
