//! What brackets and dots take out of arrays, maps and structs.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Builder, UInt64Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{Field, Int64Type};
use datafusion::logical_expr::ColumnarValue;

use super::collations::Comparer;
use super::kernel::{Arguments, Kernel, Parameters};
use super::{Context, Typed, call_kernel};
use crate::error::{INVALID_ARRAY_INDEX, Result};
use crate::types::{DataType, StructField};

/// Kernels that plans refer to by name.
pub static KERNELS: &[&Kernel] = &[&ELEMENT, &MAP_VALUE, &FIELD_OF_ELEMENTS, &FIELD_BY_POSITION];

static ELEMENT: Kernel = Kernel::new("array_element_at_index", run_element).fallible();
static MAP_VALUE: Kernel = Kernel::new("map_value_of_key", run_map_value);
static FIELD_OF_ELEMENTS: Kernel = Kernel::new("field_of_elements", run_field_of_elements);
static FIELD_BY_POSITION: Kernel = Kernel::new("field_by_position", run_field_by_position);

/// The element at an index counted from 0 (BIGINT); beyond the array it is an error in ANSI mode, else NULL.
pub fn element(array: Typed, index: Typed, element: DataType, context: &Context) -> Typed {
    call_kernel(&ELEMENT, vec![array, index], element, true, context)
}

/// The value of a key of the map's key type; NULL if there is none.
pub fn map_value(map: Typed, key: Typed, value: DataType, context: &Context) -> Typed {
    call_kernel(&MAP_VALUE, vec![map, key], value, true, context)
}

/// One field of every struct in an array.
pub fn field_of_elements(array: Typed, fields: &[StructField], position: usize, context: &Context) -> Typed {
    let nulls = matches!(&array.data_type, DataType::Array { contains_null: true, .. });
    let contains_null = nulls || fields[position].nullable;
    let returns = DataType::Array { element: Box::new(fields[position].data_type.clone()), contains_null };
    let nullable = array.nullable;
    at_position(&FIELD_OF_ELEMENTS, array, position, returns, nullable, context)
}

/// A struct's field by its place.
pub fn field_by_position(
    operand: Typed,
    position: usize,
    data_type: DataType,
    nullable: bool,
    context: &Context,
) -> Typed {
    at_position(&FIELD_BY_POSITION, operand, position, data_type, nullable, context)
}

fn at_position(
    kernel: &'static Kernel,
    operand: Typed,
    position: usize,
    returns: DataType,
    nullable: bool,
    context: &Context,
) -> Typed {
    let parameters =
        Parameters::of(std::slice::from_ref(&operand), returns.clone(), nullable, context).option(position.to_string());
    Typed { expr: kernel.function(parameters).call(vec![operand.expr]), data_type: returns, nullable }
}

fn run_element(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (arrays, indices) = (arguments.array(0)?, arguments.array(1)?);
    let (lists, indices) = (arrays.as_list::<i32>(), indices.as_primitive::<Int64Type>());
    let offsets = lists.value_offsets();
    let mut places = UInt32Builder::with_capacity(lists.len());
    for row in 0..lists.len() {
        if lists.is_null(row) || indices.is_null(row) {
            places.append_null();
            continue;
        }
        let (start, end) = (i64::from(offsets[row]), i64::from(offsets[row + 1]));
        let index = indices.value(row);
        let inside = index >= 0 && index < end - start;
        if !inside && arguments.parameters.ansi {
            return Err(crate::error::Error::new(
                &INVALID_ARRAY_INDEX,
                format!(
                    "The index {index} is out of bounds. The array has {} elements. Use the SQL function `get()` to \
                     tolerate accessing element at invalid index and return NULL instead",
                    end - start
                ),
            ));
        }
        places.append_option(if inside { u32::try_from(start + index).ok() } else { None });
    }
    Ok(ColumnarValue::Array(take(lists.values(), &places.finish(), None)?))
}

fn run_map_value(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (maps, wanted) = (arguments.array(0)?, arguments.array(1)?);
    let maps = maps.as_map();
    let comparer = Comparer::new(&arguments.parameters.arguments[1], wanted.data_type(), SortOptions::default())?;
    let keys = comparer.rows(&super::kernel::conform(Arc::clone(maps.keys()), wanted.data_type())?)?;
    let wanted_rows = comparer.rows(&wanted)?;
    let offsets = maps.value_offsets();
    let mut places: Vec<Option<u64>> = Vec::with_capacity(maps.len());
    for row in 0..maps.len() {
        if maps.is_null(row) || wanted.is_null(row) {
            places.push(None);
            continue;
        }
        let (start, end) = (usize::try_from(offsets[row]), usize::try_from(offsets[row + 1]));
        let (start, end) = (start.unwrap_or(0), end.unwrap_or(0));
        let found = (start..end).find(|place| keys.row(*place) == wanted_rows.row(row));
        places.push(found.and_then(|place| u64::try_from(place).ok()));
    }
    Ok(ColumnarValue::Array(take(maps.values(), &UInt64Array::from(places), None)?))
}

fn position(arguments: &Arguments<'_>) -> usize {
    arguments.parameters.options.first().and_then(|option| option.parse().ok()).unwrap_or(0)
}

/// A struct's column with the struct's own NULLs.
fn field(structs: &ArrayRef, position: usize) -> Result<ArrayRef> {
    let structs = structs.as_struct();
    let column = structs.column(position);
    if structs.null_count() == 0 {
        return Ok(Arc::clone(column));
    }
    let nulls = NullBuffer::union(structs.nulls(), column.logical_nulls().as_ref());
    let data = column.to_data().into_builder().nulls(nulls).build()?;
    Ok(datafusion::arrow::array::make_array(data))
}

fn run_field_by_position(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    Ok(ColumnarValue::Array(field(&arguments.array(0)?, position(arguments))?))
}

fn run_field_of_elements(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let lists = array.as_list::<i32>();
    let values = field(lists.values(), position(arguments))?;
    let nullable = match arguments.parameters.returns {
        DataType::Array { contains_null, .. } => contains_null,
        _ => true,
    };
    let item = Arc::new(Field::new("item", values.data_type().clone(), nullable));
    Ok(ColumnarValue::Array(Arc::new(ListArray::try_new(
        item,
        lists.offsets().clone(),
        values,
        lists.nulls().cloned(),
    )?)))
}
