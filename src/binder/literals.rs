//! Literals: their types, values and the texts that column names show. It knows no columns.

use datafusion::arrow::datatypes::IntervalMonthDayNano;
use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use crate::error::{
    _LEGACY_ERROR_TEMP_0026, _LEGACY_ERROR_TEMP_0027, _LEGACY_ERROR_TEMP_0029, _LEGACY_ERROR_TEMP_0063,
    DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, Error, INTERVAL_ARITHMETIC_OVERFLOW, INVALID_INTERVAL_FORMAT,
    INVALID_NUMERIC_LITERAL_RANGE, INVALID_TYPED_LITERAL, Result, Span, UNSUPPORTED_TYPED_LITERAL,
};
use crate::functions::{Context, Settings, Typed};
use crate::sql::ast::{Expression, ExpressionKind, IntervalLiteral, Literal, UnaryOperator};
use crate::types::reading::{self, CalendarParts};
use crate::types::time_zone::Zone;
use crate::types::{DataType, DayTimeField, MAX_PRECISION, YearMonthField, text};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A literal, with the minus sign that stood right before it.
pub fn bind(literal: &Literal, negative: bool, span: Span, context: &Context) -> Result<Typed> {
    let (value, data_type) = value(literal, negative, context).map_err(|error| error.at(span))?;
    let nullable = value.is_null();
    Ok(Typed { expr: Expr::Literal(value, None), data_type, nullable })
}

fn value(literal: &Literal, negative: bool, context: &Context) -> Result<(ScalarValue, DataType)> {
    let signed = |digits: &str| if negative { format!("-{digits}") } else { digits.to_owned() };
    Ok(match literal {
        Literal::Null => (ScalarValue::Null, DataType::Null),
        Literal::Boolean(value) => (ScalarValue::Boolean(Some(*value)), DataType::Boolean),
        Literal::Integer(digits) => {
            let digits = signed(digits);
            if let Ok(value) = digits.parse() {
                (ScalarValue::Int32(Some(value)), DataType::Int)
            } else if let Ok(value) = digits.parse() {
                (ScalarValue::Int64(Some(value)), DataType::Long)
            } else {
                decimal(&digits)?
            }
        }
        Literal::Decimal(digits) | Literal::BigDecimal(digits) => decimal(&signed(digits))?,
        Literal::Double(digits) => {
            let digits = signed(digits);
            let value = reading::double(&digits).filter(|value| value.is_finite());
            let value = value
                .ok_or_else(|| out_of_range(&digits, "double", "-1.7976931348623157E308", "1.7976931348623157E308"))?;
            (ScalarValue::Float64(Some(value)), DataType::Double)
        }
        Literal::Float(digits) => {
            let digits = signed(digits);
            let value = reading::float(&digits).filter(|value| value.is_finite());
            let value = value
                .ok_or_else(|| out_of_range(&digits, "float", "-3.4028234663852886E+38", "3.4028234663852886E+38"))?;
            (ScalarValue::Float32(Some(value)), DataType::Float)
        }
        Literal::Byte(digits) => {
            let digits = signed(digits);
            let value = digits.parse().map_err(|_| out_of_range(&digits, "tinyint", "-128", "127"))?;
            (ScalarValue::Int8(Some(value)), DataType::Byte)
        }
        Literal::Short(digits) => {
            let digits = signed(digits);
            let value = digits.parse().map_err(|_| out_of_range(&digits, "smallint", "-32768", "32767"))?;
            (ScalarValue::Int16(Some(value)), DataType::Short)
        }
        Literal::Long(digits) => {
            let digits = signed(digits);
            let value = digits
                .parse()
                .map_err(|_| out_of_range(&digits, "bigint", "-9223372036854775808", "9223372036854775807"))?;
            (ScalarValue::Int64(Some(value)), DataType::Long)
        }
        Literal::String(value) => (ScalarValue::Utf8View(Some(value.clone())), DataType::String),
        Literal::Binary(bytes) => (ScalarValue::BinaryView(Some(bytes.clone())), DataType::Binary),
        Literal::Typed { type_name, value } => typed(type_name, value, context)?,
        Literal::Interval(interval) => match self::interval(interval, context.settings.calendar_intervals)? {
            IntervalValue::YearMonth(months, start, end) => {
                (ScalarValue::new_interval_ym(0, months), DataType::YearMonthInterval(start, end))
            }
            IntervalValue::DayTime(micros, start, end) => {
                (ScalarValue::DurationMicrosecond(Some(micros)), DataType::DayTimeInterval(start, end))
            }
            IntervalValue::Calendar(parts) => {
                let nanoseconds = parts.microseconds.checked_mul(1_000).ok_or_else(interval_overflow)?;
                let value = IntervalMonthDayNano::new(parts.months, parts.days, nanoseconds);
                (ScalarValue::IntervalMonthDayNano(Some(value)), DataType::CalendarInterval)
            }
        },
    })
}

fn out_of_range(digits: &str, name: &str, least: &str, most: &str) -> Error {
    Error::new(
        &INVALID_NUMERIC_LITERAL_RANGE,
        format!(
            "Numeric literal {digits} is outside the valid range for {name} with minimum value of {least} and maximum \
             value of {most}. Please adjust the value accordingly"
        ),
    )
}

fn decimal(digits: &str) -> Result<(ScalarValue, DataType)> {
    let plain = digits.trim_start_matches('-');
    let (whole, fraction) = match plain.find(['e', 'E']) {
        Some(_) => ("", ""),
        None => plain.split_once('.').unwrap_or((plain, "")),
    };
    let significant = whole.trim_start_matches('0').len() + fraction.len();
    let read = reading::decimal(digits);
    let too_large = || {
        Error::new(
            &DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION,
            format!("Decimal precision {significant} exceeds max precision {MAX_PRECISION}"),
        )
    };
    if significant > usize::from(MAX_PRECISION) {
        return Err(too_large());
    }
    let Some(Ok((value, scale))) = read else { return Err(too_large()) };
    let scale = i8::try_from(scale).ok().filter(|scale| scale.unsigned_abs() <= MAX_PRECISION).ok_or_else(too_large)?;
    let digits = value.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
    let precision = u8::try_from(digits).unwrap_or(MAX_PRECISION).max(scale.unsigned_abs());
    Ok((ScalarValue::Decimal128(Some(value), precision, scale), DataType::Decimal { precision, scale }))
}

/// `DATE '…'` and its like.
fn typed(type_name: &str, value: &str, context: &Context) -> Result<(ScalarValue, DataType)> {
    let invalid = || {
        Error::new(
            &INVALID_TYPED_LITERAL,
            format!("The value of the typed literal \"{type_name}\" is invalid: '{value}'"),
        )
    };
    let zone = Zone::parse(&context.time_zone)?;
    let now = context.now;
    let plain = || reading::special_timestamp_ntz(value, &zone, now).or_else(|| reading::timestamp_ntz(value, false));
    Ok(match type_name {
        "DATE" => {
            let days = reading::special_date(value, &zone, now).or_else(|| reading::date(value));
            (ScalarValue::Date32(Some(days.ok_or_else(invalid)?)), DataType::Date)
        }
        "TIME" => (ScalarValue::Time64Microsecond(Some(reading::time(value).ok_or_else(invalid)?)), DataType::Time(6)),
        "TIMESTAMP_NTZ" => {
            let micros = plain().ok_or_else(invalid)?;
            (ScalarValue::TimestampMicrosecond(Some(micros), None), DataType::TimestampNtz)
        }
        // One with a zone in its text has a zone all the same.
        "TIMESTAMP" if context.settings.timestamp_ntz && (plain().is_some() || !reading::has_zone(value)) => {
            let micros = plain().ok_or_else(invalid)?;
            (ScalarValue::TimestampMicrosecond(Some(micros), None), DataType::TimestampNtz)
        }
        "TIMESTAMP" | "TIMESTAMP_LTZ" => {
            let micros = reading::special_timestamp(value, &zone, now)
                .or_else(|| reading::timestamp(value, &zone, now))
                .ok_or_else(invalid)?;
            (ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())), DataType::Timestamp)
        }
        other => {
            return Err(Error::new(
                &UNSUPPORTED_TYPED_LITERAL,
                format!(
                    "Literals of the type \"{other}\" are not supported. Supported types are \"DATE\", \
                     \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\", \"TIME\""
                ),
            ));
        }
    })
}

/// Makes the text of a TIMESTAMP literal the one that names of columns show: local time, without a zone.
pub(super) fn to_session_zone(literal: &mut Literal, time_zone: &str, settings: Settings) {
    let Literal::Typed { type_name, value } = literal else { return };
    if settings.timestamp_ntz && type_name == "TIMESTAMP" && !reading::has_zone(value) {
        "TIMESTAMP_NTZ".clone_into(type_name);
        return;
    }
    if reading::timestamp_ntz(value, false).is_some() {
        return;
    }
    let Ok(zone) = Zone::parse(time_zone) else { return };
    if let Some(micros) = reading::timestamp(value, &zone, 0) {
        value.clear();
        text::write_timestamp_ntz(value, zone.utc_to_local(micros));
    }
}

/// The type of an interval literal; `None` if it is none.
pub(super) fn interval_type(literal: &IntervalLiteral, calendar: bool) -> Option<DataType> {
    Some(match interval(literal, calendar).ok()? {
        IntervalValue::YearMonth(_, start, end) => DataType::YearMonthInterval(start, end),
        IntervalValue::DayTime(_, start, end) => DataType::DayTimeInterval(start, end),
        IntervalValue::Calendar(_) => DataType::CalendarInterval,
    })
}

enum IntervalValue {
    YearMonth(i32, YearMonthField, YearMonthField),
    DayTime(i64, DayTimeField, DayTimeField),
    Calendar(CalendarParts),
}

fn interval_error(subcondition: &'static str, what: impl std::fmt::Display) -> Error {
    Error::new(&INVALID_INTERVAL_FORMAT, format!("Error parsing the interval literal: {what}"))
        .subcondition(subcondition)
}

fn interval_overflow() -> Error {
    Error::new(&INTERVAL_ARITHMETIC_OVERFLOW, "Overflow while operating with intervals")
        .subcondition("WITHOUT_SUGGESTION")
}

/// `calendar`: of whatever units, it is a calendar interval.
fn interval(literal: &IntervalLiteral, calendar: bool) -> Result<IntervalValue> {
    let (parts, units) = match literal {
        IntervalLiteral::Units(units) => {
            let mut text = String::new();
            for (value, unit) in units {
                let number = quantity(value, false)?;
                text.push_str(&format!(" {number} {unit}"));
            }
            let parts = reading::calendar_interval(&text).map_err(|fault| interval_error(fault.kind, &fault))?;
            (parts, units.iter().map(|(_, unit)| unit.clone()).collect::<Vec<_>>())
        }
        IntervalLiteral::Text(text) => {
            let parts = reading::calendar_interval(text).map_err(|fault| {
                Error::new(
                    &INVALID_TYPED_LITERAL,
                    format!("The value of the typed literal \"INTERVAL\" is invalid: '{text}'"),
                )
                .hint(fault.to_string())
            })?;
            let words = text.split_ascii_whitespace().map(str::to_ascii_lowercase);
            (parts, words.filter(|word| field(word).is_some()).collect())
        }
        IntervalLiteral::Range { value, from, to } => return range(value, from, to, calendar),
    };
    if calendar {
        return Ok(IntervalValue::Calendar(parts));
    }
    let mut year_month: Option<(YearMonthField, YearMonthField)> = None;
    let mut day_time: Option<(DayTimeField, DayTimeField)> = None;
    for unit in &units {
        match field(unit) {
            Some(IntervalField::YearMonth(field)) => {
                let (start, end) = year_month.unwrap_or((field, field));
                year_month = Some((start.min(field), end.max(field)));
            }
            Some(IntervalField::DayTime(field)) => {
                let (start, end) = day_time.unwrap_or((field, field));
                day_time = Some((start.min(field), end.max(field)));
            }
            None => {}
        }
    }
    match (year_month, day_time) {
        (Some((start, end)), None) => Ok(IntervalValue::YearMonth(parts.months, start, end)),
        (None, Some((start, end))) => {
            let micros = i64::from(parts.days)
                .checked_mul(MICROS_PER_DAY)
                .and_then(|micros| micros.checked_add(parts.microseconds))
                .ok_or_else(interval_overflow)?;
            Ok(IntervalValue::DayTime(micros, start, end))
        }
        (Some(_), Some(_)) => Err(Error::new(
            &_LEGACY_ERROR_TEMP_0029,
            "Cannot mix year-month and day-time fields in an interval literal",
        )
        .hint("write two intervals, or use `make_interval`")),
        (None, None) => Err(interval_error("INPUT_IS_EMPTY", "at least one time unit should be given")),
    }
}

/// `'1-2' YEAR TO MONTH`
fn range(value: &Expression, from: &str, to: &str, calendar: bool) -> Result<IntervalValue> {
    let text = match &value.kind {
        ExpressionKind::Literal(Literal::String(text)) => text,
        _ => {
            return Err(
                Error::new(&_LEGACY_ERROR_TEMP_0027, "The value of from-to unit must be a string").at(value.span)
            );
        }
    };
    let wrong = |subcondition, kind: &str| {
        let what = format!("the {kind} interval '{text}' does not match `{from} to {to}`");
        interval_error(subcondition, what).at(value.span)
    };
    if !is_range(from, to) {
        return Err(interval_error(
            "UNSUPPORTED_FROM_TO_EXPRESSION",
            format!("Cannot support (interval '{text}' {from} to {to}) expression"),
        )
        .at(value.span));
    }
    match (field(from), field(to)) {
        (Some(IntervalField::YearMonth(start)), Some(IntervalField::YearMonth(end))) => {
            let months = reading::year_month_interval(text, start, end)
                .ok_or_else(|| wrong(reading::year_month_fault(text, start, end), "year-month"))?;
            Ok(match calendar {
                true => IntervalValue::Calendar(CalendarParts { months, ..CalendarParts::default() }),
                false => IntervalValue::YearMonth(months, start, end),
            })
        }
        (Some(IntervalField::DayTime(start)), Some(IntervalField::DayTime(end))) => {
            let micros = reading::day_time_interval(text, start, end).ok_or_else(|| {
                match reading::is_day_time(text, start, end) {
                    true => Error::new(
                        &_LEGACY_ERROR_TEMP_0063,
                        format!("A field of the interval '{text}' is out of range"),
                    )
                    .at(value.span),
                    false => wrong("UNMATCHED_FORMAT_STRING_WITH_NOTICE", "day-time"),
                }
            })?;
            if !calendar {
                return Ok(IntervalValue::DayTime(micros, start, end));
            }
            let days = micros / MICROS_PER_DAY;
            let parts = CalendarParts {
                months: 0,
                days: i32::try_from(days).map_err(|_| interval_overflow())?,
                microseconds: micros - days * MICROS_PER_DAY,
            };
            Ok(IntervalValue::Calendar(parts))
        }
        _ => Err(Error::internal("a range of units that do not go together").at(value.span)),
    }
}

/// Whether values such as '1-2' run from the one unit to the other.
fn is_range(from: &str, to: &str) -> bool {
    let order = ["day", "hour", "minute", "second"];
    let place = |unit: &str| order.iter().position(|name| *name == unit);
    (from, to) == ("year", "month") || matches!((place(from), place(to)), (Some(from), Some(to)) if from < to)
}

enum IntervalField {
    YearMonth(YearMonthField),
    DayTime(DayTimeField),
}

fn field(unit: &str) -> Option<IntervalField> {
    let unit = unit.to_ascii_lowercase();
    Some(match unit.strip_suffix('s').unwrap_or(&unit) {
        "year" => IntervalField::YearMonth(YearMonthField::Year),
        "month" => IntervalField::YearMonth(YearMonthField::Month),
        "week" | "day" => IntervalField::DayTime(DayTimeField::Day),
        "hour" => IntervalField::DayTime(DayTimeField::Hour),
        "minute" => IntervalField::DayTime(DayTimeField::Minute),
        "second" | "millisecond" | "microsecond" => IntervalField::DayTime(DayTimeField::Second),
        _ => return None,
    })
}

/// The number of one unit, as it was typed.
fn quantity(value: &Expression, negative: bool) -> Result<String> {
    let sign = if negative { "-" } else { "" };
    match &value.kind {
        ExpressionKind::Literal(Literal::Integer(digits) | Literal::Decimal(digits)) => Ok(format!("{sign}{digits}")),
        ExpressionKind::Literal(Literal::String(text)) if text.chars().any(char::is_alphabetic) => {
            Err(Error::new(
                &_LEGACY_ERROR_TEMP_0026,
                format!("Can only use numbers in the interval value part for multiple unit value pairs interval form, but got invalid value: {text}"),
            )
            .at(value.span))
        }
        ExpressionKind::Literal(Literal::String(text)) => Ok(format!("{sign}{text}")),
        ExpressionKind::Unary { operator: UnaryOperator::Minus, operand } => quantity(operand, !negative),
        ExpressionKind::Unary { operator: UnaryOperator::Plus, operand } => quantity(operand, negative),
        _ => Err(interval_error("INVALID_VALUE", "a value must be a number or a string of one").at(value.span)),
    }
}

/// The name that column names show for an interval literal that is a calendar interval.
pub(super) fn calendar_text(literal: &Literal) -> Option<String> {
    let Literal::Interval(literal) = literal else { return None };
    let IntervalValue::Calendar(parts) = interval(literal, true).ok()? else { return None };
    let mut out = "INTERVAL '".to_owned();
    text::write_calendar_interval(&mut out, parts.months, parts.days, parts.microseconds);
    out.push('\'');
    Some(out)
}

/// The type of a decimal literal.
pub(super) fn decimal_type(literal: &Literal) -> Option<DataType> {
    let (Literal::Decimal(digits) | Literal::BigDecimal(digits)) = literal else { return None };
    decimal(digits).ok().map(|(_, data_type)| data_type)
}

/// The literal as column names show it.
pub fn text_of(literal: &Literal, negative: bool) -> String {
    let sign = if negative { "-" } else { "" };
    let mut out = String::new();
    match literal {
        Literal::Null => out.push_str("NULL"),
        Literal::Boolean(value) => text::write_boolean(&mut out, *value),
        Literal::Integer(digits) | Literal::Byte(digits) | Literal::Short(digits) | Literal::Long(digits) => {
            let digits = digits.trim_start_matches('0');
            out = format!("{sign}{}", if digits.is_empty() { "0" } else { digits });
        }
        Literal::Decimal(digits) | Literal::BigDecimal(digits) => match reading::decimal(&format!("{sign}{digits}")) {
            Some(Ok((value, scale))) => {
                text::write_big_decimal(&mut out, value, i8::try_from(scale).unwrap_or(0));
            }
            _ => out.push_str(digits),
        },
        Literal::Double(digits) => {
            let value = reading::double(&format!("{sign}{digits}")).unwrap_or(f64::NAN);
            text::write_double(&mut out, value);
        }
        Literal::Float(digits) => {
            let value = reading::float(&format!("{sign}{digits}")).unwrap_or(f32::NAN);
            text::write_float(&mut out, value);
        }
        Literal::String(value) => out.push_str(value),
        Literal::Binary(bytes) => {
            out.push_str("X'");
            text::write_hex(&mut out, bytes);
            out.push('\'');
        }
        Literal::Typed { type_name, value } => {
            let name = if type_name == "TIMESTAMP_LTZ" { "TIMESTAMP" } else { type_name };
            out = format!("{name} '");
            match (name, reading::date(value), reading::timestamp_ntz(value, false), reading::time(value)) {
                ("DATE", Some(days), ..) => text::write_date(&mut out, days),
                ("TIME", _, _, Some(micros)) => text::write_time(&mut out, micros),
                (_, _, Some(micros), _) => text::write_timestamp_ntz(&mut out, micros),
                _ => out.push_str(value),
            }
            out.push('\'');
        }
        Literal::Interval(literal) => match interval(literal, false) {
            Ok(IntervalValue::YearMonth(months, start, end)) => {
                text::write_year_month_literal(&mut out, months, start, end);
            }
            Ok(IntervalValue::DayTime(micros, start, end)) => {
                text::write_day_time_literal(&mut out, micros, start, end);
            }
            Ok(IntervalValue::Calendar(_)) | Err(_) => out.push_str("INTERVAL"),
        },
    }
    out
}
