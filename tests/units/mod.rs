//! Tests of pure algorithms, each file a list of named trials.

use libtest_mimic::Trial;

/// All of them.
pub fn trials() -> Vec<Trial> {
    Vec::new()
}
