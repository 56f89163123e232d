//! Dates and timestamps to and from text, by pattern or without one.

use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::{ColumnarValue, lit};

use super::calendar::MICROS_PER_DAY;
use super::local::session_zone;
use crate::error::{CANNOT_PARSE_TIMESTAMP, Error, INCONSISTENT_BEHAVIOR_CROSS_VERSION, Result};
use crate::functions::cast::{CastMode, cast};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;
use crate::types::pattern::{AnyPattern, Misfit, TimeParser};
use crate::types::time_zone::Zone;

pub(super) static FORMAT: Kernel = Kernel::new("date_format", format).fallible();
pub(super) static FROM_UNIX: Kernel = Kernel::new("from_unixtime", from_unix).fallible();
pub(super) static PARSE: Kernel = Kernel::new("parse_timestamp", parse).fallible();
pub(super) static PARSE_DATE: Kernel = Kernel::new("parse_date", parse_date).fallible();
pub(super) static PARSE_SECONDS: Kernel = Kernel::new("parse_unix_time", parse_seconds).fallible();

const DEFAULT: &str = "yyyy-MM-dd HH:mm:ss";

/// The pattern last used, so that a column with one pattern compiles it once.
struct Patterns {
    last: Option<(String, AnyPattern)>,
    parser: TimeParser,
    reading: bool,
}

impl Patterns {
    fn new(arguments: &Arguments<'_>, reading: bool) -> Self {
        let parser = match arguments.parameters.options.first().map_or("", String::as_str) {
            "legacy" => TimeParser::Legacy,
            "exception" => TimeParser::Exception,
            _ => TimeParser::Corrected,
        };
        Self { last: None, parser, reading }
    }

    fn get(&mut self, text: &str) -> Result<&AnyPattern> {
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            self.last = Some((text.to_owned(), AnyPattern::parse(text, self.parser, self.reading)?));
        }
        Ok(&self.last.as_ref().expect("just set").1)
    }
}

/// The kind of pattern a call uses; timestamps without a zone never used the old one.
fn parser(call: &Call<'_>, data_type: &DataType) -> TimeParser {
    match call.context.settings.time_parser {
        TimeParser::Legacy if *data_type == DataType::TimestampNtz => TimeParser::Corrected,
        parser => parser,
    }
}

/// What tells the kernel of it.
fn option(parser: TimeParser) -> String {
    match parser {
        TimeParser::Legacy => "legacy",
        TimeParser::Exception => "exception",
        TimeParser::Corrected => "corrected",
    }
    .to_owned()
}

/// A wrong pattern is told before any row is read.
fn check(call: &Call<'_>, parser: TimeParser, reading: bool) -> Result<()> {
    if let Ok(Some(pattern)) = call.literal_string(1, "format") {
        AnyPattern::parse(&pattern, parser, reading).map_err(|error| error.at(call.span))?;
    }
    Ok(())
}

fn text(value: &str) -> Typed {
    Typed { expr: lit(value), data_type: DataType::String, nullable: false }
}

/// `date_format(timestamp, pattern)`
pub(super) fn bind_format(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let given = call.argument(0);
    let parser = parser(call, &DataType::Timestamp);
    check(call, parser, false)?;
    let timestamp = match given.data_type {
        DataType::TimestampNtz => given.clone(),
        _ => call.cast(0, &DataType::Timestamp)?,
    };
    let arguments = vec![timestamp, call.cast(1, &DataType::String)?];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel_with(&FORMAT, arguments, vec![option(parser)], DataType::String, nullable))
}

fn format(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let plain = arguments.parameters.arguments[0] == DataType::TimestampNtz;
    let (values, formats) = (arguments.values_of::<TimestampMicrosecondType>(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::new(arguments, false);
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
    let parser = parser(call, &DataType::Timestamp);
    if call.arguments.len() == 2 {
        check(call, parser, false)?;
    }
    let arguments = vec![call.cast(0, &DataType::Long)?, format];
    Ok(call.kernel_with(&FROM_UNIX, arguments, vec![option(parser)], DataType::String, true))
}

fn from_unix(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (values, formats) = (arguments.values_of::<Int64Type>(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::new(arguments, false);
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
    match patterns.get(format)?.read(value, zone) {
        Ok(found) => Ok(Some(found)),
        Err(Misfit::OnlyLegacy) => Err(only_legacy(value)),
        Err(Misfit::At(at)) if strict => Err(cannot_parse(value, at, instead)),
        Err(Misfit::At(_)) => Ok(None),
    }
}

/// Told in every mode.
fn only_legacy(value: &str) -> Error {
    Error::new(
        &INCONSISTENT_BEHAVIOR_CROSS_VERSION,
        format!(
            "You may get a different result due to the upgrading to Spark >= 3.0: Fail to parse '{value}' in the new \
             parser"
        ),
    )
    .subcondition("PARSE_DATETIME_BY_NEW_PARSER")
    .hint(
        "set \"spark.sql.legacy.timeParserPolicy\" to \"LEGACY\" to restore the behavior before Spark 3.0, or to \
         \"CORRECTED\" to treat it as an invalid datetime string",
    )
}

fn parse(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (texts, formats) = (arguments.strings(0)?, arguments.strings(1)?);
    let strict = arguments.parameters.ansi && arguments.parameters.options[1] == "strict";
    let plain = arguments.parameters.returns == DataType::TimestampNtz;
    let mut patterns = Patterns::new(arguments, true);
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let read = read_row(row, (&texts, &formats), &mut patterns, strict, "try_to_timestamp", &zone)?;
        Ok(read.map(|(local, instant)| if plain { local } else { instant }))
    })
}

fn parse_date(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (texts, formats) = (arguments.strings(0)?, arguments.strings(1)?);
    let strict = arguments.parameters.ansi && arguments.parameters.options[1] == "strict";
    let mut patterns = Patterns::new(arguments, true);
    arguments.try_compute::<Date32Type>(|row| {
        let read = read_row(row, (&texts, &formats), &mut patterns, strict, "try_to_date", &zone)?;
        Ok(read.map(|(local, _)| local.div_euclid(MICROS_PER_DAY) as i32))
    })
}

fn parse_seconds(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = session_zone(arguments)?;
    let (texts, formats) = (arguments.strings(0)?, arguments.strings(1)?);
    let strict = arguments.parameters.ansi;
    let mut patterns = Patterns::new(arguments, true);
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
    // Numbers are seconds of timestamps with a zone; what else is no time is read as its text.
    let numbers = *returns == DataType::Timestamp && given.data_type.is_numeric();
    let given = match &given.data_type {
        found if found.is_datetime() || found.is_string() || *found == DataType::Null || numbers => given,
        found if found.is_atomic() => call.cast(0, &DataType::String)?,
        _ => given,
    };
    if call.arguments.len() == 1 || !given.data_type.is_string() {
        return cast(given, returns, mode, call.context).map_err(|error| error.at(call.span));
    }
    let parser = parser(call, returns);
    check(call, parser, true)?;
    let kernel = if *returns == DataType::Date { &PARSE_DATE } else { &PARSE };
    let arguments = vec![call.cast(0, &DataType::String)?, call.cast(1, &DataType::String)?];
    let nullable = tolerant || !call.context.ansi || arguments.iter().any(|argument| argument.nullable);
    let options = vec![option(parser), if tolerant { "tolerant" } else { "strict" }.to_owned()];
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
        let parser = parser(call, &DataType::Timestamp);
        if call.arguments.len() == 2 {
            check(call, parser, true)?;
        }
        return Ok(call.kernel_with(&PARSE_SECONDS, arguments, vec![option(parser)], DataType::Long, nullable));
    }
    let timestamp = call.cast(0, &DataType::Timestamp)?;
    let nullable = timestamp.nullable;
    Ok(call.kernel_with(
        &super::epochs::FROM_TIMESTAMP,
        vec![timestamp],
        vec!["1000000".to_owned(), "toward zero".to_owned()],
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
