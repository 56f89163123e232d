//! Ordinary function calls: arguments, and FILTER, WITHIN GROUP, IGNORE NULLS and OVER behind them.

use crate::error::{Error, Result};
use crate::sql::ast::{Argument, ExpressionKind, FunctionCall, ObjectName, WindowReference};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::primary::call_of;

impl Parser<'_> {
    /// From the `(` on.
    pub fn call(&mut self, name: ObjectName) -> Result<ExpressionKind> {
        let mut call = call_of(name);
        self.expect_symbol(Symbol::LeftParen)?;
        if self.is(K::Distinct) && self.begins_argument(1) {
            self.advance();
            call.distinct = true;
        } else if self.is(K::All) && self.begins_argument(1) {
            self.advance();
        }
        if !self.is_symbol(Symbol::RightParen) {
            call.arguments = self.list(Self::argument)?;
        }
        call.ignore_nulls = self.null_treatment();
        call.order_by = self.order_of_arguments()?;
        self.expect_symbol(Symbol::RightParen)?;
        if self.is_postgres() && ["json_agg", "jsonb_agg"].iter().any(|name| call.name.last().is(name)) {
            return self.collected_document(call);
        }
        self.after_arguments(call)
    }

    fn begins_argument(&self, ahead: usize) -> bool {
        self.begins_expression(ahead) || self.is_symbol_ahead(ahead, Symbol::Star)
    }

    /// `value`, `name => value`
    pub fn argument(&mut self) -> Result<Argument> {
        if self.is_postgres() {
            return self.postgres_argument();
        }
        if self.is(K::Table) && !self.is_symbol_ahead(1, Symbol::Comma) && self.begins_expression(1) {
            return Err(Error::unsupported("a TABLE argument", "use a subquery in FROM").at(self.token().span));
        }
        let name = if self.is_symbol_ahead(1, Symbol::FatArrow) {
            let name = self.identifier()?;
            self.expect_symbol(Symbol::FatArrow)?;
            Some(name)
        } else {
            None
        };
        Ok(Argument { name, value: self.expression()? })
    }

    pub fn after_arguments(&mut self, mut call: FunctionCall) -> Result<ExpressionKind> {
        if self.are(&[K::Within, K::Group]) {
            self.expect_all(&[K::Within, K::Group])?;
            call.within_group = self.parenthesised(|parser| {
                parser.expect_all(&[K::Order, K::By])?;
                parser.list(Self::sort_item)
            })?;
        }
        if self.is(K::Filter) && self.is_symbol_ahead(1, Symbol::LeftParen) {
            self.advance();
            call.filter = Some(self.parenthesised(|parser| {
                parser.expect(K::Where)?;
                parser.expression()
            })?);
        }
        if let Some(ignore) = self.null_treatment() {
            call.ignore_nulls = Some(ignore);
        }
        if self.is(K::Over) && self.begins_window(1) {
            self.advance();
            call.over = Some(self.window_reference()?);
        }
        Ok(ExpressionKind::Function(Box::new(call)))
    }

    /// `IGNORE NULLS`, `RESPECT NULLS`
    fn null_treatment(&mut self) -> Option<bool> {
        if self.accept_all(&[K::Ignore, K::Nulls]) {
            return Some(true);
        }
        self.accept_all(&[K::Respect, K::Nulls]).then_some(false)
    }

    /// What stands behind OVER; a clause or a comma there means that OVER is an alias.
    fn begins_window(&self, ahead: usize) -> bool {
        self.is_symbol_ahead(ahead, Symbol::LeftParen)
            || (self.is_identifier(self.ahead(ahead)) && self.keyword_ahead(ahead) != Some(K::From))
    }

    fn window_reference(&mut self) -> Result<WindowReference> {
        if self.is_symbol(Symbol::LeftParen) {
            return Ok(match self.window_specification()? {
                // `OVER (w)` is `OVER w`.
                specification if specification.base.is_some() => {
                    WindowReference::Named(specification.base.expect("just looked"))
                }
                specification => WindowReference::Inline(specification),
            });
        }
        Ok(WindowReference::Named(self.strict_identifier()?))
    }
}
