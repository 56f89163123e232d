//! Patterns of dates and times in the letters of Java's `DateTimeFormatter`: compiled once, then written or read.

mod read;
mod write;

use crate::error::{Error, INCONSISTENT_BEHAVIOR_CROSS_VERSION, INVALID_DATETIME_PATTERN, Result};

/// A pattern, ready for use.
#[derive(Debug, Clone)]
pub struct Pattern {
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Literal(String),
    Field(Field, usize),
    /// What stands between brackets.
    Optional(Vec<Item>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Era,
    Year,
    Quarter,
    Month,
    Day,
    DayOfYear,
    Weekday,
    WeekOfMonth,
    HalfDay,
    /// 1 to 12.
    ClockHourOfHalfDay,
    /// 0 to 11.
    HourOfHalfDay,
    /// 0 to 23.
    Hour,
    /// 1 to 24.
    ClockHour,
    Minute,
    Second,
    Fraction,
    ZoneId,
    ZoneName,
    LocalizedOffset,
    /// `X`: `Z` for none.
    Offset,
    /// `x`: `+00` for none.
    PlainOffset,
    /// `Z`
    RfcOffset,
}

impl Pattern {
    /// # Errors
    /// `INVALID_DATETIME_PATTERN`, or that Spark has given up a letter.
    pub fn parse(text: &str) -> Result<Pattern> {
        let mut characters = text.chars().peekable();
        let mut open: Vec<Vec<Item>> = vec![Vec::new()];
        while let Some(c) = characters.next() {
            let item = match c {
                '\'' => Some(Item::Literal(quoted(&mut characters).ok_or_else(|| unrecognized(text))?)),
                '[' => {
                    open.push(Vec::new());
                    None
                }
                ']' => {
                    let inner = open.pop().filter(|_| !open.is_empty()).ok_or_else(|| unrecognized(text))?;
                    Some(Item::Optional(inner))
                }
                '#' | '{' | '}' => return Err(unrecognized(text)),
                _ if c.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while characters.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    Some(Item::Field(field(c, count, text)?, count))
                }
                _ => Some(Item::Literal(c.to_string())),
            };
            if let (Some(item), Some(items)) = (item, open.last_mut()) {
                items.push(item);
            }
        }
        // Brackets left open end with the pattern.
        while open.len() > 1 {
            let inner = open.pop().unwrap_or_default();
            if let Some(items) = open.last_mut() {
                items.push(Item::Optional(inner));
            }
        }
        Ok(Pattern { items: open.pop().unwrap_or_default() })
    }
}

/// The text up to the closing quote; two quotes are one.
fn quoted(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    if characters.next_if_eq(&'\'').is_some() {
        return Some("'".to_owned());
    }
    let mut literal = String::new();
    loop {
        match characters.next()? {
            '\'' if characters.next_if_eq(&'\'').is_some() => literal.push('\''),
            '\'' => return Some(literal),
            c => literal.push(c),
        }
    }
}

fn field(letter: char, count: usize, pattern: &str) -> Result<Field> {
    let (field, most) = match letter {
        'G' => (Field::Era, 4),
        'y' => (Field::Year, 6),
        'Q' | 'q' => (Field::Quarter, 4),
        'M' | 'L' => (Field::Month, 4),
        'd' => (Field::Day, 2),
        'D' => (Field::DayOfYear, 3),
        'E' => (Field::Weekday, 4),
        'F' => (Field::WeekOfMonth, 1),
        'a' => (Field::HalfDay, 1),
        'h' => (Field::ClockHourOfHalfDay, 2),
        'K' => (Field::HourOfHalfDay, 2),
        'H' => (Field::Hour, 2),
        'k' => (Field::ClockHour, 2),
        'm' => (Field::Minute, 2),
        's' => (Field::Second, 2),
        'S' => (Field::Fraction, 9),
        'V' if count == 2 => (Field::ZoneId, 2),
        'z' => (Field::ZoneName, 4),
        'O' if count == 1 || count == 4 => (Field::LocalizedOffset, 4),
        'X' => (Field::Offset, 5),
        'x' => (Field::PlainOffset, 5),
        'Z' => (Field::RfcOffset, 5),
        'Y' | 'W' | 'w' | 'u' | 'e' | 'c' => {
            return Err(Error::new(
                &INCONSISTENT_BEHAVIOR_CROSS_VERSION,
                format!(
                    "You may get a different result due to the upgrading to Spark >= 3.0: All week-based patterns are \
                     unsupported since Spark 3.0, detected week-based character: {letter}. Please use the SQL function \
                     EXTRACT instead"
                ),
            )
            .subcondition("DATETIME_WEEK_BASED_PATTERN"));
        }
        _ => return Err(unrecognized(pattern)),
    };
    if count > most { Err(unrecognized(pattern)) } else { Ok(field) }
}

fn unrecognized(pattern: &str) -> Error {
    Error::new(
        &INVALID_DATETIME_PATTERN,
        format!(
            "Unrecognized datetime pattern: '{pattern}'. You can form a valid datetime pattern with the guide from \
             'https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html'"
        ),
    )
    .subcondition("WITH_SUGGESTION")
}
