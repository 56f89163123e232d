//! Partition values and Hive's folder names: `country=DE/day=2024-01-01`.
//!
//! A value is kept as text, as Hive does. The text of a value is always spelled the same way, so that equal values have
//! equal texts.
//!
//! A TIMESTAMP is spelled in the time zone of the session that made the table, as Spark does; other sessions still read the
//! same instant.

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray};
use datafusion::common::ScalarValue;

use crate::catalog::{PartitionValue, TableDetails};
use crate::error::{CAST_INVALID_INPUT, Error, Result};
use crate::records::values;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField, text};

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
        let special = matches!(
            c,
            '\u{1}'
                ..='\u{1f}'
                    | '\u{7f}'
                    | '"'
                    | '#'
                    | '%'
                    | '\''
                    | '*'
                    | '/'
                    | ':'
                    | '='
                    | '?'
                    | '\\'
                    | '{'
                    | '['
                    | ']'
                    | '^'
        );
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

/// The time zone of the partition values of a table.
///
/// # Errors
/// `INVALID_TIMEZONE`, of a metastore that was made with other rules of time zones.
pub fn time_zone(table: &TableDetails) -> Result<Zone> {
    table.partition_time_zone.as_deref().map_or_else(|| Ok(Zone::utc()), Zone::parse)
}

/// The value of a partition column from its text.
///
/// # Errors
/// `CAST_INVALID_INPUT` when the text is not of the type.
pub fn parse(value: &PartitionValue, data_type: &DataType, zone: &Zone) -> Result<ScalarValue> {
    let array = parse_all(std::slice::from_ref(value), data_type, zone)?;
    Ok(ScalarValue::try_from_array(&array, 0)?)
}

/// The values of a partition column from their texts.
///
/// # Errors
/// `CAST_INVALID_INPUT` when a text is not of the type.
pub fn parse_all(values: &[PartitionValue], data_type: &DataType, zone: &Zone) -> Result<ArrayRef> {
    let texts = values.iter().map(Option::as_deref).collect::<StringViewArray>();
    let nulls = texts.null_count();
    let array = values::from_texts(&texts, data_type, zone)?;
    if array.null_count() > nulls {
        let bad = (0..array.len()).find(|&row| array.is_null(row) && values[row].is_some()).unwrap_or_default();
        return Err(invalid(values[bad].as_deref().unwrap_or_default(), data_type));
    }
    Ok(array)
}

/// The text of a value, as folder names hold it: the inverse of [`parse`].
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for types that cannot partition.
pub fn text_of(value: &ScalarValue, zone: &Zone) -> Result<PartitionValue> {
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
        ScalarValue::Float32(Some(value)) => written(|out| text::write_float(out, *value)),
        ScalarValue::Float64(Some(value)) => written(|out| text::write_double(out, *value)),
        ScalarValue::Decimal128(Some(value), _, scale) => written(|out| text::write_decimal(out, *value, *scale)),
        ScalarValue::Date32(Some(days)) => written(|out| text::write_date(out, *days)),
        ScalarValue::TimestampMicrosecond(Some(micros), Some(_)) => written(|out| write_instant(out, *micros, zone)),
        ScalarValue::TimestampMicrosecond(Some(micros), None) => written(|out| text::write_timestamp_ntz(out, *micros)),
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

/// In local time, unless clocks were put back and another instant has that local time: then in UTC, and says so.
fn write_instant(out: &mut String, instant: i64, zone: &Zone) {
    let local = zone.utc_to_local(instant);
    if zone.local_to_utc(local) == instant {
        text::write_timestamp_ntz(out, local);
    } else {
        text::write_timestamp_ntz(out, instant);
        out.push('Z');
    }
}

fn written(write: impl FnOnce(&mut String)) -> String {
    let mut text = String::new();
    write(&mut text);
    text
}
