//! CREATE VIEW, permanent and temporary, over a query or over files.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::binder::{self, calls};
use crate::catalog::{NewTable, Properties, Table, TableDetails, TableKind, ViewDetails, normal_name};
use crate::error::{
    CREATE_PERMANENT_VIEW_WITHOUT_ALIAS, CREATE_VIEW_COLUMN_ARITY_MISMATCH, Error, FEATURE_NOT_ENABLED,
    INVALID_SQL_SYNTAX, INVALID_TEMP_OBJ_REFERENCE, RECURSIVE_VIEW, Result, Span, TEMP_TABLE_OR_VIEW_ALREADY_EXISTS,
    TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS, UNSUPPORTED_FEATURE,
};
use crate::session::{
    Found, GLOBAL_TEMPORARY_DATABASE, TableName, TemporarySource, TemporaryView, kept_with_view, parse_options,
};
use crate::sql::ast::{
    ColumnDefinition, CreateView, Expression, ExpressionKind, Identifier, ObjectName, Query, QueryBody, ViewSource,
};
use crate::sql::{self, Mentioned};
use crate::storage;
use crate::storage::location_url;
use crate::types::{StructField, quote};

use super::Outcome;
use super::cache_table::drop_cached;
use super::column_changes::{check_duplicates, column, split_properties};
use super::create_table::table_exists;
use super::database::check_name;
use super::relation::{full_name, not_a_view, quoted};
use super::running::Running;
use super::table_format::provider;

pub(super) async fn create_view(running: &Running<'_>, statement: &CreateView) -> Result<Outcome> {
    if statement.schema_mode.is_some() {
        check_schema_mode(running, statement.temporary, statement.span)?;
    }
    match &statement.source {
        ViewSource::Query(query, text) if statement.temporary => {
            create_temporary(running, statement, query, text).await
        }
        ViewSource::Query(query, text) => create_permanent(running, statement, query, text).await,
        ViewSource::Files { columns, using, options } => {
            create_over_files(running, statement, columns, using, options).await
        }
    }
}

/// The mode that a view gets.
fn schema_mode(running: &Running<'_>, statement: &CreateView) -> String {
    let mode = match statement.schema_mode.as_deref() {
        // Names that somebody chose stay.
        Some("EVOLUTION") if !statement.columns.is_empty() => "TYPE EVOLUTION",
        Some(mode) => mode,
        None if !running.settings.flag("spark.sql.legacy.viewSchemaBindingMode") => "",
        None if running.settings.flag("spark.sql.legacy.viewSchemaCompensation") => "COMPENSATION",
        None => "BINDING",
    };
    mode.to_owned()
}

/// WITH SCHEMA may be switched off, and temporary views have none.
pub(super) fn check_schema_mode(running: &Running<'_>, temporary: bool, span: Span) -> Result<()> {
    if !running.settings.flag("spark.sql.legacy.viewSchemaBindingMode") {
        return Err(Error::new(
            &FEATURE_NOT_ENABLED,
            "The feature VIEW ... WITH SCHEMA ... is not enabled. Consider setting the config \
             spark.sql.legacy.viewSchemaBindingMode to true to enable this capability",
        )
        .at(span));
    }
    if temporary {
        return Err(Error::new(
            &UNSUPPORTED_FEATURE,
            "The feature is not supported: Temporary views cannot be created with the WITH SCHEMA clause. Recreate the \
             temporary view when the underlying schema changes, or use a persisted view",
        )
        .subcondition("TEMPORARY_VIEW_WITH_SCHEMA_BINDING_MODE")
        .at(span));
    }
    Ok(())
}

async fn create_permanent(running: &Running<'_>, statement: &CreateView, query: &Query, text: &str) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    let name = TableName::new(&statement.name, &running.context.current_database)?;
    check_name(&name.name).map_err(|error| error.at(statement.name.span))?;
    running.reader.pin().await?;
    let old = catalog.table(&name.database, &name.name).await?;
    match &old {
        Some(_) if statement.if_not_exists => return Ok(Outcome::Done),
        Some(old) if statement.or_replace && old.kind != TableKind::View => {
            return Err(not_a_view(old, "CREATE OR REPLACE VIEW").at(statement.name.span));
        }
        Some(_) if !statement.or_replace => return Err(table_exists(&name).at(statement.name.span)),
        _ => {}
    }
    let view = bind_permanent(running, &name, query, &statement.columns).await?;
    let (properties, comment) = split_properties(&statement.properties)?;
    let new = NewTable {
        database: name.database.clone(),
        name: name.name.clone(),
        kind: TableKind::View,
        columns: view.columns,
        partition_columns: 0,
        details: TableDetails {
            format: None,
            location: String::new(),
            options: Properties::new(),
            properties,
            comment: statement.comment.clone().or(comment),
            // The owner of a view that is replaced stays: the new text is read with the same rights.
            owner: old.as_ref().map_or_else(|| running.session.user().to_string(), |old| old.details.owner.clone()),
            provider: None,
            view: Some(ViewDetails {
                text: text.to_owned(),
                database: running.context.current_database.to_string(),
                query_columns: view.query_columns,
                schema_mode: schema_mode(running, statement),
                settings: kept_with_view(&running.settings),
            }),
            ..TableDetails::default()
        },
    };
    match old {
        Some(old) => {
            catalog.replace_table(&old, new).await?;
            drop_cached(running, &old);
        }
        None => {
            catalog.create_table(new).await.map_err(|error| error.at(statement.name.span))?;
        }
    }
    Ok(Outcome::Done)
}

async fn create_temporary(running: &Running<'_>, statement: &CreateView, query: &Query, text: &str) -> Result<Outcome> {
    let name = temporary_name(running, statement)?;
    let view = bind_temporary(running, &name, statement.global, query, &statement.columns).await?;
    running.session.put_temporary_view(TemporaryView {
        id: 0,
        name,
        global: statement.global,
        owner: running.session.user(),
        columns: view.columns,
        comment: statement.comment.clone(),
        properties: statement.properties.clone(),
        created_at: running.context.now / 1000,
        source: temporary_source(running, query, text, view.query_columns),
    });
    Ok(Outcome::Done)
}

/// A view's text with where and how its names are looked up.
pub(super) fn temporary_source(
    running: &Running<'_>,
    query: &Query,
    text: &str,
    query_columns: Vec<String>,
) -> TemporarySource {
    TemporarySource::Query {
        text: text.to_owned(),
        query: Arc::new(query.clone()),
        database: Arc::clone(&running.context.current_database),
        temporary: temporary_references(running, query).iter().map(|name| normal_name(&name.last().value)).collect(),
        query_columns,
        settings: kept_with_view(&running.settings),
    }
}

async fn create_over_files(
    running: &Running<'_>,
    statement: &CreateView,
    columns: &[ColumnDefinition],
    using: &ObjectName,
    options: &Properties,
) -> Result<Outcome> {
    let name = temporary_name(running, statement)?;
    let (format, provider) = provider(using)?;
    let path = options.iter().find(|(key, _)| key.eq_ignore_ascii_case("path")).map(|(_, path)| path);
    let options: Properties = options.iter().filter(|(key, _)| !key.eq_ignore_ascii_case("path")).cloned().collect();
    let mut columns = columns.iter().map(column).collect::<Result<Vec<StructField>>>()?;
    check_duplicates(columns.iter().map(|column| column.name.as_str()))?;
    let location = path.map(|path| location_url(path)).transpose()?;
    if let Some(location) = &location {
        storage::check_path(location).await.map_err(|error| error.at(statement.span))?;
    }
    let mut partition_columns = 0;
    if columns.is_empty() {
        let read = running.reader.options().await?;
        let location = location.as_deref().unwrap_or_default();
        (columns, partition_columns) = storage::infer_columns(format, location, &options, &read)
            .await
            .map_err(|error| error.at(statement.span))?;
    }
    storage::check_format(format, &columns, &options).map_err(|error| error.at(statement.span))?;
    let table = location.map(|location| {
        Arc::new(Table {
            // No metastore knows it, so it needs no number of its own.
            id: -1,
            database: String::new(),
            name: name.clone(),
            kind: TableKind::External,
            columns: columns.clone(),
            partition_columns,
            details: TableDetails {
                format: Some(format),
                location,
                options,
                properties: Properties::new(),
                comment: None,
                owner: String::new(),
                provider: Some(provider),
                ..TableDetails::default()
            },
            defined: 0,
            version: 0,
            created_at: running.context.now / 1000,
        })
    });
    running.session.put_temporary_view(TemporaryView {
        id: 0,
        name,
        global: statement.global,
        owner: running.session.user(),
        columns,
        comment: statement.comment.clone(),
        properties: statement.properties.clone(),
        created_at: running.context.now / 1000,
        source: TemporarySource::Files(table),
    });
    Ok(Outcome::Done)
}

/// The one part of a temporary view's name, free or to be replaced.
fn temporary_name(running: &Running<'_>, statement: &CreateView) -> Result<String> {
    if statement.if_not_exists {
        let message = "It is not allowed to define a TEMPORARY view with IF NOT EXISTS";
        return Err(Error::new(&INVALID_SQL_SYNTAX, message).at(statement.span));
    }
    let name = match statement.name.parts.as_slice() {
        [name] => name,
        [database, name] if statement.global && database.is(GLOBAL_TEMPORARY_DATABASE) => name,
        _ => {
            return Err(Error::new(
                &TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS,
                format!(
                    "CREATE TEMPORARY VIEW or the corresponding Dataset APIs only accept single-part view names, but \
                     got: {}",
                    quoted(&statement.name)
                ),
            )
            .at(statement.name.span));
        }
    };
    let name = normal_name(&name.value);
    if !statement.or_replace && running.session.temporary_view(&name, statement.global).is_some() {
        return Err(Error::new(
            &TEMP_TABLE_OR_VIEW_ALREADY_EXISTS,
            format!(
                "Cannot create the temporary view {} because it already exists. Choose a different name, drop or \
                 replace the existing view",
                quote(&name)
            ),
        )
        .at(statement.name.span));
    }
    Ok(name)
}

/// What a view's query gives.
pub(super) struct ViewColumns {
    pub columns: Vec<StructField>,
    /// Names the query itself gives.
    pub query_columns: Vec<String>,
}

/// Binds the query of a permanent view, which may not mean what only this session knows.
pub(super) async fn bind_permanent(
    running: &Running<'_>,
    name: &TableName,
    query: &Query,
    columns: &[(Identifier, Option<String>)],
) -> Result<ViewColumns> {
    if let Some(reference) = temporary_references(running, query).first() {
        let temporary = quoted(reference);
        return Err(Error::new(
            &INVALID_TEMP_OBJ_REFERENCE,
            format!(
                "Cannot create the persistent object {name} of the type VIEW because it references to the temporary \
                 object {temporary} of the type VIEW. Please make the temporary object {temporary} persistent, or make \
                 the persistent object {name} temporary"
            ),
        )
        .at(reference.span));
    }
    if let Some(function) = temporary_function(running, query) {
        let temporary = quoted(&function);
        return Err(Error::new(
            &INVALID_TEMP_OBJ_REFERENCE,
            format!(
                "Cannot create the persistent object {name} of the type VIEW because it references to the temporary \
                 object {temporary} of the type FUNCTION. Please make the temporary object {temporary} persistent, or make \
                 the persistent object {name} temporary"
            ),
        )
        .at(function.span));
    }
    let target = View { name: name.to_string(), found: Key::Permanent(name.clone()) };
    check_recursion(running, &target, query, &running.context.current_database, vec![target.name.clone()]).await?;
    let names = running.reader.names_in_view(&Mentioned::in_query(query), name.to_string()).await?;
    let (bound, declared) = binder::bind_query_to_keep(query, &running.environment(names.as_ref()))?;
    if columns.is_empty() {
        check_aliases(name, query, &bound.columns)?;
    }
    view_columns(&name.to_string(), query, columns, declared)
}

/// Binds the query of a temporary view.
pub(super) async fn bind_temporary(
    running: &Running<'_>,
    name: &str,
    global: bool,
    query: &Query,
    columns: &[(Identifier, Option<String>)],
) -> Result<ViewColumns> {
    let shown = if global { format!("`{GLOBAL_TEMPORARY_DATABASE}`.{}", quote(name)) } else { quote(name) };
    let target = View { name: shown.clone(), found: Key::Temporary(name.to_owned(), global) };
    check_recursion(running, &target, query, &running.context.current_database, vec![shown.clone()]).await?;
    let (_, declared) = running.bind_to_keep(query).await?;
    view_columns(&shown, query, columns, declared)
}

fn view_columns(
    view: &str,
    query: &Query,
    names: &[(Identifier, Option<String>)],
    given: Vec<StructField>,
) -> Result<ViewColumns> {
    let query_columns = given.iter().map(|column| column.name.clone()).collect();
    let mut columns = given;
    if !names.is_empty() {
        if names.len() != columns.len() {
            let (sub, reason) = match names.len() > columns.len() {
                true => ("NOT_ENOUGH_DATA_COLUMNS", "not enough data columns"),
                false => ("TOO_MANY_DATA_COLUMNS", "too many data columns"),
            };
            let listed = names.iter().map(|(name, _)| quote(&name.value)).collect::<Vec<_>>();
            let data = columns.iter().map(|column| quote(&column.name)).collect::<Vec<_>>();
            return Err(Error::new(
                &CREATE_VIEW_COLUMN_ARITY_MISMATCH,
                format!(
                    "Cannot create view {view}, the reason is {reason}: View columns: {}. Data columns: {}",
                    listed.join(", "),
                    data.join(", ")
                ),
            )
            .subcondition(sub)
            .at(query.span));
        }
        for (column, (name, comment)) in columns.iter_mut().zip(names) {
            column.name.clone_from(&name.value);
            if comment.is_some() {
                column.comment.clone_from(comment);
            }
        }
    }
    check_duplicates(columns.iter().map(|column| column.name.as_str())).map_err(|error| error.at(query.span))?;
    Ok(ViewColumns { columns, query_columns })
}

/// A column of a permanent view must have a name that somebody chose.
fn check_aliases(view: &TableName, query: &Query, columns: &[StructField]) -> Result<()> {
    let mut body = &query.body;
    let select = loop {
        match body {
            QueryBody::Select(select) => break select,
            QueryBody::SetOperation { left, .. } => body = left,
            QueryBody::Query(inner) => body = &inner.body,
            QueryBody::Values(_) | QueryBody::Table(_) | QueryBody::Transform(_) | QueryBody::Pipe { .. } => {
                return Ok(());
            }
        }
    };
    for (n, item) in select.items.iter().enumerate() {
        let named = item.alias.is_some() || names_itself(&item.expression);
        if !named {
            // A star before it moves its place, and then the text of its name is not known.
            let star = select.items[..n].iter().any(|item| matches!(item.expression.kind, ExpressionKind::Star { .. }));
            let text = columns.get(n).filter(|_| !star).map_or("…", |column| column.name.as_str());
            return Err(Error::new(
                &CREATE_PERMANENT_VIEW_WITHOUT_ALIAS,
                format!(
                    "Not allowed to create the permanent view {view} without explicitly assigning an alias for the \
                     expression \"{text}\""
                ),
            )
            .at(item.expression.span));
        }
    }
    Ok(())
}

/// Whether an expression has a name that is not made up of its text.
fn names_itself(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Column(_)
        | ExpressionKind::Star { .. }
        | ExpressionKind::Field { .. }
        | ExpressionKind::Path { field: Some(_), .. }
        | ExpressionKind::Index { .. }
        | ExpressionKind::Literal(_) => true,
        ExpressionKind::Cast { operand, .. } => matches!(operand.kind, ExpressionKind::Column(_)),
        _ => false,
    }
}

/// Names in a query that mean temporary views of this session.
fn temporary_references(running: &Running<'_>, query: &Query) -> Vec<ObjectName> {
    let common: Vec<&Identifier> = query.with.iter().flat_map(|with| &with.tables).map(|table| &table.name).collect();
    let mut names = sql::query_relation_names(query);
    names.retain(|name| match name.parts.as_slice() {
        [name] => !common.contains(&name) && running.session.temporary_view(&name.value, false).is_some(),
        [database, name] => {
            database.is(GLOBAL_TEMPORARY_DATABASE) && running.session.temporary_view(&name.value, true).is_some()
        }
        _ => false,
    });
    names
}

/// A function in a query that is of this session.
fn temporary_function(running: &Running<'_>, query: &Query) -> Option<ObjectName> {
    Mentioned::in_query(query).functions.into_iter().find(|name| match name.parts.as_slice() {
        [single] => !calls::is_builtin(&single.value) && running.session.temporary_function(&single.value).is_some(),
        _ => false,
    })
}

/// A view that is made, or made anew.
struct View {
    name: String,
    found: Key,
}

#[derive(PartialEq)]
enum Key {
    Permanent(TableName),
    Temporary(String, bool),
}

/// Fails with `RECURSIVE_VIEW` if the query reads the view it is for, directly or through other views.
fn check_recursion<'r>(
    running: &'r Running<'_>,
    target: &'r View,
    query: &'r Query,
    database: &'r str,
    path: Vec<String>,
) -> BoxFuture<'r, Result<()>> {
    Box::pin(async move {
        for name in sql::query_relation_names(query) {
            let found = match running.reader.find(&qualified(&name, database, running)).await {
                Ok(Some(found)) => found,
                // The binder says what is wrong with it, if it is not the name of a common table.
                Ok(None) | Err(_) => continue,
            };
            let (key, shown, inner, inner_database) = match found {
                Found::Table(_) => continue,
                Found::View(view) => {
                    let Some(details) = view.details.view.clone() else { continue };
                    let inner = Arc::new(sql::parse_query(&details.text, &parse_options(&running.settings))?);
                    let name = full_name(&view);
                    (Key::Permanent(name.clone()), name.to_string(), inner, Arc::from(details.database))
                }
                Found::Temporary(view) => {
                    let TemporarySource::Query { query, database, .. } = &view.source else { continue };
                    let key = Key::Temporary(view.name.clone(), view.global);
                    (key, quoted(&name), Arc::clone(query), Arc::clone(database))
                }
            };
            let mut path = path.clone();
            path.push(shown);
            if key == target.found {
                return Err(Error::new(
                    &RECURSIVE_VIEW,
                    format!("Recursive view {} detected (cycle: {})", target.name, path.join(" -> ")),
                )
                .at(name.span));
            }
            // Positions inside another view's text say nothing here.
            check_recursion(running, target, &inner, &inner_database, path)
                .await
                .map_err(|error| error.without_position().at(name.span))?;
        }
        Ok(())
    })
}

/// The name as it is looked up from another database.
fn qualified(name: &ObjectName, database: &str, running: &Running<'_>) -> ObjectName {
    let is_temporary = |name: &str| running.session.temporary_view(name, false).is_some();
    match name.parts.as_slice() {
        [table] if !is_temporary(&table.value) => {
            let parts = vec![Identifier::new(database, name.span), table.clone()];
            ObjectName { parts, span: name.span }
        }
        _ => name.clone(),
    }
}

/// The definition of a view with another query.
pub(super) fn with_query(view: &Table, running: &Running<'_>, columns: ViewColumns, text: &str) -> Result<Table> {
    let mut view = view.clone();
    let Some(details) = &mut view.details.view else {
        return Err(Error::internal(format!("view {} has no text", full_name(&view))));
    };
    details.text = text.to_owned();
    details.settings = kept_with_view(&running.settings);
    details.database = running.context.current_database.to_string();
    details.query_columns = columns.query_columns;
    view.columns = columns.columns;
    Ok(view)
}
