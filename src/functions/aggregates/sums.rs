//! `sum` and `avg`, with Spark's answer to overflow.
//!
//! Doubles are DataFusion's affair; whole numbers, decimals and intervals are added here, checked, as fast as there.

use std::hash::Hash;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, BooleanArray, Int64Array, PrimitiveArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Decimal128Type, DurationMicrosecondType, Field, FieldRef, Float64Type, Int64Type,
    IntervalYearMonthType, i256,
};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::accumulate::NullState;

use super::running::Running;
use crate::error::{ARITHMETIC_OVERFLOW, Error, Result};
use crate::functions::Origin;

/// What becomes of a sum that is too large for its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overflow {
    Error,
    Null,
    /// Two's complement; decimals become NULL.
    Wrap,
}

/// Sum or average.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Total {
    Sum,
    Average,
}

/// The aggregate function over one type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Totals {
    pub total: Total,
    pub overflow: Overflow,
    pub returns: Arrow,
    pub origin: Origin,
    signature: Signature,
}

impl Totals {
    pub fn new(total: Total, overflow: Overflow, returns: Arrow, origin: Origin) -> Self {
        Self { total, overflow, returns, origin, signature: Signature::any(1, Volatility::Immutable) }
    }

    /// The sum's type on the way.
    fn sum_type(&self, input: &Arrow) -> Arrow {
        match (self.total, input) {
            (Total::Sum, _) => self.returns.clone(),
            (Total::Average, Arrow::Decimal128(_, scale)) => Arrow::Decimal128(38, *scale),
            (Total::Average, other) => other.clone(),
        }
    }
}

/// Calls `$function::<T>` for the type.
macro_rules! by_type {
    ($data_type:expr, $function:ident($($argument:expr),*)) => {
        match $data_type {
            Arrow::Int64 => Ok($function::<Int64Type>($($argument),*)),
            Arrow::Float64 => Ok($function::<Float64Type>($($argument),*)),
            Arrow::Decimal128(..) => Ok($function::<Decimal128Type>($($argument),*)),
            Arrow::Duration(_) => Ok($function::<DurationMicrosecondType>($($argument),*)),
            Arrow::Interval(_) => Ok($function::<IntervalYearMonthType>($($argument),*)),
            other => Err(Error::internal(format!("no sum of {other}")).into()),
        }
    };
}

fn groups<T>(totals: &Totals, input: &Arrow) -> Box<dyn GroupsAccumulator>
where
    T: ArrowPrimitiveType + Send,
    T::Native: Whole,
{
    let sum_type = totals.sum_type(input);
    Box::new(Groups::<T> {
        sums: Vec::new(),
        counts: Vec::new(),
        overflowed: Vec::new(),
        nulls: NullState::new(),
        totals: totals.clone(),
        sum_type,
    })
}

impl AggregateUDFImpl for Totals {
    /// DataFusion's optimizer knows `sum` by name: it may rewrite `sum(DISTINCT x)`.
    fn name(&self) -> &str {
        match (self.total, self.overflow == Overflow::Null) {
            (Total::Sum, false) => "sum",
            (Total::Sum, true) => "try_sum",
            (Total::Average, false) => "avg",
            (Total::Average, true) => "try_avg",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(self.returns.clone())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        let input = args.expr_fields[0].data_type();
        Ok(Box::new(Running::new(self.clone(), input.clone(), self.sum_type(input), args.is_distinct)))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        let input = args.expr_fields[0].data_type();
        let running = Running::new(self.clone(), input.clone(), self.sum_type(input), args.is_distinct);
        Ok(Box::new(running.sliding()))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DataFusionResult<Vec<FieldRef>> {
        let input = args.input_fields[0].data_type();
        if args.is_distinct {
            let item = Field::new_list_field(input.clone(), true);
            return Ok(vec![Arc::new(Field::new_list(format_state_name(args.name, "distinct"), item, false))]);
        }
        let sum = Field::new(format_state_name(args.name, "sum"), self.sum_type(input), true);
        let second = match self.total {
            Total::Average => Some(Field::new(format_state_name(args.name, "count"), Arrow::Int64, true)),
            Total::Sum if self.overflow == Overflow::Error => None,
            Total::Sum => Some(Field::new(format_state_name(args.name, "overflowed"), Arrow::Boolean, true)),
        };
        Ok([Some(sum), second].into_iter().flatten().map(Arc::new).collect())
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn GroupsAccumulator>> {
        let input = args.expr_fields[0].data_type();
        by_type!(input, groups(self, input))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// Numbers that an average divides.
pub(super) trait Whole: Copy {
    fn wide(self) -> i128;
    fn narrow(value: i128) -> Option<Self>;
}

macro_rules! whole {
    ($($native:ty),+) => {$(
        impl Whole for $native {
            fn wide(self) -> i128 {
                self.into()
            }
            fn narrow(value: i128) -> Option<Self> {
                value.try_into().ok()
            }
        }
    )+};
}

whole!(i32, i64, i128);

impl Whole for f64 {
    fn wide(self) -> i128 {
        self as i128
    }
    fn narrow(value: i128) -> Option<Self> {
        Some(value as f64)
    }
}

/// The error of a sum too large.
pub(super) fn overflow_error(sum_type: &Arrow, origin: Origin) -> Error {
    let (what, hint) = match sum_type {
        Arrow::Decimal128(..) => {
            ("Overflow in sum of decimals", ". Use 'try_sum' to tolerate overflow and return NULL instead")
        }
        Arrow::Int64 => ("long overflow", ". Use 'try_sum' to tolerate overflow and return NULL instead"),
        _ => ("interval overflow", ""),
    };
    origin.mark(Error::new(
        &ARITHMETIC_OVERFLOW,
        format!("{what}{hint}. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error"),
    ))
}

/// A sum divided by a count, rounded half up, in the units of the result.
pub(super) fn average(sum: i128, count: i64, from: &Arrow, to: &Arrow) -> Option<i128> {
    let (unit, limit) = match (from, to) {
        (Arrow::Decimal128(_, from), Arrow::Decimal128(precision, to)) => {
            (10_i128.pow(u32::try_from(to - from).unwrap_or(0)), 10_i128.pow(u32::from(*precision)))
        }
        _ => (1, i128::MAX),
    };
    let count = i128::from(count);
    let rounded = |quotient: i128, rest_twice_reaches: bool| {
        quotient + if rest_twice_reaches { if sum < 0 { -1 } else { 1 } } else { 0 }
    };
    let value = match sum.checked_mul(unit) {
        Some(scaled) => rounded(scaled / count, (scaled % count).unsigned_abs() * 2 >= count.unsigned_abs()),
        None => {
            let scaled = i256::from_i128(sum).wrapping_mul(i256::from_i128(unit));
            let count = i256::from_i128(count);
            let rest = scaled.wrapping_rem(count).wrapping_abs().wrapping_mul(i256::from_i128(2));
            rounded(scaled.wrapping_div(count).to_i128()?, rest >= count)
        }
    };
    (value.abs() < limit).then_some(value)
}

/// Whether a sum fits the decimal type it shall have.
pub(super) fn fits(sum: i128, data_type: &Arrow) -> bool {
    match data_type {
        Arrow::Decimal128(precision, _) => sum.unsigned_abs() < 10_u128.pow(u32::from(*precision)),
        Arrow::Int64 | Arrow::Duration(_) => i64::try_from(sum).is_ok(),
        Arrow::Interval(_) => i32::try_from(sum).is_ok(),
        _ => true,
    }
}

/// Sums of many groups side by side.
struct Groups<T: ArrowPrimitiveType> {
    sums: Vec<T::Native>,
    /// Of averages only.
    counts: Vec<i64>,
    /// Of sums that may become NULL only.
    overflowed: Vec<bool>,
    nulls: NullState,
    totals: Totals,
    sum_type: Arrow,
}

impl<T> Groups<T>
where
    T: ArrowPrimitiveType + Send,
    T::Native: Whole,
{
    fn add(
        &mut self,
        values: &PrimitiveArray<T>,
        counts: Option<&Int64Array>,
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> DataFusionResult<()> {
        self.sums.resize(total, T::default_value());
        let average = self.totals.total == Total::Average;
        let tolerant = self.totals.overflow == Overflow::Null || matches!(self.sum_type, Arrow::Decimal128(..));
        let wrap = self.totals.overflow == Overflow::Wrap && !matches!(self.sum_type, Arrow::Decimal128(..));
        let mut failed = Vec::new();
        let sums = &mut self.sums;
        let mut add = |group: usize, value: T::Native| {
            let sum = &mut sums[group];
            match sum.add_checked(value) {
                Ok(new) => *sum = new,
                Err(_) if wrap => *sum = sum.add_wrapping(value),
                Err(_) => failed.push(group),
            }
        };
        if average {
            self.counts.resize(total, 0);
            let totals = &mut self.counts;
            match counts {
                None => self.nulls.accumulate(group_indices, values, filter, total, |group, value| {
                    add(group, value);
                    totals[group] += 1;
                }),
                Some(counts) => {
                    self.nulls.accumulate(group_indices, values, filter, total, add);
                    for (group, count) in group_indices.iter().zip(counts) {
                        totals[*group] += count.unwrap_or(0);
                    }
                }
            }
        } else {
            self.nulls.accumulate(group_indices, values, filter, total, add);
        }
        if failed.is_empty() {
            return Ok(());
        }
        if self.totals.overflow == Overflow::Error || !tolerant {
            return Err(overflow_error(&self.sum_type, self.totals.origin).into());
        }
        self.overflowed.resize(total, false);
        for group in failed {
            self.overflowed[group] = true;
        }
        Ok(())
    }

    /// Takes the flags of the groups that are emitted.
    fn take_overflowed(&mut self, emit_to: EmitTo, count: usize) -> Vec<bool> {
        let mut flags = match emit_to {
            EmitTo::All => std::mem::take(&mut self.overflowed),
            EmitTo::First(n) => self.overflowed.drain(..n.min(self.overflowed.len())).collect(),
        };
        flags.resize(count, false);
        flags
    }
}

impl<T> GroupsAccumulator for Groups<T>
where
    T: ArrowPrimitiveType + Send,
    T::Native: Whole,
{
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DataFusionResult<()> {
        self.add(values[0].as_primitive::<T>(), None, group_indices, opt_filter, total_num_groups)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total: usize) -> DataFusionResult<()> {
        let sums = values[0].as_primitive::<T>();
        if self.totals.total == Total::Average {
            let counts: &Int64Array = values[1].as_primitive();
            // Values without a sum: it was too large.
            for (row, group) in group_indices.iter().enumerate() {
                if sums.is_null(row) && counts.is_valid(row) && counts.value(row) > 0 {
                    self.overflowed.resize(total, false);
                    self.overflowed[*group] = true;
                }
            }
            return self.add(sums, Some(counts), group_indices, None, total);
        }
        self.add(sums, None, group_indices, None, total)?;
        if let Some(flags) = values.get(1) {
            for (group, flag) in group_indices.iter().zip(flags.as_boolean()) {
                if flag == Some(true) {
                    self.overflowed.resize(total, false);
                    self.overflowed[*group] = true;
                }
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DataFusionResult<ArrayRef> {
        let sums = emit_to.take_needed(&mut self.sums);
        let nulls = self.nulls.build(emit_to);
        let overflowed = self.take_overflowed(emit_to, sums.len());
        let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let (returns, overflow) = (&self.totals.returns, self.totals.overflow);
        if self.totals.total == Total::Average {
            let counts = emit_to.take_needed(&mut self.counts);
            let averages = sums.iter().enumerate().map(|(row, sum)| {
                if is_null(row) {
                    return Ok(None);
                }
                let value =
                    if overflowed[row] { None } else { average(sum.wide(), counts[row], &self.sum_type, returns) };
                match value.and_then(T::Native::narrow) {
                    None if overflow == Overflow::Error => Err(overflow_error(&self.sum_type, self.totals.origin)),
                    value => Ok(value),
                }
            });
            let averages = averages.collect::<Result<PrimitiveArray<T>>>()?;
            return Ok(Arc::new(averages.with_data_type(returns.clone())));
        }
        // Only decimals can be too large for their type without overflowing on the way.
        let check = matches!(returns, Arrow::Decimal128(..)) || overflowed.contains(&true);
        if !check {
            return Ok(Arc::new(PrimitiveArray::<T>::new(sums.into(), nulls).with_data_type(returns.clone())));
        }
        let good = |row: usize| !overflowed[row] && fits(sums[row].wide(), returns);
        let all_good = (0..sums.len()).all(|row| is_null(row) || good(row));
        if !all_good && overflow == Overflow::Error {
            return Err(overflow_error(&self.sum_type, self.totals.origin).into());
        }
        let nulls = if all_good {
            nulls
        } else {
            Some(NullBuffer::from_iter((0..sums.len()).map(|row| !is_null(row) && good(row))))
        };
        Ok(Arc::new(PrimitiveArray::<T>::new(sums.into(), nulls).with_data_type(returns.clone())))
    }

    fn state(&mut self, emit_to: EmitTo) -> DataFusionResult<Vec<ArrayRef>> {
        let sums = emit_to.take_needed(&mut self.sums);
        let mut nulls = self.nulls.build(emit_to);
        let count = sums.len();
        if self.totals.total == Total::Average && self.overflowed.contains(&true) {
            let lost = self.take_overflowed(emit_to, count);
            nulls = NullBuffer::union(nulls.as_ref(), Some(&NullBuffer::from_iter(lost.iter().map(|lost| !lost))));
        }
        let sums = PrimitiveArray::<T>::new(sums.into(), nulls).with_data_type(self.sum_type.clone());
        let mut state: Vec<ArrayRef> = vec![Arc::new(sums)];
        if self.totals.total == Total::Average {
            state.push(Arc::new(Int64Array::from(emit_to.take_needed(&mut self.counts))));
        } else if self.totals.overflow != Overflow::Error {
            state.push(Arc::new(BooleanArray::from(self.take_overflowed(emit_to, count))));
        }
        Ok(state)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> DataFusionResult<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<T>();
        let filter = opt_filter.map(|filter| NullBuffer::new(filter.values() & &validity(filter)));
        let nulls = NullBuffer::union(values.nulls(), filter.as_ref());
        let sums =
            PrimitiveArray::<T>::new(values.values().clone(), nulls.clone()).with_data_type(self.sum_type.clone());
        let mut state: Vec<ArrayRef> = vec![Arc::new(sums)];
        if self.totals.total == Total::Average {
            state.push(Arc::new(Int64Array::new(vec![1; values.len()].into(), nulls)));
        } else if self.totals.overflow != Overflow::Error {
            state.push(Arc::new(BooleanArray::from(vec![false; values.len()])));
        }
        Ok(state)
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<T::Native>()
            + self.counts.capacity() * 8
            + self.overflowed.capacity()
            + self.nulls.size()
    }
}

fn validity(filter: &BooleanArray) -> datafusion::arrow::buffer::BooleanBuffer {
    match filter.nulls() {
        Some(nulls) => nulls.inner().clone(),
        None => datafusion::arrow::buffer::BooleanBuffer::new_set(filter.len()),
    }
}

/// A scalar of the type from a whole number.
pub(super) fn scalar(value: Option<i128>, data_type: &Arrow) -> DataFusionResult<ScalarValue> {
    let narrow = |value: i128| i64::try_from(value).unwrap_or(value as i64);
    Ok(match (value, data_type) {
        (None, _) => ScalarValue::try_from(data_type)?,
        (Some(value), Arrow::Decimal128(precision, scale)) => ScalarValue::Decimal128(Some(value), *precision, *scale),
        (Some(value), Arrow::Duration(_)) => ScalarValue::DurationMicrosecond(Some(narrow(value))),
        (Some(value), Arrow::Interval(_)) => ScalarValue::IntervalYearMonth(Some(narrow(value) as i32)),
        (Some(value), _) => ScalarValue::Int64(Some(narrow(value))),
    })
}
