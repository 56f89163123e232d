//! Rows to text, in the formats of the command line.
//!
//! A writer appends to a `String` that its caller empties after every batch, so results of any length need the memory of
//! one batch. It knows neither where rows come from nor where the text goes.

mod cells;
mod csv;
mod escape;
mod json;
mod layout;
mod markdown;
pub mod outcome;
mod table;
mod text;
mod vertical;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::record_batch::RecordBatch;

use crate::error::Result;
use crate::types::text::BinaryStyle;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// The values of one array as JSON, for those who write rows in a way of their own.
pub struct JsonColumn<'a>(cells::Column<'a>);

impl<'a> JsonColumn<'a> {
    pub fn new(array: &ArrayRef, data_type: &DataType, zone: &'a Zone) -> Result<Self> {
        Ok(Self(cells::Column::new(array, data_type, cells::Style::Json(BinaryStyle::Utf8), zone)?))
    }

    /// Appends the value; NULL is `null`.
    pub fn write(&mut self, row: usize, out: &mut String) {
        self.0.write(row, out);
    }
}

/// A format of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Vertical,
    Tsv,
    Csv,
    Json,
    Ndjson,
    Markdown,
    Outcome,
}

/// Every format: its name, and one line about it.
pub static FORMATS: &[(Format, &str, &str)] = &[
    (Format::Table, "table", "a table that fits the terminal"),
    (Format::Vertical, "vertical", "one line for each value"),
    (Format::Tsv, "tsv", "tab-separated, as spark-sql prints it"),
    (Format::Csv, "csv", "comma-separated with a header (RFC 4180)"),
    (Format::Json, "json", "one array of objects"),
    (Format::Ndjson, "ndjson", "one object for each row"),
    (Format::Markdown, "markdown", "a table for documents"),
    (Format::Outcome, "outcome", "one JSON object for each statement, errors too"),
];

impl Format {
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, name, _)| name)
    }

    /// The format of that name, in any case.
    pub fn find(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(format, ..)| *format)
    }
}

/// What kind of statement the rows are of: Hive's result text shows those of some commands in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    Rows,
    /// `SHOW TABLES`, `SHOW VIEWS`: only the second column, the name.
    Names,
    /// `DESCRIBE`: every cell padded to 20 characters, NULL as nothing.
    Description,
}

/// Which columns a result has and how they are shown.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Names may repeat.
    pub columns: Vec<StructField>,
    pub presentation: Presentation,
    /// The session's: timestamps are shown in it.
    pub zone: Zone,
    /// How BINARY values are shown.
    pub binary: BinaryStyle,
    /// Width of the terminal, where tables must fit one.
    pub width: Option<usize>,
    /// The rows that a table shows at most.
    pub max_rows: usize,
}

/// Writes one result, batch after batch.
pub trait ResultWriter: Send {
    /// What stands before the first row.
    fn begin(&mut self, out: &mut String);

    /// # Errors
    /// Arrays whose types do not fit the columns.
    fn write(&mut self, batch: &RecordBatch, out: &mut String) -> Result<()>;

    /// What stands after the last row.
    fn finish(&mut self, out: &mut String);
}

/// A writer of one result.
pub fn writer(format: Format, layout: Layout) -> Box<dyn ResultWriter> {
    match format {
        Format::Table => Box::new(table::Table::new(layout)),
        Format::Vertical => Box::new(vertical::Vertical::new(layout)),
        Format::Tsv => Box::new(text::Text::new(layout)),
        Format::Csv => Box::new(csv::Csv::new(layout)),
        Format::Json => Box::new(json::Json::new(layout, json::Shape::Array)),
        Format::Ndjson => Box::new(json::Json::new(layout, json::Shape::Lines)),
        Format::Markdown => Box::new(markdown::Markdown::new(layout)),
        Format::Outcome => Box::new(outcome::Rows::new(layout)),
    }
}
