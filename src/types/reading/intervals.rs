//! Intervals.

use super::trim;
use crate::types::{DayTimeField, YearMonthField};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Months, days and microseconds, which do not make one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CalendarParts {
    pub months: i32,
    pub days: i32,
    pub microseconds: i64,
}

/// A unit's share of the three parts: (months, days, microseconds); units as in `INTERVAL 1 DAY`, singular or plural.
pub fn interval_unit(unit: &str) -> Option<(i32, i32, i64)> {
    let unit = unit.to_ascii_lowercase();
    Some(match unit.strip_suffix('s').unwrap_or(&unit) {
        "year" => (12, 0, 0),
        "month" => (1, 0, 0),
        "week" => (0, 7, 0),
        "day" => (0, 1, 0),
        "hour" => (0, 0, 3_600 * MICROS_PER_SECOND),
        "minute" => (0, 0, 60 * MICROS_PER_SECOND),
        "second" => (0, 0, MICROS_PER_SECOND),
        "millisecond" => (0, 0, 1_000),
        "microsecond" => (0, 0, 1),
        _ => return None,
    })
}

/// Why a text is no interval: a subcondition of `INVALID_INTERVAL_FORMAT`, and the word it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntervalFault {
    pub kind: &'static str,
    pub word: String,
}

impl std::fmt::Display for IntervalFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = &self.word;
        match self.kind {
            "ARITHMETIC_EXCEPTION" => f.write_str("Uncaught arithmetic exception while parsing"),
            "INPUT_IS_EMPTY" => f.write_str("Interval string cannot be empty"),
            "INVALID_FRACTION" => write!(f, "'{word}' cannot have fractional part"),
            "INVALID_PRECISION" => {
                write!(f, "Interval can only support nanosecond precision, '{word}' is out of range")
            }
            "INVALID_PREFIX" => write!(f, "Invalid interval prefix '{word}'"),
            "INVALID_UNIT" => write!(f, "Invalid unit '{word}'"),
            "INVALID_VALUE" => write!(f, "Invalid value '{word}'"),
            "MISSING_NUMBER" => write!(f, "Expect a number after '{word}' but hit EOL"),
            "MISSING_UNIT" => write!(f, "Expect a unit name after '{word}' but hit EOL"),
            "UNRECOGNIZED_NUMBER" => write!(f, "Unrecognized number '{word}'"),
            _ => write!(f, "Unknown error when parsing '{word}'"),
        }
    }
}

/// `[interval] 1 year 2 days -3.5 seconds`: numbers with their units; only seconds have a fraction.
pub fn calendar_interval(text: &str) -> Result<CalendarParts, IntervalFault> {
    let lower = trim(text).to_ascii_lowercase();
    let fault = |kind: &'static str, word: &str| IntervalFault { kind, word: word.to_owned() };
    let rest = match lower.strip_prefix("interval") {
        Some("") => return Err(fault("INPUT_IS_EMPTY", "")),
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_whitespace()) => rest,
        Some(_) => return Err(fault("INVALID_PREFIX", word(&lower))),
        None if lower.is_empty() => return Err(fault("INPUT_IS_EMPTY", "")),
        None => &lower,
    };
    let mut total = CalendarParts::default();
    let mut rest = rest.trim_ascii_start();
    while !rest.is_empty() {
        rest = add_part(rest, &mut total).map_err(|(kind, word)| fault(kind, word))?.trim_ascii_start();
    }
    Ok(total)
}

/// Adds a number with its unit; gives what follows them.
fn add_part<'a>(text: &'a str, total: &mut CalendarParts) -> Result<&'a str, (&'static str, &'a str)> {
    let overflow = ("ARITHMETIC_EXCEPTION", text);
    let (negative, signed) = match text.as_bytes()[0] {
        b'-' => (true, true),
        b'+' => (false, true),
        b'0'..=b'9' | b'.' => (false, false),
        _ => return Err(("UNRECOGNIZED_NUMBER", word(text))),
    };
    let number = if signed { text[1..].trim_ascii_start() } else { text };
    if number.is_empty() {
        return Err(("MISSING_NUMBER", word(text)));
    }
    let (whole, after) = digits(number);
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => {
            let (fraction, after) = digits(after);
            (Some(fraction), after)
        }
        None => (None, after),
    };
    // A point alone is a number only behind digits; a sign before a bare point is not allowed either.
    let bare = whole.is_empty() && (signed || fraction.is_none_or(str::is_empty));
    if !after.is_empty() && (bare || !after.starts_with(|c: char| c.is_ascii_whitespace())) {
        return Err(("INVALID_VALUE", word(number)));
    }
    if fraction.is_some_and(|fraction| fraction.len() > 9) {
        return Err(("INVALID_PRECISION", word(number)));
    }
    let unit_start = after.trim_ascii_start();
    if unit_start.is_empty() {
        return Err(("MISSING_UNIT", word(number)));
    }
    if fraction.is_some() && !unit_start.starts_with('s') {
        return Err(("INVALID_FRACTION", word(unit_start)));
    }
    let unit_end = unit_start.find(|c: char| c.is_ascii_whitespace()).unwrap_or(unit_start.len());
    let (unit, rest) = unit_start.split_at(unit_end);
    let (months, days, micros) = interval_unit(unit).ok_or(("INVALID_UNIT", unit))?;
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| overflow)? };
    let whole = if negative { -whole } else { whole };
    let fraction = fraction_micros(fraction.unwrap_or(""));
    let fraction = if negative { -fraction } else { fraction };
    let sum = || {
        Some(CalendarParts {
            months: total.months.checked_add(i32::try_from(whole.checked_mul(i64::from(months))?).ok()?)?,
            days: total.days.checked_add(i32::try_from(whole.checked_mul(i64::from(days))?).ok()?)?,
            microseconds: total.microseconds.checked_add(whole.checked_mul(micros)?)?.checked_add(fraction)?,
        })
    };
    *total = sum().ok_or(overflow)?;
    Ok(rest)
}

/// Up to the next blank.
fn word(text: &str) -> &str {
    text.split_ascii_whitespace().next().unwrap_or("")
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Up to nine digits; those after the sixth are cut off.
fn fraction_micros(digits: &str) -> i64 {
    (0..6).fold(0, |micros, n| micros * 10 + digits.as_bytes().get(n).map_or(0, |byte| i64::from(byte - b'0')))
}

/// `INTERVAL '…' FROM [TO to]` without its wrapping: sign, and the text in quotes. A text without wrapping is itself.
fn unwrap<'a>(text: &'a str, from: &str, to: &str) -> Option<(bool, &'a str)> {
    let text = trim(text);
    let Some(rest) = strip_word(text, "interval") else { return Some((false, text)) };
    let (negative, rest) = match rest.as_bytes().first()? {
        b'-' => (true, rest[1..].trim_start()),
        b'+' => (false, rest[1..].trim_start()),
        _ => (false, rest),
    };
    let rest = rest.strip_prefix('\'')?;
    let (inner, rest) = rest.split_once('\'')?;
    let rest = strip_word(rest.trim_start(), from)?;
    let rest = if from == to { rest } else { strip_word(strip_word(rest, "to")?, to)? };
    rest.is_empty().then_some((negative, inner))
}

/// What follows the word and blanks.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.get(..word.len())?;
    let rest = &text[word.len()..];
    (start.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        .then(|| rest.trim_start())
}

fn split_sign(text: &str) -> (bool, &str) {
    let text = trim(text);
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// Months: `1-2` for YEAR TO MONTH, `14` for a single field, also `INTERVAL '1-2' YEAR TO MONTH`.
pub fn year_month_interval(text: &str, from: YearMonthField, to: YearMonthField) -> Option<i32> {
    let (outer_negative, inner) = unwrap(text, from.name(), to.name())?;
    let (negative, digits) = split_sign(inner);
    let months = match (from, to) {
        (YearMonthField::Year, YearMonthField::Month) => {
            let (years, months) = digits.split_once('-')?;
            let months = field(months, 11)?;
            field(years, i64::MAX)?.checked_mul(12)?.checked_add(months)?
        }
        (YearMonthField::Year, _) => field(digits, i64::MAX)?.checked_mul(12)?,
        (YearMonthField::Month, _) => field(digits, i64::MAX)?,
    };
    i32::try_from(if negative != outer_negative { -months } else { months }).ok()
}

/// Microseconds: `1 02:03:04.5` for DAY TO SECOND and what is left of it for fewer fields, also
/// `INTERVAL '1 02' DAY TO HOUR`.
pub fn day_time_interval(text: &str, from: DayTimeField, to: DayTimeField) -> Option<i64> {
    let (outer_negative, inner) = unwrap(text, from.name(), to.name())?;
    let (negative, mut rest) = split_sign(inner);
    let mut total: i128 = 0;
    let fields = [DayTimeField::Day, DayTimeField::Hour, DayTimeField::Minute, DayTimeField::Second];
    let wanted: Vec<DayTimeField> = fields.into_iter().filter(|field| (from..=to).contains(field)).collect();
    for (n, wanted_field) in wanted.iter().enumerate() {
        let last = n + 1 == wanted.len();
        let part = if last {
            rest
        } else {
            let separator = if *wanted_field == DayTimeField::Day { ' ' } else { ':' };
            let (part, after) = rest.split_once(separator)?;
            rest = after;
            part
        };
        let limit = if n == 0 { i64::MAX } else { if *wanted_field == DayTimeField::Hour { 23 } else { 59 } };
        let micros = match wanted_field {
            DayTimeField::Day => i128::from(field(part, limit)?) * i128::from(MICROS_PER_DAY),
            DayTimeField::Hour => i128::from(field(part, limit)?) * i128::from(3_600 * MICROS_PER_SECOND),
            DayTimeField::Minute => i128::from(field(part, limit)?) * i128::from(60 * MICROS_PER_SECOND),
            DayTimeField::Second => {
                let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
                if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                i128::from(field(whole, limit)?) * i128::from(MICROS_PER_SECOND) + i128::from(fraction_micros(fraction))
            }
        };
        total += micros;
    }
    i64::try_from(if negative != outer_negative { -total } else { total }).ok()
}

fn field(digits: &str, most: i64) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|value| *value <= most)
}

/// Why [`year_month_interval`] could not read the text: a subcondition of `INVALID_INTERVAL_FORMAT`.
pub fn year_month_fault(text: &str, from: YearMonthField, to: YearMonthField) -> &'static str {
    let digits = unwrap(text, from.name(), to.name()).map_or("", |(_, inner)| split_sign(inner).1);
    let count = if from == to { 1 } else { 2 };
    let shaped = digits.split('-').count() == count && digits.split('-').all(is_digits);
    if shaped { "INTERVAL_PARSING" } else { "UNMATCHED_FORMAT_STRING" }
}

/// Whether a text that [`day_time_interval`] could not read has the right form all the same, so that a field of it is too
/// large.
pub fn is_day_time(text: &str, from: DayTimeField, to: DayTimeField) -> bool {
    let Some((_, inner)) = unwrap(text, from.name(), to.name()) else { return false };
    let mut rest = split_sign(inner).1;
    let fields = [DayTimeField::Day, DayTimeField::Hour, DayTimeField::Minute];
    for field in fields.into_iter().filter(|field| *field >= from && *field < to) {
        let separator = if field == DayTimeField::Day { ' ' } else { ':' };
        match rest.split_once(separator) {
            Some((digits, after)) if is_digits(digits) => rest = after,
            _ => return false,
        }
    }
    match (to, rest.split_once('.')) {
        (DayTimeField::Second, Some((whole, fraction))) => {
            is_digits(whole) && is_digits(fraction) && fraction.len() <= 9
        }
        _ => is_digits(rest),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
