//! Runs one statement of a client, whichever protocol it came with, up to its rows or its tag.

use std::sync::Arc;

use crate::activity::SessionState;
use crate::config::postgres::{Parameters, find};
use crate::error::Result;
use crate::statement::{Outcome, catalogue_fallback};

use super::commands::{Command, Declare, Discard, Fetch, Wanted};
use super::conversation::{Conversation, Fault, Transaction};
use super::encode::Format;
use super::frames::Bind;
use super::messages::{self, Block};
use super::parameters::Value;
use super::portal::{Portal, PreparedStatement, State};
use super::report::Report;
use super::rows::Rows;
use super::{settings, tags};

/// What a statement gives.
pub enum Produced {
    /// It is done.
    Tag(String),
    /// Rows, and the verb of the tag that follows them.
    Rows(Rows, &'static str),
    /// The next rows of a cursor.
    Fetched(Fetch),
    /// COPY talks to the client itself.
    Copy,
}

impl Conversation {
    /// Whether the session speaks Spark's dialect.
    pub fn speaks_spark(&self) -> bool {
        self.session.setting("skep.dialect").is_none_or(|dialect| dialect.eq_ignore_ascii_case("spark"))
    }

    /// In a failed block nothing runs but its end.
    pub fn check_block(&self, command: &Command) -> Result<(), Fault> {
        let ends = matches!(command, Command::Commit | Command::Rollback | Command::RollbackTo(_) | Command::Empty);
        match self.transaction.block {
            Block::Failed if !ends => Err(Report::error(
                "25P02",
                "current transaction is aborted, commands ignored until end of transaction block",
            )
            .into()),
            Block::None | Block::Open | Block::Failed => Ok(()),
        }
    }

    /// Runs a statement of SQL in the session.
    pub async fn run_sql(
        &mut self,
        text: &str,
        statement: Option<&PreparedStatement>,
        values: Vec<Value>,
    ) -> Result<Produced, Fault> {
        self.session.info().set_state(SessionState::Active);
        let session = Arc::clone(&self.session);
        let deadline = self.deadline();
        let prepared = statement.and_then(|statement| statement.prepared.as_ref());
        let outcome = match prepared {
            Some(prepared) => self.guard(deadline, Box::pin(session.execute_prepared(prepared, values))).await?,
            None => match self.guard(deadline, Box::pin(session.execute(text))).await? {
                // Tools that ask about tables in a way of their own go on without an answer.
                Err(error) => Box::pin(catalogue_fallback(&session, text, &error)).await.ok_or(error),
                outcome => outcome,
            },
        }?;
        Ok(match outcome {
            Outcome::Rows(rows) => Produced::Rows(Rows::new(rows.columns, rows.stream), tags::verb(text)),
            Outcome::Done => {
                self.transaction.wrote = true;
                Produced::Tag(tags::done(text, None))
            }
            Outcome::Written(rows) => {
                self.transaction.wrote = true;
                Produced::Tag(tags::done(text, Some(rows)))
            }
        })
    }

    /// Runs whatever a statement is.
    pub async fn run_command(
        &mut self,
        command: &Command,
        text: &str,
        statement: Option<&PreparedStatement>,
        values: Vec<Value>,
    ) -> Result<Produced, Fault> {
        self.check_block(command)?;
        let tag = |tag: &str| Ok(Produced::Tag(tag.to_owned()));
        match command {
            Command::Empty => tag(""),
            Command::Statement => self.run_sql(text, statement, values).await,
            Command::Copy => Ok(Produced::Copy),
            Command::Begin { read_only } => {
                if self.transaction.block == Block::Open {
                    self.warn("25001", "there is already a transaction in progress");
                }
                self.transaction.block = Block::Open;
                self.transaction.wrote = false;
                let by_default = self.session.read_parameters(Parameters::is_read_only);
                let read_only = read_only.unwrap_or(by_default);
                self.set_parameter("transaction_read_only", if read_only { "on" } else { "off" })?;
                self.session.change_parameters(|parameters| parameters.in_block = true);
                tag("BEGIN")
            }
            Command::Commit => {
                let ended = self.transaction.block;
                if ended == Block::None {
                    self.warn("25P01", "there is no transaction in progress");
                }
                self.end_block()?;
                tag(if ended == Block::Failed { "ROLLBACK" } else { "COMMIT" })
            }
            Command::Rollback => {
                if self.transaction.block == Block::None {
                    self.warn("25P01", "there is no transaction in progress");
                } else if self.transaction.wrote {
                    let notice =
                        Report::warning("01000", "ROLLBACK does not undo what the statements of the block did")
                            .hint("each statement is committed when it ends");
                    notice.write(&mut self.connection.output, "", 0);
                }
                self.end_block()?;
                tag("ROLLBACK")
            }
            Command::Savepoint(name) => {
                self.in_block("SAVEPOINT")?;
                self.transaction.savepoints.push(name.clone());
                tag("SAVEPOINT")
            }
            Command::Release(name) => {
                self.in_block("RELEASE SAVEPOINT")?;
                let place = self.savepoint(name)?;
                self.transaction.savepoints.truncate(place);
                tag("RELEASE")
            }
            Command::RollbackTo(name) => {
                self.in_block("ROLLBACK TO SAVEPOINT")?;
                let place = self.savepoint(name)?;
                self.transaction.savepoints.truncate(place + 1);
                self.transaction.block = Block::Open;
                tag("ROLLBACK")
            }
            Command::Set { name, value, local } => {
                if name.eq_ignore_ascii_case("search_path") {
                    self.choose_database(value.as_deref().unwrap_or_default()).await?;
                }
                self.set(name, value.as_deref(), *local)?;
                tag("SET")
            }
            Command::SetTransaction { read_only, session } => {
                if !session && self.transaction.block == Block::None {
                    self.warn("25P01", "SET TRANSACTION can only be used in transaction blocks");
                }
                if let Some(read_only) = read_only {
                    let name = if *session { "default_transaction_read_only" } else { "transaction_read_only" };
                    self.set_parameter(name, if *read_only { "on" } else { "off" })?;
                }
                tag("SET")
            }
            Command::Show(name) => {
                let (name, value) = settings::show(&self.session, name)?;
                Ok(Produced::Rows(Rows::of_text(&[&name], &[vec![value]])?, "SHOW"))
            }
            Command::ShowAll => {
                let rows: Vec<Vec<String>> = settings::all(&self.session)
                    .into_iter()
                    .map(|(name, value, meaning)| vec![name.to_owned(), value, meaning.to_owned()])
                    .collect();
                Ok(Produced::Rows(Rows::of_text(SHOW_ALL, &rows)?, "SHOW"))
            }
            Command::Reset(None) => {
                settings::reset_all(&self.session)?;
                self.tell_all();
                tag("RESET")
            }
            Command::Reset(Some(name)) => {
                if let Some(parameter) = settings::reset(&self.session, name)? {
                    self.tell(parameter.name);
                }
                tag("RESET")
            }
            Command::Discard(what) => {
                self.discard(*what).await?;
                tag(match what {
                    Discard::All => "DISCARD ALL",
                    Discard::Plans => "DISCARD PLANS",
                    Discard::Sequences => "DISCARD SEQUENCES",
                    Discard::Temporary => "DISCARD TEMP",
                })
            }
            Command::Listen(channel) => Err(Report::error("0A000", format!("LISTEN {channel} is not supported"))
                .hint("nothing notifies anybody here: ask again from time to time")
                .into()),
            Command::Unlisten => tag("UNLISTEN"),
            Command::Declare(declare) => self.declare(declare, text).await,
            Command::Fetch(fetch) => Ok(Produced::Fetched(fetch.clone())),
            Command::CloseCursor(None) => {
                self.portals.clear();
                tag("CLOSE CURSOR ALL")
            }
            Command::CloseCursor(Some(name)) => match self.portals.remove(name) {
                Some(_) => tag("CLOSE CURSOR"),
                None => Err(no_cursor(name)),
            },
            Command::Prepare { name, types, text: start } => {
                if self.prepared.contains_key(name) {
                    return Err(already_prepared(name).into());
                }
                let declared =
                    types.iter().map(|name| super::parameters::named_type(name)).collect::<Result<Vec<_>, _>>()?;
                let prepared = self.prepare(&text[*start..], &declared).await?;
                self.prepared.insert(name.clone(), Arc::new(prepared));
                tag("PREPARE")
            }
            Command::Execute { name, arguments } => {
                let Some(prepared) = self.prepared.get(name).map(Arc::clone) else { return Err(not_prepared(name)) };
                let values = super::parameters::evaluate(arguments, &prepared, &self.session)?;
                if matches!(prepared.command, Command::Execute { .. }) {
                    return Err(Report::error("0A000", "EXECUTE of an EXECUTE is not supported").into());
                }
                Box::pin(self.run_command(&prepared.command, &prepared.text, Some(&prepared), values)).await
            }
            Command::Deallocate(None) => {
                self.prepared.clear();
                tag("DEALLOCATE ALL")
            }
            Command::Deallocate(Some(name)) => match self.prepared.remove(name) {
                Some(_) => tag("DEALLOCATE"),
                None => Err(not_prepared(name)),
            },
        }
    }

    fn warn(&mut self, sqlstate: &'static str, message: &str) {
        Report::warning(sqlstate, message).write(&mut self.connection.output, "", 0);
    }

    /// The block ends, whether it failed or not.
    fn end_block(&mut self) -> Result<(), Fault> {
        let ended = std::mem::take(&mut self.transaction);
        self.portals.retain(|_, portal| portal.hold);
        for (name, value) in ended.local.into_iter().rev() {
            self.set_parameter(&name, &value)?;
        }
        self.session.change_parameters(|parameters| {
            parameters.in_block = false;
            for name in ["transaction_read_only", "transaction_isolation"] {
                if let Some(parameter) = find(name) {
                    parameters.reset(parameter);
                }
            }
        });
        self.transaction = Transaction::default();
        Ok(())
    }

    fn in_block(&self, what: &str) -> Result<(), Fault> {
        match self.transaction.block {
            Block::None => Err(Report::error("25P01", format!("{what} can only be used in transaction blocks")).into()),
            Block::Open | Block::Failed => Ok(()),
        }
    }

    fn savepoint(&self, name: &str) -> Result<usize, Fault> {
        let place = self.transaction.savepoints.iter().rposition(|savepoint| savepoint == name);
        place.ok_or_else(|| Report::error("3B001", format!("savepoint \"{name}\" does not exist")).into())
    }

    fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<(), Fault> {
        if local {
            if self.transaction.block == Block::None {
                self.warn("25P01", "SET LOCAL can only be used in transaction blocks");
                return Ok(());
            }
            let (name, before) = settings::show(&self.session, name)?;
            self.transaction.local.push((name, before));
        }
        match value {
            Some(value) => self.set_parameter(name, value),
            None => {
                if let Some(parameter) = settings::reset(&self.session, name)? {
                    self.tell(parameter.name);
                }
                Ok(())
            }
        }
    }

    /// The first database of a search path that there is becomes the current one.
    async fn choose_database(&mut self, path: &str) -> Result<(), Fault> {
        let session = Arc::clone(&self.session);
        let catalog = session.catalog().await?;
        for name in path.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty()) {
            if let Some(database) = catalog.database(name).await? {
                self.session.set_current_database(&database.name);
                break;
            }
        }
        Ok(())
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        if let Some(parameter) = settings::set(&self.session, name, value)? {
            self.tell(parameter.name);
        }
        Ok(())
    }

    fn tell(&mut self, name: &str) {
        if let Some(parameter) = find(name) {
            let value = settings::shown(&self.session, parameter);
            messages::parameter_status(&mut self.connection.output, parameter.name, &value);
        }
    }

    fn tell_all(&mut self) {
        for parameter in crate::config::postgres::PARAMETERS.iter().filter(|parameter| parameter.reported) {
            self.tell(parameter.name);
        }
    }

    async fn discard(&mut self, what: Discard) -> Result<(), Fault> {
        if what == Discard::All {
            if self.transaction.block != Block::None {
                return Err(Report::error("25001", "DISCARD ALL cannot run inside a transaction block").into());
            }
            self.portals.clear();
            self.prepared.clear();
            settings::reset_all(&self.session)?;
            self.tell_all();
        }
        if matches!(what, Discard::All | Discard::Temporary) {
            for view in self.session.temporary_views(false) {
                self.session.remove_temporary_view(&view.name, false);
            }
        }
        Ok(())
    }

    async fn declare(&mut self, declare: &Declare, text: &str) -> Result<Produced, Fault> {
        if self.transaction.block == Block::None && !declare.hold {
            return Err(Report::error("25P01", "DECLARE CURSOR can only be used in transaction blocks")
                .hint("send BEGIN before, or declare the cursor WITH HOLD")
                .into());
        }
        if self.portals.contains_key(&declare.name) {
            return Err(Report::error("42P03", format!("cursor \"{}\" already exists", declare.name)).into());
        }
        let produced = self.run_sql(&text[declare.query..], None, Vec::new()).await.map_err(|fault| match fault {
            Fault::Report(mut report) => {
                report.place = report.place.map(|place| place + declare.query);
                Fault::Report(report)
            }
            Fault::Gone => Fault::Gone,
        })?;
        let Produced::Rows(rows, _) = produced else {
            return Err(Report::error("42601", "a cursor must be of a query").into());
        };
        let format = if declare.binary { Format::Binary } else { Format::Text };
        self.portals.insert(declare.name.clone(), Portal::cursor(rows, format, declare.hold));
        Ok(Produced::Tag("DECLARE CURSOR".to_owned()))
    }

    /// Sends the rows that FETCH asks for; gives the tag. `describe`: as a simple query, with a description before.
    pub async fn fetch(&mut self, fetch: &Fetch, describe: bool) -> Result<String, Fault> {
        let Some(mut portal) = self.portals.remove(&fetch.cursor) else { return Err(no_cursor(&fetch.cursor)) };
        let result = self.fetch_from(&mut portal, fetch, describe).await;
        // After an error nothing more comes of it.
        if result.is_ok() {
            self.portals.insert(fetch.cursor.clone(), portal);
        }
        let verb = if fetch.moves { "MOVE" } else { "FETCH" };
        result.map(|count| format!("{verb} {count}"))
    }

    async fn fetch_from(&mut self, portal: &mut Portal, fetch: &Fetch, describe: bool) -> Result<u64, Fault> {
        let deadline = self.deadline();
        let formats = portal.formats.clone();
        let rows = match &mut portal.state {
            State::Open(rows) => rows,
            State::Waiting(..) | State::Done(_) => return Err(no_cursor(&fetch.cursor)),
        };
        let (skip, wanted) = match fetch.wanted {
            Wanted::Next(count) => (0, count),
            Wanted::All => (0, u64::MAX),
            Wanted::Relative(count) => (count.saturating_sub(1), 1),
            Wanted::Absolute(number) if number > rows.position => (number - rows.position - 1, 1),
            Wanted::Absolute(_) => {
                return Err(Report::error("55000", "cursor can only scan forward").into());
            }
        };
        if describe && !fetch.moves {
            super::rows::write_description(&mut self.connection.output, &rows.columns, &formats);
        }
        self.skip_rows(rows, skip, deadline).await?;
        if fetch.moves {
            return self.skip_rows(rows, wanted, deadline).await;
        }
        Ok(self.send_rows(rows, &formats, wanted, deadline).await?.0)
    }
}

/// The columns of SHOW ALL.
pub const SHOW_ALL: &[&str] = &["name", "setting", "description"];

pub fn no_cursor(name: &str) -> Fault {
    Report::error("34000", format!("cursor \"{name}\" does not exist")).into()
}

pub fn not_prepared(name: &str) -> Fault {
    Report::error("26000", format!("prepared statement \"{name}\" does not exist")).into()
}

pub fn already_prepared(name: &str) -> Report {
    Report::error("42P05", format!("prepared statement \"{name}\" already exists"))
}

/// The formats that a Bind message asks for.
pub fn result_formats(bind: &Bind, columns: usize) -> Result<Vec<Format>, Report> {
    super::rows::formats(&bind.result_formats, columns).ok_or_else(|| {
        let count = bind.result_formats.len();
        Report::error("08P01", format!("bind message has {count} result formats but query has {columns} columns"))
    })
}
