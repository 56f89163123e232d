//! Subqueries in expressions: one value, IN, EXISTS.

use crate::error::{Error, Result, Span};
use crate::functions::Typed;
use crate::sql::ast::Query;

use super::Binder;
use super::scope::ExpressionScope;

/// `(SELECT …)` as one value.
pub fn scalar(binder: &Binder<'_>, query: &Query, span: Span, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    let _ = (binder, query, scope);
    Err(Error::internal("contract only").at(span))
}

/// `operands [NOT] IN (SELECT …)`; one operand, or the parts of a row.
pub fn in_subquery(
    binder: &Binder<'_>,
    operands: &[Typed],
    query: &Query,
    negated: bool,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let _ = (binder, operands, query, negated, scope);
    Err(Error::internal("contract only").at(span))
}

/// `EXISTS (SELECT …)`; NOT is an operator around it.
pub fn exists(binder: &Binder<'_>, query: &Query, span: Span, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    let _ = (binder, query, scope);
    Err(Error::internal("contract only").at(span))
}
