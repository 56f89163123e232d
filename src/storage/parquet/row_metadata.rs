//! The schema as Spark writes it into footers, so that it reads back types that Parquet lacks.

use serde_json::{Value, json};

use crate::types::{Collation, DataType, StructField};

/// Where in the footer it stands.
pub(super) const KEY: &str = "org.apache.spark.sql.parquet.row.metadata";

/// `{"type":"struct","fields":[…]}`
pub(super) fn schema_json(columns: &[StructField]) -> String {
    fields_json(columns).to_string()
}

fn fields_json(columns: &[StructField]) -> Value {
    let fields = columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": type_json(&column.data_type),
                "nullable": true,
                "metadata": metadata_json(column),
            })
        })
        .collect::<Vec<_>>();
    json!({ "type": "struct", "fields": fields })
}

fn metadata_json(column: &StructField) -> Value {
    let mut metadata = serde_json::Map::new();
    if let Some(comment) = &column.comment {
        metadata.insert("comment".to_owned(), Value::from(comment.as_str()));
    }
    if let DataType::Char(_) | DataType::Varchar(_) = column.data_type {
        metadata.insert("__CHAR_VARCHAR_TYPE_STRING".to_owned(), Value::from(column.data_type.catalog_string()));
    }
    let mut collations = serde_json::Map::new();
    add_collations(&column.name, &column.data_type, &mut collations);
    if !collations.is_empty() {
        metadata.insert(COLLATIONS.to_owned(), Value::Object(collations));
    }
    Value::Object(metadata)
}

/// Where Spark keeps the collations of a column's strings: by the path of each.
const COLLATIONS: &str = "__COLLATIONS";

fn add_collations(path: &str, data_type: &DataType, collations: &mut serde_json::Map<String, Value>) {
    match data_type {
        DataType::Collated(collation) => {
            let provider = if collation.is_unicode() { "icu" } else { "spark" };
            collations.insert(path.to_owned(), Value::from(format!("{provider}.{collation}")));
        }
        DataType::Array { element, .. } => add_collations(&format!("{path}.element"), element, collations),
        DataType::Map { key, value, .. } => {
            add_collations(&format!("{path}.key"), key, collations);
            add_collations(&format!("{path}.value"), value, collations);
        }
        // The fields of structs have metadata of their own.
        _ => {}
    }
}

fn type_json(data_type: &DataType) -> Value {
    match data_type {
        DataType::Byte => Value::from("byte"),
        DataType::Short => Value::from("short"),
        DataType::Int => Value::from("integer"),
        DataType::Long => Value::from("long"),
        DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => Value::from("string"),
        DataType::Array { element, contains_null } => {
            json!({ "type": "array", "elementType": type_json(element), "containsNull": contains_null })
        }
        DataType::Map { key, value, value_contains_null } => json!({
            "type": "map",
            "keyType": type_json(key),
            "valueType": type_json(value),
            "valueContainsNull": value_contains_null,
        }),
        DataType::Struct(fields) => fields_json(fields),
        other => Value::from(other.catalog_string()),
    }
}

/// The columns that Spark's schema describes; `None` if it is not understood.
pub(super) fn columns(schema: &str) -> Option<Vec<StructField>> {
    fields(&serde_json::from_str(schema).ok()?)
}

fn fields(schema: &Value) -> Option<Vec<StructField>> {
    schema
        .get("fields")?
        .as_array()?
        .iter()
        .map(|field| {
            let metadata = field.get("metadata");
            let char_or_varchar =
                metadata.and_then(|metadata| metadata.get("__CHAR_VARCHAR_TYPE_STRING")).and_then(Value::as_str);
            let data_type = match char_or_varchar {
                Some(text) => DataType::parse(text).ok()?,
                None => data_type(field.get("type")?)?,
            };
            let comment = metadata.and_then(|metadata| metadata.get("comment")).and_then(Value::as_str);
            let name = field.get("name")?.as_str()?;
            let data_type = match metadata.and_then(|metadata| metadata.get(COLLATIONS)).and_then(Value::as_object) {
                Some(collations) => collated(name, data_type, collations)?,
                None => data_type,
            };
            Some(StructField { comment: comment.map(ToOwned::to_owned), ..StructField::new(name, data_type) })
        })
        .collect()
}

/// The type with the collations of its strings; those that are not known make it one that is not understood.
fn collated(path: &str, data_type: DataType, collations: &serde_json::Map<String, Value>) -> Option<DataType> {
    Some(match data_type {
        DataType::String => match collations.get(path) {
            Some(name) => {
                let name = name.as_str()?;
                let name = name.split_once('.').map_or(name, |(_, name)| name);
                DataType::string(Collation::named(name).ok()?)
            }
            None => DataType::String,
        },
        DataType::Array { element, contains_null } => {
            let element = Box::new(collated(&format!("{path}.element"), *element, collations)?);
            DataType::Array { element, contains_null }
        }
        DataType::Map { key, value, value_contains_null } => DataType::Map {
            key: Box::new(collated(&format!("{path}.key"), *key, collations)?),
            value: Box::new(collated(&format!("{path}.value"), *value, collations)?),
            value_contains_null,
        },
        other => other,
    })
}

fn data_type(value: &Value) -> Option<DataType> {
    if let Some(text) = value.as_str() {
        return DataType::parse(text).ok();
    }
    match value.get("type")?.as_str()? {
        "struct" => Some(DataType::Struct(fields(value)?)),
        "array" => Some(DataType::Array {
            element: Box::new(data_type(value.get("elementType")?)?),
            contains_null: value.get("containsNull")?.as_bool()?,
        }),
        "map" => Some(DataType::Map {
            key: Box::new(data_type(value.get("keyType")?)?),
            value: Box::new(data_type(value.get("valueType")?)?),
            value_contains_null: value.get("valueContainsNull")?.as_bool()?,
        }),
        _ => None,
    }
}
