//! Skep: a SQL warehouse in one binary.
//!
//! ```text
//!    .sql file   keyboard              psql / JDBC / BI / browser
//!         \        /                            |
//!         [ cli ]                          [ server ]        ways in: text down, rows up
//!              \                                /
//!               +-------> [ statement ] <------+             one file per kind of statement
//!                               |
//!                          [ session ]                       what one user sees: names, settings, current database
//!                               |
//!                          [ binder ]                        statements to typed plans
//!                               |
//!  [ sql ] [ functions ] [ optimizer ] [ execution ] [ storage ] [ output ]
//!                               |                            parts; they do not know one another
//!                          [ activity ]                      what the process is doing
//!                               |
//!                    [ catalog ] [ records ]                what is remembered; records as text
//!                               |
//!                     [ types ] [ config ] [ error ]
//! ```
//!
//! Text goes down this list, rows come back up. A module may use only modules of lower groups (groups are set apart by
//! comments); `tests/architecture.rs` checks it.

// Ways in.
pub mod cli;
pub mod server;

// One statement, from text to rows.
pub mod statement;

// What one user sees.
pub mod session;

// Tables that are made up when they are read.
pub mod system_schemas;

// From names to plans: stands on the tree of `sql` and the table of `functions`.
pub mod binder;

// The parts. They do not know one another.
pub mod execution;
pub mod functions;
pub mod optimizer;
pub mod output;
pub mod sql;
pub mod storage;

// What the process is doing.
pub mod activity;

// What is remembered.
pub mod catalog;

// Records as text, for functions and files.
pub mod records;

// Settings, described by data.
pub mod config;

// The vocabulary of all: types, which may raise errors.
pub mod types;

// The bottom.
pub mod error;
