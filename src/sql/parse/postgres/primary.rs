//! Primaries that Spark lacks: ARRAY[…], ARRAY(query), ROW(…), `type 'text'`, `$1`, bare functions, subscripts.

use crate::error::{Error, Result};
use crate::sql::ast::{
    Argument, Expression, ExpressionKind, FromItem, FromKind, Identifier, Literal, QueryBody, Select, SelectItem,
    TableAlias,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};
use crate::sql::parse::cursor::Parser;
use crate::sql::parse::primary::plain_call;
use crate::sql::parse::queries::plain_query;
use crate::sql::parse::select::empty_select;

/// Functions that are called without parentheses; in quotes they are names.
const BARE: [&str; 12] = [
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_user",
    "current_role",
    "session_user",
    "user",
    "current_catalog",
    "current_schema",
    "system_user",
];

impl Parser<'_> {
    /// What begins here, if Spark would read it otherwise.
    pub fn postgres_primary(&mut self) -> Result<Option<ExpressionKind>> {
        let start = self.start();
        if self.kind() == TokenKind::Parameter {
            let span = self.advance().span;
            let name = Identifier::new(&self.slice(span)[1..], span);
            return Ok(Some(ExpressionKind::Parameter(Some(name))));
        }
        if !matches!(self.kind(), TokenKind::Identifier | TokenKind::Keyword(_)) {
            return Ok(None);
        }
        let word = self.slice(self.token().span).to_ascii_lowercase();
        let called = self.is_symbol_ahead(1, Symbol::LeftParen);
        Ok(Some(match word.as_str() {
            "array" if self.is_symbol_ahead(1, Symbol::LeftBracket) => {
                self.advance();
                self.array_constructor()?
            }
            "array" if called && self.begins_query(2) => {
                self.advance();
                self.array_of_query()?
            }
            "row" if called => {
                self.advance();
                let items = self.parenthesised(|parser| match parser.is_symbol(Symbol::RightParen) {
                    true => Ok(Vec::new()),
                    false => parser.expressions(),
                })?;
                ExpressionKind::Row(items)
            }
            "exists" if called && self.begins_query(2) => {
                self.advance();
                ExpressionKind::Exists(Box::new(self.parenthesised(Self::query)?))
            }
            "interval" if self.ahead(1).kind == TokenKind::String => self.postgres_interval()?,
            "b" | "x" if self.ahead(1).kind == TokenKind::String && self.ahead(1).span.start == start + 1 => {
                return Err(Error::unsupported("A bit string", "write '\\x1f'::bytea for bytes").at(self.since(start)));
            }
            bare if BARE.contains(&bare) && !self.is_symbol_ahead(1, Symbol::Dot) => {
                let span = self.advance().span;
                if !called {
                    plain_call(bare, [], span)
                } else if self.is_symbol_ahead(1, Symbol::RightParen) {
                    self.advance();
                    self.advance();
                    plain_call(bare, [], span)
                } else {
                    let digits = self.parenthesised(Self::expression)?;
                    let call = Expression { kind: plain_call(bare, [], span), span };
                    plain_call("precision", [call, digits], self.since(start))
                }
            }
            _ if called => return self.postgres_special_call(&word),
            _ => return self.postgres_typed_literal(),
        }))
    }

    /// `[a, b]`, `[[a], [b]]`
    fn array_constructor(&mut self) -> Result<ExpressionKind> {
        let start = self.start();
        self.expect_symbol(Symbol::LeftBracket)?;
        let items = match self.is_symbol(Symbol::RightBracket) {
            true => Vec::new(),
            false => self.list(|parser| {
                if !parser.is_symbol(Symbol::LeftBracket) {
                    return parser.expression();
                }
                let start = parser.start();
                let kind = parser.nested(Self::array_constructor)?;
                Ok(Expression { kind, span: parser.since(start) })
            })?,
        };
        self.expect_symbol(Symbol::RightBracket)?;
        Ok(plain_call("array", items, self.since(start)))
    }

    /// `ARRAY(query)`: what the query gives, collected; no rows make an empty array.
    fn array_of_query(&mut self) -> Result<ExpressionKind> {
        let start = self.start();
        let query = self.parenthesised(Self::query)?;
        if let Some(elements) = super::array_queries::of_elements(&query) {
            return Ok(elements);
        }
        let span = self.since(start);
        let name = Identifier::new("array element", span);
        let column = Expression { kind: ExpressionKind::Column(vec![name.clone()]), span };
        let alias = TableAlias { name: Some(Identifier::new("array source", span)), columns: vec![name] };
        let kind = FromKind::Subquery { query: Box::new(query), lateral: false, sample: None, alias: Some(alias) };
        let collected = Expression { kind: plain_call("array_agg", [column], span), span };
        let empty = Expression { kind: plain_call("array", [], span), span };
        let collected = Expression { kind: plain_call("coalesce", [collected, empty], span), span };
        let select = Select {
            items: vec![SelectItem {
                expression: collected,
                alias: Some(crate::sql::ast::Alias::One(Identifier::new("array", span))),
            }],
            from: vec![FromItem { kind, span }],
            span,
            ..empty_select()
        };
        Ok(ExpressionKind::Subquery(Box::new(plain_query(QueryBody::Select(Box::new(select)), span))))
    }

    /// `INTERVAL '1 day'`, `INTERVAL '1' DAY`, `INTERVAL '1:30' HOUR TO MINUTE`
    fn postgres_interval(&mut self) -> Result<ExpressionKind> {
        const UNITS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
        let start = self.start();
        self.advance();
        let span = self.token().span;
        let mut text = self.single_string()?;
        let unit = |parser: &Self, ahead: usize| UNITS.iter().find(|unit| parser.is_word_ahead(ahead, unit)).copied();
        if let Some(first) = unit(self, 0) {
            self.advance();
            let mut last = first;
            if self.is(K::To)
                && let Some(to) = unit(self, 1)
            {
                self.advance();
                self.advance();
                last = to;
            }
            // Numbers without units have the last of the fields; `1:30` and `1-2` say themselves what they are.
            if text.trim().parse::<f64>().is_ok() {
                text = format!("{} {last}", text.trim());
            } else if (first, last) == ("minute", "second") && text.matches(':').count() == 1 {
                text = format!("00:{text}");
            }
        }
        let operand = Box::new(super::string_literal(&text, span));
        let whole = self.since(start);
        let style = crate::sql::ast::CastStyle::DoubleColon;
        let data_type = crate::types::DataType::CalendarInterval;
        let kind = ExpressionKind::Cast { operand, data_type, style };
        Ok(Expression { kind, span: whole }.kind)
    }

    /// `[index]`, `[from:to]` behind an array.
    pub fn postgres_subscript(&mut self, base: Expression) -> Result<Expression> {
        self.expect_symbol(Symbol::LeftBracket)?;
        let span = base.span;
        let null = || Expression { kind: ExpressionKind::Literal(Literal::Null), span };
        let from = if self.is_symbol(Symbol::Colon) { null() } else { self.nested(Self::expression)? };
        let kind = if self.accept_symbol(Symbol::Colon) {
            let to = if self.is_symbol(Symbol::RightBracket) { null() } else { self.nested(Self::expression)? };
            plain_call("[:]", [base, from, to], span)
        } else {
            ExpressionKind::Index { operand: Box::new(base), index: Box::new(from) }
        };
        self.expect_symbol(Symbol::RightBracket)?;
        Ok(Expression { kind, span })
    }

    /// `a => 1`, `a := 1`
    pub fn postgres_argument(&mut self) -> Result<Argument> {
        if self.is_word("VARIADIC") && !self.is_symbol_ahead(1, Symbol::Comma) {
            return Err(Error::unsupported("VARIADIC", "write the arguments one by one").at(self.token().span));
        }
        let named = self.is_symbol_ahead(1, Symbol::FatArrow) || self.is_symbol_ahead(1, Symbol::Assign);
        let name = match named && self.is_identifier(self.token()) {
            true => {
                let name = self.identifier()?;
                self.advance();
                Some(name)
            }
            false => None,
        };
        Ok(Argument { name, value: self.expression()? })
    }
}
