//! Where the streams of a plan end: files in the staging folder, shared by all streams of one write.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, SchemaRef};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use futures::StreamExt;
use parking_lot::Mutex;

use super::staging::StagingFolder;
use super::{WriteSummary, partitioned};
use crate::catalog::{DataFile, PartitionValue, TableDetails};
use crate::error::{Error, Result};
use crate::storage::formats::{FileWriter, Format};
use crate::storage::partition_path;
use crate::types::StructField;
use crate::types::time_zone::Zone;

/// One write.
#[derive(Debug)]
pub(super) struct Sink {
    pub format: Format,
    pub columns: Vec<StructField>,
    pub partition_columns: usize,
    pub partition_zone: Zone,
    /// Values of all partition columns if the statement fixes them all (unpartitioned tables: none).
    fixed: Option<Vec<PartitionValue>>,
    staging: Arc<StagingFolder>,
    time_zone: Arc<str>,
    /// Types that data columns are given to writers with.
    data_types: Vec<Arrow>,
    partitions: Mutex<HashMap<Vec<PartitionValue>, Arc<Slot>>>,
    pub open_files: AtomicUsize,
    next_file: AtomicUsize,
    rows: AtomicU64,
    written: Mutex<Vec<WrittenFile>>,
}

/// A file that is complete but not yet visible.
#[derive(Debug, Clone)]
pub(super) struct WrittenFile {
    pub values: Vec<PartitionValue>,
    /// Its path is where it will be.
    pub file: DataFile,
}

/// The open files of one partition: one as long as streams do not meet there, at most one for each stream.
#[derive(Debug)]
pub(super) struct Slot {
    pub values: Vec<PartitionValue>,
    writers: Vec<Mutex<Option<FileWriter>>>,
}

/// So many files are open at once before rows are sorted by partition instead.
pub(super) const MAX_OPEN_FILES: usize = 192;

impl Sink {
    pub fn new(
        columns: &[StructField],
        partition_columns: usize,
        details: &TableDetails,
        fixed: Option<Vec<PartitionValue>>,
        staging: &Arc<StagingFolder>,
        time_zone: &Arc<str>,
    ) -> Result<Self> {
        let format = details.format.ok_or_else(|| Error::internal("a view has no files"))?;
        let data_columns = &columns[..columns.len() - partition_columns];
        Ok(Self {
            format: Format::of(format, details)?,
            columns: columns.to_vec(),
            partition_columns,
            partition_zone: partition_path::time_zone(details)?,
            fixed: if partition_columns == 0 { Some(Vec::new()) } else { fixed },
            staging: Arc::clone(staging),
            time_zone: Arc::clone(time_zone),
            data_types: data_columns.iter().map(|column| column.data_type.to_arrow()).collect(),
            partitions: Mutex::default(),
            open_files: AtomicUsize::new(0),
            next_file: AtomicUsize::new(0),
            rows: AtomicU64::new(0),
            written: Mutex::default(),
        })
    }

    /// Writes all rows of one stream.
    pub async fn drain(
        self: &Arc<Self>,
        number: usize,
        mut stream: SendableRecordBatchStream,
        task: Arc<TaskContext>,
    ) -> Result<()> {
        let Some(values) = &self.fixed else {
            return partitioned::drain(self, number, stream, task).await;
        };
        let mut writer = None;
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            if batch.num_rows() == 0 {
                continue;
            }
            let data = self.data_columns(&batch)?;
            let writer = match &mut writer {
                Some(writer) => writer,
                None => writer.insert(self.open(values)?),
            };
            self.write(writer, &data, batch.num_rows())?;
        }
        match writer {
            Some(writer) => self.close(writer, values),
            None => Ok(()),
        }
    }

    /// The data columns of rows, in the types of the table.
    pub fn data_columns(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        self.data_types
            .iter()
            .zip(batch.columns())
            .map(|(wanted, column)| match column.data_type() == wanted {
                true => Ok(Arc::clone(column)),
                false => Ok(cast(column, wanted)?),
            })
            .collect()
    }

    pub fn open(&self, values: &[PartitionValue]) -> Result<FileWriter> {
        let number = self.next_file.fetch_add(1, Ordering::Relaxed);
        let name = format!("part-{number:05}-{}-c000{}", self.staging.id, self.format.extension());
        let columns = &self.columns[self.columns.len() - self.partition_columns..];
        let folder = partition_path::folder(columns, values);
        let place = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        self.open_files.fetch_add(1, Ordering::Relaxed);
        let many = self.partition_columns > 0 && self.fixed.is_none();
        self.format.create(
            &self.columns[..self.columns.len() - self.partition_columns],
            // Without the partition's folder: many thousands of folders take longer to make and remove than to fill.
            self.staging.path.join(name),
            place,
            many,
            &self.time_zone,
        )
    }

    pub fn write(&self, writer: &mut FileWriter, data: &[ArrayRef], rows: usize) -> Result<()> {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        writer.write(data, rows)
    }

    pub fn close(&self, writer: FileWriter, values: &[PartitionValue]) -> Result<()> {
        let file = writer.close()?;
        self.open_files.fetch_sub(1, Ordering::Relaxed);
        self.written.lock().push(WrittenFile { values: values.to_vec(), file });
        Ok(())
    }

    /// The open files of a partition.
    pub fn slot(&self, values: Vec<PartitionValue>, streams: usize) -> Arc<Slot> {
        let mut partitions = self.partitions.lock();
        if let Some(slot) = partitions.get(&values) {
            return Arc::clone(slot);
        }
        let slot =
            Arc::new(Slot { values: values.clone(), writers: (0..streams.max(1)).map(|_| Mutex::default()).collect() });
        partitions.insert(values, Arc::clone(&slot));
        slot
    }

    /// Writes into the first file of the partition that no other stream is writing into.
    pub fn write_shared(&self, slot: &Slot, data: &[ArrayRef], rows: usize) -> Result<()> {
        let free = slot.writers.iter().find_map(Mutex::try_lock);
        let mut writer = match free {
            Some(free) => free,
            None => slot.writers[0].lock(),
        };
        let writer = match &mut *writer {
            Some(writer) => writer,
            closed => closed.insert(self.open(&slot.values)?),
        };
        self.write(writer, data, rows)
    }

    /// Closes the files that streams shared, on all processors; every stream has ended.
    pub async fn close_shared(self: &Arc<Self>) -> Result<()> {
        let slots = self.partitions.lock().drain().map(|(_, slot)| slot).collect::<Vec<_>>();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let slots = Arc::new(Mutex::new(slots));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..workers * 2 {
            let (sink, slots) = (Arc::clone(self), Arc::clone(&slots));
            // Closing waits for the disk.
            tasks.spawn_blocking(move || -> Result<()> {
                loop {
                    let Some(slot) = slots.lock().pop() else { return Ok(()) };
                    for writer in &slot.writers {
                        if let Some(writer) = writer.lock().take() {
                            sink.close(writer, &slot.values)?;
                        }
                    }
                }
            });
        }
        // All are waited for, whatever became of the first: they hold the staging folder.
        let mut closed = Ok(());
        while let Some(done) = tasks.join_next().await {
            let done = done.map_err(|error| Error::internal(error.to_string()));
            closed = closed.and(done.and_then(|done| done));
        }
        closed
    }

    pub fn summary(&self) -> WriteSummary {
        let written = self.written.lock();
        WriteSummary {
            rows: self.rows.load(Ordering::Relaxed),
            bytes: written.iter().map(|written| written.file.bytes).sum(),
            files: written.len() as u64,
        }
    }

    /// All files, complete.
    pub fn finish(&self) -> Vec<WrittenFile> {
        let mut written = std::mem::take(&mut *self.written.lock());
        written.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        written
    }
}

/// A schema of partition columns only.
pub(super) fn last_fields(schema: &SchemaRef, count: usize) -> Vec<Arrow> {
    schema.fields()[schema.fields().len() - count..].iter().map(|field| field.data_type().clone()).collect()
}
