//! `aggregate`: the elements of an array folded into one value.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{interleave, take};

use super::Running;
use super::elements::{of_lists, place};
use crate::error::Result;

/// All arrays of the batch take their first step together, then their second; those that have ended drop out, so the
/// work is that of the elements there are.
pub(super) fn aggregate(run: &Running<'_>) -> Result<ArrayRef> {
    let elements = of_lists(run.values[0].as_list())?;
    let start = &run.values[1];
    // Where each row's result stands: in which array of results, and where in it. A NULL has none.
    let mut places: Vec<Option<(usize, usize)>> = vec![None; elements.len()];
    let mut results: Vec<ArrayRef> = Vec::new();
    let mut active: Vec<(usize, std::ops::Range<usize>)> = elements.ranges().collect();
    let rows = active.iter().map(|(row, _)| place(*row)).collect::<Result<Vec<_>>>()?;
    let mut state = take(start, &UInt32Array::from(rows), None)?;
    while !active.is_empty() {
        let mut going = Vec::with_capacity(active.len());
        for (at, (row, range)) in active.iter().enumerate() {
            if range.is_empty() {
                places[*row] = Some((results.len(), at));
            } else {
                going.push(at);
            }
        }
        if going.len() < active.len() {
            results.push(Arc::clone(&state));
            let kept = going.iter().map(|at| place(*at)).collect::<Result<Vec<_>>>()?;
            state = take(&state, &UInt32Array::from(kept), None)?;
            active = going.iter().map(|at| active[*at].clone()).collect();
        }
        if active.is_empty() {
            break;
        }
        let rows = active.iter().map(|(row, _)| place(*row)).collect::<Result<Vec<_>>>()?;
        let next = active.iter().map(|(_, range)| place(range.start)).collect::<Result<Vec<_>>>()?;
        let values = take(&elements.columns[0], &UInt32Array::from(next), None)?;
        state = run.lambda(0, &[state, values], &UInt32Array::from(rows))?;
        for (_, range) in &mut active {
            range.start += 1;
        }
    }
    finish(run, &results, &places)
}

/// The results put in the order of their rows, and what the last lambda makes of them.
fn finish(run: &Running<'_>, results: &[ArrayRef], places: &[Option<(usize, usize)>]) -> Result<ArrayRef> {
    let known: Vec<(usize, usize)> = places.iter().filter_map(|place| *place).collect();
    let rows = places.iter().enumerate().filter(|(_, at)| at.is_some()).map(|(row, _)| place(row));
    let rows = UInt32Array::from(rows.collect::<Result<Vec<_>>>()?);
    if known.is_empty() {
        return Ok(datafusion::arrow::array::new_null_array(&run.function.returns.to_arrow(), places.len()));
    }
    let results: Vec<&dyn Array> = results.iter().map(|results| results.as_ref() as &dyn Array).collect();
    let mut states = interleave(&results, &known)?;
    if run.lambdas.len() > 1 {
        states = run.lambda(1, &[states], &rows)?;
    }
    if known.len() == places.len() {
        return Ok(states);
    }
    let mut next = 0;
    let spread = places.iter().map(|at| {
        let position = place(next).ok();
        next += usize::from(at.is_some());
        at.and(position)
    });
    Ok(take(&states, &UInt32Array::from(spread.collect::<Vec<_>>()), None)?)
}
