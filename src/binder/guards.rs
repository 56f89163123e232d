//! Columns that may not be read: in the place of each stands one without values.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};

use crate::error::Result;
use crate::functions::denied::denied;
use crate::types::quote_if_needed;

use super::rows::Rows;
use super::{Binder, ColumnGuard};

/// The rows of a table or view, without what its guard keeps back.
pub(super) fn guarded(binder: &Binder<'_>, rows: Rows, guard: Option<&ColumnGuard>) -> Result<Rows> {
    let Some(guard) = guard else { return Ok(rows) };
    let Rows { plan, mut columns } = rows;
    let mut expressions = Vec::with_capacity(columns.len());
    for column in &mut columns {
        let value = Expr::Column(column.column.clone());
        if guard.readable.contains(&column.name.to_lowercase()) {
            if !expressions.contains(&value) {
                expressions.push(value);
            }
            continue;
        }
        let name = quote_if_needed(&column.name);
        let message = format!("Permission denied for column {name} of {}", guard.object);
        let hint = format!("{}{name}{}", guard.missing.0, guard.missing.1);
        let unique = binder.unique(&column.name);
        expressions.push(denied(value, message, hint).alias(unique.clone()));
        column.column = Column::new_unqualified(unique);
        column.nullable = true;
    }
    let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(plan))?);
    Rows::new(plan, columns)
}
