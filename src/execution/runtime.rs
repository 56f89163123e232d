//! What all statements of a process run on: memory pool, spill folder, caches of file metadata.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

use crate::error::{Error, Result, WAREHOUSE_UNAVAILABLE};

use super::memory;

/// How much a process may take.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Bytes; `None` is a share of the machine's.
    pub memory: Option<u64>,
    /// Where operators spill; `None` is a folder of the system's.
    pub spill_directory: Option<PathBuf>,
    /// Bytes on disk.
    pub spill: u64,
}

/// Makes the runtime of a process. Nothing is written before something spills.
pub fn runtime(limits: &Limits) -> Result<Arc<RuntimeEnv>> {
    let memory = limits.memory.unwrap_or_else(memory::default_limit);
    let directory = match &limits.spill_directory {
        Some(directory) => {
            std::fs::create_dir_all(directory).map_err(|error| {
                let message = format!("cannot make the spill folder `{}`: {error}", directory.display());
                Error::new(&WAREHOUSE_UNAVAILABLE, message).hint("set `skep.spill.directory` to another folder")
            })?;
            DiskManagerMode::Directories(vec![directory.clone()])
        }
        None => DiskManagerMode::OsTmpDirectory,
    };
    let disk = DiskManagerBuilder::default().with_mode(directory).with_max_temp_directory_size(limits.spill);
    // Footers of files are asked for again and again, by planning and by scans.
    let caches = CacheManagerConfig::default().with_metadata_cache_limit((memory / 16) as usize);
    let builder = RuntimeEnvBuilder::new()
        .with_memory_pool(memory::pool(memory))
        .with_disk_manager_builder(disk)
        .with_cache_manager(caches);
    Ok(builder.build_arc()?)
}
