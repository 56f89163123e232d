//! Functions of doubles, as Java's `Math` computes them.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;

use crate::error::Result;
use crate::functions::Arguments;

/// One double to one double, the whole array at once.
pub(super) fn map(arguments: &Arguments<'_>, function: impl Fn(f64) -> f64) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    Ok(ColumnarValue::Array(Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(function))))
}

/// NULL up to the limit.
pub(super) fn positive(arguments: &Arguments<'_>, limit: f64, function: impl Fn(f64) -> f64) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Float64Type>(0)?;
    arguments.compute::<Float64Type>(|row| {
        let value = values.get(row)?;
        // NaN is not below the limit.
        if value <= limit { None } else { Some(function(value)) }
    })
}

pub(super) fn map2(arguments: &Arguments<'_>, function: impl Fn(f64, f64) -> f64) -> Result<ColumnarValue> {
    let (left, right) = (arguments.values_of::<Float64Type>(0)?, arguments.values_of::<Float64Type>(1)?);
    arguments.compute::<Float64Type>(|row| Some(function(left.get(row)?, right.get(row)?)))
}

/// Java, unlike C, takes neither 1 to the NaN nor (-1) to the infinity for a number.
pub(super) fn power(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    map2(arguments, |base, exponent| {
        if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) }
    })
}

/// `log([base, ]value)`
pub(super) fn log(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    if arguments.len() == 1 {
        return positive(arguments, 0.0, f64::ln);
    }
    let (base, value) = (arguments.values_of::<Float64Type>(0)?, arguments.values_of::<Float64Type>(1)?);
    arguments.compute::<Float64Type>(|row| {
        let (base, value) = (base.get(row)?, value.get(row)?);
        if base <= 0.0 || value <= 0.0 { None } else { Some(value.ln() / base.ln()) }
    })
}

pub(super) fn asinh(value: f64) -> f64 {
    match value {
        f64::NEG_INFINITY => f64::NEG_INFINITY,
        _ => (value + (value * value + 1.0).sqrt()).ln(),
    }
}

/// The bucket of a value among equal ones between two bounds.
pub(super) fn width_bucket(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let number = |n| arguments.values_of::<Float64Type>(n);
    let (value, low, high) = (number(0)?, number(1)?, number(2)?);
    let buckets = arguments.values_of::<Int64Type>(3)?;
    arguments.compute::<Int64Type>(|row| {
        let (value, low, high, buckets) = (value.get(row)?, low.get(row)?, high.get(row)?, buckets.get(row)?);
        if buckets <= 0 || buckets == i64::MAX || value.is_nan() || low == high || !low.is_finite() || !high.is_finite()
        {
            return None;
        }
        let (lower, upper) = (low.min(high), low.max(high));
        Some(if low < high {
            if value < lower {
                0
            } else if value >= upper {
                buckets + 1
            } else {
                (buckets as f64 * (value - lower) / (upper - lower)) as i64 + 1
            }
        } else if value > upper {
            0
        } else if value <= lower {
            buckets + 1
        } else {
            (buckets as f64 * (upper - value) / (upper - lower)) as i64 + 1
        })
    })
}
