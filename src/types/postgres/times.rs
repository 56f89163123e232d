//! Dates and times as PostgreSQL reads them, with the date style ISO, MDY: `2024-01-31`, `20240131`, `1/31/2024`,
//! `Jan 31, 2024`, `31-Jan-2024 04:05 PM`, `2024-01-31T04:05:06+02`, `2024-01-31 04:05 Europe/Berlin`.

use crate::types::calendar::MICROS_PER_DAY;
use crate::types::reading::days_from_civil;
use crate::types::time_zone::Zone;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What a text of a date and time says.
#[derive(Debug, Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    /// Microseconds of the day.
    clock: Option<i64>,
    /// Added for PM.
    half: Option<bool>,
    zone: Option<String>,
    /// Days since 1970 of `today` and its like.
    special: Option<i64>,
}

impl Parts {
    fn days(&self) -> Option<i64> {
        match (self.special, self.year, self.month, self.day) {
            (Some(days), ..) => Some(days),
            (None, Some(year), Some(month), Some(day)) => days_from_civil(year, month, day),
            _ => None,
        }
    }

    fn clock(&self) -> Option<i64> {
        const HOUR: i64 = 3_600_000_000;
        let clock = self.clock.unwrap_or(0);
        match self.half {
            None => Some(clock),
            Some(_) if !(HOUR..13 * HOUR).contains(&clock) => None,
            Some(afternoon) => Some(clock % (12 * HOUR) + if afternoon { 12 * HOUR } else { 0 }),
        }
    }
}

/// Days since 1970-01-01.
pub fn date(text: &str, zone: &Zone, now: i64) -> Option<i32> {
    i32::try_from(parts(text, zone, now)?.days()?).ok()
}

/// Microseconds of the day.
pub fn time(text: &str) -> Option<i64> {
    let parts = parts(text, &Zone::utc(), 0)?;
    parts.clock?;
    parts.clock()
}

/// Microseconds since the epoch: local ones, in which a zone is not minded, or in UTC.
pub fn timestamp(text: &str, zone: &Zone, now: i64, local: bool) -> Option<i64> {
    if text.trim().eq_ignore_ascii_case("now") {
        return Some(if local { zone.utc_to_local(now) } else { now });
    }
    let parts = parts(text, zone, now)?;
    let micros = parts.days()?.checked_mul(MICROS_PER_DAY)?.checked_add(parts.clock()?)?;
    if local {
        return Some(micros);
    }
    if parts.special == Some(0) && text.trim().eq_ignore_ascii_case("epoch") {
        return Some(0);
    }
    match &parts.zone {
        Some(name) => Some(Zone::parse(&zone_name(name)).ok()?.local_to_utc(micros)),
        None => Some(zone.local_to_utc(micros)),
    }
}

/// An offset or a name, as zones are called.
fn zone_name(text: &str) -> String {
    let upper = text.to_uppercase();
    match upper.as_str() {
        "Z" | "ZULU" | "UTC" | "GMT" => "UTC".to_owned(),
        _ => match text.as_bytes() {
            // `+0530`
            [b'+' | b'-', a, b, c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => {
                format!("{}:{}", &text[..3], &text[3..])
            }
            [b'+' | b'-', digits @ ..] if digits.len() <= 2 => format!("{}{:0>2}:00", &text[..1], &text[1..]),
            _ => text.to_owned(),
        },
    }
}

fn parts(text: &str, zone: &Zone, now: i64) -> Option<Parts> {
    let text = text.trim();
    let mut parts = Parts::default();
    // `2024-01-31T04:05:06`
    let bytes = text.as_bytes();
    let joined = bytes.windows(3).position(|window| {
        window[0].is_ascii_digit() && matches!(window[1], b'T' | b't') && window[2].is_ascii_digit()
    });
    let spaced = match joined {
        Some(at) => format!("{} {}", &text[..=at], &text[at + 2..]),
        None => text.to_owned(),
    };
    let mut words = spaced.split([' ', '\t', '\n', ',']).filter(|word| !word.is_empty()).peekable();
    words.peek()?;
    for word in words {
        read(word, &mut parts, zone, now)?;
    }
    Some(parts)
}

fn read(word: &str, parts: &mut Parts, zone: &Zone, now: i64) -> Option<()> {
    let lower = word.to_lowercase();
    let first = lower.as_bytes()[0];
    if lower.contains(':') && first.is_ascii_digit() {
        let end = lower.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(lower.len());
        parts.clock = Some(clock(&lower[..end])?);
        return match &lower[end..] {
            "" => Some(()),
            "am" => set(&mut parts.half, false),
            "pm" => set(&mut parts.half, true),
            _ => set(&mut parts.zone, word[end..].to_owned()),
        };
    }
    if matches!(first, b'+' | b'-') && parts.clock.is_some() {
        return set(&mut parts.zone, word.to_owned());
    }
    if first.is_ascii_digit() {
        return date_word(&lower, parts);
    }
    let today = || zone.utc_to_local(now).div_euclid(MICROS_PER_DAY);
    match lower.as_str() {
        "am" => return set(&mut parts.half, false),
        "pm" => return set(&mut parts.half, true),
        "today" => return set(&mut parts.special, today()),
        "tomorrow" => return set(&mut parts.special, today() + 1),
        "yesterday" => return set(&mut parts.special, today() - 1),
        "epoch" => return set(&mut parts.special, 0),
        "now" => {
            parts.clock = Some(zone.utc_to_local(now).rem_euclid(MICROS_PER_DAY));
            return set(&mut parts.special, today());
        }
        "allballs" => return set(&mut parts.clock, 0),
        "t" | "ad" | "at" => return Some(()),
        _ => {}
    }
    if let Some(month) = month(&lower) {
        if let Some(before) = parts.month
            && parts.day.is_none()
        {
            // What was taken for a month was the day.
            parts.day = Some(before);
        }
        parts.month = Some(month);
        return Some(());
    }
    if WEEKDAYS.iter().any(|day| lower.starts_with(day)) && !lower.contains('/') {
        return Some(());
    }
    set(&mut parts.zone, word.to_owned())
}

/// A field that is given once.
fn set<T>(field: &mut Option<T>, value: T) -> Option<()> {
    if field.is_some() {
        return None;
    }
    *field = Some(value);
    Some(())
}

fn month(word: &str) -> Option<i64> {
    let found = MONTHS.iter().position(|month| word.starts_with(month))?;
    let whole = word.len() == 3 || word.chars().all(|c| c.is_ascii_alphabetic()) && word.len() <= 9;
    whole.then_some(found as i64 + 1)
}

/// A word that begins with a digit and is no time of day.
fn date_word(word: &str, parts: &mut Parts) -> Option<()> {
    let pieces: Vec<&str> = word.split(['-', '/', '.']).collect();
    let number = |text: &str| text.parse::<i64>().ok();
    match pieces.as_slice() {
        [digits] => match (digits.len(), parts.month) {
            (8, _) => {
                parts.year = number(&digits[..4]);
                parts.month = number(&digits[4..6]);
                parts.day = number(&digits[6..]);
                parts.day.map(|_| ())
            }
            (1 | 2, _) if parts.day.is_none() => set(&mut parts.day, number(digits)?),
            (3.., _) => set(&mut parts.year, number(digits)?),
            _ => None,
        },
        [year, day_of_year] if year.len() == 4 && day_of_year.len() == 3 => {
            let days = days_from_civil(number(year)?, 1, 1)? + number(day_of_year)? - 1;
            set(&mut parts.special, days)
        }
        [first, middle, last] => {
            let named = month(middle);
            (parts.year, parts.month, parts.day) = match (first.len(), named) {
                (3.., Some(month)) => (number(first), Some(month), number(last)),
                (3.., None) => (number(first), number(middle), number(last)),
                (_, Some(month)) => (number(last).map(full_year), Some(month), number(first)),
                (_, None) => (number(last).map(full_year), number(first), number(middle)),
            };
            parts.year.and(parts.month).and(parts.day).map(|_| ())
        }
        _ => None,
    }
}

/// Two digits are a year of 1970 to 2069.
fn full_year(year: i64) -> i64 {
    match year {
        0..70 => year + 2000,
        70..100 => year + 1900,
        year => year,
    }
}

fn clock(text: &str) -> Option<i64> {
    let mut pieces = text.split(':');
    let mut number = |most: i64| -> Option<i64> {
        let value = pieces.next().unwrap_or("0").parse::<i64>().ok()?;
        (value <= most).then_some(value)
    };
    let (hours, minutes) = (number(24)?, number(59)?);
    let seconds: f64 = pieces.next().unwrap_or("0").parse().ok()?;
    if pieces.next().is_some() || !(0.0..=60.0).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "less than a minute")]
    let micros = (hours * 60 + minutes) * 60_000_000 + (seconds * 1e6).round() as i64;
    (micros <= MICROS_PER_DAY).then_some(micros)
}
