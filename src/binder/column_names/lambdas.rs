//! Lambdas as names show them: their parameters have one name, whatever they were called.

use itertools::Itertools;

use crate::functions::lambdas::Kind;
use crate::sql::ast::{Expression, ExpressionKind, FunctionCall};

use super::children::children;
use super::text_of;

/// How every parameter of a lambda function is shown.
const VARIABLE: &str = "namedlambdavariable()";

/// What `array_sort` compares by if nothing is said.
const NATURAL_ORDER: &str = "lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, \
     (IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, \
     (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, \
     0)))))))))), namedlambdavariable(), namedlambdavariable())";

/// Lambdas are shown where constants stand for them, and where they were left out.
pub(super) fn lambda_arguments(kind: Kind, call: &FunctionCall, arguments: &mut Vec<String>) {
    for (text, argument) in arguments.iter_mut().zip(&call.arguments).skip(kind.values()) {
        if !matches!(argument.value.kind, ExpressionKind::Lambda { .. }) {
            let parameters = vec![VARIABLE; kind.parameters()].join(", ");
            *text = format!("lambdafunction({text}, {parameters})");
        }
    }
    match (kind, arguments.len()) {
        (Kind::Aggregate, 3) => arguments.push(format!("lambdafunction({VARIABLE}, {VARIABLE})")),
        (Kind::ArraySort, 1) => arguments.push(NATURAL_ORDER.to_owned()),
        _ => {}
    }
}

/// A lambda with parameters of those names.
pub(super) fn lambda(parameters: &[&str], body: &Expression) -> String {
    let body = text_of(&replace_names(body, parameters, VARIABLE));
    let parameters = parameters.iter().map(|_| VARIABLE).join(", ");
    format!("lambdafunction({body}, {parameters})")
}

/// The expression with columns of those names under another one. Lambdas inside see to their own.
fn replace_names(expression: &Expression, names: &[&str], with: &str) -> Expression {
    let mut expression = expression.clone();
    replace(&mut expression, names, with);
    expression
}

fn replace(expression: &mut Expression, names: &[&str], with: &str) {
    if let ExpressionKind::Column(parts) = &mut expression.kind
        && let Some(first) = parts.first_mut()
        && names.iter().any(|name| first.is(name))
    {
        with.clone_into(&mut first.value);
        return;
    }
    for child in children(expression) {
        replace(child, names, with);
    }
}
