//! Aggregates about the order of values: percentiles, mode, `max_by` and `min_by`.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DurationMicrosecondArray, Float64Array, IntervalYearMonthArray, make_comparator,
};
use datafusion::arrow::compute::{SortOptions, sort};
use datafusion::arrow::datatypes::{DataType as Arrow, DurationMicrosecondType, Float64Type, IntervalYearMonthType};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::Accumulator;
use datafusion::scalar::ScalarValue;

use super::folds::{Definition, Gather, list_of, list_scalar};
use crate::error::Result;
use crate::functions::Parameters;
use crate::functions::collations::key_array;
use crate::functions::floats::positive_zeros;
use crate::types::DataType;

pub(super) static PERCENTILE: Definition = Definition {
    name: "percentile",
    state: |inputs| vec![list_of(&inputs[0])],
    accumulator: |parameters, _| Gather::boxed(parameters, percentile),
};
pub(super) static PERCENTILE_DISC: Definition = Definition {
    name: "percentile_disc",
    state: |inputs| vec![list_of(&inputs[0])],
    accumulator: |parameters, _| Gather::boxed(parameters, percentile_disc),
};
pub(super) static MODE: Definition = Definition {
    name: "mode",
    state: |inputs| vec![list_of(&inputs[0])],
    accumulator: |parameters, _| Gather::boxed(parameters, mode),
};
pub(super) static MAX_BY: Definition = Definition {
    name: "max_by",
    state: |inputs| inputs.to_vec(),
    accumulator: |parameters, _| Best::boxed(parameters, Ordering::Greater, true),
};
pub(super) static MIN_BY: Definition = Definition {
    name: "min_by",
    state: |inputs| inputs.to_vec(),
    accumulator: |parameters, _| Best::boxed(parameters, Ordering::Less, true),
};
/// As [`MAX_BY`], but of equal keys the first one wins.
pub(super) static GREATEST: Definition = Definition {
    name: "collated_max",
    state: |inputs| inputs.to_vec(),
    accumulator: |parameters, _| Best::boxed(parameters, Ordering::Greater, false),
};
/// As [`MIN_BY`], but of equal keys the first one wins.
pub(super) static LEAST: Definition = Definition {
    name: "collated_min",
    state: |inputs| inputs.to_vec(),
    accumulator: |parameters, _| Best::boxed(parameters, Ordering::Less, false),
};
pub(super) static LIST: Definition = Definition {
    name: "listagg",
    state: |inputs| vec![list_of(&inputs[0])],
    accumulator: |parameters, order| Gather::ordered(parameters, order, listagg),
};

/// `collect_list` of rows that were sorted before.
pub(super) static COLLECT: Definition = Definition {
    name: "collect_list_in_order",
    state: |inputs| vec![list_of(&inputs[0])],
    accumulator: |parameters, order| {
        Gather::ordered(parameters, order, |values, _| Ok(list_scalar(Arc::clone(values))))
    },
};

/// The fractions asked for are the options, as texts; the first says whether an array was given.
fn fractions(parameters: &Parameters) -> (bool, Vec<f64>) {
    let (first, rest) = parameters.options.split_first().map_or(("one", &[][..]), |(first, rest)| (first, rest));
    (first == "array", rest.iter().filter_map(|text| text.parse().ok()).collect())
}

fn sorted(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(sort(values, Some(SortOptions { descending: false, nulls_first: true }))?)
}

/// Between the two nearest values, in proportion. Intervals are computed with as months or microseconds.
fn percentile(values: &ArrayRef, parameters: &Parameters) -> Result<ScalarValue> {
    let (array, fractions) = fractions(parameters);
    if values.is_empty() {
        return Ok(ScalarValue::try_from(parameters.returns.to_arrow())?);
    }
    let sorted = sorted(values)?;
    let number = |place: usize| match sorted.data_type() {
        Arrow::Interval(_) => f64::from(sorted.as_primitive::<IntervalYearMonthType>().value(place)),
        Arrow::Duration(_) => sorted.as_primitive::<DurationMicrosecondType>().value(place) as f64,
        _ => sorted.as_primitive::<Float64Type>().value(place),
    };
    let results = fractions.iter().map(|fraction| {
        let position = fraction * (sorted.len() - 1) as f64;
        let (lower, upper) = (position.floor(), position.ceil());
        let (low, high) = (number(lower as usize), number(upper as usize));
        if lower == upper || low == high { low } else { (upper - position) * low + (position - lower) * high }
    });
    let results: ArrayRef = match sorted.data_type() {
        Arrow::Interval(_) => Arc::new(IntervalYearMonthArray::from_iter_values(results.map(|months| months as i32))),
        Arrow::Duration(_) => Arc::new(DurationMicrosecondArray::from_iter_values(results.map(|micros| micros as i64))),
        _ => Arc::new(Float64Array::from_iter_values(results)),
    };
    scalar_or_list(results, array, parameters)
}

/// The first value that so large a part of the values does not exceed.
fn percentile_disc(values: &ArrayRef, parameters: &Parameters) -> Result<ScalarValue> {
    let (array, fractions) = fractions(parameters);
    if values.is_empty() {
        return Ok(ScalarValue::try_from(parameters.returns.to_arrow())?);
    }
    let descending = parameters.options.last().is_some_and(|option| option == "descending");
    let sorted = sort(values, Some(SortOptions { descending, nulls_first: true }))?;
    let indices = fractions.iter().map(|fraction| {
        let rank = (fraction * sorted.len() as f64).ceil() as u64;
        rank.saturating_sub(1).min(sorted.len() as u64 - 1)
    });
    let indices = datafusion::arrow::array::UInt64Array::from_iter_values(indices);
    let results = datafusion::arrow::compute::take(&sorted, &indices, None)?;
    scalar_or_list(results, array, parameters)
}

fn scalar_or_list(results: ArrayRef, array: bool, parameters: &Parameters) -> Result<ScalarValue> {
    if !array {
        return Ok(ScalarValue::try_from_array(&results, 0)?.cast_to(&parameters.returns.to_arrow())?);
    }
    Ok(list_scalar(results).cast_to(&parameters.returns.to_arrow())?)
}

/// The most frequent value; of several, the one that came first unless an order was asked for.
fn mode(values: &ArrayRef, parameters: &Parameters) -> Result<ScalarValue> {
    let descending = match parameters.options.first().map(String::as_str) {
        Some("ascending") => Some(false),
        Some("descending") => Some(true),
        _ => None,
    };
    let keys = key_array(values, &parameters.arguments[0])?;
    // How often a key comes, and where first.
    let mut counts = indexmap::IndexMap::<ScalarValue, (usize, usize)>::new();
    for row in 0..values.len() {
        counts.entry(ScalarValue::try_from_array(&keys, row)?).or_insert((0, row)).0 += 1;
    }
    let best = counts.into_iter().reduce(|best, next| {
        let order = next.1.0.cmp(&best.1.0).then_with(|| match descending {
            None => Ordering::Less,
            Some(descending) => {
                let order = next.0.partial_cmp(&best.0).unwrap_or(Ordering::Equal);
                if descending { order } else { order.reverse() }
            }
        });
        if order.is_gt() { next } else { best }
    });
    match best {
        Some((_, (_, row))) => Ok(ScalarValue::try_from_array(values, row)?),
        None => Ok(ScalarValue::try_from(parameters.returns.to_arrow())?),
    }
}

fn listagg(values: &ArrayRef, parameters: &Parameters) -> Result<ScalarValue> {
    let separator = parameters.options.first().map_or("", String::as_str);
    if values.is_empty() {
        return Ok(ScalarValue::try_from(parameters.returns.to_arrow())?);
    }
    if parameters.returns == DataType::Binary {
        let parts = values.as_binary_view().iter().flatten().collect::<Vec<_>>();
        return Ok(ScalarValue::BinaryView(Some(parts.join(separator.as_bytes()))));
    }
    let mut out = String::new();
    // Collated strings are told apart here; all others before they come.
    let mut seen = std::collections::HashSet::new();
    let distinct = parameters.options.get(1).is_some_and(|option| option == "distinct");
    let keys = if distinct { Some(key_array(values, &parameters.arguments[0])?) } else { None };
    for (n, text) in values.as_string_view().iter().enumerate() {
        let Some(text) = text else { continue };
        if let Some(keys) = &keys
            && !seen.insert(ScalarValue::try_from_array(keys, n)?)
        {
            continue;
        }
        if n > 0 {
            out.push_str(separator);
        }
        out.push_str(text);
    }
    Ok(ScalarValue::Utf8View(Some(out)))
}

/// The value beside the largest or smallest key.
#[derive(Debug)]
struct Best {
    value: ScalarValue,
    key: ScalarValue,
    wanted: Ordering,
    /// Whether of equal keys the last one wins, as in Spark's `max_by`.
    last: bool,
}

impl Best {
    fn boxed(parameters: &Parameters, wanted: Ordering, last: bool) -> Box<dyn Accumulator> {
        let null = |n: usize| ScalarValue::try_from(parameters.arguments[n].to_arrow()).unwrap_or(ScalarValue::Null);
        Box::new(Best { value: null(0), key: null(1), wanted, last })
    }
}

impl Accumulator for Best {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let keys = positive_zeros(&values[1])?;
        let nulls = keys.logical_nulls();
        if nulls.as_ref().is_some_and(|nulls| nulls.null_count() == nulls.len()) {
            return Ok(());
        }
        let wins = |order: Ordering| order == self.wanted || self.last && order.is_eq();
        let compare = make_comparator(&keys, &keys, SortOptions::default())?;
        let rows = (0..keys.len()).filter(|row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row)));
        let Some(best) = rows.reduce(|best, row| if wins(compare(row, best)) { row } else { best }) else {
            return Ok(());
        };
        if self.key.is_null() || {
            let known = self.key.to_array()?;
            wins(make_comparator(&keys, &known, SortOptions::default())?(best, 0))
        } {
            self.value = ScalarValue::try_from_array(&values[0], best)?;
            self.key = ScalarValue::try_from_array(&keys, best)?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        self.value.size() + self.key.size()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), self.key.clone()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        self.update_batch(states)
    }
}
