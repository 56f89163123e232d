//! The types that variants have: `OBJECT<a: BIGINT>`.
//!
//! In a [`DataType`] an object is a struct, and what differs from value to value is a VARIANT.

use super::{Value, Variant};
use crate::types::coercion::tightest_common_type;
use crate::types::{DataType, MAX_PRECISION, StructField, quote_if_needed};

/// The type of a variant; `None` if it is malformed.
pub fn schema(variant: Variant<'_>) -> Option<DataType> {
    Some(match variant.read()? {
        Value::Null => DataType::Null,
        Value::Boolean(_) => DataType::Boolean,
        Value::Long(_) => DataType::Long,
        Value::Double(_) => DataType::Double,
        Value::Float(_) => DataType::Float,
        Value::Decimal(value, scale) => {
            let (value, scale) = super::stripped(value, scale);
            let digits = value.unsigned_abs().checked_ilog10().map_or(1, |digits| digits as u8 + 1);
            DataType::Decimal { precision: digits.max(scale), scale: scale as i8 }
        }
        Value::Date(_) => DataType::Date,
        Value::Timestamp(_) => DataType::Timestamp,
        Value::TimestampNtz(_) => DataType::TimestampNtz,
        Value::Binary(_) => DataType::Binary,
        Value::String(_) | Value::Uuid(_) => DataType::String,
        Value::Object(object) => {
            let fields = (0..object.len()).map(|n| {
                let (name, value) = object.entry(n)?;
                Some(StructField::new(name, schema(value)?))
            });
            DataType::Struct(fields.collect::<Option<_>>()?)
        }
        Value::Array(array) => {
            let mut element = DataType::Null;
            for n in 0..array.len() {
                element = merged_schema(element, schema(array.element(n)?)?);
            }
            DataType::array(element)
        }
    })
}

/// The type of both.
pub fn merged_schema(a: DataType, b: DataType) -> DataType {
    match (a, b) {
        (DataType::Struct(a), DataType::Struct(b)) => {
            let mut fields: Vec<StructField> = Vec::with_capacity(a.len().max(b.len()));
            let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
            while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
                let order = super::compare(&left.name, &right.name);
                let (left, right) = match order {
                    std::cmp::Ordering::Less => (a.next(), None),
                    std::cmp::Ordering::Greater => (None, b.next()),
                    std::cmp::Ordering::Equal => (a.next(), b.next()),
                };
                match (left, right) {
                    (Some(left), Some(right)) => {
                        fields.push(StructField::new(left.name, merged_schema(left.data_type, right.data_type)));
                    }
                    (one, other) => fields.extend(one.or(other)),
                }
            }
            fields.extend(a);
            fields.extend(b);
            DataType::Struct(fields)
        }
        (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => {
            DataType::array(merged_schema(*a, *b))
        }
        (DataType::Double, DataType::Decimal { .. }) | (DataType::Decimal { .. }, DataType::Double) => DataType::Double,
        (DataType::Long, DataType::Decimal { precision, scale })
        | (DataType::Decimal { precision, scale }, DataType::Long) => wider((20, 0), (precision, scale)),
        (DataType::Decimal { precision: a, scale: scale_a }, DataType::Decimal { precision: b, scale: scale_b }) => {
            wider((a, scale_a), (b, scale_b))
        }
        (a, b) => tightest_common_type(&a, &b, false).unwrap_or(DataType::Variant),
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

/// As `schema_of_variant` shows a type.
pub fn schema_text(data_type: &DataType) -> String {
    match data_type {
        DataType::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|field| format!("{}: {}", quote_if_needed(&field.name), schema_text(&field.data_type)))
                .collect::<Vec<_>>();
            format!("OBJECT<{}>", fields.join(", "))
        }
        DataType::Array { element, .. } => format!("ARRAY<{}>", schema_text(element)),
        other => other.sql(),
    }
}
