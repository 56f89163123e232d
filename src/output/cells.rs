//! The text of a column's cells, as Hive and `spark-sql` print them or as JSON.
//!
//! What to do for a type is decided once for each array; a cell is then one call of a closure that appends to the
//! caller's buffer.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalYearMonthType, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType,
};

use crate::error::{Error, Result};
use crate::types::text::{self, BinaryStyle};
use crate::types::time_zone::Zone;
use crate::types::variant::{Variants, write_json};
use crate::types::{DataType, StructField, spatial};

use super::escape::push_json_string;

/// How values look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A cell of Hive's result text: `NULL`, strings as they are.
    Result(BinaryStyle),
    /// Inside of an array, map or struct of it: `null`, strings in quotes (and nothing escaped).
    Nested(BinaryStyle),
    Json(BinaryStyle),
}

impl Style {
    fn inner(self) -> Self {
        match self {
            Style::Result(binary) | Style::Nested(binary) => Style::Nested(binary),
            Style::Json(_) => self,
        }
    }

    fn null(self) -> &'static str {
        match self {
            Style::Result(_) => "NULL",
            Style::Nested(_) | Style::Json(_) => "null",
        }
    }

    fn is_json(self) -> bool {
        matches!(self, Style::Json(_))
    }

    fn binary(self) -> BinaryStyle {
        match self {
            Style::Result(binary) | Style::Nested(binary) | Style::Json(binary) => binary,
        }
    }
}

/// What is shown of a variant whose bytes are none.
const MALFORMED: &str = "MALFORMED_VARIANT";

/// Writes cells that are not NULL.
type Write<'a> = Box<dyn FnMut(usize, &mut String) + 'a>;

/// One column of one batch.
pub(super) struct Column<'a> {
    nulls: Option<NullBuffer>,
    null: &'static str,
    write: Write<'a>,
}

impl<'a> Column<'a> {
    pub(super) fn new(array: &ArrayRef, data_type: &DataType, style: Style, zone: &'a Zone) -> Result<Self> {
        Ok(Self {
            nulls: array.logical_nulls(),
            null: style.null(),
            write: writer(&canonical(array, data_type)?, data_type, style, zone)?,
        })
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Appends the cell.
    pub(super) fn write(&mut self, row: usize, out: &mut String) {
        if self.is_null(row) {
            out.push_str(self.null);
        } else {
            (self.write)(row, out);
        }
    }
}

/// The columns of a batch, in order.
pub(super) fn columns<'a>(
    arrays: &[ArrayRef],
    fields: &[StructField],
    style: Style,
    zone: &'a Zone,
) -> Result<Vec<Column<'a>>> {
    if arrays.len() != fields.len() {
        return Err(Error::internal(format!("a result of {} columns has {} arrays", fields.len(), arrays.len())));
    }
    arrays.iter().zip(fields).map(|(array, field)| Column::new(array, &field.data_type, style, zone)).collect()
}

/// The array in a layout that [`writer`] reads; nearly always it is in one.
fn canonical(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let fits = match (data_type, array.data_type()) {
        (DataType::Null, _) => true,
        (DataType::Decimal { .. }, Arrow::Decimal128(..)) => true,
        (
            DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_),
            Arrow::Utf8 | Arrow::LargeUtf8,
        ) => true,
        (DataType::Binary, Arrow::Binary | Arrow::LargeBinary) => true,
        (DataType::Timestamp | DataType::TimestampNtz, Arrow::Timestamp(TimeUnit::Microsecond, _)) => true,
        (DataType::Array { .. }, Arrow::List(_)) => true,
        (DataType::Map { .. }, Arrow::Map(..)) => true,
        (DataType::Struct(_), Arrow::Struct(_)) => true,
        (_, arrow) => *arrow == data_type.to_arrow(),
    };
    if fits {
        return Ok(Arc::clone(array));
    }
    Ok(cast_with_options(array, &data_type.to_arrow(), &CastOptions { safe: false, ..CastOptions::default() })?)
}

fn writer<'a>(array: &ArrayRef, data_type: &DataType, style: Style, zone: &'a Zone) -> Result<Write<'a>> {
    // JSON has no dates and the like: their texts are strings there.
    let quote = style.is_json();
    Ok(match data_type {
        DataType::Null => Box::new(move |_, out| out.push_str(style.null())),
        DataType::Boolean => {
            let array = array.as_boolean().clone();
            Box::new(move |row, out| text::write_boolean(out, array.value(row)))
        }
        DataType::Byte => integers::<Int8Type>(array),
        DataType::Short => integers::<Int16Type>(array),
        DataType::Int => integers::<Int32Type>(array),
        DataType::Long | DataType::Object(_) => integers::<Int64Type>(array),
        DataType::Float => each::<Float32Type, _>(array, move |value, out| {
            quoted(quote && !value.is_finite(), out, |out| text::write_float(out, value));
        }),
        DataType::Double => each::<Float64Type, _>(array, move |value, out| {
            quoted(quote && !value.is_finite(), out, |out| text::write_double(out, value));
        }),
        DataType::Decimal { .. } => {
            let scale = match array.data_type() {
                Arrow::Decimal128(_, scale) => *scale,
                other => return Err(Error::internal(format!("a decimal column came as {other}"))),
            };
            each::<Decimal128Type, _>(array, move |value, out| text::write_decimal(out, value, scale))
        }
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => strings(array, style)?,
        DataType::Binary => binaries(array, style)?,
        DataType::Spatial(_) => binaries(&spatial::wkb(array)?, style)?,
        DataType::Date => each::<Date32Type, _>(array, move |value, out| {
            quoted(quote, out, |out| text::write_date(out, value));
        }),
        DataType::Time(_) => each::<Time64MicrosecondType, _>(array, move |value, out| {
            quoted(quote, out, |out| text::write_time(out, value));
        }),
        DataType::Timestamp => {
            let mut zone = zone.cursor();
            each::<TimestampMicrosecondType, _>(array, move |value, out| {
                quoted(quote, out, |out| text::write_timestamp_ntz(out, zone.utc_to_local(value)));
            })
        }
        DataType::TimestampNtz => each::<TimestampMicrosecondType, _>(array, move |value, out| {
            quoted(quote, out, |out| text::write_timestamp_ntz(out, value));
        }),
        DataType::YearMonthInterval(..) => each::<IntervalYearMonthType, _>(array, move |value, out| {
            quoted(quote, out, |out| text::write_year_month(out, value));
        }),
        DataType::DayTimeInterval(..) => each::<DurationMicrosecondType, _>(array, move |value, out| {
            quoted(quote, out, |out| text::write_day_time(out, value));
        }),
        DataType::CalendarInterval => each::<IntervalMonthDayNanoType, _>(array, move |value, out| {
            quoted(quote, out, |out| {
                text::write_calendar_interval(out, value.months, value.days, value.nanoseconds / 1000);
            });
        }),
        // A variant prints its instants in UTC wherever it is.
        DataType::Variant => {
            let values = Variants::new(array.as_ref())?;
            let utc = Zone::utc();
            Box::new(move |row, out| {
                let start = out.len();
                if values.get(row).and_then(|value| write_json(out, value, &utc)).is_none() {
                    out.truncate(start);
                    out.push_str(MALFORMED);
                }
            })
        }
        DataType::Array { element, .. } => lists(array, element, style, zone)?,
        DataType::Map { key, value, .. } => maps(array, key, value, style, zone)?,
        DataType::Struct(fields) => structs(array, fields, style, zone)?,
    })
}

/// The values of a primitive array, each given to `write`.
fn each<'a, T: ArrowPrimitiveType, F: FnMut(T::Native, &mut String) + 'a>(array: &ArrayRef, mut write: F) -> Write<'a> {
    let array: PrimitiveArray<T> = array.as_primitive::<T>().clone();
    Box::new(move |row, out| write(array.value(row), out))
}

fn integers<'a, T: ArrowPrimitiveType>(array: &ArrayRef) -> Write<'a>
where
    i64: From<T::Native>,
{
    each::<T, _>(array, |value, out| text::write_long(out, i64::from(value)))
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

fn strings<'a>(array: &ArrayRef, style: Style) -> Result<Write<'a>> {
    let push = match style {
        Style::Result(_) => |out: &mut String, value: &str| out.push_str(value),
        Style::Nested(_) => |out: &mut String, value: &str| quoted(true, out, |out| out.push_str(value)),
        Style::Json(_) => push_json_string,
    };
    Ok(if let Some(array) = array.as_string_view_opt().cloned() {
        Box::new(move |row, out| push(out, array.value(row)))
    } else if let Some(array) = array.as_string_opt::<i32>().cloned() {
        Box::new(move |row, out| push(out, array.value(row)))
    } else if let Some(array) = array.as_string_opt::<i64>().cloned() {
        Box::new(move |row, out| push(out, array.value(row)))
    } else {
        return Err(Error::internal(format!("a string column came as {}", array.data_type())));
    })
}

/// In the style that was asked for; where that is text, JSON has them in Base64, as Spark's `to_json`.
fn binaries<'a>(array: &ArrayRef, style: Style) -> Result<Write<'a>> {
    let (binary, json) = (style.binary(), style.is_json());
    let push = move |out: &mut String, value: &[u8]| match (json, binary) {
        (false, binary) => binary.write(out, value),
        (true, BinaryStyle::Utf8) => quoted(true, out, |out| text::write_base64(out, value)),
        (true, binary) => quoted(true, out, |out| binary.write(out, value)),
    };
    Ok(if let Some(array) = array.as_binary_view_opt().cloned() {
        Box::new(move |row, out| push(out, array.value(row)))
    } else if let Some(array) = array.as_binary_opt::<i32>().cloned() {
        Box::new(move |row, out| push(out, array.value(row)))
    } else if let Some(array) = array.as_binary_opt::<i64>().cloned() {
        Box::new(move |row, out| push(out, array.value(row)))
    } else {
        return Err(Error::internal(format!("a binary column came as {}", array.data_type())));
    })
}

/// `[1,2]`
fn lists<'a>(array: &ArrayRef, element: &DataType, style: Style, zone: &'a Zone) -> Result<Write<'a>> {
    let list = array.as_list::<i32>();
    let offsets = list.offsets().clone();
    let mut elements = Column::new(list.values(), element, style.inner(), zone)?;
    Ok(Box::new(move |row, out| {
        out.push('[');
        for at in offsets[row]..offsets[row + 1] {
            if at > offsets[row] {
                out.push(',');
            }
            elements.write(at as usize, out);
        }
        out.push(']');
    }))
}

/// `{"a":1}`: in Hive's text sorted by the entries' texts, in JSON in their order with keys that are strings.
fn maps<'a>(array: &ArrayRef, key: &DataType, value: &DataType, style: Style, zone: &'a Zone) -> Result<Write<'a>> {
    let map = array.as_map();
    let offsets = map.offsets().clone();
    let json = style.is_json();
    let key_style = if json { Style::Result(style.binary()) } else { style.inner() };
    let mut keys = Column::new(map.keys(), key, key_style, zone)?;
    let mut values = Column::new(map.values(), value, style.inner(), zone)?;
    let mut entries: Vec<String> = Vec::new();
    Ok(Box::new(move |row, out| {
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        // The strings are kept from row to row, so that their memory is.
        entries.resize_with(entries.len().max(range.len()), String::new);
        let entries = &mut entries[..range.len()];
        for (at, entry) in range.zip(entries.iter_mut()) {
            entry.clear();
            if json {
                let mut text = String::new();
                keys.write(at, &mut text);
                push_json_string(entry, &text);
            } else {
                keys.write(at, entry);
            }
            entry.push(':');
            values.write(at, entry);
        }
        if !json {
            // Java compares strings by their UTF-16 units.
            entries.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        }
        out.push('{');
        for (n, entry) in entries.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            out.push_str(entry);
        }
        out.push('}');
    }))
}

/// `{"a":1,"b":null}`
fn structs<'a>(array: &ArrayRef, fields: &[StructField], style: Style, zone: &'a Zone) -> Result<Write<'a>> {
    let mut columns = columns(array.as_struct().columns(), fields, style.inner(), zone)?;
    let names: Vec<String> = fields
        .iter()
        .enumerate()
        .map(|(n, field)| {
            let mut text = String::from(if n > 0 { "," } else { "" });
            match style {
                Style::Json(_) => push_json_string(&mut text, &field.name),
                Style::Result(_) | Style::Nested(_) => quoted(true, &mut text, |text| text.push_str(&field.name)),
            }
            text.push(':');
            text
        })
        .collect();
    Ok(Box::new(move |row, out| {
        out.push('{');
        for (name, column) in names.iter().zip(&mut columns) {
            out.push_str(name);
            column.write(row, out);
        }
        out.push('}');
    }))
}
