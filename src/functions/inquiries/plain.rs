//! What drivers ask of a server, where the answer needs no look at objects: Skep is no standby, has no locks, one encoding.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, ListArray, StringViewArray, StructArray, UInt64Array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType as Arrow, Int64Type};
use datafusion::logical_expr::{ColumnarValue, Expr, lit};
use datafusion::scalar::ScalarValue;

use super::answers::{constant, null};
use crate::error::Result;
use crate::functions::cast::{CastMode, cast};
use crate::functions::{Arguments, Call, Expected, Family, Function, Generator, Kernel, Typed};
use crate::types::{DataType, ObjectKind, StructField};

const FAMILY: Family = Family::Context;

const fn answering(name: &'static str, bind: fn(&Call<'_>) -> Result<Typed>, usage: &'static str) -> Function {
    Function::scalar(name, FAMILY, bind, usage, &[])
}

pub static FUNCTIONS: &[Function] = &[
    answering("pg_get_expr", expression, "pg_get_expr(expression, table [, pretty]) - The text of an expression."),
    answering(
        "pg_get_serial_sequence",
        |_| null(DataType::String),
        "pg_get_serial_sequence(table, column) - NULL: there are no sequences.",
    ),
    answering(
        "pg_get_triggerdef",
        |_| null(DataType::String),
        "pg_get_triggerdef(trigger) - NULL: there are no triggers.",
    )
    .aliases(&[
        "pg_get_ruledef",
        "pg_get_statisticsobjdef",
        "pg_get_statisticsobjdef_columns",
        "pg_get_statisticsobjdef_expressions",
        "pg_get_function_sqlbody",
        "pg_get_function_arg_default",
        "pg_tablespace_location",
    ]),
    answering("pg_is_in_recovery", |_| boolean(false), "pg_is_in_recovery() - false.").aliases(&[
        "pg_is_wal_replay_paused",
        "pg_relation_is_publishable",
        "pg_is_other_temp_schema",
        "pg_jit_available",
    ]),
    answering(
        "txid_current",
        |call| constant(ScalarValue::Int64(Some(call.context.now / 1000)), DataType::Long),
        "txid_current() - A number that grows.",
    )
    .aliases(&["pg_current_xact_id"]),
    answering(
        "txid_current_if_assigned",
        |_| null(DataType::Long),
        "txid_current_if_assigned() - NULL: nothing is assigned.",
    )
    .aliases(&["pg_current_xact_id_if_assigned"]),
    answering(
        "pg_my_temp_schema",
        |_| constant(ScalarValue::Int64(Some(0)), DataType::Object(ObjectKind::Any)),
        "pg_my_temp_schema() - 0: temporary views are in no schema.",
    ),
    Function::kernel(
        "pg_encoding_to_char",
        FAMILY,
        &[Expected::Type(DataType::Long)],
        DataType::String,
        names_of_encodings,
        "pg_encoding_to_char(number) - The name of an encoding.",
        &[],
    ),
    answering(
        "pg_char_to_encoding",
        |_| constant(ScalarValue::Int32(Some(6)), DataType::Int),
        "pg_char_to_encoding(name) - The number of UTF8.",
    ),
    answering("pg_client_encoding", |_| text("UTF8"), "pg_client_encoding() - UTF8.").aliases(&["getdatabaseencoding"]),
    answering("inet_server_addr", |_| null(DataType::String), "inet_server_addr() - NULL.")
        .aliases(&["inet_client_addr"]),
    answering("inet_server_port", |_| null(DataType::Int), "inet_server_port() - NULL.").aliases(&["inet_client_port"]),
    answering(
        "pg_try_advisory_lock",
        |_| boolean(true),
        "pg_try_advisory_lock(key) - true: each statement is all or nothing anyway.",
    )
    .aliases(&[
        "pg_try_advisory_lock_shared",
        "pg_try_advisory_xact_lock",
        "pg_try_advisory_xact_lock_shared",
        "pg_advisory_unlock",
        "pg_advisory_unlock_shared",
    ]),
    answering("pg_advisory_lock", |_| text(""), "pg_advisory_lock(key) - Nothing.").aliases(&[
        "pg_advisory_lock_shared",
        "pg_advisory_xact_lock",
        "pg_advisory_xact_lock_shared",
        "pg_advisory_unlock_all",
        "pg_notify",
    ]),
    answering(
        "pg_stat_get_numscans",
        |_| constant(ScalarValue::Int64(Some(0)), DataType::Long),
        "pg_stat_get_numscans(table) - 0.",
    )
    .aliases(&["pg_stat_get_live_tuples", "pg_stat_get_dead_tuples"]),
    Function::kernel(
        "pg_size_pretty",
        FAMILY,
        &[Expected::Type(DataType::Long)],
        DataType::String,
        sizes,
        "pg_size_pretty(bytes) - The size in the unit that suits it.",
        &[],
    ),
    answering("current_schemas", schemas, "current_schemas(implicit) - The schemas in which names are looked up."),
    Function::generator("_pg_expandarray", expanded, "_pg_expandarray(array) - Each element with its number.", &[]),
    Function::generator(
        "pg_partition_ancestors",
        itself,
        "pg_partition_ancestors(table) - The table: none is a partition.",
        &[],
    ),
    Function::generator("aclexplode", no_grants, "aclexplode(acl) - What a list of grants grants.", &[]),
    Function::generator("pg_options_to_table", no_options, "pg_options_to_table(options) - Options as rows.", &[]),
];

pub static KERNELS: &[&Kernel] = &[&EXPAND];

static EXPAND: Kernel = Kernel::new("pg_expand_array", expand);

fn boolean(value: bool) -> Result<Typed> {
    constant(ScalarValue::Boolean(Some(value)), DataType::Boolean)
}

fn text(value: &str) -> Result<Typed> {
    Ok(Typed { expr: lit(value), data_type: DataType::String, nullable: false })
}

/// Expressions are kept as texts.
fn expression(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    call.cast(0, &DataType::String)
}

fn names_of_encodings(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let numbers = arguments.array(0)?;
    let names = numbers.as_primitive::<Int64Type>().iter().map(|number| match number? {
        0 => Some("SQL_ASCII"),
        6 => Some("UTF8"),
        8 => Some("LATIN1"),
        _ => Some(""),
    });
    Ok(ColumnarValue::Array(Arc::new(names.collect::<StringViewArray>())))
}

/// `8192 bytes`, `12 kB`, `345 MB`
fn sizes(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let numbers = arguments.array(0)?;
    let texts = numbers.as_primitive::<Int64Type>().iter().map(|size| size.map(size_text));
    Ok(ColumnarValue::Array(Arc::new(texts.collect::<StringViewArray>())))
}

/// Half of a unit is rounded up, and a unit holds until there are ten thousand of it.
fn size_text(size: i64) -> String {
    const UNITS: [&str; 6] = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    const MOST: u64 = 10 * 1024;
    let sign = if size < 0 { "-" } else { "" };
    let mut rest = size.unsigned_abs();
    if rest < MOST {
        return format!("{sign}{rest} bytes");
    }
    // One bit more than the unit, for rounding.
    rest >>= 9;
    for unit in &UNITS[1..] {
        if rest < 2 * MOST - 1 || *unit == "PB" {
            return format!("{sign}{} {unit}", rest.div_ceil(2));
        }
        rest >>= 10;
    }
    format!("{sign}{rest}")
}

fn schemas(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let implicit = call.constant(0, "implicit", &DataType::Boolean)? == Some(ScalarValue::Boolean(Some(true)));
    let database = call.context.current_database.as_ref();
    let names = if implicit { vec!["pg_catalog", database] } else { vec![database] };
    let data_type = DataType::Array { element: Box::new(DataType::String), contains_null: true };
    let values: Vec<ScalarValue> = names.into_iter().map(|name| ScalarValue::Utf8View(Some(name.to_owned()))).collect();
    let list = ScalarValue::List(ScalarValue::new_list_nullable(&values, &DataType::String.to_arrow()));
    Ok(Typed { expr: Expr::Literal(list, None), data_type, nullable: false })
}

/// The type of what `_pg_expandarray` makes of an element.
fn numbered(element: &DataType) -> DataType {
    DataType::Struct(vec![StructField::new("x", element.clone()), StructField::new("n", DataType::Int)])
}

fn expanded(call: &Call<'_>) -> Result<Generator> {
    call.count(1..=1)?;
    let argument = call.expect(0, &Expected::Array)?;
    let element = match &argument.data_type {
        DataType::Array { element, .. } => element.as_ref().clone(),
        other => other.clone(),
    };
    let returns = DataType::array(numbered(&element));
    let array = call.kernel(&EXPAND, vec![argument], returns, true);
    Ok(Generator { columns: vec![("_pg_expandarray".to_owned(), array)], outer: false })
}

fn expand(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let lists = array.as_list::<i32>();
    let (mut places, mut numbers, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..lists.len() {
        let (start, end) = (lists.value_offsets()[row], lists.value_offsets()[row + 1]);
        let length = if lists.is_null(row) { 0 } else { end - start };
        for place in 0..length {
            places.push((start + place) as u64);
            numbers.push(place + 1);
        }
        lengths.push(length as usize);
    }
    let values = take(lists.values(), &UInt64Array::from(places), None)?;
    let numbers: ArrayRef = Arc::new(Int32Array::from(numbers));
    let layout = arguments.parameters.returns.to_arrow();
    let Arrow::List(item) = &layout else { return arguments.nulls() };
    let Arrow::Struct(fields) = item.data_type() else { return arguments.nulls() };
    let pairs = StructArray::try_new(fields.clone(), vec![values, numbers], None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let list = ListArray::try_new(Arc::clone(item), offsets, Arc::new(pairs), lists.nulls().cloned())?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}

/// A generator that makes no rows.
fn nothing(columns: &[(&str, DataType)]) -> Result<Generator> {
    let columns = columns.iter().map(|(name, data_type)| {
        let data_type = DataType::array(data_type.clone());
        Ok(((*name).to_owned(), null(data_type)?))
    });
    Ok(Generator { columns: columns.collect::<Result<_>>()?, outer: false })
}

fn no_grants(call: &Call<'_>) -> Result<Generator> {
    call.count(1..=1)?;
    nothing(&[
        ("grantor", DataType::Object(ObjectKind::Any)),
        ("grantee", DataType::Object(ObjectKind::Any)),
        ("privilege_type", DataType::String),
        ("is_grantable", DataType::Boolean),
    ])
}

fn no_options(call: &Call<'_>) -> Result<Generator> {
    call.count(1..=1)?;
    nothing(&[("option_name", DataType::String), ("option_value", DataType::String)])
}

/// No table is a partition of another.
fn itself(call: &Call<'_>) -> Result<Generator> {
    call.count(1..=1)?;
    let oid = cast(call.argument(0).clone(), &DataType::Object(ObjectKind::Class), CastMode::Ansi, call.context)?;
    let expr = datafusion::functions_nested::expr_fn::make_array(vec![oid.expr]);
    let array = Typed { expr, data_type: DataType::array(oid.data_type), nullable: false };
    Ok(Generator { columns: vec![("relid".to_owned(), array)], outer: false })
}
