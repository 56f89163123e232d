//! Bits of integers.

use datafusion::arrow::datatypes::{Int8Type, Int32Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::{Arguments, Call, Expected, Kernel, Typed};
use crate::types::DataType;

pub(super) static COUNT: Kernel = Kernel::new("bit_count", count);
pub(super) static GET: Kernel = Kernel::new("bit_get", get).fallible();
pub(super) static LEFT: Kernel = Kernel::new("shiftleft", |arguments| {
    shift(arguments, |value, by| value.wrapping_shl(by), |value, by| value.wrapping_shl(by))
});
pub(super) static RIGHT: Kernel = Kernel::new("shiftright", |arguments| {
    shift(arguments, |value, by| value.wrapping_shr(by), |value, by| value.wrapping_shr(by))
});
pub(super) static RIGHT_UNSIGNED: Kernel = Kernel::new("shiftrightunsigned", |arguments| {
    shift(
        arguments,
        |value, by| (value as u32).wrapping_shr(by) as i32,
        |value, by| (value as u64).wrapping_shr(by) as i64,
    )
});

pub(super) fn bind_count(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.expect(0, &Expected::OneOf(&[Expected::Integral, Expected::Type(DataType::Boolean)]))?;
    // The bits of a negative number are those of a long.
    let nullable = argument.nullable;
    let long = if argument.data_type == DataType::Boolean {
        Typed {
            expr: datafusion::logical_expr::cast(argument.expr, DataType::Long.to_arrow()),
            data_type: DataType::Long,
            nullable,
        }
    } else {
        call.to(argument, &DataType::Long)?
    };
    Ok(call.kernel(&COUNT, vec![long], DataType::Int, nullable))
}

fn count(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int64Type>(0)?;
    arguments.compute::<Int32Type>(|row| Some(values.get(row)?.count_ones() as i32))
}

pub(super) fn bind_get(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let value = call.expect(0, &Expected::Integral)?;
    let bits = match value.data_type {
        DataType::Byte => 8,
        DataType::Short => 16,
        DataType::Int => 32,
        _ => 64,
    };
    let arguments = vec![call.to(value, &DataType::Long)?, call.cast(1, &DataType::Int)?];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel_with(&GET, arguments, vec![bits.to_string()], DataType::Byte, nullable))
}

fn get(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bits: i32 = arguments.parameters.options[0].parse().unwrap_or(64);
    let (values, positions) = (arguments.values_of::<Int64Type>(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.try_compute::<Int8Type>(|row| {
        let (Some(value), Some(position)) = (values.get(row), positions.get(row)) else { return Ok(None) };
        if !(0..bits).contains(&position) {
            let bound = if position < 0 { ">= 0".to_owned() } else { format!("< {bits}") };
            return Err(Error::new(
                &INVALID_PARAMETER_VALUE,
                format!(
                    "The value of parameter(s) `pos` in `bit_get` is invalid: expects an integer value in [0, {bits}), \
                     but got {position} (must be {bound})"
                ),
            )
            .subcondition("BIT_POSITION_RANGE"));
        }
        Ok(Some((value >> position & 1) as i8))
    })
}

pub(super) fn bind_shift(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(2..=2)?;
    const NUMBER: Expected = Expected::OneOf(&[Expected::Type(DataType::Int), Expected::Type(DataType::Long)]);
    let arguments = vec![call.expect(0, &NUMBER)?, call.cast(1, &DataType::Int)?];
    let returns = arguments[0].data_type.clone();
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(kernel, arguments, returns, nullable))
}

/// As Java, the distance counts modulo the width.
fn shift(
    arguments: &Arguments<'_>,
    ints: impl Fn(i32, u32) -> i32,
    longs: impl Fn(i64, u32) -> i64,
) -> Result<ColumnarValue> {
    let by = arguments.values_of::<Int32Type>(1)?;
    if arguments.parameters.returns == DataType::Int {
        let values = arguments.values_of::<Int32Type>(0)?;
        return arguments.compute::<Int32Type>(|row| Some(ints(values.get(row)?, by.get(row)? as u32)));
    }
    let values = arguments.values_of::<Int64Type>(0)?;
    arguments.compute::<Int64Type>(|row| Some(longs(values.get(row)?, by.get(row)? as u32)))
}
