//! Windows of time: the spans of equal length that a moment lies in, and spans that reach from a moment into the future.
//! Which rows come together in them it does not know.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, ListArray, StructArray, TimestampMicrosecondArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType as Arrow, TimestampMicrosecondType};
use datafusion::logical_expr::ColumnarValue;
use datafusion::scalar::ScalarValue;

use crate::error::{
    _LEGACY_ERROR_TEMP_1040, _LEGACY_ERROR_TEMP_1207, _LEGACY_ERROR_TEMP_3231, CANNOT_PARSE_INTERVAL, Error, Result,
};
use crate::functions::arithmetic::{Operator, binary};
use crate::functions::cast::{CastMode, cast};
use crate::functions::{Arguments, Call, Expected, Kernel, Typed, constant};
use crate::types::{DataType, StructField, reading};

use super::super::kernel::Parameters;

/// The windows that a moment lies in, in an array.
pub(super) static WINDOWS: Kernel = Kernel::new("time_windows", windows);
/// The same if it is always one.
pub(super) static WINDOW: Kernel = Kernel::new("time_window", window);
/// A window of its start and its end.
pub(super) static SPAN: Kernel = Kernel::new("time_span", span);
/// The last moment of a window.
pub(super) static LAST: Kernel = Kernel::new("window_time", last);

const MICROSECONDS_OF_DAY: i64 = 86_400_000_000;

/// The type of a window over moments of that type.
pub fn window_type(moments: &DataType) -> DataType {
    let field = |name: &str| StructField::new(name, moments.clone());
    DataType::Struct(vec![field("start"), field("end")])
}

/// A window of two moments, neither of them NULL.
pub fn of_moments(start: Typed, end: Typed, context: &crate::functions::Context) -> Typed {
    let returns = window_type(&start.data_type);
    crate::functions::call_kernel(&SPAN, vec![start, end], returns, false, context)
}

/// `window(time, length[, slide[, start]])`: an array of windows, or the only one. It is not NULL as long as `time`, which
/// comes with it, is not.
pub fn bind_window(call: &Call<'_>) -> Result<(Typed, Typed)> {
    call.count(2..=4)?;
    let moment = moment(call)?;
    let length = microseconds(call, 1)?;
    let slide = if call.arguments.len() > 2 { microseconds(call, 2)? } else { length };
    let start = if call.arguments.len() > 3 { microseconds(call, 3)? } else { 0 };
    for (name, value) in [("window_duration", length), ("slide_duration", slide)] {
        if value <= 0 {
            return Err(call.mismatch(
                "VALUE_OUT_OF_RANGE",
                &format!("The `{name}` must be between (0, {}] (current value = {value}L)", i64::MAX),
            ));
        }
    }
    let violation = |left: &str, left_value: i64, operator: &str, right: &str, right_value: i64| {
        call.mismatch(
            "PARAMETER_CONSTRAINT_VIOLATION",
            &format!("The `{left}`({left_value}L) must be {operator} the `{right}`({right_value}L)"),
        )
    };
    if slide > length {
        return Err(violation("slide_duration", slide, "<=", "window_duration", length));
    }
    if start.checked_abs().is_none_or(|start| start >= slide) {
        return Err(violation("abs(start_time)", start.saturating_abs(), "<", "slide_duration", slide));
    }
    let options = [length, slide, start].map(|number| number.to_string()).to_vec();
    let one = window_type(&moment.data_type);
    let arguments = vec![moment.clone()];
    let windows = match length == slide {
        true => call.kernel_with(&WINDOW, arguments, options, one, false),
        false => {
            let several = DataType::Array { element: Box::new(one), contains_null: false };
            call.kernel_with(&WINDOWS, arguments, options, several, false)
        }
    };
    Ok((windows, moment))
}

/// `session_window(time, gap)`: the moment, and the one after which the session has ended.
pub fn bind_session(call: &Call<'_>) -> Result<(Typed, Typed)> {
    call.count(2..=2)?;
    let start = moment(call)?;
    let gap = call.argument(1).clone();
    let gap = match &gap.data_type {
        DataType::CalendarInterval => gap,
        text if text.is_string() => cast(gap, &DataType::CalendarInterval, CastMode::Try, call.context)?,
        other => {
            return Err(Error::new(
                &_LEGACY_ERROR_TEMP_1040,
                format!(
                    "Gap duration expression used in session window must be CalendarIntervalType, but got \"{other}\""
                ),
            )
            .at(call.span));
        }
    };
    let mode = CastMode::implicit(call.context);
    match binary(Operator::Add, start.clone(), gap, mode, call.context)? {
        Ok(end) => Ok((start, end)),
        Err(_) => Err(Error::internal("a timestamp takes an interval").at(call.span)),
    }
}

/// `window_time(window)`
pub(super) fn bind_last(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    match moments_of(&call.argument(0).data_type) {
        Some(moments) => Ok(call.kernel(&LAST, vec![call.argument(0).clone()], moments, true)),
        None => Err(call.unexpected_type(0, "\"STRUCT<start: TIMESTAMP, end: TIMESTAMP>\"")),
    }
}

/// The type of start and end, if it is a window.
fn moments_of(data_type: &DataType) -> Option<DataType> {
    let DataType::Struct(fields) = data_type else { return None };
    let [start, end] = fields.as_slice() else { return None };
    let named = start.name == "start" && end.name == "end";
    (named && start.data_type.is_timestamp() && start.data_type == end.data_type).then(|| start.data_type.clone())
}

/// The time of a row: that of an event, or the last one of a window.
fn moment(call: &Call<'_>) -> Result<Typed> {
    let time = call.argument(0);
    if let Some(moments) = moments_of(&time.data_type) {
        return Ok(call.kernel(&LAST, vec![time.clone()], moments, true));
    }
    match Expected::AnyTimestamp.target(&time.data_type, call.context.ansi) {
        Some(to) => call.to(time.clone(), &to),
        None => Err(call.unexpected_type(
            0,
            "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \"STRUCT<start: TIMESTAMP, end: TIMESTAMP>\" or \
             \"STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>\")",
        )),
    }
}

/// A constant length of time, as text or in microseconds.
fn microseconds(call: &Call<'_>, n: usize) -> Result<i64> {
    match constant::evaluate(&call.argument(n).expr)? {
        Some(ScalarValue::Int32(Some(value))) => Ok(i64::from(value)),
        Some(ScalarValue::Int64(Some(value))) => Ok(value),
        Some(value) if call.argument(n).data_type.is_string() && !value.is_null() => {
            let text = value.try_as_str().flatten().unwrap_or_default();
            let unreadable = || {
                Error::new(
                    &CANNOT_PARSE_INTERVAL,
                    format!(
                        "Unable to parse '{text}'. Please ensure that the value provided is in a valid format for \
                         defining an interval. You can reference the documentation for the correct format. If the issue \
                         persists, please double check that the input value is not null or empty and try again"
                    ),
                )
                .at(call.span)
            };
            let parts = reading::calendar_interval(text).map_err(|_| unreadable())?;
            if parts.months != 0 {
                return Err(Error::new(
                    &_LEGACY_ERROR_TEMP_3231,
                    format!("Intervals greater than a month is not supported ({text})"),
                )
                .at(call.span));
            }
            let days = i64::from(parts.days).checked_mul(MICROSECONDS_OF_DAY);
            days.and_then(|days| days.checked_add(parts.microseconds)).ok_or_else(unreadable)
        }
        _ => Err(Error::new(
            &_LEGACY_ERROR_TEMP_1207,
            "The duration and time inputs to window must be an integer, long or string literal",
        )
        .at(call.span)),
    }
}

/// Length, slide and start.
fn lengths(parameters: &Parameters) -> [i64; 3] {
    [0, 1, 2].map(|n| parameters.options.get(n).and_then(|option| option.parse().ok()).unwrap_or(1))
}

/// Where the last window begins that the moment may lie in.
fn last_start(moment: i64, slide: i64, start: i64) -> i64 {
    moment.wrapping_sub(moment.wrapping_sub(start).rem_euclid(slide))
}

fn window(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let [length, slide, start] = lengths(arguments.parameters);
    let moments = arguments.values_of::<TimestampMicrosecondType>(0)?;
    // NULLs are filtered out before a window is looked at.
    let starts = (0..arguments.rows).map(|row| last_start(moments.get(row).unwrap_or(0), slide, start)).collect();
    Ok(ColumnarValue::Array(Arc::new(spans(starts, length, &arguments.parameters.returns.to_arrow())?)))
}

fn windows(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let [length, slide, start] = lengths(arguments.parameters);
    let moments = arguments.values_of::<TimestampMicrosecondType>(0)?;
    let Arrow::List(item) = arguments.parameters.returns.to_arrow() else {
        return Err(Error::internal("windows are in an array"));
    };
    let overlapping = usize::try_from((length - 1) / slide + 1).unwrap_or(usize::MAX);
    let most = arguments.rows.checked_mul(overlapping).filter(|most| i32::try_from(*most).is_ok());
    let Some(most) = most else {
        return Err(Error::unsupported(format!("{overlapping} windows for each row"), "make the slide longer"));
    };
    let mut starts: Vec<i64> = Vec::with_capacity(most);
    let mut offsets: Vec<i32> = Vec::with_capacity(arguments.rows + 1);
    offsets.push(0);
    for row in 0..arguments.rows {
        if let Some(moment) = moments.get(row) {
            let mut begins = last_start(moment, slide, start);
            while moment < begins.saturating_add(length) {
                starts.push(begins);
                begins = begins.wrapping_sub(slide);
            }
        }
        offsets.push(starts.len() as i32);
    }
    let values: ArrayRef = Arc::new(spans(starts, length, item.data_type())?);
    Ok(ColumnarValue::Array(Arc::new(ListArray::try_new(item, OffsetBuffer::new(offsets.into()), values, None)?)))
}

/// Windows of one length.
fn spans(starts: Vec<i64>, length: i64, layout: &Arrow) -> Result<StructArray> {
    let Arrow::Struct(fields) = layout else { return Err(Error::internal("a window is a struct")) };
    let ends: Vec<i64> = starts.iter().map(|start| start.wrapping_add(length)).collect();
    let columns = [starts, ends].into_iter().zip(fields).map(|(moments, field)| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(moments).with_data_type(field.data_type().clone()))
    });
    Ok(StructArray::try_new(fields.clone(), columns.collect(), None)?)
}

fn span(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let Arrow::Struct(fields) = arguments.parameters.returns.to_arrow() else {
        return Err(Error::internal("a window is a struct"));
    };
    let columns = vec![arguments.array(0)?, arguments.array(1)?];
    Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields, columns, None)?)))
}

fn last(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let windows = arguments.array(0)?;
    let windows = windows.as_struct();
    let ends = windows.column(1).as_primitive::<TimestampMicrosecondType>();
    arguments.compute::<TimestampMicrosecondType>(|row| {
        use datafusion::arrow::array::Array;
        (windows.is_valid(row) && ends.is_valid(row)).then(|| ends.value(row).wrapping_sub(1))
    })
}
