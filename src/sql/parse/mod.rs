//! The parser: tokens to the tree, by recursive descent with one token of lookahead almost everywhere.
//!
//! The grammar is Spark's. Words are keywords only where the grammar has a use for them: nearly all of them may be names.
//! It resolves nothing, and knows no settings but those of [`ParseOptions`].

mod cursor;
mod names;

mod data_type;
mod keys;
mod kill;
mod literals;

mod postgres;

mod arguments;
mod calls;
mod expressions;
mod primary;

mod from;
mod grouping;
mod pipes;
mod pivot;
mod queries;
mod select;
mod transform;
mod windows;

mod access;
mod alter_table;
mod databases;
mod describe;
mod functions;
mod inserts;
mod properties;
mod resources;
mod row_changes;
mod scripts;
mod settings;
mod show;
mod statements;
mod tables;
mod unsupported;
mod variables;
mod views;

use crate::error::Result;
use crate::types::DataType;

use super::ParseOptions;
use super::ast::{Expression, FunctionBody, ObjectName, Query, Statement};
use cursor::Parser;

pub(super) fn statement(text: &str, options: &ParseOptions) -> Result<Statement> {
    whole(text, options, |parser| {
        let statement = parser.statement()?;
        parser.skip_semicolons();
        Ok(statement)
    })
}

pub(super) fn query(text: &str, options: &ParseOptions) -> Result<Query> {
    whole(text, options, Parser::query)
}

pub(super) fn expression(text: &str, options: &ParseOptions) -> Result<Expression> {
    whole(text, options, Parser::expression)
}

pub(super) fn function_body(text: &str, options: &ParseOptions) -> Result<FunctionBody> {
    whole(text, options, |parser| parser.function_body().map(|(body, _)| body))
}

pub(super) fn data_type(text: &str, options: &ParseOptions) -> Result<DataType> {
    whole(text, options, Parser::data_type)
}

pub(super) fn name(text: &str, options: &ParseOptions) -> Result<ObjectName> {
    whole(text, options, Parser::object_name)
}

/// Parses the text to its end.
fn whole<'a, T>(
    text: &'a str,
    options: &'a ParseOptions,
    parse: impl FnOnce(&mut Parser<'a>) -> Result<T>,
) -> Result<T> {
    let mut parser = Parser::new(text, options)?;
    let parsed = parse(&mut parser)?;
    parser.expect_end()?;
    Ok(parsed)
}
