//! PostgreSQL's grammar, where it is another one than Spark's: precedence of operators, its own operators, names of types,
//! forms of calls, clauses of queries. What it makes is the same tree; operators that Spark lacks are calls of functions
//! with the operator's sign as name.

mod array_queries;
mod calls;
mod expressions;
mod primary;
mod quantified;
mod queries;
mod statements;
mod types;

use crate::sql::ast::{Expression, ExpressionKind, Literal};

use super::cursor::Parser;

impl Parser<'_> {
    pub fn is_postgres(&self) -> bool {
        self.options.dialect.is_postgres()
    }

    /// Whether the token `ahead` places further is that word, keyword of Spark's or not.
    pub fn is_word_ahead(&self, ahead: usize, word: &str) -> bool {
        use crate::sql::lexer::TokenKind;
        let token = self.ahead(ahead);
        matches!(token.kind, TokenKind::Identifier | TokenKind::Keyword(_))
            && self.slice(token.span).eq_ignore_ascii_case(word)
    }

    /// Whether these words come next.
    pub fn are_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.is_word_ahead(n, word))
    }

    /// All of the words or none.
    pub fn accept_words(&mut self, words: &[&str]) -> bool {
        let found = self.are_words(words);
        if found {
            words.iter().for_each(|_| {
                self.advance();
            });
        }
        found
    }
}

/// A string of the grammar's.
fn string_literal(text: &str, span: crate::error::Span) -> Expression {
    Expression { kind: ExpressionKind::Literal(Literal::String(text.to_owned())), span }
}
