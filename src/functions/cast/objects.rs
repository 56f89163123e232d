//! Casts of the numbers of objects: they are integers, and some of them are shown as names.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::logical_expr::{ColumnarValue, Expr};

use super::{CastMode, cast as plain_cast};
use crate::error::{Error, Result, TABLE_OR_VIEW_NOT_FOUND};
use crate::functions::objects::{Catalogue, Run, asking_with};
use crate::functions::{Context, Typed};
use crate::types::{DataType, ObjectKind};

/// The cast, if one of the types is that of numbers of objects.
pub(super) fn cast(operand: &Typed, to: &DataType, mode: CastMode, context: &Context) -> Result<Option<Typed>> {
    Ok(Some(match (&operand.data_type, to) {
        (DataType::Object(ObjectKind::Any), DataType::Object(_)) | (DataType::Object(_), DataType::Object(_)) => {
            Typed { data_type: to.clone(), ..operand.clone() }
        }
        (DataType::Object(kind), to) if to.is_string() && *kind != ObjectKind::Any => {
            let name = asking_with(context, shown_by(*kind), vec![operand.clone()], DataType::String, show(*kind))?;
            plain_cast(name, to, mode, context)?
        }
        (DataType::Object(_), to) if to.is_string() || to.is_numeric() => {
            plain_cast(Typed { data_type: DataType::Long, ..operand.clone() }, to, mode, context)?
        }
        (from, DataType::Object(kind)) if from.is_string() && *kind != ObjectKind::Any => {
            find(operand.clone(), *kind, context)?
        }
        (from, DataType::Object(_)) if (from.is_integral() || from.is_string()) && *from != DataType::Null => {
            let number = plain_cast(operand.clone(), &DataType::Long, CastMode::Ansi, context)?;
            Typed { data_type: to.clone(), ..number }
        }
        _ => return Ok(None),
    }))
}

/// The number of the object that a text names or is.
pub fn find(text: Typed, kind: ObjectKind, context: &Context) -> Result<Typed> {
    let (name, run): (&'static str, Run) = match kind {
        ObjectKind::Any | ObjectKind::Class => {
            ("regclass", |catalogue, values, rows| found(catalogue, ObjectKind::Class, values, rows))
        }
        ObjectKind::Type => ("regtype", |catalogue, values, rows| found(catalogue, ObjectKind::Type, values, rows)),
        ObjectKind::Procedure => {
            ("regproc", |catalogue, values, rows| found(catalogue, ObjectKind::Procedure, values, rows))
        }
        ObjectKind::Namespace => {
            ("regnamespace", |catalogue, values, rows| found(catalogue, ObjectKind::Namespace, values, rows))
        }
        ObjectKind::Role => ("regrole", |catalogue, values, rows| found(catalogue, ObjectKind::Role, values, rows)),
    };
    let text = Typed { data_type: DataType::String, ..text };
    // A constant becomes a number at once, by which tables can be asked.
    if let Expr::Literal(value, _) = &text.expr
        && let Some(Some(value)) = value.try_as_str()
    {
        let oid = number_of(context.objects.get()?.as_ref(), kind, value)?;
        let expr = Expr::Literal(datafusion::scalar::ScalarValue::Int64(Some(oid)), None);
        return Ok(Typed { expr, data_type: DataType::Object(kind), nullable: false });
    }
    asking_with(context, name, vec![text], DataType::Object(kind), run)
}

fn number_of(catalogue: &dyn Catalogue, kind: ObjectKind, text: &str) -> Result<i64> {
    if text == "-" {
        return Ok(0);
    }
    if let Ok(number) = text.trim().parse::<u32>() {
        return Ok(number.into());
    }
    catalogue.find(kind, text)?.ok_or_else(|| no_such(kind, text))
}

fn no_such(kind: ObjectKind, name: &str) -> Error {
    let what = match kind {
        ObjectKind::Any | ObjectKind::Class => "relation",
        ObjectKind::Type => "type",
        ObjectKind::Procedure => "function",
        ObjectKind::Namespace => "schema",
        ObjectKind::Role => "role",
    };
    let condition = match kind {
        ObjectKind::Any | ObjectKind::Class => &TABLE_OR_VIEW_NOT_FOUND,
        ObjectKind::Type => &crate::error::UNSUPPORTED_DATATYPE,
        ObjectKind::Procedure => &crate::error::UNRESOLVED_ROUTINE,
        ObjectKind::Namespace => &crate::error::SCHEMA_NOT_FOUND,
        ObjectKind::Role => &crate::error::INVALID_PARAMETER_VALUE,
    };
    Error::new(condition, format!("{what} \"{name}\" does not exist"))
}

fn found(catalogue: &dyn Catalogue, kind: ObjectKind, values: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let texts = values[0].to_array(rows)?;
    let texts = texts.as_string_view();
    let numbers: Int64Array = texts
        .iter()
        .map(|text| text.map(|text| number_of(catalogue, kind, text)).transpose())
        .collect::<Result<_>>()?;
    Ok(ColumnarValue::Array(Arc::new(numbers)))
}

fn shown_by(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Any => "oidout",
        ObjectKind::Class => "regclassout",
        ObjectKind::Type => "regtypeout",
        ObjectKind::Procedure => "regprocout",
        ObjectKind::Namespace => "regnamespaceout",
        ObjectKind::Role => "regroleout",
    }
}

fn show(kind: ObjectKind) -> Run {
    match kind {
        ObjectKind::Any | ObjectKind::Class => {
            |catalogue, values, rows| shown(catalogue, ObjectKind::Class, values, rows)
        }
        ObjectKind::Type => |catalogue, values, rows| shown(catalogue, ObjectKind::Type, values, rows),
        ObjectKind::Procedure => |catalogue, values, rows| shown(catalogue, ObjectKind::Procedure, values, rows),
        ObjectKind::Namespace => |catalogue, values, rows| shown(catalogue, ObjectKind::Namespace, values, rows),
        ObjectKind::Role => |catalogue, values, rows| shown(catalogue, ObjectKind::Role, values, rows),
    }
}

fn shown(catalogue: &dyn Catalogue, kind: ObjectKind, values: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let numbers = values[0].to_array(rows)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let name = |oid: i64| match oid {
        0 => "-".to_owned(),
        oid => catalogue.name(kind, oid).unwrap_or_else(|| oid.to_string()),
    };
    let names: StringViewArray = numbers.iter().map(|oid| oid.map(name)).collect();
    Ok(ColumnarValue::Array(Arc::new(names)))
}
