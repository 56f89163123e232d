//! VALUES: rows written out.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use crate::error::{Error, INVALID_INLINE_TABLE, Result, UNSUPPORTED_FEATURE};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::sql::ast::{Expression, ExpressionKind, TableAlias, Values};
use crate::types::coercion::common_type_of;
use crate::types::{DataType, quote};

use super::rows::Rows;
use super::scope::{Collected, ExpressionScope, Place, Scope};
use super::{Binder, column_names, expressions, from, postgres};

/// Binds VALUES with its alias. Each column has the type that its cells have in common.
pub(super) fn bind(binder: &Binder<'_>, values: &Values, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let context = binder.environment.context;
    let width = values.rows.first().map_or(0, |row| cells(row).len());
    let scope = Scope::new(Vec::new(), parent);
    let mut collected = Collected::new(binder);
    let mut rows: Vec<Vec<Typed>> = Vec::with_capacity(values.rows.len());
    for (n, row) in values.rows.iter().enumerate() {
        let cells = cells(row);
        if cells.len() != width {
            return Err(Error::new(
                &INVALID_INLINE_TABLE,
                format!(
                    "Invalid inline table. Inline table expected {width} columns but found {} columns in row {n}",
                    cells.len()
                ),
            )
            .subcondition("NUM_COLUMNS_MISMATCH")
            .at(values.span));
        }
        let mut bound = Vec::with_capacity(width);
        for cell in cells {
            let mut scope = ExpressionScope::new(&scope, Place::Values, &mut collected);
            let value = expressions::bind(binder, cell, &mut scope);
            let value = value.map_err(|error| match error.is(&UNSUPPORTED_FEATURE) {
                true => not_constant(cell),
                false => error,
            })?;
            let depends = value.expr.exists(|node| {
                Ok(matches!(
                    node,
                    Expr::OuterReferenceColumn(..) | Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_)
                ))
            })?;
            if depends || value.expr.is_volatile() {
                return Err(not_constant(cell));
            }
            bound.push(value);
        }
        rows.push(bound);
    }
    if binder.is_postgres() {
        for n in 0..width {
            let mut column: Vec<Typed> = rows.iter().map(|row| row[n].clone()).collect();
            postgres::meet(binder, &mut column, values.span)?;
            rows.iter_mut().zip(column).for_each(|(row, value)| row[n] = value);
        }
    }
    let mut types: Vec<DataType> = Vec::with_capacity(width);
    for n in 0..width {
        let common = common_type_of(rows.iter().map(|row| &row[n].data_type), context.ansi).ok_or_else(|| {
            let name = column_name(values.alias.as_ref(), n);
            Error::new(
                &INVALID_INLINE_TABLE,
                format!(
                    "Invalid inline table. Found incompatible types in the column {} for inline table",
                    quote(&name)
                ),
            )
            .subcondition("INCOMPATIBLE_TYPES_IN_INLINE_TABLE")
            .at(values.span)
        })?;
        types.push(common);
    }
    let nullable: Vec<bool> = (0..width).map(|n| rows.iter().any(|row| row[n].nullable)).collect();
    let rows: Vec<Vec<Expr>> = rows
        .into_iter()
        .map(|row| {
            row.into_iter()
                .zip(&types)
                .map(|(cell, data_type)| Ok(cast(cell, data_type, CastMode::implicit(context), context)?.expr))
                .collect::<Result<Vec<_>>>()
        })
        .collect::<Result<Vec<_>>>()?;
    let plan = LogicalPlanBuilder::values(rows)?.build()?;
    let columns = plan
        .schema()
        .columns()
        .into_iter()
        .zip(types)
        .zip(nullable)
        .enumerate()
        .map(|(n, ((column, data_type), nullable))| {
            let name = if binder.is_postgres() { format!("column{}", n + 1) } else { format!("col{}", n + 1) };
            from::plan_column(&plan, column, name, data_type, nullable)
        })
        .collect::<Result<Vec<_>>>()?;
    // DataFusion names the columns the same in all VALUES.
    Rows { plan, columns }.again(binder)?.aliased(values.alias.as_ref(), values.span)
}

fn not_constant(cell: &Expression) -> Error {
    Error::new(
        &INVALID_INLINE_TABLE,
        format!(
            "Invalid inline table. Cannot evaluate the expression \"{}\" in inline table definition",
            column_names::text_of(cell)
        ),
    )
    .subcondition("CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE")
    .at(cell.span)
}

fn cells(row: &Expression) -> &[Expression] {
    match &row.kind {
        ExpressionKind::Row(cells) => cells,
        _ => std::slice::from_ref(row),
    }
}

fn column_name(alias: Option<&TableAlias>, n: usize) -> String {
    match alias.and_then(|alias| alias.columns.get(n)) {
        Some(name) => name.value.clone(),
        None => format!("col{}", n + 1),
    }
}
