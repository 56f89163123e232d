//! What a column is called that has no alias, as PostgreSQL calls it: tools read results by these names.

use crate::sql::ast::{Alias, Expression, ExpressionKind, Literal, QueryBody, TrimSide};
use crate::types::postgres::short_name;

/// What PostgreSQL calls a column that nothing gives a name.
const NAMELESS: &str = "?column?";

/// The name of an item of a SELECT list.
pub(in crate::binder) fn name_of(expression: &Expression) -> String {
    found(expression).map_or_else(|| NAMELESS.to_owned(), |(name, _)| name)
}

/// A name, and whether it says what the column is: the name of a type gives way to others.
fn found(expression: &Expression) -> Option<(String, bool)> {
    let strong = |name: &str| Some((name.to_owned(), true));
    match &expression.kind {
        ExpressionKind::Column(parts) => parts.last().and_then(|part| strong(&part.value)),
        ExpressionKind::Field { field, .. } => strong(&field.value),
        ExpressionKind::Index { operand, .. } => found(operand),
        ExpressionKind::Function(call) => match call.name.last().value.as_str() {
            "[:]" => call.arguments.first().and_then(|argument| found(&argument.value)),
            "precision" => call.arguments.first().and_then(|argument| found(&argument.value)),
            "grouping_id" => strong("grouping"),
            "trim" => strong("btrim"),
            "similar to" => None,
            name if name.starts_with(|c: char| c.is_alphabetic() || c == '_') => strong(name),
            _ => None,
        },
        ExpressionKind::Extract { .. } => strong("extract"),
        ExpressionKind::Trim { side, .. } => strong(match side {
            TrimSide::Both => "btrim",
            TrimSide::Leading => "ltrim",
            TrimSide::Trailing => "rtrim",
        }),
        ExpressionKind::Cast { operand, data_type, .. } => {
            found(operand).filter(|(_, strong)| *strong).or_else(|| Some((short_name(data_type).to_owned(), false)))
        }
        ExpressionKind::Collate { operand, .. } => found(operand),
        ExpressionKind::Case { otherwise, .. } => otherwise
            .as_deref()
            .and_then(found)
            .filter(|(_, strong)| *strong)
            .or_else(|| Some(("case".to_owned(), false))),
        ExpressionKind::Literal(Literal::Interval(_)) => Some(("interval".to_owned(), false)),
        ExpressionKind::Exists(_) => strong("exists"),
        ExpressionKind::Row(_) => strong("row"),
        ExpressionKind::Subquery(query) => of_query(&query.body),
        ExpressionKind::Literal(_)
        | ExpressionKind::Star { .. }
        | ExpressionKind::Parameter(_)
        | ExpressionKind::Unary { .. }
        | ExpressionKind::Binary { .. }
        | ExpressionKind::Is { .. }
        | ExpressionKind::IsDistinctFrom { .. }
        | ExpressionKind::Between { .. }
        | ExpressionKind::InList { .. }
        | ExpressionKind::InSubquery { .. }
        | ExpressionKind::Like { .. }
        | ExpressionKind::Path { .. }
        | ExpressionKind::Lambda { .. } => None,
    }
}

/// A query that stands for a value is called as its column is.
fn of_query(body: &QueryBody) -> Option<(String, bool)> {
    match body {
        QueryBody::Select(select) => {
            let item = select.items.first()?;
            match &item.alias {
                Some(Alias::One(name)) => Some((name.value.clone(), true)),
                Some(Alias::Many(_)) | None => found(&item.expression),
            }
        }
        QueryBody::SetOperation { left, .. } => of_query(left),
        QueryBody::Query(query) => of_query(&query.body),
        QueryBody::Values(_) => Some(("column1".to_owned(), true)),
        QueryBody::Table(_) | QueryBody::Pipe { .. } | QueryBody::Transform(_) => None,
    }
}
