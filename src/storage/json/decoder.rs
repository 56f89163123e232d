//! Lines of JSON files to columns.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};

use crate::error::Result;
use crate::records::json::reader::{Kind, Reader};
use crate::records::json::{Options, Rows};
use crate::records::{Charset, Mode, malformed};
use crate::storage::text::{Batches, Decoder, Scan, TextFormat};
use crate::types::{DataType, StructField};

impl TextFormat for Options {
    fn name(&self) -> &'static str {
        "json"
    }

    fn charset(&self) -> Charset {
        self.charset
    }

    fn splits(&self) -> bool {
        !self.multi_line
    }

    fn decoder(&self, scan: &Scan<'_>) -> Result<Box<dyn Decoder>> {
        let columns =
            scan.projection.iter().map(|&number| StructField { nullable: true, ..scan.columns[number].clone() });
        Ok(Box::new(JsonDecoder {
            rows: Rows::new(DataType::Struct(columns.collect()), self.clone(), scan.time_zone)?,
            batches: Batches::new(scan, self.mode),
            bad: Vec::new(),
            document: String::new(),
            options: self.clone(),
        }))
    }
}

struct JsonDecoder {
    options: Options,
    rows: Rows,
    batches: Batches,
    /// Whether each row so far is bad.
    bad: Vec<bool>,
    /// The whole file, if it is one document.
    document: String,
}

impl JsonDecoder {
    /// One record, or an array of them.
    fn record(&mut self, text: &str) -> Result<()> {
        let mut reader = Reader::lenient(text, self.options.leniency);
        let is_whole = reader.clone().skip().is_some();
        if !is_whole || reader.kind() != Some(Kind::Array) {
            let bad = self.rows.add(text);
            return self.added(bad, text);
        }
        let mut places = Vec::new();
        reader.array(|reader| {
            reader.kind()?;
            let start = reader.place();
            reader.skip()?;
            places.push((start, reader.place()));
            Some(())
        });
        for (start, end) in places {
            let text = reader.between(start, end);
            let bad = self.rows.add_value(&mut reader.at(start), text);
            self.added(bad, text)?;
        }
        Ok(())
    }

    fn added(&mut self, bad: bool, text: &str) -> Result<()> {
        if bad && self.options.mode == Mode::FailFast {
            return Err(malformed(text));
        }
        self.bad.push(bad);
        Ok(())
    }
}

impl Decoder for JsonDecoder {
    fn line(&mut self, line: &str) -> Result<()> {
        if self.options.multi_line {
            self.document.push_str(line);
            self.document.push('\n');
        } else if !line.trim().is_empty() {
            self.record(line)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let document = std::mem::take(&mut self.document);
        if !document.trim().is_empty() {
            self.record(document.trim_end())?;
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.bad.len()
    }

    fn flush(&mut self) -> Result<RecordBatch> {
        let bad = std::mem::take(&mut self.bad);
        let rows = self.rows.take()?;
        self.batches.batch(rows.as_struct().columns().to_vec(), rows.len(), &bad)
    }
}
