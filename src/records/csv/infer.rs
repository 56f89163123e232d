//! The type of a column of CSV, from its texts: Spark's order of guesses.

use super::Options;
use crate::records::values;
use crate::types::time_zone::Zone;
use crate::types::{DataType, MAX_PRECISION, reading};

/// The type that a column has after one more text, from the type that all texts before had.
pub fn widened(before: Option<DataType>, text: &str, options: &Options, zone: &Zone) -> DataType {
    let guess = guess(text, options, zone);
    match (before, guess) {
        (None, guess) => guess,
        (Some(before), guess) if before == guess => before,
        (Some(DataType::Int), DataType::Long) | (Some(DataType::Long), DataType::Int) => DataType::Long,
        (Some(DataType::Decimal { precision, scale }), DataType::Int | DataType::Long)
        | (Some(DataType::Int | DataType::Long), DataType::Decimal { precision, scale }) => {
            DataType::Decimal { precision: precision.max(20), scale }
        }
        (Some(DataType::Decimal { precision: a, scale }), DataType::Decimal { precision: b, .. }) => {
            DataType::Decimal { precision: a.max(b), scale }
        }
        (Some(DataType::Int | DataType::Long | DataType::Decimal { .. }), DataType::Double)
        | (Some(DataType::Double), DataType::Int | DataType::Long | DataType::Decimal { .. }) => DataType::Double,
        (Some(DataType::Date), DataType::Timestamp) | (Some(DataType::Timestamp), DataType::Date) => {
            DataType::Timestamp
        }
        _ => DataType::String,
    }
}

fn guess(text: &str, options: &Options, zone: &Zone) -> DataType {
    if text.parse::<i32>().is_ok() {
        return DataType::Int;
    }
    if text.parse::<i64>().is_ok() {
        return DataType::Long;
    }
    if let Some(decimal) = whole_number(text) {
        return decimal;
    }
    if values::double(text, &options.nan, &options.positive_infinity, &options.negative_infinity).is_some() {
        return DataType::Double;
    }
    let begins_with_digit = text.len() >= 8 && text.as_bytes()[0].is_ascii_digit();
    let is_date = (options.times.date.is_some() || begins_with_digit) && options.times.read_date(text).is_some();
    if options.prefers_date && is_date && !text.contains(':') {
        return DataType::Date;
    }
    let has_format = options.times.timestamp.is_some();
    if (has_format || begins_with_digit) && options.times.read_timestamp(text, zone).is_some() {
        DataType::Timestamp
    } else if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        DataType::Boolean
    } else {
        DataType::String
    }
}

/// Digits beyond those of a BIGINT, as far as a decimal has room.
fn whole_number(text: &str) -> Option<DataType> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty()
        || digits.len() > usize::from(MAX_PRECISION)
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    reading::decimal(text)?.ok()?;
    let precision = digits.trim_start_matches('0').len().max(1) as u8;
    Some(DataType::Decimal { precision, scale: 0 })
}
