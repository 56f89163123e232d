//! Operators: which types they take, and the DataFusion expressions they become.
//!
//! Arithmetic is `functions::arithmetic`; here are comparisons, logic, LIKE, bits, concatenation, fields and elements.

use datafusion::logical_expr::{Between, Expr, Operator as Df, binary_expr};
use datafusion::scalar::ScalarValue;

use crate::error::Result;
use crate::functions::Typed;
use crate::functions::arithmetic::{self, Mismatch, Side};
use crate::functions::cast::CastMode;
use crate::functions::once::once;
use crate::sql::ast::{BinaryOperator, Expression, ExpressionKind, UnaryOperator};
use crate::types::DataType;

use super::comparisons::{compare, null_safe_equal};
use super::expressions::bind;
use super::operation::Operation;
use super::scope::ExpressionScope;
use super::{Binder, calls, coercion, negation, postgres};

/// A boolean that is NULL.
pub fn unknown() -> Typed {
    Typed { expr: Expr::Literal(ScalarValue::Boolean(None), None), data_type: DataType::Boolean, nullable: true }
}

pub(super) fn boolean(expr: Expr, nullable: bool) -> Typed {
    Typed { expr, data_type: DataType::Boolean, nullable }
}

pub fn not(operand: Typed) -> Typed {
    Typed { expr: Expr::Not(Box::new(operand.expr)), ..operand }
}

/// Binary operators. A chain leans to the left; it is walked rather than descended into.
pub(super) fn chain(binder: &Binder<'_>, expression: &Expression, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    let mut links = Vec::new();
    let mut leftmost = expression;
    let mut rewritten = None;
    while let ExpressionKind::Binary { left, operator, right } = &leftmost.kind {
        rewritten = negation::of_comparison(leftmost);
        if rewritten.is_some() {
            break;
        }
        links.push((leftmost, *operator, right));
        leftmost = left;
    }
    let mut value = bind(binder, rewritten.as_ref().unwrap_or(leftmost), scope)?;
    for (whole, operator, right) in links.into_iter().rev() {
        let right = bind(binder, right, scope)?;
        let _here = binder.environment.context.here.stand_at(whole.span);
        let operation = Operation { binder, whole, scope };
        value = binary(operation, operator, value, right)?;
    }
    Ok(value)
}

fn binary(operation: Operation<'_>, operator: BinaryOperator, left: Typed, right: Typed) -> Result<Typed> {
    let (left, right) = match operation.binder.is_postgres() {
        true => match postgres::binary(operation, operator, left, right)? {
            Ok(found) => return Ok(found),
            Err(operands) => operands,
        },
        false => (left, right),
    };
    let arithmetic = match operator {
        BinaryOperator::Plus => arithmetic::Operator::Add,
        BinaryOperator::Minus => arithmetic::Operator::Subtract,
        BinaryOperator::Multiply => arithmetic::Operator::Multiply,
        BinaryOperator::Divide => arithmetic::Operator::Divide,
        BinaryOperator::IntegerDivide => arithmetic::Operator::IntegerDivide,
        BinaryOperator::Modulo => arithmetic::Operator::Modulo,
        BinaryOperator::And | BinaryOperator::Or => return logical(operation, operator, left, right),
        BinaryOperator::Eq => return compare(operation, Df::Eq, left, right),
        BinaryOperator::NotEq => return compare(operation, Df::NotEq, left, right),
        BinaryOperator::Lt => return compare(operation, Df::Lt, left, right),
        BinaryOperator::LtEq => return compare(operation, Df::LtEq, left, right),
        BinaryOperator::Gt => return compare(operation, Df::Gt, left, right),
        BinaryOperator::GtEq => return compare(operation, Df::GtEq, left, right),
        BinaryOperator::NullSafeEq => return null_safe_equal(operation, left, right),
        BinaryOperator::BitAnd => return bitwise(operation, Df::BitwiseAnd, left, right),
        BinaryOperator::BitOr => return bitwise(operation, Df::BitwiseOr, left, right),
        BinaryOperator::BitXor => return bitwise(operation, Df::BitwiseXor, left, right),
        BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight | BinaryOperator::ShiftRightUnsigned => {
            return shift(operation, operator, left, right);
        }
        BinaryOperator::Concat => return concat(operation, left, right),
    };
    let context = operation.binder.environment.context;
    let types = (left.data_type.clone(), right.data_type.clone());
    let result = arithmetic::binary(arithmetic, left, right, CastMode::implicit(context), context)
        .map_err(|error| error.at(operation.whole.span))?;
    result.map_err(|why| match why {
        Mismatch::Different => operation.different_types(&types.0, &types.1),
        Mismatch::Wrong(required, found) => operation.wrong_type(required, &found),
        Mismatch::Input(side, required) => {
            let found = if side == Side::Left { &types.0 } else { &types.1 };
            operation.unexpected_type(side.position(), required, found)
        }
    })
}

pub(super) fn unary(operation: Operation<'_>, operator: UnaryOperator, operand: Typed) -> Result<Typed> {
    let context = operation.binder.environment.context;
    let unexpected = |required: &str, found: &DataType| operation.unexpected_type(0, required, found);
    const NUMERIC: &str = "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")";
    match operator {
        UnaryOperator::Not => match &operand.data_type {
            DataType::Boolean | DataType::Null => Ok(not(operation.implicit(operand, &DataType::Boolean)?)),
            found if found.is_string() => Ok(not(operation.implicit(operand, &DataType::Boolean)?)),
            found => Err(unexpected("\"BOOLEAN\"", found)),
        },
        UnaryOperator::Minus | UnaryOperator::Plus => {
            let operand = match &operand.data_type {
                found if found.is_string() || *found == DataType::Null => {
                    operation.implicit(operand, &DataType::Double)?
                }
                _ => operand,
            };
            if operator == UnaryOperator::Plus {
                return if operand.data_type.is_numeric() || operand.data_type.is_interval() {
                    Ok(operand)
                } else {
                    Err(unexpected(NUMERIC, &operand.data_type))
                };
            }
            let found = operand.data_type.clone();
            arithmetic::negate(operand, CastMode::implicit(context), context).ok_or_else(|| unexpected(NUMERIC, &found))
        }
        UnaryOperator::BitNot => {
            let operand = match &operand.data_type {
                DataType::Null => operation.implicit(operand, &DataType::Int)?,
                _ => operand,
            };
            if !operand.data_type.is_integral() {
                return Err(unexpected("\"INTEGRAL\"", &operand.data_type));
            }
            let ones = ScalarValue::Int64(Some(-1)).cast_to(&operand.data_type.to_arrow())?;
            let expr = binary_expr(operand.expr, Df::BitwiseXor, Expr::Literal(ones, None));
            Ok(Typed { expr, ..operand })
        }
    }
}

/// AND and OR. What may fail on the right does not run where the left has decided.
fn logical(operation: Operation<'_>, operator: BinaryOperator, left: Typed, right: Typed) -> Result<Typed> {
    let usable =
        |data_type: &DataType| matches!(data_type, DataType::Boolean | DataType::Null) || data_type.is_string();
    if !usable(&left.data_type) || !usable(&right.data_type) {
        return Err(if left.data_type == right.data_type {
            operation.wrong_type("\"BOOLEAN\"", &left.data_type)
        } else {
            operation.different_types(&left.data_type, &right.data_type)
        });
    }
    if left.data_type.is_string() && right.data_type.is_string() {
        return Err(operation.wrong_type("\"BOOLEAN\"", &left.data_type));
    }
    let left = operation.implicit(left, &DataType::Boolean)?;
    let right = operation.implicit(right, &DataType::Boolean)?;
    let nullable = left.nullable || right.nullable;
    let operator = if operator == BinaryOperator::And { Df::And } else { Df::Or };
    Ok(boolean(super::logical::chain(left.expr, operator, right.expr)?, nullable))
}

pub(super) fn between(
    operation: Operation<'_>,
    operand: Typed,
    low: Typed,
    high: Typed,
    negated: bool,
) -> Result<Typed> {
    // Spark pads no CHAR column here, as it does for the two comparisons written out.
    let simple = operand.data_type == low.data_type
        && operand.data_type == high.data_type
        && operand.data_type.is_atomic()
        && operand.data_type.is_orderable()
        && !matches!(operand.data_type, DataType::Float | DataType::Double | DataType::Null);
    if simple {
        let nullable = operand.nullable || low.nullable || high.nullable;
        let between = Between::new(Box::new(operand.expr), negated, Box::new(low.expr), Box::new(high.expr));
        return Ok(boolean(Expr::Between(between), nullable));
    }
    let limits = [low.expr.clone(), high.expr.clone()];
    once(operand, &[&limits[0], &limits[1]], |operand| {
        let from = compare(operation, Df::GtEq, operand.clone(), low)?;
        let to = compare(operation, Df::LtEq, operand, high)?;
        let nullable = from.nullable || to.nullable;
        let both = boolean(binary_expr(from.expr, Df::And, to.expr), nullable);
        Ok(if negated { not(both) } else { both })
    })
}

fn bitwise(operation: Operation<'_>, operator: Df, left: Typed, right: Typed) -> Result<Typed> {
    let ansi = operation.binder.environment.context.ansi;
    let types = (left.data_type.clone(), right.data_type.clone());
    let common = match crate::types::coercion::common_type(&types.0, &types.1, true) {
        Some(DataType::Null) => DataType::Int,
        Some(common) => common,
        None => return Err(operation.different_types(&types.0, &types.1)),
    };
    if !common.is_integral() {
        return Err(if types.0 == types.1 || !ansi {
            operation.wrong_type("\"INTEGRAL\"", &types.0)
        } else {
            operation.different_types(&types.0, &types.1)
        });
    }
    let nullable = left.nullable || right.nullable;
    let left = operation.implicit(left, &common)?;
    let right = operation.implicit(right, &common)?;
    Ok(Typed { expr: binary_expr(left.expr, operator, right.expr), data_type: common, nullable })
}

fn shift(operation: Operation<'_>, operator: BinaryOperator, left: Typed, right: Typed) -> Result<Typed> {
    let context = operation.binder.environment.context;
    let to = match &left.data_type {
        DataType::Long => DataType::Long,
        DataType::Byte | DataType::Short | DataType::Int | DataType::Null => DataType::Int,
        found if found.is_string() => DataType::Int,
        found => return Err(operation.unexpected_type(0, "(\"INT\" or \"BIGINT\")", found)),
    };
    let left = operation.implicit(left, &to)?;
    let right = operation.implicit(right, &DataType::Int)?;
    Ok(match operator {
        BinaryOperator::ShiftLeft => arithmetic::shift_left(left, right, context),
        BinaryOperator::ShiftRight => arithmetic::shift_right(left, right, context),
        _ => arithmetic::shift_right_unsigned(left, right, context),
    })
}

/// `||` of strings; of arrays and binaries it is the function `concat`.
fn concat(operation: Operation<'_>, left: Typed, right: Typed) -> Result<Typed> {
    let not_text = |data_type: &DataType| !data_type.is_atomic() || *data_type == DataType::Binary;
    let collated = left.data_type.is_collated() || right.data_type.is_collated();
    if collated || not_text(&left.data_type) || not_text(&right.data_type) {
        let Operation { binder, whole, .. } = operation;
        let texts = [operation.operand_text(0), operation.operand_text(1)];
        let mut operands = [left, right];
        crate::functions::collations::meet_arguments("concat", &mut operands).map_err(|error| error.at(whole.span))?;
        coercion::note(binder, whole, &operands);
        return calls::scalar(binder, "concat", &operands, &texts, whole.span);
    }
    let nullable = left.nullable || right.nullable;
    let left = operation.implicit(left, &DataType::String)?;
    let right = operation.implicit(right, &DataType::String)?;
    Ok(Typed { expr: binary_expr(left.expr, Df::StringConcat, right.expr), data_type: DataType::String, nullable })
}
