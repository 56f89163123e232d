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

/// `[interval] 1 year 2 days -3.5 seconds`: numbers with their units; only seconds have a fraction.
pub fn calendar_interval(text: &str) -> Option<CalendarParts> {
    let lower = trim(text).to_ascii_lowercase();
    let rest = match lower.strip_prefix("interval") {
        Some(rest) if rest.starts_with(|c: char| c.is_whitespace()) => rest,
        Some(_) => return None,
        None => &lower,
    };
    let mut words = Words { rest };
    let mut total = CalendarParts::default();
    let mut any = false;
    while let Some(number) = words.number() {
        let unit = words.word()?;
        let (months, days, micros) = interval_unit(unit)?;
        let (negative, whole, fraction) = number;
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let whole = if negative { -whole } else { whole };
        if let Some(fraction) = fraction {
            if micros != MICROS_PER_SECOND || fraction.len() > 9 {
                return None;
            }
            let fraction = fraction_micros(fraction)?;
            total.microseconds = total.microseconds.checked_add(if negative { -fraction } else { fraction })?;
        }
        total.months = total.months.checked_add(i32::try_from(whole.checked_mul(i64::from(months))?).ok()?)?;
        total.days = total.days.checked_add(i32::try_from(whole.checked_mul(i64::from(days))?).ok()?)?;
        total.microseconds = total.microseconds.checked_add(whole.checked_mul(micros)?)?;
        any = true;
    }
    (any && words.at_end()).then_some(total)
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    /// Sign, digits, digits of the fraction.
    fn number(&mut self) -> Option<(bool, &'a str, Option<&'a str>)> {
        let rest = self.rest.trim_start();
        let (negative, rest) = match rest.as_bytes().first()? {
            b'-' => (true, rest[1..].trim_start()),
            b'+' => (false, rest[1..].trim_start()),
            _ => (false, rest),
        };
        let (whole, rest) = digits(rest);
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (fraction, rest) = digits(rest);
                (Some(fraction), rest)
            }
            None => (None, rest),
        };
        if whole.is_empty() && fraction.is_none_or(str::is_empty) {
            return None;
        }
        self.rest = rest;
        Some((negative, whole, fraction))
    }

    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        if rest.len() == self.rest.len() {
            return None;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        self.rest = &rest[end..];
        (end > 0).then_some(&rest[..end])
    }

    fn at_end(&self) -> bool {
        self.rest.trim().is_empty()
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Up to nine digits; those after the sixth are cut off.
fn fraction_micros(digits: &str) -> Option<i64> {
    let mut micros = 0;
    for n in 0..6 {
        let digit = digits.as_bytes().get(n).map_or(0, |byte| i64::from(byte - b'0'));
        micros = micros * 10 + digit;
    }
    Some(micros)
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
                i128::from(field(whole, limit)?) * i128::from(MICROS_PER_SECOND)
                    + i128::from(fraction_micros(fraction)?)
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
