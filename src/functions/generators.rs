//! Functions that make rows: of arrays, of maps, of numbers.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int32Array, Int64Array, ListArray, RecordBatch};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{ColumnarValue, lit};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::scalar::ScalarValue;

use super::{
    Arguments, Call, Expected, Family, Function, Generator, Kernel, TableFunction, Typed, collections, constant,
    elements,
};
use crate::error::{Error, FAILED_FUNCTION_CALL, NON_FOLDABLE_ARGUMENT, Result, UNEXPECTED_INPUT_TYPE};
use crate::types::DataType;
use crate::types::coercion::same_shape;

pub static FUNCTIONS: &[Function] = &[
    Function::generator(
        "explode",
        |call| explode(call, false, false),
        "explode(expr) - Separates the elements of array `expr` into multiple rows, or the elements of map `expr` into multiple rows and columns. Unless specified otherwise, uses the default column name `col` for elements of the array or `key` and `value` for the elements of the map.",
        &["SELECT explode(array(10, 20))", "SELECT explode(collection => array(10, 20))"],
    ),
    Function::generator(
        "explode_outer",
        |call| explode(call, false, true),
        "explode_outer(expr) - Separates the elements of array `expr` into multiple rows, or the elements of map `expr` into multiple rows and columns. Unless specified otherwise, uses the default column name `col` for elements of the array or `key` and `value` for the elements of the map.",
        &["SELECT explode_outer(array(10, 20))", "SELECT explode_outer(collection => array(10, 20))"],
    ),
    Function::generator(
        "posexplode",
        |call| explode(call, true, false),
        "posexplode(expr) - Separates the elements of array `expr` into multiple rows with positions, or the elements of map `expr` into multiple rows and columns with positions. Unless specified otherwise, uses the column name `pos` for position, `col` for elements of the array or `key` and `value` for elements of the map.",
        &["SELECT posexplode(array(10,20))", "SELECT posexplode(collection => array(10,20))"],
    ),
    Function::generator(
        "posexplode_outer",
        |call| explode(call, true, true),
        "posexplode_outer(expr) - Separates the elements of array `expr` into multiple rows with positions, or the elements of map `expr` into multiple rows and columns with positions. Unless specified otherwise, uses the column name `pos` for position, `col` for elements of the array or `key` and `value` for elements of the map.",
        &["SELECT posexplode_outer(array(10,20))", "SELECT posexplode_outer(collection => array(10,20))"],
    ),
    Function::generator(
        "inline",
        |call| inline(call, false),
        "inline(expr) - Explodes an array of structs into a table. Uses column names col1, col2, etc. by default unless specified otherwise.",
        &[
            "SELECT inline(array(struct(1, 'a'), struct(2, 'b')))",
            "SELECT inline(input => array(struct(1, 'a'), struct(2, 'b')))",
        ],
    ),
    Function::generator(
        "inline_outer",
        |call| inline(call, true),
        "inline_outer(expr) - Explodes an array of structs into a table. Uses column names col1, col2, etc. by default unless specified otherwise.",
        &[
            "SELECT inline_outer(array(struct(1, 'a'), struct(2, 'b')))",
            "SELECT inline_outer(input => array(struct(1, 'a'), struct(2, 'b')))",
        ],
    ),
    Function::generator(
        "stack",
        stack,
        "stack(n, expr1, ..., exprk) - Separates `expr1`, ..., `exprk` into `n` rows. Uses column names col0, col1, etc. by default unless specified otherwise.",
        &["SELECT stack(2, 1, 2, 3)"],
    ),
    Function {
        name: "range",
        aliases: &[],
        family: Family::Table,
        body: super::Body::Table(range),
        usage: "range([start, ]end[, step[, numSlices]]) - Returns the numbers from `start` up to `end`.",
        examples: &["SELECT * FROM range(5, 10)", "SELECT * FROM range(0, 10, 3)"],
    },
];

static POSITIONS: Kernel = Kernel::new("positions", positions);

pub static KERNELS: &[&Kernel] = &[&POSITIONS];

fn explode(call: &Call<'_>, with_position: bool, outer: bool) -> Result<Generator> {
    call.count(1..=1)?;
    const COLLECTION: Expected = Expected::OneOf(&[Expected::Array, Expected::Map]);
    if call.argument(0).data_type == DataType::Null {
        return Err(call.unexpected_type(0, "(\"ARRAY\" or \"MAP\")"));
    }
    let argument = call.expect(0, &COLLECTION)?;
    let mut columns = Vec::new();
    if with_position {
        let positions =
            call.kernel(&POSITIONS, vec![argument.clone()], DataType::array(DataType::Int), argument.nullable);
        columns.push(("pos".to_owned(), positions));
    }
    match argument.data_type.clone() {
        DataType::Map { key, value, value_contains_null } => {
            let list = |element: Box<DataType>, contains_null| DataType::Array { element, contains_null };
            let keys = datafusion::functions_nested::map_keys::map_keys_udf().call(vec![argument.expr.clone()]);
            let values = datafusion::functions_nested::map_values::map_values_udf().call(vec![argument.expr]);
            let nullable = argument.nullable;
            columns.push(("key".to_owned(), Typed { expr: keys, data_type: list(key, false), nullable }));
            let data_type = list(value, value_contains_null);
            columns.push(("value".to_owned(), Typed { expr: values, data_type, nullable }));
        }
        _ => columns.push(("col".to_owned(), argument)),
    }
    Ok(Generator { columns, outer })
}

/// The numbers 0, 1, … beside the elements of an array or the entries of a map.
fn positions(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let (lengths, nulls): (Vec<usize>, _) = match (array.as_list_opt::<i32>(), array.as_map_opt()) {
        (Some(list), _) => (list.offsets().lengths().collect(), list.nulls().cloned()),
        (None, Some(map)) => (map.offsets().lengths().collect(), map.nulls().cloned()),
        (None, None) => return Err(Error::internal(format!("no positions of {}", array.data_type()))),
    };
    let numbers = Int32Array::from_iter_values(lengths.iter().flat_map(|length| 0..*length as i32));
    let field = Arc::new(Field::new("item", Arrow::Int32, true));
    let list = ListArray::new(field, OffsetBuffer::from_lengths(lengths), Arc::new(numbers), nulls);
    Ok(ColumnarValue::Array(Arc::new(list)))
}

/// `inline(array of structs)`
fn inline(call: &Call<'_>, outer: bool) -> Result<Generator> {
    call.count(1..=1)?;
    let argument = call.argument(0).clone();
    let DataType::Array { element, .. } = &argument.data_type else {
        return Err(call.unexpected_type(0, "\"ARRAY<STRUCT>\""));
    };
    let DataType::Struct(fields) = element.as_ref() else {
        return Err(call.unexpected_type(0, "\"ARRAY<STRUCT>\""));
    };
    let columns = fields.iter().enumerate().map(|(n, field)| {
        let values = elements::field_of_elements(argument.clone(), fields, n, call.context);
        (field.name.clone(), values)
    });
    Ok(Generator { columns: columns.collect(), outer })
}

/// `stack(rows, value, …)`: the values, row by row.
fn stack(call: &Call<'_>) -> Result<Generator> {
    call.count(2..=usize::MAX)?;
    if call.argument(0).data_type != DataType::Int {
        return Err(call.unexpected_type(0, "\"INT\""));
    }
    let rows = call.literal_int(0, "n")?.unwrap_or(0);
    if rows <= 0 {
        return Err(call.mismatch(
            "VALUE_OUT_OF_RANGE",
            &format!("The `n` must be between (0, 2147483647] (current value = {rows})"),
        ));
    }
    let rows = rows as usize;
    let values = call.arguments.len() - 1;
    let width = values.div_ceil(rows);
    let mut columns = Vec::new();
    for column in 0..width {
        let numbers = (0..rows).map(|row| 1 + row * width + column).filter(|n| *n <= values).collect::<Vec<_>>();
        let data_type = type_of_column(call, column, &numbers)?;
        let mut members =
            numbers.iter().map(|n| call.to(call.argument(*n).clone(), &data_type)).collect::<Result<Vec<_>>>()?;
        let null = ScalarValue::try_from(data_type.to_arrow())?;
        members.resize(rows, Typed { expr: lit(null), data_type: data_type.clone(), nullable: true });
        columns.push((format!("col{column}"), collections::array_of(call, members, data_type)));
    }
    Ok(Generator { columns, outer: false })
}

/// The type of a column of `stack`: that of its first value that is not NULL, which the others must have too.
fn type_of_column(call: &Call<'_>, column: usize, arguments: &[usize]) -> Result<DataType> {
    let types = || arguments.iter().map(|n| (*n, &call.argument(*n).data_type));
    let typed = |(_, data_type): &(usize, &DataType)| **data_type != DataType::Null;
    let Some((first, data_type)) = types().find(typed) else { return Ok(DataType::Null) };
    let Some((other, different)) = types().filter(typed).find(|(_, other)| !same_shape(data_type, other)) else {
        return Ok(data_type.clone());
    };
    let why = format!(
        "The data type of the column ({column}) do not have the same type: \"{data_type}\" ({first}) <> \"{different}\" ({other})"
    );
    Err(call.mismatch("STACK_COLUMN_DIFF_TYPES", &why))
}

/// Numbers from `start` up to `end`, a batch at a time.
#[derive(Debug)]
struct Numbers {
    schema: SchemaRef,
    start: i128,
    step: i128,
    count: u128,
}

impl PartitionStream for Numbers {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batch = context.session_config().batch_size() as u128;
        let (schema, start, step, count) = (Arc::clone(&self.schema), self.start, self.step, self.count);
        let batches = (0..count.div_ceil(batch)).map(move |n| {
            let first = n * batch;
            let last = (first + batch).min(count);
            let numbers = (first..last).map(|n| (start + step * n as i128) as i64);
            let column = Int64Array::from_iter_values(numbers);
            Ok(RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(column)])?)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}

/// Argument `n` of `range`, which is called `parameter` and counted as `which` of the four it can have.
fn bound(call: &Call<'_>, n: usize, (which, parameter): (&str, &str)) -> Result<i128> {
    let Typed { expr, data_type, .. } = &call.arguments[n];
    let text = &call.texts[n];
    if constant::evaluate(expr).map_err(|error| error.at(call.span))?.is_none() {
        let what = format!("The function `range` requires the parameter `{parameter}` to be a foldable expression");
        let text = format!("{what} of the type \"BIGINT\", but the actual argument is a non-foldable");
        return Err(Error::new(&NON_FOLDABLE_ARGUMENT, text).at(call.span));
    }
    if !(data_type.is_numeric() || data_type.is_string()) {
        let what = format!(
            "Parameter {which} of function `range` requires the \"BIGINT\" type, however \"{text}\" has the type"
        );
        return Err(Error::new(&UNEXPECTED_INPUT_TYPE, format!("{what} \"{data_type}\"")).at(call.span));
    }
    match call.constant(n, parameter, &DataType::Long)? {
        Some(ScalarValue::Int64(Some(value))) => Ok(i128::from(value)),
        _ => Err(call.mismatch("UNEXPECTED_NULL", &format!("The `{parameter}` must not be null"))),
    }
}

/// `range([start, ]end[, step[, slices]])`
fn range(call: &Call<'_>) -> Result<TableFunction> {
    call.count(1..=4)?;
    let (start, end) = match call.arguments.len() {
        1 => (0, bound(call, 0, ("second", "end"))?),
        _ => (bound(call, 0, ("first", "start"))?, bound(call, 1, ("second", "end"))?),
    };
    let step = if call.arguments.len() > 2 { bound(call, 2, ("third", "step"))? } else { 1 };
    if step == 0 {
        let text = "Failed preparing of the function `range` for call. Please, double check function's arguments";
        return Err(Error::new(&FAILED_FUNCTION_CALL, text).at(call.span).hint("the step cannot be 0"));
    }
    let distance = if step > 0 { end - start } else { start - end };
    let count = if distance <= 0 { 0 } else { distance.unsigned_abs().div_ceil(step.unsigned_abs()) };
    let schema = Arc::new(Schema::new(vec![Field::new("id", Arrow::Int64, false)]));
    let numbers = Numbers { schema: Arc::clone(&schema), start, step, count };
    Ok(TableFunction {
        columns: vec![("id".to_owned(), DataType::Long)],
        provider: Arc::new(StreamingTable::try_new(schema, vec![Arc::new(numbers)])?),
    })
}
