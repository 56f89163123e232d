//! Rows as they are told, one value after another, gathered into columns: only those that a statement asks for.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Float64Builder, Int16Builder, Int32Builder, Int64Builder, ListBuilder,
    RecordBatch, StringViewBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::record_batch::RecordBatchOptions;
use datafusion::common::ScalarValue;

use crate::error::{Error, Result};
use crate::types::DataType;

use super::table::{Column, TABLE_OID};

/// One value.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    /// Microseconds since the epoch.
    Time(i64),
    Texts(Vec<Cow<'a, str>>),
    Integers(Vec<i64>),
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Cell::Boolean(value)
    }
}

impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Cell::Integer(value)
    }
}

impl From<i32> for Cell<'_> {
    fn from(value: i32) -> Self {
        Cell::Integer(value.into())
    }
}

impl From<u64> for Cell<'_> {
    fn from(value: u64) -> Self {
        Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Cell<'_> {
    fn from(value: usize) -> Self {
        Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Cell::Real(value)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Cell::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(value: &'a String) -> Self {
        Cell::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Cell<'_> {
    fn from(value: String) -> Self {
        Cell::Text(Cow::Owned(value))
    }
}

impl<'a> From<Cow<'a, str>> for Cell<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        Cell::Text(value)
    }
}

impl From<Vec<i64>> for Cell<'_> {
    fn from(values: Vec<i64>) -> Self {
        Cell::Integers(values)
    }
}

impl From<Vec<String>> for Cell<'_> {
    fn from(values: Vec<String>) -> Self {
        Cell::Texts(values.into_iter().map(Cow::Owned).collect())
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

/// Adds a row: its values in the order of the columns.
macro_rules! row {
    ($sink:expr; $($value:expr),+ $(,)?) => {
        $sink.push(&[$($crate::system_schemas::cells::Cell::from($value)),+])
    };
}
pub(super) use row;

/// What no value is.
pub(super) const NULL: Cell<'static> = Cell::Null;

impl<'a> From<&Cell<'a>> for Cell<'a> {
    fn from(cell: &Cell<'a>) -> Self {
        cell.clone()
    }
}

/// The values that a column must have one of.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub column: usize,
    pub values: Vec<ScalarValue>,
}

/// Where rows go.
pub(super) struct Sink<'t> {
    columns: &'t [Column],
    projection: &'t [usize],
    wanted: &'t [Wanted],
    builders: Vec<Builder>,
    rows: usize,
    mismatched: bool,
    /// The table's own number, which its last column may be.
    oid: i64,
    told: usize,
}

enum Builder {
    Boolean(BooleanBuilder),
    Short(Int16Builder),
    Int(Int32Builder),
    Long(Int64Builder),
    Double(Float64Builder),
    Text(StringViewBuilder),
    Time(TimestampMicrosecondBuilder),
    Texts(ListBuilder<StringViewBuilder>),
    Shorts(ListBuilder<Int16Builder>),
    Ints(ListBuilder<Int32Builder>),
    Longs(ListBuilder<Int64Builder>),
}

impl<'t> Sink<'t> {
    pub fn new(columns: &'t [Column], oid: i64, projection: &'t [usize], wanted: &'t [Wanted]) -> Result<Self> {
        let told = columns.iter().filter(|column| column.name != TABLE_OID).count();
        let builders =
            projection.iter().map(|column| Builder::new(&columns[*column].data_type)).collect::<Result<Vec<_>>>()?;
        Ok(Self { columns, projection, wanted, builders, rows: 0, mismatched: false, oid, told })
    }

    /// The numbers that a column must have one of, if that is known.
    pub fn wanted_numbers(&self, column: &str) -> Option<Vec<i64>> {
        let values = self.wanted_values(column)?;
        let number = |value: &ScalarValue| match value {
            ScalarValue::Int16(value) => value.map(i64::from),
            ScalarValue::Int32(value) => value.map(i64::from),
            ScalarValue::Int64(value) => *value,
            _ => None,
        };
        Some(values.iter().filter_map(number).collect())
    }

    /// The texts that a column must have one of, if that is known.
    pub fn wanted_texts(&self, column: &str) -> Option<Vec<&'t str>> {
        let values = self.wanted_values(column)?;
        Some(values.iter().filter_map(|value| value.try_as_str().flatten()).collect())
    }

    fn wanted_values(&self, column: &str) -> Option<&'t [ScalarValue]> {
        let column = self.columns.iter().position(|known| known.name == column)?;
        self.wanted.iter().find(|wanted| wanted.column == column).map(|wanted| wanted.values.as_slice())
    }

    pub fn push(&mut self, cells: &[Cell<'_>]) {
        if cells.len() != self.told {
            self.mismatched = true;
            return;
        }
        let own = Cell::Integer(self.oid);
        for (builder, column) in self.builders.iter_mut().zip(self.projection) {
            let cell = cells.get(*column).unwrap_or(&own);
            self.mismatched |= builder.push(cell).is_none();
        }
        self.rows += 1;
    }

    /// What was gathered.
    pub fn finish(self, table: &str) -> Result<RecordBatch> {
        if self.mismatched {
            return Err(Error::internal(format!("a row of `{table}` does not fit its columns")));
        }
        let fields: Vec<Field> = self.projection.iter().map(|column| self.columns[*column].field()).collect();
        let arrays: Vec<ArrayRef> = self.builders.into_iter().map(Builder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?)
    }
}

impl Builder {
    fn new(data_type: &DataType) -> Result<Self> {
        Ok(match data_type {
            DataType::Boolean => Builder::Boolean(BooleanBuilder::new()),
            DataType::Short => Builder::Short(Int16Builder::new()),
            DataType::Int => Builder::Int(Int32Builder::new()),
            DataType::Long | DataType::Object(_) => Builder::Long(Int64Builder::new()),
            DataType::Double => Builder::Double(Float64Builder::new()),
            DataType::String => Builder::Text(StringViewBuilder::new()),
            DataType::Timestamp => Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            DataType::Array { element, .. } => match element.as_ref() {
                DataType::String => Builder::Texts(ListBuilder::new(StringViewBuilder::new())),
                DataType::Short => Builder::Shorts(ListBuilder::new(Int16Builder::new())),
                DataType::Int => Builder::Ints(ListBuilder::new(Int32Builder::new())),
                DataType::Long | DataType::Object(_) => Builder::Longs(ListBuilder::new(Int64Builder::new())),
                other => return Err(Error::internal(format!("no system table has arrays of {other}"))),
            },
            other => return Err(Error::internal(format!("no system table has columns of {other}"))),
        })
    }

    /// `None`: the value is not of the column's type.
    fn push(&mut self, cell: &Cell<'_>) -> Option<()> {
        match (self, cell) {
            (Builder::Boolean(builder), Cell::Boolean(value)) => builder.append_value(*value),
            (Builder::Short(builder), Cell::Integer(value)) => builder.append_value(i16::try_from(*value).ok()?),
            (Builder::Int(builder), Cell::Integer(value)) => builder.append_value(i32::try_from(*value).ok()?),
            (Builder::Long(builder), Cell::Integer(value)) => builder.append_value(*value),
            (Builder::Double(builder), Cell::Real(value)) => builder.append_value(*value),
            (Builder::Text(builder), Cell::Text(value)) => builder.append_value(value),
            (Builder::Time(builder), Cell::Time(value)) => builder.append_value(*value),
            (Builder::Texts(builder), Cell::Texts(values)) => {
                builder.append_value(values.iter().map(|value| Some(value.as_ref())));
            }
            (Builder::Shorts(builder), Cell::Integers(values)) => {
                let values = values.iter().map(|value| i16::try_from(*value)).collect::<Result<Vec<_>, _>>().ok()?;
                builder.append_value(values.into_iter().map(Some));
            }
            (Builder::Ints(builder), Cell::Integers(values)) => {
                let values = values.iter().map(|value| i32::try_from(*value)).collect::<Result<Vec<_>, _>>().ok()?;
                builder.append_value(values.into_iter().map(Some));
            }
            (Builder::Longs(builder), Cell::Integers(values)) => {
                builder.append_value(values.iter().map(|value| Some(*value)));
            }
            (builder, Cell::Null) => builder.push_null(),
            _ => return None,
        }
        Some(())
    }

    fn push_null(&mut self) {
        match self {
            Builder::Boolean(builder) => builder.append_null(),
            Builder::Short(builder) => builder.append_null(),
            Builder::Int(builder) => builder.append_null(),
            Builder::Long(builder) => builder.append_null(),
            Builder::Double(builder) => builder.append_null(),
            Builder::Text(builder) => builder.append_null(),
            Builder::Time(builder) => builder.append_null(),
            Builder::Texts(builder) => builder.append_null(),
            Builder::Shorts(builder) => builder.append_null(),
            Builder::Ints(builder) => builder.append_null(),
            Builder::Longs(builder) => builder.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Builder::Boolean(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Short(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Int(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Long(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Double(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Text(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Time(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Texts(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Shorts(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Ints(mut builder) => ArrayBuilder::finish(&mut builder),
            Builder::Longs(mut builder) => ArrayBuilder::finish(&mut builder),
        }
    }
}
