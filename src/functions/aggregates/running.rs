//! One sum or average, which values may also leave again (sliding window frames).

use std::collections::{HashSet, VecDeque};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Decimal128Type, DurationMicrosecondType, Float64Type, Int64Type, IntervalYearMonthType,
};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::Accumulator;
use datafusion::scalar::ScalarValue;

use super::sums::{Overflow, Total, Totals, average, fits, overflow_error, scalar};
use crate::error::Error;

/// Whole numbers are added in 128 bits, so that only the end decides whether a sum of BIGINTs is too large.
#[derive(Debug)]
pub(super) struct Running {
    totals: Totals,
    input: Arrow,
    sum_type: Arrow,
    sum: i128,
    double: f64,
    count: i64,
    overflowed: bool,
    /// The values seen, of DISTINCT.
    distinct: Option<HashSet<ScalarValue>>,
    /// The doubles of a sliding frame: taking one out of a sum would leave its rounding, or a NaN, behind.
    frame: Option<VecDeque<Option<f64>>>,
}

impl Running {
    pub(super) fn new(totals: Totals, input: Arrow, sum_type: Arrow, distinct: bool) -> Self {
        Self {
            totals,
            input,
            sum_type,
            sum: 0,
            double: 0.0,
            count: 0,
            overflowed: false,
            distinct: distinct.then(HashSet::new),
            frame: None,
        }
    }

    /// For sliding frames.
    pub(super) fn sliding(mut self) -> Self {
        self.frame = (self.input == Arrow::Float64).then(VecDeque::new);
        self
    }

    fn add(&mut self, values: &ArrayRef, sign: i128) -> DataFusionResult<()> {
        let mut sum = 0_i128;
        match &self.input {
            Arrow::Float64 => {
                let sum = arrow::compute::sum(values.as_primitive::<Float64Type>()).unwrap_or(0.0);
                self.double += if sign < 0 { -sum } else { sum };
            }
            Arrow::Int64 => {
                let values = values.as_primitive::<Int64Type>();
                if values.null_count() == 0 {
                    sum = values.values().iter().map(|value| i128::from(*value)).sum();
                } else {
                    sum = values.iter().flatten().map(i128::from).sum();
                }
            }
            Arrow::Duration(_) => {
                sum = values.as_primitive::<DurationMicrosecondType>().iter().flatten().map(i128::from).sum();
            }
            Arrow::Interval(_) => {
                sum = values.as_primitive::<IntervalYearMonthType>().iter().flatten().map(i128::from).sum();
            }
            Arrow::Decimal128(..) => {
                for value in values.as_primitive::<Decimal128Type>().iter().flatten() {
                    let (new, overflowed) = sum.overflowing_add(value);
                    sum = new;
                    self.overflowed |= overflowed;
                }
            }
            other => return Err(Error::internal(format!("no sum of {other}")).into()),
        }
        let (new, overflowed) = self.sum.overflowing_add(sign * sum);
        self.sum = new;
        self.overflowed |= overflowed;
        self.count += sign as i64 * (values.len() - values.null_count()) as i64;
        Ok(())
    }

    fn result(&self) -> DataFusionResult<ScalarValue> {
        let returns = &self.totals.returns;
        if self.count == 0 {
            return ScalarValue::try_from(returns);
        }
        if self.input == Arrow::Float64 {
            let sum = match &self.frame {
                Some(frame) => frame.iter().flatten().sum(),
                None => self.double,
            };
            let divisor = if self.totals.total == Total::Average { self.count as f64 } else { 1.0 };
            return Ok(ScalarValue::Float64(Some(sum / divisor)));
        }
        let value = match self.totals.total {
            _ if self.overflowed => None,
            Total::Average if !fits(self.sum, &self.sum_type) => None,
            Total::Average => average(self.sum, self.count, &self.sum_type, returns),
            Total::Sum => Some(self.sum).filter(|sum| fits(*sum, returns)),
        };
        match (value, self.totals.overflow) {
            (None, Overflow::Error) => Err(overflow_error(&self.sum_type, self.totals.origin).into()),
            (None, Overflow::Wrap) if !matches!(returns, Arrow::Decimal128(..)) => scalar(Some(self.sum), returns),
            (value, _) => scalar(value, returns),
        }
    }

    fn add_distinct(&mut self, values: &ArrayRef) -> DataFusionResult<()> {
        if let Some(distinct) = &mut self.distinct {
            for row in 0..values.len() {
                if values.is_valid(row) {
                    distinct.insert(ScalarValue::try_from_array(values, row)?);
                }
            }
        }
        Ok(())
    }
}

impl Accumulator for Running {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        if self.distinct.is_some() {
            return self.add_distinct(&values[0]);
        }
        if let Some(frame) = &mut self.frame {
            frame.extend(values[0].as_primitive::<Float64Type>());
        }
        self.add(&values[0], 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        if let Some(frame) = &mut self.frame {
            frame.drain(..values[0].len().min(frame.len()));
        }
        self.add(&values[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        self.distinct.is_none() && (self.input != Arrow::Float64 || self.frame.is_some())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        if let Some(distinct) = self.distinct.take() {
            let mut once = Running::new(self.totals.clone(), self.input.clone(), self.sum_type.clone(), false);
            if !distinct.is_empty() {
                once.add(&ScalarValue::iter_to_array(distinct.iter().cloned())?, 1)?;
            }
            self.distinct = Some(distinct);
            return once.result();
        }
        self.result()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        if let Some(distinct) = &self.distinct {
            let values = distinct.iter().cloned().collect::<Vec<_>>();
            return Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &self.input))]);
        }
        let empty = self.count == 0;
        let sum = if self.input == Arrow::Float64 {
            ScalarValue::Float64((!empty).then_some(self.double))
        } else {
            let too_large = self.overflowed || !fits(self.sum, &self.sum_type);
            if too_large && self.totals.overflow == Overflow::Error {
                return Err(overflow_error(&self.sum_type, self.totals.origin).into());
            }
            // The sum of an average that has become too large is none, although there are values.
            let lost = too_large && self.totals.total == Total::Average;
            scalar((!empty && !lost).then_some(self.sum), &self.sum_type)?
        };
        Ok(match self.totals.total {
            Total::Average => vec![sum, ScalarValue::Int64(Some(self.count))],
            Total::Sum if self.totals.overflow == Overflow::Error => vec![sum],
            Total::Sum => {
                let flag =
                    self.overflowed || (!fits(self.sum, &self.sum_type) && self.totals.overflow == Overflow::Null);
                vec![sum, ScalarValue::Boolean(Some(flag))]
            }
        })
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        if self.distinct.is_some() {
            for list in states[0].as_list::<i32>().iter().flatten() {
                self.add_distinct(&list)?;
            }
            return Ok(());
        }
        let before = self.count;
        self.add(&states[0], 1)?;
        if self.totals.total == Total::Average {
            let counts = states[1].as_primitive::<Int64Type>();
            self.count = before + arrow::compute::sum(counts).unwrap_or(0);
            self.overflowed |= (0..counts.len()).any(|row| states[0].is_null(row) && counts.value(row) > 0);
        } else if let Some(flags) = states.get(1) {
            self.overflowed |= flags.as_boolean().iter().any(|flag| flag == Some(true));
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.distinct.as_ref().map_or(0, |distinct| distinct.len() * size_of::<ScalarValue>())
    }
}
