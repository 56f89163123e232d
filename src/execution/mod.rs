//! Running plans: memory, progress, cancelling. It knows no statements and no names.

pub mod cached;
mod cancel;
pub mod memory;
mod planner;
mod progress;
pub mod recursion;
mod runtime;
pub mod sample;
pub mod script;
pub mod share;
pub mod shared;
mod stream;

pub use cancel::{CancelHandle, Cancellation, cancelled};
pub use planner::Planner;
pub use progress::{Progress, ProgressSnapshot};
pub use runtime::{Limits, runtime};
pub use stream::{Run, run};
