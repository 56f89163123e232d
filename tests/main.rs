//! The one test binary: every text file below this folder is a test named by its path.

mod units;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, units::trials()).exit();
}
