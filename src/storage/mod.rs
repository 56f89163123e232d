//! Tables as files: opening them for reading, writing them, removing them.
//!
//! A managed table is planned from the metastore's list of files and never by listing folders; an external table is
//! somebody else's folder and is listed. Files become visible only in `write::commit`. It knows no SQL and no session:
//! what it needs of one comes in as options.

mod blocking;
mod csv;
mod discovery;
pub mod files;
mod formats;
mod glob;
mod json;
mod listing;
pub mod location;
mod parquet;
pub mod partition_path;
pub mod partitions;
mod plain;
mod prune;
pub mod remove;
pub mod repair;
mod scan;
pub mod sizes;
mod statistics;
mod sweep;
mod text;
pub mod write;

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::physical_plan::ExecutionPlan;

use crate::catalog::{Catalog, Pin, Table};
use crate::error::{Error, Result};

pub use files::{check_path, infer_columns};
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
    let format = Format::of(format, &table.details)?;
    let files = FileList::Metastore { catalog: catalog.clone(), table: Arc::clone(table) };
    Ok(Arc::new(FileTable::new(table.columns.clone(), table.partition_columns, format, files, options.clone())))
}

/// The error that a plan ended with, made to name the file if a damaged one is the cause.
pub fn name_damaged_file(plan: &Arc<dyn ExecutionPlan>, error: Error) -> Error {
    parquet::name_damaged_file(plan, error)
}

/// Deletes what no reader needs any more, and what dead processes left. Quick when there is nothing; run when a process
/// starts, and after statements that remove files. What cannot be deleted is left for the next time: what was done before is
/// done, whatever becomes of its remains.
pub async fn sweep(catalog: &Catalog) {
    sweep::sweep(catalog).await;
}
