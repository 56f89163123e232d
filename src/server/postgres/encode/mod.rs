//! Columns of Arrow as PostgreSQL's values, in text and in bytes.
//!
//! What to do for a type is decided once for each array; a value is then one call of a closure that appends to the
//! caller's buffer. No value goes through a type that holds less.

pub mod bytes;
pub mod numeric;
pub mod types;

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
use crate::output::JsonColumn;
use crate::types::calendar::MICROS_PER_DAY;
use crate::types::postgres::text;
use crate::types::time_zone::Zone;
use crate::types::{DataType, spatial};

use bytes::Utf8;
pub use types::{Described, Oid, describe};

/// How a value goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Text,
    Binary,
}

/// Days and microseconds from 1970 to PostgreSQL's own beginning.
const DAYS_TO_2000: i32 = 10_957;
const MICROSECONDS_TO_2000: i64 = 946_684_800_000_000;

/// Appends values that are not NULL.
type Write<'a> = Box<dyn FnMut(usize, &mut Vec<u8>) + 'a>;

/// One column of one batch.
pub struct Column<'a> {
    nulls: Option<NullBuffer>,
    write: Write<'a>,
}

impl<'a> Column<'a> {
    pub fn new(array: &ArrayRef, data_type: &DataType, format: Format, zone: &'a Zone) -> Result<Self> {
        let write = match format {
            Format::Text => text_writer(array, data_type, zone)?,
            Format::Binary => binary_writer(array, data_type, zone)?,
        };
        Ok(Self { nulls: array.logical_nulls(), write })
    }

    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Appends the value, which is not NULL.
    pub fn write(&mut self, row: usize, out: &mut Vec<u8>) {
        (self.write)(row, out);
    }
}

/// The array in the layout that its type has by default.
fn canonical(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let fits = match (data_type, array.data_type()) {
        (DataType::Decimal { .. }, Arrow::Decimal128(..)) => true,
        (DataType::Timestamp | DataType::TimestampNtz, Arrow::Timestamp(TimeUnit::Microsecond, _)) => true,
        (DataType::Array { .. }, Arrow::List(_)) => true,
        (_, arrow) => *arrow == data_type.to_arrow(),
    };
    if fits {
        return Ok(Arc::clone(array));
    }
    Ok(cast_with_options(array, &data_type.to_arrow(), &CastOptions { safe: false, ..CastOptions::default() })?)
}

fn text_writer<'a>(array: &ArrayRef, data_type: &DataType, zone: &'a Zone) -> Result<Write<'a>> {
    let plain = |out: &mut Vec<u8>, value: &[u8]| out.extend_from_slice(value);
    let bytea = |out: &mut Vec<u8>, value: &[u8]| text::write_bytea(&mut Utf8(out), value);
    if let Some(write) = bytes_writer(array, data_type, plain, bytea)? {
        return Ok(write);
    }
    if !types::is_scalar(data_type) && !is_array_of_scalars(data_type) {
        return json_writer(array, data_type, zone);
    }
    let array = &canonical(array, data_type)?;
    Ok(match data_type {
        DataType::Null => Box::new(|_, _| {}),
        DataType::Boolean => {
            let array = array.as_boolean().clone();
            Box::new(move |row, out| out.push(if array.value(row) { b't' } else { b'f' }))
        }
        DataType::Byte => each::<Int8Type>(array, |value, out| bytes::write_integer(out, value.into())),
        DataType::Short => each::<Int16Type>(array, |value, out| bytes::write_integer(out, value.into())),
        DataType::Int => each::<Int32Type>(array, |value, out| bytes::write_integer(out, value.into())),
        DataType::Long | DataType::Object(_) => each::<Int64Type>(array, |value, out| bytes::write_integer(out, value)),
        DataType::Float => each::<Float32Type>(array, |value, out| text::write_float(&mut Utf8(out), value)),
        DataType::Double => each::<Float64Type>(array, |value, out| text::write_double(&mut Utf8(out), value)),
        DataType::Decimal { .. } => {
            let scale = scale(array)?;
            each::<Decimal128Type>(array, move |value, out| text::write_numeric(&mut Utf8(out), value, scale))
        }
        DataType::Date => each::<Date32Type>(array, |value, out| text::write_date(&mut Utf8(out), value)),
        DataType::Time(_) => each::<Time64MicrosecondType>(array, |value, out| text::write_time(&mut Utf8(out), value)),
        DataType::Timestamp => {
            let mut zone = zone.cursor();
            each::<TimestampMicrosecondType>(array, move |value, out| {
                let local = zone.utc_to_local(value);
                let offset = (local.saturating_sub(value) / 1_000_000) as i32;
                text::write_timestamp(&mut Utf8(out), local, Some(offset));
            })
        }
        DataType::TimestampNtz => {
            each::<TimestampMicrosecondType>(array, |value, out| text::write_timestamp(&mut Utf8(out), value, None))
        }
        DataType::YearMonthInterval(..) => {
            each::<IntervalYearMonthType>(array, |value, out| text::write_interval(&mut Utf8(out), value, 0, 0))
        }
        DataType::DayTimeInterval(..) => each::<DurationMicrosecondType>(array, |value, out| {
            let (days, rest) = days_and_rest(value);
            text::write_interval(&mut Utf8(out), 0, days, rest);
        }),
        DataType::CalendarInterval => each::<IntervalMonthDayNanoType>(array, |value, out| {
            text::write_interval(&mut Utf8(out), value.months, value.days, value.nanoseconds / 1000);
        }),
        DataType::Array { element, .. } => text_arrays(array, element, zone)?,
        DataType::String
        | DataType::Collated(_)
        | DataType::Char(_)
        | DataType::Varchar(_)
        | DataType::Binary
        | DataType::Spatial(_)
        | DataType::Variant
        | DataType::Map { .. }
        | DataType::Struct(_) => return Err(written_before(data_type)),
    })
}

fn binary_writer<'a>(array: &ArrayRef, data_type: &DataType, zone: &'a Zone) -> Result<Write<'a>> {
    let plain = |out: &mut Vec<u8>, value: &[u8]| out.extend_from_slice(value);
    if let Some(write) = bytes_writer(array, data_type, plain, plain)? {
        return Ok(write);
    }
    if !types::is_scalar(data_type) && !is_array_of_scalars(data_type) {
        return json_writer(array, data_type, zone);
    }
    let array = &canonical(array, data_type)?;
    Ok(match data_type {
        DataType::Null => Box::new(|_, _| {}),
        DataType::Boolean => {
            let array = array.as_boolean().clone();
            Box::new(move |row, out| out.push(u8::from(array.value(row))))
        }
        DataType::Byte => each::<Int8Type>(array, |value, out| put(out, i16::from(value).to_be_bytes())),
        DataType::Short => each::<Int16Type>(array, |value, out| put(out, value.to_be_bytes())),
        DataType::Int => each::<Int32Type>(array, |value, out| put(out, value.to_be_bytes())),
        DataType::Long => each::<Int64Type>(array, |value, out| put(out, value.to_be_bytes())),
        // Their numbers are of 32 bits.
        DataType::Object(_) => each::<Int64Type>(array, |value, out| put(out, (value as u32).to_be_bytes())),
        DataType::Float => each::<Float32Type>(array, |value, out| put(out, value.to_be_bytes())),
        DataType::Double => each::<Float64Type>(array, |value, out| put(out, value.to_be_bytes())),
        DataType::Decimal { .. } => {
            let scale = scale(array)?;
            each::<Decimal128Type>(array, move |value, out| numeric::write_binary(out, value, scale))
        }
        DataType::Date => {
            each::<Date32Type>(array, |value, out| put(out, value.saturating_sub(DAYS_TO_2000).to_be_bytes()))
        }
        DataType::Time(_) => each::<Time64MicrosecondType>(array, |value, out| put(out, value.to_be_bytes())),
        DataType::Timestamp | DataType::TimestampNtz => each::<TimestampMicrosecondType>(array, |value, out| {
            put(out, value.saturating_sub(MICROSECONDS_TO_2000).to_be_bytes());
        }),
        DataType::YearMonthInterval(..) => {
            each::<IntervalYearMonthType>(array, |value, out| interval(out, value, 0, 0))
        }
        DataType::DayTimeInterval(..) => each::<DurationMicrosecondType>(array, |value, out| {
            let (days, rest) = days_and_rest(value);
            interval(out, 0, days, rest);
        }),
        DataType::CalendarInterval => each::<IntervalMonthDayNanoType>(array, |value, out| {
            interval(out, value.months, value.days, value.nanoseconds / 1000);
        }),
        DataType::Array { element, .. } => binary_arrays(array, element, zone)?,
        DataType::String
        | DataType::Collated(_)
        | DataType::Char(_)
        | DataType::Varchar(_)
        | DataType::Binary
        | DataType::Spatial(_)
        | DataType::Variant
        | DataType::Map { .. }
        | DataType::Struct(_) => return Err(written_before(data_type)),
    })
}

fn written_before(data_type: &DataType) -> Error {
    Error::internal(format!("values of {data_type} are written in their own way"))
}

fn is_array_of_scalars(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Array { element, .. } if types::is_scalar(element))
}

/// The values of a primitive array, each given to `write`.
fn each<'a, T: ArrowPrimitiveType>(array: &ArrayRef, mut write: impl FnMut(T::Native, &mut Vec<u8>) + 'a) -> Write<'a> {
    let array: PrimitiveArray<T> = array.as_primitive::<T>().clone();
    Box::new(move |row, out| write(array.value(row), out))
}

fn put<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    out.extend_from_slice(&bytes);
}

fn interval(out: &mut Vec<u8>, months: i32, days: i32, microseconds: i64) {
    put(out, microseconds.to_be_bytes());
    put(out, days.to_be_bytes());
    put(out, months.to_be_bytes());
}

/// A day has 24 hours in a day-time interval; PostgreSQL shows the days apart.
fn days_and_rest(microseconds: i64) -> (i32, i64) {
    ((microseconds / MICROS_PER_DAY) as i32, microseconds % MICROS_PER_DAY)
}

fn scale(array: &ArrayRef) -> Result<i8> {
    match array.data_type() {
        Arrow::Decimal128(_, scale) => Ok(*scale),
        other => Err(Error::internal(format!("a decimal column came as {other}"))),
    }
}

/// Strings and binaries in whatever layout they come.
fn bytes_writer<'a>(
    array: &ArrayRef,
    data_type: &DataType,
    push_text: fn(&mut Vec<u8>, &[u8]),
    push_bytes: fn(&mut Vec<u8>, &[u8]),
) -> Result<Option<Write<'a>>> {
    Ok(Some(match data_type {
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => {
            if let Some(array) = array.as_string_view_opt().cloned() {
                Box::new(move |row, out| push_text(out, array.value(row).as_bytes()))
            } else if let Some(array) = array.as_string_opt::<i32>().cloned() {
                Box::new(move |row, out| push_text(out, array.value(row).as_bytes()))
            } else if let Some(array) = array.as_string_opt::<i64>().cloned() {
                Box::new(move |row, out| push_text(out, array.value(row).as_bytes()))
            } else {
                return Err(Error::internal(format!("a string column came as {}", array.data_type())));
            }
        }
        DataType::Binary | DataType::Spatial(_) => {
            let wkb = match data_type {
                DataType::Spatial(_) => spatial::wkb(array)?,
                _ => Arc::clone(array),
            };
            if let Some(array) = wkb.as_binary_view_opt().cloned() {
                Box::new(move |row, out| push_bytes(out, array.value(row)))
            } else if let Some(array) = wkb.as_binary_opt::<i32>().cloned() {
                Box::new(move |row, out| push_bytes(out, array.value(row)))
            } else if let Some(array) = wkb.as_binary_opt::<i64>().cloned() {
                Box::new(move |row, out| push_bytes(out, array.value(row)))
            } else {
                return Err(Error::internal(format!("a binary column came as {}", wkb.data_type())));
            }
        }
        _ => return Ok(None),
    }))
}

/// Nested values, which have no type of PostgreSQL's of their own.
fn json_writer<'a>(array: &ArrayRef, data_type: &DataType, zone: &'a Zone) -> Result<Write<'a>> {
    let mut column = JsonColumn::new(array, data_type, zone)?;
    let mut text = String::new();
    Ok(Box::new(move |row, out| {
        text.clear();
        column.write(row, &mut text);
        out.extend_from_slice(text.as_bytes());
    }))
}

/// `{1,2,NULL}`
fn text_arrays<'a>(array: &ArrayRef, element: &DataType, zone: &'a Zone) -> Result<Write<'a>> {
    let list = array.as_list::<i32>();
    let offsets = list.offsets().clone();
    let mut elements = Column::new(list.values(), element, Format::Text, zone)?;
    let mut text = Vec::new();
    Ok(Box::new(move |row, out| {
        out.push(b'{');
        for at in offsets[row]..offsets[row + 1] {
            if at > offsets[row] {
                out.push(b',');
            }
            let at = at as usize;
            if elements.is_null(at) {
                out.extend_from_slice(b"NULL");
            } else {
                text.clear();
                elements.write(at, &mut text);
                // An element is text, so that nothing is lost.
                text::write_array_element(&mut Utf8(out), &String::from_utf8_lossy(&text));
            }
        }
        out.push(b'}');
    }))
}

fn binary_arrays<'a>(array: &ArrayRef, element: &DataType, zone: &'a Zone) -> Result<Write<'a>> {
    let list = array.as_list::<i32>();
    let offsets = list.offsets().clone();
    let mut elements = Column::new(list.values(), element, Format::Binary, zone)?;
    let Oid(element_oid) = types::oid(element);
    Ok(Box::new(move |row, out| {
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        let has_nulls = range.clone().any(|at| elements.is_null(at));
        // An empty array has no dimension.
        put(out, i32::from(!range.is_empty()).to_be_bytes());
        put(out, i32::from(has_nulls).to_be_bytes());
        put(out, element_oid.to_be_bytes());
        if !range.is_empty() {
            put(out, (range.len() as i32).to_be_bytes());
            put(out, 1_i32.to_be_bytes());
        }
        for at in range {
            write_sized(&mut elements, at, out);
        }
    }))
}

/// Appends a value with its length before it; -1 is NULL.
pub fn write_sized(column: &mut Column<'_>, row: usize, out: &mut Vec<u8>) {
    if column.is_null(row) {
        put(out, (-1_i32).to_be_bytes());
        return;
    }
    let start = out.len();
    put(out, [0; 4]);
    column.write(row, out);
    let length = (out.len() - start - 4) as i32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}
