//! A value that a body mentions several times.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;

use super::{Running, conform};
use crate::error::Result;

/// The body over the rows as they are.
pub(super) fn once(run: &Running<'_>) -> Result<ArrayRef> {
    let value = &run.values[0];
    let result = run.lambdas[0].evaluate(&[&|| Ok(Arc::clone(value))], |columns| Ok(columns.to_vec()))?;
    conform(result.into_array(value.len())?, &run.function.bodies[0])
}
