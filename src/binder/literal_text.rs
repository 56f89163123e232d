//! Values as literals of SQL: for parameters, and for names of columns that show a variable.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use crate::error::{Error, Result};
use crate::functions::cast::{CastMode, cast};
use crate::functions::constant::evaluate;
use crate::functions::{Context, Typed};
use crate::types::{DataType, quote_if_needed};

/// An expression that has this value and this type.
pub fn literal_text(value: &ScalarValue, data_type: &DataType, context: &Context) -> Result<String> {
    if value.is_null() {
        return Ok(match data_type {
            DataType::Null => "NULL".to_owned(),
            other => format!("CAST(NULL AS {})", other.sql()),
        });
    }
    Ok(match data_type {
        DataType::Boolean | DataType::Int | DataType::Null => text(value, data_type, context)?,
        DataType::Byte => text(value, data_type, context)? + "Y",
        DataType::Short => text(value, data_type, context)? + "S",
        DataType::Long => text(value, data_type, context)? + "L",
        DataType::Decimal { .. } => text(value, data_type, context)? + "BD",
        DataType::Float | DataType::Double => {
            let shown = text(value, data_type, context)?;
            match (shown.as_str(), data_type) {
                ("NaN" | "Infinity" | "-Infinity", _) => format!("CAST('{shown}' AS {})", data_type.sql()),
                (_, DataType::Float) => format!("CAST({shown} AS FLOAT)"),
                _ => shown + "D",
            }
        }
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            quoted(&text(value, &DataType::String, context)?)
        }
        DataType::Date => format!("DATE '{}'", text(value, data_type, context)?),
        DataType::Timestamp => format!("TIMESTAMP '{}'", text(value, data_type, context)?),
        DataType::TimestampNtz => format!("TIMESTAMP_NTZ '{}'", text(value, data_type, context)?),
        DataType::Time(_) => format!("TIME '{}'", text(value, data_type, context)?),
        DataType::Binary => binary(value)?,
        DataType::Array { element, .. } => {
            let items = items(value, element, context)?;
            match items.is_empty() {
                true => format!("CAST(array() AS {})", data_type.sql()),
                false => format!("array({})", items.join(", ")),
            }
        }
        DataType::Map { key, value: mapped, .. } => {
            let ScalarValue::Map(map) = value else { return Err(unexpected(data_type)) };
            let entries = map.value(0);
            let mut texts = Vec::new();
            for row in 0..entries.len() {
                let of = |column: usize| ScalarValue::try_from_array(entries.column(column), row);
                texts.push(literal_text(&of(0)?, key, context)?);
                texts.push(literal_text(&of(1)?, mapped, context)?);
            }
            match texts.is_empty() {
                true => format!("CAST(map() AS {})", data_type.sql()),
                false => format!("map({})", texts.join(", ")),
            }
        }
        DataType::Struct(fields) => {
            let ScalarValue::Struct(row) = value else { return Err(unexpected(data_type)) };
            let mut texts = Vec::new();
            for (field, column) in fields.iter().zip(row.columns()) {
                texts.push(quoted(&field.name));
                texts.push(literal_text(&ScalarValue::try_from_array(column, 0)?, &field.data_type, context)?);
            }
            format!("named_struct({})", texts.join(", "))
        }
        // An interval's text is its literal.
        _ => {
            let shown = text(value, data_type, context)?;
            match shown.starts_with("INTERVAL") {
                true => shown,
                false if data_type.sql().starts_with("INTERVAL") => format!("INTERVAL '{shown}'"),
                false => format!("CAST({} AS {})", quoted(&shown), quote_type(data_type)),
            }
        }
    })
}

fn quote_type(data_type: &DataType) -> String {
    quote_if_needed(&data_type.sql()).trim_matches('`').to_owned()
}

fn unexpected(data_type: &DataType) -> Error {
    Error::internal(format!("a value that is no {}", data_type.sql()))
}

/// As CAST(… AS STRING) has it.
fn text(value: &ScalarValue, data_type: &DataType, context: &Context) -> Result<String> {
    let expr = Expr::Literal(value.clone(), None);
    let typed = Typed { expr, data_type: data_type.clone(), nullable: false };
    let as_string = cast(typed, &DataType::String, CastMode::implicit(context), context)?;
    match evaluate(&as_string.expr)? {
        Some(
            ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)),
        ) => Ok(text),
        _ => Err(unexpected(data_type)),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn binary(value: &ScalarValue) -> Result<String> {
    match value {
        ScalarValue::Binary(Some(bytes))
        | ScalarValue::LargeBinary(Some(bytes))
        | ScalarValue::BinaryView(Some(bytes)) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            Ok(format!("X'{digits}'"))
        }
        _ => Err(unexpected(&DataType::Binary)),
    }
}

fn items(value: &ScalarValue, element: &DataType, context: &Context) -> Result<Vec<String>> {
    let array = value.to_array()?;
    let values = match array.as_list_opt::<i32>() {
        Some(list) => list.value(0),
        None => array.as_list_opt::<i64>().ok_or_else(|| unexpected(element))?.value(0),
    };
    (0..values.len()).map(|row| literal_text(&ScalarValue::try_from_array(&values, row)?, element, context)).collect()
}
