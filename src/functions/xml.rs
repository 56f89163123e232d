//! `from_xml`, `to_xml` and `schema_of_xml`.

use datafusion::arrow::array::Array;
use datafusion::logical_expr::{ColumnarValue, lit};

use super::{Arguments, Call, Family, Function, Kernel, Typed, documents};
use crate::error::{Error, Result, UNSUPPORTED_DATATYPE};
use crate::records::xml::{Options, Rows, is_read, schema, writer};
use crate::records::{Mode, corrupt_record_column, malformed};
use crate::types::DataType;
use crate::types::text::BinaryStyle;

const FAMILY: Family = Family::Xml;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "from_xml",
        FAMILY,
        bind_from_xml,
        "from_xml(xmlStr, schema[, options]) - Returns a struct value with the given `xmlStr` and `schema`.",
        &[
            "SELECT from_xml('<p><a>1</a><b>0.8</b></p>', 'a INT, b DOUBLE')",
            "SELECT from_xml('<p><time>26/08/2015</time></p>', 'time Timestamp', map('timestampFormat', 'dd/MM/yyyy'))",
        ],
    ),
    Function::scalar(
        "to_xml",
        FAMILY,
        bind_to_xml,
        "to_xml(expr[, options]) - Returns a XML string with a given struct value",
        &["SELECT to_xml(named_struct('a', 1, 'b', 2))"],
    ),
    Function::scalar(
        "schema_of_xml",
        FAMILY,
        bind_schema_of_xml,
        "schema_of_xml(xml[, options]) - Returns schema in the DDL format of XML string.",
        &["SELECT schema_of_xml('<p><a>1</a></p>')"],
    ),
];

static FROM_XML: Kernel = Kernel::new("from_xml", from_xml).fallible();
static TO_XML: Kernel = Kernel::new("to_xml", to_xml).fallible();

pub static KERNELS: &[&Kernel] = &[&FROM_XML, &TO_XML];

fn xml_options(call: &Call<'_>, n: usize) -> Result<(Options, Vec<String>)> {
    let given = documents::options(call, n)?;
    let options = Options::new(&given).map_err(|error| error.at(call.span))?;
    Ok((options, documents::flattened(&given)))
}

/// `from_xml(text, schema[, options])`
fn bind_from_xml(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let returns = documents::schema(call, 1)?;
    let (options, parameters) = xml_options(call, 2)?;
    let text = documents::text(call, 0)?;
    let DataType::Struct(columns) = &returns else {
        return Err(
            call.mismatch("INVALID_XML_SCHEMA", &format!("Input schema \"{returns}\" must be a struct or a variant"))
        );
    };
    if let Err(found) = is_read(&returns) {
        return Err(Error::new(&UNSUPPORTED_DATATYPE, format!("Unsupported data type \"{found}\"")).at(call.span));
    }
    documents::check_mode(call, options.mode)?;
    corrupt_record_column(columns, &options.corrupt_record_column).map_err(|error| error.at(call.span))?;
    Ok(call.kernel_with(&FROM_XML, vec![text], parameters, returns, true))
}

fn from_xml(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let DataType::Struct(columns) = &parameters.returns else {
        return Err(Error::internal("from_xml gives a struct"));
    };
    let options = Options::new(&documents::unflattened(&parameters.options))?;
    let fails = options.mode == Mode::FailFast;
    let texts = arguments.strings(0)?;
    let mut rows = Rows::new(columns, options, &parameters.time_zone)?;
    for row in 0..arguments.rows {
        match texts.get(row) {
            None => rows.null(),
            Some(text) if rows.add(text) && fails => return Err(malformed(text)),
            Some(_) => {}
        }
    }
    Ok(ColumnarValue::Array(rows.take()?))
}

/// `to_xml(struct[, options])`
fn bind_to_xml(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let (_, mut parameters) = xml_options(call, 1)?;
    parameters.insert(0, call.context.settings.binary.name().to_owned());
    let value = call.argument(0).clone();
    match value.data_type {
        DataType::Null => return call.to(value, &DataType::String),
        DataType::Struct(_) => {}
        DataType::Variant => {
            return Err(Error::unsupported("`to_xml` of a VARIANT", "cast it to a STRUCT").at(call.span));
        }
        _ => return Err(call.unexpected_type(0, "\"STRUCT\"")),
    }
    let nullable = value.nullable;
    Ok(call.kernel_with(&TO_XML, vec![value], parameters, DataType::String, nullable))
}

fn to_xml(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let (style, given) = parameters.options.split_first().expect("the style of binaries is always given");
    let options = Options { binary: BinaryStyle::named(style), ..Options::new(&documents::unflattened(given))? };
    let zone = options.times.zone(&parameters.time_zone)?;
    let array = arguments.array(0)?;
    let write = writer(&array, &parameters.arguments[0], &options, &zone);
    arguments.try_write_strings(|row, out| match array.is_valid(row) {
        true => write(row, out).map(Some),
        false => Ok(None),
    })
}

/// `schema_of_xml(text[, options])`
fn bind_schema_of_xml(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let (options, _) = xml_options(call, 1)?;
    let text = documents::constant_text(call, 0, "xml")?;
    let zone = options.times.zone(&call.context.time_zone)?;
    let found = DataType::Struct(schema(&text, &options, &zone)).sql();
    Ok(Typed { expr: lit(found), data_type: DataType::String, nullable: false })
}
