//! Cuts a script into statements.

use std::iter::FusedIterator;

use crate::error::Result;

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
pub fn split(script: &str) -> Fragments<'_> {
    Fragments { script }
}

/// See [`split`].
#[derive(Debug, Clone)]
pub struct Fragments<'a> {
    script: &'a str,
}

impl<'a> Iterator for Fragments<'a> {
    type Item = Result<Fragment<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = std::mem::take(&mut self.script);
        (!text.is_empty()).then_some(Ok(Fragment { text, offset: 0, line: 1, column: 1 }))
    }
}

impl FusedIterator for Fragments<'_> {}

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
pub fn is_complete(text: &str) -> Completeness {
    if text.trim_end().ends_with(';') { Completeness::Complete } else { Completeness::Unfinished }
}
