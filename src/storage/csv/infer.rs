//! The columns of CSV files: names from the header or `_c0`, `_c1`, …; types, if asked for, from all values.

use std::path::Path;

use crate::error::Result;
use crate::records::csv::{Fields, Options, widened};
use crate::storage::text::Lines;
use crate::types::{DataType, StructField};

pub(in crate::storage) fn infer_columns(
    options: &Options,
    first: &Path,
    all: &[&Path],
    time_zone: &str,
) -> Result<Vec<StructField>> {
    let mut names = None;
    for_each_record(options, first, |fields, record| {
        names = Some(if options.header {
            let texts =
                (0..fields.count()).map(|number| fields.get(number, record, options).unwrap_or_default().to_owned());
            column_names(texts.collect())
        } else {
            (0..fields.count()).map(|number| format!("_c{number}")).collect::<Vec<_>>()
        });
        false
    })?;
    let names = names.unwrap_or_default();
    let mut types = vec![None; names.len()];
    if options.infer_schema {
        let zone = options.times.zone(time_zone)?;
        for path in all {
            let mut is_header = options.header;
            for_each_record(options, path, |fields, record| {
                if std::mem::take(&mut is_header) {
                    return true;
                }
                for (number, data_type) in types.iter_mut().enumerate() {
                    if let Some(text) = fields.get(number, record, options) {
                        *data_type = Some(widened(data_type.take(), text, options, &zone));
                    }
                }
                true
            })?;
        }
    }
    let columns = names
        .into_iter()
        .zip(types)
        .map(|(name, data_type)| StructField::new(name, data_type.unwrap_or(DataType::String)));
    Ok(columns.collect())
}

/// Calls for each record until it is told to stop.
fn for_each_record(options: &Options, path: &Path, mut visit: impl FnMut(&Fields, &str) -> bool) -> Result<()> {
    let mut lines = Lines::open(path, options.charset, None)?;
    let mut fields = Fields::default();
    let mut pending = String::new();
    while let Some(line) = lines.next()? {
        if pending.is_empty()
            && (line.trim().is_empty() || options.comment.is_some_and(|comment| line.starts_with(comment)))
        {
            continue;
        }
        if !pending.is_empty() {
            pending.push('\n');
        }
        pending.push_str(line);
        if !fields.split(&pending, options, options.multi_line) {
            continue;
        }
        if !visit(&fields, &pending) {
            return Ok(());
        }
        pending.clear();
    }
    Ok(())
}

/// Empty names become `_c` and a number; names that repeat get their number appended.
fn column_names(header: Vec<String>) -> Vec<String> {
    let lower = header.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
    header
        .into_iter()
        .enumerate()
        .map(|(number, name)| {
            if name.is_empty() {
                format!("_c{number}")
            } else if lower.iter().filter(|other| **other == lower[number]).count() > 1 {
                format!("{name}{number}")
            } else {
                name
            }
        })
        .collect()
}
