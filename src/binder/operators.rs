//! Operators: which types they take, and the DataFusion expressions they become.
//!
//! Arithmetic is `functions::arithmetic`; here are comparisons, logic, LIKE, bits, concatenation, fields and elements.

use datafusion::logical_expr::expr::Like as DfLike;
use datafusion::logical_expr::{Between, BinaryExpr, Case, Expr, Operator as Df};
use datafusion::scalar::ScalarValue;

use crate::error::{Error, INVALID_ESC, INVALID_FORMAT, Result, Span};
use crate::functions::arithmetic::{self, Mismatch};
use crate::functions::cast::CastMode;
use crate::functions::constant::evaluate;
use crate::functions::kernel::KernelFunction;
use crate::functions::{Typed, elements};
use crate::sql::ast::{BinaryOperator, Expression, ExpressionKind, LikeOperator, Literal, Quantifier, UnaryOperator};
use crate::types::{DataType, StructField};

use super::casts::implicit;
use super::coercion::{comparable, different_types, mismatch, wrong_type};
use super::column_names::text_in;
use super::expressions::bind;
use super::scope::ExpressionScope;
use super::{Binder, calls};

/// A boolean that is NULL.
pub fn unknown() -> Typed {
    Typed { expr: Expr::Literal(ScalarValue::Boolean(None), None), data_type: DataType::Boolean, nullable: true }
}

fn boolean(expr: Expr, nullable: bool) -> Typed {
    Typed { expr, data_type: DataType::Boolean, nullable }
}

fn binary_expr(left: Expr, operator: Df, right: Expr) -> Expr {
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

fn compare(
    binder: &Binder<'_>,
    operator: Df,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let nullable = left.nullable || right.nullable;
    let (left, right, common) = comparable(binder, left, right, &|| text_in(whole, scope), whole.span)?;
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
        return (without_zero_signs(left, common).expr, without_zero_signs(right, common).expr);
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
            _ => (elements::positive_zero(left.expr, common), zero(false)),
        },
        (Some(0.0), None) => match operator {
            Df::LtEq | Df::Gt => (zero(true), right.expr),
            Df::GtEq | Df::Lt => (zero(false), right.expr),
            _ => (zero(false), elements::positive_zero(right.expr, common)),
        },
        (None, Some(_)) | (Some(_), None) => (left.expr, right.expr),
        _ => (elements::positive_zero(left.expr, common), elements::positive_zero(right.expr, common)),
    }
}

/// The operand with 0.0 for every -0.0, inside of arrays and structs too. What holds no floats is left as it is.
pub(super) fn without_zero_signs(operand: Typed, common: &DataType) -> Typed {
    if !elements::has_floats(common) {
        return operand;
    }
    Typed { expr: elements::positive_zero(operand.expr, common), ..operand }
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
pub fn equal(
    binder: &Binder<'_>,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    compare(binder, Df::Eq, left, right, whole, scope)
}

/// `left <=> right`
pub fn null_safe_equal(
    binder: &Binder<'_>,
    left: Typed,
    right: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let (left, right, common) = comparable(binder, left, right, &|| text_in(whole, scope), whole.span)?;
    if common == DataType::Null {
        return Ok(boolean(Expr::Literal(ScalarValue::Boolean(Some(true)), None), false));
    }
    let (left, right) = zeros(&common, left, right, Df::IsNotDistinctFrom);
    Ok(boolean(binary_expr(left, Df::IsNotDistinctFrom, right), false))
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
    if not_text(&left.data_type) || not_text(&right.data_type) {
        let texts = [operand_text(whole, true, scope), operand_text(whole, false, scope)];
        return calls::scalar(binder, "concat", &[left, right], &texts, whole.span);
    }
    let nullable = left.nullable || right.nullable;
    let left = implicit(binder, left, &DataType::String, whole.span)?;
    let right = implicit(binder, right, &DataType::String, whole.span)?;
    Ok(Typed { expr: binary_expr(left.expr, Df::StringConcat, right.expr), data_type: DataType::String, nullable })
}

/// What stands between the operand of LIKE and its patterns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Like {
    pub operator: LikeOperator,
    pub escape: Option<char>,
    pub negated: bool,
}

/// The character of `ESCAPE '…'`.
pub(super) fn escape_character(escape: &Expression) -> Result<char> {
    if let ExpressionKind::Literal(Literal::String(text)) = &escape.kind {
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return Ok(character);
        }
        return Err(Error::new(
            &INVALID_ESC,
            format!("Found an invalid escape string: '{text}'. The escape string must contain only one character"),
        )
        .at(escape.span));
    }
    Err(Error::new(&INVALID_ESC, "Found an invalid escape string: it must be a string of one character")
        .at(escape.span))
}

pub(super) fn like(
    binder: &Binder<'_>,
    operand: &Typed,
    patterns: Vec<Typed>,
    quantifier: Option<Quantifier>,
    like: Like,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    let each = patterns
        .into_iter()
        .map(|pattern| one_like(binder, operand.clone(), pattern, like, whole, scope))
        .collect::<Result<Vec<_>>>()?;
    // NOT LIKE ANY is: not like one of them. NOT LIKE ALL: like none of them.
    let operator = match quantifier {
        Some(Quantifier::Any) => Df::Or,
        Some(Quantifier::All) | None => Df::And,
    };
    each.into_iter()
        .reduce(|all, one| {
            let nullable = all.nullable || one.nullable;
            boolean(binary_expr(all.expr, operator, one.expr), nullable)
        })
        .ok_or_else(|| Error::internal("LIKE without a pattern").at(whole.span))
}

fn one_like(
    binder: &Binder<'_>,
    operand: Typed,
    pattern: Typed,
    like: Like,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    if like.operator == LikeOperator::RLike {
        let texts = match &whole.kind {
            ExpressionKind::Like { operand, patterns, .. } => {
                vec![text_in(operand, scope), patterns.first().map_or_else(String::new, |item| text_in(item, scope))]
            }
            _ => vec![String::new(), String::new()],
        };
        let matched = calls::scalar(binder, "rlike", &[operand, pattern], &texts, whole.span)?;
        return Ok(if like.negated { not(matched) } else { matched });
    }
    let nullable = operand.nullable || pattern.nullable;
    let operand = implicit(binder, operand, &DataType::String, whole.span)?;
    let pattern = implicit(binder, pattern, &DataType::String, whole.span)?;
    let pattern = match &pattern.expr {
        Expr::Literal(value, _) => match value.try_as_str().flatten() {
            Some(text) => {
                let text = checked_pattern(text, like.escape.unwrap_or('\\'), whole.span)?;
                Expr::Literal(ScalarValue::Utf8View(Some(text)), None)
            }
            None => pattern.expr,
        },
        _ if like.escape.is_some_and(|escape| escape != '\\') => {
            return Err(Error::unsupported(
                "LIKE with ESCAPE and a pattern that is not a literal",
                "write the pattern with `\\` before characters that stand for themselves",
            )
            .at(whole.span));
        }
        _ => pattern.expr,
    };
    let case_insensitive = like.operator == LikeOperator::ILike;
    let expr = Expr::Like(DfLike::new(like.negated, Box::new(operand.expr), Box::new(pattern), None, case_insensitive));
    Ok(boolean(expr, nullable))
}

/// The pattern with `\` as its escape character.
fn checked_pattern(pattern: &str, escape: char, span: Span) -> Result<String> {
    let invalid = |sub: &'static str, why: &str| {
        Err(Error::new(&INVALID_FORMAT, format!("The format is invalid: '{pattern}'. {why}"))
            .subcondition(sub)
            .at(span))
    };
    let mut result = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character == escape {
            match characters.next() {
                Some(next) if matches!(next, '%' | '_') => result.extend(['\\', next]),
                Some(next) if next == escape && escape == '\\' => result.push_str("\\\\"),
                Some(next) if next == escape => result.push(next),
                Some(next) => {
                    return invalid(
                        "ESC_IN_THE_MIDDLE",
                        &format!("The escape character is not allowed to precede '{next}'"),
                    );
                }
                None => return invalid("ESC_AT_THE_END", "The escape character is not allowed to end with"),
            }
        } else if character == '\\' {
            result.push_str("\\\\");
        } else {
            result.push(character);
        }
    }
    Ok(result)
}

/// `operand[index]`: an element of an array, counted from 0, or the value of a map's key.
pub(super) fn index(
    binder: &Binder<'_>,
    operand: Typed,
    index: Typed,
    whole: &Expression,
    scope: &ExpressionScope<'_>,
) -> Result<Typed> {
    match &operand.data_type {
        DataType::Map { .. } => map_value(binder, operand, index, whole.span),
        DataType::Array { element, .. } => {
            if !index.data_type.is_integral() && index.data_type != DataType::Null {
                let why = format!(
                    "The second parameter requires the \"INTEGRAL\" type, however \"{}\" has the type \"{}\"",
                    match &whole.kind {
                        ExpressionKind::Index { index, .. } => text_in(index, scope),
                        _ => String::new(),
                    },
                    index.data_type
                );
                return Err(mismatch("UNEXPECTED_INPUT_TYPE", &text_in(whole, scope), &why, whole.span));
            }
            let element = element.as_ref().clone();
            let index = implicit(binder, index, &DataType::Long, whole.span)?;
            Ok(elements::element(operand, index, element, binder.environment.context))
        }
        DataType::Struct(_) => match &whole.kind {
            ExpressionKind::Index { index, .. } => match &index.kind {
                ExpressionKind::Literal(Literal::String(name)) => {
                    let name = crate::sql::ast::Identifier::new(name, index.span);
                    super::expressions::field(binder, operand, &name, whole.span)
                }
                _ => Err(Error::new(
                    &crate::error::INVALID_EXTRACT_FIELD_TYPE,
                    format!("Field name should be a non-null string literal, but it's \"{}\"", text_in(index, scope)),
                )
                .at(index.span)),
            },
            _ => Err(Error::internal("not an index").at(whole.span)),
        },
        other => Err(Error::new(
            &crate::error::INVALID_EXTRACT_BASE_FIELD_TYPE,
            format!(
                "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{other}\"",
                match &whole.kind {
                    ExpressionKind::Index { operand, .. } => text_in(operand, scope),
                    _ => String::new(),
                }
            ),
        )
        .at(whole.span)),
    }
}

/// The value of a key; NULL if the map does not have it.
pub(super) fn map_value(binder: &Binder<'_>, map: Typed, key: Typed, span: Span) -> Result<Typed> {
    let DataType::Map { key: key_type, value, .. } = &map.data_type else {
        return Err(Error::internal("not a map").at(span));
    };
    let (key_type, value) = (key_type.as_ref().clone(), value.as_ref().clone());
    let allowed =
        crate::types::coercion::implicit_cast_allowed(&key.data_type, &key_type, binder.environment.context.ansi);
    if !allowed {
        return Err(Error::new(
            &crate::error::DATATYPE_MISMATCH,
            format!(
                "Cannot resolve the value of a key due to data type mismatch: The second parameter requires the \
                 \"{key_type}\" type, however the key has the type \"{}\"",
                key.data_type
            ),
        )
        .subcondition("UNEXPECTED_INPUT_TYPE")
        .at(span));
    }
    let key = implicit(binder, key, &key_type, span)?;
    Ok(elements::map_value(map, key, value, binder.environment.context))
}

/// `array.name`: that field of every struct in the array.
pub(super) fn field_of_elements(binder: &Binder<'_>, array: Typed, fields: &[StructField], position: usize) -> Typed {
    elements::field_of_elements(array, fields, position, binder.environment.context)
}

/// A field whose name another field has too.
pub(super) fn field_by_position(
    binder: &Binder<'_>,
    operand: Typed,
    position: usize,
    data_type: DataType,
    nullable: bool,
) -> Typed {
    elements::field_by_position(operand, position, data_type, nullable, binder.environment.context)
}
