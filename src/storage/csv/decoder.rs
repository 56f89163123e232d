//! Lines of CSV files to columns.

use datafusion::arrow::array::RecordBatch;

use crate::error::Result;
use crate::records::Charset;
use crate::records::csv::{Fields, Options, Rows};
use crate::storage::text::{Batches, Decoder, Scan, TextFormat};

impl TextFormat for Options {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn charset(&self) -> Charset {
        self.charset
    }

    fn splits(&self) -> bool {
        !self.multi_line
    }

    fn decoder(&self, scan: &Scan<'_>) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(CsvDecoder {
            rows: Rows::new(self.clone(), scan.columns, scan.projection, scan.time_zone)?,
            batches: Batches::new(scan, self.mode),
            header_is_next: self.header && scan.at_start,
            fields: Fields::default(),
            pending: None,
            options: self.clone(),
        }))
    }
}

struct CsvDecoder {
    options: Options,
    rows: Rows,
    batches: Batches,
    header_is_next: bool,
    fields: Fields,
    /// Lines of a record that goes on.
    pending: Option<String>,
}

impl CsvDecoder {
    fn record(&mut self, record: &str) {
        if !std::mem::take(&mut self.header_is_next) {
            self.rows.add(record, &self.fields);
        }
    }
}

impl Decoder for CsvDecoder {
    fn line(&mut self, line: &str) -> Result<()> {
        let whole;
        let record = match self.pending.take() {
            Some(mut pending) => {
                pending.push('\n');
                pending.push_str(line);
                whole = pending;
                &whole
            }
            None if line.trim().is_empty() => return Ok(()),
            None if self.options.comment.is_some_and(|comment| line.starts_with(comment)) => return Ok(()),
            None => line,
        };
        if self.fields.split(record, &self.options, self.options.multi_line) {
            self.record(record);
        } else {
            self.pending = Some(record.to_owned());
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if let Some(pending) = self.pending.take() {
            self.fields.split(&pending, &self.options, false);
            self.record(&pending);
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn flush(&mut self) -> Result<RecordBatch> {
        let batch = self.rows.take()?;
        self.batches.batch(batch.columns, batch.rows, &batch.bad)
    }
}
