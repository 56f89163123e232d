//! What system tables tell of: the metastore at one moment, the session that asks, and what the process is doing.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::activity::{Query, SessionInfo};
use crate::catalog::{Constraint, ConstraintKind, Objects, Privileges, StoredRelation, Table, TableKind};
use crate::config::Settings;

use super::{SCHEMAS, SystemEntry, entries};

/// The session that asks.
#[derive(Debug, Clone)]
pub struct Asker {
    pub user: Arc<str>,
    pub database: Arc<str>,
    pub privileges: Privileges,
    pub settings: Arc<Settings>,
    /// Parameters of PostgreSQL's, as the session has them.
    pub parameters: Vec<ParameterValue>,
    /// Microseconds since the epoch.
    pub now: i64,
    /// The session's number.
    pub session: i32,
    /// When the process began, in microseconds since the epoch.
    pub started: i64,
}

/// A parameter of PostgreSQL's.
#[derive(Debug, Clone)]
pub struct ParameterValue {
    pub name: &'static str,
    pub value: String,
    pub default: &'static str,
    pub is_fixed: bool,
    pub meaning: &'static str,
}

/// A session, as others see it.
#[derive(Debug, Clone)]
pub struct SessionEntry {
    pub info: Arc<SessionInfo>,
    pub id: i32,
    pub user: Arc<str>,
    pub address: Option<SocketAddr>,
    pub protocol: &'static str,
    pub application: String,
    pub database: Arc<str>,
    pub state: &'static str,
    /// Microseconds since the epoch, as all here.
    pub since: i64,
    pub state_since: i64,
    /// What it runs, or ran last.
    pub query: Option<SessionQuery>,
}

#[derive(Debug, Clone)]
pub struct SessionQuery {
    pub id: u64,
    pub text: String,
    pub started: i64,
}

/// A partition with its table.
#[derive(Debug, Clone)]
pub struct ListedPartition {
    pub database: String,
    pub table: String,
    /// `dt=2024-01-01/region=eu`
    pub partition: String,
    pub location: Option<String>,
    pub files: u64,
    pub rows: u64,
    pub bytes: u64,
    pub created_at: i64,
}

/// A data file with its table.
#[derive(Debug, Clone)]
pub struct ListedFile {
    pub database: String,
    pub table: String,
    pub partition: Option<String>,
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Source {
    pub known: Arc<Known>,
    pub asker: Asker,
    /// Partitions and files of tables, only if a statement asks for them.
    pub partitions: Vec<ListedPartition>,
    pub files: Vec<ListedFile>,
    /// Those that the user may see.
    pub sessions: Vec<SessionEntry>,
    pub queries: Vec<Arc<Query>>,
}

/// The objects of the metastore, found by their numbers and names.
#[derive(Debug)]
pub struct Known {
    pub objects: Arc<Objects>,
    relations: HashMap<i64, usize>,
    /// Of each database by its name, its tables by theirs.
    names: HashMap<String, HashMap<String, usize>>,
    databases: HashMap<String, i64>,
    indexes: HashMap<i64, (usize, usize)>,
    /// Owners that are no users: whoever used the local shell.
    strangers: Vec<String>,
}

/// Something that `pg_class` lists.
#[derive(Debug, Clone, Copy)]
pub enum Class<'a> {
    Stored(&'a StoredRelation),
    Index(&'a StoredRelation, &'a Constraint),
    System(&'static SystemEntry),
}

/// A user or role, or an owner of old.
#[derive(Debug, Clone)]
pub struct Role<'a> {
    pub oid: i64,
    pub name: &'a str,
    pub login: bool,
    pub superuser: bool,
    pub connections: i64,
}

/// The first user that there is.
const FIRST_ROLE: i64 = 10;
/// Owners that are no users have numbers from here.
const STRANGERS: i64 = 6000;
/// Objects that users make have numbers from here.
pub const FIRST_USER_OID: i64 = 16_384;

impl Known {
    pub fn new(objects: Arc<Objects>) -> Self {
        let mut names: HashMap<String, HashMap<String, usize>> = HashMap::new();
        let mut relations = HashMap::with_capacity(objects.relations.len());
        let mut indexes = HashMap::new();
        let mut owners: BTreeSet<&str> =
            objects.databases.iter().map(|stored| stored.database.owner.as_str()).collect();
        for (place, stored) in objects.relations.iter().enumerate() {
            relations.insert(stored.oid, place);
            names.entry(stored.table.database.clone()).or_default().insert(stored.table.name.clone(), place);
            for (number, constraint) in stored.table.details.constraints.iter().enumerate() {
                if has_index(constraint) {
                    indexes.insert(constraint.oid + 1, (place, number));
                }
            }
            owners.insert(&stored.table.details.owner);
        }
        owners.extend(objects.functions.iter().map(|stored| stored.function.definition.owner.as_str()));
        let strangers = owners
            .into_iter()
            .filter(|owner| !owner.is_empty() && objects.grants.user(owner).is_none())
            .map(str::to_owned)
            .collect();
        let databases = objects.databases.iter().map(|stored| (stored.database.name.clone(), stored.oid)).collect();
        Self { relations, names, databases, indexes, strangers, objects }
    }

    pub fn relation(&self, oid: i64) -> Option<&StoredRelation> {
        self.relations.get(&oid).map(|place| self.objects.relations[*place].as_ref())
    }

    pub fn relation_named(&self, database: &str, name: &str) -> Option<&StoredRelation> {
        let place = self.names.get(database)?.get(name)?;
        Some(self.objects.relations[*place].as_ref())
    }

    /// The number of the database.
    pub fn namespace(&self, database: &str) -> Option<i64> {
        self.databases.get(database).copied()
    }

    /// The relation of that number, of whatever kind.
    pub fn class(&self, oid: i64) -> Option<Class<'_>> {
        if let Some(relation) = self.relation(oid) {
            return Some(Class::Stored(relation));
        }
        if let Some((place, number)) = self.indexes.get(&oid) {
            let relation = self.objects.relations[*place].as_ref();
            return Some(Class::Index(relation, &relation.table.details.constraints[*number]));
        }
        entries().iter().find(|entry| entry.oid == oid).map(Class::System)
    }
}

impl Source {
    /// All that `pg_class` lists.
    pub fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        let stored = self.known.objects.relations.iter().flat_map(|relation| {
            let relation = relation.as_ref();
            let indexes = relation.table.details.constraints.iter().filter(|constraint| has_index(constraint));
            std::iter::once(Class::Stored(relation)).chain(indexes.map(move |index| Class::Index(relation, index)))
        });
        stored.chain(entries().iter().map(Class::System))
    }

    /// Those of these numbers, or all.
    pub fn classes_of(&self, oids: Option<Vec<i64>>) -> Vec<Class<'_>> {
        match oids {
            Some(mut oids) => {
                oids.sort_unstable();
                oids.dedup();
                oids.into_iter().filter_map(|oid| self.known.class(oid)).collect()
            }
            None => self.classes().collect(),
        }
    }

    pub fn relations(&self) -> impl Iterator<Item = &StoredRelation> {
        self.known.objects.relations.iter().map(AsRef::as_ref)
    }

    /// Number and name of every schema: databases, and those of the system.
    pub fn namespaces(&self) -> Vec<(i64, &str)> {
        let stored = self.known.objects.databases.iter().map(|stored| (stored.oid, stored.database.name.as_str()));
        SCHEMAS.iter().map(|schema| (schema.oid, schema.name)).chain(stored).collect()
    }

    pub fn namespace_name(&self, oid: i64) -> Option<&str> {
        self.namespaces().into_iter().find(|(known, _)| *known == oid).map(|(_, name)| name)
    }

    /// The number of a schema or database.
    pub fn namespace(&self, name: &str) -> Option<i64> {
        let system = SCHEMAS.iter().find(|schema| schema.name == name).map(|schema| schema.oid);
        system.or_else(|| self.known.namespace(name))
    }

    /// Users, roles and owners of old. The session's own user is always among them.
    pub fn roles(&self) -> Vec<Role<'_>> {
        let users = &self.known.objects.grants.users;
        let mut roles: Vec<Role<'_>> = users
            .iter()
            .map(|user| Role {
                oid: role_oid(user.id),
                name: &user.name,
                login: user.login,
                superuser: user.superuser,
                connections: user.details.limits.connections.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1),
            })
            .collect();
        let asker: &str = &self.asker.user;
        let mut strangers: Vec<&str> = self.known.strangers.iter().map(String::as_str).collect();
        if self.known.objects.grants.user(asker).is_none() && !strangers.contains(&asker) {
            strangers.push(asker);
        }
        for (place, name) in strangers.into_iter().enumerate() {
            let oid = STRANGERS + i64::try_from(place).unwrap_or(0);
            // Only the local shell has users that nobody knows, and it may do anything.
            let is_asker = name == asker;
            roles.push(Role { oid, name, login: is_asker, superuser: is_asker, connections: -1 });
        }
        roles.sort_by_key(|role| role.oid);
        roles
    }

    /// The number of a user by its name; that of the first user for objects of nobody.
    pub fn owner(&self, name: &str) -> i64 {
        if let Some(user) = self.known.objects.grants.user(name) {
            return role_oid(user.id);
        }
        let stranger = self.known.strangers.iter().position(|known| known == name);
        match stranger {
            Some(place) => STRANGERS + i64::try_from(place).unwrap_or(0),
            None if *name == *self.asker.user => STRANGERS + i64::try_from(self.known.strangers.len()).unwrap_or(0),
            None => FIRST_ROLE,
        }
    }

    pub fn asker_oid(&self) -> i64 {
        self.owner(&self.asker.user)
    }
}

/// The number of a user in PostgreSQL's catalogue.
pub fn role_oid(id: i64) -> i64 {
    if id == 1 { FIRST_ROLE } else { FIRST_USER_OID + id }
}

/// Whether PostgreSQL would have an index for it.
pub fn has_index(constraint: &Constraint) -> bool {
    match constraint.kind {
        ConstraintKind::PrimaryKey | ConstraintKind::Unique => true,
        ConstraintKind::ForeignKey { .. } => false,
    }
}

/// `r`, `p`, `v`, `f`: a table, a partitioned one, a view, one whose files are somebody else's is a table all the same.
pub fn relation_kind(table: &Table) -> &'static str {
    match table.kind {
        TableKind::View => "v",
        TableKind::Managed | TableKind::External if table.partition_columns > 0 => "p",
        TableKind::Managed | TableKind::External => "r",
    }
}

/// How many rows a table has, as far as that is known without reading it.
pub fn row_count(relation: &StoredRelation) -> Option<u64> {
    match relation.table.kind {
        TableKind::Managed => Some(relation.size.rows),
        TableKind::External => relation.table.details.statistics.as_ref().and_then(|statistics| statistics.rows),
        TableKind::View => None,
    }
}

/// Places of a constraint's columns, from 1.
pub fn column_numbers(table: &Table, columns: &[String]) -> Vec<i64> {
    columns
        .iter()
        .filter_map(|name| table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name)))
        .map(|place| i64::try_from(place + 1).unwrap_or(0))
        .collect()
}
