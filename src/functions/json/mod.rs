//! JSON texts: parts taken out of them, values made of them, and values written as them.
//!
//! A malformed text gives NULL. What the texts are and how they are read is in [`crate::records::json`].

mod records;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ListArray, StringViewBuilder, StructArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields, Int32Type};
use datafusion::logical_expr::ColumnarValue;

use super::rows::Strings;
use super::{Arguments, Call, Family, Function, Generator, Kernel, Typed, documents, elements};
use crate::error::Result;
use crate::records::json::paths::{self, Step};
use crate::records::json::reader::{Kind, Reader};
use crate::types::{DataType, StructField};

const FAMILY: Family = Family::Json;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "get_json_object",
        FAMILY,
        bind_get_json_object,
        "get_json_object(json_txt, path) - Extracts a json object from `path`.",
        &["SELECT get_json_object('{\"a\":\"b\"}', '$.a')"],
    ),
    Function::generator(
        "json_tuple",
        json_tuple,
        "json_tuple(jsonStr, p1, p2, ..., pn) - Returns a tuple like the function get_json_object, but it takes multiple names. All the input parameters and output column types are string.",
        &["SELECT json_tuple('{\"a\":1, \"b\":2}', 'a', 'b')"],
    ),
    Function::scalar(
        "json_array_length",
        FAMILY,
        bind_array_length,
        "json_array_length(jsonArray) - Returns the number of elements in the outermost JSON array.",
        &["SELECT json_array_length('[1,2,3,4]')"],
    ),
    Function::scalar(
        "json_object_keys",
        FAMILY,
        bind_object_keys,
        "json_object_keys(json_object) - Returns all the keys of the outermost JSON object as an array.",
        &["SELECT json_object_keys('{\"key\": \"value\"}')"],
    ),
    Function::scalar(
        "from_json",
        FAMILY,
        records::bind_from_json,
        "from_json(jsonStr, schema[, options]) - Returns a struct value with the given `jsonStr` and `schema`.",
        &["SELECT from_json('{\"a\":1, \"b\":0.8}', 'a INT, b DOUBLE')"],
    ),
    Function::scalar(
        "to_json",
        FAMILY,
        records::bind_to_json,
        "to_json(expr[, options]) - Returns a JSON string with a given struct value",
        &["SELECT to_json(named_struct('a', 1, 'b', 2))"],
    ),
    Function::scalar(
        "schema_of_json",
        FAMILY,
        records::bind_schema_of_json,
        "schema_of_json(json[, options]) - Returns schema in the DDL format of JSON string.",
        &["SELECT schema_of_json('[{\"col\":0}]')"],
    ),
];

static TUPLE: Kernel = Kernel::new("json_tuple", tuple);
static OBJECT_KEYS: Kernel = Kernel::new("json_object_keys", object_keys);

static GET_JSON_OBJECT: Kernel = Kernel::new("get_json_object", get_json_object);
static ARRAY_LENGTH: Kernel = Kernel::new("json_array_length", array_length);

pub static KERNELS: &[&Kernel] =
    &[&GET_JSON_OBJECT, &ARRAY_LENGTH, &TUPLE, &OBJECT_KEYS, &records::FROM_JSON, &records::TO_JSON];

fn bind_get_json_object(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let arguments = vec![documents::text(call, 0)?, documents::text(call, 1)?];
    Ok(call.kernel(&GET_JSON_OBJECT, arguments, DataType::String, true))
}

fn get_json_object(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, paths) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut last: Option<(&str, Option<Vec<Step>>)> = None;
    arguments.write_strings(|row, out| {
        let (text, path) = (texts.get(row)?, paths.get(row)?);
        if last.as_ref().is_none_or(|(known, _)| *known != path) {
            last = Some((path, paths::parse(path)));
        }
        let (_, steps) = last.as_ref()?;
        paths::find(text, steps.as_ref()?, out)
    })
}

/// `json_tuple(text, field, …)`: one row of texts.
fn json_tuple(call: &Call<'_>) -> Result<Generator> {
    call.count(2..=usize::MAX)?;
    if call.arguments.iter().any(|argument| !argument.data_type.is_string() && argument.data_type != DataType::Null) {
        return Err(call.mismatch("NON_STRING_TYPE", "all arguments of the function `json_tuple` must be strings"));
    }
    let arguments = (0..call.arguments.len()).map(|n| call.cast(n, &DataType::String)).collect::<Result<Vec<_>>>()?;
    let names = (1..arguments.len()).map(|n| format!("c{}", n - 1)).collect::<Vec<_>>();
    let fields = names.iter().map(|name| StructField::new(name, DataType::String)).collect::<Vec<_>>();
    let returns = DataType::Array { element: Box::new(DataType::Struct(fields.clone())), contains_null: false };
    let tuples = call.kernel(&TUPLE, arguments, returns, false);
    let columns = names
        .into_iter()
        .enumerate()
        .map(|(n, name)| (name, elements::field_of_elements(tuples.clone(), &fields, n, call.context)));
    Ok(Generator { columns: columns.collect(), outer: false })
}

/// The fields of an object as a struct, in an array of one. Of a field that comes twice the last counts.
fn tuple(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    let names = (1..arguments.len()).map(|n| arguments.strings(n)).collect::<Result<Vec<_>>>()?;
    let mut columns: Vec<_> = names.iter().map(|_| StringViewBuilder::with_capacity(arguments.rows)).collect();
    let mut values = vec![(false, String::new()); names.len()];
    let mut text = String::new();
    for row in 0..arguments.rows {
        values.iter_mut().for_each(|(found, _)| *found = false);
        let whole = texts.get(row).and_then(|object| {
            Reader::new(object).object(|reader, key| {
                let is_wanted = |name: &Strings| name.get(row) == Some(key);
                if !names.iter().any(is_wanted) {
                    return reader.skip();
                }
                text.clear();
                let present = reader.kind()? != Kind::Null;
                if present { reader.text(&mut text) } else { reader.skip() }?;
                for ((found, value), _) in values.iter_mut().zip(&names).filter(|(_, name)| is_wanted(name)) {
                    *found = present;
                    value.clone_from(&text);
                }
                Some(())
            })
        });
        for (column, (found, value)) in columns.iter_mut().zip(&values) {
            column.append_option((whole.is_some() && *found).then_some(value));
        }
    }
    let columns = columns.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef);
    let fields = (0..names.len()).map(|n| Field::new(format!("c{n}"), Arrow::Utf8View, true)).collect::<Fields>();
    let tuples = StructArray::try_new(fields, columns.collect(), None)?;
    let field = Arc::new(Field::new("item", tuples.data_type().clone(), false));
    let offsets = OffsetBuffer::from_repeated_length(1, arguments.rows);
    Ok(ColumnarValue::Array(Arc::new(ListArray::try_new(field, offsets, Arc::new(tuples), None)?)))
}

fn bind_array_length(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    Ok(call.kernel(&ARRAY_LENGTH, vec![documents::text(call, 0)?], DataType::Int, true))
}

fn array_length(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    arguments.compute::<Int32Type>(|row| {
        let mut length = 0;
        Reader::new(texts.get(row)?).array(|reader| {
            length += 1;
            reader.skip()
        })?;
        Some(length)
    })
}

fn bind_object_keys(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let text = documents::text(call, 0)?;
    Ok(call.kernel(&OBJECT_KEYS, vec![text], DataType::array(DataType::String), true))
}

fn object_keys(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    let mut keys = StringViewBuilder::new();
    let (mut lengths, mut valid) = (Vec::with_capacity(arguments.rows), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        // Keys go in only when the whole text has proved right.
        let whole = texts.get(row).filter(|text| {
            let mut reader = Reader::new(text);
            reader.kind() == Some(Kind::Object) && reader.skip().is_some()
        });
        let mut length = 0;
        if let Some(text) = whole {
            Reader::new(text).object(|reader, key| {
                keys.append_value(key);
                length += 1;
                reader.skip()
            });
        }
        lengths.push(length);
        valid.push(whole.is_some());
    }
    let field = Arc::new(Field::new("item", Arrow::Utf8View, true));
    let (offsets, nulls) = (OffsetBuffer::from_lengths(lengths), NullBuffer::from(valid));
    let list = ListArray::try_new(field, offsets, Arc::new(keys.finish()), Some(nulls))?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}
