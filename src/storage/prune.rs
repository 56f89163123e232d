//! Which partitions and which files a query's filters leave.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array};
use datafusion::arrow::compute::filter;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::{DFSchema, ScalarValue, Statistics};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;

use super::partition_path;
use crate::catalog::PartitionValue;
use crate::error::{Error, INVALID_PARTITION_VALUE, Result};
use crate::types::StructField;
use crate::types::time_zone::Zone;

/// Whether a filter is decided by the partition alone. One without columns is not: it may fail, and a table without
/// partitions has nothing to evaluate it on.
pub(super) fn is_partition_filter(filter: &Expr, partition_columns: &[StructField]) -> bool {
    let columns = filter.column_refs();
    let of_partition = |name: &str| partition_columns.iter().any(|partition| partition.name == name);
    !filter.is_volatile() && !columns.is_empty() && columns.iter().all(|column| of_partition(&column.name))
}

/// Positions of the columns that expressions mention.
pub(super) fn mentioned<'a>(filters: impl IntoIterator<Item = &'a Expr>, schema: &Schema) -> HashSet<usize> {
    filters.into_iter().flat_map(Expr::column_refs).filter_map(|column| schema.index_of(&column.name).ok()).collect()
}

/// The values that filters of the form `column = literal` demand of partition columns; `None` in a place means any.
pub(super) fn demanded_values(
    filters: &[&Expr],
    partition_columns: &[StructField],
    zone: &Zone,
) -> Vec<Option<PartitionValue>> {
    let mut demanded = vec![None; partition_columns.len()];
    for filter in filters {
        let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = filter else { continue };
        let (column, literal) = match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), Expr::Literal(literal, _)) | (Expr::Literal(literal, _), Expr::Column(column)) => {
                (column, literal)
            }
            _ => continue,
        };
        let Some(place) = partition_columns.iter().position(|partition| partition.name == column.name) else {
            continue;
        };
        let data_type = partition_columns[place].data_type.to_arrow();
        // Equal floating-point numbers may have different texts (0.0 and -0.0).
        if data_type.is_floating() {
            continue;
        }
        if let Ok(literal) = literal.cast_to(&data_type)
            && let Ok(Some(text)) = partition_path::text_of(&literal, zone)
        {
            demanded[place] = Some(Some(text));
        }
    }
    demanded
}

/// Typed values of partitions, one array for each partition column.
pub(super) fn typed_values(
    partition_columns: &[StructField],
    partitions: &[&[PartitionValue]],
    zone: &Zone,
) -> Result<Vec<ArrayRef>> {
    partition_columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let texts = partitions.iter().map(|values| values[place].clone()).collect::<Vec<_>>();
            partition_path::parse_all(&texts, &column.data_type, zone).map_err(|_| {
                let bad = partitions
                    .iter()
                    .find(|values| partition_path::parse(&values[place], &column.data_type, zone).is_err())
                    .map(|values| partition_path::folder(partition_columns, values))
                    .unwrap_or_default();
                let value = partition_path::parse_folder(bad.split('/').nth(place).unwrap_or_default())
                    .and_then(|(_, value)| value)
                    .unwrap_or_default();
                Error::new(
                    &INVALID_PARTITION_VALUE,
                    format!(
                        "Failed to cast value '{value}' to data type \"{}\" for partition column `{}` in folder `{bad}`. \
                         Ensure the value matches the expected data type for this partition column",
                        column.data_type, column.name
                    ),
                )
            })
        })
        .collect()
}

/// Which partitions satisfy all the filters.
pub(super) fn partitions(
    state: &dyn Session,
    partition_columns: &[StructField],
    values: &[ArrayRef],
    count: usize,
    filters: &[&Expr],
) -> Result<Vec<bool>> {
    if filters.is_empty() {
        return Ok(vec![true; count]);
    }
    let fields = partition_columns.iter().map(StructField::to_arrow).collect::<Vec<_>>();
    let schema = nullable(&Schema::new(fields));
    let plan_schema = DFSchema::try_from(Arc::clone(&schema))?;
    let mut conditions = filters
        .iter()
        .map(|filter| Ok(state.create_physical_expr((*filter).clone(), &plan_schema)?))
        .collect::<Result<Vec<_>>>()?;
    let mut kept = UInt64Array::from_iter_values(0..count as u64);
    let mut left = values.to_vec();
    // A condition may fail on partitions that another one rules out (`10 / p > 1 AND p <> 0`): it waits for its turn.
    while !conditions.is_empty() {
        let mut failed = None;
        let mut waiting = Vec::new();
        let before = conditions.len();
        for condition in conditions {
            let options = RecordBatchOptions::new().with_row_count(Some(kept.len()));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), left.clone(), &options)?;
            match condition.evaluate(&batch).and_then(|answer| answer.into_array(kept.len())) {
                Ok(answer) => {
                    let Some(answer) = answer.as_any().downcast_ref::<BooleanArray>() else {
                        return Err(Error::internal(format!("the filter `{condition}` is not a condition")));
                    };
                    kept = filter(&kept, answer)?.as_primitive().clone();
                    left = left.iter().map(|column| filter(column, answer)).collect::<Result<_, _>>()?;
                }
                Err(error) => {
                    failed = Some(error);
                    waiting.push(condition);
                }
            }
        }
        conditions = waiting;
        if let Some(error) = failed.filter(|_| conditions.len() == before) {
            return Err(error.into());
        }
    }
    let mut all = vec![false; count];
    for number in kept.values() {
        all[*number as usize] = true;
    }
    Ok(all)
}

/// Which files may hold rows that satisfy the filters, by their statistics.
pub(super) fn files(
    state: &dyn Session,
    schema: &SchemaRef,
    statistics: &[Arc<Statistics>],
    filters: &[&Expr],
) -> Result<Vec<bool>> {
    let everything = vec![true; statistics.len()];
    let Some(filter) = conjunction(filters.iter().map(|filter| (*filter).clone())) else { return Ok(everything) };
    let plan_schema = DFSchema::try_from(Arc::clone(schema))?;
    let expr = state.create_physical_expr(filter, &plan_schema)?;
    let predicate = PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).try_build(expr)?;
    if predicate.always_true() {
        return Ok(everything);
    }
    Ok(predicate.prune(&PrunableStatistics::new(statistics.to_vec(), Arc::clone(schema)))?)
}

/// Values of one partition.
pub(super) fn values_of(arrays: &[ArrayRef], partition: usize) -> Result<Vec<ScalarValue>> {
    Ok(arrays.iter().map(|array| ScalarValue::try_from_array(array, partition)).collect::<Result<_, _>>()?)
}

/// NULL partitions exist even of columns declared NOT NULL.
fn nullable(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<_>>(),
    ))
}
