//! Values as JSON texts.

use std::cell::RefCell;
use std::fmt::Write;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, DurationMicrosecondType, Float32Type, Float64Type, IntervalYearMonthType,
    TimestampMicrosecondType,
};

use super::Options;
use super::reader::{Kind, Reader};
use crate::error::{Error, Result};
use crate::records::values::append_text;
use crate::types::DataType;
use crate::types::text::write_json_string;
use crate::types::time_zone::Zone;
use crate::types::variant::{Variants, write_json};

/// Appends the value of a row that is not NULL.
pub type RowWriter<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

/// What writes the values of an array.
///
/// # Errors
/// The array is not laid out as the type says.
pub fn writer<'a>(
    array: &'a ArrayRef,
    data_type: &'a DataType,
    options: &'a Options,
    zone: &'a Zone,
) -> Result<RowWriter<'a>> {
    let write = value_writer(array, data_type, options, zone)?;
    if !options.pretty && !options.ascii_only {
        return Ok(write);
    }
    let scratch = RefCell::new(String::new());
    Ok(Box::new(move |row, out| {
        let mut text = scratch.borrow_mut();
        text.clear();
        write(row, &mut text);
        let mut laid_out = String::new();
        if options.pretty && pretty(&mut Reader::new(&text), &mut laid_out, 0).is_some() {
            std::mem::swap(&mut *text, &mut laid_out);
        }
        if !options.ascii_only {
            out.push_str(&text);
            return;
        }
        for c in text.chars() {
            if c.is_ascii() {
                out.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Nothing can go wrong with a String.
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
    }))
}

/// Appends the value of a row, or `null`.
fn with_nulls<'a>(
    array: &'a ArrayRef,
    data_type: &'a DataType,
    options: &'a Options,
    zone: &'a Zone,
) -> Result<RowWriter<'a>> {
    let write = value_writer(array, data_type, options, zone)?;
    Ok(Box::new(move |row, out| if array.is_null(row) { out.push_str("null") } else { write(row, out) }))
}

fn value_writer<'a>(
    array: &'a ArrayRef,
    data_type: &'a DataType,
    options: &'a Options,
    zone: &'a Zone,
) -> Result<RowWriter<'a>> {
    let times = &options.times;
    // An array is laid out as its type says, or the functions that are called here would have failed before.
    let plain = move |row: usize, out: &mut String| {
        let _ = append_text(out, array, row, data_type);
    };
    Ok(match data_type {
        DataType::Null => Box::new(|_, out| out.push_str("null")),
        DataType::Boolean
        | DataType::Byte
        | DataType::Short
        | DataType::Int
        | DataType::Long
        | DataType::Object(_)
        | DataType::Decimal { .. } => Box::new(plain),
        // NaN and the infinities are no numbers of JSON.
        DataType::Float => {
            let values = array.as_primitive::<Float32Type>();
            Box::new(move |row, out| quoted(!values.value(row).is_finite(), out, |out| plain(row, out)))
        }
        DataType::Double => {
            let values = array.as_primitive::<Float64Type>();
            Box::new(move |row, out| quoted(!values.value(row).is_finite(), out, |out| plain(row, out)))
        }
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_)
            if *array.data_type() == Arrow::Utf8View =>
        {
            let values = array.as_string_view();
            Box::new(|row, out| write_json_string(out, values.value(row)))
        }
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => {
            let scratch = RefCell::new(String::new());
            Box::new(move |row, out| {
                let mut text = scratch.borrow_mut();
                text.clear();
                plain(row, &mut text);
                write_json_string(out, &text);
            })
        }
        DataType::Date => {
            let values = array.as_primitive::<Date32Type>();
            Box::new(move |row, out| quoted(true, out, |out| times.write_date(out, values.value(row), zone)))
        }
        DataType::Timestamp => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(move |row, out| quoted(true, out, |out| times.write_timestamp(out, values.value(row), zone)))
        }
        DataType::TimestampNtz => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(move |row, out| quoted(true, out, |out| times.write_timestamp_ntz(out, values.value(row), zone)))
        }
        DataType::Binary
        | DataType::Time(_)
        | DataType::YearMonthInterval(..)
        | DataType::DayTimeInterval(..)
        | DataType::CalendarInterval => Box::new(move |row, out| quoted(true, out, |out| plain(row, out))),
        DataType::Spatial(_) => {
            return Err(Error::unsupported(format!("{data_type} in JSON"), "write `st_asbinary` of it"));
        }
        DataType::Variant => {
            let values = Variants::new(array.as_ref())?;
            Box::new(move |row, out| {
                let _ = values.get(row).and_then(|value| write_json(out, value, zone));
            })
        }
        DataType::Array { element, .. } => {
            let list = array.as_list::<i32>();
            let (offsets, write) = (list.value_offsets(), with_nulls(list.values(), element, options, zone)?);
            Box::new(move |row, out| {
                out.push('[');
                for place in offsets[row]..offsets[row + 1] {
                    if place > offsets[row] {
                        out.push(',');
                    }
                    write(place as usize, out);
                }
                out.push(']');
            })
        }
        DataType::Map { key, value, .. } => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let write_key = key_writer(map.keys(), key);
            let write = with_nulls(map.values(), value, options, zone)?;
            let scratch = RefCell::new(String::new());
            Box::new(move |row, out| {
                out.push('{');
                for place in offsets[row]..offsets[row + 1] {
                    if place > offsets[row] {
                        out.push(',');
                    }
                    let mut text = scratch.borrow_mut();
                    text.clear();
                    write_key(place as usize, &mut text);
                    write_json_string(out, &text);
                    drop(text);
                    out.push(':');
                    write(place as usize, out);
                }
                out.push('}');
            })
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields).map(|(column, field)| {
                let mut name = String::new();
                write_json_string(&mut name, &field.name);
                name.push(':');
                Ok((name, column, with_nulls(column, &field.data_type, options, zone)?))
            });
            let columns = columns.collect::<Result<Vec<_>>>()?;
            Box::new(move |row, out| {
                out.push('{');
                let mut is_first = true;
                for (name, column, write) in &columns {
                    // A column of NULLs only has no mask of them.
                    if options.ignores_nulls && (column.is_null(row) || *column.data_type() == Arrow::Null) {
                        continue;
                    }
                    if !std::mem::take(&mut is_first) {
                        out.push(',');
                    }
                    out.push_str(name);
                    write(row, out);
                }
                out.push('}');
            })
        }
    })
}

/// Keys are shown as Spark holds them in memory: dates as days, timestamps as microseconds, structs as `[1,2]`.
fn key_writer<'a>(array: &'a ArrayRef, data_type: &'a DataType) -> RowWriter<'a> {
    match data_type {
        DataType::Date => {
            let values = array.as_primitive::<Date32Type>();
            Box::new(|row, out| out.push_str(&values.value(row).to_string()))
        }
        DataType::Timestamp | DataType::TimestampNtz => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(|row, out| out.push_str(&values.value(row).to_string()))
        }
        DataType::DayTimeInterval(..) => {
            let values = array.as_primitive::<DurationMicrosecondType>();
            Box::new(|row, out| out.push_str(&values.value(row).to_string()))
        }
        DataType::YearMonthInterval(..) => {
            let values = array.as_primitive::<IntervalYearMonthType>();
            Box::new(|row, out| out.push_str(&values.value(row).to_string()))
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let columns = columns.map(|(column, field)| (column, key_writer(column, &field.data_type)));
            let columns = columns.collect::<Vec<_>>();
            Box::new(move |row, out| {
                out.push('[');
                for (n, (column, write)) in columns.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    if column.is_null(row) { out.push_str("null") } else { write(row, out) }
                }
                out.push(']');
            })
        }
        DataType::Array { element, .. } => {
            let list = array.as_list::<i32>();
            let (offsets, values) = (list.value_offsets(), list.values());
            let write = key_writer(values, element);
            Box::new(move |row, out| {
                out.push('[');
                for place in offsets[row]..offsets[row + 1] {
                    if place > offsets[row] {
                        out.push(',');
                    }
                    if values.is_null(place as usize) { out.push_str("null") } else { write(place as usize, out) }
                }
                out.push(']');
            })
        }
        atomic => Box::new(move |row, out| {
            let _ = append_text(out, array, row, atomic);
        }),
    }
}

fn quoted(quote: bool, out: &mut String, write: impl FnOnce(&mut String)) {
    if quote {
        out.push('"');
    }
    write(out);
    if quote {
        out.push('"');
    }
}

/// Appends a value as Jackson's pretty printer does.
fn pretty(reader: &mut Reader<'_>, out: &mut String, depth: usize) -> Option<()> {
    let indent = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    match reader.kind()? {
        Kind::Object => {
            out.push('{');
            let mut is_empty = true;
            reader.object(|reader, key| {
                if !std::mem::take(&mut is_empty) {
                    out.push(',');
                }
                indent(out, depth + 1);
                write_json_string(out, key);
                out.push_str(" : ");
                pretty(reader, out, depth + 1)
            })?;
            if is_empty {
                out.push(' ');
            } else {
                indent(out, depth);
            }
            out.push('}');
        }
        Kind::Array => {
            out.push_str("[ ");
            let mut is_empty = true;
            reader.array(|reader| {
                if !std::mem::take(&mut is_empty) {
                    out.push_str(", ");
                }
                pretty(reader, out, depth)
            })?;
            out.push_str(if is_empty { "]" } else { " ]" });
        }
        // As it stands: the text has no blanks in it.
        _ => {
            let start = reader.place();
            reader.skip()?;
            out.push_str(reader.between(start, reader.place()));
        }
    }
    Some(())
}
