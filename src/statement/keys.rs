//! Keys that CREATE TABLE declares: kept, shown to tools, enforced by nobody.

use std::collections::HashSet;

use crate::catalog::{Constraint, ConstraintKind, NewTable};
use crate::error::{COLUMN_ALREADY_EXISTS, Error, INVALID_SQL_SYNTAX, Result, TABLE_OR_VIEW_NOT_FOUND};
use crate::session::TableName;
use crate::sql::ast::{CreateTable, Identifier, KeyKind};
use crate::types::{quote, quote_if_needed};

use super::running::Running;

/// The keys of the statement, with names that they get if they have none.
pub(super) fn declared(statement: &CreateTable, table: &TableName) -> Result<Vec<Constraint>> {
    let mut taken = HashSet::new();
    let mut primary = false;
    let mut keys = Vec::with_capacity(statement.keys.len());
    for key in &statement.keys {
        let columns: Vec<String> = key.columns.iter().map(|column| column.value.clone()).collect();
        let (kind, ending) = match &key.kind {
            KeyKind::Primary if primary => {
                return Err(Error::new(&INVALID_SQL_SYNTAX, "A table has only one primary key").at(key.span));
            }
            KeyKind::Primary => {
                primary = true;
                (ConstraintKind::PrimaryKey, "pkey".to_owned())
            }
            KeyKind::Unique => (ConstraintKind::Unique, format!("{}_key", columns.join("_"))),
            KeyKind::Foreign { table: referred, columns: to } => {
                let referred = TableName::new(referred, &table.database)?;
                let to = to.iter().map(|column| column.value.clone()).collect();
                let kind =
                    ConstraintKind::ForeignKey { database: referred.database, table: referred.name, columns: to };
                (kind, format!("{}_fkey", columns.join("_")))
            }
        };
        let mut name = match &key.name {
            Some(name) => name.value.clone(),
            None => format!("{}_{ending}", table.name),
        };
        if key.name.is_some() && taken.contains(&name.to_lowercase()) {
            let message = format!("The constraint {} stands twice in the table", quote(&name));
            return Err(Error::new(&COLUMN_ALREADY_EXISTS, message).at(key.span));
        }
        let plain = name.clone();
        for number in 1.. {
            if taken.insert(name.to_lowercase()) {
                break;
            }
            name = format!("{plain}{number}");
        }
        keys.push(Constraint { oid: 0, name, kind, columns });
    }
    Ok(keys)
}

/// Every column of a key must be one of the table, and what is referred to must be there.
pub(super) async fn check(running: &Running<'_>, statement: &CreateTable, new: &NewTable) -> Result<()> {
    for key in &statement.keys {
        let known: Vec<&str> = new.columns.iter().map(|column| column.name.as_str()).collect();
        check_columns(&key.columns, &known)?;
        let KeyKind::Foreign { table, columns } = &key.kind else { continue };
        let name = TableName::new(table, &new.database)?;
        if name.database == new.database && name.name == new.name {
            check_columns(columns, &known)?;
            continue;
        }
        let found = running.catalog().await?.table(&name.database, &name.name).await?;
        let Some(found) = found else {
            let message = format!(
                "The table or view {name} cannot be found. Verify the spelling and correctness of the schema and catalog"
            );
            return Err(Error::new(&TABLE_OR_VIEW_NOT_FOUND, message).at(table.span));
        };
        let known: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
        check_columns(columns, &known)?;
    }
    Ok(())
}

fn check_columns(columns: &[Identifier], known: &[&str]) -> Result<()> {
    for column in columns {
        if !known.iter().any(|known| column.is(known)) {
            let message = format!("The key has a column {} that the table does not have", quote(&column.value));
            return Err(Error::new(&crate::error::UNRESOLVED_COLUMN, message)
                .suggest(&column.value, known.iter().copied())
                .at(column.span));
        }
    }
    Ok(())
}

/// The key as CREATE TABLE takes it.
pub(super) fn text(key: &Constraint) -> String {
    let list = |names: &[String]| names.iter().map(|name| quote_if_needed(name)).collect::<Vec<_>>().join(", ");
    let columns = list(&key.columns);
    let what = match &key.kind {
        ConstraintKind::PrimaryKey => format!("PRIMARY KEY ({columns})"),
        ConstraintKind::Unique => format!("UNIQUE ({columns})"),
        ConstraintKind::ForeignKey { database, table, columns: to } => {
            let to = if to.is_empty() { String::new() } else { format!(" ({})", list(to)) };
            let table = format!("{}.{}", quote_if_needed(database), quote_if_needed(table));
            format!("FOREIGN KEY ({columns}) REFERENCES {table}{to}")
        }
    };
    format!("CONSTRAINT {} {what} NOT ENFORCED", quote_if_needed(&key.name))
}
