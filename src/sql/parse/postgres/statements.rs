//! Statements in PostgreSQL's words: SET … TO, SHOW, EXPLAIN (…), TRUNCATE, COMMENT ON COLUMN, what stands behind INSERT.

use crate::error::{Error, INVALID_SET_SYNTAX, Result};
use crate::sql::ast::{
    AlterTable, AlterTableAction, ColumnChange, ExplainMode, ObjectName, Set, Show, Statement, TimeZone,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};
use crate::sql::parse::cursor::Parser;

/// Names in a search path that stand for no database.
const NO_DATABASES: [&str; 2] = ["$user", "pg_catalog"];

impl Parser<'_> {
    /// `SET [SESSION | LOCAL] name TO value, …`, `SET name = value`, `SET TIME ZONE …`; `None`: as Spark has it.
    pub(in crate::sql::parse) fn postgres_set(&mut self) -> Result<Option<Statement>> {
        let mark = self.mark();
        let start = self.start();
        self.expect(K::Set)?;
        if !self.accept_words(&["SESSION"]) || self.is_symbol(Symbol::Eq) {
            self.accept_words(&["LOCAL"]);
        }
        if self.are(&[K::Time, K::Zone]) && self.is_word_ahead(2, "DEFAULT") {
            self.skip_to_end();
            return Ok(Some(Statement::Reset(Some("spark.sql.session.timeZone".to_owned()))));
        }
        if self.at_end() || self.are(&[K::Time, K::Zone]) || self.is_word("CHARACTERISTICS") {
            self.back_to(mark);
            return Ok(None);
        }
        let name = self.object_name()?;
        let key = name.parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
        // Names of settings keep their case.
        let key = if name.parts.len() > 1 { self.slice(name.span).replace('"', "") } else { key };
        if !self.accept_symbol(Symbol::Eq) && !self.accept(K::To) {
            if self.at_end() {
                return Ok(Some(Statement::Set(Set::Get(key))));
            }
            return Err(Error::new(&INVALID_SET_SYNTAX, "Expected format is 'SET name TO value'").at(self.since(start)));
        }
        if self.is(K::Default) {
            self.advance();
            return Ok(Some(Statement::Reset(Some(parameter_key(&key).to_owned()))));
        }
        if key == "search_path" {
            return self.search_path().map(Some);
        }
        let value = match self.kind() {
            TokenKind::String => {
                let mut value = self.single_string()?;
                while self.accept_symbol(Symbol::Comma) {
                    value.push_str(", ");
                    value.push_str(&self.single_string()?);
                }
                value
            }
            _ => self.rest_of_text().trim_matches('"').to_owned(),
        };
        Ok(Some(Statement::Set(match key.as_str() {
            "timezone" => Set::TimeZone(TimeZone::Name(value)),
            _ => Set::Assign { key: parameter_key(&key).to_owned(), value },
        })))
    }

    /// The first database of the path becomes the current one.
    fn search_path(&mut self) -> Result<Statement> {
        let mut found: Option<ObjectName> = None;
        loop {
            let start = self.start();
            let part = match self.kind() {
                TokenKind::String => {
                    let value = self.single_string()?;
                    crate::sql::ast::Identifier { value, quoted: true, span: self.since(start) }
                }
                _ => self.identifier()?,
            };
            let is_database = !NO_DATABASES.iter().any(|none| part.is(none));
            if found.is_none() && is_database {
                found = Some(ObjectName { span: part.span, parts: vec![part] });
            }
            if !self.accept_symbol(Symbol::Comma) {
                break;
            }
        }
        found.map(Statement::Use).ok_or_else(|| {
            Error::unsupported("A search path without a schema of tables", "name one").at(self.token().span)
        })
    }

    /// `SHOW name`, `SHOW TIME ZONE`; `None`: one of Spark's.
    pub(in crate::sql::parse) fn postgres_show(&mut self) -> Result<Option<Statement>> {
        let mark = self.mark();
        self.expect(K::Show)?;
        let name = if self.accept_words(&["TIME", "ZONE"]) {
            "timezone".to_owned()
        } else if self.accept_words(&["TRANSACTION", "ISOLATION", "LEVEL"]) {
            "transaction_isolation".to_owned()
        } else if self.is_identifier(self.token()) {
            let name = self.object_name()?;
            match name.parts.len() {
                1 => name.parts[0].value.clone(),
                _ => self.slice(name.span).replace('"', ""),
            }
        } else {
            return Err(self.unexpected());
        };
        const SPARKS: [&str; 12] = [
            "tables",
            "databases",
            "schemas",
            "views",
            "columns",
            "functions",
            "partitions",
            "catalogs",
            "create",
            "namespaces",
            "all",
            "tblproperties",
        ];
        self.skip_semicolons();
        if !self.at_end() || SPARKS.contains(&name.as_str()) {
            self.back_to(mark);
            return Ok(None);
        }
        Ok(Some(Statement::Show(Show::Parameter(name))))
    }

    /// `(ANALYZE, VERBOSE, FORMAT TEXT)` behind EXPLAIN.
    pub(in crate::sql::parse) fn postgres_explain_options(&mut self) -> Result<Option<ExplainMode>> {
        const OPTIONS: [&str; 8] =
            ["ANALYZE", "VERBOSE", "COSTS", "BUFFERS", "FORMAT", "TIMING", "SUMMARY", "SETTINGS"];
        if !(self.is_symbol(Symbol::LeftParen) && OPTIONS.iter().any(|option| self.is_word_ahead(1, option))) {
            return Ok(None);
        }
        let mut mode = ExplainMode::Simple;
        self.expect_symbol(Symbol::LeftParen)?;
        loop {
            let start = self.start();
            let option = self.identifier()?.value.to_uppercase();
            let mut argument = String::new();
            if !(self.is_symbol(Symbol::Comma) || self.is_symbol(Symbol::RightParen)) {
                let span = self.advance().span;
                argument = self.slice(span).to_uppercase();
            }
            let on = !matches!(argument.as_str(), "OFF" | "FALSE" | "0");
            match option.as_str() {
                "ANALYZE" if on => mode = ExplainMode::Analyze,
                "VERBOSE" if on && mode == ExplainMode::Simple => mode = ExplainMode::Extended,
                "FORMAT" if argument != "TEXT" => {
                    return Err(Error::unsupported(format!("EXPLAIN (FORMAT {argument})"), "use FORMAT TEXT")
                        .at(self.since(start)));
                }
                "BUFFERS" | "SETTINGS" | "WAL" if on => {
                    return Err(Error::unsupported(format!("EXPLAIN ({option})"), "leave it out").at(self.since(start)));
                }
                // What is shown anyway, or switched off.
                "ANALYZE" | "VERBOSE" | "FORMAT" | "COSTS" | "TIMING" | "SUMMARY" | "BUFFERS" | "SETTINGS" | "WAL" => {}
                _ => return Err(Error::syntax(format!("unrecognized EXPLAIN option \"{option}\""), self.since(start))),
            }
            if !self.accept_symbol(Symbol::Comma) {
                break;
            }
        }
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Some(mode))
    }

    /// CASCADE or RESTRICT behind DROP: views are found to lack what they read when they are read.
    pub(in crate::sql::parse) fn drop_behaviour(&mut self) {
        if self.is_postgres() {
            self.accept_any(&[K::Cascade, K::Restrict]);
        }
    }

    /// ON CONFLICT and RETURNING behind INSERT.
    pub(in crate::sql::parse) fn refuse_insert_tail(&self) -> Result<()> {
        if !self.is_postgres() {
            return Ok(());
        }
        if self.is(K::On) && self.is_word_ahead(1, "CONFLICT") {
            return Err(Error::unsupported(
                "ON CONFLICT",
                "keys are not enforced: select the rows that are not there yet, with NOT EXISTS",
            )
            .at(self.token().span));
        }
        if self.is_word("RETURNING") {
            return Err(Error::unsupported("RETURNING", "query the rows that you insert").at(self.token().span));
        }
        Ok(())
    }

    /// `COMMENT ON COLUMN t.a IS 'text'`
    pub(in crate::sql::parse) fn comment_on_column(&mut self) -> Result<Statement> {
        let start = self.start();
        self.expect(K::Column)?;
        let mut name = self.object_name()?;
        let column = match name.parts.pop() {
            Some(column) if !name.parts.is_empty() => ObjectName { span: column.span, parts: vec![column] },
            _ => return Err(Error::syntax("column name must be qualified", self.since(start))),
        };
        self.expect(K::Is)?;
        let text = if self.accept(K::Null) { String::new() } else { self.string()? };
        let action = AlterTableAction::AlterColumn { column, change: ColumnChange::Comment(text) };
        Ok(Statement::AlterTable(AlterTable { name, action, span: self.since(start) }))
    }
}

/// The setting that a parameter of PostgreSQL's is.
fn parameter_key(name: &str) -> &str {
    match name {
        "timezone" => "spark.sql.session.timeZone",
        other => other,
    }
}
