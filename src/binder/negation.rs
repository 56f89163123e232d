//! NOT around IN with a subquery, moved inside.
//!
//! IN with a subquery is true or false as a value, but NOT IN minds NULLs: `NOT (a IN (…) AND b)` means `a NOT IN (…) OR NOT
//! b`. It looks at the tree only.

use crate::sql::ast::{BinaryOperator, Expression, ExpressionKind, Literal, UnaryOperator};

/// `NOT operand` with NOT moved inside to the IN, or `None` if there is none to move it to.
pub(super) fn inside(operand: &Expression) -> Option<Expression> {
    has_in(operand).then(|| negated(operand))
}

/// A comparison of an IN with a constant as the IN or its negation, `(a IN (…)) = false` as `NOT a IN (…)`; `None` if it is
/// something else.
pub(super) fn of_comparison(expression: &Expression) -> Option<Expression> {
    let ExpressionKind::Binary { left, operator: operator @ (BinaryOperator::Eq | BinaryOperator::NotEq), right } =
        &expression.kind
    else {
        return None;
    };
    let constant = |side: &Expression| match side.kind {
        ExpressionKind::Literal(Literal::Boolean(value)) => Some(value),
        _ => None,
    };
    let (operand, value) = match (constant(left), constant(right)) {
        (None, Some(value)) => (left, value),
        (Some(value), None) => (right, value),
        _ => return None,
    };
    if !has_in(operand) {
        return None;
    }
    let keeps = value == (*operator == BinaryOperator::Eq);
    Some(if keeps { operand.as_ref().clone() } else { negated(operand) })
}

/// Whether NOT would come to an IN with a subquery.
fn has_in(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::InSubquery { .. } => true,
        ExpressionKind::Unary { operator: UnaryOperator::Not, operand } => has_in(operand),
        ExpressionKind::Binary { left, operator: BinaryOperator::And | BinaryOperator::Or, right } => {
            has_in(left) || has_in(right)
        }
        _ => of_comparison(expression).is_some(),
    }
}

fn negated(expression: &Expression) -> Expression {
    let kind = match &expression.kind {
        ExpressionKind::InSubquery { operand, query, negated } => {
            ExpressionKind::InSubquery { operand: operand.clone(), query: query.clone(), negated: !negated }
        }
        ExpressionKind::Unary { operator: UnaryOperator::Not, operand } if has_in(operand) => {
            return operand.as_ref().clone();
        }
        ExpressionKind::Binary { left, operator: operator @ (BinaryOperator::And | BinaryOperator::Or), right } => {
            let operator = if *operator == BinaryOperator::And { BinaryOperator::Or } else { BinaryOperator::And };
            let (left, right) = (Box::new(negated(left)), Box::new(negated(right)));
            ExpressionKind::Binary { left, operator, right }
        }
        _ => {
            if let Some(operand) = of_comparison(expression) {
                return negated(&operand);
            }
            let operand = Box::new(expression.clone());
            ExpressionKind::Unary { operator: UnaryOperator::Not, operand }
        }
    };
    Expression { kind, span: expression.span }
}
