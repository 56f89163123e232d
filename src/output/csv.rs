//! CSV by RFC 4180 with a header; NULL is an empty cell, an empty string is `""`.

use datafusion::arrow::record_batch::RecordBatch;

use crate::error::Result;

use super::{Layout, ResultWriter};

pub(super) struct Csv {
    layout: Layout,
}

impl Csv {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout }
    }
}

impl ResultWriter for Csv {
    fn begin(&mut self, out: &mut String) {
        for (n, column) in self.layout.columns.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            let start = out.len();
            out.push_str(&column.name);
            quote_if_needed(out, start);
        }
        out.push('\n');
    }

    fn write(&mut self, batch: &RecordBatch, out: &mut String) -> Result<()> {
        let mut cells = self.layout.plain_cells(batch)?;
        let may_need_quotes: Vec<bool> = self
            .layout
            .columns
            .iter()
            .map(|column| !column.data_type.is_numeric() && !column.data_type.is_datetime())
            .collect();
        for row in 0..batch.num_rows() {
            for (n, cell) in cells.iter_mut().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                if cell.is_null(row) {
                    continue;
                }
                let start = out.len();
                cell.write(row, out);
                if may_need_quotes[n] {
                    quote_if_needed(out, start);
                }
            }
            out.push('\n');
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut String) {}
}

/// Puts what was appended since `start` in quotes if it could be read as something else.
fn quote_if_needed(out: &mut String, start: usize) {
    let text = &out[start..];
    let needed = text.is_empty() || text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if needed {
        let quoted = text.replace('"', "\"\"");
        out.truncate(start);
        out.push('"');
        out.push_str(&quoted);
        out.push('"');
    }
}
