//! DESCRIBE.

use crate::error::{Error, Result, UNSUPPORTED_FEATURE};
use crate::sql::ast::{Describe, Identifier, ObjectName};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};

use super::cursor::Parser;

impl Parser<'_> {
    pub fn describe(&mut self) -> Result<Describe> {
        self.advance();
        let follows =
            !matches!(self.ahead(1).kind, TokenKind::End | TokenKind::Symbol(Symbol::Dot | Symbol::Semicolon));
        match self.keyword() {
            Some(K::Function) if follows => self.describe_function(),
            Some(K::Database | K::Schema | K::Namespace) if follows => {
                self.advance();
                let extended = self.extended();
                Ok(Describe::Database { name: self.object_name()?, extended })
            }
            Some(K::Query) if self.begins_query(1) || self.is_symbol_ahead(1, Symbol::LeftParen) => {
                self.advance();
                Ok(Describe::Query(Box::new(self.query()?)))
            }
            Some(K::Table) if follows => self.describe_table(),
            _ if self.begins_query(0) || self.is_symbol(Symbol::LeftParen) => {
                Ok(Describe::Query(Box::new(self.query()?)))
            }
            _ => self.describe_table(),
        }
    }

    fn extended(&mut self) -> bool {
        self.is(K::Extended) && self.is_identifier(self.ahead(1)) && self.accept(K::Extended)
    }

    fn describe_function(&mut self) -> Result<Describe> {
        self.advance();
        let extended = self.is(K::Extended) && self.ahead(1).kind != TokenKind::End && self.accept(K::Extended);
        let start = self.start();
        let single = |text: String, span| ObjectName { parts: vec![Identifier::new(text, span)], span };
        let name = if self.is_string(self.token()) {
            let text = self.string()?;
            single(text, self.since(start))
        } else if self.is_identifier(self.token()) {
            self.object_name()?
        } else if matches!(self.kind(), TokenKind::Symbol(_)) {
            // An operator.
            let token = self.advance();
            single(self.slice(token.span).to_owned(), token.span)
        } else {
            return Err(self.unexpected());
        };
        Ok(Describe::Function { name, extended })
    }

    fn describe_table(&mut self) -> Result<Describe> {
        if self.is(K::Table) && self.is_identifier(self.ahead(1)) {
            self.advance();
        }
        let stated = self.is_any(&[K::Extended, K::Formatted]) && self.is_identifier(self.ahead(1));
        let extended = stated && self.accept_any(&[K::Extended, K::Formatted]).is_some();
        let name = self.object_name()?;
        let partition = self.optional_partition()?;
        if self.is_identifier(self.token()) && !self.are(&[K::As, K::Json]) {
            let column = self.path()?;
            if let Some(partition) = partition {
                return Err(Error::unsupported(
                    "DESCRIBE of a column of one partition",
                    "describe the column of the table",
                )
                .at(partition.span));
            }
            if self.is(K::As) {
                let message =
                    "The feature is not supported: DESC TABLE COLUMN AS JSON not supported for individual columns";
                return Err(Error::new(&UNSUPPORTED_FEATURE, message)
                    .subcondition("DESC_TABLE_COLUMN_JSON")
                    .hint("leave AS JSON out, or describe the table")
                    .at(self.token().span));
            }
            return Ok(Describe::Column { table: name, column, extended });
        }
        let as_json = self.accept_all(&[K::As, K::Json]);
        if as_json && !extended {
            return Err(Error::new(
                &crate::error::DESCRIBE_JSON_NOT_EXTENDED,
                "DESCRIBE TABLE ... AS JSON only supported when [EXTENDED|FORMATTED] is specified",
            )
            .at(name.span)
            .hint(format!("write DESCRIBE EXTENDED {} AS JSON", name.text())));
        }
        Ok(Describe::Table { name, partition, extended, as_json })
    }
}
