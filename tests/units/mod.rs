//! Tests of pure algorithms, each file a list of named trials.

mod time_zones;

use libtest_mimic::Trial;

/// All of them.
pub fn trials() -> Vec<Trial> {
    [time_zones::trials()].into_iter().flatten().collect()
}
