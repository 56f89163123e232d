//! Java's regular expressions in the words of the `regex` crate.

use crate::error::{Error, Result};

/// The pattern as the `regex` crate reads it.
pub(super) fn translate(pattern: &str) -> Result<String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut depth = 0_usize;
    let mut quantified = false;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let was_quantified = std::mem::take(&mut quantified);
        match c {
            '\\' => rest = escape(rest, &mut out, depth > 0)?,
            '[' if depth > 0 => {
                depth += 1;
                out.push('[');
            }
            '[' => {
                depth = 1;
                out.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
                // A bracket that comes first is itself.
                if let Some(after) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = after;
                }
            }
            ']' if depth > 0 => {
                depth -= 1;
                out.push(']');
            }
            // Java has no `--` and `~~` in classes.
            '-' | '~' if depth > 0 && rest.starts_with(c) => {
                out.push('\\');
                out.push(c);
            }
            '(' if depth == 0 && rest.starts_with('?') => {
                for (syntax, name) in [
                    ("?=", "look-ahead"),
                    ("?!", "look-ahead"),
                    ("?<=", "look-behind"),
                    ("?<!", "look-behind"),
                    ("?>", "atomic groups"),
                ] {
                    if rest.starts_with(syntax) {
                        return Err(unsupported(name));
                    }
                }
                out.push('(');
            }
            '*' | '+' | '?' | '}' if depth == 0 => {
                if was_quantified && c == '+' {
                    return Err(unsupported("possessive quantifiers"));
                }
                quantified = !was_quantified;
                out.push(c);
            }
            // Java reads a brace that is no quantifier as itself only when it closes.
            '$' if depth == 0 => out.push_str("(?:$)"),
            _ => out.push(c),
        }
    }
    Ok(out)
}

/// What follows a backslash; gives back the rest.
fn escape<'a>(rest: &'a str, out: &mut String, in_class: bool) -> Result<&'a str> {
    let Some(c) = rest.chars().next() else {
        out.push_str("\\\\");
        return Ok(rest);
    };
    let after = &rest[c.len_utf8()..];
    let class = match c {
        'd' => Some(("0-9", false)),
        'D' => Some(("0-9", true)),
        'w' => Some(("a-zA-Z0-9_", false)),
        'W' => Some(("a-zA-Z0-9_", true)),
        's' => Some((" \\t\\n\\x0B\\f\\r", false)),
        'S' => Some((" \\t\\n\\x0B\\f\\r", true)),
        'h' => Some((" \\t\\u{A0}", false)),
        _ => None,
    };
    if let Some((members, negated)) = class {
        match (negated, in_class) {
            (false, true) => out.push_str(members),
            (false, false) => out.push_str(&format!("[{members}]")),
            (true, _) => out.push_str(&format!("[^{members}]")),
        }
        return Ok(after);
    }
    match c {
        'Q' => {
            let (quoted, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(quoted));
            return Ok(after);
        }
        'Z' => out.push_str("\\n?\\z"),
        'e' => out.push_str("\\x1B"),
        'b' => out.push_str("(?-u:\\b)"),
        'B' => out.push_str("\\B"),
        'R' => out.push_str("(?:\\r\\n|[\\n\\x0B\\f\\r\\u{85}\\u{2028}\\u{2029}])"),
        'u' => {
            let digits = after.get(..4).unwrap_or_default();
            out.push_str(&format!("\\u{{{digits}}}"));
            return Ok(after.get(4..).unwrap_or_default());
        }
        'p' | 'P' => {
            if let Some((name, after)) = after.strip_prefix('{').and_then(|after| after.split_once('}')) {
                out.push_str(&property(name, c == 'P', in_class));
                return Ok(after);
            }
            out.push('\\');
            out.push(c);
        }
        '1'..='9' | 'k' => return Err(unsupported("back-references")),
        'G' | 'X' | 'N' => return Err(unsupported(&format!("`\\{c}`"))),
        _ if c.is_ascii_punctuation() && !matches!(c, '<' | '>')
            || matches!(c, 't' | 'n' | 'r' | 'f' | 'a' | 'x' | 'A' | 'z') =>
        {
            out.push('\\');
            out.push(c);
        }
        _ => out.push(c),
    }
    Ok(after)
}

/// Java's names of character classes; what it does not know goes on as it is.
fn property(name: &str, negated: bool, in_class: bool) -> String {
    let ascii = match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => "\\x00-\\x7F",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "Punct" => "!-/:-@\\[-`{-~",
        "Graph" => "!-~",
        "Print" => " -~",
        "Blank" => " \\t",
        "Cntrl" => "\\x00-\\x1F\\x7F",
        "XDigit" => "0-9a-fA-F",
        "Space" => " \\t\\n\\x0B\\f\\r",
        _ => {
            let name = name.strip_prefix("Is").or_else(|| name.strip_prefix("java")).unwrap_or(name);
            let name = match name {
                "LowerCase" => "Lowercase",
                "UpperCase" => "Uppercase",
                other => other,
            };
            return format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
        }
    };
    match (negated, in_class) {
        (false, true) => ascii.to_owned(),
        (false, false) => format!("[{ascii}]"),
        (true, _) => format!("[^{ascii}]"),
    }
}

fn unsupported(what: &str) -> Error {
    Error::unsupported(
        format!("a regular expression with {what}"),
        "write the pattern without it; several simpler functions or patterns in a row often do",
    )
}
