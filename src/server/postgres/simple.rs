//! The simple protocol: a text of one or more statements, rows as text.

use crate::sql::split;

use super::commands;
use super::conversation::{Conversation, Fault};
use super::encode::Format;
use super::messages::{self, Plain};
use super::report::Severity;
use super::rows::write_description;
use super::run::Produced;

impl Conversation {
    /// Runs the statements of a text until one fails; the client has been told of it when this returns.
    pub async fn simple_query(&mut self, text: &str) -> Result<(), Fault> {
        // As the unnamed portal and statement end with the next ones.
        self.portals.remove("");
        self.prepared.remove("");
        let mut position = 0;
        let mut any = false;
        // Each is cut off when the one before has run, for that may have changed the dialect.
        while let Some(fragment) = split(&text[position..], self.session.dialect()).next() {
            any = true;
            let offset = position + fragment.offset;
            position = offset + fragment.text.len();
            match self.simple_statement(fragment.text).await {
                Ok(()) => {}
                Err(Fault::Gone) => return Err(Fault::Gone),
                Err(Fault::Report(report)) if report.severity == Severity::Fatal => return Err(Fault::Report(report)),
                Err(Fault::Report(report)) => {
                    self.fail(&report, text, offset);
                    return Ok(());
                }
            }
        }
        if !any {
            messages::plain(&mut self.connection.output, Plain::EmptyQuery);
        }
        Ok(())
    }

    async fn simple_statement(&mut self, text: &str) -> Result<(), Fault> {
        let command = commands::parse(text, self.speaks_spark())?;
        let tag = match self.run_command(&command, text, None, Vec::new()).await? {
            Produced::Tag(tag) => tag,
            Produced::Fetched(fetch) => self.fetch(&fetch, true).await?,
            Produced::Copy => self.copy(text).await?,
            Produced::Rows(mut rows, verb) => {
                let formats = vec![Format::Text; rows.columns.len()];
                write_description(&mut self.connection.output, &rows.columns, &formats);
                let deadline = self.deadline();
                let (sent, _) = self.send_rows(&mut rows, &formats, u64::MAX, deadline).await?;
                match verb {
                    "SELECT" => format!("SELECT {sent}"),
                    other => other.to_owned(),
                }
            }
        };
        messages::command_complete(&mut self.connection.output, &tag);
        Ok(())
    }
}
