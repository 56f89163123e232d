//! Keys of CREATE TABLE: what a table's maker promises of its rows. Only those that say that nobody enforces them.

use crate::error::Result;
use crate::sql::ast::{KeyDefinition, KeyKind};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::tables::constraints_unsupported;

impl Parser<'_> {
    /// `[CONSTRAINT name] PRIMARY KEY (a) | UNIQUE (a) | FOREIGN KEY (a) REFERENCES t [(b)] NOT ENFORCED [RELY]`
    pub(super) fn key(&mut self) -> Result<KeyDefinition> {
        let (at, start) = (self.token().span, self.start());
        let name = if self.accept(K::Constraint) { Some(self.strict_identifier()?) } else { None };
        let (kind, columns) = if self.accept(K::Primary) {
            self.expect(K::Key)?;
            (KeyKind::Primary, self.identifier_list()?)
        } else if self.accept(K::Unique) {
            (KeyKind::Unique, self.identifier_list()?)
        } else if self.accept(K::Foreign) {
            self.expect(K::Key)?;
            let columns = self.identifier_list()?;
            self.expect(K::References)?;
            let table = self.object_name()?;
            let referred = if self.is_symbol(Symbol::LeftParen) { self.identifier_list()? } else { Vec::new() };
            (KeyKind::Foreign { table, columns: referred }, columns)
        } else {
            return Err(constraints_unsupported(at));
        };
        // A key that somebody believes to be enforced would be a lie.
        if !(self.accept(K::Not) && self.accept(K::Enforced)) {
            return Err(constraints_unsupported(at));
        }
        if !self.accept(K::Rely) {
            self.accept(K::Norely);
        }
        Ok(KeyDefinition { name, kind, columns, span: self.since(start) })
    }
}
