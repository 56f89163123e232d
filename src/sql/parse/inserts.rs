//! INSERT INTO and INSERT OVERWRITE.

use crate::error::{Error, Result, Span};
use crate::sql::ast::{
    FromItem, Insert, InsertDirectory, LateralView, LoadData, PartitionSpecification, Query, QueryBody, Statement, With,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::queries::plain_query;
use super::statements::no_query;
use super::unsupported::table_operation;

impl Parser<'_> {
    /// The common tables of a WITH before INSERT become those of its query.
    pub fn insert(&mut self, with: Option<With>) -> Result<Statement> {
        let start = self.start();
        if self.is_insert_directory() {
            let mut insert = self.insert_directory()?;
            insert.source = Box::new(with_common_tables(self.query()?, with));
            insert.span = self.since(start);
            return Ok(Statement::InsertDirectory(insert));
        }
        let mut insert = self.insert_target()?;
        insert.source = Box::new(with_common_tables(self.query()?, with));
        self.refuse_insert_tail()?;
        insert.span = self.since(start);
        Ok(Statement::Insert(insert))
    }

    /// `FROM t INSERT … SELECT … [INSERT … SELECT …]`, behind FROM: every SELECT reads the same relations.
    pub fn inserts_behind_from(
        &mut self,
        with: Option<&With>,
        from: &(Vec<FromItem>, Vec<LateralView>),
        start: usize,
    ) -> Result<Statement> {
        let mut inserts = Vec::new();
        while self.is(K::Insert) {
            if self.is_insert_directory() {
                return Err(Error::unsupported(
                    "INSERT OVERWRITE DIRECTORY behind FROM",
                    "write INSERT OVERWRITE DIRECTORY … SELECT … FROM …",
                )
                .at(self.token().span));
            }
            let mut insert = self.insert_target()?;
            let body: QueryBody = self.select(Some(from.clone()))?;
            insert.source = Box::new(with_common_tables(self.organised(None, body, start)?, with.cloned()));
            insert.span = self.since(start);
            inserts.push(insert);
        }
        match <[Insert; 1]>::try_from(inserts) {
            Ok([insert]) => Ok(Statement::Insert(insert)),
            Err(inserts) => Ok(Statement::InsertMany(inserts)),
        }
    }

    fn is_insert_directory(&self) -> bool {
        if !self.are(&[K::Insert, K::Overwrite]) {
            return false;
        }
        let directory = if self.keyword_ahead(2) == Some(K::Local) { 3 } else { 2 };
        // A table may be named DIRECTORY: a query stands behind it, not a path.
        self.keyword_ahead(directory) == Some(K::Directory)
            && !self.begins_query(directory + 1)
            && !self.is_symbol_ahead(directory + 1, Symbol::LeftParen)
    }

    fn insert_directory(&mut self) -> Result<InsertDirectory> {
        self.expect_all(&[K::Insert, K::Overwrite])?;
        self.accept(K::Local);
        self.expect(K::Directory)?;
        let path = if self.is_string(self.token()) { Some(self.string()?) } else { None };
        let mut insert = InsertDirectory {
            path,
            using: None,
            options: Vec::new(),
            row_format: None,
            stored_as: None,
            source: no_query(),
            span: Span::default(),
        };
        if self.accept(K::Using) {
            insert.using = Some(self.object_name()?);
            if self.accept(K::Options) {
                insert.options = self.properties()?;
            }
            return Ok(insert);
        }
        if self.is(K::Row) {
            insert.row_format = Some(self.row_format()?);
        }
        if self.is(K::Stored) {
            insert.stored_as = Some(self.stored_as()?);
        }
        Ok(insert)
    }

    /// `LOAD DATA …`
    pub fn load_data(&mut self) -> Result<LoadData> {
        self.expect_all(&[K::Load, K::Data])?;
        let local = self.accept(K::Local);
        self.expect(K::Inpath)?;
        let path_span = self.token().span;
        let path = self.string()?;
        let overwrite = self.accept(K::Overwrite);
        self.expect_all(&[K::Into, K::Table])?;
        let table = self.object_name()?;
        Ok(LoadData { local, path, path_span, overwrite, table, partition: self.optional_partition()? })
    }

    /// Everything before the query.
    pub fn insert_target(&mut self) -> Result<Insert> {
        self.expect(K::Insert)?;
        let overwrite = self.expect_any(&[K::Into, K::Overwrite])? == K::Overwrite;
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
}

/// A query with the common tables of a WITH that stands before.
fn with_common_tables(mut query: Query, with: Option<With>) -> Query {
    let Some(with) = with else { return query };
    if query.with.is_some() {
        let span = query.span;
        query = plain_query(QueryBody::Query(Box::new(query)), span);
    }
    Query { with: Some(with), ..query }
}
