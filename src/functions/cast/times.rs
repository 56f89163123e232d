//! Dates, times and timestamps to one another, and to and from numbers of seconds.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};

use super::errors::{double_literal, overflow};
use super::numbers::{convert, unknown};
use super::{CastContext, CastMode, cast_array};
use crate::error::Result;
use crate::types::DataType;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

pub(super) fn cast(array: &ArrayRef, from: &DataType, to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    match (from, to) {
        (DataType::Date, DataType::Timestamp) => {
            let mut zone = context.zone.cursor();
            let days = array.as_primitive::<Date32Type>();
            let instants = days.iter().map(|day| day.map(|day| zone.local_to_utc(i64::from(day) * MICROS_PER_DAY)));
            Ok(instant(instants.collect()))
        }
        (DataType::Timestamp, DataType::Date) => {
            let mut zone = context.zone.cursor();
            let instants = array.as_primitive::<TimestampMicrosecondType>();
            Ok(Arc::new(
                instants
                    .iter()
                    .map(|value| value.map(|value| day(zone.utc_to_local(value))))
                    .collect::<PrimitiveArray<Date32Type>>(),
            ))
        }
        (DataType::TimestampNtz, DataType::Date) => {
            let locals = array.as_primitive::<TimestampMicrosecondType>();
            Ok(Arc::new(locals.unary::<_, Date32Type>(day)))
        }
        (DataType::Timestamp, DataType::TimestampNtz) => {
            let mut zone = context.zone.cursor();
            let instants = array.as_primitive::<TimestampMicrosecondType>();
            let locals: PrimitiveArray<TimestampMicrosecondType> =
                instants.iter().map(|value| value.map(|value| zone.utc_to_local(value))).collect();
            Ok(Arc::new(locals))
        }
        (DataType::TimestampNtz, DataType::Timestamp) => {
            let mut zone = context.zone.cursor();
            let locals = array.as_primitive::<TimestampMicrosecondType>();
            Ok(instant(locals.iter().map(|value| value.map(|value| zone.local_to_utc(value))).collect()))
        }
        (DataType::Time(_), DataType::Time(precision)) => {
            let unit = 10_i64.pow(u32::from(6 - (*precision).min(6)));
            let times = array.as_primitive::<Time64MicrosecondType>();
            Ok(Arc::new(times.unary::<_, Time64MicrosecondType>(|value| value - value.rem_euclid(unit))))
        }
        (DataType::Time(_), to) => {
            let micros = datafusion::arrow::compute::cast(array, &Arrow::Int64)?;
            seconds(micros.as_primitive::<Int64Type>(), from, to, &without_wrapping(context))
        }
        (DataType::Timestamp, DataType::Boolean) => {
            let instants = array.as_primitive::<TimestampMicrosecondType>();
            Ok(Arc::new(instants.iter().map(|value| value.map(|value| value != 0)).collect::<BooleanArray>()))
        }
        (DataType::Timestamp, to) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>();
            seconds(&micros, from, to, &without_wrapping(context))
        }
        // Outside ANSI mode only, and then always NULL.
        (DataType::Date, to) => Ok(datafusion::arrow::array::new_null_array(&to.to_arrow(), array.len())),
        (DataType::Boolean, DataType::Timestamp) => {
            let booleans = array.as_boolean();
            Ok(instant(booleans.iter().map(|value| value.map(i64::from)).collect()))
        }
        (DataType::Float | DataType::Double, DataType::Timestamp) => {
            let doubles = datafusion::arrow::compute::cast(array, &Arrow::Float64)?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "Java's narrowing")]
            let result = convert::<Float64Type, TimestampMicrosecondType>(
                doubles.as_primitive(),
                context.mode,
                |value| {
                    let micros = value * MICROS_PER_SECOND as f64;
                    let fits = micros >= i64::MIN as f64 && micros <= i64::MAX as f64;
                    (value.is_finite() && (fits || !context.mode.fails())).then_some(micros as i64)
                },
                |value| overflow(&double_literal(value, from), from, to, context.mode),
            )?;
            Ok(Arc::new(result.as_primitive::<TimestampMicrosecondType>().clone().with_timezone("UTC")))
        }
        (DataType::Decimal { scale, .. }, DataType::Timestamp) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let micros = |value: i128| {
                let shift = 6 - i32::from(*scale);
                let factor = 10_i128.pow(shift.unsigned_abs());
                #[expect(clippy::cast_possible_truncation, reason = "Java's `longValue`")]
                let micros = if shift >= 0 { value.wrapping_mul(factor) as i64 } else { (value / factor) as i64 };
                micros
            };
            Ok(instant(decimals.iter().map(|value| value.map(micros)).collect()))
        }
        (from, DataType::Timestamp) if from.is_integral() => {
            let longs = datafusion::arrow::compute::cast(array, &Arrow::Int64)?;
            let longs = longs.as_primitive::<Int64Type>();
            Ok(instant(longs.iter().map(|value| value.map(|value| value.saturating_mul(MICROS_PER_SECOND))).collect()))
        }
        _ => Err(unknown(from, to)),
    }
}

/// Never the bits that are left of a number too large, not even outside ANSI mode.
fn without_wrapping(context: &CastContext) -> CastContext {
    let mode = if context.mode.fails() { context.mode } else { CastMode::Try };
    CastContext { mode, zone: context.zone.clone(), now: context.now }
}

fn instant(values: PrimitiveArray<TimestampMicrosecondType>) -> ArrayRef {
    Arc::new(values.with_timezone("UTC"))
}

fn day(local: i64) -> i32 {
    i32::try_from(local.div_euclid(MICROS_PER_DAY)).expect("an i64 of microseconds has fewer days than an i32 holds")
}

/// Microseconds as a number of seconds.
fn seconds(
    micros: &PrimitiveArray<Int64Type>,
    from: &DataType,
    to: &DataType,
    context: &CastContext,
) -> Result<ArrayRef> {
    if to.is_integral() {
        let longs: ArrayRef = Arc::new(micros.unary::<_, Int64Type>(|value| value.div_euclid(MICROS_PER_SECOND)));
        return cast_array(&longs, &DataType::Long, to, context);
    }
    if let (DataType::Time(_), DataType::Decimal { .. }) = (from, to) {
        let exact: ArrayRef = Arc::new(micros.unary::<_, Decimal128Type>(i128::from).with_precision_and_scale(20, 6)?);
        return cast_array(&exact, &DataType::Decimal { precision: 20, scale: 6 }, to, context);
    }
    #[expect(clippy::cast_precision_loss, reason = "as Spark divides")]
    let doubles: ArrayRef = Arc::new(micros.unary::<_, Float64Type>(|value| value as f64 / MICROS_PER_SECOND as f64));
    cast_array(&doubles, &DataType::Double, to, context)
}
