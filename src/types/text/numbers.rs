//! Texts of numbers: integers, decimals, and floating point as `Double.toString` of Java.

use std::fmt::{self, Write};

use super::push_digits;

pub fn write_boolean(out: &mut String, value: bool) {
    out.push_str(if value { "true" } else { "false" });
}

/// Also the texts of TINYINT, SMALLINT and INT.
pub fn write_long(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    while start == digits.len() || rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    push_digits(out, &digits[start..]);
}

/// In scientific notation if there are more than five zeros after the point before the first digit:
/// `BigDecimal.toString`.
pub fn write_big_decimal(out: &mut String, unscaled: i128, scale: i8) {
    let digits = unscaled.unsigned_abs().to_string();
    let exponent = digits.len() as i64 - 1 - i64::from(scale);
    if exponent >= -6 {
        return write_decimal(out, unscaled, scale);
    }
    if unscaled < 0 {
        out.push('-');
    }
    let (first, rest) = digits.split_at(1);
    out.push_str(first);
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out.push_str(&format!("E{exponent}"));
}

/// Never in scientific notation: `BigDecimal.toPlainString`.
pub fn write_decimal(out: &mut String, unscaled: i128, scale: i8) {
    if unscaled < 0 {
        out.push('-');
    }
    let scale = isize::from(scale);
    let mut digits = [0; 40];
    let mut start = digits.len();
    let mut rest = unscaled.unsigned_abs();
    // Division of 64 bits is many times faster than that of 128.
    while u64::try_from(rest).is_err() {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let mut rest = rest as u64;
    while start == digits.len() || rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let digits = &digits[start..];
    match usize::try_from(scale) {
        Ok(0) => push_digits(out, digits),
        Ok(scale) if scale < digits.len() => {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            push_digits(out, whole);
            out.push('.');
            push_digits(out, fraction);
        }
        Ok(scale) => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', scale - digits.len()));
            push_digits(out, digits);
        }
        Err(_) => {
            push_digits(out, digits);
            if unscaled != 0 {
                out.extend(std::iter::repeat_n('0', scale.unsigned_abs()));
            }
        }
    }
}

/// `1.0`, `0.001`, `1.0E7`, `1.0E-4`, `NaN`, `-Infinity`, `-0.0`.
pub fn write_double(out: &mut String, value: f64) {
    // Most doubles in tables are small whole numbers, and those have a shorter way.
    if value.abs() < PLAIN_UNTIL && value.trunc() == value && (value != 0.0 || value.is_sign_positive()) {
        write_long(out, value as i64);
        out.push_str(".0");
    } else if is_large_whole(value, f64::MANTISSA_DIGITS) {
        write_large_whole(out, value, f64::MANTISSA_DIGITS);
    } else if write_special(out, value) {
        let mut shortest = Scientific::default();
        // Java never prints fewer than two digits, and chooses the two that are nearest: 4.9E-324, not 5.0E-324.
        let _ = write!(shortest, "{value:e}");
        if shortest.has_one_digit() {
            shortest = Scientific::default();
            let _ = write!(shortest, "{value:.1e}");
        }
        shortest.settle_tie(value);
        shortest.write_as_java(out);
    }
}

/// As [`write_double`], with the fewest digits that tell a value from other FLOATs.
pub fn write_float(out: &mut String, value: f32) {
    let wide = f64::from(value);
    if wide.abs() < PLAIN_UNTIL && wide.trunc() == wide && (value != 0.0 || value.is_sign_positive()) {
        write_long(out, wide as i64);
        out.push_str(".0");
    } else if is_large_whole(wide, f32::MANTISSA_DIGITS) {
        write_large_whole(out, wide, f32::MANTISSA_DIGITS);
    } else if write_special(out, wide) {
        let mut shortest = Scientific::default();
        let _ = write!(shortest, "{value:e}");
        if shortest.has_one_digit() {
            shortest = Scientific::default();
            let _ = write!(shortest, "{value:.1e}");
        }
        shortest.settle_tie(wide);
        shortest.write_as_java(out);
    }
}

/// From here on Java uses an exponent.
const PLAIN_UNTIL: f64 = 1e7;

/// A whole number of more bits than the type keeps exactly, but no more than 63.
fn is_large_whole(value: f64, significant_bits: u32) -> bool {
    let lowest = (1_u64 << significant_bits) as f64;
    (lowest..9_223_372_036_854_775_808.0).contains(&value.abs()) && value.trunc() == value
}

/// Java 17 has a short way for these that does not always find the shortest digits: it only rounds as many of the exact
/// ones away as are surely meaningless.
fn write_large_whole(out: &mut String, value: f64, significant_bits: u32) {
    if value < 0.0 {
        out.push('-');
    }
    let whole = value.abs() as u64;
    let meaningless_bits = 63 - whole.leading_zeros() - significant_bits;
    // Decimal digits that a power of two has less than; Java starts counting at the fifth bit.
    let dropped = match meaningless_bits {
        0..=4 => 0,
        bits => (bits - 1) * 3 / 10,
    };
    let unit = 10_u64.pow(dropped);
    let kept = whole / unit + u64::from(dropped > 0 && whole % unit >= unit / 2);
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = kept;
    while rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let digits = &digits[start..];
    let exponent = digits.len() as i64 - 1 + i64::from(dropped);
    let zeros = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    let fraction = digits.get(1..digits.len() - zeros).unwrap_or_default();
    push_digits(out, &digits[..1]);
    out.push('.');
    push_digits(out, if fraction.is_empty() { b"0" } else { fraction });
    out.push('E');
    write_long(out, exponent);
}

/// Writes what has no digits; true when there is still a number to write.
fn write_special(out: &mut String, value: f64) -> bool {
    let text = if value.is_nan() {
        "NaN"
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }
    } else if value == 0.0 {
        "-0.0"
    } else {
        return true;
    };
    out.push_str(text);
    false
}

/// Bits behind the binary point; 0 or less for whole numbers.
fn fraction_bits(value: f64) -> i32 {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52 & 0x7FF) as i32 {
        0 => 1074 - fraction.trailing_zeros() as i32,
        exponent => 1075 - exponent - (fraction | 1 << 52).trailing_zeros() as i32,
    }
}

/// Rust's `{:e}` of a number, kept on the stack: `-1.25e-7`.
#[derive(Default)]
struct Scientific {
    text: [u8; 32],
    length: usize,
}

impl Write for Scientific {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        self.text.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Scientific {
    /// Sign, digits without the point, exponent of the first digit.
    fn parts(&self) -> (bool, &[u8], &[u8], i32) {
        let text = &self.text[..self.length];
        let (negative, text) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mark = text.iter().position(|&byte| byte == b'e').unwrap_or(text.len());
        let exponent = text[mark + 1..].iter().fold(0, |number, &byte| match byte {
            b'-' => number,
            digit => number * 10 + i32::from(digit - b'0'),
        });
        let exponent = if text.get(mark + 1) == Some(&b'-') { -exponent } else { exponent };
        (negative, &text[..1], text.get(2..mark).unwrap_or_default(), exponent)
    }

    /// When the number lies in the middle between two of the shortest texts, Rust takes the larger one, Java the even
    /// one. That is so when the exact number has one digit more than the text: as many behind the point as it has bits
    /// there.
    fn settle_tie(&mut self, value: f64) {
        let (negative, _, rest, exponent) = self.parts();
        let digits_behind_point = rest.len() as i32 - exponent;
        let last = usize::from(negative) + 1 + rest.len();
        if !rest.is_empty() && fraction_bits(value) == digits_behind_point + 1 && self.text[last] % 2 == 1 {
            self.text[last] -= 1;
        }
    }

    fn has_one_digit(&self) -> bool {
        self.parts().2.is_empty()
    }

    fn write_as_java(&self, out: &mut String) {
        let (negative, first, rest, exponent) = self.parts();
        let rest = match rest {
            [kept @ .., b'0'] => kept,
            all => all,
        };
        if negative {
            out.push('-');
        }
        match exponent {
            // 0.00123
            -3..=-1 => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
                push_digits(out, first);
                push_digits(out, rest);
            }
            // 123.4
            0..=6 => {
                let whole = rest.len().min(exponent as usize);
                push_digits(out, first);
                push_digits(out, &rest[..whole]);
                out.extend(std::iter::repeat_n('0', exponent as usize - whole));
                out.push('.');
                push_digits(out, if whole == rest.len() { b"0" } else { &rest[whole..] });
            }
            // 1.234E56
            _ => {
                push_digits(out, first);
                out.push('.');
                push_digits(out, if rest.is_empty() { b"0" } else { rest });
                out.push('E');
                write_long(out, exponent.into());
            }
        }
    }
}
