//! The one test binary: every text file below this folder is a test named by its path, found when the tests run.
//!
//! `cargo test insert` runs the tests with `insert` in their name; `SKEP_UPDATE=1 cargo test insert` rewrites what the
//! text files expect.

mod architecture;
mod clients;
mod crash;
mod pictures;
mod program;
mod reference;
mod scripts;
mod server;
mod slt;
mod storage_errors;
mod terminal;
mod tpch;
mod transcripts;
mod units;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = architecture::trials();
    trials.extend(units::trials());
    trials.extend(slt::trials());
    trials.extend(terminal::trials());
    trials.extend(pictures::trials());
    trials.extend(transcripts::trials());
    trials.extend(clients::trials());
    trials.extend(crash::trials());
    trials.extend(storage_errors::trials());
    trials.extend(reference::trials());
    trials.extend(scripts::trials());
    trials.extend(server::trials());
    trials.extend(tpch::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
