//! One JSON object for each statement, for tools: its rows, or its error.

use datafusion::arrow::record_batch::RecordBatch;

use crate::error::{Error, Result};

use super::escape::push_json_string;
use super::{Layout, ResultWriter};

/// What every object has.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// From 1.
    pub number: usize,
    pub text: &'a str,
    /// How long it took.
    pub milliseconds: f64,
}

/// The object of a statement that had rows (what `Rows` wrote), or none.
pub fn push_success(out: &mut String, statement: &Statement<'_>, rows: Option<&str>) {
    push_start(out, statement);
    out.push_str(rows.unwrap_or(r#""schema":"struct<>","rows":[]"#));
    push_end(out, statement);
}

/// The object of a statement that failed, with line and column of the script if they are known.
pub fn push_failure(out: &mut String, statement: &Statement<'_>, error: &Error, position: Option<(usize, usize)>) {
    push_start(out, statement);
    out.push_str(r#""error":{"condition":"#);
    push_json_string(out, &error.condition());
    out.push_str(r#","sqlstate":"#);
    match error.sqlstate() {
        "" => out.push_str("null"),
        sqlstate => push_json_string(out, sqlstate),
    }
    out.push_str(r#","message":"#);
    push_json_string(out, error.message());
    if let Some(hint) = error.help() {
        out.push_str(r#","hint":"#);
        push_json_string(out, hint);
    }
    if let Some((line, column)) = position {
        out.push_str(&format!(r#","line":{line},"column":{column}"#));
    }
    out.push('}');
    push_end(out, statement);
}

fn push_start(out: &mut String, statement: &Statement<'_>) {
    out.push_str(&format!(r#"{{"n":{},"sql":"#, statement.number));
    push_json_string(out, statement.text);
    out.push(',');
}

fn push_end(out: &mut String, statement: &Statement<'_>) {
    out.push_str(&format!(",\"ms\":{:.1}}}\n", statement.milliseconds));
}

/// Schema and rows: the part of the object that the result gives. Its caller keeps it until it is whole, because a
/// statement that fails after its first rows is a failure.
pub(super) struct Rows {
    layout: Layout,
    empty: bool,
}

impl Rows {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, empty: true }
    }
}

impl ResultWriter for Rows {
    fn begin(&mut self, out: &mut String) {
        out.push_str(r#""schema":"#);
        push_json_string(out, &self.layout.schema());
        out.push_str(r#","rows":["#);
    }

    fn write(&mut self, batch: &RecordBatch, out: &mut String) -> Result<()> {
        let mut cells = self.layout.cells(batch)?;
        let described = self.layout.presentation == super::Presentation::Description;
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            out.push_str(if self.empty { "[" } else { ",[" });
            self.empty = false;
            for (n, cell) in cells.iter_mut().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                if cell.is_null(row) && !described {
                    out.push_str("null");
                } else {
                    text.clear();
                    self.layout.write_cell(cell, row, &mut text);
                    push_json_string(out, &text);
                }
            }
            out.push(']');
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut String) {
        out.push(']');
    }
}
