//! Arrays, maps and structs: their parts are cast.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Fields};

use super::numbers::unknown;
use super::{CastContext, cast_array};
use crate::error::Result;
use crate::types::DataType;

pub(super) fn cast(array: &ArrayRef, from: &DataType, to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    match (from, to) {
        (DataType::Array { element: from, .. }, DataType::Array { element, .. }) => {
            let lists = array.as_list::<i32>();
            let values = cast_array(lists.values(), from, element, context)?;
            let field = Arc::new(Field::new("item", values.data_type().clone(), true));
            Ok(conform_nullability(
                Arc::new(ListArray::try_new(field, lists.offsets().clone(), values, lists.nulls().cloned())?),
                to,
            ))
        }
        (DataType::Map { key, value, .. }, DataType::Map { key: to_key, value: to_value, value_contains_null }) => {
            let maps = array.as_map();
            let keys = cast_array(maps.keys(), key, to_key, context)?;
            let values = cast_array(maps.values(), value, to_value, context)?;
            let nullable = *value_contains_null || values.null_count() > 0;
            let fields = Fields::from(vec![
                Field::new("key", keys.data_type().clone(), false),
                Field::new("value", values.data_type().clone(), nullable),
            ]);
            let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
            let field = Arc::new(Field::new("entries", Arrow::Struct(fields), false));
            Ok(Arc::new(MapArray::try_new(field, maps.offsets().clone(), entries, maps.nulls().cloned(), false)?))
        }
        (DataType::Struct(from), DataType::Struct(to_fields)) => {
            let structs = array.as_struct();
            let columns = structs
                .columns()
                .iter()
                .zip(from.iter().zip(to_fields))
                .map(|(column, (from, to))| cast_array(column, &from.data_type, &to.data_type, context))
                .collect::<Result<Vec<_>>>()?;
            let fields: Vec<FieldRef> = to_fields
                .iter()
                .zip(&columns)
                .map(|(field, column)| {
                    let nullable = field.nullable || column.null_count() > 0;
                    Arc::new(Field::new(&field.name, column.data_type().clone(), nullable))
                })
                .collect();
            Ok(Arc::new(StructArray::try_new_with_length(
                fields.into(),
                columns,
                structs.nulls().cloned(),
                structs.len(),
            )?))
        }
        _ => Err(unknown(from, to)),
    }
}

/// The list with the promise of its type that no element is NULL, if that is true.
fn conform_nullability(list: Arc<ListArray>, to: &DataType) -> ArrayRef {
    let layout = to.to_arrow();
    match &layout {
        Arrow::List(field) if !field.is_nullable() && list.values().null_count() == 0 => {
            let parts = (Arc::clone(field), list.offsets().clone(), Arc::clone(list.values()), list.nulls().cloned());
            match ListArray::try_new(parts.0, parts.1, parts.2, parts.3) {
                Ok(exact) => Arc::new(exact),
                Err(_) => list,
            }
        }
        _ => list,
    }
}
