//! A session at a terminal or in a script: runs texts statement by statement and says what happened.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;

use crate::error::{Error, Span};
use crate::output::{Format, outcome};
use crate::session::Session;
use crate::sql::diagnostic::{self, Source};
use crate::sql::{self, Fragment};
use crate::types::quote;

use super::run::{Failure, Finished, Show, milliseconds, run};
use super::script::Script;
use super::shell::pager::Pager;
use super::sink::Sink;
use super::{Arguments, Status, describe, report};

/// Rows of a table that are shown unless the user wants more.
const MAX_ROWS: usize = 1000;

pub(super) struct Console {
    /// Where statements run.
    workers: Handle,
    pub session: Arc<Session>,
    pub format: Format,
    pub sink: Sink,
    /// Say how long statements took.
    pub timing: bool,
    pub max_rows: usize,
    pub interactive: bool,
    silent: bool,
    verbose: bool,
    keep_going: bool,
    colour: bool,
    /// Statements that ran.
    count: usize,
}

impl Console {
    pub(super) fn new(workers: Handle, session: Arc<Session>, arguments: &Arguments, interactive: bool) -> Self {
        let chosen = arguments.format.as_deref().and_then(Format::find);
        let fallback = if io::stdout().is_terminal() { Format::Table } else { Format::Tsv };
        Self {
            workers,
            session,
            format: chosen.unwrap_or(fallback),
            sink: Sink::Output,
            timing: !arguments.silent && (arguments.verbose || interactive),
            max_rows: MAX_ROWS,
            interactive,
            silent: arguments.silent,
            verbose: arguments.verbose,
            keep_going: arguments.keep_going,
            colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            count: 0,
        }
    }

    /// Runs all scripts, up to the first that does not end well.
    pub(super) async fn run_scripts(&mut self, scripts: &[Script]) -> Status {
        let mut worst = Status::Success;
        for (number, script) in scripts.iter().enumerate() {
            match self.run_text(&script.name, &script.text).await {
                Status::Success => {}
                Status::Failed if self.keep_going => worst = Status::Failed,
                Status::Unread => return unread(worst, number + 1 < scripts.len()),
                status => return status,
            }
        }
        worst
    }

    /// Runs the statements of a text in order; `name` is what messages call the text.
    pub(super) async fn run_text(&mut self, name: &str, text: &str) -> Status {
        let mut worst = Status::Success;
        let mut fragments = sql::split(text, self.session.dialect());
        loop {
            fragments.speak(self.session.dialect());
            let Some(fragment) = fragments.next() else { break };
            match self.run_fragment(name, &fragment).await {
                Status::Success => {}
                Status::Failed if self.keep_going => worst = Status::Failed,
                Status::Unread => return unread(worst, fragments.next().is_some()),
                status => return status,
            }
        }
        worst
    }

    /// `--database`
    pub(super) async fn use_database(&mut self, database: &str) -> Status {
        match self.session.execute(&format!("USE {}", quote(database))).await {
            Ok(_) => Status::Success,
            Err(error) => {
                report(&describe(&error.without_position()));
                Status::Failed
            }
        }
    }

    async fn run_fragment(&mut self, name: &str, fragment: &Fragment<'_>) -> Status {
        self.count += 1;
        let started = Instant::now();
        let (text, result) = match self.substituted(fragment.text) {
            Ok(text) => {
                if self.verbose {
                    report(&format!("{text};"));
                }
                let result = self.run_statement(&text).await;
                (text, result)
            }
            Err(error) => (fragment.text.to_owned(), Err(Failure::Statement(error))),
        };
        let source = Source { name, text: &text, line: fragment.line, column: fragment.column };
        match result {
            Ok(finished) => {
                if self.timing {
                    report(&summary(&finished));
                }
                Status::Success
            }
            Err(Failure::Statement(error)) => self.failed(&error, &source, started),
            Err(Failure::Cancelled(error)) => {
                if self.interactive {
                    report(error.message());
                } else {
                    self.failed(&error, &source, started);
                }
                Status::Cancelled
            }
            Err(Failure::Output(error)) => self.unwritable(&error),
        }
    }

    /// Tells of an error, in the way of the format.
    fn failed(&mut self, error: &Error, source: &Source<'_>, started: Instant) -> Status {
        if self.format != Format::Outcome {
            // In a script every message has a place; errors that know none are about the whole statement.
            let placed = if self.interactive { error.clone() } else { error.clone().at(first_word(source.text)) };
            report(&diagnostic::render(&placed, source, self.colour));
            return Status::Failed;
        }
        let milliseconds = milliseconds(started.elapsed());
        let statement = outcome::Statement { number: self.count, text: source.text, milliseconds };
        let position = error.span().map(|span| diagnostic::locate(source, span.start));
        let mut line = String::new();
        outcome::push_failure(&mut line, &statement, error, position);
        match self.sink.write(&line).and_then(|()| self.sink.finish()) {
            Ok(()) => Status::Failed,
            Err(error) => self.unwritable(&error),
        }
    }

    /// Who reads our output may go away at any time (`skep … | head`), and that is nothing to complain about.
    fn unwritable(&self, error: &io::Error) -> Status {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return if self.interactive { Status::Success } else { Status::Unread };
        }
        report(&format!("error: cannot write the result: {error}"));
        Status::Failed
    }

    async fn run_statement(&mut self, text: &str) -> Result<Finished, Failure> {
        let terminal = terminal_size::terminal_size();
        let show = Show {
            format: self.format,
            width: terminal.filter(|_| self.sink.is_terminal()).map(|(width, _)| usize::from(width.0)),
            max_rows: self.max_rows,
            progress: !self.silent,
            number: self.count,
        };
        let session = Arc::clone(&self.session);
        match (&self.sink, terminal) {
            (Sink::Output, Some((_, height))) if self.interactive && self.sink.is_terminal() => {
                let mut paged = Sink::Pager(Pager::new(usize::from(height.0)));
                let result = run(&self.workers, &session, text, &show, &mut paged).await;
                // Rows that came before an error are shown, too; who left the pager has seen enough.
                let closed = paged.finish();
                match closed {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
                    _ => result,
                }
            }
            _ => {
                let result = run(&self.workers, &session, text, &show, &mut self.sink).await;
                // What was written before an error must not wait for the next statement.
                if result.is_err() && !matches!(result, Err(Failure::Output(_))) {
                    self.sink.finish().map_err(Failure::Output)?;
                }
                result
            }
        }
    }

    /// `${name}`: settings and what `--define` set, `${env:NAME}`: the environment.
    fn substituted(&self, text: &str) -> Result<String, Error> {
        let off = self.session.setting("spark.sql.variable.substitute").is_some_and(|flag| flag == "false");
        if off || !text.contains("${") {
            return Ok(text.to_owned());
        }
        sql::substitute(text, &|prefix, name| match prefix {
            "" | "hivevar" | "hiveconf" | "spark" | "sparkconf" => {
                self.session.setting(name).or_else(|| self.session.setting(&format!("{prefix}:{name}")))
            }
            "env" => std::env::var(name).ok(),
            _ => None,
        })
    }
}

/// Statements after one whose reader has gone do not run, and the status must not hide that.
fn unread(worst: Status, more: bool) -> Status {
    if more || worst == Status::Failed { Status::Failed } else { Status::Unread }
}

fn first_word(text: &str) -> Span {
    Span::new(0, text.find(char::is_whitespace).unwrap_or(text.len()))
}

fn summary(finished: &Finished) -> String {
    let seconds = finished.elapsed.as_secs_f64();
    match finished.rows {
        None => format!("done in {seconds:.2} s"),
        Some(1) => format!("1 row in {seconds:.2} s"),
        Some(rows) => format!("{rows} rows in {seconds:.2} s"),
    }
}
