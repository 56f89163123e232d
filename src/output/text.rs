//! Hive's result text: tabs between cells, no header, nothing escaped; byte for byte what `spark-sql` prints.

use datafusion::arrow::record_batch::RecordBatch;

use crate::error::Result;

use super::{Layout, ResultWriter};

pub(super) struct Text {
    layout: Layout,
}

impl Text {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout }
    }
}

impl ResultWriter for Text {
    fn begin(&mut self, _out: &mut String) {}

    fn write(&mut self, batch: &RecordBatch, out: &mut String) -> Result<()> {
        let mut cells = self.layout.cells(batch)?;
        for row in 0..batch.num_rows() {
            for (n, cell) in cells.iter_mut().enumerate() {
                if n > 0 {
                    out.push('\t');
                }
                self.layout.write_cell(cell, row, out);
            }
            out.push('\n');
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut String) {}
}
