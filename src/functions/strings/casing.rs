//! Strings made of strings, character by character: case, padding, translation, masking, soundex.

use std::collections::HashMap;

use datafusion::arrow::datatypes::Int32Type;
use datafusion::logical_expr::ColumnarValue;

use super::slicing::{character_range, characters};
use crate::error::{Error, OUT_OF_MEMORY, Result};
use crate::functions::Arguments;

pub(super) fn upper(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        let text = text.get(row)?;
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_uppercase();
        } else {
            out.extend(text.chars().flat_map(char::to_uppercase));
        }
        Some(())
    })
}

pub(super) fn lower(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        push_lower(out, text.get(row)?);
        Some(())
    })
}

fn push_lower(out: &mut String, text: &str) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        out[start..].make_ascii_lowercase();
    } else {
        // Only the whole text knows which sigma ends a word.
        out.push_str(&text.to_lowercase());
    }
}

pub(super) fn initcap(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    let mut lowered = String::new();
    arguments.write_strings(|row, out| {
        for (n, word) in text.get(row)?.split(' ').enumerate() {
            if n > 0 {
                out.push(' ');
            }
            // The whole word knows which sigma ends it; its first letter is made upper case as it was typed.
            lowered.clear();
            push_lower(&mut lowered, word);
            let Some(first) = word.chars().next() else { continue };
            push_title(out, first);
            let skipped: usize = first.to_lowercase().map(char::len_utf8).sum();
            out.push_str(&lowered[skipped..]);
        }
        Some(())
    })
}

/// A first letter as titles have it: of a letter that becomes several, such as `ß` or `ﬁ`, only the first is upper case.
fn push_title(out: &mut String, first: char) {
    // The Latin and Greek letters that have a form of their own for titles, by their upper case.
    const DIGRAPHS: [(char, char); 4] = [('Ǆ', 'ǅ'), ('Ǉ', 'ǈ'), ('Ǌ', 'ǋ'), ('Ǳ', 'ǲ')];
    let mut upper = first.to_uppercase();
    let Some(initial) = upper.next() else { return };
    if let Some((_, title)) = DIGRAPHS.iter().find(|(letter, title)| *letter == initial || *title == first) {
        out.push(*title);
        return;
    }
    out.push(initial);
    // What a combining mark becomes is no letter of its own.
    if matches!(first, 'ŉ' | 'ǰ') || !initial.is_alphabetic() {
        out.extend(upper);
    } else {
        out.extend(upper.flat_map(char::to_lowercase));
    }
}

pub(super) fn reverse(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        out.extend(text.get(row)?.chars().rev());
        Some(())
    })
}

pub(super) fn repeat(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, times) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(times)) = (text.get(row), times.get(row)) else { return Ok(None) };
        let times = times.max(0) as usize;
        not_too_long("repeat", text.len().saturating_mul(times))?;
        if !text.is_empty() {
            out.extend(std::iter::repeat_n(text, times));
        }
        Ok(Some(()))
    })
}

pub(super) fn space(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let count = arguments.values_of::<Int32Type>(0)?;
    arguments.write_strings(|row, out| {
        out.extend(std::iter::repeat_n(' ', count.get(row)?.max(0) as usize));
        Some(())
    })
}

/// No string is longer than a Java array can be, here as in Spark: an `INT` of characters may be many more bytes.
fn not_too_long(function: &str, bytes: usize) -> Result<()> {
    const LONGEST: usize = i32::MAX as usize;
    if bytes <= LONGEST {
        return Ok(());
    }
    Err(Error::new(
        &OUT_OF_MEMORY,
        format!("`{function}` would make a string of {bytes} bytes; no string may have more than {LONGEST}"),
    ))
}

pub(super) fn lpad(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    pad(arguments, true)
}

pub(super) fn rpad(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    pad(arguments, false)
}

fn pad(arguments: &Arguments<'_>, left: bool) -> Result<ColumnarValue> {
    let (text, length) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    let padding = (arguments.len() == 3).then(|| arguments.strings(2)).transpose()?;
    let name = if left { "lpad" } else { "rpad" };
    arguments.try_write_strings(|row, out| {
        let padding = padding.as_ref().map_or(Some(" "), |padding| padding.get(row));
        let (Some(text), Some(length), Some(padding)) = (text.get(row), length.get(row), padding) else {
            return Ok(None);
        };
        let length = i64::from(length);
        let missing = length - characters(text);
        if missing <= 0 || padding.is_empty() {
            out.push_str(character_range(text, 0, length));
            return Ok(Some(()));
        }
        let times = missing / characters(padding) + 1;
        not_too_long(name, text.len().saturating_add(padding.len().saturating_mul(times as usize)))?;
        if !left {
            out.push_str(text);
        }
        out.extend(padding.chars().cycle().take(missing as usize));
        if left {
            out.push_str(text);
        }
        Ok(Some(()))
    })
}

pub(super) fn lpad_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    pad_bytes(arguments, true)
}

pub(super) fn rpad_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    pad_bytes(arguments, false)
}

fn pad_bytes(arguments: &Arguments<'_>, left: bool) -> Result<ColumnarValue> {
    let (bytes, length) = (arguments.binaries(0)?, arguments.values_of::<Int32Type>(1)?);
    let padding = (arguments.len() == 3).then(|| arguments.binaries(2)).transpose()?;
    arguments.write_binaries(|row, out| {
        let (Some(bytes), Some(length)) = (bytes.get(row), length.get(row)) else { return Ok(None) };
        let padding = match padding.as_ref().map(|padding| padding.get(row)) {
            Some(None) => return Ok(None),
            Some(Some(padding)) => padding,
            None => &[0],
        };
        let length = length.max(0) as usize;
        let kept = &bytes[..bytes.len().min(length)];
        let missing = if padding.is_empty() { 0 } else { length - kept.len() };
        if !left {
            out.extend_from_slice(kept);
        }
        out.extend(padding.iter().cycle().take(missing));
        if left {
            out.extend_from_slice(kept);
        }
        Ok(Some(()))
    })
}

pub(super) fn replace(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, search) = (arguments.strings(0)?, arguments.strings(1)?);
    let replacement = (arguments.len() == 3).then(|| arguments.strings(2)).transpose()?;
    arguments.write_strings(|row, out| {
        let (text, search) = (text.get(row)?, search.get(row)?);
        let replacement = match &replacement {
            Some(replacement) => replacement.get(row)?,
            None => "",
        };
        if search.is_empty() {
            out.push_str(text);
            return Some(());
        }
        let mut done = 0;
        for (at, _) in text.match_indices(search) {
            out.push_str(&text[done..at]);
            out.push_str(replacement);
            done = at + search.len();
        }
        out.push_str(&text[done..]);
        Some(())
    })
}

pub(super) fn translate(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, from, to) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    let constant = from.constant().zip(to.constant()).map(|(from, to)| translation(from, to));
    arguments.write_strings(|row, out| {
        let (text, from, to) = (text.get(row)?, from.get(row)?, to.get(row)?);
        let own;
        let table = match &constant {
            Some(table) => table,
            None => {
                own = translation(from, to);
                &own
            }
        };
        out.extend(text.chars().filter_map(|c| table.get(&c).copied().unwrap_or(Some(c))));
        Some(())
    })
}

/// What becomes of characters: another one, or nothing.
fn translation(from: &str, to: &str) -> HashMap<char, Option<char>> {
    let mut table = HashMap::new();
    let mut to = to.chars();
    for c in from.chars() {
        let replacement = to.next();
        table.entry(c).or_insert(replacement);
    }
    table
}

/// `mask(text, upper, lower, digit, other)`: a NULL keeps the characters of its kind.
pub(super) fn mask(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    let replacements = (1..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?;
    const DEFAULTS: [Option<char>; 4] = [Some('X'), Some('x'), Some('n'), None];
    arguments.write_strings(|row, out| {
        let text = text.get(row)?;
        let replacement = |n: usize| match replacements.get(n) {
            Some(given) => given.get(row).and_then(|text| text.chars().next()),
            None => DEFAULTS[n],
        };
        let [upper, lower, digit, other] = [0, 1, 2, 3].map(replacement);
        out.extend(text.chars().map(|c| {
            let replacement = if c.is_uppercase() {
                upper
            } else if c.is_lowercase() {
                lower
            } else if c.is_numeric() {
                digit
            } else {
                other
            };
            replacement.unwrap_or(c)
        }));
        Some(())
    })
}

pub(super) fn soundex(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    const CODES: &[u8; 26] = b"01230127022455012623017202";
    let text = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        let text = text.get(row)?;
        let first = text.bytes().next().map(|byte| byte.to_ascii_uppercase());
        let Some(first) = first.filter(u8::is_ascii_uppercase) else {
            out.push_str(text);
            return Some(());
        };
        out.push(char::from(first));
        let code = |byte: u8| CODES[usize::from(byte - b'A')];
        let mut last = code(first);
        for byte in text.bytes().skip(1).map(|byte| byte.to_ascii_uppercase()) {
            if !byte.is_ascii_uppercase() {
                last = b'0';
                continue;
            }
            let current = code(byte);
            if current == b'7' {
                continue;
            }
            if current != b'0' && current != last {
                out.push(char::from(current));
                if out.len() == 4 {
                    break;
                }
            }
            last = current;
        }
        while out.len() < 4 {
            out.push('0');
        }
        Some(())
    })
}
