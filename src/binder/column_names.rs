//! What a column is called that has no alias: the expression as Spark prints it, with short names of columns and
//! literals without quotes. It looks at the tree, and asks a scope only which part of a name is a qualifier.

use std::borrow::Cow;

use itertools::Itertools;

use crate::functions::lambdas::Kind;
use crate::sql::ast::{
    Argument, BinaryOperator, CastStyle, Expression, ExpressionKind, FrameBound, FrameUnit, FunctionCall, Identifier,
    LikeOperator, Literal, Quantifier, SortItem, Test, TrimSide, UnaryOperator, WindowReference, WindowSpecification,
};
use crate::types::{DataType, quote_if_needed};

use super::scope::ExpressionScope;
use super::{literals, windows};

/// The name of an item of a SELECT list.
pub fn name_of(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Column(parts) => parts.last().map_or_else(String::new, |part| part.value.clone()),
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

/// [`text_of`] with the qualifiers of columns left out.
pub fn text_in(expression: &Expression, scope: &ExpressionScope<'_>) -> String {
    text_of(&without_qualifiers(expression, scope))
}

fn without_qualifiers<'e>(expression: &'e Expression, scope: &ExpressionScope<'_>) -> Cow<'e, Expression> {
    if !has_qualified(expression) {
        return Cow::Borrowed(expression);
    }
    let mut expression = expression.clone();
    shorten(&mut expression, scope, &[]);
    Cow::Owned(expression)
}

fn has_qualified(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Literal(literal) => is_timestamp(literal),
        ExpressionKind::Column(parts) => parts.len() > 1,
        ExpressionKind::Binary { operator: BinaryOperator::Plus | BinaryOperator::Minus, .. } => true,
        ExpressionKind::Binary { left, right, .. } => has_qualified(left) || has_qualified(right),
        _ => true,
    }
}

/// Shown in the session's time zone.
fn is_timestamp(literal: &Literal) -> bool {
    matches!(literal, Literal::Typed { type_name, .. } if type_name == "TIMESTAMP" || type_name == "TIMESTAMP_LTZ")
}

fn shorten(expression: &mut Expression, scope: &ExpressionScope<'_>, parameters: &[Identifier]) {
    if let ExpressionKind::Literal(literal) = &mut expression.kind {
        if is_timestamp(literal) {
            literals::to_session_zone(literal, scope.collected.time_zone());
        }
        return;
    }
    if let ExpressionKind::Function(call) = &mut expression.kind
        && let Some(WindowReference::Named(name)) = &call.over
        && let Some(window) = windows::written_out(name, scope)
    {
        call.over = Some(WindowReference::Inline(window));
    }
    if let ExpressionKind::Column(parts) = &mut expression.kind {
        let is_variable = parts
            .first()
            .is_some_and(|first| parameters.contains(first) || scope.variables.iter().any(|(name, _)| name == first));
        if parts.len() > 1 && !is_variable {
            let fields = scope.resolve(parts, expression.span).map_or(0, |resolved| resolved.fields.len());
            parts.drain(..parts.len() - 1 - fields.min(parts.len() - 1));
        }
        return;
    }
    if let ExpressionKind::Lambda { parameters: own, body } = &mut expression.kind {
        let parameters = parameters.iter().chain(own.iter()).cloned().collect::<Vec<_>>();
        return shorten(body, scope, &parameters);
    }
    let datetime = datetime_arithmetic(expression, scope);
    for child in children(expression) {
        shorten(child, scope, parameters);
    }
    let ExpressionKind::Binary { left, operator, right } = &expression.kind else { return };
    let (left, right) = (text_of(left), text_of(right));
    let minus = *operator == BinaryOperator::Minus;
    let text = match datetime {
        None => return,
        Some(DatetimeArithmetic::Days { turned: true }) => format!("date_add({right}, {left})"),
        Some(DatetimeArithmetic::Days { turned: false }) if minus => format!("date_sub({left}, {right})"),
        Some(DatetimeArithmetic::Days { turned: false }) => format!("date_add({left}, {right})"),
        Some(DatetimeArithmetic::Interval { turned: true }) => format!("{right} + {left}"),
        Some(DatetimeArithmetic::Interval { turned: false }) => format!("{left} {} {right}", operator.symbol()),
    };
    expression.kind = ExpressionKind::Column(vec![Identifier::new(text, expression.span)]);
}

/// Sums of dates are shown as the functions they are, those of intervals without parentheses.
#[derive(Clone, Copy)]
enum DatetimeArithmetic {
    Days { turned: bool },
    Interval { turned: bool },
}

fn datetime_arithmetic(expression: &Expression, scope: &ExpressionScope<'_>) -> Option<DatetimeArithmetic> {
    let ExpressionKind::Binary { left, operator, right } = &expression.kind else { return None };
    let plus = *operator == BinaryOperator::Plus;
    if !plus && *operator != BinaryOperator::Minus {
        return None;
    }
    let (left, right) = (likely_type(left, scope)?, likely_type(right, scope)?);
    match (&left, &right) {
        (DataType::Date, other) if other.is_integral() => Some(DatetimeArithmetic::Days { turned: false }),
        (other, DataType::Date) if other.is_integral() && plus => Some(DatetimeArithmetic::Days { turned: true }),
        (a, DataType::Null) if a.is_datetime() && plus => Some(DatetimeArithmetic::Interval { turned: false }),
        (DataType::Null, b) if b.is_datetime() && plus => Some(DatetimeArithmetic::Interval { turned: true }),
        (a, b) if a.is_datetime() && b.is_interval() => Some(DatetimeArithmetic::Interval { turned: false }),
        (a, b) if a.is_interval() && b.is_datetime() && plus => Some(DatetimeArithmetic::Interval { turned: true }),
        _ => None,
    }
}

/// The type of an expression that may be part of a sum of dates, as far as it can be told without binding it.
fn likely_type(expression: &Expression, scope: &ExpressionScope<'_>) -> Option<DataType> {
    match &expression.kind {
        ExpressionKind::Literal(Literal::Null) => Some(DataType::Null),
        ExpressionKind::Literal(Literal::Integer(_)) => Some(DataType::Int),
        ExpressionKind::Literal(Literal::Interval(_)) => Some(DataType::INTERVAL_DAY_SECOND),
        ExpressionKind::Literal(Literal::Typed { type_name, .. }) => match type_name.as_str() {
            "DATE" => Some(DataType::Date),
            "TIMESTAMP_NTZ" => Some(DataType::TimestampNtz),
            "TIMESTAMP" | "TIMESTAMP_LTZ" => Some(DataType::Timestamp),
            _ => None,
        },
        ExpressionKind::Column(parts) => {
            let resolved = scope.resolve(parts, expression.span).ok()?;
            resolved.fields.is_empty().then_some(resolved.value.data_type)
        }
        ExpressionKind::Cast { data_type, .. } => Some(data_type.clone()),
        ExpressionKind::Unary { operator: UnaryOperator::Minus | UnaryOperator::Plus, operand } => {
            likely_type(operand, scope)
        }
        ExpressionKind::Function(call) => match call.name.last().value.to_lowercase().as_str() {
            "current_date" | "curdate" | "to_date" | "date" | "date_add" | "dateadd" | "date_sub" | "last_day"
            | "next_day" | "trunc" | "make_date" | "add_months" => Some(DataType::Date),
            "current_timestamp" | "now" | "to_timestamp" | "timestamp" | "date_trunc" | "make_timestamp" => {
                Some(DataType::Timestamp)
            }
            "make_interval" | "make_dt_interval" | "make_ym_interval" => Some(DataType::INTERVAL_DAY_SECOND),
            "year" | "month" | "day" | "datediff" | "int" | "length" => Some(DataType::Int),
            _ => None,
        },
        ExpressionKind::Binary { left, right, .. } => match datetime_arithmetic(expression, scope)? {
            DatetimeArithmetic::Days { .. } => Some(DataType::Date),
            DatetimeArithmetic::Interval { turned: false } => likely_type(left, scope),
            DatetimeArithmetic::Interval { turned: true } => likely_type(right, scope),
        },
        _ => None,
    }
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
            (LikeOperator::ILike, None) => format!("ilike({operand}, {pattern})"),
            (LikeOperator::ILike, Some(escape)) => format!("ilike({operand}, {pattern}, '{escape}')"),
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

/// Functions that are shown under another name than they were called by.
const SHOWN_AS: &[(&str, &str)] = &[
    ("acos", "ACOS"),
    ("acosh", "ACOSH"),
    ("array_agg", "collect_list"),
    ("asin", "ASIN"),
    ("asinh", "ASINH"),
    ("atan", "ATAN"),
    ("atan2", "ATAN2"),
    ("atanh", "ATANH"),
    ("cbrt", "CBRT"),
    ("ceil", "CEIL"),
    ("cos", "COS"),
    ("cosh", "COSH"),
    ("cot", "COT"),
    ("csc", "CSC"),
    ("current_database", "current_schema"),
    ("dateadd", "date_add"),
    ("degrees", "DEGREES"),
    ("dense_rank", "DENSE_RANK"),
    ("e", "E"),
    ("exp", "EXP"),
    ("expm1", "EXPM1"),
    ("floor", "FLOOR"),
    ("hypot", "HYPOT"),
    ("log", "LOG"),
    ("log10", "LOG10"),
    ("log1p", "LOG1P"),
    ("log2", "LOG2"),
    ("percent_rank", "PERCENT_RANK"),
    ("pi", "PI"),
    ("power", "POWER"),
    ("radians", "RADIANS"),
    ("random", "rand"),
    ("rank", "RANK"),
    ("regexp", "RLIKE"),
    ("regexp_like", "REGEXP_LIKE"),
    ("rlike", "RLIKE"),
    ("sec", "SEC"),
    ("signum", "SIGNUM"),
    ("sin", "SIN"),
    ("sinh", "SINH"),
    ("sqrt", "SQRT"),
    ("tan", "TAN"),
    ("tanh", "TANH"),
];

/// Arguments that are shown although they were left out: the function, how many are shown in all, and the last of them.
const SHOWN_ARGUMENTS: &[(&str, &[&str])] = &[
    ("approx_top_k", &["5", "10000"]),
    ("bround", &["0"]),
    ("from_unixtime", &["yyyy-MM-dd HH:mm:ss"]),
    ("lag", &["1", "NULL"]),
    ("lead", &["1", "NULL"]),
    ("listagg", &["NULL"]),
    ("locate", &["1"]),
    ("make_dt_interval", &["0", "0", "0", "0.000000"]),
    ("make_interval", &["0", "0", "0", "0", "0", "0", "0.000000"]),
    ("make_ym_interval", &["0", "0"]),
    ("mask", &["X", "x", "n", "NULL"]),
    ("months_between", &["true"]),
    ("overlay", &["-1"]),
    ("percentile", &["1"]),
    ("position", &["1"]),
    ("regexp_extract", &["1"]),
    ("regexp_extract_all", &["1"]),
    ("regexp_instr", &["0"]),
    ("regexp_replace", &["1"]),
    ("round", &["0"]),
    ("sentences", &["", ""]),
    ("split", &["-1"]),
    ("str_to_map", &[",", ":"]),
    ("string_agg", &["NULL"]),
    ("substr", &["2147483647"]),
    ("substring", &["2147483647"]),
    ("try_make_interval", &["0", "0", "0", "0", "0", "0", "0.000000"]),
];

/// How many arguments the function has when all of them are given.
fn most_arguments(name: &str) -> usize {
    match name {
        "listagg" | "string_agg" | "from_unixtime" | "round" | "bround" | "make_ym_interval" => 2,
        "make_dt_interval" | "overlay" | "regexp_replace" => 4,
        "mask" => 5,
        "make_interval" | "try_make_interval" => 7,
        _ => 3,
    }
}

/// Casts that are written like functions.
pub const CAST_FUNCTIONS: &[(&str, DataType)] = &[
    ("boolean", DataType::Boolean),
    ("tinyint", DataType::Byte),
    ("smallint", DataType::Short),
    ("int", DataType::Int),
    ("bigint", DataType::Long),
    ("float", DataType::Float),
    ("double", DataType::Double),
    ("decimal", DataType::DECIMAL_DEFAULT),
    ("date", DataType::Date),
    ("timestamp", DataType::Timestamp),
    ("binary", DataType::Binary),
    ("string", DataType::String),
];

fn function(call: &FunctionCall) -> String {
    let typed = call.name.last().value.to_lowercase();
    let name = SHOWN_AS.iter().find(|(name, _)| *name == typed).map_or(typed.as_str(), |(_, shown)| shown);
    let mut arguments: Vec<String> = call.arguments.iter().map(argument).collect();
    match (typed.as_str(), arguments.as_slice()) {
        ("if", [condition, a, b]) => return format!("(IF({condition}, {a}, {b}))"),
        ("isnull", [operand]) => return format!("({operand} IS NULL)"),
        ("isnotnull", [operand]) => return format!("({operand} IS NOT NULL)"),
        ("like", [operand, pattern]) => return format!("{operand} LIKE {pattern}"),
        ("positive", [operand]) => return format!("(+ {operand})"),
        ("date_part" | "datepart", [field, source]) => return format!("{typed}({field} FROM {source})"),
        (name, [operand]) if CAST_FUNCTIONS.iter().any(|(cast, _)| *cast == name) => return operand.clone(),
        _ => {}
    }
    if typed == "count"
        && matches!(call.arguments.as_slice(), [Argument { value, .. }] if matches!(value.kind, ExpressionKind::Star { .. }))
    {
        arguments = vec!["1".to_owned()];
    }
    if typed == "struct" {
        arguments = call
            .arguments
            .iter()
            .map(|item| match &item.name {
                Some(name) => format!("{} AS {}", text_of(&item.value), quote_if_needed(&name.value)),
                None => text_of(&item.value),
            })
            .collect();
    }
    if let Some(kind) = Kind::named(if name == "reduce" { "aggregate" } else { name }) {
        lambda_arguments(kind, call, &mut arguments);
    } else if typed == "percentile" && arguments.len() == 2 {
        arguments.push("1".to_owned());
    } else if let Some((_, shown)) = SHOWN_ARGUMENTS.iter().find(|(name, _)| *name == typed) {
        let most = most_arguments(&typed);
        while arguments.len() < most && most - arguments.len() <= shown.len() {
            arguments.push(shown[shown.len() - (most - arguments.len())].to_owned());
        }
    }
    // Schemas and options are not shown.
    if matches!(typed.as_str(), "from_json" | "to_json" | "schema_of_json") {
        arguments.truncate(1);
    }
    // IGNORE NULLS of `first` is a flag that is not shown.
    if matches!(typed.as_str(), "first" | "first_value" | "last" | "last_value" | "any_value") {
        arguments.truncate(1);
    }
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let mut text = format!("{name}({distinct}{})", arguments.join(", "));
    if !call.within_group.is_empty() {
        text.push_str(&format!(" WITHIN GROUP (ORDER BY {})", call.within_group.iter().map(sort_item).format(", ")));
    }
    if let Some(filter) = &call.filter {
        text.push_str(&format!(" FILTER (WHERE {})", text_of(filter)));
    }
    if let Some(over) = &call.over {
        text.push_str(" OVER ");
        match over {
            WindowReference::Named(name) => text.push_str(&name.value),
            WindowReference::Inline(window) => text.push_str(&over_text(window, &typed, &arguments)),
        }
    }
    text
}

fn argument(argument: &Argument) -> String {
    text_of(&argument.value)
}

/// A sort key as names show it: `a ASC NULLS FIRST`.
pub fn sort_item(item: &SortItem) -> String {
    let nulls_first = item.nulls_first.unwrap_or(!item.descending);
    format!(
        "{} {} NULLS {}",
        text_of(&item.expression),
        if item.descending { "DESC" } else { "ASC" },
        if nulls_first { "FIRST" } else { "LAST" }
    )
}

/// A window as names show it, the frame that is meant included.
fn over_text(window: &WindowSpecification, function: &str, arguments: &[String]) -> String {
    let mut parts = Vec::new();
    if !window.partition_by.is_empty() {
        parts.push(format!("PARTITION BY {}", window.partition_by.iter().map(text_of).format(", ")));
    }
    if !window.order_by.is_empty() {
        parts.push(format!("ORDER BY {}", window.order_by.iter().map(sort_item).format(", ")));
    }
    let to_here = "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    parts.push(match (&window.frame, function) {
        (Some(frame), _) => {
            let unit = match frame.unit {
                FrameUnit::Rows => "ROWS",
                FrameUnit::Range => "RANGE",
            };
            let end = frame.end.as_ref().map_or_else(|| "CURRENT ROW".to_owned(), bound);
            format!("{unit} BETWEEN {} AND {end}", bound(&frame.start))
        }
        (None, "row_number" | "rank" | "dense_rank" | "percent_rank" | "ntile") => format!("ROWS {to_here}"),
        (None, "lag" | "lead") => {
            let offset = arguments.get(1).map_or("1", String::as_str);
            let offset = match (function, offset.strip_prefix('-')) {
                ("lead", _) | (_, Some(_)) if function == "lead" => offset.to_owned(),
                (_, Some(positive)) => positive.to_owned(),
                _ => format!("-{offset}"),
            };
            format!("ROWS BETWEEN {offset} FOLLOWING AND {offset} FOLLOWING")
        }
        (None, _) if window.order_by.is_empty() => {
            "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING".to_owned()
        }
        (None, _) => format!("RANGE {to_here}"),
    });
    format!("({})", parts.join(" "))
}

fn bound(bound: &FrameBound) -> String {
    match bound {
        FrameBound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
        FrameBound::Preceding(offset) => format!("{} PRECEDING", text_of(offset)),
        FrameBound::CurrentRow => "CURRENT ROW".to_owned(),
        FrameBound::Following(offset) => format!("{} FOLLOWING", text_of(offset)),
        FrameBound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
    }
}

/// How every parameter of a lambda function is shown.
const VARIABLE: &str = "namedlambdavariable()";

/// What `array_sort` compares by if nothing is said.
const NATURAL_ORDER: &str = "lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, \
     (IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, \
     (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, \
     0)))))))))), namedlambdavariable(), namedlambdavariable())";

/// Lambdas are shown where constants stand for them, and where they were left out.
fn lambda_arguments(kind: Kind, call: &FunctionCall, arguments: &mut Vec<String>) {
    for (text, argument) in arguments.iter_mut().zip(&call.arguments).skip(kind.values()) {
        if !matches!(argument.value.kind, ExpressionKind::Lambda { .. }) {
            *text = format!("lambdafunction({text}, {VARIABLE})");
        }
    }
    match (kind, arguments.len()) {
        (Kind::Aggregate, 3) => arguments.push(format!("lambdafunction({VARIABLE}, {VARIABLE})")),
        (Kind::ArraySort, 1) => arguments.push(NATURAL_ORDER.to_owned()),
        _ => {}
    }
}

fn lambda(parameters: &[&str], body: &Expression) -> String {
    let body = text_of(&replace_names(body, parameters, VARIABLE));
    let parameters = parameters.iter().map(|_| VARIABLE).join(", ");
    format!("lambdafunction({body}, {parameters})")
}

/// The expression with columns of those names under another one. Lambdas inside see to their own.
fn replace_names(expression: &Expression, names: &[&str], with: &str) -> Expression {
    let mut expression = expression.clone();
    replace(&mut expression, names, with);
    expression
}

fn replace(expression: &mut Expression, names: &[&str], with: &str) {
    if let ExpressionKind::Column(parts) = &mut expression.kind
        && let Some(first) = parts.first_mut()
        && names.iter().any(|name| first.is(name))
    {
        with.clone_into(&mut first.value);
        return;
    }
    for child in children(expression) {
        replace(child, names, with);
    }
}

/// The expressions right below one, those of subqueries left out.
fn children(expression: &mut Expression) -> Vec<&mut Expression> {
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
            let FunctionCall { arguments, filter, within_group, over, .. } = call.as_mut();
            let arguments = arguments.iter_mut().map(|argument| &mut argument.value);
            let order = within_group.iter_mut().map(|item| &mut item.expression);
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
