//! Which file it was: decoders of Parquet report what they stumble over, but not where.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::physical_plan::ExecutionPlan;

use crate::error::{Error, FAILED_READ_FILE, INTERNAL_ERROR};

/// The error of a plan, with the file's name if a damaged Parquet file is the cause: of the files that the plan was
/// reading the first that cannot be decoded.
pub(in crate::storage) fn name_damaged_file(plan: &Arc<dyn ExecutionPlan>, error: Error) -> Error {
    let nameless = error.is(&INTERNAL_ERROR) || error.is(&FAILED_READ_FILE) && !error.message().contains("file:");
    if !nameless {
        return error;
    }
    let damaged = files_being_read(plan).into_iter().find_map(|path| Some((decode(&path).err()?, path)));
    match damaged {
        Some((why, path)) => Error::new(
            &FAILED_READ_FILE,
            format!("Encountered error while reading file file:{}. The file is damaged: {why}", path.display()),
        )
        .subcondition("NO_HINT")
        .cause(error),
        None => error,
    }
}

/// The file that each stream of the plan's scans opened last: their metrics know.
fn files_being_read(plan: &Arc<dyn ExecutionPlan>) -> Vec<PathBuf> {
    let mut latest = HashMap::new();
    for metric in plan.metrics().iter().flat_map(|metrics| metrics.iter()) {
        if let Some(label) = metric.labels().iter().find(|label| label.name() == "filename") {
            let path = crate::storage::partition_path::unescape(label.value());
            latest.insert(metric.partition(), Path::new("/").join(path));
        }
    }
    let mut files = latest.into_values().collect::<Vec<_>>();
    files.extend(plan.children().into_iter().flat_map(files_being_read));
    files.sort();
    files.dedup();
    files
}

fn decode(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?.build()?;
    for batch in reader {
        batch?;
    }
    Ok(())
}
