//! WITH: named queries. Each is bound once, where it is defined; a reference is the same plan under new column names, so
//! that later stages can recognise it.

use crate::error::{Error, Result};
use crate::sql::ast::{Identifier, With};

use super::rows::Rows;
use super::scope::Scope;
use super::{Binder, query};

/// A query of WITH that is in sight.
#[derive(Debug, Clone)]
pub(super) struct CommonTable {
    name: String,
    rows: Rows,
}

/// Takes the queries of one WITH out of sight when it is dropped.
pub(super) struct InSight<'b, 'a> {
    binder: &'b Binder<'a>,
    before: usize,
}

impl Drop for InSight<'_, '_> {
    fn drop(&mut self) {
        self.binder.common_tables.borrow_mut().truncate(self.before);
    }
}

/// Binds the queries of WITH, each in sight of those before it.
pub(super) fn bind<'b, 'a>(binder: &'b Binder<'a>, with: &With, parent: Option<&Scope<'_>>) -> Result<InSight<'b, 'a>> {
    let in_sight = InSight { binder, before: binder.common_tables.borrow().len() };
    for (position, table) in with.tables.iter().enumerate() {
        if with.tables[..position].iter().any(|other| other.name == table.name) {
            return Err(Error::syntax(
                format!("CTE definition can't have duplicate names: `{}`", table.name.value),
                table.name.span,
            ));
        }
        if with.recursive {
            return Err(Error::unsupported(
                "WITH RECURSIVE",
                "write the steps out, or build the table in several INSERTs",
            )
            .at(table.name.span));
        }
        let rows = query::bind(binder, &table.query, parent)?.unqualified().rename(&table.columns, table.name.span)?;
        binder.common_tables.borrow_mut().push(CommonTable { name: table.name.value.clone(), rows });
    }
    Ok(in_sight)
}

/// The names of queries of WITH in sight.
pub(super) fn names(binder: &Binder<'_>) -> Vec<String> {
    binder.common_tables.borrow().iter().map(|table| table.name.clone()).collect()
}

/// The rows of the common table of that name, if one is in sight; the innermost wins.
pub(super) fn find(binder: &Binder<'_>, name: &Identifier) -> Result<Option<Rows>> {
    let found = binder.common_tables.borrow().iter().rev().find(|table| name.is(&table.name)).cloned();
    let Some(table) = found else { return Ok(None) };
    Ok(Some(table.rows.again(binder)?.qualified(&[table.name])))
}
