//! A table of Markdown.

use datafusion::arrow::record_batch::RecordBatch;

use crate::error::Result;

use super::layout::is_right_aligned;
use super::{Layout, ResultWriter};

pub(super) struct Markdown {
    layout: Layout,
}

impl Markdown {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout }
    }
}

impl ResultWriter for Markdown {
    fn begin(&mut self, out: &mut String) {
        for column in &self.layout.columns {
            out.push_str("| ");
            let start = out.len();
            out.push_str(&column.name);
            escape(out, start);
            out.push(' ');
        }
        out.push_str("|\n");
        for column in &self.layout.columns {
            out.push_str(if is_right_aligned(column) { "| ---: " } else { "| --- " });
        }
        out.push_str("|\n");
    }

    fn write(&mut self, batch: &RecordBatch, out: &mut String) -> Result<()> {
        let mut cells = self.layout.plain_cells(batch)?;
        for row in 0..batch.num_rows() {
            for cell in &mut cells {
                out.push_str("| ");
                let start = out.len();
                self.layout.write_plain_cell(cell, row, out);
                escape(out, start);
                out.push(' ');
            }
            out.push_str("|\n");
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut String) {}
}

/// Keeps what was appended since `start` inside its cell.
fn escape(out: &mut String, start: usize) {
    if out[start..].contains(['|', '\n', '\r', '\\']) {
        let text = out[start..]
            .replace('\\', "\\\\")
            .replace('|', "\\|")
            .replace("\r\n", "<br>")
            .replace(['\n', '\r'], "<br>");
        out.truncate(start);
        out.push_str(&text);
    }
}
