//! UNION, INTERSECT, EXCEPT. Columns go by position; their types meet in a common one, their names are the left side's.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality};
use datafusion::functions_window::nth_value::first_value_udwf;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, Join, JoinConstraint, LogicalPlan, Projection, Union, Window, WindowFrame, WindowFunctionDefinition,
};

use crate::error::{Error, INCOMPATIBLE_COLUMN_TYPE, NUM_COLUMNS_MISMATCH, Result};
use crate::functions::cast::{CastMode, cast};
use crate::functions::{Typed, collations};
use crate::sql::ast::{QueryBody, SetOperator};
use crate::types::DataType;
use crate::types::coercion::common_type;

use super::query::{Tail, bind_body};
use super::rows::Rows;
use super::scope::{Scope, ScopeColumn};
use super::{Binder, ordering};

/// Binds a set operation. A chain of the same UNION ALL becomes one union of many inputs.
pub(super) fn bind(binder: &Binder<'_>, body: &QueryBody, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let QueryBody::SetOperation { operator, all, left, right } = body else {
        return bind_body(binder, body, Tail::default(), parent);
    };
    let mut bodies = vec![right.as_ref()];
    let mut next = left.as_ref();
    if *operator == SetOperator::Union && *all {
        while let QueryBody::SetOperation { operator: SetOperator::Union, all: true, left, right } = next {
            bodies.push(right);
            next = left;
        }
    }
    bodies.push(next);
    let inputs = bodies
        .into_iter()
        .rev()
        .map(|body| {
            stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || {
                Ok(bind_body(binder, body, Tail::default(), parent)?.unqualified())
            })
        })
        .collect::<Result<Vec<_>>>()?;
    combine(binder, *operator, *all, inputs)
}

/// Combines rows that are bound, two or more.
pub(super) fn combine(binder: &Binder<'_>, operator: SetOperator, all: bool, inputs: Vec<Rows>) -> Result<Rows> {
    let same = repeated(&inputs);
    let inputs = inputs.into_iter().map(|input| input.exact(binder)).collect::<Result<Vec<_>>>()?;
    let inputs = coerced(binder, &operation_name(operator, all), inputs)?;
    if (operator, all) != (SetOperator::Union, true) {
        inputs.iter().try_for_each(ordering::distinct)?;
    }
    let columns: Vec<ScopeColumn> = inputs.first().map(|input| input.columns.clone()).unwrap_or_default();
    let nullable = |n: usize| match operator {
        SetOperator::Union => inputs.iter().any(|input| input.columns[n].nullable),
        SetOperator::Intersect => inputs.iter().all(|input| input.columns[n].nullable),
        SetOperator::Except => columns[n].nullable,
    };
    let nullability: Vec<bool> = (0..columns.len()).map(nullable).collect();
    let mut plans = inputs.into_iter().map(|input| input.plan);
    let plan = match (operator, all) {
        (SetOperator::Union, true) => union(plans)?,
        (SetOperator::Union, false) => distinct(binder, union(plans)?, &columns)?,
        (SetOperator::Intersect | SetOperator::Except, _) => {
            let (Some(left), Some(right)) = (plans.next(), plans.next()) else {
                return Err(Error::internal("a set operation with one side"));
            };
            let join_type = if operator == SetOperator::Intersect { JoinType::LeftSemi } else { JoinType::LeftAnti };
            match all {
                true => multiset(binder, left, right, join_type, &columns)?,
                false => semi(binder, distinct(binder, left, &columns)?, right, join_type, &columns)?,
            }
        }
    };
    // Sides may come from one common table: the result has columns of its own.
    let outputs = plan.schema().columns();
    let columns = columns
        .into_iter()
        .zip(same)
        .zip(nullability)
        .map(|((column, same), nullable)| ScopeColumn { column: outputs[same].clone(), nullable, ..column })
        .collect();
    Rows::new(plan, columns)
}

/// For each column: the first that is the same column in every input, most often itself.
fn repeated(inputs: &[Rows]) -> Vec<usize> {
    let width = inputs.iter().map(|input| input.columns.len()).min().unwrap_or(0);
    let same = |a: usize, b: usize| inputs.iter().all(|input| input.columns[a].column == input.columns[b].column);
    (0..width).map(|n| (0..n).find(|earlier| same(*earlier, n)).unwrap_or(n)).collect()
}

fn union(plans: impl Iterator<Item = LogicalPlan>) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Union(Union::try_new_with_loose_types(plans.map(Arc::new).collect())?))
}

/// Equal rows once. `columns` says which types the plan's columns have.
fn distinct(binder: &Binder<'_>, plan: LogicalPlan, columns: &[ScopeColumn]) -> Result<LogicalPlan> {
    let outputs = plan.schema().columns();
    let columns = columns.iter().cloned().zip(outputs).map(|(column, output)| ScopeColumn { column: output, ..column });
    let rows = Rows::new(plan, columns.collect())?;
    Ok(super::query::distinct(binder, rows)?.plan)
}

/// What the plan's columns are compared by.
fn keys(binder: &Binder<'_>, plan: &LogicalPlan, columns: &[ScopeColumn]) -> Result<Vec<Expr>> {
    let outputs = plan.schema().columns();
    let typed = outputs.into_iter().zip(columns).map(|(output, column)| Typed {
        expr: Expr::Column(output),
        data_type: column.data_type.clone(),
        nullable: column.nullable,
    });
    typed.map(|typed| Ok(collations::key(typed, binder.environment.context)?.expr)).collect()
}

/// Rows with equal values are numbered on both sides: the third one on the left meets the third one on the right.
fn multiset(
    binder: &Binder<'_>,
    left: LogicalPlan,
    right: LogicalPlan,
    join_type: JoinType,
    columns: &[ScopeColumn],
) -> Result<LogicalPlan> {
    let outputs = Rows::pass_through(&left);
    let left = numbered(binder, left, columns)?;
    let joined = semi(binder, left, numbered(binder, right, columns)?, join_type, columns)?;
    Ok(LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(joined))?))
}

fn numbered(binder: &Binder<'_>, input: LogicalPlan, columns: &[ScopeColumn]) -> Result<LogicalPlan> {
    let partition_by = keys(binder, &input, columns)?;
    let number = Expr::WindowFunction(Box::new(WindowFunction {
        fun: WindowFunctionDefinition::WindowUDF(row_number_udwf()),
        params: WindowFunctionParams {
            args: Vec::new(),
            partition_by,
            order_by: Vec::new(),
            window_frame: WindowFrame::new(None),
            filter: None,
            null_treatment: None,
            distinct: false,
        },
    }));
    let mut computed = vec![number.clone()];
    // Equal rows that are not the same are all shown as the first of them.
    let inputs = input.schema().columns();
    let collated = columns.iter().zip(&inputs).filter(|(column, _)| column.data_type.is_collated());
    for (_, output) in collated {
        let mut first = number.clone();
        if let Expr::WindowFunction(call) = &mut first {
            call.fun = WindowFunctionDefinition::WindowUDF(first_value_udwf());
            call.params.args = vec![Expr::Column(output.clone())];
        }
        computed.push(first);
    }
    let plan = LogicalPlan::Window(Window::try_new(computed, Arc::new(input))?);
    let made: Vec<Expr> = Rows::pass_through(&plan).split_off(inputs.len());
    let mut made = made.into_iter();
    let number = made.next().map(|number| number.alias(binder.unique("number")));
    let mut outputs: Vec<Expr> = Vec::with_capacity(inputs.len() + 1);
    for (column, output) in columns.iter().zip(inputs) {
        outputs.push(match column.data_type.is_collated() {
            true => match made.next() {
                Some(first) => first.alias_qualified(output.relation.clone(), output.name.clone()),
                None => Expr::Column(output),
            },
            false => Expr::Column(output),
        });
    }
    outputs.extend(number);
    Ok(LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?))
}

/// Rows of the left that have, or have not, an equal one on the right. NULL equals NULL here. What stands behind the
/// `columns` is compared as it is.
fn semi(
    binder: &Binder<'_>,
    left: LogicalPlan,
    right: LogicalPlan,
    join_type: JoinType,
    columns: &[ScopeColumn],
) -> Result<LogicalPlan> {
    let of = |plan: &LogicalPlan| {
        let mut all = keys(binder, plan, columns)?;
        all.extend(plan.schema().columns().into_iter().skip(columns.len()).map(Expr::Column));
        Ok::<_, Error>(all)
    };
    let keys = of(&left)?.into_iter().zip(of(&right)?).collect();
    Ok(LogicalPlan::Join(Join::try_new(
        Arc::new(left),
        Arc::new(right),
        keys,
        None,
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNull,
        false,
    )?))
}

/// Gives all inputs the same types, and column names that no other input has.
fn coerced(binder: &Binder<'_>, operation: &str, inputs: Vec<Rows>) -> Result<Vec<Rows>> {
    let context = binder.environment.context;
    let Some(first) = inputs.first() else { return Ok(inputs) };
    let mut types: Vec<DataType> = first.columns.iter().map(|column| column.data_type.clone()).collect();
    for (n, input) in inputs.iter().enumerate().skip(1) {
        if input.columns.len() != types.len() {
            return Err(Error::new(
                &NUM_COLUMNS_MISMATCH,
                format!(
                    "{operation} can only be performed on inputs with the same number of columns, but the first input has \
                     {} columns and the {} input has {} columns",
                    types.len(),
                    ordinal(n),
                    input.columns.len()
                ),
            ));
        }
        for (position, (common, column)) in types.iter_mut().zip(&input.columns).enumerate() {
            *common = common_type(common, &column.data_type, context.ansi).ok_or_else(|| {
                Error::new(
                    &INCOMPATIBLE_COLUMN_TYPE,
                    format!(
                        "{operation} can only be performed on tables with compatible column types. The {} column of the {} \
                         table is \"{}\" type which is not compatible with \"{}\" at the same column of the first table",
                        ordinal(position),
                        ordinal(n),
                        column.data_type,
                        common
                    ),
                )
            })?;
        }
    }
    inputs
        .into_iter()
        .map(|input| {
            let mut expressions = Vec::with_capacity(types.len());
            let mut columns = Vec::with_capacity(types.len());
            for (column, data_type) in input.columns.into_iter().zip(&types) {
                let value = cast(column.typed(), data_type, CastMode::implicit(context), context)?;
                let unique = binder.unique(&column.name);
                expressions.push(value.expr.alias(unique.clone()));
                columns.push(ScopeColumn {
                    column: Column::new_unqualified(unique),
                    data_type: value.data_type,
                    nullable: value.nullable,
                    ..column
                });
            }
            let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(input.plan))?);
            Rows::new(plan, columns)
        })
        .collect()
}

fn operation_name(operator: SetOperator, all: bool) -> String {
    let name = match operator {
        SetOperator::Union => return "UNION".to_owned(),
        SetOperator::Intersect => "INTERSECT",
        SetOperator::Except => "EXCEPT",
    };
    if all { format!("{name} ALL") } else { name.to_owned() }
}

fn ordinal(n: usize) -> String {
    match n {
        0 => "first".to_owned(),
        1 => "second".to_owned(),
        2 => "third".to_owned(),
        n => format!("{}th", n + 1),
    }
}
