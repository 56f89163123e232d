//! Columns of any type that grow value by value, for formats whose records are trees.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryViewBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    IntervalMonthDayNanoBuilder, IntervalYearMonthArray, ListArray, MapArray, NullArray, StringViewBuilder,
    StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, IntervalMonthDayNano};

use crate::error::{Error, Result};
use crate::types::DataType;
use crate::types::variant::{Builder, VariantBuilder};

/// A value without parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'a> {
    Boolean(bool),
    /// An integer of any size, microseconds or months.
    Long(i64),
    Double(f64),
    Decimal(i128),
    Date(i32),
    Interval(IntervalMonthDayNano),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// A column that is being filled. A list and a map take their parts first and are ended by [`Column::end`].
pub enum Column {
    Null(usize),
    Boolean(BooleanBuilder),
    Long(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Interval(IntervalMonthDayNanoBuilder),
    Text(StringViewBuilder),
    Bytes(BinaryViewBuilder),
    Variant { builder: Box<Builder>, column: Box<VariantBuilder> },
    List { lengths: Vec<usize>, valid: Vec<bool>, element: Box<Column> },
    Map { lengths: Vec<usize>, valid: Vec<bool>, keys: StringViewBuilder, values: Box<Column> },
    Struct { valid: Vec<bool>, fields: Vec<Column> },
}

impl Column {
    pub fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Column::Boolean(BooleanBuilder::new()),
            DataType::Byte
            | DataType::Short
            | DataType::Int
            | DataType::Long
            | DataType::Object(_)
            | DataType::Time(_)
            | DataType::Timestamp
            | DataType::TimestampNtz
            | DataType::YearMonthInterval(..)
            | DataType::DayTimeInterval(..) => Column::Long(Int64Builder::new()),
            DataType::Float | DataType::Double => Column::Double(Float64Builder::new()),
            DataType::Decimal { .. } => Column::Decimal(Decimal128Builder::new()),
            DataType::Date => Column::Date(Date32Builder::new()),
            DataType::CalendarInterval => Column::Interval(IntervalMonthDayNanoBuilder::new()),
            DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => {
                Column::Text(StringViewBuilder::new())
            }
            DataType::Binary | DataType::Spatial(_) => Column::Bytes(BinaryViewBuilder::new()),
            DataType::Variant => Column::Variant { builder: Box::default(), column: Box::default() },
            DataType::Array { element, .. } => {
                Column::List { lengths: Vec::new(), valid: Vec::new(), element: Box::new(Column::new(element)) }
            }
            DataType::Map { value, .. } => Column::Map {
                lengths: Vec::new(),
                valid: Vec::new(),
                keys: StringViewBuilder::new(),
                values: Box::new(Column::new(value)),
            },
            DataType::Struct(fields) => Column::Struct {
                valid: Vec::new(),
                fields: fields.iter().map(|field| Column::new(&field.data_type)).collect(),
            },
            DataType::Null => Column::Null(0),
        }
    }

    pub fn null(&mut self) {
        match self {
            Column::Null(rows) => *rows += 1,
            Column::Boolean(values) => values.append_null(),
            Column::Long(values) => values.append_null(),
            Column::Double(values) => values.append_null(),
            Column::Decimal(values) => values.append_null(),
            Column::Date(values) => values.append_null(),
            Column::Interval(values) => values.append_null(),
            Column::Text(values) => values.append_null(),
            Column::Bytes(values) => values.append_null(),
            Column::Variant { builder, column } => {
                builder.clear();
                column.null();
            }
            Column::List { lengths, valid, .. } | Column::Map { lengths, valid, .. } => {
                lengths.push(0);
                valid.push(false);
            }
            Column::Struct { valid, fields } => {
                valid.push(false);
                fields.iter_mut().for_each(Column::null);
            }
        }
    }

    /// What a record gives that cannot be read at all: a struct of NULLs, else NULL.
    pub fn nothing(&mut self) {
        self.null();
        if let Column::Struct { valid, .. } = self
            && let Some(last) = valid.last_mut()
        {
            *last = true;
        }
    }

    /// A value, or NULL for one of another type.
    pub fn scalar(&mut self, scalar: Scalar<'_>) {
        match (self, scalar) {
            (Column::Boolean(values), Scalar::Boolean(value)) => values.append_value(value),
            (Column::Long(values), Scalar::Long(value)) => values.append_value(value),
            (Column::Double(values), Scalar::Double(value)) => values.append_value(value),
            (Column::Decimal(values), Scalar::Decimal(value)) => values.append_value(value),
            (Column::Date(values), Scalar::Date(value)) => values.append_value(value),
            (Column::Interval(values), Scalar::Interval(value)) => values.append_value(value),
            (Column::Text(values), Scalar::Text(value)) => values.append_value(value),
            (Column::Bytes(values), Scalar::Bytes(value)) => values.append_value(value),
            (column, _) => column.null(),
        }
    }

    /// Ends a list, map, struct or variant whose parts have been added; `length` is that of a list or map.
    pub fn end(&mut self, length: usize) {
        match self {
            Column::List { lengths, valid, .. } | Column::Map { lengths, valid, .. } => {
                lengths.push(length);
                valid.push(true);
            }
            Column::Struct { valid, .. } => valid.push(true),
            Column::Variant { builder, column } => column.built(builder),
            _ => {}
        }
    }

    /// The values so far as an array in the layout of the type.
    pub fn finish(self, data_type: &DataType) -> Result<ArrayRef> {
        let layout = data_type.to_arrow();
        let array: ArrayRef = match (self, data_type, &layout) {
            (Column::Null(rows), ..) => Arc::new(NullArray::new(rows)),
            (Column::Boolean(mut values), ..) => Arc::new(values.finish()),
            (Column::Long(mut values), DataType::YearMonthInterval(..), _) => Arc::new(
                values
                    .finish()
                    .iter()
                    .map(|months| months.map(|months| months as i32))
                    .collect::<IntervalYearMonthArray>(),
            ),
            (Column::Long(mut values), ..) => Arc::new(values.finish()),
            (Column::Double(mut values), ..) => Arc::new(values.finish()),
            (Column::Decimal(mut values), DataType::Decimal { precision, scale }, _) => {
                Arc::new(values.finish().with_precision_and_scale(*precision, *scale)?)
            }
            (Column::Date(mut values), ..) => Arc::new(values.finish()),
            (Column::Interval(mut values), ..) => Arc::new(values.finish()),
            (Column::Text(mut values), ..) => Arc::new(values.finish()),
            (Column::Bytes(mut values), ..) => Arc::new(values.finish()),
            (Column::Variant { mut column, .. }, ..) => column.finish()?,
            (Column::List { lengths, valid, element: column }, DataType::Array { element, .. }, Arrow::List(field)) => {
                let values = column.finish(element)?;
                let nulls = Some(NullBuffer::from(valid));
                Arc::new(ListArray::try_new(Arc::clone(field), OffsetBuffer::from_lengths(lengths), values, nulls)?)
            }
            (
                Column::Map { lengths, valid, mut keys, values },
                DataType::Map { value, .. },
                Arrow::Map(field, sorted),
            ) => {
                let Arrow::Struct(fields) = field.data_type() else {
                    return Err(Error::internal("a map without entries"));
                };
                let entries = vec![Arc::new(keys.finish()) as ArrayRef, values.finish(value)?];
                let entries = StructArray::try_new(fields.clone(), entries, None)?;
                let (offsets, nulls) = (OffsetBuffer::from_lengths(lengths), Some(NullBuffer::from(valid)));
                Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, *sorted)?)
            }
            (Column::Struct { valid, fields: columns }, DataType::Struct(fields), Arrow::Struct(layout)) => {
                let length = valid.len();
                let columns = columns.into_iter().zip(fields).map(|(column, field)| column.finish(&field.data_type));
                let columns = columns.collect::<Result<Vec<_>>>()?;
                let nulls = Some(NullBuffer::from(valid));
                Arc::new(StructArray::try_new_with_length(layout.clone(), columns, nulls, length)?)
            }
            (_, other, _) => return Err(Error::internal(format!("a column of type {other}"))),
        };
        Ok(match array.data_type() {
            Arrow::Int64 | Arrow::Float64 if *array.data_type() != layout => cast(&array, &layout)?,
            _ => array,
        })
    }
}
