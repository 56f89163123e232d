//! What happens when Skep has a fault and panics: the user reads one error, not a trace of the stack.
//!
//! A panic of a statement's thread ends the statement only, and its error tells; others are told at once. The whole story,
//! with the stack, is in the log with `SKEP_LOG=debug`.

use std::backtrace::Backtrace;
use std::panic::{self, PanicHookInfo};

use parking_lot::Mutex;

use crate::error::Error;

use super::{describe, report};

/// The last panic of a statement's threads that no error has told yet.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// From now on a panic is told as an error is.
pub fn keep_quiet() {
    panic::set_hook(Box::new(|info| {
        let text = text(info);
        tracing::debug!("panic: {text}\n{}", Backtrace::force_capture());
        match std::thread::current().name() {
            Some("main") => report(&describe(&fault(&text))),
            _ => *LAST.lock() = Some(text),
        }
    }));
}

/// The error of a statement whose thread has panicked.
pub(super) fn error() -> Error {
    fault(&LAST.lock().take().unwrap_or_else(|| "the statement ended without a word".to_owned()))
}

fn fault(text: &str) -> Error {
    Error::internal(text)
        .hint("this is a fault of Skep: please report it with the statement; SKEP_LOG=debug tells more")
}

fn text(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    match info.location() {
        Some(place) => format!("{message} (at {}:{})", place.file(), place.line()),
        None => message.to_owned(),
    }
}
