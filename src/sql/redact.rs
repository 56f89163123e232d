//! Statements as they may be kept and shown: without passwords.

use std::borrow::Cow;

use super::lexer::{Fault, Lexer, TokenKind};
use crate::config::Dialect;

/// What stands in a password's place.
const HIDDEN: &str = "'***'";
const WORD: &str = "password";

/// The text with what stands behind PASSWORD hidden: also in a text that does not parse, and in strings that hold such a
/// statement.
pub fn without_secrets(text: &str, dialect: Dialect) -> Cow<'_, str> {
    if !mentions(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut kept = 0;
    let mut behind_word = false;
    for token in Lexer::new(text, dialect) {
        let slice = &text[token.span.start..token.span.end];
        match token.kind {
            TokenKind::Comment => continue,
            TokenKind::String
            | TokenKind::DoubleQuoted
            | TokenKind::DollarQuoted
            | TokenKind::Error(Fault::UnclosedString)
                if behind_word || holds_statement(slice) =>
            {
                shown.push_str(&text[kept..token.span.start]);
                shown.push_str(HIDDEN);
                kept = token.span.end;
                // Strings one behind the other are one.
            }
            // A statement that is put together: `'… PASSWORD ' || …`.
            TokenKind::String | TokenKind::DoubleQuoted | TokenKind::DollarQuoted => {
                behind_word = ends_with_word(slice)
            }
            TokenKind::Symbol(_) if behind_word && matches!(slice, "=" | "||") => {}
            _ => behind_word = slice.eq_ignore_ascii_case(WORD),
        }
    }
    shown.push_str(&text[kept..]);
    Cow::Owned(shown)
}

fn mentions(text: &str) -> bool {
    text.as_bytes().windows(WORD.len()).any(|window| window.eq_ignore_ascii_case(WORD.as_bytes()))
}

/// Whether a string has PASSWORD and a quote behind it.
fn holds_statement(string: &str) -> bool {
    let lower = string.to_ascii_lowercase();
    lower.match_indices(WORD).any(|(at, _)| {
        let rest = lower[at + WORD.len()..].trim_start_matches(|c: char| c.is_whitespace() || c == '=' || c == '\\');
        rest.len() > 1 && rest.starts_with(['\'', '"', '$'])
    })
}

/// Whether PASSWORD is the last word of a string.
fn ends_with_word(string: &str) -> bool {
    let inside = string.trim_end_matches(['\'', '"', '$']).trim_end();
    inside.len() >= WORD.len()
        && inside.is_char_boundary(inside.len() - WORD.len())
        && inside[inside.len() - WORD.len()..].eq_ignore_ascii_case(WORD)
}
