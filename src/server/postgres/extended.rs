//! The extended protocol: Parse, Bind, Describe, Execute, Close.

use std::sync::Arc;

use crate::sql::split;
use crate::types::StructField;

use super::commands::{self, Command};
use super::conversation::{Conversation, Fault};
use super::encode::{Oid, types};
use super::frames::{Bind, Target};
use super::messages::{self, Plain};
use super::parameters;
use super::portal::{Portal, PreparedStatement, State};
use super::report::Report;
use super::rows::{text_columns, write_description};
use super::run::{Produced, SHOW_ALL, already_prepared, not_prepared, result_formats};

impl Conversation {
    pub async fn parse(&mut self, name: String, text: &str, declared: &[u32]) -> Result<(), Fault> {
        if !name.is_empty() && self.prepared.contains_key(&name) {
            return Err(already_prepared(&name).into());
        }
        let declared: Vec<Oid> = declared.iter().map(|oid| Oid(*oid)).collect();
        let prepared = self.prepare(text, &declared).await?;
        self.prepared.insert(name, Arc::new(prepared));
        messages::plain(&mut self.connection.output, Plain::ParseComplete);
        Ok(())
    }

    /// Prepares the one statement of a text.
    pub async fn prepare(&mut self, text: &str, declared: &[Oid]) -> Result<PreparedStatement, Fault> {
        let mut fragments = split(text, self.session.dialect());
        let fragment = fragments.next();
        if fragments.next().is_some() {
            return Err(Report::error("42601", "cannot insert multiple commands into a prepared statement").into());
        }
        let (statement, offset) = fragment.map_or(("", 0), |fragment| (fragment.text, fragment.offset));
        let command = commands::parse(statement, self.speaks_spark()).map_err(|report| report.within(text, offset))?;
        self.check_block(&command)?;
        let statement = statement.to_owned();
        let mut prepared =
            PreparedStatement { text: statement, command, prepared: None, parameters: Vec::new(), columns: None };
        prepared.columns = match &prepared.command {
            Command::Statement => {
                let session = Arc::clone(&self.session);
                let types = declared.iter().map(|oid| types::data_type(*oid)).collect::<Vec<_>>();
                let deadline = self.deadline();
                let described = self.guard(deadline, Box::pin(session.prepare(&prepared.text, &types))).await?;
                let described = described.map_err(|error| Report::from(error).within(text, offset))?;
                prepared.parameters = parameters::described(described.parameters(), declared);
                let columns = described.columns().map(|columns| columns.to_vec().into());
                prepared.prepared = Some(described);
                columns
            }
            Command::Show(name) => {
                let (name, _) = super::settings::show(&self.session, name)?;
                Some(text_columns(&[&name]).into())
            }
            Command::ShowAll => Some(text_columns(SHOW_ALL).into()),
            Command::Fetch(fetch) if !fetch.moves => self.columns_of_portal(&fetch.cursor),
            Command::Execute { name, .. } => self.prepared.get(name).and_then(|other| other.columns.clone()),
            _ => None,
        };
        Ok(prepared)
    }

    fn columns_of_portal(&self, name: &str) -> Option<Arc<[StructField]>> {
        match &self.portals.get(name)?.state {
            State::Open(rows) => Some(Arc::clone(&rows.columns)),
            State::Waiting(statement, _) => statement.columns.clone(),
            State::Done(_) => None,
        }
    }

    pub fn bind(&mut self, bind: Bind) -> Result<(), Fault> {
        let Some(statement) = self.prepared.get(&bind.statement).map(Arc::clone) else {
            return Err(not_prepared(&bind.statement));
        };
        self.check_block(&statement.command)?;
        if !bind.portal.is_empty() && self.portals.contains_key(&bind.portal) {
            return Err(Report::error("42P03", format!("cursor \"{}\" already exists", bind.portal)).into());
        }
        let values = parameters::values(&bind, &statement)?;
        let columns = statement.columns.as_ref().map_or(0, |columns| columns.len());
        let formats = match columns {
            0 => Vec::new(),
            columns => result_formats(&bind, columns)?,
        };
        let state = State::Waiting(statement, values);
        self.portals.insert(bind.portal, Portal { state, formats, hold: false, verb: "SELECT" });
        messages::plain(&mut self.connection.output, Plain::BindComplete);
        Ok(())
    }

    pub async fn describe(&mut self, target: Target, name: &str) -> Result<(), Fault> {
        let out = &mut self.connection.output;
        let (columns, formats) = match target {
            Target::Statement => {
                let Some(statement) = self.prepared.get(name) else { return Err(not_prepared(name)) };
                let oids: Vec<u32> = statement.parameters.iter().map(|oid| oid.0).collect();
                messages::parameter_description(out, &oids);
                (statement.columns.clone(), Vec::new())
            }
            Target::Portal => {
                let Some(portal) = self.portals.get(name) else { return Err(no_portal(name)) };
                let columns = match &portal.state {
                    State::Open(rows) => Some(Arc::clone(&rows.columns)),
                    State::Waiting(statement, _) => statement.columns.clone(),
                    State::Done(_) => None,
                };
                (columns, portal.formats.clone())
            }
        };
        match columns {
            Some(columns) => write_description(out, &columns, &formats),
            None => messages::plain(out, Plain::NoData),
        }
        Ok(())
    }

    pub async fn execute(&mut self, name: &str, max_rows: i32) -> Result<(), Fault> {
        let Some(mut portal) = self.portals.remove(name) else { return Err(no_portal(name)) };
        // As in PostgreSQL, no number and a negative one stand for all rows.
        let limit = u64::try_from(max_rows).ok().filter(|limit| *limit > 0).unwrap_or(u64::MAX);
        let result = self.execute_portal(&mut portal, limit).await;
        if result.is_ok() {
            self.portals.insert(name.to_owned(), portal);
        }
        result
    }

    async fn execute_portal(&mut self, portal: &mut Portal, limit: u64) -> Result<(), Fault> {
        let state = std::mem::replace(&mut portal.state, State::Done(String::new()));
        let mut rows = match state {
            State::Open(rows) => rows,
            State::Done(tag) => {
                // There are no more rows.
                let tag = if portal.verb == "SELECT" { "SELECT 0".to_owned() } else { tag };
                messages::command_complete(&mut self.connection.output, &tag);
                return Ok(());
            }
            State::Waiting(statement, values) => {
                if statement.command == Command::Empty {
                    messages::plain(&mut self.connection.output, Plain::EmptyQuery);
                    return Ok(());
                }
                let produced = self.run_command(&statement.command, &statement.text, Some(&statement), values).await?;
                let tag = match produced {
                    Produced::Rows(rows, verb) => {
                        if rows.columns.len() != portal.formats.len() {
                            return Err(Report::error("0A000", "cached plan must not change result type")
                                .hint("prepare the statement again, or send it as a simple query")
                                .into());
                        }
                        portal.verb = verb;
                        portal.state = State::Open(rows);
                        None
                    }
                    Produced::Tag(tag) => Some(tag),
                    Produced::Fetched(fetch) => {
                        let formats = portal.formats.clone();
                        if let Some(cursor) = self.portals.get_mut(&fetch.cursor) {
                            cursor.formats = formats;
                        }
                        Some(self.fetch(&fetch, false).await?)
                    }
                    Produced::Copy => Some(self.copy(&statement.text).await?),
                };
                if let Some(tag) = tag {
                    messages::command_complete(&mut self.connection.output, &tag);
                    portal.verb = "";
                    portal.state = State::Done(tag);
                    return Ok(());
                }
                match std::mem::replace(&mut portal.state, State::Done(String::new())) {
                    State::Open(rows) => rows,
                    State::Waiting(..) | State::Done(_) => return Ok(()),
                }
            }
        };
        let deadline = self.deadline();
        let formats = portal.formats.clone();
        let (sent, finished) = self.send_rows(&mut rows, &formats, limit, deadline).await?;
        if finished {
            let tag = match portal.verb {
                "SELECT" | "FETCH" => format!("{} {sent}", portal.verb),
                verb => verb.to_owned(),
            };
            messages::command_complete(&mut self.connection.output, &tag);
            portal.state = State::Done(tag);
        } else {
            messages::plain(&mut self.connection.output, Plain::PortalSuspended);
            portal.state = State::Open(rows);
        }
        Ok(())
    }

    pub fn close(&mut self, target: Target, name: &str) {
        // It is no error if there is none.
        match target {
            Target::Statement => drop(self.prepared.remove(name)),
            Target::Portal => drop(self.portals.remove(name)),
        }
        messages::plain(&mut self.connection.output, Plain::CloseComplete);
    }
}

fn no_portal(name: &str) -> Fault {
    Report::error("34000", format!("portal \"{name}\" does not exist")).into()
}
