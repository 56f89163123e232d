//! GROUP BY in all its forms.

use crate::error::Result;
use crate::sql::ast::{Expression, ExpressionKind, GroupBy, GroupingElement, GroupingSet};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;

impl Parser<'_> {
    pub fn group_by(&mut self) -> Result<Option<GroupBy>> {
        let start = self.start();
        if !self.accept_all(&[K::Group, K::By]) {
            return Ok(None);
        }
        let mut elements = self.list(Self::grouping_element)?;
        let mut order = Vec::new();
        // What Hive writes behind the expressions.
        if self.is(K::With) && matches!(self.keyword_ahead(1), Some(K::Rollup | K::Cube)) {
            self.advance();
            let sets = plain(&elements).map(|expression| vec![expression.clone()]).collect();
            elements = match self.expect_any(&[K::Rollup, K::Cube])? {
                K::Rollup => vec![GroupingElement::Rollup(sets)],
                _ => vec![GroupingElement::Cube(sets)],
            };
        } else if self.are(&[K::Grouping, K::Sets]) {
            order = plain(&elements).cloned().collect();
            elements = vec![self.grouping_sets()?];
        }
        let all = match elements.as_slice() {
            [GroupingElement::Expression(only)] => {
                matches!(&only.kind, ExpressionKind::Column(parts) if matches!(parts.as_slice(), [part] if part.is("ALL") && !part.quoted))
            }
            _ => false,
        };
        if all {
            elements = vec![GroupingElement::All];
        }
        Ok(Some(GroupBy { elements, order, span: self.since(start) }))
    }

    fn grouping_element(&mut self) -> Result<GroupingElement> {
        if let Some(element) = self.grouping_analytics()? {
            return Ok(element);
        }
        let expression = self.expression()?;
        // The grammar lets an alias stand here, where Hive's ROLLUP may follow; it means nothing.
        Ok(GroupingElement::Expression(expression))
    }

    fn grouping_analytics(&mut self) -> Result<Option<GroupingElement>> {
        if self.are(&[K::Grouping, K::Sets]) {
            return self.grouping_sets().map(Some);
        }
        if !(self.is_any(&[K::Rollup, K::Cube]) && self.is_symbol_ahead(1, Symbol::LeftParen)) {
            return Ok(None);
        }
        let rollup = self.is(K::Rollup);
        self.advance();
        let sets = self.parenthesised(|parser| parser.list(Self::grouping_set))?;
        Ok(Some(if rollup { GroupingElement::Rollup(sets) } else { GroupingElement::Cube(sets) }))
    }

    fn grouping_sets(&mut self) -> Result<GroupingElement> {
        self.expect_all(&[K::Grouping, K::Sets])?;
        let sets = self.parenthesised(|parser| {
            parser.list(|parser| {
                parser.nested(|parser| match parser.grouping_analytics()? {
                    Some(element) => Ok(GroupingSet::Nested(element)),
                    None => Ok(GroupingSet::Set(parser.grouping_set()?)),
                })
            })
        })?;
        Ok(GroupingElement::GroupingSets(sets))
    }

    /// `()`, `a`, `(a, b)`
    fn grouping_set(&mut self) -> Result<Vec<Expression>> {
        if self.is_symbol(Symbol::LeftParen) && self.is_symbol_ahead(1, Symbol::RightParen) {
            self.advance();
            self.advance();
            return Ok(Vec::new());
        }
        let expression = self.expression()?;
        Ok(match expression.kind {
            ExpressionKind::Row(items) => items,
            kind => vec![Expression { kind, span: expression.span }],
        })
    }
}

/// The elements that are plain expressions.
fn plain(elements: &[GroupingElement]) -> impl Iterator<Item = &Expression> {
    elements.iter().filter_map(|element| match element {
        GroupingElement::Expression(expression) => Some(expression),
        GroupingElement::All
        | GroupingElement::Rollup(_)
        | GroupingElement::Cube(_)
        | GroupingElement::GroupingSets(_) => None,
    })
}
