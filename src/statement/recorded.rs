//! What a statement leaves in the list of queries and in the audit log, and its turn to run.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use futures::{Stream, StreamExt};

use crate::activity::{self, Measure, NewQuery, Permit, Watched};
use crate::error::{Error, Result};
use crate::execution::{CancelHandle, Progress};
use crate::session::Warehouse;
use crate::sql;
use crate::sql::ast::Statement;

use super::Outcome;
use super::running::Running;

/// One statement in the list. It ends when its rows have been read, or are dropped.
pub(super) struct Recorded {
    warehouse: Arc<Warehouse>,
    entry: activity::Running,
    permit: Option<Permit>,
}

impl Recorded {
    /// The statement begins.
    pub fn begin(running: &Running<'_>, text: &str) -> Self {
        let session = running.session;
        let watched = Arc::new(Watch { cancel: running.cancel.clone(), progress: Arc::clone(&running.progress) });
        let dialect = running.settings.get("skep.dialect").unwrap_or("spark");
        let text = sql::without_secrets(text, running.parsing.dialect);
        let new = NewQuery { session: session.info(), text: &text, dialect, watched };
        let warehouse = Arc::clone(session.warehouse());
        let entry = warehouse.activity().queries().begin(new);
        Self { warehouse, entry, permit: None }
    }

    /// Waits for its turn, if it is of those that take turns.
    pub async fn enter(&mut self, running: &Running<'_>, statement: &Statement) {
        if !takes_turns(statement) {
            return;
        }
        let session = running.session;
        let (user, entry) = (Arc::clone(&session.info().user), &self.entry);
        let waits = || entry.waits();
        let admission = self.warehouse.activity().admission();
        let permit = admission.enter(session.info().id, &user, session.allowance(), waits).await;
        if entry.query().state() == activity::QueryState::Queued {
            entry.goes_on();
        }
        self.permit = Some(permit);
    }

    /// Records how it ended, now or when the last row is read.
    pub fn outcome(self, result: Result<Outcome>) -> Result<Outcome> {
        match result {
            Ok(Outcome::Done) => {
                self.end(activity::Outcome::Succeeded);
                Ok(Outcome::Done)
            }
            Ok(Outcome::Written(rows)) => {
                self.entry.add(rows, 0);
                self.end(activity::Outcome::Succeeded);
                Ok(Outcome::Written(rows))
            }
            Ok(Outcome::Rows(mut rows)) => {
                rows.stream = Box::pin(RecordedRows { rows: rows.stream, recorded: self });
                Ok(Outcome::Rows(rows))
            }
            Err(error) => {
                self.fail(&error);
                Err(error)
            }
        }
    }

    fn end(&self, outcome: activity::Outcome) {
        if self.entry.end(outcome) {
            self.warehouse.activity().audit().statement(self.entry.query());
        }
    }

    fn fail(&self, error: &Error) {
        self.end(activity::Outcome::Failed {
            condition: error.condition(),
            sqlstate: error.sqlstate(),
            message: error.message().to_owned(),
        });
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.end(activity::Outcome::Abandoned);
    }
}

/// Statements that only look or change a name do not wait for those that work.
fn takes_turns(statement: &Statement) -> bool {
    match statement {
        Statement::Query(_)
        | Statement::Explain(_)
        | Statement::Insert(_)
        | Statement::InsertMany(_)
        | Statement::InsertDirectory(_)
        | Statement::LoadData(_)
        | Statement::Analyze(_)
        | Statement::Cache(_)
        | Statement::RowChange(_)
        | Statement::CreateTable(_)
        | Statement::RepairTable(_)
        | Statement::SetVariable(_)
        | Statement::ExecuteImmediate(_)
        | Statement::Script(_) => true,
        Statement::CreateDatabase(_)
        | Statement::AlterDatabase(_)
        | Statement::DropDatabase(_)
        | Statement::Use(_)
        | Statement::SetCatalog(_)
        | Statement::Comment(_)
        | Statement::Uncache(_)
        | Statement::ClearCache
        | Statement::AlterTable(_)
        | Statement::DropTable(_)
        | Statement::Truncate(_)
        | Statement::Refresh(_)
        | Statement::CreateView(_)
        | Statement::AlterView(_)
        | Statement::DropView(_)
        | Statement::CreateFunction(_)
        | Statement::DropFunction(_)
        | Statement::DeclareVariable(_)
        | Statement::DropVariable(_)
        | Statement::AddFiles(_)
        | Statement::ListResources(_)
        | Statement::Access(_)
        | Statement::Set(_)
        | Statement::Reset(_)
        | Statement::KillQuery(_)
        | Statement::Show(_)
        | Statement::Describe(_) => false,
    }
}

/// How others look at a statement.
struct Watch {
    cancel: CancelHandle,
    progress: Arc<Progress>,
}

impl Watched for Watch {
    fn cancel(&self) {
        self.cancel.cancel();
    }

    fn measure(&self) -> Measure {
        let now = self.progress.snapshot();
        Measure {
            files_done: now.files_done,
            files_total: now.files_total,
            bytes_done: now.bytes_done,
            bytes_total: now.bytes_total,
            rows_read: now.rows,
            memory: now.memory,
        }
    }
}

/// Rows on their way to the client, counted.
struct RecordedRows {
    rows: SendableRecordBatchStream,
    recorded: Recorded,
}

impl Stream for RecordedRows {
    type Item = Result<RecordBatch, DataFusionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let polled = this.rows.poll_next_unpin(context);
        match polled {
            Poll::Ready(Some(Ok(batch))) => {
                this.recorded.entry.add(batch.num_rows() as u64, batch.get_array_memory_size() as u64);
                Poll::Ready(Some(Ok(batch)))
            }
            Poll::Ready(Some(Err(error))) => {
                let error = Error::from(error);
                this.recorded.fail(&error);
                this.recorded.permit = None;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                this.recorded.end(activity::Outcome::Succeeded);
                this.recorded.permit = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl RecordBatchStream for RecordedRows {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}
