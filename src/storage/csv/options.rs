//! The options of CSV files, by Spark's names.

use crate::catalog::Properties;
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::storage::text::{Charset, Mode, charset, flag, mode};
use crate::storage::time_pattern::TimePattern;

#[derive(Debug, Clone)]
pub(in crate::storage) struct Options {
    pub header: bool,
    pub delimiter: String,
    pub quote: Option<char>,
    pub escape: Option<char>,
    pub comment: Option<char>,
    pub infer_schema: bool,
    pub ignore_leading_blanks: bool,
    pub ignore_trailing_blanks: bool,
    /// The text of NULL.
    pub null_value: String,
    /// What an empty quoted value is read as.
    pub empty_value: String,
    pub date_format: Option<TimePattern>,
    pub timestamp_format: Option<TimePattern>,
    pub mode: Mode,
    pub corrupt_record_column: String,
    pub multi_line: bool,
    pub charset: Charset,
    pub time_zone: Option<String>,
}

/// Options that Spark knows and that change nothing here.
const WITHOUT_EFFECT: &[&str] = &[
    "path",
    "enforceschema",
    "maxcolumns",
    "maxcharspercolumn",
    "escapequotes",
    "preferdate",
    "serialization.format",
    "columnpruning",
    "inputbuffersize",
    "mergeschema",
];
/// Options that may only say what is done anyway.
const ONLY: &[(&str, &[&str])] = &[
    ("compression", &["none", "uncompressed"]),
    ("codec", &["none", "uncompressed"]),
    ("nanvalue", &["nan"]),
    ("positiveinf", &["inf"]),
    ("negativeinf", &["-inf"]),
    ("quoteall", &["false"]),
];
/// Options that would change what is read, which Skep does not do.
const REFUSED: &[&str] = &[
    "samplingratio",
    "locale",
    "pathglobfilter",
    "recursivefilelookup",
    "modifiedbefore",
    "modifiedafter",
    "unescapedquotehandling",
    "chartoescapequoteescaping",
    "extension",
    "enabledatetimeparsingfallback",
];

impl Options {
    pub fn new(options: &Properties) -> Result<Self> {
        let mut found = Self {
            header: false,
            delimiter: ",".to_owned(),
            quote: Some('"'),
            escape: Some('\\'),
            comment: None,
            infer_schema: false,
            ignore_leading_blanks: false,
            ignore_trailing_blanks: false,
            null_value: String::new(),
            empty_value: String::new(),
            date_format: None,
            timestamp_format: None,
            mode: Mode::Permissive,
            corrupt_record_column: "_corrupt_record".to_owned(),
            multi_line: false,
            charset: Charset::Utf8,
            time_zone: None,
        };
        for (key, value) in options {
            let name = key.to_lowercase();
            match name.as_str() {
                "header" => found.header = flag(&name, value)?,
                "sep" | "delimiter" | "field.delim" => found.delimiter = unescaped_delimiter(value)?,
                "quote" => found.quote = character(&name, value)?,
                "escape" => found.escape = character(&name, value)?,
                "comment" => found.comment = character(&name, value)?,
                "inferschema" => found.infer_schema = flag(&name, value)?,
                "ignoreleadingwhitespace" => found.ignore_leading_blanks = flag(&name, value)?,
                "ignoretrailingwhitespace" => found.ignore_trailing_blanks = flag(&name, value)?,
                "nullvalue" => found.null_value.clone_from(value),
                "emptyvalue" => found.empty_value.clone_from(value),
                "dateformat" => found.date_format = Some(TimePattern::new(value)?),
                "timestampformat" | "timestampntzformat" => found.timestamp_format = Some(TimePattern::new(value)?),
                "mode" => found.mode = mode(value),
                "columnnameofcorruptrecord" => found.corrupt_record_column.clone_from(value),
                "multiline" => found.multi_line = flag(&name, value)?,
                "encoding" | "charset" => found.charset = charset(value)?,
                "timezone" => found.time_zone = Some(value.clone()),
                "linesep" if matches!(value.as_str(), "\n" | "\r\n" | "\r") => {}
                "linesep" => {
                    return Err(Error::unsupported(
                        "The option `lineSep` with other characters than line ends",
                        "leave it out",
                    ));
                }
                name if REFUSED.contains(&name) => {
                    return Err(Error::unsupported(format!("The CSV option `{key}`"), "leave it out"));
                }
                name if ONLY
                    .iter()
                    .any(|(only, values)| *only == name && !values.contains(&value.to_lowercase().as_str())) =>
                {
                    return Err(Error::unsupported(format!("The CSV option `{key}` = '{value}'"), "leave it out"));
                }
                name if WITHOUT_EFFECT.contains(&name) => {}
                // As Spark, which takes options of any name.
                _ => {}
            }
        }
        Ok(found)
    }
}

/// One character, or none.
fn character(name: &str, value: &str) -> Result<Option<char>> {
    let mut chars = value.chars();
    match (chars.next(), chars.next()) {
        (None | Some('\0'), None) => Ok(None),
        (Some(one), None) => Ok(Some(one)),
        _ if value == "\\u0000" => Ok(None),
        _ if value == "\\t" => Ok(Some('\t')),
        _ => Err(Error::new(&INVALID_PARAMETER_VALUE, format!("{name} cannot be more than one character"))),
    }
}

fn unescaped_delimiter(value: &str) -> Result<String> {
    let text = value
        .replace("\\t", "\t")
        .replace("\\r", "\r")
        .replace("\\b", "\u{8}")
        .replace("\\f", "\u{c}")
        .replace("\\u0000", "\0")
        .replace("\\u0001", "\u{1}")
        .replace("\\\\", "\\");
    if text.is_empty() {
        return Err(Error::new(&INVALID_PARAMETER_VALUE, "Delimiter cannot be empty string").subcondition("DELIMITER"));
    }
    Ok(text)
}
