//! How much memory there is, who gets it, and what is said when there is not enough.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, TrackConsumersPool};

use crate::error::{Error, OUT_OF_MEMORY};

/// Never less, whatever the machine says.
const SMALLEST: u64 = 64 << 20;

/// How many of the operators that hold most are named when memory runs out.
const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::new(3).expect("three is not zero");

/// What statements may use by default: three quarters of what the machine or the control group has.
pub fn default_limit() -> u64 {
    let machine = machine_memory().unwrap_or(4 << 30);
    let group = control_group_memory().unwrap_or(u64::MAX);
    (machine.min(group) / 4 * 3).max(SMALLEST)
}

/// Shares memory fairly among operators that can spill, and remembers who holds how much.
pub fn pool(limit: u64) -> Arc<dyn MemoryPool> {
    Arc::new(TrackConsumersPool::new(FairSpillPool::new(limit as usize), CONSUMERS_NAMED))
}

#[cfg(target_os = "linux")]
fn machine_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(not(target_os = "linux"))]
fn machine_memory() -> Option<u64> {
    let output = std::process::Command::new("sysctl").args(["-n", "hw.memsize"]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// The smallest limit of our control group and those above it (version 2), or of the mounted one (version 1).
fn control_group_memory() -> Option<u64> {
    let own = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?.trim();
    let root = Path::new("/sys/fs/cgroup");
    let group = root.join(path.trim_start_matches('/'));
    let limits = group
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
        .map(|folder| folder.join("memory.max"))
        .chain([root.join("memory/memory.limit_in_bytes")]);
    limits.filter_map(|file| std::fs::read_to_string(file).ok()?.trim().parse::<u64>().ok()).min()
}

/// Says in one sentence which operator ran out of memory, and who held the rest.
///
/// DataFusion's text has it all, over several lines; its form is not promised, so what is not found is left out.
pub fn explain(error: Error) -> Error {
    if !error.is(&OUT_OF_MEMORY) {
        return error;
    }
    let text = error.message();
    let Some(wanted) = between(text, "Failed to allocate additional ", " for ") else { return error };
    let operator = between(text, &format!("additional {wanted} for "), " with ").unwrap_or("an operator");
    let left = between(text, "reservation - ", " remain available").unwrap_or("nothing");
    let holders: Vec<String> = text
        .lines()
        .filter(|line| line.contains("(can spill:"))
        .filter_map(|line| {
            let name = line.trim().split('#').next()?;
            let held = between(line, "consumed ", ",")?;
            (!held.starts_with("0.0 ")).then(|| format!("{} {held}", plain_name(name)))
        })
        .collect();
    let mut message = format!("`{}` needs {wanted} more memory and {left} is left", plain_name(operator));
    if !holders.is_empty() {
        message.push_str(&format!("; most is held by {}", holders.join(", ")));
    }
    Error::new(&OUT_OF_MEMORY, message)
        .hint("raise `skep.memory.limit` (or set `skep.threads` lower), or read fewer columns or rows at a time")
}

/// `HashJoinInput[0]` without its partition.
fn plain_name(consumer: &str) -> &str {
    consumer.split('[').next().unwrap_or(consumer)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let end = text[start..].find(after)? + start;
    Some(&text[start..end])
}
