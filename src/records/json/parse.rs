//! JSON texts become columns of given types.
//!
//! A text is gone through once to see that it is well-formed, so that nothing has to be taken back later. What does not
//! fit its type is NULL: a field alone, an array or a map as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, StructArray};
use datafusion::arrow::datatypes::DataType as Arrow;

use super::Options;
use super::reader::{Kind, Reader, double, is_integer};
use super::variant::build_variant;
use crate::error::Result;
use crate::records::column::{Column, Scalar};
use crate::records::{corrupt_record_column, values};
use crate::types::reading::{self, from_base64};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// A type inside that is not read from JSON, if there is one.
pub fn is_read(data_type: &DataType) -> Result<(), &DataType> {
    match data_type {
        DataType::Array { element, .. } => is_read(element),
        DataType::Map { key, value, .. } => {
            if key.is_string() {
                is_read(value)
            } else {
                Err(data_type)
            }
        }
        DataType::Struct(fields) => fields.iter().try_for_each(|field| is_read(&field.data_type)),
        DataType::Time(_) => Err(data_type),
        _ => Ok(()),
    }
}

/// Rows of one type, read from texts of JSON.
pub struct Rows {
    column: Column,
    /// What is read: all but the column of bad records.
    read: DataType,
    /// The type of the rows, whole.
    returns: DataType,
    corrupt: Option<Corrupt>,
    context: Context,
}

/// The column that shows bad records, and its place.
struct Corrupt {
    place: usize,
    texts: StringViewBuilder,
}

struct Context {
    options: Options,
    zone: Zone,
    /// Whether something of the row did not fit its type.
    misfits: bool,
    text: String,
    bytes: Vec<u8>,
}

impl Rows {
    /// # Errors
    /// `INVALID_CORRUPT_RECORD_TYPE`, or a time zone that is none.
    pub fn new(returns: DataType, options: Options, time_zone: &str) -> Result<Self> {
        let zone = options.times.zone(time_zone)?;
        let (mut read, mut corrupt) = (returns.clone(), None);
        if let DataType::Struct(fields) = &mut read
            && let Some(place) = corrupt_record_column(fields, &options.corrupt_record_column)?
        {
            fields.remove(place);
            corrupt = Some(Corrupt { place, texts: StringViewBuilder::new() });
        }
        let context = Context { options, zone, misfits: false, text: String::new(), bytes: Vec::new() };
        Ok(Self { column: Column::new(&read), read, returns, corrupt, context })
    }

    pub fn null(&mut self) {
        self.column.null();
        if let Some(corrupt) = &mut self.corrupt {
            corrupt.texts.append_null();
        }
    }

    /// Adds the row that a text stands for; gives back whether something did not fit.
    pub fn add(&mut self, text: &str) -> bool {
        let mut reader = Reader::lenient(text, self.context.options.leniency);
        let bad = match reader.clone().skip() {
            Some(()) => self.value(&mut reader),
            None => {
                self.column.nothing();
                true
            }
        };
        self.show(text, bad);
        bad
    }

    /// Adds the row of a value that is known to be well-formed, and its text.
    pub fn add_value(&mut self, reader: &mut Reader<'_>, text: &str) -> bool {
        let bad = self.value(reader);
        self.show(text, bad);
        bad
    }

    fn show(&mut self, text: &str, bad: bool) {
        if let Some(corrupt) = &mut self.corrupt {
            corrupt.texts.append_option(bad.then_some(text));
        }
    }

    fn value(&mut self, reader: &mut Reader<'_>) -> bool {
        let (column, context) = (&mut self.column, &mut self.context);
        context.misfits = false;
        match (reader.kind(), &self.read) {
            (Some(Kind::Object), DataType::Struct(_) | DataType::Map { .. })
            | (Some(Kind::Array), DataType::Array { .. })
            | (Some(_), DataType::Variant) => {
                append(column, reader, &self.read, context);
            }
            // One object where an array of them is wanted.
            (Some(Kind::Object), DataType::Array { element, .. }) if matches!(**element, DataType::Struct(_)) => {
                if let Column::List { element: inner, .. } = column {
                    append(inner, reader, element, context);
                }
                column.end(1);
            }
            _ => {
                context.misfits = true;
                column.nothing();
            }
        }
        context.misfits
    }

    /// Takes all rows so far.
    pub fn take(&mut self) -> Result<ArrayRef> {
        let rows = std::mem::replace(&mut self.column, Column::new(&self.read)).finish(&self.read)?;
        let (Some(corrupt), Arrow::Struct(fields)) = (&mut self.corrupt, self.returns.to_arrow()) else {
            return Ok(rows);
        };
        let structs = rows.as_struct();
        let mut columns = structs.columns().to_vec();
        columns.insert(corrupt.place, Arc::new(corrupt.texts.finish()));
        Ok(Arc::new(StructArray::try_new_with_length(fields, columns, structs.nulls().cloned(), structs.len())?))
    }
}

/// Reads a value, which is known to be well-formed.
fn append(column: &mut Column, reader: &mut Reader<'_>, data_type: &DataType, context: &mut Context) -> Option<()> {
    let kind = reader.kind()?;
    // A variant has a null of its own.
    if kind == Kind::Null && *data_type != DataType::Variant {
        column.null();
        return reader.skip();
    }
    let fit = match (data_type, kind) {
        (DataType::Struct(_), Kind::Object) => true,
        (DataType::Array { .. }, Kind::Array) | (DataType::Map { .. }, Kind::Object) => {
            fits(&mut reader.clone(), data_type, context)?
        }
        (DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_), _) => false,
        (DataType::Variant, _) => return append_variant(column, reader, context),
        (scalar_type, _) => {
            match scalar(reader, scalar_type, context)? {
                Some(value) => column.scalar(value),
                None => {
                    column.null();
                    context.misfits = true;
                }
            }
            return Some(());
        }
    };
    if !fit {
        context.misfits = true;
        column.null();
        return reader.skip();
    }
    match (&mut *column, data_type) {
        (Column::List { element: inner, .. }, DataType::Array { element, .. }) => {
            let mut length = 0;
            reader.array(|reader| {
                length += 1;
                append(inner, reader, element, context)
            })?;
            column.end(length);
        }
        (Column::Map { keys, values, .. }, DataType::Map { value, .. }) => {
            // Of keys that repeat the last value counts.
            let mut places = Vec::new();
            let mut known: HashMap<String, usize> = HashMap::new();
            reader.object(|reader, key| {
                match known.get(key) {
                    Some(place) => places[*place] = reader.place(),
                    None => {
                        known.insert(key.to_owned(), places.len());
                        keys.append_value(key);
                        places.push(reader.place());
                    }
                }
                reader.skip()
            })?;
            for place in &places {
                append(values, &mut reader.at(*place), value, context)?;
            }
            column.end(places.len());
        }
        (Column::Struct { fields: columns, .. }, DataType::Struct(fields)) => {
            append_fields(columns, reader, fields, context)?;
            column.end(0);
        }
        _ => column.null(),
    }
    Some(())
}

fn append_variant(column: &mut Column, reader: &mut Reader<'_>, context: &mut Context) -> Option<()> {
    let Column::Variant { builder, .. } = column else { return None };
    let whole = reader.clone();
    match build_variant(reader, builder) {
        Some(()) => column.end(0),
        // A name repeats.
        None => {
            context.misfits = true;
            column.null();
            *reader = whole;
            reader.skip()?;
        }
    }
    Some(())
}

fn append_fields(
    columns: &mut [Column],
    reader: &mut Reader<'_>,
    fields: &[StructField],
    context: &mut Context,
) -> Option<()> {
    // Where the fields of the object are, 0 for those that are missing.
    let mut places = vec![0; fields.len()];
    let mut next = 0;
    reader.object(|reader, key| {
        // Keys mostly come in the order of the fields.
        let is_next = fields.get(next).is_some_and(|field| field.name == key);
        let found = if is_next { Some(next) } else { fields.iter().position(|field| field.name == key) };
        if let Some(found) = found {
            places[found] = reader.place();
            next = found + 1;
        }
        reader.skip()
    })?;
    for ((column, field), place) in columns.iter_mut().zip(fields).zip(&places) {
        match place {
            0 => column.null(),
            place => append(column, &mut reader.at(*place), &field.data_type, context)?,
        }
    }
    Some(())
}

/// Whether a value is of a type. A struct is if it is an object, whatever its fields.
fn fits(reader: &mut Reader<'_>, data_type: &DataType, context: &mut Context) -> Option<bool> {
    let kind = reader.kind()?;
    if kind == Kind::Null {
        reader.skip()?;
        return Some(true);
    }
    let mut fit = true;
    match (data_type, kind) {
        (DataType::Array { element, .. }, Kind::Array) => reader.array(|reader| {
            fit &= fits(reader, element, context)?;
            Some(())
        })?,
        (DataType::Map { value, .. }, Kind::Object) => reader.object(|reader, _| {
            fit &= fits(reader, value, context)?;
            Some(())
        })?,
        (DataType::Struct(_), Kind::Object) | (DataType::Variant, _) => reader.skip()?,
        (DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_), _) => {
            fit = false;
            reader.skip()?;
        }
        (scalar_type, _) => fit = scalar(reader, scalar_type, context)?.is_some(),
    }
    Some(fit)
}

/// Reads a value without parts; the inner `None` is one that does not fit.
fn scalar<'c>(reader: &mut Reader<'_>, data_type: &DataType, context: &'c mut Context) -> Option<Option<Scalar<'c>>> {
    let kind = reader.kind()?;
    context.text.clear();
    if data_type.is_string() {
        reader.text(&mut context.text)?;
        return Some(Some(Scalar::Text(&context.text)));
    }
    if matches!(kind, Kind::Object | Kind::Array) {
        reader.skip()?;
        return Some(None);
    }
    let (is_text, is_number) = (kind == Kind::String, kind == Kind::Number);
    if is_number {
        // As it stands: a double would lose digits of a decimal.
        context.text.push_str(reader.number()?);
    } else {
        reader.text(&mut context.text)?;
    }
    let text = context.text.as_str();
    let within = |value: i64, low: i64, high: i64| (low..=high).contains(&value).then_some(Scalar::Long(value));
    let whole = || text.parse::<i64>().ok().filter(|_| is_number && is_integer(text));
    Some(match data_type {
        DataType::Boolean => match kind {
            Kind::True => Some(Scalar::Boolean(true)),
            Kind::False => Some(Scalar::Boolean(false)),
            _ => None,
        },
        DataType::Byte => whole().and_then(|value| within(value, i8::MIN.into(), i8::MAX.into())),
        DataType::Short => whole().and_then(|value| within(value, i16::MIN.into(), i16::MAX.into())),
        DataType::Int => whole().and_then(|value| within(value, i32::MIN.into(), i32::MAX.into())),
        DataType::Long => whole().map(Scalar::Long),
        DataType::Float | DataType::Double if is_number => double(text).map(Scalar::Double),
        DataType::Float | DataType::Double if context.options.leniency.non_numeric => match text {
            "NaN" => Some(Scalar::Double(f64::NAN)),
            "+INF" | "+Infinity" | "Infinity" => Some(Scalar::Double(f64::INFINITY)),
            "-INF" | "-Infinity" => Some(Scalar::Double(f64::NEG_INFINITY)),
            _ => None,
        },
        DataType::Decimal { precision, scale } if is_text || is_number => {
            values::decimal(text, *precision, *scale).map(Scalar::Decimal)
        }
        DataType::Date if is_text => context.options.times.read_date(text).map(Scalar::Date),
        DataType::Timestamp if is_text => context.options.times.read_timestamp(text, &context.zone).map(Scalar::Long),
        DataType::Timestamp => whole().and_then(|seconds| seconds.checked_mul(1_000_000)).map(Scalar::Long),
        DataType::TimestampNtz if is_text => context.options.times.read_timestamp_ntz(text).map(Scalar::Long),
        DataType::YearMonthInterval(from, to) if is_text => {
            reading::year_month_interval(text, *from, *to).map(|months| Scalar::Long(months.into()))
        }
        DataType::DayTimeInterval(from, to) if is_text => {
            reading::day_time_interval(text, *from, *to).map(Scalar::Long)
        }
        DataType::CalendarInterval if is_text => values::calendar_interval(text).map(Scalar::Interval),
        DataType::Binary if is_text => {
            context.bytes.clear();
            from_base64(text, &mut context.bytes).then_some(Scalar::Bytes(&context.bytes))
        }
        _ => None,
    })
}
