//! Java's regular expressions in the words of the `regex` crate, and of `fancy-regex`, which has its syntax and more.

use crate::error::{Error, Result};

/// A pattern in Rust's words.
pub(super) struct Translated {
    pub text: String,
    /// Whether it has what needs trying every way: look-around, back-references, atomic groups, possessive quantifiers.
    pub backtracks: bool,
}

/// The edge of a word of ASCII, where `(?-u:\\b)` cannot be written.
const WORD_EDGE: &str = "(?:(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_])|(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_]))";

/// The pattern as Rust's crates read it.
pub(super) fn translate(pattern: &str) -> Result<Translated> {
    let groups = pattern.match_indices('(').filter(|(at, _)| !pattern[at + 1..].starts_with('?')).count();
    let mut backtracks = false;
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut depth = 0_usize;
    let mut quantified = false;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let was_quantified = std::mem::take(&mut quantified);
        match c {
            '\\' => rest = escape(rest, &mut out, depth > 0, groups, &mut backtracks)?,
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
                backtracks |= ["?=", "?!", "?<=", "?<!", "?>"].iter().any(|syntax| rest.starts_with(syntax));
                out.push('(');
            }
            '*' | '+' | '?' | '}' if depth == 0 => {
                backtracks |= was_quantified && c == '+';
                quantified = !was_quantified;
                out.push(c);
            }
            // Java reads a brace that is no quantifier as itself only when it closes.
            '$' if depth == 0 => out.push_str("(?:$)"),
            _ => out.push(c),
        }
    }
    if backtracks {
        out = out.replace("(?-u:\\b)", WORD_EDGE);
    }
    Ok(Translated { text: out, backtracks })
}

const HORIZONTAL: &str = " \\t\\u{A0}\\u{1680}\\u{180E}\\u{2000}-\\u{200A}\\u{202F}\\u{205F}\\u{3000}";
const VERTICAL: &str = "\\n\\x0B\\f\\r\\u{85}\\u{2028}\\u{2029}";

/// What follows a backslash; gives back the rest.
fn escape<'a>(
    rest: &'a str,
    out: &mut String,
    in_class: bool,
    groups: usize,
    backtracks: &mut bool,
) -> Result<&'a str> {
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
        'h' => Some((HORIZONTAL, false)),
        'H' => Some((HORIZONTAL, true)),
        'v' => Some((VERTICAL, false)),
        'V' => Some((VERTICAL, true)),
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
        '0' => {
            let longest = if after.starts_with(['0', '1', '2', '3']) { 3 } else { 2 };
            let digits = after.bytes().take(longest).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            let code = u32::from_str_radix(&after[..digits], 8).unwrap_or_default();
            out.push_str(&format!("\\x{{{code:X}}}"));
            return Ok(&after[digits..]);
        }
        'c' if after.starts_with(|c: char| c.is_ascii()) => {
            out.push_str(&format!("\\x{{{:X}}}", after.as_bytes()[0] ^ 64));
            return Ok(&after[1..]);
        }
        // A second digit belongs to the number if there are so many groups.
        '1'..='9' => {
            *backtracks = true;
            let two = rest.get(..2).and_then(|two| two.parse::<usize>().ok()).filter(|two| *two <= groups);
            let digits = if two.is_some() { 2 } else { 1 };
            out.push_str(&format!("(?:\\{})", &rest[..digits]));
            return Ok(&rest[digits..]);
        }
        'k' | 'G' => {
            *backtracks = true;
            out.push('\\');
            out.push(c);
        }
        'X' | 'N' => return Err(unsupported(&format!("`\\{c}`"))),
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
    let members = match name {
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
        "javaLetter" => "\\p{L}",
        "javaDigit" => "\\p{Nd}",
        "javaLetterOrDigit" => "\\p{L}\\p{Nd}",
        "javaTitleCase" => "\\p{Lt}",
        "javaSpaceChar" => "\\p{Z}",
        "javaISOControl" => "\\p{Cc}",
        "javaWhitespace" => {
            "\\t-\\r\\x1C-\\x20\\u{1680}\\u{2000}-\\u{2006}\\u{2008}-\\u{200A}\\u{2028}\\u{2029}\\u{205F}\\u{3000}"
        }
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
        (false, true) => members.to_owned(),
        (false, false) => format!("[{members}]"),
        (true, _) => format!("[^{members}]"),
    }
}

fn unsupported(what: &str) -> Error {
    Error::unsupported(
        format!("a regular expression with {what}"),
        "write the pattern without it; several simpler functions or patterns in a row often do",
    )
}
