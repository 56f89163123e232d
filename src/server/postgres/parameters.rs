//! Values for the parameters of a statement, as clients send them: texts, or bytes in PostgreSQL's layouts.

use bytes::Bytes;
use datafusion::common::ScalarValue;

use crate::session::Session;
use crate::statement::ParameterValue;
use crate::types::DataType;

use super::encode::{Oid, numeric, types};
use super::frames::Bind;
use super::portal::PreparedStatement;
use super::report::Report;

pub type Value = ParameterValue;

const DAYS_TO_2000: i32 = 10_957;
const MICROSECONDS_TO_2000: i64 = 946_684_800_000_000;

/// The types that the client is told: those it gave, else those that were found.
pub fn described(found: &[DataType], declared: &[Oid]) -> Vec<Oid> {
    found
        .iter()
        .enumerate()
        .map(|(at, found)| match declared.get(at) {
            Some(oid) if *oid != Oid::UNKNOWN && *oid != Oid::UNKNOWN_LITERAL => *oid,
            _ => types::oid(found),
        })
        .collect()
}

/// The type of a name in PREPARE.
pub fn named_type(name: &str) -> Result<Oid, Report> {
    const NAMES: &[(&str, Oid)] = &[
        ("bool", Oid::BOOL),
        ("boolean", Oid::BOOL),
        ("bytea", Oid::BYTEA),
        ("bigint", Oid::INT8),
        ("int8", Oid::INT8),
        ("smallint", Oid::INT2),
        ("int2", Oid::INT2),
        ("int", Oid::INT4),
        ("int4", Oid::INT4),
        ("integer", Oid::INT4),
        ("text", Oid::TEXT),
        ("varchar", Oid::VARCHAR),
        ("character varying", Oid::VARCHAR),
        ("real", Oid::FLOAT4),
        ("float4", Oid::FLOAT4),
        ("float8", Oid::FLOAT8),
        ("double precision", Oid::FLOAT8),
        ("numeric", Oid::NUMERIC),
        ("decimal", Oid::NUMERIC),
        ("date", Oid::DATE),
        ("time", Oid::TIME),
        ("timestamp", Oid::TIMESTAMP),
        ("timestamptz", Oid::TIMESTAMPTZ),
        ("interval", Oid::INTERVAL),
        ("unknown", Oid::UNKNOWN),
    ];
    let plain = name.split('(').next().unwrap_or(name).trim().to_lowercase();
    NAMES
        .iter()
        .find(|(known, _)| *known == plain)
        .map(|(_, oid)| *oid)
        .ok_or_else(|| Report::error("42704", format!("type \"{name}\" does not exist")))
}

/// The values of a Bind message.
pub fn values(bind: &Bind, statement: &PreparedStatement) -> Result<Vec<Value>, Report> {
    let wanted = statement.parameters.len();
    if bind.parameters.len() != wanted {
        let message = format!(
            "bind message supplies {} parameters, but prepared statement \"{}\" requires {wanted}",
            bind.parameters.len(),
            bind.statement
        );
        return Err(Report::error("08P01", message));
    }
    let Some(formats) = super::rows::formats(&bind.parameter_formats, wanted) else {
        let message =
            format!("bind message has {} parameter formats but {wanted} parameters", bind.parameter_formats.len());
        return Err(Report::error("08P01", message));
    };
    let given = bind.parameters.iter().zip(formats).zip(&statement.parameters);
    given
        .enumerate()
        .map(|(at, ((value, format), oid))| match value {
            None => Ok(Value::Null),
            Some(bytes) => match format {
                super::encode::Format::Text => text(bytes, *oid),
                super::encode::Format::Binary => binary(bytes, *oid).ok_or_else(|| {
                    Report::error("22P03", format!("incorrect binary data format in bind parameter {}", at + 1))
                }),
            },
        })
        .collect()
}

fn text(bytes: &Bytes, oid: Oid) -> Result<Value, Report> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Report::error("22021", "invalid byte sequence for encoding \"UTF8\""))?;
    let invalid = |what: &str| Report::error("22P02", format!("invalid input syntax for type {what}: \"{text}\""));
    match oid {
        Oid::BYTEA => {
            let bytes = read_bytea(text).ok_or_else(|| invalid("bytea"))?;
            Ok(Value::Scalar(ScalarValue::BinaryView(Some(bytes)), DataType::Binary))
        }
        Oid::NUMERIC => decimal_of(text).ok_or_else(|| invalid("numeric")),
        _ => Ok(Value::Text(text.to_owned())),
    }
}

/// With as many digits as it was written with.
fn decimal_of(text: &str) -> Option<Value> {
    let (value, scale) = crate::types::reading::decimal(text)?.ok()?;
    let (value, scale) = match scale {
        scale if scale < 0 => (value.checked_mul(10_i128.checked_pow(u32::from(scale.unsigned_abs()))?)?, 0),
        scale => (value, i8::try_from(scale).ok()?),
    };
    Some(decimal(value, scale))
}

fn decimal(value: i128, scale: i8) -> Value {
    let digits = value.unsigned_abs().checked_ilog10().map_or(1, |log| log as u8 + 1);
    let precision = digits.max(scale.unsigned_abs()).min(crate::types::MAX_PRECISION);
    Value::Scalar(ScalarValue::Decimal128(Some(value), precision, scale), DataType::Decimal { precision, scale })
}

pub fn read_bytea(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
        let pairs = digits.as_bytes().chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return None;
        }
        return pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
    }
    // The older form: backslashes before octal digits and before themselves.
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        if let Some(tail) = rest.strip_prefix(b"\\") {
            bytes.push(b'\\');
            rest = tail;
            continue;
        }
        let octal =
            rest.get(..3)?.iter().try_fold(0_u32, |value, byte| Some(value * 8 + (*byte as char).to_digit(8)?))?;
        bytes.push(u8::try_from(octal).ok()?);
        rest = &rest[3..];
    }
    Some(bytes)
}

/// `None` if the bytes are not of that type.
pub fn binary(bytes: &Bytes, oid: Oid) -> Option<Value> {
    let scalar = |scalar, data_type| Some(Value::Scalar(scalar, data_type));
    match oid {
        Oid::BOOL => match bytes.as_ref() {
            [0] => scalar(ScalarValue::Boolean(Some(false)), DataType::Boolean),
            [1] => scalar(ScalarValue::Boolean(Some(true)), DataType::Boolean),
            _ => None,
        },
        Oid::INT2 => scalar(ScalarValue::Int16(Some(i16::from_be_bytes(array(bytes)?))), DataType::Short),
        Oid::INT4 => scalar(ScalarValue::Int32(Some(i32::from_be_bytes(array(bytes)?))), DataType::Int),
        Oid::INT8 => scalar(ScalarValue::Int64(Some(i64::from_be_bytes(array(bytes)?))), DataType::Long),
        Oid::OID => scalar(ScalarValue::Int64(Some(u32::from_be_bytes(array(bytes)?).into())), DataType::Long),
        Oid::FLOAT4 => scalar(ScalarValue::Float32(Some(f32::from_be_bytes(array(bytes)?))), DataType::Float),
        Oid::FLOAT8 => scalar(ScalarValue::Float64(Some(f64::from_be_bytes(array(bytes)?))), DataType::Double),
        Oid::NUMERIC => {
            let (value, scale) = numeric::read_binary(bytes)?;
            Some(decimal(value, scale))
        }
        Oid::BYTEA => scalar(ScalarValue::BinaryView(Some(bytes.to_vec())), DataType::Binary),
        Oid::DATE => {
            let days = i32::from_be_bytes(array(bytes)?).checked_add(DAYS_TO_2000)?;
            scalar(ScalarValue::Date32(Some(days)), DataType::Date)
        }
        Oid::TIME => {
            let microseconds = i64::from_be_bytes(array(bytes)?);
            scalar(ScalarValue::Time64Microsecond(Some(microseconds)), DataType::Time(6))
        }
        Oid::TIMESTAMP | Oid::TIMESTAMPTZ => {
            let microseconds = i64::from_be_bytes(array(bytes)?).checked_add(MICROSECONDS_TO_2000)?;
            match oid {
                Oid::TIMESTAMP => {
                    scalar(ScalarValue::TimestampMicrosecond(Some(microseconds), None), DataType::TimestampNtz)
                }
                _ => scalar(
                    ScalarValue::TimestampMicrosecond(Some(microseconds), Some("UTC".into())),
                    DataType::Timestamp,
                ),
            }
        }
        Oid::INTERVAL => {
            let (microseconds, rest) = bytes.split_at_checked(8)?;
            let (days, months) = rest.split_at_checked(4)?;
            let nanoseconds = i64::from_be_bytes(microseconds.try_into().ok()?).checked_mul(1000)?;
            let value = datafusion::arrow::datatypes::IntervalMonthDayNano::new(
                i32::from_be_bytes(months.try_into().ok()?),
                i32::from_be_bytes(days.try_into().ok()?),
                nanoseconds,
            );
            scalar(ScalarValue::IntervalMonthDayNano(Some(value)), DataType::CalendarInterval)
        }
        oid => match types::element_of(oid) {
            Some(element) => binary_array(bytes, element),
            // Everything else is text in bytes too.
            None => Some(Value::Text(std::str::from_utf8(bytes).ok()?.to_owned())),
        },
    }
}

fn array<const N: usize>(bytes: &Bytes) -> Option<[u8; N]> {
    bytes.as_ref().try_into().ok()
}

fn number(rest: &mut Bytes) -> Option<i32> {
    bytes::Buf::try_get_i32(rest).ok()
}

/// Arrays of one dimension.
fn binary_array(bytes: &Bytes, element: Oid) -> Option<Value> {
    let mut rest = bytes.clone();
    let (dimensions, _nulls, _oid) = (number(&mut rest)?, number(&mut rest)?, number(&mut rest)?);
    let length = match dimensions {
        0 => 0,
        1 => {
            let length = number(&mut rest)?;
            number(&mut rest)?;
            usize::try_from(length).ok().filter(|length| *length <= bytes.len() / 4)?
        }
        _ => return None,
    };
    let data_type = types::data_type(element)?;
    let arrow = data_type.to_arrow();
    let mut values = Vec::with_capacity(length);
    for _ in 0..length {
        let size = number(&mut rest)?;
        let value = match usize::try_from(size) {
            Err(_) => ScalarValue::try_from(&arrow).ok()?,
            Ok(size) if size <= rest.len() => match binary(&rest.split_to(size), element)? {
                Value::Scalar(scalar, _) => scalar.cast_to(&arrow).ok()?,
                Value::Text(text) => ScalarValue::Utf8View(Some(text)),
                Value::Null => return None,
            },
            Ok(_) => return None,
        };
        values.push(value);
    }
    let list = ScalarValue::List(ScalarValue::new_list_nullable(&values, &arrow));
    Some(Value::Scalar(list, DataType::array(data_type)))
}

/// The arguments of EXECUTE, which are texts of expressions.
pub fn evaluate(arguments: &[String], prepared: &PreparedStatement, _session: &Session) -> Result<Vec<Value>, Report> {
    let wanted = prepared.parameters.len();
    if arguments.len() != wanted {
        return Err(Report::error("42601", "wrong number of parameters for prepared statement")
            .hint(format!("it takes {wanted}")));
    }
    arguments
        .iter()
        .map(|argument| {
            let mut words = super::commands::Words::new(argument);
            let minus = words.take_symbol(crate::sql::lexer::Symbol::Minus);
            match words.next() {
                Some(word) if words.is_empty() => Ok(match word.text.to_ascii_uppercase().as_str() {
                    "NULL" => Value::Null,
                    _ if minus => Value::Text(format!("-{}", word.value())),
                    _ => Value::Text(word.value()),
                }),
                _ => Err(Report::error(
                    "0A000",
                    format!("EXECUTE with the expression {} is not supported", argument.trim()),
                )
                .hint("give it literals")),
            }
        })
        .collect()
}
