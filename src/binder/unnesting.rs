//! Correlated subqueries that DataFusion's optimizer cannot turn into joins, or turns into joins that answer something
//! else, become joins here.
//!
//! Such a subquery is computed for every combination of the outer columns it needs (its domain), and joined back by
//! them, as in Neumann and Kemper, "Unnesting Arbitrary Queries". It knows plans, and nothing of names or types.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ExprSchema, JoinType, NullEquality, ScalarValue, Spans};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, Filter, Join, JoinConstraint, Limit, LogicalPlan, LogicalPlanBuilder, Projection,
    SortExpr, Subquery, Union, Window, WindowFrame, lit,
};

use crate::error::{Error, Result, UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY};

use super::Ids;
use super::rows::Rows;
use super::subqueries::{Use, can_decorrelate, outer_references};

/// Unnests what the optimizer would not.
pub(super) fn unnest(ids: &Ids, plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.transform_down_with_subqueries(|node| Ok(unnest_node(ids, node)?))?.data)
}

fn unnest_node(ids: &Ids, node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match node {
        LogicalPlan::Filter(filter) => {
            let columns = Rows::pass_through(&filter.input);
            let mut input = Arc::unwrap_or_clone(filter.input);
            let Some(predicate) = joined(ids, &filter.predicate, &mut input)? else {
                return Ok(Transformed::no(LogicalPlan::Filter(Filter::try_new(filter.predicate, Arc::new(input))?)));
            };
            let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?);
            Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?)))
        }
        LogicalPlan::Projection(projection) => {
            let mut input = Arc::unwrap_or_clone(projection.input);
            let mut changed = false;
            let mut expressions = Vec::with_capacity(projection.expr.len());
            for expr in projection.expr {
                match joined(ids, &expr, &mut input)? {
                    Some(new) => {
                        let name = expr.schema_name().to_string();
                        expressions.push(if matches!(new, Expr::Alias(_)) { new } else { new.alias(name) });
                        changed = true;
                    }
                    None => expressions.push(expr),
                }
            }
            let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(input))?);
            Ok(if changed { Transformed::yes(plan) } else { Transformed::no(plan) })
        }
        LogicalPlan::Join(join) => lateral(ids, join),
        other => Ok(Transformed::no(other)),
    }
}

/// A join with a LATERAL subquery.
fn lateral(ids: &Ids, join: Join) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Subquery(subquery) = join.right.as_ref() else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    if is_easy(&subquery.subquery, Use::Lateral)? {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    let mut columns = Rows::pass_through(&join.left);
    columns.extend(Rows::pass_through(&subquery.subquery));
    let Some(domain) = Domain::of(ids, &subquery.subquery, &[], &join.left)? else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    let right = dependent(ids, subquery.subquery.as_ref().clone(), &domain)?;
    let mut filter = same_keys(&join.left, &domain.outer, &right.keys)?;
    if let Some(condition) = join.filter {
        filter = filter.and(condition);
    }
    let plan = join_by(join.left.as_ref().clone(), right.plan, filter, join.join_type)?;
    Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?)))
}

/// The expression with columns in place of its subqueries, which are joined to `input`; `None` if all may stay.
fn joined(ids: &Ids, expr: &Expr, input: &mut LogicalPlan) -> Result<Option<Expr>> {
    let mut changed = false;
    let new = expr.clone().transform_up(|node| {
        let replaced = match &node {
            Expr::ScalarSubquery(subquery) if !is_easy(&subquery.subquery, Use::Scalar)? => {
                scalar(ids, &subquery.subquery, input)?
            }
            Expr::Exists(exists) if !is_easy(&exists.subquery.subquery, Use::Exists)? => {
                let plan = exists.subquery.subquery.as_ref().clone();
                mark(ids, plan, &[], exists.negated, input)?
            }
            Expr::InSubquery(inside) if !is_easy(&inside.subquery.subquery, Use::Exists)? => {
                let plan = inside.subquery.subquery.as_ref().clone();
                let outer = inside.expr.column_refs().into_iter().cloned().collect::<Vec<_>>();
                let operand = outward(inside.expr.as_ref().clone(), input)?;
                let value = Expr::Column(plan.schema().columns()[0].clone());
                let plan = LogicalPlan::Filter(Filter::try_new(operand.eq(value), Arc::new(plan))?);
                mark(ids, plan, &outer, inside.negated, input)?
            }
            _ => None,
        };
        Ok(match replaced {
            Some(replaced) => {
                changed = true;
                Transformed::yes(replaced)
            }
            None => Transformed::no(node),
        })
    })?;
    Ok(changed.then_some(new.data))
}

/// Columns of `input` as a subquery refers to them.
fn outward(expr: Expr, input: &LogicalPlan) -> Result<Expr> {
    Ok(expr
        .transform_up(|node| match node {
            Expr::Column(column) => {
                let (_, field) = input.schema().qualified_field_from_column(&column)?;
                Ok(Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(field), column)))
            }
            other => Ok(Transformed::no(other)),
        })?
        .data)
}

/// The value of a subquery that makes at most one row for each row of `input`.
fn scalar(ids: &Ids, plan: &LogicalPlan, input: &mut LogicalPlan) -> Result<Option<Expr>> {
    let Some(domain) = Domain::of(ids, plan, &[], input)? else { return Ok(None) };
    let value = Expr::Column(plan.schema().columns()[0].clone());
    let right = dependent(ids, plan.clone(), &domain)?;
    let name = ids.unique("value");
    let mut outputs = vec![value.alias(name.clone())];
    outputs.extend(right.keys.iter().cloned().map(Expr::Column));
    let right_plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(right.plan))?);
    let filter = same_keys(input, &domain.outer, &right.keys)?;
    *input = join_by(input.clone(), right_plan, filter, JoinType::Left)?;
    Ok(Some(Expr::Column(Column::new_unqualified(name))))
}

/// Whether a subquery makes rows for a row of `input`.
fn mark(ids: &Ids, plan: LogicalPlan, more: &[Column], negated: bool, input: &mut LogicalPlan) -> Result<Option<Expr>> {
    let Some(domain) = Domain::of(ids, &plan, more, input)? else { return Ok(None) };
    let right = dependent(ids, plan, &domain)?;
    let keys: Vec<Expr> = right.keys.iter().cloned().map(Expr::Column).collect();
    let found = LogicalPlan::Projection(Projection::try_new(keys.clone(), Arc::new(right.plan))?);
    let found = LogicalPlan::Distinct(Distinct::All(Arc::new(found)));
    let name = ids.unique("found");
    let mut outputs = keys;
    outputs.push(lit(true).alias(name.clone()));
    let found = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(found))?);
    let filter = same_keys(input, &domain.outer, &right.keys)?;
    *input = join_by(input.clone(), found, filter, JoinType::Left)?;
    let marker = Expr::Column(Column::new_unqualified(name));
    Ok(Some(if negated { marker.is_null() } else { marker.is_not_null() }))
}

/// Every combination of the outer columns that a subquery needs.
struct Domain {
    plan: LogicalPlan,
    outer: Vec<Column>,
}

impl Domain {
    /// `None` if the subquery needs nothing of `input`.
    fn of(ids: &Ids, plan: &LogicalPlan, more: &[Column], input: &LogicalPlan) -> Result<Option<Self>> {
        let mut outer: Vec<Column> = Vec::new();
        let referred = outer_references(plan).into_iter().filter_map(|reference| match reference {
            Expr::OuterReferenceColumn(_, column) => Some(column),
            _ => None,
        });
        for column in referred.chain(more.iter().cloned()) {
            if input.schema().has_column(&column) && !outer.contains(&column) {
                outer.push(column);
            }
        }
        if outer.is_empty() {
            return Ok(None);
        }
        if is_volatile(input)? {
            return Err(unsupported("the rows around it hold random values"));
        }
        let columns = outer.iter().map(|column| Expr::Column(column.clone()).alias(ids.unique("outer"))).collect();
        let plan = LogicalPlan::Projection(Projection::try_new(columns, Arc::new(input.clone()))?);
        Ok(Some(Self { plan: LogicalPlan::Distinct(Distinct::All(Arc::new(plan))), outer }))
    }

    /// The domain once more, under names of its own.
    fn instance(&self, ids: &Ids) -> Result<Dependent> {
        let keys: Vec<Column> = self.outer.iter().map(|_| Column::new_unqualified(ids.unique("key"))).collect();
        let columns = self.plan.schema().columns();
        let outputs =
            columns.into_iter().zip(&keys).map(|(column, key)| Expr::Column(column).alias(key.name.clone())).collect();
        let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(self.plan.clone()))?);
        Ok(Dependent { plan, keys })
    }

    fn is_needed_by(&self, plan: &LogicalPlan) -> bool {
        outer_references(plan).iter().any(|reference| self.position(reference).is_some())
    }

    fn position(&self, reference: &Expr) -> Option<usize> {
        match reference {
            Expr::OuterReferenceColumn(_, column) => self.outer.iter().position(|outer| outer == column),
            _ => None,
        }
    }

    /// The expression with the keys in place of outer columns.
    fn inside(&self, expr: Expr, input: &Dependent) -> Result<Expr> {
        Ok(expr
            .transform_up(|node| match node {
                Expr::ScalarSubquery(subquery) => {
                    Ok(Transformed::yes(Expr::ScalarSubquery(self.inside_subquery(subquery, input)?)))
                }
                Expr::Exists(mut exists) => {
                    exists.subquery = self.inside_subquery(exists.subquery, input)?;
                    Ok(Transformed::yes(Expr::Exists(exists)))
                }
                Expr::InSubquery(mut inside) => {
                    inside.subquery = self.inside_subquery(inside.subquery, input)?;
                    Ok(Transformed::yes(Expr::InSubquery(inside)))
                }
                other => match self.position(&other) {
                    Some(position) => Ok(Transformed::yes(Expr::Column(input.keys[position].clone()))),
                    None => Ok(Transformed::no(other)),
                },
            })?
            .data)
    }

    fn all_inside(&self, expressions: Vec<Expr>, input: &Dependent) -> Result<Vec<Expr>> {
        expressions.into_iter().map(|expr| self.inside(expr, input)).collect()
    }

    /// A subquery in a dependent plan refers to the keys as to outer columns.
    fn inside_subquery(&self, subquery: Subquery, input: &Dependent) -> Result<Subquery> {
        if !self.is_needed_by(&subquery.subquery) {
            return Ok(subquery);
        }
        let plan = Arc::unwrap_or_clone(subquery.subquery)
            .transform_up_with_subqueries(|node| {
                let changed = node.map_expressions(|expr| {
                    expr.transform_up(|node| match self.position(&node) {
                        Some(position) => {
                            let key = &input.keys[position];
                            let (_, field) = input.plan.schema().qualified_field_from_column(key)?;
                            Ok(Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(field), key.clone())))
                        }
                        None => match node {
                            Expr::ScalarSubquery(nested) => {
                                Ok(Transformed::yes(Expr::ScalarSubquery(renewed(nested.subquery))))
                            }
                            Expr::Exists(mut exists) => {
                                exists.subquery = renewed(exists.subquery.subquery);
                                Ok(Transformed::yes(Expr::Exists(exists)))
                            }
                            Expr::InSubquery(mut inside) => {
                                inside.subquery = renewed(inside.subquery.subquery);
                                Ok(Transformed::yes(Expr::InSubquery(inside)))
                            }
                            other => Ok(Transformed::no(other)),
                        },
                    })
                })?;
                Ok(changed)
            })?
            .data;
        Ok(renewed(Arc::new(plan)))
    }
}

/// A subquery whose list of outer columns is that of its plan.
fn renewed(plan: Arc<LogicalPlan>) -> Subquery {
    Subquery { outer_ref_columns: outer_references(&plan), subquery: plan, spans: Spans::new() }
}

/// A plan that makes the rows of a subquery for every combination of the domain, with columns that tell which.
struct Dependent {
    plan: LogicalPlan,
    keys: Vec<Column>,
}

impl Dependent {
    fn key_expressions(&self) -> Vec<Expr> {
        self.keys.iter().cloned().map(Expr::Column).collect()
    }
}

fn dependent(ids: &Ids, plan: LogicalPlan, domain: &Domain) -> Result<Dependent> {
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

/// Equal, NULL being equal to NULL. It is written with plain equalities: the optimizer makes keys of them, and of an
/// equality in a filter above; a join on IS NOT DISTINCT FROM would find NULL equal for that one, too.
fn same_keys(left_plan: &LogicalPlan, left: &[Column], right: &[Column]) -> Result<Expr> {
    let mut all: Vec<Expr> = Vec::with_capacity(left.len());
    for (left, right) in left.iter().zip(right) {
        let field = left_plan.schema().field_from_column(left)?;
        let (left, right) = (Expr::Column(left.clone()), Expr::Column(right.clone()));
        if !field.is_nullable() {
            all.push(left.eq(right));
            continue;
        }
        match ScalarValue::new_default(field.data_type()) {
            Ok(default) if !default.is_null() => {
                let present = |key: Expr| coalesce(vec![key, lit(default.clone())]);
                all.push(present(left.clone()).eq(present(right.clone())));
                all.push(left.is_null().eq(right.is_null()));
            }
            _ => all.push(left.clone().eq(right.clone()).or(left.is_null().and(right.is_null()))),
        }
    }
    Ok(all.into_iter().reduce(Expr::and).unwrap_or_else(|| lit(true)))
}

fn join_by(left: LogicalPlan, right: LogicalPlan, filter: Expr, join_type: JoinType) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Join(Join::try_new(
        Arc::new(left),
        Arc::new(right),
        Vec::new(),
        Some(filter),
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )?))
}

/// Whether the optimizer turns the subquery into the right join: outer columns stand in filters only, with nothing above
/// them that looks at more than one row, but for one aggregate of all rows in a scalar subquery.
fn is_easy(plan: &LogicalPlan, purpose: Use) -> Result<bool> {
    if outer_references(plan).is_empty() {
        return Ok(true);
    }
    let below = match purpose {
        Use::Scalar => match aggregate_of_all(plan) {
            Some(aggregate) => &aggregate.input,
            None => return Ok(false),
        },
        Use::Exists | Use::Lateral => plan,
    };
    Ok(is_flat(below)? && can_decorrelate(plan, purpose)?)
}

/// The aggregate of all rows that a subquery is, with nothing above it that would need to know of missing rows.
fn aggregate_of_all(plan: &LogicalPlan) -> Option<&Aggregate> {
    let mut node = plan;
    let mut plain = true;
    while let LogicalPlan::Projection(projection) = node {
        if projection.expr.iter().any(Expr::contains_outer) {
            return None;
        }
        plain &= projection.expr.iter().all(|expr| matches!(expr.clone().unalias(), Expr::Column(_)));
        node = &projection.input;
    }
    match node {
        // A value that is not NULL for no rows must not be computed from one that is missing.
        LogicalPlan::Aggregate(aggregate)
            if aggregate.group_expr.is_empty() && (plain || !aggregate.aggr_expr.iter().any(counts)) =>
        {
            Some(aggregate)
        }
        _ => None,
    }
}

/// Whether the aggregate of no rows is a value.
fn counts(call: &Expr) -> bool {
    match call {
        Expr::Alias(alias) => counts(&alias.expr),
        Expr::AggregateFunction(call) => !matches!(call.func.name(), "sum" | "avg" | "min" | "max"),
        _ => true,
    }
}

/// Whether outer columns stand in filters only, above nothing but joins and projections.
fn is_flat(plan: &LogicalPlan) -> Result<bool> {
    if outer_references(plan).is_empty() {
        return Ok(true);
    }
    let own = |expr: &Expr| -> Result<bool> { Ok(expr.contains_outer()) };
    match plan {
        LogicalPlan::Filter(filter) => {
            Ok(!super::subqueries::has_subquery(&filter.predicate)? && is_flat(&filter.input)?)
        }
        LogicalPlan::Projection(projection) => {
            for expr in &projection.expr {
                if own(expr)? || super::subqueries::has_subquery(expr)? {
                    return Ok(false);
                }
            }
            is_flat(&projection.input)
        }
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
            Ok(!join.filter.as_ref().is_some_and(Expr::contains_outer) && is_flat(&join.left)? && is_flat(&join.right)?)
        }
        _ => Ok(false),
    }
}

fn is_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found |= expr.is_volatile();
            Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

fn unsupported(why: &str) -> Error {
    Error::new(
        &UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY,
        format!("Unsupported subquery expression: the subquery refers to the query around it, and {why}"),
    )
    .subcondition("CORRELATED_COLUMN_IS_NOT_ALLOWED_IN_PREDICATE")
    .hint("write it as a join with a subquery in FROM")
}
