//! Texts of values, exactly as Spark and Java print them.
//!
//! Every function appends one value to a `String` and allocates nothing of its own, so that a column is written into
//! one growing buffer. They know neither Arrow nor NULL nor nesting; callers do.

mod binary;
mod datetimes;
mod intervals;
mod json;
mod numbers;

pub use binary::*;
pub use datetimes::*;
pub use intervals::*;
pub use json::*;
pub use numbers::*;

/// Pads `number` with zeros to `width` digits.
fn push_padded(out: &mut String, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    let mut rest = number;
    while rest > 0 || digits.len() - start < width {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    push_digits(out, &digits[start..]);
}

/// `.` and the digits of a fraction given in millionths, without trailing zeros; nothing at all for 0.
fn push_fraction(out: &mut String, microseconds: u64) {
    if microseconds > 0 {
        out.push('.');
        push_padded(out, microseconds, 6);
        out.truncate(out.trim_end_matches('0').len());
    }
}

fn push_digits(out: &mut String, digits: &[u8]) {
    out.push_str(std::str::from_utf8(digits).expect("digits are ASCII"));
}
