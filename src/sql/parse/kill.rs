//! KILL QUERY, which Spark does not have: its words are no keywords.

use crate::error::Result;
use crate::sql::lexer::TokenKind;

use super::cursor::Parser;

impl Parser<'_> {
    /// `KILL QUERY 12`: the number, if that comes next.
    pub(super) fn kill_query(&mut self) -> Result<Option<u64>> {
        let next = self.ahead(1);
        let is = |parser: &Self, span, word: &str| parser.slice(span).eq_ignore_ascii_case(word);
        if !is(self, self.token().span, "kill") || !is(self, next.span, "query") {
            return Ok(None);
        }
        self.advance();
        self.advance();
        match self.kind() {
            TokenKind::Number(_) => self.integer().map(Some),
            _ => Err(self.unexpected()),
        }
    }
}
