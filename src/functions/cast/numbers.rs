//! Numbers and booleans to one another.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BooleanArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};

use super::errors::{decimal_literal, double_literal, integer_literal, out_of_range, overflow};
use super::{CastContext, CastMode};
use crate::error::{Error, Result};
use crate::types::reading::rescale_half_up;
use crate::types::{DataType, text};

pub(super) fn cast(array: &ArrayRef, from: &DataType, to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    match from {
        DataType::Boolean => {
            let bytes = datafusion::arrow::compute::cast(array, &Arrow::Int8)?;
            super::cast_array(&bytes, &DataType::Byte, to, context)
        }
        from if from.is_integral() => {
            let longs = datafusion::arrow::compute::cast(array, &Arrow::Int64)?;
            from_long(longs.as_primitive::<Int64Type>(), from, to, context)
        }
        DataType::Float | DataType::Double => {
            let doubles = datafusion::arrow::compute::cast(array, &Arrow::Float64)?;
            from_double(doubles.as_primitive::<Float64Type>(), array, from, to, context)
        }
        DataType::Decimal { scale, .. } => {
            from_decimal(array.as_primitive::<Decimal128Type>(), *scale, from, to, context)
        }
        _ => Err(unknown(from, to)),
    }
}

pub(super) fn unknown(from: &DataType, to: &DataType) -> Error {
    Error::internal(format!("no cast from {from} to {to}"))
}

/// Applies `convert` to each value; `None` is an error or NULL, as the mode wants.
pub(super) fn convert<F: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    array: &PrimitiveArray<F>,
    mode: CastMode,
    convert: impl Fn(F::Native) -> Option<T::Native>,
    error: impl Fn(F::Native) -> Error,
) -> Result<ArrayRef> {
    let result: PrimitiveArray<T> = if mode.fails() {
        array.try_unary(|value| convert(value).ok_or_else(|| error(value)))?
    } else {
        array.unary_opt(convert)
    };
    Ok(Arc::new(result))
}

fn from_long(
    array: &PrimitiveArray<Int64Type>,
    from: &DataType,
    to: &DataType,
    context: &CastContext,
) -> Result<ArrayRef> {
    let mode = context.mode;
    let error = |value: i64| overflow(&integer_literal(value, from), from, to, mode);
    // Outside ANSI mode Java keeps the low bits.
    let wraps = mode == CastMode::Legacy;
    #[expect(clippy::cast_possible_truncation, reason = "Java's narrowing of integers")]
    match to {
        DataType::Boolean => {
            Ok(Arc::new(array.iter().map(|value| value.map(|value| value != 0)).collect::<BooleanArray>()))
        }
        // Outside ANSI mode only.
        DataType::Binary => Ok(Arc::new(
            array.iter().map(|value| value.map(|value| bytes_of(value, from))).collect::<BinaryViewArray>(),
        )),
        DataType::Byte if wraps => Ok(Arc::new(array.unary::<_, Int8Type>(|value| value as i8))),
        DataType::Short if wraps => Ok(Arc::new(array.unary::<_, Int16Type>(|value| value as i16))),
        DataType::Int if wraps => Ok(Arc::new(array.unary::<_, Int32Type>(|value| value as i32))),
        DataType::Byte => convert::<_, Int8Type>(array, mode, |value| i8::try_from(value).ok(), error),
        DataType::Short => convert::<_, Int16Type>(array, mode, |value| i16::try_from(value).ok(), error),
        DataType::Int => convert::<_, Int32Type>(array, mode, |value| i32::try_from(value).ok(), error),
        DataType::Decimal { precision, scale } => decimals(
            array,
            (*precision, *scale),
            mode,
            |value| rescale_half_up(i128::from(value), 0, i16::from(*scale), *precision),
            |value| value.to_string(),
        ),
        _ => Err(unknown(from, to)),
    }
}

/// The bytes of an integer as wide as its type, the highest first.
fn bytes_of(value: i64, data_type: &DataType) -> Vec<u8> {
    let width = match data_type {
        DataType::Byte => 1,
        DataType::Short => 2,
        DataType::Int => 4,
        _ => 8,
    };
    value.to_be_bytes()[8 - width..].to_vec()
}

fn decimals<F: ArrowPrimitiveType>(
    array: &PrimitiveArray<F>,
    (precision, scale): (u8, i8),
    mode: CastMode,
    convert_value: impl Fn(F::Native) -> Option<i128>,
    number: impl Fn(F::Native) -> String,
) -> Result<ArrayRef> {
    let error = |value| out_of_range(&number(value), precision, scale);
    let result = convert::<F, Decimal128Type>(array, mode, convert_value, error)?;
    Ok(Arc::new(result.as_primitive::<Decimal128Type>().clone().with_precision_and_scale(precision, scale)?))
}

fn from_double(
    array: &PrimitiveArray<Float64Type>,
    original: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &CastContext,
) -> Result<ArrayRef> {
    let mode = context.mode;
    let error = |value: f64| overflow(&double_literal(value, from), from, to, mode);
    #[expect(clippy::cast_possible_truncation, reason = "Java's narrowing: saturating, NaN is 0")]
    match to {
        DataType::Boolean => {
            Ok(Arc::new(array.iter().map(|value| value.map(|value| value != 0.0)).collect::<BooleanArray>()))
        }
        DataType::Float => Ok(Arc::new(array.unary::<_, Float32Type>(|value| value as f32))),
        DataType::Byte if mode == CastMode::Legacy => {
            Ok(Arc::new(array.unary::<_, Int8Type>(|value| value as i32 as i8)))
        }
        DataType::Short if mode == CastMode::Legacy => {
            Ok(Arc::new(array.unary::<_, Int16Type>(|value| value as i32 as i16)))
        }
        DataType::Int if mode == CastMode::Legacy => Ok(Arc::new(array.unary::<_, Int32Type>(|value| value as i32))),
        DataType::Long if mode == CastMode::Legacy => Ok(Arc::new(array.unary::<_, Int64Type>(|value| value as i64))),
        DataType::Byte => convert::<_, Int8Type>(
            array,
            mode,
            |value| within(value, f64::from(i8::MIN), f64::from(i8::MAX)).then_some(value as i8),
            error,
        ),
        DataType::Short => convert::<_, Int16Type>(
            array,
            mode,
            |value| within(value, f64::from(i16::MIN), f64::from(i16::MAX)).then_some(value as i16),
            error,
        ),
        DataType::Int => convert::<_, Int32Type>(
            array,
            mode,
            |value| within(value, f64::from(i32::MIN), f64::from(i32::MAX)).then_some(value as i32),
            error,
        ),
        #[expect(clippy::cast_precision_loss, reason = "as Spark compares")]
        DataType::Long => convert::<_, Int64Type>(
            array,
            mode,
            |value| within(value, i64::MIN as f64, i64::MAX as f64).then_some(value as i64),
            error,
        ),
        DataType::Decimal { precision, scale } => {
            let target = (*precision, *scale);
            if *from == DataType::Float {
                let floats = original.as_primitive::<Float32Type>();
                let write = |value: f32| {
                    let mut number = String::new();
                    text::write_float(&mut number, value);
                    number
                };
                let finite = nulls_for(floats, |value| !value.is_finite());
                return decimals(&finite, target, mode, |value| shortest(&write(value), target), write);
            }
            let write = |value: f64| {
                let mut number = String::new();
                text::write_double(&mut number, value);
                number
            };
            let finite = nulls_for(array, |value| !value.is_finite());
            decimals(&finite, target, mode, |value| shortest(&write(value), target), write)
        }
        _ => Err(unknown(from, to)),
    }
}

/// The numbers with NULL for those that no decimal can be, in ANSI mode too.
fn nulls_for<F: ArrowPrimitiveType>(
    array: &PrimitiveArray<F>,
    is_none: impl Fn(F::Native) -> bool,
) -> PrimitiveArray<F> {
    array.unary_opt(|value| (!is_none(value)).then_some(value))
}

/// Spark's test before it cuts the fraction off.
fn within(value: f64, least: f64, most: f64) -> bool {
    value.floor() <= most && value.ceil() >= least
}

/// The decimal of the number's shortest text, as Java's `BigDecimal.valueOf`.
fn shortest(number: &str, (precision, scale): (u8, i8)) -> Option<i128> {
    let (value, from_scale) = crate::types::reading::decimal(number)?.ok()?;
    rescale_half_up(value, from_scale, i16::from(scale), precision)
}

fn from_decimal(
    array: &PrimitiveArray<Decimal128Type>,
    scale: i8,
    from: &DataType,
    to: &DataType,
    context: &CastContext,
) -> Result<ArrayRef> {
    let mode = context.mode;
    let factor = 10_i128.pow(u32::from(scale.unsigned_abs()));
    let whole = |value: i128| if scale >= 0 { value / factor } else { value.saturating_mul(factor) };
    let error = |value: i128| overflow(&decimal_literal(value, scale), from, to, mode);
    let number = |value: i128| {
        let mut number = String::new();
        text::write_decimal(&mut number, value, scale);
        number
    };
    #[expect(clippy::cast_possible_truncation, reason = "Java's narrowing of integers")]
    match to {
        DataType::Boolean => {
            Ok(Arc::new(array.iter().map(|value| value.map(|value| value != 0)).collect::<BooleanArray>()))
        }
        DataType::Byte if mode == CastMode::Legacy => {
            Ok(Arc::new(array.unary::<_, Int8Type>(|value| whole(value) as i8)))
        }
        DataType::Short if mode == CastMode::Legacy => {
            Ok(Arc::new(array.unary::<_, Int16Type>(|value| whole(value) as i16)))
        }
        DataType::Int if mode == CastMode::Legacy => {
            Ok(Arc::new(array.unary::<_, Int32Type>(|value| whole(value) as i32)))
        }
        DataType::Long if mode == CastMode::Legacy => {
            Ok(Arc::new(array.unary::<_, Int64Type>(|value| whole(value) as i64)))
        }
        DataType::Byte => convert::<_, Int8Type>(array, mode, |value| i8::try_from(whole(value)).ok(), error),
        DataType::Short => convert::<_, Int16Type>(array, mode, |value| i16::try_from(whole(value)).ok(), error),
        DataType::Int => convert::<_, Int32Type>(array, mode, |value| i32::try_from(whole(value)).ok(), error),
        DataType::Long => convert::<_, Int64Type>(array, mode, |value| i64::try_from(whole(value)).ok(), error),
        DataType::Float => convert::<_, Float32Type>(array, mode, |value| number(value).parse().ok(), error),
        DataType::Double => convert::<_, Float64Type>(array, mode, |value| number(value).parse().ok(), error),
        DataType::Decimal { precision, scale: to_scale } => decimals(
            array,
            (*precision, *to_scale),
            mode,
            |value| rescale_half_up(value, i16::from(scale), i16::from(*to_scale), *precision),
            number,
        ),
        _ => Err(unknown(from, to)),
    }
}
