//! Dates, times and timestamps.

use super::trim;
use crate::types::time_zone::Zone;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// `yyyy`, `yyyy-m`, `yyyy-m-d`, with a sign and up to seven digits of the year; whatever follows a `T` or a blank is
/// not looked at. Days since 1970-01-01.
pub fn date(text: &str) -> Option<i32> {
    let bytes = trim(text).as_bytes();
    let (sign, mut at) = sign(bytes);
    let mut parts = [1_i64; 3];
    let (mut part, mut value, mut digits) = (0, 0_i64, 0);
    while at < bytes.len() && !matches!(bytes[at], b' ' | b'T') {
        match bytes[at] {
            b'-' if part < 2 => {
                if !date_digits(part, digits) {
                    return None;
                }
                parts[part] = value;
                (part, value, digits) = (part + 1, 0, 0);
            }
            byte if byte.is_ascii_digit() && digits < 8 => {
                value = value * 10 + i64::from(byte - b'0');
                digits += 1;
            }
            _ => return None,
        }
        at += 1;
    }
    if !date_digits(part, digits) || (part < 2 && at < bytes.len()) {
        return None;
    }
    parts[part] = value;
    i32::try_from(days_from_civil(sign * parts[0], parts[1], parts[2])?).ok()
}

fn date_digits(part: usize, digits: usize) -> bool {
    if part == 0 { (4..=7).contains(&digits) } else { (1..=2).contains(&digits) }
}

fn sign(bytes: &[u8]) -> (i64, usize) {
    match bytes.first() {
        Some(b'-') => (-1, 1),
        Some(b'+') => (1, 1),
        _ => (1, 0),
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, if there is such a date.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// What a text of a timestamp says.
struct Parts<'a> {
    /// Year, month, day, hour, minute, second, microsecond.
    values: [i64; 7],
    zone: Option<&'a str>,
    /// No date is given.
    time_only: bool,
}

/// A point in time: microseconds since the epoch. Without a zone in the text it is local time of `zone`; without a date
/// it is on the day of `now`.
pub fn timestamp(text: &str, zone: &Zone, now: i64) -> Option<i64> {
    let parts = parts(text)?;
    let zone = match parts.zone {
        Some(text) => &Zone::parse(trim(text)).ok()?,
        None => zone,
    };
    let local = if parts.time_only {
        let today = zone.utc_to_local(now).div_euclid(MICROS_PER_DAY);
        today * MICROS_PER_DAY + micros_of_day(&parts)?
    } else {
        local_micros(&parts)?
    };
    in_range(local)?;
    Some(zone.local_to_utc(local))
}

/// `epoch`, `now`, `today`, `tomorrow`, `yesterday`, in lower case; all but `now` may have a time zone behind them,
/// which means nothing.
fn special(text: &str) -> Option<String> {
    let text = trim(text);
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, zone) = text.split_at(end);
    let word = word.to_ascii_lowercase();
    let zone = trim(zone);
    let known = matches!(word.as_str(), "epoch" | "now" | "today" | "tomorrow" | "yesterday");
    (known && (zone.is_empty() || (word != "now" && Zone::parse(zone).is_ok()))).then_some(word)
}

/// The day that a word such as `today` stands for in the zone, in days since 1970-01-01.
pub fn special_date(text: &str, zone: &Zone, now: i64) -> Option<i32> {
    let today = zone.utc_to_local(now).div_euclid(MICROS_PER_DAY);
    let day = match special(text)?.as_str() {
        "epoch" => 0,
        "tomorrow" => today + 1,
        "yesterday" => today - 1,
        _ => today,
    };
    i32::try_from(day).ok()
}

/// The local time that a word such as `today` stands for in the zone: microseconds since 1970-01-01 00:00:00.
pub fn special_timestamp_ntz(text: &str, zone: &Zone, now: i64) -> Option<i64> {
    match special(text)?.as_str() {
        "now" => Some(zone.utc_to_local(now)),
        _ => special_date(text, zone, now).map(|day| i64::from(day) * MICROS_PER_DAY),
    }
}

/// The moment that a word such as `today` stands for in the zone: microseconds since the epoch.
pub fn special_timestamp(text: &str, zone: &Zone, now: i64) -> Option<i64> {
    match special(text)?.as_str() {
        "epoch" => Some(0),
        "now" => Some(now),
        _ => special_timestamp_ntz(text, zone, now).map(|local| zone.local_to_utc(local)),
    }
}

/// Microseconds since 1970-01-01 00:00:00 of no zone; one in the text is read and forgotten. A date must be given.
pub fn timestamp_ntz(text: &str, allow_zone: bool) -> Option<i64> {
    let parts = parts(text)?;
    if parts.time_only || (parts.zone.is_some() && !allow_zone) {
        return None;
    }
    if let Some(zone) = parts.zone {
        Zone::parse(trim(zone)).ok()?;
    }
    local_micros(&parts)
}

/// Whether a text of a timestamp says which time zone it is in.
pub fn has_zone(text: &str) -> bool {
    parts(text).is_some_and(|parts| parts.zone.is_some())
}

/// `12:30`, `12:30:00.123456`, also with AM or PM: microseconds of the day.
pub fn time(text: &str) -> Option<i64> {
    let text = trim(text);
    let upper = text.to_ascii_uppercase();
    let (clock, half) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (trim(clock), Some(0)),
        (_, Some(clock)) => (trim(clock), Some(12)),
        _ => (upper.as_str(), None),
    };
    let mut parts = parts(clock)?;
    if !parts.time_only || parts.zone.is_some() {
        return None;
    }
    if let Some(half) = half {
        if !(1..=12).contains(&parts.values[3]) {
            return None;
        }
        parts.values[3] = parts.values[3] % 12 + half;
    }
    micros_of_day(&parts)
}

fn in_range(micros: i64) -> Option<i64> {
    (micros.checked_add(2 * MICROS_PER_DAY).is_some() && micros.checked_sub(2 * MICROS_PER_DAY).is_some())
        .then_some(micros)
}

fn local_micros(parts: &Parts<'_>) -> Option<i64> {
    let days = days_from_civil(parts.values[0], parts.values[1], parts.values[2])?;
    days.checked_mul(MICROS_PER_DAY)?.checked_add(micros_of_day(parts)?)
}

fn micros_of_day(parts: &Parts<'_>) -> Option<i64> {
    let [_, _, _, hour, minute, second, micros] = parts.values;
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + micros)
}

/// `[+-]yyyy[-m[-d[( |T)h[:m[:s[.f]]][zone]]]]` or `[T]h:m[:s[.f]][zone]`.
fn parts(text: &str) -> Option<Parts<'_>> {
    let text = trim(text);
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return None;
    }
    let (year_sign, mut at) = sign(bytes);
    let signed = at == 1;
    let mut values = [1, 1, 1, 0, 0, 0, 0, 0, 0];
    let (mut part, mut value, mut digits, mut fraction_digits) = (0, 0_i64, 0_usize, 0);
    let (mut zone, mut time_only) = (None, false);
    while at < bytes.len() {
        let byte = bytes[at];
        if byte.is_ascii_digit() {
            if part == 6 {
                fraction_digits += 1;
            }
            // Digits after the sixth of a fraction are cut off.
            if part != 6 || digits < 6 {
                value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
            }
            digits += 1;
            at += 1;
            continue;
        }
        let ends_part = match (part, byte) {
            (0, b'T') if at == 0 => {
                time_only = true;
                part = 3;
                at += 1;
                continue;
            }
            (0 | 1, b'-') | (2, b' ' | b'T') | (3 | 4, b':') | (5, b'.') => true,
            (0, b':') if !signed => {
                time_only = true;
                part = 3;
                true
            }
            (5 | 6, _) => {
                zone = Some(&text[at..]);
                false
            }
            _ => return None,
        };
        if !timestamp_digits(part, digits) {
            return None;
        }
        values[part] = value;
        (value, digits) = (0, 0);
        if ends_part {
            part += 1;
            at += 1;
        } else {
            part = 7;
            break;
        }
    }
    if part < 7 {
        if !timestamp_digits(part, digits) {
            return None;
        }
        values[part] = value;
    }
    while fraction_digits < 6 {
        values[6] *= 10;
        fraction_digits += 1;
    }
    let [year, month, day, hour, minute, second, micros, ..] = values;
    Some(Parts { values: [year * year_sign, month, day, hour, minute, second, micros], zone, time_only })
}

fn timestamp_digits(part: usize, digits: usize) -> bool {
    match part {
        0 => (4..=6).contains(&digits),
        6 => true,
        _ => (1..=2).contains(&digits),
    }
}
