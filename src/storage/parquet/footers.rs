//! What footers tell the planner of files that the metastore does not know.
//!
//! Footers are read through DataFusion's cache, where the scan finds them again.

use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::object_store::ObjectMeta;
use futures::{StreamExt, TryStreamExt};

use crate::catalog::DataFile;
use crate::error::Result;
use crate::storage::location::object_store_url;
use crate::storage::statistics;
use crate::types::StructField;

/// Footers read at one time.
const CONCURRENT: usize = 32;

/// Beyond so many files, reading their footers would take longer than a better plan saves.
const MAX_FILES: usize = 2048;

/// Rows and statistics of each file; `None` for one whose footer cannot be read, which the scan will say.
pub(in crate::storage) async fn describe(
    state: &dyn Session,
    columns: &[StructField],
    files: Vec<ObjectMeta>,
) -> Result<Vec<Option<DataFile>>> {
    if files.len() > MAX_FILES {
        return Ok(vec![None; files.len()]);
    }
    let store = state.runtime_env().object_store(object_store_url())?;
    let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
    futures::stream::iter(files)
        .map(|file| {
            let (store, cache) = (Arc::clone(&store), Arc::clone(&cache));
            async move {
                let reader = DFParquetMetadata::new(store.as_ref(), &file).with_file_metadata_cache(Some(cache));
                let Ok(footer) = reader.fetch_metadata().await else { return Ok(None) };
                Ok(Some(DataFile {
                    partition_id: None,
                    path: file.location.to_string(),
                    rows: statistics::rows(&footer),
                    bytes: file.size,
                    statistics: statistics::from_foreign_footer(columns, &footer)?,
                }))
            }
        })
        .buffered(CONCURRENT)
        .try_collect()
        .await
}
