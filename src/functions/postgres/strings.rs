//! Functions of strings and bytes.

use datafusion::arrow::datatypes::Int32Type;
use datafusion::logical_expr::ColumnarValue;

use super::casts::bytea;
use super::{cast, is_literal, kernel_function, nullable, spark, text};
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Expected, Family, Function, Typed};
use crate::types::DataType;
use crate::types::text::{write_base64, write_hex};

const FAMILY: Family = Family::String;
const TEXT: Expected = Expected::Type(DataType::String);
const INT: Expected = Expected::Type(DataType::Int);
const BYTES: Expected = Expected::Type(DataType::Binary);

pub(super) static FUNCTIONS: &[Function] = &[
    kernel_function(
        "position",
        FAMILY,
        "postgres_position",
        &[TEXT, TEXT],
        DataType::Int,
        |arguments| find(arguments, 1, 0),
        "position(part IN text) - Where `part` is in `text`, counted from 1; 0 if it is not.",
    ),
    kernel_function(
        "strpos",
        FAMILY,
        "postgres_strpos",
        &[TEXT, TEXT],
        DataType::Int,
        |arguments| find(arguments, 0, 1),
        "strpos(text, part) - Where `part` is in `text`, counted from 1; 0 if it is not.",
    ),
    Function::scalar(
        "substring",
        FAMILY,
        substring,
        "substring(text FROM start FOR count), substring(text FROM pattern) - A part of `text`.",
        &[],
    )
    .aliases(&["substr"]),
    kernel_function(
        "left",
        FAMILY,
        "postgres_left",
        &[TEXT, INT],
        DataType::String,
        |arguments| end_of(arguments, true),
        "left(text, n) - The first `n` characters; all but the last -n if it is negative.",
    ),
    kernel_function(
        "right",
        FAMILY,
        "postgres_right",
        &[TEXT, INT],
        DataType::String,
        |arguments| end_of(arguments, false),
        "right(text, n) - The last `n` characters; all but the first -n if it is negative.",
    ),
    kernel_function(
        "trim",
        FAMILY,
        "postgres_trim",
        &[TEXT, TEXT],
        DataType::String,
        |arguments| trim(arguments, true, true),
        "trim(text[, characters]) - `text` without these characters at its ends.",
    )
    .optional(1),
    kernel_function(
        "btrim",
        FAMILY,
        "postgres_btrim",
        &[TEXT, TEXT],
        DataType::String,
        |arguments| trim(arguments, true, true),
        "btrim(text[, characters]) - `text` without these characters at its ends.",
    )
    .optional(1),
    kernel_function(
        "ltrim",
        FAMILY,
        "postgres_ltrim",
        &[TEXT, TEXT],
        DataType::String,
        |arguments| trim(arguments, true, false),
        "ltrim(text[, characters]) - `text` without these characters at its beginning.",
    )
    .optional(1),
    kernel_function(
        "rtrim",
        FAMILY,
        "postgres_rtrim",
        &[TEXT, TEXT],
        DataType::String,
        |arguments| trim(arguments, false, true),
        "rtrim(text[, characters]) - `text` without these characters at its end.",
    )
    .optional(1),
    kernel_function(
        "initcap",
        FAMILY,
        "postgres_initcap",
        &[TEXT],
        DataType::String,
        run_initcap,
        "initcap(text) - The first letter of every word in upper case, the others in lower case.",
    ),
    Function::scalar("concat", FAMILY, concat, "concat(a, b, …) - The texts of all arguments that are not NULL.", &[]),
    Function::scalar(
        "concat_ws",
        FAMILY,
        concat_with_separator,
        "concat_ws(separator, a, b, …) - The texts of all arguments that are not NULL, with a separator between.",
        &[],
    ),
    Function::scalar("encode", FAMILY, encode, "encode(bytes, format) - Bytes as text: hex, base64 or escape.", &[]),
    kernel_function(
        "decode",
        FAMILY,
        "postgres_decode",
        &[TEXT, TEXT],
        DataType::Binary,
        run_decode,
        "decode(text, format) - Text to bytes: hex, base64 or escape.",
    )
    .fallible(),
    kernel_function(
        "chr",
        FAMILY,
        "postgres_chr",
        &[INT],
        DataType::String,
        run_chr,
        "chr(n) - The character of that number.",
    )
    .fallible(),
    kernel_function(
        "ascii",
        FAMILY,
        "postgres_ascii",
        &[TEXT],
        DataType::Int,
        run_ascii,
        "ascii(text) - The number of the first character.",
    ),
    kernel_function(
        "split_part",
        FAMILY,
        "postgres_split_part",
        &[TEXT, TEXT, INT],
        DataType::String,
        run_split_part,
        "split_part(text, delimiter, n) - The n-th part of `text`, from its end if it is negative.",
    )
    .fallible(),
    kernel_function(
        "^@",
        FAMILY,
        "postgres_begins",
        &[TEXT, TEXT],
        DataType::Boolean,
        run_begins,
        "a ^@ b - Whether `a` begins with `b`.",
    ),
    kernel_function(
        "starts_with",
        FAMILY,
        "postgres_starts_with",
        &[TEXT, TEXT],
        DataType::Boolean,
        run_begins,
        "starts_with(a, b) - Whether `a` begins with `b`.",
    ),
    Function::scalar("length", FAMILY, length, "length(text) - How many characters `text` has, or bytes.", &[]),
    kernel_function(
        "char_length",
        FAMILY,
        "postgres_char_length",
        &[TEXT],
        DataType::Int,
        run_length,
        "char_length(text) - How many characters `text` has.",
    )
    .aliases(&["character_length"]),
    Function::scalar(
        "lpad",
        FAMILY,
        |call| pad(call, &LEFT_PAD),
        "lpad(text, length[, fill]) - `text` filled up on the left, or cut off on the right.",
        &[],
    ),
    Function::scalar(
        "rpad",
        FAMILY,
        |call| pad(call, &RIGHT_PAD),
        "rpad(text, length[, fill]) - `text` filled up on the right, or cut off there.",
        &[],
    ),
    kernel_function(
        "replace",
        FAMILY,
        "postgres_replace",
        &[TEXT, TEXT, TEXT],
        DataType::String,
        run_replace,
        "replace(text, from, to) - `text` with `to` wherever `from` was.",
    ),
    Function::scalar("md5", FAMILY, |call| digest(call, "md5"), "md5(text) - The MD5 digest in hexadecimal.", &[]),
    kernel_function(
        "convert_from",
        FAMILY,
        "postgres_convert_from",
        &[BYTES, TEXT],
        DataType::String,
        run_convert_from,
        "convert_from(bytes, encoding) - Bytes as text.",
    )
    .fallible(),
    Function::scalar("convert_to", FAMILY, cast_bytes, "convert_to(text, encoding) - Text as bytes.", &[]),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&SUBSTRING, &CONCAT, &CONCAT_WS, &ENCODE, &LENGTH, &LEFT_PAD, &RIGHT_PAD];

static SUBSTRING: Kernel = Kernel::new("postgres_substring", run_substring).fallible();
static CONCAT: Kernel = Kernel::new("postgres_concat", run_concat);
static CONCAT_WS: Kernel = Kernel::new("postgres_concat_ws", run_concat_ws);
static ENCODE: Kernel = Kernel::new("postgres_encode", run_encode).fallible();
static LENGTH: Kernel = Kernel::new("postgres_length", run_length);
static LEFT_PAD: Kernel = Kernel::new("postgres_lpad", |arguments| run_pad(arguments, true));
static RIGHT_PAD: Kernel = Kernel::new("postgres_rpad", |arguments| run_pad(arguments, false));

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, message)
}

fn cast_bytes(call: &Call<'_>) -> Result<Typed> {
    let text = text(call, 0)?;
    crate::functions::cast::cast(text, &DataType::Binary, crate::functions::cast::CastMode::Ansi, call.context)
}

fn digest(call: &Call<'_>, name: &'static str) -> Result<Typed> {
    call.count(1..=1)?;
    match call.arguments[0].data_type {
        DataType::Binary => spark(call, name, call.arguments),
        _ => spark(call, name, &[cast_bytes(call)?]),
    }
}

fn find(arguments: &Arguments<'_>, whole: usize, part: usize) -> Result<ColumnarValue> {
    let (texts, parts) = (arguments.strings(whole)?, arguments.strings(part)?);
    arguments.compute::<Int32Type>(|row| {
        let (text, part) = (texts.get(row)?, parts.get(row)?);
        let found = text.find(part).map_or(0, |at| text[..at].chars().count() + 1);
        i32::try_from(found).ok()
    })
}

/// `substring(text, start[, count])`, `substring(text, pattern)`
fn substring(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let by_pattern = call.arguments.len() == 2 && call.arguments[1].data_type.is_string();
    if by_pattern {
        return super::regexes::substring(call);
    }
    if call.arguments[0].data_type == DataType::Binary {
        return spark(call, "substring", call.arguments);
    }
    let mut arguments = vec![text(call, 0)?];
    for n in 1..call.arguments.len() {
        arguments.push(cast(call, n, &DataType::Int)?);
    }
    let nullable = nullable(&arguments);
    Ok(call.kernel(&SUBSTRING, arguments, DataType::String, nullable))
}

/// Positions before the text count too: `substring('hello' FROM 0 FOR 2)` is `h`.
fn run_substring(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, starts) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    let counts = if arguments.len() == 3 { Some(arguments.values_of::<Int32Type>(2)?) } else { None };
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(start)) = (texts.get(row), starts.get(row)) else { return Ok(None) };
        let end = match &counts {
            None => i64::MAX,
            Some(counts) => match counts.get(row) {
                None => return Ok(None),
                Some(count) if count < 0 => return Err(invalid("negative substring length not allowed")),
                Some(count) => i64::from(start) + i64::from(count),
            },
        };
        let from = i64::from(start).max(1);
        let count = usize::try_from((end - from).max(0)).unwrap_or(0);
        out.extend(text.chars().skip(usize::try_from(from - 1).unwrap_or(0)).take(count));
        Ok(Some(()))
    })
}

fn end_of(arguments: &Arguments<'_>, left: bool) -> Result<ColumnarValue> {
    let (texts, counts) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    arguments.write_strings(|row, out| {
        let (text, count) = (texts.get(row)?, i64::from(counts.get(row)?));
        let length = text.chars().count() as i64;
        let wanted = if count < 0 { length + count } else { count.min(length) }.max(0);
        let split = usize::try_from(if left { wanted } else { length - wanted }).unwrap_or(0);
        let at = text.char_indices().nth(split).map_or(text.len(), |(at, _)| at);
        out.push_str(if left { &text[..at] } else { &text[at..] });
        Some(())
    })
}

fn trim(arguments: &Arguments<'_>, left: bool, right: bool) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    let sets = if arguments.len() == 2 { Some(arguments.strings(1)?) } else { None };
    arguments.write_strings(|row, out| {
        let mut text = texts.get(row)?;
        let set = match &sets {
            Some(sets) => sets.get(row)?,
            None => " ",
        };
        let inside = |c: char| set.contains(c);
        if left {
            text = text.trim_start_matches(inside);
        }
        if right {
            text = text.trim_end_matches(inside);
        }
        out.push_str(text);
        Some(())
    })
}

/// Words are of letters and digits.
fn run_initcap(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        let mut inside = false;
        for c in texts.get(row)?.chars() {
            if inside {
                out.extend(c.to_lowercase())
            } else {
                out.extend(c.to_uppercase())
            }
            inside = c.is_alphanumeric();
        }
        Some(())
    })
}

/// As values are shown: a boolean is `t` or `f`.
pub(super) fn texts_of(call: &Call<'_>) -> Result<Vec<Typed>> {
    let shown = |n: usize| match call.arguments[n].data_type {
        DataType::Boolean => Ok(super::casts::shown(call.arguments[n].clone(), call.context)),
        _ => text(call, n),
    };
    (0..call.arguments.len()).map(shown).collect()
}

fn concat(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=usize::MAX)?;
    Ok(call.kernel(&CONCAT, texts_of(call)?, DataType::String, false))
}

fn run_concat(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parts = (0..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?;
    arguments.write_strings(|row, out| {
        parts.iter().filter_map(|part| part.get(row)).for_each(|part| out.push_str(part));
        Some(())
    })
}

fn concat_with_separator(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=usize::MAX)?;
    let nullable = call.arguments[0].nullable;
    Ok(call.kernel(&CONCAT_WS, texts_of(call)?, DataType::String, nullable))
}

fn run_concat_ws(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parts = (0..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?;
    arguments.write_strings(|row, out| {
        let separator = parts[0].get(row)?;
        let mut first = true;
        for part in parts[1..].iter().filter_map(|part| part.get(row)) {
            if !std::mem::take(&mut first) {
                out.push_str(separator);
            }
            out.push_str(part);
        }
        Some(())
    })
}

fn encode(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let bytes = match is_literal(call, 0) {
        true => cast(call, 0, &DataType::Binary)?,
        false => call.cast(0, &DataType::Binary)?,
    };
    let arguments = vec![bytes, text(call, 1)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&ENCODE, arguments, DataType::String, nullable))
}

fn unknown_format(format: &str) -> Error {
    invalid(format!("unrecognized encoding: \"{format}\"")).hint("there are hex, base64 and escape")
}

fn run_encode(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, formats) = (arguments.binaries(0)?, arguments.strings(1)?);
    arguments.try_write_strings(|row, out| {
        let (Some(bytes), Some(format)) = (bytes.get(row), formats.get(row)) else { return Ok(None) };
        match format.to_ascii_lowercase().as_str() {
            "hex" => {
                let mut upper = String::new();
                write_hex(&mut upper, bytes);
                out.push_str(&upper.to_lowercase());
            }
            "base64" => {
                let mut line = String::new();
                write_base64(&mut line, bytes);
                // Lines have 76 characters.
                for (n, piece) in line.as_bytes().chunks(76).enumerate() {
                    if n > 0 {
                        out.push('\n');
                    }
                    out.push_str(&String::from_utf8_lossy(piece));
                }
            }
            "escape" => {
                for byte in bytes {
                    match byte {
                        b'\\' => out.push_str("\\\\"),
                        0 | 128.. => out.push_str(&format!("\\{byte:03o}")),
                        byte => out.push(char::from(*byte)),
                    }
                }
            }
            _ => return Err(unknown_format(format)),
        }
        Ok(Some(()))
    })
}

fn run_decode(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, formats) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.write_binaries(|row, out| {
        let (Some(text), Some(format)) = (texts.get(row), formats.get(row)) else { return Ok(None) };
        let read = match format.to_ascii_lowercase().as_str() {
            "hex" => bytea(&format!("\\x{text}")),
            "base64" => {
                let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                let mut bytes = Vec::new();
                crate::types::reading::from_base64(&joined, &mut bytes).then_some(bytes)
            }
            "escape" => bytea(text).filter(|_| !text.starts_with("\\x")),
            _ => return Err(unknown_format(format)),
        };
        out.extend(read.ok_or_else(|| invalid(format!("invalid {format} data: \"{text}\"")))?);
        Ok(Some(()))
    })
}

fn run_chr(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let numbers = arguments.values_of::<Int32Type>(0)?;
    arguments.try_write_strings(|row, out| {
        let Some(number) = numbers.get(row) else { return Ok(None) };
        let character = u32::try_from(number).ok().filter(|number| *number > 0).and_then(char::from_u32);
        out.push(character.ok_or_else(|| invalid(format!("there is no character {number}")))?);
        Ok(Some(()))
    })
}

fn run_ascii(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    arguments.compute::<Int32Type>(|row| {
        let first = texts.get(row)?.chars().next();
        Some(first.map_or(0, |c| i32::try_from(u32::from(c)).unwrap_or(0)))
    })
}

fn run_split_part(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, delimiters) = (arguments.strings(0)?, arguments.strings(1)?);
    let numbers = arguments.values_of::<Int32Type>(2)?;
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(delimiter), Some(number)) = (texts.get(row), delimiters.get(row), numbers.get(row))
        else {
            return Ok(None);
        };
        let place = usize::try_from(number.unsigned_abs()).unwrap_or(0);
        let part = match (number, delimiter) {
            (0, _) => return Err(invalid("field position must not be zero")),
            (1 | -1, "") => Some(text),
            (_, "") => None,
            (1.., _) => text.split(delimiter).nth(place - 1),
            _ => text.rsplit(delimiter).nth(place - 1),
        };
        out.push_str(part.unwrap_or_default());
        Ok(Some(()))
    })
}

fn run_begins(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, parts) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.decide(|row| Some(texts.get(row)?.starts_with(parts.get(row)?)))
}

fn length(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    if call.arguments[0].data_type == DataType::Binary {
        return spark(call, "octet_length", call.arguments);
    }
    let text = text(call, 0)?;
    let nullable = text.nullable;
    Ok(call.kernel(&LENGTH, vec![text], DataType::Int, nullable))
}

fn run_length(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    arguments.compute::<Int32Type>(|row| i32::try_from(texts.get(row)?.chars().count()).ok())
}

fn pad(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(2..=3)?;
    let mut arguments = vec![text(call, 0)?, cast(call, 1, &DataType::Int)?];
    if call.arguments.len() == 3 {
        arguments.push(text(call, 2)?);
    }
    let nullable = nullable(&arguments);
    Ok(call.kernel(kernel, arguments, DataType::String, nullable))
}

fn run_pad(arguments: &Arguments<'_>, left: bool) -> Result<ColumnarValue> {
    let (texts, lengths) = (arguments.strings(0)?, arguments.values_of::<Int32Type>(1)?);
    let fills = if arguments.len() == 3 { Some(arguments.strings(2)?) } else { None };
    arguments.write_strings(|row, out| {
        let (text, length) = (texts.get(row)?, lengths.get(row)?);
        let fill = match &fills {
            Some(fills) => fills.get(row)?,
            None => " ",
        };
        let length = usize::try_from(length).unwrap_or(0);
        let cut = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
        let missing = length.saturating_sub(text.chars().count());
        let filling = || fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing });
        if left {
            out.extend(filling());
        }
        out.push_str(&text[..cut]);
        if !left {
            out.extend(filling());
        }
        Some(())
    })
}

fn run_replace(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, from, to) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    arguments.write_strings(|row, out| {
        let (text, from, to) = (texts.get(row)?, from.get(row)?, to.get(row)?);
        if from.is_empty() {
            out.push_str(text)
        } else {
            out.push_str(&text.replace(from, to))
        }
        Some(())
    })
}

fn run_convert_from(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (bytes, encodings) = (arguments.binaries(0)?, arguments.strings(1)?);
    arguments.try_write_strings(|row, out| {
        let (Some(bytes), Some(encoding)) = (bytes.get(row), encodings.get(row)) else { return Ok(None) };
        match encoding.to_ascii_uppercase().replace(['-', '_'], "").as_str() {
            "UTF8" => match std::str::from_utf8(bytes) {
                Ok(text) => out.push_str(text),
                Err(_) => return Err(invalid("invalid byte sequence for encoding \"UTF8\"")),
            },
            "LATIN1" | "ISO88591" => out.extend(bytes.iter().map(|byte| char::from(*byte))),
            _ => return Err(invalid(format!("invalid source encoding name \"{encoding}\""))),
        }
        Ok(Some(()))
    })
}
