//! Tables as files: opening them for reading, writing them, removing them.
//!
//! A managed table is planned from the metastore's list of files and never by listing folders; an external table is
//! somebody else's folder and is listed. Files become visible only in `write::commit`. It knows no SQL and no session:
//! what it needs of one comes in as options.

pub mod files;
mod formats;
mod listing;
pub mod location;
mod parquet;
pub mod partition_path;
pub mod partitions;
mod prune;
pub mod remove;
pub mod repair;
mod scan;
mod statistics;
pub mod write;

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::catalog::{Catalog, FileFormat, Pin, Properties, Table};
use crate::error::{Error, Result};
use crate::types::StructField;

pub use formats::check_format;
pub use location::location_url;

use formats::Format;
use scan::{FileList, FileTable};

/// What reading depends on beside the table.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The session's time zone, for times without one in CSV and JSON.
    pub time_zone: Arc<str>,
    /// Keeps the files on disk until the reader is done; taken before the table was looked up.
    pub pin: Arc<Pin>,
}

/// Opens a table (not a view) for reading, as of its version. The provider's schema is the table's columns.
pub async fn open(catalog: &Catalog, table: &Arc<Table>, options: &ReadOptions) -> Result<Arc<dyn TableProvider>> {
    let Some(format) = table.details.format else {
        return Err(Error::internal(format!("`{}` has no files", table.name)));
    };
    let format = Format::new(format, &all_options(table))?;
    let files = FileList::Metastore { catalog: catalog.clone(), table: Arc::clone(table) };
    Ok(Arc::new(FileTable::new(table.columns.clone(), table.partition_columns, format, files, options.clone())))
}

/// Options, and the properties that are options under another name.
fn all_options(table: &Table) -> Properties {
    let named = table.details.properties.iter().filter(|(key, _)| key.to_lowercase().starts_with("parquet."));
    named.chain(&table.details.options).cloned().collect()
}

/// Forgets what is cached of an external table's folder (REFRESH TABLE); without a table, of all.
pub fn refresh(table: Option<&Table>) {
    let _ = table;
}

/// The columns that files in a folder have, those from partition folders last with their number: for
/// `CREATE TABLE t USING parquet LOCATION '…'` without columns.
///
/// # Errors
/// `PATH_NOT_FOUND`, `UNABLE_TO_INFER_SCHEMA`
pub async fn infer_columns(
    format: FileFormat,
    location: &str,
    options: &Properties,
    read: &ReadOptions,
) -> Result<(Vec<StructField>, usize)> {
    let _ = (format, location, options, read);
    Err(Error::internal("contract only"))
}

/// Deletes what no reader needs any more, and what dead processes left. Quick when there is nothing; run when a process
/// starts, and after statements that remove files. What cannot be deleted is left for the next time.
pub async fn sweep(catalog: &Catalog) -> Result<()> {
    let _ = catalog;
    Ok(())
}
