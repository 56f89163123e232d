//! CHAR columns in comparisons: the shorter side gets the blanks that the longer one has.
//!
//! A CHAR column is read with blanks up to its length. Only what is passed on as it is still has that length; what was computed
//! is a string like any other.

use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use crate::error::{Result, Span};
use crate::functions::Typed;
use crate::functions::constant::evaluate;
use crate::types::DataType;

use super::{Binder, calls};

/// Pads what is compared to one length, if a CHAR column is compared with constants or with other CHAR columns.
pub(super) fn pad(binder: &Binder<'_>, operands: &mut [Typed], span: Span) -> Result<()> {
    let declared: Vec<Option<usize>> = operands.iter().map(|operand| char_length(binder, operand)).collect();
    if declared.iter().all(Option::is_none) {
        return Ok(());
    }
    let mut lengths = Vec::with_capacity(operands.len());
    for (operand, declared) in operands.iter().zip(declared) {
        let length = match declared {
            Some(length) => length,
            None => match constant_length(operand)? {
                Some(length) => length,
                None => return Ok(()),
            },
        };
        lengths.push(length);
    }
    let longest = lengths.iter().copied().max().unwrap_or_default();
    for (operand, length) in operands.iter_mut().zip(lengths) {
        if length < longest {
            *operand = padded(binder, operand, longest, span)?;
        }
    }
    Ok(())
}

/// Pads `column IN (…)`, if all that is listed are constants or all are CHAR columns; a NULL without a type keeps all as it is.
pub(super) fn pad_list(binder: &Binder<'_>, operands: &mut [Typed], span: Span) -> Result<()> {
    let Some((operand, list)) = operands.split_first() else { return Ok(()) };
    if char_length(binder, operand).is_none() || list.iter().any(|item| item.data_type == DataType::Null) {
        return Ok(());
    }
    let columns = list.iter().filter(|item| char_length(binder, item).is_some()).count();
    if columns > 0 && columns < list.len() {
        return Ok(());
    }
    pad(binder, operands, span)
}

fn char_length(binder: &Binder<'_>, operand: &Typed) -> Option<usize> {
    let (Expr::Column(column) | Expr::OuterReferenceColumn(_, column)) = &operand.expr else { return None };
    match binder.declarations.type_of(column) {
        Some(DataType::Char(length)) if operand.data_type.is_string() => usize::try_from(length).ok(),
        _ => None,
    }
}

/// How many characters a constant string has.
fn constant_length(operand: &Typed) -> Result<Option<usize>> {
    if operand.data_type == DataType::Null {
        return Ok(Some(0));
    }
    if !operand.data_type.is_string() {
        return Ok(None);
    }
    Ok(match evaluate(&operand.expr)? {
        Some(ScalarValue::Utf8(text) | ScalarValue::Utf8View(text) | ScalarValue::LargeUtf8(text)) => {
            Some(text.map_or(0, |text| text.chars().count()))
        }
        _ => None,
    })
}

fn padded(binder: &Binder<'_>, operand: &Typed, length: usize, span: Span) -> Result<Typed> {
    if operand.data_type == DataType::Null {
        return Ok(operand.clone());
    }
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    let length = Typed {
        expr: Expr::Literal(ScalarValue::Int32(Some(length)), None),
        data_type: DataType::Int,
        nullable: false,
    };
    let texts = [String::new(), String::new()];
    calls::scalar(binder, "rpad", &[operand.clone(), length], &texts, span)
}
