//! Statements that Spark has and Skep has not, as data: refused by name, with what to do instead.

use crate::error::{Error, INVALID_STATEMENT_OR_CLAUSE, Result, UNSUPPORTED_FEATURE};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::TokenKind;

use super::cursor::Parser;

impl Parser<'_> {
    pub fn refuse_unsupported(&self) -> Result<()> {
        let invalid = INVALID.iter().find(|(words, ..)| self.are(words));
        let found = invalid.or_else(|| UNSUPPORTED.iter().find(|(words, ..)| self.are(words)));
        match found {
            Some((words, what, instead)) => {
                // A sentence must follow: `MERGE` alone is a mistake of another kind.
                let follows = !matches!(self.ahead(words.len()).kind, TokenKind::End);
                if words.len() == 1 && !follows && !matches!(words[0], K::Begin | K::Commit | K::Rollback) {
                    return Err(self.unexpected_behind(words.len()));
                }
                let span = self.token().span.to(self.ahead(words.len() - 1).span);
                Err(match invalid {
                    Some(_) => invalid_statement(what).hint(*instead).at(span),
                    None => Error::unsupported(*what, *instead).at(span),
                })
            }
            None => Ok(()),
        }
    }

    fn unexpected_behind(&self, ahead: usize) -> Error {
        Error::syntax("Syntax error at or near end of input", self.ahead(ahead).span)
    }
}

/// What Hive has and Spark refuses too.
pub(super) fn invalid_statement(what: &str) -> Error {
    Error::new(&INVALID_STATEMENT_OR_CLAUSE, format!("The statement or clause: {what} is not valid"))
}

/// What Spark refuses for tables of files.
pub(super) fn table_operation(operation: &str, instead: &str) -> Error {
    let message = format!("The feature is not supported: Tables of files do not support {operation}");
    Error::new(&UNSUPPORTED_FEATURE, message).subcondition("TABLE_OPERATION").hint(instead)
}

const FUNCTIONS: &str = "use the built-in functions: SHOW FUNCTIONS lists them";
const TRANSACTIONS: &str = "leave it out: every statement is all or nothing";
const INDEXES: &str = "leave it out: Parquet files keep the ranges of their columns";

/// First words, the statement's name, and the way around; longer beginnings stand first.
static UNSUPPORTED: &[(&[K], &str, &str)] = &[
    (&[K::Begin, K::Transaction], "BEGIN TRANSACTION", TRANSACTIONS),
    (&[K::Call], "CALL", FUNCTIONS),
    (&[K::Show, K::Procedures], "SHOW PROCEDURES", FUNCTIONS),
    (&[K::Create, K::Materialized], "CREATE MATERIALIZED VIEW", "use CREATE TABLE … AS …"),
    (&[K::Create, K::Streaming], "CREATE STREAMING TABLE", "use CREATE TABLE … AS …"),
    (&[K::Create, K::Flow], "CREATE FLOW", "use INSERT INTO"),
    (&[K::Describe, K::Procedure], "DESCRIBE PROCEDURE", FUNCTIONS),
    (&[K::Desc, K::Procedure], "DESCRIBE PROCEDURE", FUNCTIONS),
];

/// As [`UNSUPPORTED`], of statements that only Hive knows.
static INVALID: &[(&[K], &str, &str)] = &[
    (&[K::Create, K::Temporary, K::Macro], "CREATE TEMPORARY MACRO", FUNCTIONS),
    (&[K::Drop, K::Temporary, K::Macro], "DROP TEMPORARY MACRO", FUNCTIONS),
    (&[K::Show, K::Role], "SHOW ROLE", "use SHOW GRANTS FOR name"),
    (&[K::Show, K::Principals], "SHOW PRINCIPALS", "use SHOW GRANTS, which lists the members of roles too"),
    (&[K::Show, K::Compactions], "SHOW COMPACTIONS", TRANSACTIONS),
    (&[K::Show, K::Transactions], "SHOW TRANSACTIONS", TRANSACTIONS),
    (&[K::Show, K::Indexes], "SHOW INDEXES", INDEXES),
    (&[K::Show, K::Locks], "SHOW LOCKS", TRANSACTIONS),
    (&[K::Create, K::Index], "CREATE INDEX", INDEXES),
    (&[K::Drop, K::Index], "DROP INDEX", INDEXES),
    (&[K::Alter, K::Index], "ALTER INDEX", INDEXES),
    (&[K::Lock, K::Table], "LOCK TABLE", TRANSACTIONS),
    (&[K::Unlock, K::Table], "UNLOCK TABLE", TRANSACTIONS),
    (&[K::Start, K::Transaction], "START TRANSACTION", TRANSACTIONS),
    (&[K::Commit], "COMMIT", TRANSACTIONS),
    (&[K::Rollback], "ROLLBACK", TRANSACTIONS),
    (&[K::Export, K::Table], "EXPORT TABLE", "copy the table's folder"),
    (&[K::Import, K::Table], "IMPORT TABLE", "create an external table on the files"),
    (&[K::Dfs], "DFS", "use the commands of the operating system"),
    (&[K::Lock, K::Database], "LOCK DATABASE", TRANSACTIONS),
    (&[K::Unlock, K::Database], "UNLOCK DATABASE", TRANSACTIONS),
];
