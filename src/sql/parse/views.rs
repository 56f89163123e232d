//! CREATE, ALTER and DROP VIEW.

use crate::error::{Error, Result};
use crate::sql::ast::{
    AlterView, AlterViewAction, CreateView, DropView, Identifier, ObjectName, Properties, Statement, ViewSource,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::properties::once;

impl Parser<'_> {
    pub fn create_view(&mut self, or_replace: bool, temporary: bool, global: bool, start: usize) -> Result<CreateView> {
        self.expect(K::View)?;
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        let mut view = CreateView {
            name,
            or_replace,
            if_not_exists,
            temporary,
            global,
            columns: Vec::new(),
            comment: None,
            properties: Vec::new(),
            schema_mode: None,
            source: ViewSource::Files { columns: Vec::new(), using: no_name(), options: Vec::new() },
            span: crate::error::Span::default(),
        };
        if temporary && self.is_file_view() {
            view.source = self.file_view()?;
        } else {
            if self.is_symbol(Symbol::LeftParen) {
                view.columns = self.parenthesised(|parser| parser.list(Self::view_column))?;
            }
            self.view_clauses(&mut view)?;
            self.expect(K::As)?;
            let (query, text) = self.query_with_text()?;
            view.source = ViewSource::Query(query, text);
        }
        view.span = self.since(start);
        Ok(view)
    }

    fn view_clauses(&mut self, view: &mut CreateView) -> Result<()> {
        let mut properties: Option<Properties> = None;
        loop {
            let at = self.token().span;
            self.refuse_collation()?;
            if self.accept(K::Comment) {
                once(&mut view.comment, self.comment_text()?, "COMMENT", at)?;
            } else if self.accept(K::Tblproperties) {
                once(&mut properties, self.properties()?, "TBLPROPERTIES", at)?;
            } else if self.is(K::With) {
                once(&mut view.schema_mode, self.schema_mode()?, "WITH SCHEMA", at)?;
            } else if self.is(K::Partitioned) {
                return Err(Error::unsupported("PARTITIONED ON of a view", "leave it out").at(at));
            } else {
                break;
            }
        }
        view.properties = properties.unwrap_or_default();
        Ok(())
    }

    fn view_column(&mut self) -> Result<(Identifier, Option<String>)> {
        let name = self.identifier()?;
        let comment = if self.accept(K::Comment) { Some(self.comment_text()?) } else { None };
        Ok((name, comment))
    }

    /// `WITH SCHEMA BINDING | COMPENSATION | [TYPE] EVOLUTION`, in upper case.
    fn schema_mode(&mut self) -> Result<String> {
        self.expect_all(&[K::With, K::Schema])?;
        Ok(match self.expect_any(&[K::Binding, K::Compensation, K::Evolution, K::Type])? {
            K::Type => {
                self.expect(K::Evolution)?;
                "TYPE EVOLUTION".to_owned()
            }
            keyword => keyword.text().to_owned(),
        })
    }

    /// `USING`, or columns with their types and then `USING`.
    fn is_file_view(&self) -> bool {
        self.is(K::Using)
            || (self.is_symbol(Symbol::LeftParen)
                && self.is_identifier(self.ahead(2))
                && self.keyword_ahead(2) != Some(K::Comment))
    }

    fn file_view(&mut self) -> Result<ViewSource> {
        let columns = match self.is_symbol(Symbol::LeftParen) {
            true => self.parenthesised(|parser| parser.list(Self::column_definition))?,
            false => Vec::new(),
        };
        self.expect(K::Using)?;
        let using = self.object_name()?;
        let options = if self.accept(K::Options) { self.properties()? } else { Vec::new() };
        Ok(ViewSource::Files { columns, using, options })
    }

    pub fn alter_view(&mut self, start: usize) -> Result<Statement> {
        self.expect(K::View)?;
        let name = self.object_name()?;
        let action = match self.keyword() {
            Some(K::Rename) => {
                self.expect_all(&[K::Rename, K::To])?;
                AlterViewAction::Rename(self.object_name()?)
            }
            Some(K::Set) => {
                self.expect_all(&[K::Set, K::Tblproperties])?;
                AlterViewAction::SetProperties(self.properties()?)
            }
            Some(K::Unset) => {
                self.expect_all(&[K::Unset, K::Tblproperties])?;
                let if_exists = self.if_exists();
                AlterViewAction::UnsetProperties { keys: self.property_keys()?, if_exists }
            }
            Some(K::With) if self.keyword_ahead(1) == Some(K::Schema) => {
                AlterViewAction::SchemaMode(self.schema_mode()?)
            }
            Some(K::Add | K::Drop) => {
                return Err(Error::unsupported("a partition of a view", "alter the table below").at(self.token().span));
            }
            _ => {
                self.accept(K::As);
                let (query, text) = self.query_with_text()?;
                AlterViewAction::Query(query, text)
            }
        };
        Ok(Statement::AlterView(AlterView { name, action, span: self.since(start) }))
    }

    pub fn drop_view(&mut self) -> Result<Statement> {
        self.expect(K::View)?;
        let if_exists = self.if_exists();
        let name = self.object_name()?;
        self.drop_behaviour();
        Ok(Statement::DropView(DropView { name, if_exists }))
    }
}

/// Stands in until the source is read.
fn no_name() -> ObjectName {
    ObjectName { parts: Vec::new(), span: crate::error::Span::default() }
}
