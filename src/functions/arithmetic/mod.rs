//! `+ - * / div %` and the minus sign: which types go together, what comes out, and what computes it.
//!
//! Floats, and decimals whose result has room for every digit, are DataFusion's own operators, which its optimizer
//! understands; what can fail in Spark is a kernel.

mod clocks;
mod datetime_rules;
mod datetimes;
mod decimals;
mod intervals;
mod named;
mod numbers;

use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use super::cast::{CastMode, cast};
use super::kernel::{Kernel, Parameters};
use super::{Context, Typed};
use crate::error::Result;
use crate::types::DataType;
use crate::types::coercion::{DecimalOperator, decimal_result, tightest_common_type};

pub use datetime_rules::Side;
pub use datetimes::plus_calendar_interval;
pub use named::FUNCTIONS;
pub use numbers::{shift_left, shift_right, shift_right_unsigned};

/// Kernels that plans refer to by name.
pub static KERNELS: &[&Kernel] = &[
    &numbers::ADD,
    &numbers::SUBTRACT,
    &numbers::MULTIPLY,
    &numbers::DIVIDE,
    &numbers::INTEGER_DIVIDE,
    &numbers::MODULO,
    &numbers::NEGATE,
    &numbers::SHIFT_LEFT,
    &numbers::SHIFT_RIGHT,
    &numbers::SHIFT_RIGHT_UNSIGNED,
    &decimals::DECIMAL,
    &decimals::ROOMY,
    &clocks::ADD_TO_TIME,
    &clocks::SUBTRACT_TIMES,
    &datetimes::ADD_DAYS,
    &datetimes::ADD_MONTHS,
    &datetimes::ADD_DURATION,
    &datetimes::SUBTRACT_DATES,
    &datetimes::SUBTRACT_TIMESTAMPS,
    &intervals::ADD_INTERVALS,
    &intervals::SCALE_INTERVAL,
    &intervals::DIVIDE_INTERVALS,
    &named::ABS,
    &named::PMOD,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
}

impl Operator {
    /// As messages name it: the function that gives NULL instead of the error.
    pub(super) fn tolerant(self) -> &'static str {
        match self {
            Operator::Add => "try_add",
            Operator::Subtract => "try_subtract",
            Operator::Multiply => "try_multiply",
            Operator::Divide | Operator::IntegerDivide => "try_divide",
            Operator::Modulo => "try_mod",
        }
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::IntegerDivide => "div",
            Operator::Modulo => "%",
        }
    }

    fn decimal(self) -> DecimalOperator {
        match self {
            Operator::Add => DecimalOperator::Add,
            Operator::Subtract => DecimalOperator::Subtract,
            Operator::Multiply => DecimalOperator::Multiply,
            Operator::Divide => DecimalOperator::Divide,
            Operator::IntegerDivide => DecimalOperator::IntegerDivide,
            Operator::Modulo => DecimalOperator::Modulo,
        }
    }
}

/// Why two operands do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`
    Different,
    /// `DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE`: what the operator requires, what it got.
    Wrong(&'static str, DataType),
    /// `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`: which operand, and what it should be.
    Input(Side, &'static str),
}

/// `left operator right`; the outer error is one of a cast.
pub fn binary(
    operator: Operator,
    left: Typed,
    right: Typed,
    mode: CastMode,
    context: &Context,
) -> Result<std::result::Result<Typed, Mismatch>> {
    if let Some(outcome) = datetime_rules::binary(operator, &left, &right, mode, context)? {
        return Ok(outcome);
    }
    if let Some(found) = clocks::binary(operator, &left, &right, mode, context)? {
        return Ok(Ok(found));
    }
    if let Some(outcome) = intervals::binary(operator, &left, &right, mode, context)? {
        return Ok(outcome);
    }
    let to = |operand: Typed, data_type: &DataType| cast(operand, data_type, CastMode::implicit(context), context);
    let (left_type, right_type) = (left.data_type.clone(), right.data_type.clone());
    let left = strings(left, &right_type, operator, context)?;
    let right = strings(right, &left_type, operator, context)?;
    let left = numeric_null(left, &right.data_type, operator);
    let right = numeric_null(right, &left.data_type, operator);
    let (left_type, right_type) = (left.data_type.clone(), right.data_type.clone());
    if !left_type.is_numeric() || !right_type.is_numeric() {
        if left_type != right_type && !(left_type.is_interval() && right_type.is_interval()) {
            return Ok(Err(Mismatch::Different));
        }
        return Ok(Err(Mismatch::Wrong(required(operator), left_type)));
    }
    if operator == Operator::IntegerDivide
        && [&left_type, &right_type].iter().any(|found| matches!(found, DataType::Float | DataType::Double))
    {
        let wrong =
            if left_type == right_type { Mismatch::Wrong(required(operator), left_type) } else { Mismatch::Different };
        return Ok(Err(wrong));
    }
    let has_float = matches!(left_type, DataType::Float | DataType::Double)
        || matches!(right_type, DataType::Float | DataType::Double);
    if (left_type.is_decimal() || right_type.is_decimal()) && !has_float {
        return decimals(operator, left, right, mode, context).map(Ok);
    }
    let common = match operator {
        Operator::Divide => DataType::Double,
        Operator::IntegerDivide => DataType::Long,
        _ if left_type.is_decimal() || right_type.is_decimal() => DataType::Double,
        _ => match tightest_common_type(&left_type, &right_type, context.ansi) {
            Some(common) => common,
            None => return Ok(Err(Mismatch::Different)),
        },
    };
    let (left, right) = (to(left, &common)?, to(right, &common)?);
    Ok(Ok(numbers::binary(operator, left, right, common, mode, context)))
}

fn required(operator: Operator) -> &'static str {
    match operator {
        Operator::Add | Operator::Subtract => {
            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")"
        }
        Operator::Multiply | Operator::Modulo => "\"NUMERIC\"",
        Operator::Divide => "(\"DOUBLE\" or \"DECIMAL\")",
        Operator::IntegerDivide => {
            "(\"BIGINT\" or \"DECIMAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")"
        }
    }
}

/// A string beside a number becomes one.
fn strings(operand: Typed, other: &DataType, operator: Operator, context: &Context) -> Result<Typed> {
    if !operand.data_type.is_string() {
        return Ok(operand);
    }
    let to = match (other, context.ansi) {
        (other, true) if other.is_integral() => {
            if operator == Operator::Divide {
                DataType::Double
            } else {
                DataType::Long
            }
        }
        (other, true) if other.is_fractional() => DataType::Double,
        (other, true) if other.is_string() => return Ok(operand),
        (DataType::Null, true) => DataType::Double,
        (other, true) if other.is_atomic() && !other.is_interval() => other.clone(),
        (_, true) => return Ok(operand),
        (_, false) if operator == Operator::IntegerDivide => DataType::Long,
        (_, false) => DataType::Double,
    };
    cast(operand, &to, CastMode::implicit(context), context)
}

/// An untyped NULL takes the type of the other side, DOUBLE beside another NULL.
fn numeric_null(operand: Typed, other: &DataType, operator: Operator) -> Typed {
    if operand.data_type != DataType::Null {
        return operand;
    }
    let data_type = match (other, operator) {
        (DataType::Null, Operator::IntegerDivide) => DataType::Long,
        (DataType::Null, _) => DataType::Double,
        (other, _) if other.is_numeric() => other.clone(),
        _ => DataType::Double,
    };
    null_of(data_type)
}

fn null_of(data_type: DataType) -> Typed {
    let null = ScalarValue::try_from(data_type.to_arrow()).unwrap_or(ScalarValue::Null);
    Typed { expr: Expr::Literal(null, None), data_type, nullable: true }
}

/// The decimal an operand is computed as; a literal integer has just its own digits.
fn as_decimal(operand: Typed, context: &Context) -> Result<(Typed, (u8, i8))> {
    let digits = match &operand.expr {
        Expr::Literal(value, _) => match value {
            ScalarValue::Int8(Some(value)) => Some(i64::from(*value)),
            ScalarValue::Int16(Some(value)) => Some(i64::from(*value)),
            ScalarValue::Int32(Some(value)) => Some(i64::from(*value)),
            ScalarValue::Int64(Some(value)) => Some(*value),
            _ => None,
        },
        _ => None,
    };
    let (precision, scale) = match (digits, operand.data_type.as_decimal()) {
        (Some(value), _) => {
            let digits = value.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
            (u8::try_from(digits).unwrap_or(20), 0)
        }
        (None, Some(decimal)) => decimal,
        (None, None) => (38, 18),
    };
    let typed = cast(operand, &DataType::Decimal { precision, scale }, CastMode::implicit(context), context)?;
    Ok((typed, (precision, scale)))
}

fn decimals(operator: Operator, left: Typed, right: Typed, mode: CastMode, context: &Context) -> Result<Typed> {
    let (left, left_type) = as_decimal(left, context)?;
    let (right, right_type) = as_decimal(right, context)?;
    let (precision, scale) =
        decimal_result(operator.decimal(), left_type, right_type, context.settings.keep_decimal_digits);
    let returns = match operator {
        Operator::IntegerDivide => DataType::Long,
        _ => DataType::Decimal { precision, scale },
    };
    let nullable = left.nullable || right.nullable;
    // Every digit has room: nothing is rounded and nothing can overflow.
    let digits = i16::from(left_type.0) + i16::from(right_type.0);
    let integral =
        (i16::from(left_type.0) - i16::from(left_type.1)).max(i16::from(right_type.0) - i16::from(right_type.1));
    let whole = i16::from(left_type.1.max(right_type.1));
    let roomy = match operator {
        Operator::Add | Operator::Subtract => integral + whole < 38,
        Operator::Multiply => digits < 38,
        Operator::Divide | Operator::IntegerDivide | Operator::Modulo => false,
    };
    if roomy {
        return Ok(kernel(&decimals::ROOMY, operator, vec![left, right], returns, nullable, mode, context));
    }
    let nullable = nullable || !mode.fails();
    Ok(kernel(&decimals::DECIMAL, operator, vec![left, right], returns, nullable, mode, context))
}

/// `left / right` of integers and decimals, as PostgreSQL divides them: with 16 digits behind the point at least.
pub fn divide_exactly(left: Typed, right: Typed, context: &Context) -> Result<Typed> {
    const LEAST_SCALE: i8 = 16;
    let (left, left_type) = as_decimal(left, context)?;
    let (right, right_type) = as_decimal(right, context)?;
    let returns = DataType::Decimal { precision: 38, scale: LEAST_SCALE.max(left_type.1).max(right_type.1) };
    let nullable = left.nullable || right.nullable;
    let arguments = vec![left, right];
    Ok(kernel(&decimals::DECIMAL, Operator::Divide, arguments, returns, nullable, CastMode::Ansi, context))
}

/// A call of an arithmetic kernel: it learns the operator and the mode from its options.
fn kernel(
    kernel: &'static Kernel,
    operator: Operator,
    arguments: Vec<Typed>,
    returns: DataType,
    nullable: bool,
    mode: CastMode,
    context: &Context,
) -> Typed {
    let parameters =
        Parameters::of(&arguments, returns.clone(), nullable, context).option(operator.symbol()).option(match mode {
            CastMode::Ansi | CastMode::Store => "ansi",
            CastMode::Legacy => "legacy",
            CastMode::Try => "try",
        });
    let expressions = arguments.into_iter().map(|argument| argument.expr).collect();
    Typed { expr: kernel.function(parameters).call(expressions), data_type: returns, nullable }
}

/// What the options of [`kernel`] say.
fn options(parameters: &Parameters) -> (Operator, CastMode) {
    let operator = match parameters.options.first().map_or("", String::as_str) {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "div" => Operator::IntegerDivide,
        _ => Operator::Modulo,
    };
    let mode = match parameters.options.get(1).map_or("", String::as_str) {
        "legacy" => CastMode::Legacy,
        "try" => CastMode::Try,
        _ => CastMode::Ansi,
    };
    (operator, mode)
}

/// `-operand` of a number or an interval; `None` for other types.
pub fn negate(operand: Typed, mode: CastMode, context: &Context) -> Option<Typed> {
    let data_type = operand.data_type.clone();
    let nullable = operand.nullable || mode == CastMode::Try;
    match &data_type {
        DataType::Float | DataType::Double | DataType::Decimal { .. } => {
            Some(Typed { expr: Expr::Negative(Box::new(operand.expr)), data_type, nullable: operand.nullable })
        }
        found if found.is_integral() || found.is_interval() => {
            Some(kernel(&numbers::NEGATE, Operator::Subtract, vec![operand], data_type, nullable, mode, context))
        }
        _ => None,
    }
}
