//! A progress bar on standard error, for statements that take longer than a moment.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::execution::{Progress, ProgressSnapshot};

/// Statements that are done before show no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// The bar of one statement; it is gone when this is dropped.
pub(super) struct Bar {
    started: Instant,
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Bar {
    pub(super) fn new(wanted: bool) -> Self {
        Self { started: Instant::now(), wanted: wanted && std::io::stderr().is_terminal(), bar: None }
    }

    /// Shows how far the statement is; to be called a few times a second.
    pub(super) fn update(&mut self, progress: &Progress) {
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        let now = progress.snapshot();
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            // The template is ours and right; without it the bar would only look different.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:24} {percent:>3}% {elapsed} {wide_msg}") {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar
        });
        bar.set_message(describe(&now));
        if now.bytes_total > 0 {
            bar.set_length(now.bytes_total);
            bar.set_position(now.bytes_done.min(now.bytes_total));
        }
        bar.tick();
    }

    /// Takes the bar away, because rows are about to be printed in its place.
    pub(super) fn hide(&mut self) {
        self.wanted = false;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.hide();
    }
}

fn describe(now: &ProgressSnapshot) -> String {
    let mut parts = Vec::new();
    if now.bytes_total > 0 {
        parts.push(format!("{} of {}", HumanBytes(now.bytes_done), HumanBytes(now.bytes_total)));
        parts.push(format!("{} of {} files", HumanCount(now.files_done), HumanCount(now.files_total)));
    }
    if now.rows > 0 {
        parts.push(format!("{} rows", HumanCount(now.rows)));
    }
    if now.memory > 0 {
        parts.push(format!("{} in memory", HumanBytes(now.memory)));
    }
    parts.join(", ")
}
