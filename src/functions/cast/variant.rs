//! Variants to everything and everything to variants.
//!
//! The values of a column of variants are gathered by what they are; each kind is cast as a column of its own.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int64Array, ListArray, MapArray, StringViewArray, StructArray, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};

use super::rules::cast_allowed;
use super::{CastContext, CastMode, cast_array};
use crate::error::{Error, INVALID_VARIANT_CAST, MALFORMED_VARIANT, Result};
use crate::types::variant::{Builder, Value, Variant, VariantBuilder, Variants, stripped, write_json};
use crate::types::{DataType, MAX_PRECISION, StructField};

pub(super) fn from_variant(array: &ArrayRef, to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    let column = Variants::new(array.as_ref())?;
    let values = (0..column.len()).map(|row| column.get(row)).collect::<Vec<_>>();
    cast_variants(&values, to, context)
}

/// The values as a column of type `to`. A variant's null is SQL's NULL.
///
/// # Errors
/// `INVALID_VARIANT_CAST`, if the mode does not make it NULL.
pub fn cast_variants(values: &[Option<Variant<'_>>], to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    if *to == DataType::Variant {
        let mut column = VariantBuilder::default();
        values.iter().for_each(|value| column.append(*value));
        return column.finish();
    }
    let mut read = Vec::with_capacity(values.len());
    for value in values {
        read.push(match value {
            None => None,
            Some(variant) => match variant.read().ok_or_else(malformed)? {
                Value::Null => None,
                // Zeros at the end of a decimal are no part of its value.
                Value::Decimal(digits, scale) => {
                    let (digits, scale) = stripped(digits, scale);
                    Some(Value::Decimal(digits, scale))
                }
                value => Some(value),
            },
        });
    }
    let invalid = |row: usize| match (fails(context.mode), values[row]) {
        (true, Some(variant)) => Err(invalid_cast(variant, to, context)),
        _ => Ok(()),
    };
    match (to, to.to_arrow()) {
        (DataType::Array { element, .. }, Arrow::List(field)) => {
            let (mut lengths, mut valid, mut elements) = (Vec::new(), Vec::new(), Vec::new());
            for (row, value) in read.iter().enumerate() {
                let array = match value {
                    Some(Value::Array(array)) => Some(array),
                    None => None,
                    Some(_) => {
                        invalid(row)?;
                        None
                    }
                };
                valid.push(array.is_some());
                lengths.push(array.map_or(0, |array| array.len()));
                for n in 0..array.map_or(0, |array| array.len()) {
                    elements.push(Some(array.and_then(|array| array.element(n)).ok_or_else(malformed)?));
                }
            }
            let values = cast_variants(&elements, element, context)?;
            let nulls = Some(NullBuffer::from(valid));
            Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, nulls)?))
        }
        (DataType::Map { value: wanted, .. }, Arrow::Map(field, sorted)) => {
            let Arrow::Struct(fields) = field.data_type() else {
                return Err(Error::internal("a map without entries"));
            };
            let (mut lengths, mut valid, mut keys, mut parts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for (row, value) in read.iter().enumerate() {
                let object = match value {
                    Some(Value::Object(object)) => Some(object),
                    None => None,
                    Some(_) => {
                        invalid(row)?;
                        None
                    }
                };
                valid.push(object.is_some());
                lengths.push(object.map_or(0, |object| object.len()));
                for n in 0..object.map_or(0, |object| object.len()) {
                    let (name, part) = object.and_then(|object| object.entry(n)).ok_or_else(malformed)?;
                    keys.push(Some(name));
                    parts.push(Some(part));
                }
            }
            let keys: ArrayRef = Arc::new(keys.into_iter().collect::<StringViewArray>());
            let entries =
                StructArray::try_new(fields.clone(), vec![keys, cast_variants(&parts, wanted, context)?], None)?;
            let nulls = Some(NullBuffer::from(valid));
            Ok(Arc::new(MapArray::try_new(
                Arc::clone(&field),
                OffsetBuffer::from_lengths(lengths),
                entries,
                nulls,
                sorted,
            )?))
        }
        (DataType::Struct(wanted), Arrow::Struct(fields)) => {
            let mut valid = Vec::with_capacity(values.len());
            for (row, value) in read.iter().enumerate() {
                match value {
                    Some(Value::Object(_)) => valid.push(true),
                    None => valid.push(false),
                    Some(_) => {
                        invalid(row)?;
                        valid.push(false);
                    }
                }
            }
            let columns = wanted.iter().map(|field| {
                let parts = read.iter().map(|value| match value {
                    Some(Value::Object(object)) => object.field(&field.name),
                    _ => None,
                });
                cast_variants(&parts.collect::<Vec<_>>(), &field.data_type, context)
            });
            let columns = columns.collect::<Result<Vec<_>>>()?;
            let nulls = Some(NullBuffer::from(valid));
            Ok(Arc::new(StructArray::try_new_with_length(fields, columns, nulls, values.len())?))
        }
        _ => scalars(values, &read, to, context),
    }
}

/// A variant that does not fit is an error outside of ANSI mode too.
fn fails(mode: CastMode) -> bool {
    match mode {
        CastMode::Ansi | CastMode::Store | CastMode::Legacy => true,
        CastMode::Try => false,
    }
}

/// Casts values without parts, kind by kind.
fn scalars(
    values: &[Option<Variant<'_>>],
    read: &[Option<Value<'_>>],
    to: &DataType,
    context: &CastContext,
) -> Result<ArrayRef> {
    let quiet = CastContext { mode: CastMode::Try, zone: context.zone.clone(), now: context.now };
    let mut texts: Vec<String> = Vec::new();
    // Each row's kind, and its place among its kind; kind 0 is NULL.
    let mut places = Vec::with_capacity(read.len());
    let mut kinds: Vec<(DataType, Vec<Value<'_>>)> = Vec::new();
    for (row, value) in read.iter().enumerate() {
        let data_type = match value {
            None => {
                places.push((0, 0));
                continue;
            }
            Some(Value::Object(_) | Value::Array(_)) if to.is_string() => DataType::Null,
            Some(value) => kind(value),
        };
        if data_type == DataType::Null {
            // The text of a collection is its JSON.
            let Some(Some(variant)) = values.get(row) else { return Err(Error::internal("a value without bytes")) };
            let mut text = String::new();
            write_json(&mut text, *variant, &context.zone).ok_or_else(malformed)?;
            places.push((usize::MAX, texts.len()));
            texts.push(text);
            continue;
        }
        let number = kinds.iter().position(|(known, _)| *known == data_type).unwrap_or_else(|| {
            kinds.push((data_type, Vec::new()));
            kinds.len() - 1
        });
        if let (Some((_, members)), Some(value)) = (kinds.get_mut(number), value) {
            places.push((number + 1, members.len()));
            members.push(*value);
        }
    }
    let mut parts = vec![new_null_array(&to.to_arrow(), 1)];
    for (data_type, members) in &kinds {
        // Collections are strings only, as was seen to above.
        let castable = data_type.is_atomic() && cast_allowed(data_type, to, CastMode::Ansi);
        parts.push(match castable {
            true => cast_array(&gathered(data_type, members)?, data_type, to, &quiet)?,
            false => new_null_array(&to.to_arrow(), members.len()),
        });
    }
    let texts: ArrayRef = Arc::new(texts.into_iter().map(Some).collect::<StringViewArray>());
    parts.push(if to.is_string() { texts } else { new_null_array(&to.to_arrow(), 1) });
    let last = parts.len() - 1;
    for place in &mut places {
        if place.0 == usize::MAX {
            place.0 = last;
        }
    }
    if fails(context.mode) {
        for (row, (part, place)) in places.iter().enumerate() {
            if *part > 0
                && parts[*part].is_null(*place)
                && let Some(variant) = values[row]
            {
                return Err(invalid_cast(variant, to, context));
            }
        }
    }
    let parts = parts.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>();
    Ok(interleave(&parts, &places)?)
}

/// The type that a value is cast from; collections are cast from none that is atomic.
fn kind(value: &Value<'_>) -> DataType {
    match value {
        Value::Null => DataType::Null,
        Value::Boolean(_) => DataType::Boolean,
        Value::Long(_) => DataType::Long,
        Value::Double(_) => DataType::Double,
        Value::Float(_) => DataType::Float,
        Value::Decimal(_, scale) => DataType::Decimal { precision: MAX_PRECISION, scale: *scale as i8 },
        Value::Date(_) => DataType::Date,
        Value::Timestamp(_) => DataType::Timestamp,
        Value::TimestampNtz(_) => DataType::TimestampNtz,
        Value::Binary(_) => DataType::Binary,
        Value::String(_) | Value::Uuid(_) => DataType::String,
        Value::Object(_) | Value::Array(_) => DataType::Struct(Vec::new()),
    }
}

/// Values of one kind as a column.
fn gathered(data_type: &DataType, values: &[Value<'_>]) -> Result<ArrayRef> {
    macro_rules! each {
        ($array:ty, $pattern:pat => $value:expr) => {
            values.iter().map(|value| if let $pattern = *value { Some($value) } else { None }).collect::<$array>()
        };
    }
    Ok(match data_type {
        DataType::Boolean => Arc::new(each!(BooleanArray, Value::Boolean(value) => value)),
        DataType::Long => Arc::new(each!(Int64Array, Value::Long(value) => value)),
        DataType::Double => Arc::new(each!(Float64Array, Value::Double(value) => value)),
        DataType::Float => Arc::new(each!(Float32Array, Value::Float(value) => value)),
        DataType::Decimal { precision, scale } => {
            let digits = each!(Decimal128Array, Value::Decimal(value, _) => value);
            Arc::new(digits.with_precision_and_scale(*precision, *scale)?)
        }
        DataType::Date => Arc::new(each!(Date32Array, Value::Date(value) => value)),
        DataType::Timestamp => {
            let instants = each!(TimestampMicrosecondArray, Value::Timestamp(value) => value);
            Arc::new(instants.with_timezone("UTC"))
        }
        DataType::TimestampNtz => Arc::new(each!(TimestampMicrosecondArray, Value::TimestampNtz(value) => value)),
        DataType::Binary => Arc::new(each!(BinaryViewArray, Value::Binary(value) => value)),
        DataType::String => Arc::new(each!(StringViewArray, Value::String(value) => value)),
        other => return Err(Error::internal(format!("no variant is {other}"))),
    })
}

fn invalid_cast(variant: Variant<'_>, to: &DataType, context: &CastContext) -> Error {
    let mut text = String::new();
    if write_json(&mut text, variant, &context.zone).is_none() {
        return malformed();
    }
    Error::new(
        &INVALID_VARIANT_CAST,
        format!("The variant value `{text}` cannot be cast into `\"{to}\"`. Please use `try_variant_get` instead"),
    )
}

pub fn malformed() -> Error {
    Error::new(&MALFORMED_VARIANT, "Variant binary is malformed. Please check the data source is valid")
}

/// Every value as a variant; structs and maps are objects.
///
/// # Errors
/// `MALFORMED_VARIANT`, also where the name of a field repeats.
pub fn to_variant(array: &ArrayRef, from: &DataType) -> Result<ArrayRef> {
    let write = appender(array, from)?;
    let (mut builder, mut column) = (Builder::default(), VariantBuilder::default());
    for row in 0..array.len() {
        if array.is_null(row) {
            column.null();
            continue;
        }
        write(row, &mut builder).ok_or_else(malformed)?;
        column.built(&mut builder);
    }
    column.finish()
}

/// Appends the value of a row that is not NULL.
type Append<'a> = Box<dyn Fn(usize, &mut Builder) -> Option<()> + 'a>;

fn with_nulls<'a>(array: &'a ArrayRef, data_type: &'a DataType) -> Result<Append<'a>> {
    let append = appender(array, data_type)?;
    Ok(Box::new(move |row, builder| match array.is_null(row) || *array.data_type() == Arrow::Null {
        true => {
            builder.null();
            Some(())
        }
        false => append(row, builder),
    }))
}

fn appender<'a>(array: &'a ArrayRef, data_type: &'a DataType) -> Result<Append<'a>> {
    macro_rules! each {
        ($values:expr, |$value:ident, $builder:ident| $append:expr) => {{
            let values = $values;
            Box::new(move |row, $builder: &mut Builder| {
                let $value = values.value(row);
                $append;
                Some(())
            })
        }};
    }
    Ok(match data_type {
        DataType::Null => Box::new(|_, builder| {
            builder.null();
            Some(())
        }),
        DataType::Boolean => each!(array.as_boolean(), |value, builder| builder.boolean(value)),
        DataType::Byte => each!(array.as_primitive::<Int8Type>(), |value, builder| builder.long(value.into())),
        DataType::Short => each!(array.as_primitive::<Int16Type>(), |value, builder| builder.long(value.into())),
        DataType::Int => each!(array.as_primitive::<Int32Type>(), |value, builder| builder.long(value.into())),
        DataType::Long => each!(array.as_primitive::<Int64Type>(), |value, builder| builder.long(value)),
        DataType::Float => each!(array.as_primitive::<Float32Type>(), |value, builder| builder.float(value)),
        DataType::Double => each!(array.as_primitive::<Float64Type>(), |value, builder| builder.double(value)),
        DataType::Decimal { scale, .. } => {
            let scale = u8::try_from(*scale).unwrap_or(0);
            each!(array.as_primitive::<Decimal128Type>(), |value, builder| builder.decimal(value, scale))
        }
        data_type if data_type.is_string() => {
            each!(array.as_string_view(), |value, builder| builder.string(value))
        }
        DataType::Binary => each!(array.as_binary_view(), |value, builder| builder.binary(value)),
        DataType::Date => each!(array.as_primitive::<Date32Type>(), |value, builder| builder.date(value)),
        DataType::Timestamp => {
            each!(array.as_primitive::<TimestampMicrosecondType>(), |value, builder| builder.timestamp(value))
        }
        DataType::TimestampNtz => {
            each!(array.as_primitive::<TimestampMicrosecondType>(), |value, builder| builder.timestamp_ntz(value))
        }
        DataType::Variant => {
            let column = Variants::new(array.as_ref())?;
            Box::new(move |row, builder| builder.variant(column.get(row)?))
        }
        DataType::Array { element, .. } => {
            let list = array.as_list::<i32>();
            let (offsets, append) = (list.value_offsets(), with_nulls(list.values(), element)?);
            Box::new(move |row, builder| {
                let start = builder.place();
                let mut places = Vec::new();
                for place in offsets[row]..offsets[row + 1] {
                    places.push(builder.place());
                    append(place as usize, builder)?;
                }
                builder.array(start, &places);
                Some(())
            })
        }
        DataType::Map { value, .. } => {
            let map = array.as_map();
            let (offsets, keys) = (map.value_offsets(), map.keys().as_string_view());
            let append = with_nulls(map.values(), value)?;
            Box::new(move |row, builder| {
                let start = builder.place();
                let mut fields = Vec::new();
                for place in offsets[row]..offsets[row + 1] {
                    fields.push(builder.field(keys.value(place as usize)));
                    append(place as usize, builder)?;
                }
                builder.object(start, fields)
            })
        }
        DataType::Struct(members) => {
            let columns = array.as_struct().columns().iter().zip(members).map(|(column, member)| {
                let StructField { name, data_type, .. } = member;
                Ok((name, with_nulls(column, data_type)?))
            });
            let columns = columns.collect::<Result<Vec<_>>>()?;
            Box::new(move |row, builder| {
                let start = builder.place();
                let mut fields = Vec::with_capacity(columns.len());
                for (name, append) in &columns {
                    fields.push(builder.field(name));
                    append(row, builder)?;
                }
                builder.object(start, fields)
            })
        }
        other => return Err(Error::internal(format!("{other} is cast to a variant"))),
    })
}
