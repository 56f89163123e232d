//! Literals: strings with their escapes, numbers, typed literals, intervals.

use crate::error::{_LEGACY_ERROR_TEMP_0024, Error, INVALID_TYPED_LITERAL, Result, Span, UNSUPPORTED_TYPED_LITERAL};
use crate::sql::ast::{Expression, ExpressionKind, IntervalLiteral, Literal};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Number, Symbol, Token, TokenKind};

use super::cursor::Parser;

impl Parser<'_> {
    pub fn is_string(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::String => true,
            TokenKind::DoubleQuoted => !self.names_in_double_quotes(),
            _ => false,
        }
    }

    /// One string, or several in a row, which are one.
    pub fn string(&mut self) -> Result<String> {
        if !self.is_string(self.token()) {
            return Err(self.unexpected());
        }
        let mut value = self.single_string()?;
        while self.is_string(self.token()) {
            value.push_str(&self.single_string()?);
        }
        Ok(value)
    }

    /// Exactly one string, as after a type word.
    pub fn single_string(&mut self) -> Result<String> {
        let token = self.token();
        if !self.is_string(token) {
            return Err(self.unexpected());
        }
        self.advance();
        let text = self.slice(token.span);
        if self.is_postgres() {
            return Ok(crate::sql::lexer::constant(text));
        }
        Ok(unescape(text, self.options.escaped_string_literals, self.options.consecutive_string_literals))
    }

    /// Whether a number comes next, its sign being part of it.
    pub fn is_number(&self) -> bool {
        let ahead = usize::from(self.is_symbol(Symbol::Minus));
        matches!(self.ahead(ahead).kind, TokenKind::Number(_))
    }

    pub fn number(&mut self) -> Result<Literal> {
        let sign = if self.accept_symbol(Symbol::Minus) { "-" } else { "" };
        let token = self.token();
        let TokenKind::Number(number) = token.kind else { return Err(self.unexpected()) };
        self.advance();
        let text = self.slice(token.span);
        let digits = |suffix: usize| format!("{sign}{}", &text[..text.len() - suffix]);
        Ok(match number {
            Number::Integer => Literal::Integer(digits(0)),
            Number::Decimal => Literal::Decimal(digits(0)),
            Number::Exponent if self.options.exponent_as_decimal || self.is_postgres() => {
                Literal::BigDecimal(digits(0))
            }
            Number::Exponent => Literal::Double(digits(0)),
            Number::Long => Literal::Long(digits(1)),
            Number::Short => Literal::Short(digits(1)),
            Number::Byte => Literal::Byte(digits(1)),
            Number::Float => Literal::Float(digits(1)),
            Number::Double => Literal::Double(digits(1)),
            Number::BigDecimal => Literal::BigDecimal(digits(2)),
        })
    }

    /// An integer of the grammar, such as the buckets of a table.
    pub fn integer<N: std::str::FromStr>(&mut self) -> Result<N> {
        let token = self.token();
        let parsed = match token.kind {
            TokenKind::Number(Number::Integer) => self.slice(token.span).parse().ok(),
            _ => None,
        };
        let value = parsed.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(value)
    }

    /// `DATE '…'`, `X'…'`: a word and a string.
    pub fn typed_literal(&mut self) -> Result<Literal> {
        let word = self.advance();
        let type_name = self.slice(word.span).to_uppercase();
        let value = self.single_string()?;
        let span = self.since(word.span.start);
        match type_name.as_str() {
            "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" => {
                Ok(Literal::Typed { type_name, value })
            }
            "X" => hexadecimal(&value).map(Literal::Binary).ok_or_else(|| {
                Error::new(
                    &INVALID_TYPED_LITERAL,
                    format!("The value of the typed literal \"X\" is invalid: '{value}'"),
                )
                .at(span)
            }),
            _ => Err(Error::new(
                &UNSUPPORTED_TYPED_LITERAL,
                format!(
                    "Literals of the type \"{type_name}\" are not supported. Supported types are \"DATE\", \
                     \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\", \"TIME\""
                ),
            )
            .at(span)),
        }
    }

    /// Whether `INTERVAL` begins an interval here, rather than being a name.
    pub fn is_interval(&self) -> bool {
        let sign = usize::from(matches!(
            self.ahead(1).kind,
            TokenKind::Symbol(Symbol::Plus) | TokenKind::Symbol(Symbol::Minus)
        ));
        let value = self.ahead(1 + sign);
        let unit = self.keyword_ahead(2 + sign).is_some_and(|keyword| unit(keyword).is_some());
        self.is(K::Interval)
            && match value.kind {
                TokenKind::Number(Number::Integer | Number::Decimal) => unit,
                _ if self.is_string(value) => sign == 0 || unit,
                _ => false,
            }
    }

    pub fn interval(&mut self) -> Result<Literal> {
        let start = self.start();
        self.expect(K::Interval)?;
        let text_only = self.is_string(self.token())
            && !self.is_string(self.ahead(1))
            && self.keyword_ahead(1).and_then(unit).is_none();
        if text_only {
            return Ok(Literal::Interval(IntervalLiteral::Text(self.single_string()?)));
        }
        let mut units = Vec::new();
        while self.is_interval_value() {
            let value = self.interval_value()?;
            let from = self.unit()?;
            if self.accept(K::To) {
                let to = self.unit()?;
                if !units.is_empty() || self.is_interval_value() {
                    return Err(Error::new(
                        &_LEGACY_ERROR_TEMP_0024,
                        "Can only have a single from-to unit in the interval literal syntax",
                    )
                    .at(self.since(start)));
                }
                return Ok(Literal::Interval(IntervalLiteral::Range { value: Box::new(value), from, to }));
            }
            units.push((value, from));
        }
        if units.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Literal::Interval(IntervalLiteral::Units(units)))
    }

    /// A value with its unit behind it.
    fn is_interval_value(&self) -> bool {
        let sign = usize::from(self.is_symbol(Symbol::Plus) || self.is_symbol(Symbol::Minus));
        let value = self.ahead(sign);
        (matches!(value.kind, TokenKind::Number(_)) || self.is_string(value))
            && self.keyword_ahead(sign + 1).and_then(unit).is_some()
    }

    /// A number or a string; a minus before it becomes part of it.
    fn interval_value(&mut self) -> Result<Expression> {
        let start = self.start();
        self.accept_symbol(Symbol::Plus);
        let kind = if self.is_number() {
            self.number()?
        } else {
            let negated = self.accept_symbol(Symbol::Minus);
            let text = self.single_string()?;
            Literal::String(match (negated, text.strip_prefix('-')) {
                (false, _) => text,
                (true, Some(rest)) => rest.to_owned(),
                (true, None) => format!("-{}", text.strip_prefix('+').unwrap_or(&text)),
            })
        };
        Ok(Expression { kind: ExpressionKind::Literal(kind), span: self.since(start) })
    }

    fn unit(&mut self) -> Result<String> {
        let name = self.keyword().and_then(unit).ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(name.to_owned())
    }
}

/// The singular of an interval's unit.
fn unit(keyword: K) -> Option<&'static str> {
    Some(match keyword {
        K::Year | K::Years => "year",
        K::Month | K::Months => "month",
        K::Week | K::Weeks => "week",
        K::Day | K::Days => "day",
        K::Hour | K::Hours => "hour",
        K::Minute | K::Minutes => "minute",
        K::Second | K::Seconds => "second",
        K::Millisecond | K::Milliseconds => "millisecond",
        K::Microsecond | K::Microseconds => "microsecond",
        K::Nanosecond | K::Nanoseconds => "nanosecond",
        _ => return None,
    })
}

/// An odd number of digits has a 0 before it.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let padded = if text.len() % 2 == 1 { format!("0{text}") } else { text.to_owned() };
    let digits: Option<Vec<u8>> = padded.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    Some(digits?.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The value of a string token.
///
/// `keep_backslashes`: no escapes at all. `split_quotes`: a doubled quote ends one string and begins the next.
fn unescape(token: &str, keep_backslashes: bool, split_quotes: bool) -> String {
    if token.starts_with(['r', 'R']) {
        return token[2..token.len() - 1].to_owned();
    }
    let quote = token.as_bytes()[0];
    let mut rest = &token[1..token.len() - 1];
    let mut units = Utf16::default();
    while let Some(found) = rest.bytes().position(|byte| byte == quote || (byte == b'\\' && !keep_backslashes)) {
        units.push_str(&rest[..found]);
        rest = &rest[found..];
        if rest.as_bytes()[0] == quote {
            if !split_quotes {
                units.push(char::from(quote));
            }
            rest = &rest[2..];
        } else {
            rest = escape(rest, &mut units);
        }
    }
    units.push_str(rest);
    units.finish()
}

/// Reads one escape, and gives what stands behind it.
fn escape<'a>(text: &'a str, out: &mut Utf16) -> &'a str {
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = text.get(from..from + count)?;
        let valid = digits.chars().all(|c| c.is_digit(radix));
        u32::from_str_radix(digits, radix).ok().filter(|_| valid)
    };
    let Some(next) = text[1..].chars().next() else {
        out.push('\\');
        return "";
    };
    let code = match next {
        'u' => digits(2, 4, 16).map(|code| (code, 6)),
        'U' => digits(2, 8, 16).map(|code| (code, 10)),
        '0' | '1' => digits(1, 3, 8).map(|code| (code, 4)),
        _ => None,
    };
    if let Some((code, length)) = code {
        out.push_code(code);
        return &text[length..];
    }
    match next {
        '0' => out.push('\0'),
        'b' => out.push('\u{8}'),
        'n' => out.push('\n'),
        'r' => out.push('\r'),
        't' => out.push('\t'),
        'Z' => out.push('\u{1a}'),
        // Patterns of LIKE keep these escapes for themselves.
        '%' => out.push_str("\\%"),
        '_' => out.push_str("\\_"),
        other => out.push(other),
    }
    &text[1 + next.len_utf8()..]
}

/// Text in which two escapes may make one character, as `\uD83D\uDE00` do.
#[derive(Default)]
struct Utf16 {
    text: String,
    high: Option<u16>,
}

impl Utf16 {
    fn push(&mut self, c: char) {
        self.settle();
        self.text.push(c);
    }

    fn push_str(&mut self, text: &str) {
        if !text.is_empty() {
            self.settle();
            self.text.push_str(text);
        }
    }

    fn push_code(&mut self, code: u32) {
        match (self.high.take(), code) {
            (Some(high), 0xdc00..=0xdfff) => {
                self.text.extend(char::decode_utf16([high, code as u16]).flatten());
            }
            (high, 0xd800..=0xdbff) => {
                self.high = high;
                self.settle();
                self.high = Some(code as u16);
            }
            (high, _) => {
                self.high = high;
                self.push(char::from_u32(code).unwrap_or('?'));
            }
        }
    }

    /// Half a character alone is none.
    fn settle(&mut self) {
        if self.high.take().is_some() {
            self.text.push('?');
        }
    }

    fn finish(mut self) -> String {
        self.settle();
        self.text
    }
}

/// The span from an expression's start to another's end.
pub(super) fn between(from: &Expression, to: &Expression) -> Span {
    from.span.to(to.span)
}
