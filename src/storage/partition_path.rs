//! Partition values and Hive's folder names: `country=DE/day=2024-01-01`.
//!
//! A value is kept as text, as Hive does. The text of a value is always spelled the same way, so that equal values have
//! equal texts. Times in partition values are in UTC.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use datafusion::arrow::array::{Array, ArrayRef, StringViewArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::common::ScalarValue;

use crate::catalog::PartitionValue;
use crate::error::{CAST_INVALID_INPUT, Error, Result};
use crate::types::{DataType, StructField};

/// The folder of NULL, and of the empty string.
pub const DEFAULT_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// `a=1/b=x%2Fy`: the folder below the table's, and what SHOW PARTITIONS prints.
pub fn folder(columns: &[StructField], values: &[PartitionValue]) -> String {
    columns
        .iter()
        .zip(values)
        .map(|(column, value)| folder_part(&column.name, value.as_deref()))
        .collect::<Vec<_>>()
        .join("/")
}

fn folder_part(column: &str, value: Option<&str>) -> String {
    let value = match value {
        None | Some("") => DEFAULT_PARTITION.to_owned(),
        Some(value) => escape(value),
    };
    format!("{}={value}", escape(column))
}

/// The column and the value of one folder's name; `None` if it has no `=`.
pub fn parse_folder(name: &str) -> Option<(String, PartitionValue)> {
    let (column, value) = name.split_once('=')?;
    if column.is_empty() {
        return None;
    }
    let value = unescape(value);
    Some((unescape(column), if value == DEFAULT_PARTITION { None } else { Some(value) }))
}

/// Hive's escaping (`ExternalCatalogUtils.escapePathName`).
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let special = matches!(c,
            '\u{1}'..='\u{1f}' | '\u{7f}'
            | '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\' | '{' | '[' | ']' | '^');
        if special {
            escaped.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The inverse of [`escape`]; a `%` that no two hexadecimal digits follow stands for itself.
pub fn unescape(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find('%') {
        unescaped.push_str(&rest[..position]);
        let code = rest
            .get(position + 1..position + 3)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                unescaped.push(char::from(code));
                rest = &rest[position + 3..];
            }
            None => {
                unescaped.push('%');
                rest = &rest[position + 1..];
            }
        }
    }
    unescaped.push_str(rest);
    unescaped
}

/// The value of a partition column from its text.
///
/// # Errors
/// `CAST_INVALID_INPUT` when the text is not of the type.
pub fn parse(value: &PartitionValue, data_type: &DataType) -> Result<ScalarValue> {
    let array = parse_all(std::slice::from_ref(value), data_type)?;
    Ok(ScalarValue::try_from_array(&array, 0)?)
}

/// The values of a partition column from their texts.
///
/// # Errors
/// `CAST_INVALID_INPUT` when a text is not of the type.
pub fn parse_all(values: &[PartitionValue], data_type: &DataType) -> Result<ArrayRef> {
    let texts: ArrayRef = Arc::new(values.iter().map(Option::as_deref).collect::<StringViewArray>());
    if data_type.is_string() {
        return Ok(texts);
    }
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let array = cast_with_options(&texts, &data_type.to_arrow(), &options)?;
    if array.null_count() > texts.null_count() {
        let bad = (0..array.len()).find(|&row| array.is_null(row) && texts.is_valid(row)).unwrap_or_default();
        return Err(invalid(values[bad].as_deref().unwrap_or_default(), data_type));
    }
    Ok(array)
}

/// The text of a value, as folder names hold it: the inverse of [`parse`].
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for types that cannot partition.
pub fn text(value: &ScalarValue) -> Result<PartitionValue> {
    if value.is_null() {
        return Ok(None);
    }
    Ok(Some(match value {
        ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)) => {
            // Hive has one folder for both.
            return Ok(Some(text.clone()).filter(|text| !text.is_empty()));
        }
        ScalarValue::Boolean(Some(value)) => value.to_string(),
        ScalarValue::Int8(Some(value)) => value.to_string(),
        ScalarValue::Int16(Some(value)) => value.to_string(),
        ScalarValue::Int32(Some(value)) => value.to_string(),
        ScalarValue::Int64(Some(value)) => value.to_string(),
        ScalarValue::Float32(Some(value)) => float_text(f64::from(*value), &format!("{value:e}")),
        ScalarValue::Float64(Some(value)) => float_text(*value, &format!("{value:e}")),
        ScalarValue::Decimal128(Some(value), _, scale) => decimal_text(*value, *scale),
        ScalarValue::Date32(Some(days)) => date_text(*days)?,
        ScalarValue::TimestampMicrosecond(Some(micros), _) => timestamp_text(*micros)?,
        ScalarValue::Binary(Some(bytes)) | ScalarValue::BinaryView(Some(bytes)) => {
            return Ok(Some(String::from_utf8_lossy(bytes).into_owned()).filter(|text| !text.is_empty()));
        }
        other => {
            return Err(Error::unsupported(
                format!("Partitioning by values of type {}", other.data_type()),
                "cast the column to a string",
            ));
        }
    }))
}

fn invalid(text: &str, data_type: &DataType) -> Error {
    Error::new(
        &CAST_INVALID_INPUT,
        format!(
            "The value '{text}' of the type \"STRING\" cannot be cast to \"{data_type}\" because it is malformed. \
             Correct the value as per the syntax, or change its target type"
        ),
    )
}

pub(super) fn decimal_text(value: i128, scale: i8) -> String {
    let scale = usize::try_from(scale).unwrap_or_default();
    if scale == 0 {
        return value.to_string();
    }
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if value < 0 { "-" } else { "" })
}

pub(super) fn date_text(days: i32) -> Result<String> {
    let date = days
        .checked_add(719_163)
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .ok_or_else(|| Error::internal(format!("a date of {days} days is out of range")))?;
    Ok(if (0..=9999).contains(&date.year()) {
        date.format("%Y-%m-%d").to_string()
    } else {
        format!("{:+05}-{:02}-{:02}", date.year(), date.month(), date.day())
    })
}

/// In UTC, with as many digits of the second as needed.
pub(super) fn timestamp_text(micros: i64) -> Result<String> {
    let time: NaiveDateTime = DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| Error::internal(format!("a time of {micros} microseconds is out of range")))?
        .naive_utc();
    let text = format!("{} {}", time.date(), time.format("%H:%M:%S"));
    Ok(match micros.rem_euclid(1_000_000) {
        0 => text,
        fraction => format!("{text}.{}", format!("{fraction:06}").trim_end_matches('0')),
    })
}

/// Java's notation. `scientific` is the shortest text of the value, as `1.5e7`.
fn float_text(value: f64, scientific: &str) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0.0" } else { "0.0" }.to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let digits = mantissa.trim_start_matches('-').replace('.', "");
    if (-3..7).contains(&exponent) {
        let (whole, fraction) = if exponent < 0 {
            ("0".to_owned(), format!("{}{digits}", "0".repeat((-exponent - 1) as usize)))
        } else {
            let padded = format!("{digits:0<width$}", width = exponent as usize + 1);
            let (whole, fraction) = padded.split_at(exponent as usize + 1);
            (whole.to_owned(), fraction.to_owned())
        };
        return format!("{sign}{whole}.{}", if fraction.is_empty() { "0" } else { &fraction });
    }
    let (first, rest) = digits.split_at(1);
    format!("{sign}{first}.{}E{exponent}", if rest.is_empty() { "0" } else { rest })
}
