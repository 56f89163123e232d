//! Texts of BINARY values.

use super::write_long;

/// How results show BINARY values (`spark.sql.binaryOutputStyle`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BinaryStyle {
    /// As text.
    #[default]
    Utf8,
    /// `[69, -1]`
    Basic,
    /// Base64 without padding.
    Base64,
    /// `45FF`
    Hex,
    /// `[45 FF]`
    HexDiscrete,
}

impl BinaryStyle {
    /// The names of the setting's values.
    pub const NAMES: &'static [&'static str] = &["UTF-8", "BASIC", "BASE64", "HEX", "HEX_DISCRETE"];

    /// The style of that name; text if there is none.
    pub fn named(name: &str) -> Self {
        match name.to_uppercase().as_str() {
            "BASIC" => BinaryStyle::Basic,
            "BASE64" => BinaryStyle::Base64,
            "HEX" => BinaryStyle::Hex,
            "HEX_DISCRETE" => BinaryStyle::HexDiscrete,
            _ => BinaryStyle::Utf8,
        }
    }

    /// What [`Self::named`] knows it by.
    pub fn name(self) -> &'static str {
        match self {
            BinaryStyle::Utf8 => "UTF-8",
            BinaryStyle::Basic => "BASIC",
            BinaryStyle::Base64 => "BASE64",
            BinaryStyle::Hex => "HEX",
            BinaryStyle::HexDiscrete => "HEX_DISCRETE",
        }
    }

    /// Appends the bytes in this style.
    pub fn write(self, out: &mut String, bytes: &[u8]) {
        match self {
            BinaryStyle::Utf8 => write_binary(out, bytes),
            BinaryStyle::Basic => listed(out, bytes, ", ", |out, byte| write_long(out, i64::from(byte.cast_signed()))),
            BinaryStyle::Base64 => {
                write_base64(out, bytes);
                out.truncate(out.trim_end_matches('=').len());
            }
            BinaryStyle::Hex => write_hex(out, bytes),
            BinaryStyle::HexDiscrete => listed(out, bytes, " ", |out, byte| write_hex(out, &[byte])),
        }
    }
}

fn listed(out: &mut String, bytes: &[u8], separator: &str, write: impl Fn(&mut String, u8)) {
    out.push('[');
    for (n, byte) in bytes.iter().enumerate() {
        if n > 0 {
            out.push_str(separator);
        }
        write(out, *byte);
    }
    out.push(']');
}

/// The bytes as UTF-8, with U+FFFD for what is not (Java's `new String(bytes, UTF_8)`).
pub fn write_binary(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Two hexadecimal digits a byte, as `hex` and `X'…'` literals have them.
pub fn write_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)].into());
        out.push(DIGITS[usize::from(byte & 15)].into());
    }
}

/// As `base64` has it, in one line, padded.
pub fn write_base64(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.reserve(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            if digit <= chunk.len() {
                out.push(DIGITS[(group >> (18 - 6 * digit)) as usize & 63].into());
            } else {
                out.push('=');
            }
        }
    }
}
