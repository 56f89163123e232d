//! Files of CSV. What a record means is in [`crate::records::csv`].

mod decoder;
mod infer;

pub(super) use crate::records::csv::Options;
pub(super) use infer::infer_columns;
