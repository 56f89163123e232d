//! Rows kept to be read later, as often as need be: in memory up to a limit, on disk beyond it. It knows plans, not tables or names.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as PlanResult;
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::datasource::TableType;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::union::UnionExec;
use futures::{StreamExt, stream};

use crate::error::{Error, Result};

/// Where rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheLevel {
    /// In memory, and on disk what does not fit.
    MemoryAndDisk,
    /// In memory or not at all.
    Memory,
    Disk,
}

/// The bytes that all kept rows of a process have in memory.
#[derive(Debug, Default)]
pub struct CacheMemory(AtomicU64);

/// Rows that are kept. As a table it has the columns of the stream they came from.
pub struct CachedRows {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    spilled: Option<Arc<dyn SpillFile>>,
    memory: Arc<CacheMemory>,
    bytes: u64,
    reservation: MemoryReservation,
}

impl std::fmt::Debug for CachedRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachedRows").field("bytes", &self.bytes).field("spilled", &self.spilled.is_some()).finish()
    }
}

impl CachedRows {
    /// All rows, in the order they came in.
    pub fn read(self: &Arc<Self>) -> SendableRecordBatchStream {
        let rows = Arc::clone(self);
        let in_memory = stream::iter((0..rows.batches.len()).map(move |number| Ok(rows.batches[number].clone())));
        if self.spilled.is_none() {
            return Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), in_memory));
        }
        let all = in_memory.chain(SpilledRows(Arc::clone(self)).read());
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), all))
    }
}

impl CachedRows {
    /// Takes as many more bytes of memory, if there are.
    fn grow(&mut self, bytes: u64, limit: u64) -> bool {
        let within = |used: u64| used.checked_add(bytes).filter(|used| *used <= limit);
        if self.memory.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_err() {
            return false;
        }
        let granted = self.reservation.try_grow(bytes as usize).is_ok();
        if granted {
            self.bytes += bytes;
        } else {
            self.memory.0.fetch_sub(bytes, Ordering::Relaxed);
        }
        granted
    }
}

/// Does the work on a thread that may wait.
async fn waiting_for_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArrowError> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal(error.to_string()))?;
    Ok(done?)
}

impl Drop for CachedRows {
    fn drop(&mut self) {
        self.memory.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a stream to its end and keeps its rows; `None` if they may only be kept in memory and do not fit in `limit`.
///
/// # Errors
/// Those of the stream, and of a disk that takes no more.
pub async fn keep(
    mut stream: SendableRecordBatchStream,
    level: CacheLevel,
    limit: u64,
    memory: &Arc<CacheMemory>,
    runtime: &RuntimeEnv,
) -> Result<Option<Arc<CachedRows>>> {
    let schema = stream.schema();
    let mut kept = CachedRows {
        schema: Arc::clone(&schema),
        batches: Vec::new(),
        spilled: None,
        memory: Arc::clone(memory),
        bytes: 0,
        reservation: MemoryConsumer::new("cached tables").register(&runtime.memory_pool),
    };
    let mut writer = None;
    // Batches may be slices of one another's buffers.
    let mut counter = RecordBatchMemoryCounter::new();
    while let Some(batch) = stream.next().await {
        let batch = compact(&batch?)?;
        // Rows keep their order: once some are on disk, those that follow are too.
        if level != CacheLevel::Disk && writer.is_none() {
            let bytes = counter.count_batch(&batch) as u64;
            if kept.grow(bytes, limit) {
                kept.batches.push(batch);
                continue;
            }
        }
        if level == CacheLevel::Memory {
            return Ok(None);
        }
        let mut open = match writer.take() {
            Some(open) => open,
            None => {
                let file = runtime.disk_manager.create_tmp_file("cached table")?;
                let open = StreamWriter::try_new(file.open_writer()?, &schema)?;
                kept.spilled = Some(file);
                open
            }
        };
        writer = Some(waiting_for_disk(move || open.write(&batch).map(|()| open)).await?);
    }
    if let Some(mut writer) = writer {
        waiting_for_disk(move || {
            writer.finish()?;
            Ok(writer.into_inner()?.finish()?)
        })
        .await?;
    }
    Ok(Some(Arc::new(kept)))
}

/// Without the buffers that other rows share.
fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8View => Arc::new(column.as_string_view().gc()),
            DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
            _ => Arc::clone(column),
        }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options)?)
}

/// [`CachedRows`] as a table.
#[derive(Debug)]
pub struct CachedTable(pub Arc<CachedRows>);

#[async_trait]
impl TableProvider for CachedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let rows = &self.0;
        let mut parts: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
        if !rows.batches.is_empty() || rows.spilled.is_none() {
            let workers = state.config().target_partitions().max(1);
            let size = rows.batches.len().div_ceil(workers).max(1);
            let mut partitions: Vec<Vec<RecordBatch>> = rows.batches.chunks(size).map(<[_]>::to_vec).collect();
            if partitions.is_empty() {
                partitions.push(Vec::new());
            }
            parts.push(MemorySourceConfig::try_new_exec(&partitions, self.schema(), projection.cloned())?);
        }
        if rows.spilled.is_some() {
            let stream: Arc<dyn PartitionStream> = Arc::new(SpilledRows(Arc::clone(rows)));
            parts.push(Arc::new(StreamingTableExec::try_new(
                self.schema(),
                vec![stream],
                projection,
                None,
                false,
                limit,
            )?));
        }
        match <[_; 1]>::try_from(parts) {
            Ok([one]) => Ok(one),
            Err(parts) => UnionExec::try_new(parts),
        }
    }
}

/// The part of the rows that is on disk.
#[derive(Debug)]
struct SpilledRows(Arc<CachedRows>);

impl PartitionStream for SpilledRows {
    fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        self.read()
    }
}

impl SpilledRows {
    fn read(&self) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.0.schema), 2);
        let (sender, rows) = (builder.tx(), Arc::clone(&self.0));
        builder.spawn_blocking(move || {
            let path = rows.spilled.as_ref().and_then(|file| file.path());
            let path = path.ok_or_else(|| DataFusionError::from(Error::internal("cached rows have no file")))?;
            for batch in StreamReader::try_new_buffered(File::open(path)?, None)? {
                // Nobody reads on.
                if sender.blocking_send(batch.map_err(DataFusionError::from)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}
