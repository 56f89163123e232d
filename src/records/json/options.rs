//! The options of JSON, by Spark's names.

use super::reader::Leniency;
use crate::error::Result;
use crate::records::times::TimeFormats;
use crate::records::{CORRUPT_RECORD, Charset, Mode, flag, refused};
use crate::types::time_zone::Zone;

#[derive(Debug, Clone)]
pub struct Options {
    pub multi_line: bool,
    pub mode: Mode,
    pub corrupt_record_column: String,
    pub charset: Charset,
    pub times: TimeFormats,
    pub time_zone: Option<String>,
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

/// Options that would change what is read or written, which Skep does not do.
const REFUSED: &[&str] = &[
    "pathglobfilter",
    "recursivefilelookup",
    "modifiedbefore",
    "modifiedafter",
    "singlevariantcolumn",
    "enabledatetimeparsingfallback",
];
/// Options that may only say what is done anyway.
const ONLY: &[(&str, &[&str])] = &[
    ("compression", &["none", "uncompressed"]),
    ("codec", &["none", "uncompressed"]),
    ("locale", &["en-us", "en"]),
    ("samplingratio", &["1", "1.0"]),
    ("linesep", &["\n", "\r\n", "\r"]),
];

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
                "timezone" => {
                    Zone::parse(value)?;
                    found.time_zone = Some(value.clone());
                }
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
                name if REFUSED.contains(&name) => return Err(refused("JSON", key, value)),
                name if ONLY
                    .iter()
                    .any(|(only, values)| *only == name && !values.contains(&value.to_lowercase().as_str())) =>
                {
                    return Err(refused("JSON", key, value));
                }
                // As Spark, which takes options of any name.
                _ => {}
            }
        }
        Ok(found)
    }

    pub fn zone(&self, session: &str) -> Result<Zone> {
        Zone::parse(self.time_zone.as_deref().unwrap_or(session))
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
            time_zone: None,
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
