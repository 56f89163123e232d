//! A query as a whole: WITH, the body, what stands behind it. It leaves each to its file.

use std::sync::Arc;

use datafusion::logical_expr::{Distinct, Expr, Limit, LogicalPlan, lit};

use crate::error::{Error, INVALID_LIMIT_LIKE_EXPRESSION, QUERY_TOO_COMPLEX, Result};
use crate::functions::constant::evaluate;
use crate::sql::ast::{Expression, ExpressionKind, NamedWindow, ObjectName, Query, QueryBody, SortItem};
use crate::types::DataType;

use super::grouping::GroupedBy;
use super::rows::Rows;
use super::scope::{Collected, ExpressionScope, Place, Scope, ScopeColumn};
use super::{
    Binder, aggregates, column_names, ctes, expressions, from, ordering, pipes, select, set_operations, sorting,
    transform, values,
};

/// Queries in queries in queries: deeper is a mistake, or an attack.
const MAX_DEPTH: usize = 400;
/// What a query may need of the stack, and how much is added when it is not there.
const STACK_RED_ZONE: usize = 512 * 1024;
const STACK_GROWTH: usize = 8 * 1024 * 1024;

/// What stands behind the body of a query and needs to look into it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tail<'q> {
    pub order_by: &'q [SortItem],
    pub sort_by: &'q [SortItem],
    pub distribute_by: &'q [Expression],
    pub cluster_by: &'q [Expression],
    pub windows: &'q [NamedWindow],
}

impl Tail<'_> {
    pub fn is_empty(&self) -> bool {
        self.order_by.is_empty()
            && self.sort_by.is_empty()
            && self.distribute_by.is_empty()
            && self.cluster_by.is_empty()
    }
}

/// Binds a query; `parent` is what it may refer to of the query around it.
pub(super) fn bind(binder: &Binder<'_>, query: &Query, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let _depth = binder.descend(MAX_DEPTH).ok_or_else(|| {
        Error::new(&QUERY_TOO_COMPLEX, format!("the query is nested more than {MAX_DEPTH} deep")).at(query.span)
    })?;
    stacker::maybe_grow(STACK_RED_ZONE, STACK_GROWTH, || bind_query(binder, query, parent))
}

fn bind_query(binder: &Binder<'_>, query: &Query, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let _common_tables = match &query.with {
        Some(with) => Some(ctes::bind(binder, with, parent)?),
        None => None,
    };
    let tail = Tail {
        order_by: &query.order_by,
        sort_by: &query.sort_by,
        distribute_by: &query.distribute_by,
        cluster_by: &query.cluster_by,
        windows: &query.windows,
    };
    let rows = bind_body(binder, &query.body, tail, parent)?;
    limit(binder, rows, query.limit.as_ref(), query.offset.as_ref())
}

/// Binds a body with what stands behind it. Only a SELECT lets ORDER BY look inside.
pub(super) fn bind_body(
    binder: &Binder<'_>,
    body: &QueryBody,
    tail: Tail<'_>,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    let rows = match body {
        QueryBody::Select(select) => return select::bind(binder, select, tail, parent),
        QueryBody::SetOperation { .. } => set_operations::bind(binder, body, parent)?,
        QueryBody::Values(values) => values::bind(binder, values, parent)?,
        QueryBody::Table(name) => table(binder, name)?,
        QueryBody::Query(query) => bind(binder, query, parent)?,
        QueryBody::Transform(transform) => transform::bind(binder, transform, parent)?,
        QueryBody::Pipe { input, operators } => pipes::bind(binder, input, operators, parent)?,
    };
    sorting::sort_rows(binder, rows, tail, parent)
}

fn table(binder: &Binder<'_>, name: &ObjectName) -> Result<Rows> {
    from::table(binder, name)
}

/// LIMIT and OFFSET.
pub(super) fn limit(
    binder: &Binder<'_>,
    rows: Rows,
    limit: Option<&Expression>,
    offset: Option<&Expression>,
) -> Result<Rows> {
    if limit.is_none() && offset.is_none() {
        return Ok(rows);
    }
    let fetch = limit.map(|limit| row_count(binder, limit, "limit")).transpose()?;
    let skip = offset.map(|offset| row_count(binder, offset, "offset")).transpose()?;
    let plan = LogicalPlan::Limit(Limit {
        skip: skip.map(|rows| Box::new(lit(rows))),
        fetch: fetch.map(|rows| Box::new(lit(rows))),
        input: Arc::new(rows.plan),
    });
    Ok(Rows { plan, columns: rows.columns })
}

/// The value of LIMIT or OFFSET: a constant INT that is not negative.
pub(super) fn row_count(binder: &Binder<'_>, expression: &Expression, name: &str) -> Result<i64> {
    let scope = Scope::empty();
    let mut collected = Collected::new(binder);
    let text = column_names::text_of(expression);
    let refuse = |sub: &'static str, message: String| {
        Err(Error::new(
            &INVALID_LIMIT_LIKE_EXPRESSION,
            format!("The limit like expression \"{text}\" is invalid: {message}"),
        )
        .subcondition(sub)
        .at(expression.span))
    };
    let bound = {
        let mut scope = ExpressionScope::new(&scope, Place::Limit, &mut collected);
        expressions::bind(binder, expression, &mut scope)
    };
    let bound = match bound {
        Ok(bound) => bound,
        Err(error) if error.is(&crate::error::UNRESOLVED_COLUMN) => {
            return refuse("IS_UNFOLDABLE", format!("The {name} expression must evaluate to a constant value"));
        }
        Err(error) => return Err(error),
    };
    let is_parameter = matches!(expression.kind, ExpressionKind::Parameter(_));
    if is_parameter && matches!(&bound.expr, Expr::Literal(value, _) if value.is_null()) {
        // The statement is only described, or the value is NULL, which is no limit in PostgreSQL.
        binder.environment.context.parameters.found(&bound.expr, &DataType::Int);
        return Ok(if name == "limit" { i64::MAX } else { 0 });
    }
    let Some(value) = evaluate(&bound.expr)? else {
        return refuse("IS_UNFOLDABLE", format!("The {name} expression must evaluate to a constant value"));
    };
    let is_long = is_parameter && bound.data_type == DataType::Long;
    if !is_long && !matches!(bound.data_type, DataType::Byte | DataType::Short | DataType::Int | DataType::Null) {
        return refuse(
            "DATA_TYPE",
            format!("The {name} expression must be integer type, but got \"{}\"", bound.data_type),
        );
    }
    match value.cast_to(&datafusion::arrow::datatypes::DataType::Int64)? {
        datafusion::scalar::ScalarValue::Int64(Some(rows)) if rows >= 0 => Ok(rows),
        datafusion::scalar::ScalarValue::Int64(Some(rows)) => {
            refuse("IS_NEGATIVE", format!("The {name} expression must be equal to or greater than 0, but got {rows}"))
        }
        _ => refuse("IS_NULL", format!("The evaluated {name} expression must not be null")),
    }
}

/// DISTINCT over what `*` shows.
pub(super) fn distinct(binder: &Binder<'_>, rows: Rows) -> Result<Rows> {
    let rows = rows.exact(binder)?;
    ordering::distinct(&rows)?;
    if rows.columns.iter().any(|column| column.data_type.is_collated()) {
        let expressions = rows.columns.iter().map(ScopeColumn::typed).collect();
        let by_all = GroupedBy { expressions, sets: None, id: None };
        let columns = rows.columns.clone();
        let grouped = aggregates::build(binder, rows, Some(&by_all), &[])?;
        return Rows::new(grouped.plan, columns);
    }
    Ok(Rows { plan: LogicalPlan::Distinct(Distinct::All(Arc::new(rows.plan))), columns: rows.columns })
}
