//! Decimals whose results have to be fitted: computed exactly, then rounded half up to the result's scale.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{Decimal128Type, Int64Type, i256};
use datafusion::logical_expr::ColumnarValue;

use super::super::cast::CastMode;
use super::super::kernel::{Arguments, Kernel};
use super::numbers::{divide_by_zero, overflow, remainder_by_zero};
use super::{Operator, options};
use crate::error::{Error, NUMERIC_VALUE_OUT_OF_RANGE, Result};
use crate::types::DataType;

pub(super) static DECIMAL: Kernel = Kernel::new("decimal_arithmetic", run).fallible();

fn run(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (operator, mode) = options(arguments.parameters);
    let scale = |n: usize| match &arguments.parameters.arguments[n] {
        DataType::Decimal { scale, .. } => i32::from(*scale),
        _ => 0,
    };
    let (left, right) = (arguments.array(0)?, arguments.array(1)?);
    let (left, right) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
    let fail = mode.fails();
    let nothing = |error: fn() -> Error| if fail { Err(error()) } else { Ok(None) };
    match &arguments.parameters.returns {
        DataType::Decimal { precision, scale: to } => {
            let target = Target { precision: *precision, scale: i32::from(*to), fail };
            let mut values = PrimitiveArray::<Decimal128Type>::builder(left.len());
            let compute = Compute { operator, left_scale: scale(0), right_scale: scale(1), target };
            let narrow = Narrow::new(&compute);
            for row in 0..left.len() {
                if left.is_null(row) || right.is_null(row) {
                    values.append_null();
                    continue;
                }
                let (a, b) = (left.value(row), right.value(row));
                let value = match operator {
                    Operator::Divide if b == 0 => nothing(divide_by_zero)?,
                    Operator::Modulo if b == 0 => nothing(remainder_by_zero)?,
                    _ => match narrow.value(a, b) {
                        Some(value) => Some(value),
                        None => compute.value(a, b)?,
                    },
                };
                values.append_option(value);
            }
            Ok(ColumnarValue::Array(Arc::new(values.finish().with_precision_and_scale(*precision, *to)?)))
        }
        _ => {
            let mut values = PrimitiveArray::<Int64Type>::builder(left.len());
            for row in 0..left.len() {
                if left.is_null(row) || right.is_null(row) {
                    values.append_null();
                    continue;
                }
                let (a, b) = (left.value(row), right.value(row));
                if b == 0 {
                    if fail {
                        return Err(divide_by_zero());
                    }
                    values.append_null();
                    continue;
                }
                let shift = scale(1) - scale(0);
                let quotient = shifted(i256::from_i128(a), shift.max(0))
                    .wrapping_div(shifted(i256::from_i128(b), (-shift).max(0)));
                let long = quotient.to_i128().and_then(|value| i64::try_from(value).ok());
                if long.is_none() && mode == CastMode::Ansi {
                    return Err(overflow("Overflow in integral divide", Some("try_divide")));
                }
                #[expect(clippy::cast_possible_truncation, reason = "Java's `longValue`")]
                let wrapped = || quotient.as_i128() as i64;
                values.append_option(if mode == CastMode::Legacy { Some(long.unwrap_or_else(wrapped)) } else { long });
            }
            Ok(ColumnarValue::Array(Arc::new(values.finish())))
        }
    }
}

/// Sums, differences and products that have room for every digit of any two operands.
pub(super) static ROOMY: Kernel = Kernel::new("roomy_decimal_arithmetic", run_roomy);

/// 64 bits hold so many digits.
const LONG_DIGITS: u8 = 18;

fn run_roomy(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (operator, _) = options(arguments.parameters);
    let [(left_digits, left_scale), (right_digits, right_scale)] =
        [0, 1].map(|n| arguments.parameters.arguments[n].as_decimal().unwrap_or((38, 0)));
    let power = |scale: i8| 10_i128.pow((left_scale.max(right_scale) - scale).unsigned_abs().into());
    let (left, right) = (power(left_scale), power(right_scale));
    match operator {
        #[expect(clippy::cast_possible_truncation, reason = "they have no more digits")]
        Operator::Multiply if left_digits.max(right_digits) <= LONG_DIGITS => {
            combine(arguments, |a, b| i128::from(a as i64) * i128::from(b as i64))
        }
        Operator::Multiply => combine(arguments, i128::wrapping_mul),
        Operator::Subtract if left_scale == right_scale => combine(arguments, i128::wrapping_sub),
        Operator::Subtract => combine(arguments, |a, b| a.wrapping_mul(left).wrapping_sub(b.wrapping_mul(right))),
        _ if left_scale == right_scale => combine(arguments, i128::wrapping_add),
        _ => combine(arguments, |a, b| a.wrapping_mul(left).wrapping_add(b.wrapping_mul(right))),
    }
}

fn combine(arguments: &Arguments<'_>, operator: impl Fn(i128, i128) -> i128) -> Result<ColumnarValue> {
    arguments.combine::<Decimal128Type, Decimal128Type, Decimal128Type>(operator)
}

#[derive(Clone, Copy)]
struct Target {
    precision: u8,
    scale: i32,
    fail: bool,
}

struct Compute {
    operator: Operator,
    left_scale: i32,
    right_scale: i32,
    target: Target,
}

impl Compute {
    fn value(&self, a: i128, b: i128) -> Result<Option<i128>> {
        let (wide_a, wide_b) = (i256::from_i128(a), i256::from_i128(b));
        let common = self.left_scale.max(self.right_scale);
        let align = |value: i256, scale: i32| shifted(value, common - scale);
        let (value, scale) = match self.operator {
            Operator::Add => (align(wide_a, self.left_scale).wrapping_add(align(wide_b, self.right_scale)), common),
            Operator::Subtract => {
                (align(wide_a, self.left_scale).wrapping_sub(align(wide_b, self.right_scale)), common)
            }
            Operator::Multiply => (wide_a.wrapping_mul(wide_b), self.left_scale + self.right_scale),
            Operator::Modulo => (align(wide_a, self.left_scale).wrapping_rem(align(wide_b, self.right_scale)), common),
            Operator::Divide | Operator::IntegerDivide => {
                // The quotient at the result's scale, rounded by its remainder.
                let shift = self.target.scale + self.right_scale - self.left_scale;
                let dividend = shifted(wide_a, shift.max(0));
                let divisor = shifted(wide_b, (-shift).max(0));
                (rounded(dividend, divisor), self.target.scale)
            }
        };
        self.fit(value, scale)
    }

    fn fit(&self, value: i256, scale: i32) -> Result<Option<i128>> {
        let target = self.target;
        let fitted = if scale > target.scale {
            rounded(value, shifted(i256::ONE, scale - target.scale))
        } else {
            shifted(value, target.scale - scale)
        };
        let limit = 10_i128.pow(u32::from(target.precision));
        match fitted.to_i128() {
            Some(fitted) if -limit < fitted && fitted < limit => Ok(Some(fitted)),
            _ if target.fail => Err(out_of_range(value, scale, target)),
            _ => Ok(None),
        }
    }
}

/// The same in 128 bits, for operands that have room there.
struct Narrow {
    operator: Operator,
    /// What the operands are multiplied by first; 0 where that has no room.
    left_factor: i128,
    right_factor: i128,
    /// What the value is multiplied by, and then divided by.
    factor: i128,
    divisor: i128,
    limit: i128,
}

impl Narrow {
    fn new(compute: &Compute) -> Self {
        let power = |places: i32| 10_i128.checked_pow(places.max(0).unsigned_abs()).unwrap_or(0);
        let (left, right, target) = (compute.left_scale, compute.right_scale, compute.target);
        let common = left.max(right);
        let (left_places, right_places, scale) = match compute.operator {
            Operator::Add | Operator::Subtract | Operator::Modulo => (common - left, common - right, common),
            Operator::Multiply => (0, 0, left + right),
            Operator::Divide | Operator::IntegerDivide => {
                (target.scale + right - left, left - right - target.scale, target.scale)
            }
        };
        Self {
            operator: compute.operator,
            left_factor: power(left_places),
            right_factor: power(right_places),
            factor: power(target.scale - scale),
            divisor: power(scale - target.scale),
            limit: power(target.precision.into()),
        }
    }

    /// `None` if a digit might be lost, or if the value is too large for its type.
    fn value(&self, a: i128, b: i128) -> Option<i128> {
        if self.left_factor == 0 || self.right_factor == 0 || self.factor == 0 || self.divisor == 0 {
            return None;
        }
        let (a, b) = (product(a, self.left_factor)?, product(b, self.right_factor)?);
        let value = match self.operator {
            Operator::Add => a.checked_add(b)?,
            Operator::Subtract => a.checked_sub(b)?,
            Operator::Multiply => product(a, b)?,
            Operator::Modulo => a.checked_rem(b)?,
            Operator::Divide | Operator::IntegerDivide => quotient(a, b)?,
        };
        let value = product(value, self.factor)?;
        let value = if self.divisor == 1 { value } else { quotient(value, self.divisor)? };
        (value.unsigned_abs() < self.limit.unsigned_abs()).then_some(value)
    }
}

/// Most are products of 64 bits, which cannot overflow.
#[inline]
fn product(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b),
    }
}

/// Rounded half away from zero.
fn quotient(dividend: i128, divisor: i128) -> Option<i128> {
    let (quotient, remainder) = match (i64::try_from(dividend), i64::try_from(divisor)) {
        (Ok(a), Ok(b)) => (a.checked_div(b)?.into(), a.checked_rem(b)?.into()),
        _ => (dividend.checked_div(divisor)?, dividend.checked_rem(divisor)?),
    };
    let (remainder, whole): (u128, u128) = (i128::unsigned_abs(remainder), divisor.unsigned_abs());
    if remainder < whole - remainder {
        return Some(quotient);
    }
    Some(if (dividend < 0) == (divisor < 0) { quotient + 1 } else { quotient - 1 })
}

fn shifted(value: i256, places: i32) -> i256 {
    let mut shifted = value;
    for _ in 0..places {
        shifted = shifted.wrapping_mul(i256::from_i128(10));
    }
    shifted
}

/// The quotient rounded half away from zero.
fn rounded(dividend: i256, divisor: i256) -> i256 {
    let quotient = dividend.wrapping_div(divisor);
    let remainder = dividend.wrapping_rem(divisor);
    let twice = remainder.wrapping_abs().wrapping_mul(i256::from_i128(2));
    if twice < divisor.wrapping_abs() {
        return quotient;
    }
    let away = if dividend.is_negative() == divisor.is_negative() { i256::ONE } else { i256::MINUS_ONE };
    quotient.wrapping_add(away)
}

fn out_of_range(value: i256, scale: i32, target: Target) -> Error {
    let digits = value.wrapping_abs().to_string();
    let scale = usize::try_from(scale).unwrap_or(0);
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if value.is_negative() { "-" } else { "" };
    let number = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    Error::new(
        &NUMERIC_VALUE_OUT_OF_RANGE,
        format!(
            "{number} cannot be represented as Decimal({}, {}). If necessary set \"spark.sql.ansi.enabled\" to \
             \"false\" to bypass this error, and return NULL instead",
            target.precision, target.scale
        ),
    )
    .subcondition("WITH_SUGGESTION")
}
