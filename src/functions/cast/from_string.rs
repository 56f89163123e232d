//! Strings to everything.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, IntervalMonthDayNanoArray, PrimitiveArray,
    StringViewArray,
};
use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNano, IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};

use super::errors::{interval_format, malformed, out_of_range};
use super::numbers::unknown;
use super::{CastContext, CastMode};
use crate::error::{Error, Result};
use crate::types::DataType;
use crate::types::reading;

pub(super) fn cast(array: &ArrayRef, to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    let texts = array.as_string_view();
    let zone = &context.zone;
    // Outside ANSI mode a fraction is cut off.
    let whole = |text: &str| match context.mode {
        CastMode::Legacy => reading::integer_of_decimal(text),
        CastMode::Ansi | CastMode::Try | CastMode::Store => reading::integer(text),
    };
    match to {
        DataType::Boolean => {
            let mut values = Vec::with_capacity(texts.len());
            for text in texts {
                values.push(match text {
                    None => None,
                    Some(text) => match reading::boolean(text) {
                        None if context.mode.fails() => return Err(malformed(text, to)),
                        value => value,
                    },
                });
            }
            Ok(Arc::new(BooleanArray::from(values)))
        }
        DataType::Byte => read::<Int8Type>(texts, to, context, |text| whole(text)?.try_into().ok()),
        DataType::Short => read::<Int16Type>(texts, to, context, |text| whole(text)?.try_into().ok()),
        DataType::Int => read::<Int32Type>(texts, to, context, |text| whole(text)?.try_into().ok()),
        DataType::Long | DataType::Object(_) => read::<Int64Type>(texts, to, context, whole),
        DataType::Float => read::<Float32Type>(texts, to, context, reading::float),
        DataType::Double => read::<Float64Type>(texts, to, context, reading::double),
        DataType::Decimal { precision, scale } => decimals(texts, (*precision, *scale), to, context),
        DataType::Date => read::<Date32Type>(texts, to, context, reading::date),
        DataType::Time(_) => read::<Time64MicrosecondType>(texts, &DataType::Time(6), context, reading::time),
        DataType::Timestamp => {
            let result = read::<TimestampMicrosecondType>(texts, to, context, |text| {
                reading::timestamp(text, zone, context.now)
            })?;
            Ok(Arc::new(result.as_primitive::<TimestampMicrosecondType>().clone().with_timezone("UTC")))
        }
        DataType::TimestampNtz => {
            read::<TimestampMicrosecondType>(texts, to, context, |text| reading::timestamp_ntz(text, true))
        }
        DataType::YearMonthInterval(start, end) => intervals::<IntervalYearMonthType>(
            texts,
            context,
            |text| reading::year_month_interval(text, *start, *end),
            |text| interval_format(text, reading::year_month_fault(text, *start, *end), to),
        ),
        DataType::DayTimeInterval(start, end) => intervals::<DurationMicrosecondType>(
            texts,
            context,
            |text| reading::day_time_interval(text, *start, *end),
            |text| match reading::is_day_time(text, *start, *end) {
                true => interval_format(text, "INTERVAL_PARSING", to),
                false => interval_format(text, "UNMATCHED_FORMAT_STRING_WITH_NOTICE", to),
            },
        ),
        DataType::CalendarInterval => {
            let mut values = Vec::with_capacity(texts.len());
            for text in texts {
                let parts = text.and_then(|text| reading::calendar_interval(text).ok());
                let value = parts.and_then(|parts| {
                    let nanoseconds = parts.microseconds.checked_mul(1_000)?;
                    Some(IntervalMonthDayNano::new(parts.months, parts.days, nanoseconds))
                });
                // NULL in every mode.
                values.push(value);
            }
            Ok(Arc::new(IntervalMonthDayNanoArray::from(values)))
        }
        DataType::Null
        | DataType::String
        | DataType::Collated(_)
        | DataType::Char(_)
        | DataType::Varchar(_)
        | DataType::Binary
        | DataType::Variant
        | DataType::Spatial(_)
        | DataType::Array { .. }
        | DataType::Map { .. }
        | DataType::Struct(_) => Err(unknown(&DataType::String, to)),
    }
}

fn read<T: ArrowPrimitiveType>(
    texts: &StringViewArray,
    to: &DataType,
    context: &CastContext,
    read: impl Fn(&str) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let mut values = PrimitiveArray::<T>::builder(texts.len());
    for text in texts {
        match text.map(|text| (text, read(text))) {
            Some((text, None)) if context.mode.fails() => return Err(malformed(text, to)),
            Some((_, value)) => values.append_option(value),
            None => values.append_null(),
        }
    }
    Ok(Arc::new(values.finish()))
}

/// Like [`read`]; a text that is no interval is an error outside ANSI mode too.
fn intervals<T: ArrowPrimitiveType>(
    texts: &StringViewArray,
    context: &CastContext,
    read: impl Fn(&str) -> Option<T::Native>,
    error: impl Fn(&str) -> Error,
) -> Result<ArrayRef> {
    let mut values = PrimitiveArray::<T>::builder(texts.len());
    for text in texts {
        let value = text.and_then(&read);
        match (text, value) {
            (Some(text), None) if context.mode != CastMode::Try => return Err(error(text)),
            _ => values.append_option(value),
        }
    }
    Ok(Arc::new(values.finish()))
}

fn decimals(
    texts: &StringViewArray,
    (precision, scale): (u8, i8),
    to: &DataType,
    context: &CastContext,
) -> Result<ArrayRef> {
    let fails = context.mode.fails();
    let mut values = PrimitiveArray::<Decimal128Type>::builder(texts.len());
    for text in texts {
        let Some(text) = text else {
            values.append_null();
            continue;
        };
        let value = match reading::decimal(text) {
            None if fails => return Err(malformed(text, to)),
            Some(Ok((value, from_scale))) => reading::rescale_half_up(value, from_scale, i16::from(scale), precision),
            None | Some(Err(())) => None,
        };
        if value.is_none() && fails {
            return Err(out_of_range(reading::trim(text), precision, scale));
        }
        values.append_option(value);
    }
    Ok(Arc::new(values.finish().with_precision_and_scale(precision, scale)?))
}
