//! Colours of SQL on a terminal.

use std::borrow::Cow;

use crate::config::Dialect;
use crate::sql::lexer::Fault;
use crate::sql::{TokenKind, tokens};

const RESET: &str = "\x1b[0m";

/// The text with colour codes put in; nothing else changes.
pub(super) fn highlight(text: &str, dialect: Dialect) -> Cow<'_, str> {
    if text.trim_start().starts_with('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut written = 0;
    for token in tokens(text, dialect) {
        let Some(colour) = colour(token.kind) else { continue };
        out.push_str(&text[written..token.span.start]);
        out.push_str(colour);
        out.push_str(&text[token.span.start..token.span.end]);
        out.push_str(RESET);
        written = token.span.end;
    }
    out.push_str(&text[written..]);
    Cow::Owned(out)
}

fn colour(kind: TokenKind) -> Option<&'static str> {
    match kind {
        // Bold blue
        TokenKind::Keyword(_) => Some("\x1b[1;34m"),
        // Green
        TokenKind::String | TokenKind::DoubleQuoted | TokenKind::DollarQuoted => Some("\x1b[32m"),
        TokenKind::Error(Fault::UnclosedString) => Some("\x1b[32m"),
        // Magenta
        TokenKind::Number(_) | TokenKind::Parameter => Some("\x1b[35m"),
        // Grey
        TokenKind::Comment | TokenKind::Error(Fault::UnclosedComment) => Some("\x1b[90m"),
        // Red
        TokenKind::Error(Fault::Unknown) => Some("\x1b[31m"),
        TokenKind::Error(Fault::UnclosedName)
        | TokenKind::Identifier
        | TokenKind::QuotedIdentifier
        | TokenKind::Symbol(_)
        | TokenKind::End => None,
    }
}
