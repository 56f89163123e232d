//! A table with borders, made to fit the terminal.
//!
//! Only what may be shown is kept: the first rows, and of each cell no more than fits. Rows and columns that were left
//! out are counted below the table.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table as Drawing};
use datafusion::arrow::record_batch::RecordBatch;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::error::Result;

use super::layout::is_right_aligned;
use super::{Layout, ResultWriter};

/// What stands for the part that was cut.
const CUT: &str = "…";
/// Left border, blank, text, blank: what a column needs besides its text.
const FRAME: usize = 3;
/// Columns narrower than this are left out rather than cut further.
const NARROW: usize = 10;
/// Longer texts are never shown whole in a table.
const LONGEST: usize = 10_000;

pub(super) struct Table {
    layout: Layout,
    rows: Vec<Vec<String>>,
    total: usize,
}

impl Table {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, rows: Vec::new(), total: 0 }
    }

    /// How many columns are shown, and how wide their texts are.
    fn widths(&self) -> Vec<usize> {
        let mut natural: Vec<usize> = self.layout.columns.iter().map(|column| column.name.width().max(1)).collect();
        for row in &self.rows {
            for (width, cell) in natural.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        match self.layout.width {
            Some(width) => fit(&natural, width.saturating_sub(1)),
            None => natural,
        }
    }
}

/// Makes columns fit `room`: wide ones are narrowed to a common width; when that is too little, the last are left out.
fn fit(natural: &[usize], room: usize) -> Vec<usize> {
    let needed = |widths: &[usize], cap: usize| -> usize { widths.iter().map(|width| FRAME + (*width).min(cap)).sum() };
    let shown = (1..=natural.len())
        .rev()
        .find(|&shown| {
            let rest = if shown < natural.len() { FRAME + CUT.width() } else { 0 };
            needed(&natural[..shown], NARROW) + rest <= room
        })
        .unwrap_or(1)
        .min(natural.len());
    let room = if shown < natural.len() { room.saturating_sub(FRAME + CUT.width()) } else { room };
    let natural = &natural[..shown];
    let widest = natural.iter().copied().max().unwrap_or(1);
    let cap = (1..=widest).rev().find(|&cap| needed(natural, cap) <= room).unwrap_or(NARROW.min(widest));
    let mut widths: Vec<usize> = natural.iter().map(|width| (*width).min(cap)).collect();
    // What the common width leaves over goes to the first columns that lack something.
    let mut left = room.saturating_sub(needed(&widths, usize::MAX));
    for (width, natural) in widths.iter_mut().zip(natural) {
        if left > 0 && *width < *natural {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

impl ResultWriter for Table {
    fn begin(&mut self, _out: &mut String) {}

    fn write(&mut self, batch: &RecordBatch, _out: &mut String) -> Result<()> {
        let kept = self.layout.max_rows.saturating_sub(self.rows.len()).min(batch.num_rows());
        self.total += batch.num_rows();
        if kept > 0 {
            let batch = batch.slice(0, kept);
            let mut cells = self.layout.plain_cells(&batch)?;
            let longest = self.layout.width.unwrap_or(LONGEST);
            for row in 0..kept {
                let texts = cells.iter_mut().map(|cell| {
                    let mut text = String::new();
                    self.layout.write_plain_cell(cell, row, &mut text);
                    shown(&text, longest)
                });
                self.rows.push(texts.collect());
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut String) {
        let widths = self.widths();
        let all = self.layout.columns.len();
        let cut = widths.len() < all;
        let mut drawing = Drawing::new();
        drawing.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
        let mut line = |cells: &mut dyn Iterator<Item = &str>, header: bool| {
            let mut texts: Vec<String> = cells.zip(&widths).map(|(cell, width)| shorten(cell, *width)).collect();
            if cut {
                texts.push(CUT.to_owned());
            }
            if header {
                drawing.set_header(texts);
            } else {
                drawing.add_row(texts);
            }
        };
        let names: Vec<String> = self.layout.columns.iter().map(|column| shown(&column.name, usize::MAX)).collect();
        line(&mut names.iter().map(String::as_str), true);
        for row in &self.rows {
            line(&mut row.iter().map(String::as_str), false);
        }
        for (column, field) in drawing.column_iter_mut().zip(&self.layout.columns) {
            if is_right_aligned(field) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for drawn in drawing.lines() {
            out.push_str(&drawn);
            out.push('\n');
        }
        let mut notes = Vec::new();
        if self.rows.len() < self.total {
            notes.push(format!("{} of {} rows shown", grouped(self.rows.len()), grouped(self.total)));
        }
        if cut {
            notes.push(format!("{} of {all} columns shown", widths.len()));
        }
        if !notes.is_empty() {
            out.push_str(&notes.join(", "));
            out.push('\n');
        }
    }
}

/// A text in one line: line breaks and other control characters would tear the table apart.
fn shown(text: &str, longest: usize) -> String {
    text.chars()
        .take(longest.saturating_add(1))
        .flat_map(|c| {
            let (first, second) = match c {
                '\n' => ('\\', Some('n')),
                '\r' => ('\\', Some('r')),
                '\t' => ('\\', Some('t')),
                c if c.is_control() => ('\u{FFFD}', None),
                c => (c, None),
            };
            std::iter::once(first).chain(second)
        })
        .collect()
}

/// Cuts a text to a width on the screen.
fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = CUT.width();
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        short.push(c);
    }
    short.push_str(CUT);
    short
}

/// `1,234,567`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
