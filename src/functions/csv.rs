//! `from_csv`, `to_csv` and `schema_of_csv`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, StructArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::logical_expr::{ColumnarValue, lit};

use super::cast::{CastMode, cast};
use super::{Arguments, Call, Family, Function, Kernel, Typed, documents};
use crate::error::{Error, Result, UNSUPPORTED_DATATYPE};
use crate::records::csv::{Fields, Options, RowWriter, Rows, widened};
use crate::records::{Mode, corrupt_record_column, malformed};
use crate::types::text::BinaryStyle;
use crate::types::{DataType, StructField};

const FAMILY: Family = Family::Csv;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "from_csv",
        FAMILY,
        bind_from_csv,
        "from_csv(csvStr, schema[, options]) - Returns a struct value with the given `csvStr` and `schema`.",
        &[
            "SELECT from_csv('1, 0.8', 'a INT, b DOUBLE')",
            "SELECT from_csv('26/08/2015', 'time Timestamp', map('timestampFormat', 'dd/MM/yyyy'))",
        ],
    ),
    Function::scalar(
        "to_csv",
        FAMILY,
        bind_to_csv,
        "to_csv(expr[, options]) - Returns a CSV string with a given struct value",
        &[
            "SELECT to_csv(named_struct('a', 1, 'b', 2))",
            "SELECT to_csv(named_struct('time', to_timestamp('2015-08-26', 'yyyy-MM-dd')), map('timestampFormat', 'dd/MM/yyyy'))",
        ],
    ),
    Function::scalar(
        "schema_of_csv",
        FAMILY,
        bind_schema_of_csv,
        "schema_of_csv(csv[, options]) - Returns schema in the DDL format of CSV string.",
        &["SELECT schema_of_csv('1,abc')"],
    ),
];

static FROM_CSV: Kernel = Kernel::new("from_csv", from_csv).fallible();
static TO_CSV: Kernel = Kernel::new("to_csv", to_csv);

pub static KERNELS: &[&Kernel] = &[&FROM_CSV, &TO_CSV];

fn csv_options(call: &Call<'_>, n: usize) -> Result<(Options, Vec<String>)> {
    let given = documents::options(call, n)?;
    let options = Options::new(&given).map_err(|error| error.at(call.span))?;
    Ok((options, documents::flattened(&given)))
}

/// `from_csv(text, schema[, options])`
fn bind_from_csv(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let columns = documents::columns(call, 1)?;
    let (options, parameters) = csv_options(call, 2)?;
    let text = documents::text(call, 0)?;
    documents::check_mode(call, options.mode)?;
    corrupt_record_column(&columns, &options.corrupt_record_column).map_err(|error| error.at(call.span))?;
    if let Some(column) = columns.iter().find(|column| !is_read(&column.data_type)) {
        let message = format!("Unsupported data type \"{}\"", column.data_type);
        return Err(Error::new(&UNSUPPORTED_DATATYPE, message).at(call.span));
    }
    Ok(call.kernel_with(&FROM_CSV, vec![text], parameters, DataType::Struct(columns), true))
}

fn is_read(data_type: &DataType) -> bool {
    data_type.is_atomic() && !matches!(data_type, DataType::Null | DataType::Time(_))
}

fn from_csv(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let (DataType::Struct(columns), datafusion::arrow::datatypes::DataType::Struct(layout)) =
        (&parameters.returns, parameters.returns.to_arrow())
    else {
        return Err(Error::internal("from_csv gives a struct"));
    };
    let options = Options::new(&documents::unflattened(&parameters.options))?;
    let projection = (0..columns.len()).collect::<Vec<_>>();
    let mut rows = Rows::new(options.clone(), columns, &projection, &parameters.time_zone)?;
    let (texts, mut fields) = (arguments.strings(0)?, Fields::default());
    let mut valid = Vec::with_capacity(arguments.rows);
    for row in 0..arguments.rows {
        let text = texts.get(row);
        valid.push(text.is_some());
        // A record of which there is nothing has no fields.
        let record = text.filter(|text| !options.comment.is_some_and(|comment| text.starts_with(comment)));
        match record.filter(|record| !record.is_empty()) {
            Some(record) => {
                fields.split(record, &options, false);
                rows.add(record, &fields);
            }
            None if text.is_some() && options.mode == Mode::FailFast => return Err(malformed("[null]")),
            None => rows.add_empty(text.unwrap_or_default()),
        }
    }
    let batch = rows.take()?;
    let nulls = Some(NullBuffer::from(valid));
    Ok(ColumnarValue::Array(Arc::new(StructArray::try_new_with_length(layout, batch.columns, nulls, arguments.rows)?)))
}

/// `to_csv(struct[, options])`
fn bind_to_csv(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let (_, mut parameters) = csv_options(call, 1)?;
    parameters.insert(0, call.context.settings.binary.name().to_owned());
    let value = call.argument(0).clone();
    let fields = match &value.data_type {
        DataType::Null => return call.to(value, &DataType::String),
        DataType::Struct(fields) => fields,
        other => {
            return Err(call
                .mismatch("UNSUPPORTED_INPUT_TYPE", &format!("The input of `to_csv` can't be \"{other}\" type data")));
        }
    };
    // Collections are written as CAST writes them.
    let written = DataType::Struct(
        fields
            .iter()
            .map(|field| match field.data_type.is_atomic() {
                true => field.clone(),
                false => StructField { data_type: DataType::String, ..field.clone() },
            })
            .collect(),
    );
    let nullable = value.nullable;
    let value = cast(value, &written, CastMode::Try, call.context).map_err(|error| error.at(call.span))?;
    Ok(call.kernel_with(&TO_CSV, vec![value], parameters, DataType::String, nullable))
}

fn to_csv(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let (style, given) = parameters.options.split_first().expect("the style of binaries is always given");
    let options = Options { binary: BinaryStyle::named(style), ..Options::new(&documents::unflattened(given))? };
    let zone = options.times.zone(&parameters.time_zone)?;
    let DataType::Struct(fields) = &parameters.arguments[0] else {
        return Err(Error::internal("to_csv takes a struct"));
    };
    let array = arguments.array(0)?;
    let columns = array.as_struct().columns();
    let mut writer = RowWriter::new(&options, &zone);
    arguments.try_write_strings(|row, out| {
        if array.is_null(row) {
            return Ok(None);
        }
        writer.write(out, fields, columns, row)?;
        Ok(Some(()))
    })
}

/// `schema_of_csv(text[, options])`
fn bind_schema_of_csv(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let (options, _) = csv_options(call, 1)?;
    let text = documents::constant_text(call, 0, "csv")?;
    let zone = options.times.zone(&call.context.time_zone)?;
    let mut fields = Fields::default();
    fields.split(&text, &options, false);
    let columns = (0..fields.count()).map(|number| {
        let text = fields.get(number, &text, &options);
        let data_type = text.map_or(DataType::String, |text| widened(None, text, &options, &zone));
        StructField::new(format!("_c{number}"), data_type)
    });
    let schema = DataType::Struct(columns.collect()).sql();
    Ok(Typed { expr: lit(schema), data_type: DataType::String, nullable: false })
}
