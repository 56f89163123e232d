//! Bytes taken for text and text for bytes: `to_binary`, `to_char` of bytes, checks of UTF-8; and `quote`.

use datafusion::logical_expr::{ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;

use super::encoding;
use crate::error::{CONVERSION_INVALID_INPUT, Error, INVALID_UTF8_STRING, Result};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;
use crate::types::reading::from_base64;

pub(super) static TO_BINARY: Kernel = Kernel::new("to_binary", to_binary).fallible();
pub(super) static IS_VALID: Kernel = Kernel::new("is_valid_utf8", is_valid);
pub(super) static VALIDATE: Kernel = Kernel::new("validate_utf8", validate).fallible();

/// `to_binary(text[, format])`, and `try_to_binary` that gives NULL for what cannot be read.
pub(super) fn bind_to_binary(call: &Call<'_>, tolerant: bool) -> Result<Typed> {
    call.count(1..=2)?;
    let text = call.cast(0, &DataType::String)?;
    let null = || {
        let expr = Expr::Literal(ScalarValue::BinaryView(None), None);
        Typed { expr, data_type: DataType::Binary, nullable: true }
    };
    let format = match call.arguments.len() {
        2 => match call.literal_string(1, "fmt")? {
            Some(format) => format.to_lowercase(),
            None => return Ok(null()),
        },
        _ => "hex".to_owned(),
    };
    if !matches!(format.as_str(), "hex" | "utf-8" | "utf8" | "base64") {
        if tolerant {
            return Ok(null());
        }
        return Err(call.mismatch(
            "INVALID_ARG_VALUE",
            &format!(
                "The fmt value must to be a case-insensitive \"STRING\" literal of 'hex', 'utf-8', 'utf8', or 'base64', \
                 but got '{format}'"
            ),
        ));
    }
    let nullable = text.nullable || tolerant;
    let mode = if tolerant { "tolerant" } else { "strict" };
    Ok(call.kernel_with(&TO_BINARY, vec![text], vec![format, mode.to_owned()], DataType::Binary, nullable))
}

fn to_binary(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    let format = arguments.parameters.options[0].as_str();
    let tolerant = arguments.parameters.options[1] == "tolerant";
    arguments.write_binaries(|row, out| {
        let Some(text) = texts.get(row) else { return Ok(None) };
        let read = match format {
            "hex" => encoding::from_hex(text, out).is_some(),
            "base64" => is_base64(text) && from_base64(text, out),
            _ => {
                out.extend_from_slice(text.as_bytes());
                true
            }
        };
        match (read, tolerant) {
            (true, _) => Ok(Some(())),
            (false, true) => Ok(None),
            (false, false) => Err(Error::new(
                &CONVERSION_INVALID_INPUT,
                format!(
                    "The value '{text}' ('{}') cannot be converted to \"BINARY\" because it is malformed. Correct the \
                     value as per the syntax, or change its format. Use `try_to_binary` to tolerate malformed input and \
                     return NULL instead",
                    format.to_uppercase()
                ),
            )),
        }
    })
}

/// Digits of base64 with blanks between, filled up to fours with `=` or not at all.
fn is_base64(text: &str) -> bool {
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'=' => padding += 1,
            byte if padding == 0 && (byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/') => digits += 1,
            _ => return false,
        }
    }
    match (digits % 4, padding) {
        (0, 0) => true,
        (2, padding) => padding == 2 || padding == 0,
        (3, padding) => padding <= 1,
        _ => false,
    }
}

/// `to_char(bytes, 'base64' | 'hex' | 'utf-8')`
pub fn bind_to_char(call: &Call<'_>) -> Result<Typed> {
    let bytes = call.argument(0).clone();
    let format = call.literal_string(1, "format")?.unwrap_or_default().to_lowercase();
    let nullable = bytes.nullable;
    let kernel = match format.as_str() {
        "hex" => &super::HEX_BYTES,
        "base64" => &super::BASE64_BYTES,
        "utf-8" | "utf8" => return call.to(bytes, &DataType::String),
        _ => {
            return Err(call.mismatch(
                "INVALID_ARG_VALUE",
                &format!(
                    "The format value must to be a case-insensitive \"STRING\" literal of 'base64', 'hex', or 'utf-8', \
                     but got '{format}'"
                ),
            ));
        }
    };
    Ok(call.kernel(kernel, vec![bytes], DataType::String, nullable))
}

fn bytes(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = match call.argument(0).data_type {
        DataType::Binary => call.argument(0).clone(),
        _ => call.cast(0, &DataType::String)?,
    };
    call.to(argument, &DataType::Binary)
}

pub(super) fn bind_is_valid(call: &Call<'_>) -> Result<Typed> {
    let bytes = bytes(call)?;
    let nullable = bytes.nullable;
    Ok(call.kernel(&IS_VALID, vec![bytes], DataType::Boolean, nullable))
}

fn is_valid(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bytes = arguments.binaries(0)?;
    arguments.decide(|row| bytes.get(row).map(|bytes| std::str::from_utf8(bytes).is_ok()))
}

/// `validate_utf8`, `try_validate_utf8` and `make_valid_utf8` differ in what becomes of bytes that are not UTF-8.
pub(super) fn bind_validate(call: &Call<'_>, mode: &str) -> Result<Typed> {
    let bytes = bytes(call)?;
    let nullable = bytes.nullable || mode == "try";
    Ok(call.kernel_with(&VALIDATE, vec![bytes], vec![mode.to_owned()], DataType::String, nullable))
}

fn validate(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bytes = arguments.binaries(0)?;
    let mode = arguments.parameters.options[0].as_str();
    arguments.try_write_strings(|row, out| {
        let Some(bytes) = bytes.get(row) else { return Ok(None) };
        match (std::str::from_utf8(bytes), mode) {
            (Ok(text), _) => out.push_str(text),
            (Err(_), "try") => return Ok(None),
            (Err(_), "make") => out.push_str(&String::from_utf8_lossy(bytes)),
            (Err(_), _) => {
                let mut shown = String::new();
                for byte in bytes {
                    shown.push_str(&format!("\\x{byte:02X}"));
                }
                return Err(Error::new(
                    &INVALID_UTF8_STRING,
                    format!("Invalid UTF8 byte sequence found in string: {shown}"),
                ));
            }
        }
        Ok(Some(()))
    })
}

/// `quote(text)`: in single quotes, those inside behind backslashes.
pub(super) fn quote(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        out.push('\'');
        for c in texts.get(row)?.chars() {
            if c == '\'' {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('\'');
        Some(())
    })
}
