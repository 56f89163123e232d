//! What GROUP BY lists: expressions, positions, names of the SELECT list, ALL, sets.

use datafusion::common::Column;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::Expr;

use crate::error::{
    Error, GROUP_BY_AGGREGATE, GROUP_BY_POS_AGGREGATE, GROUP_BY_POS_OUT_OF_RANGE, Result, STAR_GROUP_BY_POS, Span,
    UNRESOLVED_ALL_IN_GROUP_BY, UNRESOLVED_COLUMN, UNSUPPORTED_FEATURE,
};
use crate::functions::Typed;
use crate::sql::ast::{self, Expression, ExpressionKind, GroupingElement, Identifier};

use super::aggregates::{product, sets_of};
use super::meaning::Meaning;
use super::scope::{Collected, ExpressionScope, Grouping, NamedValue, Place, Scope};
use super::select::{Item, ItemSource};
use super::sorting::whole_number;
use super::{Binder, column_names, expressions, ordering};

/// GROUP BY, bound.
#[derive(Debug)]
pub(super) struct GroupedBy {
    /// Without duplicates.
    pub expressions: Vec<Typed>,
    /// For grouping sets: positions in `expressions`.
    pub sets: Option<Vec<Vec<usize>>>,
    /// For grouping sets: the column that holds their bits.
    pub id: Option<Column>,
}

impl GroupedBy {
    /// What `grouping()` needs to know.
    pub fn info(&self) -> Grouping {
        Grouping {
            expressions: self.expressions.iter().map(|expression| expression.expr.clone()).collect(),
            id: self.id.clone(),
        }
    }
}

/// Whether GROUP BY has grouping sets in any form.
pub(super) fn has_sets(group_by: &ast::GroupBy) -> bool {
    let plain = |element: &GroupingElement| matches!(element, GroupingElement::Expression(_) | GroupingElement::All);
    !group_by.elements.iter().all(plain)
}

/// Binds GROUP BY.
pub(super) fn bind(
    binder: &Binder<'_>,
    group_by: &ast::GroupBy,
    items: &[Item<'_>],
    scope: &Scope<'_>,
) -> Result<GroupedBy> {
    if let [GroupingElement::All] = group_by.elements.as_slice()
        && !scope.columns.iter().any(|column| column.name.eq_ignore_ascii_case("all"))
        && !items.iter().any(|item| item.aliased && item.name.eq_ignore_ascii_case("all"))
    {
        return all(binder, items, scope, group_by.span);
    }
    let column_named_all;
    let mut elements: Vec<&GroupingElement> = group_by.elements.iter().collect();
    if let [GroupingElement::All] = group_by.elements.as_slice() {
        let name = Identifier::new("all", group_by.span);
        column_named_all =
            GroupingElement::Expression(Expression { kind: ExpressionKind::Column(vec![name]), span: group_by.span });
        elements = vec![&column_named_all];
    }
    let mut sets: Vec<Vec<&Expression>> = vec![Vec::new()];
    for element in &elements {
        sets = product(&sets, &sets_of(element, group_by.span)?, group_by.span)?;
    }
    let has_sets = elements.iter().any(|element| !matches!(element, GroupingElement::Expression(_)));
    let mut grouped = GroupedBy { expressions: Vec::new(), sets: None, id: None };
    let mut known: Vec<(&Expression, usize)> = Vec::new();
    let mut numbered: Vec<Vec<usize>> = Vec::with_capacity(sets.len());
    for expression in &group_by.order {
        let value = element(binder, expression, items, scope)?;
        if !grouped.expressions.iter().any(|other| Meaning::new(&other.expr).is_of(&value.expr)) {
            grouped.expressions.push(value);
        }
    }
    // Every expression stands in the first set that has it in the order it was typed.
    for set in &sets {
        let mut positions: Vec<usize> = Vec::with_capacity(set.len());
        for expression in set {
            let position = match known.iter().find(|(other, _)| std::ptr::eq(*other, *expression)) {
                Some((_, position)) => *position,
                None => {
                    let value = element(binder, expression, items, scope)?;
                    let same =
                        grouped.expressions.iter().position(|other| Meaning::new(&other.expr).is_of(&value.expr));
                    let position = same.unwrap_or(grouped.expressions.len());
                    if same.is_none() {
                        grouped.expressions.push(value);
                    }
                    known.push((expression, position));
                    position
                }
            };
            if !positions.contains(&position) {
                positions.push(position);
            }
        }
        numbered.push(positions);
    }
    if has_sets {
        if grouped.expressions.len() > 62 {
            return Err(Error::unsupported("more than 62 expressions in grouping sets", "group in several queries")
                .at(group_by.span));
        }
        grouped.sets = Some(numbered);
        grouped.id = Some(Column::new_unqualified(binder.unique("grouping_id")));
    }
    Ok(grouped)
}

/// One expression: a position, an expression over the input, or one with names of the SELECT list.
fn element(binder: &Binder<'_>, expression: &Expression, items: &[Item<'_>], scope: &Scope<'_>) -> Result<Typed> {
    let value = unchecked(binder, expression, items, scope)?;
    ordering::grouped(&value.data_type, &column_names::text_of(expression), expression.span)?;
    Ok(value)
}

fn unchecked(binder: &Binder<'_>, expression: &Expression, items: &[Item<'_>], scope: &Scope<'_>) -> Result<Typed> {
    let settings = binder.environment.settings;
    if settings.group_by_ordinal
        && let Some(position) = whole_number(expression)
    {
        return by_position(binder, position, expression.span, items, scope);
    }
    let error = match bind_in(binder, expression, scope, Place::GroupBy) {
        Ok(value) => return Ok(value),
        Err(error) if error.is(&UNRESOLVED_COLUMN) && settings.group_by_aliases => error,
        Err(error) => return Err(error),
    };
    let mut with_aliases = Scope { parent: scope.parent, windows: scope.windows, ..Scope::default() };
    with_aliases.columns.clone_from(&scope.columns);
    for item in items {
        let (ItemSource::Expression(source), true) = (&item.source, item.aliased) else { continue };
        match bind_in(binder, source, &with_aliases, Place::GroupBy) {
            Ok(_)
                if is_name(expression, &item.name)
                    && bind_in(binder, source, scope, Place::GroupBy)
                        .is_err_and(|problem| problem.is(&UNRESOLVED_COLUMN)) =>
            {
                return Err(lateral_alias(expression.span));
            }
            Ok(value) => with_aliases.aliases.push(NamedValue { name: item.name.clone(), value }),
            Err(problem) if problem.is(&GROUP_BY_AGGREGATE) && is_name(expression, &item.name) => {
                return Err(problem);
            }
            // It may be an alias that GROUP BY does not mention.
            Err(_) => {}
        }
    }
    bind_in(binder, expression, &with_aliases, Place::GroupBy).map_err(|_| error)
}

/// GROUP BY a name whose expression uses names further left.
fn lateral_alias(span: Span) -> Error {
    Error::new(
        &UNSUPPORTED_FEATURE,
        "The feature is not supported: Referencing a lateral column alias via GROUP BY alias/ALL is not supported yet",
    )
    .subcondition("LATERAL_COLUMN_ALIAS_IN_GROUP_BY")
    .at(span)
}

fn is_name(expression: &Expression, name: &str) -> bool {
    matches!(&expression.kind, ExpressionKind::Column(parts) if parts.len() == 1 && parts[0].is(name))
}

fn bind_in(binder: &Binder<'_>, expression: &Expression, scope: &Scope<'_>, place: Place) -> Result<Typed> {
    let mut collected = Collected::new(binder);
    let mut scope = ExpressionScope::new(scope, place, &mut collected);
    expressions::bind(binder, expression, &mut scope)
}

fn by_position(binder: &Binder<'_>, position: i64, span: Span, items: &[Item<'_>], scope: &Scope<'_>) -> Result<Typed> {
    let found = usize::try_from(position).ok().and_then(|position| items.get(position.checked_sub(1)?));
    let Some(item) = found else { return Err(out_of_range(position, items.len(), span)) };
    if items.iter().any(|item| !matches!(item.source, ItemSource::Expression(_))) {
        return Err(Error::new(
            &STAR_GROUP_BY_POS,
            "Star (*) is not allowed in a select list when GROUP BY an ordinal position is used",
        )
        .at(span));
    }
    match &item.source {
        ItemSource::Column(column) => Ok(column.typed()),
        ItemSource::Value(value) => Ok(value.clone()),
        ItemSource::Expression(source) => {
            bind_in(binder, source, scope, Place::GroupBy).map_err(|error| match error.is(&GROUP_BY_AGGREGATE) {
                true => Error::new(
                    &GROUP_BY_POS_AGGREGATE,
                    format!(
                        "GROUP BY {position} refers to an expression {} that contains an aggregate function. Aggregate \
                         functions are not allowed in GROUP BY",
                        item.name
                    ),
                )
                .at(span),
                false => error,
            })
        }
    }
}

/// No item has that position.
pub(super) fn out_of_range(position: i64, items: usize, span: Span) -> Error {
    Error::new(
        &GROUP_BY_POS_OUT_OF_RANGE,
        format!("GROUP BY position {position} is not in select list (valid range is [1, {items}])"),
    )
    .at(span)
}

/// Grouping by all of some items.
pub(super) fn of_items(binder: &Binder<'_>, items: &[Item<'_>], scope: &Scope<'_>) -> Result<GroupedBy> {
    let mut grouped = GroupedBy { expressions: Vec::new(), sets: None, id: None };
    for item in items {
        let value = match &item.source {
            ItemSource::Column(column) => column.typed(),
            ItemSource::Value(value) => value.clone(),
            ItemSource::Expression(source) => bind_in(binder, source, scope, Place::GroupBy)?,
        };
        if !grouped.expressions.iter().any(|known| known.expr == value.expr) {
            grouped.expressions.push(value);
        }
    }
    Ok(grouped)
}

/// Whether a subquery in it refers to columns of this query.
fn is_correlated(expr: &Expr) -> Result<bool> {
    Ok(expr
        .exists(|node| Ok(matches!(node, Expr::ScalarSubquery(subquery) if !subquery.outer_ref_columns.is_empty())))?)
}

/// `GROUP BY ALL`: every item of the SELECT list without aggregates.
fn all(binder: &Binder<'_>, items: &[Item<'_>], scope: &Scope<'_>, span: Span) -> Result<GroupedBy> {
    let mut grouped = GroupedBy { expressions: Vec::new(), sets: None, id: None };
    let (mut plain, mut mixed) = (false, false);
    let mut with_aliases = Scope { parent: scope.parent, windows: scope.windows, ..Scope::default() };
    with_aliases.columns.clone_from(&scope.columns);
    for item in items {
        let value = match &item.source {
            ItemSource::Column(column) => column.typed(),
            ItemSource::Value(value) => value.clone(),
            ItemSource::Expression(source) => {
                let mut collected = Collected::new(binder);
                let value = {
                    let mut scope = ExpressionScope::new(&with_aliases, Place::Select, &mut collected);
                    expressions::bind(binder, source, &mut scope)?
                };
                if item.aliased {
                    with_aliases.aliases.push(NamedValue { name: item.name.clone(), value: value.clone() });
                }
                if !collected.aggregates.is_empty() {
                    let own = |column: &Column| scope.columns.iter().any(|known| known.column == *column);
                    mixed |= value.expr.column_refs().into_iter().any(own) || is_correlated(&value.expr)?;
                    continue;
                }
                let uses_alias = !with_aliases.aliases.is_empty()
                    && bind_in(binder, source, scope, Place::Select)
                        .is_err_and(|problem| problem.is(&UNRESOLVED_COLUMN));
                if uses_alias {
                    return Err(lateral_alias(item.span));
                }
                value
            }
        };
        ordering::grouped(&value.data_type, &item.name, span)?;
        plain = true;
        if matches!(value.expr, Expr::Literal(..)) {
            continue;
        }
        if !grouped.expressions.iter().any(|known| known.expr == value.expr) {
            grouped.expressions.push(value);
        }
    }
    if items.is_empty() || (mixed && !plain) {
        return Err(Error::new(
            &UNRESOLVED_ALL_IN_GROUP_BY,
            "Cannot infer grouping columns for GROUP BY ALL based on the select clause. Please explicitly specify the \
             grouping columns",
        )
        .at(span));
    }
    Ok(grouped)
}
