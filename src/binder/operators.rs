//! Operators: which types they take, and the DataFusion expressions they become.
//!
//! Arithmetic is `functions::arithmetic`; here are comparisons, logic, LIKE, bits, concatenation, fields and elements.

use datafusion::logical_expr::{Between, BinaryExpr, Case, Expr, Operator as Df};
use datafusion::scalar::ScalarValue;

use crate::error::{Error, Result};
use crate::functions::Typed;
use crate::functions::arithmetic::{self, Mismatch};
use crate::functions::cast::CastMode;
use crate::functions::constant::evaluate;
use crate::functions::kernel::KernelFunction;
use crate::sql::ast::{BinaryOperator, Expression, ExpressionKind, UnaryOperator};
use crate::types::DataType;

use super::casts::implicit;
use super::coercion::{different_types, mismatch, wrong_type};
use super::column_names::text_in;
use super::comparisons::{compare, null_safe_equal};
use super::expressions::bind;
use super::scope::ExpressionScope;
use super::{Binder, calls, coercion};

/// A boolean that is NULL.
pub fn unknown() -> Typed {
    Typed { expr: Expr::Literal(ScalarValue::Boolean(None), None), data_type: DataType::Boolean, nullable: true }
}

pub(super) fn boolean(expr: Expr, nullable: bool) -> Typed {
    Typed { expr, data_type: DataType::Boolean, nullable }
}

pub(super) fn binary_expr(left: Expr, operator: Df, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

pub fn not(operand: Typed) -> Typed {
    Typed { expr: Expr::Not(Box::new(operand.expr)), ..operand }
}

/// Binary operators. A chain leans to the left; it is walked rather than descended into.
pub(super) fn chain(binder: &Binder<'_>, expression: &Expression, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    let mut links = Vec::new();
    let mut leftmost = expression;
    while let ExpressionKind::Binary { left, operator, right } = &leftmost.kind {
        links.push((leftmost, *operator, right));
        leftmost = left;
    }
    let mut value = bind(binder, leftmost, scope)?;
    for (whole, operator, right) in links.into_iter().rev() {
        let right = bind(binder, right, scope)?;
        let _here = binder.environment.context.here.stand_at(whole.span);
        value = binary(binder, operator, value, right, whole, scope)?;
    }
    Ok(value)
}

fn binary(
    binder: &Binder<'_>,
    operator: BinaryOperator,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let arithmetic = match operator {
        BinaryOperator::Plus => arithmetic::Operator::Add,
        BinaryOperator::Minus => arithmetic::Operator::Subtract,
        BinaryOperator::Multiply => arithmetic::Operator::Multiply,
        BinaryOperator::Divide => arithmetic::Operator::Divide,
        BinaryOperator::IntegerDivide => arithmetic::Operator::IntegerDivide,
        BinaryOperator::Modulo => arithmetic::Operator::Modulo,
        BinaryOperator::And | BinaryOperator::Or => return logical(binder, operator, left, right, whole, scope),
        BinaryOperator::Eq => return compare(binder, Df::Eq, left, right, whole, scope),
        BinaryOperator::NotEq => return compare(binder, Df::NotEq, left, right, whole, scope),
        BinaryOperator::Lt => return compare(binder, Df::Lt, left, right, whole, scope),
        BinaryOperator::LtEq => return compare(binder, Df::LtEq, left, right, whole, scope),
        BinaryOperator::Gt => return compare(binder, Df::Gt, left, right, whole, scope),
        BinaryOperator::GtEq => return compare(binder, Df::GtEq, left, right, whole, scope),
        BinaryOperator::NullSafeEq => return null_safe_equal(binder, left, right, whole, scope),
        BinaryOperator::BitAnd => return bitwise(binder, Df::BitwiseAnd, left, right, whole, scope),
        BinaryOperator::BitOr => return bitwise(binder, Df::BitwiseOr, left, right, whole, scope),
        BinaryOperator::BitXor => return bitwise(binder, Df::BitwiseXor, left, right, whole, scope),
        BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight | BinaryOperator::ShiftRightUnsigned => {
            return shift(binder, operator, left, right, whole, scope);
        }
        BinaryOperator::Concat => return concat(binder, left, right, whole, scope),
    };
    let context = binder.environment.context;
    let types = (left.data_type.clone(), right.data_type.clone());
    let result = arithmetic::binary(arithmetic, left, right, CastMode::implicit(context), context)
        .map_err(|error| error.at(whole.span))?;
    result.map_err(|why| match why {
        Mismatch::Different => different_types(&types.0, &types.1, &text_in(whole, scope), whole.span),
        Mismatch::Wrong(required, found) => wrong_type(required, &found, &text_in(whole, scope), whole.span),
        Mismatch::Input(side, required) => {
            let (ordinal, found) = match side {
                arithmetic::Side::Left => ("first", &types.0),
                arithmetic::Side::Right => ("second", &types.1),
            };
            let operand = operand_text(whole, side == arithmetic::Side::Left, scope);
            let why = format!(
                "The {ordinal} parameter requires the {required} type, however \"{operand}\" has the type \"{found}\""
            );
            mismatch("UNEXPECTED_INPUT_TYPE", &text_in(whole, scope), &why, whole.span)
        }
    })
}

pub(super) fn unary(
    binder: &Binder<'_>,
    operator: UnaryOperator,
    operand: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let context = binder.environment.context;
    let span = whole.span;
    let unexpected = |required: &str, found: &DataType| {
        let ExpressionKind::Unary { operand, .. } = &whole.kind else {
            return Error::internal("not a unary operator").at(span);
        };
        let why = format!(
            "The first parameter requires the {required} type, however \"{}\" has the type \"{found}\"",
            text_in(operand, scope)
        );
        mismatch("UNEXPECTED_INPUT_TYPE", &text_in(whole, scope), &why, span)
    };
    const NUMERIC: &str = "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")";
    match operator {
        UnaryOperator::Not => match &operand.data_type {
            DataType::Boolean | DataType::Null => Ok(not(implicit(binder, operand, &DataType::Boolean, span)?)),
            found if found.is_string() => Ok(not(implicit(binder, operand, &DataType::Boolean, span)?)),
            found => Err(unexpected("\"BOOLEAN\"", found)),
        },
        UnaryOperator::Minus | UnaryOperator::Plus => {
            let operand = match &operand.data_type {
                found if found.is_string() || *found == DataType::Null => {
                    implicit(binder, operand, &DataType::Double, span)?
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
                DataType::Null => implicit(binder, operand, &DataType::Int, span)?,
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
fn logical(
    binder: &Binder<'_>,
    operator: BinaryOperator,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let usable =
        |data_type: &DataType| matches!(data_type, DataType::Boolean | DataType::Null) || data_type.is_string();
    if !usable(&left.data_type) || !usable(&right.data_type) {
        let text = text_in(whole, scope);
        return Err(if left.data_type == right.data_type {
            wrong_type("\"BOOLEAN\"", &left.data_type, &text, whole.span)
        } else {
            different_types(&left.data_type, &right.data_type, &text, whole.span)
        });
    }
    if left.data_type.is_string() && right.data_type.is_string() {
        return Err(wrong_type("\"BOOLEAN\"", &left.data_type, &text_in(whole, scope), whole.span));
    }
    let left = implicit(binder, left, &DataType::Boolean, whole.span)?;
    let right = implicit(binder, right, &DataType::Boolean, whole.span)?;
    let nullable = left.nullable || right.nullable;
    let (df, decided, outcome) = match operator {
        BinaryOperator::And => (Df::And, Expr::IsFalse(Box::new(left.expr.clone())), false),
        _ => (Df::Or, Expr::IsTrue(Box::new(left.expr.clone())), true),
    };
    let right = if may_fail(&right.expr) && !left.expr.is_volatile() {
        let outcome = Expr::Literal(ScalarValue::Boolean(Some(outcome)), None);
        Expr::Case(Case::new(None, vec![(Box::new(decided), Box::new(outcome))], Some(Box::new(right.expr))))
    } else {
        right.expr
    };
    Ok(boolean(binary_expr(left.expr, df, right), nullable))
}

/// Whether some row may make the expression fail.
pub fn may_fail(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    expr.exists(|node| {
        Ok(match node {
            Expr::ScalarFunction(call) => {
                call
                .func
                .inner()
                .downcast_ref::<KernelFunction>()
                .is_some_and(|function| function.kernel().fallible && function.parameters().ansi)
                // A constant that was computed once has not failed.
                && !matches!(evaluate(node), Ok(Some(_)))
            }
            _ => false,
        })
    })
    .unwrap_or(true)
}

pub(super) fn between(
    binder: &Binder<'_>,
    operand: Typed,
    low: Typed,
    high: Typed,
    negated: bool,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
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
    let from = compare(binder, Df::GtEq, operand.clone(), low, whole, scope)?;
    let to = compare(binder, Df::LtEq, operand, high, whole, scope)?;
    let nullable = from.nullable || to.nullable;
    let both = boolean(binary_expr(from.expr, Df::And, to.expr), nullable);
    Ok(if negated { not(both) } else { both })
}

fn bitwise(
    binder: &Binder<'_>,
    operator: Df,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let ansi = binder.environment.context.ansi;
    let types = (left.data_type.clone(), right.data_type.clone());
    let common = match crate::types::coercion::common_type(&types.0, &types.1, true) {
        Some(DataType::Null) => DataType::Int,
        Some(common) => common,
        None => return Err(different_types(&types.0, &types.1, &text_in(whole, scope), whole.span)),
    };
    if !common.is_integral() {
        let text = text_in(whole, scope);
        return Err(if types.0 == types.1 || !ansi {
            wrong_type("\"INTEGRAL\"", &types.0, &text, whole.span)
        } else {
            different_types(&types.0, &types.1, &text, whole.span)
        });
    }
    let nullable = left.nullable || right.nullable;
    let left = implicit(binder, left, &common, whole.span)?;
    let right = implicit(binder, right, &common, whole.span)?;
    Ok(Typed { expr: binary_expr(left.expr, operator, right.expr), data_type: common, nullable })
}

fn shift(
    binder: &Binder<'_>,
    operator: BinaryOperator,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let context = binder.environment.context;
    let to = match &left.data_type {
        DataType::Long => DataType::Long,
        DataType::Byte | DataType::Short | DataType::Int | DataType::Null => DataType::Int,
        found if found.is_string() => DataType::Int,
        found => {
            let why = format!(
                "The first parameter requires the (\"INT\" or \"BIGINT\") type, however \"{}\" has the type \"{found}\"",
                operand_text(whole, true, scope)
            );
            return Err(mismatch("UNEXPECTED_INPUT_TYPE", &text_in(whole, scope), &why, whole.span));
        }
    };
    let left = implicit(binder, left, &to, whole.span)?;
    let right = implicit(binder, right, &DataType::Int, whole.span)?;
    Ok(match operator {
        BinaryOperator::ShiftLeft => arithmetic::shift_left(left, right, context),
        BinaryOperator::ShiftRight => arithmetic::shift_right(left, right, context),
        _ => arithmetic::shift_right_unsigned(left, right, context),
    })
}

fn operand_text(whole: &Expression, first: bool, scope: &ExpressionScope<'_>) -> String {
    match &whole.kind {
        ExpressionKind::Binary { left, right, .. } => text_in(if first { left } else { right }, scope),
        _ => text_in(whole, scope),
    }
}

/// `||` of strings; of arrays and binaries it is the function `concat`.
fn concat(
    binder: &Binder<'_>,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let not_text = |data_type: &DataType| !data_type.is_atomic() || *data_type == DataType::Binary;
    let collated = left.data_type.is_collated() || right.data_type.is_collated();
    if collated || not_text(&left.data_type) || not_text(&right.data_type) {
        let texts = [operand_text(whole, true, scope), operand_text(whole, false, scope)];
        let mut operands = [left, right];
        crate::functions::collations::meet_arguments("concat", &mut operands).map_err(|error| error.at(whole.span))?;
        coercion::note(binder, whole, &operands);
        return calls::scalar(binder, "concat", &operands, &texts, whole.span);
    }
    let nullable = left.nullable || right.nullable;
    let left = implicit(binder, left, &DataType::String, whole.span)?;
    let right = implicit(binder, right, &DataType::String, whole.span)?;
    Ok(Typed { expr: binary_expr(left.expr, Df::StringConcat, right.expr), data_type: DataType::String, nullable })
}
