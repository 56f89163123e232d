//! `map_filter`, `map_zip_with`, `transform_keys` and `transform_values`.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, MapArray, StructArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, filter as keep, interleave, take};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields};

use super::Running;
use super::arrays::chosen;
use super::elements::{Elements, index, of_maps, place};
use crate::error::{Error, Result};
use crate::functions::collations::Comparer;
use crate::functions::collections::maps::map_array;
use crate::types::DataType;

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
    map_array(&run.function.returns, keys, Arc::clone(&entries.columns[1]), entries.offsets, entries.nulls)
}

/// The keys of both maps, those of the left first, with the value each has.
pub(super) fn zip_with(run: &Running<'_>) -> Result<ArrayRef> {
    let (left, right) = (run.values[0].as_map(), run.values[1].as_map());
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    let DataType::Map { key, .. } = &run.function.returns else {
        return Err(Error::internal("`map_zip_with` makes a map"));
    };
    let comparer = Comparer::new(key, left.keys().data_type(), SortOptions::default())?;
    let (left_keys, right_keys) = (comparer.rows(left.keys())?, comparer.rows(right.keys())?);
    let mut lengths = Vec::with_capacity(left.len());
    let (mut rows, mut keys, mut lefts, mut rights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in 0..left.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            lengths.push(0);
            continue;
        }
        let range = |map: &MapArray| index(map.value_offsets()[row])..index(map.value_offsets()[row + 1]);
        let before = rows.len();
        let mut others: HashMap<_, _> = range(right).map(|entry| (right_keys.row(entry), entry)).collect();
        for entry in range(left) {
            let other = others.remove(&left_keys.row(entry));
            keys.push((0, entry));
            lefts.push(Some(place(entry)?));
            rights.push(other.map(place).transpose()?);
            rows.push(place(row)?);
        }
        for entry in range(right).filter(|entry| others.contains_key(&right_keys.row(*entry))) {
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
