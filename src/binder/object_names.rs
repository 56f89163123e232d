//! Numbers of objects leave a query as the names that they are shown by.

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use crate::error::Result;
use crate::functions::cast::{CastMode, cast};
use crate::types::{DataType, ObjectKind, StructField};

use super::Binder;
use super::from::plan_column;
use super::rows::Rows;

fn is_name(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Object(kind) if *kind != ObjectKind::Any)
}

/// The rows with texts in the place of numbers that stand for names.
pub(super) fn shown(binder: &Binder<'_>, rows: Rows) -> Result<Rows> {
    if !rows.columns.iter().any(|column| is_name(&column.data_type)) {
        return Ok(rows);
    }
    let context = binder.environment.context;
    let mut expressions = Vec::with_capacity(rows.columns.len());
    let mut named = Vec::with_capacity(rows.columns.len());
    for column in &rows.columns {
        if is_name(&column.data_type) {
            let text = cast(column.typed(), &DataType::String, CastMode::Ansi, context)?;
            let unique = binder.unique(&column.name);
            expressions.push(text.expr.alias(unique.clone()));
            named.push((Column::new_unqualified(unique), DataType::String, text.nullable));
        } else {
            expressions.push(Expr::Column(column.column.clone()));
            named.push((column.column.clone(), column.data_type.clone(), column.nullable));
        }
    }
    let plan = LogicalPlanBuilder::from(rows.plan).project(expressions)?.build()?;
    let columns = rows
        .columns
        .into_iter()
        .zip(named)
        .map(|(before, (column, data_type, nullable))| plan_column(&plan, column, before.name, data_type, nullable))
        .collect::<Result<_>>()?;
    Ok(Rows { plan, columns })
}

/// The column as a table can keep it.
pub(super) fn kept(field: StructField) -> StructField {
    match field.data_type {
        DataType::Object(ObjectKind::Any) => StructField { data_type: DataType::Long, ..field },
        DataType::Object(_) => StructField { data_type: DataType::String, ..field },
        _ => field,
    }
}
