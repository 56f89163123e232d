//! UNPIVOT: several columns become rows of one column, with their names beside it.

use datafusion::functions_nested::make_array::make_array;
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, lit};
use std::sync::Arc;

use crate::error::{
    Error, Result, UNPIVOT_REQUIRES_VALUE_COLUMNS, UNPIVOT_VALUE_DATA_TYPE_MISMATCH, UNPIVOT_VALUE_SIZE_MISMATCH,
};
use crate::functions::cast::{CastMode, cast};
use crate::functions::{Generator, Typed};
use crate::sql::ast::Unpivot;
use crate::types::coercion::common_type_without_strings;
use crate::types::{DataType, quote};

use super::rows::{Output, Rows};
use super::scope::Scope;
use super::{Binder, generators};

/// Makes a row of each entry of IN; the columns that are not listed are repeated.
pub(super) fn unpivot(binder: &Binder<'_>, rows: Rows, unpivot: &Unpivot, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let context = binder.environment.context;
    if unpivot.columns.is_empty() {
        return Err(Error::new(
            &UNPIVOT_REQUIRES_VALUE_COLUMNS,
            "At least one value column needs to be specified for UNPIVOT, all columns specified as ids",
        )
        .at(unpivot.span));
    }
    let scope = Scope::new(rows.columns.clone(), parent);
    let mut names: Vec<String> = Vec::with_capacity(unpivot.columns.len());
    let mut entries: Vec<Vec<Typed>> = Vec::with_capacity(unpivot.columns.len());
    let mut used: Vec<Expr> = Vec::new();
    for (columns, alias) in &unpivot.columns {
        if columns.len() != unpivot.values.len() {
            return Err(Error::new(
                &UNPIVOT_VALUE_SIZE_MISMATCH,
                format!(
                    "All unpivot value columns must have the same size as there are value column names ({})",
                    unpivot.values.iter().map(|value| value.value.as_str()).collect::<Vec<_>>().join(", ")
                ),
            )
            .at(unpivot.span));
        }
        let mut entry = Vec::with_capacity(columns.len());
        let mut own = Vec::with_capacity(columns.len());
        for parts in columns {
            let span = parts.first().map_or(unpivot.span, |part| part.span);
            let found = scope.resolve(parts, span)?;
            if !found.fields.is_empty() {
                return Err(Error::new(
                    &crate::error::UNPIVOT_REQUIRES_ATTRIBUTES,
                    "UNPIVOT requires all given expressions to be columns when no id expressions are given",
                )
                .at(span));
            }
            used.push(found.value.expr.clone());
            own.push(found.name);
            entry.push(found.value);
        }
        names.push(alias.as_ref().map_or_else(|| own.join("_"), |alias| alias.value.clone()));
        entries.push(entry);
    }

    let mut columns: Vec<(String, Typed)> = Vec::with_capacity(1 + unpivot.values.len());
    let texts: Vec<Expr> = names.into_iter().map(lit).collect();
    columns.push((unpivot.name.value.clone(), array(texts, DataType::String, false)));
    for (position, name) in unpivot.values.iter().enumerate() {
        let types: Vec<&DataType> = entries.iter().map(|entry| &entry[position].data_type).collect();
        let mut rest = types.iter().copied();
        let first = rest.next().cloned();
        let common = rest.try_fold(first.unwrap_or(DataType::Null), |common, data_type| {
            common_type_without_strings(&common, data_type, context.ansi)
        });
        let Some(common) = common else {
            let shown = types.iter().map(|data_type| format!("\"{data_type}\"")).collect::<Vec<_>>().join(", ");
            return Err(Error::new(
                &UNPIVOT_VALUE_DATA_TYPE_MISMATCH,
                format!(
                    "Unpivot value columns must share a least common type, some types do not: [{shown}] of {}",
                    quote(&name.value)
                ),
            )
            .at(name.span));
        };
        let values = entries
            .iter()
            .map(|entry| Ok(cast(entry[position].clone(), &common, CastMode::implicit(context), context)?.expr))
            .collect::<Result<Vec<_>>>()?;
        let nullable = entries.iter().any(|entry| entry[position].nullable);
        columns.push((name.value.clone(), array(values, common, nullable)));
    }

    let kept: Vec<_> = rows
        .columns
        .iter()
        .filter(|column| !column.hidden && !used.contains(&Expr::Column(column.column.clone())))
        .cloned()
        .collect();
    let generator = Generator { columns, outer: false };
    let uniques: Vec<String> = generator.columns.iter().map(|(name, _)| binder.unique(name)).collect();
    let mut plan = generators::unnest(binder, rows.plan, &generator, &uniques)?;
    let made: Vec<(String, Typed)> = generator
        .columns
        .iter()
        .zip(&uniques)
        .map(|((name, array), unique)| (name.clone(), generators::element(array, unique, false)))
        .collect();
    if !unpivot.include_nulls {
        let present = made.iter().skip(1).map(|(_, value)| value.expr.clone().is_not_null()).reduce(Expr::or);
        if let Some(present) = present {
            plan = LogicalPlan::Filter(Filter::try_new(present, Arc::new(plan))?);
        }
    }
    let outputs = kept
        .iter()
        .map(|column| Output { name: column.name.clone(), value: column.typed() })
        .chain(made.into_iter().map(|(name, value)| Output { name, value }))
        .collect();
    let mut result = Rows::project(binder, plan, outputs)?;
    for (column, before) in result.columns.iter_mut().zip(kept) {
        column.qualifier = before.qualifier;
        column.position = before.position;
    }
    Ok(result)
}

fn array(elements: Vec<Expr>, element: DataType, contains_null: bool) -> Typed {
    let data_type = DataType::Array { element: Box::new(element), contains_null };
    Typed { expr: make_array(elements), data_type, nullable: false }
}
