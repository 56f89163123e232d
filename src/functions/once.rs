//! Values that are computed once and used several times.
//!
//! `coalesce(x, y)` asks whether `x` is NULL and then gives it. Written out with `x` twice, calls within calls double with
//! each level, and what is random differs from one time to the next. Here a larger `x` becomes the parameter of a lambda:
//! its body mentions the parameter as often as it likes.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::Lambda as LambdaExpr;

use super::Typed;
use super::lambdas::{self, Kind, Lambda};
use crate::error::Result;
use crate::types::StructField;

/// Expressions of so many parts may as well be computed again: the optimizer sees through them.
const FEW_PARTS: usize = 12;

/// What `body` makes of the value, computed once. `others` are what the body mentions besides.
pub fn once(value: Typed, others: &[&Expr], body: impl FnOnce(Typed) -> Result<Typed>) -> Result<Typed> {
    if has_at_most(&value.expr, FEW_PARTS) && !value.expr.is_volatile() {
        return body(value);
    }
    // Of lambdas within one another each has a name of its own, and equal calls have equal names.
    let name = format!("{PREFIX}{}", others.iter().map(|other| nesting(other)).max().unwrap_or(0) + 1);
    let parameter = StructField { nullable: value.nullable, ..StructField::new(name, value.data_type.clone()) };
    let body = body(lambdas::variable(&parameter))?;
    let (returns, nullable) = (body.data_type.clone(), body.nullable);
    Ok(lambdas::call(Kind::Once, vec![value], vec![Lambda { parameters: vec![parameter], body }], returns, nullable))
}

const PREFIX: &str = "once#";

/// Whether the expression consists of that many parts at most.
pub fn has_at_most(expr: &Expr, most: usize) -> bool {
    let mut parts = 0;
    let walk = expr.apply(|_| {
        parts += 1;
        Ok(if parts > most { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walk.is_ok() && parts <= most
}

/// The highest number of a parameter in the expression.
fn nesting(expr: &Expr) -> usize {
    let mut highest = 0;
    let walk = expr.apply(|node| {
        if let Expr::Lambda(LambdaExpr { params, .. }) = node {
            let numbers = params.iter().filter_map(|name| name.strip_prefix(PREFIX)?.parse().ok());
            highest = numbers.fold(highest, usize::max);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walk.map_or(usize::MAX >> 1, |_| highest)
}
