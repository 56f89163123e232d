//! Function calls that the grammar has forms of its own for: EXTRACT, TRIM, SUBSTRING, DATEADD and the like.

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result, Span};
use crate::sql::ast::{Argument, Expression, ExpressionKind, FunctionCall, Identifier, Literal, ObjectName, TrimSide};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::primary::call_of;

impl Parser<'_> {
    /// A keyword with a `(` behind it; `None`: an ordinary function.
    pub fn special_call(&mut self, keyword: K) -> Result<Option<ExpressionKind>> {
        match keyword {
            K::Extract => self.extract(),
            K::Trim => self.trim(),
            K::Substring | K::Substr => self.substring(),
            K::Position => self.position(),
            K::Overlay => self.overlay(),
            K::Struct => self.struct_call().map(Some),
            K::Timestampadd | K::Dateadd | K::DateAdd | K::Timestampdiff | K::Datediff | K::DateDiff | K::Timediff => {
                self.unit_call()
            }
            _ => Ok(None),
        }
    }

    fn extract(&mut self) -> Result<Option<ExpressionKind>> {
        let mark = self.mark();
        self.advance();
        self.expect_symbol(Symbol::LeftParen)?;
        if !(self.is_identifier(self.token()) && self.keyword_ahead(1) == Some(K::From)) {
            self.back_to(mark);
            return Ok(None);
        }
        let field = self.identifier()?;
        self.expect(K::From)?;
        let source = Box::new(self.nested(Self::value)?);
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Some(ExpressionKind::Extract { field, source }))
    }

    fn trim(&mut self) -> Result<Option<ExpressionKind>> {
        let name = self.object_name()?;
        self.expect_symbol(Symbol::LeftParen)?;
        let stated = match self.keyword() {
            Some(K::Both) => Some(TrimSide::Both),
            Some(K::Leading) => Some(TrimSide::Leading),
            Some(K::Trailing) => Some(TrimSide::Trailing),
            _ => None,
        };
        // A column may have such a name.
        let stated = stated.filter(|_| self.keyword_ahead(1) == Some(K::From) || self.begins_expression(1));
        if stated.is_some() {
            self.advance();
        }
        let mut characters = None;
        if !self.is(K::From) {
            let first = self.expression()?;
            if stated.is_none() && !self.is(K::From) {
                return self.rest_of_call(name, vec![first]);
            }
            characters = Some(Box::new(first));
        }
        self.expect(K::From)?;
        let source = Box::new(self.nested(Self::value)?);
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Some(ExpressionKind::Trim { side: stated.unwrap_or(TrimSide::Both), characters, source }))
    }

    fn substring(&mut self) -> Result<Option<ExpressionKind>> {
        let name = self.object_name()?;
        self.expect_symbol(Symbol::LeftParen)?;
        if self.is_symbol(Symbol::RightParen) {
            return self.rest_of_call(name, Vec::new());
        }
        let mut arguments = vec![self.expression()?];
        // The words mean the function, whatever the name.
        let name = if self.is(K::From) { named("substring", name.span) } else { name };
        for keyword in [K::From, K::For] {
            if self.accept(keyword) || self.accept_symbol(Symbol::Comma) {
                arguments.push(self.expression()?);
            }
        }
        self.rest_of_call(name, arguments)
    }

    fn position(&mut self) -> Result<Option<ExpressionKind>> {
        let name = self.object_name()?;
        self.expect_symbol(Symbol::LeftParen)?;
        if self.is_symbol(Symbol::RightParen) {
            return self.rest_of_call(name, Vec::new());
        }
        let mut arguments = vec![self.nested(Self::value)?];
        if !self.accept(K::In) {
            return self.rest_of_call(name, arguments);
        }
        arguments.push(self.nested(Self::value)?);
        self.rest_of_call(named("locate", name.span), arguments)
    }

    fn overlay(&mut self) -> Result<Option<ExpressionKind>> {
        let name = self.object_name()?;
        self.expect_symbol(Symbol::LeftParen)?;
        let mut arguments = vec![self.expression()?];
        if self.accept(K::Placing) {
            arguments.push(self.expression()?);
            self.expect(K::From)?;
            arguments.push(self.expression()?);
            if self.accept(K::For) {
                arguments.push(self.expression()?);
            }
        }
        self.rest_of_call(name, arguments)
    }

    /// `struct(a AS x, b)`
    fn struct_call(&mut self) -> Result<ExpressionKind> {
        let name = self.object_name()?;
        let arguments = self.parenthesised(|parser| match parser.is_symbol(Symbol::RightParen) {
            true => Ok(Vec::new()),
            false => parser.list(Self::named_argument),
        })?;
        self.after_arguments(FunctionCall { arguments, ..call_of(name) })
    }

    /// An expression, with or without an alias that becomes the argument's name.
    pub fn named_argument(&mut self) -> Result<Argument> {
        let value = self.expression()?;
        let name = match self.accept(K::As) || self.is_alias() {
            true => Some(self.identifier()?),
            false => None,
        };
        Ok(Argument { name, value })
    }

    /// `DATEADD(DAY, 1, d)`: with three arguments the first is a unit, not a column.
    fn unit_call(&mut self) -> Result<Option<ExpressionKind>> {
        let name = self.object_name()?;
        let mut call = self.call(name)?;
        if let ExpressionKind::Function(function) = &mut call
            && function.arguments.len() == 3
        {
            // With a unit they are other functions of the same names.
            let adds = function.name.last().value.to_lowercase().ends_with("add");
            function.name = named(if adds { "timestampadd" } else { "timestampdiff" }, function.name.span);
            let unit = &mut function.arguments[0].value;
            match &unit.kind {
                ExpressionKind::Column(parts) if is_unit(parts.as_slice()) => {
                    let text = parts[0].value.to_uppercase();
                    unit.kind = ExpressionKind::Literal(Literal::String(text));
                }
                ExpressionKind::Literal(Literal::String(text)) => {
                    return Err(Error::new(
                        &INVALID_PARAMETER_VALUE,
                        format!(
                            "The value of parameter(s) `unit` in `{}` is invalid: expects one of the units without quotes \
                             {}, but got the string literal '{text}'",
                            function.name.text(),
                            UNITS.join(", ")
                        ),
                    )
                    .subcondition("DATETIME_UNIT")
                    .at(unit.span));
                }
                _ => {
                    return Err(Error::syntax("Syntax error: a unit such as DAY is expected", unit.span)
                        .hint(format!("one of {}", UNITS.join(", "))));
                }
            }
        }
        Ok(Some(call))
    }

    /// What is left of an argument list some of which was read, and what stands behind it.
    fn rest_of_call(
        &mut self,
        name: crate::sql::ast::ObjectName,
        read: Vec<Expression>,
    ) -> Result<Option<ExpressionKind>> {
        let mut arguments: Vec<_> = read.into_iter().map(|value| Argument { name: None, value }).collect();
        while self.accept_symbol(Symbol::Comma) {
            arguments.push(self.argument()?);
        }
        self.expect_symbol(Symbol::RightParen)?;
        self.after_arguments(FunctionCall { arguments, ..call_of(name) }).map(Some)
    }
}

const UNITS: [&str; 11] =
    ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"];

fn is_unit(parts: &[crate::sql::ast::Identifier]) -> bool {
    matches!(parts, [part] if !part.quoted && UNITS.iter().any(|unit| part.is(unit)))
}

/// The name of a function that the grammar calls otherwise.
fn named(name: &str, span: Span) -> ObjectName {
    ObjectName { parts: vec![Identifier::new(name, span)], span }
}
