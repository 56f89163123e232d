//! FROM: tables, views, subqueries, functions.

use std::sync::Arc;

use datafusion::common::{Column, ExprSchema, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{EmptyRelation, LogicalPlan, TableScanBuilder};

use crate::error::{
    Error, INVALID_SQL_SYNTAX, NUM_TABLE_VALUE_ALIASES_MISMATCH, Result, Span, TABLE_OR_VIEW_NOT_FOUND,
};
use crate::sql::ast::{Argument, FromItem, FromKind, ObjectName, TableAlias};
use crate::types::{DataType, StructField, quote};

use super::guards::guarded;
use super::rows::Rows;
use super::scope::{SYSTEM_COLUMNS, Scope, ScopeColumn};
use super::{
    Binder, Relation, TableRelation, UserFunction, calls, ctes, generators, joins, keyword_list, pivot, postgres,
    query, sampling, unpivot, user_functions, values, views,
};

/// Binds all of FROM; nothing in it is one row without columns.
pub(super) fn bind(binder: &Binder<'_>, items: &[FromItem], parent: Option<&Scope<'_>>) -> Result<Rows> {
    let Some((first, others)) = items.split_first() else { return one_row() };
    let mut rows = item(binder, first, parent)?;
    for other in others {
        rows = joins::comma(binder, rows, other, parent)?;
    }
    Ok(rows)
}

pub(super) fn one_row() -> Result<Rows> {
    let plan = LogicalPlan::EmptyRelation(EmptyRelation {
        produce_one_row: true,
        schema: Arc::new(datafusion::common::DFSchema::empty()),
    });
    Rows::new(plan, Vec::new())
}

/// Binds one item of FROM. `parent` is the query around; for what LATERAL marks it includes the items further left.
pub(super) fn item(binder: &Binder<'_>, item: &FromItem, parent: Option<&Scope<'_>>) -> Result<Rows> {
    match &item.kind {
        FromKind::Table { name, version, sample, alias } => {
            if version.is_some() {
                return Err(Error::unsupported("VERSION AS OF and TIMESTAMP AS OF", "read the table as it is now")
                    .at(item.span));
            }
            let mut rows = table(binder, name)?;
            if parent.is_some() {
                // The optimizer takes the qualifiers away from the columns of a subquery: their names must do without.
                rows = rows.again(binder)?;
            }
            sampling::sampled(binder, rows, sample.as_ref())?.aliased(alias.as_ref(), item.span)
        }
        FromKind::Subquery { query, lateral: _, sample, alias } => {
            let rows = query::bind(binder, query, parent)?.unqualified();
            sampling::sampled(binder, rows, sample.as_ref())?.aliased(alias.as_ref(), item.span)
        }
        FromKind::Function { name, arguments, lateral: _, ordinality, alias } => {
            function(binder, (name, arguments, *ordinality), alias.as_ref(), item.span, parent)
        }
        FromKind::Values(values) => values::bind(binder, values, parent),
        FromKind::Join(join) => joins::bind(binder, join, item.span, parent),
        FromKind::Parenthesised { item: inner, sample, alias } => {
            let rows = self::item(binder, inner, parent)?;
            sampling::sampled(binder, rows, sample.as_ref())?.aliased(alias.as_ref(), item.span)
        }
        FromKind::Pivot { input, pivot, alias } => {
            let rows = self::item(binder, input, parent)?;
            pivot::pivot(binder, rows, pivot, parent)?.aliased(alias.as_ref(), item.span)
        }
        FromKind::Unpivot { input, unpivot, alias } => {
            let rows = self::item(binder, input, parent)?;
            unpivot::unpivot(binder, rows, unpivot, parent)?.aliased(alias.as_ref(), item.span)
        }
    }
}

/// A common table, a table or a view.
pub(super) fn table(binder: &Binder<'_>, name: &ObjectName) -> Result<Rows> {
    if let [single] = name.parts.as_slice()
        && let Some(rows) = ctes::find(binder, single)?
    {
        return Ok(rows);
    }
    let names = binder.environment.names;
    match names.relation(name).map_err(|error| error.at(name.span))? {
        Some(Relation::Table(table)) => scan(binder, table),
        Some(Relation::View(view)) => {
            let text = name.text();
            views::view(binder, &view, name.span)
                .map_err(
                    |error| {
                        if binder.views.is_empty() && error.span().is_none() { error.at(name.span) } else { error }
                    },
                )
                .map(|rows| rows.qualified(&if view.name.is_empty() { vec![text] } else { view.name.clone() }))
        }
        None => {
            let mut candidates = names.candidates();
            candidates.extend(ctes::names(binder));
            Err(table_not_found(name, &candidates))
        }
    }
}

/// What files are read as: ``parquet.`path` ``.
const FILE_FORMATS: &[&str] = &["parquet", "csv", "json", "text"];

/// No table or view has that name.
pub fn table_not_found(name: &ObjectName, candidates: &[String]) -> Error {
    let shown = name.parts.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".");
    let last = &name.last().value;
    // A name without database is compared with names without database.
    let close = crate::error::closest(
        last,
        candidates.iter().map(|candidate| candidate.rsplit('.').next().unwrap_or(candidate)),
    );
    let error = Error::new(
        &TABLE_OR_VIEW_NOT_FOUND,
        format!(
            "The table or view {shown} cannot be found. Verify the spelling and correctness of the schema and catalog.\n\
             If you did not qualify the name with a schema, verify the current_schema() output, or qualify the name with \
             the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF \
             EXISTS."
        ),
    )
    .at(name.span);
    if let [format, path] = name.parts.as_slice()
        && path.value.contains('/')
        && let Some(format) = crate::error::closest(&format.value, FILE_FORMATS)
    {
        return error.hint(format!("did you mean {format}.`{}`?", path.value));
    }
    let meant = close.and_then(|close| {
        candidates.iter().find(|candidate| candidate.rsplit('.').next().unwrap_or(candidate) == close)
    });
    match meant {
        Some(candidate) => error.hint(format!("did you mean `{candidate}`?")),
        None => error,
    }
}

/// Reads a table. Every instance has a name of its own, so a table may be joined with itself.
pub(super) fn scan(binder: &Binder<'_>, table: TableRelation) -> Result<Rows> {
    let last = table.name.last().map_or("table", String::as_str);
    let reference = TableReference::bare(binder.unique(last));
    let source = provider_as_source(Arc::clone(&table.provider));
    let plan = LogicalPlan::TableScan(TableScanBuilder::new(reference, source).build()?);
    let columns = plan.schema().columns();
    if columns.len() != table.columns.len() {
        return Err(Error::internal(format!(
            "`{last}` has {} columns, its files {}",
            table.columns.len(),
            columns.len()
        )));
    }
    // Each table of PostgreSQL's catalogue has a column that is there only for those who name it.
    let is_catalogue = table.name.iter().any(|part| part == "pg_catalog");
    let columns = table
        .columns
        .into_iter()
        .zip(columns)
        .enumerate()
        .map(|(position, (declared, column))| {
            let field = Arc::clone(plan.schema().field_from_column(&column)?);
            binder.declarations.declare(&column, &declared);
            let hidden = is_catalogue && SYSTEM_COLUMNS.contains(&declared.name.as_str());
            Ok(ScopeColumn {
                qualifier: table.name.clone(),
                name: declared.name,
                column,
                field,
                data_type: read_as(declared.data_type),
                nullable: declared.nullable,
                position,
                hidden,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    guarded(binder, Rows { plan, columns }, table.guard.as_deref())
}

/// CHAR and VARCHAR limit what is stored; what is read are strings.
pub(super) fn read_as(stored: DataType) -> DataType {
    match stored {
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        DataType::Array { element, contains_null } => {
            DataType::Array { element: Box::new(read_as(*element)), contains_null }
        }
        DataType::Map { key, value, value_contains_null } => {
            DataType::Map { key: Box::new(read_as(*key)), value: Box::new(read_as(*value)), value_contains_null }
        }
        DataType::Struct(fields) => DataType::Struct(
            fields.into_iter().map(|field| StructField { data_type: read_as(field.data_type), ..field }).collect(),
        ),
        other => other,
    }
}

/// A table function that needs no input, or a generator over constants.
fn function(
    binder: &Binder<'_>,
    (name, arguments, ordinality): (&ObjectName, &[Argument], bool),
    alias: Option<&TableAlias>,
    span: Span,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    if name.parts.len() > 1 {
        let shown = name.parts.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".");
        return Err(Error::new(
            &INVALID_SQL_SYNTAX,
            format!("Invalid SQL syntax: Table valued function cannot specify database name: {shown}"),
        )
        .subcondition("INVALID_TABLE_VALUED_FUNC_NAME")
        .at(name.span));
    }
    if let Some(function) = user_table_function(binder, name)? {
        let rows = user_functions::table(binder, &function, arguments, span, parent)?;
        return rows_of_function(binder, rows, name, alias, span);
    }
    if generators::is_table_generator(binder, name) {
        let rows = generators::in_from(binder, one_row()?, None, (name, arguments, ordinality), span)?;
        return rows_of_function(binder, rows, name, alias, span);
    }
    if ordinality {
        return Err(Error::unsupported("WITH ORDINALITY of this function", "use row_number() OVER ()").at(span));
    }
    if binder.is_postgres() && generators::is_scalar(binder, name) {
        let rows = postgres::one_value(binder, name, arguments, span, parent)?;
        return rows_of_function(binder, rows, name, alias, span);
    }
    if name.last().is("sql_keywords") && arguments.is_empty() {
        let rows = scan(binder, keyword_list::keyword_list(binder)?)?.unqualified();
        return rows_of_function(binder, rows, name, alias, span);
    }
    let function = generators::table_function(binder, name, arguments, span)?;
    let columns = function
        .columns
        .iter()
        .map(|(name, data_type)| StructField { nullable: false, ..StructField::new(name.clone(), data_type.clone()) });
    let table = TableRelation {
        name: vec![name.last().value.to_lowercase()],
        columns: columns.collect(),
        provider: function.provider,
        guard: None,
    };
    let mut rows = scan(binder, table)?;
    for column in &mut rows.columns {
        column.qualifier = Vec::new();
    }
    rows_of_function(binder, rows, name, alias, span)
}

/// The function in FROM, if it is one that somebody made.
pub(super) fn user_table_function(binder: &Binder<'_>, name: &ObjectName) -> Result<Option<Arc<UserFunction>>> {
    match name.parts.as_slice() {
        [single] if calls::is_builtin(&single.value) => Ok(None),
        _ => user_functions::find(binder, name),
    }
}

/// Gives a function's columns the names of the alias.
pub(super) fn rows_of_function(
    binder: &Binder<'_>,
    mut rows: Rows,
    name: &ObjectName,
    alias: Option<&TableAlias>,
    span: Span,
) -> Result<Rows> {
    if binder.is_postgres() {
        let table = alias.and_then(|alias| alias.name.as_ref()).unwrap_or(name.last());
        let ordinality = rows.columns.last().is_some_and(|column| column.name == "ordinality");
        // The column of a function that gives single values is called as the table is.
        let unnamed = rows.columns.first().is_some_and(|column| name.last().is(&column.name));
        if unnamed && rows.columns.len() == 1 + usize::from(ordinality) {
            rows.columns[0].name = table.value.clone();
        }
        let names = alias.map_or(&[][..], |alias| &alias.columns);
        for (column, name) in rows.columns.iter_mut().zip(names) {
            column.name = name.value.clone();
        }
        if names.len() <= rows.columns.len() {
            return Ok(rows.qualified(std::slice::from_ref(&table.value)));
        }
    }
    if let Some(alias) = alias
        && !alias.columns.is_empty()
        && alias.columns.len() != rows.columns.len()
    {
        return Err(Error::new(
            &NUM_TABLE_VALUE_ALIASES_MISMATCH,
            format!(
                "Number of given aliases does not match number of output columns. Function name: {}; number of aliases: \
                 {}; number of output columns: {}",
                quote(&name.last().value),
                alias.columns.len(),
                rows.columns.len()
            ),
        )
        .at(span));
    }
    rows.aliased(alias, span)
}

/// A plain column of a plan with no user-visible name yet.
pub(super) fn plan_column(
    plan: &LogicalPlan,
    column: Column,
    name: String,
    data_type: DataType,
    nullable: bool,
) -> Result<ScopeColumn> {
    let field = Arc::clone(plan.schema().field_from_column(&column)?);
    Ok(ScopeColumn { qualifier: Vec::new(), name, column, field, data_type, nullable, position: 0, hidden: false })
}
