//! Calls with forms of their own: EXTRACT, SUBSTRING, POSITION, GROUPING.

use crate::error::Result;
use crate::sql::ast::{Argument, Expression, ExpressionKind, FunctionCall, Identifier, Literal, ObjectName};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;
use crate::sql::parse::cursor::Parser;
use crate::sql::parse::primary::{call_of, plain_call};

impl Parser<'_> {
    /// A word with a `(` behind it; `None`: an ordinary call, or one that Spark reads alike.
    pub(super) fn postgres_special_call(&mut self, word: &str) -> Result<Option<ExpressionKind>> {
        match word {
            "extract" => self.postgres_extract().map(Some),
            "substring" => self.postgres_substring().map(Some),
            "position" => self.postgres_position().map(Some),
            "grouping" => {
                let name = self.identifier()?;
                let arguments = self.parenthesised(Self::expressions)?;
                let function = if arguments.len() == 1 { "grouping" } else { "grouping_id" };
                Ok(Some(plain_call(function, arguments, name.span)))
            }
            // Types that are called: `text(a)`, `date(a)`, `int4(a)`.
            "text" | "date" | "int2" | "int4" | "int8" | "float4" | "float8" | "bool" | "timestamptz" => {
                let mark = self.mark();
                let data_type = self.postgres_data_type()?;
                let operand = self.parenthesised(Self::expression)?;
                if self.is_word("OVER") {
                    self.back_to(mark);
                    return Ok(None);
                }
                let style = crate::sql::ast::CastStyle::Cast;
                Ok(Some(ExpressionKind::Cast { operand: Box::new(operand), data_type, style }))
            }
            _ => Ok(None),
        }
    }

    fn postgres_extract(&mut self) -> Result<ExpressionKind> {
        let start = self.start();
        self.advance();
        self.expect_symbol(Symbol::LeftParen)?;
        let span = self.token().span;
        let field = match self.is_string(self.token()) {
            true => self.string()?,
            false => self.identifier()?.value,
        };
        self.expect(K::From)?;
        let source = self.expression()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(plain_call("extract", [super::string_literal(&field, span), source], self.since(start)))
    }

    /// `SUBSTRING(a FROM b FOR c)`, `SUBSTRING(a FROM 'pattern')`, `SUBSTRING(a SIMILAR b ESCAPE c)`, `SUBSTRING(a, b, c)`
    fn postgres_substring(&mut self) -> Result<ExpressionKind> {
        let name = self.object_name()?;
        self.expect_symbol(Symbol::LeftParen)?;
        let mut arguments = vec![self.expression()?];
        let span = arguments[0].span;
        if self.accept(K::From) {
            arguments.push(self.expression()?);
            if self.accept(K::For) {
                arguments.push(self.expression()?);
            }
        } else if self.accept(K::For) {
            arguments.push(Expression { kind: ExpressionKind::Literal(Literal::Integer("1".to_owned())), span });
            arguments.push(self.expression()?);
        } else {
            while self.accept_symbol(Symbol::Comma) {
                arguments.push(self.expression()?);
            }
        }
        self.expect_symbol(Symbol::RightParen)?;
        let arguments = arguments.into_iter().map(|value| Argument { name: None, value }).collect();
        self.after_arguments(FunctionCall { arguments, ..call_of(name) })
    }

    /// `POSITION(a IN b)`
    fn postgres_position(&mut self) -> Result<ExpressionKind> {
        let start = self.start();
        self.advance();
        self.expect_symbol(Symbol::LeftParen)?;
        let sought = self.postgres_operators(1)?;
        self.expect(K::In)?;
        let text = self.expression()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(plain_call("position", [sought, text], self.since(start)))
    }

    /// What a name that is called stands for: `pg_catalog.` says nothing more.
    pub fn without_system_schema(&self, mut name: ObjectName) -> ObjectName {
        if let [schema, function] = name.parts.as_slice()
            && self.is_postgres()
            && (schema.is("pg_catalog") || schema.is("information_schema") && function.value.starts_with("_pg_"))
        {
            name.parts.remove(0);
        }
        name
    }

    /// `json_agg(a)` is the JSON of the array that `array_agg(a)` is.
    pub(in crate::sql::parse) fn collected_document(&mut self, call: FunctionCall) -> Result<ExpressionKind> {
        let (span, name) = (call.name.span, call.name.last().value.clone());
        let collects = ObjectName { parts: vec![Identifier::new("array_agg", span)], span };
        let kind = self.after_arguments(FunctionCall { name: collects, ..call })?;
        Ok(plain_call(&name, [Expression { kind, span }], span))
    }

    /// `f(a ORDER BY b)`
    pub(in crate::sql::parse) fn order_of_arguments(&mut self) -> Result<Vec<crate::sql::ast::SortItem>> {
        match self.is_postgres() && self.accept_all(&[K::Order, K::By]) {
            true => self.list(Self::sort_item),
            false => Ok(Vec::new()),
        }
    }
}

/// A name that no user types.
pub(super) fn hidden_name(value: &str, span: crate::error::Span) -> Identifier {
    Identifier { value: value.to_owned(), quoted: true, span }
}
