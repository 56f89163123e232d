//! Whether values can be put in order, grouped and told apart where a query asks for it: maps, variants and intervals of
//! all fields have no order.

use crate::error::{EXPRESSION_TYPE_IS_NOT_ORDERABLE, Error, GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE, Result, Span};
use crate::functions::collections::maps;
use crate::functions::mismatch::mismatch;
use crate::types::DataType;

use super::rows::Rows;

/// A key of ORDER BY, with its direction in the text.
///
/// # Errors
/// `DATATYPE_MISMATCH.INVALID_ORDERING_TYPE`
pub(super) fn sorted(data_type: &DataType, text: &str, span: Span) -> Result<()> {
    if data_type.is_orderable() {
        return Ok(());
    }
    let why = format!("The `sortorder` does not support ordering on type \"{data_type}\"");
    Err(mismatch("INVALID_ORDERING_TYPE", text, &why, span))
}

/// An expression of PARTITION BY.
///
/// # Errors
/// `EXPRESSION_TYPE_IS_NOT_ORDERABLE`
pub(super) fn partitioned(data_type: &DataType, text: &str, span: Span) -> Result<()> {
    if data_type.is_orderable() {
        return Ok(());
    }
    Err(Error::new(
        &EXPRESSION_TYPE_IS_NOT_ORDERABLE,
        format!("Column expression \"{text}\" cannot be sorted because its type \"{data_type}\" is not orderable"),
    )
    .at(span))
}

/// An expression of DISTRIBUTE BY.
///
/// # Errors
/// `UNSUPPORTED_FEATURE.PARTITION_BY_VARIANT`
pub(super) fn distributed(data_type: &DataType, text: &str, span: Span) -> Result<()> {
    if !data_type.contains(&DataType::Variant) {
        return Ok(());
    }
    Err(Error::new(
        &crate::error::UNSUPPORTED_FEATURE,
        format!(
            "The feature is not supported: Cannot use VARIANT producing expressions to partition a DataFrame, but the \
             type of expression \"{text}\" is \"{data_type}\""
        ),
    )
    .subcondition("PARTITION_BY_VARIANT")
    .at(span))
}

/// An expression of GROUP BY. Maps and intervals can be grouped by.
///
/// # Errors
/// `GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE`
pub(super) fn grouped(data_type: &DataType, text: &str, span: Span) -> Result<()> {
    if !data_type.contains(&DataType::Variant) {
        return Ok(());
    }
    Err(Error::new(
        &GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE,
        format!(
            "The expression \"{text}\" cannot be used as a grouping expression because its data type \"{data_type}\" is \
             not an orderable data type"
        ),
    )
    .at(span))
}

/// Rows of which each is to be there once.
///
/// # Errors
/// `UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE` and `….SET_OPERATION_ON_VARIANT_TYPE`
pub(super) fn distinct(rows: &Rows) -> Result<()> {
    for column in &rows.columns {
        let (kind, subcondition) = if maps::has_map(&column.data_type) {
            ("MAP", "SET_OPERATION_ON_MAP_TYPE")
        } else if column.data_type.contains(&DataType::Variant) {
            ("VARIANT", "SET_OPERATION_ON_VARIANT_TYPE")
        } else {
            continue;
        };
        return Err(Error::new(
            &crate::error::UNSUPPORTED_FEATURE,
            format!(
                "The feature is not supported: Cannot have {kind} type columns in DataFrame which calls set operations \
                 (INTERSECT, EXCEPT, etc.), but the type of column `{}` is \"{}\"",
                column.name, column.data_type
            ),
        )
        .subcondition(subcondition));
    }
    Ok(())
}
