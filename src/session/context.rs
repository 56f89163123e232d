//! The one place that builds DataFusion's session state: what we set other than its defaults, and why.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::common::config::SpillCompression;
use datafusion::execution::context::SessionState;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionConfig;

use crate::config::Settings;
use crate::execution::Planner;
use crate::execution::script::ScriptFolder;
use crate::optimizer;

/// The state that plans one statement. `scripts` is where commands run.
pub(super) fn session_state(settings: &Settings, runtime: Arc<RuntimeEnv>, scripts: Option<PathBuf>) -> SessionState {
    let disabled: Vec<&str> = settings.text("skep.optimizer.disabled").split(',').map(str::trim).collect();
    let mut config = session_config(settings);
    if let Some(folder) = scripts {
        config = config.with_extension(Arc::new(ScriptFolder(folder)));
    }
    SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_query_planner(Arc::new(Planner))
        .with_analyzer_rules(optimizer::analyzer_rules())
        .with_optimizer_rules(optimizer::logical_rules(&disabled).rules)
        .with_physical_optimizer_rules(optimizer::physical_rules(&disabled).rules)
        .build()
}

pub(super) fn session_config(settings: &Settings) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        .with_batch_size(settings.number("skep.batch_size") as usize);
    // `auto` is one for each core, DataFusion's default.
    let threads = settings.number("skep.threads") as usize;
    if threads > 0 {
        config = config.with_target_partitions(threads);
    }
    let options = config.options_mut();

    let execution = &mut options.execution;
    execution.time_zone = Some(settings.text("spark.sql.session.timeZone").to_owned());
    // Spilled rows are written and read once: LZ4 costs less than the disk.
    execution.spill_compression = SpillCompression::Lz4Frame;
    // Small inputs run on one thread.
    execution.use_row_number_estimates_to_optimize_partitioning = true;
    // Simplified expressions may be known not to be NULL where the plan that was bound could not say so.
    execution.skip_physical_aggregate_schema_check = true;

    // Spark writes its own timestamps into 96 bits, in UTC.
    let parquet = &mut execution.parquet;
    parquet.coerce_int96 = Some("us".to_owned());
    parquet.coerce_int96_tz = Some("UTC".to_owned());
    parquet.max_in_list_size = 200;

    // NULLs are smallest in Spark.
    options.sql_parser.default_null_ordering = "nulls_min".to_owned();

    // On one node a build side of tens of megabytes is cheaper built once than split by hash.
    let optimizer = &mut options.optimizer;
    optimizer.hash_join_single_partition_threshold = 32 << 20;
    optimizer.hash_join_single_partition_threshold_rows = 1 << 20;
    // Of `max(a), min(b)` it would pass over files by `a` alone, as long as every `b` it has seen is NULL.
    optimizer.enable_aggregate_dynamic_filter_pushdown = false;

    options.spark.map_key_dedup_policy = Default::default();
    options.execution.enable_ansi_mode = settings.flag("spark.sql.ansi.enabled");
    config
}
