//! Literals: their types, values and the texts that column names show. It knows no columns.

use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use crate::error::{
    DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, Error, INVALID_INTERVAL_FORMAT, INVALID_NUMERIC_LITERAL_RANGE,
    INVALID_TYPED_LITERAL, Result, Span, UNSUPPORTED_TYPED_LITERAL,
};
use crate::functions::{Context, Typed};
use crate::sql::ast::{Expression, ExpressionKind, IntervalLiteral, Literal, UnaryOperator};
use crate::types::reading::{self, interval_unit};
use crate::types::time_zone::Zone;
use crate::types::{DataType, DayTimeField, MAX_PRECISION, YearMonthField, text};

/// A literal, with the minus sign that stood right before it.
pub fn bind(literal: &Literal, negative: bool, span: Span, context: &Context, ntz: bool) -> Result<Typed> {
    let (value, data_type) = value(literal, negative, context, ntz).map_err(|error| error.at(span))?;
    let nullable = value.is_null();
    Ok(Typed { expr: Expr::Literal(value, None), data_type, nullable })
}

fn value(literal: &Literal, negative: bool, context: &Context, ntz: bool) -> Result<(ScalarValue, DataType)> {
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
        Literal::Typed { type_name, value } => typed(type_name, value, context, ntz)?,
        Literal::Interval(interval) => match self::interval(interval)? {
            IntervalValue::YearMonth(months, start, end) => {
                let months = if negative { months.checked_neg() } else { Some(months) };
                (
                    ScalarValue::new_interval_ym(0, months.ok_or_else(|| interval_error("overflow"))?),
                    DataType::YearMonthInterval(start, end),
                )
            }
            IntervalValue::DayTime(micros, start, end) => {
                let micros = if negative { micros.checked_neg() } else { Some(micros) };
                (
                    ScalarValue::DurationMicrosecond(Some(micros.ok_or_else(|| interval_error("overflow"))?)),
                    DataType::DayTimeInterval(start, end),
                )
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
    let scale = i8::try_from(scale).map_err(|_| too_large())?;
    let digits = value.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
    let precision = u8::try_from(digits).unwrap_or(MAX_PRECISION).max(scale.unsigned_abs());
    Ok((ScalarValue::Decimal128(Some(value), precision, scale), DataType::Decimal { precision, scale }))
}

/// `DATE '…'` and its like.
fn typed(type_name: &str, value: &str, context: &Context, ntz: bool) -> Result<(ScalarValue, DataType)> {
    let invalid = || {
        Error::new(
            &INVALID_TYPED_LITERAL,
            format!("The value of the typed literal \"{type_name}\" is invalid: '{value}'"),
        )
    };
    let has_zone = || reading::timestamp_ntz(value, false).is_none();
    Ok(match type_name {
        "DATE" => (ScalarValue::Date32(Some(reading::date(value).ok_or_else(invalid)?)), DataType::Date),
        "TIME" => (ScalarValue::Time64Microsecond(Some(reading::time(value).ok_or_else(invalid)?)), DataType::Time(6)),
        "TIMESTAMP_NTZ" => {
            let micros = reading::timestamp_ntz(value, false).ok_or_else(invalid)?;
            (ScalarValue::TimestampMicrosecond(Some(micros), None), DataType::TimestampNtz)
        }
        "TIMESTAMP" if ntz && !has_zone() => {
            let micros = reading::timestamp_ntz(value, false).ok_or_else(invalid)?;
            (ScalarValue::TimestampMicrosecond(Some(micros), None), DataType::TimestampNtz)
        }
        "TIMESTAMP" | "TIMESTAMP_LTZ" => {
            let zone = Zone::parse(&context.time_zone)?;
            let micros = reading::timestamp(value, &zone, context.now).ok_or_else(invalid)?;
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
pub(super) fn to_session_zone(literal: &mut Literal, time_zone: &str) {
    let Literal::Typed { value, .. } = literal else { return };
    if reading::timestamp_ntz(value, false).is_some() {
        return;
    }
    let Ok(zone) = Zone::parse(time_zone) else { return };
    if let Some(micros) = reading::timestamp(value, &zone, 0) {
        value.clear();
        text::write_timestamp_ntz(value, zone.utc_to_local(micros));
    }
}

enum IntervalValue {
    YearMonth(i32, YearMonthField, YearMonthField),
    DayTime(i64, DayTimeField, DayTimeField),
}

fn interval_error(what: impl std::fmt::Display) -> Error {
    Error::new(&INVALID_INTERVAL_FORMAT, format!("Error parsing the interval literal: {what}"))
}

fn interval(literal: &IntervalLiteral) -> Result<IntervalValue> {
    match literal {
        IntervalLiteral::Units(units) => {
            let units = units
                .iter()
                .map(|(value, unit)| match quantity(value, false) {
                    Some(number) => Ok((number, unit.as_str())),
                    None => Err(interval_error("a value must be a number or a string of one").at(value.span)),
                })
                .collect::<Result<Vec<_>>>()?;
            from_units(units.iter().map(|(number, unit)| (number.as_str(), *unit)))
        }
        IntervalLiteral::Text(text) => {
            let words = text.split_whitespace().collect::<Vec<_>>();
            let words = match words.first() {
                Some(first) if first.eq_ignore_ascii_case("interval") => &words[1..],
                _ => &words[..],
            };
            // The sign may stand apart from its number.
            let mut numbers: Vec<String> = Vec::new();
            let mut units = Vec::new();
            let mut sign = "";
            for word in words {
                match (*word, numbers.len() > units.len()) {
                    ("-" | "+", false) => sign = word,
                    (number, false) => numbers.push(format!("{}{number}", std::mem::take(&mut sign))),
                    (unit, true) => units.push(unit),
                }
            }
            if numbers.is_empty() || numbers.len() != units.len() {
                return Err(interval_error(format!("cannot parse '{text}'")));
            }
            from_units(numbers.iter().map(String::as_str).zip(units))
        }
        IntervalLiteral::Range { value, from, to } => {
            let invalid = || interval_error(format!("the value does not match `{from} to {to}`")).at(value.span);
            let number = quantity(value, false).ok_or_else(invalid)?;
            match (field(from), field(to)) {
                (Some(IntervalField::YearMonth(from)), Some(IntervalField::YearMonth(to))) => {
                    let months = reading::year_month_interval(&number, from, to).ok_or_else(invalid)?;
                    Ok(IntervalValue::YearMonth(months, from, to))
                }
                (Some(IntervalField::DayTime(from)), Some(IntervalField::DayTime(to))) => {
                    let micros = reading::day_time_interval(&number, from, to).ok_or_else(invalid)?;
                    Ok(IntervalValue::DayTime(micros, from, to))
                }
                _ => Err(invalid()),
            }
        }
    }
}

enum IntervalField {
    YearMonth(YearMonthField),
    DayTime(DayTimeField),
}

fn field(unit: &str) -> Option<IntervalField> {
    Some(match unit.to_ascii_lowercase().trim_end_matches('s') {
        "year" => IntervalField::YearMonth(YearMonthField::Year),
        "month" => IntervalField::YearMonth(YearMonthField::Month),
        "week" | "day" => IntervalField::DayTime(DayTimeField::Day),
        "hour" => IntervalField::DayTime(DayTimeField::Hour),
        "minute" => IntervalField::DayTime(DayTimeField::Minute),
        "second" | "millisecond" | "microsecond" => IntervalField::DayTime(DayTimeField::Second),
        _ => return None,
    })
}

/// The digits of an interval's value.
fn quantity(value: &Expression, negative: bool) -> Option<String> {
    match &value.kind {
        ExpressionKind::Literal(Literal::Integer(digits) | Literal::Decimal(digits) | Literal::String(digits)) => {
            Some(if negative { format!("-{}", digits.trim()) } else { digits.trim().to_owned() })
        }
        ExpressionKind::Unary { operator: UnaryOperator::Minus, operand } => quantity(operand, !negative),
        ExpressionKind::Unary { operator: UnaryOperator::Plus, operand } => quantity(operand, negative),
        _ => None,
    }
}

fn from_units<'a>(units: impl Iterator<Item = (&'a str, &'a str)>) -> Result<IntervalValue> {
    let (mut months, mut micros) = (0_i64, 0_i128);
    let mut year_month: Option<(YearMonthField, YearMonthField)> = None;
    let mut day_time: Option<(DayTimeField, DayTimeField)> = None;
    for (number, unit) in units {
        let shown = || interval_error(format!("cannot parse '{number} {unit}'"));
        let (unit_months, unit_days, unit_micros) = interval_unit(unit).ok_or_else(shown)?;
        let number = number.strip_prefix("--").unwrap_or(number);
        let (value, scale) = match reading::decimal(number) {
            Some(Ok(value)) => value,
            _ => return Err(shown()),
        };
        match field(unit).ok_or_else(shown)? {
            IntervalField::YearMonth(field) => {
                if scale != 0 {
                    return Err(shown());
                }
                let value = i64::try_from(value).map_err(|_| shown())?;
                months = value
                    .checked_mul(i64::from(unit_months))
                    .and_then(|value| months.checked_add(value))
                    .ok_or_else(shown)?;
                let (start, end) = year_month.unwrap_or((field, field));
                year_month = Some((start.min(field), end.max(field)));
            }
            IntervalField::DayTime(field) => {
                let unit = i128::from(unit_days) * 86_400_000_000 + i128::from(unit_micros);
                if scale != 0 && unit != 1_000_000 {
                    return Err(shown());
                }
                let divisor = 10_i128.pow(u32::from(scale.unsigned_abs()));
                micros += value.checked_mul(unit).ok_or_else(shown)? / divisor;
                let (start, end) = day_time.unwrap_or((field, field));
                day_time = Some((start.min(field), end.max(field)));
            }
        }
    }
    match (year_month, day_time) {
        (Some((start, end)), None) => {
            let months = i32::try_from(months).map_err(|_| interval_error("integer overflow"))?;
            Ok(IntervalValue::YearMonth(months, start, end))
        }
        (None, Some((start, end))) => {
            let micros = i64::try_from(micros).map_err(|_| interval_error("long overflow"))?;
            Ok(IntervalValue::DayTime(micros, start, end))
        }
        (Some(_), Some(_)) => Err(interval_error("Cannot mix year-month and day-time fields")
            .hint("write two intervals, or use `make_interval`")),
        (None, None) => Err(interval_error("at least one time unit should be given")),
    }
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
                text::write_decimal(&mut out, value, i8::try_from(scale).unwrap_or(0));
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
        Literal::Interval(literal) => match interval(literal) {
            Ok(IntervalValue::YearMonth(months, start, end)) => {
                text::write_year_month_literal(&mut out, months, start, end);
            }
            Ok(IntervalValue::DayTime(micros, start, end)) => {
                text::write_day_time_literal(&mut out, micros, start, end);
            }
            Err(_) => out.push_str("INTERVAL"),
        },
    }
    out
}
