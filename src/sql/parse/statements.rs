//! Which statement a text is.

use crate::error::Result;
use crate::sql::ast::Statement;

use super::cursor::Parser;

impl Parser<'_> {
    pub fn statement(&mut self) -> Result<Statement> {
        Ok(Statement::Query(Box::new(self.query()?)))
    }
}
