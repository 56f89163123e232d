//! ALTER TABLE.

use crate::error::{Error, Result};
use crate::sql::ast::{
    AlterTable, AlterTableAction, ColumnChange, ColumnDefinition, ColumnPosition, ObjectName, PartitionSpecification,
    RepairTable, Statement,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::unsupported::{invalid_statement, table_operation};

impl Parser<'_> {
    pub fn alter_table(&mut self, start: usize) -> Result<Statement> {
        self.expect(K::Table)?;
        let name = self.object_name()?;
        if self.accept_all(&[K::Recover, K::Partitions]) {
            return Ok(Statement::RepairTable(RepairTable { name, add: true, drop: false }));
        }
        self.refuse_collation()?;
        let partition = self.optional_partition()?;
        let action = match (self.keyword(), partition) {
            (Some(K::Set), partition) => self.alter_set(partition)?,
            (Some(K::Rename), Some(from)) => {
                self.expect_all(&[K::Rename, K::To])?;
                AlterTableAction::RenamePartition { from, to: self.partition()? }
            }
            (Some(K::Rename), None) => self.alter_rename()?,
            (Some(K::Add), None) => self.alter_add()?,
            (Some(K::Drop), None) => self.alter_drop()?,
            (Some(K::Unset), None) => {
                self.expect_all(&[K::Unset, K::Tblproperties])?;
                let if_exists = self.if_exists();
                AlterTableAction::UnsetProperties { keys: self.property_keys()?, if_exists }
            }
            (Some(K::Alter | K::Change), None) => self.alter_column()?,
            (Some(K::Cluster), None) => {
                self.expect_all(&[K::Cluster, K::By])?;
                let columns = match self.accept(K::None) {
                    true => Vec::new(),
                    false => self.parenthesised(|parser| parser.list(Self::object_name))?,
                };
                AlterTableAction::ClusterBy(columns)
            }
            (Some(K::Replace), None) => {
                self.expect_all(&[K::Replace, K::Columns])?;
                let columns = self.parenthesised(|parser| parser.list(Self::positioned_column))?;
                if columns.iter().any(|(_, position)| position.is_some()) {
                    return Err(Error::unsupported(
                        "a position in REPLACE COLUMNS",
                        "write the columns in their order",
                    )
                    .at(self.since(start)));
                }
                AlterTableAction::ReplaceColumns(columns.into_iter().map(|(column, _)| column).collect())
            }
            (Some(K::Change | K::Replace), Some(partition)) => {
                return Err(Error::unsupported(
                    "changing the columns of one partition",
                    "change those of the table: files keep what they have",
                )
                .at(partition.span));
            }
            _ => return Err(self.unknown_action()),
        };
        Ok(Statement::AlterTable(AlterTable { name, action, span: self.since(start) }))
    }

    /// What only Hive does is refused by name.
    fn unknown_action(&self) -> Error {
        let what = match (self.keyword(), self.keyword_ahead(1)) {
            (Some(K::Clustered), _) => "CLUSTERED BY",
            (Some(K::Skewed), _) => "SKEWED BY",
            (Some(K::Not), Some(K::Clustered)) => "NOT CLUSTERED",
            (Some(K::Not), Some(K::Sorted)) => "NOT SORTED",
            (Some(K::Not), Some(K::Skewed)) => "NOT SKEWED",
            (Some(K::Not), Some(K::Stored)) => "NOT STORED AS DIRECTORIES",
            (Some(K::Exchange), _) => "EXCHANGE PARTITION",
            (Some(K::Archive), _) => "ARCHIVE PARTITION",
            (Some(K::Unarchive), _) => "UNARCHIVE PARTITION",
            (Some(K::Touch), _) => "TOUCH",
            (Some(K::Compact), _) => "COMPACT",
            (Some(K::Concatenate), _) => "CONCATENATE",
            _ => {
                return self.unexpected_of(&[
                    K::Add,
                    K::Alter,
                    K::Change,
                    K::Cluster,
                    K::Drop,
                    K::Recover,
                    K::Rename,
                    K::Replace,
                    K::Set,
                    K::Unset,
                ]);
            }
        };
        invalid_statement(&format!("ALTER TABLE {what}"))
            .hint("write the table anew with CREATE TABLE … AS SELECT")
            .at(self.token().span)
    }

    fn alter_set(&mut self, partition: Option<PartitionSpecification>) -> Result<AlterTableAction> {
        self.expect(K::Set)?;
        if partition.is_none() && self.accept(K::Tblproperties) {
            return Ok(AlterTableAction::SetProperties(self.properties()?));
        }
        match self.keyword() {
            Some(K::Location) => {
                self.advance();
                Ok(AlterTableAction::SetLocation { partition, location: self.string()? })
            }
            Some(K::Serde) => {
                self.advance();
                let class = Some(self.string()?);
                let properties = match self.accept_all(&[K::With, K::Serdeproperties]) {
                    true => self.properties()?,
                    false => Vec::new(),
                };
                Ok(AlterTableAction::SetSerde { partition, class, properties })
            }
            Some(K::Serdeproperties) => {
                self.advance();
                Ok(AlterTableAction::SetSerde { partition, class: None, properties: self.properties()? })
            }
            Some(keyword @ (K::Fileformat | K::Skewed)) => {
                let what = if keyword == K::Skewed { "SET SKEWED LOCATION" } else { "SET FILEFORMAT" };
                Err(invalid_statement(&format!("ALTER TABLE {what}"))
                    .hint("write the table anew with CREATE TABLE … AS SELECT")
                    .at(self.token().span))
            }
            _ => Err(self.unexpected_of(&[K::Tblproperties, K::Location, K::Serde, K::Serdeproperties])),
        }
    }

    fn alter_rename(&mut self) -> Result<AlterTableAction> {
        self.expect(K::Rename)?;
        if self.accept(K::To) {
            return Ok(AlterTableAction::Rename(self.path()?));
        }
        self.expect_any(&[K::Column, K::To])?;
        let column = self.path()?;
        self.expect(K::To)?;
        Ok(AlterTableAction::RenameColumn { column, to: self.strict_identifier()? })
    }

    fn alter_add(&mut self) -> Result<AlterTableAction> {
        self.expect(K::Add)?;
        if self.accept_any(&[K::Column, K::Columns]).is_some() {
            let if_not_exists = self.if_not_exists()?;
            let columns = match self.is_symbol(Symbol::LeftParen) {
                true => self.parenthesised(|parser| parser.list(Self::positioned_column))?,
                false => self.list(Self::positioned_column)?,
            };
            return Ok(AlterTableAction::AddColumns { columns, if_not_exists });
        }
        if self.is_any(&[K::Constraint, K::Check, K::Primary, K::Foreign, K::Unique]) {
            return Err(table_operation("ADD CONSTRAINT", "check the rows in the query that inserts them")
                .at(self.token().span));
        }
        let if_not_exists = self.if_not_exists()?;
        if !self.is(K::Partition) {
            return Err(self.unexpected_of(&[K::Partition, K::Columns, K::Column]));
        }
        let mut partitions = Vec::new();
        while self.is(K::Partition) {
            let partition = self.partition()?;
            let location = if self.accept(K::Location) { Some(self.string()?) } else { None };
            partitions.push((partition, location));
        }
        Ok(AlterTableAction::AddPartitions { partitions, if_not_exists })
    }

    fn alter_drop(&mut self) -> Result<AlterTableAction> {
        self.expect(K::Drop)?;
        if self.accept_any(&[K::Column, K::Columns]).is_some() {
            let if_exists = self.if_exists();
            let columns = match self.is_symbol(Symbol::LeftParen) {
                true => self.parenthesised(|parser| parser.list(Self::object_name))?,
                false => self.list(Self::object_name)?,
            };
            return Ok(AlterTableAction::DropColumns { columns, if_exists });
        }
        if self.is(K::Constraint) {
            return Err(table_operation("DROP CONSTRAINT", "there is none to drop").at(self.token().span));
        }
        let if_exists = self.if_exists();
        if !self.is(K::Partition) {
            return Err(self.unexpected_of(&[K::Partition, K::Columns, K::Column]));
        }
        let partitions = self.list(Self::partition)?;
        Ok(AlterTableAction::DropPartitions { partitions, if_exists, purge: self.accept(K::Purge) })
    }

    /// `name TYPE … [FIRST | AFTER c]`
    fn positioned_column(&mut self) -> Result<(ColumnDefinition, Option<ColumnPosition>)> {
        let name = self.path()?;
        let [column] = name.parts.as_slice() else {
            return Err(nested_unsupported(&name));
        };
        let mut definition = self.column_rest(column.clone())?;
        let position = self.position_clause()?;
        // A comment may also stand behind the position.
        if position.is_some() && definition.comment.is_none() && self.accept(K::Comment) {
            definition.comment = Some(self.comment_text()?);
        }
        Ok((definition, position))
    }

    fn position_clause(&mut self) -> Result<Option<ColumnPosition>> {
        if self.accept(K::First) {
            return Ok(Some(ColumnPosition::First));
        }
        if self.accept(K::After) {
            return Ok(Some(ColumnPosition::After(self.strict_identifier()?)));
        }
        Ok(None)
    }

    /// `ALTER COLUMN c TYPE t`, and Hive's `CHANGE [COLUMN] old new TYPE …`
    fn alter_column(&mut self) -> Result<AlterTableAction> {
        let hive = self.expect_any(&[K::Alter, K::Change])? == K::Change;
        if self.is(K::Column) && self.is_identifier(self.ahead(1)) {
            self.advance();
        }
        let column = self.path()?;
        let Some(change) = self.column_change()? else {
            if !hive || self.at_end() {
                return Err(self.unexpected_of(&[K::Type, K::Comment, K::Set, K::Drop, K::First, K::After]));
            }
            let new = self.strict_identifier()?;
            let definition = self.column_rest(new)?;
            let position = self.position_clause()?;
            return Ok(AlterTableAction::ChangeColumn { column, definition, position });
        };
        if self.is_symbol(Symbol::Comma) {
            return Err(table_operation("ALTER COLUMN in bulk", "write one ALTER TABLE for each").at(self.token().span));
        }
        Ok(AlterTableAction::AlterColumn { column, change })
    }

    fn column_change(&mut self) -> Result<Option<ColumnChange>> {
        let change = match self.keyword() {
            Some(K::Type) if self.is_identifier(self.ahead(1)) => {
                self.advance();
                ColumnChange::Type(self.data_type()?)
            }
            Some(K::Comment) if self.is_string(self.ahead(1)) => {
                self.advance();
                ColumnChange::Comment(self.comment_text()?)
            }
            Some(K::First | K::After) => match self.position_clause()? {
                Some(position) => ColumnChange::Position(position),
                None => return Ok(None),
            },
            Some(K::Set) => {
                self.advance();
                if self.accept(K::Default) {
                    let (expression, text) = self.expression_with_text()?;
                    ColumnChange::SetDefault(expression, text)
                } else if self.not_null()? {
                    ColumnChange::SetNotNull
                } else {
                    return Err(self.unexpected_of(&[K::Default, K::Not]));
                }
            }
            Some(K::Drop) => {
                self.advance();
                if self.accept(K::Default) {
                    ColumnChange::DropDefault
                } else if self.not_null()? {
                    ColumnChange::DropNotNull
                } else {
                    return Err(self.unexpected_of(&[K::Default, K::Not]));
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(change))
    }
}

fn nested_unsupported(name: &ObjectName) -> Error {
    Error::unsupported("adding a field to a struct", "add a column, or write the table anew").at(name.span)
}
