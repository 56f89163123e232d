//! Aggregates whose answers are others than Spark's.

use datafusion::functions_aggregate::array_agg::array_agg_udaf;

use super::casts;
use crate::error::{Error, Result};
use crate::functions::{Aggregate, Body, Call, Function, Typed, lookup};
use crate::types::DataType;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::aggregate("array_agg", array_agg, "array_agg(a [ORDER BY …]) - All values, NULLs too, in an array.", &[]),
    Function::aggregate(
        "avg",
        average,
        "avg(a) - The mean: NUMERIC of integers and NUMERIC, else DOUBLE PRECISION.",
        &[],
    ),
    Function::aggregate(
        "string_agg",
        string_agg,
        "string_agg(a, separator [ORDER BY …]) - All texts that are not NULL, with a separator between.",
        &[],
    ),
];

/// What Spark has under a name, of these arguments.
fn spark(call: &Call<'_>, name: &'static str, arguments: &[Typed]) -> Result<Aggregate> {
    match lookup(name).map(|function| (function, &function.body)) {
        Some((function, Body::Aggregate(bind))) => bind(&Call { function, name, arguments, ..*call }),
        _ => Err(Error::internal(format!("`{name}` is not an aggregate"))),
    }
}

fn array_agg(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let argument = call.argument(0);
    Ok(Aggregate {
        function: array_agg_udaf(),
        arguments: vec![argument.expr.clone()],
        data_type: DataType::array(argument.data_type.clone()),
        nullable: true,
    })
}

/// Of exact numbers with 16 digits behind the point at least.
fn average(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let argument = call.argument(0).clone();
    let exact = match &argument.data_type {
        DataType::Byte | DataType::Short | DataType::Int => Some(DataType::Decimal { precision: 22, scale: 12 }),
        DataType::Long => Some(DataType::Decimal { precision: 31, scale: 12 }),
        DataType::Decimal { precision, scale } if *scale < 12 => {
            Some(DataType::Decimal { precision: (*precision + 12 - scale.unsigned_abs()).min(38), scale: 12 })
        }
        _ => None,
    };
    match exact {
        Some(exact) => spark(call, "avg", &[casts::cast(argument, &exact, call.context)?]),
        None => spark(call, "avg", &[argument]),
    }
}

fn string_agg(call: &Call<'_>) -> Result<Aggregate> {
    call.count(2..=2)?;
    let value = call.argument(0).clone();
    let value = match value.data_type {
        DataType::Binary => value,
        _ => casts::cast(value, &DataType::String, call.context)?,
    };
    spark(call, "listagg", &[value, call.argument(1).clone()])
}
