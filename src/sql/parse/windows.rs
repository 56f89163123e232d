//! Window specifications and frames.

use crate::error::{Error, INVALID_SQL_SYNTAX, Result};
use crate::sql::ast::{FrameBound, FrameUnit, NamedWindow, WindowFrame, WindowSpecification};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;
use crate::types::quote;

use super::cursor::Parser;

impl Parser<'_> {
    /// `WINDOW w AS (…), …`, if it is there.
    pub fn window_clause(&mut self) -> Result<Vec<NamedWindow>> {
        let named = self.is_identifier(self.ahead(1)) && self.keyword_ahead(2) == Some(K::As);
        let clause = self.keyword_ahead(1) == Some(K::Identifier) && self.is_symbol_ahead(2, Symbol::LeftParen);
        if self.is(K::Window) && (named || clause) {
            self.advance();
            let windows = self.list(Self::named_window)?;
            for (n, window) in windows.iter().enumerate() {
                if windows[..n].iter().any(|earlier| earlier.name == window.name) {
                    return Err(Error::new(
                        &INVALID_SQL_SYNTAX,
                        format!("The definition of window {} is repetitive", quote(&window.name.value)),
                    )
                    .subcondition("REPETITIVE_WINDOW_DEFINITION")
                    .at(window.name.span));
                }
            }
            return Ok(windows);
        }
        Ok(Vec::new())
    }

    fn named_window(&mut self) -> Result<NamedWindow> {
        let name = self.strict_identifier()?;
        self.expect(K::As)?;
        let start = self.start();
        let specification = if self.is_symbol(Symbol::LeftParen) {
            self.window_specification()?
        } else {
            WindowSpecification { base: Some(self.strict_identifier()?), ..empty() }
        };
        Ok(NamedWindow { name, specification: WindowSpecification { span: self.since(start), ..specification } })
    }

    /// `(w)`, `(PARTITION BY … ORDER BY … ROWS …)`
    pub fn window_specification(&mut self) -> Result<WindowSpecification> {
        let start = self.start();
        let mut window = empty();
        self.expect_symbol(Symbol::LeftParen)?;
        if self.is_identifier(self.token()) && self.is_symbol_ahead(1, Symbol::RightParen) {
            window.base = Some(self.strict_identifier()?);
        } else if self.accept_all(&[K::Cluster, K::By]) {
            window.partition_by = self.expressions()?;
            window.frame = self.window_frame()?;
        } else {
            if self.accept_all(&[K::Partition, K::By]) || self.accept_all(&[K::Distribute, K::By]) {
                window.partition_by = self.expressions()?;
            }
            if self.accept_all(&[K::Order, K::By]) || self.accept_all(&[K::Sort, K::By]) {
                window.order_by = self.list(Self::sort_item)?;
            }
            window.frame = self.window_frame()?;
        }
        self.expect_symbol(Symbol::RightParen)?;
        window.span = self.since(start);
        Ok(window)
    }

    fn window_frame(&mut self) -> Result<Option<WindowFrame>> {
        let start = self.start();
        let unit = match self.accept_any(&[K::Rows, K::Range]) {
            Some(K::Rows) => FrameUnit::Rows,
            Some(_) => FrameUnit::Range,
            None if self.is_postgres() && self.is_word_ahead(0, "GROUPS") => {
                return Err(crate::error::Error::unsupported("A window frame of GROUPS", "use ROWS or RANGE")
                    .at(self.token().span));
            }
            None => return Ok(None),
        };
        let (from, to) = if self.accept(K::Between) {
            let from = self.frame_bound()?;
            self.expect(K::And)?;
            (from, Some(self.frame_bound()?))
        } else {
            (self.frame_bound()?, None)
        };
        if self.is_postgres() && self.is(K::Exclude) && !self.accept_words(&["EXCLUDE", "NO", "OTHERS"]) {
            return Err(
                crate::error::Error::unsupported("EXCLUDE in a window frame", "leave it out").at(self.token().span)
            );
        }
        Ok(Some(WindowFrame { unit, start: from, end: to, span: self.since(start) }))
    }

    fn frame_bound(&mut self) -> Result<FrameBound> {
        if self.accept_all(&[K::Current, K::Row]) {
            return Ok(FrameBound::CurrentRow);
        }
        let preceding =
            |parser: &mut Self| parser.expect_any(&[K::Preceding, K::Following]).map(|keyword| keyword == K::Preceding);
        if self.accept(K::Unbounded) {
            return Ok(match preceding(self)? {
                true => FrameBound::UnboundedPreceding,
                false => FrameBound::UnboundedFollowing,
            });
        }
        let distance = self.expression()?;
        Ok(match preceding(self)? {
            true => FrameBound::Preceding(distance),
            false => FrameBound::Following(distance),
        })
    }
}

fn empty() -> WindowSpecification {
    WindowSpecification {
        base: None,
        partition_by: Vec::new(),
        order_by: Vec::new(),
        frame: None,
        span: crate::error::Span::default(),
    }
}
