//! Functions that choose between their arguments, and questions about NULL and NaN.
//!
//! They become CASE and DataFusion's own conditionals wherever those evaluate what Spark evaluates and no more.

use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, lit};
use datafusion::scalar::ScalarValue;
use itertools::Itertools;

use super::fallible::choose;
use super::first_not_null::{self, FIRST_NOT_NULL};
use super::once::once;
use super::{Call, Expected, Family, Function, Typed, collations, floats};
use crate::error::{Error, Result};
use crate::types::DataType;
use crate::types::coercion::common_type_of;

const CONDITIONAL: Family = Family::Conditional;
const PREDICATE: Family = Family::Predicate;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "coalesce",
        CONDITIONAL,
        |call| coalesce(call, 1..=usize::MAX),
        "coalesce(expr1, expr2, ...) - Returns the first non-null argument if exists. Otherwise, null.",
        &["SELECT coalesce(NULL, 1, NULL)"],
    ),
    Function::scalar(
        "nvl",
        CONDITIONAL,
        |call| coalesce(call, 2..=2),
        "nvl(expr1, expr2) - Returns `expr2` if `expr1` is null, or `expr1` otherwise.",
        &["SELECT nvl(NULL, array('2'))"],
    )
    .aliases(&["ifnull"]),
    Function::scalar(
        "nvl2",
        CONDITIONAL,
        nvl2,
        "nvl2(expr1, expr2, expr3) - Returns `expr2` if `expr1` is not null, or `expr3` otherwise.",
        &["SELECT nvl2(NULL, 2, 1)"],
    ),
    Function::scalar(
        "nullif",
        CONDITIONAL,
        nullif,
        "nullif(expr1, expr2) - Returns null if `expr1` equals to `expr2`, or `expr1` otherwise.",
        &["SELECT nullif(2, 2)"],
    ),
    Function::scalar(
        "if",
        CONDITIONAL,
        if_,
        "if(expr1, expr2, expr3) - If `expr1` evaluates to true, then returns `expr2`; otherwise returns `expr3`.",
        &["SELECT if(1 < 2, 'a', 'b')"],
    ),
    Function::scalar(
        "greatest",
        Family::Math,
        |call| extreme(call, true),
        "greatest(expr, ...) - Returns the greatest value of all parameters, skipping null values.",
        &["SELECT greatest(10, 9, 2, 4, 3)"],
    ),
    Function::scalar(
        "least",
        Family::Math,
        |call| extreme(call, false),
        "least(expr, ...) - Returns the least value of all parameters, skipping null values.",
        &["SELECT least(10, 9, 2, 4, 3)"],
    ),
    Function::scalar(
        "nanvl",
        CONDITIONAL,
        nanvl,
        "nanvl(expr1, expr2) - Returns `expr1` if it's not NaN, or `expr2` otherwise.",
        &["SELECT nanvl(cast('NaN' as double), 123)"],
    ),
    Function::scalar(
        "zeroifnull",
        CONDITIONAL,
        zero_if_null,
        "zeroifnull(expr) - Returns zero if `expr` is equal to null, or `expr` otherwise.",
        &["SELECT zeroifnull(NULL)", "SELECT zeroifnull(2)"],
    ),
    Function::scalar(
        "nullifzero",
        CONDITIONAL,
        null_if_zero,
        "nullifzero(expr) - Returns null if `expr` is equal to zero, or `expr` otherwise.",
        &["SELECT nullifzero(0)", "SELECT nullifzero(2)"],
    ),
    Function::scalar(
        "isnull",
        PREDICATE,
        |call| null_test(call, false),
        "isnull(expr) - Returns true if `expr` is null, or false otherwise.",
        &["SELECT isnull(1)"],
    ),
    Function::scalar(
        "isnotnull",
        PREDICATE,
        |call| null_test(call, true),
        "isnotnull(expr) - Returns true if `expr` is not null, or false otherwise.",
        &["SELECT isnotnull(1)"],
    ),
    Function::scalar(
        "isnan",
        PREDICATE,
        is_nan,
        "isnan(expr) - Returns true if `expr` is NaN, or false otherwise.",
        &["SELECT isnan(cast('NaN' as double))"],
    ),
    Function::scalar(
        "equal_null",
        PREDICATE,
        equal_null,
        "equal_null(expr1, expr2) - Returns same result as the EQUAL(=) operator for non-null operands, but returns true if both are null, false if one of the them is null.",
        &["SELECT equal_null(3, 3)", "SELECT equal_null(1, '11')"],
    ),
];

fn null(data_type: &DataType) -> Result<Expr> {
    Ok(lit(ScalarValue::try_from(data_type.to_arrow())?))
}

/// Those behind one another are one CASE.
fn case(when: Expr, then: Expr, otherwise: Expr, data_type: &DataType) -> Expr {
    let first = (Box::new(when), Box::new(then));
    let boolean = *data_type == DataType::Boolean;
    let (whens, otherwise) = match otherwise {
        Expr::Case(Case { expr, mut when_then_expr, else_expr })
            if expr.as_deref().is_none_or(|base| *base == lit(true)) =>
        {
            when_then_expr.insert(0, first);
            (when_then_expr, else_expr)
        }
        otherwise => (vec![first], Some(Box::new(otherwise))),
    };
    choose(whens, otherwise, boolean)
}

fn coalesce(call: &Call<'_>, count: std::ops::RangeInclusive<usize>) -> Result<Typed> {
    call.count(count)?;
    let (arguments, data_type) = call.common_type(0..call.arguments.len())?;
    first_of(call, arguments, data_type)
}

fn first_of(call: &Call<'_>, arguments: Vec<Typed>, data_type: DataType) -> Result<Typed> {
    let operands = arguments.iter().map(|argument| argument.expr.clone()).collect::<Vec<_>>();
    if operands.len() > 1 && first_not_null::is_for(&operands, &data_type) {
        let nullable = arguments.iter().all(|argument| argument.nullable);
        return Ok(call.kernel(&FIRST_NOT_NULL, arguments, data_type, nullable));
    }
    in_case(arguments)
}

/// What stands behind the first that is not NULL does not run. All have one type.
fn in_case(mut operands: Vec<Typed>) -> Result<Typed> {
    let mut rest = operands.pop().ok_or_else(|| Error::internal("nothing to choose from"))?;
    while let Some(operand) = operands.pop() {
        let otherwise = rest.clone();
        let nullable = operand.nullable && otherwise.nullable;
        rest = once(operand, &[&rest.expr], |operand| {
            let when = operand.expr.clone().is_not_null();
            Ok(Typed { expr: case(when, operand.expr, otherwise.expr, &operand.data_type), nullable, ..operand })
        })?;
    }
    Ok(rest)
}

fn nvl2(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let (mut branches, data_type) = call.common_type(1..3)?;
    let nullable = branches.iter().any(|branch| branch.nullable);
    let (otherwise, then) = (branches.remove(1), branches.remove(0));
    let when = call.argument(0).expr.clone().is_not_null();
    Ok(Typed { expr: case(when, then.expr, otherwise.expr, &data_type), data_type, nullable })
}

fn nullif(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let second = call.argument(1);
    once(call.argument(0).clone(), &[&second.expr], |first| {
        let arguments = [first.clone(), second.clone()];
        let call = Call { arguments: &arguments, ..*call };
        let (compared, _) = call.common_type(0..2)?;
        let keys = call.keys(compared)?;
        let [left, right] = [0, 1].map(|n| floats::without_zero_signs(keys[n].clone()).expr);
        let when = left.eq(right);
        Ok(Typed { expr: case(when, null(&first.data_type)?, first.expr, &first.data_type), nullable: true, ..first })
    })
}

fn if_(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let condition = call.cast(0, &DataType::Boolean)?;
    let (mut branches, data_type) = call.common_type(1..3)?;
    let nullable = branches.iter().any(|branch| branch.nullable);
    let (otherwise, then) = (branches.remove(1), branches.remove(0));
    Ok(Typed { expr: case(condition.expr, then.expr, otherwise.expr, &data_type), data_type, nullable })
}

fn extreme(call: &Call<'_>, greatest: bool) -> Result<Typed> {
    call.count(2..=usize::MAX)?;
    // Strings are not taken for numbers here, nor numbers for strings.
    let strings = call.arguments.iter().filter(|argument| argument.data_type.is_string()).count();
    let others = call.arguments.iter().filter(|argument| argument.data_type != DataType::Null).count() - strings;
    if strings > 0 && others > 0 {
        let types = call.arguments.iter().map(|argument| format!("\"{}\"", argument.data_type)).join(", ");
        let why = format!("Input to `{}` should all be the same type, but it's [{types}]", call.name.to_lowercase());
        return Err(call.mismatch("DATA_DIFF_TYPES", &why));
    }
    let (arguments, data_type) = call.common_type(0..call.arguments.len())?;
    let nullable = arguments.iter().all(|argument| argument.nullable);
    if data_type.is_collated() {
        let keys = call.keys(arguments.clone())?;
        let mut pairs = arguments.into_iter().zip(keys).map(|(argument, key)| (argument.expr, key.expr));
        let Some(first) = pairs.next() else { return Err(Error::internal("two arguments were counted")) };
        let (expr, _) = pairs.fold(first, |(best, best_key), (next, key)| {
            let better = if greatest { key.clone().gt(best_key.clone()) } else { key.clone().lt(best_key.clone()) };
            let better = best_key.clone().is_null().or(better);
            (case(better.clone(), next, best, &data_type), case(better, key, best_key, &data_type))
        });
        return Ok(Typed { expr, data_type, nullable });
    }
    let arguments = arguments.into_iter().map(|argument| argument.expr).collect();
    let function =
        if greatest { datafusion::functions::core::greatest() } else { datafusion::functions::core::least() };
    Ok(call.scalar(&function, arguments, data_type, nullable))
}

fn nanvl(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    const NUMBER: Expected = Expected::OneOf(&[Expected::Type(DataType::Double), Expected::Type(DataType::Float)]);
    let (first, second) = (call.expect(0, &NUMBER)?, call.expect(1, &NUMBER)?);
    let both_float = first.data_type == DataType::Float && second.data_type == DataType::Float;
    let data_type = if both_float { DataType::Float } else { DataType::Double };
    let (first, second) = (call.to(first, &data_type)?, call.to(second, &data_type)?);
    let nullable = first.nullable || second.nullable;
    let when = datafusion::functions::math::isnan().call(vec![first.expr.clone()]);
    Ok(Typed { expr: case(when, second.expr, first.expr, &data_type), data_type, nullable })
}

fn zero_if_null(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let zero = Typed { expr: lit(0_i32), data_type: DataType::Int, nullable: false };
    let first = match call.argument(0).data_type {
        DataType::Null => call.to(call.argument(0).clone(), &DataType::Int)?,
        _ => call.expect(0, &Expected::Numeric)?,
    };
    let data_type = common_type_of([&first.data_type, &DataType::Int], call.context.ansi)
        .unwrap_or_else(|| first.data_type.clone());
    let arguments = vec![call.to(first, &data_type)?, call.to(zero, &data_type)?];
    first_of(call, arguments, data_type)
}

fn null_if_zero(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let first = call.expect(0, &Expected::Numeric)?;
    let zero = Typed { expr: lit(0_i32), data_type: DataType::Int, nullable: false };
    let zero = call.to(zero, &first.data_type)?;
    once(first, &[], |first| {
        let when = floats::without_zero_signs(first.clone()).expr.eq(zero.expr);
        Ok(Typed { expr: case(when, null(&first.data_type)?, first.expr, &first.data_type), nullable: true, ..first })
    })
}

fn null_test(call: &Call<'_>, negated: bool) -> Result<Typed> {
    call.count(1..=1)?;
    let operand = call.argument(0).expr.clone();
    let expr = if negated { operand.is_not_null() } else { operand.is_null() };
    Ok(Typed { expr, data_type: DataType::Boolean, nullable: false })
}

fn is_nan(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    const NUMBER: Expected = Expected::OneOf(&[Expected::Type(DataType::Double), Expected::Type(DataType::Float)]);
    let argument = call.expect(0, &NUMBER)?;
    let test = datafusion::functions::math::isnan().call(vec![argument.expr]);
    let boolean = |expr, nullable| Typed { expr, data_type: DataType::Boolean, nullable };
    in_case(vec![boolean(test, argument.nullable), boolean(lit(false), false)])
}

fn equal_null(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let (operands, _) = call.common_type(0..2)?;
    let mut operands = call.keys(operands)?;
    let (right, left) = (operands.remove(1), operands.remove(0));
    let expr = datafusion::logical_expr::binary_expr(
        left.expr,
        datafusion::logical_expr::Operator::IsNotDistinctFrom,
        right.expr,
    );
    Ok(Typed { expr, data_type: DataType::Boolean, nullable: false })
}

/// `decode(value, search, result, …[, default])`: searches compare as equal when both are NULL.
pub(super) fn decode(call: &Call<'_>) -> Result<Typed> {
    let pairs = (call.arguments.len() - 1) / 2;
    let has_default = call.arguments.len().is_multiple_of(2);
    let searched = [0].into_iter().chain((0..pairs).map(|pair| 1 + 2 * pair));
    let mut results = (0..pairs).map(|pair| 2 + 2 * pair).collect::<Vec<_>>();
    if has_default {
        results.push(call.arguments.len() - 1);
    }
    let compared = call.keys(unify(call, &searched.collect::<Vec<_>>())?.0)?;
    let (mut results, data_type) = unify(call, &results)?;
    let nullable = !has_default || results.iter().any(|result| result.nullable);
    let otherwise = if has_default { results.pop().map(|result| result.expr) } else { None };
    let searched = compared[1..].iter().map(|search| &search.expr);
    let others: Vec<&Expr> =
        searched.chain(results.iter().map(|result| &result.expr)).chain(otherwise.as_ref()).collect();
    once(compared[0].clone(), &others, |value| {
        let whens = compared[1..].iter().zip(&results).map(|(search, result)| {
            let equal = datafusion::logical_expr::binary_expr(
                value.expr.clone(),
                datafusion::logical_expr::Operator::IsNotDistinctFrom,
                search.expr.clone(),
            );
            (Box::new(equal), Box::new(result.expr.clone()))
        });
        let boolean = data_type == DataType::Boolean;
        let expr = choose(whens.collect(), otherwise.clone().map(Box::new), boolean);
        Ok(Typed { expr, data_type, nullable })
    })
}

/// The arguments of these numbers, cast to the type they have in common.
fn unify(call: &Call<'_>, numbers: &[usize]) -> Result<(Vec<Typed>, DataType)> {
    let arguments = numbers.iter().map(|n| call.argument(*n).clone()).collect::<Vec<_>>();
    let texts = numbers.iter().map(|n| call.texts[*n].clone()).collect::<Vec<_>>();
    let mut arguments = arguments;
    collations::meet(&mut arguments).map_err(|error| error.at(call.span))?;
    let part = Call { arguments: &arguments, texts: &texts, ..*call };
    part.common_type(0..arguments.len())
}
