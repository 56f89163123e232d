//! Names and literals in quotes, and `format`, which puts them into texts.

use datafusion::logical_expr::ColumnarValue;

use super::strings::{invalid, texts_of};
use super::{kernel_function, text};
use crate::error::Result;
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Expected, Family, Function, Typed};
use crate::types::DataType;
use crate::types::postgres::quote_identifier;

const FAMILY: Family = Family::String;
const TEXT: Expected = Expected::Type(DataType::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "format",
        FAMILY,
        format_text,
        "format(pattern, a, b, …) - `pattern` with %s, %I and %L replaced by the arguments.",
        &[],
    ),
    kernel_function(
        "quote_ident",
        FAMILY,
        "postgres_quote_ident",
        &[TEXT],
        DataType::String,
        |arguments| quoted(arguments, |name| quote_identifier(name).into_owned()),
        "quote_ident(text) - `text` as a name, in quotes if it needs them.",
    ),
    Function::scalar(
        "quote_literal",
        FAMILY,
        |call| quote(call, &QUOTE_LITERAL),
        "quote_literal(a) - `a` as a string literal.",
        &[],
    ),
    Function::scalar(
        "quote_nullable",
        FAMILY,
        |call| quote(call, &QUOTE_NULLABLE),
        "quote_nullable(a) - `a` as a string literal, or NULL.",
        &[],
    ),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&FORMAT, &QUOTE_LITERAL, &QUOTE_NULLABLE];

static FORMAT: Kernel = Kernel::new("postgres_format", run_format).fallible();
static QUOTE_LITERAL: Kernel = Kernel::new("postgres_quote_literal", |arguments| quoted(arguments, quote_literal));
static QUOTE_NULLABLE: Kernel = Kernel::new("postgres_quote_nullable", run_quote_nullable);

fn format_text(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=usize::MAX)?;
    let nullable = call.arguments[0].nullable;
    Ok(call.kernel(&FORMAT, texts_of(call)?, DataType::String, nullable))
}

/// `%s`, `%I`, `%L`, `%%`, with `n$`, `-` and a width between.
fn run_format(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parts = (0..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?;
    arguments.try_write_strings(|row, out| {
        let Some(pattern) = parts[0].get(row) else { return Ok(None) };
        let mut next = 1;
        let mut rest = pattern;
        while let Some((before, behind)) = rest.split_once('%') {
            out.push_str(before);
            if let Some(behind) = behind.strip_prefix('%') {
                out.push('%');
                rest = behind;
                continue;
            }
            let end = behind.find(|c: char| !(c.is_ascii_digit() || matches!(c, '$' | '-')));
            let end = end.ok_or_else(|| invalid("unterminated format() type specifier"))?;
            let (specification, kind) = (&behind[..end], behind[end..].chars().next());
            let mut specification = specification;
            let argument = match specification.split_once('$') {
                Some((position, width)) => {
                    specification = width;
                    position
                        .parse()
                        .map_err(|_| invalid("format specifies argument 0, but arguments are numbered from 1"))?
                }
                None => next,
            };
            next = argument + 1;
            let value = parts
                .get(argument)
                .filter(|_| argument > 0)
                .ok_or_else(|| invalid("too few arguments for format()"))?
                .get(row);
            let text = match kind {
                Some('s') => value.unwrap_or_default().to_owned(),
                Some('I') => quote_identifier(
                    value.ok_or_else(|| invalid("null values cannot be formatted as an SQL identifier"))?,
                )
                .into_owned(),
                Some('L') => value.map_or_else(|| "NULL".to_owned(), quote_literal),
                _ => return Err(invalid("unrecognized format() type specifier").hint("for a single \"%\" use \"%%\"")),
            };
            let width: i64 = if specification.is_empty() { 0 } else { specification.parse().unwrap_or(0) };
            let missing = usize::try_from(width.unsigned_abs()).unwrap_or(0).saturating_sub(text.chars().count());
            if width >= 0 {
                out.push_str(&" ".repeat(missing));
            }
            out.push_str(&text);
            if width < 0 {
                out.push_str(&" ".repeat(missing));
            }
            rest = &behind[end + 1..];
        }
        out.push_str(rest);
        Ok(Some(()))
    })
}

fn quoted(arguments: &Arguments<'_>, quote: impl Fn(&str) -> String) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        out.push_str(&quote(texts.get(row)?));
        Some(())
    })
}

fn quote(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(1..=1)?;
    let text = text(call, 0)?;
    let nullable = text.nullable;
    Ok(call.kernel(kernel, vec![text], DataType::String, nullable))
}

fn run_quote_nullable(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        out.push_str(&texts.get(row).map_or_else(|| "NULL".to_owned(), quote_literal));
        Some(())
    })
}

fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    match quoted.contains('\\') {
        true => format!("E'{}'", quoted.replace('\\', "\\\\")),
        false => format!("'{quoted}'"),
    }
}
