//! Parts of strings and bytes: substring, left, right, trim, split_part, substring_index, overlay.
//!
//! Positions count characters from 1; negative ones count from the end. For bytes they count bytes.

use datafusion::arrow::datatypes::Int32Type;
use datafusion::logical_expr::ColumnarValue;

use crate::error::{Error, INVALID_INDEX_OF_ZERO, Result};
use crate::functions::Arguments;

/// The byte range of characters `start` up to `end`, both from 0 and both possibly outside the text.
pub fn character_range(text: &str, start: i64, end: i64) -> &str {
    if end <= start || end <= 0 {
        return "";
    }
    if text.is_ascii() {
        let start = start.clamp(0, text.len() as i64) as usize;
        return &text[start..end.clamp(start as i64, text.len() as i64) as usize];
    }
    let offset = |text: &str, count: i64| match usize::try_from(count) {
        Ok(count) => text.char_indices().nth(count).map_or(text.len(), |(offset, _)| offset),
        Err(_) => 0,
    };
    let from = offset(text, start);
    let rest = &text[from..];
    &rest[..offset(rest, end - start.max(0))]
}

/// How many characters the text has.
pub fn characters(text: &str) -> i64 {
    if text.is_ascii() { text.len() as i64 } else { text.chars().count() as i64 }
}

/// SQL's SUBSTRING: `length` is `None` for all the rest.
pub fn substring(text: &str, position: i32, length: Option<i32>) -> &str {
    let (start, end) = slice(position, length, || characters(text));
    character_range(text, start, end)
}

fn slice(position: i32, length: Option<i32>, count: impl FnOnce() -> i64) -> (i64, i64) {
    let start = match position {
        1.. => i64::from(position) - 1,
        0 => 0,
        _ => count() + i64::from(position),
    };
    (start, length.map_or(i64::MAX, |length| start + i64::from(length)))
}

fn byte_range(bytes: &[u8], start: i64, end: i64) -> &[u8] {
    let start = start.clamp(0, bytes.len() as i64);
    let end = end.clamp(start, bytes.len() as i64);
    &bytes[start as usize..end as usize]
}

pub(super) fn substring_of_strings(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, position) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    if arguments.len() == 2 {
        return arguments.pick_strings(|row| Some(substring(text.get(row)?, position.get(row)?, None)));
    }
    let length = arguments.values_of::<Int32Type>(2)?;
    arguments.pick_strings(|row| Some(substring(text.get(row)?, position.get(row)?, Some(length.get(row)?))))
}

pub(super) fn substring_of_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, position) = (arguments.binaries(0)?, arguments.values_of::<Int32Type>(1)?);
    let length = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    arguments.write_binaries(|row, out| {
        let (Some(bytes), Some(position)) = (bytes.get(row), position.get(row)) else { return Ok(None) };
        let length = match &length {
            Some(length) => match length.get(row) {
                Some(length) => Some(length),
                None => return Ok(None),
            },
            None => None,
        };
        let (start, end) = slice(position, length, || bytes.len() as i64);
        out.extend_from_slice(byte_range(bytes, start, end));
        Ok(Some(()))
    })
}

pub(super) fn left(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, count) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.pick_strings(|row| Some(character_range(text.get(row)?, 0, i64::from(count.get(row)?))))
}

pub(super) fn left_of_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, count) = (arguments.binaries(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.write_binaries(|row, out| {
        let (Some(bytes), Some(count)) = (bytes.get(row), count.get(row)) else { return Ok(None) };
        out.extend_from_slice(byte_range(bytes, 0, i64::from(count)));
        Ok(Some(()))
    })
}

pub(super) fn right(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, count) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.pick_strings(|row| {
        let (text, count) = (text.get(row)?, i64::from(count.get(row)?));
        Some(if count <= 0 { "" } else { character_range(text, characters(text) - count, i64::MAX) })
    })
}

pub(super) fn substring_index(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, delimiter, count) = (arguments.strings(0)?, arguments.strings(1)?, arguments.values_of::<Int32Type>(2)?);
    arguments.pick_strings(|row| {
        let (text, delimiter, count) = (text.get(row)?, delimiter.get(row)?, count.get(row)?);
        Some(before_occurrence(text, delimiter, count))
    })
}

fn before_occurrence<'a>(text: &'a str, delimiter: &str, count: i32) -> &'a str {
    if delimiter.is_empty() || count == 0 {
        return "";
    }
    let nth = count.unsigned_abs() as usize - 1;
    if count > 0 {
        // Occurrences may overlap, as in Java's search from the next position on.
        overlapping(text, delimiter).nth(nth).map_or(text, |at| &text[..at])
    } else {
        overlapping_from_end(text, delimiter).nth(nth).map_or(text, |at| &text[at + delimiter.len()..])
    }
}

fn overlapping<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.find(needle)?;
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
        Some(at)
    })
}

fn overlapping_from_end<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut end = Some(text.len());
    std::iter::from_fn(move || {
        let at = text.get(..end?)?.rfind(needle)?;
        let limit = at + needle.len();
        end = text[..limit].char_indices().next_back().map(|(last, _)| last).filter(|last| *last > 0);
        Some(at)
    })
}

pub(super) fn split_part(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, delimiter, number) =
        (arguments.strings(0)?, arguments.strings(1)?, arguments.values_of::<Int32Type>(2)?);
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(delimiter), Some(number)) = (text.get(row), delimiter.get(row), number.get(row)) else {
            return Ok(None);
        };
        let nth = match number {
            0 => return Err(index_of_zero()),
            _ => number.unsigned_abs() as usize - 1,
        };
        let part = match (delimiter.is_empty(), number > 0) {
            (true, _) => (nth == 0).then_some(text),
            (false, true) => text.split(delimiter).nth(nth),
            (false, false) => {
                text.split(delimiter).count().checked_sub(nth + 1).and_then(|n| text.split(delimiter).nth(n))
            }
        };
        out.push_str(part.unwrap_or_default());
        Ok(Some(()))
    })
}

fn index_of_zero() -> Error {
    Error::new(
        &INVALID_INDEX_OF_ZERO,
        "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1)",
    )
}

/// Which ends a trim cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Both,
    Leading,
    Trailing,
}

fn trim_ends(arguments: &Arguments<'_>, text: usize, set: usize, ends: Ends) -> Result<ColumnarValue> {
    let text = arguments.strings(text)?;
    if arguments.len() == 1 {
        return arguments.pick_strings(|row| Some(cut(text.get(row)?, ends, |c| c == ' ')));
    }
    let set = arguments.strings(set)?;
    arguments.pick_strings(|row| {
        let set = set.get(row)?;
        Some(cut(text.get(row)?, ends, |c| set.contains(c)))
    })
}

fn cut(text: &str, ends: Ends, unwanted: impl Fn(char) -> bool) -> &str {
    match ends {
        Ends::Both => text.trim_matches(unwanted),
        Ends::Leading => text.trim_start_matches(unwanted),
        Ends::Trailing => text.trim_end_matches(unwanted),
    }
}

/// `trim([set, ]text)`
pub(super) fn trim(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    trim_ends(arguments, arguments.len() - 1, 0, Ends::Both)
}

pub(super) fn ltrim(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    trim_ends(arguments, arguments.len() - 1, 0, Ends::Leading)
}

pub(super) fn rtrim(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    trim_ends(arguments, arguments.len() - 1, 0, Ends::Trailing)
}

/// `btrim(text[, set])`
pub(super) fn btrim(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    trim_ends(arguments, 0, 1, Ends::Both)
}

pub(super) fn overlay(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, replacement, position) =
        (arguments.strings(0)?, arguments.strings(1)?, arguments.values_of::<Int32Type>(2)?);
    let length = (arguments.len() == 4).then(|| arguments.values_of::<Int32Type>(3)).transpose()?;
    arguments.write_strings(|row, out| {
        let (text, replacement, position) = (text.get(row)?, replacement.get(row)?, position.get(row)?);
        let length = match &length {
            Some(length) => length.get(row)?,
            None => -1,
        };
        let length = if length >= 0 { i64::from(length) } else { characters(replacement) };
        out.push_str(character_range(text, 0, i64::from(position) - 1));
        out.push_str(replacement);
        let rest = (i64::from(position) + length).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        out.push_str(substring(text, rest, None));
        Some(())
    })
}

pub(super) fn overlay_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, replacement, position) =
        (arguments.binaries(0)?, arguments.binaries(1)?, arguments.values_of::<Int32Type>(2)?);
    let length = (arguments.len() == 4).then(|| arguments.values_of::<Int32Type>(3)).transpose()?;
    arguments.write_binaries(|row, out| {
        let (Some(bytes), Some(replacement), Some(position)) =
            (bytes.get(row), replacement.get(row), position.get(row))
        else {
            return Ok(None);
        };
        let length = match length.as_ref().map(|length| length.get(row)) {
            Some(None) => return Ok(None),
            Some(Some(length)) if length >= 0 => i64::from(length),
            _ => replacement.len() as i64,
        };
        let position = i64::from(position);
        out.extend_from_slice(byte_range(bytes, 0, position - 1));
        out.extend_from_slice(replacement);
        out.extend_from_slice(byte_range(bytes, position + length - 1, i64::MAX));
        Ok(Some(()))
    })
}
