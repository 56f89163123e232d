//! Running plans: memory, progress, cancelling. It knows no statements and no names.

mod cancel;
mod progress;

pub use cancel::CancelHandle;
pub use progress::{Progress, ProgressSnapshot};
