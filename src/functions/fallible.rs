//! Expressions that may fail on a row (an overflow, a division by zero), and choices that keep them from running where
//! they must not.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::{Case, Expr, lit};

use super::constant::evaluate;
use super::kernel::KernelFunction;

/// Whether some row may make the expression fail.
pub fn may_fail(expr: &Expr) -> bool {
    expr.exists(|node| {
        Ok(match node {
            Expr::ScalarFunction(call) => {
                call
                .func
                .inner()
                .downcast_ref::<KernelFunction>()
                .is_some_and(|function| function.kernel().fallible && function.parameters().ansi)
                // A constant that was computed once has not failed.
                && !matches!(evaluate(node), Ok(Some(_)))
            }
            _ => false,
        })
    })
    .unwrap_or(true)
}

/// CASE WHEN … THEN … ELSE … END. Of choices between booleans the optimizer makes AND and OR, both sides of which are
/// evaluated, unless they compare with a value.
pub fn choose(whens: Vec<(Box<Expr>, Box<Expr>)>, otherwise: Option<Box<Expr>>, boolean: bool) -> Expr {
    let guards = boolean
        && (whens.iter().any(|(when, then)| may_fail(when) || may_fail(then))
            || otherwise.as_deref().is_some_and(may_fail));
    Expr::Case(Case::new(guards.then(|| Box::new(lit(true))), whens, otherwise))
}
