//! Clauses of queries: DISTINCT ON, FETCH FIRST, LIMIT and OFFSET in any order, FOR UPDATE.

use crate::error::{Error, Result, Span};
use crate::sql::ast::{
    Argument, BinaryOperator, Expression, ExpressionKind, FunctionCall, Literal, Query, QueryBody, Select, SortItem,
    WindowReference, WindowSpecification,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;
use crate::sql::parse::cursor::Parser;
use crate::sql::parse::expressions::join;
use crate::sql::parse::primary::call_of;

use super::calls::hidden_name;

/// `FETCH FIRST n ROWS …`
pub(in crate::sql::parse) struct Limits {
    pub limit: Option<Expression>,
    pub offset: Option<Expression>,
    pub with_ties: bool,
}

impl Parser<'_> {
    /// `DISTINCT ON (a, b)`; it is kept until the ORDER BY behind the SELECT is known.
    pub(in crate::sql::parse) fn distinct_on(&mut self, select_start: usize) -> Result<bool> {
        if !(self.is_postgres() && self.are(&[K::Distinct, K::On]) && self.is_symbol_ahead(2, Symbol::LeftParen)) {
            return Ok(false);
        }
        self.expect_all(&[K::Distinct, K::On])?;
        let keys = self.parenthesised(Self::expressions)?;
        self.distinct_on.push((select_start, keys));
        Ok(true)
    }

    /// LIMIT, OFFSET and FETCH, in any order.
    pub(in crate::sql::parse) fn postgres_limits(&mut self) -> Result<Limits> {
        let mut limits = Limits { limit: None, offset: None, with_ties: false };
        loop {
            if self.is(K::Limit) {
                self.advance();
                if !self.accept(K::All) && !self.accept(K::Null) {
                    limits.limit = Some(self.expression()?);
                }
            } else if self.is(K::Offset) {
                self.advance();
                limits.offset = Some(self.expression()?);
                if !self.accept(K::Rows) {
                    self.accept(K::Row);
                }
            } else if self.is(K::Fetch) && (self.is_word_ahead(1, "FIRST") || self.is_word_ahead(1, "NEXT")) {
                self.advance();
                let start = self.advance().span.end;
                let one = || Literal::Integer("1".to_owned());
                limits.limit = Some(match self.is_any(&[K::Row, K::Rows]) {
                    true => Expression { kind: ExpressionKind::Literal(one()), span: Span::new(start, start) },
                    false => self.primary()?,
                });
                self.expect_any(&[K::Row, K::Rows])?;
                limits.with_ties = self.accept_words(&["WITH", "TIES"]);
                if !limits.with_ties {
                    self.expect(K::Only)?;
                }
            } else {
                break;
            }
        }
        if self.is(K::For) && ["UPDATE", "SHARE", "NO", "KEY"].iter().any(|word| self.is_word_ahead(1, word)) {
            return Err(Error::unsupported(
                "Locking rows with FOR UPDATE or FOR SHARE",
                "leave it out: a query sees one \
                 state of all its tables, and writes do not wait for it",
            )
            .at(self.token().span));
        }
        Ok(limits)
    }

    /// DISTINCT ON and WITH TIES are conditions on the number of a row among others.
    pub(in crate::sql::parse) fn settle(&mut self, query: &mut Query, with_ties: bool) -> Result<()> {
        let QueryBody::Select(select) = &mut query.body else {
            return match with_ties {
                true => {
                    Err(Error::unsupported("WITH TIES behind a set operation", "put the query into FROM of another")
                        .at(query.span))
                }
                false => Ok(()),
            };
        };
        let found = self.distinct_on.iter().position(|(start, _)| *start == select.span.start);
        let keys = found.map(|at| self.distinct_on.remove(at).1);
        if keys.is_none() && !with_ties {
            return Ok(());
        }
        let order: Vec<SortItem> = query
            .order_by
            .iter()
            .map(|item| SortItem { expression: meant(&item.expression, select), ..item.clone() })
            .collect();
        let span = select.span;
        if let Some(keys) = keys {
            let keys: Vec<Expression> = keys.iter().map(|key| meant(key, select)).collect();
            let order_by = match order.is_empty() {
                true => keys
                    .iter()
                    .map(|key| SortItem { expression: key.clone(), descending: false, nulls_first: Some(false) })
                    .collect(),
                false => order.clone(),
            };
            let one = Expression { kind: ExpressionKind::Literal(Literal::Integer("1".to_owned())), span };
            qualify(select, join(numbered("row_number", keys, order_by, span), BinaryOperator::Eq, one));
        }
        if with_ties {
            let (Some(limit), None, false) = (query.limit.take(), &query.offset, order.is_empty()) else {
                return Err(Error::unsupported("WITH TIES without ORDER BY, or with OFFSET", "leave it out").at(span));
            };
            qualify(select, join(numbered("rank", Vec::new(), order, span), BinaryOperator::LtEq, limit));
        }
        Ok(())
    }
}

fn qualify(select: &mut Select, condition: Expression) {
    select.qualify = Some(match select.qualify.take() {
        Some(other) => join(other, BinaryOperator::And, condition),
        None => condition,
    });
}

/// What an ordinal or an alias of the SELECT list stands for.
fn meant(expression: &Expression, select: &Select) -> Expression {
    let found = match &expression.kind {
        ExpressionKind::Literal(Literal::Integer(number)) => {
            number.parse::<usize>().ok().and_then(|number| select.items.get(number.checked_sub(1)?))
        }
        ExpressionKind::Column(parts) => match parts.as_slice() {
            [name] => select
                .items
                .iter()
                .find(|item| matches!(&item.alias, Some(crate::sql::ast::Alias::One(alias)) if alias == name)),
            _ => None,
        },
        _ => None,
    };
    found.map_or_else(|| expression.clone(), |item| item.expression.clone())
}

/// `function() OVER (PARTITION BY … ORDER BY …)`
fn numbered(function: &str, partition_by: Vec<Expression>, order_by: Vec<SortItem>, span: Span) -> Expression {
    let name = crate::sql::ast::ObjectName { parts: vec![hidden_name(function, span)], span };
    let window = WindowSpecification { base: None, partition_by, order_by, frame: None, span };
    let arguments: Vec<Argument> = Vec::new();
    let call = FunctionCall { arguments, over: Some(WindowReference::Inline(window)), ..call_of(name) };
    Expression { kind: ExpressionKind::Function(Box::new(call)), span }
}
