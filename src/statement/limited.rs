//! What a user may use at most of time and rows, while the rows are on their way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use futures::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::catalog::UserLimits;
use crate::error::{Error, OPERATION_CANCELED, Result, USER_LIMIT_EXCEEDED};

use super::{Outcome, RowsKind};

/// When a statement that begins now has to be done.
pub(super) fn deadline(limits: &UserLimits) -> Option<Instant> {
    limits.time.and_then(|time| Instant::now().checked_add(Duration::from_millis(time)))
}

/// The work of a statement, up to its first row.
///
/// # Errors
/// `OPERATION_CANCELED` once the time is up.
pub(super) async fn in_time<T>(deadline: Option<Instant>, work: impl Future<Output = Result<T>>) -> Result<T> {
    match deadline {
        None => work.await,
        Some(deadline) => match tokio::time::timeout_at(deadline, work).await {
            Ok(result) => result,
            Err(_) => Err(too_late()),
        },
    }
}

/// The rows of a statement, no more and no longer than its user may.
pub(super) fn limited(outcome: Outcome, limits: &UserLimits, deadline: Option<Instant>) -> Outcome {
    match outcome {
        Outcome::Rows(mut rows) if deadline.is_some() || limits.rows.is_some() => {
            rows.stream = Box::pin(Limited {
                schema: rows.stream.schema(),
                rows: Some(rows.stream),
                // Commands answer what there is to say.
                limit: limits.rows.filter(|_| rows.kind == RowsKind::Query),
                returned: 0,
                end: deadline.map(|deadline| Box::pin(sleep_until(deadline))),
            });
            Outcome::Rows(rows)
        }
        other => other,
    }
}

struct Limited {
    schema: SchemaRef,
    /// Gone once the limit is reached: its tasks end with it.
    rows: Option<SendableRecordBatchStream>,
    limit: Option<u64>,
    returned: u64,
    end: Option<Pin<Box<Sleep>>>,
}

impl Limited {
    fn stop(&mut self, error: Error) -> Poll<Option<Result<RecordBatch, DataFusionError>>> {
        self.rows = None;
        Poll::Ready(Some(Err(error.into())))
    }
}

impl Stream for Limited {
    type Item = Result<RecordBatch, DataFusionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(rows) = &mut this.rows else { return Poll::Ready(None) };
        let polled = rows.poll_next_unpin(context);
        if this.end.as_mut().is_some_and(|end| end.poll_unpin(context).is_ready()) {
            return this.stop(too_late());
        }
        if let (Poll::Ready(Some(Ok(batch))), Some(limit)) = (&polled, this.limit) {
            this.returned += batch.num_rows() as u64;
            if this.returned > limit {
                return this.stop(too_many(limit));
            }
        }
        polled
    }
}

impl RecordBatchStream for Limited {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

fn too_late() -> Error {
    Error::new(&OPERATION_CANCELED, "The statement took longer than the time limit of its user")
        .hint("SHOW USERS tells the limits; ALTER USER … TIME LIMIT changes them")
}

fn too_many(limit: u64) -> Error {
    Error::new(&USER_LIMIT_EXCEEDED, format!("The query returns more than {limit} rows, the limit of its user"))
        .hint("read fewer with LIMIT or WHERE; ALTER USER … ROW LIMIT changes the limit")
}
