//! Rows that come from outside, such as COPY … FROM STDIN sends them, into a table: all of them or none.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::provider_as_source;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::binder::BoundQuery;
use crate::error::{Error, Result};
use crate::execution::memory;
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::session::Session;
use crate::sql;
use crate::sql::ast::{Insert, Statement};
use crate::storage::write::write;
use crate::types::{StructField, arrow_schema};

use super::Outcome;
use super::insert::{Target, request, store, wanted_columns};
use super::recorded::Recorded;
use super::running::{NoNames, Running};

/// Batches of the columns that were announced, or an error that undoes it all.
pub type CopiedRows = mpsc::Receiver<Result<RecordBatch>>;

/// A table that rows are copied into.
#[derive(Debug, Clone)]
pub struct CopyTarget {
    insert: Insert,
    /// The columns that are copied, in their order.
    pub columns: Vec<StructField>,
}

impl Session {
    /// Finds the table, and the columns of it that rows are to have; `columns` are none for all.
    pub async fn copy_target(&self, table: &str, columns: &str) -> Result<CopyTarget> {
        let running = Running::new(self);
        // As an INSERT, whose rows come from elsewhere.
        let list = if columns.is_empty() { String::new() } else { format!("({columns})") };
        let text = format!("INSERT INTO {table} {list} VALUES (NULL)");
        let Statement::Insert(insert) = sql::parse(&text, &running.parsing)? else {
            return Err(Error::internal("an INSERT became something else"));
        };
        let target = Target::new(&running, &insert).await?;
        let columns = wanted_columns(&insert, &target)?.into_iter().cloned().collect();
        Ok(CopyTarget { insert, columns })
    }

    /// Writes rows to a table. They have the columns of `given`: where those are strings and the table's are not, they
    /// are cast as by CAST.
    pub async fn copy_into(
        &self,
        text: &str,
        target: &CopyTarget,
        given: Vec<StructField>,
        rows: CopiedRows,
    ) -> Result<Outcome> {
        let running = Running::new(self);
        let recorded = Recorded::begin(&running, text);
        let work = copy(&running, target, given, rows);
        let result = running.cancellation.clone().guard(work).await.map_err(memory::explain);
        recorded.outcome(result.map(Outcome::Written))
    }
}

async fn copy(running: &Running<'_>, copied: &CopyTarget, given: Vec<StructField>, rows: CopiedRows) -> Result<u64> {
    let insert = &copied.insert;
    let target = Target::new(running, insert).await?;
    let wanted = wanted_columns(insert, &target)?;
    let bound = cast_strings(running, scan(given, rows)?, &wanted)?;
    let bound = store(running, insert, &target, &wanted, bound, &running.environment(&NoNames))?;
    let request = request(running, insert, target, bound).await?;
    running.progress.start(&request.input, Arc::clone(request.task.memory_pool()));
    Ok(write(running.catalog().await?, request).await?.rows)
}

/// The rows as a relation that can be read once.
fn scan(columns: Vec<StructField>, rows: CopiedRows) -> Result<BoundQuery> {
    let schema = arrow_schema(&columns);
    let once = Once { schema: Arc::clone(&schema), rows: Mutex::new(Some(rows)) };
    let table = StreamingTable::try_new(schema, vec![Arc::new(once)])?;
    let plan = LogicalPlanBuilder::scan("copied", provider_as_source(Arc::new(table)), None)?.build()?;
    Ok(BoundQuery { plan, columns })
}

fn cast_strings(running: &Running<'_>, bound: BoundQuery, wanted: &[&StructField]) -> Result<BoundQuery> {
    let BoundQuery { plan, columns: given } = bound;
    let mut expressions = Vec::new();
    let mut columns = Vec::new();
    for ((column, field), wanted) in plan.schema().columns().into_iter().zip(given).zip(wanted) {
        let name = format!("{}#copied", wanted.name);
        let mut value =
            Typed { expr: Expr::Column(column), data_type: field.data_type.clone(), nullable: field.nullable };
        if value.data_type.is_string() && !wanted.data_type.is_string() {
            value = cast(value, &wanted.data_type, CastMode::Ansi, &running.context)?;
        }
        columns.push(StructField {
            name: wanted.name.clone(),
            data_type: value.data_type,
            nullable: value.nullable,
            comment: None,
        });
        expressions.push(value.expr.alias(name));
    }
    let plan = LogicalPlanBuilder::from(plan).project(expressions)?.build()?;
    Ok(BoundQuery { plan, columns })
}

struct Once {
    schema: SchemaRef,
    rows: Mutex<Option<CopiedRows>>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows of a client")
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _tasks: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().take();
        let stream = futures::stream::unfold(rows, async |rows| {
            let mut rows = rows?;
            let batch = rows.recv().await?;
            Some((batch.map_err(DataFusionError::from), Some(rows)))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}
