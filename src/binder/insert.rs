//! Values on their way into a table: Spark's ANSI rules for storing.

use std::sync::Arc;

use datafusion::logical_expr::{LogicalPlan, Projection};

use crate::error::{Error, INCOMPATIBLE_DATA_FOR_TABLE, INSERT_COLUMN_ARITY_MISMATCH, Result};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::functions::postgres::casts::cast as postgres_cast;
use crate::functions::storing::not_null;
use crate::types::coercion::store_assignable;
use crate::types::quote;

use super::{Binder, BoundQuery, Environment, InsertTarget};

/// See [`super::cast_for_insert`].
pub(super) fn cast_for_insert(
    query: BoundQuery,
    target: InsertTarget<'_>,
    environment: &Environment<'_>,
) -> Result<BoundQuery> {
    let (given, wanted) = (query.columns.len(), target.columns.len());
    if given != wanted {
        let list = |names: Vec<&str>| names.into_iter().map(quote).collect::<Vec<_>>().join(", ");
        let (sub, reason) = if given > wanted {
            ("TOO_MANY_DATA_COLUMNS", "too many data columns")
        } else {
            ("NOT_ENOUGH_DATA_COLUMNS", "not enough data columns")
        };
        return Err(Error::new(
            &INSERT_COLUMN_ARITY_MISMATCH,
            format!(
                "Cannot write to {}, the reason is {reason}:\nTable columns: {}.\nData columns: {}.",
                target.table,
                list(target.columns.iter().map(|column| column.name.as_str()).collect()),
                list(query.columns.iter().map(|column| column.name.as_str()).collect())
            ),
        )
        .subcondition(sub));
    }
    let binder = Binder::new(environment);
    let mut expressions = Vec::with_capacity(wanted);
    let mut columns = Vec::with_capacity(wanted);
    for ((column, source), declared) in query.plan.schema().columns().into_iter().zip(query.columns).zip(target.columns)
    {
        // A string becomes what the column holds, read as PostgreSQL reads it, and numbers are rounded.
        let by_postgres = binder.is_postgres()
            && (source.data_type.is_string() || (source.data_type.is_numeric() && declared.data_type.is_numeric()))
            && !declared.data_type.is_string();
        if !by_postgres && !store_assignable(&source.data_type, &declared.data_type) {
            return Err(Error::new(
                &INCOMPATIBLE_DATA_FOR_TABLE,
                format!(
                    "Cannot write incompatible data for the table {}: Cannot safely cast {} \"{}\" to \"{}\"",
                    target.table,
                    quote(&declared.name),
                    source.data_type,
                    declared.data_type
                ),
            )
            .subcondition("CANNOT_SAFELY_CAST"));
        }
        let value = Typed {
            expr: datafusion::logical_expr::Expr::Column(column),
            data_type: source.data_type,
            nullable: source.nullable,
        };
        let value = match by_postgres {
            true => postgres_cast(value, &declared.data_type, environment.context)?,
            false => value,
        };
        let mut stored = cast(value, &declared.data_type, CastMode::Store, environment.context)?;
        if !declared.nullable && stored.nullable {
            stored = not_null(stored, &declared.name, environment.context);
        }
        expressions.push(stored.expr.alias(binder.unique(&format!("{}#stored", declared.name))));
        let mut field = declared.clone();
        field.nullable = stored.nullable;
        columns.push(field);
    }
    let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(query.plan))?);
    Ok(BoundQuery { plan, columns })
}
