//! Values as PostgreSQL writes them in text, where that differs from Spark.

use std::io::Write;

use crate::types::calendar::Civil;

const DAY: i64 = 86_400_000_000;

/// Appends a whole number.
pub fn write_integer(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// The shortest digits that read back as the same, with an exponent from 10^15 on.
pub fn write_double(out: &mut Vec<u8>, value: f64) {
    if !write_special(out, value) {
        write_digits(out, &format!("{value:e}"), 15);
    }
}

/// As [`write_double`], with an exponent from 10^6 on.
pub fn write_float(out: &mut Vec<u8>, value: f32) {
    if !write_special(out, f64::from(value)) {
        write_digits(out, &format!("{value:e}"), 6);
    }
}

fn write_special(out: &mut Vec<u8>, value: f64) -> bool {
    let text: &[u8] = match value {
        value if value.is_nan() => b"NaN",
        f64::INFINITY => b"Infinity",
        f64::NEG_INFINITY => b"-Infinity",
        _ => return false,
    };
    out.extend_from_slice(text);
    true
}

/// `scientific` is `-1.25e-7`.
fn write_digits(out: &mut Vec<u8>, scientific: &str, limit: i32) {
    let (number, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    out.extend_from_slice(sign.as_bytes());
    if exponent < -4 || exponent >= limit {
        let sign = if exponent < 0 { '-' } else { '+' };
        // Writing to memory does not fail.
        let _ = write!(out, "{number}e{sign}{:02}", exponent.unsigned_abs());
        return;
    }
    let (first, rest) = number.split_once('.').unwrap_or((number, ""));
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', exponent.unsigned_abs() as usize - 1));
        out.extend_from_slice(first.as_bytes());
        out.extend_from_slice(rest.as_bytes());
        return;
    }
    let before_point = exponent as usize;
    out.extend_from_slice(first.as_bytes());
    if rest.len() <= before_point {
        out.extend_from_slice(rest.as_bytes());
        out.extend(std::iter::repeat_n(b'0', before_point - rest.len()));
    } else {
        out.extend_from_slice(&rest.as_bytes()[..before_point]);
        out.push(b'.');
        out.extend_from_slice(&rest.as_bytes()[before_point..]);
    }
}

/// `2026-01-31`, and `0044-03-15 BC`.
pub fn write_date(out: &mut Vec<u8>, days: i32) {
    let before_christ = write_day(out, i64::from(days));
    write_era(out, before_christ);
}

/// `2026-01-31 12:30:00.5`; with a zone its offset in seconds is appended.
pub fn write_timestamp(out: &mut Vec<u8>, microseconds: i64, offset: Option<i32>) {
    let before_christ = write_day(out, microseconds.div_euclid(DAY));
    out.push(b' ');
    write_time(out, microseconds.rem_euclid(DAY));
    if let Some(offset) = offset {
        write_offset(out, offset);
    }
    write_era(out, before_christ);
}

fn write_day(out: &mut Vec<u8>, days: i64) -> bool {
    let Civil { year, month, day } = Civil::of_days(days);
    let before_christ = year <= 0;
    let year = if before_christ { 1 - year } else { year };
    if (0..10_000).contains(&year) {
        two(out, year / 100);
        two(out, year % 100);
    } else {
        write_integer(out, year);
    }
    out.push(b'-');
    two(out, i64::from(month));
    out.push(b'-');
    two(out, i64::from(day));
    before_christ
}

fn write_era(out: &mut Vec<u8>, before_christ: bool) {
    if before_christ {
        out.extend_from_slice(b" BC");
    }
}

/// Microseconds of a day.
pub fn write_time(out: &mut Vec<u8>, microseconds: i64) {
    let seconds = microseconds / 1_000_000;
    two(out, seconds / 3600);
    out.push(b':');
    two(out, seconds / 60 % 60);
    out.push(b':');
    two(out, seconds % 60);
    write_fraction(out, microseconds % 1_000_000);
}

fn write_fraction(out: &mut Vec<u8>, microseconds: i64) {
    if microseconds == 0 {
        return;
    }
    let start = out.len();
    let _ = write!(out, ".{microseconds:06}");
    while out.len() > start && out.last() == Some(&b'0') {
        out.pop();
    }
}

fn write_offset(out: &mut Vec<u8>, offset: i32) {
    out.push(if offset < 0 { b'-' } else { b'+' });
    let offset = i64::from(offset).abs();
    two(out, offset / 3600);
    if offset % 3600 != 0 {
        out.push(b':');
        two(out, offset / 60 % 60);
        if offset % 60 != 0 {
            out.push(b':');
            two(out, offset % 60);
        }
    }
}

/// Appends two digits.
fn two(out: &mut Vec<u8>, value: i64) {
    out.push(b'0' + (value / 10 % 10) as u8);
    out.push(b'0' + (value % 10) as u8);
}

/// `1 year 2 mons 3 days 04:05:06.7`, as `IntervalStyle` postgres has it.
pub fn write_interval(out: &mut Vec<u8>, months: i32, days: i32, microseconds: i64) {
    let start = out.len();
    let mut negative_before = false;
    for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if value == 0 {
            continue;
        }
        if out.len() > start {
            out.push(b' ');
        }
        let plus = if negative_before && value > 0 { "+" } else { "" };
        let plural = if value == 1 { "" } else { "s" };
        let _ = write!(out, "{plus}{value} {unit}{plural}");
        negative_before = value < 0;
    }
    if microseconds == 0 && out.len() > start {
        return;
    }
    if out.len() > start {
        out.push(b' ');
    }
    if microseconds < 0 {
        out.push(b'-');
    } else if negative_before {
        out.push(b'+');
    }
    let microseconds = microseconds.unsigned_abs();
    let (seconds, fraction) = (microseconds / 1_000_000, (microseconds % 1_000_000) as i64);
    let _ = write!(out, "{:02}", seconds / 3600);
    out.push(b':');
    two(out, (seconds / 60 % 60) as i64);
    out.push(b':');
    two(out, (seconds % 60) as i64);
    write_fraction(out, fraction);
}

/// `\x00ff`
pub fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(2 + 2 * bytes.len());
    out.extend_from_slice(b"\\x");
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// An element of an array, in quotes where PostgreSQL would read something else.
pub fn write_element(out: &mut Vec<u8>, element: &[u8]) {
    let special =
        |byte: &u8| matches!(byte, b'{' | b'}' | b',' | b'"' | b'\\') || byte.is_ascii_whitespace() || *byte == 0x0b;
    let plain = !element.is_empty() && !element.iter().any(special) && !element.eq_ignore_ascii_case(b"null");
    if plain {
        out.extend_from_slice(element);
        return;
    }
    out.push(b'"');
    for byte in element {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}
