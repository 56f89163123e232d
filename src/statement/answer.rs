//! What commands answer: a few rows made in memory.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use crate::error::Result;
use crate::types::{DataType, StructField, arrow_schema};

use super::{Outcome, Rows, RowsKind};

/// A column of an answer.
pub(super) struct Column {
    name: Cow<'static, str>,
    data_type: DataType,
    values: ArrayRef,
}

/// A column of text without NULLs.
pub(super) fn text<S: AsRef<str>>(name: impl Into<Cow<'static, str>>, values: impl IntoIterator<Item = S>) -> Column {
    optional_text(name, values.into_iter().map(Some))
}

/// A column of text.
pub(super) fn optional_text<S: AsRef<str>>(
    name: impl Into<Cow<'static, str>>,
    values: impl IntoIterator<Item = Option<S>>,
) -> Column {
    let values = values.into_iter().collect::<StringViewArray>();
    Column { name: name.into(), data_type: DataType::String, values: Arc::new(values) }
}

/// A column of true and false.
pub(super) fn flags(name: impl Into<Cow<'static, str>>, values: impl IntoIterator<Item = bool>) -> Column {
    let values = BooleanArray::from(values.into_iter().collect::<Vec<bool>>());
    Column { name: name.into(), data_type: DataType::Boolean, values: Arc::new(values) }
}

/// Columns of equal length as an outcome.
pub(super) fn answer(kind: RowsKind, columns: Vec<Column>) -> Result<Outcome> {
    let fields: Vec<StructField> =
        columns.iter().map(|column| StructField::new(column.name.clone(), column.data_type.clone())).collect();
    let schema = arrow_schema(&fields);
    let arrays = columns.into_iter().map(|column| column.values).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    let stream = RecordBatchStreamAdapter::new(schema, futures::stream::iter([Ok(batch)]));
    Ok(Outcome::Rows(Rows { columns: fields, stream: Box::pin(stream), kind, progress: Arc::default() }))
}
