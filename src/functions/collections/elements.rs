//! Arrays as sets and sequences of elements: searching, comparing, sorting, cutting.
//!
//! Elements of any type are compared by their row encoding, made once for a whole array.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, ListArray, UInt64Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, interleave, take};
use datafusion::arrow::datatypes::{Field, Int32Type};
use datafusion::arrow::row::Rows;
use datafusion::logical_expr::ColumnarValue;

use super::limits;
use crate::error::{Error, Result};
use crate::functions::Arguments;
use crate::functions::collations::Comparer;
use crate::functions::floats::positive_zeros;
use crate::types::DataType;

/// A list argument with its elements encoded.
struct Encoded {
    list: ListArray,
    rows: Rows,
    /// Which elements are NULL.
    nulls: Option<NullBuffer>,
}

fn range(list: &ListArray, row: usize) -> Range<usize> {
    let offsets = list.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}

fn list(arguments: &Arguments<'_>, n: usize) -> Result<ListArray> {
    let array = arguments.array(n)?;
    match array.as_list_opt::<i32>() {
        Some(list) => Ok(list.clone()),
        None => Err(Error::internal(format!("argument {n} came as {}", array.data_type()))),
    }
}

/// Encodes the elements of the lists of argument `n`.
fn comparer(arguments: &Arguments<'_>, n: usize) -> Result<Comparer> {
    let DataType::Array { element, .. } = &arguments.parameters.arguments[n] else {
        return Err(Error::internal(format!("argument {n} is no array")));
    };
    Comparer::new(element, &list(arguments, n)?.value_type(), SortOptions { descending: false, nulls_first: true })
}

impl Encoded {
    fn new(arguments: &Arguments<'_>, n: usize, comparer: &Comparer) -> Result<Self> {
        let list = list(arguments, n)?;
        let rows = comparer.rows(list.values())?;
        let nulls = list.values().logical_nulls();
        Ok(Self { list, rows, nulls })
    }

    fn range(&self, row: usize) -> Range<usize> {
        range(&self.list, row)
    }

    fn bytes(&self, element: usize) -> &[u8] {
        self.rows.row(element).data()
    }

    fn is_null_element(&self, element: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(element))
    }
}

/// Lists whose elements are picked from one array.
fn lists_of(
    values: &ArrayRef,
    picks: Vec<u64>,
    lengths: Vec<usize>,
    nulls: Option<NullBuffer>,
) -> Result<ColumnarValue> {
    let values = take(values, &UInt64Array::from(picks), None)?;
    finish(values, lengths, nulls)
}

pub(super) fn finish(values: ArrayRef, lengths: Vec<usize>, nulls: Option<NullBuffer>) -> Result<ColumnarValue> {
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(ColumnarValue::Array(Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, nulls))))
}

/// `size(array or map)`: NULL has none, or -1 outside ANSI mode.
pub(super) fn size(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let lengths: Vec<i32> = match (array.as_list_opt::<i32>(), array.as_map_opt()) {
        (Some(list), _) => list.offsets().lengths().map(|length| length as i32).collect(),
        (None, Some(map)) => map.offsets().lengths().map(|length| length as i32).collect(),
        (None, None) => return Err(Error::internal(format!("no size of {}", array.data_type()))),
    };
    let sizes = if arguments.parameters.nullable {
        Int32Array::new(lengths.into(), array.nulls().cloned())
    } else {
        Int32Array::from_iter_values(
            lengths.into_iter().enumerate().map(|(row, length)| if array.is_null(row) { -1 } else { length }),
        )
    };
    Ok(ColumnarValue::Array(Arc::new(sizes)))
}

/// The place of a value in each list from 1, 0 for none; `None` where the list or the value is NULL. The flag says
/// whether the list has a NULL.
fn search(arguments: &Arguments<'_>, mut found: impl FnMut(Option<(i64, bool)>)) -> Result<()> {
    let comparer = comparer(arguments, 0)?;
    let lists = Encoded::new(arguments, 0, &comparer)?;
    let needles = arguments.array(1)?;
    let encoded = comparer.rows(&needles)?;
    for row in 0..arguments.rows {
        if lists.list.is_null(row) || needles.is_null(row) {
            found(None);
            continue;
        }
        let needle = encoded.row(row);
        let place = lists.range(row).position(|element| lists.bytes(element) == needle.data());
        let has_null = lists.range(row).any(|element| lists.is_null_element(element));
        found(Some((place.map_or(0, |place| place as i64 + 1), has_null)));
    }
    Ok(())
}

/// NULL when the value is not there but a NULL is.
pub(super) fn contains(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut results = Vec::with_capacity(arguments.rows);
    search(arguments, |found| {
        results.push(match found {
            None | Some((0, true)) => None,
            Some((place, _)) => Some(place > 0),
        });
    })?;
    Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(results))))
}

pub(super) fn position(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut results = Vec::with_capacity(arguments.rows);
    search(arguments, |found| results.push(found.map(|(place, _)| place)))?;
    Ok(ColumnarValue::Array(Arc::new(Int64Array::from(results))))
}

/// Keeps the elements of each list that `keep` wants.
fn filter(
    arguments: &Arguments<'_>,
    list: &ListArray,
    nulls: Option<NullBuffer>,
    mut keep: impl FnMut(usize, usize) -> bool,
) -> Result<ColumnarValue> {
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let before = picks.len();
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            picks.extend(range(list, row).filter(|element| keep(row, *element)).map(|element| element as u64));
        }
        lengths.push(picks.len() - before);
    }
    lists_of(list.values(), picks, lengths, nulls)
}

pub(super) fn remove(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let comparer = comparer(arguments, 0)?;
    let lists = Encoded::new(arguments, 0, &comparer)?;
    let unwanted = arguments.array(1)?;
    let encoded = comparer.rows(&unwanted)?;
    let nulls = NullBuffer::union(lists.list.nulls(), unwanted.nulls());
    filter(arguments, &lists.list, nulls, |row, element| lists.bytes(element) != encoded.row(row).data())
}

pub(super) fn compact(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let list = list(arguments, 0)?;
    let absent = list.values().logical_nulls();
    let is_present = |element: usize| absent.as_ref().is_none_or(|absent| absent.is_valid(element));
    filter(arguments, &list, list.nulls().cloned(), |_, element| is_present(element))
}

pub(super) fn distinct(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let lists = Encoded::new(arguments, 0, &comparer(arguments, 0)?)?;
    let mut seen = HashSet::new();
    let mut current = usize::MAX;
    let distinct = filter(arguments, &lists.list, lists.list.nulls().cloned(), |row, element| {
        if row != current {
            seen.clear();
            current = row;
        }
        seen.insert(lists.bytes(element))
    })?;
    set(distinct)
}

/// Lists as sets give them: 0.0 stands for -0.0 too.
fn set(lists: ColumnarValue) -> Result<ColumnarValue> {
    let ColumnarValue::Array(lists) = lists else { return Ok(lists) };
    Ok(ColumnarValue::Array(positive_zeros(&lists)?))
}

/// Two lists made one, without elements that come twice.
fn combine(
    arguments: &Arguments<'_>,
    with_second: bool,
    keep: impl Fn(&[u8], &HashSet<&[u8]>) -> bool,
) -> Result<ColumnarValue> {
    let comparer = comparer(arguments, 0)?;
    let (left, right) = (Encoded::new(arguments, 0, &comparer)?, Encoded::new(arguments, 1, &comparer)?);
    let nulls = NullBuffer::union(left.list.nulls(), right.list.nulls());
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let before = picks.len();
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            let others = right.range(row).map(|element| right.bytes(element)).collect::<HashSet<_>>();
            let mut seen = HashSet::new();
            for element in left.range(row) {
                let bytes = left.bytes(element);
                if keep(bytes, &others) && seen.insert(bytes) {
                    picks.push((0, element));
                }
            }
            if with_second {
                picks.extend(
                    right.range(row).filter(|element| seen.insert(right.bytes(*element))).map(|element| (1, element)),
                );
            }
        }
        lengths.push(picks.len() - before);
    }
    let values = interleave(&[left.list.values().as_ref(), right.list.values().as_ref()], &picks)?;
    set(finish(values, lengths, nulls)?)
}

pub(super) fn union(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    combine(arguments, true, |_, _| true)
}

pub(super) fn intersect(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    combine(arguments, false, |element, others| others.contains(element))
}

pub(super) fn except(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    combine(arguments, false, |element, others| !others.contains(element))
}

/// NULL when no element is shared but one of the lists has a NULL, unless the other is empty.
pub(super) fn overlap(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let comparer = comparer(arguments, 0)?;
    let (left, right) = (Encoded::new(arguments, 0, &comparer)?, Encoded::new(arguments, 1, &comparer)?);
    arguments.decide(|row| {
        if left.list.is_null(row) || right.list.is_null(row) {
            return None;
        }
        let present = |lists: &Encoded, element: &usize| !lists.is_null_element(*element);
        let others = right.range(row).filter(|element| present(&right, element));
        let others = others.map(|element| right.bytes(element)).collect::<HashSet<_>>();
        if left.range(row).any(|element| present(&left, &element) && others.contains(left.bytes(element))) {
            return Some(true);
        }
        let (left_range, right_range) = (left.range(row), right.range(row));
        let unknown = left_range.clone().any(|element| !present(&left, &element))
            || right_range.clone().any(|element| !present(&right, &element));
        if unknown && !left_range.is_empty() && !right_range.is_empty() { None } else { Some(false) }
    })
}

/// `sort_array(array[, ascending])`: NULLs first when ascending, last when not.
pub(super) fn sort(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let lists = Encoded::new(arguments, 0, &comparer(arguments, 0)?)?;
    let ascending = (arguments.len() == 2).then(|| arguments.booleans(1)).transpose()?;
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let first = picks.len();
        picks.extend(lists.range(row).map(|element| element as u64));
        let descending = ascending.as_ref().is_some_and(|ascending| ascending.get(row) == Some(false));
        picks[first..].sort_by(|a, b| {
            let order = lists.bytes(*a as usize).cmp(lists.bytes(*b as usize));
            if descending { order.reverse() } else { order }
        });
        lengths.push(picks.len() - first);
    }
    let unknown = ascending.map(|ascending| (0..arguments.rows).map(|row| ascending.get(row).is_some()).collect());
    let nulls = NullBuffer::union(lists.list.nulls(), unknown.map(NullBuffer::new).as_ref());
    lists_of(lists.list.values(), picks, lengths, nulls)
}

/// The smallest or largest element that is not NULL.
fn extreme(arguments: &Arguments<'_>, wanted: Ordering) -> Result<ColumnarValue> {
    let lists = Encoded::new(arguments, 0, &comparer(arguments, 0)?)?;
    let picks = (0..arguments.rows).map(|row| {
        let elements = lists.range(row).filter(|element| !lists.list.is_null(row) && !lists.is_null_element(*element));
        // Of equal elements the first.
        let best = elements.reduce(|best, element| {
            let order = lists.bytes(element).cmp(lists.bytes(best));
            if order == wanted { element } else { best }
        });
        best.map(|element| element as u64)
    });
    let picks = picks.collect::<UInt64Array>();
    Ok(ColumnarValue::Array(take(lists.list.values(), &picks, None)?))
}

pub(super) fn min(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    extreme(arguments, Ordering::Less)
}

pub(super) fn max(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    extreme(arguments, Ordering::Greater)
}

pub(super) fn reverse(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let list = list(arguments, 0)?;
    let offsets = list.value_offsets();
    let picks = (0..arguments.rows).flat_map(|row| (offsets[row] as u64..offsets[row + 1] as u64).rev()).collect();
    lists_of(list.values(), picks, list.offsets().lengths().collect(), list.nulls().cloned())
}

/// Several lists, one behind the other.
pub(super) fn concat(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let lists = (0..arguments.len()).map(|n| list(arguments, n)).collect::<Result<Vec<_>>>()?;
    let nulls = lists.iter().fold(None, |nulls, list| NullBuffer::union(nulls.as_ref(), list.nulls()));
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let before = picks.len();
        if nulls.as_ref().is_none_or(|nulls: &NullBuffer| nulls.is_valid(row)) {
            for (n, list) in lists.iter().enumerate() {
                let offsets = list.value_offsets();
                picks.extend((offsets[row] as usize..offsets[row + 1] as usize).map(|element| (n, element)));
            }
        }
        lengths.push(picks.len() - before);
    }
    let values = lists.iter().map(|list| list.values().as_ref()).collect::<Vec<_>>();
    finish(interleave(&values, &picks)?, lengths, nulls)
}

pub(super) fn append(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    add(arguments, false)
}

pub(super) fn prepend(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    add(arguments, true)
}

fn add(arguments: &Arguments<'_>, first: bool) -> Result<ColumnarValue> {
    let (list, added) = (list(arguments, 0)?, arguments.array(1)?);
    let offsets = list.value_offsets();
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let before = picks.len();
        if list.is_valid(row) {
            if first {
                picks.push((1, row));
            }
            picks.extend((offsets[row] as usize..offsets[row + 1] as usize).map(|element| (0, element)));
            if !first {
                picks.push((1, row));
            }
        }
        lengths.push(picks.len() - before);
    }
    let values = interleave(&[list.values().as_ref(), added.as_ref()], &picks)?;
    finish(values, lengths, list.nulls().cloned())
}

/// An array of arrays becomes one; a NULL inside makes it NULL.
pub(super) fn flatten(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let outer = list(arguments, 0)?;
    let inner = outer.values().as_list::<i32>();
    let (outer_offsets, inner_offsets) = (outer.value_offsets(), inner.value_offsets());
    let (mut picks, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..arguments.rows {
        let before = picks.len();
        let lists = outer_offsets[row] as usize..outer_offsets[row + 1] as usize;
        let known = outer.is_valid(row) && lists.clone().all(|list| inner.is_valid(list));
        if known {
            picks.extend(lists.flat_map(|list| inner_offsets[list] as u64..inner_offsets[list + 1] as u64));
        }
        valid.push(known);
        lengths.push(picks.len() - before);
    }
    lists_of(inner.values(), picks, lengths, Some(NullBuffer::from(valid)))
}

/// `slice(array, start, length)`
pub(super) fn slice(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let list = list(arguments, 0)?;
    let (starts, counts) = (arguments.values_of::<Int32Type>(1)?, arguments.values_of::<Int32Type>(2)?);
    let offsets = list.value_offsets();
    let (mut picks, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..arguments.rows {
        let before = picks.len();
        if let (true, Some(start), Some(count)) = (list.is_valid(row), starts.get(row), counts.get(row)) {
            let wrong = |parameter: &str, expected: &str, given: i32| {
                Error::new(
                    &crate::error::INVALID_PARAMETER_VALUE,
                    format!(
                        "The value of parameter(s) `{parameter}` in `slice` is invalid: Expects a {expected} value for \
                         `{parameter}`, but got {given}"
                    ),
                )
            };
            if start == 0 {
                return Err(wrong("start", "positive or a negative", start).subcondition("START"));
            }
            if count < 0 {
                return Err(wrong("length", "non-negative", count).subcondition("LENGTH"));
            }
            let (first, last) = (i64::from(offsets[row]), i64::from(offsets[row + 1]));
            let start = if start > 0 { first + i64::from(start) - 1 } else { last + i64::from(start) };
            if start >= first && start < last {
                let end = (start + i64::from(count)).min(last);
                picks.extend(start as u64..end as u64);
            }
            valid.push(true);
        } else {
            valid.push(false);
        }
        lengths.push(picks.len() - before);
    }
    lists_of(list.values(), picks, lengths, Some(NullBuffer::from(valid)))
}

/// `array_join(array, delimiter[, replacement of NULL])`
pub(super) fn join(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let list = list(arguments, 0)?;
    let values = list.values().as_string_view().clone();
    let delimiter = arguments.strings(1)?;
    let replacement = (arguments.len() == 3).then(|| arguments.strings(2)).transpose()?;
    let offsets = list.value_offsets();
    arguments.write_strings(|row, out| {
        let delimiter = delimiter.get(row)?;
        let replacement = match &replacement {
            Some(replacement) => Some(replacement.get(row)?),
            None => None,
        };
        if list.is_null(row) {
            return None;
        }
        let mut first = true;
        for element in offsets[row] as usize..offsets[row + 1] as usize {
            let text = if values.is_null(element) { replacement } else { Some(values.value(element)) };
            if let Some(text) = text {
                if !first {
                    out.push_str(delimiter);
                }
                first = false;
                out.push_str(text);
            }
        }
        Some(())
    })
}

/// `array_repeat(value, count)`
pub(super) fn repeat(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.array(0)?;
    let counts = arguments.values_of::<Int32Type>(1)?;
    let (mut picks, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..arguments.rows {
        let count = counts.get(row);
        let length = limits::length("array_repeat", count.unwrap_or(0).max(0) as u128, picks.len())?;
        picks.extend(std::iter::repeat_n(row as u64, length));
        lengths.push(length);
        valid.push(count.is_some());
    }
    lists_of(&values, picks, lengths, Some(NullBuffer::from(valid)))
}
