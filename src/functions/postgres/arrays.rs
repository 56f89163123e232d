//! Functions of arrays.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, ListBuilder, StringViewBuilder, UInt32Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Int32Type};
use datafusion::logical_expr::{ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;

use super::values::postgres_writer;
use super::{casts, is_literal, nullable, spark, text};
use crate::error::{Error, Result};
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Context, Family, Function, Generator, Typed, call_kernel};
use crate::types::DataType;
use crate::types::coercion::common_type_of;
use crate::types::time_zone::Zone;

const FAMILY: Family = Family::Array;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::generator("unnest", unnest, "unnest(array, …) - The elements of arrays, in rows side by side.", &[]),
    Function::scalar(
        "array_length",
        FAMILY,
        |call| length(call, "length"),
        "array_length(array, dimension) - How many elements there are; NULL of an empty array.",
        &[],
    ),
    Function::scalar(
        "array_upper",
        FAMILY,
        |call| length(call, "upper"),
        "array_upper(array, dimension) - The number of the last element; NULL of an empty array.",
        &[],
    ),
    Function::scalar(
        "array_lower",
        FAMILY,
        |call| length(call, "lower"),
        "array_lower(array, dimension) - The number of the first element; NULL of an empty array.",
        &[],
    ),
    Function::scalar(
        "cardinality",
        FAMILY,
        |call| length(call, "cardinality"),
        "cardinality(array) - How many elements there are.",
        &[],
    ),
    Function::scalar("array_ndims", FAMILY, dimensions, "array_ndims(array) - How many dimensions there are.", &[]),
    Function::scalar(
        "array_append",
        FAMILY,
        |call| grown(call, true),
        "array_append(array, element) - The array with the element behind it.",
        &[],
    ),
    Function::scalar(
        "array_prepend",
        FAMILY,
        |call| grown(call, false),
        "array_prepend(element, array) - The array with the element before it.",
        &[],
    ),
    Function::scalar("array_cat", FAMILY, joined, "array_cat(a, b) - Both arrays in one.", &[]),
    Function::scalar(
        "array_position",
        FAMILY,
        position,
        "array_position(array, element) - The number of the first such element, or NULL.",
        &[],
    ),
    Function::scalar(
        "array_remove",
        FAMILY,
        |call| with_element(call, "array_remove"),
        "array_remove(array, element) - The array without such elements.",
        &[],
    ),
    Function::scalar(
        "array_to_string",
        FAMILY,
        to_string,
        "array_to_string(array, separator[, null]) - The elements' texts with a separator between.",
        &[],
    ),
    Function::scalar(
        "string_to_array",
        FAMILY,
        string_to_array,
        "string_to_array(text, separator[, null]) - The parts of `text` between separators.",
        &[],
    ),
    Function::generator(
        "string_to_table",
        |call| Ok(Generator { columns: vec![("string_to_table".to_owned(), string_to_array(call)?)], outer: false }),
        "string_to_table(text, separator[, null]) - The parts of `text` between separators, in rows.",
        &[],
    ),
    Function::scalar("[:]", FAMILY, slice, "array[from:to] - A part of an array.", &[]),
    Function::scalar(
        "trim_array",
        FAMILY,
        trimmed,
        "trim_array(array, n) - The array without its last `n` elements.",
        &[],
    ),
    Function::scalar("@>", FAMILY, |call| contains(call, false), "a @> b - Whether `a` has every element of `b`.", &[]),
    Function::scalar("<@", FAMILY, |call| contains(call, true), "a <@ b - Whether `b` has every element of `a`.", &[]),
    Function::scalar("&&", FAMILY, overlap, "a && b - Whether the arrays have an element in common.", &[]),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[&ORDINALS, &LENGTH, &SLICE, &TO_STRING, &STRING_TO_ARRAY];

static ORDINALS: Kernel = Kernel::new("postgres_ordinals", run_ordinals);
static LENGTH: Kernel = Kernel::new("postgres_array_length", run_length);
static SLICE: Kernel = Kernel::new("postgres_slice", run_slice);
static TO_STRING: Kernel = Kernel::new("postgres_array_to_string", run_to_string);
static STRING_TO_ARRAY: Kernel = Kernel::new("postgres_string_to_array", run_string_to_array);

/// For each array: the numbers of its elements, from 1.
pub fn ordinals(array: Typed, context: &Context) -> Typed {
    let nullable = array.nullable;
    let returns = DataType::Array { element: Box::new(DataType::Long), contains_null: false };
    call_kernel(&ORDINALS, vec![array], returns, nullable, context)
}

/// Argument `n` as an array; a string literal is one of texts, or of the type given.
fn array(call: &Call<'_>, n: usize, literal: &DataType) -> Result<Typed> {
    match &call.arguments[n].data_type {
        DataType::Array { .. } => Ok(call.arguments[n].clone()),
        _ if is_literal(call, n) => casts::cast(call.arguments[n].clone(), literal, call.context),
        DataType::Null => casts::cast(call.arguments[n].clone(), literal, call.context),
        _ => Err(call.unexpected_type(n, "\"ARRAY\"")),
    }
}

fn texts() -> DataType {
    DataType::array(DataType::String)
}

fn unnest(call: &Call<'_>) -> Result<Generator> {
    call.count(1..=usize::MAX)?;
    let columns = (0..call.arguments.len()).map(|n| {
        let mut flat = array(call, n, &texts())?;
        // All dimensions are taken apart.
        while let DataType::Array { element, .. } = &flat.data_type
            && matches!(**element, DataType::Array { .. })
        {
            flat = spark(call, "flatten", &[flat])?;
        }
        Ok(("unnest".to_owned(), flat))
    });
    Ok(Generator { columns: columns.collect::<Result<_>>()?, outer: false })
}

fn length(call: &Call<'_>, what: &'static str) -> Result<Typed> {
    call.count(if what == "cardinality" { 1..=1 } else { 2..=2 })?;
    let array = array(call, 0, &texts())?;
    let dimension = if what == "cardinality" { 1 } else { call.literal_int(1, "dimension")?.unwrap_or(0) };
    let options = vec![what.to_owned(), dimension.to_string()];
    Ok(call.kernel_with(&LENGTH, vec![array], options, DataType::Int, true))
}

fn run_length(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let options = &arguments.parameters.options;
    let what = options.first().map_or("", String::as_str);
    let dimension: i32 = options.get(1).and_then(|dimension| dimension.parse().ok()).unwrap_or(1);
    let array = arguments.array(0)?;
    fn measured(array: &ArrayRef, row: usize, dimension: i32) -> Option<i32> {
        let lists = array.as_list_opt::<i32>()?;
        if lists.is_null(row) || dimension < 1 {
            return None;
        }
        let length = lists.value_length(row);
        if dimension == 1 {
            return Some(length);
        }
        if length == 0 { None } else { measured(&lists.value(row), 0, dimension - 1) }
    }
    /// Elements of all dimensions.
    fn all(array: &ArrayRef, row: usize) -> Option<i32> {
        let lists = array.as_list_opt::<i32>()?;
        if lists.is_null(row) {
            return None;
        }
        let inner = lists.value(row);
        match inner.as_list_opt::<i32>() {
            Some(_) => Some((0..inner.len()).filter_map(|n| all(&inner, n)).sum()),
            None => Some(lists.value_length(row)),
        }
    }
    arguments.compute::<Int32Type>(|row| match what {
        "cardinality" => all(&array, row),
        "lower" => measured(&array, row, dimension).filter(|length| *length > 0).map(|_| 1),
        _ => measured(&array, row, dimension).filter(|length| *length > 0),
    })
}

fn dimensions(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let array = array(call, 0, &texts())?;
    let (mut count, mut inside) = (0, &array.data_type);
    while let DataType::Array { element, .. } = inside {
        (count, inside) = (count + 1, element);
    }
    let length =
        call.kernel_with(&LENGTH, vec![array.clone()], vec!["lower".to_owned(), "1".to_owned()], DataType::Int, true);
    let count = datafusion::logical_expr::lit(count) * length.expr;
    Ok(Typed { expr: count, data_type: DataType::Int, nullable: true })
}

/// An array and an element, both of the type that holds them.
fn meeting(call: &Call<'_>, array_at: usize, element_at: usize) -> Result<(Typed, Typed)> {
    let (given, element) = (&call.arguments[array_at], &call.arguments[element_at]);
    let of_element =
        DataType::array(if is_literal(call, element_at) { DataType::String } else { element.data_type.clone() });
    let given = array(call, array_at, &of_element).unwrap_or_else(|_| given.clone());
    let DataType::Array { element: inner, .. } = &given.data_type else {
        return Err(call.unexpected_type(array_at, "\"ARRAY\""));
    };
    let element = match is_literal(call, element_at) {
        true => casts::cast(element.clone(), inner, call.context)?,
        false => element.clone(),
    };
    let common = common_type_of([inner.as_ref(), &element.data_type], true)
        .ok_or_else(|| call.unexpected_type(element_at, &format!("\"{inner}\"")))?;
    let wide = DataType::array(common.clone());
    Ok((casts::cast(given, &wide, call.context)?, casts::cast(element, &common, call.context)?))
}

/// NULL counts for an empty array.
fn not_null(array: Typed) -> Result<Typed> {
    if !array.nullable {
        return Ok(array);
    }
    let empty = ScalarValue::new_list_nullable(
        &[],
        match &array.data_type.to_arrow() {
            Arrow::List(field) => field.data_type(),
            _ => return Err(Error::internal("not an array")),
        },
    );
    let empty = Expr::Literal(ScalarValue::List(empty), None);
    let expr = datafusion::functions::core::expr_fn::coalesce(vec![array.expr, empty]);
    Ok(Typed { expr, nullable: false, ..array })
}

fn grown(call: &Call<'_>, behind: bool) -> Result<Typed> {
    call.count(2..=2)?;
    let (array, element) = if behind { meeting(call, 0, 1)? } else { meeting(call, 1, 0)? };
    spark(call, if behind { "array_append" } else { "array_prepend" }, &[not_null(array)?, element])
}

fn joined(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let left_type = call.arguments[1].data_type.clone();
    let left = array(call, 0, &left_type)?;
    let right = array(call, 1, &left.data_type)?;
    let common = common_type_of([&left.data_type, &right.data_type], true)
        .ok_or_else(|| call.unexpected_type(1, &format!("\"{}\"", left.data_type)))?;
    let left = not_null(casts::cast(left, &common, call.context)?)?;
    let right = not_null(casts::cast(right, &common, call.context)?)?;
    spark(call, "concat", &[left, right])
}

fn with_element(call: &Call<'_>, name: &'static str) -> Result<Typed> {
    call.count(2..=2)?;
    let (array, element) = meeting(call, 0, 1)?;
    spark(call, name, &[array, element])
}

fn position(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let (array, element) = meeting(call, 0, 1)?;
    let found = spark(call, "array_position", &[array, element])?;
    let zero = Expr::Literal(ScalarValue::Int64(Some(0)), None);
    let expr = datafusion::functions::core::expr_fn::nullif(found.expr, zero);
    casts::cast(Typed { expr, data_type: DataType::Long, nullable: true }, &DataType::Int, call.context)
}

fn contains(call: &Call<'_>, turned: bool) -> Result<Typed> {
    call.count(2..=2)?;
    let (whole, part) = if turned { (1, 0) } else { (0, 1) };
    if call.arguments[whole].data_type == DataType::String {
        return Err(Error::unsupported("Containment of JSON", "compare what -> and ->> give").at(call.span));
    }
    let whole_array = array(call, whole, &call.arguments[part].data_type)?;
    let part_array = array(call, part, &whole_array.data_type)?;
    let missing = spark(call, "array_except", &[part_array, whole_array])?;
    let count = spark(call, "size", &[missing])?;
    let zero = Expr::Literal(ScalarValue::Int32(Some(0)), None);
    Ok(Typed { expr: count.expr.eq(zero), data_type: DataType::Boolean, nullable: count.nullable })
}

fn overlap(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let left = array(call, 0, &call.arguments[1].data_type)?;
    let right = array(call, 1, &left.data_type)?;
    spark(call, "arrays_overlap", &[left, right])
}

fn to_string(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let mut arguments = vec![array(call, 0, &texts())?, text(call, 1)?];
    if call.arguments.len() == 3 {
        arguments.push(text(call, 2)?);
    }
    let nullable = nullable(&arguments);
    Ok(call.kernel(&TO_STRING, arguments, DataType::String, nullable))
}

fn run_to_string(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let DataType::Array { element, .. } = &arguments.parameters.arguments[0] else {
        return Err(Error::internal("not an array"));
    };
    let zone = Zone::parse(&arguments.parameters.time_zone)?;
    let array = arguments.array(0)?;
    let lists = array.as_list::<i32>();
    let values = lists.values();
    let write = postgres_writer(values.as_ref(), element, &zone)?;
    let separators = arguments.strings(1)?;
    let nulls = if arguments.len() == 3 { Some(arguments.strings(2)?) } else { None };
    arguments.write_strings(|row, out| {
        if lists.is_null(row) {
            return None;
        }
        let separator = separators.get(row)?;
        let place = |n: usize| usize::try_from(lists.value_offsets()[n]).unwrap_or(0);
        let mut first = true;
        for n in place(row)..place(row + 1) {
            let null = nulls.as_ref().and_then(|nulls| nulls.get(row));
            if values.is_null(n) && null.is_none() {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push_str(separator);
            }
            match (values.is_null(n), null) {
                (true, Some(null)) => out.push_str(null),
                _ => write(n, out),
            }
        }
        Some(())
    })
}

fn string_to_array(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let arguments = (0..call.arguments.len()).map(|n| text(call, n)).collect::<Result<Vec<_>>>()?;
    let nullable = arguments[0].nullable;
    Ok(call.kernel(&STRING_TO_ARRAY, arguments, texts(), nullable))
}

/// Without a separator every character is an element, with an empty one the text.
fn run_string_to_array(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (strings, separators) = (arguments.strings(0)?, arguments.strings(1)?);
    let nulls = if arguments.len() == 3 { Some(arguments.strings(2)?) } else { None };
    let field = Field::new("item", Arrow::Utf8View, true);
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(field);
    for row in 0..arguments.rows {
        let Some(text) = strings.get(row) else {
            lists.append_null();
            continue;
        };
        let null = nulls.as_ref().and_then(|nulls| nulls.get(row));
        let values = lists.values();
        let mut push = |part: &str| values.append_option(Some(part).filter(|part| Some(*part) != null));
        match separators.get(row) {
            _ if text.is_empty() => {}
            None => text.char_indices().for_each(|(at, c)| push(&text[at..at + c.len_utf8()])),
            Some("") => push(text),
            Some(separator) => text.split(separator).for_each(push),
        }
        lists.append(true);
    }
    Ok(ColumnarValue::Array(Arc::new(lists.finish())))
}

fn slice(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let array = array(call, 0, &texts())?;
    let data_type = array.data_type.clone();
    let bound = |n: usize| super::cast(call, n, &DataType::Int);
    let arguments = vec![array, bound(1)?, bound(2)?];
    Ok(call.kernel(&SLICE, arguments, data_type, true))
}

fn trimmed(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let array = array(call, 0, &texts())?;
    let data_type = array.data_type.clone();
    let length = call.kernel_with(
        &LENGTH,
        vec![array.clone()],
        vec!["cardinality".to_owned(), "1".to_owned()],
        DataType::Int,
        true,
    );
    let count = super::cast(call, 1, &DataType::Int)?;
    let end = Typed { expr: length.expr - count.expr, data_type: DataType::Int, nullable: true };
    let null = Typed { expr: Expr::Literal(ScalarValue::Int32(None), None), data_type: DataType::Int, nullable: true };
    Ok(call.kernel(&SLICE, vec![array, null, end], data_type, true))
}

/// A bound that is NULL is the array's own.
fn run_slice(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let lists = array.as_list::<i32>();
    let (from, to) = (arguments.values_of::<Int32Type>(1)?, arguments.values_of::<Int32Type>(2)?);
    let (mut places, mut lengths) = (Vec::new(), Vec::with_capacity(lists.len()));
    for row in 0..lists.len() {
        let length = if lists.is_null(row) { 0 } else { lists.value_length(row) };
        let first = from.get(row).unwrap_or(1).max(1);
        let last = to.get(row).unwrap_or(length).min(length);
        let offset = lists.value_offsets()[row];
        let before = places.len();
        places.extend((first..=last).filter_map(|n| u32::try_from(offset + n - 1).ok()));
        lengths.push(places.len() - before);
    }
    let values = take(lists.values(), &UInt32Array::from(places), None)?;
    let Arrow::List(field) = array.data_type().clone() else { return Err(Error::internal("no list")) };
    let nulls: Option<NullBuffer> = lists.nulls().cloned();
    let sliced = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, nulls)?;
    Ok(ColumnarValue::Array(Arc::new(sliced)))
}

fn run_ordinals(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let lists = array.as_list::<i32>();
    let Arrow::List(field) = arguments.parameters.returns.to_arrow() else { return Err(Error::internal("no list")) };
    let lengths: Vec<usize> = (0..lists.len())
        .map(|row| if lists.is_null(row) { 0 } else { usize::try_from(lists.value_length(row)).unwrap_or(0) })
        .collect();
    let numbers: Int64Array = lengths.iter().flat_map(|length| (1_i64..).take(*length)).collect();
    let offsets = OffsetBuffer::from_lengths(lengths);
    let counted = ListArray::try_new(field, offsets, Arc::new(numbers), lists.nulls().cloned())?;
    Ok(ColumnarValue::Array(Arc::new(counted)))
}
