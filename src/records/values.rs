//! Single values as records and folder names hold them. A text that is not of the type becomes NULL; the caller decides
//! whether that is an error.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, IntervalYearMonthArray, StringViewArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, new_null_array,
};

use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalYearMonthType, Time64MicrosecondType,
};

use crate::error::{Error, Result};
use crate::types::time_zone::Zone;
use crate::types::{DataType, reading, text};

/// Values of the type; NULL where the text is NULL or not of the type.
pub fn from_texts(texts: &StringViewArray, data_type: &DataType, zone: &Zone) -> Result<ArrayRef> {
    macro_rules! each {
        ($array:ty, $read:expr) => {{
            let read = $read;
            Arc::new(texts.iter().map(|text| text.and_then(|text| read(text))).collect::<$array>())
        }};
    }
    Ok(match data_type {
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => Arc::new(texts.clone()),
        DataType::Null => new_null_array(&data_type.to_arrow(), texts.len()),
        DataType::Boolean => each!(BooleanArray, boolean),
        DataType::Byte => each!(Int8Array, |text: &str| text.parse().ok()),
        DataType::Short => each!(Int16Array, |text: &str| text.parse().ok()),
        DataType::Int => each!(Int32Array, |text: &str| text.parse().ok()),
        DataType::Long | DataType::Object(_) => each!(Int64Array, |text: &str| text.parse().ok()),
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
        DataType::CalendarInterval
        | DataType::Spatial(_)
        | DataType::Variant
        | DataType::Array { .. }
        | DataType::Map { .. }
        | DataType::Struct(_) => {
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

/// A number as Java reads one, blanks around it or not, or one of the three words for what is no number.
pub fn double(text: &str, nan: &str, positive_infinity: &str, negative_infinity: &str) -> Option<f64> {
    if text == nan {
        return Some(f64::NAN);
    }
    if text == positive_infinity {
        return Some(f64::INFINITY);
    }
    if text == negative_infinity {
        return Some(f64::NEG_INFINITY);
    }
    match reading::trim(text) {
        "NaN" | "+NaN" | "-NaN" => Some(f64::NAN),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        number if number.bytes().any(|byte| byte.is_ascii_digit()) => reading::double(number),
        _ => None,
    }
}

/// `1 day 2 hours`
pub fn calendar_interval(text: &str) -> Option<IntervalMonthDayNano> {
    let parts = reading::calendar_interval(text).ok()?;
    Some(IntervalMonthDayNano::new(parts.months, parts.days, parts.microseconds.checked_mul(1_000)?))
}

/// A decimal as the parser of an American locale reads it: commas are passed over, blanks are not.
pub fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let plain;
    let text = match text.contains(',') {
        true => {
            plain = text.replace(',', "");
            plain.as_str()
        }
        false => text,
    };
    if text.starts_with(|c| c <= ' ') || text.ends_with(|c| c <= ' ') {
        return None;
    }
    let (value, from) = reading::decimal(text)?.ok()?;
    reading::rescale_half_up(value, from, i16::from(scale), precision)
}

/// The text of a value that is not NULL and no collection; dates and times are the caller's.
pub fn append_text(out: &mut String, array: &ArrayRef, row: usize, data_type: &DataType) -> Result<()> {
    match data_type {
        DataType::Boolean => text::write_boolean(out, array.as_boolean().value(row)),
        DataType::Byte => text::write_long(out, array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Short => text::write_long(out, array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int => text::write_long(out, array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Long | DataType::Object(_) => text::write_long(out, array.as_primitive::<Int64Type>().value(row)),
        DataType::Float => text::write_float(out, array.as_primitive::<Float32Type>().value(row)),
        DataType::Double => text::write_double(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal { scale, .. } => {
            text::write_decimal(out, array.as_primitive::<Decimal128Type>().value(row), *scale);
        }
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => {
            match array.data_type() {
                Arrow::Utf8View => out.push_str(array.as_string_view().value(row)),
                _ => out.push_str(cast(array, &Arrow::Utf8View)?.as_string_view().value(row)),
            }
        }
        DataType::Binary => text::write_base64(out, array.as_binary_view().value(row)),
        DataType::Time(_) => text::write_time(out, array.as_primitive::<Time64MicrosecondType>().value(row)),
        DataType::YearMonthInterval(from, to) => {
            text::write_year_month_literal(out, array.as_primitive::<IntervalYearMonthType>().value(row), *from, *to);
        }
        DataType::DayTimeInterval(from, to) => {
            text::write_day_time_literal(out, array.as_primitive::<DurationMicrosecondType>().value(row), *from, *to);
        }
        DataType::CalendarInterval => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            text::write_calendar_interval(out, value.months, value.days, value.nanoseconds / 1_000);
        }
        DataType::Null
        | DataType::Date
        | DataType::Timestamp
        | DataType::TimestampNtz
        | DataType::Spatial(_)
        | DataType::Variant
        | DataType::Array { .. }
        | DataType::Map { .. }
        | DataType::Struct(_) => {
            return Err(Error::internal(format!("a value of type {data_type} has no plain text")));
        }
    }
    Ok(())
}
