//! An operator among its operands, as the errors about their types show it. It does not know what operators do.

use crate::error::{Error, Result};
use crate::functions::{Typed, mismatch};
use crate::sql::ast::Expression;
use crate::types::DataType;

use super::Binder;
use super::casts::implicit;
use super::column_names::{children, text_in};
use super::scope::ExpressionScope;

/// What is bound, and what in.
#[derive(Clone, Copy)]
pub(super) struct Operation<'a> {
    pub binder: &'a Binder<'a>,
    /// The operator with its operands, as it was written.
    pub whole: &'a Expression,
    pub scope: &'a ExpressionScope<'a>,
}

impl Operation<'_> {
    pub fn text(self) -> String {
        text_in(self.whole, self.scope)
    }

    /// The text of operand `n`, counted from 0.
    pub fn operand_text(self, n: usize) -> String {
        let mut whole = self.whole.clone();
        children(&mut whole).get(n).map_or_else(String::new, |operand| text_in(operand, self.scope))
    }

    /// `operand` as `to`, as Spark casts it without being asked.
    pub fn implicit(self, operand: Typed, to: &DataType) -> Result<Typed> {
        implicit(self.binder, operand, to, self.whole.span)
    }

    /// `DATATYPE_MISMATCH` with one of its subconditions.
    pub fn mismatch(self, subcondition: &'static str, why: &str) -> Error {
        mismatch::mismatch(subcondition, &self.text(), why, self.whole.span)
    }

    pub fn different_types(self, left: &DataType, right: &DataType) -> Error {
        mismatch::different_types(left, right, &self.text(), self.whole.span)
    }

    /// `required` stands in quotes already.
    pub fn wrong_type(self, required: &str, found: &DataType) -> Error {
        mismatch::wrong_type(required, found, &self.text(), self.whole.span)
    }

    /// Of operand `n`, counted from 0; `required` stands in quotes already.
    pub fn unexpected_type(self, n: usize, required: &str, found: &DataType) -> Error {
        let operand = self.operand_text(n);
        mismatch::unexpected_type(n, required, &operand, found, &self.text(), self.whole.span)
    }
}
