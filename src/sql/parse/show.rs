//! SHOW.

use crate::error::Result;
use crate::sql::ast::{FunctionScope, ObjectName, Show};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;

impl Parser<'_> {
    pub fn show(&mut self) -> Result<Show> {
        self.advance();
        match self.keyword() {
            Some(K::Catalogs) => {
                self.advance();
                Ok(Show::Catalogs { pattern: self.pattern()? })
            }
            Some(K::Databases | K::Schemas | K::Namespaces) => {
                self.advance();
                // There is one catalog: naming it changes nothing.
                let catalog = self.container()?;
                if let Some(name) = catalog.filter(|name| !name.last().is("spark_catalog") || name.parts.len() > 1) {
                    return Err(crate::error::Error::new(
                        &crate::error::CATALOG_NOT_FOUND,
                        format!("The catalog {} is not found", name.text()),
                    )
                    .at(name.span)
                    .hint("there is one catalog, spark_catalog"));
                }
                Ok(Show::Databases { pattern: self.pattern()? })
            }
            Some(K::Tables) => {
                self.advance();
                let database = self.container()?;
                Ok(Show::Tables { database, pattern: self.pattern()? })
            }
            Some(K::Views) => {
                self.advance();
                let database = self.container()?;
                Ok(Show::Views { database, pattern: self.pattern()? })
            }
            Some(K::Table) => {
                self.expect_all(&[K::Table, K::Extended])?;
                let database = self.container()?;
                self.expect(K::Like)?;
                let pattern = self.string()?;
                Ok(Show::TableExtended { database, pattern, partition: self.optional_partition()? })
            }
            Some(K::Partitions) => {
                self.advance();
                let table = self.object_name()?;
                Ok(Show::Partitions { table, partition: self.optional_partition()? })
            }
            Some(K::Columns) => {
                self.advance();
                self.expect_any(&[K::From, K::In])?;
                let table = self.object_name()?;
                Ok(Show::Columns { table, database: self.container()? })
            }
            Some(K::Create) => {
                self.expect_all(&[K::Create, K::Table])?;
                let table = self.object_name()?;
                Ok(Show::CreateTable { table, as_serde: self.accept_all(&[K::As, K::Serde]) })
            }
            Some(K::Tblproperties) => {
                self.advance();
                let table = self.object_name()?;
                let key = match self.is_symbol(Symbol::LeftParen) {
                    true => Some(self.parenthesised(Self::property_key)?),
                    false => None,
                };
                Ok(Show::TableProperties { table, key })
            }
            Some(K::Current) if self.keyword_ahead(1).is_some() => {
                self.advance();
                self.expect_any(&super::statements::NAMESPACES)?;
                Ok(Show::CurrentDatabase)
            }
            Some(K::Functions | K::All | K::User) => self.show_functions(),
            _ if self.is_word("SYSTEM") => self.show_functions(),
            _ => Err(self.unexpected_of(&[
                K::Catalogs,
                K::Databases,
                K::Schemas,
                K::Tables,
                K::Views,
                K::Table,
                K::Partitions,
                K::Columns,
                K::Create,
                K::Tblproperties,
                K::Current,
                K::Functions,
            ])),
        }
    }

    fn show_functions(&mut self) -> Result<Show> {
        let scope = match self.keyword() {
            Some(K::Functions) => FunctionScope::All,
            Some(K::User) => FunctionScope::User,
            Some(_) => FunctionScope::All,
            None => FunctionScope::System,
        };
        if !self.is(K::Functions) {
            self.advance();
        }
        self.expect(K::Functions)?;
        let mut database = self.container()?;
        // A name without quotes is a pattern too, of Hive's time.
        let bare = (self.is(K::Like) && self.is_identifier(self.ahead(1)))
            || (!self.is(K::Like) && self.is_identifier(self.token()));
        let pattern = if bare {
            self.accept(K::Like);
            let mut name = self.object_name()?;
            let last = name.parts.pop();
            if !name.parts.is_empty() {
                database = Some(name);
            }
            last.map(|last| last.value)
        } else {
            self.pattern()?
        };
        Ok(Show::Functions { scope, database, pattern })
    }

    /// `FROM name`, `IN name`
    fn container(&mut self) -> Result<Option<ObjectName>> {
        match self.accept_any(&[K::From, K::In]) {
            Some(_) => self.object_name().map(Some),
            None => Ok(None),
        }
    }

    /// `[LIKE] 'pattern'`
    fn pattern(&mut self) -> Result<Option<String>> {
        if self.accept(K::Like) || self.is_string(self.token()) {
            return self.string().map(Some);
        }
        Ok(None)
    }
}
