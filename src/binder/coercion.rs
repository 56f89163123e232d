//! The types in which operands meet.

use crate::error::{Error, INDETERMINATE_COLLATION_IN_EXPRESSION, Result, Span};
use crate::functions::Typed;
use crate::functions::collations::{self, Meeting};
use crate::functions::postgres::intervals;
use crate::sql::ast::{Expression, ExpressionKind};
use crate::types::DataType;
use crate::types::coercion::{common_type_of, comparison_type};

use super::Binder;
use super::casts::implicit;
use super::operation::Operation;
use super::postgres;

/// Both sides of a comparison in the type they are compared in.
///
/// # Errors
/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`, with the comparison's text.
pub(super) fn comparable(operation: Operation<'_>, left: Typed, right: Typed) -> Result<(Typed, Typed, DataType)> {
    let Operation { binder, whole, .. } = operation;
    let mut operands = [left, right];
    if binder.is_postgres() {
        postgres::meet(binder, &mut operands, whole.span)?;
        if operands.iter().all(|operand| operand.data_type == DataType::CalendarInterval) {
            let context = binder.environment.context;
            let [left, right] = operands.map(|operand| intervals::key(operand, context));
            return Ok((left, right, DataType::Long));
        }
    }
    if collations::meet(&mut operands).map_err(|error| error.at(whole.span))? == Meeting::Indeterminate {
        return Err(indeterminate(&operation.text(), whole.span));
    }
    note(binder, whole, &operands);
    let [left, right] = operands;
    let context = binder.environment.context;
    let Some(common) = comparison_type(&left.data_type, &right.data_type, context.ansi) else {
        return Err(operation.different_types(&left.data_type, &right.data_type));
    };
    if !common.is_orderable() {
        let why = format!("The comparison does not support ordering on type \"{common}\"");
        return Err(operation.mismatch("INVALID_ORDERING_TYPE", &why));
    }
    let (left, right) = (operation.implicit(left, &common)?, operation.implicit(right, &common)?);
    if common.is_collated() {
        let common = collations::key_type(&common)?;
        return Ok((collations::key(left, context)?, collations::key(right, context)?, common));
    }
    Ok((left, right, common))
}

/// Takes down the collations of the literals on both sides of an operator.
pub(super) fn note(binder: &Binder<'_>, whole: &Expression, operands: &[Typed]) {
    match &whole.kind {
        ExpressionKind::Binary { left, right, .. } | ExpressionKind::IsDistinctFrom { left, right, .. } => {
            binder.note_collations([left.as_ref(), right.as_ref()].into_iter(), operands);
        }
        ExpressionKind::Case { branches, .. } => {
            for (condition, _) in branches {
                binder.note_collations(std::iter::once(condition), &operands[1..]);
            }
        }
        _ => {}
    }
}

/// An expression whose strings have collations of which none wins.
pub(super) fn indeterminate(text: &str, span: Span) -> Error {
    Error::new(
        &INDETERMINATE_COLLATION_IN_EXPRESSION,
        format!(
            "Data type of \"{text}\" has indeterminate collation. Use COLLATE clause to set the collation explicitly"
        ),
    )
    .at(span)
}

/// All in one type, as the branches of CASE and the rows of VALUES are; `None` if there is none.
pub fn common(binder: &Binder<'_>, mut operands: Vec<Typed>, span: Span) -> Result<Option<(Vec<Typed>, DataType)>> {
    if binder.is_postgres() {
        postgres::meet(binder, &mut operands, span)?;
    }
    collations::meet(&mut operands).map_err(|error| error.at(span))?;
    let ansi = binder.environment.context.ansi;
    let Some(common) = common_type_of(operands.iter().map(|operand| &operand.data_type), ansi) else {
        return Ok(None);
    };
    let operands =
        operands.into_iter().map(|operand| implicit(binder, operand, &common, span)).collect::<Result<_>>()?;
    Ok(Some((operands, common)))
}
