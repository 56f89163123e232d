//! `schema_of_json`: the type that a JSON text would be read as.

use datafusion::logical_expr::lit;

use super::options;
use super::reader::{Kind, Reader, is_integer};
use crate::error::{Error, MALFORMED_RECORD_IN_PARSING, Result};
use crate::functions::{Call, Typed};
use crate::types::{DataType, MAX_PRECISION, StructField};

pub(super) fn bind(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    if let Some((name, _)) = options(call, 1)?.first() {
        let what = format!("the option `{name}` of `schema_of_json`");
        return Err(Error::unsupported(what, "leave it out").at(call.span));
    }
    let Some(text) = call.literal_string(0, "json")? else {
        return Err(call.mismatch("UNEXPECTED_NULL", "The `json` must not be null"));
    };
    let Some(data_type) = infer(&mut Reader::new(&text)) else {
        return Err(Error::new(
            &MALFORMED_RECORD_IN_PARSING,
            format!("Malformed records are detected in record parsing: {text}"),
        )
        .subcondition("WITHOUT_SUGGESTION")
        .at(call.span));
    };
    Ok(Typed { expr: lit(known(data_type).sql()), data_type: DataType::String, nullable: false })
}

fn infer(reader: &mut Reader<'_>) -> Option<DataType> {
    Some(match reader.kind()? {
        Kind::Object => {
            let mut fields = Vec::new();
            reader.object(|reader, key| {
                fields.push(StructField::new(key, infer(reader)?));
                Some(())
            })?;
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            DataType::Struct(fields)
        }
        Kind::Array => {
            let mut element = DataType::Null;
            reader.array(|reader| {
                element = merge(std::mem::replace(&mut element, DataType::Null), infer(reader)?);
                Some(())
            })?;
            DataType::array(element)
        }
        Kind::Number => {
            let number = reader.number()?;
            let digits = number.trim_start_matches('-').len();
            match (is_integer(number), number.parse::<i64>()) {
                (true, Ok(_)) => DataType::Long,
                (true, Err(_)) if digits <= usize::from(MAX_PRECISION) => {
                    DataType::Decimal { precision: digits as u8, scale: 0 }
                }
                _ => DataType::Double,
            }
        }
        kind @ (Kind::String | Kind::True | Kind::False | Kind::Null) => {
            reader.skip()?;
            match kind {
                Kind::String => DataType::String,
                Kind::Null => DataType::Null,
                _ => DataType::Boolean,
            }
        }
    })
}

/// The type that both can be read as; text if nothing else.
fn merge(a: DataType, b: DataType) -> DataType {
    match (a, b) {
        (a, b) if a == b => a,
        (DataType::Null, other) | (other, DataType::Null) => other,
        (DataType::Long | DataType::Decimal { .. }, DataType::Double)
        | (DataType::Double, DataType::Long | DataType::Decimal { .. }) => DataType::Double,
        (DataType::Long, DataType::Decimal { precision, scale })
        | (DataType::Decimal { precision, scale }, DataType::Long) => {
            DataType::Decimal { precision: precision.max(20), scale }
        }
        (DataType::Decimal { precision: a, scale }, DataType::Decimal { precision: b, .. }) => {
            DataType::Decimal { precision: a.max(b), scale }
        }
        (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => DataType::array(merge(*a, *b)),
        (DataType::Struct(mut fields), DataType::Struct(others)) => {
            for other in others {
                match fields.iter_mut().find(|field| field.name == other.name) {
                    Some(field) => {
                        let known = std::mem::replace(&mut field.data_type, DataType::Null);
                        field.data_type = merge(known, other.data_type);
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

/// What nothing is known of is text.
fn known(data_type: DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::String,
        DataType::Array { element, .. } => DataType::array(known(*element)),
        DataType::Struct(fields) => DataType::Struct(
            fields
                .into_iter()
                .map(|field| StructField { data_type: known(field.data_type.clone()), ..field })
                .collect(),
        ),
        other => other,
    }
}
