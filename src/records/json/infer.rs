//! The type that JSON texts would be read as.

use super::Options;
use super::reader::{Kind, Reader, is_integer};
use crate::types::time_zone::Zone;
use crate::types::{DataType, MAX_PRECISION, StructField, reading};

/// The type of a text, with what nothing is known of as VOID; `None` if the text is malformed.
pub fn document_type(text: &str, options: &Options, zone: &Zone) -> Option<DataType> {
    let mut reader = Reader::lenient(text, options.leniency);
    if reader.is_at_end() {
        return Some(DataType::Null);
    }
    infer(&mut reader, options, zone)
}

/// The type of the record or records that a text holds: an object, or an array of them.
pub fn record_type(text: &str, options: &Options, zone: &Zone) -> Option<DataType> {
    match document_type(text, options, zone)? {
        DataType::Array { element, .. } if matches!(*element, DataType::Struct(_)) => Some(*element),
        found @ DataType::Struct(_) => Some(found),
        DataType::Null => Some(DataType::Struct(Vec::new())),
        _ => None,
    }
}

fn infer(reader: &mut Reader<'_>, options: &Options, zone: &Zone) -> Option<DataType> {
    Some(match reader.kind()? {
        Kind::Object => {
            let mut fields: Vec<StructField> = Vec::new();
            reader.object(|reader, key| {
                let found = infer(reader, options, zone)?;
                match fields.iter_mut().find(|field| field.name == key) {
                    Some(field) => field.data_type = found,
                    None => fields.push(StructField::new(key, found)),
                }
                Some(())
            })?;
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            DataType::Struct(fields)
        }
        Kind::Array => {
            let mut element = DataType::Null;
            reader.array(|reader| {
                element = merged(std::mem::replace(&mut element, DataType::Null), infer(reader, options, zone)?);
                Some(())
            })?;
            DataType::array(element)
        }
        Kind::Number => {
            let number = reader.number()?;
            match (is_integer(number), number.parse::<i64>()) {
                _ if options.primitives_as_string => DataType::String,
                (true, Ok(_)) => DataType::Long,
                (true, Err(_)) => decimal(number).unwrap_or(DataType::Double),
                (false, _) if options.prefers_decimal => decimal(number).unwrap_or(DataType::Double),
                (false, _) => DataType::Double,
            }
        }
        Kind::String => {
            let mut text = String::new();
            reader.string(&mut text)?;
            if text.is_empty() {
                DataType::Null
            } else if options.prefers_decimal && decimal(&text).is_some() {
                decimal(&text)?
            } else if options.infers_timestamps && options.times.read_timestamp(&text, zone).is_some() {
                DataType::Timestamp
            } else {
                DataType::String
            }
        }
        kind => {
            reader.skip()?;
            match kind {
                Kind::Null => DataType::Null,
                _ if options.primitives_as_string => DataType::String,
                _ => DataType::Boolean,
            }
        }
    })
}

/// The smallest decimal that has the digits of a number.
fn decimal(number: &str) -> Option<DataType> {
    let (value, scale) = reading::decimal(number)?.ok()?;
    let digits = value.unsigned_abs().checked_ilog10().map_or(1, |digits| digits + 1);
    let (precision, scale) = (u8::try_from(digits).ok()?, i8::try_from(scale).ok()?);
    let precision = precision.max(u8::try_from(scale).ok()?);
    (precision <= MAX_PRECISION).then_some(DataType::Decimal { precision, scale })
}

/// The type that both can be read as; text if nothing else.
pub fn merged(a: DataType, b: DataType) -> DataType {
    match (a, b) {
        (a, b) if a == b => a,
        (DataType::Null, other) | (other, DataType::Null) => other,
        (DataType::Long | DataType::Decimal { .. }, DataType::Double)
        | (DataType::Double, DataType::Long | DataType::Decimal { .. }) => DataType::Double,
        (DataType::Long, DataType::Decimal { precision, scale })
        | (DataType::Decimal { precision, scale }, DataType::Long) => wider((20, 0), (precision, scale)),
        (DataType::Decimal { precision: a, scale: scale_a }, DataType::Decimal { precision: b, scale: scale_b }) => {
            wider((a, scale_a), (b, scale_b))
        }
        (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => DataType::array(merged(*a, *b)),
        (DataType::Struct(mut fields), DataType::Struct(others)) => {
            for other in others {
                match fields.iter_mut().find(|field| field.name == other.name) {
                    Some(field) => {
                        let known = std::mem::replace(&mut field.data_type, DataType::Null);
                        field.data_type = merged(known, other.data_type);
                    }
                    None => fields.push(other),
                }
            }
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            DataType::Struct(fields)
        }
        _ => DataType::String,
    }
}

fn wider(a: (u8, i8), b: (u8, i8)) -> DataType {
    let scale = a.1.max(b.1);
    let integral = (i16::from(a.0) - i16::from(a.1)).max(i16::from(b.0) - i16::from(b.1));
    match u8::try_from(integral + i16::from(scale)) {
        Ok(precision) if precision <= MAX_PRECISION => DataType::Decimal { precision, scale },
        _ => DataType::Double,
    }
}

/// The type without what nothing is known of: that becomes text, or is left out if options say so. Objects without
/// fields are left out as well; `None` if nothing is left.
pub fn known(data_type: DataType, options: &Options) -> Option<DataType> {
    match data_type {
        DataType::Null if options.drops_empty_fields => None,
        DataType::Null => Some(DataType::String),
        DataType::Array { element, .. } => known(*element, options).map(DataType::array),
        DataType::Struct(fields) => {
            let fields = fields.into_iter().filter(|field| !field.name.is_empty());
            let fields = fields.filter_map(|field| {
                let data_type = known(field.data_type.clone(), options)?;
                Some(StructField { data_type, ..field })
            });
            let fields = fields.collect::<Vec<_>>();
            (!fields.is_empty()).then_some(DataType::Struct(fields))
        }
        other => Some(other),
    }
}
