//! The columns of JSON files: every field of every record, sorted by name.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::Options;
use crate::error::Result;
use crate::storage::text::Lines;
use crate::types::{DataType, StructField};

/// What values of a field were.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// Only NULL so far.
    Unknown,
    Atomic(DataType),
    List(Box<Kind>),
    Object(BTreeMap<String, Kind>),
}

pub(in crate::storage) fn infer_columns(options: &Options, all: &[&Path]) -> Result<Vec<StructField>> {
    let mut fields = BTreeMap::new();
    let mut corrupt = false;
    let mut add = |text: &str| match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(records)) => {
            for record in &records {
                match record {
                    Value::Object(_) => merge_object(&mut fields, record, options),
                    _ => corrupt = true,
                }
            }
        }
        Ok(record @ Value::Object(_)) => merge_object(&mut fields, &record, options),
        _ => corrupt = true,
    };
    for path in all {
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
    if corrupt {
        fields.insert(options.corrupt_record_column.clone(), Kind::Atomic(DataType::String));
    }
    Ok(columns(fields))
}

fn merge_object(fields: &mut BTreeMap<String, Kind>, record: &Value, options: &Options) {
    for (name, value) in record.as_object().into_iter().flatten() {
        let found = kind(value, options);
        let merged = match fields.remove(name) {
            Some(before) => merge(before, found),
            None => found,
        };
        fields.insert(name.clone(), merged);
    }
}

fn kind(value: &Value, options: &Options) -> Kind {
    match value {
        Value::Null => Kind::Unknown,
        Value::Bool(_) | Value::Number(_) if options.primitives_as_string => Kind::Atomic(DataType::String),
        Value::Bool(_) => Kind::Atomic(DataType::Boolean),
        Value::Number(number) if number.is_i64() => Kind::Atomic(DataType::Long),
        Value::Number(number) if number.is_u64() => Kind::Atomic(DataType::Decimal { precision: 20, scale: 0 }),
        Value::Number(_) => Kind::Atomic(DataType::Double),
        Value::String(_) => Kind::Atomic(DataType::String),
        Value::Array(items) => {
            let element = items.iter().map(|item| kind(item, options)).fold(Kind::Unknown, merge);
            Kind::List(Box::new(element))
        }
        Value::Object(_) => {
            let mut fields = BTreeMap::new();
            merge_object(&mut fields, value, options);
            Kind::Object(fields)
        }
    }
}

fn merge(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Unknown, other) | (other, Kind::Unknown) => other,
        (a, b) if a == b => a,
        (Kind::Atomic(a), Kind::Atomic(b)) if a.is_numeric() && b.is_numeric() => Kind::Atomic(match (a, b) {
            (DataType::Double, _) | (_, DataType::Double) => DataType::Double,
            _ => DataType::Decimal { precision: 20, scale: 0 },
        }),
        (Kind::List(a), Kind::List(b)) => Kind::List(Box::new(merge(*a, *b))),
        (Kind::Object(mut a), Kind::Object(b)) => {
            for (name, found) in b {
                let merged = match a.remove(&name) {
                    Some(before) => merge(before, found),
                    None => found,
                };
                a.insert(name, merged);
            }
            Kind::Object(a)
        }
        _ => Kind::Atomic(DataType::String),
    }
}

fn columns(fields: BTreeMap<String, Kind>) -> Vec<StructField> {
    fields.into_iter().map(|(name, kind)| StructField::new(name, data_type(kind))).collect()
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Unknown => DataType::String,
        Kind::Atomic(data_type) => data_type,
        Kind::List(element) => DataType::array(data_type(*element)),
        Kind::Object(fields) => DataType::Struct(columns(fields)),
    }
}
