//! Everything to strings, as CAST writes it: `[1, 2]`, `{a -> 1}`, `{1, null}`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};

use super::CastContext;
use super::numbers::unknown;
use crate::error::{EXCEED_LIMIT_LENGTH, Error, Result};
use crate::types::time_zone::Zone;
use crate::types::variant::{Variants, write_json};
use crate::types::{DataType, text};

/// Appends the text of the value of one row; it is not asked about NULLs.
pub type ValueWriter<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

pub(super) fn cast(array: &ArrayRef, from: &DataType, context: &CastContext) -> Result<ArrayRef> {
    let write = value_writer(array, from, &context.zone)?;
    let mut strings = StringViewBuilder::with_capacity(array.len());
    let mut buffer = String::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            strings.append_null();
            continue;
        }
        buffer.clear();
        write(row, &mut buffer);
        strings.append_value(&buffer);
    }
    Ok(Arc::new(strings.finish()))
}

/// How values of the array are written by CAST.
///
/// # Errors
/// The array is not laid out as the type says.
pub fn value_writer<'a>(array: &'a dyn Array, data_type: &'a DataType, zone: &'a Zone) -> Result<ValueWriter<'a>> {
    Ok(match data_type {
        DataType::Null => Box::new(|_, out| out.push_str("null")),
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(|row, out| text::write_boolean(out, values.value(row)))
        }
        DataType::Byte => {
            let values = array.as_primitive::<Int8Type>();
            Box::new(|row, out| text::write_long(out, values.value(row).into()))
        }
        DataType::Short => {
            let values = array.as_primitive::<Int16Type>();
            Box::new(|row, out| text::write_long(out, values.value(row).into()))
        }
        DataType::Int => {
            let values = array.as_primitive::<Int32Type>();
            Box::new(|row, out| text::write_long(out, values.value(row).into()))
        }
        DataType::Long | DataType::Object(_) => {
            let values = array.as_primitive::<Int64Type>();
            Box::new(|row, out| text::write_long(out, values.value(row)))
        }
        DataType::Float => {
            let values = array.as_primitive::<Float32Type>();
            Box::new(|row, out| text::write_float(out, values.value(row)))
        }
        DataType::Double => {
            let values = array.as_primitive::<Float64Type>();
            Box::new(|row, out| text::write_double(out, values.value(row)))
        }
        DataType::Decimal { scale, .. } => {
            let values = array.as_primitive::<Decimal128Type>();
            Box::new(|row, out| text::write_decimal(out, values.value(row), *scale))
        }
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => {
            match array.as_string_view_opt() {
                Some(values) => Box::new(|row, out| out.push_str(values.value(row))),
                None => return Err(unknown(data_type, &DataType::String)),
            }
        }
        DataType::Binary => {
            let values = array.as_binary_view();
            Box::new(|row, out| text::write_binary(out, values.value(row)))
        }
        DataType::Date => {
            let values = array.as_primitive::<Date32Type>();
            Box::new(|row, out| text::write_date(out, values.value(row)))
        }
        DataType::Time(_) => {
            let values = array.as_primitive::<Time64MicrosecondType>();
            Box::new(|row, out| text::write_time(out, values.value(row)))
        }
        DataType::Timestamp => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            let cursor = std::cell::RefCell::new(zone.cursor());
            Box::new(move |row, out| {
                text::write_timestamp_ntz(out, cursor.borrow_mut().utc_to_local(values.value(row)));
            })
        }
        DataType::TimestampNtz => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(|row, out| text::write_timestamp_ntz(out, values.value(row)))
        }
        DataType::YearMonthInterval(start, end) => {
            let values = array.as_primitive::<IntervalYearMonthType>();
            Box::new(|row, out| text::write_year_month_literal(out, values.value(row), *start, *end))
        }
        DataType::DayTimeInterval(start, end) => {
            let values = array.as_primitive::<DurationMicrosecondType>();
            Box::new(|row, out| text::write_day_time_literal(out, values.value(row), *start, *end))
        }
        DataType::CalendarInterval => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>();
            Box::new(|row, out| {
                let value = values.value(row);
                text::write_calendar_interval(out, value.months, value.days, value.nanoseconds / 1_000);
            })
        }
        DataType::Spatial(_) => return Err(Error::internal("a shape has no text")),
        DataType::Variant => {
            // Inside of collections; a variant alone is cast as what it is.
            let (values, utc) = (Variants::new(array)?, Zone::utc());
            Box::new(move |row, out| {
                // What is malformed is shown as nothing, as it cannot be told here.
                let _ = values.get(row).and_then(|value| write_json(out, value, &utc));
            })
        }
        DataType::Array { element, .. } => {
            let lists = array.as_list::<i32>();
            let elements = lists.values();
            let write = value_writer(elements, element, zone)?;
            Box::new(move |row, out| {
                out.push('[');
                let start = offset(lists.value_offsets()[row]);
                for n in start..offset(lists.value_offsets()[row + 1]) {
                    if n > start {
                        out.push_str(", ");
                    }
                    or_null(elements, n, out, &write);
                }
                out.push(']');
            })
        }
        DataType::Map { key, value, .. } => {
            let maps = array.as_map();
            let (keys, values) = (maps.keys(), maps.values());
            let write_key = value_writer(keys, key, zone)?;
            let write_value = value_writer(values, value, zone)?;
            Box::new(move |row, out| {
                out.push('{');
                let start = offset(maps.value_offsets()[row]);
                for n in start..offset(maps.value_offsets()[row + 1]) {
                    if n > start {
                        out.push_str(", ");
                    }
                    write_key(n, out);
                    out.push_str(" -> ");
                    or_null(values, n, out, &write_value);
                }
                out.push('}');
            })
        }
        DataType::Struct(fields) => {
            let structs = array.as_struct();
            let writers = fields
                .iter()
                .zip(structs.columns())
                .map(|(field, column)| Ok((column, value_writer(column, &field.data_type, zone)?)))
                .collect::<Result<Vec<_>>>()?;
            Box::new(move |row, out| {
                out.push('{');
                for (n, (column, write)) in writers.iter().enumerate() {
                    if n > 0 {
                        out.push_str(", ");
                    }
                    or_null(column, row, out, write);
                }
                out.push('}');
            })
        }
    })
}

fn offset(offset: i32) -> usize {
    usize::try_from(offset).expect("offsets are not negative")
}

fn or_null(array: &dyn Array, row: usize, out: &mut String, write: &ValueWriter<'_>) {
    if array.is_null(row) { out.push_str("null") } else { write(row, out) }
}

/// Pads to a CHAR's length; blanks beyond the length are cut off, anything else is an error.
pub(super) fn limit_length(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let (length, pads) = match to {
        DataType::Char(length) => (*length as usize, true),
        DataType::Varchar(length) => (*length as usize, false),
        _ => return Ok(Arc::clone(array)),
    };
    let texts = array.as_string_view();
    let fits = |text: &str| text.len() <= length && (!pads || text.len() == length && text.is_ascii());
    if texts.iter().flatten().all(fits) {
        return Ok(Arc::clone(array));
    }
    let mut strings = StringViewBuilder::with_capacity(array.len());
    for text in texts {
        let Some(text) = text else {
            strings.append_null();
            continue;
        };
        let characters = text.chars().count();
        if characters < length && pads {
            strings.append_value(format!("{text}{}", " ".repeat(length - characters)));
        } else if characters <= length {
            strings.append_value(text);
        } else {
            let end = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
            if text[end..].bytes().any(|byte| byte != b' ') {
                return Err(Error::new(
                    &EXCEED_LIMIT_LENGTH,
                    format!("Exceeds char/varchar type length limitation: {length}"),
                ));
            }
            strings.append_value(&text[..end]);
        }
    }
    Ok(Arc::new(strings.finish()))
}
