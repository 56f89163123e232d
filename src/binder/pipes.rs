//! `input |> operator |> …`: each operator takes rows and gives rows.

use crate::error::{Error, Result};
use crate::sql::ast::{PipeOperator, Query};

use super::Binder;
use super::rows::Rows;
use super::scope::Scope;
use super::{from, generators, joins, pivot, query, select, set_operations, sorting};

/// Binds a chain of pipe operators.
pub(super) fn bind(
    binder: &Binder<'_>,
    input: &Query,
    operators: &[PipeOperator],
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    let mut rows = query::bind(binder, input, parent)?;
    for operator in operators {
        rows = apply(binder, rows, operator, parent)?;
    }
    Ok(rows)
}

fn apply(binder: &Binder<'_>, rows: Rows, operator: &PipeOperator, parent: Option<&Scope<'_>>) -> Result<Rows> {
    match operator {
        PipeOperator::Where(condition) => select::filter(binder, rows, condition, parent),
        PipeOperator::As(name) => Ok(rows.qualified(std::slice::from_ref(&name.value))),
        PipeOperator::Drop(names) => {
            let mut rows = rows;
            for name in names {
                let before = rows.columns.len();
                let scope = Scope::new(rows.columns.clone(), None);
                let found = scope.resolve(std::slice::from_ref(name), name.span)?;
                rows.columns.retain(|column| column.typed().expr != found.value.expr);
                if rows.columns.len() == before {
                    return Err(Error::internal("a column that is not there was found").at(name.span));
                }
            }
            Ok(rows)
        }
        PipeOperator::Join { operator, right, condition } => {
            joins::bind_right(binder, rows, *operator, right, condition, right.span, parent)
        }
        PipeOperator::SetOperation { operator, all, right } => {
            let right = query::bind_body(binder, right, query::Tail::default(), parent)?;
            let inputs = vec![rows.unqualified().exact(binder)?, right.unqualified().exact(binder)?];
            set_operations::combine(binder, *operator, *all, inputs)
        }
        PipeOperator::OrderBy(items) => {
            sorting::sort_rows(binder, rows, query::Tail { order_by: items, ..Default::default() }, parent)
        }
        PipeOperator::SortBy(items) => {
            sorting::sort_rows(binder, rows, query::Tail { sort_by: items, ..Default::default() }, parent)
        }
        PipeOperator::ClusterBy(expressions) => {
            sorting::sort_rows(binder, rows, query::Tail { cluster_by: expressions, ..Default::default() }, parent)
        }
        PipeOperator::DistributeBy(expressions) => {
            sorting::sort_rows(binder, rows, query::Tail { distribute_by: expressions, ..Default::default() }, parent)
        }
        PipeOperator::Limit { limit, offset } => query::limit(binder, rows, limit.as_ref(), offset.as_ref()),
        PipeOperator::Sample(sample) => from::sampled(binder, rows, Some(sample)),
        PipeOperator::Pivot { pivot, alias } => {
            let span = pivot.span;
            pivot::pivot(binder, rows, pivot, parent)?.aliased(alias.as_ref(), span)
        }
        PipeOperator::Unpivot { unpivot, alias } => {
            let span = unpivot.span;
            pivot::unpivot(binder, rows, unpivot, parent)?.aliased(alias.as_ref(), span)
        }
        PipeOperator::LateralView(view) => generators::lateral_view(binder, rows, view, parent),
        PipeOperator::Select { .. } => Err(not_yet("|> SELECT")),
        PipeOperator::Extend(_) => Err(not_yet("|> EXTEND")),
        PipeOperator::Set(_) => Err(not_yet("|> SET")),
        PipeOperator::Aggregate { .. } => Err(not_yet("|> AGGREGATE")),
    }
}

fn not_yet(operator: &str) -> Error {
    Error::unsupported(operator, "write the query with SELECT … FROM (…)")
}
