//! The session parameters of PostgreSQL that drivers read and set. They are no settings of Skep's: SET and SHOW reach
//! them in PostgreSQL's dialect only.
//!
//! A parameter either works, or takes only the values that say what Skep does anyway, or asks for something of which
//! Skep has none (locks, planner methods, just-in-time compilation), so that any value is as good as another.

use std::collections::BTreeMap;

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result, SQL_CONF_NOT_FOUND};

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Cannot be set.
    Fixed,
    Any,
    Flag,
    /// One of these, without regard to case.
    OneOf(&'static [&'static str]),
    /// A number of milliseconds, or one with a unit; 0 is none.
    Milliseconds,
    /// The value must begin with this word.
    Starts(&'static str),
}

/// One parameter.
#[derive(Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub default: &'static str,
    pub values: Values,
    /// Whether clients are told when they connect, and when it changes.
    pub reported: bool,
    pub meaning: &'static str,
}

const fn parameter(
    name: &'static str,
    default: &'static str,
    values: Values,
    reported: bool,
    meaning: &'static str,
) -> Parameter {
    Parameter { name, default, values, reported, meaning }
}

/// The release of PostgreSQL that Skep answers like.
pub const SERVER_VERSION: &str = "15.14";
/// The same as a number.
pub const SERVER_VERSION_NUMBER: &str = "150014";

/// The parameter that is the session's time zone, a setting of Skep's.
pub const TIME_ZONE: &str = "TimeZone";

const ISOLATION_LEVELS: Values =
    Values::OneOf(&["read uncommitted", "read committed", "repeatable read", "serializable"]);

/// By name, without regard to case.
pub static PARAMETERS: &[Parameter] = &[
    parameter("application_name", "", Values::Any, true, "What the client calls itself."),
    parameter("array_nulls", "on", Values::OneOf(&["on", "true", "1", "yes"]), false, "NULL in arrays is no value."),
    parameter("backslash_quote", "safe_encoding", Values::Any, false, "How \\' is read in escaped strings."),
    parameter("bytea_output", "hex", Values::OneOf(&["hex"]), false, "How binary values look."),
    parameter("check_function_bodies", "on", Values::Flag, false, "Functions are checked when they are made."),
    parameter("client_encoding", "UTF8", Values::OneOf(&["UTF8", "UTF-8", "unicode"]), true, "All text is UTF-8."),
    parameter("client_min_messages", "notice", Values::Any, false, "Which messages are sent."),
    parameter("DateStyle", "ISO, MDY", Values::Starts("ISO"), true, "How dates look."),
    parameter("default_tablespace", "", Values::OneOf(&["", "pg_default"]), false, "There are no tablespaces."),
    parameter("default_table_access_method", "heap", Values::OneOf(&["heap"]), false, "How tables are kept."),
    parameter("default_transaction_deferrable", "off", Values::Flag, false, "There are no locks to wait for."),
    parameter(
        "default_transaction_isolation",
        "read committed",
        ISOLATION_LEVELS,
        false,
        "Each statement sees one moment.",
    ),
    parameter("default_transaction_read_only", "off", Values::Flag, true, "Whether statements may write."),
    parameter("enable_hashagg", "on", Values::Flag, false, "The optimizer is DataFusion's."),
    parameter("enable_hashjoin", "on", Values::Flag, false, "The optimizer is DataFusion's."),
    parameter("enable_mergejoin", "on", Values::Flag, false, "The optimizer is DataFusion's."),
    parameter("enable_nestloop", "on", Values::Flag, false, "The optimizer is DataFusion's."),
    parameter("enable_seqscan", "on", Values::Flag, false, "The optimizer is DataFusion's."),
    parameter("escape_string_warning", "on", Values::Flag, false, "No warnings are given."),
    parameter("extra_float_digits", "1", Values::OneOf(&["1", "2", "3"]), false, "Numbers read back as they were."),
    parameter("geqo", "on", Values::Flag, false, "The optimizer is DataFusion's."),
    parameter(
        "idle_in_transaction_session_timeout",
        "0",
        Values::Milliseconds,
        false,
        "Ends a session that is idle in a transaction.",
    ),
    parameter("idle_session_timeout", "0", Values::Milliseconds, false, "Ends a session that is idle."),
    parameter("in_hot_standby", "off", Values::Fixed, true, "The server takes writes."),
    parameter("integer_datetimes", "on", Values::Fixed, true, "Times are counted in microseconds."),
    parameter("IntervalStyle", "postgres", Values::OneOf(&["postgres"]), true, "How intervals look."),
    parameter("is_superuser", "off", Values::Fixed, true, "Whether the user may do anything."),
    parameter("jit", "off", Values::Flag, false, "Nothing is compiled."),
    parameter("lc_collate", "C", Values::Fixed, false, "Strings are compared byte by byte."),
    parameter("lc_ctype", "C.UTF-8", Values::Fixed, false, "Letters are those of Unicode."),
    parameter("lc_messages", "C", Values::Any, false, "Messages are in English."),
    parameter("lc_monetary", "C", Values::Any, false, "There is no money."),
    parameter("lc_numeric", "C", Values::Any, false, "Numbers have a point."),
    parameter("lc_time", "C", Values::Any, false, "Names of months are in English."),
    parameter("lock_timeout", "0", Values::Milliseconds, false, "There are no locks to wait for."),
    parameter(
        "max_identifier_length",
        "63",
        Values::Fixed,
        false,
        "Longer names are cut off by PostgreSQL, not by Skep.",
    ),
    parameter("max_index_keys", "32", Values::Fixed, false, "There are no indexes."),
    parameter("row_security", "on", Values::Flag, false, "There are no policies of rows."),
    parameter(
        "search_path",
        "\"$user\", public",
        Values::Any,
        false,
        "The first of these databases that there is becomes the current one.",
    ),
    parameter("server_encoding", "UTF8", Values::Fixed, true, "All text is UTF-8."),
    parameter("server_version", SERVER_VERSION, Values::Fixed, true, "The release that Skep answers like."),
    parameter("server_version_num", SERVER_VERSION_NUMBER, Values::Fixed, false, "The release that Skep answers like."),
    parameter("session_authorization", "", Values::Fixed, true, "Who is logged in."),
    parameter(
        "standard_conforming_strings",
        "on",
        Values::OneOf(&["on", "true", "1", "yes"]),
        true,
        "Backslashes are letters.",
    ),
    parameter("statement_timeout", "0", Values::Milliseconds, false, "Cancels a statement that takes longer."),
    parameter("synchronous_commit", "on", Values::Any, false, "What is written is on disk when a statement ends."),
    parameter("synchronize_seqscans", "on", Values::Flag, false, "Scans are independent of one another."),
    parameter(TIME_ZONE, "UTC", Values::Any, true, "The time zone in which timestamps are shown and read."),
    parameter("transaction_deferrable", "off", Values::Flag, false, "There are no locks to wait for."),
    parameter("transaction_isolation", "read committed", ISOLATION_LEVELS, false, "Each statement sees one moment."),
    parameter("transaction_read_only", "off", Values::Flag, false, "Whether statements may write."),
    parameter(
        "transform_null_equals",
        "off",
        Values::OneOf(&["off", "false", "0", "no"]),
        false,
        "`x = NULL` is NULL.",
    ),
    parameter("work_mem", "4MB", Values::Any, false, "Memory is shared among all statements."),
    parameter("xmloption", "content", Values::Any, false, "There is no type for XML."),
];

/// The parameter of that name.
pub fn find(name: &str) -> Option<&'static Parameter> {
    let name = if name.eq_ignore_ascii_case("timezone") { TIME_ZONE } else { name };
    PARAMETERS.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
}

/// What nobody knows.
pub fn unrecognized(name: &str) -> Error {
    Error::new(&SQL_CONF_NOT_FOUND, format!("unrecognized configuration parameter \"{name}\""))
        .suggest(name, PARAMETERS.iter().map(|parameter| parameter.name))
}

/// What a session has set.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    changed: BTreeMap<&'static str, String>,
    /// Whether a transaction block is open; it has its own idea of who may write.
    pub in_block: bool,
}

impl Parameters {
    pub fn get(&self, parameter: &'static Parameter) -> &str {
        self.changed.get(parameter.name).map_or(parameter.default, String::as_str)
    }

    /// # Errors
    /// A parameter that cannot be set, or not to that.
    pub fn set(&mut self, parameter: &'static Parameter, value: &str) -> Result<()> {
        let value = parameter.checked(value)?;
        self.changed.insert(parameter.name, value);
        Ok(())
    }

    /// Sets what the client cannot.
    pub fn force(&mut self, parameter: &'static Parameter, value: String) {
        self.changed.insert(parameter.name, value);
    }

    /// Back to the default.
    pub fn reset(&mut self, parameter: &'static Parameter) {
        if parameter.values != Values::Fixed {
            self.changed.remove(parameter.name);
        }
    }

    /// Whether nothing may be written at the moment.
    pub fn is_read_only(&self) -> bool {
        let name = if self.in_block { "transaction_read_only" } else { "default_transaction_read_only" };
        find(name).is_some_and(|parameter| self.get(parameter) == "on")
    }

    /// A time in milliseconds; `None` for none.
    pub fn milliseconds(&self, name: &str) -> Option<u64> {
        let text = self.get(find(name)?);
        parse_milliseconds(text).filter(|milliseconds| *milliseconds > 0)
    }
}

impl Parameter {
    /// The value as it is shown.
    fn checked(&self, value: &str) -> Result<String> {
        let value = value.trim();
        // asyncpg sends the quotes too.
        let value = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(value);
        let fits = match self.values {
            Values::Fixed => {
                return Err(Error::new(
                    &INVALID_PARAMETER_VALUE,
                    format!("parameter \"{}\" cannot be changed", self.name),
                ));
            }
            Values::Any => true,
            Values::Flag => {
                let shown = flag(value).map(|on| if on { "on" } else { "off" });
                return shown.map(str::to_owned).ok_or_else(|| self.refused(value).hint("set it to on or off"));
            }
            Values::OneOf(allowed) => allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(value)),
            Values::Milliseconds => parse_milliseconds(value).is_some(),
            Values::Starts(word) => value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)),
        };
        if !fits {
            let refused = self.refused(value);
            return Err(match self.values {
                Values::OneOf(allowed) => refused.hint(format!("Skep knows {}", allowed.join(", "))),
                Values::Starts(word) => refused.hint(format!("Skep knows {word} only")),
                Values::Milliseconds => refused.hint("give a number of milliseconds, or one with ms, s, min, h or d"),
                Values::Fixed | Values::Any | Values::Flag => refused,
            });
        }
        Ok(match self.name {
            "client_encoding" => "UTF8".to_owned(),
            "DateStyle" if !value.contains(',') => "ISO, MDY".to_owned(),
            _ => value.to_owned(),
        })
    }

    fn refused(&self, value: &str) -> Error {
        Error::new(&INVALID_PARAMETER_VALUE, format!("invalid value for parameter \"{}\": \"{value}\"", self.name))
    }
}

fn flag(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" | "t" | "y" => Some(true),
        "off" | "false" | "no" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}

/// `5000`, `5s`, `1min`
fn parse_milliseconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "ms" => 1,
        "us" => return Some(number.div_ceil(1000)),
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit)
}
