//! Numbers and booleans.

use super::trim;
use crate::types::MAX_PRECISION;

/// `t`, `true`, `y`, `yes`, `1` and their opposites, in any case.
pub fn boolean(text: &str) -> Option<bool> {
    let text = trim(text);
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if ["true", "t", "yes", "y", "1"].iter().any(|word| is(word)) {
        Some(true)
    } else if ["false", "f", "no", "n", "0"].iter().any(|word| is(word)) {
        Some(false)
    } else {
        None
    }
}

/// Digits with or without a sign.
pub fn integer(text: &str) -> Option<i64> {
    let text = trim(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// As [`integer`], but a fraction is read and cut off.
pub fn integer_of_decimal(text: &str) -> Option<i64> {
    let text = trim(text);
    match text.split_once('.') {
        None => integer(text),
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => match whole {
            "" | "+" | "-" => (!fraction.is_empty()).then_some(0),
            _ => integer(whole),
        },
        Some(_) => None,
    }
}

/// Java's `Double.parseDouble`, and Spark's words for infinity and NaN.
pub fn double(text: &str) -> Option<f64> {
    let text = trim(text);
    special(text).or_else(|| floating(text)?.parse().ok())
}

/// As [`double`], rounded once to a FLOAT.
pub fn float(text: &str) -> Option<f32> {
    let text = trim(text);
    #[expect(clippy::cast_possible_truncation, reason = "infinities and NaN stay what they are")]
    special(text).map(|value| value as f32).or_else(|| floating(text)?.parse().ok())
}

fn special(text: &str) -> Option<f64> {
    let word = text.strip_prefix(['+', '-']).unwrap_or(text);
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let infinite = word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity");
    infinite.then_some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY })
}

/// The number without Java's suffix, if it has digits; Rust's parser would take words.
fn floating(text: &str) -> Option<&str> {
    let number = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let first = number.strip_prefix(['+', '-']).unwrap_or(number).bytes().next()?;
    (first.is_ascii_digit() || first == b'.').then_some(number)
}

/// A decimal number, exponent allowed, as unscaled value and scale; `Err` holds a number with more integral digits than
/// a decimal has.
///
/// # Errors
/// The number is too large for any decimal.
pub fn decimal(text: &str) -> Option<Result<(i128, i16), ()>> {
    let text = trim(text);
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => {
            let exponent = &rest[at + 1..];
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (&rest[..at], exponent.parse::<i32>().ok()?)
        }
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = 0;
    let mut scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let mut digits = whole.bytes().chain(fraction.bytes());
    let mut left = whole.len() + fraction.len();
    for digit in digits.by_ref() {
        let digit = i128::from(digit - b'0');
        // Digits beyond what fits only matter for rounding, and one more than 38 is enough of them.
        let Some(next) = value.checked_mul(10).and_then(|value| value.checked_add(digit)) else {
            scale -= i32::try_from(left).ok()?;
            break;
        };
        if next >= 10_i128.pow(u32::from(MAX_PRECISION)) {
            scale -= i32::try_from(left).ok()?;
            break;
        }
        value = next;
        left -= 1;
        if left == 0 {
            break;
        }
    }
    if negative {
        value = -value;
    }
    while scale < 0 {
        if value == 0 {
            return Some(Ok((0, 0)));
        }
        match value.checked_mul(10) {
            Some(next) if next.unsigned_abs() < 10_u128.pow(u32::from(MAX_PRECISION)) => value = next,
            _ => return Some(Err(())),
        }
        scale += 1;
    }
    // Trailing places that no decimal can show.
    while scale > i32::from(MAX_PRECISION) + 1 {
        value /= 10;
        scale -= 1;
        if value == 0 {
            return Some(Ok((0, 0)));
        }
    }
    Some(Ok((value, i16::try_from(scale).ok()?)))
}

/// The unscaled value at another scale, rounded half away from zero; `None` if it has too many digits for it.
pub fn rescale_half_up(value: i128, from_scale: i16, to_scale: i16, precision: u8) -> Option<i128> {
    let rescaled = if to_scale >= from_scale {
        let factor = 10_i128.checked_pow(u32::try_from(to_scale - from_scale).ok()?);
        match factor {
            Some(factor) => value.checked_mul(factor)?,
            None if value == 0 => 0,
            None => return None,
        }
    } else {
        match 10_i128.checked_pow(u32::try_from(from_scale - to_scale).ok()?) {
            Some(divisor) => {
                let quotient = value / divisor;
                let remainder = (value % divisor).unsigned_abs();
                let up = remainder >= divisor.unsigned_abs() - remainder;
                if up { quotient + value.signum() } else { quotient }
            }
            None => 0,
        }
    };
    (rescaled.unsigned_abs() < 10_u128.pow(u32::from(precision))).then_some(rescaled)
}
