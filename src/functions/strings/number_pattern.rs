//! Numbers by a pattern of digits: `to_number` and `to_char` (`'999,990.00'`, `'S$99D9'`, `'9PR'`).

use datafusion::arrow::datatypes::Decimal128Type;
use datafusion::logical_expr::ColumnarValue;

use crate::error::{Error, INVALID_FORMAT, Result};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;

/// How a sign is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `S`: `+` or `-`.
    Either,
    /// `MI`: `-` or nothing.
    Minus,
}

/// A pattern taken apart.
#[derive(Debug, Clone)]
struct Pattern {
    before: Option<Sign>,
    after: Option<Sign>,
    /// `PR`: negative numbers stand in angle brackets.
    angles: bool,
    dollar: bool,
    /// `0`, `9` and `,`.
    whole: String,
    fraction: String,
}

impl Pattern {
    fn parse(text: &str) -> Result<Pattern> {
        let upper = text.to_uppercase();
        let mut rest = upper.as_str();
        let mut take = |token: &str| match rest.strip_prefix(token) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        };
        let before = if take("MI") {
            Some(Sign::Minus)
        } else if take("S") {
            Some(Sign::Either)
        } else {
            None
        };
        let dollar = take("$");
        let count = rest.bytes().take_while(|byte| matches!(byte, b'0' | b'9' | b',' | b'G')).count();
        let whole = rest[..count].replace('G', ",");
        rest = &rest[count..];
        let mut fraction = String::new();
        if rest.starts_with(['.', 'D']) {
            let count = rest[1..].bytes().take_while(|byte| matches!(byte, b'0' | b'9')).count();
            fraction = rest[1..=count].to_owned();
            rest = &rest[count + 1..];
        }
        let mut dollar_after = false;
        if let Some(after) = rest.strip_prefix('$') {
            dollar_after = true;
            rest = after;
        }
        let (after, angles) = match rest {
            "" => (None, false),
            "S" => (Some(Sign::Either), false),
            "MI" => (Some(Sign::Minus), false),
            "PR" => (None, true),
            _ => return Err(invalid(text, "UNEXPECTED_TOKEN", "unexpected characters")),
        };
        if whole.bytes().chain(fraction.bytes()).all(|byte| byte == b',') {
            return Err(invalid(text, "WRONG_NUM_DIGIT", "the format string requires at least one number digit"));
        }
        if before.is_some() && (after.is_some() || angles) || dollar && dollar_after {
            return Err(invalid(text, "WRONG_NUM_TOKEN", "a sign or currency may be given once"));
        }
        Ok(Pattern { before, after, angles, dollar: dollar || dollar_after, whole, fraction })
    }

    fn result_type(&self) -> DataType {
        let whole = self.whole.bytes().filter(|byte| *byte != b',').count();
        let scale = self.fraction.len();
        DataType::Decimal { precision: (whole + scale).clamp(1, 38) as u8, scale: scale as i8 }
    }

    /// The number as a decimal of [`Pattern::result_type`], or `None` if the text does not match.
    fn read(&self, text: &str) -> Option<i128> {
        let mut rest = text.trim();
        let mut negative = false;
        match self.before {
            Some(_) if rest.starts_with('-') => {
                negative = true;
                rest = &rest[1..];
            }
            Some(Sign::Either) if rest.starts_with('+') => rest = &rest[1..],
            _ => {}
        }
        match self.after {
            Some(_) if rest.ends_with('-') => {
                negative = true;
                rest = &rest[..rest.len() - 1];
            }
            Some(Sign::Either) if rest.ends_with('+') => rest = &rest[..rest.len() - 1],
            _ => {}
        }
        if self.angles && rest.starts_with('<') {
            rest = rest.strip_prefix('<')?.strip_suffix('>')?;
            negative = true;
        }
        if self.dollar {
            rest = rest.strip_prefix('$').or_else(|| rest.strip_suffix('$'))?;
        }
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        if fraction.len() > self.fraction.len() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // From the right: digits meet digits, commas meet commas; a pattern of 0s must be met in full.
        let mut given = whole.bytes().rev().peekable();
        for wanted in self.whole.bytes().rev() {
            match given.peek() {
                None if wanted == b'0' && self.whole.starts_with('0') => return None,
                None => break,
                Some(b',') if wanted == b',' => _ = given.next(),
                Some(byte) if byte.is_ascii_digit() && wanted != b',' => _ = given.next(),
                Some(_) => return None,
            }
        }
        if given.next().is_some() {
            return None;
        }
        let digits = whole.bytes().filter(|byte| *byte != b',').chain(fraction.bytes());
        let value = digits.fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'))
            * 10_i128.pow((self.fraction.len() - fraction.len()) as u32);
        Some(if negative { -value } else { value })
    }

    /// The text of a decimal with `scale` digits after its point; `#` signs if it does not fit.
    fn write(&self, out: &mut String, value: i128, scale: u32) {
        let places = self.fraction.len() as u32;
        let mut magnitude = value.unsigned_abs();
        let mut fits = true;
        if scale > places {
            let divisor = 10_u128.pow(scale - places);
            fits = magnitude.is_multiple_of(divisor);
            magnitude /= divisor;
        } else {
            magnitude *= 10_u128.pow(places - scale);
        }
        let divisor = 10_u128.pow(places);
        let (whole, fraction) = (magnitude / divisor, magnitude % divisor);
        let digits = if whole == 0 { String::new() } else { whole.to_string() };
        let room = self.whole.bytes().filter(|byte| *byte != b',').count();
        fits &= digits.len() <= room;
        if !fits {
            out.extend(self.whole.chars().map(|c| if c == ',' { ',' } else { '#' }));
            if places > 0 {
                out.push('.');
                out.extend(std::iter::repeat_n('#', places as usize));
            }
            return;
        }
        let negative = value < 0;
        let mut text = String::new();
        let mut started = false;
        let mut skip = room - digits.len();
        let mut given = digits.chars();
        for wanted in self.whole.chars() {
            match wanted {
                ',' => text.push(if started { ',' } else { ' ' }),
                '0' if skip > 0 => {
                    skip -= 1;
                    started = true;
                    text.push('0');
                }
                _ if skip > 0 => {
                    skip -= 1;
                    text.push(if started { '0' } else { ' ' });
                }
                _ => {
                    started = true;
                    text.extend(given.next());
                }
            }
        }
        let blanks = text.len() - text.trim_start().len();
        let (padding, number) = text.split_at(blanks);
        // A currency sign keeps the blanks behind it, a sign alone goes up to the number.
        if !self.dollar {
            out.push_str(padding);
        }
        if self.angles && negative {
            out.push('<');
        }
        match self.before {
            Some(_) if negative => out.push('-'),
            Some(Sign::Either) => out.push('+'),
            Some(Sign::Minus) => out.push(' '),
            None => {}
        }
        if self.dollar {
            out.push('$');
            out.push_str(padding);
        }
        out.push_str(number);
        if places > 0 {
            // The last blank before the point becomes a zero, unless a sign has taken its place.
            if out.ends_with(' ') {
                out.pop();
                out.push('0');
            }
            out.push_str(&format!(".{fraction:0>width$}", width = places as usize));
        }
        match self.after {
            Some(_) if negative => out.push('-'),
            Some(Sign::Either) => out.push('+'),
            Some(Sign::Minus) => out.push(' '),
            None => {}
        }
        if self.angles {
            out.push_str(if negative { ">" } else { "  " });
        }
    }
}

fn invalid(format: &str, subcondition: &'static str, why: &str) -> Error {
    Error::new(&INVALID_FORMAT, format!("The format is invalid: '{format}'. {why}")).subcondition(subcondition)
}

pub(super) static TO_NUMBER: Kernel = Kernel::new("to_number", to_number).fallible();
pub(super) static TO_CHAR: Kernel = Kernel::new("to_char_number", to_char);

/// `to_number(text, format)`; `try_to_number` gives NULL for a text that does not match.
pub(super) fn bind_to_number(call: &Call<'_>, tolerant: bool) -> Result<Typed> {
    call.count(2..=2)?;
    let text = call.cast(0, &DataType::String)?;
    let Some(format) = call.literal_string(1, "format")? else {
        return Ok(null(DataType::Decimal { precision: 38, scale: 0 }));
    };
    let pattern = Pattern::parse(&format).map_err(|error| error.at(call.span))?;
    let mode = if tolerant { "tolerant" } else { "strict" };
    let nullable = text.nullable || tolerant;
    Ok(call.kernel_with(&TO_NUMBER, vec![text], vec![format, mode.to_owned()], pattern.result_type(), nullable))
}

/// `to_char` of a number.
pub fn bind_to_char(call: &Call<'_>) -> Result<Typed> {
    let to = call.arguments[0].data_type.as_decimal().unwrap_or((38, 18));
    let number = call.to(call.argument(0).clone(), &DataType::Decimal { precision: to.0, scale: to.1 })?;
    let Some(format) = call.literal_string(1, "format")? else { return Ok(null(DataType::String)) };
    Pattern::parse(&format).map_err(|error| error.at(call.span))?;
    let nullable = number.nullable;
    Ok(call.kernel_with(&TO_CHAR, vec![number], vec![format], DataType::String, nullable))
}

fn null(data_type: DataType) -> Typed {
    let value = datafusion::scalar::ScalarValue::try_from(data_type.to_arrow())
        .unwrap_or(datafusion::scalar::ScalarValue::Null);
    Typed { expr: datafusion::logical_expr::lit(value), data_type, nullable: true }
}

fn to_number(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    let format = &arguments.parameters.options[0];
    let tolerant = arguments.parameters.options[1] == "tolerant";
    let pattern = Pattern::parse(format)?;
    arguments.try_compute::<Decimal128Type>(|row| {
        let Some(text) = text.get(row) else { return Ok(None) };
        match pattern.read(text) {
            None if !tolerant => Err(invalid(
                format,
                "MISMATCH_INPUT",
                &format!("The input \"STRING\" '{text}' does not match the format"),
            )),
            number => Ok(number),
        }
    })
}

fn to_char(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let numbers = arguments.values_of::<Decimal128Type>(0)?;
    let scale = match arguments.parameters.arguments[0] {
        DataType::Decimal { scale, .. } => u32::try_from(scale).unwrap_or(0),
        _ => 0,
    };
    let pattern = Pattern::parse(&arguments.parameters.options[0])?;
    arguments.write_strings(|row, out| {
        pattern.write(out, numbers.get(row)?, scale);
        Some(())
    })
}
