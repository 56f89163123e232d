//! Generators: LATERAL VIEW, functions that make rows in FROM, and in the SELECT list.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Column, ExprSchema, NullHandling, UnnestOptions};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, Unnest};

use itertools::Itertools;

use crate::error::{
    Error, NUM_TABLE_VALUE_ALIASES_MISMATCH, Result, Span, UDTF_ALIAS_NUMBER_MISMATCH,
    UNRESOLVABLE_TABLE_VALUED_FUNCTION,
};
use crate::functions::{self, Body, Call, Generator, TableFunction, Typed, all};
use crate::sql::ast::{Argument, Expression, ExpressionKind, Identifier, LateralView, ObjectName};
use crate::types::{DataType, quote};

use super::rows::Rows;
use super::scope::{Collected, ExpressionScope, Place, Scope, ScopeColumn};
use super::{Binder, column_names, expressions, named_arguments};

/// Rows with what a generator adds to each.
pub(super) struct Made {
    pub rows: Rows,
    /// How many columns, the last ones, are new.
    pub added: usize,
}

/// Whether a function makes rows.
pub(super) fn is_generator(binder: &Binder<'_>, name: &ObjectName) -> bool {
    let [single] = name.parts.as_slice() else { return false };
    binder.lookup(&single.value).is_some_and(|function| matches!(function.body, Body::Generator(_)))
}

/// Whether a function gives one value.
pub(super) fn is_scalar(binder: &Binder<'_>, name: &ObjectName) -> bool {
    let [single] = name.parts.as_slice() else { return false };
    binder.lookup(&single.value).is_some_and(|function| matches!(function.body, Body::Scalar(_) | Body::Kernel(_)))
}

/// Whether a function makes rows in FROM.
pub(super) fn is_table_generator(binder: &Binder<'_>, name: &ObjectName) -> bool {
    let [single] = name.parts.as_slice() else { return false };
    binder
        .lookup(&single.value)
        .is_some_and(|function| matches!(function.body, Body::Generator(_) | Body::TableGenerator(_)))
}

/// The generator that an expression is a call of.
pub(super) fn call_of<'e>(binder: &Binder<'_>, expression: &'e Expression) -> Option<(&'e ObjectName, &'e [Argument])> {
    match &expression.kind {
        // PostgreSQL has them anywhere in the list: they are collected as expressions are bound.
        ExpressionKind::Function(_) if binder.is_postgres() => None,
        ExpressionKind::Function(call) if is_generator(binder, &call.name) && call.over.is_none() => {
            Some((&call.name, &call.arguments))
        }
        _ => None,
    }
}

/// Binds a call of a generator.
pub(super) fn bind(
    binder: &Binder<'_>,
    name: &ObjectName,
    arguments: &[Argument],
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Generator> {
    let function = binder.lookup(&name.last().value);
    let Some((function, Body::Generator(make) | Body::TableGenerator(make))) =
        function.map(|function| (function, &function.body))
    else {
        return Err(unresolvable(name, span));
    };
    let (bound, texts) = bind_arguments(binder, function.name, arguments, scope)?;
    let context = binder.environment.context;
    let name = name.last().value.as_str();
    make(&Call { function, name, arguments: &bound, texts: &texts, span, context, descending: None })
        .map_err(|error| error.at(span))
}

/// A call that makes rows within an expression of PostgreSQL's SELECT list: what stands for its value in each row.
pub(super) fn in_expression(
    binder: &Binder<'_>,
    name: &ObjectName,
    arguments: &[Argument],
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let generator = bind(binder, name, arguments, span, scope)?;
    let [(column, array)] = generator.columns.as_slice() else {
        let what = format!("`{}` in a SELECT list", name.last().value);
        return Err(Error::unsupported(what, "it makes several columns: write it in FROM").at(span));
    };
    let unique = binder.unique(column);
    let value = element(array, &unique, true);
    scope.collected.generated.push((generator, vec![unique]));
    Ok(value)
}

/// Calls that make rows make them side by side: those with fewer give NULLs beside the rest.
pub(super) fn side_by_side(generated: &mut Vec<(Generator, Vec<String>)>) -> Result<Option<(Generator, Vec<String>)>> {
    let mut all = std::mem::take(generated).into_iter();
    let Some((mut first, mut names)) = all.next() else { return Ok(None) };
    for (generator, more) in all {
        first.columns.extend(generator.columns);
        first.outer |= generator.outer;
        names.extend(more);
    }
    Ok(Some((first, names)))
}

/// `WITH ORDINALITY`: a last column that counts the rows.
fn counted(binder: &Binder<'_>, mut generator: Generator) -> Generator {
    if let Some((_, array)) = generator.columns.first() {
        let count = functions::postgres::arrays::ordinals(array.clone(), binder.environment.context);
        generator.columns.push(("ordinality".to_owned(), count));
    }
    generator
}

/// Binds a call of a function that makes a table of constants: `range(…)`.
pub(super) fn table_function(
    binder: &Binder<'_>,
    name: &ObjectName,
    arguments: &[Argument],
    span: Span,
) -> Result<TableFunction> {
    let function = match name.parts.as_slice() {
        [single] => binder.lookup(&single.value),
        _ => None,
    };
    let Some((function, Body::Table(make))) = function.map(|function| (function, &function.body)) else {
        return Err(unresolvable(name, span));
    };
    let scope = Scope::empty();
    let mut collected = Collected::new(binder);
    let mut scope = ExpressionScope::new(&scope, Place::GeneratorArgument, &mut collected);
    let (bound, texts) = bind_arguments(binder, function.name, arguments, &mut scope)?;
    let context = binder.environment.context;
    let name = name.last().value.as_str();
    make(&Call { function, name, arguments: &bound, texts: &texts, span, context, descending: None })
        .map_err(|error| error.at(span))
}

fn bind_arguments(
    binder: &Binder<'_>,
    function: &str,
    arguments: &[Argument],
    scope: &mut ExpressionScope<'_>,
) -> Result<(Vec<Typed>, Vec<String>)> {
    let mut bound = Vec::with_capacity(arguments.len());
    let mut texts = Vec::with_capacity(arguments.len());
    for argument in named_arguments::positional(function, arguments)? {
        bound.push(expressions::bind(binder, &argument.value, scope)?);
        texts.push(column_names::text_of(&argument.value));
    }
    Ok((bound, texts))
}

/// `LATERAL VIEW [OUTER] f(…) t AS a, b`
pub(super) fn lateral_view(
    binder: &Binder<'_>,
    rows: Rows,
    view: &LateralView,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    if !is_generator(binder, &view.name) {
        return Err(Error::new(
            &crate::error::UNSUPPORTED_GENERATOR,
            format!("The generator is not supported: {} is expected to be a generator", quote(&view.name.last().value)),
        )
        .subcondition("NOT_GENERATOR")
        .at(view.span));
    }
    let mut made = apply(binder, rows, parent, (&view.name, &view.arguments, false), view.outer, view.span)?;
    let start = made.rows.columns.len() - made.added;
    let added = &mut made.rows.columns[start..];
    if !view.columns.is_empty() && view.columns.len() != added.len() {
        return Err(aliases_mismatch(&view.name.last().value, view.columns.len(), added.len()).at(view.span));
    }
    for (n, column) in added.iter_mut().enumerate() {
        if let Some(name) = view.columns.get(n) {
            column.name = name.value.clone();
        }
        column.qualifier = view.table.iter().map(|table| table.value.clone()).collect();
    }
    Ok(made.rows)
}

/// A generator as an item of FROM that sees what is around, if anything.
pub(super) fn in_from(
    binder: &Binder<'_>,
    rows: Rows,
    around: Option<&Scope<'_>>,
    call: (&ObjectName, &[Argument], bool),
    span: Span,
) -> Result<Rows> {
    let mut made = apply(binder, rows, around, call, false, span)?;
    let start = made.rows.columns.len() - made.added;
    made.rows.columns.drain(..start);
    Ok(made.rows)
}

/// Puts what a generator makes of each row beside it.
pub(super) fn apply(
    binder: &Binder<'_>,
    rows: Rows,
    parent: Option<&Scope<'_>>,
    (name, arguments, ordinality): (&ObjectName, &[Argument], bool),
    outer: bool,
    span: Span,
) -> Result<Made> {
    let scope = Scope::new(rows.columns.clone(), parent);
    let mut collected = Collected::new(binder);
    let mut generator = {
        let mut scope = ExpressionScope::new(&scope, Place::GeneratorArgument, &mut collected);
        bind(binder, name, arguments, span, &mut scope)?
    };
    generator.outer |= outer;
    if ordinality {
        generator = counted(binder, generator);
    }
    let added = generator.columns.len();
    let new: Vec<(String, String, Typed)> = generator
        .columns
        .iter()
        .map(|(name, array)| {
            let unique = binder.unique(name);
            (name.clone(), unique.clone(), element(array, &unique, generator.outer))
        })
        .collect();
    let uniques: Vec<String> = new.iter().map(|(_, unique, _)| unique.clone()).collect();
    let plan = unnest(binder, rows.plan, &generator, &uniques)?;
    let mut columns = rows.columns;
    for (name, unique, value) in new {
        let column = Column::new_unqualified(unique);
        let field = Arc::clone(plan.schema().field_from_column(&column)?);
        columns.push(ScopeColumn {
            qualifier: Vec::new(),
            name,
            column,
            field,
            data_type: value.data_type,
            nullable: value.nullable,
            position: columns.len(),
            hidden: false,
        });
    }
    Ok(Made { rows: Rows::new(plan, columns)?, added })
}

/// The column that holds an array's elements once it is unnested.
pub(super) fn element(array: &Typed, column: &str, outer: bool) -> Typed {
    let (data_type, nullable) = match &array.data_type {
        DataType::Array { element, contains_null } => (element.as_ref().clone(), *contains_null),
        other => (other.clone(), true),
    };
    Typed { expr: Expr::Column(Column::new_unqualified(column)), data_type, nullable: nullable || outer }
}

/// The names of a generator's columns: its own, or those of AS.
pub(super) fn names(generator: &Generator, given: Option<&[Identifier]>, span: Span) -> Result<Vec<String>> {
    match given {
        None => Ok(generator.columns.iter().map(|(name, _)| name.clone()).collect()),
        Some(given) if given.len() == generator.columns.len() => {
            Ok(given.iter().map(|name| name.value.clone()).collect())
        }
        Some(given) => {
            let names = given.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(",");
            Err(Error::new(
                &UDTF_ALIAS_NUMBER_MISMATCH,
                format!(
                    "The number of aliases supplied in the AS clause does not match the number of columns output by the \
                     UDTF. Expected {} aliases, but got {names}. Please ensure that the number of aliases provided matches \
                     the number of columns output by the UDTF",
                    generator.columns.len()
                ),
            )
            .at(span))
        }
    }
}

fn aliases_mismatch(function: &str, given: usize, columns: usize) -> Error {
    Error::new(
        &NUM_TABLE_VALUE_ALIASES_MISMATCH,
        format!(
            "Number of given aliases does not match number of output columns. Function name: {}; number of aliases: {given}; \
             number of output columns: {columns}",
            quote(function)
        ),
    )
}

/// Computes the arrays and unnests them side by side, under the names given.
pub(super) fn unnest(
    binder: &Binder<'_>,
    input: LogicalPlan,
    generator: &Generator,
    names: &[String],
) -> Result<LogicalPlan> {
    let _ = binder;
    let mut expressions = Rows::pass_through(&input);
    for (name, (_, array)) in names.iter().zip(&generator.columns) {
        expressions.push(array.expr.clone().alias(name.clone()));
    }
    let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(input))?);
    let columns: Vec<Column> = names.iter().map(Column::new_unqualified).collect();
    for column in &columns {
        let field = plan.schema().field_from_column(column)?;
        if !matches!(
            field.data_type(),
            Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..) | Arrow::ListView(_)
        ) {
            return Err(Error::internal("a generator over something that is not an array"));
        }
    }
    let null_handling = if generator.outer { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
    let options = UnnestOptions { null_handling, recursions: Vec::new() };
    Ok(LogicalPlan::Unnest(Unnest::try_new(Arc::new(plan), columns, options)?))
}

fn unresolvable(name: &ObjectName, span: Span) -> Error {
    let tables =
        all().filter(|function| matches!(function.body, Body::Table(_) | Body::Generator(_) | Body::TableGenerator(_)));
    let text = name.parts.iter().map(|part| format!("`{}`", part.value)).join(".");
    Error::new(
        &UNRESOLVABLE_TABLE_VALUED_FUNCTION,
        format!(
            "Could not resolve {text} to a table-valued function.\nPlease make sure that {text} is defined as a table-valued \
             function and that all required parameters are provided correctly.\nIf {text} is not defined, please create the \
             table-valued function before using it.",
        ),
    )
    .suggest(&name.last().value, tables.flat_map(|function| function.names()))
    .at(span)
}
