//! Bytes as text and back: hex, base64, character sets, code points.

use datafusion::arrow::datatypes::Int64Type;
use datafusion::logical_expr::ColumnarValue;

use crate::error::{Error, INVALID_PARAMETER_VALUE, MALFORMED_CHARACTER_CODING, Result};
use crate::functions::Arguments;
use crate::types::reading::from_base64;

const HEX: &[u8; 16] = b"0123456789ABCDEF";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

pub(super) fn hex_of_long(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int64Type>(0)?;
    arguments.write_strings(|row, out| {
        let bytes = values.get(row)?.to_be_bytes();
        let mut text = [0; 16];
        for (n, byte) in bytes.iter().enumerate() {
            text[2 * n] = HEX[usize::from(byte >> 4)];
            text[2 * n + 1] = HEX[usize::from(byte & 15)];
        }
        let first = text.iter().position(|digit| *digit != b'0').unwrap_or(15);
        out.extend(text[first..].iter().map(|digit| char::from(*digit)));
        Some(())
    })
}

pub(super) fn hex_of_string(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        push_hex(out, text.get(row)?.as_bytes());
        Some(())
    })
}

pub(super) fn hex_of_bytes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bytes = arguments.binaries(0)?;
    arguments.write_strings(|row, out| {
        push_hex(out, bytes.get(row)?);
        Some(())
    })
}

/// The bytes of hexadecimal digits, `None` if there is anything else; an odd number begins with a half byte.
pub fn from_hex(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut digits = text.as_bytes();
    if digits.len() % 2 == 1 {
        out.push(digit(digits[0])?);
        digits = &digits[1..];
    }
    for pair in digits.chunks_exact(2) {
        out.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Some(())
}

pub(super) fn unhex(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.write_binaries(|row, out| Ok(text.get(row).and_then(|text| from_hex(text, out))))
}

pub(super) fn base64(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bytes = arguments.binaries(0)?;
    arguments.write_strings(|row, out| {
        for chunk in bytes.get(row)?.chunks(3) {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for n in 0..4 {
                let digit = BASE64[(bits >> (18 - 6 * n) & 63) as usize];
                out.push(if n <= chunk.len() { char::from(digit) } else { '=' });
            }
        }
        Some(())
    })
}

pub(super) fn unbase64(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let text = arguments.strings(0)?;
    arguments.write_binaries(|row, out| {
        let Some(text) = text.get(row) else { return Ok(None) };
        if !from_base64(text, out) {
            return Err(Error::new(
                &INVALID_PARAMETER_VALUE,
                format!("The value of parameter(s) `expr` in `unbase64` is invalid: '{text}' is not BASE64"),
            )
            .subcondition("BASE64"));
        }
        Ok(Some(()))
    })
}

/// The character of a code, modulo 256; nothing for negative ones.
pub(super) fn chr(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let codes = arguments.values_of::<Int64Type>(0)?;
    arguments.write_strings(|row, out| {
        let code = codes.get(row)?;
        if code >= 0 {
            out.push(char::from((code & 0xFF) as u8));
        }
        Some(())
    })
}

/// A character set that Spark knows.
#[derive(Debug, Clone, Copy)]
enum Charset {
    Ascii,
    Latin1,
    Utf8,
    Utf16,
    Utf16Be,
    Utf16Le,
    Utf32,
}

fn charset(name: &str, function: &str) -> Result<Charset> {
    Ok(match name.to_uppercase().as_str() {
        "US-ASCII" => Charset::Ascii,
        "ISO-8859-1" => Charset::Latin1,
        "UTF-8" => Charset::Utf8,
        "UTF-16" => Charset::Utf16,
        "UTF-16BE" => Charset::Utf16Be,
        "UTF-16LE" => Charset::Utf16Le,
        "UTF-32" => Charset::Utf32,
        _ => {
            return Err(Error::new(
                &INVALID_PARAMETER_VALUE,
                format!(
                    "The value of parameter(s) `charset` in `{function}` is invalid: expects one of the `US-ASCII`, \
                     `ISO-8859-1`, `UTF-8`, `UTF-16BE`, `UTF-16LE`, `UTF-16`, `UTF-32`, but got {name}"
                ),
            )
            .subcondition("CHARSET"));
        }
    })
}

fn malformed(function: &str, charset: &str) -> Error {
    Error::new(&MALFORMED_CHARACTER_CODING, format!("Invalid value found when performing `{function}` with {charset}"))
}

pub(super) fn encode(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (text, names) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.write_binaries(|row, out| {
        let (Some(text), Some(name)) = (text.get(row), names.get(row)) else { return Ok(None) };
        let fits = |limit: u32| text.chars().all(|c| u32::from(c) < limit);
        match charset(name, "encode")? {
            Charset::Utf8 => out.extend_from_slice(text.as_bytes()),
            Charset::Ascii if fits(128) => out.extend_from_slice(text.as_bytes()),
            Charset::Latin1 if fits(256) => out.extend(text.chars().map(|c| c as u8)),
            Charset::Ascii | Charset::Latin1 => return Err(malformed("encode", name)),
            Charset::Utf16 => {
                if !text.is_empty() {
                    out.extend_from_slice(&[0xFE, 0xFF]);
                }
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            }
            Charset::Utf16Be => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            Charset::Utf16Le => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            Charset::Utf32 => out.extend(text.chars().flat_map(|c| u32::from(c).to_be_bytes())),
        }
        Ok(Some(()))
    })
}

/// `decode(bytes, charset)`
pub(super) fn decode(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, names) = (arguments.binaries(0)?, arguments.strings(1)?);
    arguments.try_write_strings(|row, out| {
        let (Some(bytes), Some(name)) = (bytes.get(row), names.get(row)) else { return Ok(None) };
        let wrong = || malformed("decode", name);
        let charset = charset(name, "decode")?;
        match charset {
            Charset::Utf8 => out.push_str(std::str::from_utf8(bytes).map_err(|_| wrong())?),
            Charset::Ascii if bytes.is_ascii() => out.extend(bytes.iter().map(|byte| char::from(*byte))),
            Charset::Ascii => return Err(wrong()),
            Charset::Latin1 => out.extend(bytes.iter().map(|byte| char::from(*byte))),
            Charset::Utf16 | Charset::Utf16Be | Charset::Utf16Le => {
                let (bytes, little) = match (charset, bytes) {
                    (Charset::Utf16, [0xFE, 0xFF, rest @ ..]) => (rest, false),
                    (Charset::Utf16, [0xFF, 0xFE, rest @ ..]) => (rest, true),
                    (Charset::Utf16Le, bytes) => (bytes, true),
                    (_, bytes) => (bytes, false),
                };
                let units = bytes.chunks(2).map(|unit| match *unit {
                    [first, second] if little => Ok(u16::from_le_bytes([first, second])),
                    [first, second] => Ok(u16::from_be_bytes([first, second])),
                    _ => Err(wrong()),
                });
                let units = units.collect::<Result<Vec<_>>>()?;
                for c in char::decode_utf16(units) {
                    out.push(c.map_err(|_| wrong())?);
                }
            }
            Charset::Utf32 => {
                for unit in bytes.chunks(4) {
                    let unit: [u8; 4] = unit.try_into().map_err(|_| wrong())?;
                    out.push(char::from_u32(u32::from_be_bytes(unit)).ok_or_else(wrong)?);
                }
            }
        }
        Ok(Some(()))
    })
}
