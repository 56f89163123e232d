//! CREATE, ALTER and DROP DATABASE.

use crate::error::Result;
use crate::sql::ast::{
    AlterDatabase, AlterDatabaseAction, Comment, CommentedObject, CreateDatabase, DropDatabase, Statement,
};
use crate::sql::keywords::Keyword as K;

use super::cursor::Parser;
use super::properties::once;

impl Parser<'_> {
    pub fn create_database(&mut self) -> Result<Statement> {
        self.advance();
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        let (mut comment, mut location, mut properties) = (None, None, None);
        loop {
            let at = self.token().span;
            self.refuse_collation()?;
            if self.accept(K::Comment) {
                once(&mut comment, self.comment_text()?, "COMMENT", at)?;
            } else if self.accept(K::Location) {
                once(&mut location, self.string()?, "LOCATION", at)?;
            } else if self.accept(K::With) {
                self.expect_any(&[K::Dbproperties, K::Properties])?;
                once(&mut properties, self.properties()?, "WITH PROPERTIES", at)?;
            } else {
                break;
            }
        }
        let properties = properties.unwrap_or_default();
        Ok(Statement::CreateDatabase(CreateDatabase { name, if_not_exists, comment, location, properties }))
    }

    pub fn alter_database(&mut self) -> Result<Statement> {
        self.advance();
        let name = self.object_name()?;
        self.refuse_collation()?;
        let action = if self.accept(K::Unset) {
            self.expect_any(&[K::Dbproperties, K::Properties])?;
            let if_exists = self.if_exists();
            AlterDatabaseAction::UnsetProperties { keys: self.property_keys()?, if_exists }
        } else {
            self.expect(K::Set)?;
            match self.expect_any(&[K::Dbproperties, K::Properties, K::Location])? {
                K::Location => AlterDatabaseAction::SetLocation(self.string()?),
                _ => AlterDatabaseAction::SetProperties(self.properties()?),
            }
        };
        Ok(Statement::AlterDatabase(AlterDatabase { name, action }))
    }

    pub fn drop_database(&mut self) -> Result<Statement> {
        self.advance();
        let if_exists = self.if_exists();
        let name = self.object_name()?;
        let cascade = self.accept_any(&[K::Restrict, K::Cascade]) == Some(K::Cascade);
        Ok(Statement::DropDatabase(DropDatabase { name, if_exists, cascade }))
    }

    /// `COMMENT ON TABLE t IS 'text'`, `COMMENT ON DATABASE d IS NULL`
    pub fn comment_on(&mut self) -> Result<Statement> {
        self.expect_all(&[K::Comment, K::On])?;
        let object = match self.accept_any(&super::statements::NAMESPACES) {
            Some(_) => CommentedObject::Database,
            None if self.accept(K::Table) => CommentedObject::Table,
            None if self.is_postgres() && self.is(K::Column) => return self.comment_on_column(),
            // A view's comment is kept as a table's is.
            None if self.is_postgres() && self.accept(K::View) => CommentedObject::Table,
            None => {
                let error = self.unexpected_of(&[K::Table, K::Database, K::Schema]);
                return Err(match self.keyword() {
                    Some(K::Column) => error.hint("use ALTER TABLE … ALTER COLUMN … COMMENT"),
                    _ => error,
                });
            }
        };
        let name = self.object_name()?;
        self.expect(K::Is)?;
        let text = if self.accept(K::Null) { None } else { Some(self.string()?) };
        Ok(Statement::Comment(Comment { object, name, text }))
    }
}
