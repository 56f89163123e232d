//! Records of CSV to columns, which grow until they are taken.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryViewArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    IntervalMonthDayNanoArray, StringViewArray, StringViewBuilder, TimestampMicrosecondArray,
};

use super::{Fields, Options};
use crate::error::Result;
use crate::records::{Mode, corrupt_record_column, malformed, values};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// The rows of some columns.
pub struct Rows {
    options: Options,
    zone: Zone,
    outputs: Vec<Output>,
    /// How many fields a record should have.
    expected: usize,
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

/// Columns, and the rows in which something is bad.
pub struct Batch {
    pub rows: usize,
    pub columns: Vec<ArrayRef>,
    pub bad: Vec<bool>,
}

impl Rows {
    /// Rows of the columns at `projection`.
    pub fn new(options: Options, columns: &[StructField], projection: &[usize], time_zone: &str) -> Result<Self> {
        let corrupt = corrupt_record_column(columns, &options.corrupt_record_column)?;
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
        let shows_bad = outputs.iter().any(|output| output.field.is_none()) || options.mode == Mode::FailFast;
        Ok(Self {
            zone: options.times.zone(time_zone)?,
            expected: columns.len() - usize::from(corrupt.is_some()),
            outputs,
            rows: 0,
            misshapen: Vec::new(),
            texts: shows_bad.then(StringViewBuilder::new),
            options,
        })
    }

    /// How many rows wait to be taken.
    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a record, which was cut into these fields.
    pub fn add(&mut self, record: &str, fields: &Fields) {
        for output in &mut self.outputs {
            let text = output.field.and_then(|field| fields.get(field, record, &self.options));
            output.builder.append_option(text);
        }
        self.misshapen.push(fields.count() != self.expected);
        if let Some(texts) = &mut self.texts {
            texts.append_value(record);
        }
        self.rows += 1;
    }

    /// Adds a record without fields, which is bad.
    pub fn add_empty(&mut self, record: &str) {
        for output in &mut self.outputs {
            output.builder.append_null();
        }
        self.misshapen.push(true);
        if let Some(texts) = &mut self.texts {
            texts.append_value(record);
        }
        self.rows += 1;
    }

    /// Takes all rows so far.
    pub fn take(&mut self) -> Result<Batch> {
        let rows = std::mem::take(&mut self.rows);
        let mut bad = std::mem::take(&mut self.misshapen);
        let texts = self.texts.as_mut().map(StringViewBuilder::finish);
        let inputs = self.outputs.iter_mut().map(|output| output.builder.finish()).collect::<Vec<_>>();
        let mut columns = Vec::with_capacity(inputs.len());
        for (input, output) in inputs.iter().zip(&self.outputs) {
            let array = self.convert(input, &output.column.data_type)?;
            if array.null_count() > input.null_count() {
                for (row, bad) in bad.iter_mut().enumerate() {
                    *bad |= array.is_null(row) && input.is_valid(row);
                }
            }
            columns.push(array);
        }
        if self.options.mode == Mode::FailFast
            && let Some(row) = bad.iter().position(|bad| *bad)
        {
            return Err(malformed(texts.as_ref().map_or("", |texts| texts.value(row))));
        }
        if let Some(texts) = &texts {
            for (array, output) in columns.iter_mut().zip(&self.outputs) {
                if output.field.is_none() {
                    let shown = texts.iter().zip(&bad).map(|(text, bad)| text.filter(|_| *bad));
                    *array = Arc::new(shown.collect::<StringViewArray>());
                }
            }
        }
        Ok(Batch { rows, columns, bad })
    }

    fn convert(&self, texts: &StringViewArray, data_type: &DataType) -> Result<ArrayRef> {
        let times = &self.options.times;
        Ok(match data_type {
            DataType::Date => {
                Arc::new(texts.iter().map(|text| text.and_then(|text| times.read_date(text))).collect::<Date32Array>())
            }
            DataType::Timestamp => {
                let read = texts.iter().map(|text| text.and_then(|text| times.read_timestamp(text, &self.zone)));
                Arc::new(read.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
            }
            DataType::TimestampNtz => {
                let read = texts.iter().map(|text| text.and_then(|text| times.read_timestamp_ntz(text)));
                Arc::new(read.collect::<TimestampMicrosecondArray>())
            }
            DataType::Double => {
                Arc::new(texts.iter().map(|text| text.and_then(|text| self.double(text))).collect::<Float64Array>())
            }
            DataType::Float => {
                let read = texts.iter().map(|text| text.and_then(|text| self.double(text)));
                Arc::new(read.map(|value| value.map(|value| value as f32)).collect::<Float32Array>())
            }
            DataType::Decimal { precision, scale } => {
                let read = texts.iter().map(|text| text.and_then(|text| values::decimal(text, *precision, *scale)));
                Arc::new(read.collect::<Decimal128Array>().with_precision_and_scale(*precision, *scale)?)
            }
            DataType::CalendarInterval => {
                let read = texts.iter().map(|text| text.and_then(values::calendar_interval));
                Arc::new(read.collect::<IntervalMonthDayNanoArray>())
            }
            DataType::Binary => Arc::new(texts.iter().map(|text| text.map(str::as_bytes)).collect::<BinaryViewArray>()),
            _ => values::from_texts(texts, data_type, &self.zone)?,
        })
    }

    fn double(&self, text: &str) -> Option<f64> {
        values::double(text, &self.options.nan, &self.options.positive_infinity, &self.options.negative_infinity)
    }
}
