//! `SELECT TRANSFORM (…) USING 'command' AS (…)`, and Hive's `MAP …` and `REDUCE …`, which are the same.

use crate::error::{_LEGACY_ERROR_TEMP_0048, _LEGACY_ERROR_TEMP_0064, Error, Result, Span, UNSUPPORTED_FEATURE};
use crate::sql::ast::{
    FromItem, Identifier, LateralView, Query, QueryBody, RowFormat, ScriptFormat, Select, SelectItem, Transform,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};
use crate::types::DataType;

use super::cursor::Parser;
use super::queries::plain_query;
use super::select::empty_select;

impl Parser<'_> {
    /// Whether a transformation begins here; otherwise `transform` is the function, `map` and `reduce` are names.
    pub fn begins_transform(&self) -> bool {
        match self.keyword() {
            Some(K::Select) if self.keyword_ahead(1) == Some(K::Transform) => self.is_transform_clause(),
            Some(K::Map | K::Reduce) => {
                self.begins_expression(1) || self.is_symbol_ahead(1, Symbol::Star) || self.is_quantifier(1)
            }
            _ => false,
        }
    }

    fn is_quantifier(&self, ahead: usize) -> bool {
        matches!(self.keyword_ahead(ahead), Some(K::Distinct | K::All))
    }

    fn is_transform_clause(&self) -> bool {
        let mut depth = 0_usize;
        for ahead in 2.. {
            match self.ahead(ahead).kind {
                TokenKind::Symbol(Symbol::LeftParen) => depth += 1,
                TokenKind::Symbol(Symbol::RightParen) => depth = depth.saturating_sub(1),
                TokenKind::End => return false,
                _ => {}
            }
            if depth == 0 {
                return matches!(self.keyword_ahead(ahead + 1), Some(K::Using | K::Row | K::Recordwriter));
            }
        }
        false
    }

    /// The whole of it, FROM and WHERE included; FROM may have come first.
    pub fn transform(&mut self, from_first: Option<(Vec<FromItem>, Vec<LateralView>)>) -> Result<QueryBody> {
        let start = self.start();
        let items = match self.keyword() {
            Some(K::Select) => {
                self.expect_all(&[K::Select, K::Transform])?;
                self.parenthesised(Self::transformed)?
            }
            _ => {
                self.advance();
                self.transformed()?
            }
        };
        let feed = self.script_format()?;
        self.no_record_class(K::Recordwriter)?;
        self.expect(K::Using)?;
        let command = self.string()?;
        let columns = if self.accept(K::As) { self.script_columns()? } else { Vec::new() };
        let answer = self.script_format()?;
        self.no_record_class(K::Recordreader)?;
        let clause = self.since(start);
        let select = Select { items, ..empty_select() };
        let select = self.select_clauses(select, from_first, start)?;
        let span = self.since(start);
        let body = QueryBody::Select(Box::new(select));
        let input = Query { windows: self.window_clause()?, ..plain_query(body, span) };
        Ok(QueryBody::Transform(Box::new(Transform { input, command, feed, answer, columns, span: clause })))
    }

    /// What the command reads.
    fn transformed(&mut self) -> Result<Vec<SelectItem>> {
        if self.is_quantifier(0) && (self.begins_expression(1) || self.is_symbol_ahead(1, Symbol::Star)) {
            let message = "The feature is not supported: TRANSFORM with the DISTINCT/ALL clause";
            return Err(Error::new(&UNSUPPORTED_FEATURE, message)
                .subcondition("TRANSFORM_DISTINCT_ALL")
                .hint("make the rows distinct in a subquery in FROM")
                .at(self.token().span));
        }
        let items = self.list(Self::expression)?;
        Ok(items.into_iter().map(|expression| SelectItem { expression, alias: None }).collect())
    }

    /// `(a INT, b STRING)`, `(a, b)`, also without parentheses: all columns have types, or none has.
    fn script_columns(&mut self) -> Result<Vec<(Identifier, Option<DataType>)>> {
        if self.is_symbol(Symbol::LeftParen) {
            return self.parenthesised(|parser| parser.script_column_list(true));
        }
        self.script_column_list(false)
    }

    fn script_column_list(&mut self, inside: bool) -> Result<Vec<(Identifier, Option<DataType>)>> {
        let ends = |parser: &Self| match inside {
            true => parser.is_symbol(Symbol::RightParen),
            false => {
                parser.is_any(&[K::From, K::Where, K::Row, K::Recordreader, K::Order, K::Cluster])
                    || parser.is_any(&[K::Distribute, K::Sort, K::Limit, K::Union, K::Except, K::Intersect])
                    || parser.is_any(&[K::Minus, K::Group, K::Having, K::Window, K::Lateral, K::Insert, K::Select])
                    || matches!(
                        parser.kind(),
                        TokenKind::End | TokenKind::Symbol(Symbol::RightParen | Symbol::Pipe | Symbol::Semicolon)
                    )
            }
        };
        let mut typed = None;
        self.list(|parser| {
            let name = parser.identifier()?;
            let has_type = *typed.get_or_insert_with(|| !parser.is_symbol(Symbol::Comma) && !ends(parser));
            if !has_type {
                return Ok((name, None));
            }
            let column = parser.column_rest(name)?;
            Ok((column.name, Some(column.data_type)))
        })
    }

    fn script_format(&mut self) -> Result<ScriptFormat> {
        let start = self.start();
        if !self.is(K::Row) {
            return Ok(ScriptFormat { fields: "\t".to_owned(), null: "\\N".to_owned() });
        }
        match self.row_format()? {
            RowFormat::Delimited { fields, escape, collection_items, map_keys, lines, null } => {
                check_lines(lines.as_deref(), self.since(start))?;
                let unused = [
                    (escape.is_some(), "ESCAPED BY"),
                    (collection_items.is_some(), "COLLECTION ITEMS TERMINATED BY"),
                    (map_keys.is_some(), "MAP KEYS TERMINATED BY"),
                ];
                if let Some((_, clause)) = unused.iter().find(|(given, _)| *given) {
                    return Err(Error::unsupported(
                        format!("{clause} in TRANSFORM"),
                        "leave it out: arrays, maps and structs are JSON",
                    )
                    .at(self.since(start)));
                }
                Ok(ScriptFormat {
                    fields: fields.unwrap_or_else(|| "\u{1}".to_owned()),
                    null: null.unwrap_or_else(|| "\\N".to_owned()),
                })
            }
            RowFormat::Serde { .. } => {
                let message = "The feature is not supported: TRANSFORM with SERDE is only supported in hive mode";
                Err(Error::new(&UNSUPPORTED_FEATURE, message)
                    .subcondition("TRANSFORM_NON_HIVE")
                    .hint("use ROW FORMAT DELIMITED")
                    .at(self.since(start)))
            }
        }
    }

    fn no_record_class(&mut self, word: K) -> Result<()> {
        if !self.is(word) {
            return Ok(());
        }
        let message = "Unsupported operation: Used defined record reader/writer classes.";
        Err(Error::new(&_LEGACY_ERROR_TEMP_0048, message).at(self.token().span))
    }
}

/// Lines end with a line feed.
pub(super) fn check_lines(lines: Option<&str>, at: Span) -> Result<()> {
    match lines {
        None | Some("\n" | "default") => Ok(()),
        Some(other) => Err(Error::new(
            &_LEGACY_ERROR_TEMP_0064,
            format!("LINES TERMINATED BY only supports newline '\\n' right now: {other}."),
        )
        .hint("convert the files")
        .at(at)),
    }
}
