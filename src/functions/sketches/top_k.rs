//! `approx_top_k`: the most frequent values, counted in a table of bounded size as the frequent-items sketch of Apache
//! DataSketches does, ties included.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, StructArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Fields, Int64Type};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::Accumulator;
use datafusion::scalar::ScalarValue;

use super::{aggregate, foldable};
use crate::error::{
    APPROX_TOP_K_MAX_ITEMS_TRACKED_EXCEEDS_LIMIT, APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K,
    APPROX_TOP_K_NON_POSITIVE_ARG, APPROX_TOP_K_NULL_ARG, Error, Result,
};
use crate::functions::aggregates::folds::{Definition, list_of, list_scalar};
use crate::functions::{Aggregate, Call, Function, Parameters};
use crate::types::{DataType, StructField};

pub static FUNCTIONS: &[Function] = &[Function::aggregate(
    "approx_top_k",
    bind,
    "approx_top_k(expr, k, maxItemsTracked) - Returns top k items with their frequency. `k` An optional INTEGER literal greater than 0. If k is not specified, it defaults to 5. `maxItemsTracked` An optional INTEGER literal greater than or equal to k and has upper limit of 1000000. If maxItemsTracked is not specified, it defaults to 10000.",
    &[
        "SELECT approx_top_k(expr) FROM VALUES (0), (0), (1), (1), (2), (3), (4), (4) AS tab(expr)",
        "SELECT approx_top_k(expr, 2) FROM VALUES 'a', 'b', 'c', 'c', 'c', 'c', 'd', 'd' AS tab(expr)",
    ],
)];

static TOP_K: Definition = Definition {
    name: "approx_top_k",
    state: |inputs| vec![list_of(&inputs[0]), list_of(&Arrow::Int64)],
    accumulator: |parameters, _| Box::new(TopK::new(parameters)),
};

const DEFAULT_K: i32 = 5;
const DEFAULT_TRACKED: i32 = 10_000;
const MOST_TRACKED: i32 = 1_000_000;

/// A constant that is greater than 0.
fn positive(call: &Call<'_>, n: usize, name: &str, default: i32) -> Result<i32> {
    if call.arguments.len() <= n {
        return Ok(default);
    }
    let given = call.cast(n, &DataType::Int)?;
    match foldable(&given.expr)? {
        Some(ScalarValue::Int32(Some(value))) if value > 0 => Ok(value),
        Some(ScalarValue::Int32(Some(value))) => Err(Error::new(
            &APPROX_TOP_K_NON_POSITIVE_ARG,
            format!("The value of `{name}` in `approx_top_k` must be a positive integer, but got {value}"),
        )
        .at(call.span)),
        Some(_) => {
            Err(Error::new(&APPROX_TOP_K_NULL_ARG, format!("The value of `{name}` in `approx_top_k` cannot be NULL"))
                .at(call.span))
        }
        None => Err(call.mismatch("TYPE_CHECK_FAILURE_WITH_HINT", &format!("`{name}` must be a constant literal"))),
    }
}

/// `approx_top_k(value[, k[, maxItemsTracked]])`
fn bind(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=3)?;
    let value = call.argument(0).clone();
    let countable = value.data_type.is_atomic() && !value.data_type.is_interval() && value.data_type != DataType::Null;
    if !countable || value.data_type == DataType::Binary {
        let why = format!("{} columns are not supported", value.data_type.catalog_string());
        return Err(call.mismatch("TYPE_CHECK_FAILURE_WITH_HINT", &why));
    }
    if value.data_type.is_collated() {
        return Err(Error::unsupported(
            "`approx_top_k` of strings with a collation",
            "give it `collate(value, 'UTF8_BINARY')`",
        )
        .at(call.span));
    }
    let k = positive(call, 1, "k", DEFAULT_K)?;
    let tracked = positive(call, 2, "maxItemsTracked", DEFAULT_TRACKED)?;
    if tracked > MOST_TRACKED {
        return Err(Error::new(
            &APPROX_TOP_K_MAX_ITEMS_TRACKED_EXCEEDS_LIMIT,
            format!(
                "The max items tracked `maxItemsTracked`({tracked}) of `approx_top_k` should be less than or equal to \
                 {MOST_TRACKED}"
            ),
        )
        .at(call.span));
    }
    if tracked < k {
        return Err(Error::new(
            &APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K,
            format!(
                "The max items tracked `maxItemsTracked`({tracked}) of `approx_top_k` should be greater than or equal to \
                 `k`({k})"
            ),
        )
        .at(call.span));
    }
    let entry = vec![
        StructField::new("item", value.data_type.clone()),
        StructField { nullable: false, ..StructField::new("count", DataType::Long) },
    ];
    let returns = DataType::Array { element: Box::new(DataType::Struct(entry)), contains_null: false };
    Ok(aggregate(call, &TOP_K, vec![value], vec![k.to_string(), tracked.to_string()], returns, false))
}

/// Values with their counts, open addressing; grows up to a limit, then all counts are lowered and the rare ones go.
#[derive(Debug)]
struct Table {
    places: Vec<Option<(ScalarValue, i64)>>,
    used: usize,
    most: usize,
}

impl Table {
    const LEAST: usize = 8;

    fn new(most: usize) -> Self {
        Self { places: vec![None; Self::LEAST], used: 0, most }
    }

    fn put(&mut self, value: ScalarValue, count: i64) {
        let mask = self.places.len() - 1;
        let mut place = spread(java_hash(&value)) as usize & mask;
        loop {
            match &mut self.places[place] {
                Some((known, sum)) if *known == value => {
                    *sum += count;
                    return;
                }
                Some(_) => place = (place + 1) & mask,
                free => {
                    *free = Some((value, count));
                    self.used += 1;
                    return;
                }
            }
        }
    }

    fn add(&mut self, value: ScalarValue, count: i64) {
        self.put(value, count);
        while self.used > self.places.len() / 4 * 3 {
            let full = self.places.len() >= self.most;
            let lowered = if full { self.median() } else { 0 };
            let length = if full { self.places.len() } else { self.places.len() * 2 };
            let old = std::mem::replace(&mut self.places, vec![None; length]);
            self.used = 0;
            for (value, count) in old.into_iter().flatten().filter(|(_, count)| *count > lowered) {
                self.put(value, count - lowered);
            }
        }
    }

    fn median(&self) -> i64 {
        let mut counts = self.places.iter().flatten().map(|(_, count)| *count).collect::<Vec<_>>();
        let middle = counts.len() / 2;
        *counts.select_nth_unstable(middle).1
    }

    /// The values in the order in which the sketch lists them: with strides of the golden ratio.
    fn strided(&self) -> impl Iterator<Item = &(ScalarValue, i64)> {
        let length = self.places.len();
        let stride = (length as f64 * 0.618_033_988_749_894_9) as usize | 1;
        (0..length).filter_map(move |n| self.places[(n * stride) & (length - 1)].as_ref())
    }
}

/// `hashCode` of the value in Java.
fn java_hash(value: &ScalarValue) -> i32 {
    let long = |bits: i64| (bits ^ (bits.cast_unsigned() >> 32).cast_signed()) as i32;
    match value {
        ScalarValue::Boolean(Some(value)) => {
            if *value {
                1231
            } else {
                1237
            }
        }
        ScalarValue::Int8(Some(value)) => i32::from(*value),
        ScalarValue::Int16(Some(value)) => i32::from(*value),
        ScalarValue::Int32(Some(value)) | ScalarValue::Date32(Some(value)) => *value,
        ScalarValue::Int64(Some(value)) => long(*value),
        ScalarValue::TimestampMicrosecond(Some(value), _) => long(*value),
        ScalarValue::Time64Microsecond(Some(value)) => long(value * 1000),
        ScalarValue::Float32(Some(value)) => value.to_bits().cast_signed(),
        ScalarValue::Float64(Some(value)) => long(value.to_bits().cast_signed()),
        ScalarValue::Decimal128(Some(value), ..) => long(*value as i64),
        other => {
            let text = other.try_as_str().flatten().unwrap_or_default();
            text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
        }
    }
}

/// The sketch's hash of a hash.
fn spread(hash: i32) -> u64 {
    let mut key = i64::from(hash).cast_unsigned();
    key ^= key >> 33;
    key = key.wrapping_mul(0xff51_afd7_ed55_8ccd);
    key ^= key >> 33;
    key = key.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    key ^ key >> 33
}

#[derive(Debug)]
struct TopK {
    table: Table,
    nulls: i64,
    k: usize,
    parameters: Parameters,
}

impl TopK {
    fn new(parameters: &Parameters) -> Self {
        let number = |n: usize| parameters.options.get(n).and_then(|option| option.parse::<usize>().ok()).unwrap_or(5);
        // Three quarters of the table are used.
        let most = (number(1) * 4).div_ceil(3).next_power_of_two().max(Table::LEAST);
        Self { table: Table::new(most), nulls: 0, k: number(0), parameters: parameters.clone() }
    }
}

impl Accumulator for TopK {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let column = &values[0];
        for row in 0..column.len() {
            match column.is_null(row) {
                true => self.nulls += 1,
                false => self.table.add(ScalarValue::try_from_array(column, row)?, 1),
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        // As Spark's stages hand the table on: in the order of its places, then in that of the list.
        let mut stored = Table::new(self.table.most);
        self.table.places.iter().flatten().for_each(|(value, count)| stored.add(value.clone(), *count));
        let mut merged = Table::new(self.table.most);
        stored.strided().for_each(|(value, count)| merged.add(value.clone(), *count));
        let null = ScalarValue::try_from(self.parameters.arguments[0].to_arrow())?;
        let mut rows = merged.strided().cloned().collect::<Vec<_>>();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        if self.nulls > 0 {
            let place = rows.partition_point(|(_, count)| *count >= self.nulls);
            rows.insert(place, (null, self.nulls));
        }
        rows.truncate(self.k);
        let DataType::Array { element, .. } = &self.parameters.returns else {
            return Err(Error::internal("the most frequent values are an array").into());
        };
        let Arrow::Struct(fields) = element.to_arrow() else {
            return Err(Error::internal("a value and its count are a struct").into());
        };
        let entries = entries(rows, fields, &self.parameters.arguments[0])?;
        list_scalar(entries).cast_to(&self.parameters.returns.to_arrow())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.table.places.len() * size_of::<Option<(ScalarValue, i64)>>()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let mut rows = self.table.places.iter().flatten().cloned().collect::<Vec<_>>();
        let layout = self.parameters.arguments[0].to_arrow();
        if self.nulls > 0 {
            rows.push((ScalarValue::try_from(layout.clone())?, self.nulls));
        }
        let (values, counts): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let values = match values.is_empty() {
            true => datafusion::arrow::array::new_empty_array(&layout),
            false => ScalarValue::iter_to_array(values)?,
        };
        Ok(vec![list_scalar(values), list_scalar(Arc::new(Int64Array::from(counts)))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        let (values, counts) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for (values, counts) in values.iter().zip(counts.iter()) {
            let (Some(values), Some(counts)) = (values, counts) else { continue };
            let counts = counts.as_primitive::<Int64Type>();
            for row in 0..values.len() {
                match values.is_null(row) {
                    true => self.nulls += counts.value(row),
                    false => self.table.add(ScalarValue::try_from_array(&values, row)?, counts.value(row)),
                }
            }
        }
        Ok(())
    }
}

fn entries(rows: Vec<(ScalarValue, i64)>, fields: Fields, item: &DataType) -> DataFusionResult<ArrayRef> {
    let (values, counts): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let layout = item.to_arrow();
    let values = match values.is_empty() {
        true => datafusion::arrow::array::new_empty_array(&layout),
        false => crate::functions::kernel::conform(ScalarValue::iter_to_array(values)?, &layout)?,
    };
    Ok(Arc::new(StructArray::try_new(fields, vec![values, Arc::new(Int64Array::from(counts))], None)?))
}
