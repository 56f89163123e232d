//! Operators that mean something else in PostgreSQL than in Spark.

use datafusion::logical_expr::{Operator as Df, binary_expr, lit};

use crate::error::{Error, Result, Span};
use crate::functions::postgres::casts::cast;
use crate::functions::postgres::intervals;
use crate::functions::{Typed, arithmetic, elements};
use crate::sql::ast::BinaryOperator;
use crate::types::DataType;

use super::super::Binder;
use super::super::calls;
use super::super::operation::Operation;
use super::implicit_literal;

/// String literals take the type of what they stand beside.
pub(in crate::binder) fn meet(binder: &Binder<'_>, operands: &mut [Typed], span: Span) -> Result<()> {
    let typed = |operand: &&Typed| !operand.data_type.is_string() && operand.data_type != DataType::Null;
    let Some(to) = operands.iter().find(typed).map(|operand| operand.data_type.clone()) else { return Ok(()) };
    for operand in operands.iter_mut() {
        let before = operand.clone();
        *operand = implicit_literal(binder, before, &to, span)?;
    }
    Ok(())
}

/// `left operator right`, where PostgreSQL differs.
///
/// # Errors
/// Those of casts of literals.
pub(in crate::binder) fn binary(
    operation: Operation<'_>,
    operator: BinaryOperator,
    left: Typed,
    right: Typed,
) -> Result<Result<Typed, (Typed, Typed)>> {
    use BinaryOperator::{Concat, Divide, Minus, Modulo, Multiply, Plus};
    let Operation { binder, whole, .. } = operation;
    let span = whole.span;
    let context = binder.environment.context;
    if operator == Concat {
        return concat(operation, left, right).map(Ok);
    }
    if !matches!(operator, Plus | Minus | Multiply | Divide | Modulo) {
        return Ok(Err((left, right)));
    }
    let (left, right) = beside_datetimes(binder, operator, left, right, span)?;
    let call = |name: &str, arguments: Vec<Typed>| {
        let texts: Vec<String> = (0..arguments.len()).map(|n| operation.operand_text(n)).collect();
        calls::scalar(binder, name, &arguments, &texts, span)
    };
    let local = |date: Typed| cast(date, &DataType::TimestampNtz, context);
    let found = match (operator, &left.data_type, &right.data_type) {
        (Minus, DataType::Date, DataType::Date) => call("date_diff", vec![left, right])?,
        (Plus | Minus, DataType::Date, DataType::CalendarInterval) => {
            let left = local(left)?;
            return Ok(Err((left, right)));
        }
        (Plus, DataType::CalendarInterval, DataType::Date) => {
            let right = local(right)?;
            return Ok(Err((left, right)));
        }
        (Plus, DataType::Date, DataType::Time(_)) => intervals::date_and_time(left, right, context)?,
        (Plus, DataType::Time(_), DataType::Date) => intervals::date_and_time(right, left, context)?,
        (Plus | Minus, DataType::Time(_), DataType::CalendarInterval) => {
            intervals::move_time(left, right, operator == Minus, context)
        }
        (Minus, DataType::Time(_), DataType::Time(_)) => intervals::between_times(left, right, context),
        (Minus, a, b) if a.is_datetime() && b.is_datetime() => {
            let zoned = *a == DataType::Timestamp || *b == DataType::Timestamp;
            let to = if zoned { DataType::Timestamp } else { DataType::TimestampNtz };
            intervals::between(cast(left, &to, context)?, cast(right, &to, context)?, context)
        }
        (Multiply | Divide, DataType::CalendarInterval, number) if number.is_numeric() => {
            intervals::scale(left, cast(right, &DataType::Double, context)?, operator == Divide, context)
        }
        (Multiply, number, DataType::CalendarInterval) if number.is_numeric() => {
            intervals::scale(right, cast(left, &DataType::Double, context)?, false, context)
        }
        (Divide, a, b) if a.is_integral() && b.is_integral() => {
            let to = wider(a, b);
            let quotient = call("div", vec![left, right])?;
            cast(quotient, &to, context)?
        }
        (Divide, a, b) if is_exact(a) && is_exact(b) => arithmetic::divide_exactly(left, right, context)?,
        (_, DataType::Float, b) if b.is_integral() || b.is_decimal() => {
            return Ok(Err((cast(left, &DataType::Double, context)?, cast(right, &DataType::Double, context)?)));
        }
        (_, a, DataType::Float) if a.is_integral() || a.is_decimal() => {
            return Ok(Err((cast(left, &DataType::Double, context)?, cast(right, &DataType::Double, context)?)));
        }
        _ => return Ok(Err((left, right))),
    };
    Ok(Ok(found))
}

/// What a literal beside a date, time or interval is read as.
fn beside_datetimes(
    binder: &Binder<'_>,
    operator: BinaryOperator,
    left: Typed,
    right: Typed,
    span: Span,
) -> Result<(Typed, Typed)> {
    let moves = |other: &DataType| match other {
        // `date - '2024-01-01'` is a number of days, `timestamp + '1 day'` a timestamp.
        DataType::Date if operator == BinaryOperator::Minus => DataType::Date,
        DataType::Date => DataType::Int,
        DataType::Timestamp | DataType::TimestampNtz if operator == BinaryOperator::Plus => DataType::CalendarInterval,
        DataType::CalendarInterval if matches!(operator, BinaryOperator::Multiply | BinaryOperator::Divide) => {
            DataType::Double
        }
        other => other.clone(),
    };
    let (to_left, to_right) = (moves(&right.data_type), moves(&left.data_type));
    Ok((implicit_literal(binder, left, &to_left, span)?, implicit_literal(binder, right, &to_right, span)?))
}

fn is_exact(data_type: &DataType) -> bool {
    data_type.is_integral() || data_type.is_decimal()
}

fn wider(left: &DataType, right: &DataType) -> DataType {
    let rank = |data_type: &DataType| match data_type {
        DataType::Byte | DataType::Short => 0,
        DataType::Int => 1,
        _ => 2,
    };
    match rank(left).max(rank(right)) {
        0 => DataType::Short,
        1 => DataType::Int,
        _ => DataType::Long,
    }
}

/// `||`: of arrays and elements, of bytes, of texts and of whatever has one.
fn concat(operation: Operation<'_>, left: Typed, right: Typed) -> Result<Typed> {
    let Operation { binder, whole, .. } = operation;
    let context = binder.environment.context;
    let texts = [operation.operand_text(0), operation.operand_text(1)];
    let is_array = |typed: &Typed| matches!(typed.data_type, DataType::Array { .. });
    let function = match (is_array(&left), is_array(&right)) {
        (true, true) => Some("array_cat"),
        (true, false) => Some("array_append"),
        (false, true) => Some("array_prepend"),
        (false, false) => None,
    };
    if let Some(name) = function {
        let function = binder.lookup(name).ok_or_else(|| Error::internal("functions of arrays are listed"))?;
        return calls::of_function(binder, function, &[left, right], &texts, whole.span);
    }
    if left.data_type == DataType::Binary && right.data_type == DataType::Binary {
        return calls::scalar(binder, "concat", &[left, right], &texts, whole.span);
    }
    let nullable = left.nullable || right.nullable;
    let text = |operand: Typed| cast(operand, &DataType::String, context).map_err(|error| error.at(whole.span));
    let (left, right) = (text(left)?, text(right)?);
    Ok(Typed { expr: binary_expr(left.expr, Df::StringConcat, right.expr), data_type: DataType::String, nullable })
}

/// `array[n]`: the first element is 1, and there is NULL where there is none.
pub(in crate::binder) fn index(
    operation: Operation<'_>,
    operand: Typed,
    index: Typed,
) -> Result<Result<Typed, (Typed, Typed)>> {
    let Operation { binder, whole, .. } = operation;
    let DataType::Array { element, .. } = &operand.data_type else {
        if operand.data_type.is_string() {
            let function = binder.lookup("->").ok_or_else(|| Error::internal("functions of JSON are listed"))?;
            let texts = [operation.operand_text(0), operation.operand_text(1)];
            return calls::of_function(binder, function, &[operand, index], &texts, whole.span).map(Ok);
        }
        return Ok(Err((operand, index)));
    };
    let element = element.as_ref().clone();
    let context = binder.environment.context;
    let index = implicit_literal(binder, index, &DataType::Long, whole.span)?;
    let index = cast(index, &DataType::Long, context).map_err(|error| error.at(whole.span))?;
    let from_zero = Typed { expr: binary_expr(index.expr, Df::Minus, lit(1_i64)), ..index };
    let tolerant = crate::functions::Context { ansi: false, ..context.clone() };
    Ok(Ok(elements::element(operand, from_zero, element, &tolerant)))
}
