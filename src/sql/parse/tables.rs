//! CREATE TABLE in all its forms, column definitions, DROP TABLE.

use crate::error::{Error, INVALID_SQL_SYNTAX, Result};
use crate::sql::ast::{
    BucketSpecification, ColumnDefinition, CreateTable, DropTable, Identifier, KeyDefinition, PartitionColumn,
    Properties, RowFormat, Statement, StoredAs,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};

use super::cursor::Parser;
use super::properties::once;
use super::unsupported::{invalid_statement, table_operation};

/// Clauses of CREATE TABLE that stand in any order, once each.
#[derive(Default)]
struct Clauses {
    using: Option<crate::sql::ast::ObjectName>,
    options: Option<Properties>,
    partitioned_by: Option<Vec<PartitionColumn>>,
    clustered_by: Option<BucketSpecification>,
    cluster_by: Option<Vec<crate::sql::ast::ObjectName>>,
    row_format: Option<RowFormat>,
    stored_as: Option<StoredAs>,
    location: Option<String>,
    comment: Option<String>,
    properties: Option<Properties>,
}

impl Parser<'_> {
    pub fn create_table(&mut self, or_replace: bool, start: usize) -> Result<CreateTable> {
        let external = self.accept(K::External);
        self.expect(K::Table)?;
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        let like = if self.accept(K::Like) { Some(self.object_name()?) } else { None };
        let has_columns = like.is_none() && self.is_symbol(Symbol::LeftParen) && !self.begins_query(1);
        let mut keys = Vec::new();
        let columns: Vec<ColumnDefinition> = match has_columns {
            true => {
                let elements = self.parenthesised(|parser| parser.list(|parser| parser.table_element(&mut keys)))?;
                elements.into_iter().flatten().collect()
            }
            false => Vec::new(),
        };
        let mut clauses = Clauses::default();
        while self.table_clause(&mut clauses)? {}
        let has_query =
            like.is_none() && (self.accept(K::As) || self.begins_query(0) || self.is_symbol(Symbol::LeftParen));
        let query = if has_query { Some(Box::new(self.query()?)) } else { None };
        Ok(CreateTable {
            name,
            or_replace,
            if_not_exists,
            external,
            columns,
            keys,
            like,
            partitioned_by: clauses.partitioned_by.unwrap_or_default(),
            clustered_by: clauses.clustered_by,
            cluster_by: clauses.cluster_by.unwrap_or_default(),
            using: clauses.using,
            options: clauses.options.unwrap_or_default(),
            row_format: clauses.row_format,
            stored_as: clauses.stored_as,
            location: clauses.location,
            comment: clauses.comment,
            properties: clauses.properties.unwrap_or_default(),
            query,
            span: self.since(start),
        })
    }

    /// Reads one clause, if one comes next.
    fn table_clause(&mut self, clauses: &mut Clauses) -> Result<bool> {
        let at = self.token().span;
        self.refuse_collation()?;
        match self.keyword() {
            Some(K::Using) => {
                self.advance();
                once(&mut clauses.using, self.object_name()?, "USING", at)?;
            }
            Some(K::Options) => {
                self.advance();
                once(&mut clauses.options, self.properties()?, "OPTIONS", at)?;
            }
            Some(K::Partitioned) => {
                self.expect_all(&[K::Partitioned, K::By])?;
                let columns = self.parenthesised(|parser| parser.list(Self::partition_column))?;
                once(&mut clauses.partitioned_by, columns, "PARTITIONED BY", at)?;
            }
            Some(K::Clustered) => {
                once(&mut clauses.clustered_by, self.buckets()?, "CLUSTERED BY", at)?;
            }
            Some(K::Row) => {
                once(&mut clauses.row_format, self.row_format()?, "ROW FORMAT", at)?;
            }
            Some(K::Stored) => {
                once(&mut clauses.stored_as, self.stored_as()?, "STORED AS", at)?;
            }
            Some(K::Location) => {
                self.advance();
                once(&mut clauses.location, self.string()?, "LOCATION", at)?;
            }
            Some(K::Comment) => {
                self.advance();
                once(&mut clauses.comment, self.comment_text()?, "COMMENT", at)?;
            }
            Some(K::Tblproperties) => {
                self.advance();
                once(&mut clauses.properties, self.properties()?, "TBLPROPERTIES", at)?;
            }
            Some(K::Skewed) => {
                return Err(invalid_statement("CREATE TABLE ... SKEWED BY")
                    .hint("leave it out: it only told Hive how to lay out files")
                    .at(at));
            }
            Some(K::Cluster) if self.keyword_ahead(1) == Some(K::By) => {
                self.expect_all(&[K::Cluster, K::By])?;
                let columns = self.parenthesised(|parser| parser.list(Self::object_name))?;
                once(&mut clauses.cluster_by, columns, "CLUSTER BY", at)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A column, or a key, which goes to `keys`.
    fn table_element(&mut self, keys: &mut Vec<KeyDefinition>) -> Result<Option<ColumnDefinition>> {
        let constraint = match self.keyword() {
            Some(K::Constraint) => self.is_identifier(self.ahead(1)),
            Some(K::Check) => self.is_symbol_ahead(1, Symbol::LeftParen),
            Some(K::Primary | K::Foreign) => self.keyword_ahead(1) == Some(K::Key),
            Some(K::Unique) => self.is_symbol_ahead(1, Symbol::LeftParen),
            _ => false,
        };
        if constraint {
            keys.push(self.key()?);
            return Ok(None);
        }
        self.column_definition().map(Some)
    }

    /// `name TYPE [NOT NULL] [DEFAULT e] [GENERATED ALWAYS AS (e)] [COMMENT 'text']`
    pub fn column_definition(&mut self) -> Result<ColumnDefinition> {
        let name = self.strict_identifier()?;
        self.column_rest(name)
    }

    /// What stands behind a column's name.
    pub fn column_rest(&mut self, name: Identifier) -> Result<ColumnDefinition> {
        let start = name.span.start;
        let data_type = self.data_type()?;
        let mut not_null = None;
        let (mut comment, mut default, mut generated) = (None, None, None);
        loop {
            let at = self.token().span;
            if self.not_null()? {
                once(&mut not_null, (), "NOT NULL", at)?;
            } else if self.accept(K::Comment) {
                once(&mut comment, self.comment_text()?, "COMMENT", at)?;
            } else if self.accept(K::Default) {
                once(&mut default, self.expression_with_text()?, "DEFAULT", at)?;
            } else if self.is(K::Generated) {
                once(&mut generated, self.generation()?, "GENERATED", at)?;
            } else if self.is_any(&[K::Constraint, K::Check, K::Primary, K::Unique, K::References]) {
                return Err(constraints_unsupported(at));
            } else {
                break;
            }
        }
        Ok(ColumnDefinition {
            name,
            data_type,
            not_null: not_null.is_some(),
            comment,
            default,
            generated,
            span: self.since(start),
        })
    }

    pub fn expression_with_text(&mut self) -> Result<(crate::sql::ast::Expression, String)> {
        let start = self.start();
        let expression = self.expression()?;
        Ok((expression, self.slice(self.since(start)).to_owned()))
    }

    fn generation(&mut self) -> Result<(crate::sql::ast::Expression, String)> {
        let at = self.token().span;
        self.advance();
        let identity =
            table_operation("identity columns", "number the rows with row_number() as they are inserted").at(at);
        if self.accept_all(&[K::By, K::Default]) {
            return Err(identity);
        }
        self.expect_all(&[K::Always, K::As])?;
        if self.is(K::Identity) {
            return Err(identity);
        }
        self.parenthesised(Self::expression_with_text)
    }

    fn partition_column(&mut self) -> Result<PartitionColumn> {
        let start = self.start();
        if self.is_symbol_ahead(1, Symbol::LeftParen) && !self.is(K::Identifier) {
            return Err(Error::unsupported(
                "partitioning by an expression",
                "add a column with the value and partition by it",
            )
            .at(self.token().span));
        }
        let name = self.object_name()?;
        let ends = self.is_symbol(Symbol::Comma) || self.is_symbol(Symbol::RightParen);
        let [column] = name.parts.as_slice() else {
            return Err(Error::unsupported("partitioning by a field of a struct", "add a column with its value")
                .at(self.since(start)));
        };
        let column = column.clone();
        Ok(match ends {
            true => PartitionColumn::Name(column),
            false => PartitionColumn::Definition(self.column_rest(column)?),
        })
    }

    fn buckets(&mut self) -> Result<BucketSpecification> {
        let start = self.start();
        self.expect_all(&[K::Clustered, K::By])?;
        let columns = self.identifier_list()?;
        let sorted_by = match self.accept_all(&[K::Sorted, K::By]) {
            true => self.parenthesised(|parser| {
                parser.list(|parser| {
                    let column = parser.strict_identifier()?;
                    let at = parser.token().span;
                    match parser.accept_any(&[K::Asc, K::Desc]) {
                        Some(K::Desc) => {
                            let message = "Operation not allowed: Column ordering must be ASC, was 'DESC'";
                            Err(Error::new(&INVALID_SQL_SYNTAX, message).at(at))
                        }
                        _ => Ok(column),
                    }
                })
            })?,
            false => Vec::new(),
        };
        self.expect(K::Into)?;
        let buckets = self.integer()?;
        self.expect(K::Buckets)?;
        Ok(BucketSpecification { columns, sorted_by, buckets, span: self.since(start) })
    }

    pub fn row_format(&mut self) -> Result<RowFormat> {
        self.expect_all(&[K::Row, K::Format])?;
        if self.expect_any(&[K::Serde, K::Delimited])? == K::Serde {
            let class = self.string()?;
            let properties =
                if self.accept_all(&[K::With, K::Serdeproperties]) { self.properties()? } else { Vec::new() };
            return Ok(RowFormat::Serde { class, properties });
        }
        let fields = self.terminated_by(&[K::Fields])?;
        let escape = match fields.is_some() && self.accept_all(&[K::Escaped, K::By]) {
            true => Some(self.string()?),
            false => None,
        };
        let collection_items = self.terminated_by(&[K::Collection, K::Items])?;
        let map_keys = self.terminated_by(&[K::Map, K::Keys])?;
        let lines = self.terminated_by(&[K::Lines])?;
        let null = match self.accept(K::Null) {
            true => {
                self.expect_all(&[K::Defined, K::As])?;
                Some(self.string()?)
            }
            false => None,
        };
        Ok(RowFormat::Delimited { fields, escape, collection_items, map_keys, lines, null })
    }

    /// `FIELDS TERMINATED BY ','`, if these words come next.
    fn terminated_by(&mut self, words: &[K]) -> Result<Option<String>> {
        if !self.accept_all(words) {
            return Ok(None);
        }
        self.expect_all(&[K::Terminated, K::By])?;
        self.string().map(Some)
    }

    pub fn stored_as(&mut self) -> Result<StoredAs> {
        let at = self.token().span;
        self.expect(K::Stored)?;
        if self.is(K::By) {
            return Err(Error::unsupported("STORED BY", "use STORED AS PARQUET").at(at));
        }
        self.expect(K::As)?;
        if self.is(K::Inputformat) && matches!(self.ahead(1).kind, TokenKind::String | TokenKind::DoubleQuoted) {
            self.advance();
            let input = self.string()?;
            self.expect(K::Outputformat)?;
            return Ok(StoredAs::Classes { input, output: self.string()? });
        }
        Ok(StoredAs::Format(self.identifier()?))
    }

    pub fn drop_table(&mut self) -> Result<Statement> {
        self.expect(K::Table)?;
        let if_exists = self.if_exists();
        let name = self.object_name()?;
        self.drop_behaviour();
        Ok(Statement::DropTable(DropTable { name, if_exists, purge: self.accept(K::Purge) }))
    }
}

pub(super) fn constraints_unsupported(at: crate::error::Span) -> Error {
    table_operation("CONSTRAINT", "leave it out, and check the rows in the query that inserts them; a key may be told behind the columns: PRIMARY KEY (a) NOT ENFORCED").at(at)
}
