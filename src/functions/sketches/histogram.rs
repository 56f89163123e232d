//! `histogram_numeric`: bins that follow the data, the two nearest merged while there are too many.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Float64Type, Int32Type, IntervalYearMonthType, TimeUnit};
use datafusion::scalar::ScalarValue;

use super::count_min::JavaRandom;
use super::{Summarize, Summary, aggregate, foldable, state_type};
use crate::error::{Error, Result};
use crate::functions::aggregates::folds::{Definition, list_scalar};
use crate::functions::{Aggregate, Call, Function, Parameters};
use crate::types::{DataType, StructField};

pub static FUNCTIONS: &[Function] = &[Function::aggregate(
    "histogram_numeric",
    bind,
    "histogram_numeric(expr, nb) - Computes a histogram on numeric 'expr' using nb bins. The return value is an array of (x,y) pairs representing the centers of the histogram's bins. As the value of 'nb' is increased, the histogram approximation gets finer-grained, but may yield artifacts around outliers. In practice, 20-40 histogram bins appear to work well, with more bins being required for skewed or smaller datasets. Note that this function creates a histogram with non-uniform bin widths. It offers no guarantees in terms of the mean-squared-error of the histogram, but in practice is comparable to the histograms produced by the R/S-Plus statistical computing packages. Note: the output type of the 'x' field in the return value is propagated from the input value consumed in the aggregate function.",
    &["SELECT histogram_numeric(col, 5) FROM VALUES (0), (1), (2), (10) AS tab(col)"],
)];

static HISTOGRAM: Definition = Definition {
    name: "histogram_numeric",
    state: state_type,
    accumulator: |parameters, _| Box::new(Summarize(Histogram::new(parameters))),
};

/// `histogram_numeric(value, bins)`
fn bind(call: &Call<'_>) -> Result<Aggregate> {
    call.count(2..=2)?;
    let value = match &call.argument(0).data_type {
        found if found.is_numeric() || found.is_datetime() => call.argument(0).clone(),
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) => call.argument(0).clone(),
        _ => call.cast(0, &DataType::Double)?,
    };
    let given = call.cast(1, &DataType::Int)?;
    let bins = match foldable(&given.expr)? {
        Some(ScalarValue::Int32(Some(bins))) if bins >= 2 => bins,
        Some(ScalarValue::Int32(Some(bins))) => {
            return Err(call.mismatch(
                "VALUE_OUT_OF_RANGE",
                &format!("The nb must be between [2, 2147483647] (current value = {bins})"),
            ));
        }
        Some(_) => return Err(call.mismatch("UNEXPECTED_NULL", "The nb must not be null")),
        None => {
            let why =
                format!("the input `nb` should be a foldable \"INT\" expression; however, got \"{}\"", call.texts[1]);
            return Err(call.mismatch("NON_FOLDABLE_INPUT", &why));
        }
    };
    let entry = vec![StructField::new("x", value.data_type.clone()), StructField::new("y", DataType::Double)];
    let returns = DataType::array(DataType::Struct(entry));
    Ok(aggregate(call, &HISTOGRAM, vec![value], vec![bins.to_string()], returns, true))
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bin {
    center: f64,
    count: f64,
}

#[derive(Debug)]
struct Histogram {
    bins: Vec<Bin>,
    most: usize,
    /// Decides between bins that are equally near.
    chance: JavaRandom,
    parameters: Parameters,
}

impl Histogram {
    fn new(parameters: &Parameters) -> Self {
        let most = parameters.options.first().and_then(|option| option.parse().ok()).unwrap_or(2);
        Self { bins: Vec::new(), most, chance: JavaRandom::new(31_183), parameters: parameters.clone() }
    }

    fn add(&mut self, value: f64) {
        let place = self.bins.partition_point(|bin| bin.center < value);
        match self.bins.get_mut(place) {
            Some(bin) if bin.center == value => bin.count += 1.0,
            _ => {
                self.bins.insert(place, Bin { center: value, count: 1.0 });
                self.trim();
            }
        }
    }

    fn trim(&mut self) {
        while self.bins.len() > self.most {
            let gap = |bins: &[Bin], n: usize| bins[n + 1].center - bins[n].center;
            let (mut nearest, mut place, mut equals) = (gap(&self.bins, 0), 0, 1.0);
            for n in 1..self.bins.len() - 1 {
                let distance = gap(&self.bins, n);
                if distance < nearest {
                    (nearest, place, equals) = (distance, n, 1.0);
                } else if distance == nearest {
                    equals += 1.0;
                    if self.chance.next_double() <= 1.0 / equals {
                        place = n;
                    }
                }
            }
            let right = self.bins.remove(place + 1);
            let left = &mut self.bins[place];
            let count = left.count + right.count;
            left.center *= left.count / count;
            left.center += right.center / count * right.count;
            left.count = count;
        }
    }
}

/// Dates and their like are the numbers they are stored as.
fn doubles(column: &ArrayRef) -> Result<Float64Array> {
    let numbers = match column.data_type() {
        Arrow::Date32 => cast(column, &Arrow::Int32)?,
        Arrow::Timestamp(..) | Arrow::Duration(_) => cast(column, &Arrow::Int64)?,
        Arrow::Interval(_) => {
            return Ok(column.as_primitive::<IntervalYearMonthType>().unary(f64::from));
        }
        _ => Arc::clone(column),
    };
    Ok(cast(&numbers, &Arrow::Float64)?.as_primitive::<Float64Type>().clone())
}

fn centers(values: Float64Array, to: &Arrow) -> Result<ArrayRef> {
    let values: ArrayRef = Arc::new(values);
    Ok(match to {
        Arrow::Date32 => cast(&cast(&values, &Arrow::Int32)?, to)?,
        Arrow::Interval(_) => {
            let months = cast(&values, &Arrow::Int32)?;
            Arc::new(months.as_primitive::<Int32Type>().unary::<_, IntervalYearMonthType>(|months| months))
        }
        Arrow::Timestamp(..) => {
            let micros = cast(&values, &Arrow::Int64)?;
            cast(&cast(&micros, &Arrow::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?, to)?
        }
        Arrow::Duration(_) => cast(&cast(&values, &Arrow::Int64)?, to)?,
        _ => cast(&values, to)?,
    })
}

impl Summary for Histogram {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        doubles(&values[0])?.iter().flatten().for_each(|value| self.add(value));
        Ok(())
    }

    fn merge(&mut self, state: &[u8]) -> Result<()> {
        let (numbers, _) = state.as_chunks::<8>();
        let numbers = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect::<Vec<_>>();
        self.bins
            .extend(numbers.as_chunks::<2>().0.iter().map(|[center, count]| Bin { center: *center, count: *count }));
        self.bins.sort_by(|a, b| a.center.total_cmp(&b.center));
        self.trim();
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        self.bins.iter().flat_map(|bin| [bin.center, bin.count]).flat_map(f64::to_le_bytes).collect()
    }

    fn result(&self) -> Result<ScalarValue> {
        let layout = self.parameters.returns.to_arrow();
        if self.bins.is_empty() {
            return Ok(ScalarValue::try_from(layout)?);
        }
        let DataType::Array { element, .. } = &self.parameters.returns else {
            return Err(Error::internal("a histogram is an array"));
        };
        let Arrow::Struct(fields) = element.to_arrow() else {
            return Err(Error::internal("a bin is a struct"));
        };
        let x = centers(self.bins.iter().map(|bin| Some(bin.center)).collect(), fields[0].data_type())?;
        let y: ArrayRef = Arc::new(self.bins.iter().map(|bin| Some(bin.count)).collect::<Float64Array>());
        Ok(list_scalar(Arc::new(StructArray::try_new(fields, vec![x, y], None)?)).cast_to(&layout)?)
    }

    fn size(&self) -> usize {
        self.bins.capacity() * size_of::<Bin>()
    }
}
