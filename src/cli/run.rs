//! Runs one statement: its rows go to a sink as they come, Ctrl-C stops it, a bar shows how far it is.
//!
//! The statement runs on threads of its own, so that formatting, key presses and the bar do not wait for it: a signal is
//! only noticed by a runtime that has a thread to spare.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::record_batch::RecordBatch;
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};

use crate::error::{Error, OPERATION_CANCELED, Result};
use crate::output::{Format, Layout, Presentation, outcome, writer};
use crate::session::Session;
use crate::statement::{Outcome, RowsKind};
use crate::types::StructField;
use crate::types::text::BinaryStyle;
use crate::types::time_zone::Zone;

use super::panics;
use super::progress::Bar;
use super::sink::Sink;

/// Batches that may wait to be printed.
const QUEUE: usize = 2;
/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);
/// How long a cancelled statement may take to tidy up before it is dropped as it is.
const GRACE: Duration = Duration::from_secs(5);

/// How rows are shown.
pub(super) struct Show {
    pub format: Format,
    pub width: Option<usize>,
    pub max_rows: usize,
    /// Whether a bar is wanted.
    pub progress: bool,
    /// For the outcome format, from 1.
    pub number: usize,
}

pub(super) struct Finished {
    /// `None` of a statement that has no result.
    pub rows: Option<u64>,
    pub elapsed: Duration,
}

pub(super) enum Failure {
    Statement(Error),
    /// Ctrl-C.
    Cancelled(Error),
    /// The results cannot be written.
    Output(io::Error),
}

enum Event {
    Start { columns: Vec<StructField>, kind: RowsKind },
    Batch(RecordBatch),
}

/// Runs `text` and writes its rows; they are visible when this returns.
pub(super) async fn run(
    workers: &Handle,
    session: &Arc<Session>,
    text: &str,
    show: &Show,
    sink: &mut Sink,
) -> Result<Finished, Failure> {
    let started = Instant::now();
    let (sender, mut events) = mpsc::channel(QUEUE);
    let mut task = workers.spawn(produce(Arc::clone(session), text.to_owned(), sender));
    let mut bar = Bar::new(show.progress);
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let mut ticks = tokio::time::interval(TICK);
    let mut rows = None;
    let mut writer_of_rows = None;
    let mut out = String::new();
    loop {
        tokio::select! {
            biased;
            _ = &mut interrupt => {
                drop(events);
                return Err(Failure::Cancelled(stop(session, task).await));
            }
            event = events.recv() => match event {
                None => break,
                Some(Event::Start { columns, kind }) => {
                    let layout = layout(session, columns, kind, show).map_err(Failure::Statement)?;
                    writer_of_rows.insert(writer(show.format, layout)).begin(&mut out);
                    rows = Some(0);
                }
                Some(Event::Batch(batch)) => {
                    if let Some(writer) = &mut writer_of_rows {
                        writer.write(&batch, &mut out).map_err(Failure::Statement)?;
                    }
                    rows = Some(rows.unwrap_or(0) + batch.num_rows() as u64);
                    // An outcome is one line: whether it holds rows or an error is known at the end.
                    if show.format != Format::Outcome && !out.is_empty() {
                        if sink.is_terminal() {
                            bar.hide();
                        }
                        if let Err(error) = sink.write(&out) {
                            drop(events);
                            stop(session, task).await;
                            return Err(Failure::Output(error));
                        }
                        out.clear();
                    }
                }
            },
            _ = ticks.tick() => bar.update(&session.progress()),
        }
    }
    flatten((&mut task).await).map_err(Failure::Statement)?;
    bar.hide();
    if let Some(writer) = &mut writer_of_rows {
        writer.finish(&mut out);
    }
    let elapsed = started.elapsed();
    if show.format == Format::Outcome {
        let part = std::mem::take(&mut out);
        let statement = outcome::Statement { number: show.number, text, milliseconds: milliseconds(elapsed) };
        outcome::push_success(&mut out, &statement, rows.map(|_| part.as_str()));
    }
    sink.write(&out).and_then(|()| sink.finish()).map_err(Failure::Output)?;
    Ok(Finished { rows, elapsed })
}

pub(super) fn milliseconds(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1000.0
}

/// The statement's side: everything it gives, in order.
async fn produce(session: Arc<Session>, text: String, events: mpsc::Sender<Event>) -> Result<()> {
    let Outcome::Rows(mut rows) = session.execute(&text).await? else { return Ok(()) };
    // A send fails when nobody wants more.
    if events.send(Event::Start { columns: rows.columns, kind: rows.kind }).await.is_err() {
        return Ok(());
    }
    while let Some(batch) = rows.stream.next().await {
        if events.send(Event::Batch(batch?)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Cancels the statement and waits until it has tidied up.
async fn stop(session: &Session, mut task: JoinHandle<Result<()>>) -> Error {
    session.cancel_handle().cancel();
    match tokio::time::timeout(GRACE, &mut task).await {
        // It says itself how far it got.
        Ok(Ok(Err(error))) if error.is(&OPERATION_CANCELED) => return error,
        Ok(_) => {}
        Err(_) => task.abort(),
    }
    Error::new(&OPERATION_CANCELED, "The statement was cancelled")
}

fn flatten(result: Result<Result<()>, JoinError>) -> Result<()> {
    match result {
        Ok(result) => result,
        Err(_) => Err(panics::error()),
    }
}

fn layout(session: &Session, columns: Vec<StructField>, kind: RowsKind, show: &Show) -> Result<Layout> {
    let presentation = match kind {
        RowsKind::Query | RowsKind::Command => Presentation::Rows,
        RowsKind::ShowTables => Presentation::Names,
        RowsKind::DescribeTable => Presentation::Description,
    };
    let zone = Zone::parse(&session.time_zone())?;
    let binary = BinaryStyle::named(session.settings().text("spark.sql.binaryOutputStyle"));
    Ok(Layout { columns, presentation, zone, binary, width: show.width, max_rows: show.max_rows })
}
