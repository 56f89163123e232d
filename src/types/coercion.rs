//! Which type two types meet in, what is cast without being asked, and what decimals become in arithmetic: Spark's
//! rules, on types alone. It knows no expressions.

use super::{DataType, DayTimeField, MAX_PRECISION, StructField, YearMonthField};

/// The scale that a quotient keeps when its digits do not fit.
const MINIMUM_ADJUSTED_SCALE: i16 = 6;

/// The type that `CASE`, `coalesce`, `IN`, set operations and the like bring their branches to.
pub fn common_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    tightest_common_type(a, b, ansi)
        .or_else(|| wider_decimal(a, b))
        .or_else(|| string_promotion(a, b, ansi))
        .or_else(|| common_complex(a, b, &|a, b| common_type(a, b, ansi)))
}

/// [`common_type`] of any number of types; `None` if there is none (or no type at all).
pub fn common_type_of<'a>(types: impl IntoIterator<Item = &'a DataType>, ansi: bool) -> Option<DataType> {
    // Strings go first: whether a string meets a number must not depend on the order of the branches.
    let (strings, others): (Vec<_>, Vec<_>) = types.into_iter().partition(|data_type| has_string(data_type));
    let mut types = strings.into_iter().chain(others);
    let first = types.next()?.clone();
    types.try_fold(first, |common, data_type| common_type(&common, data_type, ansi))
}

/// The common type without turning strings into other types or others into strings (`greatest`, `least`).
pub fn common_type_without_strings(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    tightest_common_type(a, b, ansi)
        .or_else(|| wider_decimal(a, b))
        .or_else(|| common_complex(a, b, &|a, b| common_type_without_strings(a, b, ansi)))
}

/// The type in which the two sides of a comparison are compared.
pub fn comparison_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    if ansi {
        return tightest_common_type(a, b, ansi)
            .or_else(|| wider_decimal(a, b))
            .or_else(|| string_promotion(a, b, ansi))
            .or_else(|| common_structure(a, b));
    }
    match (plain_string(a), plain_string(b)) {
        (DataType::String, DataType::String) => Some(DataType::String),
        (DataType::String, DataType::Null) | (DataType::Null, DataType::String) => Some(DataType::String),
        (a, b) if a.is_string() && b.is_string() => (a == b).then_some(a),
        (string, other) | (other, string) if string.is_string() && other.is_atomic() && !other.is_interval() => {
            Some(other)
        }
        // Numbers meet booleans as numbers: `true = 1`.
        (DataType::Boolean, other) | (other, DataType::Boolean) if other.is_numeric() => Some(other),
        (a, b) => {
            tightest_common_type(&a, &b, ansi).or_else(|| wider_decimal(&a, &b)).or_else(|| common_structure(&a, &b))
        }
    }
}

/// The type of both if they are equal but for the names of fields and for what may be NULL inside; the names are the first's.
pub fn common_structure(a: &DataType, b: &DataType) -> Option<DataType> {
    let renamed = |b: &DataType| {
        common_complex_named(a, b, &|a, b| if a == b { Some(a.clone()) } else { common_structure(a, b) })
    };
    if a == b { Some(a.clone()) } else { renamed(b) }
}

/// The smallest type that holds both without losing anything.
pub fn tightest_common_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    match (a, b) {
        (a, b) if a == b => Some(plain_string(a)),
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (DataType::Collated(_), other) | (other, DataType::Collated(_)) if other.is_string() => None,
        (a, b) if a.is_string() && b.is_string() => Some(DataType::String),
        (DataType::Decimal { precision, scale }, integral) | (integral, DataType::Decimal { precision, scale })
            if integral.is_integral() =>
        {
            let (digits, _) = integral.as_decimal()?;
            let decimal = DataType::Decimal { precision: *precision, scale: *scale };
            (i16::from(*precision) - i16::from(*scale) >= i16::from(digits)).then_some(decimal)
        }
        (a, b) if a.is_numeric() && b.is_numeric() && !a.is_decimal() && !b.is_decimal() => {
            let wider = if numeric_rank(a) >= numeric_rank(b) { a } else { b };
            if matches!(wider, DataType::Object(_)) {
                return Some(DataType::Long);
            }
            // A float would lose digits of an integer.
            let loses = ansi && *wider == DataType::Float && a != b;
            Some(if loses { DataType::Double } else { wider.clone() })
        }
        (a, b) if a.is_datetime() && b.is_datetime() => Some(match (a, b) {
            (DataType::Timestamp, _) | (_, DataType::Timestamp) => DataType::Timestamp,
            _ => DataType::TimestampNtz,
        }),
        (DataType::DayTimeInterval(start_a, end_a), DataType::DayTimeInterval(start_b, end_b)) => {
            Some(DataType::DayTimeInterval(*start_a.min(start_b), *end_a.max(end_b)))
        }
        (DataType::YearMonthInterval(start_a, end_a), DataType::YearMonthInterval(start_b, end_b)) => {
            Some(DataType::YearMonthInterval(*start_a.min(start_b), *end_a.max(end_b)))
        }
        (DataType::Spatial(a), DataType::Spatial(b)) => a.common(*b).map(DataType::Spatial),
        (a, b) => common_complex(a, b, &|a, b| tightest_common_type(a, b, ansi)),
    }
}

/// Decimals meet in one with room for both; with a float or double they become doubles.
fn wider_decimal(a: &DataType, b: &DataType) -> Option<DataType> {
    match (a, b) {
        (DataType::Decimal { .. }, DataType::Float | DataType::Double)
        | (DataType::Float | DataType::Double, DataType::Decimal { .. }) => Some(DataType::Double),
        (a, b) if (a.is_decimal() && b.is_numeric()) || (b.is_decimal() && a.is_numeric()) => {
            let (precision_a, scale_a) = a.as_decimal()?;
            let (precision_b, scale_b) = b.as_decimal()?;
            Some(wider_decimal_type((precision_a, scale_a), (precision_b, scale_b)))
        }
        _ => None,
    }
}

/// The decimal with room for the integral digits of both and, as far as possible, the fractions of both.
pub fn wider_decimal_type(a: (u8, i8), b: (u8, i8)) -> DataType {
    let scale = i16::from(a.1.max(b.1));
    let integral = (i16::from(a.0) - i16::from(a.1)).max(i16::from(b.0) - i16::from(b.1));
    bounded_prefer_integral_digits(integral + scale, scale)
}

fn string_promotion(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    let other = match (a.is_string(), b.is_string()) {
        (true, false) => b,
        (false, true) => a,
        _ => return None,
    };
    if !ansi {
        let promotes = other.is_atomic() && !matches!(other, DataType::Binary | DataType::Boolean);
        return (promotes && !matches!(other, DataType::CalendarInterval)).then_some(DataType::String);
    }
    match other {
        other if other.is_integral() => Some(DataType::Long),
        other if other.is_fractional() => Some(DataType::Double),
        // Which interval a string would be, nobody can tell.
        other if other.is_interval() => None,
        other if other.is_atomic() => Some(other.clone()),
        _ => None,
    }
}

fn common_complex(
    a: &DataType,
    b: &DataType,
    common: &dyn Fn(&DataType, &DataType) -> Option<DataType>,
) -> Option<DataType> {
    match (a, b) {
        (DataType::Struct(fields_a), DataType::Struct(fields_b))
            if fields_a.iter().zip(fields_b).any(|(a, b)| a.name.to_lowercase() != b.name.to_lowercase()) =>
        {
            None
        }
        _ => common_complex_named(a, b, common),
    }
}

/// Arrays, maps and structs meet if what is in them does; fields meet by their places.
fn common_complex_named(
    a: &DataType,
    b: &DataType,
    common: &dyn Fn(&DataType, &DataType) -> Option<DataType>,
) -> Option<DataType> {
    match (a, b) {
        (
            DataType::Array { element: element_a, contains_null: null_a },
            DataType::Array { element: element_b, contains_null: null_b },
        ) => {
            let element = common(element_a, element_b)?;
            let contains_null =
                *null_a || *null_b || may_become_null(element_a, &element) || may_become_null(element_b, &element);
            Some(DataType::Array { element: Box::new(element), contains_null })
        }
        (
            DataType::Map { key: key_a, value: value_a, value_contains_null: null_a },
            DataType::Map { key: key_b, value: value_b, value_contains_null: null_b },
        ) => {
            let key = common(key_a, key_b)?;
            let value = common(value_a, value_b)?;
            let value_contains_null =
                *null_a || *null_b || may_become_null(value_a, &value) || may_become_null(value_b, &value);
            Some(DataType::Map { key: Box::new(key), value: Box::new(value), value_contains_null })
        }
        (DataType::Struct(fields_a), DataType::Struct(fields_b)) if fields_a.len() == fields_b.len() => fields_a
            .iter()
            .zip(fields_b)
            .map(|(a, b)| {
                let data_type = common(&a.data_type, &b.data_type)?;
                let nullable = a.nullable
                    || b.nullable
                    || may_become_null(&a.data_type, &data_type)
                    || may_become_null(&b.data_type, &data_type);
                Some(StructField { nullable, ..StructField::new(&a.name, data_type) })
            })
            .collect::<Option<_>>()
            .map(DataType::Struct),
        _ => None,
    }
}

fn has_string(data_type: &DataType) -> bool {
    match data_type {
        DataType::Array { element, .. } => has_string(element),
        other => other.is_string(),
    }
}

/// Strings without their lengths.
fn plain_string(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        other => other.clone(),
    }
}

fn numeric_rank(data_type: &DataType) -> usize {
    let data_type = if matches!(data_type, DataType::Object(_)) { &DataType::Long } else { data_type };
    [DataType::Byte, DataType::Short, DataType::Int, DataType::Long, DataType::Float, DataType::Double]
        .iter()
        .position(|ranked| ranked == data_type)
        .unwrap_or(0)
}

/// Whether a function whose parameter has type `to` takes an argument of type `from`, cast without being asked.
pub fn implicit_cast_allowed(from: &DataType, to: &DataType, ansi: bool) -> bool {
    match (from, to) {
        (from, to) if same_shape(from, to) => true,
        (DataType::Null, _) => true,
        (from, to) if from.is_string() && to.is_string() => true,
        (from, to) if from.is_string() => match to {
            DataType::CalendarInterval => false,
            to if ansi => to.is_atomic(),
            to => to.is_numeric() || to.is_datetime() || *to == DataType::Binary || to.is_interval(),
        },
        _ if ansi => store_assignable(from, to),
        (from, to) if from.is_atomic() && to.is_string() => true,
        (from, to) if from.is_numeric() && to.is_numeric() => true,
        (from, to) if from.is_datetime() && to.is_datetime() => true,
        (DataType::DayTimeInterval(..), DataType::DayTimeInterval(..))
        | (DataType::YearMonthInterval(..), DataType::YearMonthInterval(..)) => true,
        (DataType::Array { element: from, .. }, DataType::Array { element: to, .. }) => {
            implicit_cast_allowed(from, to, ansi)
        }
        (DataType::Map { key, value, .. }, DataType::Map { key: to_key, value: to_value, .. }) => {
            implicit_cast_allowed(key, to_key, ansi) && implicit_cast_allowed(value, to_value, ansi)
        }
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len()
                && from.iter().zip(to).all(|(from, to)| implicit_cast_allowed(&from.data_type, &to.data_type, ansi))
        }
        _ => false,
    }
}

/// Whether INSERT stores a value of type `from` in a column of type `to` under the ANSI policy.
pub fn store_assignable(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (from, to) if from == to => true,
        (DataType::Null, _) => true,
        (from, to) if from.is_numeric() && to.is_numeric() => true,
        (from, to) if from.is_atomic() && to.is_string() => true,
        (from, to) if from.is_datetime() && to.is_datetime() => true,
        (DataType::Time(_), DataType::Time(_)) => true,
        (DataType::DayTimeInterval(..), DataType::DayTimeInterval(..))
        | (DataType::YearMonthInterval(..), DataType::YearMonthInterval(..)) => true,
        (DataType::Array { element: from, .. }, DataType::Array { element: to, .. }) => store_assignable(from, to),
        (DataType::Map { key, value, .. }, DataType::Map { key: to_key, value: to_value, .. }) => {
            store_assignable(key, to_key) && store_assignable(value, to_value)
        }
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len()
                && from.iter().zip(to).all(|(from, to)| store_assignable(&from.data_type, &to.data_type))
        }
        _ => false,
    }
}

/// Whether every value of type `from` is one of type `to`, so that a view may still promise `to`.
pub fn can_up_cast(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (from, to) if from == to => true,
        (DataType::Null, _) => true,
        (from, to) if from.is_numeric() && to.is_numeric() => match (from, to) {
            (DataType::Decimal { .. }, DataType::Float | DataType::Double) => false,
            (DataType::Float | DataType::Double, DataType::Decimal { .. }) => false,
            (DataType::Decimal { .. }, _) | (_, DataType::Decimal { .. }) => {
                wider_decimal(from, to).is_some_and(|wider| wider == as_decimal(to))
            }
            _ => numeric_rank(from) <= numeric_rank(to),
        },
        (DataType::Date, DataType::Timestamp | DataType::TimestampNtz)
        | (DataType::Timestamp, DataType::TimestampNtz | DataType::Long)
        | (DataType::TimestampNtz | DataType::Long, DataType::Timestamp) => true,
        (from, to) if (from.is_atomic() || *from == DataType::CalendarInterval) && to.is_string() => true,
        (DataType::DayTimeInterval(..), DataType::DayTimeInterval(..))
        | (DataType::YearMonthInterval(..), DataType::YearMonthInterval(..)) => true,
        (
            DataType::Array { element: from, contains_null },
            DataType::Array { element: to, contains_null: may_contain_null },
        ) => (!contains_null || *may_contain_null) && can_up_cast(from, to),
        (
            DataType::Map { key, value, value_contains_null },
            DataType::Map { key: to_key, value: to_value, value_contains_null: may_contain_null },
        ) => (!value_contains_null || *may_contain_null) && can_up_cast(key, to_key) && can_up_cast(value, to_value),
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len()
                && from
                    .iter()
                    .zip(to)
                    .all(|(from, to)| (!from.nullable || to.nullable) && can_up_cast(&from.data_type, &to.data_type))
        }
        _ => false,
    }
}

/// The decimal that holds every number of an integral type.
fn as_decimal(data_type: &DataType) -> DataType {
    let precision = match data_type {
        DataType::Byte => 3,
        DataType::Short => 5,
        DataType::Int => 10,
        DataType::Long => 20,
        other => return other.clone(),
    };
    DataType::Decimal { precision, scale: 0 }
}

/// Equal but for what may be NULL inside.
pub fn same_shape(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => same_shape(a, b),
        (DataType::Map { key, value, .. }, DataType::Map { key: other_key, value: other_value, .. }) => {
            same_shape(key, other_key) && same_shape(value, other_value)
        }
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| {
                    a.name.to_lowercase() == b.name.to_lowercase() && same_shape(&a.data_type, &b.data_type)
                })
        }
        (a, b) => a == b,
    }
}

/// Whether a value that is not NULL can become NULL by the cast (outside ANSI mode, where it would fail).
pub fn may_become_null(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (from, to) if from == to => false,
        (DataType::Null, _) => true,
        (from, to) if from.is_string() => !(to.is_string() || *to == DataType::Binary),
        (_, to) if to.is_string() => false,
        (from, DataType::Timestamp) => matches!(from, DataType::Float | DataType::Double),
        (DataType::Timestamp | DataType::TimestampNtz, DataType::Date | DataType::TimestampNtz) => false,
        (DataType::Float | DataType::Double, DataType::Date) => true,
        (_, DataType::Date) => false,
        (_, DataType::CalendarInterval) => true,
        (from, DataType::Decimal { precision, scale }) => match from.as_decimal() {
            Some((digits, fraction)) if !matches!(from, DataType::Float | DataType::Double) => {
                i16::from(*precision) - i16::from(*scale) < i16::from(digits) - i16::from(fraction)
                    || (from.is_decimal() && *scale < fraction)
            }
            _ => true,
        },
        (from, to) if from.is_fractional() && to.is_integral() => true,
        _ => false,
    }
}

/// The operators of decimals that make types of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    /// The decimal that `div` is computed in before it becomes a BIGINT.
    IntegerDivide,
}

/// The precision and scale of the result of arithmetic on decimals. Where they are more than there can be, digits of the
/// fraction make room for those before it, unless `keep_digits`.
pub fn decimal_result(operator: DecimalOperator, a: (u8, i8), b: (u8, i8), keep_digits: bool) -> (u8, i8) {
    let (precision_a, scale_a) = (i16::from(a.0), i16::from(a.1));
    let (precision_b, scale_b) = (i16::from(b.0), i16::from(b.1));
    let fitted = if keep_digits { bounded } else { adjust_precision_scale };
    match operator {
        DecimalOperator::Add | DecimalOperator::Subtract => {
            let scale = scale_a.max(scale_b);
            fitted((precision_a - scale_a).max(precision_b - scale_b) + scale + 1, scale)
        }
        DecimalOperator::Multiply => fitted(precision_a + precision_b + 1, scale_a + scale_b),
        DecimalOperator::Divide if keep_digits => {
            let most = i16::from(MAX_PRECISION);
            let integral = most.min(precision_a - scale_a + scale_b);
            let scale = most.min(MINIMUM_ADJUSTED_SCALE.max(scale_a + precision_b + 1));
            match integral + scale - most {
                excess if excess > 0 => narrow(most, scale - (excess / 2 + 1)),
                _ => narrow(integral + scale, scale),
            }
        }
        DecimalOperator::Divide => {
            let scale = MINIMUM_ADJUSTED_SCALE.max(scale_a + precision_b + 1);
            adjust_precision_scale(precision_a - scale_a + scale_b + scale, scale)
        }
        DecimalOperator::Modulo => {
            let scale = scale_a.max(scale_b);
            fitted((precision_a - scale_a).min(precision_b - scale_b) + scale, scale)
        }
        DecimalOperator::IntegerDivide => {
            let digits = precision_a - scale_a + scale_b;
            narrow(if digits == 0 { 1 } else { digits.min(i16::from(MAX_PRECISION)) }, 0)
        }
    }
}

fn bounded(precision: i16, scale: i16) -> (u8, i8) {
    let most = i16::from(MAX_PRECISION);
    narrow(precision.min(most), scale.min(most))
}

/// A decimal type for a result of so many digits: if they are too many, digits of the fraction are given up first, but
/// no more than down to six.
pub fn adjust_precision_scale(precision: i16, scale: i16) -> (u8, i8) {
    let most = i16::from(MAX_PRECISION);
    if precision <= most {
        return narrow(precision, scale);
    }
    if scale < 0 {
        return narrow(most, scale);
    }
    let integral = precision - scale;
    narrow(most, (most - integral).max(scale.min(MINIMUM_ADJUSTED_SCALE)))
}

fn bounded_prefer_integral_digits(precision: i16, scale: i16) -> DataType {
    let excess = (precision - i16::from(MAX_PRECISION)).max(0);
    let (precision, scale) = narrow(precision - excess, (scale - excess).max(0));
    DataType::Decimal { precision, scale }
}

fn narrow(precision: i16, scale: i16) -> (u8, i8) {
    let most = i16::from(MAX_PRECISION);
    let precision = u8::try_from(precision.clamp(1, most)).unwrap_or(MAX_PRECISION);
    let scale = i8::try_from(scale.clamp(-most, most)).unwrap_or(0);
    (precision, scale)
}

/// The year-month interval from the larger field of the two to the smaller.
pub fn year_month(a: YearMonthField, b: YearMonthField) -> DataType {
    DataType::YearMonthInterval(a.min(b), a.max(b))
}

/// The day-time interval from the larger field of the two to the smaller.
pub fn day_time(a: DayTimeField, b: DayTimeField) -> DataType {
    DataType::DayTimeInterval(a.min(b), a.max(b))
}
