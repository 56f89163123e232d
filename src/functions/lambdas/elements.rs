//! The elements of all lists or maps of a batch, one after the other.

use datafusion::arrow::array::{Array, ArrayRef, ListArray, MapArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::take;
use std::sync::Arc;

use crate::error::{Error, Result};

/// Elements without those that stand under a NULL or outside of the batch.
pub(super) struct Elements {
    /// The values of lists; the keys and values of maps.
    pub columns: Vec<ArrayRef>,
    /// Where each row's elements begin, and where the last one's end; counted from 0.
    pub offsets: OffsetBuffer<i32>,
    /// The row of each element.
    pub rows: UInt32Array,
    pub nulls: Option<NullBuffer>,
}

pub(super) fn of_lists(lists: &ListArray) -> Result<Elements> {
    gather(lists.value_offsets(), lists.nulls(), &[Arc::clone(lists.values())])
}

pub(super) fn of_maps(maps: &MapArray) -> Result<Elements> {
    gather(maps.value_offsets(), maps.nulls(), &[Arc::clone(maps.keys()), Arc::clone(maps.values())])
}

/// An element's place as arrays are indexed.
pub(super) fn place(n: usize) -> Result<u32> {
    u32::try_from(n).map_err(|_| Error::internal("more elements in a batch than can be counted"))
}

/// An offset of a list as an index.
pub(super) fn index(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or(0)
}

fn gather(bounds: &[i32], nulls: Option<&NullBuffer>, columns: &[ArrayRef]) -> Result<Elements> {
    let mut offsets = Vec::with_capacity(bounds.len());
    let mut rows = Vec::new();
    let mut places = Vec::new();
    let mut hidden = false;
    offsets.push(0);
    for (row, pair) in bounds.windows(2).enumerate() {
        let (start, end) = (index(pair[0]), index(pair[1]));
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            hidden |= start != end;
        } else {
            let row = place(row)?;
            for element in start..end {
                places.push(place(element)?);
                rows.push(row);
            }
        }
        offsets.push(i32::try_from(places.len()).map_err(|_| Error::internal("more elements than a list can have"))?);
    }
    let columns = if hidden {
        let places = UInt32Array::from(places);
        columns.iter().map(|column| Ok(take(column, &places, None)?)).collect::<Result<_>>()?
    } else {
        let first = bounds.first().copied().map_or(0, index);
        columns.iter().map(|column| column.slice(first, places.len())).collect()
    };
    Ok(Elements {
        columns,
        offsets: OffsetBuffer::new(ScalarBuffer::from(offsets)),
        rows: UInt32Array::from(rows),
        nulls: nulls.cloned(),
    })
}

impl Elements {
    /// The rows that are not NULL, with the range of their elements.
    pub fn ranges(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
        self.offsets
            .windows(2)
            .enumerate()
            .filter(|(row, _)| self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row)))
            .map(|(row, pair)| (row, index(pair[0])..index(pair[1])))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }
}
