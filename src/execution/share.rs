//! A part of the memory for one statement: what it may hold at most, within what all may hold.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::Result as PlanResult;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;

/// The runtime with a share of its memory: `bytes` for all that runs on it.
pub fn with_share(runtime: &Arc<RuntimeEnv>, bytes: u64) -> Arc<RuntimeEnv> {
    let pool = Share { pool: Arc::clone(&runtime.memory_pool), limit: bytes as usize, held: AtomicUsize::new(0) };
    Arc::new(RuntimeEnv { memory_pool: Arc::new(pool), ..runtime.as_ref().clone() })
}

#[derive(Debug)]
struct Share {
    pool: Arc<dyn MemoryPool>,
    limit: usize,
    held: AtomicUsize,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "share of {} bytes of {}", self.limit, self.pool)
    }
}

impl MemoryPool for Share {
    fn name(&self) -> &str {
        "share"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.pool.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.pool.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.held.fetch_add(additional, Ordering::Relaxed);
        self.pool.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.held.fetch_sub(shrink, Ordering::Relaxed);
        self.pool.shrink(reservation, shrink);
    }

    /// An operator that can spill does so when this fails, as it does when the memory of all is used up.
    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> PlanResult<()> {
        let fits = |held: usize| held.checked_add(additional).filter(|total| *total <= self.limit);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|held| {
            DataFusionError::ResourcesExhausted(format!(
                "Failed to allocate additional {additional} B for {} with {} B already allocated for this \
                 reservation - {} B remain available for the total pool, the memory limit of the user",
                reservation.consumer().name(),
                reservation.size(),
                self.limit.saturating_sub(held)
            ))
        })?;
        self.pool.try_grow(reservation, additional).inspect_err(|_| {
            self.held.fetch_sub(additional, Ordering::Relaxed);
        })
    }

    fn reserved(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}
