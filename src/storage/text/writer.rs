//! Writes CSV and JSON files as Spark does.

use std::io::Write;

use datafusion::arrow::array::{Array, ArrayRef};

use super::values::{append_json, append_text};
use crate::catalog::DataFile;
use crate::error::Result;
use crate::storage::csv;
use crate::storage::write::output_file::{Failure, OutputFile};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// How a row becomes a line.
#[derive(Debug)]
pub(in crate::storage) enum Row {
    Csv(csv::Options),
    Json,
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
            zone: Zone::parse(time_zone)?,
            row,
            rows: 0,
            lines: String::new(),
        };
        if let Row::Csv(options) = &writer.row
            && options.header
        {
            for (number, column) in columns.iter().enumerate() {
                if number > 0 {
                    writer.lines.push_str(&options.delimiter);
                }
                append_field(&mut writer.lines, &column.name, options);
            }
            writer.lines.push('\n');
        }
        Ok(writer)
    }

    pub fn write(&mut self, data: &[ArrayRef], rows: usize) -> Result<()> {
        let mut text = String::new();
        for row in 0..rows {
            match &self.row {
                Row::Csv(options) => {
                    for (number, (column, array)) in self.columns.iter().zip(data).enumerate() {
                        if number > 0 {
                            self.lines.push_str(&options.delimiter);
                        }
                        if array.is_null(row) {
                            self.lines.push_str(&options.null_value);
                            continue;
                        }
                        text.clear();
                        append_text(&mut text, array, row, &column.data_type, &self.zone)?;
                        let trimmed = text.trim_matches(|c| c <= ' ');
                        if trimmed.is_empty() && column.data_type.is_string() {
                            self.lines.push_str("\"\"");
                        } else {
                            append_field(&mut self.lines, trimmed, options);
                        }
                    }
                }
                Row::Json => {
                    self.lines.push('{');
                    let mut first = true;
                    for (column, array) in self.columns.iter().zip(data).filter(|(_, array)| array.is_valid(row)) {
                        if !std::mem::take(&mut first) {
                            self.lines.push(',');
                        }
                        append_json(&mut self.lines, array, row, column, &self.zone)?;
                    }
                    self.lines.push('}');
                }
            }
            self.lines.push('\n');
            if self.lines.len() > FLUSH_BYTES {
                self.flush()?;
            }
        }
        self.rows += rows as u64;
        Ok(())
    }

    pub fn close(mut self) -> Result<DataFile> {
        self.flush()?;
        let bytes = self.file.close()?;
        Ok(DataFile { partition_id: None, path: self.place, rows: self.rows, bytes, statistics: Vec::new() })
    }

    fn flush(&mut self) -> Result<()> {
        let written = self.file.write_all(self.lines.as_bytes());
        self.lines.clear();
        written.map_err(|error| self.failure.explain(datafusion::error::DataFusionError::IoError(error)))
    }
}

/// A field of CSV, in quotes if it could not be read without them.
fn append_field(line: &mut String, text: &str, options: &csv::Options) {
    let Some(quote) = options.quote else {
        line.push_str(text);
        return;
    };
    let needs_quotes = text.contains(&options.delimiter) || text.contains([quote, '\n', '\r']);
    if !needs_quotes {
        line.push_str(text);
        return;
    }
    line.push(quote);
    for c in text.chars() {
        if c == quote {
            line.push(options.escape.unwrap_or(quote));
        }
        line.push(c);
    }
    line.push(quote);
}

/// Types whose JSON is a bare number or word.
pub(super) fn is_bare(data_type: &DataType) -> bool {
    data_type.is_numeric() || *data_type == DataType::Boolean
}
