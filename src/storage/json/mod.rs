//! JSON, one object a line (or one document a file with `multiLine`), as Spark reads it: fields by their exact names, what
//! is not of the column's type is NULL.

mod columns;
mod decoder;
mod infer;

use crate::catalog::Properties;
use crate::error::{Error, Result};
use crate::storage::text::{Charset, Mode, charset, flag, mode};
use crate::storage::time_pattern::TimePattern;

pub(super) use infer::infer_columns;

#[derive(Debug, Clone)]
pub(super) struct Options {
    pub multi_line: bool,
    pub mode: Mode,
    pub corrupt_record_column: String,
    pub charset: Charset,
    pub date_format: Option<TimePattern>,
    pub timestamp_format: Option<TimePattern>,
    /// Every value that is not an object or array is a string.
    pub primitives_as_string: bool,
    pub time_zone: Option<String>,
}

/// Options that would change what is read, which Skep does not do.
const REFUSED: &[&str] = &[
    "samplingratio",
    "locale",
    "pathglobfilter",
    "recursivefilelookup",
    "modifiedbefore",
    "modifiedafter",
    "allowcomments",
    "allowunquotedfieldnames",
    "allowsinglequotes",
    "allownumericleadingzeros",
    "allowbackslashescapinganycharacter",
    "allowunquotedcontrolchars",
    "dropfieldifallnull",
    "prefersdecimal",
    "linesep",
    "singlevariantcolumn",
];

impl Options {
    pub fn new(options: &Properties) -> Result<Self> {
        let mut found = Self {
            multi_line: false,
            mode: Mode::Permissive,
            corrupt_record_column: "_corrupt_record".to_owned(),
            charset: Charset::Utf8,
            date_format: None,
            timestamp_format: None,
            primitives_as_string: false,
            time_zone: None,
        };
        for (key, value) in options {
            let name = key.to_lowercase();
            match name.as_str() {
                "multiline" => found.multi_line = flag(&name, value)?,
                "mode" => found.mode = mode(value),
                "columnnameofcorruptrecord" => found.corrupt_record_column.clone_from(value),
                "encoding" | "charset" => found.charset = charset(value)?,
                "dateformat" => found.date_format = Some(TimePattern::new(value)?),
                "timestampformat" | "timestampntzformat" => found.timestamp_format = Some(TimePattern::new(value)?),
                "primitivesasstring" => found.primitives_as_string = flag(&name, value)?,
                "timezone" => found.time_zone = Some(value.clone()),
                "compression" | "codec" if !["none", "uncompressed"].contains(&value.to_lowercase().as_str()) => {
                    return Err(Error::unsupported(format!("The JSON option `{key}` = '{value}'"), "leave it out"));
                }
                "ignorenullfields" if !flag(&name, value)? => {
                    return Err(Error::unsupported(format!("The JSON option `{key}` = '{value}'"), "leave it out"));
                }
                "pretty" if flag(&name, value)? => {
                    return Err(Error::unsupported(format!("The JSON option `{key}` = '{value}'"), "leave it out"));
                }
                name if REFUSED.contains(&name) => {
                    return Err(Error::unsupported(format!("The JSON option `{key}`"), "leave it out"));
                }
                // As Spark, which takes options of any name.
                _ => {}
            }
        }
        Ok(found)
    }
}
