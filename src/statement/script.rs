//! Scripts: runs BEGIN … END statement by statement. Its result is that of the last statement that has one, kept
//! until the script is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::ScalarValue;
use futures::TryStreamExt;
use futures::future::BoxFuture;

use crate::binder::Variable;
use crate::binder::variables::Frame;
use crate::error::{Error, INVALID_BOOLEAN_STATEMENT, Kind, Result, UNSUPPORTED_FEATURE};
use crate::execution::cached::{CacheLevel, CachedRows};
use crate::session::Session;
use crate::sql;
use crate::sql::ast::{
    BinaryOperator, Block, Expression, ExpressionKind, Handler, Identifier, Loop, LoopKind, ScriptStatement, Source,
    Statement, Trigger,
};
use crate::types::{DataType, StructField};

use super::running::Running;
use super::variables::{Value, declare_local, only_value, stored};
use super::{Outcome, Rows, RowsKind};

/// Where a script goes on.
enum Flow {
    Next,
    Leave(Identifier),
    Iterate(Identifier),
}

/// Rows that were read to their end.
struct Collected {
    columns: Vec<StructField>,
    rows: Arc<CachedRows>,
    kind: RowsKind,
}

struct Script<'s> {
    session: &'s Session,
    result: Option<Collected>,
}

/// Takes the variables of blocks out of sight when the script ends, however it ends.
struct Blocks<'s>(&'s Session);

impl Drop for Blocks<'_> {
    fn drop(&mut self) {
        self.0.change_variables(|variables| variables.frames().truncate(1));
    }
}

pub(super) async fn script(running: &Running<'_>, block: &Block) -> Result<Outcome> {
    if !running.settings.flag("spark.sql.scripting.enabled") {
        return Err(Error::new(
            &UNSUPPORTED_FEATURE,
            "The feature is not supported: SQL Scripting is under development and not all features are supported. To enable \
             it set spark.sql.scripting.enabled to true",
        )
        .subcondition("SQL_SCRIPTING"));
    }
    let _blocks = Blocks(running.session);
    let mut script = Script { session: running.session, result: None };
    script.block(block).await?;
    let Some(result) = script.result else { return Ok(Outcome::Done) };
    Ok(Outcome::Rows(Rows {
        columns: result.columns,
        stream: result.rows.read(),
        kind: result.kind,
        progress: Arc::clone(&running.progress),
    }))
}

impl<'s> Script<'s> {
    /// Runs a block; an error goes to the block's handlers, and the block ends there.
    fn block<'b>(&'b mut self, block: &'b Block) -> BoxFuture<'b, Result<Flow>> {
        Box::pin(async move {
            let depth = self.push(block.label.as_ref(), BTreeMap::new());
            let mut flow = self.statements(&block.statements).await;
            if let Err(error) = flow {
                // The variables of inner blocks are gone; those of this one are in sight of its handlers.
                self.pop_to(depth + 1);
                flow = match handler_of(block, &error) {
                    Some(handler) => self.block(&handler.body).await,
                    None => Err(error),
                };
            }
            self.pop_to(depth);
            match flow? {
                Flow::Leave(label) if block.label.as_ref() == Some(&label) => Ok(Flow::Next),
                other => Ok(other),
            }
        })
    }

    /// A new frame of variables; gives how many there were.
    fn push(&self, label: Option<&Identifier>, variables: BTreeMap<String, Variable>) -> usize {
        let label = label.map(|label| label.value.clone());
        self.session.change_variables(|all| {
            all.frames().push(Frame { label, variables });
            all.frames().len() - 1
        })
    }

    fn pop_to(&self, depth: usize) {
        self.session.change_variables(|variables| variables.frames().truncate(depth));
    }

    async fn statements(&mut self, statements: &[ScriptStatement]) -> Result<Flow> {
        for statement in statements {
            match self.statement(statement).await? {
                Flow::Next => {}
                jump @ (Flow::Leave(_) | Flow::Iterate(_)) => return Ok(jump),
            }
        }
        Ok(Flow::Next)
    }

    async fn statement(&mut self, statement: &ScriptStatement) -> Result<Flow> {
        match statement {
            ScriptStatement::Block(block) => return self.block(block).await,
            ScriptStatement::Sql(source) => self.run(source).await?,
            ScriptStatement::Declare(source) => {
                let running = Running::new(self.session);
                let parsed = sql::parse(&source.text, &running.parsing).map_err(|error| shifted(error, source))?;
                let Statement::DeclareVariable(declaration) = &parsed else {
                    return Err(Error::internal("a declaration was parsed before"));
                };
                declare_local(&running, declaration).await.map_err(|error| shifted(error, source))?;
            }
            ScriptStatement::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if self.holds(condition, None).await? {
                        return Box::pin(self.statements(body)).await;
                    }
                }
                return Box::pin(self.statements(otherwise)).await;
            }
            ScriptStatement::Case { operand, branches, otherwise } => {
                for (value, body) in branches {
                    if self.holds(value, operand.as_ref()).await? {
                        return Box::pin(self.statements(body)).await;
                    }
                }
                return Box::pin(self.statements(otherwise)).await;
            }
            ScriptStatement::Loop(statement) => return Box::pin(self.run_loop(statement)).await,
            ScriptStatement::Leave(label) => return Ok(Flow::Leave(label.clone())),
            ScriptStatement::Iterate(label) => return Ok(Flow::Iterate(label.clone())),
        }
        Ok(Flow::Next)
    }

    /// Runs a statement, and keeps its rows if it has some.
    async fn run(&mut self, source: &Source) -> Result<()> {
        let collected = self.collect(source).await?;
        if collected.is_some() {
            self.result = collected;
        }
        Ok(())
    }

    async fn collect(&self, source: &Source) -> Result<Option<Collected>> {
        let running = Running::new(self.session);
        let parsed = sql::parse(&source.text, &running.parsing).map_err(|error| shifted(error, source))?;
        let outcome = super::execute(&running, &parsed).await.map_err(|error| shifted(error, source))?;
        let Outcome::Rows(Rows { columns, stream, kind, .. }) = outcome else { return Ok(None) };
        let rows = running.keep(stream, CacheLevel::MemoryAndDisk).await.map_err(|error| shifted(error, source))?;
        let rows = rows.ok_or_else(|| Error::internal("a result that does not fit in memory goes to disk"))?;
        Ok(Some(Collected { columns, rows, kind }))
    }

    /// Whether a condition is true; with an operand of CASE, whether the two are equal.
    async fn holds(&self, source: &Source, operand: Option<&Source>) -> Result<bool> {
        let running = Running::new(self.session);
        let condition = parse(&running, source)?;
        let condition = match operand {
            Some(operand) => {
                let span = condition.span;
                let left = Box::new(parse(&running, operand)?);
                let kind = ExpressionKind::Binary { left, operator: BinaryOperator::Eq, right: Box::new(condition) };
                Expression { kind, span }
            }
            None => condition,
        };
        let found = only_value(&running, condition).await.map_err(|error| shifted(error, source))?;
        match (found.value, operand) {
            (ScalarValue::Boolean(Some(truth)), _) => Ok(truth),
            // An operand that is NULL equals nothing.
            (ScalarValue::Boolean(None), Some(_)) => Ok(false),
            _ => Err(Error::new(
                &INVALID_BOOLEAN_STATEMENT,
                format!("Boolean statement is expected in the condition, but {} was found", source.text.to_uppercase()),
            )
            .at(crate::error::Span::new(source.offset, source.offset + source.text.len()))),
        }
    }

    async fn run_loop(&mut self, statement: &Loop) -> Result<Flow> {
        if let LoopKind::For { variable, query } = &statement.kind {
            return self.run_for(statement, variable.as_ref(), query).await;
        }
        loop {
            if let LoopKind::While(condition) = &statement.kind
                && !self.holds(condition, None).await?
            {
                return Ok(Flow::Next);
            }
            if let Some(flow) = self.turn(statement).await? {
                return Ok(flow);
            }
            if let LoopKind::Repeat(until) = &statement.kind
                && self.holds(until, None).await?
            {
                return Ok(Flow::Next);
            }
        }
    }

    /// Runs a loop's body once; gives where to go if that is out of the loop.
    async fn turn(&mut self, statement: &Loop) -> Result<Option<Flow>> {
        let is_this = |label: &Identifier| statement.label.as_ref() == Some(label);
        Ok(match self.statements(&statement.body).await? {
            Flow::Next => None,
            Flow::Iterate(label) if is_this(&label) => None,
            Flow::Leave(label) if is_this(&label) => Some(Flow::Next),
            other => Some(other),
        })
    }

    /// The body once for each row, whose columns are variables.
    async fn run_for(&mut self, statement: &Loop, variable: Option<&Identifier>, query: &Source) -> Result<Flow> {
        let Some(Collected { columns, rows, .. }) = self.collect(query).await? else { return Ok(Flow::Next) };
        let mut batches = rows.read();
        while let Some(batch) = batches.try_next().await.map_err(|error| shifted(error.into(), query))? {
            for row in 0..batch.num_rows() {
                let frame = frame(self.session, &columns, &batch, row)?;
                let depth = self.push(variable, frame);
                let turn = self.turn(statement).await;
                self.pop_to(depth);
                if let Some(flow) = turn? {
                    return Ok(flow);
                }
            }
        }
        Ok(Flow::Next)
    }
}

fn parse(running: &Running<'_>, source: &Source) -> Result<Expression> {
    sql::parse_expression(&source.text, &running.parsing).map_err(|error| shifted(error, source))
}

/// The error with its position in the script.
fn shifted(error: Error, source: &Source) -> Error {
    error.shifted(source.offset)
}

fn frame(
    session: &Session,
    columns: &[StructField],
    batch: &RecordBatch,
    row: usize,
) -> Result<BTreeMap<String, Variable>> {
    let running = Running::new(session);
    let mut variables = BTreeMap::new();
    for (column, array) in columns.iter().zip(batch.columns()) {
        let value = ScalarValue::try_from_array(array, row)?;
        let data_type: DataType = column.data_type.clone();
        let given = Value { value, data_type: data_type.clone() };
        let (value, literal) = stored(&running, given, &data_type, &column.name, crate::error::Span::default())?;
        let default = "NULL".to_owned();
        variables.insert(
            column.name.to_lowercase(),
            Variable { name: column.name.clone(), data_type, value, literal, default },
        );
    }
    Ok(variables)
}

/// The handler that an error goes to: one for its condition before one for its SQLSTATE before one for all.
fn handler_of<'b>(block: &'b Block, error: &Error) -> Option<&'b Handler> {
    // Whoever stops a script means it, and faults of our own are to be seen.
    if matches!(error.kind(), Kind::Cancelled | Kind::Internal) {
        return None;
    }
    let condition = error.condition();
    let main = condition.split('.').next().unwrap_or_default();
    let state = error.sqlstate();
    let declared = |name: &str| {
        let own = block.conditions.iter().find(|condition| condition.name.is(name));
        own.is_some_and(|own| own.sqlstate == state)
    };
    let by_condition = |trigger: &Trigger| match trigger {
        Trigger::Condition(name) => *name == condition || name == main || declared(name),
        Trigger::SqlState(_) | Trigger::SqlException | Trigger::NotFound => false,
    };
    let by_state = |trigger: &Trigger| matches!(trigger, Trigger::SqlState(own) if own == state);
    let class = &state[..2];
    let by_class = |trigger: &Trigger| match trigger {
        Trigger::NotFound => class == "02",
        Trigger::SqlException => !matches!(class, "00" | "01" | "02"),
        Trigger::Condition(_) | Trigger::SqlState(_) => false,
    };
    let find =
        |fits: &dyn Fn(&Trigger) -> bool| block.handlers.iter().find(|handler| handler.triggers.iter().any(fits));
    find(&by_condition).or_else(|| find(&by_state)).or_else(|| find(&by_class))
}
