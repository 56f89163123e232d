//! What is known of files: from a Parquet footer to the metastore's text, and from there to DataFusion's statistics.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics as PlanColumn, ScalarValue, Statistics};
use datafusion::parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::file::metadata::ParquetMetaData;

use super::partition_path;
use crate::catalog::{ColumnStatistics, DataFile};
use crate::error::Result;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// Longer texts are not worth keeping for every file.
const MAX_TEXT: usize = 64;

/// What a footer says of the columns that have values with an order. `schema` is the file's.
pub(super) fn from_footer(schema: &Schema, footer: &ParquetMetaData) -> Result<Vec<ColumnStatistics>> {
    footer_statistics(schema, footer, |_| true)
}

/// `schema` has every column of the file: the converter finds them by their place.
fn footer_statistics(
    schema: &Schema,
    footer: &ParquetMetaData,
    is_wanted: impl Fn(&Field) -> bool,
) -> Result<Vec<ColumnStatistics>> {
    let descriptor = footer.file_metadata().schema_descr();
    let mut statistics = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if field.data_type().is_nested() || !is_wanted(field) {
            continue;
        }
        let Ok(converter) = StatisticsConverter::try_new(field.name(), schema, descriptor) else { continue };
        let nulls = converter.row_group_null_counts(footer.row_groups())?;
        let nulls = (nulls.values().len() == footer.num_row_groups() && nulls.iter().all(|count| count.is_some()))
            .then(|| nulls.values().iter().sum());
        let mut found = ColumnStatistics { column: field.name().clone(), nulls, min: None, max: None };
        if has_usable_order(field.data_type()) {
            // Only texts are ever cut.
            let whole = !matches!(field.data_type(), Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View);
            let exact = whole
                || footer.row_groups().iter().all(|group| {
                    converter.parquet_column_index().and_then(|index| group.column(index).statistics()).is_some_and(
                        |statistics| {
                            statistics.min_is_exact() && statistics.max_is_exact()
                                || statistics.min_bytes_opt().is_none()
                        },
                    )
                });
            if exact {
                let smallest = extreme(&converter.row_group_mins(footer.row_groups())?, |new, old| new < old)?;
                let largest = extreme(&converter.row_group_maxes(footer.row_groups())?, |new, old| new > old)?;
                // One without the other says nothing that may be relied on.
                if let (Some(min), Some(max)) = (smallest, largest)
                    && min.len() <= MAX_TEXT
                    && max.len() <= MAX_TEXT
                {
                    (found.min, found.max) = (Some(min), Some(max));
                }
            }
        }
        statistics.push(found);
    }
    Ok(statistics)
}

/// What the footer of somebody else's file says of columns that it holds in the table's own type. Texts are left out:
/// other writers cut long ones without saying so.
pub(super) fn from_foreign_footer(columns: &[StructField], footer: &ParquetMetaData) -> Result<Vec<ColumnStatistics>> {
    let file = footer.file_metadata();
    let Ok(schema) = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata()) else {
        return Ok(Vec::new());
    };
    footer_statistics(&schema, footer, |field| {
        !matches!(field.data_type(), Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View)
            && columns.iter().any(|column| {
                column.name.eq_ignore_ascii_case(field.name()) && column.data_type.to_arrow() == *field.data_type()
            })
    })
}

/// Floating-point numbers are left out: footers say nothing of NaN, which is the largest value.
fn has_usable_order(data_type: &Arrow) -> bool {
    matches!(
        data_type,
        Arrow::Boolean
            | Arrow::Int8
            | Arrow::Int16
            | Arrow::Int32
            | Arrow::Int64
            | Arrow::Decimal128(..)
            | Arrow::Date32
            | Arrow::Timestamp(..)
            | Arrow::Utf8
            | Arrow::LargeUtf8
            | Arrow::Utf8View
    )
}

fn extreme(array: &ArrayRef, better: fn(&ScalarValue, &ScalarValue) -> bool) -> Result<Option<String>> {
    let mut best: Option<ScalarValue> = None;
    for row in 0..array.len() {
        let value = ScalarValue::try_from_array(array, row)?;
        if !value.is_null() && best.as_ref().is_none_or(|best| better(&value, best)) {
            best = Some(value);
        }
    }
    let Some(best) = best else { return Ok(None) };
    Ok(match &best {
        // The empty string is a value here.
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => text.clone(),
        _ => partition_path::text_of(&best, &Zone::utc())?,
    })
}

/// DataFusion's statistics of a file: data columns, then partition columns. Only `wanted` columns are worked out.
pub(super) fn of_file(
    columns: &[StructField],
    partition_values: &[ScalarValue],
    file: &DataFile,
    wanted: &HashSet<usize>,
) -> Result<Statistics> {
    let rows = file.rows as usize;
    let mut known = Vec::with_capacity(columns.len());
    for (number, column) in columns[..columns.len() - partition_values.len()].iter().enumerate() {
        let stored = wanted
            .contains(&number)
            .then(|| file.statistics.iter().find(|stored| stored.column.eq_ignore_ascii_case(&column.name)))
            .flatten();
        known.push(match stored {
            Some(stored) => of_column(stored, &column.data_type)?,
            None => PlanColumn::new_unknown(),
        });
    }
    for value in partition_values {
        let mut column = PlanColumn::new_unknown();
        if value.is_null() {
            column.null_count = Precision::Exact(rows);
        } else {
            column.null_count = Precision::Exact(0);
            column.min_value = Precision::Exact(value.clone());
            column.max_value = Precision::Exact(value.clone());
            column.distinct_count = Precision::Exact(1);
        }
        known.push(column);
    }
    Ok(Statistics {
        num_rows: Precision::Exact(rows),
        total_byte_size: Precision::Inexact(file.bytes as usize),
        column_statistics: known,
    })
}

fn of_column(stored: &ColumnStatistics, data_type: &DataType) -> Result<PlanColumn> {
    let mut column = PlanColumn::new_unknown();
    if let Some(nulls) = stored.nulls {
        column.null_count = Precision::Exact(nulls as usize);
    }
    // CHAR is padded when it is read, so what the file holds is not what a query sees.
    if matches!(data_type, DataType::Char(_)) {
        return Ok(column);
    }
    if let (Some(min), Some(max)) = (&stored.min, &stored.max) {
        // After a change of the column's type the text may no longer be of it.
        let parsed = partition_path::parse(&Some(min.clone()), data_type, &Zone::utc())
            .and_then(|min| Ok((min, partition_path::parse(&Some(max.clone()), data_type, &Zone::utc())?)));
        if let Ok((min, max)) = parsed {
            column.min_value = Precision::Exact(min);
            column.max_value = Precision::Exact(max);
        }
    }
    Ok(column)
}

/// The sum of all files, for the whole scan.
pub(super) fn merged<'a>(files: impl IntoIterator<Item = &'a Arc<Statistics>>, schema: &Schema) -> Result<Statistics> {
    let files = files.into_iter().map(Arc::as_ref).collect::<Vec<_>>();
    Ok(Statistics::try_merge_iter(files, schema)?)
}

/// Rows of a footer.
pub(super) fn rows(footer: &ParquetMetaData) -> u64 {
    footer.row_groups().iter().map(|group| group.num_rows() as u64).sum()
}
