//! What the line editor asks us: whether a text is complete, its colours, and how a word may go on.

use std::borrow::Cow;
use std::sync::Arc;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};
use tokio::runtime::Handle;

use crate::session::Session;
use crate::sql::{Completeness, is_complete};

use super::completion::Completion;
use super::highlight::highlight;

pub(super) struct Helper {
    completion: Completion,
    colour: bool,
}

impl Helper {
    pub(super) fn new(runtime: Handle, session: Arc<Session>) -> Self {
        Self { completion: Completion::new(runtime, session), colour: std::env::var_os("NO_COLOR").is_none() }
    }

    /// Statements ran: names that were looked up before may be wrong.
    pub(super) fn forget_names(&self) {
        self.completion.forget_names();
    }
}

impl rustyline::Helper for Helper {}

impl Validator for Helper {
    /// Enter runs what ends with `;`, commands, and nothing; else it begins a new line.
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let text = context.input().trim();
        let leave = ["exit", "quit"].iter().any(|word| text.eq_ignore_ascii_case(word));
        let complete = text.starts_with('\\')
            || leave
            || matches!(is_complete(text, self.completion.dialect()), Completeness::Complete | Completeness::Empty);
        Ok(if complete { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        if self.colour { highlight(line, self.completion.dialect()) } else { Cow::Borrowed(line) }
    }

    fn highlight_char(&self, _line: &str, _pos: usize, kind: CmdKind) -> bool {
        self.colour && kind != CmdKind::MoveCursor
    }
}

impl Hinter for Helper {
    type Hint = String;
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, _context: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        Ok(self.completion.complete(line, position))
    }
}
