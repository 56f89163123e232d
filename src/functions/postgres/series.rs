//! `generate_series` and `generate_subscripts`: rows of numbers and of moments.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int32Array, Int64Array, ListArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Decimal128Type, Int32Type, Int64Type, IntervalMonthDayNanoType, TimestampMicrosecondType,
};
use datafusion::logical_expr::{ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;

use super::{cast, is_literal, nullable};
use crate::error::{COLLECTION_SIZE_LIMIT_EXCEEDED, Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::arithmetic::plus_calendar_interval;
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Function, Generator, Typed};
use crate::types::DataType;
use crate::types::time_zone::Zone;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::generator(
        "generate_series",
        generate_series,
        "generate_series(start, stop[, step]) - The values from `start` to `stop`, in rows.",
        &[],
    ),
    Function::generator(
        "generate_subscripts",
        subscripts,
        "generate_subscripts(array, dimension) - The numbers of the array's elements, in rows.",
        &[],
    ),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&SERIES, &SUBSCRIPTS];

static SERIES: Kernel = Kernel::new("postgres_series", run_series).fallible();
static SUBSCRIPTS: Kernel = Kernel::new("postgres_subscripts", run_subscripts);

/// Rows that one call may make: they stand in memory side by side.
const MOST: usize = 50_000_000;

fn generate_series(call: &Call<'_>) -> Result<Generator> {
    call.count(2..=3)?;
    let types: Vec<&DataType> = call.arguments.iter().map(|argument| &argument.data_type).collect();
    let by_interval =
        types.get(2).is_some_and(|step| step.is_interval()) || types[..2].iter().any(|bound| bound.is_datetime());
    let element = if by_interval {
        match types[..2].contains(&&DataType::TimestampNtz) && !types[..2].contains(&&DataType::Timestamp) {
            true => DataType::TimestampNtz,
            false => DataType::Timestamp,
        }
    } else if types.iter().any(|found| found.is_decimal()) {
        let scale = types.iter().filter_map(|found| found.as_decimal()).map(|(_, scale)| scale).max().unwrap_or(0);
        DataType::Decimal { precision: 38, scale }
    } else if types.contains(&&DataType::Long) {
        DataType::Long
    } else if types
        .iter()
        .enumerate()
        .all(|(n, found)| found.is_integral() || **found == DataType::Null || is_literal(call, n))
    {
        DataType::Int
    } else {
        return Err(call.unexpected_type(0, "(\"INTEGRAL\" or \"DECIMAL\" or \"TIMESTAMP\")"));
    };
    if by_interval && call.arguments.len() < 3 {
        return Err(Error::new(
            &INVALID_PARAMETER_VALUE,
            "function generate_series(timestamp, timestamp) does not exist",
        )
        .hint("give the step as a third argument: interval '1 day'")
        .at(call.span));
    }
    let mut arguments = vec![cast(call, 0, &element)?, cast(call, 1, &element)?];
    arguments.push(match call.arguments.len() {
        3 if by_interval => cast(call, 2, &DataType::CalendarInterval)?,
        3 => cast(call, 2, &element)?,
        _ => {
            let one = Expr::Literal(ScalarValue::Int32(Some(1)), None);
            let one = Typed { expr: one, data_type: DataType::Int, nullable: false };
            super::casts::cast(one, &element, call.context)?
        }
    });
    let nullable = nullable(&arguments);
    let returns = DataType::Array { element: Box::new(element), contains_null: false };
    let array = call.kernel(&SERIES, arguments, returns, nullable);
    Ok(Generator { columns: vec![("generate_series".to_owned(), array)], outer: false })
}

fn too_many() -> Error {
    Error::new(&COLLECTION_SIZE_LIMIT_EXCEEDED, format!("generate_series would make more than {MOST} rows"))
        .subcondition("FUNCTION")
        .hint("use the table function range(…), which makes rows as they are asked for")
}

fn zero_step() -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, "step size cannot equal zero")
}

/// Appends the values of one row.
fn append(out: &mut Vec<i128>, start: i128, stop: i128, step: i128) -> Result<()> {
    if step == 0 {
        return Err(zero_step());
    }
    let mut value = start;
    while if step > 0 { value <= stop } else { value >= stop } {
        if out.len() >= MOST {
            return Err(too_many());
        }
        out.push(value);
        match value.checked_add(step) {
            Some(next) => value = next,
            None => break,
        }
    }
    Ok(())
}

fn run_series(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let DataType::Array { element, .. } = &arguments.parameters.returns else {
        return Err(Error::internal("a series is an array"));
    };
    let parts = [arguments.array(0)?, arguments.array(1)?, arguments.array(2)?];
    let (mut values, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let before = values.len();
        if parts.iter().all(|part| !part.is_null(row)) {
            match element.as_ref() {
                DataType::Int => {
                    let part = |n: usize| i128::from(parts[n].as_primitive::<Int32Type>().value(row));
                    append(&mut values, part(0), part(1), part(2))?;
                }
                DataType::Long => {
                    let part = |n: usize| i128::from(parts[n].as_primitive::<Int64Type>().value(row));
                    append(&mut values, part(0), part(1), part(2))?;
                }
                DataType::Decimal { .. } => {
                    let part = |n: usize| parts[n].as_primitive::<Decimal128Type>().value(row);
                    append(&mut values, part(0), part(1), part(2))?;
                }
                _ => moments(arguments, &parts, row, &mut values)?,
            }
        }
        lengths.push(values.len() - before);
    }
    let array: ArrayRef = match element.as_ref() {
        DataType::Int => Arc::new(values.into_iter().map(|value| i32::try_from(value).ok()).collect::<Int32Array>()),
        DataType::Long => Arc::new(values.into_iter().map(|value| i64::try_from(value).ok()).collect::<Int64Array>()),
        DataType::Decimal { .. } => Arc::new(Decimal128Array::from(values).with_data_type(element.to_arrow())),
        _ => {
            let micros = values.into_iter().map(|value| i64::try_from(value).ok());
            Arc::new(micros.collect::<TimestampMicrosecondArray>().with_data_type(element.to_arrow()))
        }
    };
    let Arrow::List(field) = arguments.parameters.returns.to_arrow() else { return Err(Error::internal("no list")) };
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), array, None)?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}

fn moments(arguments: &Arguments<'_>, parts: &[ArrayRef; 3], row: usize, out: &mut Vec<i128>) -> Result<()> {
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let zone = (arguments.parameters.arguments[0] == DataType::Timestamp).then_some(&zone);
    let bound = |n: usize| parts[n].as_primitive::<TimestampMicrosecondType>().value(row);
    let step = parts[2].as_primitive::<IntervalMonthDayNanoType>().value(row);
    let (mut value, stop) = (bound(0), bound(1));
    let micros = step.nanoseconds / 1_000;
    let size = i64::from(step.months) * 30 * 86_400_000_000 + i64::from(step.days) * 86_400_000_000 + micros;
    if size == 0 {
        return Err(zero_step());
    }
    while if size > 0 { value <= stop } else { value >= stop } {
        if out.len() >= MOST {
            return Err(too_many());
        }
        out.push(value.into());
        match plus_calendar_interval(value, step.months.into(), step.days.into(), micros, zone) {
            Some(next) => value = next,
            None => break,
        }
    }
    Ok(())
}

fn subscripts(call: &Call<'_>) -> Result<Generator> {
    call.count(2..=3)?;
    if call.literal_int(1, "dimension")? != Some(1) {
        return Err(Error::unsupported("A dimension other than 1", "take the inner array first").at(call.span));
    }
    let array = call.argument(0).clone();
    if !matches!(array.data_type, DataType::Array { .. }) {
        return Err(call.unexpected_type(0, "\"ARRAY\""));
    }
    let backwards = call.arguments.len() == 3
        && call.constant(2, "reverse", &DataType::Boolean)? == Some(ScalarValue::Boolean(Some(true)));
    let nullable = array.nullable;
    let returns = DataType::Array { element: Box::new(DataType::Int), contains_null: false };
    let options = vec![backwards.to_string()];
    let numbers = call.kernel_with(&SUBSCRIPTS, vec![array], options, returns, nullable);
    Ok(Generator { columns: vec![("generate_subscripts".to_owned(), numbers)], outer: false })
}

fn run_subscripts(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let backwards = arguments.parameters.options.first().is_some_and(|option| option == "true");
    let array = arguments.array(0)?;
    let lists = array.as_list::<i32>();
    let lengths: Vec<usize> = (0..lists.len())
        .map(|row| if lists.is_null(row) { 0 } else { usize::try_from(lists.value_length(row)).unwrap_or(0) })
        .collect();
    let mut numbers: Vec<i32> = Vec::new();
    for length in &lengths {
        let length = i32::try_from(*length).unwrap_or(i32::MAX);
        if backwards { numbers.extend((1..=length).rev()) } else { numbers.extend(1..=length) }
    }
    let Arrow::List(field) = arguments.parameters.returns.to_arrow() else { return Err(Error::internal("no list")) };
    let list =
        ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), Arc::new(Int32Array::from(numbers)), None)?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}
