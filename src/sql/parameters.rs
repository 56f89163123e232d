//! Parameter markers: `?` and `:name` in a text are replaced by the texts of literals before it is parsed.
//!
//! It knows tokens only: a colon behind a name is a path into a value or the type of a field, not a marker.

use crate::error::{
    ALL_PARAMETERS_MUST_BE_NAMED, Error, INVALID_QUERY_MIXED_QUERY_PARAMETERS, Result, Span, UNBOUND_SQL_PARAMETER,
};

use crate::config::Dialect;

use super::lexer::{Lexer, Symbol, Token, TokenKind};

/// A value for a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: Option<String>,
    /// A literal in SQL.
    pub text: String,
    /// The expression it was given as, for messages.
    pub shown: String,
}

#[derive(Debug, Clone, Copy)]
struct Marker<'a> {
    /// `None`: `?`
    name: Option<&'a str>,
    span: Span,
}

/// The text with its markers replaced; in PostgreSQL's dialect they are `$1` and so on.
///
/// # Errors
/// `UNBOUND_SQL_PARAMETER`, `ALL_PARAMETERS_MUST_BE_NAMED`, `INVALID_QUERY_MIXED_QUERY_PARAMETERS`
pub fn bind_parameters(text: &str, parameters: &[Parameter], dialect: Dialect) -> Result<String> {
    let markers = match dialect {
        Dialect::Spark => markers(text),
        Dialect::Postgres => numbered_markers(text),
    };
    let named = markers.iter().any(|marker| marker.name.is_some());
    if named && markers.iter().any(|marker| marker.name.is_none()) {
        return Err(Error::new(
            &INVALID_QUERY_MIXED_QUERY_PARAMETERS,
            "Parameterized query must either use positional, or named parameters, but not both",
        ));
    }
    let nameless: Vec<String> = parameters
        .iter()
        .filter(|parameter| parameter.name.is_none())
        .map(|parameter| format!("\"{}\"", parameter.shown))
        .collect();
    if named && !nameless.is_empty() {
        return Err(Error::new(
            &ALL_PARAMETERS_MUST_BE_NAMED,
            format!(
                "Using name parameterized queries requires all parameters to be named. Parameters missing names: {}",
                nameless.join(", ")
            ),
        ));
    }
    let mut bound = String::with_capacity(text.len());
    let mut copied = 0;
    for (n, marker) in markers.iter().enumerate() {
        let found = match marker.name {
            None => parameters.get(n),
            Some(name) => parameters.iter().find(|parameter| parameter.name.as_deref() == Some(name)),
        };
        let Some(parameter) = found else { return Err(unbound(marker)) };
        bound.push_str(&text[copied..marker.span.start]);
        bound.push_str(&parameter.text);
        copied = marker.span.end;
    }
    bound.push_str(&text[copied..]);
    Ok(bound)
}

fn unbound(marker: &Marker<'_>) -> Error {
    let name = marker.name.map_or_else(|| format!("_{}", marker.span.start), str::to_owned);
    Error::new(
        &UNBOUND_SQL_PARAMETER,
        format!(
            "Found the unbound parameter: {name}. Please, fix `args` and provide a mapping of the parameter to either a SQL \
             literal or collection constructor functions such as `map()`, `array()`, `struct()`"
        ),
    )
}

/// `$1` has the name `1`.
fn numbered_markers(text: &str) -> Vec<Marker<'_>> {
    Lexer::new(text, Dialect::Postgres)
        .filter(|token| token.kind == TokenKind::Parameter)
        .map(|token| Marker { name: Some(&text[token.span.start + 1..token.span.end]), span: token.span })
        .collect()
}

fn markers(text: &str) -> Vec<Marker<'_>> {
    let tokens: Vec<Token> =
        Lexer::new(text, Dialect::Spark).filter(|token| token.kind != TokenKind::Comment).collect();
    let mut markers = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol(Symbol::Question) => markers.push(Marker { name: None, span: token.span }),
            TokenKind::Symbol(Symbol::Colon) => {
                let before = n.checked_sub(1).map(|before| tokens[before]);
                let Some(name) = tokens.get(n + 1).filter(|_| before.is_none_or(|before| !takes_colon(before, *token)))
                else {
                    continue;
                };
                if matches!(name.kind, TokenKind::Identifier | TokenKind::Keyword(_)) {
                    let text = &text[name.span.start..name.span.end];
                    markers.push(Marker { name: Some(text), span: token.span.to(name.span) });
                }
            }
            _ => {}
        }
    }
    markers
}

/// Whether a colon belongs to what stands before it: a value, or the name of a field or block.
fn takes_colon(before: Token, colon: Token) -> bool {
    match before.kind {
        TokenKind::Identifier | TokenKind::QuotedIdentifier => true,
        TokenKind::Symbol(symbol) => matches!(symbol, Symbol::RightParen | Symbol::RightBracket),
        TokenKind::Keyword(_) => before.span.end == colon.span.start,
        _ => false,
    }
}
