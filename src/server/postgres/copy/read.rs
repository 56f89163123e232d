//! Lines of text, of CSV, and PostgreSQL's bytes as rows of columns.
//!
//! What is text stays text here: the statement casts it, whole columns at a time.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, BinaryViewBuilder, RecordBatch, RecordBatchOptions, StringViewBuilder};
use datafusion::common::ScalarValue;

use crate::error::Error;
use crate::types::{DataType, StructField, arrow_schema};

use super::super::conversation::Fault;
use super::super::encode::{Oid, types};
use super::super::parameters::{self, Value};
use super::super::report::Report;
use super::options::{Csv, Layout};
use super::write::SIGNATURE;

/// Rows of a batch.
const BATCH: usize = 8192;
/// Bytes of a line.
const LONGEST: usize = 1 << 30;

/// Puts what the client sends together.
pub(super) struct Reader {
    given: Vec<StructField>,
    layout: Layout,
    buffer: Vec<u8>,
    /// Bytes of the buffer in which no line ends, and whether a quoted value is open behind them.
    scanned: usize,
    quoted: bool,
    columns: Vec<Values>,
    rows: usize,
    /// Lines so far, for messages.
    line: u64,
    /// The first line, or the beginning of the bytes, is still to come.
    begins: bool,
    ended: bool,
}

enum Values {
    Text(StringViewBuilder),
    Bytes(BinaryViewBuilder),
    Scalars { oid: Oid, data_type: DataType, values: Vec<ScalarValue> },
}

impl Reader {
    pub(super) fn new(columns: &[StructField], layout: Layout) -> Result<Self, Fault> {
        let binary = layout == Layout::Binary;
        let mut given = Vec::new();
        let mut values = Vec::new();
        for column in columns {
            let (data_type, builder) = match &column.data_type {
                DataType::Binary => (DataType::Binary, Values::Bytes(BinaryViewBuilder::new())),
                other if binary => scalars(column, other)?,
                other if types::is_scalar(other) => (DataType::String, Values::Text(StringViewBuilder::new())),
                _ => return Err(unsupported(column)),
            };
            given.push(StructField::new(column.name.clone(), data_type));
            values.push(builder);
        }
        Ok(Self {
            given,
            layout,
            buffer: Vec::new(),
            scanned: 0,
            quoted: false,
            columns: values,
            rows: 0,
            line: 0,
            begins: true,
            ended: false,
        })
    }

    /// The columns as they come.
    pub(super) fn given(&self) -> &[StructField] {
        &self.given
    }

    /// Takes more bytes; gives the batches that are full.
    pub(super) fn read(&mut self, data: &[u8]) -> Result<Vec<RecordBatch>, Fault> {
        self.buffer.extend_from_slice(data);
        if self.buffer.len() > LONGEST {
            return Err(Report::error("54000", "a line of the COPY is too long").into());
        }
        let mut batches = Vec::new();
        if self.layout == Layout::Binary {
            self.read_tuples(&mut batches)?;
        } else {
            self.read_lines(&mut batches)?;
        }
        Ok(batches)
    }

    /// There is no more; gives what is left.
    pub(super) fn finish(&mut self) -> Result<Vec<RecordBatch>, Fault> {
        let mut batches = Vec::new();
        if self.layout == Layout::Binary {
            if !self.ended {
                return Err(malformed("unexpected EOF in COPY data", self.line));
            }
        } else if !self.buffer.is_empty() && !self.ended {
            if self.quoted {
                return Err(malformed("unterminated CSV quoted field", self.line + 1));
            }
            self.buffer.push(b'\n');
            self.read_lines(&mut batches)?;
        }
        batches.extend(self.batch()?);
        Ok(batches)
    }

    fn read_lines(&mut self, batches: &mut Vec<RecordBatch>) -> Result<(), Fault> {
        let buffer = std::mem::take(&mut self.buffer);
        let mut start = 0;
        while let Some(end) = self.line_end(&buffer, start) {
            let line = buffer[start..end].strip_suffix(b"\r").unwrap_or(&buffer[start..end]);
            start = end + 1;
            self.scanned = 0;
            self.line += 1;
            if self.ended {
                continue;
            }
            let header =
                matches!(&self.layout, Layout::Text { header: true, .. } | Layout::Csv(Csv { header: true, .. }));
            if std::mem::take(&mut self.begins) && header {
                continue;
            }
            if line == b"\\." {
                self.ended = true;
                continue;
            }
            match self.layout.clone() {
                Layout::Text { delimiter, null, .. } => self.text_line(line, delimiter, null.as_bytes())?,
                Layout::Csv(csv) => self.csv_line(line, &csv)?,
                Layout::Binary => {}
            }
            self.rows += 1;
            if self.rows >= BATCH {
                batches.extend(self.batch()?);
            }
        }
        self.buffer = if start == 0 { buffer } else { buffer[start..].to_vec() };
        Ok(())
    }

    /// Where the line that begins at `start` ends.
    fn line_end(&mut self, buffer: &[u8], start: usize) -> Option<usize> {
        let Layout::Csv(csv) = &self.layout else {
            let found = memchr::memchr(b'\n', &buffer[start + self.scanned..]);
            let end = found.map(|at| start + self.scanned + at);
            if end.is_none() {
                self.scanned = buffer.len() - start;
            }
            return end;
        };
        let mut at = start + self.scanned;
        while at < buffer.len() {
            let byte = buffer[at];
            if self.quoted && byte == csv.escape && csv.escape != csv.quote && at + 1 == buffer.len() {
                // Whether it escapes anything, the next byte tells.
                break;
            }
            if self.quoted && byte == csv.escape && csv.escape != csv.quote {
                at += 1 + usize::from(matches!(buffer[at + 1], next if next == csv.quote || next == csv.escape));
                continue;
            }
            if byte == csv.quote {
                self.quoted = !self.quoted;
            } else if byte == b'\n' && !self.quoted {
                return Some(at);
            }
            at += 1;
        }
        self.scanned = at - start;
        None
    }

    fn text_line(&mut self, line: &[u8], delimiter: u8, null: &[u8]) -> Result<(), Fault> {
        let mut fields = Fields::new(self.given.len());
        let mut value = Vec::new();
        let mut start = 0;
        loop {
            let mut end = start;
            let mut escaped = false;
            while end < line.len() && line[end] != delimiter {
                escaped |= line[end] == b'\\';
                end += if line[end] == b'\\' { 2 } else { 1 };
            }
            let end = end.min(line.len());
            let raw = &line[start..end];
            let column = fields.next(self.line)?;
            if raw == null {
                self.append(column, None)?;
            } else if escaped {
                value.clear();
                unescape(raw, &mut value);
                self.append(column, Some(&value))?;
            } else {
                self.append(column, Some(raw))?;
            }
            if end >= line.len() {
                break;
            }
            start = end + 1;
        }
        fields.finish(&self.given, self.line)
    }

    fn csv_line(&mut self, line: &[u8], csv: &Csv) -> Result<(), Fault> {
        let mut fields = Fields::new(self.given.len());
        let mut value = Vec::new();
        let mut at = 0;
        loop {
            value.clear();
            let mut quoted = false;
            let mut open = false;
            while at < line.len() && (open || line[at] != csv.delimiter) {
                let byte = line[at];
                let next = line.get(at + 1).copied();
                if open && byte == csv.escape && next.is_some_and(|next| next == csv.quote || next == csv.escape) {
                    value.extend(next);
                    at += 2;
                    continue;
                }
                if byte == csv.quote {
                    open = !open;
                    quoted = true;
                } else {
                    value.push(byte);
                }
                at += 1;
            }
            let column = fields.next(self.line)?;
            let is_null = !quoted && value == csv.null.as_bytes();
            self.append(column, (!is_null).then_some(&value))?;
            if at >= line.len() {
                break;
            }
            at += 1;
        }
        fields.finish(&self.given, self.line)
    }

    fn append(&mut self, column: usize, value: Option<&[u8]>) -> Result<(), Fault> {
        let encoding = || Report::error("22021", "invalid byte sequence for encoding \"UTF8\"");
        match &mut self.columns[column] {
            Values::Text(builder) => {
                builder.append_option(value.map(std::str::from_utf8).transpose().map_err(|_| encoding())?);
            }
            Values::Bytes(builder) => match value {
                None => builder.append_null(),
                Some(value) => {
                    let text = std::str::from_utf8(value).map_err(|_| encoding())?;
                    let bytes = parameters::read_bytea(text).ok_or_else(|| {
                        Report::error("22P02", format!("invalid input syntax for type bytea (line {})", self.line))
                    })?;
                    builder.append_value(bytes);
                }
            },
            Values::Scalars { .. } => return Err(malformed("a text among bytes", self.line)),
        }
        Ok(())
    }

    fn read_tuples(&mut self, batches: &mut Vec<RecordBatch>) -> Result<(), Fault> {
        let mut rest = Bytes::from(std::mem::take(&mut self.buffer));
        if self.begins {
            if rest.len() < SIGNATURE.len() + 8 {
                self.buffer = rest.to_vec();
                return Ok(());
            }
            let header = rest.split_to(SIGNATURE.len() + 8);
            let extension = header.slice(SIGNATURE.len() + 4..);
            if !header.starts_with(SIGNATURE) || extension.as_ref() != [0; 4] {
                return Err(malformed("COPY file signature not recognized", 0));
            }
            self.begins = false;
        }
        while !self.ended {
            let Some((tuple, length)) = tuple(&rest, self.given.len(), self.line + 1)? else { break };
            let whole = rest.split_to(length);
            let Some(fields) = tuple else {
                self.ended = true;
                break;
            };
            self.line += 1;
            for (column, field) in fields.into_iter().enumerate() {
                self.append_bytes(column, field.map(|(start, end)| whole.slice(start..end)))?;
            }
            self.rows += 1;
            if self.rows >= BATCH {
                batches.extend(self.batch()?);
            }
        }
        self.buffer = rest.to_vec();
        Ok(())
    }

    fn append_bytes(&mut self, column: usize, value: Option<Bytes>) -> Result<(), Fault> {
        let name = &self.given[column].name;
        let wrong = || Report::error("22P03", format!("incorrect binary data format in column \"{name}\""));
        match &mut self.columns[column] {
            Values::Bytes(builder) => builder.append_option(value),
            Values::Text(builder) => {
                let text = value.as_ref().map(|value| std::str::from_utf8(value)).transpose();
                builder.append_option(text.map_err(|_| wrong())?);
            }
            Values::Scalars { oid, data_type, values } => {
                let arrow = data_type.to_arrow();
                let scalar = match value {
                    None => ScalarValue::try_from(&arrow).map_err(Error::from)?,
                    Some(value) => match parameters::binary(&value, *oid) {
                        Some(Value::Scalar(scalar, _)) => scalar.cast_to(&arrow).map_err(Error::from)?,
                        Some(Value::Text(text)) => ScalarValue::Utf8View(Some(text)),
                        Some(Value::Null) | None => return Err(wrong().into()),
                    },
                };
                values.push(scalar);
            }
        }
        Ok(())
    }

    /// The rows that were gathered.
    fn batch(&mut self) -> Result<Option<RecordBatch>, Fault> {
        let rows = std::mem::take(&mut self.rows);
        if rows == 0 {
            return Ok(None);
        }
        let arrays = self.columns.iter_mut().map(|values| -> Result<ArrayRef, Error> {
            Ok(match values {
                Values::Text(builder) => Arc::new(builder.finish()),
                Values::Bytes(builder) => Arc::new(builder.finish()),
                Values::Scalars { values, .. } => ScalarValue::iter_to_array(values.drain(..))?,
            })
        });
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(arrow_schema(&self.given), arrays, &options);
        Ok(Some(batch.map_err(Error::from)?))
    }
}

/// Counts the values of a line.
struct Fields {
    wanted: usize,
    found: usize,
}

impl Fields {
    fn new(wanted: usize) -> Self {
        Self { wanted, found: 0 }
    }

    fn next(&mut self, line: u64) -> Result<usize, Fault> {
        let column = self.found;
        self.found += 1;
        match column < self.wanted {
            true => Ok(column),
            false => Err(malformed("extra data after last expected column", line)),
        }
    }

    fn finish(&self, columns: &[StructField], line: u64) -> Result<(), Fault> {
        match columns.get(self.found) {
            None => Ok(()),
            Some(column) => Err(malformed(&format!("missing data for column \"{}\"", column.name), line)),
        }
    }
}

/// The places of a row's values and its length; the row is `None` at the end. `Ok(None)`: it is not there yet.
#[expect(clippy::type_complexity, reason = "a row that may be the last, with values that may be NULL")]
fn tuple(
    rest: &Bytes,
    columns: usize,
    line: u64,
) -> Result<Option<(Option<Vec<Option<(usize, usize)>>>, usize)>, Fault> {
    let Some(count) = rest.get(..2) else { return Ok(None) };
    match i16::from_be_bytes([count[0], count[1]]) {
        -1 => return Ok(Some((None, 2))),
        count if usize::try_from(count) == Ok(columns) => {}
        count => return Err(malformed(&format!("row field count is {count}, expected {columns}"), line)),
    }
    let mut fields = Vec::with_capacity(columns);
    let mut at = 2;
    for _ in 0..columns {
        let Some(length) = rest.get(at..at + 4) else { return Ok(None) };
        let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        at += 4;
        match usize::try_from(length) {
            Err(_) if length == -1 => fields.push(None),
            Err(_) => return Err(malformed("invalid field size", line)),
            Ok(length) if rest.len() < at + length => return Ok(None),
            Ok(length) => {
                fields.push(Some((at, at + length)));
                at += length;
            }
        }
    }
    Ok(Some((Some(fields), at)))
}

fn scalars(column: &StructField, data_type: &DataType) -> Result<(DataType, Values), Fault> {
    let oid = types::oid(data_type);
    if data_type.is_string() {
        return Ok((DataType::String, Values::Text(StringViewBuilder::new())));
    }
    let given = match data_type {
        DataType::Decimal { .. } => data_type.clone(),
        _ if oid == Oid::JSON => return Err(unsupported(column)),
        _ => types::data_type(oid).ok_or_else(|| unsupported(column))?,
    };
    Ok((given.clone(), Values::Scalars { oid, data_type: given, values: Vec::new() }))
}

fn unsupported(column: &StructField) -> Fault {
    let message = format!("COPY into the column \"{}\" of type {} is not supported", column.name, column.data_type);
    Report::error("0A000", message)
        .hint("COPY it as a string into another table, and INSERT … SELECT from there")
        .into()
}

fn malformed(message: &str, line: u64) -> Fault {
    Report::error("22P04", format!("{message} (line {line})")).into()
}

/// `\t`, `\n` and the like, `\101`, `\x41`; any other letter stands for itself.
fn unescape(raw: &[u8], value: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'\\' {
            value.push(*first);
            continue;
        }
        let Some((letter, tail)) = rest.split_first() else {
            value.push(b'\\');
            return;
        };
        rest = tail;
        let digits = |rest: &[u8], most: usize, radix: u32| {
            rest.iter().take(most).take_while(|byte| (**byte as char).is_digit(radix)).count()
        };
        let number = |digits: &[u8], radix: u32| {
            digits.iter().fold(0_u32, |value, byte| value * radix + (*byte as char).to_digit(radix).unwrap_or(0)) as u8
        };
        match letter {
            b'b' => value.push(0x08),
            b'f' => value.push(0x0c),
            b'n' => value.push(b'\n'),
            b'r' => value.push(b'\r'),
            b't' => value.push(b'\t'),
            b'v' => value.push(0x0b),
            b'0'..=b'7' => {
                let more = digits(rest, 2, 8);
                let first = number(&[*letter], 8).wrapping_mul(8_u8.wrapping_pow(more as u32));
                value.push(first.wrapping_add(number(&rest[..more], 8)));
                rest = &rest[more..];
            }
            b'x' if digits(rest, 2, 16) > 0 => {
                let count = digits(rest, 2, 16);
                value.push(number(&rest[..count], 16));
                rest = &rest[count..];
            }
            other => value.push(*other),
        }
    }
}
