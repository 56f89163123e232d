//! NOT around IN with a subquery, moved inside.
//!
//! IN with a subquery is true or false as a value, but NOT IN minds NULLs: `NOT (a IN (…) AND b)` means `a NOT IN (…) OR NOT
//! b`. It looks at the tree only.

use crate::sql::ast::{BinaryOperator, Expression, ExpressionKind, UnaryOperator};

/// `NOT operand` with NOT moved inside to the IN, or `None` if there is none to move it to.
pub(super) fn inside(operand: &Expression) -> Option<Expression> {
    has_in(operand).then(|| negated(operand))
}

/// Whether NOT would come to an IN with a subquery.
fn has_in(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::InSubquery { .. } => true,
        ExpressionKind::Unary { operator: UnaryOperator::Not, operand } => has_in(operand),
        ExpressionKind::Binary { left, operator: BinaryOperator::And | BinaryOperator::Or, right } => {
            has_in(left) || has_in(right)
        }
        _ => false,
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
            let operand = Box::new(expression.clone());
            ExpressionKind::Unary { operator: UnaryOperator::Not, operand }
        }
    };
    Expression { kind, span: expression.span }
}
