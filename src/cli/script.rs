//! Scripts: texts with a name, from files, standard input or the command line.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;

use super::{Input, Status};

/// A text with statements.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// As messages call it.
    pub name: String,
    pub text: String,
}

/// Why a script cannot be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    File { name: String, error: io::Error },
    Encoding { name: String, line: usize, column: usize, byte: u8, offset: usize },
}

impl Script {
    pub(super) fn read(input: Input) -> Result<Self, Unreadable> {
        match input {
            Input::Text(text) => Ok(Script { name: "-e".to_owned(), text }),
            Input::File(path) => Self::read_file(&path),
        }
    }

    fn read_file(path: &PathBuf) -> Result<Self, Unreadable> {
        let standard_input = path.as_os_str() == "-";
        let name = if standard_input { "<stdin>".to_owned() } else { path.display().to_string() };
        let mut bytes = Vec::new();
        let read = match standard_input {
            true => io::stdin().lock().read_to_end(&mut bytes).map(drop),
            false => std::fs::read(path).map(|content| bytes = content),
        };
        if let Err(error) = read {
            return Err(Unreadable::File { name, error });
        }
        match String::from_utf8(bytes) {
            // Editors of Windows begin a file with a byte order mark.
            Ok(text) => Ok(Script { name, text: text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text) }),
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                let bytes = error.as_bytes();
                let before = String::from_utf8_lossy(&bytes[..offset]);
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                Err(Unreadable::Encoding {
                    name,
                    line: before.matches('\n').count() + 1,
                    column: before[line_start..].chars().count() + 1,
                    byte: bytes[offset],
                    offset,
                })
            }
        }
    }
}

impl Unreadable {
    pub(super) fn status(&self) -> Status {
        match self {
            Unreadable::File { .. } => Status::Usage,
            Unreadable::Encoding { .. } => Status::Failed,
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::File { name, error } => write!(f, "cannot read `{name}`: {error}"),
            Unreadable::Encoding { name, line, column, byte, offset } => write!(
                f,
                "the script is not UTF-8\n --> {name}:{line}:{column}\n  byte 0x{byte:02X} at offset {offset}\n\
                 hint: convert it, for example with `iconv -f latin1 -t utf8`"
            ),
        }
    }
}
