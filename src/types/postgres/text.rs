//! Values as PostgreSQL shows them as text.

use crate::types::text;
use crate::types::time_zone::Zone;

/// The shortest digits that give the number back, with an exponent where PostgreSQL writes one.
pub fn write_double(out: &mut String, value: f64) {
    write_float_digits(out, value, &format!("{value:e}"), 15);
}

pub fn write_float(out: &mut String, value: f32) {
    write_float_digits(out, f64::from(value), &format!("{value:e}"), 6);
}

fn write_float_digits(out: &mut String, value: f64, scientific: &str, most: i32) {
    if !value.is_finite() {
        out.push_str(match value {
            _ if value.is_nan() => "NaN",
            _ if value > 0.0 => "Infinity",
            _ => "-Infinity",
        });
        return;
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    out.push_str(sign);
    if exponent < -4 || exponent >= most {
        out.push_str(mantissa);
        out.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
        return;
    }
    let point = exponent + 1;
    match usize::try_from(point) {
        Ok(point) if point > 0 && point < digits.len() => {
            out.push_str(&digits[..point]);
            out.push('.');
            out.push_str(&digits[point..]);
        }
        Ok(point) if point > 0 => {
            out.push_str(&digits);
            out.push_str(&"0".repeat(point - digits.len()));
        }
        _ => {
            out.push_str("0.");
            out.push_str(&"0".repeat(point.unsigned_abs() as usize));
            out.push_str(&digits);
        }
    }
}

/// With all digits of its scale, never with an exponent.
pub fn write_numeric(out: &mut String, unscaled: i128, scale: i8) {
    let digits = unscaled.unsigned_abs().to_string();
    if unscaled < 0 {
        out.push('-');
    }
    let scale = usize::try_from(scale).unwrap_or(0);
    if scale == 0 {
        out.push_str(&digits);
        return;
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    out.push_str(whole);
    out.push('.');
    out.push_str(fraction);
}

/// Local time with its distance from UTC: `2024-01-31 04:05:06+02`.
pub fn write_timestamptz(out: &mut String, micros: i64, zone: &Zone) {
    text::write_timestamp_ntz(out, zone.utc_to_local(micros));
    let offset = zone.offset_at_utc(micros);
    let (sign, seconds) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    out.push_str(&format!("{sign}{:02}", seconds / 3600));
    if seconds % 3600 != 0 {
        out.push_str(&format!(":{:02}", seconds / 60 % 60));
    }
    if seconds % 60 != 0 {
        out.push_str(&format!(":{:02}", seconds % 60));
    }
}

/// `1 year 2 mons 3 days 04:05:06.5`
pub fn write_interval(out: &mut String, months: i32, days: i32, micros: i64) {
    let start = out.len();
    let mut negative_before = false;
    let mut part = |out: &mut String, value: i32, unit: &str| {
        if value == 0 {
            return;
        }
        if out.len() > start {
            out.push(' ');
        }
        let sign = if negative_before && value > 0 { "+" } else { "" };
        let plural = if value == 1 { "" } else { "s" };
        out.push_str(&format!("{sign}{value} {unit}{plural}"));
        negative_before = value < 0;
    };
    part(out, months / 12, "year");
    part(out, months % 12, "mon");
    part(out, days, "day");
    if micros == 0 && out.len() > start {
        return;
    }
    if out.len() > start {
        out.push(' ');
    }
    if micros < 0 {
        out.push('-');
    } else if negative_before {
        out.push('+');
    }
    let micros = micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    out.push_str(&format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    let fraction = micros % 1_000_000;
    if fraction > 0 {
        out.push_str(format!(".{fraction:06}").trim_end_matches('0'));
    }
}

/// `\x1f20`
pub fn write_bytea(out: &mut String, bytes: &[u8]) {
    out.push_str("\\x");
    bytes.iter().for_each(|byte| out.push_str(&format!("{byte:02x}")));
}

/// An element of an array, in quotes where it needs them.
pub fn write_array_element(out: &mut String, text: &str) {
    let plain = !text.is_empty()
        && !text.eq_ignore_ascii_case("null")
        && !text.contains(|c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_whitespace());
    if plain {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

/// A field of a row, in quotes where it needs them.
pub fn write_row_field(out: &mut String, text: &str) {
    let plain =
        !text.is_empty() && !text.contains(|c: char| matches!(c, '(' | ')' | ',' | '"' | '\\') || c.is_whitespace());
    if plain {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('"');
}
