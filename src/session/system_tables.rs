//! System tables in a statement: which names mean them, and what they tell of, gathered once for the statement.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::activity::SessionInfo;
use crate::binder::Relation;
use crate::catalog::{CATALOG_NAME, FilesOf, Privilege, Privileges, Strength, Table};
use crate::config::postgres;
use crate::error::Result;
use crate::functions;
use crate::sql::Mentioned;
use crate::sql::ast::{Identifier, ObjectName};
use crate::storage::partition_path;
use crate::system_schemas::{
    self, Asker, ListedFile, ListedPartition, ParameterValue, SessionEntry, SessionQuery, Source, SystemEntry,
    pg_catalog,
};

use super::Session;
use super::names::Reader;

/// As PostgreSQL has it.
const HIDDEN: &str = "<insufficient privilege>";

impl Reader<'_> {
    /// The system table that a name means. In PostgreSQL's dialect `pg_catalog` needs not be named.
    pub async fn system_table(&self, name: &ObjectName) -> Result<Option<&'static SystemEntry>> {
        let found = match without_catalog(&name.parts) {
            [table] if self.is_postgres() => return Ok(system_schemas::find(system_schemas::PG_CATALOG, &table.value)),
            [schema, table] => system_schemas::find(&schema.value, &table.value).map(|entry| (schema, entry)),
            _ => None,
        };
        let Some((schema, entry)) = found else { return Ok(None) };
        // A database of that name was there before the schema.
        let taken = self.session().catalog().await?.database(&schema.value).await?.is_some();
        Ok((!taken).then_some(entry))
    }

    fn is_postgres(&self) -> bool {
        self.settings.get("skep.dialect").is_some_and(|dialect| dialect.eq_ignore_ascii_case("postgres"))
    }

    /// The table as the statement reads it.
    pub(super) async fn system_relation(&self, entry: &'static SystemEntry) -> Result<Relation> {
        let source = if entry.lists_files() || entry.lists_partitions() {
            let mut source = self.gather().await?;
            let catalog = self.session().catalog().await?;
            if entry.lists_files() {
                source.files = files(catalog.all_files().await?, &source.asker.privileges);
            } else {
                source.partitions = partitions(catalog.all_partitions().await?, &source.asker.privileges);
            }
            Arc::new(source)
        } else {
            self.source().await?
        };
        // Functions are asked about what the tables show.
        self.source().await?;
        Ok(Relation::Table(entry.relation(CATALOG_NAME, &source)))
    }

    /// Looks up what functions that ask for objects will ask.
    pub(super) async fn prepare_answers(&self, mentioned: &Mentioned) -> Result<()> {
        if mentioned.functions.iter().any(|name| functions::objects::asks(&name.last().value)) {
            self.source().await?;
        }
        Ok(())
    }

    async fn source(&self) -> Result<Arc<Source>> {
        let source = self.source.get_or_try_init(|| Box::pin(async { self.gather().await.map(Arc::new) })).await?;
        self.objects.answer_by(&system_schemas::catalogue(source));
        Ok(Arc::clone(source))
    }

    async fn gather(&self) -> Result<Source> {
        let session = self.session();
        let warehouse = session.warehouse();
        let known = warehouse.system_schemas().known(session.catalog().await?).await?;
        let activity = warehouse.activity();
        let privileges = self.privileges().await?;
        let own: Arc<str> = Arc::clone(&session.info().user);
        // What others run is for superusers to read.
        let may_read = |user: &str| privileges.is_unlimited() || *user == *own;
        let mut queries = activity.queries().running();
        let running: std::collections::HashMap<_, _> =
            queries.iter().map(|query| (query.session, Arc::clone(query))).collect();
        queries.extend(activity.queries().finished());
        queries.retain(|query| may_read(&query.user));
        let sessions = activity.sessions().list();
        let sessions = sessions.iter().map(|info| {
            let query = running.get(&info.id).map(|query| SessionQuery {
                id: query.id,
                text: if may_read(&query.user) { query.text.clone() } else { HIDDEN.to_owned() },
                started: microseconds(query.started),
            });
            session_entry(info, query)
        });
        let sessions = sessions.collect();
        Ok(Source {
            known,
            sessions,
            queries,
            asker: Asker {
                user: session.user(),
                database: session.current_database(),
                privileges,
                settings: Arc::clone(&self.settings),
                parameters: parameters(session),
                now: chrono::Utc::now().timestamp_micros(),
                session: session.info().id,
                started: warehouse.system_schemas().started(),
            },
            partitions: Vec::new(),
            files: Vec::new(),
        })
    }
}

/// PostgreSQL's parameters, as the session has them.
fn parameters(session: &Session) -> Vec<ParameterValue> {
    let value = |parameter: &'static postgres::Parameter| match parameter.name {
        postgres::TIME_ZONE => session.time_zone().to_string(),
        "application_name" => session.info().application(),
        "search_path" => session.current_database().to_string(),
        _ => session.read_parameters(|parameters| parameters.get(parameter).to_owned()),
    };
    postgres::PARAMETERS
        .iter()
        .map(|parameter| ParameterValue {
            name: parameter.name,
            value: value(parameter),
            default: parameter.default,
            is_fixed: parameter.values == postgres::Values::Fixed,
            meaning: parameter.meaning,
        })
        .collect()
}

fn without_catalog(parts: &[Identifier]) -> &[Identifier] {
    match parts {
        [catalog, rest @ ..] if rest.len() == 2 && (catalog.is(CATALOG_NAME) || catalog.is(pg_catalog::DATABASE)) => {
            rest
        }
        other => other,
    }
}

fn microseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).ok().and_then(|passed| i64::try_from(passed.as_micros()).ok()).unwrap_or(0)
}

fn session_entry(info: &Arc<SessionInfo>, query: Option<SessionQuery>) -> SessionEntry {
    let (state, state_since) = info.state();
    SessionEntry {
        info: Arc::clone(info),
        id: info.id,
        user: Arc::clone(&info.user),
        address: info.address,
        protocol: info.protocol.name(),
        application: info.application(),
        database: info.database(),
        state: state.name(),
        since: microseconds(info.since),
        state_since: microseconds(state_since),
        query,
    }
}

fn folder(of: &FilesOf) -> Option<String> {
    let table = &of.table;
    let first = table.columns.len() - table.partition_columns;
    let values = of.partition.as_ref().map(|partition| &partition.values)?;
    Some(partition_path::folder(&table.columns[first..], values))
}

/// Names of partitions are values of columns.
fn shows_partitions(table: &Table, privileges: &Privileges) -> bool {
    let first = table.columns.len() - table.partition_columns;
    let relation = table.as_relation();
    privileges.see_relation(relation)
        && table.columns[first..]
            .iter()
            .all(|column| privileges.on_column(relation, &column.name, Privilege::Select, Strength::Held))
}

fn files(listed: Vec<(FilesOf, String)>, privileges: &Privileges) -> Vec<ListedFile> {
    let seen = listed.into_iter().filter(|(of, _)| shows_partitions(&of.table, privileges));
    seen.map(|(of, path)| ListedFile {
        partition: folder(&of),
        database: of.table.database.clone(),
        table: of.table.name.clone(),
        path,
        rows: of.size.rows,
        bytes: of.size.bytes,
    })
    .collect()
}

fn partitions(listed: Vec<FilesOf>, privileges: &Privileges) -> Vec<ListedPartition> {
    let seen = listed.into_iter().filter(|of| shows_partitions(&of.table, privileges));
    seen.map(|of| ListedPartition {
        partition: folder(&of).unwrap_or_default(),
        database: of.table.database.clone(),
        table: of.table.name.clone(),
        location: of.partition.as_ref().and_then(|partition| partition.location.clone()),
        files: of.size.files,
        rows: of.size.rows,
        bytes: of.size.bytes,
        created_at: of.partition.as_ref().map_or(0, |partition| partition.created_at),
    })
    .collect()
}
