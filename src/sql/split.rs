//! Cuts a script into statements, at each `;` that stands in no string, comment, quoted name or `BEGIN … END`.
//!
//! It knows just enough of Spark's scripting language to find the END of a block.

use std::iter::FusedIterator;

use crate::config::Dialect;

use super::keywords::Keyword as K;
use super::lexer::{Fault, Lexer, Symbol, Token, TokenKind};

/// One statement of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Without space and comments before it, and without its `;`.
    pub text: &'a str,
    /// Where `text` begins, in bytes of the script.
    pub offset: usize,
    /// The line where `text` begins, from 1.
    pub line: usize,
    /// The column where `text` begins, from 1, in characters.
    pub column: usize,
}

/// The statements of a script, in order. Each is found when asked for, so that those before a broken one can run.
///
/// A statement with an open string or comment is a fragment too, up to the end of the script: parsing it tells what is
/// wrong and where.
pub fn split(script: &str, dialect: Dialect) -> Fragments<'_> {
    Fragments { script, lexer: Lexer::new(script, dialect), counted: 0, line: 1, column: 1, end: End::Nothing }
}

/// See [`split`].
#[derive(Debug, Clone)]
pub struct Fragments<'a> {
    script: &'a str,
    lexer: Lexer<'a>,
    /// `line` and `column` are those of this byte.
    counted: usize,
    line: usize,
    column: usize,
    end: End,
}

/// What the last fragment ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Nothing,
    Semicolon,
    Text,
    Unclosed,
}

impl<'a> Iterator for Fragments<'a> {
    type Item = Fragment<'a>;

    fn next(&mut self) -> Option<Fragment<'a>> {
        let mut first: Option<Token> = None;
        let mut end = 0;
        let mut blocks = Blocks::default();
        self.end = End::Nothing;
        while let Some(token) = self.lexer.next() {
            match token.kind {
                TokenKind::Comment => continue,
                TokenKind::Symbol(Symbol::Semicolon) if !blocks.open() => {
                    if first.is_some() {
                        self.end = End::Semicolon;
                        break;
                    }
                    continue;
                }
                TokenKind::Error(Fault::UnclosedString | Fault::UnclosedName | Fault::UnclosedComment) => {
                    self.end = End::Unclosed;
                }
                _ => {}
            }
            first.get_or_insert(token);
            end = token.span.end;
            blocks.read(token, || self.lexer.clone().find(|next| next.kind != TokenKind::Comment));
        }
        let start = first?.span.start;
        if self.end == End::Nothing {
            self.end = End::Text;
        }
        self.count_to(start);
        Some(Fragment { text: &self.script[start..end], offset: start, line: self.line, column: self.column })
    }
}

impl FusedIterator for Fragments<'_> {}

impl Fragments<'_> {
    /// What comes next is in that dialect: the statement before may have changed it.
    pub fn speak(&mut self, dialect: Dialect) {
        self.lexer.speak(dialect);
    }

    fn count_to(&mut self, position: usize) {
        for c in self.script[self.counted..position].chars() {
            if c == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.counted = position;
    }
}

/// Whether a text that is being typed can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Only space and comments.
    Empty,
    /// One or more statements, each with its `;`.
    Complete,
    /// The last statement lacks its `;`.
    Unfinished,
    /// A string, comment or quoted name is open.
    Unterminated,
}

/// Whether a text that is being typed can run: ends with `;` outside of strings and comments.
pub fn is_complete(text: &str, dialect: Dialect) -> Completeness {
    let mut fragments = split(text, dialect);
    let mut complete = Completeness::Empty;
    while fragments.next().is_some() {
        complete = match fragments.end {
            End::Semicolon => Completeness::Complete,
            End::Nothing | End::Text => Completeness::Unfinished,
            End::Unclosed => Completeness::Unterminated,
        };
    }
    complete
}

/// The blocks of a script that are open.
#[derive(Debug, Default)]
struct Blocks {
    stack: Vec<Block>,
    /// Whether this is a script at all; known from its first token.
    script: Option<bool>,
    /// The next token begins a statement.
    at_start: bool,
    /// The statement begins with a word that may turn out to be a label.
    label: bool,
    /// The statement is a DECLARE, whose handler may be a block.
    declaration: bool,
    /// The token just read was END of a block, whose kind may follow.
    ended: Option<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Begin,
    If,
    Case,
    While,
    For,
    Loop,
    Repeat,
    /// `CASE … END` within a statement.
    CaseExpression,
}

impl Blocks {
    fn open(&self) -> bool {
        !self.stack.is_empty()
    }

    fn read(&mut self, token: Token, next: impl FnOnce() -> Option<Token>) {
        let script = *self.script.get_or_insert_with(|| begins_script(token, next));
        if !script {
            return;
        }
        let at_start = std::mem::replace(&mut self.at_start, false) || self.stack.is_empty();
        let label = std::mem::replace(&mut self.label, at_start);
        let ended = self.ended.take();
        let TokenKind::Keyword(keyword) = token.kind else {
            match token.kind {
                TokenKind::Symbol(Symbol::Semicolon) => {
                    self.at_start = true;
                    self.declaration = false;
                }
                TokenKind::Symbol(Symbol::Colon) if label => self.at_start = true,
                _ => {}
            }
            return;
        };
        let top = self.stack.last().copied();
        match keyword {
            K::End if at_start || matches!(top, Some(Block::CaseExpression | Block::Repeat)) => {
                self.ended = self.stack.pop();
            }
            K::If if ended == Some(Block::If) => {}
            K::Case if ended == Some(Block::Case) => {}
            K::While if ended == Some(Block::While) => {}
            K::For if ended == Some(Block::For) => {}
            K::Loop if ended == Some(Block::Loop) => {}
            K::Repeat if ended == Some(Block::Repeat) => {}
            K::Begin if at_start || self.declaration => {
                self.stack.push(Block::Begin);
                self.at_start = true;
            }
            // BEGIN NOT ATOMIC
            K::Not | K::Atomic if at_start && top == Some(Block::Begin) => self.at_start = true,
            K::Declare if at_start => self.declaration = true,
            K::If if at_start => self.stack.push(Block::If),
            K::Case => self.stack.push(if at_start { Block::Case } else { Block::CaseExpression }),
            K::While if at_start => self.stack.push(Block::While),
            K::For if at_start => self.stack.push(Block::For),
            K::Loop if at_start => {
                self.stack.push(Block::Loop);
                self.at_start = true;
            }
            K::Repeat if at_start => {
                self.stack.push(Block::Repeat);
                self.at_start = true;
            }
            K::Then | K::Else => self.at_start = matches!(top, Some(Block::If | Block::Case)),
            K::Do => self.at_start = matches!(top, Some(Block::While | Block::For)),
            _ => {}
        }
    }
}

/// `BEGIN` alone, or of a transaction, is a plain statement.
fn begins_script(first: Token, next: impl FnOnce() -> Option<Token>) -> bool {
    if first.kind != TokenKind::Keyword(K::Begin) {
        return false;
    }
    next().is_some_and(|token| {
        !matches!(token.kind, TokenKind::Symbol(Symbol::Semicolon) | TokenKind::Keyword(K::Transaction))
    })
}
