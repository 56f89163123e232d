//! CSV as Spark reads and writes it: lenient, position by position; what is not of the column's type is NULL.

mod infer;
mod options;
mod record;
mod rows;
mod write;

pub use infer::widened;
pub use options::Options;
pub use record::Fields;
pub use rows::{Batch, Rows};
pub use write::{RowWriter, write_header};
