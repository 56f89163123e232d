//! GROUP BY: grouping sets, aggregates and what may stand beside them.
//!
//! Expressions over grouped rows are bound as if nothing were grouped, with columns in place of their aggregates
//! (`scope::Collected`). Once the aggregation is planned, what equals an expression of GROUP BY is replaced by its column;
//! an input column that is left over then is an error.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchemaRef, ExprSchema, ScalarValue};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::{
    Aggregate, Expr, Filter, GroupingSet as PlanGroupingSet, LogicalPlan, Projection, bitwise_and, bitwise_shift_right,
    cast, lit, when,
};

use crate::error::{
    Error, GROUPING_COLUMN_MISMATCH, GROUPING_ID_COLUMN_MISMATCH, MISSING_AGGREGATION, MISSING_GROUP_BY,
    QUERY_TOO_COMPLEX, Result, Span, UNSUPPORTED_GROUPING_EXPRESSION,
};
use crate::functions::collections::maps;
use crate::functions::{Typed, call_kernel, collations};
use crate::sql::ast::{Expression, GroupingElement, GroupingSet};
use crate::types::DataType;

use super::grouping::GroupedBy;
use super::meaning::Meaning;
use super::rows::Rows;
use super::scope::{CollectedCall, ExpressionScope, ScopeColumn};
use super::{Binder, collected_order, column_names, expressions, subqueries};

/// `grouping(a)`: 1 (TINYINT) if the column is aggregated away in this row.
pub fn grouping(
    binder: &Binder<'_>,
    argument: &Expression,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let bound = scope.inside_aggregate(|scope| expressions::bind(binder, argument, scope))?;
    let (grouping, id) = sets_in_sight(scope, span)?;
    let Some(position) = grouping.iter().position(|expr| Meaning::new(expr).is_of(&bound.expr)) else {
        return Err(Error::new(
            &GROUPING_COLUMN_MISMATCH,
            format!("Column of grouping ({}) can't be found in grouping columns", column_names::text_of(argument)),
        )
        .at(span));
    };
    let shift = (grouping.len() - 1 - position) as i64;
    let bit = bitwise_and(bitwise_shift_right(Expr::Column(id), lit(shift)), lit(1_i64));
    Ok(Typed { expr: cast(bit, DataType::Byte.to_arrow()), data_type: DataType::Byte, nullable: false })
}

/// `grouping_id(a, b)` and `grouping_id()`: the bits of `grouping` of each, the first one highest (BIGINT).
pub fn grouping_id(
    binder: &Binder<'_>,
    arguments: &[Expression],
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let bound = arguments
        .iter()
        .map(|argument| scope.inside_aggregate(|scope| expressions::bind(binder, argument, scope)))
        .collect::<Result<Vec<_>>>()?;
    let (grouping, id) = sets_in_sight(scope, span)?;
    let all = bound.len() == grouping.len() && bound.iter().zip(&grouping).all(|(a, b)| Meaning::new(b).is_of(&a.expr));
    if !bound.is_empty() && !all {
        let texts: Vec<String> = arguments.iter().map(column_names::text_of).collect();
        return Err(Error::new(
            &GROUPING_ID_COLUMN_MISMATCH,
            format!("Columns of grouping_id ({}) does not match grouping columns", texts.join(",")),
        )
        .at(span));
    }
    Ok(Typed { expr: Expr::Column(id), data_type: DataType::Long, nullable: false })
}

/// Hive's `grouping__id`: `grouping_id()`.
pub(super) fn all_grouping_bits(scope: &ExpressionScope<'_>, span: Span) -> Result<Typed> {
    let (_, id) = sets_in_sight(scope, span)?;
    Ok(Typed { expr: Expr::Column(id), data_type: DataType::Long, nullable: false })
}

/// The expressions of GROUP BY and the column of their bits.
fn sets_in_sight(scope: &ExpressionScope<'_>, span: Span) -> Result<(Vec<Expr>, Column)> {
    match &scope.collected.grouping {
        Some(super::scope::Grouping { expressions, id: Some(id) }) => Ok((expressions.clone(), id.clone())),
        _ => Err(Error::new(
            &UNSUPPORTED_GROUPING_EXPRESSION,
            "grouping()/grouping_id() can only be used with GroupingSets/Cube/Rollup",
        )
        .at(span)),
    }
}

/// An aggregation in the plan, and how expressions over its input become expressions over its output.
pub(super) struct Grouped {
    pub plan: LogicalPlan,
    replacements: Vec<(Expr, Expr)>,
    has_group_by: bool,
    /// What is aggregated away unless it is grouped by.
    input_schema: DFSchemaRef,
    /// Names of the input's columns, for errors.
    input: Vec<ScopeColumn>,
}

/// Plans the aggregation.
pub(super) fn build(
    binder: &Binder<'_>,
    input: Rows,
    grouped_by: Option<&GroupedBy>,
    aggregates: &[CollectedCall],
) -> Result<Grouped> {
    let mut below = Rows::pass_through(&input.plan);
    let input_schema = Arc::clone(input.plan.schema());
    let mut computed = false;
    let mut replacements = Vec::new();
    let mut keys: Vec<Column> = Vec::new();
    // What a key is shown as: collated strings are grouped by what they are compared by, and the first of each group
    // stands for all.
    let mut shown: Vec<Column> = Vec::new();
    let expressions = grouped_by.map_or(&[][..], |grouped| grouped.expressions.as_slice());
    for expression in expressions {
        let column = match &expression.expr {
            Expr::Column(column) if !maps::has_map(&expression.data_type) => column.clone(),
            other => {
                let unique = binder.unique("group");
                below.push(in_one_order(binder, expression, other).alias(unique.clone()));
                computed = true;
                Column::new_unqualified(unique)
            }
        };
        // A literal needs no column to be read from.
        if !matches!(expression.expr, Expr::Literal(..)) {
            replacements.push((expression.expr.clone(), Expr::Column(column.clone())));
        }
        if expression.data_type.is_collated() {
            let unique = binder.unique("key");
            below.push(collations::key(expression.clone(), binder.environment.context)?.expr.alias(unique.clone()));
            computed = true;
            keys.push(Column::new_unqualified(unique));
        } else {
            keys.push(column.clone());
        }
        shown.push(column);
    }
    let mut calls: Vec<Expr> = Vec::with_capacity(aggregates.len());
    // What HAVING and a subquery in it ask for alike is computed once.
    let mut places = Vec::with_capacity(aggregates.len());
    for aggregate in aggregates {
        let call = hoist_subqueries(binder, aggregate.call.clone(), &mut below)?;
        computed |= call != aggregate.call;
        let known = calls.iter().position(|known| *known == call);
        places.push(known.unwrap_or(calls.len()));
        if known.is_none() {
            calls.push(call);
        }
    }
    let plan = match computed {
        true => LogicalPlan::Projection(Projection::try_new(below, Arc::new(input.plan))?),
        false => input.plan,
    };
    let (plan, mut calls) = collected_order::keep(binder, plan, calls)?;
    let plan_input = Arc::clone(plan.schema());
    let sets = grouped_by.and_then(|grouped| grouped.sets.as_deref());
    let real_sets = sets.filter(|sets| !(sets.len() == 1 && sets[0].is_empty()));
    let group_expr: Vec<Expr> = match real_sets {
        Some(sets) => {
            let sets = sets.iter().map(|set| set.iter().map(|n| Expr::Column(keys[*n].clone())).collect()).collect();
            vec![Expr::GroupingSet(PlanGroupingSet::GroupingSets(sets))]
        }
        None if sets.is_some() => Vec::new(),
        None => keys.iter().cloned().map(Expr::Column).collect(),
    };
    // Grouping sets of no rows make no row in Spark, not even for the empty set.
    let must_have_rows = sets.is_some_and(|sets| sets.iter().any(Vec::is_empty));
    // An aggregation must compute something to make its one row.
    let rows = count_udaf().call(vec![lit(1_i64)]);
    let mut count_of_rows = calls.iter().position(|call| *call == rows);
    if count_of_rows.is_none() && (must_have_rows || (group_expr.is_empty() && calls.is_empty())) {
        count_of_rows = Some(calls.len());
        calls.push(rows);
    }
    let first_of_groups = calls.len();
    let mut collated: Vec<usize> = Vec::new();
    for (n, column) in shown.iter().enumerate().filter(|(n, column)| keys[*n] != **column) {
        calls.push(first_value_udaf().call(vec![Expr::Column(column.clone())]));
        collated.push(n);
    }
    // Names of calls do not show the casts of their arguments.
    let mut names = std::collections::HashSet::new();
    for call in &mut calls {
        if !names.insert(call.schema_name().to_string()) {
            *call = std::mem::take(call).alias(binder.unique("call"));
        }
    }
    let mut aggregate = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(plan), group_expr, calls)?);
    let mut outputs: Vec<Expr> = Vec::new();
    let columns = aggregate.schema().columns();
    // Columns that no set has are NULL in every row.
    let is_used = |n: &usize| sets.is_none_or(|sets| sets.iter().any(|set| set.contains(n)));
    let unused: Vec<usize> = (0..keys.len()).filter(|n| !is_used(n)).collect();
    let mut seen: Vec<&Column> = Vec::new();
    for key in (0..keys.len()).filter(is_used).map(|n| &keys[n]) {
        if !seen.contains(&key) {
            seen.push(key);
        }
    }
    let group_columns = seen.len();
    let first_call = group_columns + usize::from(real_sets.is_some());
    for column in &columns[..group_columns] {
        let key = Expr::Column(column.clone());
        let first = collated.iter().enumerate().find(|(_, n)| keys[**n] == *column);
        outputs.push(match first {
            Some((at, n)) => {
                let first = Expr::Column(columns[first_call + first_of_groups + at].clone());
                // A set without the key has the first of all its rows.
                let value = if sets.is_some() { when(key.is_not_null(), first).end()? } else { first };
                value.alias_qualified(shown[*n].relation.clone(), shown[*n].name.clone())
            }
            None => key,
        });
    }
    for key in unused.iter().map(|n| &shown[*n]).filter(|key| !columns[..group_columns].contains(key)) {
        let null = ScalarValue::try_from(plan_input.field_from_column(key)?.data_type())?;
        outputs.push(lit(null).alias_qualified(key.relation.clone(), key.name.clone()));
    }
    if let Some(id) = grouped_by.and_then(|grouped| grouped.id.as_ref()) {
        let mut value = match real_sets {
            Some(_) => {
                let all_bits = ((1_u64 << group_columns) - 1) as i64;
                let bits = cast(Expr::Column(columns[group_columns].clone()), DataType::Long.to_arrow());
                in_order_of_keys(bitwise_and(bits, lit(all_bits)), &keys, &columns[..group_columns])
            }
            None => lit(0_i64),
        };
        let never = unused.iter().fold(0_i64, |bits, n| bits | 1 << (keys.len() - 1 - n));
        if never != 0 {
            value = value + lit(never);
        }
        outputs.push(value.alias(id.name.clone()));
    }
    if let (true, Some(count)) = (must_have_rows, count_of_rows) {
        let some = Expr::Column(columns[first_call + count].clone()).gt(lit(0_i64));
        aggregate = LogicalPlan::Filter(Filter::try_new(some, Arc::new(aggregate))?);
    }
    for (place, call) in places.iter().zip(aggregates) {
        outputs.push(Expr::Column(columns[first_call + place].clone()).alias(call.column.name.clone()));
    }
    if outputs.is_empty() {
        outputs.push(Expr::Column(columns[first_call].clone()).alias(binder.unique("rows")));
    }
    let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(aggregate))?);
    Ok(Grouped { plan, replacements, has_group_by: grouped_by.is_some(), input_schema, input: input.columns })
}

/// What is grouped by: maps are the same whatever the order of their entries.
fn in_one_order(binder: &Binder<'_>, expression: &Typed, expr: &Expr) -> Expr {
    if !maps::has_map(&expression.data_type) {
        return expr.clone();
    }
    let (value, returns) = (expression.clone(), expression.data_type.clone());
    call_kernel(&maps::SORTED, vec![value], returns, expression.nullable, binder.environment.context).expr
}

/// DataFusion numbers the bits by the order in which columns first appear in the sets; Spark by that of GROUP BY.
fn in_order_of_keys(bits: Expr, keys: &[Column], theirs: &[Column]) -> Expr {
    if keys == theirs {
        return bits;
    }
    let (last, their_last) = (keys.len() - 1, theirs.len() - 1);
    let mut sum: Option<Expr> = None;
    for (position, key) in keys.iter().enumerate() {
        let Some(their_position) = theirs.iter().position(|column| column == key) else { continue };
        let bit = bitwise_and(bitwise_shift_right(bits.clone(), lit((their_last - their_position) as i64)), lit(1_i64));
        let shifted = bit * lit(1_i64 << (last - position));
        sum = Some(match sum {
            Some(sum) => sum + shifted,
            None => shifted,
        });
    }
    sum.unwrap_or(bits)
}

/// DataFusion takes no subqueries in aggregates: they are computed below.
pub(super) fn hoist_subqueries(binder: &Binder<'_>, call: Expr, below: &mut Vec<Expr>) -> Result<Expr> {
    if !subqueries::has_subquery(&call)? {
        return Ok(call);
    }
    Ok(call
        .transform_down(|node| match node {
            Expr::ScalarSubquery(_) => {
                let unique = binder.unique("subquery");
                below.push(node.alias(unique.clone()));
                Ok(Transformed::new(Expr::Column(Column::new_unqualified(unique)), true, TreeNodeRecursion::Jump))
            }
            other => Ok(Transformed::no(other)),
        })?
        .data)
}

impl Grouped {
    /// The expression over the aggregation's output.
    ///
    /// # Errors
    /// `MISSING_AGGREGATION` or `MISSING_GROUP_BY` if it needs a column that is aggregated away.
    pub fn rewrite(&self, expr: Expr, span: Span) -> Result<Expr> {
        let rewritten = replace(expr, &self.replacements)?;
        let mut missing: Option<Column> = None;
        rewritten.apply(|node| {
            let found = match node {
                Expr::Column(column) => self.is_missing(column).then(|| column.clone()),
                Expr::ScalarSubquery(subquery) => self.missing_outer(&subquery.outer_ref_columns),
                Expr::Exists(exists) => self.missing_outer(&exists.subquery.outer_ref_columns),
                Expr::InSubquery(in_subquery) => self.missing_outer(&in_subquery.subquery.outer_ref_columns),
                _ => None,
            };
            match found {
                Some(column) => {
                    missing = Some(column);
                    Ok(TreeNodeRecursion::Stop)
                }
                None => Ok(TreeNodeRecursion::Continue),
            }
        })?;
        match missing {
            Some(column) => Err(self.not_grouped(&column).at(span)),
            None => Ok(rewritten),
        }
    }

    /// For errors that do not know which column is missing.
    pub fn first_lost(&self) -> String {
        let lost = self.input.iter().find(|known| self.is_missing(&known.column));
        lost.map(|known| known.name.clone()).unwrap_or_default()
    }

    fn is_missing(&self, column: &Column) -> bool {
        self.input_schema.has_column(column) && !self.plan.schema().has_column(column)
    }

    fn missing_outer(&self, references: &[Expr]) -> Option<Column> {
        references.iter().find_map(|reference| match reference {
            Expr::OuterReferenceColumn(_, column) if self.is_missing(column) => Some(column.clone()),
            _ => None,
        })
    }

    fn not_grouped(&self, column: &Column) -> Error {
        if !self.has_group_by {
            return Error::new(
                &MISSING_GROUP_BY,
                "The query does not include a GROUP BY clause. Add GROUP BY or turn it into the window functions using \
                 OVER clauses",
            );
        }
        let name = self.input.iter().find(|known| known.column == *column).map_or(&column.name, |known| &known.name);
        Error::new(
            &MISSING_AGGREGATION,
            format!(
                "The non-aggregating expression \"{name}\" is based on columns which are not participating in the GROUP BY \
                 clause.\nAdd the columns or the expression to the GROUP BY, aggregate the expression, or use \
                 \"any_value({name})\" if you do not care which of the values within a group is returned."
            ),
        )
    }
}

/// Replaces every part of `expr` that means the same as the first of a pair by the second, the largest parts first.
pub(super) fn replace(expr: Expr, pairs: &[(Expr, Expr)]) -> Result<Expr> {
    if pairs.is_empty() {
        return Ok(expr);
    }
    let pairs: Vec<(Meaning<'_>, &Expr)> = pairs.iter().map(|(from, to)| (Meaning::new(from), to)).collect();
    Ok(expr
        .transform_down(|node| match pairs.iter().find(|(from, _)| from.is_of(&node)) {
            Some((_, to)) => Ok(Transformed::new((*to).clone(), true, TreeNodeRecursion::Jump)),
            None => Ok(Transformed::no(node)),
        })?
        .data)
}

/// The expression with constants in place of what is grouped by.
pub(super) fn without_groups(expr: Expr, groups: &[Expr]) -> Result<Expr> {
    let pairs: Vec<(Expr, Expr)> = groups.iter().map(|group| (group.clone(), lit(ScalarValue::Null))).collect();
    replace(expr, &pairs)
}

/// The most grouping sets a query may have.
const MAX_SETS: usize = 65_536;

/// The sets that an element stands for, as lists of expressions.
pub(super) fn sets_of(element: &GroupingElement, span: Span) -> Result<Vec<Vec<&Expression>>> {
    match element {
        GroupingElement::Expression(expression) => Ok(vec![vec![expression]]),
        GroupingElement::All => {
            Err(Error::unsupported("ALL beside other elements of GROUP BY", "list the columns").at(span))
        }
        GroupingElement::Rollup(parts) => {
            Ok((0..=parts.len()).rev().map(|n| parts[..n].iter().flatten().collect()).collect())
        }
        GroupingElement::Cube(parts) => {
            if parts.len() > 16 {
                return Err(too_many(span));
            }
            let subsets = (0..1_usize << parts.len()).rev();
            Ok(subsets
                .map(|subset| {
                    let chosen = parts.iter().enumerate().filter(|(n, _)| subset >> (parts.len() - 1 - n) & 1 == 1);
                    chosen.flat_map(|(_, part)| part).collect()
                })
                .collect())
        }
        GroupingElement::GroupingSets(sets) => {
            let mut all = Vec::new();
            for set in sets {
                match set {
                    GroupingSet::Set(expressions) => all.push(expressions.iter().collect()),
                    GroupingSet::Nested(element) => all.extend(sets_of(element, span)?),
                }
            }
            Ok(all)
        }
    }
}

/// Every set of one with every set of the other.
pub(super) fn product<'e>(
    left: &[Vec<&'e Expression>],
    right: &[Vec<&'e Expression>],
    span: Span,
) -> Result<Vec<Vec<&'e Expression>>> {
    if left.len().saturating_mul(right.len()) > MAX_SETS {
        return Err(too_many(span));
    }
    Ok(left.iter().flat_map(|a| right.iter().map(move |b| a.iter().chain(b).copied().collect())).collect())
}

fn too_many(span: Span) -> Error {
    Error::new(&QUERY_TOO_COMPLEX, format!("GROUP BY has more than {MAX_SETS} grouping sets")).at(span)
}
