//! Single values as CSV and JSON files hold them.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};

use super::writer::is_bare;
use crate::error::{Error, Result};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField, text};

/// The text of a value that is not NULL and no collection.
pub(super) fn append_text(
    out: &mut String,
    array: &ArrayRef,
    row: usize,
    data_type: &DataType,
    zone: &Zone,
) -> Result<()> {
    match data_type {
        DataType::Boolean => text::write_boolean(out, array.as_boolean().value(row)),
        DataType::Byte => text::write_long(out, array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Short => text::write_long(out, array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int => text::write_long(out, array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Long => text::write_long(out, array.as_primitive::<Int64Type>().value(row)),
        DataType::Float => text::write_float(out, array.as_primitive::<Float32Type>().value(row)),
        DataType::Double => text::write_double(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal { scale, .. } => {
            text::write_decimal(out, array.as_primitive::<Decimal128Type>().value(row), *scale);
        }
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => match array.data_type() {
            Arrow::Utf8View => out.push_str(array.as_string_view().value(row)),
            _ => out.push_str(cast(array, &Arrow::Utf8View)?.as_string_view().value(row)),
        },
        DataType::Binary => text::write_base64(out, array.as_binary_view().value(row)),
        DataType::Date => text::write_date(out, array.as_primitive::<Date32Type>().value(row)),
        DataType::Time(_) => text::write_time(out, array.as_primitive::<Time64MicrosecondType>().value(row)),
        DataType::Timestamp => {
            let instant = array.as_primitive::<TimestampMicrosecondType>().value(row);
            append_iso(out, zone.utc_to_local(instant));
            match zone.offset_at_utc(instant) {
                0 => out.push('Z'),
                offset => {
                    let sign = if offset < 0 { '-' } else { '+' };
                    let minutes = offset.unsigned_abs() / 60;
                    out.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
                }
            }
        }
        DataType::TimestampNtz => append_iso(out, array.as_primitive::<TimestampMicrosecondType>().value(row)),
        DataType::YearMonthInterval(from, to) => {
            text::write_year_month_literal(out, array.as_primitive::<IntervalYearMonthType>().value(row), *from, *to);
        }
        DataType::DayTimeInterval(from, to) => {
            text::write_day_time_literal(out, array.as_primitive::<DurationMicrosecondType>().value(row), *from, *to);
        }
        DataType::Null
        | DataType::CalendarInterval
        | DataType::Array { .. }
        | DataType::Map { .. }
        | DataType::Struct(_) => {
            return Err(Error::internal(format!("a value of type {data_type} has no plain text")));
        }
    }
    Ok(())
}

/// `2024-01-31T12:34:56.789`
fn append_iso(out: &mut String, local: i64) {
    let millis = local.div_euclid(1_000);
    let start = out.len();
    text::write_timestamp_ntz(out, millis.div_euclid(1_000) * 1_000_000);
    if let Some(blank) = out[start..].find(' ') {
        out.replace_range(start + blank..start + blank + 1, "T");
    }
    out.push_str(&format!(".{:03}", millis.rem_euclid(1_000)));
}

/// `"name":value` of a value that is not NULL.
pub(super) fn append_json(
    out: &mut String,
    array: &ArrayRef,
    row: usize,
    column: &StructField,
    zone: &Zone,
) -> Result<()> {
    append_json_string(out, &column.name);
    out.push(':');
    append_json_value(out, array, row, &column.data_type, zone)
}

fn append_json_value(out: &mut String, array: &ArrayRef, row: usize, data_type: &DataType, zone: &Zone) -> Result<()> {
    if array.is_null(row) {
        out.push_str("null");
        return Ok(());
    }
    match data_type {
        DataType::Array { element, .. } => {
            let items = array.as_list::<i32>().value(row);
            out.push('[');
            for item in 0..items.len() {
                if item > 0 {
                    out.push(',');
                }
                append_json_value(out, &items, item, element, zone)?;
            }
            out.push(']');
        }
        DataType::Map { key, value, .. } => {
            let entries = array.as_map().value(row);
            out.push('{');
            for entry in 0..entries.len() {
                if entry > 0 {
                    out.push(',');
                }
                let mut name = String::new();
                append_text(&mut name, entries.column(0), entry, key, zone)?;
                append_json_string(out, &name);
                out.push(':');
                append_json_value(out, entries.column(1), entry, value, zone)?;
            }
            out.push('}');
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            out.push('{');
            let mut first = true;
            for (field, column) in fields.iter().zip(columns).filter(|(_, column)| column.is_valid(row)) {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                append_json(out, column, row, field, zone)?;
            }
            out.push('}');
        }
        atomic => {
            let mut text = String::new();
            append_text(&mut text, array, row, atomic, zone)?;
            // NaN and the infinities are no numbers of JSON.
            if is_bare(atomic) && !text.ends_with(['N', 'y']) {
                out.push_str(&text);
            } else {
                append_json_string(out, &text);
            }
        }
    }
    Ok(())
}

fn append_json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
