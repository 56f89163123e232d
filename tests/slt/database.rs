//! What a test file talks to: a session in a warehouse of its own, answers as tab-separated text.
//!
//! `{root}`, `{warehouse}` and `{scratch}` in a statement become the paths of the repository, of the file's warehouse
//! and of an empty folder; in answers and errors the paths become these words again.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use skep::activity::{Client, Protocol};
use skep::config::Config;
use skep::error::Error;
use skep::output::{Format, Layout, Presentation};
use skep::session::{Session, Warehouse};
use skep::sql::diagnostic::{self, Source};
use skep::statement::{Outcome, Rows, RowsKind};
use skep::types::text::BinaryStyle;
use skep::types::time_zone::Zone;
use sqllogictest::{AsyncDB, DBOutput};
use tempfile::TempDir;

use super::column_type::Letter;

/// A zone with summer time, so that nothing passes by taking local time for UTC.
const TIME_ZONE: &str = "America/Los_Angeles";

/// The folders of one test file, removed with it.
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub fn new() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("skep-test-").tempdir()?;
        std::fs::create_dir(folder.path().join("scratch"))?;
        Ok(Self { folder })
    }

    /// A new session on the file's warehouse; a file may have several (`connection a`).
    pub fn connect(&self) -> Result<Database, Message> {
        let warehouse = self.folder.path().join("warehouse");
        let paths = [
            ("{root}", env!("CARGO_MANIFEST_DIR").to_owned()),
            ("{warehouse}", text_of(&warehouse)),
            ("{scratch}", text_of(&self.folder.path().join("scratch"))),
        ];
        let plain = |error: Error| Message(error.to_string());
        let warehouse = Warehouse::open(&warehouse, Config::default()).map_err(plain)?;
        let session = session(&warehouse, Client::local()).map_err(plain)?;
        Ok(Database {
            sessions: BTreeMap::from([(String::new(), Arc::new(session))]),
            current: String::new(),
            warehouse,
            paths,
        })
    }
}

fn session(warehouse: &Arc<Warehouse>, client: Client) -> Result<Session, Error> {
    let session = Session::new(Arc::clone(warehouse), client);
    session.set("spark.sql.session.timeZone", TIME_ZONE)?;
    Ok(session)
}

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub struct Database {
    warehouse: Arc<Warehouse>,
    /// By user; the one without a name is not checked.
    sessions: BTreeMap<String, Arc<Session>>,
    current: String,
    /// What is written in files, and the path it stands for.
    paths: [(&'static str, String); 3],
}

/// An error as the user sees it, with line, caret and hint.
#[derive(Debug)]
pub struct Message(String);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Message {}

#[async_trait]
impl AsyncDB for Database {
    type Error = Message;
    type ColumnType = Letter;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Letter>, Message> {
        if let Some(user) = sql.strip_prefix("user ") {
            self.become_user(user.trim()).map_err(|error| Message(error.to_string()))?;
            return Ok(DBOutput::StatementComplete(0));
        }
        let text = self.with_paths(sql);
        match self.answer(&text).await {
            Ok(output) => Ok(output),
            Err(error) => Err(self.render(error, &text)),
        }
    }

    async fn shutdown(&mut self) {}
}

impl Database {
    /// `user alice`: what follows is said by her, in a session that she keeps; `user local` is not checked.
    fn become_user(&mut self, user: &str) -> Result<(), Error> {
        self.current = if user == "local" { String::new() } else { user.to_owned() };
        if !self.sessions.contains_key(&self.current) {
            let client = Client { user: user.into(), protocol: Protocol::Postgres, ..Client::local() };
            self.sessions.insert(self.current.clone(), Arc::new(session(&self.warehouse, client)?));
        }
        Ok(())
    }

    fn session(&self) -> &Session {
        self.sessions.get(&self.current).expect("the current session is kept")
    }

    async fn answer(&self, text: &str) -> Result<DBOutput<Letter>, Error> {
        match self.session().execute(text).await? {
            Outcome::Done | Outcome::Written(_) => Ok(DBOutput::StatementComplete(0)),
            Outcome::Rows(rows) => {
                let types = shown_columns(&rows).map(|column| Letter::from(&column.data_type)).collect();
                let text = self.tab_separated(rows).await?;
                Ok(DBOutput::Rows { types, rows: self.lines(&text) })
            }
        }
    }

    async fn tab_separated(&self, rows: Rows) -> Result<String, Error> {
        let layout = Layout {
            columns: rows.columns,
            presentation: match rows.kind {
                RowsKind::Query | RowsKind::Command => Presentation::Rows,
                RowsKind::DescribeTable => Presentation::Description,
                RowsKind::ShowTables => Presentation::Names,
            },
            zone: Zone::parse(&self.session().time_zone())?,
            binary: BinaryStyle::named(self.session().settings().text("spark.sql.binaryOutputStyle")),
            width: None,
            max_rows: usize::MAX,
        };
        let mut writer = skep::output::writer(Format::Tsv, layout);
        let mut text = String::new();
        let mut stream = rows.stream;
        writer.begin(&mut text);
        while let Some(batch) = stream.next().await {
            writer.write(&batch?, &mut text)?;
        }
        writer.finish(&mut text);
        Ok(text)
    }

    /// A row is its line; a blank line would end the record, so it is written as `(empty)`.
    fn lines(&self, text: &str) -> Vec<Vec<String>> {
        let line = |line: &str| if line.trim().is_empty() { "(empty)".to_owned() } else { self.without_paths(line) };
        text.lines().map(|text| vec![line(text)]).collect()
    }

    /// The error drawn on the text of the test file, not on that with this run's paths.
    fn render(&self, error: Error, text: &str) -> Message {
        let error = match error.span() {
            Some(span) if span.start <= span.end && text.get(span.start..span.end).is_some() => {
                let start = self.without_paths(&text[..span.start]).len();
                let end = self.without_paths(&text[..span.end]).len();
                error.without_position().at(skep::error::Span::new(start, end))
            }
            Some(_) | None => error,
        };
        let text = self.without_paths(text);
        let source = Source { name: "statement", text: &text, line: 1, column: 1 };
        Message(self.without_paths(&diagnostic::render(&error, &source, false)))
    }

    fn with_paths(&self, text: &str) -> String {
        self.paths.iter().fold(text.to_owned(), |text, (word, path)| text.replace(word, path))
    }

    fn without_paths(&self, text: &str) -> String {
        self.paths.iter().fold(text.to_owned(), |text, (word, path)| text.replace(path, word))
    }
}

/// `SHOW TABLES` leaves out its first column and its last, as spark-sql does.
fn shown_columns(rows: &Rows) -> impl Iterator<Item = &skep::types::StructField> {
    let names_only = rows.kind == RowsKind::ShowTables;
    rows.columns.iter().enumerate().filter(move |(index, _)| !names_only || *index == 1).map(|(_, column)| column)
}
