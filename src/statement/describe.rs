//! DESCRIBE of a query, column, database or function.

use crate::catalog::AnalyzedColumn;
use crate::error::{
    COLUMN_NOT_FOUND, Error, FIELD_NOT_FOUND, INVALID_EXTRACT_BASE_FIELD_TYPE, INVALID_SQL_SYNTAX, Result,
};
use crate::session::Found;
use crate::sql::ast::{Describe, ObjectName, same_name};
use crate::types::{DataType, StructField, quote};

use super::answer::{answer, optional_text, text};
use super::describe_table::{Row, column_rows, describe_table, show_rows};
use super::functions::describe_function;
use super::relation::relation;
use super::running::Running;
use super::table_information::{redacted, sorted};
use super::{Outcome, RowsKind, database};

pub(super) async fn describe(running: &Running<'_>, statement: &Describe) -> Result<Outcome> {
    match statement {
        Describe::Table { name, partition, extended, as_json } => {
            describe_table(running, name, partition.as_ref(), *extended, *as_json).await
        }
        Describe::Column { table, column, extended } => describe_column(running, table, column, *extended).await,
        Describe::Database { name, extended } => describe_database(running, name, *extended).await,
        Describe::Function { name, extended } => describe_function(running, name, *extended).await,
        Describe::Query(query) => {
            let bound = running.bind(query).await?;
            show_rows(&column_rows(&bound.columns))
        }
    }
}

async fn describe_column(
    running: &Running<'_>,
    table: &ObjectName,
    column: &ObjectName,
    extended: bool,
) -> Result<Outcome> {
    let (columns, statistics) = match relation(running, table).await? {
        Found::Table(table) | Found::View(table) => (table.columns.clone(), table.details.statistics.clone()),
        Found::Temporary(view) => (view.columns.clone(), None),
    };
    let found = find_column(&columns, column)?;
    let mut lines: Vec<(&str, Option<String>)> = vec![
        ("col_name", Some(column.text())),
        ("data_type", Some(found.data_type.catalog_string())),
        ("comment", found.comment.clone()),
    ];
    if extended {
        let statistics = statistics.map(|statistics| statistics.columns).unwrap_or_default();
        let counted = statistics.into_iter().find(|counted| same_name(&counted.column, &found.name));
        let number = |value: fn(&AnalyzedColumn) -> u64| counted.as_ref().map(|counted| value(counted).to_string());
        lines.extend([
            ("min", counted.as_ref().and_then(|counted| counted.min.clone())),
            ("max", counted.as_ref().and_then(|counted| counted.max.clone())),
            ("num_nulls", number(|counted| counted.nulls)),
            ("distinct_count", number(|counted| counted.distinct)),
            ("avg_col_len", number(|counted| counted.average_length)),
            ("max_col_len", number(|counted| counted.max_length)),
            ("histogram", None),
        ]);
    }
    let shown = lines.iter().map(|(_, value)| Some(value.as_deref().unwrap_or("NULL")));
    answer(
        RowsKind::Command,
        vec![text("info_name", lines.iter().map(|(name, _)| name)), optional_text("info_value", shown)],
    )
}

fn find_column<'c>(columns: &'c [StructField], name: &ObjectName) -> Result<&'c StructField> {
    if let [.., outer, field] = name.parts.as_slice()
        && let Some(column) = columns.iter().find(|column| outer.is(&column.name))
    {
        return Err(match &column.data_type {
            DataType::Struct(fields) if !fields.iter().any(|own| field.is(&own.name)) => {
                let names = fields.iter().map(|own| quote(&own.name)).collect::<Vec<_>>().join(", ");
                Error::new(&FIELD_NOT_FOUND, format!("No such struct field {} in {names}", quote(&field.value)))
            }
            DataType::Struct(_) | DataType::Map { .. } | DataType::Array { .. } => {
                Error::new(&INVALID_SQL_SYNTAX, "DESC TABLE COLUMN does not support nested column")
            }
            other => Error::new(
                &INVALID_EXTRACT_BASE_FIELD_TYPE,
                format!(
                    "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{other}\"",
                    outer.value
                ),
            ),
        }
        .at(name.span));
    }
    let wanted = &name.last().value;
    columns.iter().find(|column| same_name(&column.name, wanted)).ok_or_else(|| {
        Error::new(
            &COLUMN_NOT_FOUND,
            format!(
                "The column {} cannot be found. Verify the spelling and correctness of the column name according to \
                 the SQL config \"spark.sql.caseSensitive\"",
                quote(wanted)
            ),
        )
        .suggest(wanted, columns.iter().map(|column| &column.name))
        .at(name.span)
    })
}

async fn describe_database(running: &Running<'_>, name: &ObjectName, extended: bool) -> Result<Outcome> {
    let database = database::existing(running, name).await?;
    let mut lines = vec![
        ("Catalog Name", crate::catalog::CATALOG_NAME.to_owned()),
        ("Namespace Name", database.name),
        ("Comment", database.comment.unwrap_or_default()),
        ("Location", database.location),
        ("Owner", database.owner),
    ];
    if extended {
        let pairs = redacted(&sorted(&database.properties));
        let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("({key},{value})")).collect();
        let shown = if pairs.is_empty() { String::new() } else { format!("({})", pairs.join(", ")) };
        lines.push(("Properties", shown));
    }
    answer(
        RowsKind::Command,
        vec![
            text("info_name", lines.iter().map(|(name, _)| name)),
            text("info_value", lines.iter().map(|(_, value)| value)),
        ],
    )
}

/// A line of DESCRIBE that names a section.
pub(super) fn section(name: &str) -> Row {
    Row { name: name.to_owned(), data_type: String::new(), comment: Some(String::new()) }
}
