//! Tokens of PostgreSQL's dialect, and what its constants and quoted names stand for.
//!
//! Its keywords are those of Spark's list: other words of its grammar are found by their text.

use super::{Fault, Number, Symbol, TokenKind};
use crate::sql::keywords::Keyword;

/// A symbol stands before its beginnings.
static SYMBOLS: &[Symbol] = &[
    Symbol::NotLikeAnyCase,
    Symbol::NotLikeSign,
    Symbol::NotRegexMatchAnyCase,
    Symbol::NotRegexMatch,
    Symbol::BangEq,
    Symbol::LikeAnyCase,
    Symbol::LikeSign,
    Symbol::RegexMatchAnyCase,
    Symbol::Tilde,
    Symbol::StartsWith,
    Symbol::Caret,
    Symbol::ContainsSign,
    Symbol::At,
    Symbol::ContainedBy,
    Symbol::ShiftLeft,
    Symbol::NotEq,
    Symbol::LtEq,
    Symbol::Lt,
    Symbol::ShiftRight,
    Symbol::GtEq,
    Symbol::Gt,
    Symbol::Overlap,
    Symbol::And,
    Symbol::PathText,
    Symbol::Path,
    Symbol::Hash,
    Symbol::ArrowText,
    Symbol::Arrow,
    Symbol::Minus,
    Symbol::CubeRoot,
    Symbol::Concat,
    Symbol::SquareRoot,
    Symbol::Or,
    Symbol::AnyKey,
    Symbol::AllKeys,
    Symbol::Question,
    Symbol::FatArrow,
    Symbol::Eq,
    Symbol::DoubleColon,
    Symbol::Assign,
    Symbol::Colon,
    Symbol::Plus,
    Symbol::Star,
    Symbol::Slash,
    Symbol::Percent,
    Symbol::Semicolon,
    Symbol::Comma,
    Symbol::Dot,
    Symbol::LeftParen,
    Symbol::RightParen,
    Symbol::LeftBracket,
    Symbol::RightBracket,
];

/// The kind and length of the token that `rest` begins with.
pub(super) fn token(rest: &str, first: char) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let unclosed = |fault| (TokenKind::Error(fault), rest.len());
    match first {
        '-' if rest.starts_with("--") => (TokenKind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => match block_comment(bytes) {
            Some(length) => (TokenKind::Comment, length),
            None => unclosed(Fault::UnclosedComment),
        },
        '\'' => string(rest, 0, false),
        'e' | 'E' if bytes.get(1) == Some(&b'\'') => string(rest, 1, true),
        'n' | 'N' if bytes.get(1) == Some(&b'\'') => string(rest, 1, false),
        'u' | 'U' if rest[1..].starts_with("&'") => string(rest, 2, false),
        'u' | 'U' if rest[1..].starts_with("&\"") => name(rest, 2),
        '"' => name(rest, 0),
        '$' => dollar(rest),
        '0'..='9' => number(rest),
        '.' if bytes.get(1).is_some_and(u8::is_ascii_digit) => number(rest),
        _ if first.is_alphabetic() || first == '_' => {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
            let kind = Keyword::find(&rest[..length]).map_or(TokenKind::Identifier, TokenKind::Keyword);
            (kind, length)
        }
        _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(symbol.text())) {
            Some(symbol) => (TokenKind::Symbol(*symbol), symbol.text().len()),
            None => (TokenKind::Error(Fault::Unknown), first.len_utf8()),
        },
    }
}

/// Comments nest.
fn block_comment(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut position) = (0_usize, 0);
    while position + 1 < bytes.len() {
        match &bytes[position..position + 2] {
            b"/*" => {
                depth += 1;
                position += 2;
            }
            b"*/" => {
                depth -= 1;
                position += 2;
                if depth == 0 {
                    return Some(position);
                }
            }
            _ => position += 1,
        }
    }
    None
}

/// A string whose quote stands at `open`.
fn string(rest: &str, open: usize, escapes: bool) -> (TokenKind, usize) {
    match closing(rest.as_bytes(), open, escapes) {
        Some(length) => (TokenKind::String, length),
        None => (TokenKind::Error(Fault::UnclosedString), rest.len()),
    }
}

fn name(rest: &str, open: usize) -> (TokenKind, usize) {
    match closing(rest.as_bytes(), open, false) {
        Some(length) => (TokenKind::DoubleQuoted, length),
        None => (TokenKind::Error(Fault::UnclosedName), rest.len()),
    }
}

/// Behind the closing quote; a doubled one does not close.
fn closing(bytes: &[u8], open: usize, escapes: bool) -> Option<usize> {
    let quote = bytes[open];
    let mut position = open + 1;
    loop {
        match *bytes.get(position)? {
            b'\\' if escapes => position += 2,
            byte if byte == quote && bytes.get(position + 1) == Some(&quote) => position += 2,
            byte if byte == quote => return Some(position + 1),
            _ => position += 1,
        }
    }
}

/// `$1`, `$$…$$`, `$tag$…$tag$`
fn dollar(rest: &str) -> (TokenKind, usize) {
    let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return (TokenKind::Parameter, digits + 1);
    }
    let Some(tag) = dollar_tag(rest) else { return (TokenKind::Error(Fault::Unknown), 1) };
    match rest[tag.len()..].find(tag) {
        Some(end) => (TokenKind::String, end + 2 * tag.len()),
        None => (TokenKind::Error(Fault::UnclosedString), rest.len()),
    }
}

/// `$tag$`
fn dollar_tag(rest: &str) -> Option<&str> {
    let length = rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    rest[1 + length..].starts_with('$').then(|| &rest[..length + 2])
}

/// A number has no suffix, and a word may touch it.
fn number(rest: &str) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let (mut number, mut length) = (Number::Integer, whole);
    if bytes.get(whole) == Some(&b'.') && bytes.get(whole + 1) != Some(&b'.') {
        (number, length) = (Number::Decimal, whole + 1 + digits(whole + 1));
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            return (TokenKind::Number(Number::Exponent), length + 1 + sign + exponent);
        }
    }
    (TokenKind::Number(number), length)
}

/// The value of a string token. Invalid escapes stand for themselves.
pub(in crate::sql) fn constant(token: &str) -> String {
    match token.as_bytes()[0] {
        b'\'' => token[1..token.len() - 1].replace("''", "'"),
        b'n' | b'N' => token[2..token.len() - 1].replace("''", "'"),
        b'$' => {
            let tag = dollar_tag(token).map_or(2, str::len);
            token[tag..token.len() - tag].to_owned()
        }
        b'u' | b'U' => unicode_escapes(&token[3..token.len() - 1].replace("''", "'")),
        _ => escapes(&token[2..token.len() - 1]),
    }
}

/// The name in a token of double quotes.
pub(in crate::sql) fn quoted_name(token: &str) -> String {
    match token.as_bytes()[0] {
        b'"' => token[1..token.len() - 1].replace("\"\"", "\""),
        _ => unicode_escapes(&token[3..token.len() - 1].replace("\"\"", "\"")),
    }
}

/// `\n`, `\x41`, `\101`, `\u0041`, `\U00000041`
fn escapes(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let mut read = c;
        if c == '\'' {
            rest = rest.strip_prefix('\'').unwrap_or(rest);
        } else if c == '\\' {
            let Some(next) = rest.chars().next() else { break };
            let coded = match next {
                'x' => coded(&rest[1..], 1, 2, 16).map(|(code, length)| (code, length + 1)),
                'u' => coded(&rest[1..], 4, 4, 16).map(|(code, length)| (code, length + 1)),
                'U' => coded(&rest[1..], 8, 8, 16).map(|(code, length)| (code, length + 1)),
                _ => coded(rest, 1, 3, 8),
            };
            if let Some((code, length)) = coded {
                rest = &rest[length..];
                if let Ok(unit) = u16::try_from(code) {
                    units.push(unit);
                    continue;
                }
                read = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            } else {
                rest = &rest[next.len_utf8()..];
                read = match next {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                };
            }
        }
        units.extend_from_slice(read.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}

/// `least` to `most` digits, and how many they are.
fn coded(text: &str, least: usize, most: usize, radix: u32) -> Option<(u32, usize)> {
    let length = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
    if length < least {
        return None;
    }
    u32::from_str_radix(&text[..length], radix).ok().map(|code| (code, length))
}

/// `\0041`, `\+000041`, `\\`
fn unicode_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        out.push_str(before);
        let code = match behind.strip_prefix('+') {
            Some(long) => coded(long, 6, 6, 16).map(|(code, length)| (code, length + 1)),
            None => coded(behind, 4, 4, 16),
        };
        rest = match code {
            Some((code, length)) => {
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                &behind[length..]
            }
            None => {
                out.push('\\');
                behind.strip_prefix('\\').unwrap_or(behind)
            }
        };
    }
    out.push_str(rest);
    out
}
