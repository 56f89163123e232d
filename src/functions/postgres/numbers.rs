//! Functions of numbers: their types are PostgreSQL's, and so is the way they round.

use datafusion::arrow::datatypes::{Decimal128Type, Float64Type, Int32Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;

use super::{cast, kernel_function, nullable, spark};
use crate::error::{DIVIDE_BY_ZERO, Error, INVALID_PARAMETER_VALUE, NUMERIC_VALUE_OUT_OF_RANGE, Result};
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Expected, Family, Function, Typed};
use crate::types::{DataType, MAX_PRECISION, reading};

const FAMILY: Family = Family::Math;
const DOUBLE: Expected = Expected::Type(DataType::Double);
const INT: Expected = Expected::Type(DataType::Int);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::scalar("@", FAMILY, |call| as_it_is(call, "abs"), "@a - The absolute value of `a`.", &[]),
    Function::scalar("abs", FAMILY, |call| as_it_is(call, "abs"), "abs(a) - The absolute value of `a`.", &[]),
    kernel_function(
        "|/",
        FAMILY,
        "postgres_sqrt",
        &[DOUBLE],
        DataType::Double,
        run_sqrt,
        "|/a - The square root of `a`.",
    )
    .fallible(),
    kernel_function(
        "sqrt",
        FAMILY,
        "postgres_square_root",
        &[DOUBLE],
        DataType::Double,
        run_sqrt,
        "sqrt(a) - The square root of `a`.",
    )
    .fallible(),
    kernel_function(
        "||/",
        FAMILY,
        "postgres_cbrt",
        &[DOUBLE],
        DataType::Double,
        run_cbrt,
        "||/a - The cube root of `a`.",
    ),
    kernel_function(
        "^",
        FAMILY,
        "postgres_caret",
        &[DOUBLE, DOUBLE],
        DataType::Double,
        run_power,
        "a ^ b - `a` to the power of `b`.",
    )
    .fallible(),
    kernel_function(
        "power",
        FAMILY,
        "postgres_power",
        &[DOUBLE, DOUBLE],
        DataType::Double,
        run_power,
        "power(a, b) - `a` to the power of `b`.",
    )
    .fallible()
    .aliases(&["pow"]),
    kernel_function(
        "exp",
        FAMILY,
        "postgres_exp",
        &[DOUBLE],
        DataType::Double,
        run_exp,
        "exp(a) - e to the power of `a`.",
    )
    .fallible(),
    kernel_function(
        "ln",
        FAMILY,
        "postgres_ln",
        &[DOUBLE],
        DataType::Double,
        run_ln,
        "ln(a) - The natural logarithm of `a`.",
    )
    .fallible(),
    kernel_function(
        "log10",
        FAMILY,
        "postgres_log10",
        &[DOUBLE],
        DataType::Double,
        run_log10,
        "log10(a) - The logarithm of `a` to base 10.",
    )
    .fallible(),
    Function::scalar("log", FAMILY, log, "log([base, ]a) - The logarithm of `a` to a base, 10 by default.", &[]),
    Function::scalar(
        "ceil",
        FAMILY,
        |call| to_whole(call, "ceil"),
        "ceil(a) - The smallest whole number that is not less than `a`, of the type of `a`.",
        &[],
    )
    .aliases(&["ceiling"]),
    Function::scalar(
        "floor",
        FAMILY,
        |call| to_whole(call, "floor"),
        "floor(a) - The largest whole number that is not greater than `a`, of the type of `a`.",
        &[],
    ),
    Function::scalar(
        "round",
        FAMILY,
        |call| round(call, false),
        "round(a[, digits]) - `a` rounded: a half goes to the even neighbour for DOUBLE PRECISION, away from zero for NUMERIC.",
        &[],
    ),
    Function::scalar(
        "trunc",
        FAMILY,
        |call| round(call, true),
        "trunc(a[, digits]) - `a` without what stands behind so many digits.",
        &[],
    ),
    Function::scalar("sign", FAMILY, sign, "sign(a) - -1, 0 or 1.", &[]),
    Function::scalar("div", FAMILY, div, "div(a, b) - The whole number of times that `b` goes into `a`.", &[]),
    Function::scalar(
        "mod",
        FAMILY,
        modulo,
        "mod(a, b) - What is left of `a` divided by `b`, with the sign of `a`.",
        &[],
    ),
    kernel_function(
        "to_hex",
        FAMILY,
        "postgres_to_hex",
        &[Expected::Type(DataType::Long)],
        DataType::String,
        run_to_hex,
        "to_hex(a) - `a` in hexadecimal.",
    ),
    Function::scalar(
        "width_bucket",
        FAMILY,
        |call| spark(call, "width_bucket", call.arguments),
        "width_bucket(a, low, high, count) - The bucket that `a` falls into.",
        &[],
    ),
    Function::scalar(
        "random",
        FAMILY,
        |call| spark(call, "rand", call.arguments),
        "random() - A number from 0 to below 1.",
        &[],
    ),
    kernel_function(
        "cotd",
        FAMILY,
        "postgres_cotd",
        &[DOUBLE],
        DataType::Double,
        |arguments| of_double(arguments, |a| Ok(1.0 / a.to_radians().tan())),
        "cotd(a) - The cotangent of `a` degrees.",
    ),
    kernel_function(
        "sind",
        FAMILY,
        "postgres_sind",
        &[DOUBLE],
        DataType::Double,
        |arguments| of_double(arguments, |a| Ok(degrees_sine(a))),
        "sind(a) - The sine of `a` degrees.",
    ),
    kernel_function(
        "cosd",
        FAMILY,
        "postgres_cosd",
        &[DOUBLE],
        DataType::Double,
        |arguments| of_double(arguments, |a| Ok(degrees_sine(a + 90.0))),
        "cosd(a) - The cosine of `a` degrees.",
    ),
    kernel_function(
        "factorial",
        FAMILY,
        "postgres_factorial",
        &[INT],
        DataType::Decimal { precision: 38, scale: 0 },
        run_factorial,
        "factorial(a) - The product of the numbers from 1 to `a`.",
    )
    .fallible(),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&ROUND_DOUBLE, &ROUND_DECIMAL, &WHOLE_DECIMAL, &LOG_TO_BASE];

static ROUND_DOUBLE: Kernel = Kernel::new("postgres_round_double", run_round_double);
static ROUND_DECIMAL: Kernel = Kernel::new("postgres_round_decimal", run_round_decimal).fallible();
static WHOLE_DECIMAL: Kernel = Kernel::new("postgres_whole_decimal", run_whole_decimal);
static LOG_TO_BASE: Kernel = Kernel::new("postgres_log_to_base", run_log_to_base).fallible();

/// A string literal is a number of double precision.
fn number(call: &Call<'_>, n: usize) -> Result<Typed> {
    match &call.arguments[n].data_type {
        found if found.is_numeric() => Ok(call.arguments[n].clone()),
        _ => cast(call, n, &DataType::Double),
    }
}

fn as_it_is(call: &Call<'_>, name: &'static str) -> Result<Typed> {
    call.count(1..=1)?;
    spark(call, name, &[number(call, 0)?])
}

/// Whole numbers of `ceil` and `floor` keep the type; integers are taken for doubles.
fn to_whole(call: &Call<'_>, name: &'static str) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = number(call, 0)?;
    let nullable = argument.nullable;
    match &argument.data_type {
        DataType::Decimal { .. } => {
            let returns = whole(&argument.data_type);
            Ok(call.kernel_with(&WHOLE_DECIMAL, vec![argument], vec![name.to_owned()], returns, nullable))
        }
        _ => {
            let argument = cast(call, 0, &DataType::Double)?;
            let options = vec![name.to_owned()];
            Ok(call.kernel_with(&ROUND_DOUBLE, vec![argument], options, DataType::Double, nullable))
        }
    }
}

/// A decimal without fraction, with room for one more digit.
fn whole(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Decimal { precision, scale } => {
            let digits = precision.saturating_sub(scale.unsigned_abs()).saturating_add(1);
            DataType::Decimal { precision: digits.clamp(1, MAX_PRECISION), scale: 0 }
        }
        other => other.clone(),
    }
}

/// `round(a)`, `round(numeric, digits)`, and `trunc`.
fn round(call: &Call<'_>, truncates: bool) -> Result<Typed> {
    call.count(1..=2)?;
    let name = if truncates { "trunc" } else { "round" };
    let argument = number(call, 0)?;
    if call.arguments.len() == 1 {
        let nullable = argument.nullable;
        return match &argument.data_type {
            DataType::Decimal { .. } => {
                let returns = whole(&argument.data_type);
                Ok(call.kernel_with(&WHOLE_DECIMAL, vec![argument], vec![name.to_owned()], returns, nullable))
            }
            _ => {
                let argument = cast(call, 0, &DataType::Double)?;
                Ok(call.kernel_with(&ROUND_DOUBLE, vec![argument], vec![name.to_owned()], DataType::Double, nullable))
            }
        };
    }
    // With digits it is a NUMERIC; PostgreSQL refuses floats here, and we take them for their shortest decimals.
    let (precision, scale) = match &argument.data_type {
        DataType::Decimal { precision, scale } => (*precision, *scale),
        found if found.is_integral() => (19, 0),
        _ => (MAX_PRECISION, 15),
    };
    let decimal =
        crate::functions::postgres::casts::cast(argument, &DataType::Decimal { precision, scale }, call.context)?;
    let digits = cast(call, 1, &DataType::Int)?;
    let wanted = match crate::functions::constant::evaluate(&digits.expr)? {
        Some(datafusion::scalar::ScalarValue::Int32(Some(wanted))) => i8::try_from(wanted.clamp(0, 38)).unwrap_or(0),
        _ => scale,
    };
    let integral = i16::from(precision) - i16::from(scale) + 1;
    let precision = u8::try_from((integral + i16::from(wanted)).clamp(1, 38)).unwrap_or(MAX_PRECISION);
    let returns = DataType::Decimal { precision, scale: wanted.min(38) };
    let arguments = vec![decimal, digits];
    let nullable = nullable(&arguments);
    Ok(call.kernel_with(&ROUND_DECIMAL, arguments, vec![name.to_owned()], returns, nullable))
}

fn sign(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = number(call, 0)?;
    let decimal = argument.data_type.is_decimal();
    let sign = spark(call, "sign", &[argument])?;
    match decimal {
        true => {
            crate::functions::postgres::casts::cast(sign, &DataType::Decimal { precision: 1, scale: 0 }, call.context)
        }
        false => Ok(sign),
    }
}

fn div(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let quotient = spark(call, "div", &[number(call, 0)?, number(call, 1)?])?;
    crate::functions::postgres::casts::cast(quotient, &DataType::Decimal { precision: 19, scale: 0 }, call.context)
}

fn modulo(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    spark(call, "mod", &[number(call, 0)?, number(call, 1)?])
}

/// `log(a)` is to base 10.
fn log(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let arguments = (0..call.arguments.len()).map(|n| cast(call, n, &DataType::Double)).collect::<Result<Vec<_>>>()?;
    let nullable = nullable(&arguments);
    Ok(call.kernel(&LOG_TO_BASE, arguments, DataType::Double, nullable))
}

fn of_double(arguments: &Arguments<'_>, compute: impl Fn(f64) -> Result<f64>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Float64Type>(0)?;
    arguments.try_compute::<Float64Type>(|row| values.get(row).map(&compute).transpose())
}

fn invalid(message: &str) -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, message.to_owned())
}

fn overflow() -> Error {
    Error::new(&NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

fn run_sqrt(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    of_double(arguments, |value| match value < 0.0 {
        true => Err(invalid("cannot take square root of a negative number")),
        false => Ok(value.sqrt()),
    })
}

fn run_cbrt(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    of_double(arguments, |value| Ok(value.cbrt()))
}

fn run_exp(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    of_double(arguments, |value| match value.exp() {
        result if result.is_infinite() && value.is_finite() => Err(overflow()),
        result => Ok(result),
    })
}

fn logarithm(value: f64) -> Result<f64> {
    match value {
        0.0 => Err(invalid("cannot take logarithm of zero")),
        _ if value < 0.0 => Err(invalid("cannot take logarithm of a negative number")),
        _ => Ok(value.ln()),
    }
}

fn run_ln(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    of_double(arguments, logarithm)
}

fn run_log10(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    of_double(arguments, |value| logarithm(value).map(|_| value.log10()))
}

fn run_log_to_base(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    if arguments.len() == 1 {
        return run_log10(arguments);
    }
    let (bases, values) = (arguments.values_of::<Float64Type>(0)?, arguments.values_of::<Float64Type>(1)?);
    arguments.try_compute::<Float64Type>(|row| {
        let (Some(base), Some(value)) = (bases.get(row), values.get(row)) else { return Ok(None) };
        let (below, above) = (logarithm(base)?, logarithm(value)?);
        match below == 0.0 {
            true => Err(Error::new(&DIVIDE_BY_ZERO, "division by zero")),
            false if base == 2.0 => Ok(Some(value.log2())),
            false if base == 10.0 => Ok(Some(value.log10())),
            false => Ok(Some(above / below)),
        }
    })
}

fn run_power(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bases, exponents) = (arguments.values_of::<Float64Type>(0)?, arguments.values_of::<Float64Type>(1)?);
    arguments.try_compute::<Float64Type>(|row| {
        let (Some(base), Some(exponent)) = (bases.get(row), exponents.get(row)) else { return Ok(None) };
        if base == 0.0 && exponent < 0.0 {
            return Err(invalid("zero raised to a negative power is undefined"));
        }
        if base < 0.0 && exponent.is_finite() && exponent.fract() != 0.0 {
            return Err(invalid("a negative number raised to a non-integer power yields a complex result"));
        }
        match base.powf(exponent) {
            result if result.is_infinite() && base.is_finite() && exponent.is_finite() => Err(overflow()),
            result => Ok(Some(result)),
        }
    })
}

/// Exact where the sine of degrees is.
fn degrees_sine(degrees: f64) -> f64 {
    match degrees.rem_euclid(360.0) {
        0.0 | 180.0 => 0.0,
        30.0 | 150.0 => 0.5,
        90.0 => 1.0,
        210.0 | 330.0 => -0.5,
        270.0 => -1.0,
        _ => degrees.to_radians().sin(),
    }
}

fn run_factorial(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int32Type>(0)?;
    arguments.try_compute::<Decimal128Type>(|row| {
        let Some(value) = values.get(row) else { return Ok(None) };
        if value < 0 {
            return Err(invalid("factorial of a negative number is undefined"));
        }
        let product = (1..=i128::from(value)).try_fold(1_i128, i128::checked_mul);
        product.filter(|product| *product < 10_i128.pow(38)).map(Some).ok_or_else(overflow)
    })
}

fn run_to_hex(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int64Type>(0)?;
    arguments.write_strings(|row, out| {
        let value = values.get(row)?;
        // A negative INTEGER has eight digits in PostgreSQL, and is no BIGINT here only by its value.
        match i32::try_from(value) {
            Ok(small) if small < 0 => out.push_str(&format!("{small:x}")),
            _ => out.push_str(&format!("{value:x}")),
        }
        Some(())
    })
}

fn option<'a>(arguments: &'a Arguments<'_>) -> &'a str {
    arguments.parameters.options.first().map_or("", String::as_str)
}

fn run_round_double(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let round: fn(f64) -> f64 = match option(arguments) {
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "trunc" => f64::trunc,
        _ => f64::round_ties_even,
    };
    let values = arguments.values_of::<Float64Type>(0)?;
    arguments.compute::<Float64Type>(|row| values.get(row).map(round))
}

fn run_whole_decimal(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let scale = match &arguments.parameters.arguments[0] {
        DataType::Decimal { scale, .. } => *scale,
        _ => 0,
    };
    let power = 10_i128.pow(u32::from(scale.unsigned_abs()));
    let values = arguments.values_of::<Decimal128Type>(0)?;
    let how = option(arguments).to_owned();
    arguments.compute::<Decimal128Type>(|row| {
        let value = values.get(row)?;
        Some(match how.as_str() {
            "ceil" => -(-value).div_euclid(power),
            "floor" => value.div_euclid(power),
            "trunc" => value / power,
            _ => reading::rescale_half_up(value, i16::from(scale), 0, MAX_PRECISION)?,
        })
    })
}

fn run_round_decimal(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let scale_of = |data_type: &DataType| match data_type {
        DataType::Decimal { precision, scale } => (*precision, i16::from(*scale)),
        _ => (MAX_PRECISION, 0),
    };
    let (_, from) = scale_of(&arguments.parameters.arguments[0]);
    let (precision, to) = scale_of(&arguments.parameters.returns);
    let truncates = option(arguments) == "trunc";
    let (values, digits) = (arguments.values_of::<Decimal128Type>(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.try_compute::<Decimal128Type>(|row| {
        let (Some(value), Some(digits)) = (values.get(row), digits.get(row)) else { return Ok(None) };
        let digits = i16::try_from(digits.clamp(-38, 38)).unwrap_or(0).min(from);
        let kept = if truncates {
            let power = 10_i128.checked_pow(u32::from((from - digits).unsigned_abs()));
            power.map_or(Some(0), |power| Some(value / power))
        } else {
            reading::rescale_half_up(value, from, digits, MAX_PRECISION)
        };
        let kept = kept.and_then(|kept| reading::rescale_half_up(kept, digits, to, precision));
        kept.map(Some).ok_or_else(|| Error::new(&NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow"))
    })
}
