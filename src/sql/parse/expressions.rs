//! Operators and predicates, by precedence.
//!
//! From loose to tight: OR, AND, NOT, predicates (BETWEEN, IN, LIKE, IS), comparison, `|`, `^`, `&`, shifts,
//! `+ - ||`, `* / % DIV`, unary `+ - ~`, and what stands behind a primary (`primary`).

use crate::error::Result;
use crate::sql::ast::{BinaryOperator, Expression, ExpressionKind, LikeOperator, Quantifier, Test, UnaryOperator};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};

use super::cursor::{MAX_CHAIN, Parser};
use super::literals::between;

impl Parser<'_> {
    pub fn expression(&mut self) -> Result<Expression> {
        self.nested(Self::disjunction)
    }

    /// `a, b, c`
    pub fn expressions(&mut self) -> Result<Vec<Expression>> {
        self.list(Self::expression)
    }

    fn disjunction(&mut self) -> Result<Expression> {
        self.chain(K::Or, BinaryOperator::Or, |parser| parser.chain(K::And, BinaryOperator::And, Self::negation))
    }

    /// AND and OR mean the same however they are grouped: a long chain becomes a shallow tree.
    fn chain(
        &mut self,
        keyword: K,
        operator: BinaryOperator,
        operand: impl Fn(&mut Self) -> Result<Expression>,
    ) -> Result<Expression> {
        let first = operand(self)?;
        if !self.is(keyword) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.accept(keyword) {
            operands.push(operand(self)?);
        }
        Ok(if operands.len() <= LEFT_DEEP { left_deep(operands, operator) } else { balanced(operands, operator) })
    }

    fn negation(&mut self) -> Result<Expression> {
        let start = self.start();
        let is_not = self.is_symbol(Symbol::Bang) || (self.is(K::Not) && self.begins_expression(1));
        if !is_not {
            return self.predicate();
        }
        self.advance();
        let operand = Box::new(self.nested(Self::negation)?);
        Ok(Expression {
            kind: ExpressionKind::Unary { operator: UnaryOperator::Not, operand },
            span: self.since(start),
        })
    }

    fn predicate(&mut self) -> Result<Expression> {
        if self.is_postgres() {
            return self.postgres_predicate();
        }
        if self.is(K::Exists) && self.is_symbol_ahead(1, Symbol::LeftParen) && self.begins_query(2) {
            let start = self.start();
            self.advance();
            let query = self.parenthesised(Self::query)?;
            return Ok(Expression { kind: ExpressionKind::Exists(Box::new(query)), span: self.since(start) });
        }
        let operand = self.value()?;
        let negations = usize::from(self.is(K::Not) || self.is_symbol(Symbol::Bang));
        let Some(keyword) = self.keyword_ahead(negations) else { return Ok(operand) };
        let negated = negations == 1;
        match keyword {
            K::Between if self.begins_expression(negations + 1) => self.between(operand, negated),
            K::In if self.is_symbol_ahead(negations + 1, Symbol::LeftParen) => self.in_list(operand, negated),
            K::Like | K::Ilike | K::Rlike | K::Regexp if self.begins_expression(negations + 1) => {
                self.like(operand, negated)
            }
            K::Is if !negated => self.is_test(operand),
            _ => Ok(operand),
        }
    }

    fn between(&mut self, operand: Expression, negated: bool) -> Result<Expression> {
        self.skip_not();
        self.expect(K::Between)?;
        let low = self.value()?;
        self.expect(K::And)?;
        let high = self.value()?;
        let span = between(&operand, &high);
        let kind =
            ExpressionKind::Between { operand: Box::new(operand), low: Box::new(low), high: Box::new(high), negated };
        Ok(Expression { kind, span })
    }

    pub fn in_list(&mut self, operand: Expression, negated: bool) -> Result<Expression> {
        self.skip_not();
        self.expect(K::In)?;
        let start = operand.span.start;
        let operand = Box::new(operand);
        self.expect_symbol(Symbol::LeftParen)?;
        let kind = if self.begins_query(0) {
            ExpressionKind::InSubquery { operand, query: Box::new(self.query()?), negated }
        } else {
            let mut list = self.expressions()?;
            // `IN ((SELECT …) UNION …)` is seen to be a query only behind its first part.
            match list.pop() {
                Some(Expression { kind: ExpressionKind::Subquery(query), .. })
                    if list.is_empty() && self.continues_query() =>
                {
                    ExpressionKind::InSubquery { operand, query: Box::new(self.continue_query(*query)?), negated }
                }
                last => {
                    list.extend(last);
                    ExpressionKind::InList { operand, list, negated }
                }
            }
        };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Expression { kind, span: self.since(start) })
    }

    fn like(&mut self, operand: Expression, negated: bool) -> Result<Expression> {
        self.skip_not();
        let start = operand.span.start;
        let operator = match self.expect_any(&[K::Like, K::Ilike, K::Rlike, K::Regexp])? {
            K::Like => LikeOperator::Like,
            K::Ilike => LikeOperator::ILike,
            _ => LikeOperator::RLike,
        };
        let mut quantifier = None;
        if operator != LikeOperator::RLike && self.is_symbol_ahead(1, Symbol::LeftParen) {
            quantifier = match self.accept_any(&[K::Any, K::Some, K::All]) {
                Some(K::All) => Some(Quantifier::All),
                Some(_) => Some(Quantifier::Any),
                None => None,
            };
        }
        let patterns = match quantifier {
            Some(_) => self.parenthesised(|parser| match parser.is_symbol(Symbol::RightParen) {
                true => Ok(Vec::new()),
                false => parser.expressions(),
            })?,
            None => vec![self.value()?],
        };
        if quantifier.is_some() && patterns.is_empty() {
            return Err(crate::error::Error::new(
                &crate::error::INVALID_SQL_SYNTAX,
                "Expected something between '(' and ')'",
            )
            .at(self.since(start)));
        }
        let mut escape = None;
        if operator != LikeOperator::RLike && quantifier.is_none() && self.accept(K::Escape) {
            escape = Some(Box::new(self.value()?));
        }
        let kind = ExpressionKind::Like { operand: Box::new(operand), operator, patterns, quantifier, escape, negated };
        Ok(Expression { kind, span: self.since(start) })
    }

    pub fn is_test(&mut self, operand: Expression) -> Result<Expression> {
        self.expect(K::Is)?;
        let start = operand.span.start;
        let negated = self.skip_not();
        let operand = Box::new(operand);
        let kind = match self.expect_any(&[K::Null, K::True, K::False, K::Unknown, K::Distinct])? {
            K::Distinct => {
                self.expect(K::From)?;
                let right = Box::new(self.value()?);
                ExpressionKind::IsDistinctFrom { left: operand, right, negated }
            }
            K::True => ExpressionKind::Is { operand, test: Test::True, negated },
            K::False => ExpressionKind::Is { operand, test: Test::False, negated },
            K::Unknown => ExpressionKind::Is { operand, test: Test::Unknown, negated },
            _ => ExpressionKind::Is { operand, test: Test::Null, negated },
        };
        Ok(Expression { kind, span: self.since(start) })
    }

    fn skip_not(&mut self) -> bool {
        self.accept(K::Not) || self.accept_symbol(Symbol::Bang)
    }

    /// A value: comparisons and what binds tighter.
    pub fn value(&mut self) -> Result<Expression> {
        if self.is_postgres() {
            return self.postgres_comparison();
        }
        self.binary(COMPARISON)
    }

    /// Operators that bind at least as tight as `minimum`, all of which group to the left.
    fn binary(&mut self, minimum: u8) -> Result<Expression> {
        let mut left = self.unary()?;
        let mut operands = 1;
        while let Some((operator, precedence)) = self.binary_operator().filter(|(_, found)| *found >= minimum) {
            operands += 1;
            if operands > MAX_CHAIN {
                return Err(self.too_complex());
            }
            self.advance();
            let right = self.binary(precedence + 1)?;
            left = join(left, operator, right);
        }
        Ok(left)
    }

    fn binary_operator(&self) -> Option<(BinaryOperator, u8)> {
        Some(match self.kind() {
            TokenKind::Symbol(symbol) => match symbol {
                Symbol::Eq | Symbol::DoubleEq => (BinaryOperator::Eq, COMPARISON),
                Symbol::NullSafeEq => (BinaryOperator::NullSafeEq, COMPARISON),
                Symbol::NotEq | Symbol::BangEq => (BinaryOperator::NotEq, COMPARISON),
                Symbol::Lt => (BinaryOperator::Lt, COMPARISON),
                Symbol::LtEq | Symbol::NotGt => (BinaryOperator::LtEq, COMPARISON),
                Symbol::Gt => (BinaryOperator::Gt, COMPARISON),
                Symbol::GtEq | Symbol::NotLt => (BinaryOperator::GtEq, COMPARISON),
                Symbol::Or => (BinaryOperator::BitOr, COMPARISON + 1),
                Symbol::Caret => (BinaryOperator::BitXor, COMPARISON + 2),
                Symbol::And => (BinaryOperator::BitAnd, COMPARISON + 3),
                Symbol::ShiftLeft => (BinaryOperator::ShiftLeft, COMPARISON + 4),
                Symbol::ShiftRight => (BinaryOperator::ShiftRight, COMPARISON + 4),
                Symbol::ShiftRightUnsigned => (BinaryOperator::ShiftRightUnsigned, COMPARISON + 4),
                Symbol::Plus => (BinaryOperator::Plus, COMPARISON + 5),
                Symbol::Minus => (BinaryOperator::Minus, COMPARISON + 5),
                Symbol::Concat => (BinaryOperator::Concat, COMPARISON + 5),
                Symbol::Star => (BinaryOperator::Multiply, COMPARISON + 6),
                Symbol::Slash => (BinaryOperator::Divide, COMPARISON + 6),
                Symbol::Percent => (BinaryOperator::Modulo, COMPARISON + 6),
                _ => return None,
            },
            TokenKind::Keyword(K::Div) if self.begins_expression(1) => (BinaryOperator::IntegerDivide, COMPARISON + 6),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Result<Expression> {
        let operator = match self.kind() {
            // `-1` is a literal.
            TokenKind::Symbol(Symbol::Minus) if !self.is_number() => UnaryOperator::Minus,
            TokenKind::Symbol(Symbol::Plus) => UnaryOperator::Plus,
            TokenKind::Symbol(Symbol::Tilde) => UnaryOperator::BitNot,
            _ => return self.primary(),
        };
        let start = self.advance().span.start;
        let operand = Box::new(self.nested(Self::unary)?);
        Ok(Expression { kind: ExpressionKind::Unary { operator, operand }, span: self.since(start) })
    }

    /// Whether an expression could begin `ahead` places further, so that the word before it is no name.
    pub fn begins_expression(&self, ahead: usize) -> bool {
        match self.ahead(ahead).kind {
            TokenKind::Identifier
            | TokenKind::QuotedIdentifier
            | TokenKind::String
            | TokenKind::DoubleQuoted
            | TokenKind::DollarQuoted
            | TokenKind::Number(_)
            | TokenKind::Parameter
            | TokenKind::Error(_) => true,
            TokenKind::Keyword(keyword) => !matches!(
                keyword,
                K::From | K::Where | K::Group | K::Having | K::Order | K::As | K::Is | K::In | K::And | K::Or | K::Then
            ),
            TokenKind::Symbol(symbol) => matches!(
                symbol,
                Symbol::LeftParen
                    | Symbol::Plus
                    | Symbol::Minus
                    | Symbol::Tilde
                    | Symbol::Bang
                    | Symbol::Question
                    | Symbol::Colon
                    | Symbol::At
                    | Symbol::SquareRoot
                    | Symbol::CubeRoot
            ),
            TokenKind::Comment | TokenKind::End => false,
        }
    }
}

const COMPARISON: u8 = 1;

/// Chains up to this length keep the shape they were written in.
const LEFT_DEEP: usize = 8;

fn left_deep(operands: Vec<Expression>, operator: BinaryOperator) -> Expression {
    let mut operands = operands.into_iter();
    let first = operands.next().expect("a chain has operands");
    operands.fold(first, |left, right| join(left, operator, right))
}

fn balanced(operands: Vec<Expression>, operator: BinaryOperator) -> Expression {
    let mut level = operands;
    while level.len() > 1 {
        let mut pairs = level.into_iter();
        let mut next = Vec::new();
        while let Some(left) = pairs.next() {
            next.push(match pairs.next() {
                Some(right) => join(left, operator, right),
                None => left,
            });
        }
        level = next;
    }
    level.pop().expect("a chain has operands")
}

pub(super) fn join(left: Expression, operator: BinaryOperator, right: Expression) -> Expression {
    let span = between(&left, &right);
    Expression { kind: ExpressionKind::Binary { left: Box::new(left), operator, right: Box::new(right) }, span }
}
