//! Writing rows into tables, all or nothing.
//!
//! ```text
//! plan with N partitions ─► one task each ─► <table>/_staging-<id>/… ─► sync ─► rename into place ─► one transaction
//!                                                     on any error: removed
//! ```
//!
//! Files become visible only in `commit`.

mod commit;
mod load;
pub(super) mod output_file;
mod partitioned;
mod sink;
pub(super) mod staging;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::execution::TaskContext;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use tokio::task::JoinSet;

use super::{parquet, sweep};
use crate::catalog::{Catalog, Commit, NewTable, PartitionValue, Pin, Replace, Table, TableDetails};
use crate::error::{Error, Result};
use crate::types::StructField;
use sink::{Sink, WrittenFile};
use staging::StagingFolder;

pub use load::{LoadRequest, load};

/// What happens to the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    Append,
    /// Replaces the partitions that the static values match, all if there are none.
    Overwrite,
    /// Replaces only partitions that get rows (`spark.sql.sources.partitionOverwriteMode=dynamic`).
    OverwriteDynamic,
}

/// Rows for a table.
#[derive(Debug)]
pub struct WriteRequest {
    pub table: Arc<Table>,
    /// Columns as the table's, by position, partition columns last; static ones hold their value too.
    pub input: Arc<dyn ExecutionPlan>,
    pub task: Arc<TaskContext>,
    /// A value for each partition column that the statement fixes. Empty or one for each partition column.
    pub static_partition: Vec<Option<PartitionValue>>,
    pub mode: WriteMode,
    /// Taken before the table was looked up: conflicts since then are noticed.
    pub pin: Arc<Pin>,
    /// The session's time zone, for CSV and JSON.
    pub time_zone: Arc<str>,
    /// Set when the rows are about to become visible.
    pub committing: Arc<AtomicBool>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteSummary {
    pub rows: u64,
    pub bytes: u64,
    pub files: u64,
}

/// Writes rows and makes them visible. Dropping the future leaves the table as it was, unless `committing` is set: from then
/// on the write goes to its end, whoever waits for it.
///
/// # Errors
/// `CONCURRENT_WRITE`, `DISK_FULL`, `FAILED_WRITE_FILE`, and what the plan raises.
pub async fn write(catalog: &Catalog, request: WriteRequest) -> Result<WriteSummary> {
    let WriteRequest { table, input, task, static_partition, mode, pin, time_zone, committing } = request;
    // Of several writes of one statement those before are done.
    committing.store(false, Ordering::Release);
    let static_partition = match static_partition.is_empty() {
        true => vec![None; table.partition_columns],
        false => static_partition,
    };
    let replaced = commit::replaced_files(catalog, &table, mode, &static_partition).await?;
    let staging = StagingFolder::create(catalog, &table.details.location).await?;
    let fixed = static_partition.iter().cloned().collect::<Option<Vec<PartitionValue>>>();
    let sink =
        Arc::new(Sink::new(&table.columns, table.partition_columns, &table.details, fixed, &staging, &time_zone)?);
    let summary = run(input, &task, &sink).await?;
    let files = sink.finish();
    let originals = Vec::new();
    publish(catalog, Staged { table, staging, files, static_partition, mode, replaced, originals, pin, committing })
        .await?;
    Ok(summary)
}

/// Files that are complete and that nobody sees yet.
struct Staged {
    table: Arc<Table>,
    staging: Arc<StagingFolder>,
    files: Vec<WrittenFile>,
    /// One for each partition column.
    static_partition: Vec<Option<PartitionValue>>,
    mode: WriteMode,
    /// Files of an external table that these replace.
    replaced: Option<Vec<PathBuf>>,
    /// Files that go when it is done.
    originals: Vec<PathBuf>,
    pin: Arc<Pin>,
    committing: Arc<AtomicBool>,
}

/// Makes staged files visible.
async fn publish(catalog: &Catalog, staged: Staged) -> Result<()> {
    let Staged { table, staging, files, static_partition, mode, replaced, originals, pin, committing } = staged;
    let partitioned = table.partition_columns > 0;
    let fixed = static_partition.iter().cloned().collect::<Option<Vec<PartitionValue>>>();
    // A partition that is named in full exists afterwards even if it is empty.
    let named = fixed.filter(|values| !values.is_empty()).into_iter().collect::<Vec<_>>();
    let written = || files.iter().map(|file| file.values.clone()).chain(named.clone()).collect::<Vec<_>>();
    let replace = match mode {
        WriteMode::Append => Replace::Nothing,
        WriteMode::Overwrite if !partitioned => Replace::All,
        WriteMode::Overwrite => Replace::Matching(static_partition),
        WriteMode::OverwriteDynamic if !partitioned => Replace::All,
        WriteMode::OverwriteDynamic => {
            let mut values = written();
            values.sort();
            values.dedup();
            Replace::Partitions(values)
        }
    };
    if mode == WriteMode::Append && files.is_empty() && named.is_empty() {
        return staging.discard(catalog).await;
    }
    let change = Commit {
        table_id: table.id,
        based_on: table.version,
        replace,
        files: Vec::new(),
        partitions: named,
        drop_emptied: mode == WriteMode::Overwrite,
        staging: Some(staging.id.clone()),
    };
    committing.store(true, Ordering::Release);
    let catalog = catalog.clone();
    to_the_end(async move {
        match replaced {
            None => commit::managed(&catalog, &staging, files, change).await?,
            Some(replaced) => commit::external(&catalog, &table, &staging, files, change, replaced).await?,
        }
        for original in originals {
            std::fs::remove_file(&original).map_err(|error| output_file::failed(&original, error))?;
        }
        drop(pin);
        sweep(&catalog).await;
        Ok(())
    })
    .await
}

/// Rows for a table that is made with them (CREATE TABLE AS), in place of an old one if that is given.
#[derive(Debug)]
pub struct CreateRequest {
    pub table: NewTable,
    pub replaces: Option<Arc<Table>>,
    pub input: Arc<dyn ExecutionPlan>,
    pub task: Arc<TaskContext>,
    pub pin: Arc<Pin>,
    pub time_zone: Arc<str>,
    /// Set when the table is about to become visible.
    pub committing: Arc<AtomicBool>,
}

/// Makes a table and its rows visible in one step.
///
/// # Errors
/// Those of [`write()`], `TABLE_OR_VIEW_ALREADY_EXISTS`
pub async fn create(catalog: &Catalog, request: CreateRequest) -> Result<(Arc<Table>, WriteSummary)> {
    let CreateRequest { mut table, replaces, input, task, pin, time_zone, committing } = request;
    if table.details.location.is_empty() {
        table.details.location = catalog.new_location(&table.database, &table.name).await?;
    }
    let staging = StagingFolder::create(catalog, &table.details.location).await?;
    let sink =
        Arc::new(Sink::new(&table.columns, table.partition_columns, &table.details, None, &staging, &time_zone)?);
    let summary = run(input, &task, &sink).await?;
    let files = sink.finish();
    committing.store(true, Ordering::Release);
    let catalog = catalog.clone();
    to_the_end(async move {
        let table = commit::created(&catalog, &staging, table, replaces.as_deref(), files).await?;
        drop(pin);
        sweep(&catalog).await;
        Ok((table, summary))
    })
    .await
}

/// Runs what makes a write visible to its end, even if nobody waits for it any more: half of it would be neither before nor
/// after.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(Error::internal(error.to_string())),
    }
}

/// All rows of a managed table again, under another definition.
#[derive(Debug)]
pub struct RewriteRequest {
    pub table: Arc<Table>,
    pub columns: Vec<StructField>,
    pub details: TableDetails,
    /// Columns as the new ones, by position.
    pub input: Arc<dyn ExecutionPlan>,
    pub task: Arc<TaskContext>,
    pub pin: Arc<Pin>,
    pub time_zone: Arc<str>,
}

/// Puts the new files and the new definition in the place of the old ones in one step; the table stays in its folder.
///
/// # Errors
/// Those of [`write()`]
pub async fn rewrite(catalog: &Catalog, request: RewriteRequest) -> Result<()> {
    let RewriteRequest { table, columns, details, input, task, pin: _pin, time_zone } = request;
    let staging = StagingFolder::create(catalog, &table.details.location).await?;
    let sink = Arc::new(Sink::new(&columns, table.partition_columns, &details, None, &staging, &time_zone)?);
    run(input, &task, &sink).await?;
    let replace = match table.partition_columns {
        0 => Replace::All,
        count => Replace::Matching(vec![None; count]),
    };
    let change = Commit {
        table_id: table.id,
        based_on: table.version,
        replace,
        files: Vec::new(),
        partitions: Vec::new(),
        drop_emptied: false,
        staging: Some(staging.id.clone()),
    };
    commit::redefined(catalog, &staging, sink.finish(), change, &columns, &details).await?;
    sweep(catalog).await;
    Ok(())
}

/// Rows for a folder that belongs to no table.
#[derive(Debug)]
pub struct DirectoryRequest {
    pub columns: Vec<StructField>,
    /// Format, options and location.
    pub details: TableDetails,
    pub input: Arc<dyn ExecutionPlan>,
    pub task: Arc<TaskContext>,
    pub time_zone: Arc<str>,
}

/// Replaces the files of a folder. What is there goes when the new files are in their place.
///
/// # Errors
/// Those of [`write()`]; `FORBIDDEN_OPERATION` for a folder of a managed table, and one with folders in it.
pub async fn write_directory(catalog: &Catalog, request: DirectoryRequest) -> Result<WriteSummary> {
    let DirectoryRequest { columns, details, input, task, time_zone } = request;
    let replaced = commit::files_of_nobody(catalog, &details.location).await?;
    let staging = StagingFolder::create(catalog, &details.location).await?;
    let sink = Arc::new(Sink::new(&columns, 0, &details, None, &staging, &time_zone)?);
    let summary = run(input, &task, &sink).await?;
    commit::directory(catalog, &staging, sink.finish(), replaced).await?;
    Ok(summary)
}

/// Runs the plan into the sink, all its partitions at once.
async fn run(input: Arc<dyn ExecutionPlan>, task: &Arc<TaskContext>, sink: &Arc<Sink>) -> Result<WriteSummary> {
    let written = run_tasks(Arc::clone(&input), task, sink).await;
    written.map_err(|error| parquet::name_damaged_file(&input, error))
}

async fn run_tasks(input: Arc<dyn ExecutionPlan>, task: &Arc<TaskContext>, sink: &Arc<Sink>) -> Result<WriteSummary> {
    let workers = task.session_config().target_partitions();
    let partitions = input.output_partitioning().partition_count();
    // One stream can't keep several processors busy with encoding; an order would be lost, though.
    let input = if partitions == 1 && workers > 1 && input.output_ordering().is_none() {
        Arc::new(RepartitionExec::try_new(input, Partitioning::RoundRobinBatch(workers))?)
    } else {
        input
    };
    let mut tasks = JoinSet::new();
    for number in 0..input.output_partitioning().partition_count() {
        let stream = input.execute(number, Arc::clone(task))?;
        let (sink, task) = (Arc::clone(sink), Arc::clone(task));
        tasks.spawn(async move { sink.drain(number, stream, task).await });
    }
    let mut written = Ok(());
    while let Some(done) = tasks.join_next().await {
        written = match done {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => Err(Error::internal(error.to_string())),
        };
        if written.is_err() {
            break;
        }
    }
    // Only when the last of them has let go of the staging folder is it removed.
    tasks.shutdown().await;
    written?;
    sink.close_shared().await?;
    Ok(sink.summary())
}
