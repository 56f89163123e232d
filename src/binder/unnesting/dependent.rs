//! Plans of subqueries made to compute all combinations of the outer columns at once. A function for each kind of node.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality, ScalarValue};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, Filter, Join, JoinConstraint, Limit, LogicalPlan, LogicalPlanBuilder, Projection,
    SortExpr, Union, Unnest, Window, WindowFrame, lit,
};

use crate::error::Result;

use super::super::Ids;
use super::super::rows::Rows;
use super::conditions::unsupported;
use super::domain::Domain;
use super::{join_by, same_keys};

/// A plan that makes the rows of a subquery for every combination of the domain, with columns that tell which.
pub(super) struct Dependent {
    pub(super) plan: LogicalPlan,
    pub(super) keys: Vec<Column>,
}

impl Dependent {
    fn key_expressions(&self) -> Vec<Expr> {
        self.keys.iter().cloned().map(Expr::Column).collect()
    }
}

/// The rows of `plan` for every combination of the domain.
pub(super) fn dependent(ids: &Ids, plan: LogicalPlan, domain: &Domain) -> Result<Dependent> {
    if !domain.is_needed_by(&plan) {
        let instance = domain.instance(ids)?;
        let plan = LogicalPlanBuilder::from(instance.plan).cross_join(plan)?.build()?;
        return Ok(Dependent { plan, keys: instance.keys });
    }
    match plan {
        LogicalPlan::Filter(filter) => {
            let input = dependent(ids, Arc::unwrap_or_clone(filter.input), domain)?;
            let predicate = domain.inside(filter.predicate, &input)?;
            let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input.plan))?);
            Ok(Dependent { plan, keys: input.keys })
        }
        LogicalPlan::Projection(projection) => {
            let input = dependent(ids, Arc::unwrap_or_clone(projection.input), domain)?;
            project(projection.expr, input, domain)
        }
        LogicalPlan::Aggregate(aggregate) => self::aggregate(ids, aggregate, domain),
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let input = dependent(ids, Arc::unwrap_or_clone(input), domain)?;
            Ok(Dependent { plan: LogicalPlan::Distinct(Distinct::All(Arc::new(input.plan))), keys: input.keys })
        }
        // Without LIMIT the order of a subquery's rows means nothing.
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => dependent(ids, Arc::unwrap_or_clone(sort.input), domain),
        LogicalPlan::Limit(limit) => self::limit(ids, limit, domain),
        LogicalPlan::Union(union) => self::union(ids, union, domain),
        LogicalPlan::Join(join) => self::join(ids, join, domain),
        LogicalPlan::Window(window) => self::window(ids, window, domain),
        LogicalPlan::Unnest(unnest) => self::unnest(ids, unnest, domain),
        other => Err(unsupported(&format!("it does so below {}", other.display()))),
    }
}

fn project(expressions: Vec<Expr>, input: Dependent, domain: &Domain) -> Result<Dependent> {
    let mut outputs = Vec::with_capacity(expressions.len() + input.keys.len());
    for expr in expressions {
        let name = expr.schema_name().to_string();
        let is_named = matches!(expr, Expr::Alias(_) | Expr::Column(_));
        let new = domain.inside(expr, &input)?;
        outputs.push(if is_named { new } else { new.alias(name) });
    }
    outputs.extend(input.key_expressions());
    let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(input.plan))?);
    Ok(Dependent { plan, keys: input.keys })
}

fn aggregate(ids: &Ids, aggregate: Aggregate, domain: &Domain) -> Result<Dependent> {
    if aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_))) {
        return Err(unsupported("it does so below grouping sets"));
    }
    let input = dependent(ids, Arc::unwrap_or_clone(aggregate.input), domain)?;
    let mut groups = domain.all_inside(aggregate.group_expr, &input)?;
    let mut calls = domain.all_inside(aggregate.aggr_expr.clone(), &input)?;
    if !groups.is_empty() {
        groups.extend(input.key_expressions());
        let calls = named(calls, &aggregate.aggr_expr);
        let plan = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input.plan), groups, calls)?);
        return Ok(Dependent { plan, keys: input.keys });
    }
    // One row for each combination, even if no row of the input belongs to it.
    let marker = ids.unique("present");
    let mut marked = Rows::pass_through(&input.plan);
    marked.push(lit(true).alias(marker.clone()));
    let marked = LogicalPlan::Projection(Projection::try_new(marked, Arc::new(input.plan))?);
    let all = domain.instance(ids)?;
    let filter = same_keys(&all.plan, &all.keys, &input.keys)?;
    let plan = join_by(all.plan, marked, filter, JoinType::Left)?;
    let is_present = Expr::Column(Column::new_unqualified(marker)).is_not_null();
    calls = calls.into_iter().map(|call| only_where(call, &is_present)).collect();
    let groups = all.keys.iter().cloned().map(Expr::Column).collect();
    let calls = named(calls, &aggregate.aggr_expr);
    let plan = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(plan), groups, calls)?);
    Ok(Dependent { plan, keys: all.keys })
}

/// An aggregate of only those rows.
fn only_where(call: Expr, condition: &Expr) -> Expr {
    match call {
        Expr::Alias(mut alias) => {
            alias.expr = Box::new(only_where(*alias.expr, condition));
            Expr::Alias(alias)
        }
        Expr::AggregateFunction(AggregateFunction { func, mut params }) => {
            let filter = match params.filter.take() {
                Some(filter) => condition.clone().and(*filter),
                None => condition.clone(),
            };
            params.filter = Some(Box::new(filter));
            Expr::AggregateFunction(AggregateFunction { func, params })
        }
        other => other,
    }
}

/// Keeps the names that the nodes above know the calls by.
fn named(calls: Vec<Expr>, before: &[Expr]) -> Vec<Expr> {
    calls
        .into_iter()
        .zip(before)
        .map(|(call, before)| match call == *before {
            true => call,
            false => call.unalias().alias(before.schema_name().to_string()),
        })
        .collect()
}

/// LIMIT counts the rows of each combination.
fn limit(ids: &Ids, limit: Limit, domain: &Domain) -> Result<Dependent> {
    let not_a_number = || unsupported("it does so below a LIMIT that is not a number");
    let skip = limit.skip.as_deref().map_or(Some(0), constant).ok_or_else(not_a_number)?;
    let fetch = limit.fetch.as_deref().map(|fetch| constant(fetch).ok_or_else(not_a_number)).transpose()?;
    let mut projection: Option<Vec<Expr>> = None;
    let mut input = Arc::unwrap_or_clone(limit.input);
    if let LogicalPlan::Projection(outer) = &input
        && let LogicalPlan::Sort(_) = outer.input.as_ref()
    {
        projection = Some(outer.expr.clone());
        input = outer.input.as_ref().clone();
    }
    let mut order: Vec<SortExpr> = Vec::new();
    if let LogicalPlan::Sort(sort) = input {
        order = sort.expr;
        input = Arc::unwrap_or_clone(sort.input);
    }
    let columns = projection.unwrap_or_else(|| Rows::pass_through(&input));
    let input = dependent(ids, input, domain)?;
    let order = order
        .into_iter()
        .map(|sort| Ok(SortExpr { expr: domain.inside(sort.expr, &input)?, ..sort }))
        .collect::<Result<Vec<_>>>()?;
    let frame = WindowFrame::new((!order.is_empty()).then_some(false));
    let number = Expr::from(WindowFunction {
        fun: datafusion::logical_expr::WindowFunctionDefinition::WindowUDF(row_number_udwf()),
        params: WindowFunctionParams {
            args: Vec::new(),
            partition_by: input.key_expressions(),
            order_by: order,
            window_frame: frame,
            filter: None,
            null_treatment: None,
            distinct: false,
        },
    });
    let keys = input.keys.clone();
    let row = Expr::Column(Column::from_name(number.schema_name().to_string()));
    let plan = LogicalPlanBuilder::window_plan(input.plan, [number])?;
    let mut predicate = row.clone().gt(lit(skip.unsigned_abs()));
    if let Some(fetch) = fetch {
        predicate = predicate.and(row.lt_eq(lit(skip.saturating_add(fetch).unsigned_abs())));
    }
    let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(plan))?);
    project(columns, Dependent { plan, keys }, domain)
}

fn constant(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(ScalarValue::Int64(value), _) => *value,
        _ => None,
    }
}

fn union(ids: &Ids, union: Union, domain: &Domain) -> Result<Dependent> {
    let names: Vec<Column> = union.schema.columns();
    let keys: Vec<Column> = domain.outer.iter().map(|_| Column::new_unqualified(ids.unique("key"))).collect();
    let mut inputs = Vec::with_capacity(union.inputs.len());
    for input in union.inputs {
        let input = Arc::unwrap_or_clone(input);
        let columns = input.schema().columns();
        let input = dependent(ids, input, domain)?;
        let mut outputs: Vec<Expr> = columns
            .into_iter()
            .zip(&names)
            .map(|(column, name)| Expr::Column(column).alias(name.name.clone()))
            .collect();
        outputs
            .extend(input.key_expressions().into_iter().zip(&keys).map(|(column, key)| column.alias(key.name.clone())));
        inputs.push(Arc::new(LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(input.plan))?)));
    }
    let all = LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?);
    // The nodes above know the columns by the union's own names.
    let columns = all.schema().columns();
    let mut outputs: Vec<Expr> = columns
        .into_iter()
        .zip(&names)
        .map(|(column, name)| Expr::Column(column).alias_qualified(name.relation.clone(), name.name.clone()))
        .collect();
    outputs.extend(keys.iter().cloned().map(Expr::Column));
    let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(all))?);
    Ok(Dependent { plan, keys })
}

fn join(ids: &Ids, join: Join, domain: &Domain) -> Result<Dependent> {
    let (mut left, mut right) = (Arc::unwrap_or_clone(join.left), Arc::unwrap_or_clone(join.right));
    if let LogicalPlan::Subquery(subquery) = right {
        // LATERAL: the rows further left bring the keys.
        let left = dependent(ids, left, domain)?;
        let right = LogicalPlan::Subquery(domain.inside_subquery(subquery, &left)?);
        return finish_join(join.on, join.filter, join.join_type, join.null_equality, left, right, None, domain);
    }
    let (left_needs, right_needs) = (domain.is_needed_by(&left), domain.is_needed_by(&right));
    let left_alone =
        matches!(join.join_type, JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti);
    let right_alone = matches!(join.join_type, JoinType::Inner | JoinType::Right);
    if !right_needs && left_alone {
        let left = dependent(ids, left, domain)?;
        return finish_join(join.on, join.filter, join.join_type, join.null_equality, left, right, None, domain);
    }
    if !left_needs && right_alone {
        let right = dependent(ids, right, domain)?;
        let keys = right.keys.clone();
        let on = all_inside_pairs(join.on, &right, domain)?;
        let filter = join.filter.map(|filter| domain.inside(filter, &right)).transpose()?;
        let plan = LogicalPlan::Join(Join::try_new(
            Arc::new(left),
            Arc::new(right.plan),
            on,
            filter,
            join.join_type,
            JoinConstraint::On,
            join.null_equality,
            false,
        )?);
        return Ok(Dependent { plan, keys });
    }
    if join.join_type == JoinType::Full {
        return Err(unsupported("it does so below a full join"));
    }
    let left_side = dependent(ids, std::mem::take(&mut left), domain)?;
    let right_side = dependent(ids, std::mem::take(&mut right), domain)?;
    let keys = right_side.keys.clone();
    finish_join(
        join.on,
        join.filter,
        join.join_type,
        join.null_equality,
        left_side,
        right_side.plan,
        Some(keys),
        domain,
    )
}

#[expect(clippy::too_many_arguments, reason = "the parts of one join node")]
fn finish_join(
    on: Vec<(Expr, Expr)>,
    filter: Option<Expr>,
    join_type: JoinType,
    null_equality: NullEquality,
    left: Dependent,
    right: LogicalPlan,
    right_keys: Option<Vec<Column>>,
    domain: &Domain,
) -> Result<Dependent> {
    let on = all_inside_pairs(on, &left, domain)?;
    let mut filter = filter.map(|filter| domain.inside(filter, &left)).transpose()?;
    if let Some(right_keys) = &right_keys {
        let same = same_keys(&left.plan, &left.keys, right_keys)?;
        filter = Some(match filter {
            Some(filter) => same.and(filter),
            None => same,
        });
    }
    let keys = match (join_type, right_keys) {
        (JoinType::Right, Some(right_keys)) => right_keys,
        _ => left.keys.clone(),
    };
    let plan = LogicalPlan::Join(Join::try_new(
        Arc::new(left.plan),
        Arc::new(right),
        on,
        filter,
        join_type,
        JoinConstraint::On,
        null_equality,
        false,
    )?);
    Ok(Dependent { plan, keys })
}

fn all_inside_pairs(on: Vec<(Expr, Expr)>, input: &Dependent, domain: &Domain) -> Result<Vec<(Expr, Expr)>> {
    on.into_iter().map(|(left, right)| Ok((domain.inside(left, input)?, domain.inside(right, input)?))).collect()
}

fn window(ids: &Ids, window: Window, domain: &Domain) -> Result<Dependent> {
    let before = window.window_expr;
    let input = dependent(ids, Arc::unwrap_or_clone(window.input), domain)?;
    let mut outputs = Rows::pass_through(&input.plan);
    let mut calls = Vec::with_capacity(before.len());
    for call in domain.all_inside(before.clone(), &input)? {
        let Expr::WindowFunction(mut call) = call.unalias() else {
            return Err(unsupported("it does so below a window function"));
        };
        call.params.partition_by.extend(input.key_expressions());
        calls.push(Expr::WindowFunction(call));
    }
    // The nodes above know the calls by the names they had.
    outputs.extend(calls.iter().zip(&before).map(|(call, before)| {
        Expr::Column(Column::from_name(call.schema_name().to_string())).alias(before.schema_name().to_string())
    }));
    let keys = input.keys;
    let plan = LogicalPlanBuilder::window_plan(input.plan, calls)?;
    let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?);
    Ok(Dependent { plan, keys })
}

/// The keys stand beside the lists, and are repeated for each of their elements.
fn unnest(ids: &Ids, unnest: Unnest, domain: &Domain) -> Result<Dependent> {
    let input = dependent(ids, Arc::unwrap_or_clone(unnest.input), domain)?;
    let plan = LogicalPlanBuilder::from(input.plan)
        .unnest_columns_with_options(unnest.exec_columns, unnest.options)?
        .build()?;
    Ok(Dependent { plan, keys: input.keys })
}
