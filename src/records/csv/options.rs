//! The options of CSV, by Spark's names.

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::records::times::TimeFormats;
use crate::records::{CORRUPT_RECORD, Charset, Mode, check_other, flag, refused};
use crate::types::text::BinaryStyle;

#[derive(Debug, Clone)]
pub struct Options {
    pub header: bool,
    pub delimiter: String,
    pub quote: Option<char>,
    pub escape: Option<char>,
    pub comment: Option<char>,
    pub infer_schema: bool,
    /// Of a reader; a writer trims unless it is told not to.
    pub ignore_leading_blanks: bool,
    pub ignore_trailing_blanks: bool,
    pub trims_start_in_writing: bool,
    pub trims_end_in_writing: bool,
    pub quote_all: bool,
    pub escape_quotes: bool,
    /// The text of NULL.
    pub null_value: String,
    /// What an empty quoted value is read as.
    pub empty_value: String,
    /// What an empty value is written as.
    pub empty_value_in_writing: String,
    pub nan: String,
    pub positive_infinity: String,
    pub negative_infinity: String,
    pub times: TimeFormats,
    /// How binaries are written; no option sets it.
    pub binary: BinaryStyle,
    pub prefers_date: bool,
    pub mode: Mode,
    pub corrupt_record_column: String,
    pub multi_line: bool,
    pub charset: Charset,
}

/// Options of CSV alone that Skep does not have.
const REFUSED: &[&str] = &["chartoescapequoteescaping", "extension", "enabledatetimeparsingfallback"];

impl Options {
    /// # Errors
    /// Options that have no meaning here, or values they cannot have.
    pub fn new(options: &[(String, String)]) -> Result<Self> {
        let mut found = Self::default();
        for (key, value) in options {
            let name = key.to_lowercase();
            if found.times.option(&name, value)? {
                continue;
            }
            match name.as_str() {
                "header" => found.header = flag(&name, value)?,
                "sep" | "delimiter" | "field.delim" => found.delimiter = unescaped_delimiter(value)?,
                "quote" => found.quote = character(&name, value)?,
                "escape" => found.escape = character(&name, value)?,
                "comment" => found.comment = character(&name, value)?,
                "inferschema" => found.infer_schema = flag(&name, value)?,
                "ignoreleadingwhitespace" => {
                    found.ignore_leading_blanks = flag(&name, value)?;
                    found.trims_start_in_writing = found.ignore_leading_blanks;
                }
                "ignoretrailingwhitespace" => {
                    found.ignore_trailing_blanks = flag(&name, value)?;
                    found.trims_end_in_writing = found.ignore_trailing_blanks;
                }
                "quoteall" => found.quote_all = flag(&name, value)?,
                "escapequotes" => found.escape_quotes = flag(&name, value)?,
                "nullvalue" => found.null_value.clone_from(value),
                "emptyvalue" => {
                    found.empty_value.clone_from(value);
                    found.empty_value_in_writing.clone_from(value);
                }
                "nanvalue" => found.nan.clone_from(value),
                "positiveinf" => found.positive_infinity.clone_from(value),
                "negativeinf" => found.negative_infinity.clone_from(value),
                "preferdate" => found.prefers_date = flag(&name, value)?,
                "mode" => found.mode = Mode::named(value),
                "columnnameofcorruptrecord" => found.corrupt_record_column.clone_from(value),
                "multiline" => found.multi_line = flag(&name, value)?,
                "encoding" | "charset" => found.charset = Charset::named(value)?,
                "unescapedquotehandling" if !value.eq_ignore_ascii_case("stop_at_delimiter") => {
                    return Err(refused("CSV", key, value));
                }
                _ => check_other("CSV", key, value, REFUSED)?,
            }
        }
        Ok(found)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            header: false,
            delimiter: ",".to_owned(),
            quote: Some('"'),
            escape: Some('\\'),
            comment: None,
            infer_schema: false,
            ignore_leading_blanks: false,
            ignore_trailing_blanks: false,
            trims_start_in_writing: true,
            trims_end_in_writing: true,
            quote_all: false,
            escape_quotes: true,
            null_value: String::new(),
            empty_value: String::new(),
            empty_value_in_writing: "\"\"".to_owned(),
            nan: "NaN".to_owned(),
            positive_infinity: "Inf".to_owned(),
            negative_infinity: "-Inf".to_owned(),
            times: TimeFormats::default(),
            binary: BinaryStyle::default(),
            prefers_date: true,
            mode: Mode::Permissive,
            corrupt_record_column: CORRUPT_RECORD.to_owned(),
            multi_line: false,
            charset: Charset::Utf8,
        }
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
