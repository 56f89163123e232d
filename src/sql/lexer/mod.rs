//! Text to tokens. It never fails: what is no token is an error token.
//!
//! It knows no grammar: whether a word is a keyword or a name in its place is for the parser to say.

mod postgres;

use crate::config::Dialect;
use crate::error::Span;

use super::keywords::Keyword;

pub(super) use postgres::{constant, quoted_name};

/// A piece of the text. Space belongs to no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A word of Spark's grammar; nearly all of them may also be names.
    Keyword(Keyword),
    /// A word of letters, digits and `_`; it may begin with a digit.
    Identifier,
    /// A name in backquotes.
    QuotedIdentifier,
    /// `'…'`, `r'…'`, `r"…"`; in PostgreSQL's dialect `'…'`, `E'…'`, `U&'…'`, `$tag$…$tag$`
    String,
    /// `"…"`: a string or a name, by the settings.
    DoubleQuoted,
    /// `$$…$$`
    DollarQuoted,
    Number(Number),
    /// `$1`, in PostgreSQL's dialect
    Parameter,
    Symbol(Symbol),
    /// `-- …`, `/* … */`
    Comment,
    Error(Fault),
    /// Behind the last token; only the parser sees it.
    End,
}

/// What a number is by its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    Integer,
    /// With a point.
    Decimal,
    /// With an exponent, and no suffix.
    Exponent,
    /// Suffix L.
    Long,
    /// Suffix S.
    Short,
    /// Suffix Y.
    Byte,
    /// Suffix F.
    Float,
    /// Suffix D.
    Double,
    /// Suffix BD.
    BigDecimal,
}

/// Why a piece of the text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    UnclosedString,
    UnclosedName,
    UnclosedComment,
    /// A character that SQL has no use for.
    Unknown,
}

macro_rules! symbols {
    (spark { $($name:ident $text:literal,)+ } postgres { $($other:ident $other_text:literal,)+ }) => {
        /// Operators and punctuation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Symbol {
            $($name,)+
            $($other,)+
        }

        /// A symbol stands before its beginnings: the first that fits is the longest.
        static SYMBOLS: &[(&str, Symbol)] = &[$(($text, Symbol::$name),)+];

        impl Symbol {
            pub fn text(self) -> &'static str {
                match self { $(Symbol::$name => $text,)+ $(Symbol::$other => $other_text,)+ }
            }
        }
    };
}

symbols! { spark {
    HintStart "/*+",
    HintEnd "*/",
    NullSafeEq "<=>",
    ShiftRightUnsigned ">>>",
    ShiftRight ">>",
    ShiftLeft "<<",
    DoubleEq "==",
    FatArrow "=>",
    NotEq "<>",
    BangEq "!=",
    LtEq "<=",
    GtEq ">=",
    NotGt "!>",
    NotLt "!<",
    Concat "||",
    Pipe "|>",
    Arrow "->",
    DoubleColon "::",
    Eq "=",
    Lt "<",
    Gt ">",
    Bang "!",
    Plus "+",
    Minus "-",
    Star "*",
    Slash "/",
    Percent "%",
    Tilde "~",
    And "&",
    Or "|",
    Caret "^",
    Colon ":",
    Question "?",
    Semicolon ";",
    Comma ",",
    Dot ".",
    LeftParen "(",
    RightParen ")",
    LeftBracket "[",
    RightBracket "]",
} postgres {
    NotRegexMatchAnyCase "!~*",
    NotRegexMatch "!~",
    RegexMatchAnyCase "~*",
    NotLikeAnyCase "!~~*",
    NotLikeSign "!~~",
    LikeAnyCase "~~*",
    LikeSign "~~",
    StartsWith "^@",
    ContainsSign "@>",
    ContainedBy "<@",
    Overlap "&&",
    PathText "#>>",
    Path "#>",
    Hash "#",
    ArrowText "->>",
    CubeRoot "||/",
    SquareRoot "|/",
    At "@",
    AnyKey "?|",
    AllKeys "?&",
    Assign ":=",
} }

/// The tokens of a text, comments too.
pub fn tokens(text: &str, dialect: Dialect) -> Vec<Token> {
    Lexer::new(text, dialect).collect()
}

/// Reads tokens one after the other.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    position: usize,
    dialect: Dialect,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, position: 0, dialect }
    }

    /// What is not read yet is read in that dialect.
    pub fn speak(&mut self, dialect: Dialect) {
        self.dialect = dialect;
    }

    /// The text that is not read yet.
    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let rest = self.rest();
        let start = self.position + (rest.len() - rest.trim_start_matches(is_space).len());
        let rest = &self.text[start..];
        let first = rest.chars().next()?;
        let (kind, length) = match self.dialect {
            Dialect::Spark => token(rest, first),
            Dialect::Postgres => postgres::token(rest, first),
        };
        self.position = start + length;
        Some(Token { kind, span: Span::new(start, self.position) })
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// The kind and length of the token that `rest` begins with.
fn token(rest: &str, first: char) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    match first {
        '-' if rest.starts_with("--") => (TokenKind::Comment, line_comment(bytes)),
        '/' if rest.starts_with("/*") && bytes.get(2) != Some(&b'+') => match block_comment(bytes) {
            Some(length) => (TokenKind::Comment, length),
            None => (TokenKind::Error(Fault::UnclosedComment), rest.len()),
        },
        '\'' => quoted(rest, TokenKind::String),
        '"' => quoted(rest, TokenKind::DoubleQuoted),
        'r' | 'R' if matches!(bytes.get(1), Some(b'\'' | b'"')) => match rest[2..].find(char::from(bytes[1])) {
            Some(end) => (TokenKind::String, end + 3),
            None => (TokenKind::Error(Fault::UnclosedString), rest.len()),
        },
        '`' => match backquoted(bytes) {
            Some(length) => (TokenKind::QuotedIdentifier, length),
            None => (TokenKind::Error(Fault::UnclosedName), rest.len()),
        },
        '$' if rest.starts_with("$$") => match rest[2..].find("$$") {
            Some(end) => (TokenKind::DollarQuoted, end + 4),
            None => (TokenKind::Error(Fault::UnclosedString), rest.len()),
        },
        '0'..='9' => number(rest),
        '.' if bytes.get(1).is_some_and(u8::is_ascii_digit) => number(rest),
        _ if is_word(first) => {
            let length = word_length(rest);
            let kind = Keyword::find(&rest[..length]).map_or(TokenKind::Identifier, TokenKind::Keyword);
            (kind, length)
        }
        _ => match SYMBOLS.iter().find(|(text, _)| rest.starts_with(text)) {
            Some((text, symbol)) => (TokenKind::Symbol(*symbol), text.len()),
            None => (TokenKind::Error(Fault::Unknown), first.len_utf8()),
        },
    }
}

fn is_word(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_'
}

fn word_length(rest: &str) -> usize {
    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
}

/// To the end of the line; a backslash there continues the comment on the next.
fn line_comment(bytes: &[u8]) -> usize {
    let mut position = 2;
    while let Some(found) = bytes[position..].iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        position += found;
        if bytes[position] == b'\r' || bytes[position - 1] != b'\\' {
            return position;
        }
        position += 1;
    }
    bytes.len()
}

/// Comments nest; a hint (`/*+`) inside one does not.
fn block_comment(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut position = 0;
    while position + 1 < bytes.len() {
        match &bytes[position..position + 2] {
            b"/*" if bytes.get(position + 2) != Some(&b'+') => {
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

/// A string between its quote signs; a backslash hides the next character, a doubled quote is one of the string's.
fn quoted(rest: &str, kind: TokenKind) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let quote = bytes[0];
    let mut position = 1;
    while let Some(&byte) = bytes.get(position) {
        position += match byte {
            b'\\' => 2,
            _ if byte == quote && bytes.get(position + 1) == Some(&quote) => 2,
            _ if byte == quote => return (kind, position + 1),
            _ => 1,
        };
    }
    (TokenKind::Error(Fault::UnclosedString), rest.len())
}

fn backquoted(bytes: &[u8]) -> Option<usize> {
    let mut position = 1;
    loop {
        position += bytes.get(position..)?.iter().position(|byte| *byte == b'`')? + 1;
        if bytes.get(position) != Some(&b'`') {
            return Some(position);
        }
        position += 1;
    }
}

/// The longest of: a number with a point, a number without, a word that begins with a digit. A number with a point
/// must not touch a word, so that `db.1a` is two names.
fn number(rest: &str) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    if bytes.get(whole) == Some(&b'.') {
        let mantissa = whole + 1 + digits(whole + 1);
        let (number, length) = after_mantissa(bytes, mantissa, Number::Decimal);
        if !bytes.get(length).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return (TokenKind::Number(number), length);
        }
        if whole == 0 {
            return (TokenKind::Symbol(Symbol::Dot), 1);
        }
    }
    let (number, length) = after_mantissa(bytes, whole, Number::Integer);
    let word = word_length(rest);
    if word > length { (TokenKind::Identifier, word) } else { (TokenKind::Number(number), length) }
}

/// Reads exponent and suffix.
fn after_mantissa(bytes: &[u8], mantissa: usize, plain: Number) -> (Number, usize) {
    let mut number = plain;
    let mut length = mantissa;
    if let Some(b'e' | b'E') = bytes.get(length) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let digits = bytes[(length + 1 + sign).min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 {
            number = Number::Exponent;
            length += 1 + sign + digits;
        }
    }
    let suffix = match bytes.get(length).map(u8::to_ascii_uppercase) {
        Some(b'L') if number == Number::Integer => (Number::Long, 1),
        Some(b'S') if number == Number::Integer => (Number::Short, 1),
        Some(b'Y') if number == Number::Integer => (Number::Byte, 1),
        Some(b'F') => (Number::Float, 1),
        Some(b'D') => (Number::Double, 1),
        Some(b'B') if matches!(bytes.get(length + 1), Some(b'D' | b'd')) => (Number::BigDecimal, 2),
        _ => (number, 0),
    };
    (suffix.0, length + suffix.1)
}
