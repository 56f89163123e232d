//! JSON texts become columns of given types.
//!
//! A text is gone through once to see that it is well-formed, so that nothing has to be taken back later. What does not
//! fit its type is NULL: a field alone, an array or a map as a whole.

use std::collections::HashMap;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::IntervalMonthDayNano;

use super::Options;
use super::reader::{Kind, Reader, double, is_integer};
use crate::error::Result;
use crate::records::column::{Column, Scalar};
use crate::records::values;
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
    data_type: DataType,
    context: Context,
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
    pub fn new(data_type: DataType, options: Options, time_zone: &str) -> Result<Self> {
        let zone = options.zone(time_zone)?;
        let context = Context { options, zone, misfits: false, text: String::new(), bytes: Vec::new() };
        Ok(Self { column: Column::new(&data_type), data_type, context })
    }

    pub fn null(&mut self) {
        self.column.null();
    }

    /// Adds the row of a text that cannot be read.
    pub fn nothing(&mut self) {
        self.column.nothing();
    }

    /// Adds the row that a text stands for; gives back whether something did not fit.
    pub fn add(&mut self, text: &str) -> bool {
        let reader = Reader::lenient(text, self.context.options.leniency);
        if reader.clone().skip().is_none() {
            self.column.nothing();
            return true;
        }
        self.add_value(&mut reader.clone())
    }

    /// Adds a row from a value that is known to be well-formed; gives back whether something did not fit.
    pub fn add_value(&mut self, reader: &mut Reader<'_>) -> bool {
        let (column, context) = (&mut self.column, &mut self.context);
        context.misfits = false;
        match (reader.kind(), &self.data_type) {
            (Some(Kind::Object), DataType::Struct(_) | DataType::Map { .. })
            | (Some(Kind::Array), DataType::Array { .. }) => {
                append(column, reader, &self.data_type, context);
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
        let empty = Column::new(&self.data_type);
        std::mem::replace(&mut self.column, empty).finish(&self.data_type)
    }
}

/// Reads a value, which is known to be well-formed.
fn append(column: &mut Column, reader: &mut Reader<'_>, data_type: &DataType, context: &mut Context) -> Option<()> {
    let kind = reader.kind()?;
    if kind == Kind::Null {
        column.null();
        return reader.skip();
    }
    let fit = match (data_type, kind) {
        (DataType::Struct(_), Kind::Object) => true,
        (DataType::Array { .. }, Kind::Array) | (DataType::Map { .. }, Kind::Object) => {
            fits(&mut reader.clone(), data_type, context)?
        }
        (DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_), _) => false,
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
        (DataType::Struct(_), Kind::Object) => reader.skip()?,
        (DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_), _) => {
            fit = false;
            reader.skip()?;
        }
        (scalar_type, _) => fit = scalar(reader, scalar_type, context)?.is_some(),
    }
    Some(fit)
}

/// Reads a value without parts; the inner `None` is one that does not fit.
fn scalar<'c>(
    reader: &mut Reader<'_>,
    data_type: &DataType,
    context: &'c mut Context,
) -> Option<Option<Scalar<'c>>> {
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
        DataType::Timestamp if is_text => {
            context.options.times.read_timestamp(text, &context.zone).map(Scalar::Long)
        }
        DataType::Timestamp => whole().and_then(|seconds| seconds.checked_mul(1_000_000)).map(Scalar::Long),
        DataType::TimestampNtz if is_text => context.options.times.read_timestamp_ntz(text).map(Scalar::Long),
        DataType::YearMonthInterval(from, to) if is_text => {
            reading::year_month_interval(text, *from, *to).map(|months| Scalar::Long(months.into()))
        }
        DataType::DayTimeInterval(from, to) if is_text => {
            reading::day_time_interval(text, *from, *to).map(Scalar::Long)
        }
        DataType::CalendarInterval if is_text => reading::calendar_interval(text).and_then(|parts| {
            let nanoseconds = parts.microseconds.checked_mul(1_000)?;
            Some(Scalar::Interval(IntervalMonthDayNano::new(parts.months, parts.days, nanoseconds)))
        }),
        DataType::Binary if is_text => {
            context.bytes.clear();
            from_base64(text, &mut context.bytes).then_some(Scalar::Bytes(&context.bytes))
        }
        _ => None,
    })
}
