//! A statement that is parsed once and run with values for its parameters, as protocols have it.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

use crate::error::{Error, Result, Span, UNBOUND_SQL_PARAMETER, UNSUPPORTED_FEATURE};
use crate::functions::cast::{CastMode, cast};
use crate::functions::constant::evaluate;
use crate::functions::{Context, Given, Markers, Typed};
use crate::session::Session;
use crate::sql;
use crate::sql::ast::{Expression, ExpressionKind, Insert, Query, QueryBody, Statement};
use crate::sql::visit::{Visitor, walk_expression, walk_query};
use crate::types::{DataType, StructField};

use super::insert::{self, Target};
use super::recorded::Recorded;
use super::running::Running;
use super::{Outcome, execute_nested, run};

/// As many as a Bind message can count.
const MOST_PARAMETERS: usize = 65_535;

/// A statement that was found right.
#[derive(Debug, Clone)]
pub struct Prepared {
    text: Arc<str>,
    statement: Arc<Statement>,
    question_marks: Vec<Span>,
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
        let mut running = Running::new(self);
        running.parsing.numbered_parameters = true;
        let statement = sql::parse(text, &running.parsing)?;
        let markers = Found::of(&statement)?;
        let count = markers.count.max(declared.len());
        let given = (0..count).map(|number| match declared.get(number) {
            Some(Some(data_type)) => Given::Declared(data_type.clone()),
            Some(None) | None => Given::Open,
        });
        let parameters = Arc::new(Markers::new(given.collect(), markers.question_marks.clone()));
        running.context.parameters = Arc::clone(&parameters);
        let columns = running.cancellation.clone().guard(describe(&running, &statement)).await?;
        Ok(Prepared {
            text: text.into(),
            statement: Arc::new(statement),
            question_marks: markers.question_marks,
            parameters: parameters.types(),
            columns: columns.map(Into::into),
        })
    }

    /// Runs a prepared statement.
    pub async fn execute_prepared(&self, prepared: &Prepared, values: Vec<ParameterValue>) -> Result<Outcome> {
        let mut running = Running::new(self);
        let mut recorded = Recorded::begin(&running, &prepared.text);
        let given = prepared.parameters.iter().zip(values);
        let given = given.map(|(data_type, value)| Ok(Given::Value(constant(value, data_type, &running.context)?)));
        let result = match given.collect::<Result<Vec<_>>>() {
            Ok(given) => {
                running.context.parameters = Arc::new(Markers::new(given, prepared.question_marks.clone()));
                run(&running, &prepared.statement, &mut recorded).await
            }
            Err(error) => Err(error),
        };
        recorded.outcome(result)
    }
}

/// A value as a literal of its type.
fn constant(value: ParameterValue, data_type: &DataType, context: &Context) -> Result<Typed> {
    let text = match value {
        ParameterValue::Null => {
            let null = ScalarValue::try_from(data_type.to_arrow())?;
            return Ok(Typed { expr: Expr::Literal(null, None), data_type: data_type.clone(), nullable: true });
        }
        ParameterValue::Scalar(value, data_type) => {
            return Ok(Typed { expr: Expr::Literal(value, None), data_type, nullable: false });
        }
        ParameterValue::Text(text) => text,
    };
    let text = Typed {
        expr: Expr::Literal(ScalarValue::Utf8View(Some(text)), None),
        data_type: DataType::String,
        nullable: false,
    };
    let typed = cast(text, data_type, CastMode::Ansi, context)?;
    match evaluate(&typed.expr)? {
        Some(value) => Ok(Typed { expr: Expr::Literal(value, None), ..typed }),
        None => Ok(typed),
    }
}

/// What a statement gives; its markers learn their types on the way.
async fn describe(running: &Running<'_>, statement: &Statement) -> Result<Option<Vec<StructField>>> {
    match statement {
        Statement::Query(query) => Ok(Some(running.bind(query).await?.columns)),
        Statement::Insert(insert) => {
            let target = Target::new(running, insert).await?;
            stored_markers(running, insert, &target)?;
            insert::bind(running, insert, &target).await?;
            Ok(None)
        }
        // They only look, so what they give is found out by asking them.
        Statement::Show(_) | Statement::Describe(_) | Statement::Explain(_) => {
            match execute_nested(running.session, statement).await? {
                Outcome::Rows(rows) => Ok(Some(rows.columns)),
                Outcome::Done | Outcome::Written(_) => Ok(None),
            }
        }
        Statement::Script(_) | Statement::ExecuteImmediate(_) => Err(Error::new(
            &UNSUPPORTED_FEATURE,
            "What a script gives is not known before it runs, so it cannot be prepared",
        )
        .hint("send it as a simple query, without parameters")),
        _ => Ok(None),
    }
}

/// Markers among the values of an INSERT are of the types of the columns.
fn stored_markers(running: &Running<'_>, insert: &Insert, target: &Target) -> Result<()> {
    let QueryBody::Values(values) = &insert.source.body else { return Ok(()) };
    let wanted = insert::wanted_columns(insert, target)?;
    let parameters = &running.context.parameters;
    for row in &values.rows {
        let cells = match &row.kind {
            ExpressionKind::Row(cells) => cells.as_slice(),
            _ => std::slice::from_ref(row),
        };
        for (cell, column) in cells.iter().zip(&wanted) {
            if let ExpressionKind::Parameter(name) = &cell.kind
                && let Some(number) = parameters.number(name.as_ref().map(|name| name.value.as_str()), cell.span)
            {
                parameters.found_type(number, &column.data_type);
            }
        }
    }
    Ok(())
}

/// The markers of a statement.
#[derive(Default)]
struct Found {
    question_marks: Vec<Span>,
    count: usize,
    wrong: Option<Error>,
}

impl Found {
    fn of(statement: &Statement) -> Result<Self> {
        let mut markers = Found::default();
        match statement {
            Statement::Query(query) => markers.query(query),
            Statement::Insert(insert) => markers.query(&insert.source),
            Statement::CreateTable(create) => create.query.iter().for_each(|query| markers.query(query)),
            // Nothing else has values that may be left open.
            _ => {}
        }
        if let Some(error) = markers.wrong {
            return Err(error);
        }
        markers.question_marks.sort_by_key(|mark| mark.start);
        markers.count = markers.count.max(markers.question_marks.len());
        Ok(markers)
    }
}

impl Visitor for Found {
    fn query(&mut self, query: &Query) {
        walk_query(self, query);
    }

    fn expression(&mut self, expression: &Expression) {
        if let ExpressionKind::Parameter(name) = &expression.kind {
            match name.as_ref().map(|name| name.value.parse::<usize>()) {
                None => self.question_marks.push(expression.span),
                Some(Ok(number)) if (1..=MOST_PARAMETERS).contains(&number) => self.count = self.count.max(number),
                Some(_) => {
                    let name = name.as_ref().map_or("?", |name| name.value.as_str());
                    let error = Error::new(&UNBOUND_SQL_PARAMETER, format!("there is no parameter ${name}"));
                    self.wrong = Some(error.at(expression.span));
                }
            }
        }
        walk_expression(self, expression);
    }
}
