//! The options of XML, by Spark's names.

use crate::error::Result;
use crate::records::times::TimeFormats;
use crate::records::{CORRUPT_RECORD, Mode, check_other, flag};
use crate::types::text::BinaryStyle;

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
    /// How binaries are written; no option sets it.
    pub binary: BinaryStyle,
    /// The element of an array inside an array.
    pub array_element: String,
    pub indent: String,
}

/// Options of XML alone that Skep does not have.
const REFUSED: &[&str] = &["rowvalidationxsdpath", "multiline"];

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
                _ => check_other("XML", key, value, REFUSED)?,
            }
        }
        Ok(found)
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
            binary: BinaryStyle::default(),
            array_element: "item".to_owned(),
            indent: "    ".to_owned(),
        }
    }
}
