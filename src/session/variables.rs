//! The session's variables, and the names that IDENTIFIER() makes of them.

use std::sync::Arc;

use super::Session;
use crate::binder::{self, Environment, OnlyVariables, Variables};
use crate::error::{Error, NOT_A_CONSTANT_STRING, Result};
use crate::functions::Context;
use crate::functions::constant::evaluate;
use crate::sql::Identifiers;
use crate::sql::ast::Expression;

impl Session {
    /// As they are now.
    pub fn variables(&self) -> Arc<Variables> {
        Arc::clone(&self.variables.read())
    }

    pub fn change_variables<T>(&self, change: impl FnOnce(&mut Variables) -> T) -> T {
        change(Arc::make_mut(&mut self.variables.write()))
    }
}

/// How the parser learns what IDENTIFIER(…) names.
pub fn identifiers(context: Context, settings: binder::Settings, variables: Arc<Variables>) -> Identifiers {
    Identifiers::new(move |expression| {
        let names = OnlyVariables(Arc::clone(&variables));
        constant_name(expression, &Environment { names: &names, context: &context, settings: &settings })
    })
}

/// The value of a constant string.
fn constant_name(expression: &Expression, environment: &Environment<'_>) -> Result<String> {
    let text = binder::column_names::text_of(expression);
    let refuse = |sub: &'static str, what: String| {
        let start =
            format!("The expression \"{text}\" used for the routine or clause `IDENTIFIER` must be a constant STRING");
        Error::new(&NOT_A_CONSTANT_STRING, format!("{start} which is NOT NULL. {what}"))
            .subcondition(sub)
            .at(expression.span)
    };
    let not_constant = || {
        refuse("NOT_CONSTANT", "To be considered constant the expression must not depend on any columns, contain a subquery, or invoke a non deterministic function such as rand()".to_owned())
    };
    let typed = binder::bind_standalone_expression(expression, Vec::new(), environment)?;
    let Some(value) = evaluate(&typed.expr)? else { return Err(not_constant()) };
    if !typed.data_type.is_string() {
        return Err(refuse("WRONG_TYPE", format!("The data type of the expression is {}", typed.data_type.sql())));
    }
    match value.try_as_str().flatten() {
        Some(name) => Ok(name.to_owned()),
        None => Err(refuse("NULL", "The expression evaluates to NULL".to_owned())),
    }
}
