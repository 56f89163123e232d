//! Opening Parquet files: errors that name the file, columns that match the table's.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::execution::cache::cache_manager::FileMetadataCache;
use datafusion::object_store::ObjectStore;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::conform::conform;
use crate::catalog::Pin;
use crate::error::{CANNOT_READ_FILE_FOOTER, Error, FAILED_READ_FILE, Result};
use crate::types::StructField;

/// Makes the readers of one scan.
pub(super) struct Readers {
    inner: CachedParquetFileReaderFactory,
    /// What the table says the files hold.
    columns: Arc<[StructField]>,
    /// The plan keeps this, and this keeps the files on disk.
    pin: Arc<Pin>,
}

impl Readers {
    pub fn new(
        store: Arc<dyn ObjectStore>,
        cache: Arc<FileMetadataCache>,
        columns: &[StructField],
        pin: &Arc<Pin>,
    ) -> Self {
        Self { inner: CachedParquetFileReaderFactory::new(store, cache), columns: columns.into(), pin: Arc::clone(pin) }
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("pin", &self.pin).finish_non_exhaustive()
    }
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        partition_index: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> datafusion::common::Result<Box<dyn AsyncFileReader + Send>> {
        let path = PathBuf::from("/").join(decoded(file.object_meta.location.as_ref()));
        let inner = self.inner.create_reader(partition_index, file, metadata_size_hint, metrics)?;
        Ok(Box::new(Reader { inner, path, columns: Arc::clone(&self.columns) }))
    }
}

/// Object stores escape some characters of names.
fn decoded(location: &str) -> String {
    crate::storage::partition_path::unescape(location)
}

struct Reader {
    inner: Box<dyn AsyncFileReader + Send>,
    path: PathBuf,
    columns: Arc<[StructField]>,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        let path = self.path.clone();
        self.inner.get_bytes(range).map(move |read| read.map_err(|error| named(&path, error))).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        let path = self.path.clone();
        self.inner.get_byte_ranges(ranges).map(move |read| read.map_err(|error| named(&path, error))).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let path = self.path.clone();
        let columns = Arc::clone(&self.columns);
        self.inner
            .get_metadata(options)
            .map(move |read| {
                let footer = read.map_err(|error| wrapped(unreadable(&path, error)))?;
                conform(&path, footer, &columns).map_err(wrapped)
            })
            .boxed()
    }
}

/// The footer of a file, read now.
///
/// # Errors
/// `FAILED_READ_FILE.FILE_NOT_EXIST`, `FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER`
pub(in crate::storage) fn read_footer(path: &Path) -> Result<ParquetMetaData> {
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, ParquetError::External(Box::new(error))))?;
    ParquetMetaDataReader::new().parse_and_finish(&file).map_err(|error| unreadable(path, error))
}

fn wrapped(error: Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

fn named(path: &Path, error: ParquetError) -> ParquetError {
    if !path.exists() {
        return wrapped(missing(path));
    }
    let text = format!("Encountered error while reading file file:{}. {error}", path.display());
    wrapped(Error::new(&FAILED_READ_FILE, text).subcondition("NO_HINT").cause(error))
}

fn missing(path: &Path) -> Error {
    Error::new(
        &FAILED_READ_FILE,
        format!("Encountered error while reading file file:{}. File does not exist", path.display()),
    )
    .subcondition("FILE_NOT_EXIST")
    .hint(
        "It is possible the underlying files have been updated. You can explicitly invalidate the cache by running \
         'REFRESH TABLE tableName'",
    )
}

/// What is wrong with a file whose footer cannot be read.
fn unreadable(path: &Path, error: ParquetError) -> Error {
    let size = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(io) if io.kind() == std::io::ErrorKind::NotFound => return missing(path),
        Err(io) => return Error::io(format!("file:{}", path.display()), io),
    };
    let why = if size == 0 {
        "the file is empty".to_owned()
    } else if starts_like_parquet(path) {
        "the file is truncated or damaged: it begins as a Parquet file but does not end as one".to_owned()
    } else {
        "it is not a Parquet file".to_owned()
    };
    Error::new(
        &CANNOT_READ_FILE_FOOTER,
        format!("Could not read footer for file: file:{}: {why}", path.display()),
    )
    .hint("Please ensure that the file is in either ORC or Parquet format. If not, please convert it to a valid format")
    .cause(error)
}

fn starts_like_parquet(path: &Path) -> bool {
    use std::io::Read;
    let mut magic = [0; 4];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && &magic == b"PAR1"
}
