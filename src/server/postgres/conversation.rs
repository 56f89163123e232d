//! One connection from its first statement to its end: what is remembered between messages, and what may interrupt.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;

use crate::activity::{EventKind, SessionState};
use crate::error::Error;
use crate::server::Server;
use crate::session::Session;
use crate::types::time_zone::Zone;

use super::cancelling::Registered;
use super::connection::{Connection, Lost};
use super::encode::Format;
use super::frames::Frame;
use super::messages::{self, Block};
use super::portal::{Portal, PreparedStatement};
use super::report::{Report, Severity};
use super::rows::{self, Rows};
use super::settings;
use super::startup::Started;

/// How long a statement that is stopped may take to tidy up.
const GRACE: Duration = Duration::from_secs(5);

/// Why a message could not be answered.
pub enum Fault {
    /// The client is told.
    Report(Box<Report>),
    /// There is nobody to tell.
    Gone,
}

impl From<Report> for Fault {
    fn from(report: Report) -> Self {
        Fault::Report(Box::new(report))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Report::from(error).into()
    }
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Fault::Gone
    }
}

/// The conversation goes on, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    GoOn,
    End,
}

/// What a block of a transaction remembers.
#[derive(Debug, Default)]
pub struct Transaction {
    pub block: Block,
    pub savepoints: Vec<String>,
    /// Whether a statement of it has changed something, which ROLLBACK cannot undo.
    pub wrote: bool,
    /// What SET LOCAL changed, as it was before.
    pub local: Vec<(String, String)>,
}

pub struct Conversation {
    pub server: Arc<Server>,
    pub session: Arc<Session>,
    pub connection: Connection,
    pub transaction: Transaction,
    pub prepared: HashMap<String, Arc<PreparedStatement>>,
    pub portals: HashMap<String, Portal>,
    /// After an error of the extended protocol, up to Sync.
    skipping: bool,
    _registered: Registered,
}

/// Talks to a client until it goes, or the server stops.
pub async fn converse(server: Arc<Server>, started: Started) {
    let Started { connection, session, registered } = started;
    let mut conversation = Conversation {
        server: Arc::clone(&server),
        session,
        connection,
        transaction: Transaction::default(),
        prepared: HashMap::new(),
        portals: HashMap::new(),
        skipping: false,
        _registered: registered,
    };
    while conversation.turn().await == Next::GoOn {}
    server.warehouse.activity().audit().session(EventKind::Logout, conversation.session.info());
    conversation.connection.close().await;
}

/// What ends the wait for a message.
enum Woken {
    Frame(Result<Frame, Lost>),
    End(Report),
}

impl Conversation {
    /// One message and what follows from it.
    async fn turn(&mut self) -> Next {
        let frame = match self.wait().await {
            Woken::Frame(Ok(frame)) => frame,
            Woken::Frame(Err(Lost::Closed)) => return Next::End,
            Woken::Frame(Err(Lost::Malformed(malformed))) => {
                let extended = !malformed.loses_place() && self.connection.failed_kind != b'Q';
                let next = self.fail(&malformed.into(), "", 0);
                self.skipping = extended;
                if next == Next::GoOn && !extended {
                    self.ready();
                }
                return if self.connection.flush().await.is_ok() { next } else { Next::End };
            }
            Woken::End(report) => {
                report.write(&mut self.connection.output, "", 0);
                return Next::End;
            }
        };
        let result = match frame {
            Frame::Terminate => return Next::End,
            Frame::Sync => {
                self.skipping = false;
                if self.transaction.block == Block::None {
                    self.portals.retain(|_, portal| portal.hold);
                }
                self.ready();
                self.connection.flush().await.map_err(Fault::from)
            }
            _ if self.skipping => Ok(()),
            Frame::Query(text) => {
                self.session.info().set_state(SessionState::Active);
                let result = self.simple_query(&text).await;
                self.ready();
                match result {
                    Ok(()) => self.connection.flush().await.map_err(Fault::from),
                    Err(fault) => Err(fault),
                }
            }
            Frame::Flush => self.connection.flush().await.map_err(Fault::from),
            Frame::Parse { name, text, types } => self.parse(name, &text, &types).await,
            Frame::Bind(bind) => self.bind(bind),
            Frame::Describe(target, name) => self.describe(target, &name).await,
            Frame::Execute { portal, max_rows } => {
                self.session.info().set_state(SessionState::Active);
                self.execute(&portal, max_rows).await
            }
            Frame::Close(target, name) => {
                self.close(target, &name);
                Ok(())
            }
            // What a client sends of a COPY that has failed already.
            Frame::CopyData(_) | Frame::CopyDone | Frame::CopyFail(_) => Ok(()),
            Frame::Password(_) => Err(Report::fatal("08P01", "unexpected password message").into()),
        };
        match result {
            Ok(()) => Next::GoOn,
            Err(Fault::Gone) => Next::End,
            Err(Fault::Report(report)) => {
                // The client sends a Sync, which sends this off too.
                self.skipping = true;
                self.fail(&report, "", 0)
            }
        }
    }

    /// Waits for the next message, and for what may end the session meanwhile.
    async fn wait(&mut self) -> Woken {
        let idle = match self.transaction.block {
            Block::None => settings::timeout(&self.session, "idle_session_timeout")
                .map(|time| (time, "57P05", "idle-session timeout")),
            Block::Open | Block::Failed => settings::timeout(&self.session, "idle_in_transaction_session_timeout")
                .map(|time| (time, "25P03", "idle-in-transaction timeout")),
        };
        let too_long = async {
            match idle {
                Some((time, sqlstate, what)) => {
                    tokio::time::sleep(time).await;
                    Report::fatal(sqlstate, format!("terminating connection due to {what}"))
                }
                None => std::future::pending().await,
            }
        };
        let info = Arc::clone(self.session.info());
        // A client that sends message after message is answered before the server stops.
        tokio::select! {
            biased;
            frame = self.connection.frame() => Woken::Frame(frame),
            () = self.server.draining.cancelled() => Woken::End(terminated()),
            () = info.terminate.cancelled() => Woken::End(terminated()),
            report = too_long => Woken::End(report),
        }
    }

    /// Appends the error, and lets the transaction fail.
    pub fn fail(&mut self, report: &Report, text: &str, offset: usize) -> Next {
        report.write(&mut self.connection.output, text, offset);
        if self.transaction.block == Block::Open {
            self.transaction.block = Block::Failed;
        }
        if report.severity == Severity::Fatal { Next::End } else { Next::GoOn }
    }

    fn ready(&mut self) {
        messages::ready(&mut self.connection.output, self.transaction.block);
        self.session.info().set_state(match self.transaction.block {
            Block::None => SessionState::Idle,
            Block::Open => SessionState::IdleInTransaction,
            Block::Failed => SessionState::IdleInFailedTransaction,
        });
    }

    /// When the statement that begins now has run for too long.
    pub fn deadline(&self) -> Option<Instant> {
        settings::timeout(&self.session, "statement_timeout").map(|time| Instant::now() + time)
    }

    /// Does `work`, unless the client goes away, the time is over, or the session is ended by somebody else.
    pub async fn guard<T>(&mut self, deadline: Option<Instant>, work: impl Future<Output = T>) -> Result<T, Fault> {
        let mut work = pin!(work);
        let info = Arc::clone(self.session.info());
        // Work that never waits would never let the others have their say.
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(timed_out());
        }
        if info.terminate.is_cancelled() || self.server.stopped.is_cancelled() {
            return Err(terminated().into());
        }
        let too_late = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let fault = tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = self.connection.gone() => Fault::Gone,
            () = too_late => timed_out(),
            () = info.terminate.cancelled() => terminated().into(),
            () = self.server.stopped.cancelled() => terminated().into(),
        };
        self.session.cancel_handle().cancel();
        // A write that is past cancelling ends, and others remove what they began.
        let _ = tokio::time::timeout(GRACE, work).await;
        Err(fault)
    }

    /// Sends up to `limit` rows; says how many there were, and whether there are no more.
    pub async fn send_rows(
        &mut self,
        rows: &mut Rows,
        formats: &[Format],
        limit: u64,
        deadline: Option<Instant>,
    ) -> Result<(u64, bool), Fault> {
        let zone = Zone::parse(&self.session.time_zone())?;
        let columns = Arc::clone(&rows.columns);
        let mut sent = 0;
        while sent < limit {
            let batch = match rows.pending.take() {
                Some(batch) => batch,
                None => match self.guard(deadline, rows.stream.next()).await? {
                    Some(batch) => batch.map_err(Error::from)?,
                    None => return Ok((sent, true)),
                },
            };
            let end = usize::try_from(limit - sent).unwrap_or(usize::MAX).min(batch.num_rows());
            let mut at = 0;
            while at < end {
                at = rows::write_rows(&mut self.connection.output, &batch, (at, end), &columns, formats, &zone)?;
                if self.connection.output.len() >= super::connection::FLUSH {
                    self.connection.flush().await?;
                }
            }
            sent += end as u64;
            rows.position += end as u64;
            if end < batch.num_rows() {
                rows.pending = Some(batch.slice(end, batch.num_rows() - end));
            }
        }
        Ok((sent, false))
    }

    /// Passes over rows; says how many there were.
    pub async fn skip_rows(&mut self, rows: &mut Rows, limit: u64, deadline: Option<Instant>) -> Result<u64, Fault> {
        let mut skipped = 0;
        while skipped < limit {
            let batch = match rows.pending.take() {
                Some(batch) => batch,
                None => match self.guard(deadline, rows.stream.next()).await? {
                    Some(batch) => batch.map_err(Error::from)?,
                    None => break,
                },
            };
            let end = usize::try_from(limit - skipped).unwrap_or(usize::MAX).min(batch.num_rows());
            skipped += end as u64;
            rows.position += end as u64;
            if end < batch.num_rows() {
                rows.pending = Some(batch.slice(end, batch.num_rows() - end));
            }
        }
        Ok(skipped)
    }
}

fn timed_out() -> Fault {
    Report::error("57014", "canceling statement due to statement timeout").into()
}

fn terminated() -> Report {
    Report::fatal("57P01", "terminating connection due to administrator command")
}
