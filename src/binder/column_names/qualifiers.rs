//! Expressions as names show them: columns without their qualifiers, timestamps in the session's zone, named windows
//! written out, and sums of dates as the functions they are.

use std::borrow::Cow;

use crate::sql::ast::{
    Argument, BinaryOperator, Expression, ExpressionKind, FrameBound, FrameUnit, FunctionCall, Identifier, Literal,
    ObjectName, UnaryOperator, WindowReference,
};
use crate::types::{DataType, DayTimeField};

use super::super::expressions::BARE_FUNCTIONS;
use super::super::scope::ExpressionScope;
use super::super::{literals, regex_columns, stars, windows};
use super::children::children;
use super::{negate, text_of};

/// The expression with columns as their last name.
pub(super) fn without_qualifiers<'e>(expression: &'e Expression, scope: &ExpressionScope<'_>) -> Cow<'e, Expression> {
    let as_written = scope.collected.variables().is_empty() && !scope.collected.has_collated_literals();
    let by_name = scope.scope.aliases.is_empty() && scope.scope.parent.is_none();
    if as_written && by_name && !has_qualified(expression) {
        return Cow::Borrowed(expression);
    }
    let mut expression = expression.clone();
    shorten(&mut expression, scope, &[]);
    Cow::Owned(expression)
}

fn has_qualified(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Literal(literal) => is_timestamp(literal) || matches!(literal, Literal::Interval(_)),
        ExpressionKind::Column(parts) => parts.len() > 1 || is_bare_function(parts),
        ExpressionKind::Binary { operator: BinaryOperator::Plus | BinaryOperator::Minus, .. } => true,
        ExpressionKind::Binary { left, right, .. } => has_qualified(left) || has_qualified(right),
        _ => true,
    }
}

/// `current_date` without parentheses.
fn is_bare_function(parts: &[Identifier]) -> bool {
    matches!(parts, [name] if BARE_FUNCTIONS.contains(&name.value.to_lowercase().as_str()))
}

/// Shown in the session's time zone.
fn is_timestamp(literal: &Literal) -> bool {
    matches!(literal, Literal::Typed { type_name, .. } if type_name == "TIMESTAMP" || type_name == "TIMESTAMP_LTZ")
}

fn shorten(expression: &mut Expression, scope: &ExpressionScope<'_>, parameters: &[Identifier]) {
    if let ExpressionKind::Literal(literal) = &mut expression.kind {
        if is_timestamp(literal) {
            literals::to_session_zone(literal, scope.collected.time_zone(), scope.collected.settings());
        }
        if let (Literal::String(text), Some(collation)) = (&*literal, scope.collected.collation_of(expression.span)) {
            let text = format!("'{}' collate {collation}", text.replace('\\', "\\\\").replace('\'', "\\'"));
            expression.kind = ExpressionKind::Column(vec![Identifier::new(text, expression.span)]);
            return;
        }
        if scope.collected.settings().calendar_intervals
            && let Some(text) = literals::calendar_text(literal)
        {
            expression.kind = ExpressionKind::Column(vec![Identifier::new(text, expression.span)]);
        }
        return;
    }
    if let ExpressionKind::Function(call) = &mut expression.kind
        && let Some(WindowReference::Named(name)) = &call.over
        && let Some(window) = windows::written_out(name, scope)
    {
        call.over = Some(WindowReference::Inline(window));
    }
    if let ExpressionKind::Function(call) = &mut expression.kind
        && let Ok(Some(function)) = scope.collected.functions().get(&call.name)
    {
        function.written_out(call, scope);
    }
    if let ExpressionKind::Column(parts) = &mut expression.kind {
        let is_variable = parts
            .first()
            .is_some_and(|first| parameters.contains(first) || scope.variables.iter().any(|(name, _)| name == first));
        if !is_variable
            && scope.resolve(parts, expression.span).is_err()
            && let Some(text) = scope.collected.variables().text(parts)
        {
            *parts = vec![Identifier::new(text, expression.span)];
            return;
        }
        if !is_variable && let Ok(resolved) = scope.resolve(parts, expression.span) {
            let names = parts.len().saturating_sub(resolved.fields.len() + 1);
            let shown = resolved.shown;
            parts.drain(..names);
            if let (Some(shown), Some(first)) = (shown, parts.first_mut()) {
                first.value = shown;
            }
        } else if !is_variable && is_bare_function(parts) {
            let text = format!("{}()", parts[0].value.to_lowercase());
            *parts = vec![Identifier::new(text, expression.span)];
        } else if !is_variable {
            parts.drain(..parts.len() - 1);
        }
        return;
    }
    if let ExpressionKind::Lambda { parameters: own, body } = &mut expression.kind {
        let parameters = parameters.iter().chain(own.iter()).cloned().collect::<Vec<_>>();
        return shorten(body, scope, &parameters);
    }
    if let ExpressionKind::InList { list, .. } = &mut expression.kind {
        *list = std::mem::take(list)
            .into_iter()
            .flat_map(|item| match item.kind {
                ExpressionKind::Star { .. } => written_out(&item, scope).unwrap_or_else(|| vec![item]),
                _ => vec![item],
            })
            .collect();
    }
    if let ExpressionKind::Function(call) = &mut expression.kind {
        write_out_stars(call, scope);
        rename_by_type(call, scope);
    }
    let datetime = datetime_arithmetic(expression, scope);
    for child in children(expression) {
        shorten(child, scope, parameters);
    }
    if let Some(text) = correlated(expression, scope) {
        expression.kind = ExpressionKind::Column(vec![Identifier::new(text, expression.span)]);
        return;
    }
    let ExpressionKind::Binary { left, operator, right } = &expression.kind else { return };
    let (left, right) = (text_of(left), text_of(right));
    let minus = *operator == BinaryOperator::Minus;
    let text = match datetime {
        None => return,
        Some(DatetimeArithmetic::Days { turned: true }) => format!("date_add({right}, {left})"),
        Some(DatetimeArithmetic::Days { turned: false }) if minus => format!("date_sub({left}, {right})"),
        Some(DatetimeArithmetic::Days { turned: false }) => format!("date_add({left}, {right})"),
        Some(DatetimeArithmetic::IntervalOfDays { turned: true }) => {
            format!("date_add({right}, extractansiintervaldays({left}))")
        }
        Some(DatetimeArithmetic::IntervalOfDays { turned: false }) if minus => {
            format!("date_add({left}, (- extractansiintervaldays({right})))")
        }
        Some(DatetimeArithmetic::IntervalOfDays { turned: false }) => {
            format!("date_add({left}, extractansiintervaldays({right}))")
        }
        Some(DatetimeArithmetic::Scaled { calendar: false, .. }) => format!("({right} * {left})"),
        Some(DatetimeArithmetic::Scaled { calendar: true, turned: true }) => {
            format!("multiply_interval({right}, {left})")
        }
        Some(DatetimeArithmetic::Scaled { calendar: true, turned: false }) => match operator {
            BinaryOperator::Divide => format!("divide_interval({left}, {right})"),
            _ => format!("multiply_interval({left}, {right})"),
        },
        Some(DatetimeArithmetic::Interval { turned: true }) => format!("{right} + {left}"),
        Some(DatetimeArithmetic::Interval { turned: false }) => format!("{left} {} {right}", operator.symbol()),
    };
    expression.kind = ExpressionKind::Column(vec![Identifier::new(text, expression.span)]);
}

/// A subquery with the columns around that it refers to; `None` if there are none.
fn correlated(expression: &Expression, scope: &ExpressionScope<'_>) -> Option<String> {
    let is_subquery = matches!(
        expression.kind,
        ExpressionKind::Exists(_) | ExpressionKind::Subquery(_) | ExpressionKind::InSubquery { .. }
    );
    if !is_subquery {
        return None;
    }
    let (_, names) = scope.collected.correlated.iter().find(|(span, _)| *span == expression.span)?;
    let names = names.join(", ");
    Some(match &expression.kind {
        ExpressionKind::Exists(_) => format!("exists({names})"),
        ExpressionKind::InSubquery { operand, negated, .. } => {
            negate(format!("({} IN (listquery({names})))", text_of(operand)), *negated)
        }
        _ => format!("scalarsubquery({names})"),
    })
}

/// `f(t.*)` is shown with the columns; `count(*)` counts rows.
fn write_out_stars(call: &mut FunctionCall, scope: &ExpressionScope<'_>) {
    let counts_rows = !call.distinct
        && call.name.last().is("count")
        && matches!(call.arguments.as_slice(), [Argument { value, .. }] if is_every_column(value));
    if counts_rows {
        return;
    }
    let arguments = std::mem::take(&mut call.arguments);
    for argument in arguments {
        match written_out(&argument.value, scope) {
            Some(columns) => {
                call.arguments.extend(columns.into_iter().map(|value| Argument { name: None, value }));
            }
            None => call.arguments.push(argument),
        }
    }
}

fn is_every_column(value: &Expression) -> bool {
    matches!(&value.kind, ExpressionKind::Star { qualifier, except } if qualifier.is_empty() && except.is_empty())
}

/// The columns that a star, or a name that is a pattern, stands for.
fn written_out(value: &Expression, scope: &ExpressionScope<'_>) -> Option<Vec<Expression>> {
    let span = value.span;
    let names: Vec<String> = match &value.kind {
        ExpressionKind::Star { qualifier, except } => {
            let columns = stars::values(qualifier, except, scope.scope, span).ok()?;
            columns.into_iter().map(|column| column.shown).collect()
        }
        _ => {
            let columns = regex_columns::regex_columns(scope.collected.regex_columns, value, scope.scope).ok()??;
            columns.into_iter().map(|column| column.name).collect()
        }
    };
    let column = |name| Expression { kind: ExpressionKind::Column(vec![Identifier::new(name, span)]), span };
    Some(names.into_iter().map(column).collect())
}

/// What some functions are called depends on what they are given.
fn rename_by_type(call: &mut FunctionCall, scope: &ExpressionScope<'_>) {
    let Some(first) = call.arguments.first().map(|argument| &argument.value) else { return };
    match (call.name.last().value.to_lowercase().as_str(), call.arguments.len()) {
        ("to_char" | "to_varchar", 2) => {
            let name = match likely_type(first, scope) {
                Some(data_type) if data_type.is_datetime() => "date_format",
                Some(DataType::Binary) => {
                    let ExpressionKind::Literal(Literal::String(format)) = &call.arguments[1].value.kind else {
                        return;
                    };
                    match format.to_lowercase().as_str() {
                        "base64" => "base64",
                        "hex" => "hex",
                        _ => "decode",
                    }
                }
                _ => return,
            };
            if matches!(name, "base64" | "hex") {
                call.arguments.truncate(1);
            }
            let span = call.name.span;
            call.name = ObjectName { parts: vec![Identifier::new(name, span)], span };
        }
        // Bytes are filled up with zeros, not with spaces.
        ("lpad" | "rpad", 2) if likely_type(first, scope) == Some(DataType::Binary) => {
            let (kind, span) = (ExpressionKind::Literal(Literal::Binary(vec![0])), first.span);
            call.arguments.push(Argument { name: None, value: Expression { kind, span } });
        }
        _ => write_cast_bounds(call, scope),
    }
}

/// The bounds of a RANGE that are of another type than the key are cast to it, which hides that `PRECEDING` is a minus.
fn write_cast_bounds(call: &mut FunctionCall, scope: &ExpressionScope<'_>) {
    let Some(WindowReference::Inline(window)) = &mut call.over else { return };
    let ([key], Some(frame)) = (window.order_by.as_slice(), &mut window.frame) else { return };
    let Some(key) = likely_type(&key.expression, scope).filter(DataType::is_numeric) else { return };
    if frame.unit != FrameUnit::Range {
        return;
    }
    for bound in [Some(&mut frame.start), frame.end.as_mut()].into_iter().flatten() {
        if let FrameBound::Preceding(offset) = bound
            && likely_type(offset, scope).is_some_and(|given| given != key)
        {
            let (span, text) = (offset.span, format!("(- {})", text_of(offset)));
            let kind = ExpressionKind::Column(vec![Identifier::new(text, span)]);
            *bound = FrameBound::Following(Expression { kind, span });
        }
    }
}

/// Sums of dates are shown as the functions they are, those of intervals without parentheses.
#[derive(Clone, Copy)]
enum DatetimeArithmetic {
    Days {
        turned: bool,
    },
    /// Of a date and an interval of whole days.
    IntervalOfDays {
        turned: bool,
    },
    Interval {
        turned: bool,
    },
    /// An interval that is multiplied or divided, if it is not shown as it is written.
    Scaled {
        calendar: bool,
        turned: bool,
    },
}

fn datetime_arithmetic(expression: &Expression, scope: &ExpressionScope<'_>) -> Option<DatetimeArithmetic> {
    let ExpressionKind::Binary { left, operator, right } = &expression.kind else { return None };
    let plus = *operator == BinaryOperator::Plus;
    if matches!(operator, BinaryOperator::Multiply | BinaryOperator::Divide) {
        return scaled(left, *operator, right, scope);
    }
    if !plus && *operator != BinaryOperator::Minus {
        return None;
    }
    const DAYS: DataType = DataType::DayTimeInterval(DayTimeField::Day, DayTimeField::Day);
    let (left, right) = (likely_type(left, scope)?, likely_type(right, scope)?);
    let moves = |interval: &DataType| matches!(interval, DataType::DayTimeInterval(..) | DataType::CalendarInterval);
    match (&left, &right) {
        (DataType::Date, b) if *b == DAYS => Some(DatetimeArithmetic::IntervalOfDays { turned: false }),
        (a, DataType::Date) if *a == DAYS && plus => Some(DatetimeArithmetic::IntervalOfDays { turned: true }),
        (a, b) if a.is_string() && moves(b) => Some(DatetimeArithmetic::Interval { turned: false }),
        (a, b) if moves(a) && b.is_string() && plus => Some(DatetimeArithmetic::Interval { turned: true }),
        (DataType::Date, other) if other.is_integral() => Some(DatetimeArithmetic::Days { turned: false }),
        (other, DataType::Date) if other.is_integral() && plus => Some(DatetimeArithmetic::Days { turned: true }),
        (a, DataType::Null) if a.is_datetime() && plus => Some(DatetimeArithmetic::Interval { turned: false }),
        (DataType::Null, b) if b.is_datetime() && plus => Some(DatetimeArithmetic::Interval { turned: true }),
        (DataType::Time(_), b)
            if b.is_interval() || *b == DataType::Null || matches!(b, DataType::Time(_)) && !plus =>
        {
            Some(DatetimeArithmetic::Interval { turned: false })
        }
        (a, DataType::Time(_)) if plus && (a.is_interval() || *a == DataType::Null) => {
            Some(DatetimeArithmetic::Interval { turned: true })
        }
        (a, DataType::Time(_)) if !plus && (a.is_string() || *a == DataType::Null) => {
            Some(DatetimeArithmetic::Interval { turned: false })
        }
        (a, b) if a.is_datetime() && b.is_interval() => Some(DatetimeArithmetic::Interval { turned: false }),
        (a, b) if a.is_interval() && b.is_datetime() && plus => Some(DatetimeArithmetic::Interval { turned: true }),
        _ => None,
    }
}

fn scaled(
    left: &Expression,
    operator: BinaryOperator,
    right: &Expression,
    scope: &ExpressionScope<'_>,
) -> Option<DatetimeArithmetic> {
    let interval_in = |side: &Expression| likely_type(side, scope).filter(DataType::is_interval);
    if let Some(interval) = interval_in(left) {
        let calendar = interval == DataType::CalendarInterval;
        return calendar.then_some(DatetimeArithmetic::Scaled { calendar, turned: false });
    }
    let interval = interval_in(right).filter(|_| operator == BinaryOperator::Multiply)?;
    Some(DatetimeArithmetic::Scaled { calendar: interval == DataType::CalendarInterval, turned: true })
}

/// The type of an expression that may be part of a sum of dates, as far as it can be told without binding it.
fn likely_type(expression: &Expression, scope: &ExpressionScope<'_>) -> Option<DataType> {
    match &expression.kind {
        ExpressionKind::Literal(Literal::Null) => Some(DataType::Null),
        ExpressionKind::Literal(Literal::Integer(_)) => Some(DataType::Int),
        ExpressionKind::Literal(Literal::Byte(_)) => Some(DataType::Byte),
        ExpressionKind::Literal(Literal::Short(_)) => Some(DataType::Short),
        ExpressionKind::Literal(Literal::Long(_)) => Some(DataType::Long),
        ExpressionKind::Literal(Literal::Float(_)) => Some(DataType::Float),
        ExpressionKind::Literal(Literal::Double(_)) => Some(DataType::Double),
        ExpressionKind::Literal(literal @ (Literal::Decimal(_) | Literal::BigDecimal(_))) => {
            literals::decimal_type(literal)
        }
        ExpressionKind::Literal(Literal::Binary(_)) => Some(DataType::Binary),
        ExpressionKind::Literal(Literal::String(_)) => Some(DataType::String),
        ExpressionKind::Literal(Literal::Interval(literal)) => {
            literals::interval_type(literal, scope.collected.settings().calendar_intervals)
        }
        ExpressionKind::Literal(Literal::Typed { type_name, .. }) => match type_name.as_str() {
            "DATE" => Some(DataType::Date),
            "TIME" => Some(DataType::Time(6)),
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
            "make_interval" | "try_make_interval" => Some(DataType::CalendarInterval),
            "make_dt_interval" => Some(DataType::INTERVAL_DAY_SECOND),
            "make_ym_interval" => Some(DataType::INTERVAL_YEAR_MONTH),
            "unhex" | "to_binary" | "try_to_binary" | "encode" | "unbase64" | "binary" => Some(DataType::Binary),
            "year" | "month" | "day" | "datediff" | "int" | "length" => Some(DataType::Int),
            _ => None,
        },
        ExpressionKind::Binary { left, operator, right } => Some(match datetime_arithmetic(expression, scope) {
            Some(DatetimeArithmetic::Days { .. } | DatetimeArithmetic::IntervalOfDays { .. }) => DataType::Date,
            Some(DatetimeArithmetic::Scaled { calendar: true, .. }) => DataType::CalendarInterval,
            Some(DatetimeArithmetic::Scaled { calendar: false, .. }) => likely_type(right, scope)?,
            Some(DatetimeArithmetic::Interval { turned: false }) => likely_type(left, scope)?,
            Some(DatetimeArithmetic::Interval { turned: true }) => likely_type(right, scope)?,
            None => {
                let is_datetime = |side| likely_type(side, scope).is_some_and(|side| side.is_datetime());
                let differs = *operator == BinaryOperator::Minus && is_datetime(left) && is_datetime(right);
                match scope.collected.settings().calendar_intervals {
                    _ if !differs => return None,
                    true => DataType::CalendarInterval,
                    false => DataType::INTERVAL_DAY_SECOND,
                }
            }
        }),
        _ => None,
    }
}
