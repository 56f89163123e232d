//! Casts that are written, and what literals of no type become beside values of one.

use datafusion::logical_expr::Expr;

use crate::error::{Result, Span};
use crate::functions::Typed;
use crate::functions::postgres::casts::cast;
use crate::sql::ast::{Expression, ExpressionKind, Literal};
use crate::types::postgres::NUMERIC;
use crate::types::{DataType, reading};

use super::super::Binder;

/// `operand::data_type`
pub(in crate::binder) fn explicit(
    binder: &Binder<'_>,
    written: &Expression,
    operand: Typed,
    to: &DataType,
    span: Span,
) -> Result<Typed> {
    let context = binder.environment.context;
    let to = if *to == NUMERIC { numeric_of(written, &operand) } else { to.clone() };
    cast(operand, &to, context).map_err(|error| error.at(span))
}

/// NUMERIC without precision has the digits that its operand has.
fn numeric_of(written: &Expression, operand: &Typed) -> DataType {
    match (&operand.data_type, &written.kind) {
        (DataType::Byte | DataType::Short, _) => DataType::Decimal { precision: 5, scale: 0 },
        (DataType::Int, _) => DataType::Decimal { precision: 10, scale: 0 },
        (DataType::Long, _) => DataType::Decimal { precision: 19, scale: 0 },
        (decimal @ DataType::Decimal { .. }, _) => decimal.clone(),
        (_, ExpressionKind::Literal(Literal::String(text))) => match reading::decimal(text) {
            Some(Ok((value, scale))) if (0..=38).contains(&scale) => {
                let digits = value.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
                let scale = i8::try_from(scale).unwrap_or(0);
                let precision = u8::try_from(digits).unwrap_or(38).max(scale.unsigned_abs());
                DataType::Decimal { precision, scale }
            }
            _ => NUMERIC,
        },
        _ => NUMERIC,
    }
}

/// A string literal beside a value of that type: it is read as PostgreSQL reads values of it.
pub(in crate::binder) fn implicit_literal(
    binder: &Binder<'_>,
    operand: Typed,
    to: &DataType,
    span: Span,
) -> Result<Typed> {
    let literal =
        matches!(&operand.expr, Expr::Literal(value, _) if !value.is_null()) && operand.data_type == DataType::String;
    if !literal || to.is_string() || matches!(to, DataType::Null | DataType::Map { .. } | DataType::Struct(_)) {
        return Ok(operand);
    }
    let to = match (to, &operand.expr) {
        // A number keeps the digits it was written with.
        (DataType::Decimal { .. }, Expr::Literal(value, _)) => {
            let text = value.try_as_str().flatten().unwrap_or_default().to_owned();
            let written = Expression { kind: ExpressionKind::Literal(Literal::String(text)), span };
            numeric_of(&written, &operand)
        }
        (to, _) => to.clone(),
    };
    cast(operand, &to, binder.environment.context).map_err(|error| error.at(span))
}
