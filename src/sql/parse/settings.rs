//! SET and RESET, which take what stands behind them as it was typed.

use crate::error::{Error, INVALID_SET_SYNTAX, Result};
use crate::sql::ast::{Expression, ExpressionKind};
use crate::sql::ast::{Set, Statement, TimeZone};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::TokenKind;

use super::cursor::Parser;

impl Parser<'_> {
    pub fn set(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        if self.are(&[K::Time, K::Zone]) {
            return self.time_zone().map(Set::TimeZone).map(Statement::Set);
        }
        if self.kind() == TokenKind::QuotedIdentifier {
            return self.set_quoted().map(Statement::Set);
        }
        let text = self.rest_of_text().to_owned();
        let set = match text.split_once('=') {
            _ if text.is_empty() => Set::All { verbose: false },
            _ if text.eq_ignore_ascii_case("-v") => Set::All { verbose: true },
            Some((key, value)) if is_key(key.trim_end()) => {
                let value = value.trim();
                let quoted = value.len() > 1 && value.starts_with('`') && value.ends_with('`');
                let value = if quoted { value[1..value.len() - 1].replace("``", "`") } else { value.to_owned() };
                Set::Assign { key: key.trim_end().to_owned(), value }
            }
            None if is_key(&text) => Set::Get(text),
            _ => {
                return Err(Error::new(
                    &INVALID_SET_SYNTAX,
                    "Expected format is 'SET', 'SET key', or 'SET key=value'. If you want to include special characters in \
                     key, or include semicolon in value, please use backquotes, e.g., SET `key`=`value`",
                )
                .at(self.since(start)));
            }
        };
        Ok(Statement::Set(set))
    }

    /// ``SET `key` = `value` ``
    fn set_quoted(&mut self) -> Result<Set> {
        let key = self.identifier()?.value;
        if self.at_end() {
            return Ok(Set::Get(key));
        }
        self.expect_symbol(crate::sql::lexer::Symbol::Eq)?;
        let value = if self.kind() == TokenKind::QuotedIdentifier && self.ahead(1).kind == TokenKind::End {
            self.identifier()?.value
        } else {
            self.rest_of_text().to_owned()
        };
        Ok(Set::Assign { key, value })
    }

    fn time_zone(&mut self) -> Result<TimeZone> {
        self.expect_all(&[K::Time, K::Zone])?;
        let start = self.start();
        if self.accept(K::Local) {
            return Ok(TimeZone::Local);
        }
        if self.is_interval() {
            let kind = ExpressionKind::Literal(self.interval()?);
            return Ok(TimeZone::Interval(Expression { kind, span: self.since(start) }));
        }
        if self.is_string(self.token()) {
            return Ok(TimeZone::Name(self.string()?));
        }
        Err(self.unexpected().hint("SET TIME ZONE takes LOCAL, a quoted name of a zone, or an INTERVAL"))
    }

    pub fn reset(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        if self.kind() == TokenKind::QuotedIdentifier {
            return Ok(Statement::Reset(Some(self.identifier()?.value)));
        }
        let text = self.rest_of_text().to_owned();
        if !text.is_empty() && !is_key(&text) {
            return Err(Error::new(
                &INVALID_SET_SYNTAX,
                "Expected format is 'RESET' or 'RESET key'. If you want to include special characters in key, please use \
                 backquotes, e.g., RESET `key`",
            )
            .at(self.since(start)));
        }
        Ok(Statement::Reset(Some(text).filter(|text| !text.is_empty())))
    }
}

/// A setting's name without quotes.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:\\-".contains(&byte))
}
