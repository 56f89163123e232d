//! Records of CSV to columns.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};

use super::Options;
use super::record::Fields;
use crate::error::Result;
use crate::storage::text::{Charset, Decoder, Mode, TextFormat, malformed};
use crate::storage::values;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

impl TextFormat for Options {
    fn name(&self) -> &'static str {
        "csv"
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
        at_start: bool,
    ) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(CsvDecoder::new(self.clone(), columns, projection, time_zone, at_start)?))
    }
}

struct CsvDecoder {
    options: Options,
    zone: Zone,
    schema: SchemaRef,
    outputs: Vec<Output>,
    /// How many fields a record should have.
    expected: usize,
    header_is_next: bool,
    fields: Fields,
    /// Lines of a record that goes on.
    pending: Option<String>,
    rows: usize,
    /// Records with too few or too many fields.
    misshapen: Vec<bool>,
    /// The records themselves, if someone wants to see bad ones.
    texts: Option<StringViewBuilder>,
}

struct Output {
    column: StructField,
    /// Which field of the record; none for the column of bad records.
    field: Option<usize>,
    builder: StringViewBuilder,
}

impl CsvDecoder {
    fn new(
        options: Options,
        columns: &[StructField],
        projection: &[usize],
        time_zone: &str,
        at_start: bool,
    ) -> Result<Self> {
        let corrupt =
            columns.iter().position(|column| column.name.eq_ignore_ascii_case(&options.corrupt_record_column));
        let outputs = projection
            .iter()
            .map(|&number| Output {
                column: columns[number].clone(),
                // The column of bad records has no field of its own.
                field: match corrupt {
                    Some(corrupt) if corrupt == number => None,
                    Some(corrupt) if corrupt < number => Some(number - 1),
                    _ => Some(number),
                },
                builder: StringViewBuilder::new(),
            })
            .collect::<Vec<_>>();
        let fields = projection.iter().map(|&number| columns[number].to_arrow()).collect::<Vec<_>>();
        let zone = Zone::parse(options.time_zone.as_deref().unwrap_or(time_zone))?;
        let shows_bad = outputs.iter().any(|output| output.field.is_none()) || options.mode == Mode::FailFast;
        Ok(Self {
            zone,
            schema: Arc::new(Schema::new(fields)),
            expected: columns.len() - usize::from(corrupt.is_some()),
            outputs,
            header_is_next: options.header && at_start,
            fields: Fields::default(),
            pending: None,
            rows: 0,
            misshapen: Vec::new(),
            texts: shows_bad.then(StringViewBuilder::new),
            options,
        })
    }

    fn record(&mut self, record: &str) {
        for output in &mut self.outputs {
            let text = output.field.and_then(|field| self.fields.get(field, record, &self.options));
            output.builder.append_option(text);
        }
        self.misshapen.push(self.fields.len() != self.expected);
        if let Some(texts) = &mut self.texts {
            texts.append_value(record);
        }
        self.rows += 1;
    }

    fn convert(&self, texts: &StringViewArray, data_type: &DataType) -> Result<ArrayRef> {
        match (data_type, &self.options.date_format, &self.options.timestamp_format) {
            (DataType::Date, Some(pattern), _) => Ok(pattern.dates(texts)),
            (DataType::Timestamp, _, Some(pattern)) => Ok(pattern.timestamps(texts, Some(&self.zone))),
            (DataType::TimestampNtz, _, Some(pattern)) => Ok(pattern.timestamps(texts, None)),
            _ => values::from_texts(texts, data_type, &self.zone),
        }
    }
}

impl Decoder for CsvDecoder {
    fn line(&mut self, line: &str) -> Result<()> {
        let whole;
        let record = match self.pending.take() {
            Some(mut pending) => {
                pending.push('\n');
                pending.push_str(line);
                whole = pending;
                &whole
            }
            None if line.trim().is_empty() => return Ok(()),
            None if self.options.comment.is_some_and(|comment| line.starts_with(comment)) => return Ok(()),
            None => line,
        };
        if !self.fields.split(record, &self.options, self.options.multi_line) {
            self.pending = Some(record.to_owned());
            return Ok(());
        }
        if std::mem::take(&mut self.header_is_next) {
            return Ok(());
        }
        self.record(record);
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if let Some(pending) = self.pending.take() {
            self.fields.split(&pending, &self.options, false);
            if !std::mem::take(&mut self.header_is_next) {
                self.record(&pending);
            }
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn flush(&mut self) -> Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        let mut bad = std::mem::take(&mut self.misshapen);
        let texts = self.texts.as_mut().map(StringViewBuilder::finish);
        let inputs = self.outputs.iter_mut().map(|output| output.builder.finish()).collect::<Vec<_>>();
        let mut arrays = Vec::with_capacity(inputs.len());
        for (input, output) in inputs.iter().zip(&self.outputs) {
            let array = self.convert(input, &output.column.data_type)?;
            if array.null_count() > input.null_count() {
                for (row, bad) in bad.iter_mut().enumerate() {
                    *bad |= array.is_null(row) && input.is_valid(row);
                }
            }
            arrays.push(array);
        }
        if self.options.mode == Mode::FailFast
            && let Some(row) = bad.iter().position(|bad| *bad)
        {
            return Err(malformed(texts.as_ref().map_or("", |texts| texts.value(row))));
        }
        if let Some(texts) = &texts {
            for (array, output) in arrays.iter_mut().zip(&self.outputs) {
                if output.field.is_none() {
                    let shown = texts.iter().zip(&bad).map(|(text, bad)| text.filter(|_| *bad));
                    *array = Arc::new(shown.collect::<StringViewArray>());
                }
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?;
        if self.options.mode == Mode::DropMalformed && bad.contains(&true) {
            let good = bad.iter().map(|bad| Some(!bad)).collect::<BooleanArray>();
            return Ok(filter_record_batch(&batch, &good)?);
        }
        Ok(batch)
    }
}
