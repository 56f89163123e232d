//! `map_filter`, `map_zip_with`, `transform_keys` and `transform_values`.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, MapArray, StructArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{filter as keep, interleave, take};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields};
use datafusion::arrow::row::{RowConverter, SortField};

use super::Running;
use super::arrays::chosen;
use super::elements::{Elements, index, of_maps, place};
use crate::error::{DUPLICATED_MAP_KEY, Error, NULL_MAP_KEY, Result};
use crate::functions::cast::value_writer;
use crate::types::DataType;
use crate::types::time_zone::Zone;

fn map(keys: ArrayRef, values: ArrayRef, offsets: OffsetBuffer<i32>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let fields = Fields::from(vec![
        Field::new("key", keys.data_type().clone(), false),
        Field::new("value", values.data_type().clone(), true),
    ]);
    let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    let field = Arc::new(Field::new("entries", Arrow::Struct(fields), false));
    Ok(Arc::new(MapArray::try_new(field, offsets, entries, nulls, false)?))
}

fn entries(run: &Running<'_>) -> Result<Elements> {
    of_maps(run.values[0].as_map())
}

pub(super) fn filter(run: &Running<'_>) -> Result<ArrayRef> {
    let entries = entries(run)?;
    let decided = run.lambda(0, &entries.columns, &entries.rows)?;
    let (kept, offsets) = chosen(&entries, decided.as_boolean());
    let (keys, values) = (keep(&entries.columns[0], &kept)?, keep(&entries.columns[1], &kept)?);
    map(keys, values, offsets, entries.nulls)
}

pub(super) fn transform_values(run: &Running<'_>) -> Result<ArrayRef> {
    let entries = entries(run)?;
    let values = run.lambda(0, &entries.columns, &entries.rows)?;
    map(Arc::clone(&entries.columns[0]), values, entries.offsets, entries.nulls)
}

pub(super) fn transform_keys(run: &Running<'_>) -> Result<ArrayRef> {
    let entries = entries(run)?;
    let keys = run.lambda(0, &entries.columns, &entries.rows)?;
    if keys.logical_null_count() > 0 {
        return Err(Error::new(&NULL_MAP_KEY, "Cannot use null as map key"));
    }
    let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?;
    let rows = converter.convert_columns(std::slice::from_ref(&keys))?;
    let mut seen = HashSet::new();
    for (_, range) in entries.ranges() {
        seen.clear();
        for key in range {
            if !seen.insert(rows.row(key)) {
                return Err(duplicate(run, &keys, key)?);
            }
        }
    }
    map(keys, Arc::clone(&entries.columns[1]), entries.offsets, entries.nulls)
}

fn duplicate(run: &Running<'_>, keys: &ArrayRef, at: usize) -> Result<Error> {
    let mut shown = String::new();
    if let DataType::Map { key, .. } = &run.function.returns {
        value_writer(keys, key, &Zone::parse("UTC")?)?(at, &mut shown);
    }
    Ok(Error::new(
        &DUPLICATED_MAP_KEY,
        format!(
            "Duplicate map key {shown} was found, please check the input data. If you want to remove the duplicated \
             keys, you can set \"spark.sql.mapKeyDedupPolicy\" to \"LAST_WIN\" so that the key inserted at last takes \
             precedence"
        ),
    ))
}

/// The keys of both maps, those of the left first, with the value each has.
pub(super) fn zip_with(run: &Running<'_>) -> Result<ArrayRef> {
    let (left, right) = (run.values[0].as_map(), run.values[1].as_map());
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    let converter = RowConverter::new(vec![SortField::new(left.keys().data_type().clone())])?;
    let left_keys = converter.convert_columns(std::slice::from_ref(left.keys()))?;
    let right_keys = converter.convert_columns(std::slice::from_ref(right.keys()))?;
    let mut lengths = Vec::with_capacity(left.len());
    let (mut rows, mut keys, mut lefts, mut rights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in 0..left.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            lengths.push(0);
            continue;
        }
        let range = |map: &MapArray| index(map.value_offsets()[row])..index(map.value_offsets()[row + 1]);
        let before = rows.len();
        let mut matched = HashSet::new();
        for entry in range(left) {
            let other = range(right).find(|other| right_keys.row(*other) == left_keys.row(entry));
            matched.extend(other);
            keys.push((0, entry));
            lefts.push(Some(place(entry)?));
            rights.push(other.map(place).transpose()?);
            rows.push(place(row)?);
        }
        for entry in range(right).filter(|entry| !matched.contains(entry)) {
            keys.push((1, entry));
            lefts.push(None);
            rights.push(Some(place(entry)?));
            rows.push(place(row)?);
        }
        lengths.push(rows.len() - before);
    }
    let keys = interleave(&[left.keys().as_ref(), right.keys().as_ref()], &keys)?;
    let parameters = [
        Arc::clone(&keys),
        take(left.values(), &UInt32Array::from(lefts), None)?,
        take(right.values(), &UInt32Array::from(rights), None)?,
    ];
    let values = run.lambda(0, &parameters, &UInt32Array::from(rows))?;
    map(keys, values, OffsetBuffer::from_lengths(lengths), nulls)
}
