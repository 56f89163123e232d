//! Looking into strings: lengths, positions, comparisons, distances.

use datafusion::arrow::datatypes::Int32Type;
use datafusion::logical_expr::ColumnarValue;
use std::sync::Arc;

use super::slicing::{character_range, characters};
use crate::error::Result;
use crate::functions::Arguments;

pub(super) fn length(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.compute::<Int32Type>(|row| Some(characters(text.get(row)?) as i32))
}

pub(super) fn octet_length(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.compute::<Int32Type>(|row| Some(text.get(row)?.len() as i32))
}

pub(super) fn octet_length_of_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bytes = arguments.binaries(0)?;
    arguments.compute::<Int32Type>(|row| Some(bytes.get(row)?.len() as i32))
}

pub(super) fn bit_length(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.compute::<Int32Type>(|row| Some(text.get(row)?.len() as i32 * 8))
}

pub(super) fn bit_length_of_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bytes = arguments.binaries(0)?;
    arguments.compute::<Int32Type>(|row| Some(bytes.get(row)?.len() as i32 * 8))
}

/// The position of the first occurrence that starts at character `start` or later, both from 1; 0 for none.
fn position(text: &str, needle: &str, start: i32) -> i32 {
    if start < 1 {
        return 0;
    }
    if needle.is_empty() {
        return 1;
    }
    let rest = character_range(text, i64::from(start) - 1, i64::MAX);
    rest.find(needle).map_or(0, |at| characters(&rest[..at]) as i32 + start)
}

/// `locate(needle, text[, start])`; a NULL start finds nothing.
pub(super) fn locate(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (needle, text) = (arguments.strings(0)?, arguments.strings(1)?);
    let start = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    arguments.compute::<Int32Type>(|row| {
        let start = match &start {
            Some(start) => start.get(row).unwrap_or(0),
            None => 1,
        };
        if start < 1 {
            return Some(0);
        }
        Some(position(text.get(row)?, needle.get(row)?, start))
    })
}

pub(super) fn instr(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, needle) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.compute::<Int32Type>(|row| Some(position(text.get(row)?, needle.get(row)?, 1)))
}

pub(super) fn contains(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.array(0)?;
    if let Some(needle) = arguments.constant(1) {
        let found = arrow::compute::contains(&text, &needle.to_scalar()?)?;
        return Ok(ColumnarValue::Array(Arc::new(found)));
    }
    Ok(ColumnarValue::Array(Arc::new(arrow::compute::contains(&text, &arguments.array(1)?)?)))
}

pub(super) fn contains_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, needle) = (arguments.binaries(0)?, arguments.binaries(1)?);
    arguments.decide(|row| {
        let (bytes, needle) = (bytes.get(row)?, needle.get(row)?);
        Some(needle.is_empty() || bytes.windows(needle.len()).any(|window| window == needle))
    })
}

pub(super) fn starts_with_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, prefix) = (arguments.binaries(0)?, arguments.binaries(1)?);
    arguments.decide(|row| Some(bytes.get(row)?.starts_with(prefix.get(row)?)))
}

pub(super) fn ends_with(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, suffix) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.decide(|row| Some(text.get(row)?.ends_with(suffix.get(row)?)))
}

pub(super) fn ends_with_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, suffix) = (arguments.binaries(0)?, arguments.binaries(1)?);
    arguments.decide(|row| Some(bytes.get(row)?.ends_with(suffix.get(row)?)))
}

pub(super) fn find_in_set(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, set) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.compute::<Int32Type>(|row| {
        let (text, set) = (text.get(row)?, set.get(row)?);
        if text.contains(',') {
            return Some(0);
        }
        Some(set.split(',').position(|item| item == text).map_or(0, |at| at as i32 + 1))
    })
}

pub(super) fn ascii(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.compute::<Int32Type>(|row| Some(text.get(row)?.chars().next().map_or(0, |c| c as i32)))
}

/// `levenshtein(a, b[, threshold])`: -1 above the threshold.
pub(super) fn levenshtein(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (left, right) = (arguments.strings(0)?, arguments.strings(1)?);
    let threshold = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    arguments.compute::<Int32Type>(|row| {
        let distance = strsim::levenshtein(left.get(row)?, right.get(row)?) as i32;
        match &threshold {
            Some(threshold) => {
                let threshold = threshold.get(row)?;
                Some(if distance <= threshold { distance } else { -1 })
            }
            None => Some(distance),
        }
    })
}

pub(super) fn luhn_check(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.decide(|row| {
        let text = text.get(row)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sum = text.bytes().rev().enumerate().fold(0_u32, |sum, (n, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            let digit = if n % 2 == 1 { digit * 2 } else { digit };
            sum + if digit > 9 { digit - 9 } else { digit }
        });
        Some(digits && sum.is_multiple_of(10))
    })
}
