//! What a COPY statement says.

use crate::sql::{TokenKind, lexer::Symbol};

use super::super::commands::{Word, Words};
use super::super::report::Report;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyStatement {
    pub source: Source,
    pub to_client: bool,
    pub layout: Layout,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Table {
        /// As it was written.
        name: String,
        /// As they were written, with commas between; empty for all.
        columns: String,
    },
    Query(String),
}

/// How rows look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    Text { delimiter: u8, null: String, header: bool },
    Csv(Csv),
    Binary,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    pub delimiter: u8,
    pub null: String,
    pub header: bool,
    pub quote: u8,
    pub escape: u8,
    /// Values of all columns in quotes, but for NULL.
    pub force_quote: bool,
}

#[derive(Debug, Default)]
struct Given {
    format: Option<String>,
    delimiter: Option<String>,
    null: Option<String>,
    header: bool,
    quote: Option<String>,
    escape: Option<String>,
    force_quote: bool,
}

/// Reads the statement from its first word on.
pub fn parse(text: &str) -> Result<CopyStatement, Report> {
    let mut words = Words::new(text);
    words.take(&["copy"]);
    words.take(&["binary"]);
    let source = if words.peek().is_some_and(|word| word.is_symbol(Symbol::LeftParen)) {
        Source::Query(parenthesized(&mut words, text)?)
    } else {
        let start = words.position();
        let mut end = start;
        while let Some(word) =
            words.peek().filter(|word| !is_any(word, &["from", "to"]) && !word.is_symbol(Symbol::LeftParen))
        {
            end = word.end;
            words.next();
        }
        if end == start {
            return Err(words.unexpected(words.peek()));
        }
        let name = text[start..end].to_owned();
        let columns = match words.peek() {
            Some(word) if word.is_symbol(Symbol::LeftParen) => parenthesized(&mut words, text)?,
            _ => String::new(),
        };
        Source::Table { name, columns }
    };
    let to_client = if words.take(&["to"]) {
        true
    } else if words.take(&["from"]) {
        false
    } else {
        return Err(words.unexpected(words.peek()));
    };
    if !words.take_any(&["stdin", "stdout"]) {
        return Err(Report::error("0A000", "COPY of files and programs of the server is not supported")
            .hint("use COPY … FROM STDIN and TO STDOUT, or \\copy in psql"));
    }
    if !to_client && matches!(source, Source::Query(_)) {
        return Err(Report::error("42601", "COPY FROM cannot be used with a query"));
    }
    let given = options(&mut words)?;
    let statement = CopyStatement { source, to_client, layout: layout(given)? };
    words.finish(statement)
}

fn is_any(word: &Word<'_>, words: &[&str]) -> bool {
    words.iter().any(|other| word.text.eq_ignore_ascii_case(other))
}

/// What stands between parentheses.
fn parenthesized(words: &mut Words<'_>, text: &str) -> Result<String, Report> {
    words.next();
    let start = words.position();
    let mut depth = 0;
    loop {
        let Some(word) = words.next() else { return Err(words.unexpected(None)) };
        match word.kind {
            TokenKind::Symbol(Symbol::LeftParen) => depth += 1,
            TokenKind::Symbol(Symbol::RightParen) if depth == 0 => {
                return Ok(text[start..word.start].trim().to_owned());
            }
            TokenKind::Symbol(Symbol::RightParen) => depth -= 1,
            _ => {}
        }
    }
}

/// `WITH (FORMAT csv, HEADER)`, and the form without parentheses of old.
fn options(words: &mut Words<'_>) -> Result<Given, Report> {
    words.take(&["with"]);
    let mut given = Given::default();
    let listed = words.take_symbol(Symbol::LeftParen);
    loop {
        if listed && words.take_symbol(Symbol::RightParen) || !listed && words.is_empty() {
            return Ok(given);
        }
        let Some(word) = words.next() else { return Err(words.unexpected(None)) };
        let name = word.text.to_ascii_lowercase();
        words.take(&["as"]);
        let mut value = || match words.next() {
            Some(word) if !matches!(word.kind, TokenKind::Symbol(_)) => Ok(unescaped(&word)),
            word => Err(words.unexpected(word)),
        };
        match name.as_str() {
            "format" if listed => given.format = Some(value()?.to_ascii_lowercase()),
            "csv" | "binary" if !listed => given.format = Some(name),
            "delimiter" => given.delimiter = Some(value()?),
            "null" => given.null = Some(value()?),
            "quote" => given.quote = Some(value()?),
            "escape" => given.escape = Some(value()?),
            "encoding" => {
                let encoding = value()?;
                if !["utf8", "utf-8"].contains(&encoding.to_ascii_lowercase().as_str()) {
                    return Err(
                        Report::error("0A000", format!("the encoding {encoding} is not supported")).hint("use UTF8")
                    );
                }
            }
            "header" => {
                given.header = true;
                let word = words.peek().filter(|word| !matches!(word.kind, TokenKind::Symbol(_)));
                if let Some(word) = word.filter(|word| listed || is_any(word, &["true", "false", "on", "off", "match"]))
                {
                    words.next();
                    given.header = match word.value().to_ascii_lowercase().as_str() {
                        "true" | "on" | "1" | "match" => true,
                        "false" | "off" | "0" => false,
                        _ => return Err(words.unexpected(Some(word))),
                    };
                }
            }
            "force_quote" | "force" => {
                words.take(&["quote"]);
                if !words.take_symbol(Symbol::Star) {
                    return Err(Report::error("0A000", "FORCE_QUOTE of single columns is not supported")
                        .hint("use FORCE_QUOTE *"));
                }
                given.force_quote = true;
            }
            _ => {
                let message = format!("option \"{name}\" not recognized");
                return Err(Report { place: Some(word.start), ..Report::error("42601", message) });
            }
        }
        words.take_symbol(Symbol::Comma);
    }
}

/// `E'\t'` is a tab.
fn unescaped(word: &Word<'_>) -> String {
    let text = word.text;
    let escaped = text.strip_prefix(['e', 'E']).filter(|rest| rest.starts_with('\'') && rest.len() >= 2);
    match escaped {
        Some(rest) => rest[1..rest.len() - 1]
            .replace("''", "'")
            .replace("\\t", "\t")
            .replace("\\n", "\n")
            .replace("\\r", "\r")
            .replace("\\\\", "\\"),
        None => word.value(),
    }
}

fn layout(given: Given) -> Result<Layout, Report> {
    let one_byte = |what: &str, value: Option<String>, default: u8| match value.as_deref().map(str::as_bytes) {
        None => Ok(default),
        Some([byte]) if !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        Some(_) => Err(Report::error("22023", format!("COPY {what} must be a single one-byte character"))),
    };
    match given.format.as_deref().unwrap_or("text") {
        "text" => {
            if given.quote.is_some() || given.escape.is_some() || given.force_quote {
                return Err(Report::error("22023", "COPY QUOTE, ESCAPE and FORCE_QUOTE are for CSV only"));
            }
            Ok(Layout::Text {
                delimiter: one_byte("delimiter", given.delimiter, b'\t')?,
                null: given.null.unwrap_or_else(|| "\\N".to_owned()),
                header: given.header,
            })
        }
        "csv" => {
            let quote = one_byte("quote", given.quote, b'"')?;
            Ok(Layout::Csv(Csv {
                delimiter: one_byte("delimiter", given.delimiter, b',')?,
                null: given.null.unwrap_or_default(),
                header: given.header,
                quote,
                escape: one_byte("escape", given.escape, quote)?,
                force_quote: given.force_quote,
            }))
        }
        "binary" => match given.delimiter.is_some() || given.null.is_some() || given.header {
            true => Err(Report::error("42601", "cannot specify DELIMITER, NULL or HEADER in BINARY mode")),
            false => Ok(Layout::Binary),
        },
        other => Err(Report::error("22023", format!("COPY format \"{other}\" not recognized"))),
    }
}
