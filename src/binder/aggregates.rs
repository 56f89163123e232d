//! GROUP BY: grouping sets, aggregates and what may stand beside them.

use crate::error::{Error, Result, Span};
use crate::functions::Typed;
use crate::sql::ast::Expression;

use super::Binder;
use super::scope::ExpressionScope;

/// `grouping(a)`: 1 (TINYINT) if the column is aggregated away in this row.
pub fn grouping(
    binder: &Binder<'_>,
    argument: &Expression,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let _ = (binder, argument, scope);
    Err(Error::internal("contract only").at(span))
}

/// `grouping_id(a, b)` and `grouping_id()`: the bits of `grouping` of each, the first one highest (BIGINT).
pub fn grouping_id(
    binder: &Binder<'_>,
    arguments: &[Expression],
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let _ = (binder, arguments, scope);
    Err(Error::internal("contract only").at(span))
}
