//! `transform`, `filter`, `exists`, `forall` and `zip_with`.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Int32Array, ListArray, UInt32Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{filter as keep, take};
use datafusion::arrow::datatypes::Field;

use super::Running;
use super::elements::{Elements, index, of_lists, place};
use crate::error::Result;

fn list(values: ArrayRef, offsets: OffsetBuffer<i32>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(item, offsets, values, nulls)?))
}

/// Each element, and its number counted from 0.
fn with_numbers(elements: &Elements) -> Vec<ArrayRef> {
    let numbers: Int32Array =
        elements.offsets.windows(2).flat_map(|pair| 0..pair[1] - pair[0]).collect::<Vec<_>>().into();
    vec![Arc::clone(&elements.columns[0]), Arc::new(numbers)]
}

pub(super) fn transform(run: &Running<'_>) -> Result<ArrayRef> {
    let elements = of_lists(run.values[0].as_list())?;
    let values = run.lambda(0, &with_numbers(&elements), &elements.rows)?;
    list(values, elements.offsets, elements.nulls)
}

pub(super) fn filter(run: &Running<'_>) -> Result<ArrayRef> {
    let elements = of_lists(run.values[0].as_list())?;
    let decided = run.lambda(0, &with_numbers(&elements), &elements.rows)?;
    let (kept, offsets) = chosen(&elements, decided.as_boolean());
    list(keep(&elements.columns[0], &kept)?, offsets, elements.nulls)
}

/// Which elements a condition keeps, NULL being no reason to, and the bounds of what is left.
pub(super) fn chosen(elements: &Elements, decided: &BooleanArray) -> (BooleanArray, OffsetBuffer<i32>) {
    let kept: BooleanArray = decided.iter().map(|decided| Some(decided == Some(true))).collect();
    let lengths = elements
        .offsets
        .windows(2)
        .map(|pair| (index(pair[0])..index(pair[1])).filter(|element| kept.value(*element)).count());
    let offsets = OffsetBuffer::from_lengths(lengths.collect::<Vec<_>>());
    (kept, offsets)
}

/// Whether some element decides: a true one decides `exists`, a false one `forall`.
pub(super) fn decide(run: &Running<'_>, deciding: bool) -> Result<ArrayRef> {
    let elements = of_lists(run.values[0].as_list())?;
    let decided = run.lambda(0, &elements.columns, &elements.rows)?;
    let decided = decided.as_boolean();
    let mut result = BooleanBuilder::with_capacity(elements.len());
    let mut next = 0;
    for (row, range) in elements.ranges() {
        result.append_nulls(row - next);
        next = row + 1;
        let mut unknown = false;
        let mut found = false;
        for element in range {
            match decided.is_null(element) {
                true => unknown = true,
                false => found |= decided.value(element) == deciding,
            }
        }
        match (found, unknown) {
            (true, _) => result.append_value(deciding),
            (false, true) => result.append_null(),
            (false, false) => result.append_value(!deciding),
        }
    }
    result.append_nulls(elements.len() - next);
    Ok(Arc::new(result.finish()))
}

/// Elements of two arrays side by side, the shorter filled up with NULLs.
pub(super) fn zip_with(run: &Running<'_>) -> Result<ArrayRef> {
    let (left, right) = (run.values[0].as_list::<i32>(), run.values[1].as_list::<i32>());
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    let mut lengths = Vec::with_capacity(left.len());
    let (mut rows, mut lefts, mut rights) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..left.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            lengths.push(0);
            continue;
        }
        let bounds = |list: &ListArray| (index(list.value_offsets()[row]), index(list.value_offsets()[row + 1]));
        let ((left_start, left_end), (right_start, right_end)) = (bounds(left), bounds(right));
        let length = (left_end - left_start).max(right_end - right_start);
        lengths.push(length);
        for n in 0..length {
            rows.push(place(row)?);
            lefts.push(if left_start + n < left_end { Some(place(left_start + n)?) } else { None });
            rights.push(if right_start + n < right_end { Some(place(right_start + n)?) } else { None });
        }
    }
    let parameters = [
        take(left.values(), &UInt32Array::from(lefts), None)?,
        take(right.values(), &UInt32Array::from(rights), None)?,
    ];
    let values = run.lambda(0, &parameters, &UInt32Array::from(rows))?;
    list(values, OffsetBuffer::from_lengths(lengths), nulls)
}
