//! Which collation the strings of several operands meet in.
//!
//! A collation that COLLATE chose wins over that of a column or a cast, and that over the one of a literal. Two that were
//! chosen must be the same; of two different ones of columns nobody can tell.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;

use super::{CAST_TO_COLLATED, COLLATE};
use crate::error::{COLLATION_MISMATCH, Error, Result};
use crate::functions::Typed;
use crate::functions::kernel::KernelFunction;
use crate::types::{Collation, DataType};

/// How much an operand's collation weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// Of literals, and of strings made of other types.
    Default,
    /// Of columns, fields, subqueries and casts.
    Implicit,
    /// Chosen by COLLATE.
    Explicit,
}

/// What the meeting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// Nothing is collated; nothing was done.
    Plain,
    /// All strings have one collation now.
    Settled,
    /// Some strings have a collation now that is not determined.
    Indeterminate,
}

/// Gives the strings in the operands the collation they meet in.
///
/// # Errors
/// `COLLATION_MISMATCH.EXPLICIT`.
pub fn meet(operands: &mut [Typed]) -> Result<Meeting> {
    if !operands.iter().any(|operand| operand.data_type.is_collated()) {
        return Ok(Meeting::Plain);
    }
    let leaves: Vec<Vec<Collation>> = operands.iter().map(|operand| collations_of(&operand.data_type)).collect();
    let most = leaves.iter().map(Vec::len).max().unwrap_or(0);
    // Structs meet field by field.
    if leaves.iter().any(|leaves| !leaves.is_empty() && leaves.len() != most) {
        return Ok(Meeting::Settled);
    }
    let mut winners: Vec<Option<(Collation, Strength)>> = vec![None; most];
    for (operand, leaves) in operands.iter().zip(&leaves).filter(|(_, leaves)| !leaves.is_empty()) {
        let strength = strength(&operand.expr);
        for (winner, collation) in winners.iter_mut().zip(leaves) {
            *winner = Some(match *winner {
                None => (*collation, strength),
                Some(winner) => stronger(winner, (*collation, strength))?,
            });
        }
    }
    let winners: Vec<Collation> = winners.into_iter().flatten().map(|(collation, _)| collation).collect();
    for (operand, _) in operands.iter_mut().zip(&leaves).filter(|(_, leaves)| !leaves.is_empty()) {
        let next = std::cell::Cell::new(0);
        operand.data_type = operand.data_type.map_strings(&|_| {
            let at = next.replace(next.get() + 1);
            DataType::string(winners[at])
        });
    }
    let indeterminate = winners.iter().any(|collation| collation.is_indeterminate());
    Ok(if indeterminate { Meeting::Indeterminate } else { Meeting::Settled })
}

fn stronger(a: (Collation, Strength), b: (Collation, Strength)) -> Result<(Collation, Strength)> {
    if a.0 == b.0 {
        return Ok((a.0, a.1.max(b.1)));
    }
    Ok(match a.1.cmp(&b.1) {
        std::cmp::Ordering::Greater => a,
        std::cmp::Ordering::Less => b,
        std::cmp::Ordering::Equal if a.1 == Strength::Explicit => {
            let shown = |collation| format!("\"{}\"", DataType::string(collation));
            return Err(Error::new(
                &COLLATION_MISMATCH,
                format!(
                    "Could not determine which collation to use for string functions and operators. Error occurred due to \
                     the mismatch between explicit collations: [{}, {}]. Decide on a single explicit collation and remove \
                     others",
                    shown(a.0),
                    shown(b.0)
                ),
            )
            .subcondition("EXPLICIT"));
        }
        std::cmp::Ordering::Equal => (Collation::INDETERMINATE, a.1),
    })
}

/// The collations of all strings in the type, in their order.
fn collations_of(data_type: &DataType) -> Vec<Collation> {
    match data_type {
        DataType::Array { element, .. } => collations_of(element),
        DataType::Map { key, value, .. } => {
            let mut all = collations_of(key);
            all.extend(collations_of(value));
            all
        }
        DataType::Struct(fields) => fields.iter().flat_map(|field| collations_of(&field.data_type)).collect(),
        other => other.collation().into_iter().collect(),
    }
}

/// The most that a part of the expression weighs which its strings may come from.
fn strength(expr: &Expr) -> Strength {
    let mut strongest = Strength::Default;
    let walked = expr.apply(|node| {
        let (own, next) = match node {
            Expr::Column(_) | Expr::OuterReferenceColumn(..) | Expr::ScalarSubquery(_) | Expr::LambdaVariable(_) => {
                (Strength::Implicit, TreeNodeRecursion::Jump)
            }
            Expr::ScalarFunction(call) => match call.func.inner().downcast_ref::<KernelFunction>() {
                Some(function) if function.kernel().name == COLLATE.name => {
                    (Strength::Explicit, TreeNodeRecursion::Stop)
                }
                Some(function) if function.kernel().name == CAST_TO_COLLATED.name => {
                    (Strength::Implicit, TreeNodeRecursion::Jump)
                }
                // Strings made of other types.
                Some(function) if !function.parameters().arguments.iter().any(has_string) => {
                    (Strength::Default, TreeNodeRecursion::Jump)
                }
                _ => (Strength::Default, TreeNodeRecursion::Continue),
            },
            Expr::Cast(_) => (Strength::Default, TreeNodeRecursion::Jump),
            _ => (Strength::Default, TreeNodeRecursion::Continue),
        };
        strongest = strongest.max(own);
        Ok(next)
    });
    // The walk itself cannot fail.
    walked.map_or(strongest, |_| strongest)
}

fn has_string(data_type: &DataType) -> bool {
    !collations_of(data_type).is_empty()
}
