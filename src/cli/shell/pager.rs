//! Shows long results through `$PAGER`.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

/// What is run without `$PAGER`: no wrapping, colours kept, left at once if all fits, the screen not cleared.
const DEFAULT_PAGER: &str = "less -SFRX";

/// Keeps a result until it is known to be longer than the terminal, then hands it to the pager.
pub(in crate::cli) struct Pager {
    height: usize,
    lines: usize,
    kept: String,
    child: Option<Child>,
    /// There is no pager: everything is printed as it comes.
    plain: bool,
}

impl Pager {
    /// `height`: the lines of the terminal.
    pub(in crate::cli) fn new(height: usize) -> Self {
        Self { height, lines: 0, kept: String::new(), child: None, plain: false }
    }

    pub(in crate::cli) fn write(&mut self, text: &str) -> io::Result<()> {
        if let Some(child) = &mut self.child {
            return send(child, text);
        }
        if self.plain {
            return io::stdout().lock().write_all(text.as_bytes());
        }
        self.lines += text.matches('\n').count();
        self.kept.push_str(text);
        // Two lines are left for the prompt.
        if self.lines + 2 > self.height {
            let kept = std::mem::take(&mut self.kept);
            match start() {
                Some(child) => send(self.child.insert(child), &kept)?,
                None => {
                    self.plain = true;
                    io::stdout().lock().write_all(kept.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    /// Shows what is left, and waits until the user leaves the pager.
    pub(in crate::cli) fn finish(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            child.wait()?;
        }
        let mut output = io::stdout().lock();
        output.write_all(std::mem::take(&mut self.kept).as_bytes())?;
        output.flush()
    }
}

fn send(child: &mut Child, text: &str) -> io::Result<()> {
    match &mut child.stdin {
        Some(input) => input.write_all(text.as_bytes()),
        None => Ok(()),
    }
}

/// The pager, if there is one and the user did not switch it off with an empty `$PAGER`.
fn start() -> Option<Child> {
    let command = std::env::var("PAGER").unwrap_or_else(|_| DEFAULT_PAGER.to_owned());
    let mut words = command.split_whitespace();
    Command::new(words.next()?).args(words).stdin(Stdio::piped()).spawn().ok()
}
