//! What is prepared and what is open: statements with a name, and rows that are fetched bit by bit.

use std::sync::Arc;

use crate::statement::Prepared;
use crate::types::StructField;

use super::commands::Command;
use super::encode::{Format, Oid};
use super::parameters::Value;
use super::rows::Rows;

/// A statement that was parsed.
pub struct PreparedStatement {
    pub text: String,
    pub command: Command,
    /// Of statements that are for the session.
    pub prepared: Option<Prepared>,
    /// The types of its parameters, as the client is told.
    pub parameters: Vec<Oid>,
    /// What it gives; `None` if it gives no rows.
    pub columns: Option<Arc<[StructField]>>,
}

/// A statement with its values, or a cursor.
pub struct Portal {
    pub state: State,
    pub formats: Vec<Format>,
    /// Whether it outlives the transaction: a cursor WITH HOLD.
    pub hold: bool,
    /// The verb of the tag: `SELECT`, `FETCH`.
    pub verb: &'static str,
}

pub enum State {
    Waiting(Arc<PreparedStatement>, Vec<Value>),
    Open(Rows),
    /// The tag that it ended with.
    Done(String),
}

impl Portal {
    /// A cursor that DECLARE made.
    pub fn cursor(rows: Rows, format: Format, hold: bool) -> Self {
        let formats = vec![format; rows.columns.len()];
        Self { state: State::Open(rows), formats, hold, verb: "FETCH" }
    }
}
