//! The columns of JSON files: every field of every record, by name, with the type that all its values fit.

use std::path::Path;

use crate::error::Result;
use crate::records::json::{Options, known, merged, record_type};
use crate::storage::text::Lines;
use crate::types::{DataType, StructField};

pub(in crate::storage) fn infer_columns(
    options: &Options,
    paths: &[&Path],
    time_zone: &str,
) -> Result<Vec<StructField>> {
    let zone = options.times.zone(time_zone)?;
    let mut found = DataType::Struct(Vec::new());
    let mut corrupt = false;
    let mut add = |text: &str| match record_type(text, options, &zone) {
        Some(record) => found = merged(std::mem::replace(&mut found, DataType::Null), record),
        None => corrupt = true,
    };
    for path in paths {
        let mut lines = Lines::open(path, options.charset, None)?;
        let mut document = String::new();
        while let Some(line) = lines.next()? {
            if options.multi_line {
                document.push_str(line);
                document.push('\n');
            } else if !line.trim().is_empty() {
                add(line);
            }
        }
        if !document.trim().is_empty() {
            add(&document);
        }
    }
    let mut fields = match known(found, options) {
        Some(DataType::Struct(fields)) => fields,
        _ => Vec::new(),
    };
    if corrupt && !fields.iter().any(|field| field.name == options.corrupt_record_column) {
        fields.push(StructField::new(&options.corrupt_record_column, DataType::String));
        fields.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(fields)
}
