//! WITH RECURSIVE: a common table that is an anchor, UNION ALL, and a step that refers to the table itself.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::common::{Column, DFSchema, ExprSchema, JoinType};
use datafusion::logical_expr::{Extension, LogicalPlan};

use crate::error::{
    CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE, Error, INVALID_RECURSIVE_CTE, INVALID_RECURSIVE_REFERENCE,
    NUM_COLUMNS_MISMATCH, Result, Span, UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE,
};
use crate::execution::recursion::{Recursion, RecursionLimits, StepTable};
use crate::functions::cast::{CastMode, cast};
use crate::sql::ast::{CommonTable as Definition, Identifier, ObjectName, Query, QueryBody, SetOperator};
use crate::sql::visit::{self, Visitor};
use crate::types::StructField;
use crate::types::coercion::common_type;

use super::ctes::{self, CommonTable, Meaning};
use super::query::{Tail, bind_body};
use super::rows::Rows;
use super::scope::{Scope, ScopeColumn};
use super::{Binder, TableRelation};

/// Whether a query reads a table of that name.
pub(super) fn refers_to(query: &Query, name: &Identifier) -> bool {
    let mut references = References { name, found: false };
    references.query(query);
    references.found
}

fn body_refers_to(body: &QueryBody, name: &Identifier) -> bool {
    let mut references = References { name, found: false };
    visit::walk_body(&mut references, body);
    references.found
}

struct References<'n> {
    name: &'n Identifier,
    found: bool,
}

impl Visitor for References<'_> {
    fn relation(&mut self, name: &ObjectName) {
        self.found |= matches!(name.parts.as_slice(), [single] if single == self.name);
    }
}

/// Binds a definition that refers to itself.
pub(super) fn bind(binder: &Binder<'_>, table: &Definition, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let span = table.name.span;
    let (with, anchor, step) = parts(table)?;
    let _before = match with {
        Some(with) => Some(ctes::bind(binder, with, parent)?),
        None => None,
    };
    let anchor = bind_body(binder, anchor, Tail::default(), parent)?
        .unqualified()
        .rename(&table.columns, span)?
        .exact(binder)?;
    let name = binder.unique(&table.name.value);

    // Every name once: the columns of the anchor may repeat theirs.
    let uniques: Vec<String> = anchor.columns.iter().map(|column| binder.unique(&column.name)).collect();
    let fields: Vec<Field> = anchor
        .columns
        .iter()
        .zip(&uniques)
        .map(|(column, unique)| {
            let field = anchor.plan.schema().field_from_column(&column.column)?;
            Ok(field.as_ref().clone().with_name(unique.clone()).with_nullable(true))
        })
        .collect::<Result<_>>()?;
    let schema = Arc::new(Schema::new(fields));
    let declared: Vec<StructField> =
        anchor.fields().into_iter().map(|field| StructField { nullable: true, ..field }).collect();
    let relation = TableRelation {
        guard: None,
        name: vec![table.name.value.clone()],
        columns: declared,
        provider: Arc::new(StepTable { recursion: name.clone(), schema: Arc::clone(&schema) }),
    };
    ctes::add(binder, CommonTable { name: table.name.value.clone(), meaning: Meaning::Step(relation) });
    let step = bind_body(binder, step, Tail::default(), parent)?.unqualified().exact(binder)?;
    check_place(&step.plan, &schema, span)?;
    let step = like(binder, step, &anchor, span)?;

    let settings = binder.environment.settings.recursion;
    let limits = RecursionLimits { levels: table.max_recursion_level.unwrap_or(settings.levels), ..settings };
    let schema = Arc::new(DFSchema::try_from(schema.as_ref().clone())?);
    let columns = anchor
        .columns
        .iter()
        .zip(uniques)
        .map(|(column, unique)| ScopeColumn {
            column: Column::new_unqualified(unique),
            nullable: true,
            ..column.clone()
        })
        .collect();
    let node = Recursion { name, anchor: anchor.plan, step: step.plan, schema, limits };
    Rows::new(LogicalPlan::Extension(Extension { node: Arc::new(node) }), columns)
}

type Parts<'q> = (Option<&'q crate::sql::ast::With>, &'q QueryBody, &'q QueryBody);

/// The inner WITH, the anchor and the step.
fn parts(table: &Definition) -> Result<Parts<'_>> {
    let invalid = || {
        Error::new(
            &INVALID_RECURSIVE_CTE,
            "Invalid recursive definition found. Recursive queries must contain an UNION or an UNION ALL statement with 2 \
             children. The first child needs to be the anchor term without any recursive references. Any top level inner \
             CTE must not contain self references.",
        )
        .at(table.name.span)
    };
    let mut query = &table.query;
    while let QueryBody::Query(inner) = &query.body
        && query.with.is_none()
        && is_plain(query)
    {
        query = inner;
    }
    if !is_plain(query) {
        return Err(invalid());
    }
    if let Some(with) = &query.with
        && with.tables.iter().any(|inner| refers_to(&inner.query, &table.name))
    {
        return Err(invalid());
    }
    match &query.body {
        QueryBody::SetOperation { operator: SetOperator::Union, all, left, right }
            if !body_refers_to(left, &table.name) =>
        {
            if !all {
                return Err(Error::new(
                    &UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE,
                    "The UNION operator is not yet supported within recursive common table expressions (WITH clauses that \
                     refer to themselves, directly or indirectly). Please use UNION ALL instead",
                )
                .at(table.name.span));
            }
            Ok((query.with.as_ref(), left, right))
        }
        _ => Err(invalid()),
    }
}

/// Whether nothing stands behind the body.
fn is_plain(query: &Query) -> bool {
    query.order_by.is_empty()
        && query.sort_by.is_empty()
        && query.distribute_by.is_empty()
        && query.cluster_by.is_empty()
        && query.limit.is_none()
        && query.offset.is_none()
}

/// Whether the plan reads the step's rows; fails where that would need all steps at once.
fn check_place(plan: &LogicalPlan, step: &Schema, span: Span) -> Result<bool> {
    let mut reads = false;
    let inputs = plan.inputs().into_iter().map(|input| check_place(input, step, span)).collect::<Result<Vec<_>>>()?;
    let bad = match plan {
        LogicalPlan::TableScan(scan) => {
            reads = scan.source.schema().as_ref() == step;
            false
        }
        LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) => inputs.contains(&true),
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::Inner => false,
            JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => inputs[1],
            JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => inputs[0],
            JoinType::Full => inputs.contains(&true),
        },
        _ => false,
    };
    plan.apply_subqueries(|subquery| {
        reads |= check_place(subquery, step, span)?;
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })?;
    if bad {
        return Err(Error::new(
            &INVALID_RECURSIVE_REFERENCE,
            "Invalid recursive reference found inside WITH RECURSIVE clause. Recursive references cannot be used on the \
             right side of left outer/semi/anti joins, on the left side of right outer joins, in full outer joins, in \
             aggregates, window functions or sorts",
        )
        .subcondition("PLACE")
        .at(span));
    }
    Ok(reads || inputs.contains(&true))
}

/// The step with the types of the anchor, which may not become wider.
fn like(binder: &Binder<'_>, step: Rows, anchor: &Rows, span: Span) -> Result<Rows> {
    let context = binder.environment.context;
    if step.columns.len() != anchor.columns.len() {
        return Err(Error::new(
            &NUM_COLUMNS_MISMATCH,
            format!(
                "UNION can only be performed on inputs with the same number of columns, but the first input has {} columns \
                 and the second input has {} columns",
                anchor.columns.len(),
                step.columns.len()
            ),
        )
        .at(span));
    }
    let mut expressions = Vec::with_capacity(step.columns.len());
    let mut columns = Vec::with_capacity(step.columns.len());
    for (column, wanted) in step.columns.iter().zip(&anchor.columns) {
        let common = common_type(&wanted.data_type, &column.data_type, context.ansi);
        // Whether parts of it may be NULL makes no other type.
        if common.is_none_or(|common| common.to_string() != wanted.data_type.to_string()) {
            return Err(Error::new(
                &CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE,
                format!(
                    "Failed to merge incompatible data types \"{}\" and \"{}\". Please check the data types of the columns \
                     being merged and ensure that they are compatible. If necessary, consider casting the columns to \
                     compatible data types before attempting the merge",
                    wanted.data_type, column.data_type
                ),
            )
            .at(span));
        }
        let value = cast(column.typed(), &wanted.data_type, CastMode::implicit(context), context)?;
        let layout = anchor.plan.schema().field_from_column(&wanted.column)?.data_type().clone();
        let unique = binder.unique(&column.name);
        expressions.push(datafusion::logical_expr::cast(value.expr, layout).alias(unique.clone()));
        columns.push(ScopeColumn { column: Column::new_unqualified(unique), ..column.clone() });
    }
    let plan = datafusion::logical_expr::Projection::try_new(expressions, Arc::new(step.plan))?;
    Rows::new(LogicalPlan::Projection(plan), columns)
}
