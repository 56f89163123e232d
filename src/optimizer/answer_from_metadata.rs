//! `count`, `min` and `max` by partition columns are answered from what is known of each file, without opening one:
//! `SELECT day, count(*) FROM t GROUP BY day`, `SELECT DISTINCT day FROM t`.
//!
//! The scan below such an aggregate is replaced by a row for each file: its partition's values and the state that
//! aggregating the file would leave. DataFusion's rule `aggregate_statistics` does the same without GROUP BY. A file about
//! which something is not known exactly leaves the plan as it is.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::Field;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

/// Replaces scans by what is known of their files.
#[derive(Debug)]
pub(super) struct AnswerFromMetadata;

impl PhysicalOptimizerRule for AnswerFromMetadata {
    fn name(&self) -> &str {
        "AnswerFromMetadata"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let done = plan.transform_up(|plan| {
            Ok(match plan.downcast_ref::<AggregateExec>().map(answered).transpose()?.flatten() {
                Some(answered) => Transformed::yes(answered),
                None => Transformed::no(plan),
            })
        })?;
        Ok(done.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What an aggregate needs to know of each file.
enum Known {
    /// Number of a column of the table that partitions it, counted among those that do.
    Partition(usize),
    Rows,
    /// Of a column of the table.
    Present(usize),
    Min(usize),
    Max(usize),
}

fn answered(aggregate: &AggregateExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let groups = aggregate.group_expr();
    let simple = groups.is_single()
        && !groups.is_empty()
        && aggregate.limit_options().is_none()
        && aggregate.filter_expr().iter().all(Option::is_none);
    if !simple {
        return Ok(None);
    }
    let Some(scan) = aggregate.input().downcast_ref::<DataSourceExec>() else { return Ok(None) };
    let Some(scan) = scan.data_source().downcast_ref::<FileScanConfig>() else { return Ok(None) };
    if scan.limit.is_some() || scan.file_source.filter().is_some() {
        return Ok(None);
    }
    let Some(wanted) = wanted(aggregate, scan) else { return Ok(None) };

    // The states of single aggregates are those of partial ones, and are put together like them.
    let (partial, whole) = match aggregate.mode() {
        AggregateMode::Partial => (None, false),
        AggregateMode::Single | AggregateMode::SinglePartitioned => {
            let partial = AggregateExec::try_new(
                AggregateMode::Partial,
                Arc::new(groups.clone()),
                aggregate.aggr_expr().to_vec(),
                aggregate.filter_expr().to_vec(),
                Arc::clone(aggregate.input()),
                aggregate.input_schema(),
            )?;
            (Some(partial), true)
        }
        AggregateMode::Final | AggregateMode::FinalPartitioned | AggregateMode::PartialReduce => return Ok(None),
    };
    let schema = partial.as_ref().unwrap_or(aggregate).schema();
    if schema.fields().len() != wanted.len() {
        return Ok(None);
    }
    // A file without rows adds no group.
    let files = scan.file_groups.iter().flat_map(|group| group.files());
    let files = files.filter(|file| rows(file) != Some(0)).collect::<Vec<_>>();
    let mut columns = Vec::with_capacity(wanted.len());
    for (known, field) in wanted.iter().zip(schema.fields()) {
        let Some(column) = column(known, field, &files)? else { return Ok(None) };
        columns.push(column);
    }
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let states: Arc<dyn ExecutionPlan> = MemorySourceConfig::try_new_exec(&[vec![batch]], schema, None)?;
    if !whole {
        return Ok(Some(states));
    }
    Ok(Some(Arc::new(AggregateExec::try_new(
        AggregateMode::Final,
        Arc::new(groups.as_final()),
        aggregate.aggr_expr().to_vec(),
        aggregate.filter_expr().to_vec(),
        states,
        aggregate.input_schema(),
    )?)))
}

/// What is to be known of each file, for each column of a partial aggregate's rows; `None` if that is not known of files.
fn wanted(aggregate: &AggregateExec, scan: &FileScanConfig) -> Option<Vec<Known>> {
    let file_columns = scan.file_schema().fields().len();
    let mut wanted = Vec::new();
    for (group, _) in aggregate.group_expr().expr() {
        wanted.push(Known::Partition(table_column(group.as_ref(), scan)?.checked_sub(file_columns)?));
    }
    for function in aggregate.aggr_expr() {
        wanted.push(state(function, scan)?);
    }
    Some(wanted)
}

fn state(function: &AggregateFunctionExpr, scan: &FileScanConfig) -> Option<Known> {
    let arguments = function.expressions();
    let [argument] = arguments.as_slice() else { return None };
    if function.is_distinct() || !function.order_bys().is_empty() {
        return None;
    }
    if function.fun().name() == "count"
        && let Some(literal) = argument.downcast_ref::<Literal>()
    {
        return (!literal.value().is_null()).then_some(Known::Rows);
    }
    let column = table_column(argument.as_ref(), scan)?;
    match function.fun().name() {
        "count" => Some(Known::Present(column)),
        "min" => Some(Known::Min(column)),
        "max" => Some(Known::Max(column)),
        _ => None,
    }
}

/// The column of the table that a column of the scan is.
fn table_column(expr: &dyn PhysicalExpr, scan: &FileScanConfig) -> Option<usize> {
    let column = expr.downcast_ref::<Column>()?;
    match scan.file_source.projection() {
        Some(projection) => {
            let projected = projection.as_ref().get(column.index())?;
            Some(projected.expr.downcast_ref::<Column>()?.index())
        }
        None => Some(column.index()),
    }
}

/// A value for each file, or `None` if it is not known exactly of all.
fn column(known: &Known, field: &Field, files: &[&PartitionedFile]) -> Result<Option<ArrayRef>> {
    let mut values = Vec::with_capacity(files.len());
    for file in files {
        match value(known, file) {
            Some(value) => values.push(value.cast_to(field.data_type())?),
            None => return Ok(None),
        }
    }
    if values.is_empty() || (!field.is_nullable() && values.iter().any(ScalarValue::is_null)) {
        return Ok(None);
    }
    ScalarValue::iter_to_array(values).map(Some)
}

fn rows(file: &PartitionedFile) -> Option<usize> {
    match file.statistics.as_ref()?.num_rows {
        Precision::Exact(rows) => Some(rows),
        Precision::Inexact(_) | Precision::Absent => None,
    }
}

fn value(known: &Known, file: &PartitionedFile) -> Option<ScalarValue> {
    if file.range.is_some() {
        return None;
    }
    let rows = rows(file)?;
    let statistics = file.statistics.as_ref()?;
    let present = |column: usize| match statistics.column_statistics.get(column)?.null_count {
        Precision::Exact(nulls) => rows.checked_sub(nulls),
        Precision::Inexact(_) | Precision::Absent => None,
    };
    let extreme = |column: usize, value: &Precision<ScalarValue>| match value {
        // A file of NULLs has none.
        _ if present(column) == Some(0) => Some(ScalarValue::Null),
        Precision::Exact(value) => Some(value.clone()),
        Precision::Inexact(_) | Precision::Absent => None,
    };
    let count = |count: usize| Some(ScalarValue::Int64(Some(i64::try_from(count).ok()?)));
    match *known {
        Known::Partition(number) => file.partition_values.get(number).cloned(),
        Known::Rows => count(rows),
        Known::Present(column) => count(present(column)?),
        Known::Min(column) => extreme(column, &statistics.column_statistics.get(column)?.min_value),
        Known::Max(column) => extreme(column, &statistics.column_statistics.get(column)?.max_value),
    }
}
