//! Values as PostgreSQL shows them as text, where that differs from Spark. It does not know where the text goes: into
//! strings of the dialect's casts, or into messages of the protocol.

use std::fmt::Write;

use crate::types::calendar::{Civil, MICROS_PER_DAY};

/// Writing to memory does not fail.
fn put(out: &mut impl Write, text: &str) {
    let _ = out.write_str(text);
}

fn put_char(out: &mut impl Write, c: char) {
    let _ = out.write_char(c);
}

fn zeros(out: &mut impl Write, count: usize) {
    (0..count).for_each(|_| put_char(out, '0'));
}

fn two(out: &mut impl Write, value: i64) {
    put_char(out, char::from(b'0' + (value / 10 % 10) as u8));
    put_char(out, char::from(b'0' + (value % 10) as u8));
}

/// The shortest digits that read back as the same, with an exponent from 10^15 on.
pub fn write_double(out: &mut impl Write, value: f64) {
    write_float_digits(out, value, &format!("{value:e}"), 15);
}

/// As [`write_double`], with an exponent from 10^6 on.
pub fn write_float(out: &mut impl Write, value: f32) {
    write_float_digits(out, f64::from(value), &format!("{value:e}"), 6);
}

/// `scientific` is `-1.25e-7`.
fn write_float_digits(out: &mut impl Write, value: f64, scientific: &str, most: i32) {
    if !value.is_finite() {
        put(
            out,
            match value {
                _ if value.is_nan() => "NaN",
                _ if value > 0.0 => "Infinity",
                _ => "-Infinity",
            },
        );
        return;
    }
    let (number, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    put(out, sign);
    if exponent < -4 || exponent >= most {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{number}e{sign}{:02}", exponent.unsigned_abs());
        return;
    }
    let (first, rest) = number.split_once('.').unwrap_or((number, ""));
    if exponent < 0 {
        put(out, "0.");
        zeros(out, exponent.unsigned_abs() as usize - 1);
        put(out, first);
        put(out, rest);
        return;
    }
    let before_point = exponent as usize;
    put(out, first);
    if rest.len() <= before_point {
        put(out, rest);
        zeros(out, before_point - rest.len());
    } else {
        put(out, &rest[..before_point]);
        put_char(out, '.');
        put(out, &rest[before_point..]);
    }
}

/// With all digits of its scale, never with an exponent.
pub fn write_numeric(out: &mut impl Write, unscaled: i128, scale: i8) {
    if unscaled < 0 {
        put_char(out, '-');
    }
    let value = unscaled.unsigned_abs();
    if scale <= 0 {
        let _ = write!(out, "{value}");
        if value != 0 {
            zeros(out, usize::from(scale.unsigned_abs()));
        }
        return;
    }
    let (whole, fraction) = match 10_u128.checked_pow(u32::from(scale.unsigned_abs())) {
        Some(unit) => (value / unit, value % unit),
        None => (0, value),
    };
    let _ = write!(out, "{whole}.{fraction:0width$}", width = usize::from(scale.unsigned_abs()));
}

/// `2026-01-31`, and `0044-03-15 BC`.
pub fn write_date(out: &mut impl Write, days: i32) {
    let before_christ = write_day(out, i64::from(days));
    write_era(out, before_christ);
}

/// `2026-01-31 12:30:00.5`; with a zone its offset in seconds is appended, as in `2026-01-31 12:30:00+02`.
pub fn write_timestamp(out: &mut impl Write, microseconds: i64, offset: Option<i32>) {
    let before_christ = write_day(out, microseconds.div_euclid(MICROS_PER_DAY));
    put_char(out, ' ');
    write_time(out, microseconds.rem_euclid(MICROS_PER_DAY));
    if let Some(offset) = offset {
        write_offset(out, offset);
    }
    write_era(out, before_christ);
}

fn write_day(out: &mut impl Write, days: i64) -> bool {
    let Civil { year, month, day } = Civil::of_days(days);
    let before_christ = year <= 0;
    let year = if before_christ { 1 - year } else { year };
    if (0..10_000).contains(&year) {
        two(out, year / 100);
        two(out, year % 100);
    } else {
        let _ = write!(out, "{year}");
    }
    put_char(out, '-');
    two(out, i64::from(month));
    put_char(out, '-');
    two(out, i64::from(day));
    before_christ
}

fn write_era(out: &mut impl Write, before_christ: bool) {
    if before_christ {
        put(out, " BC");
    }
}

/// Microseconds of a day.
pub fn write_time(out: &mut impl Write, microseconds: i64) {
    let seconds = microseconds / 1_000_000;
    two(out, seconds / 3600);
    put_char(out, ':');
    two(out, seconds / 60 % 60);
    put_char(out, ':');
    two(out, seconds % 60);
    write_fraction(out, microseconds % 1_000_000);
}

/// Of a second, without the zeros at its end.
fn write_fraction(out: &mut impl Write, microseconds: i64) {
    if microseconds == 0 {
        return;
    }
    let (mut rest, mut width) = (microseconds, 6);
    while rest % 10 == 0 {
        rest /= 10;
        width -= 1;
    }
    let _ = write!(out, ".{rest:0width$}");
}

fn write_offset(out: &mut impl Write, offset: i32) {
    put_char(out, if offset < 0 { '-' } else { '+' });
    let offset = i64::from(offset).abs();
    two(out, offset / 3600);
    if offset % 3600 != 0 {
        put_char(out, ':');
        two(out, offset / 60 % 60);
        if offset % 60 != 0 {
            put_char(out, ':');
            two(out, offset % 60);
        }
    }
}

/// `1 year 2 mons 3 days 04:05:06.7`, as `IntervalStyle` postgres has it.
pub fn write_interval(out: &mut impl Write, months: i32, days: i32, microseconds: i64) {
    let mut any = false;
    let mut negative_before = false;
    for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if value == 0 {
            continue;
        }
        let space = if any { " " } else { "" };
        let plus = if negative_before && value > 0 { "+" } else { "" };
        let plural = if value == 1 { "" } else { "s" };
        let _ = write!(out, "{space}{plus}{value} {unit}{plural}");
        any = true;
        negative_before = value < 0;
    }
    if microseconds == 0 && any {
        return;
    }
    if any {
        put_char(out, ' ');
    }
    if microseconds < 0 {
        put_char(out, '-');
    } else if negative_before {
        put_char(out, '+');
    }
    let microseconds = microseconds.unsigned_abs();
    let seconds = microseconds / 1_000_000;
    let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    write_fraction(out, (microseconds % 1_000_000) as i64);
}

/// `\x1f20`
pub fn write_bytea(out: &mut impl Write, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    put(out, "\\x");
    for byte in bytes {
        put_char(out, char::from(DIGITS[usize::from(byte >> 4)]));
        put_char(out, char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// What PostgreSQL takes for a space in arrays and rows.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// An element of an array, in quotes where PostgreSQL would read something else.
pub fn write_array_element(out: &mut impl Write, text: &str) {
    let plain = !text.is_empty()
        && !text.eq_ignore_ascii_case("null")
        && !text.contains(|c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || is_space(c));
    write_quoted(out, text, plain, |_| '\\');
}

/// A field of a row, in quotes where it needs them.
pub fn write_row_field(out: &mut impl Write, text: &str) {
    let plain = !text.is_empty() && !text.contains(|c: char| matches!(c, '(' | ')' | ',' | '"' | '\\') || is_space(c));
    write_quoted(out, text, plain, |c| c);
}

/// `escape` stands before quotes and backslashes.
fn write_quoted(out: &mut impl Write, text: &str, plain: bool, escape: impl Fn(char) -> char) {
    if plain {
        return put(out, text);
    }
    put_char(out, '"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            put_char(out, escape(c));
        }
        put_char(out, c);
    }
    put_char(out, '"');
}
