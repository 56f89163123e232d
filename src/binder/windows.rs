//! Window functions: the window they look through.

use crate::error::{Error, Result, Span};
use crate::functions::{Typed, Window};
use crate::sql::ast::{Expression, WindowReference};

use super::Binder;
use super::scope::ExpressionScope;

/// What stands between a window function's arguments and OVER.
#[derive(Debug, Clone, Copy, Default)]
pub struct WindowOptions<'a> {
    pub distinct: bool,
    pub filter: Option<&'a Expression>,
    /// `IGNORE NULLS` is true, `RESPECT NULLS` is false.
    pub ignore_nulls: Option<bool>,
}

/// Binds OVER and leaves the call to be computed below. The caller has asked `scope.check_window` and bound the
/// arguments with `scope.inside_window`; an aggregate is a window function whose definition is the aggregate's.
pub fn call(
    binder: &Binder<'_>,
    function: Window,
    over: &WindowReference,
    options: WindowOptions<'_>,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let _ = (binder, function, over, options, scope);
    Err(Error::internal("contract only").at(span))
}
