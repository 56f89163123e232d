//! Rows of many partitions: told apart a large chunk at a time, each partition's share written as a whole.
//!
//! As long as few partitions turn up, every one has its file open. When there are too many, the rest of the stream is
//! sorted by partition (on disk if need be) and written one partition after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::ScalarValue;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;

use super::sink::{MAX_OPEN_FILES, Sink, Slot, last_fields};
use crate::catalog::PartitionValue;
use crate::error::{Error, Result};
use crate::storage::formats::FileWriter;
use crate::storage::partition_path;

/// Rows that are told apart at once: enough that each partition's share is worth a call of the encoder.
const CHUNK_ROWS: usize = 64 * 1024;
/// A chunk of wide rows ends earlier.
const CHUNK_BYTES: usize = 64 * 1024 * 1024;

/// Writes all rows of one stream.
pub(super) async fn drain(
    sink: &Arc<Sink>,
    number: usize,
    mut stream: SendableRecordBatchStream,
    task: Arc<TaskContext>,
) -> Result<()> {
    let schema = stream.schema();
    let mut splitter = Splitter::new(&schema, sink.partition_columns)?;
    let mut slots: HashMap<OwnedRow, Arc<Slot>> = HashMap::new();
    let streams = task.session_config().target_partitions();
    while let Some(chunk) = next_chunk(&mut stream, &schema).await? {
        let shares = splitter.split(&chunk)?;
        let new = shares.iter().filter(|share| !slots.contains_key(&share.key)).count();
        if new > 0 && sink.open_files.load(Ordering::Relaxed) + new > MAX_OPEN_FILES {
            return drain_sorted(sink, number, chunk, stream, task).await;
        }
        for share in shares {
            let slot = match slots.get(&share.key) {
                Some(slot) => slot,
                None => {
                    let values = partition_values(sink, &share.rows)?;
                    slots.entry(share.key).or_insert(sink.slot(values, streams))
                }
            };
            sink.write_shared(slot, &sink.data_columns(&share.rows)?, share.rows.num_rows())?;
        }
        tokio::task::consume_budget().await;
    }
    Ok(())
}

/// Sorts what is left of a stream by partition and writes one partition after the other.
async fn drain_sorted(
    sink: &Arc<Sink>,
    number: usize,
    first: RecordBatch,
    rest: SendableRecordBatchStream,
    task: Arc<TaskContext>,
) -> Result<()> {
    let schema = rest.schema();
    let remaining = Remaining { schema: Arc::clone(&schema), rows: Mutex::new(Some((first, rest))), number };
    let source = StreamingTableExec::try_new(Arc::clone(&schema), vec![Arc::new(remaining)], None, None, false, None)?;
    let first_partition_column = schema.fields().len() - sink.partition_columns;
    let order = (first_partition_column..schema.fields().len())
        .map(|place| PhysicalSortExpr::new_default(Arc::new(Column::new(schema.field(place).name(), place))))
        .collect::<Vec<_>>();
    let order = LexOrdering::new(order).ok_or_else(|| Error::internal("a partitioned table has partition columns"))?;
    let sorted: Arc<dyn ExecutionPlan> = Arc::new(SortExec::new(order, Arc::new(source)));

    let mut stream = sorted.execute(0, task)?;
    let mut splitter = Splitter::new(&schema, sink.partition_columns)?;
    let mut current: Option<(Vec<PartitionValue>, FileWriter)> = None;
    while let Some(batch) = stream.try_next().await? {
        if batch.num_rows() == 0 {
            continue;
        }
        for share in splitter.split(&batch)? {
            let values = partition_values(sink, &share.rows)?;
            if let Some((open, writer)) = current.take_if(|(open, _)| *open != values) {
                sink.close(writer, &open)?;
            }
            let (_, writer) = match &mut current {
                Some(current) => current,
                None => {
                    let writer = sink.open(&values)?;
                    current.insert((values, writer))
                }
            };
            sink.write(writer, &sink.data_columns(&share.rows)?, share.rows.num_rows())?;
        }
        tokio::task::consume_budget().await;
    }
    match current {
        Some((values, writer)) => sink.close(writer, &values),
        None => Ok(()),
    }
}

/// As many rows as are told apart at once.
async fn next_chunk(stream: &mut SendableRecordBatchStream, schema: &SchemaRef) -> Result<Option<RecordBatch>> {
    let mut batches = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    while rows < CHUNK_ROWS && bytes < CHUNK_BYTES {
        let Some(batch) = stream.try_next().await? else { break };
        if batch.num_rows() > 0 {
            rows += batch.num_rows();
            bytes += batch.get_array_memory_size();
            batches.push(batch);
        }
    }
    match batches.len() {
        0 => Ok(None),
        1 => Ok(batches.pop()),
        _ => Ok(Some(concat_batches(schema, &batches)?)),
    }
}

/// The rows of one partition in a chunk.
struct Share {
    key: OwnedRow,
    rows: RecordBatch,
}

/// Tells rows apart by their partition columns.
struct Splitter {
    converter: RowConverter,
    first_partition_column: usize,
}

impl Splitter {
    fn new(schema: &SchemaRef, partition_columns: usize) -> Result<Self> {
        let fields = last_fields(schema, partition_columns).into_iter().map(SortField::new).collect();
        Ok(Self {
            converter: RowConverter::new(fields)?,
            first_partition_column: schema.fields().len() - partition_columns,
        })
    }

    /// The rows of each partition, in the order in which partitions turn up.
    fn split(&mut self, chunk: &RecordBatch) -> Result<Vec<Share>> {
        let rows = self.converter.convert_columns(&chunk.columns()[self.first_partition_column..])?;
        let mut numbers = HashMap::new();
        let mut keys: Vec<OwnedRow> = Vec::new();
        let mut counts: Vec<u32> = Vec::new();
        let mut group_of_row = Vec::with_capacity(rows.num_rows());
        let mut previous = None;
        for row in &rows {
            let group = match previous {
                Some((same, group)) if same == row => group,
                _ => *numbers.entry(row).or_insert_with(|| {
                    keys.push(row.owned());
                    counts.push(0);
                    keys.len() - 1
                }),
            };
            previous = Some((row, group));
            counts[group] += 1;
            group_of_row.push(group);
        }
        if keys.len() == 1 {
            let key = keys.remove(0);
            return Ok(vec![Share { key, rows: chunk.clone() }]);
        }

        // Order the rows by group in one pass, keeping their order within each.
        let mut next = Vec::with_capacity(counts.len());
        let mut start = 0;
        for count in &counts {
            next.push(start);
            start += *count as usize;
        }
        let mut order = vec![0_u32; group_of_row.len()];
        for (row, &group) in group_of_row.iter().enumerate() {
            order[next[group]] = row as u32;
            next[group] += 1;
        }
        let order = UInt32Array::from(order);
        let columns =
            chunk.columns().iter().map(|column| take(column, &order, None)).collect::<Result<Vec<ArrayRef>, _>>()?;
        let ordered = RecordBatch::try_new(chunk.schema(), columns)?;
        let mut shares = Vec::with_capacity(keys.len());
        let mut start = 0;
        for (key, count) in keys.into_iter().zip(counts) {
            shares.push(Share { key, rows: ordered.slice(start, count as usize) });
            start += count as usize;
        }
        Ok(shares)
    }
}

/// The partition's values, from its first row.
fn partition_values(sink: &Sink, rows: &RecordBatch) -> Result<Vec<PartitionValue>> {
    rows.columns()[rows.num_columns() - sink.partition_columns..]
        .iter()
        .map(|column| partition_path::text_of(&ScalarValue::try_from_array(column, 0)?, &sink.partition_zone))
        .collect()
}

/// What is left of a stream, as a plan's source; it can be read once.
struct Remaining {
    schema: SchemaRef,
    rows: Mutex<Option<(RecordBatch, SendableRecordBatchStream)>>,
    number: usize,
}

impl std::fmt::Debug for Remaining {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remaining").field("number", &self.number).finish_non_exhaustive()
    }
}

impl PartitionStream for Remaining {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows: SendableRecordBatchStream = match self.rows.lock().take() {
            Some((first, rest)) => {
                Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::iter([Ok(first)]).chain(rest)))
            }
            None => Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::empty())),
        };
        rows
    }
}
