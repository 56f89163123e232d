//! Strings made of several values: concat, concat_ws, elt, split, sentences.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Int32Type};
use datafusion::logical_expr::ColumnarValue;
use std::sync::Arc;

use crate::error::{Error, INVALID_ARRAY_INDEX, Result};
use crate::functions::Arguments;
use crate::functions::regexes;
use crate::types::collation::is_mark;

pub(super) fn concat(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parts = (0..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?;
    arguments.write_strings(|row, out| {
        for part in &parts {
            out.push_str(part.get(row)?);
        }
        Some(())
    })
}

pub(super) fn concat_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parts = (0..arguments.len()).map(|n| arguments.binaries(n)).collect::<Result<Vec<_>>>()?;
    arguments.write_binaries(|row, out| {
        for part in &parts {
            let Some(part) = part.get(row) else { return Ok(None) };
            out.extend_from_slice(part);
        }
        Ok(Some(()))
    })
}

/// `concat_ws(separator, string or array of strings…)`: NULLs are left out.
pub(super) fn concat_ws(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let separator = arguments.strings(0)?;
    let parts = (1..arguments.len()).map(|n| arguments.column(n)).collect::<Result<Vec<_>>>()?;
    arguments.write_strings(|row, out| {
        let separator = separator.get(row)?;
        let mut first = true;
        let mut push = |text: &str| {
            if !first {
                out.push_str(separator);
            }
            first = false;
            out.push_str(text);
        };
        for (part, constant) in &parts {
            let row = if *constant { 0 } else { row };
            if part.is_null(row) {
                continue;
            }
            if let Some(text) = part.as_string_view_opt() {
                push(text.value(row));
            } else if let Some(list) = part.as_list_opt::<i32>() {
                let items = list.value(row);
                items.as_string_view_opt()?.iter().flatten().for_each(&mut push);
            }
        }
        Some(())
    })
}

/// `elt(n, …)`: the n-th of the strings.
pub(super) fn elt(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let index = arguments.values_of::<Int32Type>(0)?;
    let choices = (1..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?;
    arguments.try_write_strings(|row, out| {
        let Some(index) = index.get(row) else { return Ok(None) };
        let choice = usize::try_from(index).ok().and_then(|n| n.checked_sub(1)).and_then(|n| choices.get(n));
        match choice {
            Some(choice) => Ok(choice.get(row).map(|text| out.push_str(text))),
            None if arguments.parameters.ansi => Err(out_of_bounds(index, choices.len())),
            None => Ok(None),
        }
    })
}

fn out_of_bounds(index: i32, size: usize) -> Error {
    Error::new(
        &INVALID_ARRAY_INDEX,
        format!(
            "The index {index} is out of bounds. The array has {size} elements. Use the SQL function `get()` to \
             tolerate accessing element at invalid index and return NULL instead"
        ),
    )
}

/// An array of strings, laid out as [`crate::types::DataType::to_arrow`] has it.
pub(super) fn list_of_strings() -> ListBuilder<StringViewBuilder> {
    ListBuilder::new(StringViewBuilder::new()).with_field(Field::new("item", Arrow::Utf8View, false))
}

/// `split(text, regex[, limit])`, by Java's rules.
pub(super) fn split(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern) = (arguments.strings(0)?, arguments.strings(1)?);
    let limit = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    let mut patterns = regexes::Patterns::new("split");
    let mut lists = list_of_strings();
    for row in 0..arguments.rows {
        let limit = match &limit {
            Some(limit) => limit.get(row),
            None => Some(-1),
        };
        let (Some(text), Some(pattern), Some(limit)) = (text.get(row), pattern.get(row), limit) else {
            lists.append_null();
            continue;
        };
        let most = if limit > 0 { limit as usize } else { usize::MAX };
        if pattern.is_empty() {
            split_characters(text, most, |part| lists.values().append_value(part));
        } else if let Some(literal) = regexes::literal(pattern) {
            split_at(
                text,
                text.match_indices(literal.as_ref()).map(|(at, part)| Ok((at, at + part.len()))),
                most,
                |part| {
                    lists.values().append_value(part);
                },
            )?;
        } else {
            let regex = patterns.get(pattern)?;
            let found = regex.find_all(text).map(|found| found.map(|range| (range.start, range.end)));
            split_at(text, found, most, |part| {
                lists.values().append_value(part);
            })?;
        }
        lists.append(true);
    }
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}

fn split_at(
    text: &str,
    matches: impl Iterator<Item = Result<(usize, usize)>>,
    most: usize,
    mut push: impl FnMut(&str),
) -> Result<()> {
    let (mut done, mut parts) = (0, 1);
    for found in matches {
        let (start, end) = found?;
        if parts >= most {
            break;
        }
        // An empty match makes no part at the beginning; one at the end makes an empty part behind it.
        if end == 0 {
            continue;
        }
        push(&text[done..start]);
        done = end;
        parts += 1;
    }
    push(&text[done..]);
    Ok(())
}

/// An empty pattern splits into characters, and has no part after the last one.
fn split_characters(text: &str, most: usize, mut push: impl FnMut(&str)) {
    let mut rest = text;
    let mut parts = 1;
    while let Some(first) = rest.chars().next() {
        if parts >= most || rest.len() == first.len_utf8() {
            break;
        }
        let (character, after) = rest.split_at(first.len_utf8());
        push(character);
        rest = after;
        parts += 1;
    }
    push(rest);
}

/// Sentences as arrays of words.
pub(super) fn sentences(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    let words = list_of_strings();
    let mut sentences = ListBuilder::new(words).with_field(Field::new("item", list_type(), false));
    for row in 0..arguments.rows {
        let Some(text) = text.get(row) else {
            sentences.append_null();
            continue;
        };
        for sentence in text.split_inclusive(['.', '!', '?']) {
            let mut any = false;
            for word in sentence.split(|c: char| !(c.is_alphanumeric() || is_mark(c) || matches!(c, '\'' | '_' | '’')))
            {
                let word = word.trim_matches(['\'', '’']);
                if !word.is_empty() {
                    sentences.values().values().append_value(word);
                    any = true;
                }
            }
            if any {
                sentences.values().append(true);
            }
        }
        sentences.append(true);
    }
    Ok(ColumnarValue::Array(Arc::new(sentences.finish()) as ArrayRef))
}

fn list_type() -> Arrow {
    Arrow::List(Arc::new(Field::new("item", Arrow::Utf8View, false)))
}
