//! What a column is called that has no alias: the expression as Spark prints it, with short names of columns and
//! literals without quotes. It looks at the tree, and asks a scope only which part of a name is a qualifier.

mod calls;
mod children;
mod lambdas;
mod qualifiers;

use itertools::Itertools;

use crate::sql::ast::{
    BinaryOperator, CastStyle, Expression, ExpressionKind, LikeOperator, Literal, Quantifier, Test, TrimSide,
    UnaryOperator,
};
use crate::types::{DataType, quote_if_needed};

use super::scope::ExpressionScope;
use super::{Binder, literals, postgres};

use self::calls::function;
pub use self::calls::{CAST_FUNCTIONS, sort_item};
pub(in crate::binder) use self::children::children;
use self::lambdas::lambda;
use self::qualifiers::without_qualifiers;

/// The name of an item of a SELECT list.
pub fn name_of(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Column(parts) => parts.last().map_or_else(String::new, |part| part.value.clone()),
        ExpressionKind::Path { field: Some(field), .. } => field.clone(),
        ExpressionKind::Cast { operand, .. } if matches!(operand.kind, ExpressionKind::Path { field: Some(_), .. }) => {
            name_of(operand)
        }
        // A cast keeps the name of a column.
        ExpressionKind::Cast { operand, .. } if matches!(&operand.kind, ExpressionKind::Column(parts) if parts.len() == 1) => {
            name_of(operand)
        }
        _ => text_of(expression),
    }
}

/// The name of an item of a SELECT list whose columns may be qualified: qualifiers are not shown, fields are.
pub fn name_in(expression: &Expression, scope: &ExpressionScope<'_>) -> String {
    match &expression.kind {
        ExpressionKind::Column(_) => name_of(expression),
        _ => name_of(&without_qualifiers(expression, scope)),
    }
}

/// The name of an item of a SELECT list, in the dialect that is spoken.
pub(super) fn item_name(binder: &Binder<'_>, expression: &Expression, scope: &ExpressionScope<'_>) -> String {
    if binder.is_postgres() { postgres::column_name(expression) } else { name_in(expression, scope) }
}

/// [`text_of`] with the qualifiers of columns left out.
pub fn text_in(expression: &Expression, scope: &ExpressionScope<'_>) -> String {
    text_of(&without_qualifiers(expression, scope))
}

/// The expression as a part of a name or of a message.
pub fn text_of(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Literal(literal) => literals::text_of(literal, false),
        ExpressionKind::Column(parts) => parts.iter().map(|part| part.value.as_str()).join("."),
        ExpressionKind::Star { qualifier, .. } => {
            qualifier.iter().map(|part| part.value.as_str()).chain(["*"]).join(".")
        }
        ExpressionKind::Parameter(name) => name.as_ref().map_or("?".to_owned(), |name| format!(":{}", name.value)),
        ExpressionKind::Unary { operator, operand } => unary(*operator, operand),
        ExpressionKind::Binary { left, operator, right } => binary(left, *operator, right),
        ExpressionKind::Is { operand, test, negated } => is(&text_of(operand), *test, *negated),
        ExpressionKind::IsDistinctFrom { left, right, negated } => {
            negate(format!("({} <=> {})", text_of(left), text_of(right)), !negated)
        }
        ExpressionKind::Between { operand, low, high, negated } => {
            negate(format!("between({}, {}, {})", text_of(operand), text_of(low), text_of(high)), *negated)
        }
        ExpressionKind::InList { operand, list, negated } => {
            negate(format!("({} IN ({}))", text_of(operand), list.iter().map(text_of).join(", ")), *negated)
        }
        ExpressionKind::InSubquery { operand, negated, .. } => {
            negate(format!("({} IN (listquery()))", text_of(operand)), *negated)
        }
        ExpressionKind::Exists(_) => "exists()".to_owned(),
        ExpressionKind::Subquery(_) => "scalarsubquery()".to_owned(),
        ExpressionKind::Like { operand, operator, patterns, quantifier, escape, negated } => {
            like(&text_of(operand), *operator, patterns, *quantifier, escape.as_deref(), *negated)
        }
        ExpressionKind::Case { operand, branches, otherwise } => {
            case(operand.as_deref(), branches, otherwise.as_deref())
        }
        ExpressionKind::Cast { operand, data_type, style } => cast(operand, data_type, *style),
        ExpressionKind::Extract { field, source } => format!("extract({} FROM {})", field.value, text_of(source)),
        ExpressionKind::Trim { side, characters, source } => trim(*side, characters.as_deref(), source),
        ExpressionKind::Function(call) => function(call),
        ExpressionKind::Field { operand, field } => format!("{}.{}", text_of(operand), quote_if_needed(&field.value)),
        ExpressionKind::Path { operand, path, field: None } => format!("variant_get({}, {path})", text_of(operand)),
        ExpressionKind::Path { operand, path, field: Some(field) } => {
            format!("variant_get({}, {path}) AS {}", text_of(operand), quote_if_needed(field))
        }
        ExpressionKind::Index { operand, index } => format!("{}[{}]", text_of(operand), text_of(index)),
        ExpressionKind::Row(items) => {
            let parts = items.iter().enumerate().map(|(n, item)| format!("{}, {}", row_field(item, n), text_of(item)));
            format!("named_struct({})", parts.format(", "))
        }
        ExpressionKind::Lambda { parameters, body } => {
            let names = parameters.iter().map(|parameter| parameter.value.as_str()).collect::<Vec<_>>();
            lambda(&names, body)
        }
        ExpressionKind::Collate { operand, collation } => {
            format!("collate({}, {})", text_of(operand), collation.last().value)
        }
    }
}

/// The name of a field that a row, or `struct(…)`, makes of an item; `n` counts from 0.
pub fn row_field(item: &Expression, n: usize) -> String {
    match &item.kind {
        ExpressionKind::Column(parts) => parts.last().map_or_else(String::new, |part| part.value.clone()),
        ExpressionKind::Field { field, .. } => field.value.clone(),
        _ => format!("col{}", n + 1),
    }
}

fn negate(text: String, negated: bool) -> String {
    if negated { format!("(NOT {text})") } else { text }
}

/// Whether the minus belongs to the number: no parentheses stand between them.
pub fn is_negative_literal(operator: UnaryOperator, operand: &Expression) -> bool {
    let ExpressionKind::Literal(literal) = &operand.kind else { return false };
    let longest = match literal {
        Literal::Integer(digits)
        | Literal::Decimal(digits)
        | Literal::Double(digits)
        | Literal::Float(digits)
        | Literal::Byte(digits)
        | Literal::Short(digits)
        | Literal::Long(digits) => digits.len() + 1,
        Literal::BigDecimal(digits) => digits.len() + 2,
        Literal::Null
        | Literal::Boolean(_)
        | Literal::String(_)
        | Literal::Binary(_)
        | Literal::Typed { .. }
        | Literal::Interval(_) => return false,
    };
    // A literal in parentheses has their span; its suffix alone is shorter than they are.
    operator == UnaryOperator::Minus && operand.span.end - operand.span.start <= longest
}

fn unary(operator: UnaryOperator, operand: &Expression) -> String {
    if is_negative_literal(operator, operand)
        && let ExpressionKind::Literal(literal) = &operand.kind
    {
        return literals::text_of(literal, true);
    }
    let text = text_of(operand);
    match operator {
        UnaryOperator::Not => format!("(NOT {text})"),
        UnaryOperator::Minus => format!("(- {text})"),
        UnaryOperator::Plus => format!("(+ {text})"),
        UnaryOperator::BitNot => format!("~{text}"),
    }
}

fn binary(left: &Expression, operator: BinaryOperator, right: &Expression) -> String {
    // A chain leans to the left; it is walked rather than descended into.
    let mut chain = vec![(operator, right)];
    let mut leftmost = left;
    while let ExpressionKind::Binary { left, operator, right } = &leftmost.kind {
        chain.push((*operator, right));
        leftmost = left;
    }
    let mut text = text_of(leftmost);
    for (operator, right) in chain.into_iter().rev() {
        let right = text_of(right);
        text = match operator {
            BinaryOperator::NotEq => format!("(NOT ({text} = {right}))"),
            BinaryOperator::Concat => format!("concat({text}, {right})"),
            operator => format!("({text} {} {right})", operator.symbol()),
        };
    }
    text
}

fn is(operand: &str, test: Test, negated: bool) -> String {
    match (test, negated) {
        (Test::Null | Test::Unknown, false) => format!("({operand} IS NULL)"),
        (Test::Null | Test::Unknown, true) => format!("({operand} IS NOT NULL)"),
        (Test::True, negated) => negate(format!("({operand} <=> true)"), negated),
        (Test::False, negated) => negate(format!("({operand} <=> false)"), negated),
    }
}

fn like(
    operand: &str,
    operator: LikeOperator,
    patterns: &[Expression],
    quantifier: Option<Quantifier>,
    escape: Option<&Expression>,
    negated: bool,
) -> String {
    if let Some(quantifier) = quantifier {
        let operand = if operator == LikeOperator::ILike { format!("lower({operand})") } else { operand.to_owned() };
        let name = match quantifier {
            Quantifier::Any => "likeany",
            Quantifier::All => "likeall",
        };
        return format!("{}{name}({operand})", if negated { "not" } else { "" });
    }
    let pattern = patterns.first().map(text_of).unwrap_or_default();
    let escape = escape.map(text_of).filter(|escape| escape != "\\");
    negate(
        match (operator, escape) {
            (LikeOperator::Like, None) => format!("{operand} LIKE {pattern}"),
            (LikeOperator::Like, Some(escape)) => format!("{operand} LIKE {pattern} ESCAPE '{escape}'"),
            (LikeOperator::ILike, _) => format!("ilike({operand}, {pattern})"),
            (LikeOperator::RLike, _) => format!("RLIKE({operand}, {pattern})"),
        },
        negated,
    )
}

fn case(operand: Option<&Expression>, branches: &[(Expression, Expression)], otherwise: Option<&Expression>) -> String {
    let mut text = "CASE".to_owned();
    for (condition, value) in branches {
        let condition = match operand {
            Some(operand) => format!("({} = {})", text_of(operand), text_of(condition)),
            None => text_of(condition),
        };
        text.push_str(&format!(" WHEN {condition} THEN {}", text_of(value)));
    }
    if let Some(otherwise) = otherwise {
        text.push_str(&format!(" ELSE {}", text_of(otherwise)));
    }
    text.push_str(" END");
    text
}

fn cast(operand: &Expression, data_type: &DataType, style: CastStyle) -> String {
    let name = match style {
        CastStyle::Cast | CastStyle::DoubleColon => "CAST",
        CastStyle::TryCast => "TRY_CAST",
    };
    match data_type {
        DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => text_of(operand),
        data_type if data_type.is_string() => format!("{name}({} AS STRING)", text_of(operand)),
        data_type => format!("{name}({} AS {data_type})", text_of(operand)),
    }
}

fn trim(side: TrimSide, characters: Option<&Expression>, source: &Expression) -> String {
    let source = text_of(source);
    match (side, characters.map(text_of)) {
        (TrimSide::Both, None) => format!("trim({source})"),
        (TrimSide::Leading, None) => format!("ltrim({source})"),
        (TrimSide::Trailing, None) => format!("rtrim({source})"),
        (TrimSide::Both, Some(characters)) => format!("TRIM(BOTH {characters} FROM {source})"),
        (TrimSide::Leading, Some(characters)) => format!("TRIM(LEADING {characters} FROM {source})"),
        (TrimSide::Trailing, Some(characters)) => format!("TRIM(TRAILING {characters} FROM {source})"),
    }
}
