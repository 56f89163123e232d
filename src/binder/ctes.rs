//! WITH: named queries. Each is bound once, where it is defined; a reference is the same plan under new column names, so
//! that later stages can recognise it.

use crate::error::{AMBIGUOUS_ALIAS_IN_NESTED_CTE, Error, RECURSIVE_CTE_IN_LEGACY_MODE, Result};
use crate::sql::ast::{self, Identifier, Query, QueryBody, With, same_name};

use super::rows::Rows;
use super::scope::Scope;
use super::{Binder, CommonTables, TableRelation, from, query, recursion, sharing};

/// A query of WITH that is in sight.
#[derive(Clone)]
pub(super) struct CommonTable {
    pub name: String,
    pub meaning: Meaning,
}

#[derive(Clone)]
pub(super) enum Meaning {
    Rows(Rows),
    /// A recursive query inside of itself: the rows of its last step.
    Step(TableRelation),
    /// Rows that chance decides: they are made once.
    Shared(sharing::Shared),
}

/// The queries of WITH in sight: where two have the same name the later one is meant.
#[derive(Clone, Default)]
pub(super) struct InSight {
    tables: Vec<CommonTable>,
    /// How many of the last ones stay the last, whatever is added.
    fixed: usize,
}

/// Puts things back as they were when it is dropped.
pub(super) struct Before<'b, 'a> {
    binder: &'b Binder<'a>,
    before: InSight,
}

impl Drop for Before<'_, '_> {
    fn drop(&mut self) {
        *self.binder.common_tables.borrow_mut() = std::mem::take(&mut self.before);
    }
}

fn remember<'b, 'a>(binder: &'b Binder<'a>) -> Before<'b, 'a> {
    Before { binder, before: binder.common_tables.borrow().clone() }
}

/// Puts a table into sight.
pub(super) fn add(binder: &Binder<'_>, table: CommonTable) {
    let mut in_sight = binder.common_tables.borrow_mut();
    let place = in_sight.tables.len() - in_sight.fixed;
    in_sight.tables.insert(place, table);
}

/// Binds the queries of WITH, each in sight of those before it.
pub(super) fn bind<'b, 'a>(binder: &'b Binder<'a>, with: &With, parent: Option<&Scope<'_>>) -> Result<Before<'b, 'a>> {
    let before = remember(binder);
    for (position, table) in with.tables.iter().enumerate() {
        if with.tables[..position].iter().any(|other| other.name == table.name) {
            return Err(Error::syntax(
                format!("CTE definition can't have duplicate names: `{}`", table.name.value),
                table.name.span,
            ));
        }
        let rows = {
            let _before = remember(binder);
            hide_outer(binder);
            check_nested(binder, &table.query)?;
            definition(binder, table, with.recursive, parent)?
        };
        let meaning = match sharing::share(binder, &rows)? {
            Some(shared) => Meaning::Shared(shared),
            None => Meaning::Rows(rows),
        };
        add(binder, CommonTable { name: table.name.value.clone(), meaning });
    }
    Ok(before)
}

fn definition(
    binder: &Binder<'_>,
    table: &ast::CommonTable,
    may_recur: bool,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    if may_recur && recursion::refers_to(&table.query, &table.name) {
        if binder.environment.settings.common_tables == CommonTables::Outer {
            return Err(Error::new(
                &RECURSIVE_CTE_IN_LEGACY_MODE,
                "Recursive definitions cannot be used in legacy CTE precedence mode \
                 (spark.sql.legacy.ctePrecedencePolicy=LEGACY)",
            )
            .at(table.name.span));
        }
        return recursion::bind(binder, table, parent);
    }
    query::bind(binder, &table.query, parent)?.unqualified().rename(&table.columns, table.name.span)
}

/// In Spark's legacy mode a definition does not see what is fixed, and what it sees comes before what it defines itself.
fn hide_outer(binder: &Binder<'_>) {
    if binder.environment.settings.common_tables == CommonTables::Outer {
        let mut in_sight = binder.common_tables.borrow_mut();
        let seen = in_sight.tables.len() - in_sight.fixed;
        in_sight.tables.truncate(seen);
        in_sight.fixed = seen;
    }
}

/// A subquery in an expression: in legacy mode what is in sight comes before what it defines itself.
pub(super) fn in_expression<'b, 'a>(binder: &'b Binder<'a>, query: &Query) -> Result<Before<'b, 'a>> {
    let before = remember(binder);
    check_nested(binder, query)?;
    if binder.environment.settings.common_tables == CommonTables::Outer {
        let mut in_sight = binder.common_tables.borrow_mut();
        in_sight.fixed = in_sight.tables.len();
    }
    Ok(before)
}

/// Fails if the query begins with a WITH that gives a name anew, and that is not allowed.
fn check_nested(binder: &Binder<'_>, query: &Query) -> Result<()> {
    if binder.environment.settings.common_tables != CommonTables::Distinct {
        return Ok(());
    }
    let mut query = query;
    while let (None, QueryBody::Query(inner)) = (&query.with, &query.body) {
        query = inner;
    }
    let Some(with) = &query.with else { return Ok(()) };
    let in_sight = binder.common_tables.borrow();
    let conflict = with.tables.iter().find(|table| in_sight.tables.iter().any(|other| table.name.is(&other.name)));
    match conflict {
        None => Ok(()),
        Some(table) => Err(Error::new(
            &AMBIGUOUS_ALIAS_IN_NESTED_CTE,
            format!(
                "Name `{}` is ambiguous in nested CTE. Please set \"spark.sql.legacy.ctePrecedencePolicy\" to \"CORRECTED\" \
                 so that name defined in inner CTE takes precedence. If set it to \"LEGACY\", outer CTE definitions will \
                 take precedence",
                table.name.value
            ),
        )
        .at(table.name.span)),
    }
}

/// The names of queries of WITH in sight.
pub(super) fn names(binder: &Binder<'_>) -> Vec<String> {
    binder.common_tables.borrow().tables.iter().map(|table| table.name.clone()).collect()
}

/// The rows of the common table of that name, if one is in sight; the innermost wins.
pub(super) fn find(binder: &Binder<'_>, name: &Identifier) -> Result<Option<Rows>> {
    let found =
        binder.common_tables.borrow().tables.iter().rev().find(|table| same_name(&table.name, &name.value)).cloned();
    let Some(table) = found else { return Ok(None) };
    let rows = match table.meaning {
        Meaning::Rows(rows) => rows.again(binder)?,
        Meaning::Step(step) => from::scan(binder, step)?,
        Meaning::Shared(shared) => shared.read(binder)?,
    };
    Ok(Some(rows.qualified(&[table.name])))
}
