//! The options of JSON, by Spark's names.

use super::reader::Leniency;
use crate::error::Result;
use crate::records::times::TimeFormats;
use crate::records::{CORRUPT_RECORD, Charset, Mode, check_other, flag};

#[derive(Debug, Clone)]
pub struct Options {
    pub multi_line: bool,
    pub mode: Mode,
    pub corrupt_record_column: String,
    pub charset: Charset,
    pub times: TimeFormats,
    pub leniency: Leniency,
    /// Every value that is not an object or array is a string, when types are inferred.
    pub primitives_as_string: bool,
    pub prefers_decimal: bool,
    pub infers_timestamps: bool,
    pub drops_empty_fields: bool,
    /// In objects that are written, fields that are NULL are left out.
    pub ignores_nulls: bool,
    pub pretty: bool,
    pub ascii_only: bool,
}

/// Options of JSON alone that Skep does not have.
const REFUSED: &[&str] = &["enabledatetimeparsingfallback"];

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
            let lenient = &mut found.leniency;
            match name.as_str() {
                "multiline" => found.multi_line = flag(&name, value)?,
                "mode" => found.mode = Mode::named(value),
                "columnnameofcorruptrecord" => found.corrupt_record_column.clone_from(value),
                "encoding" | "charset" => found.charset = Charset::named(value)?,
                "allowcomments" => lenient.comments = flag(&name, value)?,
                "allowunquotedfieldnames" => lenient.unquoted_names = flag(&name, value)?,
                "allowsinglequotes" => lenient.single_quotes = flag(&name, value)?,
                "allownumericleadingzeros" => lenient.leading_zeros = flag(&name, value)?,
                "allownonnumericnumbers" => lenient.non_numeric = flag(&name, value)?,
                "allowbackslashescapinganycharacter" => lenient.any_escape = flag(&name, value)?,
                "allowunquotedcontrolchars" => lenient.control_characters = flag(&name, value)?,
                "primitivesasstring" => found.primitives_as_string = flag(&name, value)?,
                "prefersdecimal" => found.prefers_decimal = flag(&name, value)?,
                "infertimestamp" => found.infers_timestamps = flag(&name, value)?,
                "dropfieldifallnull" => found.drops_empty_fields = flag(&name, value)?,
                "ignorenullfields" => found.ignores_nulls = flag(&name, value)?,
                "pretty" => found.pretty = flag(&name, value)?,
                "writenonasciicharacterascodepoint" => found.ascii_only = flag(&name, value)?,
                _ => check_other("JSON", key, value, REFUSED)?,
            }
        }
        Ok(found)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            multi_line: false,
            mode: Mode::Permissive,
            corrupt_record_column: CORRUPT_RECORD.to_owned(),
            charset: Charset::Utf8,
            times: TimeFormats::default(),
            leniency: Leniency::RECORDS,
            primitives_as_string: false,
            prefers_decimal: false,
            infers_timestamps: false,
            drops_empty_fields: false,
            ignores_nulls: true,
            pretty: false,
            ascii_only: false,
        }
    }
}
