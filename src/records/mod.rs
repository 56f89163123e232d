//! Records as text: CSV, JSON and XML, read into columns and written from them.
//!
//! The functions (`from_json`, `to_csv`, …) and the files of tables share this, so that both understand the same options
//! and give the same answers. It knows neither files nor functions.

pub mod column;
pub mod csv;
pub mod json;
pub mod times;
pub mod values;
pub mod xml;

use crate::error::{Error, INVALID_CORRUPT_RECORD_TYPE, INVALID_PARAMETER_VALUE, MALFORMED_RECORD_IN_PARSING, Result};
use crate::types::{DataType, StructField};

/// Options by name, as they were written.
pub type Properties = Vec<(String, String)>;

/// The column that shows records that cannot be read, unless an option names another.
pub const CORRUPT_RECORD: &str = "_corrupt_record";

/// What happens to a record that is not as the columns demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What cannot be read is NULL.
    Permissive,
    DropMalformed,
    FailFast,
}

impl Mode {
    pub fn named(text: &str) -> Self {
        match text.to_uppercase().as_str() {
            "DROPMALFORMED" => Mode::DropMalformed,
            "FAILFAST" => Mode::FailFast,
            // As Spark, which warns and goes on.
            _ => Mode::Permissive,
        }
    }
}

/// How the bytes of a file become characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    pub fn named(name: &str) -> Result<Self> {
        match name.to_uppercase().as_str() {
            "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" => Ok(Charset::Utf8),
            "ISO-8859-1" | "LATIN1" | "ISO8859_1" => Ok(Charset::Latin1),
            _ => Err(Error::unsupported(format!("The character set `{name}`"), "convert the files to UTF-8")),
        }
    }
}

/// The value of an option that is true or false.
pub fn flag(name: &str, value: &str) -> Result<bool> {
    match value.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::new(&INVALID_PARAMETER_VALUE, format!("{name} flag can be true or false"))),
    }
}

/// Options of all formats that would change what is read or written, which Skep does not do.
const REFUSED: &[&str] =
    &["pathglobfilter", "recursivefilelookup", "modifiedbefore", "modifiedafter", "singlevariantcolumn"];

/// Options of all formats that may only say what is done anyway.
const ONLY: &[(&str, &[&str])] = &[
    ("compression", &["none", "uncompressed"]),
    ("codec", &["none", "uncompressed"]),
    ("locale", &["en-us", "en"]),
    ("samplingratio", &["1", "1.0"]),
    ("linesep", &["\n", "\r\n", "\r"]),
];

/// Refuses an option that changes something; as Spark, takes options of any other name.
pub fn check_other(format: &str, key: &str, value: &str, refused_by_format: &[&str]) -> Result<()> {
    let (name, value_in_lower_case) = (key.to_lowercase(), value.to_lowercase());
    let impossible = REFUSED.contains(&name.as_str())
        || refused_by_format.contains(&name.as_str())
        || ONLY.iter().any(|(only, values)| *only == name && !values.contains(&value_in_lower_case.as_str()));
    if impossible { Err(refused(format, key, value)) } else { Ok(()) }
}

/// An option that Skep does not have.
pub fn refused(format: &str, key: &str, value: &str) -> Error {
    Error::unsupported(format!("The {format} option `{key}` = '{value}'"), "leave it out")
}

/// FAILFAST met a bad record.
pub fn malformed(record: &str) -> Error {
    Error::new(
        &MALFORMED_RECORD_IN_PARSING,
        format!(
            "Malformed records are detected in record parsing: {record}.\nParse Mode: FAILFAST. To process malformed \
             records as null result, try setting the option 'mode' as 'PERMISSIVE'."
        ),
    )
    .subcondition("WITHOUT_SUGGESTION")
}

/// The place of the column for bad records, which must be a string.
///
/// # Errors
/// `INVALID_CORRUPT_RECORD_TYPE`
pub fn corrupt_record_column(columns: &[StructField], name: &str) -> Result<Option<usize>> {
    let Some(place) = columns.iter().position(|column| column.name.eq_ignore_ascii_case(name)) else {
        return Ok(None);
    };
    let column = &columns[place];
    if column.data_type != DataType::String || !column.nullable {
        return Err(Error::new(
            &INVALID_CORRUPT_RECORD_TYPE,
            format!(
                "The column `{}` for corrupt records must have the nullable STRING type, but got \"{}\"",
                column.name, column.data_type
            ),
        ));
    }
    Ok(Some(place))
}
