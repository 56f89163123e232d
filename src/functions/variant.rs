//! VARIANT: values that carry their types, made of JSON and of columns, taken apart by paths.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int32Builder, ListArray, StringViewBuilder};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType as Arrow, Field};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Accumulator, ColumnarValue};
use datafusion::scalar::ScalarValue;

use super::aggregates::Definition;
use super::cast::{CastContext, CastMode, becomes_variant, cast_variants, malformed_variant, to_variant};
use super::kernel::conform;
use super::{Aggregate, Arguments, Body, Call, Family, Function, Generator, Kernel, Parameters, Typed, documents};
use crate::error::{Error, INVALID_VARIANT_GET_PATH, Result};
use crate::records::json::build_variant;
use crate::records::json::reader::{Leniency, Reader};
use crate::records::malformed;
use crate::types::DataType;
use crate::types::time_zone::Zone;
use crate::types::variant::{
    Builder, Path, Value, Variant, VariantBuilder, Variants, merged_schema, schema, schema_text,
};

const FAMILY: Family = Family::Variant;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "parse_json",
        FAMILY,
        |call| bind_parse(call, true),
        "parse_json(jsonStr) - Parse a JSON string as a Variant value. Throw an exception when the string is not valid JSON value.",
        &["SELECT parse_json('{\"a\":1,\"b\":0.8}')"],
    ),
    Function::scalar(
        "try_parse_json",
        FAMILY,
        |call| bind_parse(call, false),
        "try_parse_json(jsonStr) - Parse a JSON string as a Variant value. Return NULL when the string is not valid JSON value.",
        &["SELECT try_parse_json('{\"a\":1,\"b\":0.8}')", "SELECT try_parse_json('{\"a\":1,')"],
    ),
    Function::scalar(
        "is_variant_null",
        FAMILY,
        bind_is_null,
        "is_variant_null(expr) - Check if a variant value is a variant null. Returns true if and only if the input is a variant null and false otherwise (including in the case of SQL NULL).",
        &["SELECT is_variant_null(parse_json('null'))", "SELECT is_variant_null(parse_json('\"null\"'))"],
    ),
    Function::scalar(
        "variant_get",
        FAMILY,
        |call| bind_get(call, true),
        "variant_get(v, path[, type]) - Extracts a sub-variant from `v` according to `path`, and then cast the sub-variant to `type`. When `type` is omitted, it is default to `variant`. Returns null if the path does not exist. Throws an exception if the cast fails.",
        &[
            "SELECT variant_get(parse_json('{\"a\": 1}'), '$.a', 'int')",
            "SELECT variant_get(parse_json('[1, \"2\"]'), '$[1]', 'string')",
        ],
    ),
    Function::scalar(
        "try_variant_get",
        FAMILY,
        |call| bind_get(call, false),
        "try_variant_get(v, path[, type]) - Extracts a sub-variant from `v` according to `path`, and then cast the sub-variant to `type`. When `type` is omitted, it is default to `variant`. Returns null if the path does not exist or the cast fails.",
        &["SELECT try_variant_get(parse_json('[1, \"hi\"]'), '$[1]', 'int')"],
    ),
    Function::scalar(
        "schema_of_variant",
        FAMILY,
        bind_schema,
        "schema_of_variant(v) - Returns schema in the SQL format of a variant.",
        &[
            "SELECT schema_of_variant(parse_json('null'))",
            "SELECT schema_of_variant(parse_json('[{\"b\":true,\"a\":0}]'))",
        ],
    ),
    Function::aggregate(
        "schema_of_variant_agg",
        bind_schema_of_all,
        "schema_of_variant_agg(v) - Returns the merged schema in the SQL format of a variant column.",
        &["SELECT schema_of_variant_agg(parse_json(j)) FROM VALUES ('1'), ('2'), ('3') AS tab(j)"],
    ),
    Function::scalar(
        "to_variant_object",
        FAMILY,
        bind_to_object,
        "to_variant_object(expr) - Convert a nested input (array/map/struct) into a variant where maps and structs are converted to variant objects which are unordered unlike SQL structs. Input maps can only have string keys.",
        &["SELECT to_variant_object(named_struct('a', 1, 'b', 2))"],
    ),
    Function {
        name: "variant_explode",
        aliases: &[],
        family: Family::Table,
        body: Body::TableGenerator(|call| explode(call, false)),
        usage: "variant_explode(expr) - It separates a variant object/array into multiple rows containing its fields/elements. Its result schema is `struct<pos int, key string, value variant>`.",
        examples: &["SELECT * FROM variant_explode(parse_json('[\"hello\", \"world\"]'))"],
    },
    Function {
        name: "variant_explode_outer",
        aliases: &[],
        family: Family::Table,
        body: Body::TableGenerator(|call| explode(call, true)),
        usage: "variant_explode_outer(expr) - It separates a variant object/array into multiple rows containing its fields/elements. Rows without any give one row of NULLs.",
        examples: &["SELECT * FROM variant_explode_outer(parse_json('{\"a\": true, \"b\": 3.14}'))"],
    },
];

static PARSE: Kernel = Kernel::new("parse_json", parse).fallible();
static IS_NULL: Kernel = Kernel::new("is_variant_null", is_null);
static GET: Kernel = Kernel::new("variant_get", get).fallible();
static SCHEMA: Kernel = Kernel::new("schema_of_variant", schemas).fallible();
static TO_OBJECT: Kernel = Kernel::new("to_variant_object", to_object).fallible();
static PARTS: Kernel = Kernel::new("variant_parts", parts).fallible();

pub static KERNELS: &[&Kernel] = &[&PARSE, &IS_NULL, &GET, &SCHEMA, &TO_OBJECT, &PARTS];

/// Argument `n`, which must be a variant.
fn variant(call: &Call<'_>, n: usize) -> Result<Typed> {
    match call.argument(n).data_type {
        DataType::Variant | DataType::Null => call.to(call.argument(n).clone(), &DataType::Variant),
        _ => Err(call.unexpected_type(n, "\"VARIANT\"")),
    }
}

fn column(arguments: &Arguments<'_>, n: usize) -> Result<Variants> {
    Variants::new(arguments.array(n)?.as_ref())
}

fn bind_parse(call: &Call<'_>, fails: bool) -> Result<Typed> {
    call.count(1..=1)?;
    let text = documents::text(call, 0)?;
    let nullable = text.nullable || !fails;
    let mode = if fails { "fail" } else { "try" };
    Ok(call.kernel_with(&PARSE, vec![text], vec![mode.to_owned()], DataType::Variant, nullable))
}

fn parse(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    let fails = arguments.parameters.options.first().is_some_and(|mode| mode == "fail");
    let (mut builder, mut column) = (Builder::default(), VariantBuilder::default());
    for row in 0..arguments.rows {
        let Some(text) = texts.get(row) else {
            column.null();
            continue;
        };
        match build_variant(&mut Reader::lenient(text, Leniency::STRICT), &mut builder) {
            Some(()) => column.built(&mut builder),
            None if fails => return Err(malformed(text)),
            None => {
                builder.clear();
                column.null();
            }
        }
    }
    Ok(ColumnarValue::Array(column.finish()?))
}

fn bind_is_null(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    Ok(call.kernel(&IS_NULL, vec![variant(call, 0)?], DataType::Boolean, false))
}

fn is_null(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let column = column(arguments, 0)?;
    let found = (0..arguments.rows).map(|row| Some(column.get(row).is_some_and(Variant::is_null)));
    Ok(ColumnarValue::Array(Arc::new(found.collect::<datafusion::arrow::array::BooleanArray>())))
}

/// `variant_get(v, path[, type])`
fn bind_get(call: &Call<'_>, fails: bool) -> Result<Typed> {
    call.count(2..=3)?;
    let returns = match call.arguments.len() {
        3 => documents::schema(call, 2)?,
        _ => DataType::Variant,
    };
    let (value, path) = (variant(call, 0)?, documents::text(call, 1)?);
    if !super::cast::cast_allowed(&DataType::Variant, &returns, CastMode::Ansi) {
        return Err(call.mismatch("CAST_WITHOUT_SUGGESTION", &format!("cannot cast \"VARIANT\" to \"{returns}\"")));
    }
    let mode = if fails { "fail" } else { "try" };
    let options = vec![mode.to_owned(), call.function.name.to_owned()];
    Ok(call.kernel_with(&GET, vec![value, path], options, returns, true))
}

fn get(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let fails = parameters.options.first().is_some_and(|mode| mode == "fail");
    let (column, paths) = (column(arguments, 0)?, arguments.strings(1)?);
    let mut last: Option<(&str, Path)> = None;
    let mut found = Vec::with_capacity(arguments.rows);
    for row in 0..arguments.rows {
        let (Some(variant), Some(text)) = (column.get(row), paths.get(row)) else {
            found.push(None);
            continue;
        };
        if last.as_ref().is_none_or(|(known, _)| *known != text) {
            let path = Path::parse(text).ok_or_else(|| no_path(text, parameters))?;
            last = Some((text, path));
        }
        found.push(last.as_ref().and_then(|(_, path)| path.find(variant)));
    }
    let mode = if fails { CastMode::Ansi } else { CastMode::Try };
    let context = CastContext { mode, zone: Zone::parse(&parameters.time_zone)?, now: 0 };
    Ok(ColumnarValue::Array(cast_variants(&found, &parameters.returns, &context)?))
}

fn no_path(path: &str, parameters: &Parameters) -> Error {
    let function = parameters.options.get(1).map_or("variant_get", String::as_str);
    Error::new(
        &INVALID_VARIANT_GET_PATH,
        format!(
            "The path `{path}` is not a valid variant extraction path in `{function}`.\nA valid path should start with \
             `$` and is followed by zero or more segments like `[123]`, `.name`, `['name']`, or `[\"name\"]`"
        ),
    )
}

fn bind_schema(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let value = variant(call, 0)?;
    let nullable = value.nullable;
    Ok(call.kernel(&SCHEMA, vec![value], DataType::String, nullable))
}

fn schemas(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let column = column(arguments, 0)?;
    arguments.try_write_strings(|row, out| {
        let Some(variant) = column.get(row) else { return Ok(None) };
        out.push_str(&schema_text(&schema(variant).ok_or_else(malformed_variant)?));
        Ok(Some(()))
    })
}

static SCHEMA_OF_ALL: Definition = Definition {
    name: "schema_of_variant_agg",
    state: |_| vec![Arrow::Utf8],
    accumulator: |_, _| Box::new(SchemaOfAll { found: DataType::Null }),
};

fn bind_schema_of_all(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let value = variant(call, 0)?;
    let parameters = Parameters::new(vec![DataType::Variant], DataType::String, false, call.context);
    Ok(Aggregate {
        function: SCHEMA_OF_ALL.function(parameters),
        arguments: vec![value.expr],
        data_type: DataType::String,
        nullable: false,
    })
}

/// The type that all values have; its state is that type's text.
#[derive(Debug)]
struct SchemaOfAll {
    found: DataType,
}

impl SchemaOfAll {
    fn add(&mut self, data_type: DataType) {
        let known = std::mem::replace(&mut self.found, DataType::Null);
        self.found = merged_schema(known, data_type);
    }
}

impl Accumulator for SchemaOfAll {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let array = conform(Arc::clone(&values[0]), &DataType::Variant.to_arrow())?;
        let column = Variants::new(array.as_ref())?;
        for variant in (0..column.len()).filter_map(|row| column.get(row)) {
            self.add(schema(variant).ok_or_else(malformed_variant)?);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        Ok(ScalarValue::Utf8View(Some(schema_text(&self.found))))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Utf8(Some(self.found.sql()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for text in states[0].as_string::<i32>().iter().flatten() {
            self.add(DataType::parse(text)?);
        }
        Ok(())
    }
}

fn bind_to_object(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let value = call.argument(0).clone();
    if value.data_type.is_atomic() || !becomes_variant(&value.data_type, true) {
        return Err(
            call.mismatch("CAST_WITHOUT_SUGGESTION", &format!("cannot cast \"{}\" to \"VARIANT\"", value.data_type))
        );
    }
    let nullable = value.nullable;
    Ok(call.kernel(&TO_OBJECT, vec![value], DataType::Variant, nullable))
}

fn to_object(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    Ok(ColumnarValue::Array(to_variant(&array, &arguments.parameters.arguments[0])?))
}

/// `variant_explode(v)`: places, names and values side by side.
fn explode(call: &Call<'_>, outer: bool) -> Result<Generator> {
    call.count(1..=1)?;
    let value = variant(call, 0)?;
    let part = |name: &str, data_type: DataType| {
        let list = DataType::array(data_type);
        let typed = call.kernel_with(&PARTS, vec![value.clone()], vec![name.to_owned()], list, true);
        (name.to_owned(), typed)
    };
    let columns = vec![part("pos", DataType::Int), part("key", DataType::String), part("value", DataType::Variant)];
    Ok(Generator { columns, outer })
}

fn parts(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let column = column(arguments, 0)?;
    let (mut lengths, mut valid) = (Vec::with_capacity(arguments.rows), Vec::with_capacity(arguments.rows));
    let mut places = Int32Builder::new();
    let mut names = StringViewBuilder::new();
    let mut values = VariantBuilder::default();
    for row in 0..arguments.rows {
        let read = match column.get(row) {
            Some(variant) => Some(variant.read().ok_or_else(malformed_variant)?),
            None => None,
        };
        let length = match &read {
            Some(Value::Object(object)) => object.len(),
            Some(Value::Array(array)) => array.len(),
            _ => 0,
        };
        for n in 0..length {
            let (name, value) = match &read {
                Some(Value::Object(object)) => {
                    object.entry(n).map(|(name, value)| (Some(name), value)).ok_or_else(malformed_variant)?
                }
                Some(Value::Array(array)) => (None, array.element(n).ok_or_else(malformed_variant)?),
                _ => continue,
            };
            places.append_value(n as i32);
            names.append_option(name);
            values.append(Some(value));
        }
        lengths.push(length);
        valid.push(matches!(read, Some(Value::Object(_) | Value::Array(_))));
    }
    let items: ArrayRef = match arguments.parameters.options.first().map(String::as_str) {
        Some("pos") => Arc::new(places.finish()),
        Some("key") => Arc::new(names.finish()),
        _ => values.finish()?,
    };
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    let nulls = Some(NullBuffer::from(valid));
    Ok(ColumnarValue::Array(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), items, nulls)?)))
}
