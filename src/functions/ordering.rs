//! Functions that compare the values they are given: maps, intervals of all fields and variants have no order.

use super::Call;
use crate::error::Result;
use crate::types::DataType;

/// What of its arguments a function compares.
#[derive(Debug, Clone, Copy)]
enum Compares {
    /// The arguments themselves.
    Arguments,
    /// The elements of the first argument, an array.
    Elements,
    /// The second argument.
    Second,
}

const COMPARING: &[(&str, Compares)] = &[
    ("greatest", Compares::Arguments),
    ("least", Compares::Arguments),
    ("nullif", Compares::Arguments),
    ("max_by", Compares::Second),
    ("min_by", Compares::Second),
    ("array_contains", Compares::Elements),
    ("array_distinct", Compares::Elements),
    ("array_except", Compares::Elements),
    ("array_intersect", Compares::Elements),
    ("array_max", Compares::Elements),
    ("array_min", Compares::Elements),
    ("array_position", Compares::Elements),
    ("array_remove", Compares::Elements),
    ("array_union", Compares::Elements),
    ("arrays_overlap", Compares::Elements),
    ("sort_array", Compares::Elements),
];

/// # Errors
/// `DATATYPE_MISMATCH.INVALID_ORDERING_TYPE`, and `INVALID_MAP_KEY_TYPE` for keys that cannot be told apart.
pub fn check(call: &Call<'_>) -> Result<()> {
    let name = call.function.name;
    let keys: Vec<&DataType> = match name {
        "map" => call.arguments.iter().step_by(2).map(|argument| &argument.data_type).collect(),
        "map_from_arrays" => call.arguments.first().into_iter().filter_map(|array| element(&array.data_type)).collect(),
        _ => Vec::new(),
    };
    if let Some(key) = keys.into_iter().find(|key| has_map_or_variant(key)) {
        let why = format!("The key of map cannot be/contain \"{key}\"");
        return Err(call.mismatch("INVALID_MAP_KEY_TYPE", &why));
    }
    let Some((_, compares)) = COMPARING.iter().find(|(comparing, _)| *comparing == name) else { return Ok(()) };
    let arguments = call.arguments.iter().map(|argument| &argument.data_type);
    let compared: Vec<&DataType> = match compares {
        Compares::Arguments => arguments.collect(),
        Compares::Elements => arguments.take(1).filter_map(element).collect(),
        Compares::Second => arguments.skip(1).take(1).collect(),
    };
    match compared.into_iter().find(|data_type| !data_type.is_orderable()) {
        Some(data_type) => Err(call.mismatch(
            "INVALID_ORDERING_TYPE",
            &format!("The `{}` does not support ordering on type \"{data_type}\"", call.name.to_lowercase()),
        )),
        None => Ok(()),
    }
}

fn element(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::Array { element, .. } => Some(element),
        _ => None,
    }
}

fn has_map_or_variant(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map { .. } | DataType::Variant => true,
        DataType::Array { element, .. } => has_map_or_variant(element),
        DataType::Struct(fields) => fields.iter().any(|field| has_map_or_variant(&field.data_type)),
        _ => false,
    }
}
