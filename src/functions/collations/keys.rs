//! The keys of values: what they are compared by. Collated strings, also inside of arrays and structs, become values that
//! compare byte by byte as the strings do by their collation, floats lose the sign of zero.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewBuilder, ListArray, MapArray, StringViewArray, StringViewBuilder, StructArray,
};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::logical_expr::ColumnarValue;

use super::indeterminate;
use crate::error::{Error, Result};
use crate::functions::floats::{has_floats, positive_zeros};
use crate::functions::kernel::{Kernel, conform};
use crate::functions::{Context, Typed, call_kernel};
use crate::types::collation::keys::Keys;
use crate::types::{DataType, StructField};

pub static KEY: Kernel = Kernel::new("collation_key", |arguments| {
    let array = key_array(&arguments.array(0)?, &arguments.parameters.arguments[0])?;
    Ok(ColumnarValue::Array(array))
});

/// The value, or what it is compared, grouped and sorted by if there are collated strings in it.
///
/// # Errors
/// `INDETERMINATE_COLLATION`.
pub fn key(value: Typed, context: &Context) -> Result<Typed> {
    if !value.data_type.is_collated() {
        return Ok(value);
    }
    let returns = key_type(&value.data_type)?;
    let nullable = value.nullable;
    Ok(call_kernel(&KEY, vec![value], returns, nullable, context))
}

/// The type of keys of values of a type.
///
/// # Errors
/// `INDETERMINATE_COLLATION`.
pub fn key_type(data_type: &DataType) -> Result<DataType> {
    if data_type.collations().any(|collation| collation.is_indeterminate()) {
        return Err(indeterminate());
    }
    Ok(data_type.map_strings(&|string| match string {
        DataType::Collated(collation) if collation.is_unicode() => DataType::Binary,
        _ => DataType::String,
    }))
}

/// The keys of an array's values.
pub fn key_array(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if !data_type.is_collated() {
        return if has_floats(data_type) { positive_zeros(array) } else { Ok(Arc::clone(array)) };
    }
    let layout = key_type(data_type)?.to_arrow();
    match (data_type, &layout) {
        (DataType::Collated(collation), _) => {
            let array = conform(Arc::clone(array), &Arrow::Utf8View)?;
            Ok(string_keys(array.as_string_view(), Keys::new(*collation)?))
        }
        (DataType::Array { element, .. }, Arrow::List(field)) => {
            let list = array.as_list::<i32>();
            let values = conform(key_array(list.values(), element)?, field.data_type())?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Ok(Arc::new(ListArray::try_new(Arc::clone(field), offsets, values, nulls)?))
        }
        (DataType::Struct(fields), Arrow::Struct(layouts)) => {
            let structs = array.as_struct();
            let columns = columns(structs, fields)?;
            let columns = columns
                .into_iter()
                .zip(layouts)
                .map(|(column, field)| conform(column, field.data_type()))
                .collect::<Result<Vec<_>>>()?;
            Ok(Arc::new(StructArray::try_new(layouts.clone(), columns, structs.nulls().cloned())?))
        }
        (DataType::Map { key, value, .. }, Arrow::Map(field, sorted)) => {
            let map = array.as_map();
            let Arrow::Struct(entries) = field.data_type() else {
                return Err(Error::internal("a map has entries"));
            };
            let keys = conform(key_array(map.keys(), key)?, entries[0].data_type())?;
            let values = conform(key_array(map.values(), value)?, entries[1].data_type())?;
            let entries = StructArray::try_new(entries.clone(), vec![keys, values], None)?;
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, *sorted)?))
        }
        _ => Err(Error::internal(format!("no keys of {data_type}"))),
    }
}

/// Encodes values of a type as rows of bytes that compare as the values do.
pub struct Comparer {
    data_type: DataType,
    converter: RowConverter,
}

impl Comparer {
    /// `layout` is the Arrow type of the values.
    ///
    /// # Errors
    /// `INDETERMINATE_COLLATION`.
    pub fn new(data_type: &DataType, layout: &Arrow, options: SortOptions) -> Result<Self> {
        let layout = if data_type.is_collated() { key_type(data_type)?.to_arrow() } else { layout.clone() };
        let converter = RowConverter::new(vec![SortField::new_with_options(layout, options)])?;
        Ok(Self { data_type: data_type.clone(), converter })
    }

    pub fn rows(&self, values: &ArrayRef) -> Result<Rows> {
        Ok(self.converter.convert_columns(&[key_array(values, &self.data_type)?])?)
    }
}

fn columns(structs: &StructArray, fields: &[StructField]) -> Result<Vec<ArrayRef>> {
    structs.columns().iter().zip(fields).map(|(column, field)| key_array(column, &field.data_type)).collect()
}

fn string_keys(strings: &StringViewArray, keys: Keys) -> ArrayRef {
    let mut key = Vec::new();
    if keys.are_text() {
        let mut builder = StringViewBuilder::with_capacity(strings.len());
        for string in strings {
            builder.append_option(string.map(|string| {
                key.clear();
                keys.write(string, &mut key);
                std::str::from_utf8(&key).expect("characters in lower case are characters")
            }));
        }
        return Arc::new(builder.finish());
    }
    let mut builder = BinaryViewBuilder::with_capacity(strings.len());
    for string in strings {
        builder.append_option(string.map(|string| {
            key.clear();
            keys.write(string, &mut key);
            key.as_slice()
        }));
    }
    Arc::new(builder.finish())
}
