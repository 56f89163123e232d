//! Session variables, and statements made of text: DECLARE, SET VARIABLE, DROP VARIABLE, EXECUTE IMMEDIATE.

use crate::error::Span;
use crate::types::DataType;

use super::{Expression, ExpressionKind, Identifier, ObjectName, Query};

/// `DECLARE [OR REPLACE] [VARIABLE] a, b [type] [DEFAULT value]`
#[derive(Debug, Clone, PartialEq)]
pub struct DeclareVariable {
    pub names: Vec<ObjectName>,
    pub or_replace: bool,
    /// Without it that of the default.
    pub data_type: Option<DataType>,
    /// The expression and its text.
    pub default: Option<(Expression, String)>,
    pub span: Span,
}

/// `SET VARIABLE a = 1, b = DEFAULT`, `SET VARIABLE (a, b) = (query)`
#[derive(Debug, Clone, PartialEq)]
pub enum SetVariable {
    Values(Vec<(ObjectName, Expression)>),
    Row { names: Vec<ObjectName>, query: Box<Query> },
}

/// `DROP TEMPORARY VARIABLE [IF EXISTS] a`
#[derive(Debug, Clone, PartialEq)]
pub struct DropVariable {
    pub name: ObjectName,
    pub if_exists: bool,
}

/// `value [AS name]`
#[derive(Debug, Clone, PartialEq)]
pub struct UsingArgument {
    pub value: Expression,
    pub alias: Option<Identifier>,
}

impl UsingArgument {
    /// The alias; a variable is a parameter of its own name.
    pub fn name(&self) -> Option<&Identifier> {
        match &self.value.kind {
            ExpressionKind::Column(parts) => self.alias.as_ref().or(parts.last()),
            _ => self.alias.as_ref(),
        }
    }
}

/// `EXECUTE IMMEDIATE text [INTO a, b] [USING 1 AS x, 2]`
#[derive(Debug, Clone, PartialEq)]
pub struct ExecuteImmediate {
    pub text: Expression,
    pub into: Vec<ObjectName>,
    pub using: Vec<UsingArgument>,
    pub span: Span,
}
