//! Chains of AND and OR: what may fail on a row does not run where what stands before it has decided.
//!
//! DataFusion evaluates both sides of a conjunction, so an operand that may fail is guarded by those before it:
//! `a AND 1 / b > 2` becomes `a AND CASE false WHEN a THEN false ELSE 1 / b > 2 END` (of `CASE WHEN a IS FALSE` the
//! optimizer would make a conjunction again). Operands that cannot fail stay as they are, for it to take them apart. It
//! knows expressions of plans, no types.

use std::collections::HashSet;

use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{BinaryExpr, Case, Expr, LogicalPlan, Operator, binary_expr};
use datafusion::scalar::ScalarValue;

use crate::error::Result;
use crate::functions::Typed;
use crate::functions::fallible::may_fail;
use crate::functions::once::{has_at_most, once};
use crate::types::DataType;

use super::rows::has_subquery;

/// So many operands have a guard each; those behind them share one, or guards would grow with the square of the chain.
const OWN_GUARDS: usize = 3;

/// Operands up to so many parts may stand in guards again.
const SMALL: usize = 40;

/// Both sides joined into one chain. `operator` is AND or OR.
pub(super) fn chain(left: Expr, operator: Operator, right: Expr) -> Result<Expr> {
    if !may_fail(&right) && !matches!(right, Expr::Case(_)) {
        return Ok(binary_expr(left, operator, right));
    }
    let chain = Chain { operator };
    let mut operands = Vec::new();
    chain.collect(left, &mut operands);
    chain.collect(right, &mut operands);
    chain.rebuild(&operands)
}

/// The condition of a filter or join over these inputs. As in Spark each part of it goes to the inputs whose columns it
/// mentions, so only what mentions no more guards it there, and equalities between inputs are keys of joins.
pub(super) fn condition(predicate: Expr, inputs: &[&LogicalPlan]) -> Result<Expr> {
    let mut sources = Vec::new();
    inputs.iter().for_each(|input| find_sources(input, &mut sources));
    if sources.len() < 2 || !may_fail(&predicate) {
        return Ok(predicate);
    }
    let chain = Chain { operator: Operator::And };
    let mut operands = Vec::new();
    chain.collect(predicate, &mut operands);
    let mentioned = |expr: &Expr| -> HashSet<usize> {
        let columns = expr.column_refs();
        let source = |column: &&Column| sources.iter().position(|source| source.has_column(column));
        columns.iter().filter_map(source).collect()
    };
    let is_key = |operand: &Expr| match operand {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let (left, right) = (mentioned(left), mentioned(right));
            !left.is_empty() && !right.is_empty() && left.is_disjoint(&right)
        }
        _ => false,
    };
    let (guarded, all): (Vec<&Expr>, Vec<&Expr>) =
        operands.iter().partition(|operand| may_fail(operand) && !is_key(operand));
    let mut all: Vec<Expr> = all.into_iter().cloned().collect();
    let guarded: Vec<(&Expr, HashSet<usize>)> =
        guarded.into_iter().map(|operand| (operand, mentioned(operand))).collect();
    for (at, (_, here)) in guarded.iter().enumerate() {
        if guarded[..at].iter().any(|(_, before)| before == here) {
            continue;
        }
        let roles = operands.iter().filter_map(|operand| {
            let found = mentioned(operand);
            match guarded.iter().any(|(guarded, _)| std::ptr::eq(*guarded, operand)) {
                true if found == *here => Some((operand, Role::Guarded)),
                _ => (found.is_subset(here) && !has_subquery(operand) && !is_key(operand))
                    .then_some((operand, Role::Guard)),
            }
        });
        chain.guard(&roles.collect::<Vec<_>>(), &mut all)?;
    }
    chain.join(all)
}

/// The inputs of joins.
fn find_sources<'p>(plan: &'p LogicalPlan, sources: &mut Vec<&'p DFSchema>) {
    match plan {
        LogicalPlan::Join(join) => {
            find_sources(&join.left, sources);
            find_sources(&join.right, sources);
        }
        LogicalPlan::Filter(filter) => find_sources(&filter.input, sources),
        _ => sources.push(plan.schema()),
    }
}

/// What becomes of an operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It stands somewhere else already, and guards those behind it.
    Guard,
    /// It is guarded, and guards those behind it.
    Guarded,
}

#[derive(Clone, Copy)]
struct Chain {
    operator: Operator,
}

impl Chain {
    /// What decides the whole: false for AND.
    fn outcome(self) -> Expr {
        Expr::Literal(ScalarValue::Boolean(Some(self.operator == Operator::Or)), None)
    }

    /// The operands in their order, without guards.
    fn collect(self, expr: Expr, operands: &mut Vec<Expr>) {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if op == self.operator => {
                self.collect(*left, operands);
                self.collect(*right, operands);
            }
            Expr::Case(Case { expr: Some(base), when_then_expr, else_expr: Some(guarded) })
                if *base == self.outcome() && when_then_expr.iter().all(|(_, then)| **then == self.outcome()) =>
            {
                let known = operands.len();
                self.collect((*guarded).clone(), operands);
                // A CASE that somebody wrote may ask for something else.
                if !when_then_expr.iter().all(|(guard, _)| operands.contains(guard)) {
                    operands.truncate(known);
                    operands.push(Expr::Case(Case::new(Some(base), when_then_expr, Some(guarded))));
                }
            }
            // What shares a guard stands in it and by itself.
            expr if expr.is_volatile() || !operands.contains(&expr) => operands.push(expr),
            _ => {}
        }
    }

    /// The operands again, each that may fail guarded by those before it.
    fn rebuild(self, operands: &[Expr]) -> Result<Expr> {
        let roles = operands.iter().map(|operand| if may_fail(operand) { Role::Guarded } else { Role::Guard });
        let guarded = operands.iter().zip(roles).collect::<Vec<_>>();
        let mut all = guarded
            .iter()
            .filter(|(_, role)| *role == Role::Guard)
            .map(|(operand, _)| (*operand).clone())
            .collect::<Vec<_>>();
        self.guard(&guarded, &mut all)?;
        self.join(all)
    }

    /// Adds the operands that are to be guarded, with their guards.
    fn guard(self, operands: &[(&Expr, Role)], all: &mut Vec<Expr>) -> Result<()> {
        let Some(last) = operands.iter().rposition(|(_, role)| *role == Role::Guarded) else { return Ok(()) };
        let mut guarded = 0;
        let mut before: Vec<Expr> = Vec::new();
        for (at, (operand, role)) in operands[..=last].iter().enumerate() {
            let own = is_small(operand) && guarded <= OWN_GUARDS;
            if at < last && !own {
                // From here on one guard for all.
                let rest: Vec<Expr> = operands[at..=last].iter().map(|(operand, _)| (*operand).clone()).collect();
                all.push(self.guarded(before, self.in_turn(&rest)?));
                break;
            }
            if *role == Role::Guarded {
                all.push(self.guarded(before.clone(), (*operand).clone()));
                guarded += 1;
            }
            before.push((*operand).clone());
        }
        Ok(())
    }

    fn guarded(self, before: Vec<Expr>, operand: Expr) -> Expr {
        if before.is_empty() {
            return operand;
        }
        let whens = before.into_iter().map(|before| (Box::new(before), Box::new(self.outcome())));
        Expr::Case(Case::new(Some(Box::new(self.outcome())), whens.collect(), Some(Box::new(operand))))
    }

    /// Operands that run one after the other until one decides.
    fn in_turn(self, operands: &[Expr]) -> Result<Expr> {
        let boolean = |expr| Typed { expr, data_type: DataType::Boolean, nullable: true };
        let (small, large) = match operands.iter().position(|operand| !is_small(operand)) {
            Some(at) if at + 1 < operands.len() => operands.split_at(at),
            _ => (operands, [].as_slice()),
        };
        let rest = match large {
            [] => None,
            [first, behind @ ..] => {
                let behind = self.in_turn(behind)?;
                let rest = once(boolean(first.clone()), &[&behind], |first| {
                    let guarded = self.guarded(vec![first.expr.clone()], behind.clone());
                    Ok(boolean(binary_expr(first.expr, self.operator, guarded)))
                })?;
                Some(rest.expr)
            }
        };
        let (last, guards) = match (rest, small) {
            (Some(rest), small) => (rest, small),
            (None, [guards @ .., last]) => (last.clone(), guards),
            (None, []) => return Err(crate::error::Error::internal("a chain without operands")),
        };
        let all = self.join(guards.iter().cloned().chain([last]).collect())?;
        Ok(self.guarded(guards.to_vec(), all))
    }

    /// A shallow tree of long chains; short ones as they were written.
    fn join(self, operands: Vec<Expr>) -> Result<Expr> {
        const LEFT_DEEP: usize = 8;
        let mut level = operands;
        if level.len() <= LEFT_DEEP {
            let joined = level.into_iter().reduce(|left, right| binary_expr(left, self.operator, right));
            return joined.ok_or_else(|| crate::error::Error::internal("a chain without operands"));
        }
        while level.len() > LEFT_DEEP {
            let mut pairs = level.into_iter();
            let mut next = Vec::new();
            while let Some(left) = pairs.next() {
                next.push(match pairs.next() {
                    Some(right) => binary_expr(left, self.operator, right),
                    None => left,
                });
            }
            level = next;
        }
        self.join(level)
    }
}

/// Whether the expression may be computed twice.
fn is_small(expr: &Expr) -> bool {
    has_at_most(expr, SMALL) && !expr.is_volatile()
}
