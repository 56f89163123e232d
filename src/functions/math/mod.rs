//! The functions of numbers.

mod bases;
mod bits;
mod doubles;
pub mod random;
mod rounding;

pub use random::random_numbers;

use super::{Call, Expected, Family, Function, Kernel, Typed};
use crate::error::Result;
use crate::types::{DataType, DayTimeField, YearMonthField};

const DOUBLE: Expected = Expected::Type(DataType::Double);
const INT: Expected = Expected::Type(DataType::Int);
const LONG: Expected = Expected::Type(DataType::Long);
const TEXT: Expected = Expected::Type(DataType::String);
const FAMILY: Family = Family::Math;
const F64: DataType = DataType::Double;

pub static FUNCTIONS: &[Function] = &[
    Function::kernel("sqrt", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::sqrt), "sqrt(expr) - Returns the square root of `expr`.", &["SELECT sqrt(4)"]),
    Function::kernel("cbrt", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::cbrt), "cbrt(expr) - Returns the cube root of `expr`.", &["SELECT cbrt(27.0)"]),
    Function::kernel("exp", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::exp), "exp(expr) - Returns e to the power of `expr`.", &["SELECT exp(0)"]),
    Function::kernel("expm1", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::exp_m1), "expm1(expr) - Returns exp(`expr`) - 1.", &["SELECT expm1(0)"]),
    Function::kernel("ln", FAMILY, &[DOUBLE], F64, |a| doubles::positive(a, 0.0, f64::ln), "ln(expr) - Returns the natural logarithm (base e) of `expr`.", &["SELECT ln(1)"]).nullable(),
    Function::kernel("log10", FAMILY, &[DOUBLE], F64, |a| doubles::positive(a, 0.0, f64::log10), "log10(expr) - Returns the logarithm of `expr` with base 10.", &["SELECT log10(10)"]).nullable(),
    Function::kernel("log2", FAMILY, &[DOUBLE], F64, |a| doubles::positive(a, 0.0, f64::log2), "log2(expr) - Returns the logarithm of `expr` with base 2.", &["SELECT log2(2)"]).nullable(),
    Function::kernel("log1p", FAMILY, &[DOUBLE], F64, |a| doubles::positive(a, -1.0, f64::ln_1p), "log1p(expr) - Returns log(1 + `expr`).", &["SELECT log1p(0)"]).nullable(),
    Function::kernel("log", FAMILY, &[DOUBLE, DOUBLE], F64, doubles::log, "log(base, expr) - Returns the logarithm of `expr` with `base`.", &["SELECT log(10, 100)"]).optional(1).nullable(),
    Function::kernel("power", FAMILY, &[DOUBLE, DOUBLE], F64, doubles::power, "power(expr1, expr2) - Raises `expr1` to the power of `expr2`.", &["SELECT power(2, 3)"]).aliases(&["pow"]),
    Function::kernel("hypot", FAMILY, &[DOUBLE, DOUBLE], F64, |a| doubles::map2(a, f64::hypot), "hypot(expr1, expr2) - Returns sqrt(`expr1`² + `expr2`²).", &["SELECT hypot(3, 4)"]),
    Function::kernel("atan2", FAMILY, &[DOUBLE, DOUBLE], F64, |a| doubles::map2(a, |y, x| (y + 0.0).atan2(x + 0.0)), "atan2(exprY, exprX) - Returns the angle in radians between the positive x-axis of a plane and the point given by the coordinates (`exprX`, `exprY`), as if computed by `java.lang.Math.atan2`.", &["SELECT atan2(0, 0)"]),
    Function::kernel("sin", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::sin), "sin(expr) - Returns the sine of `expr`, as if computed by `java.lang.Math.sin`.", &["SELECT sin(0)"]),
    Function::kernel("cos", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::cos), "cos(expr) - Returns the cosine of `expr`, as if computed by `java.lang.Math.cos`.", &["SELECT cos(0)"]),
    Function::kernel("tan", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::tan), "tan(expr) - Returns the tangent of `expr`, as if computed by `java.lang.Math.tan`.", &["SELECT tan(0)"]),
    Function::kernel("cot", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, |x| 1.0 / x.tan()), "cot(expr) - Returns the cotangent of `expr`, as if computed by `1/java.lang.Math.tan`.", &["SELECT cot(1)"]),
    Function::kernel("sec", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, |x| 1.0 / x.cos()), "sec(expr) - Returns the secant of `expr`, as if computed by `1/java.lang.Math.cos`.", &["SELECT sec(0)"]),
    Function::kernel("csc", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, |x| 1.0 / x.sin()), "csc(expr) - Returns the cosecant of `expr`, as if computed by `1/java.lang.Math.sin`.", &["SELECT csc(1)"]),
    Function::kernel("asin", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::asin), "asin(expr) - Returns the inverse sine (a.k.a. arc sine) the arc sin of `expr`, as if computed by `java.lang.Math.asin`.", &["SELECT asin(0)", "SELECT asin(2)"]),
    Function::kernel("acos", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::acos), "acos(expr) - Returns the inverse cosine (a.k.a. arc cosine) of `expr`, as if computed by `java.lang.Math.acos`.", &["SELECT acos(1)", "SELECT acos(2)"]),
    Function::kernel("atan", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::atan), "atan(expr) - Returns the inverse tangent (a.k.a. arc tangent) of `expr`, as if computed by `java.lang.Math.atan`", &["SELECT atan(0)"]),
    Function::kernel("sinh", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::sinh), "sinh(expr) - Returns hyperbolic sine of `expr`, as if computed by `java.lang.Math.sinh`.", &["SELECT sinh(0)"]),
    Function::kernel("cosh", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::cosh), "cosh(expr) - Returns the hyperbolic cosine of `expr`, as if computed by `java.lang.Math.cosh`.", &["SELECT cosh(0)"]),
    Function::kernel("tanh", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::tanh), "tanh(expr) - Returns the hyperbolic tangent of `expr`, as if computed by `java.lang.Math.tanh`.", &["SELECT tanh(0)"]),
    Function::kernel("asinh", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, doubles::asinh), "asinh(expr) - Returns inverse hyperbolic sine of `expr`.", &["SELECT asinh(0)"]),
    Function::kernel("acosh", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, |x| (x + (x * x - 1.0).sqrt()).ln()), "acosh(expr) - Returns inverse hyperbolic cosine of `expr`.", &["SELECT acosh(1)", "SELECT acosh(0)"]),
    Function::kernel("atanh", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, |x| 0.5 * (x.ln_1p() - (-x).ln_1p())), "atanh(expr) - Returns inverse hyperbolic tangent of `expr`.", &["SELECT atanh(0)", "SELECT atanh(2)"]),
    Function::kernel("degrees", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, |x| x * (180.0 / std::f64::consts::PI)), "degrees(expr) - Converts radians to degrees.", &["SELECT degrees(3.141592653589793)"]),
    Function::kernel("radians", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, |x| x / 180.0 * std::f64::consts::PI), "radians(expr) - Converts degrees to radians.", &["SELECT radians(180)"]),
    Function::kernel("rint", FAMILY, &[DOUBLE], F64, |a| doubles::map(a, f64::round_ties_even), "rint(expr) - Returns the double value that is closest in value to the argument and is equal to a mathematical integer.", &["SELECT rint(12.3456)"]),
    Function::scalar("pi", FAMILY, |call| constant(call, std::f64::consts::PI), "pi() - Returns pi.", &["SELECT pi()"]),
    Function::scalar("e", FAMILY, |call| constant(call, std::f64::consts::E), "e() - Returns Euler's number, e.", &["SELECT e()"]),
    Function::scalar("sign", FAMILY, bind_sign, "sign(expr) - Returns -1.0, 0.0 or 1.0 as `expr` is negative, 0 or positive.", &["SELECT sign(40)", "SELECT sign(INTERVAL -'100' YEAR)"]).aliases(&["signum"]),
    Function::scalar("round", FAMILY, |call| rounding::bind_round(call, &rounding::ROUND), "round(expr, d) - Returns `expr` rounded to `d` decimal places using HALF_UP rounding mode.", &["SELECT round(2.5, 0)"]),
    Function::scalar("bround", FAMILY, |call| rounding::bind_round(call, &rounding::BROUND), "bround(expr, d) - Returns `expr` rounded to `d` decimal places using HALF_EVEN rounding mode.", &["SELECT bround(2.5, 0)", "SELECT bround(25, -1)"]),
    Function::scalar("floor", FAMILY, |call| rounding::bind_whole(call, &rounding::FLOOR), "floor(expr[, scale]) - Returns the largest number after rounding down that is not greater than `expr`. An optional `scale` parameter can be specified to control the rounding behavior.", &["SELECT floor(-0.1)", "SELECT floor(5)"]),
    Function::scalar("ceil", FAMILY, |call| rounding::bind_whole(call, &rounding::CEIL), "ceil(expr[, scale]) - Returns the smallest number after rounding up that is not smaller than `expr`. An optional `scale` parameter can be specified to control the rounding behavior.", &["SELECT ceil(-0.1)", "SELECT ceil(5)"]).aliases(&["ceiling"]),
    Function::kernel("factorial", FAMILY, &[INT], DataType::Long, bases::factorial, "factorial(expr) - Returns the factorial of `expr`. `expr` is [0..20]. Otherwise, null.", &["SELECT factorial(5)"]).nullable(),
    Function::kernel("conv", FAMILY, &[TEXT, INT, INT], DataType::String, bases::conv, "conv(num, from_base, to_base) - Convert `num` from `from_base` to `to_base`.", &["SELECT conv('100', 2, 10)", "SELECT conv(-10, 16, -10)"]).nullable().fallible(),
    Function::kernel("bin", FAMILY, &[LONG], DataType::String, bases::bin, "bin(expr) - Returns the string representation of the long value `expr` represented in binary.", &["SELECT bin(13)", "SELECT bin(-13)"]),
    Function::scalar("width_bucket", FAMILY, bind_width_bucket, "width_bucket(value, min_value, max_value, num_bucket) - Returns the bucket number to which `value` would be assigned in an equiwidth histogram with `num_bucket` buckets, in the range `min_value` to `max_value`.\"", &["SELECT width_bucket(5.3, 0.2, 10.6, 5)", "SELECT width_bucket(-2.1, 1.3, 3.4, 3)"]),
    Function::scalar("rand", FAMILY, random::bind_uniform, "rand([seed]) - Returns a random value with independent and identically distributed (i.i.d.) uniformly distributed values in [0, 1).", &["SELECT rand()", "SELECT rand(0)"]).aliases(&["random"]),
    Function::scalar("randn", FAMILY, random::bind_normal, "randn([seed]) - Returns a random value with independent and identically distributed (i.i.d.) values drawn from the standard normal distribution.", &["SELECT randn()", "SELECT randn(0)"]),
    Function::scalar("uniform", FAMILY, random::bind_between, "uniform(min, max[, seed]) - Returns a random value with independent and identically distributed (i.i.d.) values with the specified range of numbers. The random seed is optional. The provided numbers specifying the minimum and maximum values of the range must be constant. If both of these numbers are integers, then the result will also be an integer. Otherwise if one or both of these are floating-point numbers, then the result will also be a floating-point number.", &["SELECT uniform(10, 20, 0) > 0 AS result"]),
    Function::scalar("randstr", Family::String, random::bind_text, "randstr(length[, seed]) - Returns a string of the specified length whose characters are chosen uniformly at random from the following pool of characters: 0-9, a-z, A-Z. The random seed is optional. The string length must be a constant two-byte or four-byte integer (SMALLINT or INT, respectively).", &["SELECT randstr(3, 0) AS result"]),
    Function::scalar("bit_count", Family::Bitwise, bits::bind_count, "bit_count(expr) - Returns the number of bits that are set in the argument expr as an unsigned 64-bit integer, or NULL if the argument is NULL.", &["SELECT bit_count(0)"]),
    Function::scalar("bit_get", Family::Bitwise, bits::bind_get, "bit_get(expr, pos) - Returns the value of the bit (0 or 1) at the specified position. The positions are numbered from right to left, starting at zero. The position argument cannot be negative.", &["SELECT bit_get(11, 0)", "SELECT bit_get(11, 2)"]).aliases(&["getbit"]),
    Function::scalar("shiftleft", Family::Bitwise, |call| bits::bind_shift(call, &bits::LEFT), "base shiftleft exp - Bitwise left shift.", &["SELECT shiftleft(2, 1)", "SELECT 2 << 1"]),
    Function::scalar("shiftright", Family::Bitwise, |call| bits::bind_shift(call, &bits::RIGHT), "base shiftright expr - Bitwise (signed) right shift.", &["SELECT shiftright(4, 1)", "SELECT 4 >> 1"]),
    Function::scalar("shiftrightunsigned", Family::Bitwise, |call| bits::bind_shift(call, &bits::RIGHT_UNSIGNED), "base shiftrightunsigned expr - Bitwise unsigned right shift.", &["SELECT shiftrightunsigned(4, 1)", "SELECT 4 >>> 1"]),
];

static SIGN: Kernel = Kernel::new("sign", |a| doubles::map(a, |x| if x == 0.0 || x.is_nan() { x } else { x.signum() }));

static WIDTH_BUCKET: Kernel = Kernel::new("width_bucket", doubles::width_bucket);

pub static KERNELS: &[&Kernel] = &[
    &SIGN,
    &WIDTH_BUCKET,
    &rounding::ROUND,
    &rounding::BROUND,
    &rounding::FLOOR,
    &rounding::CEIL,
    &bits::COUNT,
    &bits::GET,
    &bits::LEFT,
    &bits::RIGHT,
    &bits::RIGHT_UNSIGNED,
];

fn constant(call: &Call<'_>, value: f64) -> Result<Typed> {
    call.count(0..=0)?;
    Ok(Typed { expr: datafusion::logical_expr::lit(value), data_type: F64, nullable: false })
}

/// How long an interval is, in months or microseconds.
fn length(call: &Call<'_>, n: usize) -> Result<Typed> {
    let (unit, digits) = match call.argument(n).data_type {
        DataType::YearMonthInterval(..) => {
            (DataType::YearMonthInterval(YearMonthField::Month, YearMonthField::Month), 0)
        }
        _ => (DataType::DayTimeInterval(DayTimeField::Second, DayTimeField::Second), 6),
    };
    let decimal = DataType::Decimal { precision: 20, scale: digits };
    let interval = call.to(call.argument(n).clone(), &unit)?;
    call.to(call.to(interval, &decimal)?, &F64)
}

/// `width_bucket(value, low, high, buckets)` of numbers, or of intervals of one kind.
fn bind_width_bucket(call: &Call<'_>) -> Result<Typed> {
    call.count(4..=4)?;
    let months = |n: usize| matches!(call.argument(n).data_type, DataType::YearMonthInterval(..));
    let times = |n: usize| matches!(call.argument(n).data_type, DataType::DayTimeInterval(..));
    let mut arguments = match (0..3).all(months) || (0..3).all(times) {
        true => (0..3).map(|n| length(call, n)).collect::<Result<Vec<_>>>()?,
        false => (0..3).map(|n| call.cast(n, &F64)).collect::<Result<Vec<_>>>()?,
    };
    arguments.push(call.cast(3, &DataType::Long)?);
    Ok(call.kernel(&WIDTH_BUCKET, arguments, DataType::Long, true))
}

fn bind_sign(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = match call.argument(0).data_type {
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) => length(call, 0)?,
        _ => call.cast(0, &F64)?,
    };
    let nullable = argument.nullable;
    Ok(call.kernel(&SIGN, vec![argument], F64, nullable))
}
