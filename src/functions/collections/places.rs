//! Elements by their place: `element_at`, `get`; and arrays of numbers and dates: `sequence`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array, ListArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Int32Type, Int64Type};
use datafusion::logical_expr::{ColumnarValue, lit};

use super::{element, limits, loose};
use crate::error::{Error, INVALID_ARRAY_INDEX_IN_ELEMENT_AT, INVALID_INDEX_OF_ZERO, INVALID_PARAMETER_VALUE, Result};
use crate::functions::cast::{CastMode, cast};
use crate::functions::{Arguments, Call, Kernel, Typed, elements};
use crate::types::DataType;
use crate::types::coercion::tightest_common_type;

pub(super) static ELEMENT_AT: Kernel = Kernel::new("element_at", element_at_place).fallible();
pub(super) static GET: Kernel = Kernel::new("get", get_place);
pub(super) static SEQUENCE: Kernel = Kernel::new("sequence", numbers).fallible();

/// `element_at(array, place from 1)` or `element_at(map, key)`.
pub(super) fn element_at(call: &Call<'_>, tolerant: bool) -> Result<Typed> {
    call.count(2..=2)?;
    if let DataType::Map { key, value, .. } = &call.argument(0).data_type {
        let given = call.argument(1);
        let Some(common) = tightest_common_type(key, &given.data_type, call.context.ansi) else {
            return Err(call.mismatch(
                "MAP_FUNCTION_DIFF_TYPES",
                &format!(
                    "Input to `{}` should have been \"MAP\" followed by a value with same key type, but it's [\"{}\", \"{}\"]",
                    call.name.to_lowercase(),
                    call.argument(0).data_type,
                    given.data_type
                ),
            ));
        };
        let map = DataType::map(common.clone(), value.as_ref().clone());
        let (map, wanted) = (call.to(call.argument(0).clone(), &map)?, call.to(given.clone(), &common)?);
        return Ok(elements::map_value(map, wanted, value.as_ref().clone(), call.context));
    }
    let arguments = vec![loose(call, 0)?, call.cast(1, &DataType::Int)?];
    let returns = element(&arguments[0].data_type);
    let mode = if tolerant || !call.context.ansi { "tolerant" } else { "strict" };
    Ok(call.kernel_with(&ELEMENT_AT, arguments, vec![mode.to_owned()], returns, true))
}

/// `get(array, place from 0)`
pub(super) fn get(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    if call.argument(0).data_type == DataType::Null {
        return Err(call.unexpected_type(0, "\"ARRAY\""));
    }
    let arguments = vec![loose(call, 0)?, call.cast(1, &DataType::Int)?];
    let returns = element(&arguments[0].data_type);
    Ok(call.kernel(&GET, arguments, returns, true))
}

fn pick(arguments: &Arguments<'_>, place: impl Fn(i32, i64) -> Result<Option<i64>>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let list = array.as_list::<i32>();
    let places = arguments.values_of::<Int32Type>(1)?;
    let offsets = list.value_offsets();
    let picks = (0..arguments.rows).map(|row| match places.get(row) {
        Some(wanted) if list.is_valid(row) => {
            let (first, last) = (i64::from(offsets[row]), i64::from(offsets[row + 1]));
            Ok(place(wanted, last - first)?.map(|place| (first + place) as u64))
        }
        _ => Ok(None),
    });
    let picks = picks.collect::<Result<UInt64Array>>()?;
    Ok(ColumnarValue::Array(take(list.values(), &picks, None)?))
}

fn element_at_place(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let strict = arguments.parameters.options[0] == "strict";
    pick(arguments, |wanted, length| {
        let place = match wanted {
            0 => {
                return Err(Error::new(
                    &INVALID_INDEX_OF_ZERO,
                    "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1)",
                ));
            }
            1.. => i64::from(wanted) - 1,
            _ => length + i64::from(wanted),
        };
        match (0..length).contains(&place) {
            true => Ok(Some(place)),
            false if strict => Err(Error::new(
                &INVALID_ARRAY_INDEX_IN_ELEMENT_AT,
                format!(
                    "The index {wanted} is out of bounds. The array has {length} elements. Use `try_element_at` to \
                     tolerate accessing element at invalid index and return NULL instead"
                ),
            )),
            false => Ok(None),
        }
    })
}

fn get_place(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    pick(arguments, |wanted, length| Ok(Some(i64::from(wanted)).filter(|place| (0..length).contains(place))))
}

/// `sequence(start, stop[, step])` of integers.
pub(super) fn sequence(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let (_, common) = call.common_type(0..2)?;
    if common.is_datetime() {
        return super::calendar::bind(call, &common);
    }
    if !common.is_integral() || call.arguments.get(2).is_some_and(|step| step.data_type.is_interval()) {
        return Err(super::calendar::wrong_types(call));
    }
    let mut arguments = vec![call.cast(0, &DataType::Long)?, call.cast(1, &DataType::Long)?];
    arguments.push(match call.arguments.len() {
        3 => call.cast(2, &DataType::Long)?,
        // Down when the stop is below the start.
        _ => Typed { expr: lit(0_i64), data_type: DataType::Long, nullable: false },
    });
    let nullable = arguments.iter().any(|argument| argument.nullable);
    let mode = if call.arguments.len() == 3 { "step" } else { "towards" };
    let longs =
        call.kernel_with(&SEQUENCE, arguments, vec![mode.to_owned()], DataType::array(DataType::Long), nullable);
    let wanted = DataType::Array { element: Box::new(common), contains_null: true };
    cast(longs, &wanted, CastMode::implicit(call.context), call.context)
}

fn numbers(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let part = |n| arguments.values_of::<Int64Type>(n);
    let (starts, stops, steps) = (part(0)?, part(1)?, part(2)?);
    let towards = arguments.parameters.options[0] == "towards";
    let (mut values, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..arguments.rows {
        let (Some(start), Some(stop), Some(step)) = (starts.get(row), stops.get(row), steps.get(row)) else {
            lengths.push(0);
            valid.push(false);
            continue;
        };
        let step = if towards { if start <= stop { 1 } else { -1 } } else { step };
        let possible = (step > 0 && start <= stop) || (step < 0 && start >= stop) || (step == 0 && start == stop);
        if !possible {
            return Err(Error::new(
                &INVALID_PARAMETER_VALUE,
                format!("Illegal sequence boundaries: {start} to {stop} by {step}"),
            )
            .subcondition("BOUNDARIES"));
        }
        let distance = (i128::from(stop) - i128::from(start)).unsigned_abs();
        let length = if step == 0 { 1 } else { distance / u128::from(step.unsigned_abs()) + 1 };
        let length = limits::length("sequence", length, values.len())?;
        values.extend((0..length as i64).map(|n| start.wrapping_add(n.wrapping_mul(step))));
        lengths.push(length);
        valid.push(true);
    }
    let field = Arc::new(Field::new("item", Arrow::Int64, true));
    let values = Arc::new(Int64Array::from(values));
    let list = ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, Some(NullBuffer::from(valid)));
    Ok(ColumnarValue::Array(Arc::new(list)))
}
