//! A question about system tables that Skep cannot answer gets no rows rather than an error: tools go on without what they
//! asked for. It is logged. Mistakes are errors all the same: names that there are not, wrong syntax.

use datafusion::arrow::array::RecordBatch;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use crate::error::{
    DATATYPE_MISMATCH, Error, INTERNAL_ERROR, UNRESOLVED_COLUMN, UNRESOLVED_ROUTINE, UNSUPPORTED_FEATURE,
};
use crate::session::Session;
use crate::sql::ast::{Alias, ExpressionKind, Query, QueryBody, Select, Statement};
use crate::sql::{self, Mentioned};
use crate::system_schemas::SystemEntry;
use crate::types::{DataType, StructField, arrow_schema};

use super::running::Running;
use super::{Outcome, Rows, RowsKind};

/// What a client gets in the place of `error`: columns without rows; `None` if the statement reads anything but system
/// tables, or if the error is a mistake in it.
pub async fn catalogue_fallback(session: &Session, text: &str, error: &Error) -> Option<Outcome> {
    let unplanned = error.is(&UNSUPPORTED_FEATURE)
        || error.is(&UNRESOLVED_ROUTINE)
        || error.is(&DATATYPE_MISMATCH)
        || error.is(&INTERNAL_ERROR)
        // A column of the query around, where a function in FROM cannot see it.
        || error.is(&UNRESOLVED_COLUMN) && error.condition().ends_with("WITHOUT_SUGGESTION");
    if !unplanned {
        return None;
    }
    let running = Running::new(session);
    let Ok(Statement::Query(query)) = sql::parse(text, &running.parsing) else { return None };
    let tables = system_tables(&running, &query).await?;
    let mut body = &query.body;
    while let QueryBody::SetOperation { left, .. } = body {
        body = left;
    }
    let columns = match body {
        QueryBody::Select(select) => columns(select, &tables),
        QueryBody::SetOperation { .. }
        | QueryBody::Query(_)
        | QueryBody::Values(_)
        | QueryBody::Table(_)
        | QueryBody::Transform(_)
        | QueryBody::Pipe { .. } => return None,
    };
    tracing::warn!(error = %error, query = text, "unsupported_catalog_query: a question about system tables has no plan");
    let schema = arrow_schema(&columns);
    let empty = RecordBatch::new_empty(std::sync::Arc::clone(&schema));
    let stream = Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter([Ok(empty)])));
    Some(Outcome::Rows(Rows { columns, stream, kind: RowsKind::Query, progress: std::sync::Arc::default() }))
}

/// The system tables that the query reads, if it reads some and nothing else.
async fn system_tables(running: &Running<'_>, query: &Query) -> Option<Vec<&'static SystemEntry>> {
    let common: Vec<&str> =
        query.with.iter().flat_map(|with| &with.tables).map(|table| table.name.value.as_str()).collect();
    let mut tables = Vec::new();
    for name in Mentioned::in_query(query).relations {
        match running.reader.system_table(&name).await {
            Ok(Some(entry)) => tables.push(entry),
            Ok(None) if name.parts.len() == 1 && common.iter().any(|known| name.last().is(known)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
    (!tables.is_empty()).then_some(tables)
}

/// The columns of the result: their types where they are those of columns, text otherwise.
fn columns(select: &Select, tables: &[&'static SystemEntry]) -> Vec<StructField> {
    let known = || tables.iter().flat_map(|entry| &entry.columns);
    let shown = |data_type: &DataType| match data_type {
        DataType::Object(crate::types::ObjectKind::Any) => data_type.clone(),
        DataType::Object(_) => DataType::String,
        other => other.clone(),
    };
    let mut columns = Vec::new();
    for item in &select.items {
        let (name, data_type) = match &item.expression.kind {
            ExpressionKind::Star { .. } => {
                let visible = known().filter(|column| !column.is_hidden());
                columns.extend(visible.map(|column| StructField::new(column.name, shown(&column.data_type))));
                continue;
            }
            ExpressionKind::Column(parts) => {
                let name = parts.last().map_or("?column?", |part| part.value.as_str());
                let column = known().find(|column| column.name.eq_ignore_ascii_case(name));
                (name, column.map_or(DataType::String, |column| shown(&column.data_type)))
            }
            ExpressionKind::Function(call) => (call.name.last().value.as_str(), DataType::String),
            ExpressionKind::Cast { data_type, .. } => ("?column?", data_type.clone()),
            _ => ("?column?", DataType::String),
        };
        let name = match &item.alias {
            Some(Alias::One(alias)) => alias.value.as_str(),
            Some(Alias::Many(_)) | None => name,
        };
        columns.push(StructField::new(name, data_type));
    }
    columns
}
