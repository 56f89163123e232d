//! How a word may go on: keywords, names of the warehouse, functions, settings, commands and files.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rustyline::completion::{FilenameCompleter, Pair};
use tokio::runtime::Handle;

use crate::config::{Dialect, SETTINGS};
use crate::error::Result;
use crate::functions;
use crate::output::FORMATS;
use crate::session::Session;
use crate::sql::{KEYWORDS, Keyword, Token, TokenKind, tokens};
use crate::types::quote_if_needed;

use super::commands::COMMANDS;

/// A key press must not wait longer for the metastore.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Looks names up when they are needed and keeps them until a statement has run.
pub(super) struct Completion {
    runtime: Handle,
    session: Arc<Session>,
    files: FilenameCompleter,
    names: RefCell<Names>,
}

#[derive(Default)]
struct Names {
    databases: Option<Vec<String>>,
    /// By database; the current one is "".
    tables: HashMap<String, Vec<String>>,
    columns: HashMap<String, Vec<String>>,
}

impl Completion {
    pub(super) fn new(runtime: Handle, session: Arc<Session>) -> Self {
        Self { runtime, session, files: FilenameCompleter::new(), names: RefCell::default() }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    pub(super) fn forget_names(&self) {
        *self.names.borrow_mut() = Names::default();
    }

    /// Where the word before the cursor begins, and what may stand there.
    pub(super) fn complete(&self, line: &str, position: usize) -> (usize, Vec<Pair>) {
        let before = &line[..position];
        if before.trim_start().starts_with('\\') {
            return self.command(line, position);
        }
        let statement = before.rfind(';').map_or(0, |semicolon| semicolon + 1);
        let start = before[statement..]
            .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '`')))
            .map_or(statement, |at| statement + at + before[statement + at..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        let earlier = tokens(&before[statement..start], self.dialect());
        let all = tokens(&line[statement..], self.dialect());
        let texts = Texts { text: &line[statement..] };
        // Settings have dots in their names, so they come before names that are made of parts.
        if let [first, ..] = earlier[..]
            && matches!(first.kind, TokenKind::Keyword(Keyword::Set | Keyword::Reset))
        {
            return (start, matching(word, SETTINGS.iter().map(|setting| setting.name.to_owned())));
        }
        if let Some((qualifier, part)) = word.rsplit_once('.') {
            let names = self.qualified(&qualifier.replace('`', ""), &all, texts);
            return (start + qualifier.len() + 1, matching(part, names.iter().map(|name| quote_if_needed(name))));
        }
        let mut pairs = Vec::new();
        let relation_next = earlier.last().is_some_and(|token| wants_relation(token.kind));
        if !relation_next {
            for table in relations(&all, texts) {
                pairs.extend(matching(word, self.columns(&table.name).iter().map(|name| quote_if_needed(name))));
            }
        }
        pairs.extend(matching(word, self.tables("").iter().map(|name| quote_if_needed(name))));
        pairs.extend(matching(word, self.databases().iter().map(|name| quote_if_needed(name))));
        if !relation_next && !word.is_empty() {
            pairs.extend(matching(word, functions::all().map(|function| format!("{}(", function.name))));
            let lower = word.chars().all(|c| !c.is_uppercase());
            let keyword = |text: &str| if lower { text.to_lowercase() } else { text.to_owned() };
            pairs.extend(matching(word, KEYWORDS.iter().map(|(text, ..)| keyword(text))));
        }
        let mut seen = std::collections::HashSet::new();
        pairs.retain(|pair| seen.insert(pair.replacement.clone()));
        (start, pairs)
    }

    fn command(&self, line: &str, position: usize) -> (usize, Vec<Pair>) {
        let before = &line[..position];
        let Some((command, argument)) = before.trim_start().split_once(char::is_whitespace) else {
            let start = before.len() - before.trim_start().len();
            return (start, matching(&before[start..], COMMANDS.iter().map(|command| command.name.to_owned())));
        };
        let start = before.len() - argument.trim_start().len();
        let word = &before[start..];
        match command {
            r"\i" | r"\o" => self.files.complete_path(line, position).unwrap_or((position, Vec::new())),
            r"\format" => (start, matching(word, FORMATS.iter().map(|(_, name, _)| (*name).to_owned()))),
            r"\set" | r"\conf" => (start, matching(word, SETTINGS.iter().map(|setting| setting.name.to_owned()))),
            r"\d" | r"\dt" | r"\dv" => match word.rsplit_once('.') {
                Some((database, part)) => (start + database.len() + 1, matching(part, self.tables(database))),
                None => (start, matching(word, self.tables(""))),
            },
            r"\h" => {
                (start, matching(word, crate::sql::statements::STATEMENTS.iter().map(|(name, _)| (*name).to_owned())))
            }
            _ => (position, Vec::new()),
        }
    }

    /// What may stand behind `qualifier.`: tables of a database, columns of a table or of an alias.
    fn qualified(&self, qualifier: &str, all: &[Token], texts: Texts<'_>) -> Vec<String> {
        let alias = relations(all, texts)
            .into_iter()
            .find(|table| table.alias.as_deref().is_some_and(|alias| alias.eq_ignore_ascii_case(qualifier)));
        if let Some(table) = alias {
            return self.columns(&table.name);
        }
        let mut names = Vec::new();
        if self.databases().iter().any(|database| database.eq_ignore_ascii_case(qualifier)) {
            names.extend(self.tables(qualifier));
        }
        names.extend(self.columns(qualifier));
        names
    }

    fn databases(&self) -> Vec<String> {
        let mut names = self.names.borrow_mut();
        names.databases.get_or_insert_with(|| self.look_up(self.session.database_names())).clone()
    }

    fn tables(&self, database: &str) -> Vec<String> {
        let mut names = self.names.borrow_mut();
        let look_up = || self.look_up(self.session.table_names((!database.is_empty()).then_some(database)));
        names.tables.entry(database.to_owned()).or_insert_with(look_up).clone()
    }

    fn columns(&self, table: &str) -> Vec<String> {
        let mut names = self.names.borrow_mut();
        let look_up = || self.look_up(self.session.column_names(table));
        names.columns.entry(table.to_owned()).or_insert_with(look_up).clone()
    }

    /// No names at all when they cannot be had: completion never disturbs.
    fn look_up(&self, names: impl Future<Output = Result<Vec<String>>>) -> Vec<String> {
        self.runtime.block_on(async {
            match tokio::time::timeout(PATIENCE, names).await {
                Ok(Ok(names)) => names,
                Ok(Err(_)) | Err(_) => Vec::new(),
            }
        })
    }
}

/// Candidates that begin with `word`, without regard to case.
fn matching(word: &str, candidates: impl IntoIterator<Item = String>) -> Vec<Pair> {
    let word = word.trim_start_matches('`').to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.trim_start_matches('`').to_lowercase().starts_with(&word))
        .map(|candidate| Pair { display: candidate.clone(), replacement: candidate })
        .collect()
}

/// Behind these words stands the name of a table.
fn wants_relation(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Keyword(
            Keyword::From | Keyword::Join | Keyword::Into | Keyword::Table | Keyword::Describe | Keyword::Use
        )
    )
}

/// The text that tokens are ranges of.
#[derive(Clone, Copy)]
struct Texts<'a> {
    text: &'a str,
}

impl<'a> Texts<'a> {
    fn of(self, token: &Token) -> &'a str {
        &self.text[token.span.start..token.span.end]
    }
}

/// A table that a statement reads, and what it calls it.
struct Mentioned {
    name: String,
    alias: Option<String>,
}

/// The tables behind FROM and JOIN, as far as tokens tell.
fn relations(tokens: &[Token], texts: Texts<'_>) -> Vec<Mentioned> {
    let is_name = |token: &Token| matches!(token.kind, TokenKind::Identifier | TokenKind::QuotedIdentifier);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts = wants_relation(tokens[at].kind);
        at += 1;
        if !starts {
            continue;
        }
        let mut name = String::new();
        while let Some(token) = tokens.get(at).filter(|token| is_name(token) || texts.of(token) == ".") {
            // A name follows a name: that is the alias.
            if is_name(token) && !name.is_empty() && !name.ends_with('.') {
                break;
            }
            name.push_str(&texts.of(token).replace('`', ""));
            at += 1;
        }
        if name.is_empty() {
            continue;
        }
        if tokens.get(at).is_some_and(|token| token.kind == TokenKind::Keyword(Keyword::As)) {
            at += 1;
        }
        let alias = tokens.get(at).filter(|token| is_name(token)).map(|token| texts.of(token).replace('`', ""));
        found.push(Mentioned { name, alias });
    }
    found
}
