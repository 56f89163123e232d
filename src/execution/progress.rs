//! How far a running plan is, read from the metrics its operators keep anyway.

use std::sync::Arc;

use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;

/// How far one statement is. Asking costs a walk over the plan, so ask a few times a second.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Option<Running>>);

#[derive(Debug)]
struct Running {
    scans: Vec<Scan>,
    memory: Arc<dyn MemoryPool>,
}

/// The files of one scan, counted when it starts: those that planning left.
#[derive(Debug)]
struct Scan {
    plan: Arc<dyn ExecutionPlan>,
    files: u64,
    bytes: u64,
}

/// What is known at one moment. Totals are 0 as long as nothing is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgressSnapshot {
    /// Files read to their end, and files to read.
    pub files_done: u64,
    pub files_total: u64,
    /// Bytes of those files, read or skipped.
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Rows that scans have given.
    pub rows: u64,
    /// Bytes that operators hold.
    pub memory: u64,
}

impl Progress {
    /// From now on `plan` is what runs.
    pub fn start(&self, plan: &Arc<dyn ExecutionPlan>, memory: Arc<dyn MemoryPool>) {
        let mut scans = Vec::new();
        collect_scans(plan, &mut scans);
        *self.0.lock() = Some(Running { scans, memory });
    }

    pub fn snapshot(&self) -> ProgressSnapshot {
        let running = self.0.lock();
        let Some(running) = running.as_ref() else { return ProgressSnapshot::default() };
        let mut total = ProgressSnapshot { memory: running.memory.reserved() as u64, ..ProgressSnapshot::default() };
        for scan in &running.scans {
            scan.add_to(&mut total);
        }
        total
    }
}

fn collect_scans(plan: &Arc<dyn ExecutionPlan>, scans: &mut Vec<Scan>) {
    if let Some(source) = plan.downcast_ref::<DataSourceExec>()
        && let Some(config) = source.data_source().downcast_ref::<FileScanConfig>()
    {
        // A large file may be cut into ranges, one for each thread: it counts once, its bytes by range.
        let files = config.file_groups.iter().flat_map(|group| group.files());
        let mut paths: Vec<&str> = files.clone().map(|file| file.object_meta.location.as_ref()).collect();
        paths.sort_unstable();
        paths.dedup();
        let bytes = files.map(|file| match &file.range {
            Some(range) => (range.end - range.start).max(0) as u64,
            None => file.object_meta.size,
        });
        scans.push(Scan { plan: Arc::clone(plan), files: paths.len() as u64, bytes: bytes.sum() });
    }
    for child in plan.children() {
        collect_scans(child, scans);
    }
}

impl Scan {
    fn add_to(&self, total: &mut ProgressSnapshot) {
        total.files_total += self.files;
        total.bytes_total += self.bytes;
        let Some(metrics) = self.plan.metrics() else { return };
        let value = |name: &str| metrics.sum_by_name(name).map_or(0, |value| value.as_usize() as u64);
        total.rows += metrics.output_rows().unwrap_or(0) as u64;
        let done = value("files_processed").min(self.files);
        total.files_done += done;
        // Columns that are not wanted are never read, so the bytes of files that are done say more than the bytes read.
        let of_files = self.bytes.checked_div(self.files).unwrap_or(0) * done;
        total.bytes_done += value("bytes_scanned").max(of_files).min(self.bytes);
    }
}
