//! Tests of pure algorithms, each file a list of named trials.

mod expressions;
mod functions;
mod partition_path;
mod queries;
mod robustness;
mod sql_parse;
mod sql_split;
mod storage;
mod text;
mod time_zones;
mod users;

use libtest_mimic::Trial;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    trials.extend(expressions::trials());
    trials.extend(functions::trials());
    trials.extend(partition_path::trials());
    trials.extend(queries::trials());
    trials.extend(robustness::trials());
    trials.extend(sql_parse::trials());
    trials.extend(sql_split::trials());
    trials.extend(storage::trials());
    trials.extend(text::trials());
    trials.extend(time_zones::trials());
    trials.extend(users::trials());
    trials
}
