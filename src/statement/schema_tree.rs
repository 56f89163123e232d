//! A schema as a tree of lines, as Spark's `printSchema` draws it.

use std::fmt::Write;

use crate::types::{DataType, StructField};

/// `root`, then a line for each field.
pub(super) fn schema_tree(columns: &[StructField]) -> String {
    let mut text = "root\n".to_owned();
    write_fields(columns, " |", &mut text);
    text
}

fn write_fields(fields: &[StructField], prefix: &str, text: &mut String) {
    for field in fields {
        let name = type_name(&field.data_type);
        line(text, prefix, &format!("{}: {name} (nullable = {})", field.name, field.nullable));
        write_inner(&field.data_type, &format!("{prefix}    |"), text);
    }
}

fn write_inner(data_type: &DataType, prefix: &str, text: &mut String) {
    match data_type {
        DataType::Array { element, contains_null } => {
            line(text, prefix, &format!("element: {} (containsNull = {contains_null})", type_name(element)));
            write_inner(element, &format!("{prefix}    |"), text);
        }
        DataType::Map { key, value, value_contains_null } => {
            line(text, prefix, &format!("key: {}", type_name(key)));
            write_inner(key, &format!("{prefix}    |"), text);
            let name = type_name(value);
            line(text, prefix, &format!("value: {name} (valueContainsNull = {value_contains_null})"));
            write_inner(value, &format!("{prefix}    |"), text);
        }
        DataType::Struct(fields) => write_fields(fields, prefix, text),
        _ => {}
    }
}

fn line(text: &mut String, prefix: &str, rest: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{prefix}-- {rest}");
}

/// Names of types without what is inside them.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Byte => "byte".to_owned(),
        DataType::Short => "short".to_owned(),
        DataType::Int => "integer".to_owned(),
        DataType::Long => "long".to_owned(),
        DataType::Array { .. } => "array".to_owned(),
        DataType::Map { .. } => "map".to_owned(),
        DataType::Struct(_) => "struct".to_owned(),
        other => other.catalog_string(),
    }
}
