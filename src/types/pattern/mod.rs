//! Patterns of dates and times in the letters of Java's `DateTimeFormatter`: compiled once, then written or read.

mod legacy;
mod read;
mod write;

use crate::error::{Error, INCONSISTENT_BEHAVIOR_CROSS_VERSION, INVALID_DATETIME_PATTERN, Result};
use crate::types::time_zone::Zone;

pub use legacy::LegacyPattern;

/// How patterns of dates and times are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeParser {
    /// As `java.time.format.DateTimeFormatter` does.
    #[default]
    Corrected,
    /// The same, but a text or pattern that `java.text.SimpleDateFormat` takes differently is an error.
    Exception,
    /// As `java.text.SimpleDateFormat` does.
    Legacy,
}

/// A pattern of one of the two kinds that there are.
#[derive(Debug, Clone)]
pub enum AnyPattern {
    Current(Pattern),
    /// With the pattern that must not read what the other does not.
    Checked(Pattern, LegacyPattern),
    Legacy(LegacyPattern),
}

/// Why a text does not fit a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The byte at which it leaves the pattern; `None`: it names no moment.
    At(Option<usize>),
    /// The old pattern would read it.
    OnlyLegacy,
}

impl AnyPattern {
    /// # Errors
    /// It is no pattern, or one to write with only.
    pub fn parse(text: &str, parser: TimeParser, reading: bool) -> Result<AnyPattern> {
        let current = || if reading { Pattern::to_read(text) } else { Pattern::parse(text) };
        match parser {
            TimeParser::Legacy => LegacyPattern::parse(text).map(AnyPattern::Legacy).ok_or_else(|| unrecognized(text)),
            TimeParser::Corrected => current().map(AnyPattern::Current),
            TimeParser::Exception => Ok(match (current()?, LegacyPattern::parse(text)) {
                (pattern, Some(legacy)) if reading => AnyPattern::Checked(pattern, legacy),
                (pattern, _) => AnyPattern::Current(pattern),
            }),
        }
    }

    /// Appends the text of a local time, in microseconds, that is so many seconds ahead of UTC.
    pub fn write(&self, out: &mut String, local: i64, offset: i32, zone: &Zone) {
        match self {
            AnyPattern::Current(pattern) | AnyPattern::Checked(pattern, _) => pattern.write(out, local, offset, zone),
            AnyPattern::Legacy(pattern) => pattern.write(out, local, offset, zone),
        }
    }

    /// The local time that a text names, and the instant, both in microseconds.
    ///
    /// # Errors
    /// The text does not fit.
    pub fn read(&self, text: &str, zone: &Zone) -> Result<(i64, i64), Misfit> {
        let pattern = match self {
            AnyPattern::Current(pattern) | AnyPattern::Checked(pattern, _) => pattern,
            AnyPattern::Legacy(pattern) => return pattern.read(text, zone).map_err(Misfit::At),
        };
        let found = pattern.read(text).map_err(Some).and_then(|parsed| {
            let local = parsed.local().ok_or(None)?;
            Ok((local, parsed.zone.as_ref().unwrap_or(zone).local_to_utc(local)))
        });
        match (found, self) {
            (Err(_), AnyPattern::Checked(_, legacy)) if legacy.read(text, zone).is_ok() => Err(Misfit::OnlyLegacy),
            (found, _) => found.map_err(Misfit::At),
        }
    }
}

/// A pattern, ready for use.
#[derive(Debug, Clone)]
pub struct Pattern {
    items: Vec<Item>,
    /// Years are counted from the era's beginning; without one, those before Christ are negative.
    has_era: bool,
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
        Self::compile(text, false).map_err(|error| upgraded(error, text))
    }

    /// A pattern to read with: some letters can only be written.
    ///
    /// # Errors
    /// As [`Pattern::parse`].
    pub fn to_read(text: &str) -> Result<Pattern> {
        Self::compile(text, true).map_err(|error| upgraded(error, text))
    }

    fn compile(text: &str, reading: bool) -> Result<Pattern> {
        check_letters(text, reading)?;
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
        Ok(Pattern { items: open.pop().unwrap_or_default(), has_era: unquoted(text).any(|c| c == 'G') })
    }
}

/// The characters that are not between quotes.
fn unquoted(pattern: &str) -> impl Iterator<Item = char> + '_ {
    pattern.split('\'').step_by(2).flat_map(str::chars)
}

/// Letters that Java knows and Spark refuses.
fn check_letters(pattern: &str, reading: bool) -> Result<()> {
    for letter in unquoted(pattern) {
        match letter {
            'Y' | 'W' | 'w' | 'u' | 'e' | 'c' => {
                return Err(Error::new(
                    &INCONSISTENT_BEHAVIOR_CROSS_VERSION,
                    format!(
                        "You may get a different result due to the upgrading to Spark >= 3.0: All week-based patterns \
                         are unsupported since Spark 3.0, detected week-based character: {letter}. Please use the SQL \
                         function EXTRACT instead"
                    ),
                )
                .subcondition("DATETIME_WEEK_BASED_PATTERN"));
            }
            'A' | 'B' | 'n' | 'N' | 'p' => return Err(illegal(letter, pattern)),
            'E' | 'F' | 'q' | 'Q' if reading => return Err(illegal(letter, pattern)),
            _ => {}
        }
    }
    let too_long = |part: &str| {
        ["GGGGG", "MMMMM", "LLLLL", "EEEEE", "QQQQQ", "qqqqq", "yyyyyyy"].iter().any(|letters| part.contains(letters))
    };
    if pattern.split('\'').step_by(2).any(too_long) {
        return Err(Error::new(
            &INVALID_DATETIME_PATTERN,
            format!("Unrecognized datetime pattern: '{pattern}'. Too many letters in datetime pattern"),
        )
        .subcondition("LENGTH"));
    }
    Ok(())
}

fn illegal(letter: char, pattern: &str) -> Error {
    Error::new(
        &INVALID_DATETIME_PATTERN,
        format!(
            "Unrecognized datetime pattern: '{pattern}'. Illegal pattern character found in datetime pattern: {letter}"
        ),
    )
    .subcondition("ILLEGAL_CHARACTER")
}

/// A pattern that was one in Spark 2 is told apart from one that never was.
fn upgraded(error: Error, pattern: &str) -> Error {
    if LegacyPattern::parse(pattern).is_none() {
        return error;
    }
    Error::new(
        &INCONSISTENT_BEHAVIOR_CROSS_VERSION,
        format!(
            "You may get a different result due to the upgrading to Spark >= 3.0: Fail to recognize '{pattern}' pattern \
             in the DateTimeFormatter"
        ),
    )
    .subcondition("DATETIME_PATTERN_RECOGNITION")
    .hint(
        "set \"spark.sql.legacy.timeParserPolicy\" to \"LEGACY\" to restore the behavior before Spark 3.0, or form a \
         valid datetime pattern with the guide from \
         'https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html'",
    )
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
