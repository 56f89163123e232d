//! Files of JSON, one object a line or one document a file with `multiLine`. What a record means is in
//! [`crate::records::json`].

mod decoder;
mod infer;

pub(super) use crate::records::json::Options;
pub(super) use infer::infer_columns;
