//! Rows on their way to a client: as DataRow messages, within the memory of one batch and one piece of output.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use crate::error::{Error, Result};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField, arrow_schema};

use super::connection::FLUSH;
use super::encode::{Column, Format, describe, write_sized};
use super::messages;

/// The rows of a statement, as far as they are not sent yet.
pub struct Rows {
    pub columns: Arc<[StructField]>,
    pub stream: SendableRecordBatchStream,
    /// What is left of a batch of which the client wanted only the beginning.
    pub pending: Option<RecordBatch>,
    /// Rows that were read.
    pub position: u64,
}

impl Rows {
    pub fn new(columns: Vec<StructField>, stream: SendableRecordBatchStream) -> Self {
        Self { columns: columns.into(), stream, pending: None, position: 0 }
    }

    /// Columns of text, made in memory.
    pub fn of_text(names: &[&str], values: &[Vec<String>]) -> Result<Self> {
        let columns: Vec<StructField> = text_columns(names);
        let arrays = (0..names.len()).map(|at| {
            let column = values.iter().map(|row| row.get(at).map(String::as_str));
            Arc::new(column.collect::<StringArray>()) as ArrayRef
        });
        let cast = arrays.map(|array| datafusion::arrow::compute::cast(&array, &DataType::String.to_arrow()));
        let schema = arrow_schema(&columns);
        let batch = RecordBatch::try_new(Arc::clone(&schema), cast.collect::<Result<_, _>>()?)?;
        let stream = RecordBatchStreamAdapter::new(schema, futures::stream::iter([Ok(batch)]));
        Ok(Self::new(columns, Box::pin(stream)))
    }
}

pub fn text_columns(names: &[&str]) -> Vec<StructField> {
    names.iter().map(|name| StructField::new(*name, DataType::String)).collect()
}

/// How each column is sent: the codes of a Bind message are none, one for all, or one for each.
pub fn formats(codes: &[i16], columns: usize) -> Option<Vec<Format>> {
    let format = |code: &i16| match code {
        0 => Some(Format::Text),
        1 => Some(Format::Binary),
        _ => None,
    };
    match codes {
        [] => Some(vec![Format::Text; columns]),
        [all] => Some(vec![format(all)?; columns]),
        each if each.len() == columns => each.iter().map(format).collect(),
        _ => None,
    }
}

/// Appends the RowDescription.
pub fn write_description(out: &mut Vec<u8>, columns: &[StructField], formats: &[Format]) {
    let described = columns.iter().enumerate().map(|(at, column)| {
        let binary = formats.get(at) == Some(&Format::Binary);
        (column.name.as_str(), describe(&column.data_type), binary)
    });
    messages::row_description(out, described);
}

/// Appends rows of a batch from `start` on, until `end` or until there is enough to be sent; gives the row to go on with.
pub fn write_rows(
    out: &mut Vec<u8>,
    batch: &RecordBatch,
    (start, end): (usize, usize),
    columns: &[StructField],
    formats: &[Format],
    zone: &Zone,
) -> Result<usize> {
    if batch.num_columns() != columns.len() {
        let message = format!("a result of {} columns has {} arrays", columns.len(), batch.num_columns());
        return Err(Error::internal(message));
    }
    let mut writers = batch
        .columns()
        .iter()
        .zip(columns)
        .enumerate()
        .map(|(at, (array, column))| {
            let format = formats.get(at).copied().unwrap_or_default();
            Column::new(array, &column.data_type, format, zone)
        })
        .collect::<Result<Vec<_>>>()?;
    let count = (columns.len() as u16).to_be_bytes();
    for row in start..end {
        messages::message(out, b'D', |out| {
            out.extend_from_slice(&count);
            for writer in &mut writers {
                write_sized(writer, row, out);
            }
        });
        if out.len() >= FLUSH {
            return Ok(row + 1);
        }
    }
    Ok(end)
}
