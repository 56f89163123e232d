//! One line for each value, for rows too wide for a table.

use datafusion::arrow::record_batch::RecordBatch;
use unicode_width::UnicodeWidthStr;

use crate::error::Result;

use super::{Layout, ResultWriter};

pub(super) struct Vertical {
    layout: Layout,
    /// Names padded to the longest, with the bar.
    labels: Vec<String>,
    label_width: usize,
    rows: u64,
}

impl Vertical {
    pub(super) fn new(layout: Layout) -> Self {
        let width = |name: &str| UnicodeWidthStr::width(name);
        let label_width = layout.columns.iter().map(|column| width(&column.name)).max().unwrap_or(0);
        let labels = layout
            .columns
            .iter()
            .map(|column| format!("{}{} │ ", column.name, " ".repeat(label_width - width(&column.name))))
            .collect();
        Self { layout, labels, label_width, rows: 0 }
    }
}

impl ResultWriter for Vertical {
    fn begin(&mut self, _out: &mut String) {}

    fn write(&mut self, batch: &RecordBatch, out: &mut String) -> Result<()> {
        let mut cells = self.layout.plain_cells(batch)?;
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let title = format!("─ row {} ", self.rows);
            let rest = (self.label_width + 1).saturating_sub(title.chars().count()).max(3);
            out.push_str(&title);
            out.extend(std::iter::repeat_n('─', rest));
            out.push('\n');
            for (label, cell) in self.labels.iter().zip(&mut cells) {
                out.push_str(label);
                let start = out.len();
                self.layout.write_plain_cell(cell, row, out);
                // Further lines of a value stand below its first.
                if out[start..].contains('\n') {
                    let indented = out[start..].replace('\n', &format!("\n{} │ ", " ".repeat(self.label_width)));
                    out.truncate(start);
                    out.push_str(&indented);
                }
                out.push('\n');
            }
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut String) {}
}
