//! Casts as PostgreSQL has them: numbers are rounded, texts of all types are its own.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewBuilder, BooleanArray, ListArray, PrimitiveArray, StringViewBuilder,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType as Arrow, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use datafusion::logical_expr::ColumnarValue;

use super::values::postgres_writer;
use crate::error::{CAST_INVALID_INPUT, CAST_OVERFLOW, DATATYPE_MISMATCH, Error, Result};
use crate::functions::cast::{CastMode, cast as spark_cast};
use crate::functions::kernel::{Arguments, Kernel, Parameters, conform};
use crate::functions::{Context, Typed};
use crate::types::DataType;
use crate::types::postgres::{self, ArrayValue, array_value, full_name};
use crate::types::reading;
use crate::types::time_zone::Zone;

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&READ, &WRITE, &ROUND, &LIMIT, &TIME_OF_DAY];

static READ: Kernel = Kernel::new("postgres_input", run_read).fallible();
static WRITE: Kernel = Kernel::new("postgres_output", run_write);
static ROUND: Kernel = Kernel::new("postgres_round_to_integer", run_round).fallible();
static LIMIT: Kernel = Kernel::new("postgres_limit_length", run_limit);
static TIME_OF_DAY: Kernel = Kernel::new("postgres_time_of_day", run_time_of_day);

/// `operand` as `to`.
///
/// # Errors
/// `DATATYPE_MISMATCH` where there is no such cast.
pub fn cast(operand: Typed, to: &DataType, context: &Context) -> Result<Typed> {
    let from = operand.data_type.clone();
    if from == *to {
        return Ok(operand);
    }
    match (&from, to) {
        (DataType::Object(_), _) | (_, DataType::Object(_)) => spark_cast(operand, to, CastMode::Ansi, context),
        (DataType::Null, to) => spark_cast(operand, &without_length(to), CastMode::Ansi, context),
        (_, DataType::Char(length) | DataType::Varchar(length)) => {
            let text = cast(operand, &DataType::String, context)?;
            // Blanks at the end of CHAR count for nothing.
            let kind = if matches!(to, DataType::Char(_)) { "char" } else { "varchar" };
            Ok(call(&LIMIT, text, &DataType::String, &[&length.to_string(), kind], context))
        }
        (from, to) if from.is_string() && to.is_string() => Ok(Typed { data_type: DataType::String, ..operand }),
        (from, to) if from.is_string() => {
            let operand = Typed { data_type: DataType::String, ..operand };
            match to {
                DataType::Map { .. } | DataType::Struct(_) | DataType::Variant | DataType::Spatial(_) => {
                    Err(no_cast(&operand.data_type, to))
                }
                _ => Ok(call(&READ, operand, to, &[&context.now.to_string()], context)),
            }
        }
        (
            DataType::Boolean
            | DataType::Byte
            | DataType::Short
            | DataType::Int
            | DataType::Long
            | DataType::Date
            | DataType::Time(_)
            | DataType::TimestampNtz
            | DataType::Map { .. }
            | DataType::Variant,
            DataType::String,
        ) => spark_cast(operand, to, CastMode::Ansi, context),
        (_, DataType::String) => Ok(call(&WRITE, operand, to, &[], context)),
        (DataType::Float | DataType::Double | DataType::Decimal { .. }, to) if to.is_integral() => {
            Ok(call(&ROUND, operand, to, &[], context))
        }
        (DataType::Timestamp | DataType::TimestampNtz, DataType::Time(_)) => {
            Ok(call(&TIME_OF_DAY, operand, to, &[], context))
        }
        (from, to)
            if (from.is_numeric() || *from == DataType::Boolean) && (to.is_datetime() || to.is_interval())
                || from.is_datetime() && (to.is_numeric() || *to == DataType::Boolean)
                || *from == DataType::Boolean && to.is_numeric() && *to != DataType::Int
                || from.is_numeric() && *to == DataType::Boolean && !from.is_integral() =>
        {
            Err(no_cast(from, to))
        }
        _ => spark_cast(operand, to, CastMode::Ansi, context),
    }
}

/// The text that a value is shown as; but for booleans it is that of a cast.
pub(super) fn shown(operand: Typed, context: &Context) -> Typed {
    call(&WRITE, operand, &DataType::String, &[], context)
}

fn without_length(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        other => other.clone(),
    }
}

fn no_cast(from: &DataType, to: &DataType) -> Error {
    Error::new(&DATATYPE_MISMATCH, format!("cannot cast type {} to {}", full_name(from), full_name(to)))
        .subcondition("CAST_WITHOUT_SUGGESTION")
}

fn call(kernel: &'static Kernel, operand: Typed, to: &DataType, options: &[&str], context: &Context) -> Typed {
    let nullable = operand.nullable;
    let mut parameters = Parameters::of(std::slice::from_ref(&operand), to.clone(), nullable, context);
    parameters.options = options.iter().map(|option| (*option).to_owned()).collect();
    Typed { expr: kernel.function(parameters).call(vec![operand.expr]), data_type: to.clone(), nullable }
}

fn run_write(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let array = arguments.array(0)?;
    let write = postgres_writer(array.as_ref(), &arguments.parameters.arguments[0], &zone)?;
    arguments.write_strings(|row, out| (!array.is_null(row)).then(|| write(row, out)))
}

fn run_limit(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = &arguments.parameters.options;
    let length = options.first().and_then(|length| length.parse::<usize>().ok()).unwrap_or(usize::MAX);
    let padded = options.get(1).is_some_and(|kind| kind == "char");
    let texts = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        let text = texts.get(row)?;
        let end = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
        out.push_str(if padded { text[..end].trim_end_matches(' ') } else { &text[..end] });
        Some(())
    })
}

fn run_time_of_day(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let local = arguments.parameters.arguments[0] == DataType::TimestampNtz;
    let values = arguments.values_of::<TimestampMicrosecondType>(0)?;
    arguments.compute::<Time64MicrosecondType>(|row| {
        let value = values.get(row)?;
        Some(if local { value } else { zone.utc_to_local(value) }.rem_euclid(86_400_000_000))
    })
}

fn out_of_range(to: &DataType) -> Error {
    Error::new(&CAST_OVERFLOW, format!("{} out of range", full_name(to)))
}

/// Half goes to the even neighbour for floats, away from zero for NUMERIC.
fn run_round(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let wide: Vec<Option<i64>> = match &arguments.parameters.arguments[0] {
        DataType::Float => floats(array.as_primitive::<Float32Type>().iter().map(|value| value.map(f64::from)))?,
        DataType::Double => floats(array.as_primitive::<Float64Type>().iter())?,
        DataType::Decimal { scale, .. } => {
            let values = array.as_primitive::<Decimal128Type>();
            let whole = |value: i128| {
                reading::rescale_half_up(value, i16::from(*scale), 0, 38)
                    .and_then(|value| i64::try_from(value).ok())
                    .ok_or_else(|| out_of_range(&arguments.parameters.returns))
            };
            values.iter().map(|value| value.map(whole).transpose()).collect::<Result<_>>()?
        }
        other => return Err(Error::internal(format!("{other} is rounded to an integer"))),
    };
    let to = &arguments.parameters.returns;
    fn narrow<T: ArrowPrimitiveType>(values: Vec<Option<i64>>, to: &DataType) -> Result<ColumnarValue>
    where
        T::Native: TryFrom<i64>,
    {
        let narrowed = values
            .into_iter()
            .map(|value| value.map(|value| T::Native::try_from(value).map_err(|_| out_of_range(to))).transpose());
        let array: PrimitiveArray<T> = narrowed.collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(Arc::new(array)))
    }
    match to {
        DataType::Byte => narrow::<Int8Type>(wide, to),
        DataType::Short => narrow::<Int16Type>(wide, to),
        DataType::Int => narrow::<Int32Type>(wide, to),
        _ => narrow::<Int64Type>(wide, to),
    }
}

fn floats(values: impl Iterator<Item = Option<f64>>) -> Result<Vec<Option<i64>>> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    values
        .map(|value| {
            let Some(value) = value else { return Ok(None) };
            let rounded = value.round_ties_even();
            if !(-LIMIT..LIMIT).contains(&rounded) {
                return Err(out_of_range(&DataType::Long));
            }
            #[expect(clippy::cast_possible_truncation, reason = "its range was looked at")]
            Ok(Some(rounded as i64))
        })
        .collect()
}

fn run_read(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let now = parameters.options.first().and_then(|now| now.parse().ok()).unwrap_or(0);
    let reader = Reader { zone: Zone::parse(&parameters.time_zone)?, now };
    let texts = arguments.array(0)?;
    let texts: Vec<Option<&str>> = texts.as_string_view().iter().collect();
    reader.column(&texts, &parameters.returns).map(ColumnarValue::Array)
}

struct Reader {
    zone: Zone,
    now: i64,
}

fn invalid(text: &str, to: &DataType) -> Error {
    Error::new(&CAST_INVALID_INPUT, format!("invalid input syntax for type {}: \"{text}\"", full_name(to)))
}

impl Reader {
    fn column(&self, texts: &[Option<&str>], to: &DataType) -> Result<ArrayRef> {
        Ok(match to {
            DataType::Boolean => {
                let read = |text: &str| boolean(text).ok_or_else(|| invalid(text, to));
                let array: BooleanArray = texts.iter().map(|text| text.map(read).transpose()).collect::<Result<_>>()?;
                Arc::new(array)
            }
            DataType::Byte => primitives::<Int8Type>(texts, to, |text| narrow(text, to))?,
            DataType::Short => primitives::<Int16Type>(texts, to, |text| narrow(text, to))?,
            DataType::Int => primitives::<Int32Type>(texts, to, |text| narrow(text, to))?,
            DataType::Long => primitives::<Int64Type>(texts, to, |text| narrow(text, to))?,
            DataType::Float => {
                primitives::<Float32Type>(texts, to, |text| reading::float(text).ok_or_else(|| invalid(text, to)))?
            }
            DataType::Double => {
                primitives::<Float64Type>(texts, to, |text| reading::double(text).ok_or_else(|| invalid(text, to)))?
            }
            DataType::Decimal { precision, scale } => primitives::<Decimal128Type>(texts, to, |text| {
                let (value, found) = match reading::decimal(text) {
                    Some(Ok(read)) => read,
                    Some(Err(())) => return Err(Error::new(&CAST_OVERFLOW, "numeric field overflow")),
                    None => return Err(invalid(text, to)),
                };
                reading::rescale_half_up(value, found, i16::from(*scale), *precision)
                    .ok_or_else(|| Error::new(&CAST_OVERFLOW, "numeric field overflow"))
            })?,
            DataType::Date => primitives::<Date32Type>(texts, to, |text| {
                postgres::date(text, &self.zone, self.now).ok_or_else(|| invalid(text, to))
            })?,
            DataType::Time(_) => primitives::<Time64MicrosecondType>(texts, to, |text| {
                postgres::time(text).ok_or_else(|| invalid(text, to))
            })?,
            DataType::Timestamp | DataType::TimestampNtz => {
                primitives::<TimestampMicrosecondType>(texts, to, |text| {
                    let local = *to == DataType::TimestampNtz;
                    postgres::timestamp(text, &self.zone, self.now, local).ok_or_else(|| invalid(text, to))
                })?
            }
            DataType::CalendarInterval => primitives::<IntervalMonthDayNanoType>(texts, to, |text| {
                let parts = postgres::interval(text).ok_or_else(|| invalid(text, to))?;
                let nanoseconds = parts.microseconds.checked_mul(1_000).ok_or_else(|| out_of_range(to))?;
                Ok(IntervalMonthDayNano::new(parts.months, parts.days, nanoseconds))
            })?,
            DataType::Binary => {
                let mut bytes = BinaryViewBuilder::with_capacity(texts.len());
                for text in texts {
                    match text {
                        Some(text) => bytes.append_value(bytea(text).ok_or_else(|| invalid(text, to))?),
                        None => bytes.append_null(),
                    }
                }
                Arc::new(bytes.finish())
            }
            DataType::Array { element, .. } => {
                let read = |text: &&str| match array_value(text) {
                    Some(ArrayValue::Array(items)) => Ok(items),
                    _ => Err(Error::new(&CAST_INVALID_INPUT, format!("malformed array literal: \"{text}\""))),
                };
                let arrays: Vec<Option<Vec<ArrayValue>>> =
                    texts.iter().map(|text| text.as_ref().map(read).transpose()).collect::<Result<_>>()?;
                self.lists(&arrays, element, &to.to_arrow())?
            }
            other if other.is_string() => {
                let mut strings = StringViewBuilder::with_capacity(texts.len());
                texts.iter().for_each(|text| strings.append_option(*text));
                Arc::new(strings.finish())
            }
            other => return Err(no_cast(&DataType::String, other)),
        })
    }

    fn lists(&self, arrays: &[Option<Vec<ArrayValue>>], element: &DataType, layout: &Arrow) -> Result<ArrayRef> {
        let items: Vec<&ArrayValue> = arrays.iter().flatten().flatten().collect();
        let values = match element {
            DataType::Array { element: inner, .. } => {
                let inner_arrays: Vec<Option<Vec<ArrayValue>>> = items
                    .iter()
                    .map(|item| match item {
                        ArrayValue::Array(items) => Ok(Some(items.clone())),
                        ArrayValue::Null => Ok(None),
                        ArrayValue::Text(text) => Err(invalid(text, element)),
                    })
                    .collect::<Result<_>>()?;
                self.lists(&inner_arrays, inner, &element.to_arrow())?
            }
            _ => {
                let texts: Vec<Option<&str>> = items
                    .iter()
                    .map(|item| match item {
                        ArrayValue::Text(text) => Ok(Some(text.as_str())),
                        ArrayValue::Null => Ok(None),
                        ArrayValue::Array(_) => {
                            Err(Error::new(&CAST_INVALID_INPUT, "an array of more dimensions than its type has")
                                .hint("int[][] has two"))
                        }
                    })
                    .collect::<Result<_>>()?;
                self.column(&texts, element)?
            }
        };
        let Arrow::List(field) = layout else { return Err(Error::internal("not an array")) };
        let offsets = OffsetBuffer::from_lengths(arrays.iter().map(|items| items.as_ref().map_or(0, Vec::len)));
        let nulls: NullBuffer = arrays.iter().map(Option::is_some).collect();
        let values = conform(values, field.data_type())?;
        Ok(Arc::new(ListArray::try_new(Arc::clone(field), offsets, values, Some(nulls))?))
    }
}

fn primitives<T: ArrowPrimitiveType>(
    texts: &[Option<&str>],
    to: &DataType,
    read: impl Fn(&str) -> Result<T::Native>,
) -> Result<ArrayRef> {
    let array: PrimitiveArray<T> = texts.iter().map(|text| text.map(&read).transpose()).collect::<Result<_>>()?;
    Ok(Arc::new(array.with_data_type(to.to_arrow())))
}

fn narrow<N: TryFrom<i64>>(text: &str, to: &DataType) -> Result<N> {
    let digits = text.trim();
    let shaped = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if shaped.is_empty() || !shaped.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(text, to));
    }
    let value: Option<i64> = digits.parse().ok();
    value.and_then(|value| N::try_from(value).ok()).ok_or_else(|| {
        Error::new(&CAST_OVERFLOW, format!("value \"{digits}\" is out of range for type {}", full_name(to)))
    })
}

/// `t`, `tru`, `yes`, `on`, `1`
fn boolean(text: &str) -> Option<bool> {
    let text = text.trim().to_ascii_lowercase();
    let begins = |word: &str| !text.is_empty() && word.starts_with(text.as_str());
    if begins("true") || begins("yes") || text == "on" || text == "1" {
        return Some(true);
    }
    (begins("false") || begins("no") || text == "off" || text == "of" || text == "0").then_some(false)
}

/// `\x1f20`, or characters with `\\` and `\012` among them.
pub(super) fn bytea(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let digits: Option<Vec<u8>> = digits
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits?;
        return (digits.len() % 2 == 0).then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'\\' {
            bytes.push(*first);
        } else if behind.first() == Some(&b'\\') {
            bytes.push(b'\\');
            rest = &behind[1..];
        } else {
            let octal = std::str::from_utf8(behind.get(..3)?).ok()?;
            bytes.push(u8::from_str_radix(octal, 8).ok()?);
            rest = &behind[3..];
        }
    }
    Some(bytes)
}
