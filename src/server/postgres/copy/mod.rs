//! COPY: whole tables out of and into text, CSV and PostgreSQL's bytes.
//!
//! Rows that come in are written as one INSERT: an error in the last of them leaves the table as it was.

mod options;
mod read;
mod write;

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::{Error, OPERATION_CANCELED};
use crate::statement::{CopiedRows, CopyTarget, Outcome};
use crate::types::time_zone::Zone;

use super::connection::{FLUSH, Lost};
use super::conversation::{Conversation, Fault};
use super::encode::Format;
use super::frames::Frame;
use super::messages::{self, Plain};
use super::report::Report;
use super::run::Produced;
use options::{CopyStatement, Layout, Source};
use read::Reader;

/// Batches that may wait to be written.
const QUEUE: usize = 2;

impl Conversation {
    /// Runs a COPY; gives the tag.
    pub async fn copy(&mut self, text: &str) -> Result<String, Fault> {
        let statement = options::parse(text)?;
        match statement.to_client {
            true => self.copy_out(&statement).await,
            false => self.copy_in(text, &statement).await,
        }
    }

    async fn copy_out(&mut self, statement: &CopyStatement) -> Result<String, Fault> {
        let query = match &statement.source {
            Source::Query(query) => query.clone(),
            Source::Table { name, columns } if columns.is_empty() => format!("SELECT * FROM {name}"),
            Source::Table { name, columns } => format!("SELECT {columns} FROM {name}"),
        };
        let Produced::Rows(mut rows, _) = self.run_sql(&query, None, Vec::new()).await? else {
            return Err(Report::error("0A000", "COPY of a statement without rows is not supported").into());
        };
        let zone = Zone::parse(&self.session.time_zone())?;
        let deadline = self.deadline();
        let columns = Arc::clone(&rows.columns);
        let binary = statement.layout == Layout::Binary;
        messages::copy_response(&mut self.connection.output, b'H', binary, columns.len());
        write::begin(&mut self.connection.output, &columns, &statement.layout);
        let mut count = 0;
        while let Some(batch) = self.guard(deadline, rows.stream.next()).await? {
            let batch = batch.map_err(Error::from)?;
            let mut at = 0;
            while at < batch.num_rows() {
                at = write::rows(
                    &mut self.connection.output,
                    &batch,
                    (at, count + at == 0),
                    &columns,
                    &statement.layout,
                    &zone,
                )?;
                if self.connection.output.len() >= FLUSH {
                    self.connection.flush().await?;
                }
            }
            count += batch.num_rows();
        }
        write::end(&mut self.connection.output, &statement.layout, count == 0);
        messages::plain(&mut self.connection.output, Plain::CopyDone);
        Ok(format!("COPY {count}"))
    }

    async fn copy_in(&mut self, text: &str, statement: &CopyStatement) -> Result<String, Fault> {
        let Source::Table { name, columns } = &statement.source else {
            return Err(Report::error("42601", "COPY FROM cannot be used with a query").into());
        };
        let target = Box::pin(self.session.copy_target(name, columns)).await?;
        let mut reader = Reader::new(&target.columns, statement.layout.clone())?;
        let format = if statement.layout == Layout::Binary { Format::Binary } else { Format::Text };
        messages::copy_response(&mut self.connection.output, b'G', format == Format::Binary, target.columns.len());
        self.connection.flush().await?;

        let (sender, rows) = mpsc::channel(QUEUE);
        let mut write = self.write_copied(text, target, &reader, rows);
        let result = self.receive(&mut reader, &sender, &mut write).await;
        if let Err(fault) = result {
            // The write ends with this error, and so leaves the table as it was.
            let _ = sender.send(Err(Error::new(&OPERATION_CANCELED, "The rows did not come to their end"))).await;
            drop(sender);
            let _ = write.await;
            return Err(fault);
        }
        drop(sender);
        self.transaction.wrote = true;
        match joined(write.await)? {
            Outcome::Written(rows) => Ok(format!("COPY {rows}")),
            Outcome::Done | Outcome::Rows(_) => Ok("COPY 0".to_owned()),
        }
    }

    fn write_copied(
        &self,
        text: &str,
        target: CopyTarget,
        reader: &Reader,
        rows: CopiedRows,
    ) -> JoinHandle<Result<Outcome, Error>> {
        let (session, text, given) = (Arc::clone(&self.session), text.to_owned(), reader.given().to_vec());
        tokio::spawn(async move { Box::pin(session.copy_into(&text, &target, given, rows)).await })
    }

    /// Passes on what the client sends until it says that this was all.
    async fn receive(
        &mut self,
        reader: &mut Reader,
        sender: &mpsc::Sender<Result<RecordBatch, Error>>,
        write: &mut JoinHandle<Result<Outcome, Error>>,
    ) -> Result<(), Fault> {
        loop {
            let frame = tokio::select! {
                frame = self.connection.frame() => frame,
                // It ends before the client does only if something is wrong.
                ended = &mut *write => {
                    joined(ended)?;
                    return Err(Report::error("57014", "the rows are not taken any more").into());
                }
            };
            let batches = match frame {
                Ok(Frame::CopyData(data)) => reader.read(&data)?,
                Ok(Frame::CopyDone) => {
                    for batch in reader.finish()? {
                        self.pass_on(batch, sender, write).await?;
                    }
                    return Ok(());
                }
                Ok(Frame::CopyFail(message)) => {
                    return Err(Report::error("57014", format!("COPY from stdin failed: {message}")).into());
                }
                // As in PostgreSQL, clients may have sent them ahead.
                Ok(Frame::Flush | Frame::Sync) => continue,
                Ok(Frame::Terminate) | Err(Lost::Closed) => return Err(Fault::Gone),
                Ok(_) => return Err(Report::fatal("08P01", "unexpected message type during COPY from stdin").into()),
                Err(Lost::Malformed(malformed)) => return Err(Report::from(malformed).into()),
            };
            for batch in batches {
                self.pass_on(batch, sender, write).await?;
            }
        }
    }

    async fn pass_on(
        &mut self,
        batch: RecordBatch,
        sender: &mpsc::Sender<Result<RecordBatch, Error>>,
        write: &mut JoinHandle<Result<Outcome, Error>>,
    ) -> Result<(), Fault> {
        if sender.send(Ok(batch)).await.is_err() {
            joined((&mut *write).await)?;
            return Err(Report::error("57014", "the rows are not taken any more").into());
        }
        Ok(())
    }
}

fn joined(ended: Result<Result<Outcome, Error>, tokio::task::JoinError>) -> Result<Outcome, Fault> {
    match ended {
        Ok(result) => Ok(result?),
        Err(_) => Err(Report::error("XX000", "the write ended unexpectedly").into()),
    }
}
