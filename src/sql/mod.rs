//! Text to statements: lexer, splitter, parser, diagnostics. It does no I/O and resolves no names.
//!
//! ```text
//!   script --split--> fragments --substitute--> texts --parse--> Statement
//! ```
//!
//! One lexer serves all: splitter, parser, highlighter and completion. Spans are byte ranges of the text that was
//! handed in; `diagnostic` draws them with the lines and columns of the file the text came from.

pub mod ast;
pub mod diagnostic;
mod identifiers;
pub mod keywords;
pub mod lexer;
mod names;
mod parameters;
mod parse;
mod redact;
mod split;
pub mod statements;
mod variables;
pub mod visit;

use crate::config::Dialect;
use crate::error::Result;
use crate::types::DataType;

pub use identifiers::Identifiers;
pub use keywords::{KEYWORDS, Keyword};
pub use lexer::{Token, TokenKind, tokens};
pub use names::{Mentioned, query_relation_names, relation_names};
pub use parameters::{Parameter, bind_parameters};
pub use redact::without_secrets;
pub use split::{Completeness, Fragment, Fragments, is_complete, split};
pub use variables::substitute;

use ast::{Expression, FunctionBody, ObjectName, Query, Statement};

/// Settings that change what a text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseOptions {
    /// `skep.dialect`
    pub dialect: Dialect,
    /// `spark.sql.ansi.enabled`
    pub ansi: bool,
    /// `spark.sql.ansi.doubleQuotedIdentifiers`, heeded only with `ansi`: `"a"` is a name, not a string.
    pub double_quoted_identifiers: bool,
    /// `spark.sql.ansi.enforceReservedKeywords`, heeded only with `ansi`: reserved words are no names.
    pub enforce_reserved_keywords: bool,
    /// `spark.sql.parser.escapedStringLiterals`: a backslash in a string is a backslash.
    pub escaped_string_literals: bool,
    /// `spark.sql.legacy.setopsPrecedence.enabled`: INTERSECT binds no tighter than UNION and EXCEPT.
    pub legacy_set_operations: bool,
    /// `spark.sql.legacy.exponentLiteralAsDecimal.enabled`: `1e2` is a decimal, not a double.
    pub exponent_as_decimal: bool,
    /// `spark.sql.legacy.consecutiveStringLiterals.enabled`: in `'a''b'` the quotes end one string and begin another.
    pub consecutive_string_literals: bool,
    /// `spark.sql.legacy.identifierClause`: IDENTIFIER(…) is a name of a table, column or function, but no alias or field.
    pub legacy_identifier_clause: bool,
    /// What IDENTIFIER(…) names.
    pub identifiers: Identifiers,
    /// `spark.sql.timestampType` is TIMESTAMP_NTZ: the type TIMESTAMP has no time zone.
    pub timestamp_ntz: bool,
    /// `$1` stands for a value that comes later, in a statement that is prepared.
    pub numbered_parameters: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self {
            dialect: Dialect::Spark,
            ansi: true,
            double_quoted_identifiers: false,
            enforce_reserved_keywords: false,
            escaped_string_literals: false,
            legacy_set_operations: false,
            exponent_as_decimal: false,
            consecutive_string_literals: false,
            legacy_identifier_clause: false,
            identifiers: Identifiers::default(),
            timestamp_ntz: false,
            numbered_parameters: false,
        }
    }
}

/// Parses one statement; a `;` may end it.
pub fn parse(text: &str, options: &ParseOptions) -> Result<Statement> {
    parse::statement(text, options)
}

/// Parses a query, as the text of a view is.
pub fn parse_query(text: &str, options: &ParseOptions) -> Result<Query> {
    parse::query(text, options)
}

/// Parses an expression, as the text of a column's default is.
pub fn parse_expression(text: &str, options: &ParseOptions) -> Result<Expression> {
    parse::expression(text, options)
}

/// Parses what stands behind the RETURN of a function.
pub fn parse_function_body(text: &str, options: &ParseOptions) -> Result<FunctionBody> {
    parse::function_body(text, options)
}

/// Parses a type: `array<struct<a: int, b: string>>`.
pub fn parse_data_type(text: &str, options: &ParseOptions) -> Result<DataType> {
    parse::data_type(text, options)
}

/// Parses a name of one or more parts: `` db.`my table` ``.
pub fn parse_name(text: &str, options: &ParseOptions) -> Result<ObjectName> {
    parse::name(text, options)
}
