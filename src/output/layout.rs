//! Which cells of a batch are shown, and as what text.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::record_batch::RecordBatch;

use crate::error::Result;
use crate::types::{DataType, StructField};

use super::cells::{Column, Style, columns};
use super::{Layout, Presentation};

/// Spark's padding of DESCRIBE.
const DESCRIPTION_WIDTH: usize = 20;

impl Layout {
    /// The columns that Hive's text shows of a batch.
    pub(super) fn cells(&self, batch: &RecordBatch) -> Result<Vec<Column<'_>>> {
        let mut cells = columns(batch.columns(), &self.columns, Style::Result(self.binary), &self.zone)?;
        if self.presentation == Presentation::Names && cells.len() > 1 {
            cells = vec![cells.swap_remove(1)];
        }
        Ok(cells)
    }

    /// Appends a cell as Hive's text shows it; a DESCRIBE has its own way.
    pub(super) fn write_cell(&self, column: &mut Column<'_>, row: usize, out: &mut String) {
        match self.presentation {
            Presentation::Rows | Presentation::Names => column.write(row, out),
            Presentation::Description => {
                let before = out.len();
                if !column.is_null(row) {
                    column.write(row, out);
                }
                let width = out[before..].chars().count();
                out.extend(std::iter::repeat_n(' ', DESCRIPTION_WIDTH.saturating_sub(width)));
            }
        }
    }

    /// All columns, as Hive's text without its special forms.
    pub(super) fn plain_cells(&self, batch: &RecordBatch) -> Result<Vec<Column<'_>>> {
        columns(batch.columns(), &self.columns, Style::Result(self.binary), &self.zone)
    }

    /// Appends a cell without Hive's special forms; what a DESCRIBE has nothing to say about stays empty.
    pub(super) fn write_plain_cell(&self, column: &mut Column<'_>, row: usize, out: &mut String) {
        if self.presentation != Presentation::Description || !column.is_null(row) {
            column.write(row, out);
        }
    }

    /// All columns, as JSON.
    pub(super) fn json_cells(&self, batch: &RecordBatch) -> Result<Vec<Column<'_>>> {
        let arrays: &[ArrayRef] = batch.columns();
        columns(arrays, &self.columns, Style::Json(self.binary), &self.zone)
    }

    pub(super) fn schema(&self) -> String {
        DataType::Struct(self.columns.clone()).catalog_string()
    }
}

/// Numbers stand at the right of their column.
pub(super) fn is_right_aligned(field: &StructField) -> bool {
    field.data_type.is_numeric()
}
