//! Where results go: standard output, a file, or a pager.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::shell::pager::Pager;

pub(super) enum Sink {
    Output,
    File { path: PathBuf, writer: BufWriter<File> },
    Pager(Pager),
}

impl Sink {
    /// A new file, or one that is emptied.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Sink::File { path: path.to_owned(), writer: BufWriter::new(File::create(path)?) })
    }

    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        match self {
            Sink::Output => io::stdout().lock().write_all(text.as_bytes()),
            Sink::File { writer, .. } => writer.write_all(text.as_bytes()),
            Sink::Pager(pager) => pager.write(text),
        }
    }

    /// Makes what was written visible; a pager is waited for.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match self {
            Sink::Output => io::stdout().lock().flush(),
            Sink::File { writer, .. } => writer.flush(),
            Sink::Pager(pager) => pager.finish(),
        }
    }

    /// Whether a person sees what is written at once.
    pub(super) fn is_terminal(&self) -> bool {
        match self {
            Sink::Output => io::stdout().is_terminal(),
            Sink::File { .. } => false,
            Sink::Pager(_) => true,
        }
    }
}
