//! Rows as JSON objects: one array of them, or one on each line.

use std::collections::HashSet;

use datafusion::arrow::record_batch::RecordBatch;

use crate::error::Result;

use super::escape::push_json_string;
use super::{Layout, ResultWriter};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Array,
    Lines,
}

pub(super) struct Json {
    layout: Layout,
    shape: Shape,
    /// The text before each cell: comma, name, colon.
    keys: Vec<String>,
    empty: bool,
}

impl Json {
    pub(super) fn new(layout: Layout, shape: Shape) -> Self {
        let keys = keys(&layout);
        Self { layout, shape, keys, empty: true }
    }
}

/// An object must not have a key twice: the second `a` is called `a_2`.
fn keys(layout: &Layout) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut keys = Vec::with_capacity(layout.columns.len());
    for (n, column) in layout.columns.iter().enumerate() {
        let mut name = column.name.clone();
        let mut count = 1;
        while !taken.insert(name.clone()) {
            count += 1;
            name = format!("{}_{count}", column.name);
        }
        let mut key = String::from(if n > 0 { "," } else { "" });
        push_json_string(&mut key, &name);
        key.push(':');
        keys.push(key);
    }
    keys
}

impl ResultWriter for Json {
    fn begin(&mut self, out: &mut String) {
        if self.shape == Shape::Array {
            out.push('[');
        }
    }

    fn write(&mut self, batch: &RecordBatch, out: &mut String) -> Result<()> {
        let mut cells = self.layout.json_cells(batch)?;
        for row in 0..batch.num_rows() {
            if self.shape == Shape::Array {
                out.push_str(if self.empty { "\n" } else { ",\n" });
            }
            self.empty = false;
            out.push('{');
            for (key, cell) in self.keys.iter().zip(&mut cells) {
                out.push_str(key);
                cell.write(row, out);
            }
            out.push('}');
            if self.shape == Shape::Lines {
                out.push('\n');
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut String) {
        if self.shape == Shape::Array {
            out.push_str(if self.empty { "]\n" } else { "\n]\n" });
        }
    }
}
