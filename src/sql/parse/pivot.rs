//! PIVOT and UNPIVOT.

use crate::error::Result;
use crate::sql::ast::{Expression, FromItem, FromKind, Identifier, Pivot, TableAlias, Unpivot};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;

impl Parser<'_> {
    pub fn is_pivot(&self) -> bool {
        self.is(K::Pivot) && self.is_symbol_ahead(1, Symbol::LeftParen)
    }

    pub fn is_unpivot(&self) -> bool {
        self.is(K::Unpivot)
            && (self.is_symbol_ahead(1, Symbol::LeftParen)
                || matches!(self.keyword_ahead(1), Some(K::Include | K::Exclude)))
    }

    /// The relation with the pivot or unpivot that comes next.
    pub fn pivoted(&mut self, input: FromItem, start: usize) -> Result<FromItem> {
        let input = Box::new(input);
        let kind = if self.is_pivot() {
            let pivot = Box::new(self.pivot()?);
            FromKind::Pivot { input, pivot, alias: self.pivot_alias()? }
        } else {
            let unpivot = Box::new(self.unpivot()?);
            FromKind::Unpivot { input, unpivot, alias: self.pivot_alias()? }
        };
        Ok(FromItem { kind, span: self.since(start) })
    }

    pub fn pivot_alias(&mut self) -> Result<Option<TableAlias>> {
        self.table_alias()
    }

    pub fn pivot(&mut self) -> Result<Pivot> {
        let start = self.start();
        self.expect(K::Pivot)?;
        let mut pivot = self.parenthesised(|parser| {
            let aggregates = parser.list(Self::aliased)?;
            parser.expect(K::For)?;
            let columns = match parser.is_symbol(Symbol::LeftParen) {
                true => parser.identifier_list()?,
                false => vec![parser.strict_identifier()?],
            };
            parser.expect(K::In)?;
            let values = parser.parenthesised(|parser| parser.list(Self::aliased))?;
            let columns = columns.into_iter().map(|column| vec![column]).collect();
            Ok(Pivot { aggregates, columns, values, span: crate::error::Span::default() })
        })?;
        pivot.span = self.since(start);
        Ok(pivot)
    }

    fn aliased(&mut self) -> Result<(Expression, Option<Identifier>)> {
        let expression = self.expression()?;
        Ok((expression, self.alias()?))
    }

    /// `[AS] name`, if it is there.
    fn alias(&mut self) -> Result<Option<Identifier>> {
        if self.accept(K::As) || self.is_alias() { self.strict_identifier().map(Some) } else { Ok(None) }
    }

    pub fn unpivot(&mut self) -> Result<Unpivot> {
        let start = self.start();
        self.expect(K::Unpivot)?;
        let include_nulls = match self.accept_any(&[K::Include, K::Exclude]) {
            Some(keyword) => {
                self.expect(K::Nulls)?;
                keyword == K::Include
            }
            None => false,
        };
        let mut unpivot = self.parenthesised(|parser| {
            let several = parser.is_symbol(Symbol::LeftParen);
            let values = if several { parser.identifier_list()? } else { vec![parser.identifier()?] };
            parser.expect(K::For)?;
            let name = parser.identifier()?;
            parser.expect(K::In)?;
            let columns = parser.parenthesised(|parser| {
                parser.list(|parser| {
                    let columns = match several {
                        true => parser.parenthesised(|parser| parser.list(|parser| Ok(parser.object_name()?.parts)))?,
                        false => vec![parser.object_name()?.parts],
                    };
                    Ok((columns, parser.alias()?))
                })
            })?;
            Ok(Unpivot { include_nulls, values, name, columns, span: crate::error::Span::default() })
        })?;
        unpivot.span = self.since(start);
        Ok(unpivot)
    }
}
