//! Files without a table: ``SELECT * FROM parquet.`path/*.parquet` ``.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use super::ReadOptions;
use crate::catalog::{FileFormat, Properties};
use crate::error::{Error, Result};
use crate::types::StructField;

/// Files that a query named directly.
#[derive(Debug, Clone)]
pub struct OpenedFiles {
    /// Those that partition folders give come last.
    pub columns: Vec<StructField>,
    pub provider: Arc<dyn TableProvider>,
}

/// Opens a file, a folder or a glob; types of columns come from the files, of partition columns from the folders' names.
/// Relative paths start in the working directory.
///
/// # Errors
/// `PATH_NOT_FOUND`, `UNABLE_TO_INFER_SCHEMA`, `FAILED_READ_FILE`
pub async fn open_files(
    format: FileFormat,
    path: &str,
    options: &Properties,
    read: &ReadOptions,
) -> Result<OpenedFiles> {
    let _ = (format, path, options, read);
    Err(Error::internal("contract only"))
}
