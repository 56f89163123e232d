//! A plan's rows as one stream that stops when the statement is cancelled or nobody reads on.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt};

use crate::error::{Error, Result};

use super::{Cancellation, Progress, cancelled, memory};

/// What a plan runs under.
#[derive(Clone)]
pub struct Run {
    pub tasks: Arc<TaskContext>,
    pub cancellation: Cancellation,
    pub progress: Arc<Progress>,
    /// Says more of an error that the plan ended with.
    pub explain: fn(&Arc<dyn ExecutionPlan>, Error) -> Error,
    /// What must live as long as the rows are read.
    pub pin: Option<Arc<dyn Any + Send + Sync>>,
}

/// Starts a plan. Dropping the stream stops its tasks.
pub fn run(plan: Arc<dyn ExecutionPlan>, run: &Run) -> Result<SendableRecordBatchStream> {
    run.progress.start(&plan, Arc::clone(run.tasks.memory_pool()));
    let rows =
        execute_stream(Arc::clone(&plan), Arc::clone(&run.tasks)).map_err(|error| memory::explain(error.into()))?;
    let cancellation = run.cancellation.clone();
    let stop = async move { cancellation.cancelled().await }.boxed();
    let explain = run.explain;
    let explain = Box::new(move |error| explain(&plan, memory::explain(error)));
    Ok(Box::pin(Stoppable { schema: rows.schema(), rows: Some(rows), stop, explain, _pin: run.pin.clone() }))
}

struct Stoppable {
    schema: SchemaRef,
    /// Gone once the stream has ended: its tasks end with it.
    rows: Option<SendableRecordBatchStream>,
    stop: BoxFuture<'static, ()>,
    explain: Box<dyn Fn(Error) -> Error + Send>,
    _pin: Option<Arc<dyn Any + Send + Sync>>,
}

impl Stream for Stoppable {
    type Item = Result<RecordBatch, DataFusionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(rows) = &mut this.rows else { return Poll::Ready(None) };
        if this.stop.poll_unpin(context).is_ready() {
            this.rows = None;
            return Poll::Ready(Some(Err(cancelled().into())));
        }
        let polled = rows.poll_next_unpin(context);
        match polled {
            Poll::Ready(Some(Err(error))) => {
                this.rows = None;
                Poll::Ready(Some(Err((this.explain)(Error::from(error)).into())))
            }
            Poll::Ready(None) => {
                this.rows = None;
                Poll::Ready(None)
            }
            other => other,
        }
    }
}

impl RecordBatchStream for Stoppable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
