//! INSERT INTO and INSERT OVERWRITE.

use crate::error::{Error, Result, Span};
use crate::sql::ast::{Insert, PartitionSpecification, Query, QueryBody, With};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::queries::plain_query;
use super::statements::no_query;
use super::unsupported::table_operation;

impl Parser<'_> {
    /// The common tables of a WITH before INSERT become those of its query.
    pub fn insert(&mut self, with: Option<With>) -> Result<Insert> {
        let start = self.start();
        let mut insert = self.insert_target()?;
        let mut source = self.query()?;
        if let Some(with) = with {
            if source.with.is_some() {
                let span = source.span;
                source = plain_query(QueryBody::Query(Box::new(source)), span);
            }
            source = Query { with: Some(with), ..source };
        }
        insert.source = Box::new(source);
        insert.span = self.since(start);
        Ok(insert)
    }

    /// Everything before the query.
    pub fn insert_target(&mut self) -> Result<Insert> {
        self.expect(K::Insert)?;
        let overwrite = self.expect_any(&[K::Into, K::Overwrite])? == K::Overwrite;
        if overwrite && (self.is(K::Directory) || self.are(&[K::Local, K::Directory])) && !self.is_table_named() {
            return Err(Error::unsupported(
                "INSERT OVERWRITE DIRECTORY",
                "create an external table there: CREATE TABLE … USING … LOCATION … AS SELECT …",
            )
            .at(self.token().span));
        }
        if self.is(K::Table) && self.is_identifier(self.ahead(1)) {
            self.advance();
        }
        let table = self.object_name()?;
        if self.is(K::With) && self.is_symbol_ahead(1, Symbol::LeftParen) {
            return Err(
                Error::unsupported("INSERT … WITH (options)", "give the options to CREATE TABLE").at(self.token().span)
            );
        }
        if self.are(&[K::Replace, K::Where]) {
            return Err(table_operation("INSERT INTO ... REPLACE WHERE", "use INSERT OVERWRITE … PARTITION (…)")
                .at(self.token().span));
        }
        let partition = match self.is(K::Partition) {
            true => self.partition()?,
            false => PartitionSpecification::default(),
        };
        let if_not_exists = self.if_not_exists()?;
        let by_name = self.is(K::By) && self.accept_all(&[K::By, K::Name]);
        let has_columns = !by_name
            && self.is_symbol(Symbol::LeftParen)
            && !self.is_symbol_ahead(1, Symbol::LeftParen)
            && !self.begins_query(1);
        let columns = if has_columns { self.identifier_list()? } else { Vec::new() };
        Ok(Insert {
            table,
            overwrite,
            partition,
            columns,
            by_name,
            if_not_exists,
            source: no_query(),
            span: Span::default(),
        })
    }

    /// A table may be named DIRECTORY: a query stands behind it, not a path.
    fn is_table_named(&self) -> bool {
        self.begins_query(1) || self.is_symbol_ahead(1, Symbol::LeftParen)
    }
}
