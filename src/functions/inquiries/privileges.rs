//! `has_table_privilege` and its like.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray, StringViewArray};
use datafusion::logical_expr::ColumnarValue;

use crate::error::Result;
use crate::functions::cast::{CastMode, cast};
use crate::functions::objects::{Catalogue, PrivilegeKind, Run, asking};
use crate::functions::{Call, Typed};
use crate::types::DataType;

/// `has_table_privilege([user,] table, privileges)`; users and objects are given by names or numbers.
pub(super) fn privilege(call: &Call<'_>, on: PrivilegeKind) -> Result<Typed> {
    let least = if on == PrivilegeKind::Column { 3 } else { 2 };
    call.count(least..=least + 1)?;
    let arguments = call.arguments.iter().map(|argument| text(argument, call)).collect::<Result<Vec<_>>>()?;
    let (name, run): (&'static str, Run) = match on {
        PrivilegeKind::Table => ("has_table_privilege", |c, v, n| answers(c, v, n, PrivilegeKind::Table)),
        PrivilegeKind::Column => ("has_column_privilege", |c, v, n| answers(c, v, n, PrivilegeKind::Column)),
        PrivilegeKind::AnyColumn => ("has_any_column_privilege", |c, v, n| answers(c, v, n, PrivilegeKind::AnyColumn)),
        PrivilegeKind::Schema => ("has_schema_privilege", |c, v, n| answers(c, v, n, PrivilegeKind::Schema)),
        PrivilegeKind::Database => ("has_database_privilege", |c, v, n| answers(c, v, n, PrivilegeKind::Database)),
        PrivilegeKind::Function => ("has_function_privilege", |c, v, n| answers(c, v, n, PrivilegeKind::Function)),
        PrivilegeKind::Type => ("has_type_privilege", |c, v, n| answers(c, v, n, PrivilegeKind::Type)),
        PrivilegeKind::Role => ("pg_has_role", |c, v, n| answers(c, v, n, PrivilegeKind::Role)),
    };
    asking(call, name, arguments, DataType::Boolean, run)
}

/// Numbers as their digits.
fn text(argument: &Typed, call: &Call<'_>) -> Result<Typed> {
    let number = match argument.data_type {
        DataType::Object(_) => Typed { data_type: DataType::Long, ..argument.clone() },
        _ => argument.clone(),
    };
    cast(number, &DataType::String, CastMode::Ansi, call.context)
}

fn answers(
    catalogue: &dyn Catalogue,
    values: &[ColumnarValue],
    rows: usize,
    on: PrivilegeKind,
) -> Result<ColumnarValue> {
    let columns = values.iter().map(|value| Ok(value.to_array(rows)?)).collect::<Result<Vec<_>>>()?;
    let columns: Vec<&StringViewArray> = columns.iter().map(|column| column.as_string_view()).collect();
    let by_column = on == PrivilegeKind::Column;
    let has_user = columns.len() == if by_column { 4 } else { 3 };
    let answer = |row: usize| {
        let mut given = Vec::with_capacity(columns.len());
        for column in &columns {
            match value(column, row) {
                Some(text) => given.push(text),
                None => return Ok(None),
            }
        }
        let (user, given) = if has_user { (Some(given[0]), &given[1..]) } else { (None, given.as_slice()) };
        let (column, privileges) = if by_column { (Some(given[1]), given[2]) } else { (None, given[1]) };
        catalogue.has_privilege(on, user, given[0], column, privileges)
    };
    Ok(ColumnarValue::Array(Arc::new((0..rows).map(answer).collect::<Result<BooleanArray>>()?)))
}

fn value(column: &StringViewArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}
