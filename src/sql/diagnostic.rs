//! Draws an error below the line it is about.
//!
//! It knows nothing of terminals: the caller says whether to colour.

use crate::error::Error;

/// Where a statement's text came from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// A file's name, or what stands for one.
    pub name: &'a str,
    /// The text that was parsed, which an error's span is a range of.
    pub text: &'a str,
    /// The line (from 1) of the file where `text` begins.
    pub line: usize,
    /// The column (from 1, in characters) of that line where `text` begins.
    pub column: usize,
}

/// The error with its position, the line, a caret and the hint; ends without a line break.
pub fn render(error: &Error, source: &Source<'_>, colour: bool) -> String {
    let _ = (source, colour);
    format!("error{error}")
}

/// Line and column, both from 1, of a byte of the source's text; columns count characters.
pub fn locate(source: &Source<'_>, position: usize) -> (usize, usize) {
    let _ = position;
    (source.line, source.column)
}
