//! `array_sort` with an order of its own.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{Field, Int32Type};

use super::Running;
use super::elements::{Elements, of_lists, place};
use crate::error::{COMPARATOR_RETURNS_NULL, Error, Result};

/// Two sorted runs that become one.
struct Merge {
    left: std::ops::Range<usize>,
    right: std::ops::Range<usize>,
    out: usize,
}

/// A merge sort whose merges, of all arrays of the batch, go on in step: each step is one call of the lambda.
pub(super) fn sort(run: &Running<'_>) -> Result<ArrayRef> {
    let elements = of_lists(run.values[0].as_list())?;
    let count = elements.rows.len();
    let mut order: Vec<u32> = (0..place(count)?).collect();
    let longest = elements.ranges().map(|(_, range)| range.len()).max().unwrap_or(0);
    let mut width = 1;
    while width < longest {
        let mut merged = order.clone();
        let mut merges = Vec::new();
        for (_, range) in elements.ranges() {
            let mut start = range.start;
            while start + width < range.end {
                let (middle, end) = (start + width, (start + 2 * width).min(range.end));
                merges.push(Merge { left: start..middle, right: middle..end, out: start });
                start = end;
            }
        }
        while !merges.is_empty() {
            step(run, &elements, &order, &mut merged, &mut merges)?;
        }
        order = merged;
        width *= 2;
    }
    let values = take(&elements.columns[0], &UInt32Array::from(order), None)?;
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(item, elements.offsets, values, elements.nulls)?))
}

/// Takes one element in each merge, and drops the merges that have come to an end.
fn step(
    run: &Running<'_>,
    elements: &Elements,
    order: &[u32],
    merged: &mut [u32],
    merges: &mut Vec<Merge>,
) -> Result<()> {
    let heads = |of: fn(&Merge) -> usize| UInt32Array::from_iter_values(merges.iter().map(|merge| order[of(merge)]));
    let (lefts, rights) = (heads(|merge| merge.left.start), heads(|merge| merge.right.start));
    let rows = take(&elements.rows, &lefts, None)?;
    let values = &elements.columns[0];
    let pair = [take(values, &lefts, None)?, take(values, &rights, None)?];
    let compared = run.lambda(0, &pair, rows.as_primitive())?;
    let compared = compared.as_primitive::<Int32Type>();
    if compared.null_count() > 0 {
        return Err(Error::new(
            &COMPARATOR_RETURNS_NULL,
            "The comparator has returned a NULL for a comparison. It should return a positive integer for \"greater \
             than\", 0 for \"equal\" and a negative integer for \"less than\"",
        ));
    }
    for (merge, compared) in merges.iter_mut().zip(compared.values()) {
        let taken = if *compared > 0 { &mut merge.right } else { &mut merge.left };
        merged[merge.out] = order[taken.start];
        taken.start += 1;
        merge.out += 1;
        for side in [&merge.left, &merge.right] {
            let other_ended = merge.left.is_empty() || merge.right.is_empty();
            if other_ended && !side.is_empty() {
                merged[merge.out..merge.out + side.len()].copy_from_slice(&order[side.clone()]);
            }
        }
    }
    merges.retain(|merge| !merge.left.is_empty() && !merge.right.is_empty());
    Ok(())
}
