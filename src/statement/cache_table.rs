//! CACHE TABLE, UNCACHE TABLE, CLEAR CACHE: rows that are kept in memory, and on disk beyond `skep.cache.limit`.

use crate::binder;
use crate::catalog::Table;
use crate::error::{Error, INVALID_PARAMETER_VALUE, INVALID_SQL_SYNTAX, Result};
use crate::execution::cached::CacheLevel;
use crate::execution::run;
use crate::session::{CacheKey, Found, Unfilled};
use crate::sql::Mentioned;
use crate::sql::ast::{CacheTable, CreateView, Properties, UncacheTable, ViewSource};

use super::Outcome;
use super::create_view::create_view;
use super::relation::relation;
use super::running::{NoNames, Running};

pub(super) async fn cache_table(running: &Running<'_>, statement: &CacheTable) -> Result<Outcome> {
    let level = level(&statement.options).map_err(|error| error.at(statement.span))?;
    if let Some((query, text)) = &statement.query {
        if statement.name.parts.len() > 1 {
            return Err(Error::new(
                &INVALID_SQL_SYNTAX,
                format!(
                    "It is not allowed to add catalog/namespace prefix {} to the table name in CACHE TABLE AS SELECT",
                    statement.name.parts[0].value
                ),
            )
            .at(statement.name.span));
        }
        let view = CreateView {
            name: statement.name.clone(),
            or_replace: false,
            if_not_exists: false,
            temporary: true,
            global: false,
            columns: Vec::new(),
            comment: None,
            properties: Vec::new(),
            schema_mode: None,
            source: ViewSource::Query(query.clone(), text.clone()),
            span: statement.span,
        };
        create_view(running, &view).await?;
    }
    let done = fill(running, statement, level).await;
    if done.is_err() && statement.query.is_some() {
        // The view was made for its rows.
        running.session.remove_temporary_view(&statement.name.last().value, false);
    }
    done
}

async fn fill(running: &Running<'_>, statement: &CacheTable, level: CacheLevel) -> Result<Outcome> {
    let key = key(&relation(running, &statement.name).await?);
    running.session.warehouse().cached_tables().register(key, level);
    if !statement.lazy {
        let mentioned = Mentioned { relations: vec![statement.name.clone()], ..Mentioned::default() };
        running.reader.names(&mentioned).await?;
        if let Err(error) = fill_caches(running).await {
            running.session.warehouse().cached_tables().remove(key);
            return Err(error);
        }
    }
    Ok(Outcome::Done)
}

/// Reads the rows of cached tables that the statement has met without them; tells whether there were some.
pub(super) async fn fill_caches(running: &Running<'_>) -> Result<bool> {
    let unfilled = running.reader.unfilled();
    let some = !unfilled.is_empty();
    let cached = running.session.warehouse().cached_tables();
    for Unfilled { key, reads, level, relation } in unfilled {
        let (bound, columns) = binder::bind_relation(&relation, &running.environment(&NoNames))?;
        let state = running.state();
        let plan = running.physical_plan(&state, &bound.plan).await?;
        let stream = run(plan, &running.run(&state))?;
        let rows = running.keep(stream, level).await?;
        cached.fill(key, reads, columns, rows);
    }
    Ok(some)
}

pub(super) async fn uncache_table(running: &Running<'_>, statement: &UncacheTable) -> Result<Outcome> {
    let found = match running.reader.find(&statement.name).await? {
        None if statement.if_exists => return Ok(Outcome::Done),
        Some(found) => found,
        None => relation(running, &statement.name).await?,
    };
    running.session.warehouse().cached_tables().remove(key(&found));
    Ok(Outcome::Done)
}

pub(super) fn clear_cache(running: &Running<'_>) -> Outcome {
    running.session.warehouse().cached_tables().clear();
    Outcome::Done
}

/// What is kept of a table or view that is no more.
pub(super) fn drop_cached(running: &Running<'_>, dropped: &Table) {
    running.session.warehouse().cached_tables().remove(CacheKey::Stored(dropped.id));
}

/// REFRESH: rows of this table, and of views over it, are read anew.
pub(super) fn forget(running: &Running<'_>, found: Option<&Found>) {
    running.session.warehouse().cached_tables().forget_rows(found.map(key));
}

fn key(found: &Found) -> CacheKey {
    match found {
        Found::Table(table) | Found::View(table) => CacheKey::Stored(table.id),
        Found::Temporary(view) => CacheKey::Temporary(view.id),
    }
}

/// `OPTIONS ('storageLevel' 'DISK_ONLY')`: how often a row is kept, and whether as an object, makes no difference here.
fn level(options: &Properties) -> Result<CacheLevel> {
    let mut level = CacheLevel::MemoryAndDisk;
    for (key, value) in options {
        if !key.eq_ignore_ascii_case("storageLevel") {
            return Err(Error::unsupported(format!("The option '{key}' of CACHE TABLE"), "there is only storageLevel"));
        }
        level = match value.to_uppercase().as_str() {
            "MEMORY_AND_DISK" | "MEMORY_AND_DISK_2" | "MEMORY_AND_DISK_SER" | "MEMORY_AND_DISK_SER_2" => {
                CacheLevel::MemoryAndDisk
            }
            "MEMORY_ONLY" | "MEMORY_ONLY_2" | "MEMORY_ONLY_SER" | "MEMORY_ONLY_SER_2" => CacheLevel::Memory,
            "DISK_ONLY" | "DISK_ONLY_2" | "DISK_ONLY_3" => CacheLevel::Disk,
            _ => {
                return Err(Error::new(&INVALID_PARAMETER_VALUE, format!("Invalid StorageLevel: {value}"))
                    .hint("use MEMORY_AND_DISK, MEMORY_ONLY or DISK_ONLY"));
            }
        };
    }
    Ok(level)
}
