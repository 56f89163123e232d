//! Parts of values: elements of arrays, values of maps, fields of structs.

use crate::error::{Error, Result, Span};
use crate::functions::{Typed, elements};
use crate::sql::ast::{ExpressionKind, Literal};
use crate::types::{DataType, StructField};

use super::Binder;
use super::casts::implicit;
use super::column_names::text_in;
use super::operation::Operation;

/// `operand[index]`: an element of an array, counted from 0, or the value of a map's key.
pub(super) fn index(operation: Operation<'_>, operand: Typed, index: Typed) -> Result<Typed> {
    let Operation { binder, whole, scope } = operation;
    let (operand, index) = match binder.is_postgres() {
        true => match super::postgres::index(operation, operand, index)? {
            Ok(found) => return Ok(found),
            Err(operands) => operands,
        },
        false => (operand, index),
    };
    match &operand.data_type {
        DataType::Map { .. } => map_value(binder, operand, index, whole.span),
        DataType::Array { element, .. } => {
            if !index.data_type.is_integral() && index.data_type != DataType::Null {
                return Err(operation.unexpected_type(1, "\"INTEGRAL\"", &index.data_type));
            }
            let element = element.as_ref().clone();
            let index = implicit(binder, index, &DataType::Long, whole.span)?;
            Ok(elements::element(operand, index, element, binder.environment.context))
        }
        DataType::Struct(_) => match &whole.kind {
            ExpressionKind::Index { index, .. } => match &index.kind {
                ExpressionKind::Literal(Literal::String(name)) => {
                    let name = crate::sql::ast::Identifier::new(name, index.span);
                    super::expressions::field(binder, operand, &name, whole.span)
                }
                _ => Err(Error::new(
                    &crate::error::INVALID_EXTRACT_FIELD_TYPE,
                    format!("Field name should be a non-null string literal, but it's \"{}\"", text_in(index, scope)),
                )
                .at(index.span)),
            },
            _ => Err(Error::internal("not an index").at(whole.span)),
        },
        other => Err(Error::new(
            &crate::error::INVALID_EXTRACT_BASE_FIELD_TYPE,
            format!(
                "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{other}\"",
                operation.operand_text(0)
            ),
        )
        .at(whole.span)),
    }
}

/// The value of a key; NULL if the map does not have it.
pub(super) fn map_value(binder: &Binder<'_>, map: Typed, key: Typed, span: Span) -> Result<Typed> {
    let DataType::Map { key: key_type, value, .. } = &map.data_type else {
        return Err(Error::internal("not a map").at(span));
    };
    let (key_type, value) = (key_type.as_ref().clone(), value.as_ref().clone());
    let allowed =
        crate::types::coercion::implicit_cast_allowed(&key.data_type, &key_type, binder.environment.context.ansi);
    if !allowed {
        return Err(Error::new(
            &crate::error::DATATYPE_MISMATCH,
            format!(
                "Cannot resolve the value of a key due to data type mismatch: The second parameter requires the \
                 \"{key_type}\" type, however the key has the type \"{}\"",
                key.data_type
            ),
        )
        .subcondition("UNEXPECTED_INPUT_TYPE")
        .at(span));
    }
    let key = implicit(binder, key, &key_type, span)?;
    Ok(elements::map_value(map, key, value, binder.environment.context))
}

/// `array.name`: that field of every struct in the array.
pub(super) fn field_of_elements(binder: &Binder<'_>, array: Typed, fields: &[StructField], position: usize) -> Typed {
    elements::field_of_elements(array, fields, position, binder.environment.context)
}

/// A field whose name another field has too.
pub(super) fn field_by_position(
    binder: &Binder<'_>,
    operand: Typed,
    position: usize,
    data_type: DataType,
    nullable: bool,
) -> Typed {
    elements::field_by_position(operand, position, data_type, nullable, binder.environment.context)
}
