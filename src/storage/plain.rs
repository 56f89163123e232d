//! Files of plain text: every line is a value of the one column, whatever is in it.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewBuilder};

use super::text::{Batches, Decoder, Scan, TextFormat};
use crate::catalog::Properties;
use crate::error::{_LEGACY_ERROR_TEMP_1290, Error, Result};
use crate::records::{Charset, Mode, check_other, flag, refused};
use crate::types::{DataType, StructField};

/// Options of a table of text.
#[derive(Debug, Clone)]
pub(super) struct Options {
    charset: Charset,
}

impl Options {
    pub fn new(options: &Properties) -> Result<Self> {
        let mut found = Self { charset: Charset::Utf8 };
        for (key, value) in options {
            let name = key.to_lowercase();
            match name.as_str() {
                "encoding" | "charset" => found.charset = Charset::named(value)?,
                "wholetext" if flag(&name, value)? => return Err(refused("text", key, value)),
                _ => check_other("text", key, value, &[])?,
            }
        }
        Ok(found)
    }
}

/// The column of files that no table describes.
pub(super) fn columns() -> Vec<StructField> {
    vec![StructField::new("value", DataType::String)]
}

/// Fails if there are more columns than a line has.
pub(super) fn check_columns(columns: &[StructField]) -> Result<()> {
    if columns.len() <= 1 {
        return Ok(());
    }
    let message = format!("Text data source supports only a single column, and you have {} columns.", columns.len());
    Err(Error::new(&_LEGACY_ERROR_TEMP_1290, message).hint("use USING csv"))
}

impl TextFormat for Options {
    fn name(&self) -> &'static str {
        "text"
    }

    fn charset(&self) -> Charset {
        self.charset
    }

    fn splits(&self) -> bool {
        true
    }

    fn decoder(&self, scan: &Scan<'_>) -> Result<Box<dyn Decoder>> {
        check_columns(scan.columns)?;
        let values = (!scan.projection.is_empty()).then(StringViewBuilder::new);
        Ok(Box::new(PlainDecoder { batches: Batches::new(scan, Mode::Permissive), values, rows: 0 }))
    }
}

struct PlainDecoder {
    batches: Batches,
    /// The lines, unless only their number is asked for.
    values: Option<StringViewBuilder>,
    rows: usize,
}

impl Decoder for PlainDecoder {
    fn line(&mut self, line: &str) -> Result<()> {
        if let Some(values) = &mut self.values {
            values.append_value(line);
        }
        self.rows += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn flush(&mut self) -> Result<RecordBatch> {
        let columns = self.values.iter_mut().map(|values| Arc::new(values.finish()) as ArrayRef);
        self.batches.batch(columns.collect(), std::mem::take(&mut self.rows), &[])
    }
}
