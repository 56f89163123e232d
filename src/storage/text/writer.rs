//! Writes CSV, JSON and text files as Spark does.

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields};

use crate::catalog::DataFile;
use crate::error::Result;
use crate::records::{csv, json};
use crate::storage::write::output_file::{Failure, OutputFile};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// How a row becomes a line.
#[derive(Debug)]
pub(in crate::storage) enum Row {
    Csv(csv::Options),
    Json(json::Options),
    /// One value, as it is.
    Text,
}

impl Row {
    fn zone(&self, session: &str) -> Result<Zone> {
        match self {
            Row::Csv(options) => options.times.zone(session),
            Row::Json(options) => options.times.zone(session),
            Row::Text => Zone::parse(session),
        }
    }
}

#[derive(Debug)]
pub(in crate::storage) struct Writer {
    file: OutputFile,
    failure: Failure,
    place: String,
    columns: Vec<StructField>,
    row: Row,
    zone: Zone,
    rows: u64,
    /// Lines not yet given to the file.
    lines: String,
}

const FLUSH_BYTES: usize = 256 * 1024;

impl Writer {
    pub fn new(file: OutputFile, place: String, columns: &[StructField], row: Row, time_zone: &str) -> Result<Self> {
        let mut writer = Self {
            failure: file.failure(),
            file,
            place,
            columns: columns.to_vec(),
            zone: row.zone(time_zone)?,
            row,
            rows: 0,
            lines: String::new(),
        };
        if let Row::Csv(options) = &writer.row
            && options.header
        {
            csv::write_header(&mut writer.lines, columns, options);
            writer.lines.push('\n');
        }
        Ok(writer)
    }

    pub fn write(&mut self, data: &[ArrayRef], rows: usize) -> Result<()> {
        // What is left of the table when the rest is borrowed.
        let Self { row: format, columns, zone, lines, .. } = self;
        match format {
            Row::Text => {
                let values = data.first().map(|values| cast(values, &Arrow::Utf8View)).transpose()?;
                let values = values.as_ref().map(|values| values.as_string_view());
                for row in 0..rows {
                    // NULL is an empty line.
                    lines.push_str(values.filter(|values| values.is_valid(row)).map_or("", |values| values.value(row)));
                    lines.push('\n');
                    if lines.len() > FLUSH_BYTES {
                        flush(&mut self.file, lines, &self.failure)?;
                    }
                }
            }
            Row::Csv(options) => {
                let mut writer = csv::RowWriter::new(options, zone);
                for row in 0..rows {
                    writer.write(lines, columns, data, row)?;
                    lines.push('\n');
                    if lines.len() > FLUSH_BYTES {
                        flush(&mut self.file, lines, &self.failure)?;
                    }
                }
            }
            Row::Json(options) => {
                let data_type = DataType::Struct(
                    columns.iter().map(|column| StructField { nullable: true, ..column.clone() }).collect(),
                );
                let arrow = columns
                    .iter()
                    .zip(data)
                    .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true));
                let fields = arrow.collect::<Fields>();
                let records: ArrayRef = Arc::new(StructArray::try_new_with_length(fields, data.to_vec(), None, rows)?);
                let write = json::writer(&records, &data_type, options, zone)?;
                for row in 0..rows {
                    write(row, lines);
                    lines.push('\n');
                    if lines.len() > FLUSH_BYTES {
                        flush(&mut self.file, lines, &self.failure)?;
                    }
                }
            }
        }
        self.rows += rows as u64;
        Ok(())
    }

    pub fn close(mut self) -> Result<DataFile> {
        flush(&mut self.file, &mut self.lines, &self.failure)?;
        let bytes = self.file.close()?;
        Ok(DataFile { partition_id: None, path: self.place, rows: self.rows, bytes, statistics: Vec::new() })
    }
}

fn flush(file: &mut OutputFile, lines: &mut String, failure: &Failure) -> Result<()> {
    let written = file.write_all(lines.as_bytes());
    lines.clear();
    written.map_err(|error| failure.explain(datafusion::error::DataFusionError::IoError(error)))
}
