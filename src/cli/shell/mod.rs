//! The interactive shell: reads statements and commands, and keeps going whatever they do.

mod commands;
mod completion;
mod edit;
mod help;
mod highlight;
pub(super) mod pager;

use std::path::PathBuf;
use std::sync::Arc;

use rustyline::config::BellStyle;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use tokio::runtime::{Handle, Runtime};

use crate::output::Format;

use super::console::Console;
use super::{Status, report};
use edit::Helper;

/// Lines that the history keeps.
const HISTORY: usize = 10_000;

/// What goes on after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continue,
    Leave,
}

struct Shell<'a> {
    front: &'a Runtime,
    console: Console,
    /// The format to come back to from `\x`.
    usual_format: Format,
    /// The last statements that ran, for `\e`.
    last: String,
    /// What `\e` made, to be shown in the next prompt.
    draft: Option<String>,
}

/// Runs the shell until the user leaves it. `front` is this thread's, statements run on `workers`.
pub(super) fn run(front: &Runtime, workers: &Handle, console: Console) -> Status {
    let helper = Helper::new(workers.clone(), Arc::clone(&console.session));
    let mut editor = match editor(helper) {
        Ok(editor) => editor,
        Err(error) => {
            report(&format!("error: the terminal cannot be used: {error}"));
            return Status::Failed;
        }
    };
    let history = history_file();
    if let Some(file) = &history {
        // The first time there is none.
        let _ = editor.load_history(file);
    }
    report(&format!("Skep {}: type \\? for help, \\q to leave", env!("CARGO_PKG_VERSION")));
    let usual_format = console.format;
    let mut shell = Shell { front, console, usual_format, last: String::new(), draft: None };
    loop {
        let prompt = format!("{}> ", shell.console.session.current_database());
        let line = match shell.draft.take() {
            Some(draft) => editor.readline_with_initial(&prompt, (&draft, "")),
            None => editor.readline(&prompt),
        };
        let line = match line {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => {
                report(&format!("error: the terminal cannot be read: {error}"));
                return Status::Failed;
            }
        };
        if line.trim().is_empty() {
            continue;
        }
        if editor
            .add_history_entry(crate::sql::without_secrets(
                line.trim_end(),
                shell.console.session.parse_options().dialect,
            ))
            .is_ok_and(|added| added)
            && let Some(file) = &history
            && let Err(error) = append_history(&mut editor, file)
        {
            tracing::warn!("the history cannot be written: {error}");
        }
        if shell.line(&line) == Flow::Leave {
            break;
        }
        if let Some(helper) = editor.helper() {
            helper.forget_names();
        }
    }
    Status::Success
}

fn editor(helper: Helper) -> rustyline::Result<Editor<Helper, FileHistory>> {
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .bell_style(BellStyle::None)
        .tab_stop(4)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(helper));
    Ok(editor)
}

fn append_history(editor: &mut Editor<Helper, FileHistory>, file: &PathBuf) -> rustyline::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    editor.append_history(file)
}

/// In the user's data folder by the XDG rules; `None` for a user without a home.
fn history_file() -> Option<PathBuf> {
    let data = match std::env::var_os("XDG_DATA_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".local/share"),
    };
    Some(data.join("skep/history"))
}

impl Shell<'_> {
    /// Runs what was typed.
    fn line(&mut self, line: &str) -> Flow {
        let text = line.trim();
        if text.starts_with('\\') {
            return commands::run(self, text);
        }
        if matches!(text.trim_end_matches(';').trim_end().to_ascii_lowercase().as_str(), "exit" | "quit") {
            return Flow::Leave;
        }
        self.last = line.to_owned();
        self.statements("input", line);
        Flow::Continue
    }

    /// Runs statements; what they do wrong was told when this returns.
    fn statements(&mut self, name: &str, text: &str) {
        self.front.block_on(self.console.run_text(name, text));
    }
}
