//! The parts of an expression, to be changed in place. It knows the tree only.

use crate::sql::ast::{Expression, ExpressionKind, FunctionCall, WindowReference};

/// The expressions right below one, those of subqueries left out.
pub(in crate::binder) fn children(expression: &mut Expression) -> Vec<&mut Expression> {
    match &mut expression.kind {
        ExpressionKind::Literal(_)
        | ExpressionKind::Column(_)
        | ExpressionKind::Star { .. }
        | ExpressionKind::Parameter(_)
        | ExpressionKind::Exists(_)
        | ExpressionKind::Subquery(_) => Vec::new(),
        ExpressionKind::Unary { operand, .. }
        | ExpressionKind::Is { operand, .. }
        | ExpressionKind::InSubquery { operand, .. }
        | ExpressionKind::Cast { operand, .. }
        | ExpressionKind::Field { operand, .. }
        | ExpressionKind::Path { operand, .. }
        | ExpressionKind::Collate { operand, .. } => vec![operand],
        ExpressionKind::Extract { source, .. } => vec![source],
        ExpressionKind::Lambda { body, .. } => vec![body],
        ExpressionKind::Binary { left, right, .. } | ExpressionKind::IsDistinctFrom { left, right, .. } => {
            vec![left, right]
        }
        ExpressionKind::Between { operand, low, high, .. } => vec![operand, low, high],
        ExpressionKind::InList { operand, list, .. } => {
            std::iter::once(operand.as_mut()).chain(list.iter_mut()).collect()
        }
        ExpressionKind::Like { operand, patterns, .. } => {
            std::iter::once(operand.as_mut()).chain(patterns.iter_mut()).collect()
        }
        ExpressionKind::Case { operand, branches, otherwise } => operand
            .as_deref_mut()
            .into_iter()
            .chain(branches.iter_mut().flat_map(|(condition, value)| [condition, value]))
            .chain(otherwise.as_deref_mut())
            .collect(),
        ExpressionKind::Trim { characters, source, .. } => {
            characters.as_deref_mut().into_iter().chain([source.as_mut()]).collect()
        }
        ExpressionKind::Function(call) => {
            let FunctionCall { arguments, filter, within_group, order_by, over, .. } = call.as_mut();
            let arguments = arguments.iter_mut().map(|argument| &mut argument.value);
            let order = within_group.iter_mut().chain(order_by).map(|item| &mut item.expression);
            let window: Vec<&mut Expression> = match over {
                Some(WindowReference::Inline(window)) => {
                    let order = window.order_by.iter_mut().map(|item| &mut item.expression);
                    window.partition_by.iter_mut().chain(order).collect()
                }
                Some(WindowReference::Named(_)) | None => Vec::new(),
            };
            arguments.chain(filter.as_mut()).chain(order).chain(window).collect()
        }
        ExpressionKind::Index { operand, index } => vec![operand, index],
        ExpressionKind::Row(items) => items.iter_mut().collect(),
    }
}
