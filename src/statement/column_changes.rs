//! Pieces of definitions that CREATE and ALTER share: columns, properties, what a type may become.

use crate::catalog::Properties;
use crate::error::{COLUMN_ALREADY_EXISTS, Error, Result, UNSUPPORTED_FEATURE};
use crate::sql::ast::{ColumnDefinition, same_name};
use crate::types::{DataType, StructField, quote};

/// Properties that say what other clauses say.
const RESERVED: &[(&str, &str)] = &[
    ("provider", "the USING clause"),
    ("location", "the LOCATION clause"),
    ("owner", "ALTER TABLE … SET OWNER"),
    ("external", "CREATE EXTERNAL TABLE"),
];

/// A column as the metastore keeps it.
///
/// Every column may be read as NULL: files that others write under the table are not checked. What INSERT may not put
/// into it is kept beside the columns.
pub(super) fn column(definition: &ColumnDefinition) -> Result<StructField> {
    if definition.generated.is_some() {
        return Err(Error::new(
            &UNSUPPORTED_FEATURE,
            "The feature is not supported: Tables of files do not support generated columns",
        )
        .subcondition("TABLE_OPERATION")
        .hint("compute it in a view or when inserting")
        .at(definition.span));
    }
    if has_collated_key(&definition.data_type) {
        return Err(Error::new(
            &UNSUPPORTED_FEATURE,
            "The feature is not supported: Collated strings for keys of maps",
        )
        .subcondition("COLLATIONS_IN_MAP_KEYS")
        .at(definition.span));
    }
    Ok(StructField {
        name: definition.name.value.clone(),
        data_type: definition.data_type.clone(),
        nullable: true,
        comment: definition.comment.clone(),
    })
}

fn has_collated_key(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map { key, value, .. } => key.is_collated() || has_collated_key(value),
        DataType::Array { element, .. } => has_collated_key(element),
        DataType::Struct(fields) => fields.iter().any(|field| has_collated_key(&field.data_type)),
        _ => false,
    }
}

/// Fails with `COLUMN_ALREADY_EXISTS` if two columns have one name.
pub(super) fn check_duplicates<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if seen.iter().any(|other| same_name(other, name)) {
            return Err(already_exists(name));
        }
        seen.push(name);
    }
    Ok(())
}

pub(super) fn already_exists(name: &str) -> Error {
    let message = format!(
        "The column {} already exists. Choose another name or rename the existing column",
        quote(&name.to_lowercase())
    );
    Error::new(&COLUMN_ALREADY_EXISTS, message)
}

/// Adds properties, in place of those with the same keys.
pub(super) fn set_properties(properties: &mut Properties, new: &Properties) {
    for (key, value) in new {
        match properties.iter_mut().find(|(own, _)| own == key) {
            Some((_, own)) => own.clone_from(value),
            None => properties.push((key.clone(), value.clone())),
        }
    }
}

/// Takes `comment` out of properties: it is that of the table.
///
/// # Errors
/// `UNSUPPORTED_FEATURE.SET_TABLE_PROPERTY` for properties that other clauses set.
pub(super) fn split_properties(properties: &Properties) -> Result<(Properties, Option<String>)> {
    let mut comment = None;
    let mut others = Properties::new();
    for (key, value) in properties {
        if let Some((reserved, instead)) = RESERVED.iter().find(|(reserved, _)| key.eq_ignore_ascii_case(reserved)) {
            return Err(Error::new(
                &UNSUPPORTED_FEATURE,
                format!("{} is a reserved table property, please use {instead}", quote(reserved)),
            )
            .subcondition("SET_TABLE_PROPERTY"));
        }
        if key == "comment" {
            comment = Some(value.clone());
        } else {
            set_properties(&mut others, &vec![(key.clone(), value.clone())]);
        }
    }
    Ok((others, comment))
}

/// Whether every value of `from` is one of `to`, so that files written with `from` can be read as `to`.
pub(super) fn widens(from: &DataType, to: &DataType) -> bool {
    use DataType::{Byte, Collated, Decimal, Double, Float, Int, Long, Short, String, Varchar};
    match (from, to) {
        _ if from == to => true,
        (Byte, Short | Int | Long) | (Short, Int | Long) | (Int, Long) | (Float, Double) => true,
        (Decimal { precision: p1, scale: s1 }, Decimal { precision: p2, scale: s2 }) => {
            s2 >= s1 && i16::from(*p2) - i16::from(*s2) >= i16::from(*p1) - i16::from(*s1)
        }
        (Varchar(short), Varchar(long)) => short <= long,
        (Varchar(_), String) => true,
        // A collation is about comparisons, not about what is stored.
        (String | Collated(_), String | Collated(_)) => true,
        _ => false,
    }
}
