//! Arrays put together by place: `array_insert`, `arrays_zip`, `shuffle`, and `array_sort` without a lambda.

use std::sync::Arc;

use datafusion::arrow::array::new_null_array;
use datafusion::arrow::array::{Array, AsArray, ListArray, StructArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::compute::{interleave, take};
use datafusion::arrow::datatypes::{DataType as Arrow, Int32Type};
use datafusion::logical_expr::{ColumnarValue, Expr};

use super::limits::LONGEST;
use super::{element, loose};
use crate::error::{COLLECTION_SIZE_LIMIT_EXCEEDED, Error, INVALID_INDEX_OF_ZERO, Result};
use crate::functions::collations::Comparer;
use crate::functions::kernel::conform;
use crate::functions::{Arguments, Call, Expected, Kernel, Typed};
use crate::types::coercion::tightest_common_type;
use crate::types::{DataType, StructField};

pub(super) static INSERT: Kernel = Kernel::new("array_insert", insert).fallible();
pub(super) static ZIP: Kernel = Kernel::new("arrays_zip", zip);
pub(super) static MAKE: Kernel = Kernel::new("array", make);
pub(super) static SORT_NULLS_LAST: Kernel = Kernel::new("array_sort", sort_nulls_last);

/// `array_insert(array, place, value)`: places count from 1, or from -1 at the end.
pub(super) fn bind_insert(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let array = loose(call, 0)?;
    let place = call.cast(1, &DataType::Int)?;
    let value = call.argument(2).clone();
    if call.argument(1).data_type.is_string() {
        return Err(call.unexpected_type(1, "\"INT\""));
    }
    let Some(common) = tightest_common_type(&element(&array.data_type), &value.data_type, call.context.ansi) else {
        return Err(call.mismatch(
            "ARRAY_FUNCTION_DIFF_TYPES",
            &format!(
                "Input to `array_insert` should have been \"ARRAY\" followed by a value with same element type, but \
                 it's [\"{}\", \"{}\"]",
                array.data_type, value.data_type
            ),
        ));
    };
    let returns = DataType::array(common.clone());
    let nullable = array.nullable || place.nullable;
    let arguments = vec![call.to(array, &returns)?, place, call.to(value, &common)?];
    Ok(call.kernel(&INSERT, arguments, returns, nullable))
}

/// `array(value, …)` of values that hold others, whose fields may be declared differently.
fn make(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let Arrow::List(item) = arguments.parameters.returns.to_arrow() else {
        return Err(Error::internal("`array` makes an array"));
    };
    let columns =
        (0..arguments.len()).map(|n| conform(arguments.array(n)?, item.data_type())).collect::<Result<Vec<_>>>()?;
    let places = (0..arguments.rows).flat_map(|row| (0..columns.len()).map(move |column| (column, row)));
    let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
    let values = interleave(&columns, &places.collect::<Vec<_>>())?;
    let offsets = OffsetBuffer::from_repeated_length(columns.len(), arguments.rows);
    Ok(ColumnarValue::Array(Arc::new(ListArray::try_new(item, offsets, values, None)?)))
}

fn insert(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (array, values) = (arguments.array(0)?, arguments.array(2)?);
    let list = array.as_list::<i32>();
    let places = arguments.values_of::<Int32Type>(1)?;
    let offsets = list.value_offsets();
    let nothing = new_null_array(values.data_type(), 1);
    const LIST: usize = 0;
    const VALUE: usize = 1;
    const NOTHING: (usize, usize) = (2, 0);
    let (mut picks, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..arguments.rows {
        let before = picks.len();
        let place = places.get(row).filter(|_| list.is_valid(row)).map(i64::from);
        if let Some(place) = place {
            let (first, last) = (i64::from(offsets[row]), i64::from(offsets[row + 1]));
            let length = last - first;
            if place == 0 {
                return Err(Error::new(
                    &INVALID_INDEX_OF_ZERO,
                    "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1)",
                ));
            }
            if u128::from(place.unsigned_abs().max(length.unsigned_abs() + 1)) > LONGEST {
                return Err(Error::new(
                    &COLLECTION_SIZE_LIMIT_EXCEEDED,
                    format!(
                        "Can't create array with {} elements which exceeding the array size limit {LONGEST}, the \
                             array passed to `array_insert` is too long",
                        place.abs()
                    ),
                )
                .subcondition("FUNCTION"));
            }
            // How many elements stand before the new one; below 0, how many NULLs behind it.
            let ahead = if place > 0 { place - 1 } else { length + place + 1 };
            let present = ahead.clamp(0, length);
            picks.extend((first..first + present).map(|element| (LIST, element as usize)));
            picks.extend(std::iter::repeat_n(NOTHING, (ahead - length).max(0) as usize));
            picks.push((VALUE, row));
            picks.extend(std::iter::repeat_n(NOTHING, (-ahead).max(0) as usize));
            picks.extend((first + present..last).map(|element| (LIST, element as usize)));
        }
        valid.push(place.is_some());
        lengths.push(picks.len() - before);
    }
    let elements = interleave(&[list.values().as_ref(), values.as_ref(), nothing.as_ref()], &picks)?;
    super::elements::finish(elements, lengths, Some(NullBuffer::from(valid)))
}

/// `arrays_zip(array, …)`: fields have the names of columns, or numbers.
pub(super) fn bind_zip(call: &Call<'_>) -> Result<Typed> {
    let arrays = (0..call.arguments.len()).map(|n| call.expect(n, &Expected::Array)).collect::<Result<Vec<_>>>()?;
    let fields = arrays.iter().zip(call.texts).enumerate().map(|(n, (array, text))| {
        let name = match &array.expr {
            Expr::Column(_) => text.rsplit('.').next().unwrap_or(text).to_owned(),
            _ => n.to_string(),
        };
        StructField::new(name, element(&array.data_type))
    });
    let entry = DataType::Struct(fields.collect());
    let returns = DataType::Array { element: Box::new(entry), contains_null: false };
    let nullable = arrays.iter().any(|array| array.nullable);
    Ok(call.kernel(&ZIP, arrays, returns, nullable))
}

/// Shorter arrays are filled up with NULLs.
fn zip(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let Arrow::List(item) = arguments.parameters.returns.to_arrow() else {
        return Err(Error::internal("arrays_zip makes an array"));
    };
    let Arrow::Struct(fields) = item.data_type().clone() else {
        return Err(Error::internal("arrays_zip makes structs"));
    };
    let arrays = (0..arguments.len()).map(|n| arguments.array(n)).collect::<Result<Vec<_>>>()?;
    let lists = arrays.iter().map(|array| array.as_list::<i32>()).collect::<Vec<_>>();
    let nulls = lists.iter().fold(None, |nulls, list| NullBuffer::union(nulls.as_ref(), list.nulls()));
    let length = |row: usize| {
        let longest = lists.iter().map(|list| list.value_length(row) as usize).max().unwrap_or(0);
        if nulls.as_ref().is_none_or(|nulls: &NullBuffer| nulls.is_valid(row)) { longest } else { 0 }
    };
    let lengths = (0..arguments.rows).map(length).collect::<Vec<_>>();
    let columns = lists.iter().zip(&fields).map(|(list, field)| {
        let offsets = list.value_offsets();
        let places = lengths.iter().enumerate().flat_map(|(row, length)| {
            let own = list.value_length(row) as usize;
            (0..*length).map(move |place| (place < own).then_some(offsets[row] as u64 + place as u64))
        });
        conform(take(list.values(), &places.collect::<UInt64Array>(), None)?, field.data_type())
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let entries = match columns.is_empty() {
        true => StructArray::new_empty_fields(0, None),
        false => StructArray::try_new(fields, columns, None)?,
    };
    let list = ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(entries), nulls)?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}

/// Ascending, NULLs last.
fn sort_nulls_last(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let list = array.as_list::<i32>();
    let options = SortOptions { descending: false, nulls_first: false };
    let rows = Comparer::new(&element(&arguments.parameters.arguments[0]), &list.value_type(), options)?
        .rows(list.values())?;
    let offsets = list.value_offsets();
    let first = offsets[0] as u64;
    let mut picks = (first..offsets[list.len()] as u64).collect::<Vec<_>>();
    for row in 0..list.len() {
        let range = (offsets[row] as u64 - first) as usize..(offsets[row + 1] as u64 - first) as usize;
        picks[range].sort_by(|a, b| rows.row(*a as usize).cmp(&rows.row(*b as usize)));
    }
    let values = take(list.values(), &UInt64Array::from(picks), None)?;
    super::elements::finish(values, list.offsets().lengths().collect(), list.nulls().cloned())
}
