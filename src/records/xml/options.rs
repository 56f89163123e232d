//! The options of XML, by Spark's names.

use crate::error::Result;
use crate::records::times::TimeFormats;
use crate::records::{CORRUPT_RECORD, Mode, flag, refused};
use crate::types::time_zone::Zone;

#[derive(Debug, Clone)]
pub struct Options {
    /// The element of a row, when rows are written.
    pub row_tag: String,
    pub mode: Mode,
    pub corrupt_record_column: String,
    /// What the name of an attribute's column begins with.
    pub attribute_prefix: String,
    /// The column of the text beside attributes and children.
    pub value_tag: String,
    pub null_value: Option<String>,
    pub excludes_attributes: bool,
    pub trims: bool,
    pub ignores_namespaces: bool,
    pub infers_types: bool,
    pub prefers_decimal: bool,
    pub times: TimeFormats,
    pub time_zone: Option<String>,
    /// The element of an array inside an array.
    pub array_element: String,
    pub indent: String,
}

/// Options that would change what is read or written, which Skep does not do.
const REFUSED: &[&str] = &[
    "rowvalidationxsdpath",
    "singlevariantcolumn",
    "compression",
    "codec",
    "pathglobfilter",
    "recursivefilelookup",
    "modifiedbefore",
    "modifiedafter",
    "multiline",
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
            match name.as_str() {
                "rowtag" => found.row_tag = value.trim_matches(['<', '>']).to_owned(),
                "mode" => found.mode = Mode::named(value),
                "columnnameofcorruptrecord" => found.corrupt_record_column.clone_from(value),
                "attributeprefix" => found.attribute_prefix.clone_from(value),
                "valuetag" => found.value_tag.clone_from(value),
                "nullvalue" => found.null_value = Some(value.clone()),
                "excludeattribute" => found.excludes_attributes = flag(&name, value)?,
                "ignoresurroundingspaces" => found.trims = flag(&name, value)?,
                "ignorenamespace" => found.ignores_namespaces = flag(&name, value)?,
                "inferschema" => found.infers_types = flag(&name, value)?,
                "prefersdecimal" => found.prefers_decimal = flag(&name, value)?,
                "arrayelementname" => found.array_element.clone_from(value),
                "indent" => found.indent.clone_from(value),
                "timezone" => {
                    Zone::parse(value)?;
                    found.time_zone = Some(value.clone());
                }
                "locale" if !matches!(value.to_lowercase().as_str(), "en" | "en-us") => {
                    return Err(refused("XML", key, value));
                }
                "samplingratio" if !matches!(value.as_str(), "1" | "1.0") => return Err(refused("XML", key, value)),
                name if REFUSED.contains(&name) => return Err(refused("XML", key, value)),
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
            row_tag: "ROW".to_owned(),
            mode: Mode::Permissive,
            corrupt_record_column: CORRUPT_RECORD.to_owned(),
            attribute_prefix: "_".to_owned(),
            value_tag: "_VALUE".to_owned(),
            null_value: None,
            excludes_attributes: false,
            trims: true,
            ignores_namespaces: false,
            infers_types: true,
            prefers_decimal: false,
            times: TimeFormats::default(),
            time_zone: None,
            array_element: "item".to_owned(),
            indent: "    ".to_owned(),
        }
    }
}
