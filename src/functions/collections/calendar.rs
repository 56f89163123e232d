//! `sequence` of dates and timestamps: steps are intervals, counted on the calendar of the session's zone.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, IntervalMonthDayNanoArray, ListArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast as arrow_cast;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, DurationMicrosecondType, Field, IntervalMonthDayNano, IntervalMonthDayNanoType,
    IntervalYearMonthType, TimeUnit, TimestampMicrosecondType,
};
use datafusion::logical_expr::{ColumnarValue, lit};
use datafusion::scalar::ScalarValue;

use super::limits;
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::arithmetic::plus_calendar_interval;
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;
use crate::types::time_zone::Zone;

pub(super) static SEQUENCE: Kernel = Kernel::new("sequence_of_times", sequence).fallible();

const MICROS_PER_DAY: i64 = 86_400_000_000;
const MICROS_PER_MONTH: i128 = 31 * MICROS_PER_DAY as i128;

/// `sequence(start, stop[, step])`, both of type `times`.
pub(super) fn bind(call: &Call<'_>, times: &DataType) -> Result<Typed> {
    let mut arguments = vec![call.cast(0, times)?, call.cast(1, times)?];
    arguments.push(match call.arguments.len() {
        3 if call.argument(2).data_type.is_interval() => call.argument(2).clone(),
        3 => return Err(wrong_types(call)),
        // A day, up or down.
        _ => Typed {
            expr: lit(ScalarValue::DurationMicrosecond(Some(0))),
            data_type: DataType::INTERVAL_DAY_SECOND,
            nullable: false,
        },
    });
    let nullable = arguments.iter().any(|argument| argument.nullable);
    let mode = if call.arguments.len() == 3 { "step" } else { "towards" };
    let returns = DataType::Array { element: Box::new(times.clone()), contains_null: false };
    Ok(call.kernel_with(&SEQUENCE, arguments, vec![mode.to_owned()], returns, nullable))
}

pub(super) fn wrong_types(call: &Call<'_>) -> Error {
    call.mismatch(
        "SEQUENCE_WRONG_INPUT_TYPES",
        "`sequence` uses the wrong parameter type. The parameter type must conform to: 1. The start and stop expressions \
         must resolve to the same type. 2. If start and stop expressions resolve to the \"DATE\" or \"TIMESTAMP\" type, \
         then the step expression must resolve to the \"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO \
         SECOND\" type. 3. Otherwise, if start and stop expressions resolve to the \"INTEGRAL\" type, then the step \
         expression must resolve to the same type",
    )
}

/// Intervals of any kind as months, days and nanoseconds.
fn steps(array: &ArrayRef, data_type: &DataType) -> Result<IntervalMonthDayNanoArray> {
    Ok(match data_type {
        DataType::YearMonthInterval(..) => {
            array.as_primitive::<IntervalYearMonthType>().unary(|months| IntervalMonthDayNano::new(months, 0, 0))
        }
        DataType::CalendarInterval => array.as_primitive::<IntervalMonthDayNanoType>().clone(),
        _ => array.as_primitive::<DurationMicrosecondType>().try_unary(|micros| {
            let days = i32::try_from(micros / MICROS_PER_DAY)
                .map_err(|_| datafusion::arrow::error::ArrowError::ComputeError("the step is too long".to_owned()))?;
            Ok::<_, datafusion::arrow::error::ArrowError>(IntervalMonthDayNano::new(
                0,
                days,
                micros % MICROS_PER_DAY * 1000,
            ))
        })?,
    })
}

fn sequence(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let dates = parameters.arguments[0] == DataType::Date;
    // Dates are days of no zone.
    let zone = match parameters.arguments[0] {
        DataType::Timestamp => Some(Zone::parse(&parameters.time_zone)?),
        _ => None,
    };
    let micros = |n: usize| -> Result<TimestampMicrosecondArray> {
        let array = arguments.array(n)?;
        if dates {
            let days = array.as_primitive::<Date32Type>();
            return Ok(days.unary::<_, TimestampMicrosecondType>(|day| i64::from(day) * MICROS_PER_DAY));
        }
        let plain = arrow_cast(&array, &Arrow::Timestamp(TimeUnit::Microsecond, None))?;
        Ok(plain.as_primitive::<TimestampMicrosecondType>().clone())
    };
    let (starts, stops) = (micros(0)?, micros(1)?);
    let steps = steps(&arguments.array(2)?, &parameters.arguments[2])?;
    let towards = parameters.options[0] == "towards";
    let nulls = NullBuffer::union(NullBuffer::union(starts.nulls(), stops.nulls()).as_ref(), steps.nulls());
    let (mut values, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let before = values.len();
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            let (start, stop) = (starts.value(row), stops.value(row));
            let step = match towards {
                true => IntervalMonthDayNano::new(0, if start <= stop { 1 } else { -1 }, 0),
                false => steps.value(row),
            };
            extend(&mut values, start, stop, step, dates, zone.as_ref())?;
        }
        lengths.push(values.len() - before);
    }
    let DataType::Array { element, .. } = &parameters.returns else {
        return Err(Error::internal("a sequence is an array"));
    };
    let values: ArrayRef = if dates {
        Arc::new(
            values.iter().map(|micros| i32::try_from(micros.div_euclid(MICROS_PER_DAY)).ok()).collect::<Date32Array>(),
        )
    } else {
        Arc::new(TimestampMicrosecondArray::from(values).with_data_type(element.to_arrow()))
    };
    let field = Arc::new(Field::new("item", element.to_arrow(), false));
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, nulls)?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}

fn extend(
    values: &mut Vec<i64>,
    start: i64,
    stop: i64,
    step: IntervalMonthDayNano,
    dates: bool,
    zone: Option<&Zone>,
) -> Result<()> {
    let micros = step.nanoseconds / 1000;
    let estimate = i128::from(step.months) * MICROS_PER_MONTH
        + i128::from(step.days) * i128::from(MICROS_PER_DAY)
        + i128::from(micros);
    if dates && step.months == 0 && (micros % MICROS_PER_DAY != 0 || estimate == 0) {
        return Err(Error::new(
            &INVALID_PARAMETER_VALUE,
            "sequence step must be an interval day to second of day granularity if start and end values are dates",
        )
        .subcondition("BOUNDARIES"));
    }
    let possible = estimate > 0 && start <= stop || estimate < 0 && start >= stop || estimate == 0 && start == stop;
    if !possible {
        return Err(Error::new(
            &INVALID_PARAMETER_VALUE,
            format!("Illegal sequence boundaries: {start} to {stop} by {estimate} (in microseconds)"),
        )
        .subcondition("BOUNDARIES"));
    }
    if estimate == 0 {
        values.push(start);
        return Ok(());
    }
    let length = (i128::from(stop) - i128::from(start)) / estimate + 1;
    limits::length("sequence", length.unsigned_abs(), values.len())?;
    let mut next = start;
    let mut count = 0_i64;
    while if estimate > 0 { next <= stop } else { next >= stop } {
        values.push(next);
        count += 1;
        let moved = if step.months == 0 && step.days == 0 {
            micros.checked_mul(count).and_then(|micros| start.checked_add(micros))
        } else {
            i64::from(step.months).checked_mul(count).zip(i64::from(step.days).checked_mul(count)).and_then(
                |(months, days)| plus_calendar_interval(start, months, days, micros.checked_mul(count)?, zone),
            )
        };
        match moved {
            Some(moved) => next = moved,
            // Beyond what a timestamp holds there is no stop either.
            None => break,
        }
    }
    Ok(())
}
