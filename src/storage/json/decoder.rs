//! Lines of JSON to columns.

use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use serde_json::Value;

use super::Options;
use super::columns::{Cells, Converter};
use crate::error::Result;
use crate::storage::text::{Charset, Decoder, Mode, TextFormat, malformed};
use crate::types::StructField;
use crate::types::time_zone::Zone;

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

    fn decoder(
        &self,
        columns: &[StructField],
        projection: &[usize],
        time_zone: &str,
        _at_start: bool,
    ) -> Result<Box<dyn Decoder>> {
        let columns = projection.iter().map(|&number| columns[number].clone()).collect::<Vec<_>>();
        let fields = columns.iter().map(StructField::to_arrow).collect::<Vec<_>>();
        Ok(Box::new(JsonDecoder {
            zone: Zone::parse(self.time_zone.as_deref().unwrap_or(time_zone))?,
            options: self.clone(),
            schema: Arc::new(Schema::new(fields)),
            columns,
            records: Vec::new(),
            document: String::new(),
        }))
    }
}

struct JsonDecoder {
    options: Options,
    zone: Zone,
    schema: SchemaRef,
    columns: Vec<StructField>,
    /// Each with its text if it is no JSON, or if someone may want to see it.
    records: Vec<(Option<Value>, String)>,
    /// The whole file, if it is one document.
    document: String,
}

impl JsonDecoder {
    fn record(&mut self, text: &str) {
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(records)) => {
                self.records.extend(records.into_iter().map(|record| {
                    let text = record.to_string();
                    (Some(record).filter(Value::is_object), text)
                }));
            }
            Ok(record @ Value::Object(_)) => self.records.push((Some(record), text.to_owned())),
            Ok(_) | Err(_) => self.records.push((None, text.to_owned())),
        }
    }
}

impl Decoder for JsonDecoder {
    fn line(&mut self, line: &str) -> Result<()> {
        if self.options.multi_line {
            self.document.push_str(line);
            self.document.push('\n');
        } else if !line.trim().is_empty() {
            self.record(line);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let document = std::mem::take(&mut self.document);
        if !document.trim().is_empty() {
            self.record(&document);
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.records.len()
    }

    fn flush(&mut self) -> Result<RecordBatch> {
        let records = std::mem::take(&mut self.records);
        let mut bad = records.iter().map(|(record, _)| record.is_none()).collect::<Vec<_>>();
        let is_corrupt = |column: &StructField| column.name.eq_ignore_ascii_case(&self.options.corrupt_record_column);
        let mut arrays = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let values = match is_corrupt(column) {
                true => vec![None; records.len()],
                false => records.iter().map(|(record, _)| record.as_ref()?.get(&column.name)).collect(),
            };
            let cells = Cells { values, rows: (0..records.len()).collect() };
            let mut converter = Converter { options: &self.options, zone: &self.zone, bad: &mut bad };
            arrays.push(converter.column(&cells, &column.data_type)?);
        }
        if self.options.mode == Mode::FailFast
            && let Some(row) = bad.iter().position(|bad| *bad)
        {
            return Err(malformed(&records[row].1));
        }
        for (array, column) in arrays.iter_mut().zip(&self.columns) {
            if is_corrupt(column) {
                let shown = records.iter().zip(&bad).map(|((_, text), bad)| bad.then_some(text));
                *array = Arc::new(shown.collect::<StringViewArray>());
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(records.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?;
        if self.options.mode == Mode::DropMalformed && bad.contains(&true) {
            let good = bad.iter().map(|bad| Some(!bad)).collect::<BooleanArray>();
            return Ok(filter_record_batch(&batch, &good)?);
        }
        Ok(batch)
    }
}
