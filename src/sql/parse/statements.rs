//! Which statement a text is, by its first words; and the short ones: EXPLAIN, USE, TRUNCATE, REFRESH, REPAIR.

use crate::error::{Error, INVALID_SQL_SYNTAX, Result, closest};
use crate::sql::ast::{
    Analyze, AnalyzeTarget, AnalyzedColumns, CacheTable, Explain, ExplainMode, Identifier, QueryBody, Refresh,
    RepairTable, Statement, Truncate, UncacheTable,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};

use super::cursor::Parser;
use super::queries::plain_query;

impl Parser<'_> {
    pub fn statement(&mut self) -> Result<Statement> {
        self.nested(Self::statement_here)
    }

    fn statement_here(&mut self) -> Result<Statement> {
        self.refuse_unsupported()?;
        if self.is_symbol(Symbol::LeftParen) {
            return Ok(Statement::Query(Box::new(self.query()?)));
        }
        let Some(keyword) = self.keyword() else {
            if let Some(id) = self.kill_query()? {
                return Ok(Statement::KillQuery(id));
            }
            if self.is_word("REASSIGN") {
                return self.reassign_owned();
            }
            return Err(match self.kind() {
                TokenKind::End | TokenKind::Symbol(Symbol::Semicolon) => self.empty_statement(),
                _ => self.unknown_statement(),
            });
        };
        match keyword {
            K::Select | K::Values | K::Table | K::Map | K::Reduce => Ok(Statement::Query(Box::new(self.query()?))),
            K::With => self.with_statement(),
            K::From => self.statement_behind_from(),
            K::Insert => self.insert(None),
            K::Explain => self.explain(),
            K::Create => self.create(),
            K::Alter => self.alter(),
            K::Drop => self.drop(),
            K::Use => {
                self.advance();
                let namespace = self.is_any(&NAMESPACES) && self.is_identifier(self.ahead(1));
                if namespace {
                    self.advance();
                }
                Ok(Statement::Use(self.object_name()?))
            }
            K::Add => self.add_resource(),
            K::List => self.list_resources(),
            K::Load => self.load_data().map(Statement::LoadData),
            K::Truncate => {
                self.expect(K::Truncate)?;
                if !self.is_postgres() || self.is(K::Table) {
                    self.expect(K::Table)?;
                }
                let name = self.object_name()?;
                Ok(Statement::Truncate(Truncate { name, partition: self.optional_partition()? }))
            }
            K::Msck | K::Repair => self.repair(),
            K::Refresh => self.refresh(),
            K::Set if self.keyword_ahead(1) == Some(K::Catalog) => {
                self.expect_all(&[K::Set, K::Catalog])?;
                Ok(Statement::SetCatalog(match self.is_string(self.token()) {
                    true => {
                        let span = self.token().span;
                        Identifier { value: self.string()?, quoted: true, span }
                    }
                    false => self.identifier()?,
                }))
            }
            K::Set if self.keyword_ahead(1) == Some(K::Role) => self.set_role(),
            K::Set if !self.is_postgres() && self.is_set_variable() => {
                self.advance();
                self.advance();
                self.set_variable().map(Statement::SetVariable)
            }
            K::Set if self.is_postgres() => match self.postgres_set()? {
                Some(statement) => Ok(statement),
                None => self.set(),
            },
            K::Show if self.is_postgres() => match self.postgres_show()? {
                Some(statement) => Ok(statement),
                None => self.show().map(Statement::Show),
            },
            K::Set => self.set(),
            K::Begin if self.begins_script() => self.script(),
            K::Declare => self.declare().map(Statement::DeclareVariable),
            K::Execute => self.execute_immediate().map(|statement| Statement::ExecuteImmediate(Box::new(statement))),
            K::Reset if self.keyword_ahead(1) == Some(K::Role) => self.reset_role(),
            K::Reset => self.reset(),
            K::Show if self.begins_show_access() => self.show_access(),
            K::Show => self.show().map(Statement::Show),
            K::Grant => self.grant(),
            K::Revoke => self.revoke(),
            K::Desc | K::Describe => self.describe().map(Statement::Describe),
            K::Comment => self.comment_on(),
            K::Analyze => self.analyze(),
            K::Cache => self.cache(),
            K::Uncache => {
                self.expect_all(&[K::Uncache, K::Table])?;
                let if_exists = self.if_exists();
                Ok(Statement::Uncache(UncacheTable { name: self.object_name()?, if_exists }))
            }
            K::Clear => {
                self.expect_all(&[K::Clear, K::Cache])?;
                Ok(Statement::ClearCache)
            }
            K::Delete => self.delete(),
            K::Update => self.update(),
            K::Merge => self.merge(),
            K::Replace => self.replace_table(),
            _ => Err(self.unknown_statement()),
        }
    }

    fn unknown_statement(&self) -> Error {
        let error = self.unexpected();
        if !matches!(self.kind(), TokenKind::Identifier | TokenKind::Keyword(_)) {
            return error;
        }
        match closest(self.slice(self.token().span), FIRST_WORDS) {
            Some(best) => error.hint(format!("did you mean {best}?")),
            None => error,
        }
    }

    /// `WITH … SELECT`, `WITH … INSERT`, `WITH … FROM … INSERT`
    fn with_statement(&mut self) -> Result<Statement> {
        let start = self.start();
        let with = self.with()?;
        self.refuse_unsupported()?;
        if self.is(K::Insert) {
            return self.insert(with);
        }
        if self.is(K::From) {
            let mark = self.mark();
            let from = self.relations()?;
            if self.is(K::Insert) {
                return self.inserts_behind_from(with.as_ref(), &from, start);
            }
            self.back_to(mark);
        }
        let body = self.query_body()?;
        Ok(Statement::Query(Box::new(self.organised(with, body, start)?)))
    }

    /// `FROM t SELECT …`, `FROM t INSERT … SELECT …`
    fn statement_behind_from(&mut self) -> Result<Statement> {
        let start = self.start();
        let mark = self.mark();
        let from = self.relations()?;
        if !self.is(K::Insert) {
            self.back_to(mark);
            return Ok(Statement::Query(Box::new(self.query()?)));
        }
        self.inserts_behind_from(None, &from, start)
    }

    fn explain(&mut self) -> Result<Statement> {
        self.advance();
        if self.is_postgres()
            && let Some(mode) = self.postgres_explain_options()?
        {
            let start = self.start();
            let statement = Box::new(self.statement()?);
            let text = self.slice(self.since(start)).to_owned();
            return Ok(Statement::Explain(Explain { mode, statement, text }));
        }
        let statement_follows = |parser: &Self| {
            parser.is_symbol_ahead(1, Symbol::LeftParen) || matches!(parser.ahead(1).kind, TokenKind::Keyword(_))
        };
        let mode = match self.keyword() {
            Some(K::Extended) => Some(ExplainMode::Extended),
            Some(K::Formatted) => Some(ExplainMode::Formatted),
            Some(K::Cost) => Some(ExplainMode::Cost),
            Some(K::Codegen) => Some(ExplainMode::Codegen),
            Some(K::Analyze) if !self.is_analyze_table() => Some(ExplainMode::Analyze),
            Some(K::Logical) => {
                return Err(Error::unsupported("EXPLAIN LOGICAL", "use EXPLAIN EXTENDED").at(self.token().span));
            }
            _ => None,
        };
        let mode = match mode.filter(|_| statement_follows(self)) {
            Some(mode) => {
                self.advance();
                mode
            }
            None => ExplainMode::Simple,
        };
        let start = self.start();
        let statement = Box::new(self.statement()?);
        let text = self.slice(self.since(start)).to_owned();
        Ok(Statement::Explain(Explain { mode, statement, text }))
    }

    /// `ANALYZE TABLE t COMPUTE …` rather than EXPLAIN ANALYZE of a query that begins with TABLE.
    fn is_analyze_table(&self) -> bool {
        matches!(self.keyword_ahead(1), Some(K::Table | K::Tables))
            && (1..12).any(|ahead| self.keyword_ahead(ahead) == Some(K::Compute))
    }

    fn analyze(&mut self) -> Result<Statement> {
        let start = self.start();
        self.expect(K::Analyze)?;
        let target = if self.accept(K::Tables) {
            let named = self.accept_any(&[K::From, K::In]).is_some();
            AnalyzeTarget::Tables(if named { Some(self.object_name()?) } else { None })
        } else {
            self.expect(K::Table)?;
            let name = self.object_name()?;
            AnalyzeTarget::Table { name, partition: self.optional_partition()? }
        };
        self.expect_all(&[K::Compute, K::Statistics])?;
        let is_table = matches!(target, AnalyzeTarget::Table { .. });
        let (mut columns, mut no_scan) = (AnalyzedColumns::None, false);
        if is_table && self.accept(K::For) {
            columns = match self.accept_all(&[K::All, K::Columns]) {
                true => AnalyzedColumns::All,
                false => {
                    self.expect(K::Columns)?;
                    AnalyzedColumns::Named(self.list(Self::identifier)?)
                }
            };
        } else if self.is_identifier(self.token()) {
            let word = self.identifier()?;
            no_scan = word.value.eq_ignore_ascii_case("noscan");
            if !no_scan {
                return Err(Error::new(
                    &INVALID_SQL_SYNTAX,
                    format!(
                        "Invalid SQL syntax: ANALYZE TABLE(S) ... COMPUTE STATISTICS ... {} must be either NOSCAN or \
                         empty",
                        word.value
                    ),
                )
                .subcondition("ANALYZE_TABLE_UNEXPECTED_NOSCAN")
                .at(self.since(start)));
            }
        }
        Ok(Statement::Analyze(Analyze { target, columns, no_scan }))
    }

    fn cache(&mut self) -> Result<Statement> {
        let start = self.start();
        self.expect(K::Cache)?;
        let lazy = self.accept(K::Lazy);
        self.expect(K::Table)?;
        let name = self.object_name()?;
        let options = if self.accept(K::Options) { self.properties()? } else { Vec::new() };
        let has_query = self.accept(K::As) || self.begins_query(0) || self.is_symbol(Symbol::LeftParen);
        let query = if has_query { Some(self.query_with_text()?) } else { None };
        Ok(Statement::Cache(CacheTable { name, lazy, options, query, span: self.since(start) }))
    }

    fn repair(&mut self) -> Result<Statement> {
        self.accept(K::Msck);
        self.expect_all(&[K::Repair, K::Table])?;
        let name = self.object_name()?;
        let option = self.accept_any(&[K::Add, K::Drop, K::Sync]);
        if option.is_some() {
            self.expect(K::Partitions)?;
        }
        let add = option != Some(K::Drop);
        let drop = matches!(option, Some(K::Drop | K::Sync));
        Ok(Statement::RepairTable(RepairTable { name, add, drop }))
    }

    fn refresh(&mut self) -> Result<Statement> {
        self.advance();
        let named = self.is_identifier(self.ahead(1));
        let refresh = if self.is(K::Table) && named {
            self.advance();
            Refresh::Table(self.object_name()?)
        } else if self.is(K::Function) && named {
            self.advance();
            Refresh::Function(self.object_name()?)
        } else if self.is_string(self.token()) {
            Refresh::Path(self.string()?)
        } else if self.at_end() {
            return Err(self.unexpected());
        } else {
            Refresh::Path(self.rest_of_text().to_owned())
        };
        Ok(Statement::Refresh(refresh))
    }

    /// Everything from here to the end, as it was typed.
    pub fn rest_of_text(&mut self) -> &str {
        let start = self.start();
        self.skip_to_end();
        let text = self.text;
        text[start..].trim_end().trim_end_matches(';').trim_end()
    }

    fn create(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        let or_replace = self.accept_all(&[K::Or, K::Replace]);
        match self.keyword() {
            Some(K::Database | K::Schema | K::Namespace) if !or_replace => self.create_database(),
            Some(K::Table | K::External) => self.create_table(or_replace, start).map(Statement::CreateTable),
            Some(K::Function) => self.create_function(or_replace, false, start),
            Some(K::User | K::Role) if !or_replace => self.create_user(),
            Some(K::Temporary | K::Temp | K::Global | K::View) => {
                let global = self.accept(K::Global);
                let temporary = self.accept_any(&[K::Temporary, K::Temp]).is_some();
                if temporary && self.is(K::Table) {
                    return Err(Error::unsupported("CREATE TEMPORARY TABLE", "use CREATE TEMPORARY VIEW … AS …")
                        .at(self.token().span));
                }
                if temporary && !global && self.is(K::Function) {
                    return self.create_function(or_replace, true, start);
                }
                self.create_view(or_replace, temporary, global, start).map(Statement::CreateView)
            }
            _ => Err(self.unexpected_of(&[
                K::Table,
                K::View,
                K::Function,
                K::Database,
                K::Schema,
                K::External,
                K::Temporary,
            ])),
        }
    }

    fn alter(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        if let Some(owner) = self.alter_owner()? {
            return Ok(owner);
        }
        match self.keyword() {
            Some(K::User | K::Role) => self.alter_user(),
            Some(K::Table) => self.alter_table(start),
            Some(K::View) => self.alter_view(start),
            Some(K::Database | K::Schema | K::Namespace) => self.alter_database(),
            _ => Err(self.unexpected_of(&[K::Table, K::View, K::Database, K::Schema])),
        }
    }

    fn drop(&mut self) -> Result<Statement> {
        self.advance();
        match self.keyword() {
            Some(K::User | K::Role) => self.drop_users(),
            Some(K::Table) => self.drop_table(),
            Some(K::View) => self.drop_view(),
            Some(K::Temporary | K::Temp)
                if self.is_perhaps_temporary(K::Variable) || self.is_perhaps_temporary(K::Var) =>
            {
                self.drop_variable()
            }
            Some(K::Function | K::Temporary | K::Temp) if self.is_perhaps_temporary(K::Function) => {
                self.drop_function()
            }
            Some(K::Database | K::Schema | K::Namespace) => self.drop_database(),
            _ => Err(self.unexpected_of(&[K::Table, K::View, K::Function, K::Database, K::Schema, K::Temporary])),
        }
    }

    /// `IF NOT EXISTS`
    pub fn if_not_exists(&mut self) -> Result<bool> {
        if !self.is(K::If) {
            return Ok(false);
        }
        self.advance();
        if !self.accept_symbol(Symbol::Bang) {
            self.expect(K::Not)?;
        }
        self.expect(K::Exists)?;
        Ok(true)
    }

    /// `IF EXISTS`
    pub fn if_exists(&mut self) -> bool {
        self.accept_all(&[K::If, K::Exists])
    }

    /// A query and its text.
    pub fn query_with_text(&mut self) -> Result<(Box<crate::sql::ast::Query>, String)> {
        let start = self.start();
        let query = Box::new(self.query()?);
        let text = self.slice(self.since(start)).to_owned();
        Ok((query, text))
    }
}

/// The source of an INSERT before it is read.
pub(super) fn no_query() -> Box<crate::sql::ast::Query> {
    let span = crate::error::Span::default();
    let rows = crate::sql::ast::Values { rows: Vec::new(), alias: None, span };
    Box::new(plain_query(QueryBody::Values(rows), span))
}

pub(super) const NAMESPACES: [K; 3] = [K::Database, K::Schema, K::Namespace];

/// What statements begin with, for "did you mean".
const FIRST_WORDS: &[&str] = &[
    "SELECT", "WITH", "FROM", "VALUES", "TABLE", "INSERT", "EXPLAIN", "CREATE", "ALTER", "DROP", "USE", "TRUNCATE",
    "MSCK", "REPAIR", "REFRESH", "SET", "RESET", "SHOW", "DESC", "DESCRIBE", "COMMENT", "DELETE", "UPDATE", "DECLARE",
    "EXECUTE", "BEGIN", "ANALYZE", "CACHE", "UNCACHE", "CLEAR", "MERGE", "GRANT", "REVOKE", "REASSIGN",
];
