//! Intervals to one another, and those of one field to and from numbers.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{Decimal128Type, DurationMicrosecondType, Int64Type, IntervalYearMonthType};

use super::errors::overflow;
use super::numbers::{convert, unknown};
use super::{CastContext, CastMode, cast_array};
use crate::error::Result;
use crate::types::{DataType, DayTimeField, YearMonthField, text};

/// Microseconds of one unit of the field.
pub(super) fn micros_of(field: DayTimeField) -> i64 {
    match field {
        DayTimeField::Day => 86_400_000_000,
        DayTimeField::Hour => 3_600_000_000,
        DayTimeField::Minute => 60_000_000,
        DayTimeField::Second => 1_000_000,
    }
}

fn months_of(field: YearMonthField) -> i32 {
    match field {
        YearMonthField::Year => 12,
        YearMonthField::Month => 1,
    }
}

pub(super) fn cast(array: &ArrayRef, from: &DataType, to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    // What does not fit is an error outside ANSI mode too.
    let strict;
    let context = match context.mode {
        CastMode::Legacy => {
            strict = CastContext { mode: CastMode::Ansi, zone: context.zone.clone(), now: context.now };
            &strict
        }
        CastMode::Ansi | CastMode::Try | CastMode::Store => context,
    };
    match (from, to) {
        // What is smaller than the last field is cut off.
        (DataType::YearMonthInterval(..), DataType::YearMonthInterval(_, end)) => {
            let unit = months_of(*end);
            let months = array.as_primitive::<IntervalYearMonthType>();
            Ok(Arc::new(months.unary::<_, IntervalYearMonthType>(|value| value / unit * unit)))
        }
        (DataType::DayTimeInterval(..), DataType::DayTimeInterval(_, end)) => {
            let unit = if *end == DayTimeField::Second { 1 } else { micros_of(*end) };
            let micros = array.as_primitive::<DurationMicrosecondType>();
            Ok(Arc::new(micros.unary::<_, DurationMicrosecondType>(|value| value / unit * unit)))
        }
        (DataType::YearMonthInterval(_, end), to) => {
            let unit = months_of(*end);
            let months = array.as_primitive::<IntervalYearMonthType>();
            let longs: ArrayRef = Arc::new(months.unary::<_, Int64Type>(|value| i64::from(value / unit)));
            narrow(&longs, array, from, to, context)
        }
        (DataType::DayTimeInterval(_, end), to) => {
            let micros = array.as_primitive::<DurationMicrosecondType>();
            if let DataType::Decimal { .. } = to
                && *end == DayTimeField::Second
            {
                let exact = micros.unary::<_, Decimal128Type>(i128::from).with_precision_and_scale(20, 6)?;
                let exact: ArrayRef = Arc::new(exact);
                return cast_array(&exact, &DataType::Decimal { precision: 20, scale: 6 }, to, context);
            }
            let unit = micros_of(*end);
            let longs: ArrayRef = Arc::new(micros.unary::<_, Int64Type>(|value| value / unit));
            narrow(&longs, array, from, to, context)
        }
        (from, DataType::YearMonthInterval(_, end)) => {
            let unit = months_of(*end);
            // Fractions of months are rounded, those of years are not looked at.
            let whole = DataType::Decimal { precision: 38, scale: 0 };
            let rounded = match from {
                DataType::Decimal { .. } if unit == 1 => Some(cast_array(array, from, &whole, context)?),
                _ => None,
            };
            let longs = match &rounded {
                Some(rounded) => cast_array(rounded, &whole, &DataType::Long, context)?,
                None => cast_array(array, from, &DataType::Long, context)?,
            };
            convert::<Int64Type, IntervalYearMonthType>(
                longs.as_primitive(),
                context.mode,
                |value| i32::try_from(value).ok()?.checked_mul(unit),
                |value| overflow(&value.to_string(), from, to, context.mode),
            )
        }
        (from, DataType::DayTimeInterval(_, end)) => {
            let unit = micros_of(*end);
            if let DataType::Decimal { .. } = from
                && *end == DayTimeField::Second
            {
                let exact = cast_array(array, from, &DataType::Decimal { precision: 38, scale: 6 }, context)?;
                return convert::<Decimal128Type, DurationMicrosecondType>(
                    exact.as_primitive(),
                    context.mode,
                    |value| i64::try_from(value).ok(),
                    |value| overflow(&value.to_string(), from, to, context.mode),
                );
            }
            let longs = cast_array(array, from, &DataType::Long, context)?;
            convert::<Int64Type, DurationMicrosecondType>(
                longs.as_primitive(),
                context.mode,
                |value| value.checked_mul(unit),
                |value| overflow(&value.to_string(), from, to, context.mode),
            )
        }
        _ => Err(unknown(from, to)),
    }
}

/// Numbers of units to a narrower type; an overflow speaks of the interval.
fn narrow(
    longs: &ArrayRef,
    intervals: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &CastContext,
) -> Result<ArrayRef> {
    cast_array(longs, &DataType::Long, to, context).map_err(|error| {
        if !error.is(&crate::error::CAST_OVERFLOW) {
            return error;
        }
        let limit = match to {
            DataType::Byte => i64::from(i8::MAX),
            DataType::Short => i64::from(i16::MAX),
            _ => i64::from(i32::MAX),
        };
        let numbers = longs.as_primitive::<Int64Type>();
        let row = (0..numbers.len())
            .find(|row| !numbers.is_null(*row) && !(-limit - 1..=limit).contains(&numbers.value(*row)));
        let Some(row) = row else { return error };
        let mut value = String::new();
        match from {
            DataType::YearMonthInterval(start, end) => {
                let months = intervals.as_primitive::<IntervalYearMonthType>();
                text::write_year_month_literal(&mut value, months.value(row), *start, *end);
            }
            DataType::DayTimeInterval(start, end) => {
                let micros = intervals.as_primitive::<DurationMicrosecondType>();
                text::write_day_time_literal(&mut value, micros.value(row), *start, *end);
            }
            _ => return error,
        }
        overflow(&value, from, to, context.mode)
    })
}
