//! `${name}` in a statement's text.

use crate::error::{Error, INVALID_SQL_SYNTAX, Result};

/// Replaces `${name}` and `${prefix:name}` by what `lookup(prefix, name)` finds, the prefix empty where there is none.
/// What stands for nothing stays as it is. Values may have variables of their own.
///
/// # Errors
/// A variable whose value mentions itself, or values nested too deeply.
pub fn substitute(text: &str, lookup: &dyn Fn(&str, &str) -> Option<String>) -> Result<String> {
    replace(text, lookup, &mut Vec::new())
}

/// Values within values.
const MAX_DEPTH: usize = 40;

fn replace(text: &str, lookup: &dyn Fn(&str, &str) -> Option<String>, open: &mut Vec<String>) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, reference) = rest.split_at(start);
        out.push_str(before);
        let Some(length) = reference_length(reference) else {
            out.push_str("${");
            rest = &reference[2..];
            continue;
        };
        let name = &reference[2..length - 1];
        let (prefix, key) = match name.split_once(':') {
            Some((prefix, key)) if is_prefix(prefix) && !key.is_empty() => (prefix, key),
            _ => ("", name),
        };
        match lookup(prefix, key) {
            Some(value) => {
                if open.len() == MAX_DEPTH || open.iter().any(|outer| outer == name) {
                    return Err(Error::new(&INVALID_SQL_SYNTAX, format!("Circular reference in `{text}`: `{name}`"))
                        .hint("give one of the variables a value that does not mention the other"));
                }
                open.push(name.to_owned());
                out.push_str(&replace(&value, lookup, open)?);
                open.pop();
            }
            None => out.push_str(&reference[..length]),
        }
        rest = &reference[length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The bytes of `${…}`: at least one character between the braces, and no space.
fn reference_length(reference: &str) -> Option<usize> {
    let end = 3 + reference.get(3..)?.find('}')?;
    (!reference[..end].contains(char::is_whitespace)).then_some(end + 1)
}

fn is_prefix(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
