//! What the functions of CSV, JSON and XML have in common: texts, schemas and options as arguments.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::scalar::ScalarValue;

use super::{Call, Typed, constant};
use crate::error::{
    Error, INVALID_OPTIONS, INVALID_SCHEMA, PARSE_EMPTY_STATEMENT, PARSE_MODE_UNSUPPORTED, PARSE_SYNTAX_ERROR, Result,
    UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING, UNSUPPORTED_DATATYPE,
};
use crate::records::{Mode, Properties};
use crate::types::{DataType, StructField};

/// Argument `n`, which must be a string as it is.
pub(super) fn text(call: &Call<'_>, n: usize) -> Result<Typed> {
    let argument = call.argument(n);
    if argument.data_type.is_string() || argument.data_type == DataType::Null {
        return call.cast(n, &DataType::String);
    }
    Err(call.unexpected_type(n, "\"STRING\""))
}

/// Argument `n`, which must be a constant string; `parameter` is its name in messages.
pub(super) fn constant_text(call: &Call<'_>, n: usize, parameter: &str) -> Result<String> {
    text(call, n)?;
    match call.literal_string(n, parameter)? {
        Some(text) => Ok(text),
        None => Err(call.mismatch("UNEXPECTED_NULL", &format!("The `{parameter}` must not be null"))),
    }
}

/// The constant map of options that such a function may have as argument `n`.
pub(super) fn options(call: &Call<'_>, n: usize) -> Result<Properties> {
    if call.arguments.len() <= n {
        return Ok(Vec::new());
    }
    let invalid = |subcondition: &'static str, why: String| {
        Error::new(&INVALID_OPTIONS, format!("Invalid options: {why}")).subcondition(subcondition).at(call.span)
    };
    let argument = call.argument(n);
    let DataType::Map { key, value, .. } = &argument.data_type else {
        return Err(invalid("NON_MAP_FUNCTION", "Must use the `map()` function for options".to_owned()));
    };
    if !key.is_string() || !value.is_string() {
        let data_type = &argument.data_type;
        let why = format!("A type of keys and values in `map()` must be string, but got \"{data_type}\"");
        return Err(invalid("NON_STRING_TYPE", why));
    }
    let Some(ScalarValue::Map(map)) =
        call.constant(n, "options", &DataType::map(DataType::String, DataType::String))?
    else {
        return Ok(Vec::new());
    };
    let (keys, values) = (map.keys().as_string_view().clone(), map.values().as_string_view().clone());
    Ok((0..keys.len()).map(|entry| (keys.value(entry).to_owned(), values.value(entry).to_owned())).collect())
}

/// Functions have no rows to drop.
pub(super) fn check_mode(call: &Call<'_>, mode: Mode) -> Result<()> {
    match mode {
        Mode::Permissive | Mode::FailFast => Ok(()),
        Mode::DropMalformed => Err(Error::new(
            &PARSE_MODE_UNSUPPORTED,
            format!(
                "The function `{}` doesn't support the DROPMALFORMED mode. Acceptable modes are PERMISSIVE and FAILFAST",
                call.function.name
            ),
        )
        .at(call.span)),
    }
}

/// The type that the constant argument `n` spells: a type, or the columns of a struct. Whatever is read by it may be
/// missing.
pub(super) fn schema(call: &Call<'_>, n: usize) -> Result<DataType> {
    let argument = call.argument(n);
    let value = match argument.data_type.is_string() {
        true => constant::evaluate(&argument.expr).map_err(|error| error.at(call.span))?,
        false => None,
    };
    let Some(text) = value.as_ref().and_then(|value| value.try_as_str().flatten()) else {
        return Err(Error::new(
            &INVALID_SCHEMA,
            format!(
                "The input schema \"{}\" is not a valid schema string. The input expression must be string literal and \
                 not null",
                call.texts[n]
            ),
        )
        .subcondition("NON_STRING_LITERAL")
        .at(call.span));
    };
    let found = parse(text).map_err(|error| error.without_position().at(call.span))?;
    if has_length(&found) {
        return Err(Error::new(
            &UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING,
            "The char/varchar type can't be used in the table schema",
        )
        .at(call.span));
    }
    Ok(found.loosened())
}

/// As [`schema`], but only a struct.
pub(super) fn columns(call: &Call<'_>, n: usize) -> Result<Vec<StructField>> {
    match schema(call, n)? {
        DataType::Struct(fields) => Ok(fields),
        other => Err(Error::new(
            &INVALID_SCHEMA,
            format!(
                "The input schema \"{}\" is not a valid schema string. The input expression should be evaluated to \
                 struct type, but got \"{other}\"",
                call.texts[n]
            ),
        )
        .subcondition("NON_STRUCT_TYPE")
        .at(call.span)),
    }
}

fn parse(text: &str) -> Result<DataType> {
    if text.trim().is_empty() {
        return Err(Error::new(&PARSE_EMPTY_STATEMENT, "Syntax error, unexpected empty statement"));
    }
    let error = match DataType::parse(text) {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    if let Ok(columns) = DataType::parse_columns(text) {
        return Ok(DataType::Struct(columns));
    }
    // A word that is no type is one thing, a word too many another.
    let mut words = text.split_whitespace().skip(1);
    match words.next() {
        Some(word) if error.is(&UNSUPPORTED_DATATYPE) => {
            Err(Error::new(&PARSE_SYNTAX_ERROR, format!("Syntax error at or near '{}'", word.trim_end_matches(','))))
        }
        _ => Err(error),
    }
}

fn has_length(data_type: &DataType) -> bool {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => true,
        DataType::Array { element, .. } => has_length(element),
        DataType::Map { key, value, .. } => has_length(key) || has_length(value),
        DataType::Struct(fields) => fields.iter().any(|field| has_length(&field.data_type)),
        _ => false,
    }
}

/// Options as parameters of a kernel: names and values in turn.
pub(super) fn flattened(options: &Properties) -> Vec<String> {
    options.iter().flat_map(|(name, value)| [name.clone(), value.clone()]).collect()
}

/// What [`flattened`] was given.
pub(super) fn unflattened(parameters: &[String]) -> Properties {
    parameters.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}
