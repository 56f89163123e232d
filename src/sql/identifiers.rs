//! IDENTIFIER(…): the parser asks somebody who knows variables and functions what string its argument is.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};

use super::ast::{BinaryOperator, Expression, ExpressionKind, Literal};

type NameOf = dyn Fn(&Expression) -> Result<String> + Send + Sync;

/// What IDENTIFIER(…) names. By default it knows strings only, put together or not.
#[derive(Clone)]
pub struct Identifiers(Arc<NameOf>);

impl Identifiers {
    pub fn new(name_of: impl Fn(&Expression) -> Result<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(name_of))
    }

    /// # Errors
    /// `NOT_A_CONSTANT_STRING`
    pub fn name(&self, expression: &Expression) -> Result<String> {
        match constant_string(expression) {
            Some(name) => Ok(name),
            None => (self.0)(expression),
        }
    }
}

impl Default for Identifiers {
    fn default() -> Self {
        Self::new(|expression| {
            Err(Error::unsupported("IDENTIFIER() of anything but constant strings here", "write the name itself")
                .at(expression.span))
        })
    }
}

impl fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifiers")
    }
}

impl PartialEq for Identifiers {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Identifiers {}

fn constant_string(expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Literal(Literal::String(text)) => Some(text.clone()),
        ExpressionKind::Binary { left, operator: BinaryOperator::Concat, right } => {
            Some(constant_string(left)? + &constant_string(right)?)
        }
        _ => None,
    }
}
