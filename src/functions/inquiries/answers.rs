//! From arguments to questions, and from answers to columns.

use std::ops::RangeInclusive;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::logical_expr::{ColumnarValue, Expr, lit};
use datafusion::scalar::ScalarValue;

use crate::error::{Error, Result, SQL_CONF_NOT_FOUND};
use crate::functions::cast::{CastMode, cast, objects as object_casts};
use crate::functions::constant;
use crate::functions::objects::{Catalogue, NumberQuestion, Run, TextQuestion, asking};
use crate::functions::{Call, Typed};
use crate::types::{DataType, ObjectKind};

/// An argument that is the number of an object: texts are names of tables.
fn object_argument(call: &Call<'_>, n: usize) -> Result<Typed> {
    let argument = call.argument(n).clone();
    let argument = match argument.data_type.is_string() {
        true => object_casts::find(argument, ObjectKind::Class, call.context)?,
        false => argument,
    };
    cast(argument, &DataType::Long, CastMode::Ansi, call.context)
}

fn arguments(call: &Call<'_>, count: RangeInclusive<usize>) -> Result<Vec<Typed>> {
    call.count(count)?;
    let mut arguments = vec![object_argument(call, 0)?];
    // What says how pretty the text shall be is left out.
    if let Some(second) =
        call.arguments.get(1).filter(|second| second.data_type.is_numeric() || second.data_type == DataType::Null)
    {
        arguments.push(cast(second.clone(), &DataType::Long, CastMode::Ansi, call.context)?);
    }
    Ok(arguments)
}

pub(super) fn text_of(call: &Call<'_>, count: RangeInclusive<usize>, name: &'static str, run: Run) -> Result<Typed> {
    asking(call, name, arguments(call, count)?, DataType::String, run)
}

pub(super) fn number_of(call: &Call<'_>, count: RangeInclusive<usize>, name: &'static str, run: Run) -> Result<Typed> {
    call.count(count)?;
    asking(call, name, vec![object_argument(call, 0)?], DataType::Long, run)
}

pub(super) fn is_visible(call: &Call<'_>, name: &'static str, run: Run) -> Result<Typed> {
    asking(call, name, arguments(call, 1..=1)?, DataType::Boolean, run)
}

pub(super) fn null(data_type: DataType) -> Result<Typed> {
    constant(ScalarValue::try_from(data_type.to_arrow())?, data_type)
}

pub(super) fn constant(value: ScalarValue, data_type: DataType) -> Result<Typed> {
    let nullable = value.is_null();
    Ok(Typed { expr: Expr::Literal(value, None), data_type, nullable })
}

/// `obj_description(oid, 'pg_class')`
pub(super) fn object_description(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let catalogue = match call.arguments.get(1) {
        Some(_) => call.literal_string(1, "catalogue")?,
        None => None,
    };
    let listed = match catalogue.as_deref() {
        None => 0,
        Some("pg_class") => 1259,
        Some("pg_namespace") => 2615,
        Some("pg_proc") => 1255,
        // Nothing else has comments.
        Some(_) => -1,
    };
    let listed = Typed { expr: lit(i64::from(listed)), data_type: DataType::Long, nullable: false };
    asking(
        call,
        "obj_description",
        vec![object_argument(call, 0)?, listed],
        DataType::String,
        |catalogue, values, rows| texts(catalogue, values, rows, TextQuestion::Comment),
    )
}

/// `pg_database_size('skep')`
pub(super) fn database_size(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let any = Typed { expr: lit(0_i64), data_type: DataType::Long, nullable: false };
    asking(call, "pg_database_size", vec![any], DataType::Long, |catalogue, values, rows| {
        numbers(catalogue, values, rows, NumberQuestion::DatabaseSize)
    })
}

/// `to_regclass('t')`: NULL where there is none of that name.
pub(super) fn optional_object(call: &Call<'_>, kind: ObjectKind) -> Result<Typed> {
    call.count(1..=1)?;
    let name = call.cast(0, &DataType::String)?;
    let (asked, run): (&'static str, Run) = match kind {
        ObjectKind::Any | ObjectKind::Class => {
            ("to_regclass", |catalogue, values, rows| found(catalogue, values, rows, ObjectKind::Class))
        }
        ObjectKind::Type => ("to_regtype", |catalogue, values, rows| found(catalogue, values, rows, ObjectKind::Type)),
        ObjectKind::Procedure => {
            ("to_regproc", |catalogue, values, rows| found(catalogue, values, rows, ObjectKind::Procedure))
        }
        ObjectKind::Namespace => {
            ("to_regnamespace", |catalogue, values, rows| found(catalogue, values, rows, ObjectKind::Namespace))
        }
        ObjectKind::Role => ("to_regrole", |catalogue, values, rows| found(catalogue, values, rows, ObjectKind::Role)),
    };
    if let Some(Some(text)) = constant::evaluate(&name.expr)?.as_ref().map(|value| value.try_as_str().flatten()) {
        let oid = call.context.objects.get()?.find(kind, text)?;
        return self::constant(ScalarValue::Int64(oid), DataType::Object(kind));
    }
    asking(call, asked, vec![name], DataType::Object(kind), run)
}

fn found(catalogue: &dyn Catalogue, values: &[ColumnarValue], rows: usize, kind: ObjectKind) -> Result<ColumnarValue> {
    let names = values[0].to_array(rows)?;
    let names = names.as_string_view();
    let numbers = names.iter().map(|name| name.map_or(Ok(None), |name| catalogue.find(kind, name)));
    Ok(column(numbers.collect::<Result<Int64Array>>()?))
}

fn column(array: impl Array + 'static) -> ColumnarValue {
    ColumnarValue::Array(Arc::new(array))
}

fn longs(values: &[ColumnarValue], n: usize, rows: usize) -> Result<Option<ArrayRef>> {
    values.get(n).map(|value| Ok(value.to_array(rows)?)).transpose()
}

pub(super) fn texts(
    catalogue: &dyn Catalogue,
    values: &[ColumnarValue],
    rows: usize,
    question: TextQuestion,
) -> Result<ColumnarValue> {
    let oids = values[0].to_array(rows)?;
    let oids = oids.as_primitive::<Int64Type>();
    let numbers = longs(values, 1, rows)?;
    let number = |row: usize| match &numbers {
        Some(numbers) if numbers.is_null(row) => -1,
        Some(numbers) => numbers.as_primitive::<Int64Type>().value(row),
        None => 0,
    };
    let answers = oids.iter().enumerate().map(|(row, oid)| catalogue.text(question, oid?, number(row)));
    Ok(column(answers.collect::<StringViewArray>()))
}

pub(super) fn numbers(
    catalogue: &dyn Catalogue,
    values: &[ColumnarValue],
    rows: usize,
    question: NumberQuestion,
) -> Result<ColumnarValue> {
    let oids = values[0].to_array(rows)?;
    let answers = oids.as_primitive::<Int64Type>().iter().map(|oid| catalogue.number(question, oid?));
    Ok(column(answers.collect::<Int64Array>()))
}

pub(super) fn visibilities(
    catalogue: &dyn Catalogue,
    values: &[ColumnarValue],
    rows: usize,
    kind: ObjectKind,
) -> Result<ColumnarValue> {
    let oids = values[0].to_array(rows)?;
    let answers = oids.as_primitive::<Int64Type>().iter().map(|oid| catalogue.is_visible(kind, oid?));
    Ok(column(answers.collect::<BooleanArray>()))
}

/// `current_setting('search_path')`
pub(super) fn setting(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let missing_ok = match call.arguments.len() {
        2 => call.constant(1, "missing_ok", &DataType::Boolean)? == Some(ScalarValue::Boolean(Some(true))),
        _ => false,
    };
    let name = call.cast(0, &DataType::String)?;
    let (asked, run): (&'static str, Run) = match missing_ok {
        true => ("current_setting_or_null", |catalogue, values, rows| settings(catalogue, values, rows, true)),
        false => ("current_setting", |catalogue, values, rows| settings(catalogue, values, rows, false)),
    };
    asking(call, asked, vec![name], DataType::String, run)
}

fn settings(
    catalogue: &dyn Catalogue,
    values: &[ColumnarValue],
    rows: usize,
    missing_ok: bool,
) -> Result<ColumnarValue> {
    let names = values[0].to_array(rows)?;
    let names = names.as_string_view();
    let values = names.iter().map(|name| match name {
        None => Ok(None),
        Some(name) => match catalogue.setting(name) {
            Some(value) => Ok(Some(value)),
            None if missing_ok => Ok(None),
            None => Err(Error::new(&SQL_CONF_NOT_FOUND, format!("unrecognized configuration parameter \"{name}\""))),
        },
    });
    Ok(column(values.collect::<Result<StringViewArray>>()?))
}

pub(super) fn backend(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    let id = call.context.objects.get()?.session();
    constant(ScalarValue::Int32(Some(id)), DataType::Int)
}

pub(super) fn started(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    let at = call.context.objects.get()?.started();
    constant(ScalarValue::TimestampMicrosecond(Some(at), Some("UTC".into())), DataType::Timestamp)
}

/// `pg_cancel_backend(12)`
pub(super) fn stop(call: &Call<'_>, name: &'static str, run: Run) -> Result<Typed> {
    call.count(1..=2)?;
    asking(call, name, vec![call.cast(0, &DataType::Long)?], DataType::Boolean, run)
}

pub(super) fn stopped(
    catalogue: &dyn Catalogue,
    values: &[ColumnarValue],
    rows: usize,
    ends: bool,
) -> Result<ColumnarValue> {
    let sessions = values[0].to_array(rows)?;
    let stopped = sessions.as_primitive::<Int64Type>().iter().map(|session| match session {
        Some(session) => catalogue.stop(session, ends).map(Some),
        None => Ok(None),
    });
    Ok(column(stopped.collect::<Result<BooleanArray>>()?))
}
