//! Identifiers and names of several parts.

use crate::error::{Error, IDENTIFIER_TOO_MANY_NAME_PARTS, INVALID_IDENTIFIER, Result, Span};
use crate::sql::ast::{Identifier, ObjectName};
use crate::sql::keywords::{Keyword as K, Reserved};
use crate::sql::lexer::{Symbol, Token, TokenKind};
use crate::types::quote;

use super::cursor::Parser;

impl Parser<'_> {
    /// Whether the token may be a name.
    pub fn is_identifier(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Identifier | TokenKind::QuotedIdentifier => true,
            TokenKind::DoubleQuoted => self.names_in_double_quotes(),
            TokenKind::Keyword(keyword) => {
                !(self.options.ansi && self.options.enforce_reserved_keywords)
                    || matches!(keyword.reserved(), Reserved::No | Reserved::TableAlias)
            }
            _ => false,
        }
    }

    pub fn names_in_double_quotes(&self) -> bool {
        self.options.ansi && self.options.double_quoted_identifiers
    }

    pub fn identifier(&mut self) -> Result<Identifier> {
        if !self.options.legacy_identifier_clause && self.is_identifier_clause() {
            let name = self.identifier_clause()?;
            let [part] = name.parts.as_slice() else {
                return Err(too_many_parts(&name.parts, 1).at(name.span));
            };
            return Ok(part.clone());
        }
        self.plain_identifier()
    }

    /// A name that IDENTIFIER(…) cannot stand for.
    pub fn plain_identifier(&mut self) -> Result<Identifier> {
        let token = self.token();
        if !self.is_identifier(token) {
            return Err(self.unexpected());
        }
        self.advance();
        let text = self.slice(token.span);
        let unquote = |quote: char| {
            let inner = &text[1..text.len() - 1];
            if inner.contains(quote) {
                inner.replace(&format!("{quote}{quote}"), &quote.to_string())
            } else {
                inner.to_owned()
            }
        };
        let (value, quoted) = match token.kind {
            TokenKind::QuotedIdentifier => (unquote('`'), true),
            TokenKind::DoubleQuoted if self.is_postgres() => (crate::sql::lexer::quoted_name(text), true),
            TokenKind::DoubleQuoted => (unquote('"'), true),
            // Names are found without regard to case, but shown in lower case.
            _ if self.is_postgres() => (text.to_lowercase(), false),
            _ => (text.to_owned(), false),
        };
        if !quoted && !text.is_ascii() && !self.is_postgres() {
            return Err(invalid_identifier(text, token.span));
        }
        Ok(Identifier { value, quoted, span: token.span })
    }

    /// A name where no expression could follow, so that `my-table` is a mistake and not a difference.
    pub fn strict_identifier(&mut self) -> Result<Identifier> {
        let name = self.identifier()?;
        let mut end = name.span.end;
        while !name.quoted
            && self.is_symbol(Symbol::Minus)
            && self.start() == end
            && self.ahead(1).span.start == self.token().span.end
            && self.is_identifier(self.ahead(1))
        {
            self.advance();
            end = self.advance().span.end;
        }
        if end > name.span.end {
            let span = Span::new(name.span.start, end);
            return Err(invalid_identifier(self.slice(span), span));
        }
        Ok(name)
    }

    /// `a`, `a.b.c`, of a column or variable: with `spark.sql.legacy.identifierClause` IDENTIFIER(…) cannot stand for it.
    pub fn path(&mut self) -> Result<ObjectName> {
        if !self.options.legacy_identifier_clause {
            return self.object_name();
        }
        let start = self.start();
        let mut parts = vec![self.strict_identifier()?];
        while self.accept_symbol(Symbol::Dot) {
            parts.push(self.strict_identifier()?);
        }
        Ok(ObjectName { parts, span: self.since(start) })
    }

    /// `a`, `a.b.c`
    pub fn object_name(&mut self) -> Result<ObjectName> {
        if self.options.legacy_identifier_clause && self.is_identifier_clause() {
            // It is the whole name.
            return self.identifier_clause();
        }
        let start = self.start();
        let mut parts = match self.is_identifier_clause() {
            true => self.identifier_clause()?.parts,
            false => vec![self.strict_identifier()?],
        };
        while self.accept_symbol(Symbol::Dot) {
            parts.push(self.strict_identifier()?);
        }
        Ok(ObjectName { parts, span: self.since(start) })
    }

    /// `(a, b, c)`
    pub fn identifier_list(&mut self) -> Result<Vec<Identifier>> {
        self.parenthesised(|parser| parser.list(Self::strict_identifier))
    }

    /// Whether `IDENTIFIER('a.b')` comes next.
    pub fn is_identifier_clause(&self) -> bool {
        self.is(K::Identifier) && self.is_symbol_ahead(1, Symbol::LeftParen)
    }

    /// `IDENTIFIER('db.' || 'name')`: a name given as a constant string.
    pub fn identifier_clause(&mut self) -> Result<ObjectName> {
        let start = self.start();
        self.advance();
        let expression = self.parenthesised(Self::expression)?;
        let span = self.since(start);
        let text = self.options.identifiers.name(&expression)?;
        let mut name =
            super::name(&text, self.options).map_err(|error| error.without_position().at(expression.span))?;
        name.span = span;
        name.parts.iter_mut().for_each(|part| part.span = span);
        Ok(name)
    }
}

/// As Spark words it.
pub(super) fn too_many_parts(parts: &[Identifier], limit: usize) -> Error {
    let shown = parts.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".");
    Error::new(
        &IDENTIFIER_TOO_MANY_NAME_PARTS,
        format!("{shown} is not a valid identifier as it has more than {limit} name parts"),
    )
}

fn invalid_identifier(text: &str, span: Span) -> Error {
    let quoted = quote(text);
    Error::new(
        &INVALID_IDENTIFIER,
        format!(
            "The unquoted identifier {text} is invalid and must be back quoted as: {quoted}. Unquoted identifiers can \
             only contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_')"
        ),
    )
    .at(span)
    .hint(format!("write {quoted}"))
}
