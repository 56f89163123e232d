//! Lists of properties and options, partition specifications, and clauses that may be given once.

use crate::error::{DUPLICATE_CLAUSES, Error, Result};
use crate::sql::ast::{Expression, ExpressionKind, Literal, PartitionSpecification, Properties};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;

impl Parser<'_> {
    /// `('key' = 'value', a.b 1)`; every key has a value.
    pub fn properties(&mut self) -> Result<Properties> {
        let start = self.start();
        let entries = self.parenthesised(|parser| parser.list(Self::property))?;
        let missing: Vec<&str> =
            entries.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| key.as_str()).collect();
        if !missing.is_empty() {
            return Err(Error::syntax(
                format!("Values must be specified for key(s): [{}]", missing.join(",")),
                self.since(start),
            ));
        }
        Ok(entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }

    /// `('key', a.b)`
    pub fn property_keys(&mut self) -> Result<Vec<String>> {
        let start = self.start();
        let entries = self.parenthesised(|parser| parser.list(Self::property))?;
        if let Some((key, _)) = entries.iter().find(|(_, value)| value.is_some()) {
            return Err(Error::syntax(
                format!("Values should not be specified for key(s): [{key}]"),
                self.since(start),
            ));
        }
        Ok(entries.into_iter().map(|(key, _)| key).collect())
    }

    pub fn property_key(&mut self) -> Result<String> {
        if self.is_string(self.token()) {
            return self.single_string();
        }
        let name = self.object_name()?;
        Ok(name.parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join("."))
    }

    fn property(&mut self) -> Result<(String, Option<String>)> {
        let key = self.property_key()?;
        let stated = self.accept_symbol(Symbol::Eq) || self.accept_symbol(Symbol::DoubleEq);
        let ends = self.is_symbol(Symbol::Comma) || self.is_symbol(Symbol::RightParen);
        if !stated && ends {
            return Ok((key, None));
        }
        let value = self.expression()?;
        let text = constant_text(&value).ok_or_else(|| {
            Error::unsupported("a property that is no constant", "write a string, a number, TRUE or FALSE")
                .at(value.span)
        })?;
        Ok((key, Some(text)))
    }

    /// `PARTITION (a = 1, b)`
    pub fn partition(&mut self) -> Result<PartitionSpecification> {
        let start = self.start();
        self.expect(K::Partition)?;
        let entries = self.parenthesised(|parser| {
            parser.list(|parser| {
                let name = parser.identifier()?;
                if !parser.accept_symbol(Symbol::Eq) && !parser.accept_symbol(Symbol::DoubleEq) {
                    return Ok((name, None));
                }
                if parser.is(K::Default) {
                    return Err(
                        Error::unsupported("DEFAULT as a partition's value", "write the value").at(parser.token().span)
                    );
                }
                Ok((name, Some(parser.partition_value()?)))
            })
        })?;
        Ok(PartitionSpecification { entries, span: self.since(start) })
    }

    /// A constant.
    fn partition_value(&mut self) -> Result<Expression> {
        let value = self.primary()?;
        match &value.kind {
            ExpressionKind::Literal(_) => Ok(value),
            _ => Err(Error::syntax("A partition's value must be a constant", value.span)),
        }
    }

    pub fn optional_partition(&mut self) -> Result<Option<PartitionSpecification>> {
        if self.is(K::Partition) && self.is_symbol_ahead(1, Symbol::LeftParen) {
            return self.partition().map(Some);
        }
        Ok(None)
    }

    /// `COMMENT 'text'`, behind the word.
    pub fn comment_text(&mut self) -> Result<String> {
        self.string()
    }

    /// `DEFAULT COLLATION name`, which can only be the one there is.
    pub fn refuse_collation(&self) -> Result<()> {
        if self.are(&[K::Default, K::Collation]) {
            return Err(Error::unsupported(
                "DEFAULT COLLATION",
                "leave it out, and compare lower(…) where case does not matter",
            )
            .at(self.token().span));
        }
        Ok(())
    }
}

/// Sets a clause that may be given once.
pub(super) fn once<T>(slot: &mut Option<T>, value: T, clause: &str, at: crate::error::Span) -> Result<()> {
    if slot.is_some() {
        return Err(Error::new(
            &DUPLICATE_CLAUSES,
            format!("Found duplicate clauses: {clause}. Please, remove one of them"),
        )
        .at(at));
    }
    *slot = Some(value);
    Ok(())
}

fn constant_text(value: &Expression) -> Option<String> {
    match &value.kind {
        ExpressionKind::Literal(literal) => match literal {
            Literal::String(text) => Some(text.clone()),
            Literal::Boolean(value) => Some(value.to_string()),
            Literal::Integer(digits)
            | Literal::Decimal(digits)
            | Literal::Double(digits)
            | Literal::Float(digits)
            | Literal::Byte(digits)
            | Literal::Short(digits)
            | Literal::Long(digits)
            | Literal::BigDecimal(digits) => Some(digits.clone()),
            Literal::Null | Literal::Binary(_) | Literal::Typed { .. } | Literal::Interval(_) => None,
        },
        _ => None,
    }
}
