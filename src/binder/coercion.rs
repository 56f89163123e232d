//! The types in which operands meet.

use crate::error::{DATATYPE_MISMATCH, Error, INDETERMINATE_COLLATION_IN_EXPRESSION, Result, Span};
use crate::functions::Typed;
use crate::functions::collations::{self, Meeting};
use crate::sql::ast::{Expression, ExpressionKind};
use crate::types::DataType;
use crate::types::coercion::{common_type_of, comparison_type};

use super::Binder;
use super::casts::implicit;

/// Both sides of a comparison in the type they are compared in.
///
/// # Errors
/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`, with the comparison's text.
pub fn comparable(
    binder: &Binder<'_>,
    left: Typed,
    right: Typed,
    text: &dyn Fn() -> String,
    whole: &Expression,
) -> Result<(Typed, Typed, DataType)> {
    let span = whole.span;
    let mut operands = [left, right];
    if collations::meet(&mut operands).map_err(|error| error.at(span))? == Meeting::Indeterminate {
        return Err(indeterminate(&text(), span));
    }
    note(binder, whole, &operands);
    let [left, right] = operands;
    let ansi = binder.environment.context.ansi;
    let Some(common) = comparison_type(&left.data_type, &right.data_type, ansi) else {
        return Err(different_types(&left.data_type, &right.data_type, &text(), span));
    };
    if !common.is_orderable() {
        return Err(mismatch(
            "INVALID_ORDERING_TYPE",
            &text(),
            &format!("The comparison does not support ordering on type \"{common}\""),
            span,
        ));
    }
    let (left, right) = (implicit(binder, left, &common, span)?, implicit(binder, right, &common, span)?);
    if common.is_collated() {
        let context = binder.environment.context;
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
    collations::meet(&mut operands).map_err(|error| error.at(span))?;
    let ansi = binder.environment.context.ansi;
    let Some(common) = common_type_of(operands.iter().map(|operand| &operand.data_type), ansi) else {
        return Ok(None);
    };
    let operands =
        operands.into_iter().map(|operand| implicit(binder, operand, &common, span)).collect::<Result<_>>()?;
    Ok(Some((operands, common)))
}

pub(super) fn different_types(left: &DataType, right: &DataType, text: &str, span: Span) -> Error {
    mismatch(
        "BINARY_OP_DIFF_TYPES",
        text,
        &format!(
            "the left and right operands of the binary operator have incompatible types (\"{left}\" and \"{right}\")"
        ),
        span,
    )
}

pub(super) fn wrong_type(required: &str, found: &DataType, text: &str, span: Span) -> Error {
    mismatch(
        "BINARY_OP_WRONG_TYPE",
        text,
        &format!("the binary operator requires the input type {required}, not \"{found}\""),
        span,
    )
}

/// A DATATYPE_MISMATCH of the expression with that text.
pub(super) fn mismatch(subcondition: &'static str, text: &str, why: &str, span: Span) -> Error {
    Error::new(&DATATYPE_MISMATCH, format!("Cannot resolve \"{text}\" due to data type mismatch: {why}"))
        .subcondition(subcondition)
        .at(span)
}
