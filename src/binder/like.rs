//! LIKE, ILIKE, RLIKE and their ANY and ALL.

use datafusion::logical_expr::expr::Like as DfLike;
use datafusion::logical_expr::{Expr, Operator as Df, binary_expr};
use datafusion::scalar::ScalarValue;

use crate::error::{Error, INVALID_ESC, INVALID_FORMAT, Result, Span};
use crate::functions::Typed;
use crate::sql::ast::{Expression, ExpressionKind, LikeOperator, Literal, Quantifier};
use crate::types::{Collation, DataType};

use super::calls;
use super::operation::Operation;
use super::operators::{boolean, not};

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
    operation: Operation<'_>,
    operand: &Typed,
    patterns: Vec<Typed>,
    quantifier: Option<Quantifier>,
    like: Like,
) -> Result<Typed> {
    let each = patterns
        .into_iter()
        .map(|pattern| one_like(operation, operand.clone(), pattern, like))
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
        .ok_or_else(|| Error::internal("LIKE without a pattern").at(operation.whole.span))
}

fn one_like(operation: Operation<'_>, operand: Typed, pattern: Typed, like: Like) -> Result<Typed> {
    let span = operation.whole.span;
    if like.operator == LikeOperator::RLike {
        let texts = [operation.operand_text(0), operation.operand_text(1)];
        let matched = calls::scalar(operation.binder, "rlike", &[operand, pattern], &texts, span)?;
        return Ok(if like.negated { not(matched) } else { matched });
    }
    let nullable = operand.nullable || pattern.nullable;
    let by_lower_case = operand.data_type == DataType::Collated(Collation::LOWER_CASE);
    for (n, side) in [&operand, &pattern].into_iter().enumerate() {
        if side.data_type.collations().any(|collation| collation != Collation::LOWER_CASE) {
            return Err(operation.unexpected_type(n, "\"STRING\"", &side.data_type));
        }
    }
    let mut operand = operation.implicit(operand, &DataType::String)?;
    let mut pattern = operation.implicit(pattern, &DataType::String)?;
    let in_lower_case = like.operator == LikeOperator::ILike && !by_lower_case;
    if in_lower_case {
        // Letters are the same if they are it in lower case; DataFusion's ILIKE folds more of them together.
        let lower = |value: &Typed, n| {
            calls::scalar(operation.binder, "lower", std::slice::from_ref(value), &[operation.operand_text(n)], span)
        };
        operand = lower(&operand, 0)?;
        if !matches!(pattern.expr, Expr::Literal(..)) {
            pattern = lower(&pattern, 1)?;
        }
    }
    let pattern = match &pattern.expr {
        Expr::Literal(value, _) => match value.try_as_str().flatten() {
            Some(text) => {
                let lowered = if in_lower_case { text.to_lowercase() } else { text.to_owned() };
                let text = checked_pattern(&lowered, like.escape.unwrap_or('\\'), span)?;
                Expr::Literal(ScalarValue::Utf8View(Some(text)), None)
            }
            None => pattern.expr,
        },
        _ if like.escape.is_some_and(|escape| escape != '\\') => {
            return Err(Error::unsupported(
                "LIKE with ESCAPE and a pattern that is not a literal",
                "write the pattern with `\\` before characters that stand for themselves",
            )
            .at(span));
        }
        _ => pattern.expr,
    };
    let expr = Expr::Like(DfLike::new(like.negated, Box::new(operand.expr), Box::new(pattern), None, by_lower_case));
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
