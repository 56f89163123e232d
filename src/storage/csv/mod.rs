//! CSV as Spark reads it: lenient, position by position, what is not of the column's type is NULL.

mod decoder;
mod infer;
mod options;
mod record;

pub(super) use infer::infer_columns;
pub(super) use options::Options;
