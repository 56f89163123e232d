//! `DATATYPE_MISMATCH`: operands and arguments of types that do not do. `text` is the whole expression as Spark shows it.

use super::ordinal;
use crate::error::{DATATYPE_MISMATCH, Error, Span};
use crate::types::DataType;

/// `DATATYPE_MISMATCH` with one of its subconditions.
pub fn mismatch(subcondition: &'static str, text: &str, why: &str, span: Span) -> Error {
    Error::new(&DATATYPE_MISMATCH, format!("Cannot resolve \"{text}\" due to data type mismatch: {why}"))
        .subcondition(subcondition)
        .at(span)
}

/// Both sides of an operator have types that it takes, but not together.
pub fn different_types(left: &DataType, right: &DataType, text: &str, span: Span) -> Error {
    let why = format!(
        "the left and right operands of the binary operator have incompatible types (\"{left}\" and \"{right}\")"
    );
    mismatch("BINARY_OP_DIFF_TYPES", text, &why, span)
}

/// Both sides have a type that the operator does not take; `required` stands in quotes already.
pub fn wrong_type(required: &str, found: &DataType, text: &str, span: Span) -> Error {
    let why = format!("the binary operator requires the input type {required}, not \"{found}\"");
    mismatch("BINARY_OP_WRONG_TYPE", text, &why, span)
}

/// Argument `n`, counted from 0 and shown as `argument`, has a wrong type; `required` stands in quotes already.
pub fn unexpected_type(n: usize, required: &str, argument: &str, found: &DataType, text: &str, span: Span) -> Error {
    let why = format!(
        "The {} parameter requires the {required} type, however \"{argument}\" has the type \"{found}\"",
        ordinal(n)
    );
    mismatch("UNEXPECTED_INPUT_TYPE", text, &why, span)
}
