//! Lambda functions: `x -> x + 1` as argument of `transform`, `filter` and the like.

use crate::error::{Error, Result, Span};
use crate::functions::{Function, Typed};
use crate::sql::ast::{ExpressionKind, FunctionCall};

use super::Binder;
use super::scope::ExpressionScope;

/// Whether an argument of the call is a lambda.
pub fn is_lambda_call(call: &FunctionCall) -> bool {
    call.arguments.iter().any(|argument| matches!(argument.value.kind, ExpressionKind::Lambda { .. }))
}

/// Binds a call of a higher-order function.
pub fn bind(
    _: &Binder<'_>,
    function: &'static Function,
    _: &FunctionCall,
    span: Span,
    _: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    Err(Error::unsupported(
        format!("the higher-order function `{}`", function.name),
        "explode the array with LATERAL VIEW and aggregate it again",
    )
    .at(span))
}
