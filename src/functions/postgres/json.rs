//! JSON, which is text here: parts of documents, and documents made of values.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Int32Type};
use datafusion::logical_expr::{ColumnarValue, Expr};
use serde_json::Value;

use super::values::postgres_writer;
use super::{cast, nullable, text};
use crate::error::{CAST_INVALID_INPUT, Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::cast::{ValueWriter, value_writer};
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Family, Function, Generator, Typed};
use crate::types::DataType;
use crate::types::text::write_json_string;
use crate::types::time_zone::Zone;

const FAMILY: Family = Family::Json;
const TEXTS: DataType = DataType::String;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "->",
        FAMILY,
        |call| part(call, false),
        "json -> key - A field or element of a document, as JSON.",
        &[],
    ),
    Function::scalar(
        "->>",
        FAMILY,
        |call| part(call, true),
        "json ->> key - A field or element of a document, as text.",
        &[],
    ),
    Function::scalar(
        "#>",
        FAMILY,
        |call| path(call, false),
        "json #> path - What is at the end of a path, as JSON.",
        &[],
    ),
    Function::scalar(
        "#>>",
        FAMILY,
        |call| path(call, true),
        "json #>> path - What is at the end of a path, as text.",
        &[],
    ),
    Function::scalar(
        "json_extract_path",
        FAMILY,
        |call| keys(call, false),
        "json_extract_path(json, key, …) - What is at the end of a path, as JSON.",
        &[],
    )
    .aliases(&["jsonb_extract_path"]),
    Function::scalar(
        "json_extract_path_text",
        FAMILY,
        |call| keys(call, true),
        "json_extract_path_text(json, key, …) - What is at the end of a path, as text.",
        &[],
    )
    .aliases(&["jsonb_extract_path_text"]),
    Function::scalar(
        "json_build_object",
        FAMILY,
        |call| build(call, true, " : "),
        "json_build_object(key, value, …) - An object.",
        &[],
    ),
    Function::scalar(
        "jsonb_build_object",
        FAMILY,
        |call| build(call, true, ": "),
        "jsonb_build_object(key, value, …) - An object.",
        &[],
    ),
    Function::scalar(
        "json_build_array",
        FAMILY,
        |call| build(call, false, ""),
        "json_build_array(value, …) - An array.",
        &[],
    )
    .aliases(&["jsonb_build_array"]),
    Function::scalar("to_json", FAMILY, |call| whole(call, "plain"), "to_json(value) - A value as JSON.", &[])
        .aliases(&["row_to_json", "array_to_json"]),
    Function::scalar("to_jsonb", FAMILY, |call| whole(call, "spaced"), "to_jsonb(value) - A value as JSON.", &[]),
    Function::scalar(
        "json_agg",
        FAMILY,
        |call| whole(call, "list"),
        "json_agg(value [ORDER BY …]) - All values as an array.",
        &[],
    )
    .aliases(&["jsonb_agg"]),
    Function::scalar(
        "json_array_length",
        FAMILY,
        array_length,
        "json_array_length(json) - How many elements an array has.",
        &[],
    )
    .aliases(&["jsonb_array_length"]),
    Function::scalar("json_typeof", FAMILY, type_of, "json_typeof(json) - What kind of value a document is.", &[])
        .aliases(&["jsonb_typeof"]),
    Function::generator(
        "json_array_elements",
        |call| elements(call, "elements", "value"),
        "json_array_elements(json) - The elements of an array, in rows.",
        &[],
    )
    .aliases(&["jsonb_array_elements"]),
    Function::generator(
        "json_array_elements_text",
        |call| elements(call, "texts", "value"),
        "json_array_elements_text(json) - The elements of an array as text, in rows.",
        &[],
    )
    .aliases(&["jsonb_array_elements_text"]),
    Function::generator(
        "json_object_keys",
        |call| elements(call, "keys", "json_object_keys"),
        "json_object_keys(json) - The keys of an object, in rows.",
        &[],
    )
    .aliases(&["jsonb_object_keys"]),
    Function::generator(
        "json_each",
        |call| pairs(call, "elements"),
        "json_each(json) - Keys and values of an object, in rows.",
        &[],
    )
    .aliases(&["jsonb_each"]),
    Function::generator(
        "json_each_text",
        |call| pairs(call, "texts"),
        "json_each_text(json) - Keys and values of an object as text, in rows.",
        &[],
    )
    .aliases(&["jsonb_each_text"]),
    Function::scalar("?", FAMILY, has_key, "json ? key - Whether an object has a key, or an array that text.", &[]),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&PART, &BUILD, &WHOLE, &ARRAY_LENGTH, &TYPE, &ELEMENTS, &HAS_KEY];

/// Kernels whose result is JSON begin so.
const MARK: &str = "postgres_json";

static PART: Kernel = Kernel::new("postgres_json_part", run_part).fallible();
static BUILD: Kernel = Kernel::new("postgres_json_build", run_build).fallible();
static WHOLE: Kernel = Kernel::new("postgres_json_of", run_whole);
static ARRAY_LENGTH: Kernel = Kernel::new("postgres_length_of_json", run_array_length).fallible();
static TYPE: Kernel = Kernel::new("postgres_kind_of_json", run_type).fallible();
static ELEMENTS: Kernel = Kernel::new("postgres_elements_of_json", run_elements).fallible();
static HAS_KEY: Kernel = Kernel::new("postgres_key_in_json", run_has_key).fallible();

fn invalid(text: &str) -> Error {
    Error::new(&CAST_INVALID_INPUT, format!("invalid input syntax for type json: {text}"))
}

fn document(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|_| invalid(text))
}

/// With spaces behind commas and colons.
fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_json_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (n, (key, item)) in fields.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                write_json_string(out, key);
                out.push_str(": ");
                write_value(out, item);
            }
            out.push('}');
        }
    }
}

/// The value as text: strings without quotes, null as NULL.
fn write_text(out: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null => return None,
        Value::String(text) => out.push_str(text),
        other => write_value(out, other),
    }
    Some(())
}

fn inside<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => {
            let place: i64 = key.parse().ok()?;
            let place = if place < 0 { place + items.len() as i64 } else { place };
            items.get(usize::try_from(place).ok()?)
        }
        _ => None,
    }
}

/// A key of type integer is an element's place, a text a field.
fn part(call: &Call<'_>, as_text: bool) -> Result<Typed> {
    call.count(2..=2)?;
    let by_place = call.arguments[1].data_type.is_integral();
    let arguments = vec![text(call, 0)?, text(call, 1)?];
    let options = vec![as_text.to_string(), if by_place { "place" } else { "field" }.to_owned()];
    Ok(call.kernel_with(&PART, arguments, options, TEXTS, true))
}

fn path(call: &Call<'_>, as_text: bool) -> Result<Typed> {
    call.count(2..=2)?;
    let keys = cast(call, 1, &DataType::array(TEXTS))?;
    let options = vec![as_text.to_string(), "path".to_owned()];
    Ok(call.kernel_with(&PART, vec![text(call, 0)?, keys], options, TEXTS, true))
}

fn keys(call: &Call<'_>, as_text: bool) -> Result<Typed> {
    call.count(1..=usize::MAX)?;
    let arguments = (0..call.arguments.len()).map(|n| text(call, n)).collect::<Result<Vec<_>>>()?;
    let options = vec![as_text.to_string(), "any".to_owned()];
    Ok(call.kernel_with(&PART, arguments, options, TEXTS, true))
}

fn run_part(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = &arguments.parameters.options;
    let as_text = options.first().is_some_and(|option| option == "true");
    let how = options.get(1).map_or("", String::as_str).to_owned();
    let documents = arguments.strings(0)?;
    let path = if how == "path" { Some(arguments.array(1)?) } else { None };
    let keys = match how.as_str() {
        "path" => Vec::new(),
        _ => (1..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?,
    };
    arguments.try_write_strings(|row, out| {
        let Some(text) = documents.get(row) else { return Ok(None) };
        let value = document(text)?;
        let mut found = Some(&value);
        if let Some(path) = &path {
            let lists = path.as_list::<i32>();
            if lists.is_null(row) {
                return Ok(None);
            }
            let steps = lists.value(row);
            for key in steps.as_string_view() {
                found = key.and_then(|key| found.and_then(|value| inside(value, key)));
            }
        }
        for key in &keys {
            let Some(key) = key.get(row) else { return Ok(None) };
            found = found.filter(|value| match how.as_str() {
                "place" => value.is_array(),
                "field" => value.is_object(),
                _ => true,
            });
            found = found.and_then(|value| inside(value, key));
        }
        let Some(found) = found else { return Ok(None) };
        if as_text {
            return Ok(write_text(out, found));
        }
        write_value(out, found);
        Ok(Some(()))
    })
}

/// Whether an expression makes JSON, which must not become a string in another document.
fn is_json(expr: &Expr) -> bool {
    match expr {
        Expr::ScalarFunction(call) => {
            call.func.name().starts_with(MARK)
                || matches!(call.func.name(), "coalesce" | "nullif") && call.args.iter().any(is_json)
        }
        Expr::Alias(alias) => is_json(&alias.expr),
        Expr::Case(case) => case.when_then_expr.iter().any(|(_, then)| is_json(then)),
        _ => false,
    }
}

fn marks(arguments: &[Typed]) -> String {
    arguments.iter().map(|argument| if is_json(&argument.expr) { 'j' } else { 'v' }).collect()
}

fn build(call: &Call<'_>, object: bool, colon: &str) -> Result<Typed> {
    if object && call.arguments.len() % 2 == 1 {
        return Err(Error::new(&INVALID_PARAMETER_VALUE, "argument list must have even number of elements")
            .hint("the arguments are keys and values in turn")
            .at(call.span));
    }
    let mut arguments = call.arguments.to_vec();
    if object {
        for n in (0..arguments.len()).step_by(2) {
            arguments[n] = text(call, n)?;
        }
    }
    let options = vec![colon.to_owned(), marks(&arguments)];
    Ok(call.kernel_with(&BUILD, arguments, options, TEXTS, false))
}

fn run_build(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = &arguments.parameters.options;
    let colon = options.first().map_or("", String::as_str);
    let marks = options.get(1).map_or("", String::as_str).as_bytes();
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let arrays = (0..arguments.len()).map(|n| arguments.array(n)).collect::<Result<Vec<ArrayRef>>>()?;
    let writers = arrays
        .iter()
        .zip(&arguments.parameters.arguments)
        .zip(marks)
        .map(|((array, data_type), mark)| json_writer(array.as_ref(), data_type, &zone, *mark == b'j', true))
        .collect::<Result<Vec<_>>>()?;
    arguments.try_write_strings(|row, out| {
        let write = |n: usize, out: &mut String| {
            let null = arrays[n].is_null(row) || arguments.parameters.arguments[n] == DataType::Null;
            if null { out.push_str("null") } else { writers[n](row, out) }
        };
        out.push(if colon.is_empty() { '[' } else { '{' });
        for (n, array) in arrays.iter().enumerate() {
            let is_key = !colon.is_empty() && n % 2 == 0;
            if n > 0 && (colon.is_empty() || is_key) {
                out.push_str(", ");
            }
            if is_key && array.is_null(row) {
                return Err(Error::new(&INVALID_PARAMETER_VALUE, format!("argument {}: key must not be null", n + 1)));
            }
            write(n, out);
            if is_key {
                out.push_str(colon);
            }
        }
        out.push(if colon.is_empty() { ']' } else { '}' });
        Ok(Some(()))
    })
}

fn whole(call: &Call<'_>, style: &str) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.argument(0).clone();
    let nullable = argument.nullable;
    let inner = match &argument.expr {
        // What is collected are documents if their expression is one.
        expr if style != "list" => is_json(expr),
        _ => false,
    };
    let options = vec![style.to_owned(), if inner { "j" } else { "v" }.to_owned()];
    Ok(call.kernel_with(&WHOLE, vec![argument], options, TEXTS, nullable))
}

fn run_whole(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = &arguments.parameters.options;
    let spaced = options.first().is_some_and(|style| style != "plain");
    let is_json = options.get(1).is_some_and(|mark| mark == "j");
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let array = arguments.array(0)?;
    let write = json_writer(array.as_ref(), &arguments.parameters.arguments[0], &zone, is_json, spaced)?;
    arguments.write_strings(|row, out| (!array.is_null(row)).then(|| write(row, out)))
}

/// How values of the array are written as JSON; it is not asked about NULLs.
fn json_writer<'a>(
    array: &'a dyn Array,
    data_type: &'a DataType,
    zone: &'a Zone,
    is_json: bool,
    spaced: bool,
) -> Result<ValueWriter<'a>> {
    let comma = if spaced { ", " } else { "," };
    let colon = if spaced { ": " } else { ":" };
    Ok(match data_type {
        DataType::Boolean => value_writer(array, data_type, zone)?,
        DataType::Byte
        | DataType::Short
        | DataType::Int
        | DataType::Long
        | DataType::Float
        | DataType::Double
        | DataType::Decimal { .. } => postgres_writer(array, data_type, zone)?,
        string if string.is_string() && is_json => postgres_writer(array, data_type, zone)?,
        DataType::Array { element, .. } => {
            let lists = array.as_list::<i32>();
            let elements = lists.values();
            let write = json_writer(elements.as_ref(), element, zone, is_json, spaced)?;
            Box::new(move |row, out| {
                let place = |n: usize| usize::try_from(lists.value_offsets()[n]).unwrap_or(0);
                out.push('[');
                for n in place(row)..place(row + 1) {
                    if n > place(row) {
                        out.push_str(comma);
                    }
                    if elements.is_null(n) { out.push_str("null") } else { write(n, out) }
                }
                out.push(']');
            })
        }
        DataType::Struct(fields) => {
            let structs = array.as_struct();
            let writers = fields
                .iter()
                .zip(structs.columns())
                .map(|(field, column)| {
                    Ok((
                        field.name.as_str(),
                        column,
                        json_writer(column.as_ref(), &field.data_type, zone, false, spaced)?,
                    ))
                })
                .collect::<Result<Vec<_>>>()?;
            Box::new(move |row, out| {
                out.push('{');
                for (n, (name, column, write)) in writers.iter().enumerate() {
                    if n > 0 {
                        out.push_str(comma);
                    }
                    write_json_string(out, name);
                    out.push_str(colon);
                    if column.is_null(row) { out.push_str("null") } else { write(row, out) }
                }
                out.push('}');
            })
        }
        _ => {
            let write = postgres_writer(array, data_type, zone)?;
            // As in ISO 8601, where date and time have a T between.
            let moment = matches!(data_type, DataType::Timestamp | DataType::TimestampNtz);
            let zoned = *data_type == DataType::Timestamp;
            let shown = std::cell::RefCell::new(String::new());
            Box::new(move |row, out| {
                let mut shown = shown.borrow_mut();
                shown.clear();
                write(row, &mut shown);
                if moment {
                    let minutes = if zoned && shown.rfind(['+', '-']).is_some_and(|at| shown.len() - at == 3) {
                        ":00"
                    } else {
                        ""
                    };
                    let iso = format!("{}{minutes}", shown.replacen(' ', "T", 1));
                    return write_json_string(out, &iso);
                }
                write_json_string(out, &shown);
            })
        }
    })
}

fn array_length(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let arguments = vec![text(call, 0)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&ARRAY_LENGTH, arguments, DataType::Int, nullable))
}

fn run_array_length(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let documents = arguments.strings(0)?;
    arguments.try_compute::<Int32Type>(|row| match documents.get(row).map(document).transpose()? {
        Some(Value::Array(items)) => Ok(i32::try_from(items.len()).ok()),
        Some(_) => Err(Error::new(&INVALID_PARAMETER_VALUE, "cannot get array length of a non-array")),
        None => Ok(None),
    })
}

fn type_of(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let arguments = vec![text(call, 0)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&TYPE, arguments, TEXTS, nullable))
}

fn run_type(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let documents = arguments.strings(0)?;
    arguments.try_write_strings(|row, out| {
        let Some(value) = documents.get(row).map(document).transpose()? else { return Ok(None) };
        out.push_str(match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        });
        Ok(Some(()))
    })
}

fn listed(call: &Call<'_>, what: &str) -> Result<Typed> {
    call.count(1..=1)?;
    let options = vec![what.to_owned()];
    Ok(call.kernel_with(&ELEMENTS, vec![text(call, 0)?], options, DataType::array(TEXTS), true))
}

fn elements(call: &Call<'_>, what: &str, column: &str) -> Result<Generator> {
    Ok(Generator { columns: vec![(column.to_owned(), listed(call, what)?)], outer: false })
}

fn pairs(call: &Call<'_>, what: &str) -> Result<Generator> {
    let columns = vec![("key".to_owned(), listed(call, "keys")?), ("value".to_owned(), listed(call, what)?)];
    Ok(Generator { columns, outer: false })
}

fn run_elements(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let what = arguments.parameters.options.first().map_or("", String::as_str);
    let documents = arguments.strings(0)?;
    let field = Field::new("item", Arrow::Utf8View, true);
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(field);
    let mut buffer = String::new();
    for row in 0..arguments.rows {
        let Some(value) = documents.get(row).map(document).transpose()? else {
            lists.append_null();
            continue;
        };
        let items: Vec<&Value> = match (&value, what) {
            (Value::Object(fields), "keys") => {
                fields.keys().for_each(|key| lists.values().append_value(key));
                Vec::new()
            }
            (Value::Object(fields), _) => fields.values().collect(),
            (Value::Array(items), "elements" | "texts") => items.iter().collect(),
            _ => return Err(Error::new(&INVALID_PARAMETER_VALUE, "cannot take a document of this kind apart")),
        };
        for item in items {
            buffer.clear();
            let written = if what == "texts" {
                write_text(&mut buffer, item)
            } else {
                write_value(&mut buffer, item);
                Some(())
            };
            lists.values().append_option(written.map(|()| &buffer));
        }
        lists.append(true);
    }
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}

fn has_key(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let arguments = vec![text(call, 0)?, text(call, 1)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&HAS_KEY, arguments, DataType::Boolean, nullable))
}

fn run_has_key(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (documents, keys) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut fault = None;
    let decided = arguments.decide(|row| {
        let (text, key) = (documents.get(row)?, keys.get(row)?);
        match document(text) {
            Ok(Value::Object(fields)) => Some(fields.contains_key(key)),
            Ok(Value::Array(items)) => Some(items.iter().any(|item| item.as_str() == Some(key))),
            Ok(value) => Some(value.as_str() == Some(key)),
            Err(error) => {
                fault.get_or_insert(error);
                None
            }
        }
    })?;
    fault.map_or(Ok(decided), Err)
}
