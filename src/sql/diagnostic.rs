//! Draws an error below the line it is about.
//!
//! ```text
//! error[TABLE_OR_VIEW_NOT_FOUND]: table or view `sales.ordrs` cannot be found (SQLSTATE 42P01)
//!  --> load.sql:12:15
//!    |
//! 12 | SELECT * FROM sales.ordrs
//!    |               ^^^^^^^^^^^
//! hint: did you mean `sales.orders`?
//! ```
//!
//! It knows nothing of terminals: the caller says whether to colour.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

use crate::error::{Error, Span};

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

/// Cells of a line that are shown; longer ones are cut around the caret.
const MAX_WIDTH: usize = 100;
/// Cells shown before the caret of a line that is cut.
const BEFORE_CARET: usize = 40;

/// The error with its position, the line, a caret and the hint; ends without a line break.
pub fn render(error: &Error, source: &Source<'_>, colour: bool) -> String {
    let paint = Paint { colour };
    let mut out = format!("{}: {}", paint.red(&format!("error[{}]", error.condition())), error.message());
    if !error.sqlstate().is_empty() {
        let _ = write!(out, " {}", paint.faint(&format!("(SQLSTATE {})", error.sqlstate())));
    }
    if let Some(span) = error.span() {
        out.push_str(&excerpt(span, source, paint));
    }
    if let Some(hint) = error.help() {
        let _ = write!(out, "\n{} {hint}", paint.cyan("hint:"));
    }
    out
}

/// Line and column, both from 1, of a byte of the source's text; columns count characters.
pub fn locate(source: &Source<'_>, position: usize) -> (usize, usize) {
    let before = &source.text[..boundary(source.text, position)];
    match before.rfind('\n') {
        Some(newline) => {
            let lines = before.bytes().filter(|byte| *byte == b'\n').count();
            (source.line + lines, before[newline + 1..].chars().count() + 1)
        }
        None => (source.line, source.column + before.chars().count()),
    }
}

fn excerpt(span: Span, source: &Source<'_>, paint: Paint) -> String {
    let text = source.text;
    let start = boundary(text, span.start);
    let end = boundary(text, span.end.max(span.start)).max(start);
    let (line, column) = locate(source, start);

    // Only the first line of a longer span is shown; at the end of the text the caret stands behind the last line.
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |length| start + length);
    let (shown, caret, width) = cut(&text[line_start..line_end], start - line_start, end.min(line_end) - line_start);

    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let bar = paint.blue("|");
    format!(
        "\n{margin}{} {}:{line}:{column}\n{margin} {bar}\n{} {bar} {shown}\n{margin} {bar} {}{}",
        paint.blue("-->"),
        source.name,
        paint.blue(&number),
        " ".repeat(caret),
        paint.red(&"^".repeat(width)),
    )
}

/// The part of a line to show, with tabs widened, and where its carets stand: cells before them, and how many.
fn cut(line: &str, start: usize, end: usize) -> (String, usize, usize) {
    let before: usize = line[..start].chars().map(width).sum();
    let marked: usize = line[start..end].chars().map(width).sum();
    let total: usize = before + marked + line[end..].chars().map(width).sum::<usize>();
    let skip = if total > MAX_WIDTH && before > BEFORE_CARET { before - BEFORE_CARET } else { 0 };

    let mut shown = String::new();
    let mut cell = 0;
    let mut skipped = 0;
    for c in line.chars() {
        let width = width(c);
        if cell < skip {
            skipped = cell + width;
        } else if cell + width > skip + MAX_WIDTH {
            shown.push('…');
            break;
        } else if c == '\t' {
            shown.push_str(TAB);
        } else if !c.is_control() {
            shown.push(c);
        }
        cell += width;
    }
    let ellipsis = usize::from(skip > 0);
    if skip > 0 {
        shown.insert(0, '…');
    }
    let caret = before - skipped.min(before) + ellipsis;
    let room = (MAX_WIDTH + ellipsis + 1).saturating_sub(caret).max(1);
    (shown, caret, marked.clamp(1, room))
}

const TAB: &str = "    ";

/// Cells of a character in a terminal.
fn width(c: char) -> usize {
    if c == '\t' { TAB.len() } else { c.width().unwrap_or(0) }
}

/// The nearest character boundary at or before `position`.
fn boundary(text: &str, position: usize) -> usize {
    let mut position = position.min(text.len());
    while !text.is_char_boundary(position) {
        position -= 1;
    }
    position
}

#[derive(Clone, Copy)]
struct Paint {
    colour: bool,
}

impl Paint {
    fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    fn blue(self, text: &str) -> String {
        self.with("1;34", text)
    }

    fn cyan(self, text: &str) -> String {
        self.with("1;36", text)
    }

    fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
