//! `ARRAY(SELECT f(x) FROM unnest(a) AS x)`: each element of an array made into another.

use crate::sql::ast::{Expression, ExpressionKind, FromKind, Identifier, Query, QueryBody};
use crate::sql::parse::primary::plain_call;

/// The query as a call of `transform`, if it only looks at the elements of an array: it may then be an array of the query
/// around.
pub(super) fn of_elements(query: &Query) -> Option<ExpressionKind> {
    let plain = query.with.is_none() && query.order_by.is_empty() && query.limit.is_none() && query.offset.is_none();
    let QueryBody::Select(select) = &query.body else { return None };
    let ([item], [source]) = (select.items.as_slice(), select.from.as_slice()) else { return None };
    let simple = !select.distinct
        && select.lateral_views.is_empty()
        && select.selection.is_none()
        && select.group_by.is_none()
        && select.having.is_none();
    if !plain || !simple || matches!(item.expression.kind, ExpressionKind::Star { .. }) {
        return None;
    }
    let FromKind::Function { name, arguments, ordinality: false, alias: Some(alias), .. } = &source.kind else {
        return None;
    };
    let [array] = arguments.as_slice() else { return None };
    if !name.last().is("unnest") || !name.parts[..name.parts.len() - 1].iter().all(|schema| schema.is("pg_catalog")) {
        return None;
    }
    let element: &Identifier = match alias.columns.as_slice() {
        [] => alias.name.as_ref()?,
        [column] => column,
        _ => return None,
    };
    let span = query.span;
    let body = Box::new(item.expression.clone());
    let lambda = Expression { kind: ExpressionKind::Lambda { parameters: vec![element.clone()], body }, span };
    let made = Expression { kind: plain_call("transform", [array.value.clone(), lambda], span), span };
    let empty = Expression { kind: plain_call("array", [], span), span };
    Some(plain_call("coalesce", [made, empty], span))
}
