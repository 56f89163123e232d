//! Operators and predicates by PostgreSQL's precedence.
//!
//! From loose to tight: OR, AND, NOT, IS, comparison, BETWEEN IN LIKE, all other operators, `+ -`, `* / %`, `^`,
//! AT TIME ZONE, COLLATE, unary `+ -`, and what stands behind a primary.

use crate::error::{Error, Result};
use crate::sql::ast::{BinaryOperator, Expression, ExpressionKind, LikeOperator, Literal, Test, UnaryOperator};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};
use crate::sql::parse::cursor::{MAX_CHAIN, Parser};
use crate::sql::parse::expressions::join;
use crate::sql::parse::literals::between;
use crate::sql::parse::primary::plain_call;

/// What stands between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Binary(BinaryOperator),
    /// A function with the operator's sign, or its name.
    Call(&'static str),
    Like {
        operator: LikeOperator,
        negated: bool,
    },
}

const OTHER: u8 = 1;
const SUM: u8 = 2;
const PRODUCT: u8 = 3;
const POWER: u8 = 4;

impl Parser<'_> {
    /// What IS tests, and the tests.
    pub fn postgres_predicate(&mut self) -> Result<Expression> {
        let start = self.start();
        let mut operand = self.postgres_comparison()?;
        loop {
            operand = if self.is(K::Is) {
                match &operand.kind {
                    ExpressionKind::Row(items) if self.tests_row() => {
                        let items = items.clone();
                        self.row_is_null(&items, start)?
                    }
                    _ => self.is_test(operand)?,
                }
            } else if self.is_word("ISNULL") || self.is_word("NOTNULL") {
                let negated = self.is_word("NOTNULL");
                self.advance();
                let kind = ExpressionKind::Is { operand: Box::new(operand), test: Test::Null, negated };
                Expression { kind, span: self.since(start) }
            } else {
                return Ok(operand);
            };
        }
    }

    fn tests_row(&self) -> bool {
        self.are(&[K::Is, K::Null]) || self.are(&[K::Is, K::Not, K::Null])
    }

    /// A row is NULL if all in it is, and NOT NULL if nothing in it is.
    fn row_is_null(&mut self, items: &[Expression], start: usize) -> Result<Expression> {
        self.expect(K::Is)?;
        let negated = self.accept(K::Not);
        self.expect(K::Null)?;
        let span = self.since(start);
        let tests = items.iter().map(|item| {
            let kind = ExpressionKind::Is { operand: Box::new(item.clone()), test: Test::Null, negated };
            Expression { kind, span }
        });
        Ok(tests.reduce(|left, right| join(left, BinaryOperator::And, right)).unwrap_or_else(|| truth(true, span)))
    }

    /// Values and comparisons of them, without NOT, AND and OR.
    pub fn postgres_comparison(&mut self) -> Result<Expression> {
        let mut left = self.postgres_matching()?;
        let mut operands = 1;
        while let Some(operator) = comparison(self.kind()) {
            operands += 1;
            if operands > MAX_CHAIN {
                return Err(self.too_complex());
            }
            self.advance();
            let operator = Operator::Binary(operator);
            left = match self.begins_quantified() {
                true => self.quantified(left, operator)?,
                false => {
                    let right = self.postgres_matching()?;
                    combine(operator, left, right)
                }
            };
        }
        Ok(left)
    }

    /// `a [NOT] BETWEEN | IN | LIKE | ILIKE | SIMILAR TO …`, `a OVERLAPS b`
    fn postgres_matching(&mut self) -> Result<Expression> {
        let start = self.start();
        let operand = self.postgres_operators(OTHER)?;
        let negations = usize::from(self.is(K::Not));
        let negated = negations == 1;
        match self.keyword_ahead(negations) {
            Some(K::Between) => self.postgres_between(operand, negated),
            Some(K::In) if self.is_symbol_ahead(negations + 1, Symbol::LeftParen) => {
                let found = self.in_list(operand, negated)?;
                Ok(rows_in_list(found))
            }
            Some(K::Like | K::Ilike) => {
                self.accept(K::Not);
                let operator = if self.advance().kind == TokenKind::Keyword(K::Like) {
                    LikeOperator::Like
                } else {
                    LikeOperator::ILike
                };
                self.postgres_like(operand, operator, negated)
            }
            Some(K::Overlaps) if !negated => {
                self.advance();
                let right = self.postgres_operators(OTHER)?;
                let (ExpressionKind::Row(left), ExpressionKind::Row(others)) = (&operand.kind, &right.kind) else {
                    return Err(Error::syntax("OVERLAPS stands between two rows of two values", self.since(start)));
                };
                let [a, b] = left.as_slice() else { return Err(self.unexpected()) };
                let [c, d] = others.as_slice() else { return Err(self.unexpected()) };
                let span = self.since(start);
                let arguments = [a.clone(), b.clone(), c.clone(), d.clone()];
                Ok(Expression { kind: plain_call("overlaps", arguments, span), span })
            }
            _ if self.is_word_ahead(negations, "SIMILAR") && self.keyword_ahead(negations + 1) == Some(K::To) => {
                self.accept(K::Not);
                self.advance();
                self.advance();
                let mut arguments = vec![operand, self.postgres_operators(OTHER)?];
                if self.accept(K::Escape) {
                    arguments.push(self.postgres_operators(OTHER)?);
                }
                let span = self.since(start);
                Ok(negate(Expression { kind: plain_call("similar to", arguments, span), span }, negated))
            }
            _ => Ok(operand),
        }
    }

    fn postgres_between(&mut self, operand: Expression, negated: bool) -> Result<Expression> {
        self.accept(K::Not);
        self.expect(K::Between)?;
        let symmetric = self.accept_words(&["SYMMETRIC"]);
        if !symmetric {
            self.accept_words(&["ASYMMETRIC"]);
        }
        let low = self.postgres_operators(OTHER)?;
        self.expect(K::And)?;
        let high = self.postgres_operators(OTHER)?;
        let span = between(&operand, &high);
        let kind = |operand: Expression, low: Expression, high: Expression| Expression {
            kind: ExpressionKind::Between {
                operand: Box::new(operand),
                low: Box::new(low),
                high: Box::new(high),
                negated,
            },
            span,
        };
        if !symmetric {
            return Ok(kind(operand, low, high));
        }
        let operator = if negated { BinaryOperator::And } else { BinaryOperator::Or };
        Ok(join(kind(operand.clone(), low.clone(), high.clone()), operator, kind(operand, high, low)))
    }

    /// What stands behind LIKE.
    pub(super) fn postgres_like(
        &mut self,
        operand: Expression,
        operator: LikeOperator,
        negated: bool,
    ) -> Result<Expression> {
        if self.begins_quantified() {
            return self.quantified(operand, Operator::Like { operator, negated });
        }
        let start = operand.span.start;
        let pattern = self.postgres_operators(OTHER)?;
        let mut escape = None;
        let mut pattern = pattern;
        if self.accept(K::Escape) {
            let character = self.postgres_operators(OTHER)?;
            match (&character.kind, &mut pattern.kind) {
                // Without an escape a backslash is a backslash.
                (ExpressionKind::Literal(Literal::String(none)), ExpressionKind::Literal(Literal::String(text)))
                    if none.is_empty() =>
                {
                    *text = text.replace('\\', "\\\\");
                }
                _ => escape = Some(Box::new(character)),
            }
        }
        let kind = ExpressionKind::Like {
            operand: Box::new(operand),
            operator,
            patterns: vec![pattern],
            quantifier: None,
            escape,
            negated,
        };
        Ok(Expression { kind, span: self.since(start) })
    }

    /// Operators that bind at least as tight as `minimum`, all of which group to the left.
    pub fn postgres_operators(&mut self, minimum: u8) -> Result<Expression> {
        let mut left = self.postgres_prefixed()?;
        let mut operands = 1;
        while let Some((operator, precedence)) = self.postgres_operator()?.filter(|(_, found)| *found >= minimum) {
            operands += 1;
            if operands > MAX_CHAIN {
                return Err(self.too_complex());
            }
            self.advance_over_operator();
            left = match self.begins_quantified() {
                true => self.quantified(left, operator)?,
                false => {
                    let right = self.postgres_operators(precedence + 1)?;
                    combine(operator, left, right)
                }
            };
        }
        Ok(left)
    }

    /// The operator that comes next, and how tight it binds.
    fn postgres_operator(&self) -> Result<Option<(Operator, u8)>> {
        let TokenKind::Symbol(symbol) = self.kind() else {
            if self.is_word("OPERATOR") && self.is_symbol_ahead(1, Symbol::LeftParen) {
                let mut ahead = 2;
                while self.is_symbol_ahead(ahead + 1, Symbol::Dot) {
                    ahead += 2;
                }
                let TokenKind::Symbol(symbol) = self.ahead(ahead).kind else { return Err(self.unexpected()) };
                let known = operator(symbol).map(|(operator, _)| operator);
                let known = known.or_else(|| comparison(TokenKind::Symbol(symbol)).map(Operator::Binary));
                return known.map(|operator| Some((operator, OTHER))).ok_or_else(|| self.unexpected());
            }
            return Ok(None);
        };
        Ok(operator(symbol))
    }

    fn advance_over_operator(&mut self) {
        if !self.is_word("OPERATOR") {
            self.advance();
            return;
        }
        while !self.at_end() && self.advance().kind != TokenKind::Symbol(Symbol::RightParen) {}
    }

    fn postgres_prefixed(&mut self) -> Result<Expression> {
        let start = self.start();
        let name = match self.kind() {
            TokenKind::Symbol(Symbol::At) => "@",
            TokenKind::Symbol(Symbol::SquareRoot) => "|/",
            TokenKind::Symbol(Symbol::CubeRoot) => "||/",
            TokenKind::Symbol(Symbol::Tilde) => "~",
            _ => return self.postgres_operand(),
        };
        self.advance();
        let operand = self.nested(|parser| parser.postgres_operators(SUM))?;
        let span = self.since(start);
        let kind = match name {
            "~" => ExpressionKind::Unary { operator: UnaryOperator::BitNot, operand: Box::new(operand) },
            name => plain_call(name, [operand], span),
        };
        Ok(Expression { kind, span })
    }

    /// A primary with its sign, and COLLATE and AT TIME ZONE behind it.
    fn postgres_operand(&mut self) -> Result<Expression> {
        let start = self.start();
        let mut operand = self.postgres_signed()?;
        loop {
            if self.is(K::Collate) {
                self.advance();
                let collation = self.object_name()?;
                if !["default", "c", "posix", "ucs_basic"].iter().any(|name| collation.last().is(name)) {
                    let what = format!("the collation {}", collation.text());
                    return Err(Error::unsupported(what, "strings are compared by their bytes, as with COLLATE \"C\"")
                        .at(collation.span));
                }
            } else if self.are_words(&["AT", "TIME", "ZONE"]) {
                self.accept_words(&["AT", "TIME", "ZONE"]);
                let zone = self.postgres_signed()?;
                let span = self.since(start);
                operand = Expression { kind: plain_call("timezone", [zone, operand], span), span };
            } else {
                return Ok(operand);
            }
        }
    }

    fn postgres_signed(&mut self) -> Result<Expression> {
        let operator = match self.kind() {
            TokenKind::Symbol(Symbol::Minus) => UnaryOperator::Minus,
            TokenKind::Symbol(Symbol::Plus) => UnaryOperator::Plus,
            _ => return self.primary(),
        };
        let start = self.advance().span.start;
        let operand = Box::new(self.nested(Self::postgres_signed)?);
        Ok(Expression { kind: ExpressionKind::Unary { operator, operand }, span: self.since(start) })
    }
}

/// `left operator right`
pub(super) fn combine(operator: Operator, left: Expression, right: Expression) -> Expression {
    let span = between(&left, &right);
    match operator {
        Operator::Binary(operator) => match (&left.kind, &right.kind) {
            (ExpressionKind::Row(a), ExpressionKind::Row(b)) if a.len() == b.len() && !a.is_empty() => {
                compare_rows(operator, a, b).unwrap_or_else(|| join(left.clone(), operator, right.clone()))
            }
            _ => join(left, operator, right),
        },
        Operator::Call(name) => Expression { kind: plain_call(name, [left, right], span), span },
        Operator::Like { operator, negated } => Expression {
            kind: ExpressionKind::Like {
                operand: Box::new(left),
                operator,
                patterns: vec![right],
                quantifier: None,
                escape: None,
                negated,
            },
            span,
        },
    }
}

/// Rows are compared from the left to the right, value by value.
fn compare_rows(operator: BinaryOperator, left: &[Expression], right: &[Expression]) -> Option<Expression> {
    use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    let pairs = || left.iter().cloned().zip(right.iter().cloned());
    match operator {
        Eq => pairs().map(|(a, b)| join(a, Eq, b)).reduce(|a, b| join(a, And, b)),
        NotEq => pairs().map(|(a, b)| join(a, NotEq, b)).reduce(|a, b| join(a, Or, b)),
        Lt | LtEq | Gt | GtEq => {
            let strict = if matches!(operator, Lt | LtEq) { Lt } else { Gt };
            let mut pairs = pairs().rev();
            let (a, b) = pairs.next()?;
            let last = join(a, operator, b);
            Some(pairs.fold(last, |rest, (a, b)| {
                let same = join(join(a.clone(), Eq, b.clone()), And, rest);
                join(join(a, strict, b), Or, same)
            }))
        }
        _ => None,
    }
}

/// `(a, b) IN ((1, 2), (3, 4))`
fn rows_in_list(found: Expression) -> Expression {
    let ExpressionKind::InList { operand, list, negated } = &found.kind else { return found };
    let ExpressionKind::Row(left) = &operand.kind else { return found };
    let equal = list.iter().map(|item| match &item.kind {
        ExpressionKind::Row(right) if right.len() == left.len() => compare_rows(BinaryOperator::Eq, left, right),
        _ => None,
    });
    let equal: Option<Vec<Expression>> = equal.collect();
    match equal.and_then(|equal| equal.into_iter().reduce(|a, b| join(a, BinaryOperator::Or, b))) {
        Some(any) => negate(any, *negated),
        None => found,
    }
}

pub(super) fn negate(operand: Expression, negated: bool) -> Expression {
    let span = operand.span;
    match negated {
        true => Expression {
            kind: ExpressionKind::Unary { operator: UnaryOperator::Not, operand: Box::new(operand) },
            span,
        },
        false => operand,
    }
}

pub(super) fn truth(value: bool, span: crate::error::Span) -> Expression {
    Expression { kind: ExpressionKind::Literal(Literal::Boolean(value)), span }
}

fn comparison(kind: TokenKind) -> Option<BinaryOperator> {
    let TokenKind::Symbol(symbol) = kind else { return None };
    Some(match symbol {
        Symbol::Eq => BinaryOperator::Eq,
        Symbol::NotEq | Symbol::BangEq => BinaryOperator::NotEq,
        Symbol::Lt => BinaryOperator::Lt,
        Symbol::LtEq => BinaryOperator::LtEq,
        Symbol::Gt => BinaryOperator::Gt,
        Symbol::GtEq => BinaryOperator::GtEq,
        _ => return None,
    })
}

fn operator(symbol: Symbol) -> Option<(Operator, u8)> {
    use Operator::{Binary, Call, Like};
    let like = |operator, negated| (Like { operator, negated }, OTHER);
    Some(match symbol {
        Symbol::Plus => (Binary(BinaryOperator::Plus), SUM),
        Symbol::Minus => (Binary(BinaryOperator::Minus), SUM),
        Symbol::Star => (Binary(BinaryOperator::Multiply), PRODUCT),
        Symbol::Slash => (Binary(BinaryOperator::Divide), PRODUCT),
        Symbol::Percent => (Binary(BinaryOperator::Modulo), PRODUCT),
        Symbol::Caret => (Call("^"), POWER),
        Symbol::Concat => (Binary(BinaryOperator::Concat), OTHER),
        Symbol::And => (Binary(BinaryOperator::BitAnd), OTHER),
        Symbol::Or => (Binary(BinaryOperator::BitOr), OTHER),
        Symbol::Hash => (Binary(BinaryOperator::BitXor), OTHER),
        Symbol::ShiftLeft => (Binary(BinaryOperator::ShiftLeft), OTHER),
        Symbol::ShiftRight => (Binary(BinaryOperator::ShiftRight), OTHER),
        Symbol::LikeSign => like(LikeOperator::Like, false),
        Symbol::NotLikeSign => like(LikeOperator::Like, true),
        Symbol::LikeAnyCase => like(LikeOperator::ILike, false),
        Symbol::NotLikeAnyCase => like(LikeOperator::ILike, true),
        Symbol::Tilde => (Call("~"), OTHER),
        Symbol::RegexMatchAnyCase => (Call("~*"), OTHER),
        Symbol::NotRegexMatch => (Call("!~"), OTHER),
        Symbol::NotRegexMatchAnyCase => (Call("!~*"), OTHER),
        Symbol::StartsWith => (Call("^@"), OTHER),
        Symbol::Arrow => (Call("->"), OTHER),
        Symbol::ArrowText => (Call("->>"), OTHER),
        Symbol::Path => (Call("#>"), OTHER),
        Symbol::PathText => (Call("#>>"), OTHER),
        Symbol::ContainsSign => (Call("@>"), OTHER),
        Symbol::ContainedBy => (Call("<@"), OTHER),
        Symbol::Overlap => (Call("&&"), OTHER),
        Symbol::Question => (Call("?"), OTHER),
        Symbol::AnyKey => (Call("?|"), OTHER),
        Symbol::AllKeys => (Call("?&"), OTHER),
        _ => return None,
    })
}
