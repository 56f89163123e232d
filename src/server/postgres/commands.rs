//! Statements of the protocol's own: transactions, cursors, session parameters, COPY. Everything else is for the session.
//!
//! They are told from SQL by their first words, so a statement of the session's dialect never ends up here by accident.

use crate::config::Dialect;
use crate::sql::{TokenKind, lexer::Symbol, tokens};

use super::report::Report;

/// What a statement asks of the connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Nothing but space and comments.
    Empty,
    /// For the session.
    Statement,
    Begin {
        read_only: Option<bool>,
    },
    Commit,
    Rollback,
    Savepoint(String),
    Release(String),
    RollbackTo(String),
    Set {
        name: String,
        /// `None` is DEFAULT.
        value: Option<String>,
        local: bool,
    },
    /// `SET TRANSACTION …`; for all transactions to come with SESSION CHARACTERISTICS.
    SetTransaction {
        read_only: Option<bool>,
        session: bool,
    },
    Show(String),
    ShowAll,
    /// `None` is ALL.
    Reset(Option<String>),
    Discard(Discard),
    Listen(String),
    Unlisten,
    Declare(Declare),
    Fetch(Fetch),
    /// `None` is ALL.
    CloseCursor(Option<String>),
    /// The text of the statement begins at that byte.
    Prepare {
        name: String,
        types: Vec<String>,
        text: usize,
    },
    Execute {
        name: String,
        arguments: Vec<String>,
    },
    Deallocate(Option<String>),
    /// What follows COPY.
    Copy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    All,
    Plans,
    Sequences,
    Temporary,
}

/// `DECLARE name CURSOR FOR query`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declare {
    pub name: String,
    pub binary: bool,
    pub hold: bool,
    /// The query begins at that byte.
    pub query: usize,
}

/// `FETCH` and `MOVE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    pub cursor: String,
    pub wanted: Wanted,
    pub moves: bool,
}

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Next(u64),
    All,
    /// The row of that number, from 1.
    Absolute(u64),
    /// The row that many further on.
    Relative(u64),
}

/// A word of a statement.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    pub text: &'a str,
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

impl Word<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    pub fn is_symbol(&self, symbol: Symbol) -> bool {
        self.kind == TokenKind::Symbol(symbol)
    }

    /// As a name: folded to lower case unless in quotes.
    pub fn name(&self) -> String {
        match self.kind {
            TokenKind::DoubleQuoted | TokenKind::QuotedIdentifier if self.text.len() >= 2 => {
                let quote = &self.text[..1];
                self.text[1..self.text.len() - 1].replace(&quote.repeat(2), quote)
            }
            _ => self.text.to_lowercase(),
        }
    }

    /// As a value: the content of a string, a name as it is written.
    pub fn value(&self) -> String {
        match self.kind {
            TokenKind::String | TokenKind::DoubleQuoted if self.text.len() >= 2 => {
                let quote = &self.text[..1];
                self.text[1..self.text.len() - 1].replace(&quote.repeat(2), quote)
            }
            _ => self.text.to_owned(),
        }
    }
}

/// Words one after the other.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    words: Vec<Word<'a>>,
    at: usize,
    end: usize,
}

impl<'a> Words<'a> {
    pub fn new(text: &'a str) -> Self {
        Self::of(text, Dialect::Postgres)
    }

    /// The words as they are read in a dialect.
    pub fn of(text: &'a str, dialect: Dialect) -> Self {
        let mut words: Vec<Word<'a>> = tokens(text, dialect)
            .into_iter()
            .filter(|token| token.kind != TokenKind::Comment)
            .map(|token| Word {
                text: &text[token.span.start..token.span.end],
                kind: token.kind,
                start: token.span.start,
                end: token.span.end,
            })
            .collect();
        while words.last().is_some_and(|word| word.is_symbol(Symbol::Semicolon)) {
            words.pop();
        }
        Self { words, at: 0, end: text.len() }
    }

    pub fn peek(&self) -> Option<Word<'a>> {
        self.words.get(self.at).copied()
    }

    pub fn next(&mut self) -> Option<Word<'a>> {
        let word = self.peek();
        self.at += usize::from(word.is_some());
        word
    }

    /// Takes the words if they are next.
    pub fn take(&mut self, words: &[&str]) -> bool {
        let next = self.words.get(self.at..self.at + words.len());
        let taken = next.is_some_and(|next| next.iter().zip(words).all(|(word, wanted)| word.is(wanted)));
        if taken {
            self.at += words.len();
        }
        taken
    }

    pub fn take_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.take(&[word]))
    }

    pub fn take_symbol(&mut self, symbol: Symbol) -> bool {
        let taken = self.peek().is_some_and(|word| word.is_symbol(symbol));
        self.at += usize::from(taken);
        taken
    }

    pub fn is_empty(&self) -> bool {
        self.at >= self.words.len()
    }

    /// Where the next word begins.
    pub fn position(&self) -> usize {
        self.peek().map_or(self.end, |word| word.start)
    }

    pub fn name(&mut self) -> Result<String, Report> {
        match self.next() {
            Some(word) if !matches!(word.kind, TokenKind::Symbol(_) | TokenKind::Number(_) | TokenKind::String) => {
                Ok(word.name())
            }
            word => Err(self.unexpected(word)),
        }
    }

    pub fn unexpected(&self, word: Option<Word<'_>>) -> Report {
        let message = match word {
            Some(word) => format!("syntax error at or near \"{}\"", word.text),
            None => "syntax error at end of input".to_owned(),
        };
        Report { place: Some(word.map_or(self.end, |word| word.start)), ..Report::error("42601", message) }
    }

    /// Nothing may follow.
    pub fn finish<T>(mut self, value: T) -> Result<T, Report> {
        match self.next() {
            None => Ok(value),
            word => Err(self.unexpected(word)),
        }
    }
}

/// What a statement is. `spark` says that the session speaks Spark's dialect, which has a SET and a SHOW of its own.
///
/// # Errors
/// What begins like a statement of the protocol and goes on otherwise.
pub fn parse(text: &str, spark: bool) -> Result<Command, Report> {
    let mut words = Words::of(text, if spark { Dialect::Spark } else { Dialect::Postgres });
    let Some(first) = words.next() else { return Ok(Command::Empty) };
    let command = match first.text.to_ascii_lowercase().as_str() {
        "begin" => {
            words.take_any(&["work", "transaction"]);
            match modes(&mut words) {
                Some(read_only) if words.is_empty() => Command::Begin { read_only },
                // A script of Spark's.
                _ => return Ok(Command::Statement),
            }
        }
        "start" => {
            if !words.take(&["transaction"]) {
                return Ok(Command::Statement);
            }
            match modes(&mut words) {
                Some(read_only) => Command::Begin { read_only },
                None => return Err(words.unexpected(words.peek())),
            }
        }
        "commit" | "end" => {
            end_of_block(&mut words)?;
            Command::Commit
        }
        "rollback" | "abort" => {
            words.take_any(&["work", "transaction"]);
            if words.take(&["to"]) {
                words.take(&["savepoint"]);
                Command::RollbackTo(words.name()?)
            } else {
                end_of_block(&mut words)?;
                Command::Rollback
            }
        }
        "savepoint" => Command::Savepoint(words.name()?),
        "release" => {
            words.take(&["savepoint"]);
            Command::Release(words.name()?)
        }
        "set" => return set(words, spark),
        "show" => return show(words, spark),
        "reset" => return reset(words, spark),
        "discard" => Command::Discard(discard(&mut words)?),
        "listen" => Command::Listen(words.name()?),
        "unlisten" => {
            if !words.take_symbol(Symbol::Star) {
                words.name()?;
            }
            Command::Unlisten
        }
        "declare" => match declare(&mut words)? {
            Some(declare) => return Ok(Command::Declare(declare)),
            None => return Ok(Command::Statement),
        },
        "fetch" => Command::Fetch(fetch(&mut words, false)?),
        "move" => Command::Fetch(fetch(&mut words, true)?),
        "close" => Command::CloseCursor(if words.take(&["all"]) { None } else { Some(words.name()?) }),
        "prepare" => return prepare(words),
        "execute" => {
            if words.take(&["immediate"]) {
                return Ok(Command::Statement);
            }
            return execute(words, text);
        }
        "deallocate" => {
            words.take(&["prepare"]);
            Command::Deallocate(if words.take(&["all"]) { None } else { Some(words.name()?) })
        }
        "copy" => return Ok(Command::Copy),
        _ => return Ok(Command::Statement),
    };
    words.finish(command)
}

/// `[WORK | TRANSACTION] [AND NO CHAIN]`
fn end_of_block(words: &mut Words<'_>) -> Result<(), Report> {
    words.take_any(&["work", "transaction"]);
    if words.take(&["and"]) && !words.take(&["no", "chain"]) {
        return Err(Report::error("0A000", "AND CHAIN is not supported").hint("send BEGIN after it"));
    }
    Ok(())
}

/// `ISOLATION LEVEL …, READ ONLY`, of which only the last means something; `None` if it is something else.
fn modes(words: &mut Words<'_>) -> Option<Option<bool>> {
    let mut read_only = None;
    while !words.is_empty() {
        if words.take(&["isolation", "level"]) {
            let level =
                [&["read", "committed"][..], &["read", "uncommitted"], &["repeatable", "read"], &["serializable"]];
            if !level.iter().any(|level| words.take(level)) {
                return None;
            }
        } else if words.take(&["read", "only"]) {
            read_only = Some(true);
        } else if words.take(&["read", "write"]) {
            read_only = Some(false);
        } else if !words.take(&["deferrable"]) && !words.take(&["not", "deferrable"]) {
            return None;
        }
        words.take_symbol(Symbol::Comma);
    }
    Some(read_only)
}

fn set(mut words: Words<'_>, spark: bool) -> Result<Command, Report> {
    let start = words.clone();
    let session = words.take(&["session"]);
    if session && words.take(&["characteristics", "as", "transaction"]) {
        return match modes(&mut words) {
            Some(read_only) => words.finish(Command::SetTransaction { read_only, session: true }),
            None => Err(words.unexpected(words.peek())),
        };
    }
    let local = !session && words.take(&["local"]);
    if words.take(&["transaction"]) {
        return match modes(&mut words) {
            Some(read_only) => words.finish(Command::SetTransaction { read_only, session: false }),
            None => Err(words.unexpected(words.peek())),
        };
    }
    if words.take(&["time", "zone"]) {
        if words.peek().is_some_and(|word| word.is("interval")) {
            return Ok(Command::Statement);
        }
        let name = "TimeZone".to_owned();
        if words.take_any(&["local", "default"]) {
            return words.finish(Command::Set { name, value: None, local });
        }
        let value = values(&mut words)?;
        return words.finish(Command::Set { name, value: Some(value), local });
    }
    if words.take(&["names"]) {
        let value = values(&mut words)?;
        return words.finish(Command::Set { name: "client_encoding".to_owned(), value: Some(value), local });
    }
    let Some(name) = dotted_name(&mut words) else { return Ok(Command::Statement) };
    let assigned = words.take(&["to"]) || words.take_symbol(Symbol::Eq);
    let known = crate::config::postgres::find(&name).is_some();
    if !assigned || (spark && !known) {
        // Spark's SET, and statements that begin with it: SET ROLE, SET CATALOG, SET VARIABLE.
        let _ = start;
        return Ok(Command::Statement);
    }
    if words.take(&["default"]) {
        return words.finish(Command::Set { name, value: None, local });
    }
    let value = values(&mut words)?;
    words.finish(Command::Set { name, value: Some(value), local })
}

/// One value, or several with commas between.
fn values(words: &mut Words<'_>) -> Result<String, Report> {
    let mut value = String::new();
    loop {
        let sign = if words.take_symbol(Symbol::Minus) { "-" } else { "" };
        let Some(word) = words.next() else { return Err(words.unexpected(None)) };
        if matches!(word.kind, TokenKind::Symbol(_)) {
            return Err(words.unexpected(Some(word)));
        }
        value.push_str(sign);
        value.push_str(&word.value());
        // `4MB`, `a.b` and the like are several tokens without space between them.
        let mut end = word.end;
        while let Some(next) = words.peek().filter(|next| next.start == end && !next.is_symbol(Symbol::Comma)) {
            value.push_str(next.text);
            end = next.end;
            words.next();
        }
        if !words.take_symbol(Symbol::Comma) {
            return Ok(value);
        }
        value.push_str(", ");
    }
}

fn dotted_name(words: &mut Words<'_>) -> Option<String> {
    let is_name = |word: &Word<'_>| {
        matches!(
            word.kind,
            TokenKind::Identifier | TokenKind::Keyword(_) | TokenKind::DoubleQuoted | TokenKind::QuotedIdentifier
        )
    };
    let first = words.peek().filter(is_name)?;
    words.next();
    let plain = |word: Word<'_>| match word.kind {
        TokenKind::DoubleQuoted | TokenKind::QuotedIdentifier => word.name(),
        _ => word.text.to_owned(),
    };
    let mut name = plain(first);
    while words.take_symbol(Symbol::Dot) {
        let next = words.peek().filter(is_name)?;
        words.next();
        name.push('.');
        name.push_str(&plain(next));
    }
    Some(name)
}

fn show(mut words: Words<'_>, spark: bool) -> Result<Command, Report> {
    let special = [
        (&["transaction", "isolation", "level"][..], "transaction_isolation"),
        (&["time", "zone"], "TimeZone"),
        (&["session", "authorization"], "session_authorization"),
    ];
    for (phrase, name) in special {
        if words.take(phrase) {
            return words.finish(Command::Show(name.to_owned()));
        }
    }
    if words.take(&["all"]) && words.is_empty() {
        return Ok(Command::ShowAll);
    }
    match dotted_name(&mut words) {
        Some(name) if words.is_empty() => {
            let ours = crate::config::postgres::find(&name).is_some()
                || (!spark && (name.contains('.') || crate::config::find(&name).is_some()));
            Ok(if ours || (!spark && !is_spark_list(&name)) { Command::Show(name) } else { Command::Statement })
        }
        _ => Ok(Command::Statement),
    }
}

/// What `SHOW name` lists in Spark.
fn is_spark_list(name: &str) -> bool {
    const LISTS: &[&str] = &[
        "catalogs",
        "databases",
        "functions",
        "grants",
        "namespaces",
        "roles",
        "schemas",
        "tables",
        "users",
        "views",
        "variables",
        "settings",
    ];
    LISTS.iter().any(|list| list.eq_ignore_ascii_case(name))
}

fn reset(mut words: Words<'_>, spark: bool) -> Result<Command, Report> {
    if words.take(&["all"]) && words.is_empty() {
        return Ok(Command::Reset(None));
    }
    if words.take(&["time", "zone"]) {
        return words.finish(Command::Reset(Some("TimeZone".to_owned())));
    }
    if words.take(&["session", "authorization"]) {
        return words.finish(Command::Reset(Some("session_authorization".to_owned())));
    }
    match dotted_name(&mut words) {
        Some(name) if words.is_empty() && (!spark || crate::config::postgres::find(&name).is_some()) => {
            Ok(if name.eq_ignore_ascii_case("role") { Command::Statement } else { Command::Reset(Some(name)) })
        }
        _ => Ok(Command::Statement),
    }
}

fn discard(words: &mut Words<'_>) -> Result<Discard, Report> {
    match words.next() {
        Some(word) if word.is("all") => Ok(Discard::All),
        Some(word) if word.is("plans") => Ok(Discard::Plans),
        Some(word) if word.is("sequences") => Ok(Discard::Sequences),
        Some(word) if word.is("temp") || word.is("temporary") => Ok(Discard::Temporary),
        word => Err(words.unexpected(word)),
    }
}

/// `None` for Spark's DECLARE of a variable.
fn declare(words: &mut Words<'_>) -> Result<Option<Declare>, Report> {
    let ahead: Vec<Word<'_>> = words.words.iter().skip(words.at).take(8).copied().collect();
    if !ahead.iter().skip(1).any(|word| word.is("cursor")) {
        return Ok(None);
    }
    let name = words.name()?;
    let mut binary = false;
    loop {
        if words.take(&["binary"]) {
            binary = true;
        } else if words.take(&["no", "scroll"]) || words.take_any(&["insensitive", "asensitive"]) {
        } else if words.take(&["scroll"]) {
            return Err(Report::error("0A000", "cursors that go back are not supported")
                .hint("declare it NO SCROLL and read it from the beginning again"));
        } else {
            break;
        }
    }
    if !words.take(&["cursor"]) {
        return Err(words.unexpected(words.peek()));
    }
    let hold = words.take(&["with", "hold"]);
    words.take(&["without", "hold"]);
    if !words.take(&["for"]) {
        return Err(words.unexpected(words.peek()));
    }
    Ok(Some(Declare { name, binary, hold, query: words.position() }))
}

fn fetch(words: &mut Words<'_>, moves: bool) -> Result<Fetch, Report> {
    let backwards = || {
        Report::error("55000", "cursor can only scan forward")
            .hint("declare the cursor anew to read it from the beginning")
    };
    let wanted = if words.take_any(&["prior", "last", "backward"]) {
        return Err(backwards());
    } else if words.take(&["next"]) {
        Wanted::Next(1)
    } else if words.take(&["first"]) {
        Wanted::Absolute(1)
    } else if words.take(&["absolute"]) {
        Wanted::Absolute(count(words, backwards)?)
    } else if words.take(&["relative"]) {
        Wanted::Relative(count(words, backwards)?)
    } else if words.take(&["all"]) {
        Wanted::All
    } else if words.take(&["forward"]) {
        match words.peek().map(|word| word.kind) {
            _ if words.take(&["all"]) => Wanted::All,
            Some(TokenKind::Number(_) | TokenKind::Symbol(_)) => Wanted::Next(count(words, backwards)?),
            _ => Wanted::Next(1),
        }
    } else if words.peek().is_some_and(|word| matches!(word.kind, TokenKind::Number(_) | TokenKind::Symbol(_))) {
        Wanted::Next(count(words, backwards)?)
    } else {
        Wanted::Next(1)
    };
    if !words.take(&["from"]) {
        words.take(&["in"]);
    }
    Ok(Fetch { cursor: words.name()?, wanted, moves })
}

fn count(words: &mut Words<'_>, backwards: impl Fn() -> Report) -> Result<u64, Report> {
    let negative = words.take_symbol(Symbol::Minus);
    let word = words.next();
    let Some(Ok(count)) = word.map(|word| word.text.parse::<u64>()) else { return Err(words.unexpected(word)) };
    match (negative, count) {
        (true, 1..) | (false, 0) => Err(backwards()),
        _ if count > i64::MAX as u64 => Err(Report::error("22003", format!("value \"{count}\" is out of range"))),
        _ => Ok(count),
    }
}

fn prepare(mut words: Words<'_>) -> Result<Command, Report> {
    let name = words.name()?;
    let mut types = Vec::new();
    if words.take_symbol(Symbol::LeftParen) {
        let mut type_name = String::new();
        let mut depth = 0;
        loop {
            let Some(word) = words.next() else { return Err(words.unexpected(None)) };
            match word.kind {
                TokenKind::Symbol(Symbol::RightParen) if depth == 0 => break,
                TokenKind::Symbol(Symbol::Comma) if depth == 0 => {
                    types.push(std::mem::take(&mut type_name));
                    continue;
                }
                TokenKind::Symbol(Symbol::LeftParen) => depth += 1,
                TokenKind::Symbol(Symbol::RightParen) => depth -= 1,
                _ => {}
            }
            if !type_name.is_empty() {
                type_name.push(' ');
            }
            type_name.push_str(word.text);
        }
        types.push(type_name);
    }
    if !words.take(&["as"]) {
        return Err(words.unexpected(words.peek()));
    }
    Ok(Command::Prepare { name, types, text: words.position() })
}

fn execute(mut words: Words<'_>, text: &str) -> Result<Command, Report> {
    let name = words.name()?;
    let mut arguments = Vec::new();
    if words.take_symbol(Symbol::LeftParen) {
        let mut start = words.position();
        let mut depth = 0;
        loop {
            let Some(word) = words.next() else { return Err(words.unexpected(None)) };
            match word.kind {
                TokenKind::Symbol(Symbol::LeftParen | Symbol::LeftBracket) => depth += 1,
                TokenKind::Symbol(Symbol::RightParen) if depth == 0 => {
                    arguments.push(text[start..word.start].to_owned());
                    break;
                }
                TokenKind::Symbol(Symbol::RightParen | Symbol::RightBracket) => depth -= 1,
                TokenKind::Symbol(Symbol::Comma) if depth == 0 => {
                    arguments.push(text[start..word.start].to_owned());
                    start = word.end;
                }
                _ => {}
            }
        }
    }
    words.finish(Command::Execute { name, arguments })
}
