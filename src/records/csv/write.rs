//! Rows as lines of CSV.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{Date32Type, TimestampMicrosecondType};

use super::Options;
use crate::error::Result;
use crate::records::values::append_text;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// Writes rows of some columns. Collections have to be strings already.
pub struct RowWriter<'a> {
    pub options: &'a Options,
    pub zone: &'a Zone,
    /// Where the value at hand is made ready.
    pub text: String,
}

impl<'a> RowWriter<'a> {
    pub fn new(options: &'a Options, zone: &'a Zone) -> Self {
        Self { options, zone, text: String::new() }
    }

    /// Appends a row without the end of its line.
    pub fn write(&mut self, out: &mut String, columns: &[StructField], data: &[ArrayRef], row: usize) -> Result<()> {
        let options = self.options;
        for (number, (column, array)) in columns.iter().zip(data).enumerate() {
            if number > 0 {
                out.push_str(&options.delimiter);
            }
            if column.data_type == DataType::Null || array.is_null(row) {
                out.push_str(&options.null_value);
                continue;
            }
            self.text.clear();
            self.value(array, row, &column.data_type)?;
            let mut text = self.text.as_str();
            if options.trims_start_in_writing {
                text = text.trim_start_matches(|c| c <= ' ');
            }
            if options.trims_end_in_writing {
                text = text.trim_end_matches(|c| c <= ' ');
            }
            if text.is_empty() && column.data_type.is_string() {
                out.push_str(&options.empty_value_in_writing);
            } else {
                // A record that begins so would be taken for a comment.
                let is_comment = number == 0 && text.starts_with(options.comment.unwrap_or('#'));
                append_field(out, text, is_comment, options);
            }
        }
        Ok(())
    }

    fn value(&mut self, array: &ArrayRef, row: usize, data_type: &DataType) -> Result<()> {
        let (out, times) = (&mut self.text, &self.options.times);
        match data_type {
            DataType::Date => times.write_date(out, array.as_primitive::<Date32Type>().value(row), self.zone),
            DataType::Timestamp => {
                let instant = array.as_primitive::<TimestampMicrosecondType>().value(row);
                times.write_timestamp(out, instant, self.zone);
            }
            DataType::TimestampNtz => {
                let local = array.as_primitive::<TimestampMicrosecondType>().value(row);
                times.write_timestamp_ntz(out, local, self.zone);
            }
            DataType::Binary => self.options.binary.write(out, array.as_binary_view().value(row)),
            other => append_text(out, array, row, other)?,
        }
        Ok(())
    }
}

/// Appends the names of the columns.
pub fn write_header(out: &mut String, columns: &[StructField], options: &Options) {
    for (number, column) in columns.iter().enumerate() {
        if number > 0 {
            out.push_str(&options.delimiter);
        }
        append_field(out, &column.name, false, options);
    }
}

/// A field, in quotes if it could not be read without them.
fn append_field(line: &mut String, text: &str, quoted: bool, options: &Options) {
    let Some(quote) = options.quote else {
        line.push_str(text);
        return;
    };
    let needs_quotes = quoted
        || options.quote_all
        || text.contains(&options.delimiter)
        || text.contains(['\n', '\r'])
        || (options.escape_quotes && text.contains(quote));
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
