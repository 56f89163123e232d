//! Rows as lines of text, of CSV, or as PostgreSQL's bytes, each a CopyData message.

use datafusion::arrow::array::RecordBatch;

use crate::error::Result;
use crate::types::StructField;
use crate::types::time_zone::Zone;

use super::super::connection::FLUSH;
use super::super::encode::{Column, Format, write_sized};
use super::super::messages::message;
use super::options::{Csv, Layout};

/// What files of bytes begin with.
pub(super) const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

pub(super) fn begin(out: &mut Vec<u8>, columns: &[StructField], layout: &Layout) {
    let names = columns.iter().map(|column| column.name.as_bytes());
    match layout {
        Layout::Text { delimiter, header: true, null } => message(out, b'd', |out| {
            for (at, name) in names.enumerate() {
                if at > 0 {
                    out.push(*delimiter);
                }
                escape(out, name, *delimiter);
            }
            let _ = null;
            out.push(b'\n');
        }),
        Layout::Csv(csv) if csv.header => message(out, b'd', |out| {
            for (at, name) in names.enumerate() {
                if at > 0 {
                    out.push(csv.delimiter);
                }
                quote(out, name, csv, columns.len() == 1);
            }
            out.push(b'\n');
        }),
        Layout::Text { .. } | Layout::Csv(_) | Layout::Binary => {}
    }
}

/// Clients expect what bytes begin with in one message with what follows.
fn signature(out: &mut Vec<u8>) {
    out.extend_from_slice(SIGNATURE);
    out.extend_from_slice(&[0; 8]);
}

pub(super) fn end(out: &mut Vec<u8>, layout: &Layout, is_empty: bool) {
    if *layout == Layout::Binary {
        message(out, b'd', |out| {
            if is_empty {
                signature(out);
            }
            out.extend_from_slice(&(-1_i16).to_be_bytes());
        });
    }
}

/// Appends rows from `start` on until there is enough to be sent; gives the row to go on with. `first`: none was before.
pub(super) fn rows(
    out: &mut Vec<u8>,
    batch: &RecordBatch,
    (start, first): (usize, bool),
    columns: &[StructField],
    layout: &Layout,
    zone: &Zone,
) -> Result<usize> {
    let format = if *layout == Layout::Binary { Format::Binary } else { Format::Text };
    let writers = batch.columns().iter().zip(columns);
    let mut writers = writers
        .map(|(array, column)| Column::new(array, &column.data_type, format, zone))
        .collect::<Result<Vec<_>>>()?;
    let single = columns.len() == 1;
    let mut value = Vec::new();
    for row in start..batch.num_rows() {
        message(out, b'd', |out| match layout {
            Layout::Binary => {
                if first && row == start {
                    signature(out);
                }
                out.extend_from_slice(&(columns.len() as u16).to_be_bytes());
                writers.iter_mut().for_each(|writer| write_sized(writer, row, out));
            }
            Layout::Text { delimiter, null, .. } => {
                for (at, writer) in writers.iter_mut().enumerate() {
                    if at > 0 {
                        out.push(*delimiter);
                    }
                    if writer.is_null(row) {
                        out.extend_from_slice(null.as_bytes());
                    } else {
                        value.clear();
                        writer.write(row, &mut value);
                        escape(out, &value, *delimiter);
                    }
                }
                out.push(b'\n');
            }
            Layout::Csv(csv) => {
                for (at, writer) in writers.iter_mut().enumerate() {
                    if at > 0 {
                        out.push(csv.delimiter);
                    }
                    if writer.is_null(row) {
                        out.extend_from_slice(csv.null.as_bytes());
                    } else {
                        value.clear();
                        writer.write(row, &mut value);
                        quote(out, &value, csv, single);
                    }
                }
                out.push(b'\n');
            }
        });
        if out.len() >= FLUSH {
            return Ok(row + 1);
        }
    }
    Ok(batch.num_rows())
}

/// Text with backslashes before what would end it.
fn escape(out: &mut Vec<u8>, value: &[u8], delimiter: u8) {
    for byte in value {
        let letter = match byte {
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x0b => b'v',
            b'\\' => b'\\',
            byte if *byte == delimiter => *byte,
            byte => {
                out.push(*byte);
                continue;
            }
        };
        out.push(b'\\');
        out.push(letter);
    }
}

fn quote(out: &mut Vec<u8>, value: &[u8], csv: &Csv, single: bool) {
    let special = |byte: &u8| *byte == csv.delimiter || *byte == csv.quote || matches!(byte, b'\n' | b'\r');
    let needed =
        csv.force_quote || value == csv.null.as_bytes() || (single && value == b"\\.") || value.iter().any(special);
    if !needed {
        out.extend_from_slice(value);
        return;
    }
    out.push(csv.quote);
    for byte in value {
        if *byte == csv.quote || *byte == csv.escape {
            out.push(csv.escape);
        }
        out.push(*byte);
    }
    out.push(csv.quote);
}
