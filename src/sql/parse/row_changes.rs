//! DELETE, UPDATE, MERGE, REPLACE TABLE: read to their end, so that what is wrong with them is said first. Tables of
//! files take none of them, as in Spark.

use crate::error::{Error, MERGE_WITHOUT_WHEN, Result};
use crate::sql::ast::{ObjectName, RowChange, RowOperation, Statement};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;

impl Parser<'_> {
    /// `DELETE FROM t [AS alias] [WHERE condition]`
    pub fn delete(&mut self) -> Result<Statement> {
        let start = self.start();
        self.expect_all(&[K::Delete, K::From])?;
        let table = self.object_name()?;
        self.table_alias()?;
        self.optional_condition(K::Where)?;
        Ok(self.row_change(table, RowOperation::Delete, start))
    }

    /// `UPDATE t [AS alias] SET a = 1, … [WHERE condition]`
    pub fn update(&mut self) -> Result<Statement> {
        let start = self.start();
        self.expect(K::Update)?;
        let table = self.object_name()?;
        if !self.is(K::Set) {
            self.table_alias()?;
        }
        self.expect(K::Set)?;
        self.list(Self::assignment)?;
        self.optional_condition(K::Where)?;
        Ok(self.row_change(table, RowOperation::Update, start))
    }

    /// `MERGE INTO t USING s ON condition WHEN …`
    pub fn merge(&mut self) -> Result<Statement> {
        let start = self.start();
        self.expect(K::Merge)?;
        self.accept_all(&[K::With, K::Schema, K::Evolution]);
        self.expect(K::Into)?;
        let table = self.object_name()?;
        if !self.is(K::Using) {
            self.table_alias()?;
        }
        self.expect(K::Using)?;
        match self.is_symbol(Symbol::LeftParen) {
            true => {
                self.parenthesised(Self::query)?;
            }
            false => {
                self.object_name()?;
            }
        }
        if !self.is(K::On) {
            self.table_alias()?;
        }
        self.expect(K::On)?;
        self.expression()?;
        let mut clauses = 0;
        while self.accept(K::When) {
            self.merge_clause()?;
            clauses += 1;
        }
        if clauses == 0 && self.at_end() {
            let message = "There must be at least one WHEN clause in a MERGE statement";
            return Err(Error::new(&MERGE_WITHOUT_WHEN, message).at(self.since(start)));
        }
        Ok(self.row_change(table, RowOperation::Merge, start))
    }

    /// `MATCHED …`, `NOT MATCHED [BY TARGET] …`, `NOT MATCHED BY SOURCE …`, behind WHEN.
    fn merge_clause(&mut self) -> Result<()> {
        let missing = self.accept(K::Not);
        self.expect(K::Matched)?;
        let by = if missing && self.accept(K::By) { Some(self.expect_any(&[K::Target, K::Source])?) } else { None };
        self.optional_condition(K::And)?;
        self.expect(K::Then)?;
        if missing && by != Some(K::Source) {
            self.expect(K::Insert)?;
            if self.accept_symbol(Symbol::Star) {
                return Ok(());
            }
            self.parenthesised(|parser| parser.list(Self::object_name))?;
            self.expect(K::Values)?;
            self.parenthesised(|parser| parser.list(Self::expression))?;
            return Ok(());
        }
        if self.accept(K::Delete) {
            return Ok(());
        }
        self.expect_all(&[K::Update, K::Set])?;
        if !self.accept_symbol(Symbol::Star) {
            self.list(Self::assignment)?;
        }
        Ok(())
    }

    fn assignment(&mut self) -> Result<()> {
        self.object_name()?;
        self.expect_symbol(Symbol::Eq)?;
        self.expression()?;
        Ok(())
    }

    fn optional_condition(&mut self, word: K) -> Result<()> {
        if self.accept(word) {
            self.expression()?;
        }
        Ok(())
    }

    /// `REPLACE TABLE t …`: the rest is that of CREATE TABLE.
    pub fn replace_table(&mut self) -> Result<Statement> {
        let start = self.start();
        self.expect(K::Replace)?;
        let table = self.create_table(true, start)?;
        let operation =
            if table.query.is_some() { RowOperation::ReplaceTableAsSelect } else { RowOperation::ReplaceTable };
        Ok(self.row_change(table.name, operation, start))
    }

    fn row_change(&self, table: ObjectName, operation: RowOperation, start: usize) -> Statement {
        Statement::RowChange(RowChange { table, operation, span: self.since(start) })
    }
}
