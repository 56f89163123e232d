//! `xpath` and its like: parts of XML texts, found by XPath 1.0.

mod evaluate;
mod parse;

use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, ListBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Field, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
};
use datafusion::logical_expr::ColumnarValue;

use self::evaluate::{Value, evaluate};
use self::parse::{Expression, parse};
use super::{Arguments, Call, Family, Function, Kernel, Typed, documents};
use crate::error::{Error, INVALID_PARAMETER_VALUE, MALFORMED_RECORD_IN_PARSING, Result};
use crate::records::xml::document;
use crate::types::DataType;

const FAMILY: Family = Family::Xml;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "xpath",
        FAMILY,
        |call| bind(call, &XPATH, DataType::array(DataType::String)),
        "xpath(xml, xpath) - Returns a string array of values within the nodes of xml that match the XPath expression.",
        &[
            "SELECT xpath('<a><b>b1</b><b>b2</b><b>b3</b><c>c1</c><c>c2</c></a>','a/b/text()')",
            "SELECT xpath('<a><b>b1</b><b>b2</b><b>b3</b><c>c1</c><c>c2</c></a>','a/b')",
        ],
    ),
    Function::scalar(
        "xpath_boolean",
        FAMILY,
        |call| bind(call, &BOOLEAN, DataType::Boolean),
        "xpath_boolean(xml, xpath) - Returns true if the XPath expression evaluates to true, or if a matching node is found.",
        &["SELECT xpath_boolean('<a><b>1</b></a>','a/b')"],
    ),
    Function::scalar(
        "xpath_short",
        FAMILY,
        |call| bind(call, &SHORT, DataType::Short),
        "xpath_short(xml, xpath) - Returns a short integer value, or the value zero if no match is found, or a match is found but the value is non-numeric.",
        &["SELECT xpath_short('<a><b>1</b><b>2</b></a>', 'sum(a/b)')"],
    ),
    Function::scalar(
        "xpath_int",
        FAMILY,
        |call| bind(call, &INT, DataType::Int),
        "xpath_int(xml, xpath) - Returns an integer value, or the value zero if no match is found, or a match is found but the value is non-numeric.",
        &["SELECT xpath_int('<a><b>1</b><b>2</b></a>', 'sum(a/b)')"],
    ),
    Function::scalar(
        "xpath_long",
        FAMILY,
        |call| bind(call, &LONG, DataType::Long),
        "xpath_long(xml, xpath) - Returns a long integer value, or the value zero if no match is found, or a match is found but the value is non-numeric.",
        &["SELECT xpath_long('<a><b>1</b><b>2</b></a>', 'sum(a/b)')"],
    ),
    Function::scalar(
        "xpath_float",
        FAMILY,
        |call| bind(call, &FLOAT, DataType::Float),
        "xpath_float(xml, xpath) - Returns a float value, the value zero if no match is found, or NaN if a match is found but the value is non-numeric.",
        &["SELECT xpath_float('<a><b>1</b><b>2</b></a>', 'sum(a/b)')"],
    ),
    Function::scalar(
        "xpath_double",
        FAMILY,
        |call| bind(call, &DOUBLE, DataType::Double),
        "xpath_double(xml, xpath) - Returns a double value, the value zero if no match is found, or NaN if a match is found but the value is non-numeric.",
        &["SELECT xpath_double('<a><b>1</b><b>2</b></a>', 'sum(a/b)')"],
    )
    .aliases(&["xpath_number"]),
    Function::scalar(
        "xpath_string",
        FAMILY,
        |call| bind(call, &STRING, DataType::String),
        "xpath_string(xml, xpath) - Returns the text contents of the first xml node that matches the XPath expression.",
        &["SELECT xpath_string('<a><b>b</b><c>cc</c></a>','a/c')"],
    ),
];

static XPATH: Kernel = Kernel::new("xpath", all).fallible();
static BOOLEAN: Kernel = Kernel::new("xpath_boolean", boolean).fallible();
static SHORT: Kernel = Kernel::new("xpath_short", |arguments| {
    let numbers = numbers(arguments)?;
    // As Java narrows: to an INT first, whose low bits are kept.
    arguments.compute::<Int16Type>(|row| Some(numbers[row]? as i32 as i16))
})
.fallible();
static INT: Kernel = Kernel::new("xpath_int", |arguments| {
    let numbers = numbers(arguments)?;
    arguments.compute::<Int32Type>(|row| Some(numbers[row]? as i32))
})
.fallible();
static LONG: Kernel = Kernel::new("xpath_long", |arguments| {
    let numbers = numbers(arguments)?;
    arguments.compute::<Int64Type>(|row| Some(numbers[row]? as i64))
})
.fallible();
static FLOAT: Kernel = Kernel::new("xpath_float", |arguments| {
    let numbers = numbers(arguments)?;
    arguments.compute::<Float32Type>(|row| Some(numbers[row]? as f32))
})
.fallible();
static DOUBLE: Kernel = Kernel::new("xpath_double", |arguments| {
    let numbers = numbers(arguments)?;
    arguments.compute::<Float64Type>(|row| numbers[row])
})
.fallible();
static STRING: Kernel = Kernel::new("xpath_string", string).fallible();

pub static KERNELS: &[&Kernel] = &[&XPATH, &BOOLEAN, &SHORT, &INT, &LONG, &FLOAT, &DOUBLE, &STRING];

fn bind(call: &Call<'_>, kernel: &'static Kernel, returns: DataType) -> Result<Typed> {
    call.count(2..=2)?;
    let xml = documents::text(call, 0)?;
    documents::text(call, 1)?;
    let path = call.literal_string(1, "path")?.unwrap_or_default();
    if !path.is_empty() {
        parse(&path).ok_or_else(|| invalid(&path).at(call.span))?;
    }
    Ok(call.kernel_with(kernel, vec![xml], vec![path], returns, true))
}

fn invalid(path: &str) -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, format!("The value of parameter `path` is no XPath expression: {path}"))
}

/// Gives what the expression finds in the text of each row to `take`; NULL for what is empty.
fn for_each(arguments: &Arguments<'_>, mut take: impl FnMut(Option<Value<'_, '_>>) -> Result<()>) -> Result<()> {
    let path = arguments.parameters.options.first().map_or("", String::as_str);
    let expression: Option<Expression> = parse(path);
    let texts = arguments.strings(0)?;
    for row in 0..arguments.rows {
        let (Some(text), Some(expression)) = (texts.get(row).filter(|text| !text.is_empty()), &expression) else {
            take(None)?;
            continue;
        };
        let tree = document(text).ok_or_else(|| {
            Error::new(
                &MALFORMED_RECORD_IN_PARSING,
                format!("Malformed records are detected in record parsing: {text}. It is no well-formed XML"),
            )
            .subcondition("WITHOUT_SUGGESTION")
        })?;
        take(Some(evaluate(&tree, expression).ok_or_else(|| invalid(path))?))?;
    }
    Ok(())
}

fn all(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let field = Field::new("item", Arrow::Utf8View, true);
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(field);
    for_each(arguments, |value| {
        match value {
            None => lists.append_null(),
            Some(Value::Nodes(nodes)) => {
                nodes.iter().for_each(|node| lists.values().append_option(node.own_value()));
                lists.append(true);
            }
            Some(_) => return Err(invalid("it gives no nodes")),
        }
        Ok(())
    })?;
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}

fn boolean(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut values = Vec::with_capacity(arguments.rows);
    for_each(arguments, |value| {
        values.push(value.map(|value| value.boolean()));
        Ok(())
    })?;
    Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(values))))
}

/// A number for each row; no node at all is 0, a node without a number is NaN.
fn numbers(arguments: &Arguments<'_>) -> Result<Vec<Option<f64>>> {
    let mut numbers = Vec::with_capacity(arguments.rows);
    for_each(arguments, |value| {
        numbers.push(value.map(|value| match &value {
            Value::Nodes(nodes) if nodes.is_empty() => 0.0,
            value => value.number(),
        }));
        Ok(())
    })?;
    Ok(numbers)
}

fn string(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut strings = StringViewBuilder::with_capacity(arguments.rows);
    for_each(arguments, |value| {
        strings.append_option(value.map(|value| value.text()));
        Ok(())
    })?;
    Ok(ColumnarValue::Array(Arc::new(strings.finish())))
}
