//! Variants as text.

use std::fmt::Write;

use super::{Value, Variant};
use crate::types::text;
use crate::types::time_zone::Zone;

/// Appends a variant as JSON, timestamps in the zone; `None` if it is malformed.
pub fn write_json(out: &mut String, variant: Variant<'_>, zone: &Zone) -> Option<()> {
    match variant.read()? {
        Value::Object(object) => {
            out.push('{');
            for n in 0..object.len() {
                let (name, value) = object.entry(n)?;
                if n > 0 {
                    out.push(',');
                }
                text::write_json_string(out, name);
                out.push(':');
                write_json(out, value, zone)?;
            }
            out.push('}');
        }
        Value::Array(array) => {
            out.push('[');
            for n in 0..array.len() {
                if n > 0 {
                    out.push(',');
                }
                write_json(out, array.element(n)?, zone)?;
            }
            out.push(']');
        }
        Value::String(value) => text::write_json_string(out, value),
        value @ (Value::Null | Value::Boolean(_) | Value::Long(_) | Value::Decimal(..)) => {
            write_scalar(out, value, zone);
        }
        // The words for what is no number are strings.
        Value::Double(value) if value.is_finite() => text::write_double(out, value),
        Value::Float(value) if value.is_finite() => text::write_float(out, value),
        value => {
            out.push('"');
            write_scalar(out, value, zone);
            out.push('"');
        }
    }
    Some(())
}

fn write_scalar(out: &mut String, value: Value<'_>, zone: &Zone) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(value) => text::write_boolean(out, value),
        Value::Long(value) => text::write_long(out, value),
        Value::Double(value) => text::write_double(out, value),
        Value::Float(value) => text::write_float(out, value),
        Value::Decimal(value, scale) => {
            let (value, scale) = stripped(value, scale);
            text::write_decimal(out, value, scale as i8);
        }
        Value::Date(days) => text::write_date(out, days),
        Value::Timestamp(micros) => {
            let local = zone.utc_to_local(micros);
            text::write_timestamp_ntz(out, local);
            let offset = (local - micros) / 1_000_000;
            let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
            // Nothing can go wrong with a String.
            let _ = write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        Value::TimestampNtz(micros) => text::write_timestamp_ntz(out, micros),
        Value::Binary(bytes) => text::write_base64(out, bytes),
        Value::Uuid(bytes) => {
            for (n, byte) in bytes.iter().enumerate() {
                if matches!(n, 4 | 6 | 8 | 10) {
                    out.push('-');
                }
                let _ = write!(out, "{byte:02x}");
            }
        }
        Value::String(_) | Value::Object(_) | Value::Array(_) => {}
    }
}

/// A decimal without zeros at its end.
pub fn stripped(mut value: i128, mut scale: u8) -> (i128, u8) {
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    (value, scale)
}
