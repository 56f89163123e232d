//! JSON texts: values made of them, parts taken out of them, and values written as them.

mod infer;
mod options;
mod parse;
pub mod paths;
pub mod reader;
mod variant;
mod write;

pub use infer::{document_type, known, merged, record_type};
pub use options::Options;
pub use parse::{Rows, is_read};
pub use variant::build_variant;
pub use write::{RowWriter, writer};
