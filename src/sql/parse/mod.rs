//! The parser: tokens to the tree.

use crate::error::{Error, Result};
use crate::types::DataType;

use super::ParseOptions;
use super::ast::{Expression, ObjectName, Query, Statement};

pub(super) fn statement(text: &str, options: &ParseOptions) -> Result<Statement> {
    let _ = (text, options);
    Err(Error::internal("contract only"))
}

pub(super) fn query(text: &str, options: &ParseOptions) -> Result<Query> {
    let _ = (text, options);
    Err(Error::internal("contract only"))
}

pub(super) fn expression(text: &str, options: &ParseOptions) -> Result<Expression> {
    let _ = (text, options);
    Err(Error::internal("contract only"))
}

pub(super) fn data_type(text: &str, options: &ParseOptions) -> Result<DataType> {
    let _ = (text, options);
    Err(Error::internal("contract only"))
}

pub(super) fn name(text: &str, options: &ParseOptions) -> Result<ObjectName> {
    let _ = (text, options);
    Err(Error::internal("contract only"))
}
