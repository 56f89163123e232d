//! `from_json`: JSON texts become columns of a given type.
//!
//! A text is gone through once to see that it is well-formed, so that nothing has to be taken back later. What does not
//! fit its type is NULL: a field alone, an array or a map as a whole.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryViewBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    ListArray, NullArray, StringViewBuilder, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Field};
use datafusion::logical_expr::ColumnarValue;

use super::options;
use super::reader::{Kind, Reader, is_integer};
use crate::error::{Error, MALFORMED_RECORD_IN_PARSING, Result};
use crate::functions::collections::maps::map_array;
use crate::functions::kernel::conform;
use crate::functions::strings::from_base64;
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField, reading};

pub(super) static FROM_JSON: Kernel = Kernel::new("from_json", run).fallible();

/// `from_json(text, schema[, options])`
pub(super) fn bind(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let text = call.cast(0, &DataType::String)?;
    let Some(schema) = call.literal_string(1, "schema")? else {
        return Err(call.mismatch("UNEXPECTED_NULL", "The `schema` must not be null"));
    };
    let data_type = DataType::parse(&schema).or_else(|_| DataType::parse(&format!("struct<{schema}>")));
    let returns = loosened(data_type.map_err(|error| error.without_position().at(call.span))?);
    if !matches!(returns, DataType::Struct(_) | DataType::Array { .. } | DataType::Map { .. }) {
        return Err(call.mismatch(
            "INVALID_JSON_SCHEMA",
            &format!("The schema of `from_json` must be a struct, an array or a map, not \"{returns}\""),
        ));
    }
    if let DataType::Map { key, .. } = &returns
        && !key.is_string()
    {
        return Err(call.mismatch(
            "INVALID_JSON_MAP_KEY_TYPE",
            &format!("Input schema \"{returns}\" can only contain STRING as a key type for a MAP"),
        ));
    }
    if let Some(found) = unreadable(&returns) {
        return Err(
            Error::unsupported(format!("`from_json` of {found}"), "read it as STRING and cast it").at(call.span)
        );
    }
    let mut mode = "PERMISSIVE".to_owned();
    for (name, value) in options(call, 2)? {
        if !name.eq_ignore_ascii_case("mode") {
            return Err(Error::unsupported(
                format!("the option `{name}` of `from_json`"),
                "read the field as STRING and convert it with `to_timestamp` or a cast",
            )
            .at(call.span));
        }
        mode = value.to_uppercase();
    }
    if !matches!(mode.as_str(), "PERMISSIVE" | "FAILFAST") {
        return Err(Error::unsupported(format!("the mode {mode}"), "use PERMISSIVE or FAILFAST").at(call.span));
    }
    Ok(call.kernel_with(&FROM_JSON, vec![text], vec![mode], returns, true))
}

/// Whatever is read may be missing.
fn loosened(data_type: DataType) -> DataType {
    match data_type {
        DataType::Array { element, .. } => DataType::array(loosened(*element)),
        DataType::Map { key, value, .. } => DataType::map(*key, loosened(*value)),
        DataType::Struct(fields) => DataType::Struct(
            fields
                .into_iter()
                .map(|field| StructField { data_type: loosened(field.data_type.clone()), nullable: true, ..field })
                .collect(),
        ),
        other => other,
    }
}

/// A type inside that is not read.
fn unreadable(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::Array { element, .. } => unreadable(element),
        DataType::Map { key, value, .. } => {
            if key.is_string() {
                unreadable(value)
            } else {
                Some(data_type)
            }
        }
        DataType::Struct(fields) => fields.iter().find_map(|field| unreadable(&field.data_type)),
        DataType::Time(_)
        | DataType::CalendarInterval
        | DataType::YearMonthInterval(..)
        | DataType::DayTimeInterval(..) => Some(data_type),
        _ => None,
    }
}

fn run(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let returns = &arguments.parameters.returns;
    let texts = arguments.strings(0)?;
    let mut column = Column::new(returns);
    let mut context = Context {
        zone: Zone::parse(&arguments.parameters.time_zone)?,
        misfits: false,
        text: String::new(),
        bytes: Vec::new(),
    };
    for row in 0..arguments.rows {
        let Some(text) = texts.get(row).filter(|text| !text.trim().is_empty()) else {
            column.null();
            continue;
        };
        let is_whole = Reader::new(text).skip().is_some();
        let misfits = match is_whole {
            true => column.root(&mut Reader::new(text), returns, &mut context),
            false => {
                column.nothing();
                true
            }
        };
        if misfits && arguments.parameters.options[0] == "FAILFAST" {
            return Err(Error::new(
                &MALFORMED_RECORD_IN_PARSING,
                "Malformed records are detected in record parsing: [null].\nParse Mode: FAILFAST. To process malformed \
                 records as null result, try setting the option 'mode' as 'PERMISSIVE'",
            )
            .subcondition("WITHOUT_SUGGESTION"));
        }
    }
    Ok(ColumnarValue::Array(conform(column.finish(returns)?, &returns.to_arrow())?))
}

struct Context {
    zone: Zone,
    /// Whether something of the row did not fit its type.
    misfits: bool,
    text: String,
    bytes: Vec<u8>,
}

/// A value without parts; that of a text or of bytes is in the context.
enum Scalar {
    Boolean(bool),
    Long(i64),
    Double(f64),
    Decimal(i128),
    Date(i32),
    Text,
    Bytes,
}

/// A column that is being filled.
enum Column {
    Null(usize),
    Boolean(BooleanBuilder),
    /// Integers of all sizes, and microseconds.
    Long(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Text(StringViewBuilder),
    Bytes(BinaryViewBuilder),
    List {
        lengths: Vec<usize>,
        valid: Vec<bool>,
        element: Box<Column>,
    },
    Map {
        lengths: Vec<usize>,
        valid: Vec<bool>,
        keys: StringViewBuilder,
        values: Box<Column>,
    },
    /// `places` says where the fields of the object at hand are, 0 for those that are missing.
    Struct {
        valid: Vec<bool>,
        fields: Vec<Column>,
        places: Vec<usize>,
    },
}

impl Column {
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Column::Boolean(BooleanBuilder::new()),
            DataType::Byte
            | DataType::Short
            | DataType::Int
            | DataType::Long
            | DataType::Timestamp
            | DataType::TimestampNtz => Column::Long(Int64Builder::new()),
            DataType::Float | DataType::Double => Column::Double(Float64Builder::new()),
            DataType::Decimal { .. } => Column::Decimal(Decimal128Builder::new()),
            DataType::Date => Column::Date(Date32Builder::new()),
            DataType::String | DataType::Char(_) | DataType::Varchar(_) => Column::Text(StringViewBuilder::new()),
            DataType::Binary => Column::Bytes(BinaryViewBuilder::new()),
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
                places: vec![0; fields.len()],
            },
            DataType::Null
            | DataType::Time(_)
            | DataType::CalendarInterval
            | DataType::YearMonthInterval(..)
            | DataType::DayTimeInterval(..) => Column::Null(0),
        }
    }

    fn null(&mut self) {
        match self {
            Column::Null(rows) => *rows += 1,
            Column::Boolean(values) => values.append_null(),
            Column::Long(values) => values.append_null(),
            Column::Double(values) => values.append_null(),
            Column::Decimal(values) => values.append_null(),
            Column::Date(values) => values.append_null(),
            Column::Text(values) => values.append_null(),
            Column::Bytes(values) => values.append_null(),
            Column::List { lengths, valid, .. } | Column::Map { lengths, valid, .. } => {
                lengths.push(0);
                valid.push(false);
            }
            Column::Struct { valid, fields, .. } => {
                valid.push(false);
                fields.iter_mut().for_each(Column::null);
            }
        }
    }

    /// What a text gives that cannot be read at all: a struct of NULLs, else NULL.
    fn nothing(&mut self) {
        self.null();
        if let Column::Struct { valid, .. } = self
            && let Some(last) = valid.last_mut()
        {
            *last = true;
        }
    }

    /// Reads a whole text; gives back whether something did not fit.
    fn root(&mut self, reader: &mut Reader<'_>, data_type: &DataType, context: &mut Context) -> bool {
        context.misfits = false;
        match (reader.kind(), data_type) {
            (Some(Kind::Object), DataType::Struct(_) | DataType::Map { .. })
            | (Some(Kind::Array), DataType::Array { .. }) => {
                self.append(reader, data_type, context);
            }
            // One object where an array of them is wanted.
            (Some(Kind::Object), DataType::Array { element, .. }) if matches!(**element, DataType::Struct(_)) => {
                if let Column::List { lengths, valid, element: column } = self {
                    column.append(reader, element, context);
                    lengths.push(1);
                    valid.push(true);
                }
            }
            _ => {
                context.misfits = true;
                self.nothing();
            }
        }
        context.misfits
    }

    /// Reads a value, which is known to be well-formed.
    fn append(&mut self, reader: &mut Reader<'_>, data_type: &DataType, context: &mut Context) -> Option<()> {
        if reader.kind()? == Kind::Null {
            self.null();
            return reader.skip();
        }
        if !fits(&mut reader.clone(), data_type, context)? {
            context.misfits = true;
            self.null();
            return reader.skip();
        }
        match (self, data_type) {
            (Column::List { lengths, valid, element: column }, DataType::Array { element, .. }) => {
                let mut length = 0;
                reader.array(|reader| {
                    length += 1;
                    column.append(reader, element, context)
                })?;
                lengths.push(length);
                valid.push(true);
            }
            (Column::Map { lengths, valid, keys, values }, DataType::Map { value, .. }) => {
                let mut length = 0;
                reader.object(|reader, key| {
                    length += 1;
                    keys.append_value(key);
                    values.append(reader, value, context)
                })?;
                lengths.push(length);
                valid.push(true);
            }
            (Column::Struct { valid, fields: columns, places }, DataType::Struct(fields)) => {
                places.fill(0);
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
                for ((column, field), place) in columns.iter_mut().zip(fields).zip(&*places) {
                    match place {
                        0 => column.null(),
                        place => column.append(&mut reader.at(*place), &field.data_type, context)?,
                    }
                }
                valid.push(true);
            }
            (column, data_type) => {
                let scalar = scalar(reader, data_type, context)?;
                match (column, scalar) {
                    (Column::Boolean(values), Some(Scalar::Boolean(value))) => values.append_value(value),
                    (Column::Long(values), Some(Scalar::Long(value))) => values.append_value(value),
                    (Column::Double(values), Some(Scalar::Double(value))) => values.append_value(value),
                    (Column::Decimal(values), Some(Scalar::Decimal(value))) => values.append_value(value),
                    (Column::Date(values), Some(Scalar::Date(value))) => values.append_value(value),
                    (Column::Text(values), Some(Scalar::Text)) => values.append_value(&context.text),
                    (Column::Bytes(values), Some(Scalar::Bytes)) => values.append_value(&context.bytes),
                    (column, _) => column.null(),
                }
            }
        }
        Some(())
    }

    fn finish(self, data_type: &DataType) -> Result<ArrayRef> {
        let array: ArrayRef = match (self, data_type) {
            (Column::Null(rows), _) => Arc::new(NullArray::new(rows)),
            (Column::Boolean(mut values), _) => Arc::new(values.finish()),
            (Column::Long(mut values), _) => Arc::new(values.finish()),
            (Column::Double(mut values), _) => Arc::new(values.finish()),
            (Column::Decimal(mut values), DataType::Decimal { precision, scale }) => {
                Arc::new(values.finish().with_precision_and_scale(*precision, *scale)?)
            }
            (Column::Date(mut values), _) => Arc::new(values.finish()),
            (Column::Text(mut values), _) => Arc::new(values.finish()),
            (Column::Bytes(mut values), _) => Arc::new(values.finish()),
            (Column::List { lengths, valid, element: column }, DataType::Array { element, .. }) => {
                let values = column.finish(element)?;
                let field = Arc::new(Field::new("item", values.data_type().clone(), true));
                let nulls = Some(NullBuffer::from(valid));
                Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, nulls)?)
            }
            (Column::Map { lengths, valid, mut keys, values }, DataType::Map { value, .. }) => {
                let (keys, values) = (Arc::new(keys.finish()), values.finish(value)?);
                let nulls = Some(NullBuffer::from(valid));
                map_array(data_type, keys, values, OffsetBuffer::from_lengths(lengths), nulls)?
            }
            (Column::Struct { valid, fields: columns, .. }, DataType::Struct(fields)) => {
                let columns = columns.into_iter().zip(fields).map(|(column, field)| column.finish(&field.data_type));
                let columns = columns.collect::<Result<Vec<_>>>()?;
                let Arrow::Struct(fields) = data_type.to_arrow() else { return Err(Error::internal("no struct")) };
                let nulls = Some(NullBuffer::from(valid));
                match columns.is_empty() {
                    true => Arc::new(StructArray::new_empty_fields(nulls.as_ref().map_or(0, NullBuffer::len), nulls)),
                    false => Arc::new(StructArray::try_new(fields, columns, nulls)?),
                }
            }
            (_, other) => return Err(Error::internal(format!("JSON read as {other}"))),
        };
        let wanted = data_type.to_arrow();
        Ok(match array.data_type() {
            Arrow::Int64 | Arrow::Float64 if *array.data_type() != wanted => cast(&array, &wanted)?,
            _ => array,
        })
    }
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
fn scalar(reader: &mut Reader<'_>, data_type: &DataType, context: &mut Context) -> Option<Option<Scalar>> {
    let kind = reader.kind()?;
    context.text.clear();
    if data_type.is_string() {
        reader.text(&mut context.text)?;
        return Some(Some(Scalar::Text));
    }
    if matches!(kind, Kind::Object | Kind::Array) {
        reader.skip()?;
        return Some(None);
    }
    reader.text(&mut context.text)?;
    let text = context.text.as_str();
    let (is_text, is_number) = (kind == Kind::String, kind == Kind::Number);
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
        DataType::Float | DataType::Double if is_number => text.parse().ok().map(Scalar::Double),
        DataType::Float | DataType::Double => match text {
            "NaN" => Some(Scalar::Double(f64::NAN)),
            "+INF" | "+Infinity" | "Infinity" => Some(Scalar::Double(f64::INFINITY)),
            "-INF" | "-Infinity" => Some(Scalar::Double(f64::NEG_INFINITY)),
            _ => None,
        },
        DataType::Decimal { precision, scale } if is_text || is_number => match reading::decimal(text) {
            Some(Ok((value, from))) => {
                reading::rescale_half_up(value, from, i16::from(*scale), *precision).map(Scalar::Decimal)
            }
            _ => None,
        },
        DataType::Date if is_text => reading::date(text).map(Scalar::Date),
        DataType::Timestamp if is_text => reading::timestamp(text, &context.zone, 0).map(Scalar::Long),
        DataType::Timestamp => whole().and_then(|seconds| seconds.checked_mul(1_000_000)).map(Scalar::Long),
        DataType::TimestampNtz if is_text => reading::timestamp_ntz(text, true).map(Scalar::Long),
        DataType::Binary if is_text => {
            context.bytes.clear();
            from_base64(text, &mut context.bytes).then_some(Scalar::Bytes)
        }
        _ => None,
    })
}
