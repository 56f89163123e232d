//! Errors as PostgreSQL's clients understand them: SQLSTATE, place in characters, hint.

use crate::error::{Error, Kind};

use super::frames::Malformed;
use super::messages;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    /// The connection ends with it.
    Fatal,
    Warning,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::Fatal => "FATAL",
            Severity::Warning => "WARNING",
        }
    }
}

/// One ErrorResponse or NoticeResponse.
#[derive(Debug, Clone)]
pub struct Report {
    pub severity: Severity,
    pub sqlstate: &'static str,
    pub message: String,
    pub hint: Option<String>,
    /// Bytes of the statement's text before the place.
    pub place: Option<usize>,
    /// Characters of what the client sent, from 1, if that is known already.
    pub position: Option<usize>,
}

impl Report {
    pub fn error(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, sqlstate, message: message.into(), hint: None, place: None, position: None }
    }

    pub fn fatal(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Fatal, ..Self::error(sqlstate, message) }
    }

    pub fn warning(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(sqlstate, message) }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With its place found in the text that the client sent, of which the statement is a part.
    #[must_use]
    pub fn within(mut self, text: &str, offset: usize) -> Self {
        let place = self.place.take();
        self.position = place.and_then(|place| Some(text.get(..(place + offset).min(text.len()))?.chars().count() + 1));
        self
    }

    /// Appends the message. `text` is what the client sent, and the statement begins `offset` bytes into it.
    pub fn write(&self, out: &mut Vec<u8>, text: &str, offset: usize) {
        let kind = match self.severity {
            Severity::Error | Severity::Fatal => b'E',
            Severity::Warning => b'N',
        };
        let found = || {
            let before = text.get(..(self.place? + offset).min(text.len()))?;
            (!text.is_empty()).then(|| before.chars().count() + 1)
        };
        let position = self.position.or_else(found).map(|position| position.to_string());
        let mut fields = vec![
            (b'S', self.severity.name()),
            (b'V', self.severity.name()),
            (b'C', self.sqlstate),
            (b'M', self.message.as_str()),
        ];
        if let Some(hint) = &self.hint {
            fields.push((b'H', hint));
        }
        if let Some(position) = &position {
            fields.push((b'P', position));
        }
        messages::report(out, kind, &fields);
    }
}

impl From<Error> for Report {
    fn from(error: Error) -> Self {
        Self {
            severity: Severity::Error,
            sqlstate: sqlstate(&error),
            message: error.message().to_owned(),
            hint: error.help().map(str::to_owned),
            place: error.span().map(|span| span.start),
            position: None,
        }
    }
}

impl From<Malformed> for Report {
    fn from(malformed: Malformed) -> Self {
        let severity = if malformed.loses_place() { Severity::Fatal } else { Severity::Error };
        Self { severity, ..Self::error(malformed.sqlstate(), malformed.to_string()) }
    }
}

/// Conditions of Spark's for which PostgreSQL has another SQLSTATE.
const TRANSLATED: &[(&str, &str)] = &[
    ("AMBIGUOUS_REFERENCE", "42702"),
    ("ASSIGNMENT_ARITY_MISMATCH", "42601"),
    ("CANNOT_MODIFY_CONFIG", "55P02"),
    ("CANNOT_MODIFY_STATIC_CONFIG", "55P02"),
    ("CANNOT_PARSE_DECIMAL", "22P02"),
    ("CANNOT_PARSE_TIME", "22007"),
    ("CANNOT_RESOLVE_STAR_EXPAND", "42P01"),
    ("CAST_INVALID_INPUT", "22P02"),
    ("COLUMN_ALREADY_EXISTS", "42701"),
    ("CONVERSION_INVALID_INPUT", "22P02"),
    ("DATATYPE_MISMATCH", "42804"),
    ("DATETIME_FIELD_OUT_OF_BOUNDS", "22008"),
    ("EXPECT_PERMANENT_VIEW_NOT_TEMP", "42809"),
    ("FAILED_READ_FILE", "58030"),
    ("FAILED_READ_PARTITION", "58030"),
    ("FAILED_WRITE_FILE", "58030"),
    ("CANNOT_READ_FILE_FOOTER", "58030"),
    ("FIELD_NOT_FOUND", "42703"),
    ("GROUP_BY_POS_OUT_OF_RANGE", "42P10"),
    ("INCOMPATIBLE_COLUMN_TYPE", "42804"),
    ("INCOMPATIBLE_DATA_FOR_TABLE", "42804"),
    ("INSERT_COLUMN_ARITY_MISMATCH", "42601"),
    ("INVALID_CONF_VALUE", "22023"),
    ("INVALID_SQL_SYNTAX", "42601"),
    ("INVALID_TIMEZONE", "22023"),
    ("INVALID_TYPED_LITERAL", "22007"),
    ("MISSING_WINDOW_SPECIFICATION", "42704"),
    ("NESTED_AGGREGATE_FUNCTION", "42803"),
    ("NOT_NULL_ASSERT_VIOLATION", "23502"),
    ("NOT_NULL_CONSTRAINT_VIOLATION", "23502"),
    ("NUM_COLUMNS_MISMATCH", "42601"),
    ("OPERATION_CANCELED", "57014"),
    ("ORDER_BY_POS_OUT_OF_RANGE", "42P10"),
    ("PARSE_EMPTY_STATEMENT", "42601"),
    ("PARTITIONS_ALREADY_EXIST", "42710"),
    ("PARTITIONS_NOT_FOUND", "42704"),
    ("PATH_NOT_FOUND", "58P01"),
    ("SCHEMA_NOT_FOUND", "3F000"),
    ("SQL_CONF_NOT_FOUND", "42704"),
    ("UNEXPECTED_INPUT_TYPE", "42804"),
    ("UNRESOLVED_VARIABLE", "42704"),
    ("VARIABLE_NOT_FOUND", "42704"),
    ("WRONG_COMMAND_FOR_OBJECT_TYPE", "42809"),
    ("WRONG_NUM_ARGS", "42883"),
    ("INVALID_LIMIT_LIKE_EXPRESSION", "2201W"),
];

/// Codes that Spark and PostgreSQL have in common.
const SHARED: &[&str] = &[
    "0A000", "0LP01", "21000", "22003", "22004", "22007", "22008", "2200E", "22012", "22015", "22021", "22023",
    "22P02", "23505", "25006", "2BP01", "38000", "40001", "42501", "42601", "42602", "42611", "42622", "42701",
    "42702", "42703", "42704", "42710", "42723", "42725", "42803", "42804", "42809", "42830", "42846", "42883",
    "42939", "42P01", "42P02", "42P06", "42P07", "42P17", "42P20", "42P21", "42P22", "53100", "53200", "53300",
    "53400", "54000", "54001", "55000", "57014", "58030", "P0001", "XX000", "XX001",
];

/// The SQLSTATE of PostgreSQL.
pub fn sqlstate(error: &Error) -> &'static str {
    let condition = error.condition();
    let name = condition.split('.').next().unwrap_or_default();
    if let Some((_, state)) = TRANSLATED.iter().find(|(spark, _)| *spark == name) {
        return state;
    }
    if let Some(shared) = SHARED.iter().find(|shared| **shared == error.sqlstate()) {
        return shared;
    }
    // What PostgreSQL has no code for is of a class at least.
    match (error.sqlstate().get(..2), error.kind()) {
        (Some("22"), _) => "22000",
        (Some("42"), Kind::Syntax) => "42601",
        (Some("42"), _) => "42000",
        (_, Kind::Syntax) => "42601",
        (_, Kind::Invalid) => "22000",
        (_, Kind::NotFound) => "42704",
        (_, Kind::AlreadyExists) => "42710",
        (_, Kind::Unsupported) => "0A000",
        (_, Kind::Conflict) => "40001",
        (_, Kind::Cancelled) => "57014",
        (_, Kind::OutOfMemory) => "53200",
        (_, Kind::Io) => "58030",
        (_, Kind::Corrupt) => "XX001",
        (_, Kind::Internal) => "XX000",
    }
}
