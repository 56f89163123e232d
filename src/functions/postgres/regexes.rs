//! Regular expressions in PostgreSQL's syntax on Rust's engine. What the engine lacks (look-around, back-references in
//! patterns) is refused by name.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayBuilder, ListBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Int32Type};
use datafusion::logical_expr::ColumnarValue;
use regex::{Regex, RegexBuilder};

use super::{nullable, text};
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Family, Function, Generator, Typed};
use crate::types::DataType;

const FAMILY: Family = Family::String;
const TEXTS: DataType = DataType::String;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::scalar("~", FAMILY, |call| matches(call, ""), "a ~ b - Whether `a` has a match of the pattern `b`.", &[]),
    Function::scalar("~*", FAMILY, |call| matches(call, "i"), "a ~* b - As ~, whatever the case of letters.", &[]),
    Function::scalar(
        "!~",
        FAMILY,
        |call| matches(call, "!"),
        "a !~ b - Whether `a` has no match of the pattern `b`.",
        &[],
    ),
    Function::scalar("!~*", FAMILY, |call| matches(call, "!i"), "a !~* b - As !~, whatever the case of letters.", &[]),
    Function::scalar("similar to", FAMILY, similar, "a SIMILAR TO b - Whether all of `a` has the form `b`.", &[]),
    Function::scalar(
        "regexp_like",
        FAMILY,
        |call| of_texts(call, &LIKE, 2..=3, DataType::Boolean),
        "regexp_like(text, pattern[, flags]) - Whether `text` has a match.",
        &[],
    ),
    Function::scalar(
        "regexp_replace",
        FAMILY,
        |call| of_texts(call, &REPLACE, 3..=4, TEXTS),
        "regexp_replace(text, pattern, replacement[, flags]) - The first match replaced, or with the flag g all.",
        &[],
    ),
    Function::scalar(
        "regexp_match",
        FAMILY,
        |call| of_texts(call, &MATCH, 2..=3, DataType::array(TEXTS)),
        "regexp_match(text, pattern[, flags]) - What the groups of the first match are, or the match.",
        &[],
    ),
    Function::scalar(
        "regexp_substr",
        FAMILY,
        |call| of_texts(call, &SUBSTR, 2..=2, TEXTS),
        "regexp_substr(text, pattern) - The first match.",
        &[],
    ),
    Function::scalar("regexp_count", FAMILY, count, "regexp_count(text, pattern) - How many matches there are.", &[]),
    Function::scalar(
        "regexp_split_to_array",
        FAMILY,
        |call| of_texts(call, &SPLIT, 2..=3, DataType::array(TEXTS)),
        "regexp_split_to_array(text, pattern[, flags]) - What stands between the matches.",
        &[],
    ),
    Function::generator(
        "regexp_split_to_table",
        |call| rows(call, &SPLIT, "regexp_split_to_table"),
        "regexp_split_to_table(text, pattern[, flags]) - What stands between the matches, in rows.",
        &[],
    ),
    Function::generator(
        "regexp_matches",
        |call| rows(call, &MATCHES, "regexp_matches"),
        "regexp_matches(text, pattern[, flags]) - What the groups of the match are; with the flag g in a row for each match.",
        &[],
    ),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[
    &MATCH_SIGN,
    &SIMILAR,
    &LIKE,
    &REPLACE,
    &MATCH,
    &MATCHES,
    &SUBSTR,
    &COUNT,
    &SPLIT,
    &SUBSTRING,
    &super::number_patterns::TO_CHAR,
    &super::number_patterns::TO_NUMBER,
];

static MATCH_SIGN: Kernel = Kernel::new("postgres_regex", run_sign).fallible();
static SIMILAR: Kernel = Kernel::new("postgres_similar_to", run_similar).fallible();
static LIKE: Kernel = Kernel::new("postgres_regexp_like", run_like).fallible();
static REPLACE: Kernel = Kernel::new("postgres_regexp_replace", run_replace).fallible();
static MATCH: Kernel = Kernel::new("postgres_regexp_match", run_match).fallible();
static MATCHES: Kernel = Kernel::new("postgres_regexp_matches", run_matches).fallible();
static SUBSTR: Kernel = Kernel::new("postgres_regexp_substr", run_substr).fallible();
static COUNT: Kernel = Kernel::new("postgres_regexp_count", run_count).fallible();
static SPLIT: Kernel = Kernel::new("postgres_regexp_split", run_split).fallible();
static SUBSTRING: Kernel = Kernel::new("postgres_substring_of_pattern", run_substring).fallible();

fn matches(call: &Call<'_>, options: &str) -> Result<Typed> {
    call.count(2..=2)?;
    let arguments = vec![text(call, 0)?, text(call, 1)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel_with(&MATCH_SIGN, arguments, vec![options.to_owned()], DataType::Boolean, nullable))
}

fn similar(call: &Call<'_>) -> Result<Typed> {
    of_texts(call, &SIMILAR, 2..=3, DataType::Boolean)
}

fn count(call: &Call<'_>) -> Result<Typed> {
    of_texts(call, &COUNT, 2..=2, DataType::Int)
}

/// A function whose arguments are all texts.
fn of_texts(
    call: &Call<'_>,
    kernel: &'static Kernel,
    counts: std::ops::RangeInclusive<usize>,
    returns: DataType,
) -> Result<Typed> {
    call.count(counts)?;
    let arguments = (0..call.arguments.len()).map(|n| text(call, n)).collect::<Result<Vec<_>>>()?;
    let nullable = true;
    Ok(call.kernel(kernel, arguments, returns, nullable))
}

/// `substring(text FROM pattern)`
pub(super) fn substring(call: &Call<'_>) -> Result<Typed> {
    of_texts(call, &SUBSTRING, 2..=2, TEXTS)
}

fn rows(call: &Call<'_>, kernel: &'static Kernel, name: &str) -> Result<Generator> {
    let returns = match name {
        "regexp_matches" => DataType::array(DataType::array(TEXTS)),
        _ => DataType::array(TEXTS),
    };
    let array = of_texts(call, kernel, 2..=3, returns)?;
    Ok(Generator { columns: vec![(name.to_owned(), array)], outer: false })
}

/// The flags of a function, `g` apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Flags {
    global: bool,
    any_case: bool,
    /// `n`: `.` stops at line ends, and `^` and `$` stand there.
    lines: bool,
    /// `x`
    spaced: bool,
    /// `q`
    literal: bool,
}

impl Flags {
    fn of(text: &str) -> Result<Self> {
        let mut flags = Self::default();
        for c in text.chars() {
            match c {
                'g' => flags.global = true,
                'i' => flags.any_case = true,
                'c' => flags.any_case = false,
                'n' | 'm' => flags.lines = true,
                's' => flags.lines = false,
                'x' => flags.spaced = true,
                't' | 'e' => {}
                'q' => flags.literal = true,
                other => {
                    return Err(Error::new(
                        &INVALID_PARAMETER_VALUE,
                        format!("invalid regular expression option: \"{other}\""),
                    ));
                }
            }
        }
        Ok(flags)
    }
}

/// The patterns of a column, each compiled once as long as it repeats.
#[derive(Default)]
struct Patterns {
    last: Option<(String, Flags, Regex)>,
}

impl Patterns {
    fn get(&mut self, pattern: &str, flags: Flags) -> Result<&Regex> {
        if !self.last.as_ref().is_some_and(|(known, with, _)| known == pattern && *with == flags) {
            self.last = Some((pattern.to_owned(), flags, compiled(pattern, flags)?));
        }
        self.last.as_ref().map(|(.., regex)| regex).ok_or_else(|| Error::internal("a pattern was just compiled"))
    }
}

fn compiled(pattern: &str, flags: Flags) -> Result<Regex> {
    let mut flags = flags;
    let mut pattern = pattern;
    if let Some(literal) = pattern.strip_prefix("***=") {
        (pattern, flags.literal) = (literal, true);
    }
    pattern = pattern.strip_prefix("***:").unwrap_or(pattern);
    // `(?i)` at the beginning are flags.
    if let Some(inside) = pattern.strip_prefix("(?")
        && let Some((letters, rest)) = inside.split_once(')')
        && !letters.is_empty()
        && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    {
        let more = Flags::of(letters)?;
        flags.any_case |= more.any_case;
        flags.lines |= more.lines;
        flags.spaced |= more.spaced;
        pattern = rest;
    }
    let translated = if flags.literal { regex::escape(pattern) } else { translate(pattern)? };
    RegexBuilder::new(&translated)
        .case_insensitive(flags.any_case)
        .dot_matches_new_line(!flags.lines)
        .multi_line(flags.lines)
        .ignore_whitespace(flags.spaced)
        .build()
        .map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Error::new(&INVALID_PARAMETER_VALUE, format!("invalid regular expression: {reason}"))
        })
}

/// Escapes that PostgreSQL writes otherwise.
fn translate(pattern: &str) -> Result<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let Some(next) = chars.next() else {
                    return Err(Error::new(
                        &INVALID_PARAMETER_VALUE,
                        "invalid regular expression: invalid escape \\ sequence",
                    ));
                };
                match next {
                    'm' => out.push_str("\\b{start}"),
                    'M' => out.push_str("\\b{end}"),
                    'y' => out.push_str("\\b"),
                    'Y' => out.push_str("\\B"),
                    'Z' => out.push_str("\\z"),
                    'A' | 'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'n' | 'r' | 't' | 'f' | 'v' | 'x' | 'u' => {
                        out.extend(['\\', next]);
                    }
                    'b' => out.push_str("\\x08"),
                    'e' => out.push_str("\\x1b"),
                    '1'..='9' if !in_class => {
                        return Err(Error::unsupported(
                            "A back-reference in a regular expression",
                            "match the parts one by one",
                        ));
                    }
                    other => out.push_str(&regex::escape(&other.to_string())),
                }
            }
            '[' if in_class => {
                // `[:alpha:]` is a class within the class; another bracket is itself.
                if chars.peek() == Some(&':') {
                    out.push('[')
                } else {
                    out.push_str("\\[")
                }
                if chars.peek() == Some(&':') {
                    for inner in chars.by_ref() {
                        out.push(inner);
                        if inner == ']' {
                            break;
                        }
                    }
                }
            }
            '[' => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
                if chars.peek() == Some(&']') {
                    chars.next();
                    out.push_str("\\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', c]),
            '(' if !in_class => {
                out.push('(');
                let rest: String = chars.clone().take(3).collect();
                if rest.starts_with("?=") || rest.starts_with("?!") || rest.starts_with("?<") {
                    return Err(Error::unsupported(
                        "Looking ahead or behind in a regular expression",
                        "match the parts one by one",
                    ));
                }
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Flags from argument `n`, if it is there.
fn flags_at(arguments: &Arguments<'_>, n: usize, row: usize, texts: Option<&str>) -> Result<Option<Flags>> {
    let _ = row;
    if arguments.len() <= n {
        return Ok(Some(Flags::default()));
    }
    texts.map(Flags::of).transpose()
}

fn run_sign(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = arguments.parameters.options.first().map_or("", String::as_str);
    let (negated, flags) = (options.starts_with('!'), Flags { any_case: options.ends_with('i'), ..Flags::default() });
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::default();
    let mut fault = None;
    let decided = arguments.decide(|row| {
        let (text, pattern) = (texts.get(row)?, sources.get(row)?);
        match patterns.get(pattern, flags) {
            Ok(regex) => Some(regex.is_match(text) != negated),
            Err(error) => {
                fault.get_or_insert(error);
                None
            }
        }
    })?;
    fault.map_or(Ok(decided), Err)
}

fn run_like(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let given = if arguments.len() > 2 { Some(arguments.strings(2)?) } else { None };
    let mut patterns = Patterns::default();
    let mut fault = None;
    let decided = arguments.decide(|row| {
        let (text, pattern) = (texts.get(row)?, sources.get(row)?);
        let flags = match flags_at(arguments, 2, row, given.as_ref().and_then(|given| given.get(row))) {
            Ok(flags) => flags?,
            Err(error) => {
                fault.get_or_insert(error);
                return None;
            }
        };
        match patterns.get(pattern, flags) {
            Ok(regex) => Some(regex.is_match(text)),
            Err(error) => {
                fault.get_or_insert(error);
                None
            }
        }
    })?;
    fault.map_or(Ok(decided), Err)
}

/// The regular expression that a pattern of SIMILAR TO is.
fn similar_pattern(pattern: &str, escape: Option<char>) -> String {
    let mut out = String::from("^(?:");
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            if let Some(next) = chars.next() {
                out.push_str(&regex::escape(&next.to_string()));
            }
            continue;
        }
        match c {
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        match c {
            '%' if !in_class => out.push_str(".*"),
            '_' if !in_class => out.push('.'),
            '(' if !in_class => out.push_str("(?:"),
            '.' | '^' | '$' if !in_class => out.extend(['\\', c]),
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    out.push_str(")$");
    out
}

fn run_similar(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let escapes = if arguments.len() > 2 { Some(arguments.strings(2)?) } else { None };
    let mut last: Option<(String, Regex)> = None;
    let mut fault = None;
    let decided = arguments.decide(|row| {
        let (text, pattern) = (texts.get(row)?, sources.get(row)?);
        let escape = match &escapes {
            Some(escapes) => escapes.get(row)?.chars().next(),
            None => Some('\\'),
        };
        if last.as_ref().is_none_or(|(known, _)| known != pattern) {
            let translated = similar_pattern(pattern, escape);
            match RegexBuilder::new(&translated).dot_matches_new_line(true).build() {
                Ok(regex) => last = Some((pattern.to_owned(), regex)),
                Err(_) => {
                    let message = format!("invalid regular expression: \"{pattern}\"");
                    fault.get_or_insert(Error::new(&INVALID_PARAMETER_VALUE, message));
                    return None;
                }
            }
        }
        last.as_ref().map(|(_, regex)| regex.is_match(text))
    })?;
    fault.map_or(Ok(decided), Err)
}

/// Appends the replacement of a match: `\1` is a group, `\&` the match.
fn replace_with(out: &mut String, replacement: &str, found: &regex::Captures<'_>) {
    let mut chars = replacement.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('&') => out.push_str(&found[0]),
            Some(digit @ '1'..='9') => {
                let group = digit.to_digit(10).unwrap_or(0) as usize;
                out.push_str(found.get(group).map_or("", |group| group.as_str()));
            }
            Some('\\') => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
}

fn run_replace(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources, replacements) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    let given = if arguments.len() > 3 { Some(arguments.strings(3)?) } else { None };
    let mut patterns = Patterns::default();
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(pattern), Some(replacement)) = (texts.get(row), sources.get(row), replacements.get(row))
        else {
            return Ok(None);
        };
        let Some(flags) = flags_at(arguments, 3, row, given.as_ref().and_then(|given| given.get(row)))? else {
            return Ok(None);
        };
        let regex = patterns.get(pattern, flags)?;
        let mut copied = 0;
        for found in regex.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(&text[copied..whole.start()]);
            replace_with(out, replacement, &found);
            copied = whole.end();
            if !flags.global {
                break;
            }
        }
        out.push_str(&text[copied..]);
        Ok(Some(()))
    })
}

fn item_field() -> Field {
    Field::new("item", Arrow::Utf8View, true)
}

/// The groups of a match, or the match if there are none.
fn push_groups(builder: &mut StringViewBuilder, found: &regex::Captures<'_>) {
    if found.len() == 1 {
        builder.append_value(&found[0]);
    }
    (1..found.len()).for_each(|group| builder.append_option(found.get(group).map(|group| group.as_str())));
}

fn run_match(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let given = if arguments.len() > 2 { Some(arguments.strings(2)?) } else { None };
    let mut patterns = Patterns::default();
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(item_field());
    for row in 0..arguments.rows {
        let (Some(text), Some(pattern)) = (texts.get(row), sources.get(row)) else {
            lists.append_null();
            continue;
        };
        let flags = flags_at(arguments, 2, row, given.as_ref().and_then(|given| given.get(row)))?.unwrap_or_default();
        match patterns.get(pattern, flags)?.captures(text) {
            Some(found) => {
                push_groups(lists.values(), &found);
                lists.append(true);
            }
            None => lists.append_null(),
        }
    }
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}

fn run_matches(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let given = if arguments.len() > 2 { Some(arguments.strings(2)?) } else { None };
    let mut patterns = Patterns::default();
    let inner = ListBuilder::new(StringViewBuilder::new()).with_field(item_field());
    let mut lists = ListBuilder::new(inner);
    for row in 0..arguments.rows {
        let (Some(text), Some(pattern)) = (texts.get(row), sources.get(row)) else {
            lists.append_null();
            continue;
        };
        let flags = flags_at(arguments, 2, row, given.as_ref().and_then(|given| given.get(row)))?.unwrap_or_default();
        let regex = patterns.get(pattern, flags)?;
        for found in regex.captures_iter(text).take(if flags.global { usize::MAX } else { 1 }) {
            push_groups(lists.values().values(), &found);
            lists.values().append(true);
        }
        lists.append(true);
    }
    debug_assert_eq!(lists.len(), arguments.rows);
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}

fn run_substr(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::default();
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(pattern)) = (texts.get(row), sources.get(row)) else { return Ok(None) };
        let Some(found) = patterns.get(pattern, Flags::default())?.find(text) else { return Ok(None) };
        out.push_str(found.as_str());
        Ok(Some(()))
    })
}

/// The first group, or the match if there is none.
fn run_substring(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::default();
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(pattern)) = (texts.get(row), sources.get(row)) else { return Ok(None) };
        let Some(found) = patterns.get(pattern, Flags::default())?.captures(text) else { return Ok(None) };
        let Some(part) = found.get(usize::from(found.len() > 1)) else { return Ok(None) };
        out.push_str(part.as_str());
        Ok(Some(()))
    })
}

fn run_count(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut patterns = Patterns::default();
    arguments.try_compute::<Int32Type>(|row| {
        let (Some(text), Some(pattern)) = (texts.get(row), sources.get(row)) else { return Ok(None) };
        let count = patterns.get(pattern, Flags::default())?.find_iter(text).count();
        Ok(i32::try_from(count).ok())
    })
}

/// Empty matches split between characters, but not at the ends.
fn run_split(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, sources) = (arguments.strings(0)?, arguments.strings(1)?);
    let given = if arguments.len() > 2 { Some(arguments.strings(2)?) } else { None };
    let mut patterns = Patterns::default();
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(item_field());
    for row in 0..arguments.rows {
        let (Some(text), Some(pattern)) = (texts.get(row), sources.get(row)) else {
            lists.append_null();
            continue;
        };
        let flags = flags_at(arguments, 2, row, given.as_ref().and_then(|given| given.get(row)))?.unwrap_or_default();
        let regex = patterns.get(pattern, flags)?;
        let mut start = 0;
        for found in regex.find_iter(text) {
            if found.is_empty() && (found.start() == 0 || found.start() == text.len() || found.start() == start) {
                continue;
            }
            lists.values().append_value(&text[start..found.start()]);
            start = found.end();
        }
        lists.values().append_value(&text[start..]);
        lists.append(true);
    }
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}
