//! Functions that users make: CREATE FUNCTION, DROP FUNCTION.

use crate::error::Span;
use crate::types::DataType;

use super::{ColumnDefinition, Expression, ObjectName, Query};

/// `CREATE [OR REPLACE] [TEMPORARY] FUNCTION [IF NOT EXISTS] f (parameters) [RETURNS …] [characteristics] RETURN body`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateFunction {
    pub name: ObjectName,
    pub or_replace: bool,
    pub if_not_exists: bool,
    pub temporary: bool,
    pub parameters: Vec<ColumnDefinition>,
    /// The parameters as they were typed, for messages.
    pub parameters_text: String,
    pub returns: FunctionReturns,
    /// `[NOT] DETERMINISTIC`
    pub deterministic: Option<bool>,
    /// `CONTAINS SQL` is false, `READS SQL DATA` is true.
    pub reads_data: Option<bool>,
    pub comment: Option<String>,
    pub body: FunctionBody,
    /// The body as it was typed.
    pub body_text: String,
    pub span: Span,
}

/// What RETURNS says.
#[derive(Debug, Clone, PartialEq)]
pub enum FunctionReturns {
    /// Nothing: the type of the body.
    Inferred,
    Value(DataType),
    /// `TABLE [(columns)]`; without columns those of the body.
    Table(Option<Vec<ColumnDefinition>>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum FunctionBody {
    Expression(Expression),
    Query(Box<Query>),
}

/// `DROP [TEMPORARY] FUNCTION [IF EXISTS] f`
#[derive(Debug, Clone, PartialEq)]
pub struct DropFunction {
    pub name: ObjectName,
    pub temporary: bool,
    pub if_exists: bool,
}
