//! Timestamps as counts since the epoch and back, and moves between time zones.

use datafusion::arrow::datatypes::{Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::{ColumnarValue, lit};

use crate::error::{ARITHMETIC_OVERFLOW, Error, Result};
use crate::functions::{Arguments, Call, Expected, Kernel, Typed};
use crate::types::DataType;
use crate::types::time_zone::Zone;

pub(super) static FROM_TIMESTAMP: Kernel = Kernel::new("unix_time", from_timestamp);
pub(super) static TO_TIMESTAMP: Kernel = Kernel::new("timestamp_of_unix_time", to_timestamp).fallible();
pub(super) static SHIFT: Kernel = Kernel::new("shift_time_zone", shift).fallible();
pub(super) static CONVERT: Kernel = Kernel::new("convert_timezone", convert).fallible();

/// `unix_seconds(timestamp)` and the like: microseconds per unit.
pub(super) fn bind_from(call: &Call<'_>, unit: i64) -> Result<Typed> {
    call.count(1..=1)?;
    let timestamp = call.cast(0, &DataType::Timestamp)?;
    let nullable = timestamp.nullable;
    Ok(call.kernel_with(&FROM_TIMESTAMP, vec![timestamp], vec![unit.to_string()], DataType::Long, nullable))
}

fn unit(arguments: &Arguments<'_>) -> i64 {
    arguments.parameters.options[0].parse().unwrap_or(1)
}

fn from_timestamp(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let unit = unit(arguments);
    let toward_zero = arguments.parameters.options.len() > 1;
    let values = arguments.values_of::<TimestampMicrosecondType>(0)?;
    arguments.compute::<Int64Type>(|row| {
        let value = values.get(row)?;
        Some(if toward_zero { value / unit } else { value.div_euclid(unit) })
    })
}

/// `timestamp_seconds(number)` and the like; only seconds may have a fraction.
pub(super) fn bind_to(call: &Call<'_>, unit: i64) -> Result<Typed> {
    call.count(1..=1)?;
    let number = call.expect(0, if unit == 1_000_000 { &Expected::Numeric } else { &Expected::Integral })?;
    let number = match number.data_type {
        DataType::Float => call.to(number, &DataType::Double)?,
        DataType::Byte | DataType::Short | DataType::Int => call.to(number, &DataType::Long)?,
        _ => number,
    };
    Ok(call.kernel_with(&TO_TIMESTAMP, vec![number], vec![unit.to_string()], DataType::Timestamp, true))
}

fn to_timestamp(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let unit = unit(arguments);
    let overflow = || Error::new(&ARITHMETIC_OVERFLOW, "long overflow");
    match arguments.parameters.arguments[0] {
        DataType::Double => {
            let values = arguments.values_of::<Float64Type>(0)?;
            arguments.compute::<TimestampMicrosecondType>(|row| {
                values.get(row).filter(|value| value.is_finite()).map(|value| (value * unit as f64) as i64)
            })
        }
        DataType::Decimal { scale, .. } => {
            let values = arguments.values_of::<Decimal128Type>(0)?;
            let divisor = 10_i128.pow(u32::try_from(scale).unwrap_or(0));
            arguments.try_compute::<TimestampMicrosecondType>(|row| {
                let Some(value) = values.get(row) else { return Ok(None) };
                let product = value.checked_mul(i128::from(unit));
                if product.is_some_and(|product| product % divisor != 0) {
                    return Err(Error::new(
                        &ARITHMETIC_OVERFLOW,
                        "Rounding necessary: there are no parts of microseconds",
                    ));
                }
                let micros = product.map(|product| product / divisor);
                micros.and_then(|micros| i64::try_from(micros).ok()).map(Some).ok_or_else(overflow)
            })
        }
        _ => {
            let values = arguments.values_of::<Int64Type>(0)?;
            arguments.try_compute::<TimestampMicrosecondType>(|row| {
                let Some(value) = values.get(row) else { return Ok(None) };
                value.checked_mul(unit).map(Some).ok_or_else(overflow)
            })
        }
    }
}

/// `from_utc_timestamp(timestamp, zone)`; `to_utc` is the other way.
pub(super) fn bind_shift(call: &Call<'_>, to_utc: bool) -> Result<Typed> {
    call.count(2..=2)?;
    let arguments = vec![call.cast(0, &DataType::Timestamp)?, call.cast(1, &DataType::String)?];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    let direction = if to_utc { "to" } else { "from" };
    Ok(call.kernel_with(&SHIFT, arguments, vec![direction.to_owned()], DataType::Timestamp, nullable))
}

/// The zone last read.
struct Zones(Option<(String, Zone)>);

impl Zones {
    fn get(&mut self, name: &str) -> Result<&Zone> {
        if self.0.as_ref().is_none_or(|(known, _)| known != name) {
            self.0 = Some((name.to_owned(), Zone::parse(name)?));
        }
        Ok(&self.0.as_ref().expect("just set").1)
    }
}

/// The instant is taken for the local time of one zone and becomes that of the other.
fn shift(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let to_utc = arguments.parameters.options[0] == "to";
    let (values, names) = (arguments.values_of::<TimestampMicrosecondType>(0)?, arguments.strings(1)?);
    let mut zones = Zones(None);
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let (Some(value), Some(name)) = (values.get(row), names.get(row)) else { return Ok(None) };
        let zone = zones.get(name)?;
        Ok(Some(if to_utc { zone.local_to_utc(value) } else { zone.utc_to_local(value) }))
    })
}

/// `convert_timezone([from, ]to, timestamp_ntz)`
pub(super) fn bind_convert(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let last = call.arguments.len() - 1;
    let from = match last {
        2 => call.cast(0, &DataType::String)?,
        _ => Typed { expr: lit(call.context.time_zone.as_ref()), data_type: DataType::String, nullable: false },
    };
    let arguments = vec![from, call.cast(last - 1, &DataType::String)?, call.cast(last, &DataType::TimestampNtz)?];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&CONVERT, arguments, DataType::TimestampNtz, nullable))
}

fn convert(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (from, to) = (arguments.strings(0)?, arguments.strings(1)?);
    let values = arguments.values_of::<TimestampMicrosecondType>(2)?;
    let (mut sources, mut targets) = (Zones(None), Zones(None));
    arguments.try_compute::<TimestampMicrosecondType>(|row| {
        let (Some(value), Some(from), Some(to)) = (values.get(row), from.get(row), to.get(row)) else {
            return Ok(None);
        };
        Ok(Some(targets.get(to)?.utc_to_local(sources.get(from)?.local_to_utc(value))))
    })
}

/// `localtimestamp()`: the session's local time when the statement began.
pub(super) fn local_now(call: &Call<'_>) -> Result<i64> {
    Ok(Zone::parse(&call.context.time_zone)?.utc_to_local(call.context.now))
}
