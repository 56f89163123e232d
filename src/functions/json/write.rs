//! `to_json`: structs, maps and arrays as JSON texts.

use std::cell::RefCell;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{Float32Type, Float64Type, TimestampMicrosecondType};
use datafusion::logical_expr::ColumnarValue;

use super::options;
use super::reader::write_string;
use crate::error::{Error, Result};
use crate::functions::cast::value_writer;
use crate::functions::dates::pattern::Pattern;
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;
use crate::types::text::write_base64;
use crate::types::time_zone::Zone;

pub(super) static TO_JSON: Kernel = Kernel::new("to_json", run);

const TIMESTAMP: &str = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";
const TIMESTAMP_NTZ: &str = "yyyy-MM-dd'T'HH:mm:ss.SSS";

/// `to_json(struct, map or array[, options])`
pub(super) fn bind(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let value = call.argument(0).clone();
    if !matches!(value.data_type, DataType::Struct(_) | DataType::Map { .. } | DataType::Array { .. }) {
        return Err(call.mismatch(
            "INVALID_JSON_SCHEMA",
            &format!("The input of `to_json` must be a struct, a map or an array, not \"{}\"", value.data_type),
        ));
    }
    let (mut timestamp, mut keep_nulls) = (TIMESTAMP.to_owned(), false);
    for (name, text) in options(call, 1)? {
        match name.to_lowercase().as_str() {
            "timestampformat" => timestamp = text,
            "ignorenullfields" => keep_nulls = text.eq_ignore_ascii_case("false"),
            _ => {
                return Err(Error::unsupported(
                    format!("the option `{name}` of `to_json`"),
                    "the options are `timestampFormat` and `ignoreNullFields`",
                )
                .at(call.span));
            }
        }
    }
    Pattern::parse(&timestamp).map_err(|error| error.at(call.span))?;
    let nullable = value.nullable;
    Ok(call.kernel_with(&TO_JSON, vec![value], vec![timestamp, keep_nulls.to_string()], DataType::String, nullable))
}

struct Style {
    zone: Zone,
    timestamp: Pattern,
    timestamp_ntz: Pattern,
    keep_nulls: bool,
}

fn run(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = &arguments.parameters.options;
    let style = Style {
        zone: Zone::parse(&arguments.parameters.time_zone)?,
        timestamp: Pattern::parse(&options[0])?,
        timestamp_ntz: Pattern::parse(TIMESTAMP_NTZ)?,
        keep_nulls: options[1] == "true",
    };
    let array = arguments.array(0)?;
    let write = writer(array.as_ref(), &arguments.parameters.arguments[0], &style)?;
    arguments.write_strings(|row, out| array.is_valid(row).then(|| write(row, out)))
}

/// Appends the value of a row that is not NULL.
type Writer<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

/// Appends the value of a row, or `null`.
fn with_nulls<'a>(array: &'a dyn Array, data_type: &'a DataType, style: &'a Style) -> Result<Writer<'a>> {
    let write = writer(array, data_type, style)?;
    Ok(Box::new(move |row, out| if array.is_null(row) { out.push_str("null") } else { write(row, out) }))
}

fn writer<'a>(array: &'a dyn Array, data_type: &'a DataType, style: &'a Style) -> Result<Writer<'a>> {
    Ok(match data_type {
        DataType::Null => Box::new(|_, out| out.push_str("null")),
        DataType::Boolean
        | DataType::Byte
        | DataType::Short
        | DataType::Int
        | DataType::Long
        | DataType::Decimal { .. } => value_writer(array, data_type, &style.zone)?,
        DataType::Float => {
            let (values, write) = (array.as_primitive::<Float32Type>(), value_writer(array, data_type, &style.zone)?);
            Box::new(move |row, out| quoted(!values.value(row).is_finite(), row, out, &write))
        }
        DataType::Double => {
            let (values, write) = (array.as_primitive::<Float64Type>(), value_writer(array, data_type, &style.zone)?);
            Box::new(move |row, out| quoted(!values.value(row).is_finite(), row, out, &write))
        }
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            let values = array.as_string_view();
            Box::new(|row, out| write_string(out, values.value(row)))
        }
        DataType::Binary => {
            let values = array.as_binary_view();
            Box::new(|row, out| {
                out.push('"');
                write_base64(out, values.value(row));
                out.push('"');
            })
        }
        DataType::Timestamp => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            let cursor = RefCell::new(style.zone.cursor());
            Box::new(move |row, out| {
                let instant = values.value(row);
                let local = cursor.borrow_mut().utc_to_local(instant);
                out.push('"');
                style.timestamp.write(out, local, ((local - instant) / 1_000_000) as i32, &style.zone);
                out.push('"');
            })
        }
        DataType::TimestampNtz => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(|row, out| {
                out.push('"');
                style.timestamp_ntz.write(out, values.value(row), 0, &style.zone);
                out.push('"');
            })
        }
        DataType::Date
        | DataType::Time(_)
        | DataType::YearMonthInterval(..)
        | DataType::DayTimeInterval(..)
        | DataType::CalendarInterval => {
            let write = value_writer(array, data_type, &style.zone)?;
            Box::new(move |row, out| quoted(true, row, out, &write))
        }
        DataType::Array { element, .. } => {
            let list = array.as_list::<i32>();
            let (offsets, write) = (list.value_offsets(), with_nulls(list.values().as_ref(), element, style)?);
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
            let write_key = value_writer(map.keys().as_ref(), key, &style.zone)?;
            let write = with_nulls(map.values().as_ref(), value, style)?;
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
                    write_string(out, &text);
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
                write_string(&mut name, &field.name);
                name.push(':');
                Ok((name, column, with_nulls(column.as_ref(), &field.data_type, style)?))
            });
            let columns = columns.collect::<Result<Vec<_>>>()?;
            Box::new(move |row, out| {
                out.push('{');
                let mut is_first = true;
                for (name, column, write) in &columns {
                    if !style.keep_nulls && (column.is_null(row) || *column.data_type() == NOTHING) {
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

/// The type of a column of NULLs only, which has no mask of them.
const NOTHING: datafusion::arrow::datatypes::DataType = datafusion::arrow::datatypes::DataType::Null;

fn quoted(quote: bool, row: usize, out: &mut String, write: &dyn Fn(usize, &mut String)) {
    if quote {
        out.push('"');
    }
    write(row, out);
    if quote {
        out.push('"');
    }
}
