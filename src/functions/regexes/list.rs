//! The functions of regular expressions.

use std::sync::Arc;

use datafusion::arrow::array::{ListBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Int32Type};
use datafusion::logical_expr::ColumnarValue;

use super::{Groups, Patterns};
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::{Arguments, Call, Expected, Family, Function, Kernel, Typed};
use crate::types::DataType;

const TEXT: Expected = Expected::Type(DataType::String);
const INT: Expected = Expected::Type(DataType::Int);
const STRING: DataType = DataType::String;

pub static FUNCTIONS: &[Function] = &[
    Function::kernel("rlike", Family::Predicate, &[TEXT, TEXT], DataType::Boolean, rlike, "rlike(str, regexp) - Returns true if `str` matches `regexp`, or false otherwise.", &["SELECT rlike('%SystemDrive%\\Users\\John', '%SystemDrive%\\\\Users.*')", "SELECT rlike('%SystemDrive%\\\\Users\\\\John', '%SystemDrive%\\\\\\\\Users.*')"])
        .aliases(&["regexp", "regexp_like"])
        .fallible(),
    Function::scalar("regexp_replace", Family::String, bind_replace, "regexp_replace(str, regexp, rep[, position]) - Replaces all substrings of `str` that match `regexp` with `rep`.", &["SELECT regexp_replace('100-200', '(\\\\d+)', 'num')", "SELECT regexp_replace('100-200', r'(\\d+)', 'num')"]),
    Function::kernel("regexp_extract", Family::String, &[TEXT, TEXT, INT], STRING, regexp_extract, "regexp_extract(str, regexp[, idx]) - Extract the first string in the `str` that match the `regexp` expression and corresponding to the regex group index.", &["SELECT regexp_extract('100-200', '(\\\\d+)-(\\\\d+)', 1)", "SELECT regexp_extract('100-200', r'(\\d+)-(\\d+)', 1)"])
        .optional(1)
        .fallible(),
    Function::scalar("regexp_extract_all", Family::String, bind_extract_all, "regexp_extract_all(str, regexp[, idx]) - Extract all strings in the `str` that match the `regexp` expression and corresponding to the regex group index.", &["SELECT regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)', 1)", "SELECT regexp_extract_all('100-200, 300-400', r'(\\d+)-(\\d+)', 1)"]),
    Function::kernel("regexp_substr", Family::String, &[TEXT, TEXT], STRING, regexp_substr, "regexp_substr(str, regexp) - Returns the substring that matches the regular expression `regexp` within the string `str`. If the regular expression is not found, the result is null.", &["SELECT regexp_substr('Steven Jones and Stephen Smith are the best players', 'Ste(v|ph)en')", "SELECT regexp_substr('Steven Jones and Stephen Smith are the best players', 'Jeck')"])
        .nullable()
        .fallible(),
    Function::kernel("regexp_count", Family::String, &[TEXT, TEXT], DataType::Int, regexp_count, "regexp_count(str, regexp) - Returns a count of the number of times that the regular expression pattern `regexp` is matched in the string `str`.", &["SELECT regexp_count('Steven Jones and Stephen Smith are the best players', 'Ste(v|ph)en')", "SELECT regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')"]).fallible(),
    Function::kernel("regexp_instr", Family::String, &[TEXT, TEXT, INT], DataType::Int, regexp_instr, "regexp_instr(str, regexp) - Searches a string for a regular expression and returns an integer that indicates the beginning position of the matched substring. Positions are 1-based, not 0-based. If no match is found, returns 0.", &["SELECT regexp_instr(r\"\\abc\", r\"^\\\\abc$\")", "SELECT regexp_instr('user@spark.apache.org', '@[^.]*')"])
        .optional(1)
        .fallible(),
];

static EXTRACT_ALL: Kernel = Kernel::new("regexp_extract_all", regexp_extract_all).fallible();

static REPLACE: Kernel = Kernel::new("regexp_replace", regexp_replace).fallible();

pub static KERNELS: &[&Kernel] = &[&EXTRACT_ALL, &REPLACE];

fn bind_replace(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=4)?;
    let mut arguments = (0..3).map(|n| call.cast(n, &STRING)).collect::<Result<Vec<_>>>()?;
    if call.arguments.len() == 4 {
        if let Some(position) = call.literal_int(3, "position")?.filter(|position| *position < 1) {
            return Err(call.mismatch(
                "VALUE_OUT_OF_RANGE",
                &format!("The `position` must be between (0, 2147483647] (current value = {position})"),
            ));
        }
        arguments.push(call.cast(3, &DataType::Int)?);
    }
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&REPLACE, arguments, STRING, nullable))
}

fn bind_extract_all(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let mut arguments = vec![call.cast(0, &STRING)?, call.cast(1, &STRING)?];
    if call.arguments.len() == 3 {
        arguments.push(call.cast(2, &DataType::Int)?);
    }
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&EXTRACT_ALL, arguments, DataType::array(STRING), nullable))
}

fn rlike(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::new("rlike");
    let matches = (0..arguments.rows)
        .map(|row| match (text.get(row), pattern.get(row)) {
            (Some(text), Some(pattern)) => Ok(Some(patterns.get(pattern)?.is_match(text)?)),
            _ => Ok(None),
        })
        .collect::<Result<datafusion::arrow::array::BooleanArray>>()?;
    Ok(ColumnarValue::Array(Arc::new(matches)))
}

/// `regexp_replace(text, pattern, replacement[, position])`: all matches from the position on.
fn regexp_replace(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern, replacement) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    let position = (arguments.len() == 4).then(|| arguments.values_of::<Int32Type>(3)).transpose()?;
    let mut patterns = Patterns::new("regexp_replace");
    arguments.try_write_strings(|row, out| {
        let position = match &position {
            Some(position) => position.get(row),
            None => Some(1),
        };
        let (Some(text), Some(pattern), Some(replacement), Some(position)) =
            (text.get(row), pattern.get(row), replacement.get(row), position)
        else {
            return Ok(None);
        };
        let skipped = usize::try_from(position - 1)
            .ok()
            .and_then(|skip| text.char_indices().nth(skip).map(|(offset, _)| offset).or((skip == 0).then_some(0)));
        let Some(skipped) = skipped else {
            out.push_str(text);
            return Ok(Some(()));
        };
        let regex = patterns.get(pattern)?;
        let mut done = skipped;
        out.push_str(&text[..skipped]);
        for captures in regex.groups_of_all(&text[skipped..]) {
            let captures = captures?;
            let whole = captures.whole();
            out.push_str(&text[done..skipped + whole.start]);
            expand(&captures, replacement, out)?;
            done = skipped + whole.end;
        }
        out.push_str(&text[done..]);
        Ok(Some(()))
    })
}

/// Java's replacement text: `$1`, `${name}`, and a backslash before what stands for itself.
fn expand(captures: &Groups<'_>, replacement: &str, out: &mut String) -> Result<()> {
    let mut rest = replacement;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                if let Some(escaped) = rest.chars().next() {
                    out.push(escaped);
                    rest = &rest[escaped.len_utf8()..];
                }
            }
            '$' => {
                if let Some((name, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                    out.push_str(captures.named(name));
                    rest = after;
                    continue;
                }
                let Some(mut group) = rest.chars().next().and_then(|c| c.to_digit(10)) else {
                    return Err(Error::new(&INVALID_PARAMETER_VALUE, "Illegal group reference in the replacement")
                        .subcondition("REGEX_GROUP_INDEX"));
                };
                rest = &rest[1..];
                if group as usize >= captures.count() {
                    return Err(Error::new(&INVALID_PARAMETER_VALUE, format!("No group {group} in the pattern"))
                        .subcondition("REGEX_GROUP_INDEX"));
                }
                // More digits belong to the group as long as there is such a group.
                while let Some(digit) = rest.chars().next().and_then(|c| c.to_digit(10)) {
                    if (group * 10 + digit) as usize >= captures.count() {
                        break;
                    }
                    group = group * 10 + digit;
                    rest = &rest[1..];
                }
                out.push_str(captures.text(group as usize));
            }
            _ => out.push(c),
        }
    }
    Ok(())
}

fn group_index(index: i32, groups: usize, function: &str) -> Result<usize> {
    usize::try_from(index).ok().filter(|index| *index < groups).ok_or_else(|| {
        Error::new(
            &INVALID_PARAMETER_VALUE,
            format!(
                "The value of parameter(s) `idx` in `{function}` is invalid: Expects group index between 0 and {}, but \
                 got {index}",
                groups - 1
            ),
        )
        .subcondition("REGEX_GROUP_INDEX")
    })
}

fn regexp_extract(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern) = (arguments.strings(0)?, arguments.strings(1)?);
    let group = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    let mut patterns = Patterns::new("regexp_extract");
    arguments.try_write_strings(|row, out| {
        let group = match &group {
            Some(group) => group.get(row),
            None => Some(1),
        };
        let (Some(text), Some(pattern), Some(group)) = (text.get(row), pattern.get(row), group) else {
            return Ok(None);
        };
        let regex = patterns.get(pattern)?;
        if let Some(captures) = regex.groups_at(text, 0)? {
            let group = group_index(group, captures.count(), "regexp_extract")?;
            out.push_str(captures.text(group));
        }
        Ok(Some(()))
    })
}

fn regexp_extract_all(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern) = (arguments.strings(0)?, arguments.strings(1)?);
    let group = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    let mut patterns = Patterns::new("regexp_extract_all");
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(Field::new("item", Arrow::Utf8View, true));
    for row in 0..arguments.rows {
        let group = match &group {
            Some(group) => group.get(row),
            None => Some(1),
        };
        let (Some(text), Some(pattern), Some(group)) = (text.get(row), pattern.get(row), group) else {
            lists.append_null();
            continue;
        };
        for captures in patterns.get(pattern)?.groups_of_all(text) {
            let captures = captures?;
            let group = group_index(group, captures.count(), "regexp_extract_all")?;
            lists.values().append_value(captures.text(group));
        }
        lists.append(true);
    }
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}

fn regexp_substr(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::new("regexp_substr");
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else { return Ok(None) };
        let found = patterns.get(pattern)?.find_at(text, 0)?;
        // Spark takes an empty match for none.
        Ok(found.filter(|range| !range.is_empty()).map(|range| out.push_str(&text[range])))
    })
}

fn regexp_count(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::new("regexp_count");
    arguments.try_compute::<Int32Type>(|row| {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else { return Ok(None) };
        let mut count = 0;
        for found in patterns.get(pattern)?.find_all(text) {
            found?;
            count += 1;
        }
        Ok(Some(count))
    })
}

fn regexp_instr(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, pattern) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::new("regexp_instr");
    arguments.try_compute::<Int32Type>(|row| {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else { return Ok(None) };
        let found = patterns.get(pattern)?.find_at(text, 0)?;
        Ok(Some(found.map_or(0, |found| text[..found.start].chars().count() as i32 + 1)))
    })
}
