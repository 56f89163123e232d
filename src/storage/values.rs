//! Columns of text to columns of values, as files and folder names hold them. What is not of the type becomes NULL; the
//! caller decides whether that is an error.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, IntervalYearMonthArray, StringViewArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, new_null_array,
};

use crate::error::{Error, Result};
use crate::types::time_zone::Zone;
use crate::types::{DataType, reading};

/// Values of the type; NULL where the text is NULL or not of the type.
pub(super) fn from_texts(texts: &StringViewArray, data_type: &DataType, zone: &Zone) -> Result<ArrayRef> {
    macro_rules! each {
        ($array:ty, $read:expr) => {{
            let read = $read;
            Arc::new(texts.iter().map(|text| text.and_then(|text| read(text))).collect::<$array>())
        }};
    }
    Ok(match data_type {
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => Arc::new(texts.clone()),
        DataType::Null => new_null_array(&data_type.to_arrow(), texts.len()),
        DataType::Boolean => each!(BooleanArray, boolean),
        DataType::Byte => each!(Int8Array, |text: &str| text.parse().ok()),
        DataType::Short => each!(Int16Array, |text: &str| text.parse().ok()),
        DataType::Int => each!(Int32Array, |text: &str| text.parse().ok()),
        DataType::Long => each!(Int64Array, |text: &str| text.parse().ok()),
        DataType::Float => each!(Float32Array, reading::float),
        DataType::Double => each!(Float64Array, reading::double),
        DataType::Decimal { precision, scale } => {
            let read = |text: &str| {
                let (value, from) = reading::decimal(text)?.ok()?;
                reading::rescale_half_up(value, from, i16::from(*scale), *precision)
            };
            Arc::new(
                texts
                    .iter()
                    .map(|text| text.and_then(read))
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(*precision, *scale)?,
            )
        }
        DataType::Binary => Arc::new(texts.iter().map(|text| text.map(str::as_bytes)).collect::<BinaryViewArray>()),
        DataType::Date => each!(Date32Array, reading::date),
        DataType::Time(_) => each!(Time64MicrosecondArray, reading::time),
        DataType::Timestamp => {
            let read = |text: &str| reading::timestamp(text, zone, 0);
            Arc::new(
                texts
                    .iter()
                    .map(|text| text.and_then(read))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            )
        }
        DataType::TimestampNtz => each!(TimestampMicrosecondArray, |text: &str| reading::timestamp_ntz(text, true)),
        DataType::YearMonthInterval(from, to) => {
            each!(IntervalYearMonthArray, |text: &str| reading::year_month_interval(text, *from, *to))
        }
        DataType::DayTimeInterval(from, to) => {
            each!(DurationMicrosecondArray, |text: &str| reading::day_time_interval(text, *from, *to))
        }
        DataType::CalendarInterval | DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => {
            return Err(Error::internal(format!("values of type {data_type} are not read from text")));
        }
    })
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
