//! The process: allocator, log, runtime, exit status. What it does is in `skep::cli` and `skep::server`.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use skep::cli::{self, Arguments};
use skep::server;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Plans are walked by recursion, and deep ones need more than a thread's usual stack. Only what is used takes memory.
const STACK: usize = 128 << 20;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::read();
    if let Ok(filter) = EnvFilter::try_from_env("SKEP_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    cli::keep_panics_quiet();
    let workers = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    let status = cli::run(&workers, &arguments, |workers, warehouse, announce| {
        workers.block_on(server::run(warehouse, announce))
    });
    // Work that nobody waits for any more must not keep the process.
    workers.shutdown_background();
    Ok(status.into())
}
