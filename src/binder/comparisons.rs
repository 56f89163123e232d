//! Comparisons: both sides brought to one type, and floats compared as SQL has it.

use datafusion::logical_expr::{Expr, Operator as Df, binary_expr};
use datafusion::scalar::ScalarValue;

use crate::error::Result;
use crate::functions::{Typed, floats};
use crate::types::DataType;

use super::char_padding;
use super::coercion::comparable;
use super::operation::Operation;
use super::operators::{boolean, unknown};

/// `left operator right`, for `=` and what orders.
pub(super) fn compare(operation: Operation<'_>, operator: Df, left: Typed, right: Typed) -> Result<Typed> {
    let nullable = left.nullable || right.nullable;
    let (left, right) = padded(operation, left, right)?;
    let (left, right, common) = comparable(operation, left, right)?;
    if common == DataType::Null {
        return Ok(unknown());
    }
    let (left, right) = zeros(&common, left, right, operator);
    Ok(boolean(binary_expr(left, operator, right), nullable))
}

/// 0.0 and -0.0 are equal in SQL and not in Arrow. A constant zero is given the sign that makes the comparison right
/// where one can; other comparisons of floats with constants need nothing.
fn zeros(common: &DataType, left: Typed, right: Typed, operator: Df) -> (Expr, Expr) {
    let is_float = matches!(common, DataType::Float | DataType::Double);
    if !is_float {
        return (floats::without_zero_signs(left).expr, floats::without_zero_signs(right).expr);
    }
    let zero = |negative: bool| {
        let value = if negative { -0.0 } else { 0.0 };
        let literal = match common {
            #[expect(clippy::cast_possible_truncation, reason = "a zero is a zero")]
            DataType::Float => ScalarValue::Float32(Some(value as f32)),
            _ => ScalarValue::Float64(Some(value)),
        };
        Expr::Literal(literal, None)
    };
    match (constant(&left.expr), constant(&right.expr)) {
        (None, Some(0.0)) => match operator {
            Df::GtEq | Df::Lt => (left.expr, zero(true)),
            Df::LtEq | Df::Gt => (left.expr, zero(false)),
            _ => (floats::positive_zero(left.expr, common), zero(false)),
        },
        (Some(0.0), None) => match operator {
            Df::LtEq | Df::Gt => (zero(true), right.expr),
            Df::GtEq | Df::Lt => (zero(false), right.expr),
            _ => (zero(false), floats::positive_zero(right.expr, common)),
        },
        (None, Some(_)) | (Some(_), None) => (left.expr, right.expr),
        _ => (floats::positive_zero(left.expr, common), floats::positive_zero(right.expr, common)),
    }
}

/// Whether the expression is anything but a constant that is not zero.
pub(super) fn may_be_zero(expr: &Expr) -> bool {
    constant(expr).is_none_or(|value| value == 0.0)
}

fn constant(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => Some(*value),
        Expr::Literal(ScalarValue::Float32(Some(value)), _) => Some(f64::from(*value)),
        _ => None,
    }
}

/// `left = right`, for CASE with an operand and the like.
pub(super) fn equal(operation: Operation<'_>, left: Typed, right: Typed) -> Result<Typed> {
    compare(operation, Df::Eq, left, right)
}

fn padded(operation: Operation<'_>, left: Typed, right: Typed) -> Result<(Typed, Typed)> {
    let mut pair = [left, right];
    char_padding::pad(operation.binder, &mut pair, operation.whole.span)?;
    let [left, right] = pair;
    Ok((left, right))
}

/// `left <=> right`
pub(super) fn null_safe_equal(operation: Operation<'_>, left: Typed, right: Typed) -> Result<Typed> {
    let (left, right) = padded(operation, left, right)?;
    let (left, right, common) = comparable(operation, left, right)?;
    if common == DataType::Null {
        return Ok(boolean(Expr::Literal(ScalarValue::Boolean(Some(true)), None), false));
    }
    let (left, right) = zeros(&common, left, right, Df::IsNotDistinctFrom);
    Ok(boolean(binary_expr(left, Df::IsNotDistinctFrom, right), false))
}
