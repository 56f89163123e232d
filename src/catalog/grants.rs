//! Grants: who may do what with which object, as they are kept; and owners, who need none.
//!
//! What follows from them for somebody is in `privileges`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::users::{self, User};
use super::{Catalog, Table, normal_name};
use crate::error::{DEPENDENT_OBJECTS_STILL_EXIST, Error, Result};
use crate::types::StructField;

/// What may be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    Alter,
    Drop,
    /// On a database: tables, views and functions in it. On the warehouse: databases.
    Create,
    /// To look into a database.
    Usage,
    /// To call a function.
    Execute,
    /// To read files by their path.
    Read,
    /// To write files by their path.
    Write,
}

/// Every privilege with its word.
pub const PRIVILEGES: &[(Privilege, &str)] = &[
    (Privilege::Select, "SELECT"),
    (Privilege::Insert, "INSERT"),
    (Privilege::Update, "UPDATE"),
    (Privilege::Delete, "DELETE"),
    (Privilege::Truncate, "TRUNCATE"),
    (Privilege::Alter, "ALTER"),
    (Privilege::Drop, "DROP"),
    (Privilege::Create, "CREATE"),
    (Privilege::Usage, "USAGE"),
    (Privilege::Execute, "EXECUTE"),
    (Privilege::Read, "READ"),
    (Privilege::Write, "WRITE"),
];

impl Privilege {
    pub fn text(self) -> &'static str {
        PRIVILEGES.iter().find(|(privilege, _)| *privilege == self).map_or("", |(_, text)| text)
    }

    pub fn named(word: &str) -> Option<Self> {
        PRIVILEGES.iter().find(|(_, text)| text.eq_ignore_ascii_case(word)).map(|(privilege, _)| *privilege)
    }
}

/// What privileges are granted on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Securable {
    /// All there is.
    Warehouse,
    /// And all in it.
    Database(String),
    /// A table or view, by its number.
    Relation(i64),
    Function {
        database: String,
        name: String,
    },
    /// A URL without a slash at the end: it and all below it.
    Path(String),
}

impl Securable {
    /// The privileges that mean something on it. `GRANT ALL` grants them.
    pub fn privileges(&self) -> &'static [Privilege] {
        use Privilege as P;
        match self {
            Securable::Warehouse | Securable::Database(_) => &[
                P::Select,
                P::Insert,
                P::Update,
                P::Delete,
                P::Truncate,
                P::Alter,
                P::Drop,
                P::Create,
                P::Usage,
                P::Execute,
            ],
            Securable::Relation(_) => &[P::Select, P::Insert, P::Update, P::Delete, P::Truncate, P::Alter, P::Drop],
            Securable::Function { .. } => &[P::Execute],
            Securable::Path(_) => &[P::Read, P::Write],
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Securable::Warehouse => "warehouse",
            Securable::Database(_) => "database",
            Securable::Relation(_) => "relation",
            Securable::Function { .. } => "function",
            Securable::Path(_) => "path",
        }
    }
}

/// The privileges that may be granted on single columns.
pub const COLUMN_PRIVILEGES: &[Privilege] = &[Privilege::Select, Privilege::Insert, Privilege::Update];

/// One privilege, on one object, for one grantee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The number of a user or role; `None` is everybody.
    pub grantee: Option<i64>,
    /// `None`: the owner or a superuser. Otherwise a user or role with the grant option.
    pub grantor: Option<i64>,
    pub object: Securable,
    /// In lower case; `None`: the whole object.
    pub column: Option<String>,
    pub privilege: Privilege,
    /// Whether the grantee may grant it to others.
    pub grantable: bool,
}

/// Who is a member of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    pub role: i64,
    pub member: i64,
    /// Whether the member may make others members.
    pub admin: bool,
}

/// A grant as the metastore has it.
#[derive(Debug, Clone)]
pub struct StoredGrant {
    id: i64,
    pub grant: Grant,
}

/// All that says who may do what, at one moment.
#[derive(Debug, Default)]
pub struct Grants {
    /// The count of changes it was read at.
    pub change: i64,
    /// By name.
    pub users: Vec<User>,
    pub memberships: Vec<Membership>,
    pub grants: Vec<StoredGrant>,
    /// Owners of databases, by name.
    pub databases: HashMap<String, String>,
    /// Database and name of the tables and views on which something is granted.
    pub relations: HashMap<i64, (String, String)>,
    by_object: HashMap<Securable, Vec<usize>>,
}

impl Grants {
    pub fn user(&self, name: &str) -> Option<&User> {
        let name = normal_name(name);
        self.users.binary_search_by(|user| user.name.as_str().cmp(&name)).ok().map(|place| &self.users[place])
    }

    pub fn user_by_id(&self, id: i64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The grants on exactly this object.
    pub fn on(&self, object: &Securable) -> impl Iterator<Item = &Grant> {
        let places = self.by_object.get(object).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| &self.grants[*place].grant)
    }

    /// The grants on paths.
    pub fn on_paths(&self) -> impl Iterator<Item = (&str, &Grant)> {
        self.grants.iter().filter_map(|stored| match &stored.grant.object {
            Securable::Path(path) => Some((path.as_str(), &stored.grant)),
            _ => None,
        })
    }

    /// A user or role and all it is a member of, at any distance.
    pub fn roles_of(&self, id: i64) -> HashSet<i64> {
        let mut roles = HashSet::from([id]);
        let mut open = vec![id];
        while let Some(member) = open.pop() {
            let above = self.memberships.iter().filter(|membership| membership.member == member);
            open.extend(above.filter(|membership| roles.insert(membership.role)).map(|membership| membership.role));
        }
        roles
    }

    /// Whether what is granted on `wide` is granted on `narrow` as well.
    pub fn covers(&self, wide: &Grant, narrow: &Grant) -> bool {
        if wide.object == narrow.object {
            return wide.column.is_none() || wide.column == narrow.column;
        }
        if wide.column.is_some() {
            return false;
        }
        match (&wide.object, &narrow.object) {
            (Securable::Warehouse, Securable::Path(_)) => false,
            (Securable::Warehouse, _) => true,
            (Securable::Database(database), Securable::Relation(id)) => {
                self.relations.get(id).is_some_and(|(own, _)| own == database)
            }
            (Securable::Database(database), Securable::Function { database: own, .. }) => own == database,
            (Securable::Path(wide), Securable::Path(narrow)) => is_inside(narrow, wide),
            _ => false,
        }
    }
}

/// Whether a path is this folder or below it.
pub(super) fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.ends_with('/'))
}

impl Catalog {
    /// The count of changes of all that says who may do what.
    pub async fn access_change(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT value FROM access_change")
            .fetch_one(self.store.pool())
            .await
            .map_err(|error| self.store.error(error))
    }

    /// All that says who may do what.
    pub async fn grants(&self) -> Result<Arc<Grants>> {
        let mut transaction = self.store.read().await?;
        load(&mut transaction).await.map(Arc::new).map_err(|error| self.store.error(error))
    }

    /// Adds grants. One that is there already may become grantable.
    pub async fn grant(&self, grants: &[Grant]) -> Result<()> {
        let mut transaction = self.store.write().await?;
        for grant in grants {
            insert(&mut transaction, grant).await.map_err(|error| self.store.error(error))?;
        }
        self.store.commit(transaction).await
    }

    /// Takes grants away that have grantee, object, column and privilege of one of `grants`: those of its grantor, or
    /// for `None` those of anybody. A privilege on the whole of a table goes with those on its columns.
    /// `option_only` leaves the privilege and takes the right to grant it.
    ///
    /// # Errors
    /// `DEPENDENT_OBJECTS_STILL_EXIST` if others have it from who loses it and `cascade` is not said.
    pub async fn revoke(&self, grants: &[Grant], option_only: bool, cascade: bool) -> Result<()> {
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let mut now = load(&mut transaction).await.map_err(failed)?;
        let mut gone: HashSet<i64> = HashSet::new();
        let mut narrowed: HashSet<i64> = HashSet::new();
        for stored in &mut now.grants {
            if !grants.iter().any(|grant| is_meant(grant, &stored.grant)) {
                continue;
            }
            if option_only {
                narrowed.insert(stored.id);
                stored.grant.grantable = false;
            } else {
                gone.insert(stored.id);
            }
        }
        let dependent = unsupported(&now, &gone);
        if !dependent.is_empty() && !cascade {
            return Err(Error::new(
                &DEPENDENT_OBJECTS_STILL_EXIST,
                "Others have this privilege from who is to lose it",
            )
            .hint("REVOKE … CASCADE takes it away from them too"));
        }
        for id in gone.iter().chain(&dependent) {
            sqlx::query("DELETE FROM privilege WHERE id = ?")
                .bind(id)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        for id in &narrowed {
            sqlx::query("UPDATE privilege SET grantable = 0 WHERE id = ?")
                .bind(id)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        self.store.commit(transaction).await
    }
}

/// Whether REVOKE of `wanted` takes this grant away.
fn is_meant(wanted: &Grant, found: &Grant) -> bool {
    wanted.grantee == found.grantee
        && wanted.object == found.object
        && wanted.privilege == found.privilege
        && (wanted.column.is_none() || wanted.column == found.column)
        && (wanted.grantor.is_none() || wanted.grantor == found.grantor)
}

/// Grants whose grantor has no right to them, once `gone` are gone: a right goes back to an owner or superuser.
fn unsupported(grants: &Grants, gone: &HashSet<i64>) -> Vec<i64> {
    let left: Vec<&StoredGrant> = grants.grants.iter().filter(|stored| !gone.contains(&stored.id)).collect();
    let mut supported: HashSet<i64> = HashSet::new();
    loop {
        let before = supported.len();
        for stored in &left {
            let grant = &stored.grant;
            let holds = |above: &&StoredGrant| {
                supported.contains(&above.id)
                    && above.grant.grantable
                    && above.grant.privilege == grant.privilege
                    && above.grant.grantee == grant.grantor
                    && grants.covers(&above.grant, grant)
            };
            if grant.grantor.is_none() || left.iter().any(holds) {
                supported.insert(stored.id);
            }
        }
        if supported.len() == before {
            break;
        }
    }
    left.iter().map(|stored| stored.id).filter(|id| !supported.contains(id)).collect()
}

pub(super) async fn load(connection: &mut SqliteConnection) -> sqlx::Result<Grants> {
    let change = sqlx::query_scalar("SELECT value FROM access_change").fetch_one(&mut *connection).await?;
    let users = users::all(connection).await?;
    let rows = sqlx::query("SELECT role_id, member_id, admin FROM membership").fetch_all(&mut *connection).await?;
    let memberships = rows
        .iter()
        .map(|row| Ok(Membership { role: row.try_get(0)?, member: row.try_get(1)?, admin: row.try_get(2)? }))
        .collect::<sqlx::Result<Vec<_>>>()?;
    let rows = sqlx::query(
        "SELECT privilege.id, grantee_id, grantor_id, privilege.kind, privilege.database, relation_id, \
         function_database, function_name, path, column_name, privilege, grantable, relation.database, relation.name \
         FROM privilege LEFT JOIN relation ON relation.id = relation_id ORDER BY privilege.id",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut relations = HashMap::new();
    let mut grants = Vec::with_capacity(rows.len());
    let mut by_object: HashMap<Securable, Vec<usize>> = HashMap::new();
    for row in &rows {
        let stored = from_row(row)?;
        if let Securable::Relation(id) = stored.grant.object {
            relations.insert(id, (row.try_get(12)?, row.try_get(13)?));
        }
        by_object.entry(stored.grant.object.clone()).or_default().push(grants.len());
        grants.push(stored);
    }
    let rows = sqlx::query("SELECT name, owner FROM database").fetch_all(connection).await?;
    let databases = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<sqlx::Result<HashMap<String, String>>>()?;
    Ok(Grants { change, users, memberships, grants, databases, relations, by_object })
}

fn from_row(row: &SqliteRow) -> sqlx::Result<StoredGrant> {
    let kind: &str = row.try_get(3)?;
    let object = match kind {
        "warehouse" => Securable::Warehouse,
        "database" => Securable::Database(row.try_get(4)?),
        "relation" => Securable::Relation(row.try_get(5)?),
        "function" => Securable::Function { database: row.try_get(6)?, name: row.try_get(7)? },
        "path" => Securable::Path(row.try_get(8)?),
        other => return Err(sqlx::Error::Decode(format!("unknown kind of object `{other}`").into())),
    };
    let privilege: &str = row.try_get(10)?;
    let privilege = Privilege::named(privilege)
        .ok_or_else(|| sqlx::Error::Decode(format!("unknown privilege `{privilege}`").into()))?;
    let grant = Grant {
        grantee: row.try_get(1)?,
        grantor: row.try_get(2)?,
        object,
        column: row.try_get(9)?,
        privilege,
        grantable: row.try_get(11)?,
    };
    Ok(StoredGrant { id: row.try_get(0)?, grant })
}

async fn insert(connection: &mut SqliteConnection, grant: &Grant) -> sqlx::Result<()> {
    let (mut database, mut relation, mut function, mut path) = (None, None, None, None);
    match &grant.object {
        Securable::Warehouse => {}
        Securable::Database(name) => database = Some(name),
        Securable::Relation(id) => relation = Some(*id),
        Securable::Function { database, name } => function = Some((database, name)),
        Securable::Path(url) => path = Some(url),
    }
    // An upsert cannot name an index over expressions.
    let changed = sqlx::query(
        "UPDATE privilege SET grantable = max(grantable, ?11) WHERE grantee_id IS ?1 AND grantor_id IS ?2 AND kind = ?3 \
         AND database IS ?4 AND relation_id IS ?5 AND function_database IS ?6 AND function_name IS ?7 AND path IS ?8 \
         AND column_name IS ?9 AND privilege = ?10",
    );
    let values = |query: sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>| {
        query
            .bind(grant.grantee)
            .bind(grant.grantor)
            .bind(grant.object.kind())
            .bind(database.cloned())
            .bind(relation)
            .bind(function.map(|(database, _)| database.clone()))
            .bind(function.map(|(_, name)| name.clone()))
            .bind(path.cloned())
            .bind(grant.column.clone())
            .bind(grant.privilege.text())
            .bind(grant.grantable)
    };
    if values(changed).execute(&mut *connection).await?.rows_affected() > 0 {
        return Ok(());
    }
    let added = sqlx::query(
        "INSERT INTO privilege (grantee_id, grantor_id, kind, database, relation_id, function_database, function_name, \
         path, column_name, privilege, grantable) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    );
    values(added).execute(connection).await.map(|_| ())
}

/// Lets everybody look into a database.
pub(super) async fn open_to_all(connection: &mut SqliteConnection, database: &str) -> sqlx::Result<()> {
    let grant = Grant {
        grantee: None,
        grantor: None,
        object: Securable::Database(database.to_owned()),
        column: None,
        privilege: Privilege::Usage,
        grantable: false,
    };
    insert(connection, &grant).await
}

/// What is granted on a table or view.
pub(super) async fn of_relation(connection: &mut SqliteConnection, id: i64) -> sqlx::Result<Vec<Grant>> {
    let rows = sqlx::query(
        "SELECT id, grantee_id, grantor_id, kind, database, relation_id, function_database, function_name, path, \
         column_name, privilege, grantable FROM privilege WHERE relation_id = ?",
    )
    .bind(id)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| from_row(row).map(|stored| stored.grant)).collect()
}

/// Grants on another table that has come in the place of theirs.
pub(super) async fn give_back(connection: &mut SqliteConnection, grants: &[Grant], table: &Table) -> sqlx::Result<()> {
    for grant in grants {
        let lost = |column: &String| !table.columns.iter().any(|own| normal_name(&own.name) == *column);
        if grant.column.as_ref().is_some_and(lost) {
            continue;
        }
        insert(connection, &Grant { object: Securable::Relation(table.id), ..grant.clone() }).await?;
    }
    Ok(())
}

/// Lets what is granted on columns follow a definition that is about to change: it goes with a column, for a new one of
/// the same name is another, and stays with one that gets another name.
pub(super) async fn follow_columns(connection: &mut SqliteConnection, table: &Table) -> sqlx::Result<()> {
    let rows =
        sqlx::query("SELECT DISTINCT column_name FROM privilege WHERE relation_id = ? AND column_name IS NOT NULL")
            .bind(table.id)
            .fetch_all(&mut *connection)
            .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let before = super::table::find_by_id(connection, table.id).await?;
    let renamed = before.as_ref().and_then(|before| renamed_column(&before.columns, &table.columns));
    for row in rows {
        let column: &str = row.try_get(0)?;
        if table.columns.iter().any(|own| normal_name(&own.name) == column) {
            continue;
        }
        let to = renamed.as_ref().filter(|(from, _)| from == column).map(|(_, to)| to.as_str());
        let sql = match to {
            Some(_) => "UPDATE privilege SET column_name = ?3 WHERE relation_id = ?1 AND column_name = ?2",
            None => "DELETE FROM privilege WHERE relation_id = ?1 AND column_name = ?2 AND ?3 IS NULL",
        };
        sqlx::query(sql).bind(table.id).bind(column).bind(to).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The one column that has another name now, in both spellings of the metastore.
fn renamed_column(before: &[StructField], now: &[StructField]) -> Option<(String, String)> {
    if before.len() != now.len() {
        return None;
    }
    let mut changed = before.iter().zip(now).filter(|(a, b)| normal_name(&a.name) != normal_name(&b.name));
    let (from, to) = changed.next()?;
    let is_one = changed.next().is_none() && from.data_type == to.data_type;
    is_one.then(|| (normal_name(&from.name), normal_name(&to.name)))
}

/// Something that a user or role owns, in words.
pub(super) async fn owned(connection: &mut SqliteConnection, owner: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        "SELECT 'database ' || name FROM database WHERE lower(owner) = ?1 \
         UNION ALL SELECT iif(kind = 'view', 'view ', 'table ') || database || '.' || name FROM relation \
         WHERE lower(json_extract(details, '$.owner')) = ?1 \
         UNION ALL SELECT 'function ' || database || '.' || name FROM function \
         WHERE lower(json_extract(definition, '$.owner')) = ?1 LIMIT 1",
    )
    .bind(owner)
    .fetch_optional(connection)
    .await
}

/// Makes `to` the owner of all that `from` owns.
pub(super) async fn give_objects(connection: &mut SqliteConnection, from: &str, to: &str) -> sqlx::Result<()> {
    for sql in [
        "UPDATE database SET owner = ?2 WHERE lower(owner) = ?1",
        "UPDATE relation SET details = json_set(details, '$.owner', ?2) WHERE lower(json_extract(details, '$.owner')) = ?1",
        "UPDATE function SET definition = json_set(definition, '$.owner', ?2) \
         WHERE lower(json_extract(definition, '$.owner')) = ?1",
    ] {
        sqlx::query(sql).bind(from).bind(to).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether others have privileges from a user or role.
pub(super) async fn has_granted(connection: &mut SqliteConnection, id: i64) -> sqlx::Result<bool> {
    let found: i64 = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM privilege WHERE grantor_id = ?)")
        .bind(id)
        .fetch_one(connection)
        .await?;
    Ok(found != 0)
}
