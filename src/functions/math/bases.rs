//! Whole numbers: factorials and other bases than ten.

use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;

use crate::error::{ARITHMETIC_OVERFLOW, Error, Result};
use crate::functions::Arguments;

pub(super) fn factorial(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int32Type>(0)?;
    arguments.compute::<Int64Type>(|row| {
        let value = i64::from(values.get(row)?);
        (0..=20).contains(&value).then(|| (1..=value).product())
    })
}

pub(super) fn bin(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int64Type>(0)?;
    arguments.write_strings(|row, out| {
        let bits = values.get(row)? as u64;
        let length = (64 - bits.leading_zeros()).max(1);
        out.extend((0..length).rev().map(|n| if bits >> n & 1 == 1 { '1' } else { '0' }));
        Some(())
    })
}

/// `conv(number, from, to)`: a negative target base makes a signed number.
pub(super) fn conv(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, from, to) =
        (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?, arguments.values_of::<Int32Type>(2)?);
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(from), Some(to)) = (text.get(row), from.get(row), to.get(row)) else { return Ok(None) };
        if !(2..=36).contains(&from) || !(2..=36).contains(&to.abs()) {
            return Ok(None);
        }
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Ok(None);
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let mut value = Some(0_u64);
        for digit in digits.chars().map_while(|c| c.to_digit(from as u32)) {
            value = value
                .and_then(|value| value.checked_mul(from as u64))
                .and_then(|value| value.checked_add(u64::from(digit)));
        }
        let mut value = match value {
            Some(value) => value,
            None if arguments.parameters.ansi => {
                return Err(Error::new(&ARITHMETIC_OVERFLOW, "Overflow in function conv()"));
            }
            None => u64::MAX,
        };
        let mut minus = false;
        if negative && to > 0 {
            value = if value as i64 >= 0 { (value as i64).wrapping_neg() as u64 } else { u64::MAX };
        }
        if to < 0 {
            minus = negative || (value as i64) < 0;
            if (value as i64) < 0 && !negative {
                value = (value as i64).unsigned_abs();
            }
        }
        if minus && value != 0 {
            out.push('-');
        }
        let base = u64::from(to.unsigned_abs());
        let mut reversed = Vec::with_capacity(64);
        loop {
            reversed.push(char::from_digit((value % base) as u32, base as u32).unwrap_or('0').to_ascii_uppercase());
            value /= base;
            if value == 0 {
                break;
            }
        }
        out.extend(reversed.iter().rev());
        Ok(Some(()))
    })
}
