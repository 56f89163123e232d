//! What a cast says of a value it cannot make.

use crate::error::{
    CAST_INVALID_INPUT, CAST_OVERFLOW, CAST_OVERFLOW_IN_TABLE_INSERT, Error, INVALID_INTERVAL_FORMAT,
    NUMERIC_VALUE_OUT_OF_RANGE,
};
use crate::types::DataType;
use crate::types::text;

use super::CastMode;

/// `value` as a literal of SQL: strings in quotes, numbers with their suffix.
pub(super) fn invalid_input(value: &str, from: &DataType, to: &DataType) -> Error {
    let from = if from.is_string() { &DataType::String } else { from };
    Error::new(
        &CAST_INVALID_INPUT,
        format!(
            "The value {value} of the type \"{from}\" cannot be cast to \"{to}\" because it is malformed. Correct the \
             value as per the syntax, or change its target type. Use `try_cast` to tolerate malformed input and return \
             NULL instead"
        ),
    )
}

pub(super) fn malformed(text: &str, to: &DataType) -> Error {
    invalid_input(&format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")), &DataType::String, to)
}

/// `subcondition`: of `INVALID_INTERVAL_FORMAT`.
pub(super) fn interval_format(text: &str, subcondition: &'static str, to: &DataType) -> Error {
    Error::new(
        &INVALID_INTERVAL_FORMAT,
        format!("Error parsing '{text}' to interval. Interval string does not match the format of \"{to}\""),
    )
    .subcondition(subcondition)
}

pub(super) fn overflow(value: &str, from: &DataType, to: &DataType, mode: CastMode) -> Error {
    if mode == CastMode::Store {
        return Error::new(
            &CAST_OVERFLOW_IN_TABLE_INSERT,
            format!(
                "Fail to assign a value of \"{from}\" type to the \"{to}\" type column or variable due to an overflow. \
                 Use `try_cast` on the input value to tolerate overflow and return NULL instead"
            ),
        );
    }
    Error::new(
        &CAST_OVERFLOW,
        format!(
            "The value {value} of the type \"{from}\" cannot be cast to \"{to}\" due to an overflow. Use `try_cast` to \
             tolerate overflow and return NULL instead"
        ),
    )
}

/// A number that has too many digits for a decimal.
pub(crate) fn out_of_range(number: &str, precision: u8, scale: i8) -> Error {
    Error::new(
        &NUMERIC_VALUE_OUT_OF_RANGE,
        format!(
            "{number} cannot be represented as Decimal({precision}, {scale}). If necessary set \
             \"spark.sql.ansi.enabled\" to \"false\" to bypass this error, and return NULL instead"
        ),
    )
    .subcondition("WITH_SUGGESTION")
}

/// An integer with the suffix of its type.
pub(super) fn integer_literal(value: i64, data_type: &DataType) -> String {
    let suffix = match data_type {
        DataType::Byte => "Y",
        DataType::Short => "S",
        DataType::Long => "L",
        _ => "",
    };
    format!("{value}{suffix}")
}

pub(super) fn double_literal(value: f64, data_type: &DataType) -> String {
    let mut number = String::new();
    #[expect(clippy::cast_possible_truncation, reason = "the value was a FLOAT before")]
    match data_type {
        DataType::Float => text::write_float(&mut number, value as f32),
        _ => text::write_double(&mut number, value),
    }
    match data_type {
        DataType::Float if value.is_finite() => format!("CAST({number} AS FLOAT)"),
        DataType::Float => format!("CAST('{number}' AS FLOAT)"),
        _ if value.is_finite() => format!("{number}D"),
        _ => format!("CAST('{number}' AS DOUBLE)"),
    }
}

pub(super) fn decimal_literal(value: i128, scale: i8) -> String {
    let mut number = String::new();
    text::write_decimal(&mut number, value, scale);
    number.push_str("BD");
    number
}
