//! `value operator ANY | ALL (array or query)`.

use crate::error::{Error, Result};
use crate::sql::ast::{BinaryOperator, CastStyle, Expression, ExpressionKind, Identifier, Literal, Quantifier};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;
use crate::sql::parse::cursor::Parser;
use crate::sql::parse::expressions::join;
use crate::sql::parse::primary::plain_call;
use crate::types::DataType;
use crate::types::postgres::array_items;

use super::expressions::{Operator, combine, truth};

/// What an element is called while it is compared.
const ELEMENT: &str = "element of ANY";

impl Parser<'_> {
    pub(super) fn begins_quantified(&self) -> bool {
        self.is_any(&[K::Any, K::Some, K::All]) && self.is_symbol_ahead(1, Symbol::LeftParen)
    }

    /// From ANY or ALL on.
    pub(super) fn quantified(&mut self, left: Expression, operator: Operator) -> Result<Expression> {
        let start = left.span.start;
        let quantifier = match self.advance().kind {
            crate::sql::lexer::TokenKind::Keyword(K::All) => Quantifier::All,
            _ => Quantifier::Any,
        };
        self.expect_symbol(Symbol::LeftParen)?;
        if self.begins_query(0) {
            let query = Box::new(self.query()?);
            self.expect_symbol(Symbol::RightParen)?;
            let span = self.since(start);
            let negated = match (operator, quantifier) {
                (Operator::Binary(BinaryOperator::Eq), Quantifier::Any) => false,
                (Operator::Binary(BinaryOperator::NotEq), Quantifier::All) => true,
                _ => {
                    let what = "ANY and ALL of a query, but for = ANY and <> ALL,";
                    return Err(Error::unsupported(what, "use EXISTS, or compare with min() or max() of it").at(span));
                }
            };
            return Ok(Expression {
                kind: ExpressionKind::InSubquery { operand: Box::new(left), query, negated },
                span,
            });
        }
        let array = self.expression()?;
        self.expect_symbol(Symbol::RightParen)?;
        let span = self.since(start);
        if let Some(items) = items(&array) {
            return Ok(of_items(left, operator, quantifier, items, span));
        }
        let element = Identifier { value: ELEMENT.to_owned(), quoted: true, span: array.span };
        let column = Expression { kind: ExpressionKind::Column(vec![element.clone()]), span: array.span };
        let body = Box::new(combine(operator, left, column));
        let lambda = Expression { kind: ExpressionKind::Lambda { parameters: vec![element], body }, span };
        let name = if quantifier == Quantifier::Any { "exists" } else { "forall" };
        Ok(Expression { kind: plain_call(name, [array, lambda], span), span })
    }
}

/// The elements of an array that is written out.
fn items(array: &Expression) -> Option<Vec<Expression>> {
    match &array.kind {
        ExpressionKind::Literal(Literal::String(text)) => {
            let literals = array_items(text)?.into_iter().map(|item| Expression {
                kind: ExpressionKind::Literal(item.map_or(Literal::Null, Literal::String)),
                span: array.span,
            });
            Some(literals.collect())
        }
        ExpressionKind::Function(call) if call.name.last().is("array") && call.name.parts.len() == 1 => {
            Some(call.arguments.iter().map(|argument| argument.value.clone()).collect())
        }
        ExpressionKind::Cast { operand, data_type: DataType::Array { element, .. }, .. } => {
            let data_type = element.as_ref();
            let cast = |item: Expression| Expression {
                span: item.span,
                kind: ExpressionKind::Cast {
                    operand: Box::new(item),
                    data_type: data_type.clone(),
                    style: CastStyle::DoubleColon,
                },
            };
            Some(items(operand)?.into_iter().map(cast).collect())
        }
        _ => None,
    }
}

fn of_items(
    left: Expression,
    operator: Operator,
    quantifier: Quantifier,
    items: Vec<Expression>,
    span: crate::error::Span,
) -> Expression {
    if items.is_empty() {
        return truth(quantifier == Quantifier::All, span);
    }
    let negated = match (operator, quantifier) {
        (Operator::Binary(BinaryOperator::Eq), Quantifier::Any) => Some(false),
        (Operator::Binary(BinaryOperator::NotEq), Quantifier::All) => Some(true),
        _ => None,
    };
    if let Some(negated) = negated {
        return Expression { kind: ExpressionKind::InList { operand: Box::new(left), list: items, negated }, span };
    }
    let link = if quantifier == Quantifier::Any { BinaryOperator::Or } else { BinaryOperator::And };
    items
        .into_iter()
        .map(|item| combine(operator, left.clone(), item))
        .reduce(|a, b| join(a, link, b))
        .unwrap_or_else(|| truth(false, span))
}
