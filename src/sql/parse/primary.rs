//! Primary expressions: literals, names, parentheses, CASE, CAST, and what stands behind them (`[i]`, `.field`, `::type`).

use crate::error::{Error, Result};
use crate::sql::ast::{Argument, CastStyle, Expression, ExpressionKind, FunctionCall, Identifier, Literal, ObjectName};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Number, Symbol, TokenKind};

use super::cursor::{MAX_CHAIN, Parser};

impl Parser<'_> {
    pub fn primary(&mut self) -> Result<Expression> {
        let start = self.start();
        // What IDENTIFIER('a') names is whole: `.b` behind it is a field.
        let clause = self.is_identifier_clause();
        let mut base = self.primary_base()?;
        // A name may grow by `.part` until something else stands behind it; `(a).b` is a field of `a`.
        let mut growing =
            matches!(base.kind, ExpressionKind::Column(_)) && self.text.as_bytes()[start] != b'(' && !clause;
        let mut links = 0;
        loop {
            links += 1;
            if links > MAX_CHAIN {
                return Err(self.too_complex());
            }
            let operand = match self.kind() {
                TokenKind::Symbol(Symbol::Dot) if self.is_identifier(self.ahead(1)) => {
                    self.advance();
                    let field = self.identifier()?;
                    match (&mut base.kind, growing) {
                        (ExpressionKind::Column(parts), true) => parts.push(field),
                        _ => base = wrap(base, |operand| ExpressionKind::Field { operand, field }),
                    }
                    base.span = self.since(start);
                    continue;
                }
                TokenKind::Symbol(Symbol::LeftBracket) if self.is_postgres() => self.postgres_subscript(base)?,
                TokenKind::Symbol(Symbol::LeftBracket) => {
                    self.advance();
                    let index = Box::new(self.nested(Self::value)?);
                    self.expect_symbol(Symbol::RightBracket)?;
                    wrap(base, |operand| ExpressionKind::Index { operand, index })
                }
                TokenKind::Symbol(Symbol::DoubleColon) => {
                    self.advance();
                    if self.is_postgres() {
                        let span = base.span;
                        base = Expression { kind: self.postgres_cast(base, CastStyle::DoubleColon)?, span };
                        base.span = self.since(start);
                        growing = false;
                        continue;
                    }
                    let data_type = self.data_type()?;
                    wrap(base, |operand| ExpressionKind::Cast { operand, data_type, style: CastStyle::DoubleColon })
                }
                TokenKind::Symbol(Symbol::Colon) if !self.is_postgres() && self.begins_path() => {
                    self.advance();
                    self.variant_path(base)?
                }
                TokenKind::Keyword(K::Collate) if !self.is_postgres() && self.is_identifier(self.ahead(1)) => {
                    self.advance();
                    let collation = self.object_name()?;
                    wrap(base, |operand| ExpressionKind::Collate { operand, collation })
                }
                _ => return Ok(base),
            };
            growing = false;
            base = Expression { span: self.since(start), ..operand };
        }
    }

    fn primary_base(&mut self) -> Result<Expression> {
        let start = self.start();
        if self.is_postgres()
            && let Some(kind) = self.postgres_primary()?
        {
            return Ok(Expression { kind, span: self.since(start) });
        }
        let kind = match self.kind() {
            TokenKind::Number(_) => ExpressionKind::Literal(self.number()?),
            TokenKind::Symbol(Symbol::Minus) if self.is_number() => ExpressionKind::Literal(self.number()?),
            TokenKind::Symbol(Symbol::LeftParen) => return self.parentheses(),
            TokenKind::Symbol(Symbol::Star) => {
                self.advance();
                self.star(Vec::new())?
            }
            TokenKind::Symbol(Symbol::Question) => {
                self.advance();
                ExpressionKind::Parameter(None)
            }
            TokenKind::Error(_) if self.options.numbered_parameters && self.is_numbered_parameter() => {
                self.advance();
                let number = self.advance().span;
                ExpressionKind::Parameter(Some(Identifier::new(self.slice(number), number)))
            }
            TokenKind::Symbol(Symbol::Colon) if self.is_identifier(self.ahead(1)) => {
                self.advance();
                ExpressionKind::Parameter(Some(self.identifier()?))
            }
            _ if self.is_string(self.token()) => ExpressionKind::Literal(Literal::String(self.string()?)),
            TokenKind::Keyword(keyword) => match self.keyword_expression(keyword)? {
                Some(kind) => kind,
                None => self.name_expression()?,
            },
            _ => self.name_expression()?,
        };
        Ok(Expression { kind, span: self.since(start) })
    }

    /// `$1`
    fn is_numbered_parameter(&self) -> bool {
        let (sign, number) = (self.token(), self.ahead(1));
        self.slice(sign.span) == "$"
            && number.kind == TokenKind::Number(Number::Integer)
            && number.span.start == sign.span.end
    }

    /// What a keyword begins; `None` where it is a name.
    fn keyword_expression(&mut self, keyword: K) -> Result<Option<ExpressionKind>> {
        let called = self.is_symbol_ahead(1, Symbol::LeftParen);
        let kind = match keyword {
            K::Null if !called && !self.is_symbol_ahead(1, Symbol::Dot) => {
                self.advance();
                ExpressionKind::Literal(Literal::Null)
            }
            K::True | K::False if !called && !self.is_symbol_ahead(1, Symbol::Dot) => {
                self.advance();
                ExpressionKind::Literal(Literal::Boolean(keyword == K::True))
            }
            K::Case if self.begins_expression(1) || self.ahead(1).kind == TokenKind::Keyword(K::When) => self.case()?,
            K::Cast | K::TryCast if called => self.cast(keyword)?,
            K::Interval if self.is_interval() => ExpressionKind::Literal(self.interval()?),
            _ if called => return self.special_call(keyword),
            // Without reserved words they may be columns; the binder takes them for functions where there is none.
            K::CurrentDate | K::CurrentTime | K::CurrentTimestamp | K::CurrentUser | K::SessionUser | K::User
                if !self.is_identifier(self.token()) =>
            {
                let span = self.advance().span;
                plain_call(&self.slice(span).to_lowercase(), [], span)
            }
            _ if self.ends_clause(keyword) => return Err(self.unexpected()),
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    /// Words that are names only where nothing else makes sense: what stands behind them looks like their clause.
    fn ends_clause(&self, keyword: K) -> bool {
        let clause = matches!(
            keyword,
            K::From
                | K::Where
                | K::Group
                | K::Having
                | K::Order
                | K::Limit
                | K::Union
                | K::Intersect
                | K::Except
                | K::On
                | K::When
                | K::Then
                | K::Else
                | K::End
                | K::And
                | K::Or
                | K::Select
        );
        clause && (self.begins_expression(1) || matches!(self.ahead(1).kind, TokenKind::Keyword(_)))
    }

    fn case(&mut self) -> Result<ExpressionKind> {
        self.expect(K::Case)?;
        let operand = if self.is(K::When) { None } else { Some(Box::new(self.expression()?)) };
        let mut branches = Vec::new();
        while self.accept(K::When) {
            let condition = self.expression()?;
            self.expect(K::Then)?;
            branches.push((condition, self.expression()?));
        }
        if branches.is_empty() {
            return Err(self.unexpected_of(&[K::When]));
        }
        let otherwise = if self.accept(K::Else) { Some(Box::new(self.expression()?)) } else { None };
        self.expect(K::End)?;
        Ok(ExpressionKind::Case { operand, branches, otherwise })
    }

    fn cast(&mut self, keyword: K) -> Result<ExpressionKind> {
        self.advance();
        let style = if keyword == K::TryCast { CastStyle::TryCast } else { CastStyle::Cast };
        self.parenthesised(|parser| {
            let operand = Box::new(parser.expression()?);
            parser.expect(K::As)?;
            if parser.is_postgres() {
                return parser.postgres_cast(*operand, style);
            }
            Ok(ExpressionKind::Cast { operand, data_type: parser.data_type()?, style })
        })
    }

    /// A column, a function, a star, a lambda or a typed literal.
    fn name_expression(&mut self) -> Result<ExpressionKind> {
        if !self.is_identifier(self.token()) {
            return Err(self.unexpected());
        }
        if self.is_symbol_ahead(1, Symbol::Arrow) && !self.is_postgres() {
            let parameters = vec![self.identifier()?];
            return self.lambda(parameters);
        }
        if !self.is_postgres()
            && self.is_string(self.ahead(1))
            && matches!(self.kind(), TokenKind::Keyword(_) | TokenKind::Identifier)
        {
            return Ok(ExpressionKind::Literal(self.typed_literal()?));
        }
        let start = self.start();
        let clause = self.is_identifier_clause();
        let mut parts = if clause { self.identifier_clause()?.parts } else { vec![self.identifier()?] };
        while self.is_symbol(Symbol::Dot) {
            if self.is_symbol_ahead(1, Symbol::Star) {
                self.advance();
                self.advance();
                return self.star(parts);
            }
            if clause || !self.is_identifier(self.ahead(1)) {
                break;
            }
            self.advance();
            parts.push(self.identifier()?);
        }
        if self.is_symbol(Symbol::LeftParen) {
            let name = self.without_system_schema(ObjectName { parts, span: self.since(start) });
            return self.call(name);
        }
        Ok(ExpressionKind::Column(parts))
    }

    fn star(&mut self, qualifier: Vec<Identifier>) -> Result<ExpressionKind> {
        let mut except = Vec::new();
        if self.is(K::Except) && self.is_symbol_ahead(1, Symbol::LeftParen) && !self.begins_query(2) {
            self.advance();
            except = self.parenthesised(|parser| parser.list(|parser| Ok(parser.object_name()?.parts)))?;
        }
        Ok(ExpressionKind::Star { qualifier, except })
    }

    pub fn lambda(&mut self, parameters: Vec<Identifier>) -> Result<ExpressionKind> {
        self.expect_symbol(Symbol::Arrow)?;
        Ok(ExpressionKind::Lambda { parameters, body: Box::new(self.expression()?) })
    }

    /// `(query)`, `(a)`, `(a, b)`, `(x, y) -> …`
    fn parentheses(&mut self) -> Result<Expression> {
        let start = self.start();
        if !self.is_postgres() && self.begins_lambda() {
            let parameters = self.identifier_list()?;
            return Ok(Expression { kind: self.lambda(parameters)?, span: self.since(start) });
        }
        self.expect_symbol(Symbol::LeftParen)?;
        let kind = if self.begins_query(0) {
            ExpressionKind::Subquery(Box::new(self.query()?))
        } else {
            let mut items = self.list(Self::named_argument)?;
            match items.pop() {
                // `((SELECT …) UNION …)` is seen to be a query only behind its first part.
                Some(Argument { value: Expression { kind: ExpressionKind::Subquery(query), .. }, .. })
                    if items.is_empty() && self.continues_query() =>
                {
                    ExpressionKind::Subquery(Box::new(self.continue_query(*query)?))
                }
                Some(Argument { name: None, value }) if items.is_empty() => value.kind,
                last => {
                    items.extend(last);
                    row(items, self.since(start))?
                }
            }
        };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Expression { kind, span: self.since(start) })
    }

    /// `(x, y) ->`
    fn begins_lambda(&self) -> bool {
        let mut ahead = 1;
        while self.is_identifier(self.ahead(ahead)) && self.is_symbol_ahead(ahead + 1, Symbol::Comma) {
            ahead += 2;
        }
        self.is_identifier(self.ahead(ahead))
            && self.is_symbol_ahead(ahead + 1, Symbol::RightParen)
            && self.is_symbol_ahead(ahead + 2, Symbol::Arrow)
    }

    fn begins_path(&self) -> bool {
        self.is_identifier(self.ahead(1)) || self.is_symbol_ahead(1, Symbol::LeftBracket)
    }

    /// `:a.b[0]['c']` reads a part of a semi-structured value. A name in backquotes is taken apart at its dots.
    fn variant_path(&mut self, base: Expression) -> Result<Expression> {
        let (mut path, mut field) = ("$".to_owned(), None);
        loop {
            if self.accept_symbol(Symbol::LeftBracket) {
                if self.is_string(self.token()) {
                    let name = self.single_string()?;
                    path.push_str(&format!("['{name}']"));
                    field = Some(name);
                } else {
                    path.push_str(&format!("[{}]", self.integer::<u32>()?));
                }
                self.expect_symbol(Symbol::RightBracket)?;
            } else {
                let name = self.identifier()?.value;
                path.push_str(&format!(".{name}"));
                field = name.rsplit('.').next().map(str::to_owned);
            }
            let more = self.is_symbol(Symbol::LeftBracket)
                || (self.is_symbol(Symbol::Dot) && self.is_identifier(self.ahead(1)));
            if !more {
                break;
            }
            self.accept_symbol(Symbol::Dot);
        }
        Ok(wrap(base, |operand| ExpressionKind::Path { operand, path, field }))
    }
}

/// `(a, b)`; with names it is a struct.
fn row(items: Vec<Argument>, span: crate::error::Span) -> Result<ExpressionKind> {
    if items.iter().all(|item| item.name.is_none()) {
        return Ok(ExpressionKind::Row(items.into_iter().map(|item| item.value).collect()));
    }
    if items.len() == 1 {
        return Err(Error::syntax("An expression in parentheses takes no alias", span));
    }
    let name = ObjectName { parts: vec![Identifier::new("struct", span)], span };
    Ok(ExpressionKind::Function(Box::new(FunctionCall { arguments: items, ..call_of(name) })))
}

fn wrap(base: Expression, kind: impl FnOnce(Box<Expression>) -> ExpressionKind) -> Expression {
    let span = base.span;
    Expression { kind: kind(Box::new(base)), span }
}

/// A call without arguments.
pub(super) fn call_of(name: ObjectName) -> FunctionCall {
    FunctionCall {
        name,
        arguments: Vec::new(),
        distinct: false,
        filter: None,
        within_group: Vec::new(),
        order_by: Vec::new(),
        ignore_nulls: None,
        over: None,
    }
}

/// A call that the grammar has a form of its own for.
pub(super) fn plain_call(
    name: &str,
    arguments: impl IntoIterator<Item = Expression>,
    span: crate::error::Span,
) -> ExpressionKind {
    let name = ObjectName { parts: vec![Identifier::new(name, span)], span };
    let arguments = arguments.into_iter().map(|value| Argument { name: None, value }).collect();
    ExpressionKind::Function(Box::new(FunctionCall { arguments, ..call_of(name) }))
}
