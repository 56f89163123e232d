//! `round`, `bround`, `floor` and `ceil`, with and without a number of decimal places.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use datafusion::logical_expr::ColumnarValue;

use crate::error::{ARITHMETIC_OVERFLOW, Error, NON_FOLDABLE_ARGUMENT, NUMERIC_VALUE_OUT_OF_RANGE, Result};
use crate::functions::{Arguments, Call, Expected, Kernel, Typed, constant};
use crate::types::{DataType, MAX_PRECISION, quote};

/// Which neighbour a number goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    HalfUp,
    HalfEven,
    Floor,
    Ceiling,
}

pub(super) static ROUND: Kernel = Kernel::new("round", |arguments| round(arguments, Mode::HalfUp)).fallible();
pub(super) static BROUND: Kernel = Kernel::new("bround", |arguments| round(arguments, Mode::HalfEven)).fallible();
pub(super) static FLOOR: Kernel = Kernel::new("floor", |arguments| round(arguments, Mode::Floor)).fallible();
pub(super) static CEIL: Kernel = Kernel::new("ceil", |arguments| round(arguments, Mode::Ceiling)).fallible();

/// The decimal type of a number rounded to some places.
fn rounded_type(precision: u8, scale: i8, places: i32) -> DataType {
    // Rounding may carry into one digit more.
    let whole = i32::from(precision) - i32::from(scale) + 1;
    let (precision, scale) = if places < 0 {
        (whole.max(1 - places), 0)
    } else {
        let scale = i32::from(scale).min(places);
        (whole + scale, scale)
    };
    DataType::Decimal { precision: precision.clamp(1, i32::from(MAX_PRECISION)) as u8, scale: scale as i8 }
}

/// `round(number[, places])`
pub(super) fn bind_round(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(1..=2)?;
    let number = call.expect(0, &Expected::Numeric)?;
    let places = if call.arguments.len() == 2 { call.literal_int(1, "scale")? } else { Some(0) };
    let returns = match (&number.data_type, places) {
        (DataType::Decimal { precision, scale }, places) => rounded_type(*precision, *scale, places.unwrap_or(0)),
        (other, _) => other.clone(),
    };
    finish(call, kernel, number, places, returns)
}

/// `floor(number[, places])`: without places the answer is a whole number.
pub(super) fn bind_whole(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(1..=2)?;
    const NUMBER: Expected =
        Expected::OneOf(&[Expected::Type(DataType::Double), Expected::Decimal, Expected::Type(DataType::Long)]);
    if call.arguments.len() == 1 {
        let number = call.expect(0, &NUMBER)?;
        let returns = match number.data_type {
            DataType::Decimal { precision, scale } => rounded_type(precision, scale, 0),
            _ => DataType::Long,
        };
        return finish(call, kernel, number, Some(0), returns);
    }
    let number = match call.arguments[0].data_type {
        DataType::Byte | DataType::Short | DataType::Int | DataType::Long | DataType::Decimal { .. } => {
            call.expect(0, &Expected::Decimal)?
        }
        _ => {
            let double = call.cast(0, &DataType::Double)?;
            call.to(double, &DataType::Decimal { precision: 30, scale: 15 })?
        }
    };
    let scale = &call.arguments[1];
    if scale.data_type != DataType::Int || constant::evaluate(&scale.expr)?.is_none() {
        let message = format!(
            "The function {} requires the parameter `scale` to be a foldable expression of the type \"INT\", but the actual \
             argument is a non-foldable",
            quote(&call.name.to_lowercase())
        );
        return Err(Error::new(&NON_FOLDABLE_ARGUMENT, message).at(call.span));
    }
    let places = call.literal_int(1, "scale")?;
    let returns = match number.data_type {
        DataType::Decimal { precision, scale } => rounded_type(precision, scale, places.unwrap_or(0)),
        _ => DataType::Long,
    };
    finish(call, kernel, number, places, returns)
}

fn finish(
    call: &Call<'_>,
    kernel: &'static Kernel,
    number: Typed,
    places: Option<i32>,
    returns: DataType,
) -> Result<Typed> {
    let nullable = number.nullable || matches!(returns, DataType::Decimal { .. }) || places.is_none();
    let Some(places) = places else {
        let value = datafusion::scalar::ScalarValue::try_from(returns.to_arrow())?;
        return Ok(Typed { expr: datafusion::logical_expr::lit(value), data_type: returns, nullable });
    };
    Ok(call.kernel_with(kernel, vec![number], vec![places.to_string()], returns, nullable))
}

fn round(arguments: &Arguments<'_>, mode: Mode) -> Result<ColumnarValue> {
    let places: i32 = arguments.parameters.options[0].parse().unwrap_or(0);
    let parameters = arguments.parameters;
    match (&parameters.arguments[0], &parameters.returns) {
        (DataType::Byte, _) => integers::<Int8Type>(arguments, mode, places),
        (DataType::Short, _) => integers::<Int16Type>(arguments, mode, places),
        (DataType::Int, _) => integers::<Int32Type>(arguments, mode, places),
        (DataType::Long, _) => integers::<Int64Type>(arguments, mode, places),
        (DataType::Decimal { scale, .. }, DataType::Decimal { precision, scale: to }) => {
            decimals(arguments, mode, places, i32::from(*scale), *precision, i32::from(*to))
        }
        (DataType::Double, DataType::Long) => {
            let values = arguments.values_of::<Float64Type>(0)?;
            // As a cast to BIGINT in Java: what is out of range becomes the nearest end.
            arguments.compute::<Int64Type>(|row| {
                let value = values.get(row)?;
                Some(if mode == Mode::Floor { value.floor() } else { value.ceil() } as i64)
            })
        }
        (DataType::Float, _) => {
            let array = arguments.array(0)?;
            let values = array.as_primitive::<Float32Type>();
            let rounded = values.unary::<_, Float32Type>(|value| {
                // Java rounds the shortest text of the float.
                let text: f64 = value.to_string().parse().unwrap_or(f64::from(value));
                round_double(text, mode, places) as f32
            });
            Ok(ColumnarValue::Array(Arc::new(rounded)))
        }
        _ => {
            let array = arguments.array(0)?;
            let values = array.as_primitive::<Float64Type>();
            let rounded = values.unary::<_, Float64Type>(|value| round_double(value, mode, places));
            Ok(ColumnarValue::Array(Arc::new(rounded)))
        }
    }
}

/// Rounds the decimal number that is the double's shortest text, as Java's `BigDecimal.valueOf` does: 2.675 to two
/// places is 2.68, though the double is a little less.
fn round_double(value: f64, mode: Mode, places: i32) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value + 0.0;
    }
    if let Some(rounded) = round_quickly(value, mode, places) {
        return rounded;
    }
    let text = format!("{:e}", value.abs());
    let Some((mantissa, exponent)) = text.split_once('e') else { return value };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    let unscaled = digits.fold(0_i128, |unscaled, digit| unscaled * 10 + i128::from(digit - b'0'));
    let scale = mantissa.len().saturating_sub(2).min(17) as i32 - exponent;
    if scale <= places {
        return value;
    }
    let Some(divisor) = u32::try_from(scale - places).ok().and_then(|n| 10_i128.checked_pow(n)) else { return 0.0 };
    let rounded = divide(unscaled, divisor, mode);
    let result: f64 = format!("{rounded}e{}", -places).parse().unwrap_or(value);
    // A BigDecimal has no negative zero: adding zero makes it a positive one.
    result.copysign(value) + 0.0
}

/// Without the text, where the shortest text and the double itself cannot fall on different sides of what decides: the two
/// differ by less than the distance to the next double. A whole number below 2^53 by a power of ten up to 10^15 is the
/// double nearest to the decimal number, as its text would read.
fn round_quickly(value: f64, mode: Mode, places: i32) -> Option<f64> {
    let unit = *POWERS.get(usize::try_from(places).ok()?)?;
    let scaled = value.abs() * unit;
    if scaled >= EXACT_WHOLE {
        return None;
    }
    let (whole, rest) = (scaled.floor(), scaled - scaled.floor());
    // `scaled` is off by a rounding, the text by another.
    let doubt = scaled * (4.0 * f64::EPSILON);
    let away = match mode {
        Mode::HalfUp | Mode::HalfEven if (rest - 0.5).abs() > doubt => rest > 0.5,
        Mode::Floor | Mode::Ceiling if rest > doubt && 1.0 - rest > doubt => (mode == Mode::Floor) == (value < 0.0),
        _ => return None,
    };
    let rounded = if away { whole + 1.0 } else { whole } / unit;
    Some(rounded.copysign(value) + 0.0)
}

const EXACT_WHOLE: f64 = 4_503_599_627_370_496.0;

const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

fn divide(value: i128, divisor: i128, mode: Mode) -> i128 {
    let (quotient, rest) = (value / divisor, value % divisor);
    if rest == 0 {
        return quotient;
    }
    let away = if value < 0 { -1 } else { 1 };
    let half = (rest.unsigned_abs() * 2).cmp(&divisor.unsigned_abs());
    let step = match mode {
        Mode::HalfUp => half.is_ge(),
        Mode::HalfEven => half.is_gt() || (half.is_eq() && quotient % 2 != 0),
        Mode::Floor => value < 0,
        Mode::Ceiling => value > 0,
    };
    if step { quotient + away } else { quotient }
}

fn integers<T>(arguments: &Arguments<'_>, mode: Mode, places: i32) -> Result<ColumnarValue>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64> + TryFrom<i128>,
    i128: From<T::Native>,
{
    if places >= 0 {
        return Ok(arguments.values[0].clone());
    }
    let values = arguments.values_of::<T>(0)?;
    let unit = 10_i128.checked_pow(places.unsigned_abs());
    arguments.try_compute::<T>(|row| {
        let Some(value) = values.get(row) else { return Ok(None) };
        let rounded = unit.map_or(0, |unit| divide(i128::from(value), unit, mode) * unit);
        match T::Native::try_from(rounded) {
            Ok(rounded) => Ok(Some(rounded)),
            Err(_) if arguments.parameters.ansi => Err(Error::new(&ARITHMETIC_OVERFLOW, "Overflow")
                .hint("set `spark.sql.ansi.enabled` to false to bypass this error")),
            Err(_) => {
                // Wraps as Java's narrowing does.
                let bits = T::Native::get_byte_width() as u32 * 8;
                let wrapped = rounded << (128 - bits) >> (128 - bits);
                Ok(T::Native::try_from(wrapped).ok())
            }
        }
    })
}

fn decimals(
    arguments: &Arguments<'_>,
    mode: Mode,
    places: i32,
    scale: i32,
    precision: u8,
    to: i32,
) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Decimal128Type>(0)?;
    let limit = 10_i128.pow(u32::from(precision));
    let cut = u32::try_from(scale - places).unwrap_or(0);
    arguments.try_compute::<Decimal128Type>(|row| {
        let Some(value) = values.get(row) else { return Ok(None) };
        let rounded = if cut == 0 {
            Some(value)
        } else {
            match 10_i128.checked_pow(cut) {
                Some(divisor) => {
                    let rounded = divide(value, divisor, mode);
                    // Places left of the point: zeros come back.
                    u32::try_from(to - places).ok().map_or(Some(rounded), |zeros| {
                        10_i128.checked_pow(zeros).and_then(|unit| rounded.checked_mul(unit))
                    })
                }
                None => Some(0),
            }
        };
        match rounded.filter(|rounded| rounded.abs() < limit) {
            Some(rounded) => Ok(Some(rounded)),
            None if arguments.parameters.ansi => Err(Error::new(
                &NUMERIC_VALUE_OUT_OF_RANGE,
                format!("{value} cannot be represented as {}", arguments.parameters.returns),
            )
            .subcondition("WITH_SUGGESTION")),
            None => Ok(None),
        }
    })
}

trait Width {
    fn get_byte_width() -> usize;
}

impl<T> Width for T {
    fn get_byte_width() -> usize {
        size_of::<T>()
    }
}
