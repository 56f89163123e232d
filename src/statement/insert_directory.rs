//! INSERT OVERWRITE DIRECTORY: a query's rows as files in a folder that belongs to no table.

use std::sync::Arc;

use crate::binder::{self, InsertTarget};
use crate::catalog::{Properties, TableDetails};
use crate::error::{Error, INVALID_SQL_SYNTAX, Result};
use crate::sql::ast::InsertDirectory;
use crate::storage;
use crate::storage::location_url;
use crate::storage::write::{DirectoryRequest, write_directory};
use crate::types::{StructField, quote};

use super::Outcome;
use super::column_changes::check_duplicates;
use super::running::{NoNames, Running};
use super::table_format::{TableFormat, hive_format, provider};

pub(super) async fn insert_directory(running: &Running<'_>, statement: &InsertDirectory) -> Result<Outcome> {
    let format = format(statement).map_err(|error| error.at(statement.span))?;
    let path = statement.options.iter().find(|(key, _)| key.eq_ignore_ascii_case("path")).map(|(_, path)| path);
    let location = match (&statement.path, path) {
        (Some(path), None) | (None, Some(path)) => location_url(path)?,
        (Some(_), Some(_)) | (None, None) => {
            let message =
                "Operation not allowed: Directory path and 'path' in OPTIONS should be specified one, but not both";
            return Err(Error::new(&INVALID_SQL_SYNTAX, message).at(statement.span));
        }
    };
    let bound = running.bind(&statement.source).await?;
    let columns: Vec<StructField> =
        bound.columns.iter().map(|column| StructField { nullable: true, ..column.clone() }).collect();
    check_duplicates(columns.iter().map(|column| column.name.as_str())).map_err(|error| error.at(statement.span))?;
    let mut options: Properties = format.options;
    options.extend(statement.options.iter().filter(|(key, _)| !key.eq_ignore_ascii_case("path")).cloned());
    storage::check_format(format.format, &columns, &options).map_err(|error| error.at(statement.span))?;
    let table = quote(&location);
    let target = InsertTarget { table: &table, columns: &columns };
    let bound = binder::cast_for_insert(bound, target, &running.environment(&NoNames))?;
    let state = running.state();
    let input = running.physical_plan(&state, &bound.plan).await?;
    running.progress.start(&input, Arc::clone(&state.runtime_env().memory_pool));
    let request = DirectoryRequest {
        columns,
        details: TableDetails { format: Some(format.format), location, options, ..TableDetails::default() },
        input,
        task: state.task_ctx(),
        time_zone: Arc::clone(&running.context.time_zone),
    };
    write_directory(running.catalog().await?, request).await.map_err(|error| error.at(statement.span))?;
    Ok(Outcome::Done)
}

/// USING, or Hive's clauses; without any it is Hive's text format.
fn format(statement: &InsertDirectory) -> Result<TableFormat> {
    match &statement.using {
        Some(using) => {
            let (format, provider) = provider(using)?;
            Ok(TableFormat { format, provider, options: Properties::new() })
        }
        None if statement.row_format.is_none() && statement.stored_as.is_none() => {
            let text = crate::sql::ast::Identifier::new("textfile", statement.span);
            hive_format(Some(&crate::sql::ast::StoredAs::Format(text)), None)
        }
        None => hive_format(statement.stored_as.as_ref(), statement.row_format.as_ref()),
    }
}
