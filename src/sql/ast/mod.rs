//! The tree of a statement: what was typed, nothing resolved.
//!
//! One type per thing the grammar of Spark SQL 4.1 has, and none that the binder or a statement could not receive.

mod access;
mod expression;
mod function;
mod query;
mod script;
mod statement;
mod variable;

use crate::error::Span;

pub use access::*;
pub use expression::*;
pub use function::*;
pub use query::*;
pub use script::*;
pub use statement::*;
pub use variable::*;

/// A name as it was written, without its quotes.
#[derive(Debug, Clone, Eq)]
pub struct Identifier {
    pub value: String,
    /// Whether it stood in quotes; `1a` and reserved words need them.
    pub quoted: bool,
    pub span: Span,
}

impl Identifier {
    pub fn new(value: impl Into<String>, span: Span) -> Self {
        Self { value: value.into(), quoted: false, span }
    }

    /// Names are compared without regard to case.
    pub fn is(&self, other: &str) -> bool {
        same_name(&self.value, other)
    }
}

/// Two spellings of one name, wherever they stand.
impl PartialEq for Identifier {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.value)
    }
}

/// Whether two names are the same: Spark compares without regard to case, beyond ASCII too.
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// The name of a table, view, function, database: one part or several with dots between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// At least one.
    pub parts: Vec<Identifier>,
    pub span: Span,
}

impl ObjectName {
    pub fn last(&self) -> &Identifier {
        self.parts.last().expect("the parser makes no empty name")
    }

    /// Parts with dots between, in backquotes where needed.
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| crate::types::quote_if_needed(&part.value)).collect::<Vec<_>>().join(".")
    }
}
