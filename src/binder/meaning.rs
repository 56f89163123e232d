//! Whether two expressions mean the same although they are written differently: `a + b` and `b + a`, `a < b` and `b > a`.
//!
//! GROUP BY compares by meaning, as Spark does by its canonical forms.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// Functions that may take their two arguments in any order.
const COMMUTATIVE: &[&str] = &["+", "*", "add", "multiply", "bitand", "bitor", "bitxor", "&", "|", "^"];

/// An expression, and how it would be written if all were written alike.
pub(super) struct Meaning<'e> {
    expr: &'e Expr,
    /// `None`: it has but one way to be written.
    canonical: Option<Expr>,
    /// With its subqueries, if there are any: the columns of one are numbered anew each time it is bound.
    text: Option<String>,
}

impl<'e> Meaning<'e> {
    pub fn new(expr: &'e Expr) -> Self {
        let turns = expr.exists(|node| Ok(may_turn(node))).unwrap_or(false);
        Self { expr, canonical: turns.then(|| canonical(expr.clone())), text: text_with_subqueries(expr) }
    }

    /// Whether another expression means this.
    pub fn is_of(&self, other: &Expr) -> bool {
        if self.expr == other {
            return true;
        }
        if let Some(text) = &self.text {
            return std::mem::discriminant(self.expr) == std::mem::discriminant(other)
                && text_with_subqueries(other).is_some_and(|other| *text == other);
        }
        let Some(own) = &self.canonical else { return false };
        std::mem::discriminant(self.expr) == std::mem::discriminant(other) && *own == canonical(other.clone())
    }
}

/// The expression with the plans of its subqueries, whose own columns are numbered by their order; `None` without any.
fn text_with_subqueries(expr: &Expr) -> Option<String> {
    let mut plans: Vec<String> = Vec::new();
    let walked = expr.apply(|node| {
        let plan = match node {
            Expr::ScalarSubquery(subquery) => Some(&subquery.subquery),
            Expr::Exists(exists) => Some(&exists.subquery.subquery),
            Expr::InSubquery(inside) => Some(&inside.subquery.subquery),
            _ => None,
        };
        plans.extend(plan.map(|plan| renumbered(&plan.display_indent().to_string())));
        Ok(TreeNodeRecursion::Continue)
    });
    (walked.is_ok() && !plans.is_empty()).then(|| format!("{expr}\n{}", plans.join("\n")))
}

/// The text with the numbers behind `#` counted from 1, but for those of columns around.
fn renumbered(text: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(mark) = rest.find('#') {
        let (before, behind) = rest.split_at(mark + 1);
        let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let (number, next) = behind.split_at(digits);
        result.push_str(before);
        let word = before.rfind(|c: char| c.is_whitespace() || c == ',').map_or(before, |start| &before[start + 1..]);
        if word.contains("outer_ref(") {
            result.push_str(number);
        } else {
            let position = seen.iter().position(|other| *other == number).unwrap_or_else(|| {
                seen.push(number);
                seen.len() - 1
            });
            result.push_str(&(position + 1).to_string());
        }
        rest = next;
    }
    result.push_str(rest);
    result
}

fn may_turn(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(binary) => is_commutative(binary.op) || turned(binary.op).is_some(),
        Expr::ScalarFunction(call) => is_commutative_call(call),
        Expr::InList(list) => list.list.len() > 1,
        _ => false,
    }
}

fn is_commutative(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Plus
            | Operator::Multiply
            | Operator::And
            | Operator::Or
            | Operator::Eq
            | Operator::NotEq
            | Operator::IsNotDistinctFrom
            | Operator::BitwiseAnd
            | Operator::BitwiseOr
            | Operator::BitwiseXor
    )
}

/// The comparison with its sides exchanged, of those that are not written so.
fn turned(operator: Operator) -> Option<Operator> {
    match operator {
        Operator::Gt => Some(Operator::Lt),
        Operator::GtEq => Some(Operator::LtEq),
        _ => None,
    }
}

fn is_commutative_call(call: &ScalarFunction) -> bool {
    call.args.len() == 2 && COMMUTATIVE.contains(&call.func.name())
}

fn canonical(expr: Expr) -> Expr {
    let unchanged = expr.clone();
    expr.transform_up(|node| {
        Ok(match node {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match turned(op) {
                Some(op) => Transformed::yes(Expr::BinaryExpr(BinaryExpr { left: right, op, right: left })),
                None if is_commutative(op) => {
                    let mut operands = Vec::new();
                    flatten_binary(op, *left, &mut operands);
                    flatten_binary(op, *right, &mut operands);
                    sort(&mut operands);
                    let joined = operands.into_iter().reduce(|left, right| {
                        Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op, right: Box::new(right) })
                    });
                    Transformed::yes(joined.unwrap_or_default())
                }
                None => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
            },
            Expr::ScalarFunction(call) if is_commutative_call(&call) => {
                let mut operands = Vec::new();
                let func = std::sync::Arc::clone(&call.func);
                for argument in call.args {
                    flatten_call(&func, argument, &mut operands);
                }
                sort(&mut operands);
                let joined = operands.into_iter().reduce(|left, right| {
                    Expr::ScalarFunction(ScalarFunction { func: std::sync::Arc::clone(&func), args: vec![left, right] })
                });
                Transformed::yes(joined.unwrap_or_default())
            }
            Expr::InList(InList { expr, mut list, negated }) => {
                sort(&mut list);
                Transformed::yes(Expr::InList(InList { expr, list, negated }))
            }
            other => Transformed::no(other),
        })
    })
    .map_or(unchanged, |done| done.data)
}

fn flatten_binary(operator: Operator, expr: Expr, operands: &mut Vec<Expr>) {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if op == operator && chains(op) => {
            flatten_binary(operator, *left, operands);
            flatten_binary(operator, *right, operands);
        }
        other => operands.push(other),
    }
}

/// Whether `(a op b) op c` is `a op (b op c)`.
fn chains(operator: Operator) -> bool {
    !matches!(operator, Operator::Eq | Operator::NotEq | Operator::IsNotDistinctFrom)
}

fn flatten_call(function: &std::sync::Arc<datafusion::logical_expr::ScalarUDF>, expr: Expr, operands: &mut Vec<Expr>) {
    match expr {
        Expr::ScalarFunction(call) if call.func == *function && call.args.len() == 2 => {
            for argument in call.args {
                flatten_call(function, argument, operands);
            }
        }
        other => operands.push(other),
    }
}

fn sort(operands: &mut [Expr]) {
    operands.sort_by_cached_key(ToString::to_string);
}
