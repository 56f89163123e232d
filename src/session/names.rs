//! What the names of relations in a statement stand for, looked up before it is bound and all at one moment.
//!
//! The binder asks without waiting, so everything a statement mentions, and what its views mention, is found first.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::datasource::empty::EmptyTable;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::binder::{
    ColumnGuard, Names, Relation, TableRelation, UserFunction, UserFunctions, Variables, ViewRelation, ViewSchema,
};
use crate::catalog::{FileFormat, Pin, Privilege, Privileges, Table, TableKind, TableSummary, normal_name};
use crate::config::Settings;
use crate::error::{Error, INVALID_EMPTY_LOCATION, Result, VIEW_EXCEED_MAX_NESTED_DEPTH};
use crate::execution::cached::CachedTable;
use crate::functions::objects::Objects;
use crate::sql::ast::ObjectName;
use crate::sql::{self, Identifiers, Mentioned, ParseOptions};
use crate::storage::{self, ReadOptions};
use crate::system_schemas::{Source, SystemEntry};
use crate::types::arrow_schema;

use super::cached_tables::Cached;
use super::privileges::{Rights, check_path, check_select, check_usage};
use super::{
    CacheKey, GLOBAL_TEMPORARY_DATABASE, Reads, Session, TableName, TemporarySource, TemporaryView, Unfilled, meanings,
};

/// As in Spark (`spark.sql.view.maxNestedViewDepth`).
const MAX_VIEW_DEPTH: usize = 100;

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Found {
    Table(Arc<Table>),
    View(Arc<Table>),
    Temporary(Arc<TemporaryView>),
}

/// What one statement reads: each table as it was when the statement began.
#[derive(Debug)]
pub struct Reader<'a> {
    session: &'a Session,
    time_zone: Arc<str>,
    pub(super) settings: Arc<Settings>,
    identifiers: Identifiers,
    pin: OnceCell<Arc<Pin>>,
    evolving: Mutex<Vec<EvolvingView>>,
    unfilled: Mutex<Vec<Unfilled>>,
    /// What system tables tell of, if the statement reads some.
    pub(super) source: OnceCell<Arc<Source>>,
    pub(super) objects: Objects,
    pub(super) rights: OnceCell<Rights>,
    guards: AtomicBool,
}

/// A view that takes over changes of its tables, as the statement met it.
#[derive(Clone)]
pub struct EvolvingView {
    pub view: Arc<Table>,
    pub relation: ViewRelation,
}

impl fmt::Debug for EvolvingView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvolvingView").field("view", &self.view.name).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// `settings` are those of the statement.
    pub fn new(session: &'a Session, settings: Settings, identifiers: Identifiers, objects: Objects) -> Self {
        let time_zone = settings.text("spark.sql.session.timeZone").into();
        Self {
            session,
            time_zone,
            settings: Arc::new(settings),
            identifiers,
            pin: OnceCell::new(),
            evolving: Mutex::default(),
            unfilled: Mutex::default(),
            source: OnceCell::new(),
            objects,
            rights: OnceCell::new(),
            guards: AtomicBool::new(false),
        }
    }

    /// Whether the statement has met tables or views of which not all columns may be read.
    pub fn has_guards(&self) -> bool {
        self.guards.load(Ordering::Relaxed)
    }

    /// Cached tables and views met so far whose rows are not there.
    pub fn unfilled(&self) -> Vec<Unfilled> {
        std::mem::take(&mut *self.unfilled.lock())
    }

    /// The views met so far that take over changes of their tables.
    pub fn evolving_views(&self) -> Vec<EvolvingView> {
        std::mem::take(&mut *self.evolving.lock())
    }

    /// Keeps the files that the statement sees until it is done with them.
    pub async fn pin(&self) -> Result<Arc<Pin>> {
        let pin = self.pin.get_or_try_init(|| Box::pin(self.take_pin())).await?;
        Ok(Arc::clone(pin))
    }

    async fn take_pin(&self) -> Result<Arc<Pin>> {
        Ok(Arc::new(self.session.catalog().await?.pin().await?))
    }

    /// The pin, if anything was read so far.
    pub fn taken_pin(&self) -> Option<Arc<Pin>> {
        self.pin.get().map(Arc::clone)
    }

    pub async fn options(&self) -> Result<ReadOptions> {
        Ok(ReadOptions { time_zone: Arc::clone(&self.time_zone), pin: self.pin().await? })
    }

    /// What a name stands for in the session: temporary views come before tables.
    ///
    /// # Errors
    /// A name with too many parts, a metastore that cannot be read.
    pub async fn find(&self, name: &ObjectName) -> Result<Option<Found>> {
        self.find_in(name, &self.scope(Privileges::all())).await
    }

    /// How a text that is kept with these settings is read.
    pub(super) fn parse_options(&self, settings: &Settings) -> ParseOptions {
        ParseOptions { identifiers: self.identifiers.clone(), ..meanings::parse_options(settings) }
    }

    pub(super) fn session(&self) -> &'a Session {
        self.session
    }

    /// Everything in sight, in the current database.
    pub(super) fn scope(&self, privileges: Privileges) -> Scope {
        let database = self.session.current_database();
        Scope { database, temporary: None, sees_temporary: true, kept_out_of: None, privileges }
    }

    async fn find_in(&self, name: &ObjectName, scope: &Scope) -> Result<Option<Found>> {
        match name.parts.as_slice() {
            [view] if scope.sees(&view.value) => {
                if let Some(view) = self.session.temporary_view(&view.value, false) {
                    return Ok(Some(Found::Temporary(view)));
                }
            }
            [database, view] if database.is(GLOBAL_TEMPORARY_DATABASE) => {
                return Ok(self.session.temporary_view(&view.value, true).map(Found::Temporary));
            }
            _ => {}
        }
        let name = TableName::new(name, &scope.database)?;
        // The pin comes first: what it was taken before is seen whole.
        self.pin().await?;
        let table = self.session.catalog().await?.table(&name.database, &name.name).await?;
        Ok(table.map(|table| if table.kind == TableKind::View { Found::View(table) } else { Found::Table(table) }))
    }

    /// Looks up all names of a statement, and those inside the views and functions it finds.
    pub async fn names(&self, mentioned: &Mentioned) -> Result<Arc<dyn Names>> {
        let rights = self.rights().await?;
        Ok(Arc::new(Lookup::new(self, rights).names(mentioned, &self.scope(rights.own())).await?))
    }

    /// What a name that stands for nothing could have meant.
    pub async fn close_names(&self, name: &ObjectName) -> Result<Vec<String>> {
        let rights = self.rights().await?;
        Lookup::new(self, rights).candidates(name, &self.scope(rights.own())).await
    }

    /// As [`Reader::names`] for the text of a view that is to be made: it sees what the view will see.
    /// `object` is what messages call it.
    pub async fn names_in_view(&self, mentioned: &Mentioned, object: String) -> Result<Arc<dyn Names>> {
        let rights = self.rights().await?;
        let kept_out_of = Some(format!("{object} of the type VIEW"));
        let scope = Scope { kept_out_of, ..Scope::inside(&self.session.current_database(), false, rights.own()) };
        Ok(Arc::new(Lookup::new(self, rights).names(mentioned, &scope).await?))
    }

    /// As [`Reader::names`] for the body of the function `name` that is to be made.
    pub async fn names_in_function(
        &self,
        mentioned: &Mentioned,
        name: String,
        object: &str,
        temporary: bool,
    ) -> Result<Arc<dyn Names>> {
        let rights = self.rights().await?;
        let mut lookup = Lookup::new(self, rights);
        lookup.functions_around.push(name);
        let scope = match temporary {
            true => self.scope(rights.own()),
            false => {
                let kept_out_of = Some(format!("{object} of the type FUNCTION"));
                Scope { kept_out_of, ..Scope::inside(&self.session.current_database(), false, rights.own()) }
            }
        };
        Ok(Arc::new(lookup.names(mentioned, &scope).await?))
    }
}

/// Where names are looked up.
pub(super) struct Scope {
    pub database: Arc<str>,
    /// The temporary views in sight; `None` is all.
    pub temporary: Option<Vec<String>>,
    /// Whether temporary functions and variables are in sight.
    pub sees_temporary: bool,
    /// What is being made, if it may not refer to variables.
    pub kept_out_of: Option<String>,
    /// What may be done with what is found: what the owner of a view may, inside of it.
    pub privileges: Privileges,
}

impl Scope {
    /// What the text of a permanent or temporary object sees, which was made when `database` was the current one.
    pub fn inside(database: &str, is_temporary: bool, privileges: Privileges) -> Self {
        let temporary = if is_temporary { None } else { Some(Vec::new()) };
        Self { database: database.into(), temporary, sees_temporary: is_temporary, kept_out_of: None, privileges }
    }

    fn sees(&self, name: &str) -> bool {
        self.temporary.as_ref().is_none_or(|seen| seen.contains(&normal_name(name)))
    }
}

pub(super) struct Lookup<'r, 'a> {
    pub reader: &'r Reader<'a>,
    pub rights: &'r Rights,
    /// Tables that were opened already: a table is the same throughout a statement.
    opened: HashMap<TableName, Relation>,
    /// Functions that were read already, by their full names.
    pub known_functions: HashMap<String, Arc<UserFunction>>,
    /// Full names of the functions whose bodies are being read, the outermost first.
    pub functions_around: Vec<String>,
    depth: usize,
    /// For each view that is being looked into: tables and views that it reads, with their versions.
    read: Vec<Vec<(i64, i64)>>,
}

impl<'r, 'a> Lookup<'r, 'a> {
    fn new(reader: &'r Reader<'a>, rights: &'r Rights) -> Self {
        let (opened, known_functions) = (HashMap::new(), HashMap::new());
        Self { reader, rights, opened, known_functions, functions_around: Vec::new(), depth: 0, read: Vec::new() }
    }

    pub(super) fn names<'s>(
        &'s mut self,
        mentioned: &'s Mentioned,
        scope: &'s Scope,
    ) -> BoxFuture<'s, Result<StatementNames>> {
        Box::pin(async move {
            let functions = Arc::new(self.functions(&mentioned.functions, scope).await?);
            self.reader.prepare_answers(mentioned).await?;
            let variables = match (&scope.kept_out_of, scope.sees_temporary) {
                (Some(object), _) => Arc::new(self.reader.session.variables().kept_out_of(object.clone())),
                (None, true) => self.reader.session.variables(),
                (None, false) => Arc::default(),
            };
            let mut found = StatementNames { functions, variables, ..StatementNames::default() };
            let mut missing: Option<&ObjectName> = None;
            for name in &mentioned.relations {
                let key = key(name);
                if found.relations.contains_key(&key) {
                    continue;
                }
                // What is wrong with a name matters only if it is not that of a common table: the binder decides.
                match self.relation(name, scope).await {
                    Ok(Some(relation)) => {
                        found.relations.insert(key, Ok(relation));
                    }
                    Ok(None) => missing = Some(name),
                    Err(error) => {
                        found.relations.insert(key, Err(error.at(name.span)));
                    }
                }
            }
            if let Some(name) = missing {
                found.candidates = self.candidates(name, scope).await?;
            }
            Ok(found)
        })
    }

    async fn relation(&mut self, name: &ObjectName, scope: &Scope) -> Result<Option<Relation>> {
        let reader = self.reader;
        // A path is no name of a table, so the metastore is not asked.
        if let Some((format, path)) = file_reference(name)
            && (path.is_empty() || path.contains(['/', '.', '*']))
        {
            return self.files(format, path, name, scope).await.map(Some);
        }
        if let Some(entry) = self.system_table(name, scope).await? {
            return reader.system_relation(entry).await.map(Some);
        }
        match reader.find_in(name, scope).await? {
            Some(Found::Table(table)) => {
                let guard = check_select(&scope.privileges, &table)?;
                let relation = self.table(&table).await?;
                Ok(Some(self.guarded(relation, guard)))
            }
            Some(Found::View(view)) => {
                let guard = check_select(&scope.privileges, &view)?;
                let relation = self.view(&view).await?;
                Ok(Some(self.guarded(relation, guard)))
            }
            Some(Found::Temporary(view)) => self.temporary_view(&view, scope).await.map(Some),
            None => {
                if let Some((format, path)) = file_reference(name) {
                    return self.files(format, path, name, scope).await.map(Some);
                }
                // Whether there is such a table is for those to know who may look into the database.
                if let (Rights::Checked { grants, .. }, Ok(full)) = (self.rights, TableName::new(name, &scope.database))
                    && grants.databases.contains_key(&full.database)
                {
                    check_usage(&scope.privileges, &full.database)?;
                }
                Ok(None)
            }
        }
    }

    /// The system table of that name, unless a temporary view has it.
    async fn system_table(&self, name: &ObjectName, scope: &Scope) -> Result<Option<&'static SystemEntry>> {
        match name.parts.as_slice() {
            [view] if scope.sees(&view.value) && self.reader.session.temporary_view(&view.value, false).is_some() => {
                Ok(None)
            }
            _ => self.reader.system_table(name).await,
        }
    }

    /// With the columns alone that may be read.
    fn guarded(&self, mut relation: Relation, guard: Option<Arc<ColumnGuard>>) -> Relation {
        if guard.is_none() {
            return relation;
        }
        self.reader.guards.store(true, Ordering::Relaxed);
        match &mut relation {
            Relation::Table(table) => table.guard = guard,
            Relation::View(view) => view.guard = guard,
        }
        relation
    }

    /// Views around this table or view read it.
    fn note(&mut self, table: &Table) {
        for read in &mut self.read {
            read.push((table.id, table.version));
        }
    }

    /// The rows that are kept of a table or view in its place, if there are some.
    fn or_cached(&self, key: CacheKey, mut versions: Vec<(i64, i64)>, relation: Relation) -> Relation {
        versions.sort_unstable();
        versions.dedup();
        let reader = match (key, self.rights) {
            // What a temporary view reads is read with the rights of who reads it.
            (CacheKey::Temporary(_), Rights::Checked { own, .. }) => own.fingerprint(),
            (CacheKey::Temporary(_), Rights::Unchecked) | (CacheKey::Stored(_), _) => None,
        };
        let reads = Reads { versions, time_zone: Arc::clone(&self.reader.time_zone), reader };
        match self.reader.session.warehouse.cached_tables.find(key, &reads) {
            Cached::No => relation,
            Cached::Unfilled(level) => {
                let unfilled = Unfilled { key, reads, level, relation: relation.clone() };
                self.reader.unfilled.lock().push(unfilled);
                relation
            }
            Cached::Rows { columns, rows } => {
                let name = match relation {
                    Relation::Table(table) => table.name,
                    Relation::View(view) => view.name,
                };
                Relation::Table(TableRelation { name, columns, provider: Arc::new(CachedTable(rows)), guard: None })
            }
        }
    }

    async fn table(&mut self, table: &Arc<Table>) -> Result<Relation> {
        self.note(table);
        let name = TableName { database: table.database.clone(), name: table.name.clone() };
        if let Some(relation) = self.opened.get(&name) {
            return Ok(relation.clone());
        }
        let options = self.reader.options().await?;
        let provider = storage::open(self.reader.session.catalog().await?, table, &options).await?;
        let columns = table.columns.clone();
        let relation = Relation::Table(TableRelation { name: name.parts(), columns, provider, guard: None });
        let relation = self.or_cached(CacheKey::Stored(table.id), vec![(table.id, table.version)], relation);
        self.opened.insert(name, relation.clone());
        Ok(relation)
    }

    async fn files(&mut self, format: FileFormat, path: &str, name: &ObjectName, scope: &Scope) -> Result<Relation> {
        if path.is_empty() {
            let message = "The location name cannot be empty string, but `` was given";
            return Err(Error::new(&INVALID_EMPTY_LOCATION, message).at(name.span));
        }
        check_path(&scope.privileges, self.reader.session.warehouse.path(), path, Privilege::Read)?;
        let options = self.reader.options().await?;
        let opened = storage::files::open_files(format, path, &Vec::new(), &options).await?;
        let name = name.parts.iter().map(|part| part.value.clone()).collect();
        Ok(Relation::Table(TableRelation { name, columns: opened.columns, provider: opened.provider, guard: None }))
    }

    async fn view(&mut self, view: &Arc<Table>) -> Result<Relation> {
        let name = TableName { database: view.database.clone(), name: view.name.clone() };
        let details = view.details.view.as_ref();
        let details = details.ok_or_else(|| Error::internal(format!("view {name} has no text")))?;
        let settings = meanings::inside_view(&self.reader.settings, &details.settings);
        let query = sql::parse_query(&details.text, &self.reader.parse_options(&settings))
            .map_err(|error| in_view(error, &name.to_string()))?;
        let scope = Scope::inside(&details.database, false, self.rights.of_owner(&view.details.owner));
        self.note(view);
        self.read.push(vec![(view.id, view.version)]);
        let names = self.inner(&Mentioned::in_query(&query), &scope, &name.to_string()).await;
        let read = self.read.pop().unwrap_or_default();
        let names = names?;
        let relation = ViewRelation {
            guard: None,
            name: name.parts(),
            query: Arc::new(query),
            query_columns: details.query_columns.clone(),
            columns: view.columns.clone(),
            schema: view_schema(&details.schema_mode, &settings),
            conditions: meanings::conditions(&settings),
            names,
        };
        if matches!(relation.schema, ViewSchema::TypeEvolution | ViewSchema::Evolution) {
            let met = EvolvingView { view: Arc::clone(view), relation: relation.clone() };
            self.reader.evolving.lock().push(met);
        }
        Ok(self.or_cached(CacheKey::Stored(view.id), read, Relation::View(relation)))
    }

    async fn temporary_view(&mut self, view: &TemporaryView, around: &Scope) -> Result<Relation> {
        let mut name = vec![view.name.clone()];
        if view.global {
            name.insert(0, GLOBAL_TEMPORARY_DATABASE.to_owned());
        }
        match &view.source {
            TemporarySource::Query { query, database, temporary, query_columns, settings, .. } => {
                let settings = meanings::inside_view(&self.reader.settings, settings);
                let inside = Scope::inside(database, true, around.privileges.clone());
                let scope = Scope { temporary: Some(temporary.clone()), ..inside };
                self.read.push(Vec::new());
                let names = self.inner(&Mentioned::in_query(query), &scope, &view.name).await;
                let read = self.read.pop().unwrap_or_default();
                let names = names?;
                let relation = Relation::View(ViewRelation {
                    guard: None,
                    name,
                    query: Arc::clone(query),
                    query_columns: query_columns.clone(),
                    columns: view.columns.clone(),
                    schema: ViewSchema::Binding,
                    conditions: meanings::conditions(&settings),
                    names,
                });
                Ok(self.or_cached(CacheKey::Temporary(view.id), read, relation))
            }
            TemporarySource::Files(Some(table)) => {
                let warehouse = self.reader.session.warehouse.path();
                check_path(&around.privileges, warehouse, &table.details.location, Privilege::Read)?;
                let options = self.reader.options().await?;
                let provider = storage::open(self.reader.session.catalog().await?, table, &options).await?;
                let relation =
                    Relation::Table(TableRelation { name, columns: view.columns.clone(), provider, guard: None });
                Ok(self.or_cached(CacheKey::Temporary(view.id), Vec::new(), relation))
            }
            TemporarySource::Files(None) => {
                let schema: SchemaRef = arrow_schema(&view.columns);
                let provider = Arc::new(EmptyTable::new(schema));
                Ok(Relation::Table(TableRelation { name, columns: view.columns.clone(), provider, guard: None }))
            }
        }
    }

    /// The names inside a view.
    async fn inner(&mut self, names: &Mentioned, scope: &Scope, view: &str) -> Result<Arc<dyn Names>> {
        if self.depth == MAX_VIEW_DEPTH {
            return Err(Error::new(
                &VIEW_EXCEED_MAX_NESTED_DEPTH,
                format!(
                    "The depth of view {view} exceeds the maximum view resolution depth ({MAX_VIEW_DEPTH}). Analysis \
                     is aborted to avoid errors"
                ),
            ));
        }
        self.depth += 1;
        let found = self.names(names, scope).await;
        self.depth -= 1;
        Ok(Arc::new(found?))
    }

    /// What a name that stands for nothing could have meant.
    async fn candidates(&self, name: &ObjectName, scope: &Scope) -> Result<Vec<String>> {
        let session = self.reader.session;
        let catalog = session.catalog().await?;
        let mut candidates: Vec<String> = session
            .temporary_views(false)
            .iter()
            .filter(|view| scope.sees(&view.name))
            .map(|view| view.name.clone())
            .collect();
        let current = &scope.database;
        let seen = |database: &str, table: &TableSummary| scope.privileges.see_relation(table.as_relation(database));
        let own = catalog.tables(current).await?.into_iter().filter(|table| seen(current, table));
        candidates.extend(own.map(|table| table.name));
        if let Ok(full) = TableName::new(name, current)
            && name.parts.len() > 1
        {
            let tables = catalog.tables(&full.database).await?;
            let tables = tables.into_iter().filter(|table| seen(&full.database, table));
            candidates.extend(tables.map(|table| format!("{}.{}", full.database, table.name)));
            // The database may be what is misspelt.
            if catalog.database(&full.database).await?.is_none() {
                for database in catalog.databases().await? {
                    let tables = catalog.tables(&database.name).await?;
                    let same =
                        tables.into_iter().filter(|table| table.name == full.name && seen(&database.name, table));
                    candidates.extend(same.map(|table| format!("{}.{}", database.name, table.name)));
                }
            }
        }
        Ok(candidates)
    }
}

/// What a view does when its tables change.
fn view_schema(mode: &str, settings: &Settings) -> ViewSchema {
    let compensation = settings.flag("spark.sql.legacy.viewSchemaCompensation");
    if !settings.flag("spark.sql.legacy.viewSchemaBindingMode") {
        return if compensation { ViewSchema::Compensation } else { ViewSchema::Binding };
    }
    match mode {
        "COMPENSATION" => ViewSchema::Compensation,
        "TYPE EVOLUTION" => ViewSchema::TypeEvolution,
        "EVOLUTION" => ViewSchema::Evolution,
        _ => ViewSchema::Binding,
    }
}

fn in_view(error: Error, view: &str) -> Error {
    error.without_position().hint(format!("in the text of view {view}"))
}

/// The names of one statement, or of one view in it.
#[derive(Default)]
pub(super) struct StatementNames {
    relations: HashMap<String, Result<Relation>>,
    candidates: Vec<String>,
    functions: Arc<UserFunctions>,
    variables: Arc<Variables>,
}

impl Names for StatementNames {
    fn relation(&self, name: &ObjectName) -> Result<Option<Relation>> {
        self.relations.get(&key(name)).cloned().transpose()
    }

    fn candidates(&self) -> Vec<String> {
        self.candidates.clone()
    }

    fn variables(&self) -> Arc<Variables> {
        Arc::clone(&self.variables)
    }

    fn functions(&self) -> Arc<UserFunctions> {
        Arc::clone(&self.functions)
    }
}

/// Case is kept, as paths of files need it: a name is asked for as it was collected.
fn key(name: &ObjectName) -> String {
    let mut key = String::new();
    for part in &name.parts {
        key.push_str(&part.value);
        key.push('\u{0}');
    }
    key
}

/// ``parquet.`path` ``
fn file_reference(name: &ObjectName) -> Option<(FileFormat, &str)> {
    let [format, path] = name.parts.as_slice() else { return None };
    let format = match normal_name(&format.value).as_str() {
        "parquet" => FileFormat::Parquet,
        "csv" => FileFormat::Csv,
        "json" => FileFormat::Json,
        "text" => FileFormat::Text,
        _ => return None,
    };
    Some((format, &path.value))
}
