//! Patterns of dates and times in files (`dateFormat`, `timestampFormat`): the letters of Java's that files use.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Date32Array, StringViewArray, TimestampMicrosecondArray};

use crate::error::{Error, INVALID_DATETIME_PATTERN, Result};
use crate::types::reading::days_from_civil;
use crate::types::time_zone::Zone;

/// A pattern such as `dd/MM/yyyy HH:mm:ss`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimePattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    /// A letter and how often it stands there.
    Number(char, usize),
    /// `MMM`, `MMMM`
    MonthName {
        full: bool,
    },
    /// `a`
    HalfOfDay,
    /// `X`, `XXX`, `Z`: `Z` or an offset.
    Offset,
    /// What may be missing.
    Optional(Vec<Part>),
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What a text said.
#[derive(Default)]
struct Parsed {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: Option<i64>,
    hour_of_half: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    offset_seconds: Option<i64>,
}

impl TimePattern {
    /// # Errors
    /// `INVALID_DATETIME_PATTERN` for letters that are not known here.
    pub fn new(pattern: &str) -> Result<Self> {
        let mut chars = pattern.chars().collect::<Vec<_>>().into_iter().peekable();
        let parts = parts(&mut chars, pattern, false)?;
        Ok(Self { parts })
    }

    /// Microseconds since the epoch; without a zone those of the text as if in UTC.
    pub fn read(&self, text: &str, zone: Option<&Zone>) -> Option<i64> {
        let mut parsed = Parsed::default();
        let rest = read_parts(&self.parts, text, &mut parsed)?;
        if !rest.is_empty() {
            return None;
        }
        let days = days_from_civil(parsed.year?, parsed.month.unwrap_or(1), parsed.day.unwrap_or(1))?;
        let hour = match (parsed.hour, parsed.hour_of_half) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour % 12 + if parsed.afternoon.unwrap_or(false) { 12 } else { 0 },
            (None, None) => 0,
        };
        if hour > 23 || parsed.minute > 59 || parsed.second > 59 {
            return None;
        }
        let seconds = days * 86_400 + hour * 3_600 + parsed.minute * 60 + parsed.second;
        let local = seconds.checked_mul(1_000_000)?.checked_add(parsed.micros)?;
        Some(match (zone, parsed.offset_seconds) {
            (None, _) => local,
            (Some(_), Some(offset)) => local - offset * 1_000_000,
            (Some(zone), None) => zone.local_to_utc(local),
        })
    }

    pub fn dates(&self, texts: &StringViewArray) -> ArrayRef {
        let days = texts.iter().map(|text| {
            self.read(text?, None).and_then(|micros| i32::try_from(micros.div_euclid(86_400_000_000)).ok())
        });
        Arc::new(days.collect::<Date32Array>())
    }

    pub fn timestamps(&self, texts: &StringViewArray, zone: Option<&Zone>) -> ArrayRef {
        let array = texts.iter().map(|text| self.read(text?, zone)).collect::<TimestampMicrosecondArray>();
        match zone {
            Some(_) => Arc::new(array.with_timezone("UTC")),
            None => Arc::new(array),
        }
    }
}

fn parts(
    chars: &mut std::iter::Peekable<std::vec::IntoIter<char>>,
    pattern: &str,
    optional: bool,
) -> Result<Vec<Part>> {
    let mut found = Vec::new();
    while let Some(c) = chars.next() {
        let mut count = 1;
        if c.is_ascii_alphabetic() {
            while chars.next_if_eq(&c).is_some() {
                count += 1;
            }
        }
        found.push(match c {
            ']' if optional => return Ok(found),
            '[' => Part::Optional(parts(chars, pattern, true)?),
            '\'' => {
                let text = chars.by_ref().take_while(|&inner| inner != '\'').collect::<String>();
                Part::Text(if text.is_empty() { "'".to_owned() } else { text })
            }
            'M' | 'L' if count >= 3 => Part::MonthName { full: count >= 4 },
            'y' | 'u' | 'M' | 'L' | 'd' | 'H' | 'h' | 'm' | 's' | 'S' => Part::Number(
                if c == 'u' {
                    'y'
                } else if c == 'L' {
                    'M'
                } else {
                    c
                },
                count,
            ),
            'a' => Part::HalfOfDay,
            'X' | 'x' | 'Z' => Part::Offset,
            c if c.is_ascii_alphabetic() => {
                return Err(Error::new(
                    &INVALID_DATETIME_PATTERN,
                    format!("Unrecognized datetime pattern: {pattern}: the letter `{c}` is not supported for files"),
                )
                .subcondition("ILLEGAL_CHARACTER"));
            }
            other => Part::Text(other.to_string()),
        });
    }
    Ok(found)
}

fn read_parts<'a>(parts: &[Part], mut text: &'a str, parsed: &mut Parsed) -> Option<&'a str> {
    for (place, part) in parts.iter().enumerate() {
        text = match part {
            Part::Text(expected) => text.strip_prefix(expected.as_str())?,
            Part::Optional(inner) => read_parts(inner, text, parsed).unwrap_or(text),
            Part::HalfOfDay => {
                let half = text.get(..2)?;
                parsed.afternoon = Some(match half.to_ascii_uppercase().as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                &text[2..]
            }
            Part::MonthName { full } => {
                let (number, name) = MONTHS.iter().enumerate().find_map(|(number, name)| {
                    let name = if *full { name } else { &name[..3] };
                    let found = text.get(..name.len())?;
                    found.eq_ignore_ascii_case(name).then_some((number, name))
                })?;
                parsed.month = Some(number as i64 + 1);
                &text[name.len()..]
            }
            Part::Offset => read_offset(text, parsed)?,
            Part::Number(letter, count) => {
                // Digits that another number follows directly have a fixed width.
                let fixed = matches!(parts.get(place + 1), Some(Part::Number(..)));
                read_number(*letter, *count, fixed, text, parsed)?
            }
        };
    }
    Some(text)
}

fn read_number<'a>(letter: char, count: usize, fixed: bool, text: &'a str, parsed: &mut Parsed) -> Option<&'a str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (least, most) = match letter {
        'S' => (count, count),
        'y' if count == 2 => (2, 2),
        _ if fixed => (count, count),
        'y' => (count.min(4), 6),
        _ => (count, count.max(2)),
    };
    if digits < least {
        return None;
    }
    let length = digits.min(most);
    let number: i64 = text[..length].parse().ok()?;
    match letter {
        'y' => parsed.year = Some(if count == 2 { 2000 + number } else { number }),
        'M' => parsed.month = Some(number),
        'd' => parsed.day = Some(number),
        'H' => parsed.hour = Some(number),
        'h' => parsed.hour_of_half = Some(number),
        'm' => parsed.minute = number,
        's' => parsed.second = number,
        _ => parsed.micros = format!("{:0<6}", &text[..length]).get(..6)?.parse().ok()?,
    }
    Some(&text[length..])
}

fn read_offset<'a>(text: &'a str, parsed: &mut Parsed) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix('Z') {
        parsed.offset_seconds = Some(0);
        return Some(rest);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours: i64 = text.get(1..3)?.parse().ok()?;
    let rest = &text[3..];
    let after_colon = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = match after_colon.get(..2).and_then(|digits| digits.parse::<i64>().ok()) {
        Some(minutes) => (minutes, &after_colon[2..]),
        None => (0, rest),
    };
    parsed.offset_seconds = Some(sign * (hours * 3_600 + minutes * 60));
    Some(rest)
}
