//! JSON values to Arrow columns. What is not of the type becomes NULL, and its row is marked.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryViewArray, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, ListArray, MapArray, StringViewArray, StructArray, new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType as Arrow, Fields};
use serde_json::Value;

use super::Options;
use crate::error::{Error, Result};
use crate::storage::values;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField, reading};

/// One column of values, each with the number of its row.
pub(super) struct Cells<'a> {
    pub values: Vec<Option<&'a Value>>,
    pub rows: Vec<usize>,
}

/// What conversions depend on.
pub(super) struct Converter<'a> {
    pub options: &'a Options,
    pub zone: &'a Zone,
    /// Rows with a value that is not of its column's type.
    pub bad: &'a mut [bool],
}

impl Converter<'_> {
    pub fn column(&mut self, cells: &Cells<'_>, data_type: &DataType) -> Result<ArrayRef> {
        macro_rules! each {
            ($array:ty, $read:expr) => {{
                let read = $read;
                Arc::new(self.read(cells, |value| read(value)).into_iter().collect::<$array>())
            }};
        }
        Ok(match data_type {
            DataType::Null => new_null_array(&data_type.to_arrow(), cells.values.len()),
            DataType::Boolean => each!(BooleanArray, |value: &Value| value.as_bool()),
            DataType::Byte => each!(Int8Array, |value: &Value| integer(value)?.try_into().ok()),
            DataType::Short => each!(Int16Array, |value: &Value| integer(value)?.try_into().ok()),
            DataType::Int => each!(Int32Array, |value: &Value| integer(value)?.try_into().ok()),
            DataType::Long => each!(Int64Array, integer),
            DataType::Float => each!(Float32Array, |value: &Value| Some(double(value)? as f32)),
            DataType::Double => each!(Float64Array, double),
            DataType::Decimal { precision, scale } => {
                let read = |value: &Value| {
                    let text = match value {
                        Value::Number(number) => number.to_string(),
                        Value::String(text) => text.clone(),
                        _ => return None,
                    };
                    let (number, from) = reading::decimal(&text)?.ok()?;
                    reading::rescale_half_up(number, from, i16::from(*scale), *precision)
                };
                let array = self.read(cells, read).into_iter().collect::<Decimal128Array>();
                Arc::new(array.with_precision_and_scale(*precision, *scale)?)
            }
            DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
                each!(StringViewArray, |value: &Value| Some(text(value)))
            }
            DataType::Binary => each!(BinaryViewArray, |value: &Value| from_base64(value.as_str()?)),
            DataType::Date
            | DataType::Time(_)
            | DataType::Timestamp
            | DataType::TimestampNtz
            | DataType::YearMonthInterval(..)
            | DataType::DayTimeInterval(..) => self.texts(cells, data_type)?,
            DataType::CalendarInterval => {
                return Err(Error::unsupported("An interval in JSON", "use a string"));
            }
            DataType::Array { element, .. } => self.list(cells, data_type, element)?,
            DataType::Map { key, value, .. } => self.map(cells, data_type, key, value)?,
            DataType::Struct(fields) => self.structure(cells, fields)?,
        })
    }

    /// Reads each value; marks rows whose value cannot be read.
    fn read<T>(&mut self, cells: &Cells<'_>, read: impl Fn(&Value) -> Option<T>) -> Vec<Option<T>> {
        cells
            .values
            .iter()
            .zip(&cells.rows)
            .map(|(value, row)| match value {
                None | Some(Value::Null) => None,
                Some(value) => {
                    let found = read(value);
                    self.bad[*row] |= found.is_none();
                    found
                }
            })
            .collect()
    }

    fn texts(&mut self, cells: &Cells<'_>, data_type: &DataType) -> Result<ArrayRef> {
        let texts =
            self.read(cells, |value| value.as_str().map(ToOwned::to_owned)).into_iter().collect::<StringViewArray>();
        let array = match (data_type, &self.options.date_format, &self.options.timestamp_format) {
            (DataType::Date, Some(pattern), _) => pattern.dates(&texts),
            (DataType::Timestamp, _, Some(pattern)) => pattern.timestamps(&texts, Some(self.zone)),
            (DataType::TimestampNtz, _, Some(pattern)) => pattern.timestamps(&texts, None),
            _ => values::from_texts(&texts, data_type, self.zone)?,
        };
        for (place, row) in cells.rows.iter().enumerate() {
            self.bad[*row] |= array.is_null(place) && !datafusion::arrow::array::Array::is_null(&texts, place);
        }
        Ok(array)
    }

    fn list(&mut self, cells: &Cells<'_>, data_type: &DataType, element: &DataType) -> Result<ArrayRef> {
        let lists = self.read(cells, |value| value.as_array().map(|_| ()));
        let mut inner = Cells { values: Vec::new(), rows: Vec::new() };
        let mut lengths = Vec::with_capacity(lists.len());
        for ((list, value), row) in lists.iter().zip(&cells.values).zip(&cells.rows) {
            let items = list.and(*value).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            inner.values.extend(items.iter().map(Some));
            inner.rows.extend(items.iter().map(|_| *row));
            lengths.push(items.len());
        }
        let Arrow::List(field) = data_type.to_arrow() else { return Err(Error::internal("a list is no list")) };
        let nulls = NullBuffer::from_iter(lists.iter().map(Option::is_some));
        let values = self.column(&inner, element)?;
        Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, Some(nulls))?))
    }

    fn map(&mut self, cells: &Cells<'_>, data_type: &DataType, key: &DataType, value: &DataType) -> Result<ArrayRef> {
        let maps = self.read(cells, |value| value.as_object().map(|_| ()));
        let mut keys = Vec::new();
        let mut inner = Cells { values: Vec::new(), rows: Vec::new() };
        let mut lengths = Vec::with_capacity(maps.len());
        for ((map, value), row) in maps.iter().zip(&cells.values).zip(&cells.rows) {
            let mut length = 0;
            for (key, value) in map.and(*value).and_then(Value::as_object).into_iter().flatten() {
                keys.push(Some(key.as_str()));
                inner.values.push(Some(value));
                inner.rows.push(*row);
                length += 1;
            }
            lengths.push(length);
        }
        let Arrow::Map(field, sorted) = data_type.to_arrow() else { return Err(Error::internal("a map is no map")) };
        let Arrow::Struct(entry_fields) = field.data_type().clone() else {
            return Err(Error::internal("a map has entries"));
        };
        let nulls = NullBuffer::from_iter(maps.iter().map(Option::is_some));
        let keys = values::from_texts(&keys.into_iter().collect::<StringViewArray>(), key, self.zone)?;
        let entries = StructArray::try_new(entry_fields, vec![keys, self.column(&inner, value)?], None)?;
        Ok(Arc::new(MapArray::try_new(field, OffsetBuffer::from_lengths(lengths), entries, Some(nulls), sorted)?))
    }

    fn structure(&mut self, cells: &Cells<'_>, fields: &[StructField]) -> Result<ArrayRef> {
        let objects = self.read(cells, |value| value.as_object().map(|_| ()));
        let columns = fields
            .iter()
            .map(|field| {
                let values = cells.values.iter().map(|value| value.and_then(|value| value.get(&field.name))).collect();
                self.column(&Cells { values, rows: cells.rows.clone() }, &field.data_type)
            })
            .collect::<Result<Vec<_>>>()?;
        let arrow_fields = fields.iter().map(StructField::to_arrow).collect::<Fields>();
        let nulls = NullBuffer::from_iter(objects.iter().map(Option::is_some));
        Ok(Arc::new(StructArray::try_new_with_length(arrow_fields, columns, Some(nulls), cells.values.len())?))
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64()
}

fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" | "+INF" | "INF" | "+Infinity" => Some(f64::INFINITY),
            "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// A string as it is, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}
