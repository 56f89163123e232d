//! `from_json`, `to_json` and `schema_of_json`.

use datafusion::arrow::array::Array;
use datafusion::logical_expr::{ColumnarValue, lit};

use crate::error::{Error, MALFORMED_RECORD_IN_PARSING, Result, UNSUPPORTED_DATATYPE};
use crate::functions::{Arguments, Call, Kernel, Typed, documents};
use crate::records::json::{Options, Rows, document_type, is_read, known, writer};
use crate::records::{Mode, corrupt_record_column, malformed};
use crate::types::DataType;

pub(super) static FROM_JSON: Kernel = Kernel::new("from_json", from_json).fallible();
pub(super) static TO_JSON: Kernel = Kernel::new("to_json", to_json);

fn json_options(call: &Call<'_>, n: usize) -> Result<(Options, Vec<String>)> {
    let given = documents::options(call, n)?;
    let options = Options::new(&given).map_err(|error| error.at(call.span))?;
    Ok((options, documents::flattened(&given)))
}

/// `from_json(text, schema[, options])`
pub(super) fn bind_from_json(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let returns = documents::schema(call, 1)?;
    let (options, parameters) = json_options(call, 2)?;
    let text = documents::text(call, 0)?;
    if !is_document(&returns) {
        return Err(no_document(call, &returns));
    }
    if let Err(found @ DataType::Map { .. }) = is_read(&returns) {
        let _ = found;
        return Err(call.mismatch(
            "INVALID_JSON_MAP_KEY_TYPE",
            &format!("Input schema \"{returns}\" can only contain STRING as a key type for a MAP"),
        ));
    }
    if let Err(found) = is_read(&returns) {
        return Err(Error::new(&UNSUPPORTED_DATATYPE, format!("Unsupported data type \"{found}\"")).at(call.span));
    }
    documents::check_mode(call, options.mode)?;
    if let DataType::Struct(fields) = &returns {
        corrupt_record_column(fields, &options.corrupt_record_column).map_err(|error| error.at(call.span))?;
    }
    Ok(call.kernel_with(&FROM_JSON, vec![text], parameters, returns, true))
}

fn is_document(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(_) | DataType::Map { .. } | DataType::Array { .. } | DataType::Variant)
}

fn no_document(call: &Call<'_>, data_type: &DataType) -> Error {
    call.mismatch(
        "INVALID_JSON_SCHEMA",
        &format!("Input schema \"{data_type}\" must be a struct, an array, a map or a variant"),
    )
}

fn from_json(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let options = Options::new(&documents::unflattened(&parameters.options))?;
    let fails = options.mode == Mode::FailFast;
    let texts = arguments.strings(0)?;
    let mut rows = Rows::new(parameters.returns.clone(), options, &parameters.time_zone)?;
    for row in 0..arguments.rows {
        let Some(text) = texts.get(row).filter(|text| !text.trim().is_empty()) else {
            rows.null();
            continue;
        };
        if rows.add(text) && fails {
            return Err(malformed(text));
        }
    }
    Ok(ColumnarValue::Array(rows.take()?))
}

/// `to_json(struct, map or array[, options])`
pub(super) fn bind_to_json(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let (_, parameters) = json_options(call, 1)?;
    let value = call.argument(0).clone();
    if value.data_type == DataType::Null {
        return call.to(value, &DataType::String);
    }
    if !is_document(&value.data_type) {
        return Err(no_document(call, &value.data_type));
    }
    let nullable = value.nullable;
    Ok(call.kernel_with(&TO_JSON, vec![value], parameters, DataType::String, nullable))
}

fn to_json(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let options = Options::new(&documents::unflattened(&parameters.options))?;
    let zone = options.times.zone(&parameters.time_zone)?;
    let array = arguments.array(0)?;
    let write = writer(&array, &parameters.arguments[0], &options, &zone)?;
    arguments.write_strings(|row, out| array.is_valid(row).then(|| write(row, out)))
}

/// `schema_of_json(text[, options])`
pub(super) fn bind_schema_of_json(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let (options, _) = json_options(call, 1)?;
    let text = documents::constant_text(call, 0, "json")?;
    let zone = options.times.zone(&call.context.time_zone)?;
    let Some(found) = document_type(&text, &options, &zone) else {
        return Err(Error::new(
            &MALFORMED_RECORD_IN_PARSING,
            format!("Malformed records are detected in record parsing: {text}"),
        )
        .subcondition("WITHOUT_SUGGESTION")
        .at(call.span));
    };
    let nothing = || DataType::Struct(Vec::new());
    let data_type = match found {
        found @ DataType::Struct(_) => known(found, &options).unwrap_or_else(nothing),
        DataType::Array { element, .. } if matches!(*element, DataType::Struct(_)) => {
            DataType::array(known(*element, &options).unwrap_or_else(nothing))
        }
        other => known(other, &options).unwrap_or(DataType::String),
    };
    Ok(Typed { expr: lit(data_type.sql()), data_type: DataType::String, nullable: false })
}
