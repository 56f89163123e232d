//! Functions of strings that mind the collation of their arguments.

use std::sync::LazyLock;

use datafusion::arrow::datatypes::Int32Type;
use datafusion::logical_expr::ColumnarValue;
use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_locale_core::LanguageIdentifier;

use super::search::Search;
use crate::error::{Error, INVALID_INDEX_OF_ZERO, Result};
use crate::functions::kernel::{Arguments, Kernel};
use crate::types::Collation;
use crate::types::collation::is_mark;
use crate::types::collation::keys::lower_case;

pub(super) static CONTAINS: Kernel = Kernel::new("collated_contains", contains);
pub(super) static STARTS_WITH: Kernel = Kernel::new("collated_startswith", starts_with);
pub(super) static ENDS_WITH: Kernel = Kernel::new("collated_endswith", ends_with);
pub(super) static INSTR: Kernel = Kernel::new("collated_instr", instr);
pub(super) static LOCATE: Kernel = Kernel::new("collated_locate", locate);
pub(super) static FIND_IN_SET: Kernel = Kernel::new("collated_find_in_set", find_in_set);
pub(super) static REPLACE: Kernel = Kernel::new("collated_replace", replace);
pub(super) static TRANSLATE: Kernel = Kernel::new("collated_translate", translate);
pub(super) static SUBSTRING_INDEX: Kernel = Kernel::new("collated_substring_index", substring_index);
pub(super) static SPLIT_PART: Kernel = Kernel::new("collated_split_part", split_part).fallible();
pub(super) static TRIM: Kernel = Kernel::new("collated_trim", |arguments| trim(arguments, true, true));
pub(super) static LTRIM: Kernel = Kernel::new("collated_ltrim", |arguments| trim(arguments, true, false));
pub(super) static RTRIM: Kernel = Kernel::new("collated_rtrim", |arguments| trim(arguments, false, true));
pub(super) static BTRIM: Kernel = Kernel::new("collated_btrim", |arguments| trim_by(arguments, (0, 1), true, true));
pub(super) static UPPER: Kernel = Kernel::new("collated_upper", upper);
pub(super) static INITCAP: Kernel = Kernel::new("collated_initcap", initcap);

pub(super) static KERNELS: &[&Kernel] = &[
    &CONTAINS,
    &STARTS_WITH,
    &ENDS_WITH,
    &INSTR,
    &LOCATE,
    &FIND_IN_SET,
    &REPLACE,
    &TRANSLATE,
    &SUBSTRING_INDEX,
    &SPLIT_PART,
    &TRIM,
    &LTRIM,
    &RTRIM,
    &BTRIM,
    &UPPER,
    &INITCAP,
];

/// The collation that the arguments have in common.
fn collation(arguments: &Arguments<'_>) -> Collation {
    let mut all = arguments.parameters.arguments.iter().flat_map(|data_type| data_type.collations());
    all.next().unwrap_or(Collation::BINARY)
}

fn search(arguments: &Arguments<'_>) -> Result<Search> {
    Search::new(collation(arguments))
}

fn contains(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, needle) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.decide(|row| {
        let (text, needle) = (search.trimmed(text.get(row)?), search.trimmed(needle.get(row)?));
        Some(search.find(text, needle, 0).is_some())
    })
}

fn starts_with(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, needle) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.decide(|row| {
        let (text, needle) = (search.trimmed(text.get(row)?), search.trimmed(needle.get(row)?));
        Some(search.length_at_start(text, needle).is_some())
    })
}

fn ends_with(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, needle) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.decide(|row| {
        let (text, needle) = (search.trimmed(text.get(row)?), search.trimmed(needle.get(row)?));
        Some(search.ends_with(text, needle))
    })
}

/// The place of the first occurrence at character `start` or later, from 1; 0 for none.
fn position(search: &Search, text: &str, needle: &str, start: i32) -> i32 {
    let (text, needle) = (search.trimmed(text), search.trimmed(needle));
    if start < 1 {
        return 0;
    }
    if needle.is_empty() {
        return 1;
    }
    let Some(from) = text.char_indices().map(|(at, _)| at).nth(start as usize - 1) else { return 0 };
    search.find(text, needle, from).map_or(0, |(at, _)| text[..at].chars().count() as i32 + 1)
}

fn instr(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, needle) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.compute::<Int32Type>(|row| Some(position(&search, text.get(row)?, needle.get(row)?, 1)))
}

fn locate(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (needle, text) = (arguments.strings(0)?, arguments.strings(1)?);
    let start = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    arguments.compute::<Int32Type>(|row| {
        let start = start.as_ref().map_or(1, |start| start.get(row).unwrap_or(0));
        if start < 1 {
            return Some(0);
        }
        Some(position(&search, text.get(row)?, needle.get(row)?, start))
    })
}

fn find_in_set(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, set) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.compute::<Int32Type>(|row| {
        let (text, set) = (text.get(row)?, set.get(row)?);
        if text.contains(',') {
            return Some(0);
        }
        Some(set.split(',').position(|item| search.equal(item, text)).map_or(0, |at| at as i32 + 1))
    })
}

fn replace(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, needle) = (arguments.strings(0)?, arguments.strings(1)?);
    let with = (arguments.len() == 3).then(|| arguments.strings(2)).transpose()?;
    arguments.write_strings(|row, out| {
        let (text, needle) = (text.get(row)?, needle.get(row)?);
        let with = match &with {
            Some(with) => with.get(row)?,
            None => "",
        };
        if needle.is_empty() {
            out.push_str(text);
            return Some(());
        }
        let mut start = 0;
        while let Some((at, length)) = search.find(text, needle, start) {
            out.push_str(&text[start..at]);
            out.push_str(with);
            start = at + length;
        }
        out.push_str(&text[start..]);
        Some(())
    })
}

fn translate(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, from, to) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    arguments.write_strings(|row, out| {
        let (text, from, to) = (text.get(row)?, from.get(row)?, to.get(row)?);
        let (mut one, mut other) = ([0; 4], [0; 4]);
        for c in text.chars() {
            let shown: &str = c.encode_utf8(&mut one);
            match from.chars().position(|known| search.equal(shown, known.encode_utf8(&mut other))) {
                Some(at) => out.extend(to.chars().nth(at)),
                None => out.push(c),
            }
        }
        Some(())
    })
}

fn substring_index(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, delimiter, count) = (arguments.strings(0)?, arguments.strings(1)?, arguments.values_of::<Int32Type>(2)?);
    arguments.write_strings(|row, out| {
        let (text, delimiter, count) = (text.get(row)?, search.trimmed(delimiter.get(row)?), count.get(row)?);
        if delimiter.is_empty() || count == 0 {
            return Some(());
        }
        let nth = count.unsigned_abs() as usize - 1;
        out.push_str(if count > 0 {
            search.all(text, delimiter).nth(nth).map_or(text, |(at, _)| &text[..at])
        } else {
            let found: Vec<(usize, usize)> = search.all(text, delimiter).collect();
            found.iter().rev().nth(nth).map_or(text, |(at, length)| &text[at + length..])
        });
        Some(())
    })
}

fn split_part(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let search = search(arguments)?;
    let (text, delimiter, number) =
        (arguments.strings(0)?, arguments.strings(1)?, arguments.values_of::<Int32Type>(2)?);
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(delimiter), Some(number)) = (text.get(row), delimiter.get(row), number.get(row)) else {
            return Ok(None);
        };
        if number == 0 {
            return Err(Error::new(
                &INVALID_INDEX_OF_ZERO,
                "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1)",
            ));
        }
        let parts = search.split(text, delimiter);
        let nth = number.unsigned_abs() as usize;
        let at = if number > 0 { Some(nth - 1) } else { parts.len().checked_sub(nth) };
        out.push_str(at.and_then(|at| parts.get(at)).copied().unwrap_or_default());
        Ok(Some(()))
    })
}

/// `trim([set, ]text)`
fn trim(arguments: &Arguments<'_>, leading: bool, trailing: bool) -> Result<ColumnarValue> {
    trim_by(arguments, (arguments.len() - 1, 0), leading, trailing)
}

/// `places` are those of the text and of the set of characters.
fn trim_by(
    arguments: &Arguments<'_>,
    (text, set): (usize, usize),
    leading: bool,
    trailing: bool,
) -> Result<ColumnarValue> {
    let collation = collation(arguments);
    let search = Search::new(collation)?;
    let text = arguments.strings(text)?;
    let set = (arguments.len() > 1).then(|| arguments.strings(set)).transpose()?;
    arguments.write_strings(|row, out| {
        let mut rest = text.get(row)?;
        let set = match &set {
            Some(set) => set.get(row)?,
            None => " ",
        };
        let lowered: Vec<char> = match collation.is_lower_case() {
            true => set.chars().flat_map(lower_case).collect(),
            false => Vec::new(),
        };
        let unwanted = |c: char| {
            if collation.is_lower_case() {
                // The one character that becomes two is no two characters.
                return match c {
                    'İ' => set.contains(c),
                    _ => lower_case(c).all(|c| lowered.contains(&c)),
                };
            }
            let (mut one, mut other) = ([0; 4], [0; 4]);
            // A blank equals only itself, although it counts for nothing at the end of a string.
            match c {
                ' ' => set.contains(' '),
                _ => {
                    let shown: &str = c.encode_utf8(&mut one);
                    set.chars()
                        .filter(|known| *known != ' ')
                        .any(|known| search.equal(shown, known.encode_utf8(&mut other)))
                }
            }
        };
        if leading {
            rest = rest.trim_start_matches(unwanted);
        }
        if trailing {
            // Blanks at the end are looked through, and stay.
            let looked_at = if collation.trims() && !set.contains(' ') { rest.trim_end_matches(' ') } else { rest };
            out.push_str(looked_at.trim_end_matches(unwanted));
            out.push_str(&rest[looked_at.len()..]);
        } else {
            out.push_str(rest);
        }
        Some(())
    })
}

static CASES: LazyLock<CaseMapperBorrowed<'static>> = LazyLock::new(CaseMapper::new);

/// By the rules of the collation's language.
fn upper(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let tag = collation(arguments).tag();
    let language: LanguageIdentifier =
        tag.parse().map_err(|error| Error::internal(format!("the language `{tag}`: {error}")))?;
    let text = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        out.push_str(&CASES.uppercase_to_string(text.get(row)?, &language));
        Some(())
    })
}

/// Words are letters and digits in a row.
fn initcap(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        let text = text.get(row)?;
        let mut rest = text;
        while let Some(start) = rest.find(char::is_alphanumeric) {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || is_mark(c) || c == '\'')).unwrap_or(rest.len());
            let mut word = rest[..end].chars();
            if let Some(first) = word.next() {
                out.extend(first.to_uppercase());
            }
            out.push_str(&word.as_str().to_lowercase());
            rest = &rest[end..];
        }
        out.push_str(rest);
        Some(())
    })
}
