//! The one error type: Spark's condition and SQLSTATE, a message, a position, a hint.
//!
//! It knows nothing about files of scripts or terminals: positions are byte ranges of the statement's text, and
//! `sql::diagnostic` draws them.

mod conditions;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};

pub use conditions::*;

/// What every fallible function of the library returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A byte range of a statement's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// What the reader of an error has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The text does not parse.
    Syntax,
    /// The text parses but means nothing, or a value broke a rule while running.
    Invalid,
    /// A name stands for nothing.
    NotFound,
    /// A name is taken.
    AlreadyExists,
    /// Skep does not do this; the hint says what to use instead.
    Unsupported,
    /// Somebody else changed the same thing: run the statement again.
    Conflict,
    /// The user or a limit stopped the statement.
    Cancelled,
    /// The memory limit is too small for the statement.
    OutOfMemory,
    /// The operating system or an object store refused.
    Io,
    /// A file or the metastore holds what it should not.
    Corrupt,
    /// A fault of Skep's own.
    Internal,
}

/// A class of errors as Spark names them, see <https://spark.apache.org/docs/latest/sql-error-conditions.html>.
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// Spark's name, e.g. `DIVIDE_BY_ZERO`.
    pub name: &'static str,
    /// Five characters of the SQL standard, e.g. `22012`; empty for conditions to which Spark gives none.
    pub sqlstate: &'static str,
    pub kind: Kind,
}

/// An error that a user reads. Cheap to move and to clone.
#[derive(Clone, thiserror::Error)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    condition: &'static Condition,
    subcondition: Option<Cow<'static, str>>,
    message: String,
    span: Option<Span>,
    hint: Option<String>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// `message` is one sentence without a full stop; names of things stand in backquotes.
    pub fn new(condition: &'static Condition, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            condition,
            subcondition: None,
            message: message.into(),
            span: None,
            hint: None,
            cause: None,
        }))
    }

    /// The text does not parse.
    pub fn syntax(message: impl Into<String>, span: Span) -> Self {
        Self::new(&PARSE_SYNTAX_ERROR, message).at(span)
    }

    /// Something Spark may do and Skep does not; `instead` tells the user what to do.
    pub fn unsupported(what: impl Into<String>, instead: impl Into<String>) -> Self {
        Self::new(&UNSUPPORTED_FEATURE, format!("{} is not supported", what.into())).hint(instead)
    }

    /// A fault of Skep's own that the user can only report.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(&INTERNAL_ERROR, message)
    }

    /// The operating system refused to read or write `path`.
    pub fn io(path: impl fmt::Display, error: std::io::Error) -> Self {
        Self::new(&FAILED_READ_FILE, format!("`{path}`: {error}")).cause(error)
    }

    /// The part after the dot of a condition such as `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`.
    #[must_use]
    pub fn subcondition(mut self, subcondition: impl Into<Cow<'static, str>>) -> Self {
        self.0.subcondition = Some(subcondition.into());
        self
    }

    /// Where in the statement's text; the first caller, who knows best, wins.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    /// Moves the position, for a text that is part of a larger one.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> Self {
        if let Some(span) = &mut self.0.span {
            *span = Span::new(span.start + by, span.end + by);
        }
        self
    }

    /// Forgets the position, for errors from a text the user does not see (a view's).
    #[must_use]
    pub fn without_position(mut self) -> Self {
        self.0.span = None;
        self
    }

    /// What the user may do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds "did you mean …?" when a candidate is close to `name`.
    #[must_use]
    pub fn suggest<S: AsRef<str>>(self, name: &str, candidates: impl IntoIterator<Item = S>) -> Self {
        match closest(name, candidates) {
            Some(best) => self.hint(format!("did you mean `{best}`?")),
            None => self,
        }
    }

    /// The error that this one was made from.
    #[must_use]
    pub fn cause(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// Spark's name, with the part after the dot.
    pub fn condition(&self) -> String {
        match &self.0.subcondition {
            Some(sub) => format!("{}.{sub}", self.0.condition.name),
            None => self.0.condition.name.to_owned(),
        }
    }

    pub fn is(&self, condition: &'static Condition) -> bool {
        self.0.condition == condition
    }

    pub fn kind(&self) -> Kind {
        self.0.condition.kind
    }

    pub fn sqlstate(&self) -> &'static str {
        self.0.condition.sqlstate
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn span(&self) -> Option<Span> {
        self.0.span
    }

    pub fn help(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

/// The candidate most like `name` (Jaro-Winkler, without regard to case), if any is close.
pub fn closest<S: AsRef<str>>(name: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.as_ref().to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.as_ref().to_owned())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.condition(), self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} (SQLSTATE {}, {:?}, hint {:?})", self.sqlstate(), self.0.span, self.0.hint)
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

impl From<Error> for ArrowError {
    fn from(error: Error) -> Self {
        ArrowError::ExternalError(Box::new(error))
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::ExternalError(inner) => from_boxed(inner),
            ArrowError::DivideByZero => Error::new(
                &DIVIDE_BY_ZERO,
                "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead",
            ),
            ArrowError::ArithmeticOverflow(what) => Error::new(&ARITHMETIC_OVERFLOW, what),
            ArrowError::IoError(message, cause) => Error::new(&FAILED_READ_FILE, message).cause(cause),
            other => Error::internal(other.to_string()),
        }
    }
}

impl From<ParquetError> for Error {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(inner) if inner.is::<Error>() => from_boxed(inner),
            other => Error::new(&FAILED_READ_FILE, other.to_string()).cause(other),
        }
    }
}

impl From<DataFusionError> for Error {
    /// Finds our own error inside DataFusion's wrappings; the rest gets the nearest condition.
    fn from(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => from_boxed(inner),
            DataFusionError::ArrowError(inner, _) => Error::from(*inner),
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Error::from(*inner),
            DataFusionError::Shared(inner) => from_shared(&inner),
            DataFusionError::ParquetError(inner) => Error::from(*inner),
            DataFusionError::ObjectStore(inner) => Error::new(&FAILED_READ_FILE, inner.to_string()).cause(inner),
            DataFusionError::IoError(inner) => Error::new(&FAILED_READ_FILE, inner.to_string()).cause(inner),
            DataFusionError::ResourcesExhausted(message) => Error::new(&OUT_OF_MEMORY, message)
                .hint("raise `skep.memory.limit`, or read fewer columns or rows at a time"),
            DataFusionError::NotImplemented(what) => Error::new(&UNSUPPORTED_FEATURE, what),
            DataFusionError::Execution(message) => Error::internal(message),
            other => Error::internal(other.strip_backtrace()),
        }
    }
}

fn from_boxed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(ours) => return *ours,
        Err(other) => other,
    };
    let error = match error.downcast::<DataFusionError>() {
        Ok(inner) => return Error::from(*inner),
        Err(other) => other,
    };
    match error.downcast::<ArrowError>() {
        Ok(inner) => Error::from(*inner),
        Err(other) => Error::internal(other.to_string()),
    }
}

/// A shared error cannot be taken apart, only looked at.
fn from_shared(error: &DataFusionError) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(ours) = current.downcast_ref::<Error>() {
            return ours.clone();
        }
        if let Some(DataFusionError::ResourcesExhausted(message)) = current.downcast_ref::<DataFusionError>() {
            return DataFusionError::ResourcesExhausted(message.clone()).into();
        }
        cause = current.source();
    }
    Error::internal(error.strip_backtrace())
}
