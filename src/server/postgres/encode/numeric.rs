//! Decimals as PostgreSQL writes them into bytes: digits of base 10,000.

const BASE: u128 = 10_000;
/// 128 bits hold 39 digits, and there may be three zeros more.
const MOST_DIGITS: usize = 12;
const NEGATIVE: u16 = 0x4000;

/// Appends `unscaled` / 10^`scale`.
pub fn write_binary(out: &mut Vec<u8>, unscaled: i128, scale: i8) {
    let mut value = unscaled.unsigned_abs();
    // The digits are filled up with zeros to whole digits of the base; a negative scale stands for zeros at the end.
    let (filling, fraction_digits) = match scale {
        scale if scale < 0 => (u32::from(scale.unsigned_abs()) % 4, -i32::from(scale.unsigned_abs() / 4)),
        scale => ((4 - scale as u32 % 4) % 4, (scale as i32 + 3) / 4),
    };
    let mut digits = [0_u16; MOST_DIGITS];
    let mut count = 0;
    if filling > 0 {
        // The last digit first, for the whole value times the filling may not fit.
        let part = 10_u128.pow(4 - filling);
        digits[0] = (value % part * 10_u128.pow(filling)) as u16;
        value /= part;
        count = 1;
    }
    while value > 0 && count < digits.len() {
        digits[count] = (value % BASE) as u16;
        value /= BASE;
        count += 1;
    }
    let lowest = digits[..count].iter().position(|digit| *digit != 0).unwrap_or(count);
    let highest = digits[..count].iter().rposition(|digit| *digit != 0).map_or(0, |place| place + 1);
    let used = if highest > lowest { &digits[lowest..highest] } else { &[] };
    let weight = if used.is_empty() { 0 } else { highest as i32 - 1 - fraction_digits };
    let sign = if unscaled < 0 { NEGATIVE } else { 0 };
    out.extend_from_slice(&(used.len() as u16).to_be_bytes());
    out.extend_from_slice(&(weight as i16).to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&(scale.max(0) as u16).to_be_bytes());
    for digit in used.iter().rev() {
        out.extend_from_slice(&digit.to_be_bytes());
    }
}

/// Reads what [`write_binary`] writes: the value without its point, and its scale. `None` for what is none, for NaN and
/// infinities, and for more than 38 digits.
pub fn read_binary(bytes: &[u8]) -> Option<(i128, i8)> {
    let mut shorts = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let (count, weight) = (shorts.next()?, shorts.next()? as i16);
    let (sign, scale) = (shorts.next()?, shorts.next()?);
    if !matches!(sign, 0 | NEGATIVE) || scale > 38 || bytes.len() != 8 + 2 * usize::from(count) {
        return None;
    }
    // The power of ten of each digit's place, in the scaled value.
    let mut power = i32::from(weight) * 4 + i32::from(scale);
    let mut value: i128 = 0;
    for digit in shorts {
        if digit >= BASE as u16 {
            return None;
        }
        let digit = i128::from(digit);
        value = match power {
            0.. => value.checked_add(digit.checked_mul(10_i128.checked_pow(power as u32)?)?)?,
            -3..0 => value.checked_add(digit / 10_i128.pow(power.unsigned_abs()))?,
            _ => value,
        };
        power -= 4;
    }
    let fits = value.unsigned_abs() < 10_u128.pow(38);
    fits.then_some((if sign == NEGATIVE { -value } else { value }, scale as i8))
}
