//! Users and roles: a role that may log in is a user. Who is a member of what.
//!
//! It keeps them; what follows from them is in `privileges`.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::store::{from_json, now, to_json};
use super::{Catalog, Properties, Verifier, grants, normal_name};
use crate::error::{
    DEPENDENT_OBJECTS_STILL_EXIST, Error, INVALID_PARAMETER_VALUE, ROLE_ALREADY_EXISTS, ROLE_NOT_FOUND, Result,
};
use crate::types::quote_if_needed;

/// Names that mean something else where a user or role may stand.
const RESERVED: &[&str] = &["public", "none", "all", "current_user", "current_role", "session_user"];

/// A user or role. Names are kept in lower case.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub id: i64,
    pub name: String,
    /// Whether it may log in: then it is a user.
    pub login: bool,
    /// Nothing is checked for them.
    pub superuser: bool,
    /// Whether a verifier is kept; without one no password is right.
    pub has_password: bool,
    pub details: UserDetails,
    /// Milliseconds since the epoch.
    pub created_at: i64,
}

/// What is stored as one JSON document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserDetails {
    /// Until when the password is right: microseconds since the epoch.
    pub valid_until: Option<i64>,
    /// Only statements that change nothing.
    pub read_only: bool,
    pub limits: UserLimits,
    /// Settings that sessions begin with.
    pub settings: Properties,
    pub comment: Option<String>,
}

/// What a user may use at most; `None` is as much as there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserLimits {
    /// Connections at a time.
    pub connections: Option<u64>,
    /// Queries at a time; more wait.
    pub queries: Option<u64>,
    /// Memory of one query.
    pub memory: Option<MemoryLimit>,
    /// Milliseconds that a statement may take.
    pub time: Option<u64>,
    /// Rows that a query may return.
    pub rows: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemoryLimit {
    Bytes(u64),
    /// Of the memory of all queries.
    Percent(u8),
}

impl UserLimits {
    /// These limits where they say something, those of `roles` elsewhere: the smallest of each kind.
    #[must_use]
    pub fn or_smallest(self, roles: impl IntoIterator<Item = UserLimits>, pool: u64) -> UserLimits {
        let smallest = roles.into_iter().reduce(|a, b| UserLimits {
            connections: smaller(a.connections, b.connections, |value| value),
            queries: smaller(a.queries, b.queries, |value| value),
            memory: smaller(a.memory, b.memory, |limit| limit.of(pool)),
            time: smaller(a.time, b.time, |value| value),
            rows: smaller(a.rows, b.rows, |value| value),
        });
        let smallest = smallest.unwrap_or_default();
        UserLimits {
            connections: self.connections.or(smallest.connections),
            queries: self.queries.or(smallest.queries),
            memory: self.memory.or(smallest.memory),
            time: self.time.or(smallest.time),
            rows: self.rows.or(smallest.rows),
        }
    }
}

impl MemoryLimit {
    /// In bytes, when all queries together have `pool`.
    pub fn of(self, pool: u64) -> u64 {
        match self {
            MemoryLimit::Bytes(bytes) => bytes,
            MemoryLimit::Percent(percent) => (u128::from(pool) * u128::from(percent) / 100) as u64,
        }
    }
}

fn smaller<T: Copy>(a: Option<T>, b: Option<T>, size: impl Fn(T) -> u64) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if size(b) < size(a) { b } else { a }),
        (one, other) => one.or(other),
    }
}

/// A user or role as it is to be from now on. The name finds it.
#[derive(Debug, Clone, PartialEq)]
pub struct UserChange {
    pub name: String,
    pub login: bool,
    pub superuser: bool,
    /// `None` leaves the password as it is; `Some(None)` takes it away.
    pub verifier: Option<Option<Verifier>>,
    pub details: UserDetails,
}

impl Catalog {
    /// All users and roles, by name.
    pub async fn users(&self) -> Result<Vec<User>> {
        let mut connection = self.store.pool().acquire().await.map_err(|error| self.store.error(error))?;
        all(&mut connection).await.map_err(|error| self.store.error(error))
    }

    /// A user or role.
    pub async fn user(&self, name: &str) -> Result<Option<User>> {
        let mut connection = self.store.pool().acquire().await.map_err(|error| self.store.error(error))?;
        find(&mut connection, name).await.map_err(|error| self.store.error(error))
    }

    /// What checks a user's password; `None` if there is no such user, it may not log in, or it has no password.
    ///
    /// # Errors
    /// `CORRUPT_METASTORE` for one that cannot be read.
    pub async fn verifier(&self, name: &str) -> Result<Option<Verifier>> {
        let text: Option<String> = sqlx::query_scalar("SELECT verifier FROM role WHERE name = ? AND login = 1")
            .bind(normal_name(name))
            .fetch_optional(self.store.pool())
            .await
            .map_err(|error| self.store.error(error))?
            .flatten();
        text.map(|text| {
            Verifier::parse(&text).ok_or_else(|| {
                let message = format!("The password of user `{name}` is kept in a form that cannot be read");
                Error::new(&crate::error::CORRUPT_METASTORE, message)
            })
        })
        .transpose()
    }

    /// # Errors
    /// `ROLE_ALREADY_EXISTS`, `INVALID_PARAMETER_VALUE` for a name that is no name of a user.
    pub async fn create_user(&self, new: &UserChange) -> Result<User> {
        check_name(&new.name)?;
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        if find(&mut transaction, &new.name).await.map_err(failed)?.is_some() {
            return Err(Error::new(
                &ROLE_ALREADY_EXISTS,
                format!("There is a user or role {} already", quote_if_needed(&normal_name(&new.name))),
            )
            .hint("CREATE USER IF NOT EXISTS leaves it as it is; ALTER USER changes it"));
        }
        let user = insert(&mut transaction, new).await.map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(user)
    }

    /// # Errors
    /// `ROLE_NOT_FOUND`; the last superuser who can log in stays one.
    pub async fn alter_user(&self, change: &UserChange) -> Result<()> {
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let old = find(&mut transaction, &change.name).await.map_err(failed)?;
        let old = old.ok_or_else(|| role_not_found(&change.name))?;
        if old.is_way_in() && !(change.login && change.superuser) {
            self.check_not_last(&mut transaction, &old).await?;
        }
        sqlx::query("UPDATE role SET login = ?, superuser = ?, details = ? WHERE id = ?")
            .bind(change.login)
            .bind(change.superuser)
            .bind(to_json(&change.details))
            .bind(old.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if let Some(verifier) = &change.verifier {
            sqlx::query("UPDATE role SET verifier = ? WHERE id = ?")
                .bind(verifier.as_ref().map(ToString::to_string))
                .bind(old.id)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        self.store.commit(transaction).await
    }

    /// Objects that it owns are those of the new name.
    ///
    /// # Errors
    /// `ROLE_NOT_FOUND`, `ROLE_ALREADY_EXISTS`
    pub async fn rename_user(&self, name: &str, to: &str) -> Result<()> {
        check_name(to)?;
        let (name, to) = (normal_name(name), normal_name(to));
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let user = find(&mut transaction, &name).await.map_err(failed)?.ok_or_else(|| role_not_found(&name))?;
        if find(&mut transaction, &to).await.map_err(failed)?.is_some() {
            let message = format!("There is a user or role {} already", quote_if_needed(&to));
            return Err(Error::new(&ROLE_ALREADY_EXISTS, message));
        }
        sqlx::query("UPDATE role SET name = ? WHERE id = ?")
            .bind(&to)
            .bind(user.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        grants::give_objects(&mut transaction, &name, &to).await.map_err(failed)?;
        self.store.commit(transaction).await
    }

    /// What it was granted goes with it, and what others have from it only with `cascade`.
    ///
    /// # Errors
    /// `ROLE_NOT_FOUND`, `DEPENDENT_OBJECTS_STILL_EXIST` if it owns something; the last superuser who can log in stays.
    pub async fn drop_user(&self, name: &str, cascade: bool) -> Result<()> {
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let user = find(&mut transaction, name).await.map_err(failed)?.ok_or_else(|| role_not_found(name))?;
        if user.is_way_in() {
            self.check_not_last(&mut transaction, &user).await?;
        }
        let shown = quote_if_needed(&user.name);
        if let Some(owned) = grants::owned(&mut transaction, &user.name).await.map_err(failed)? {
            return Err(Error::new(
                &DEPENDENT_OBJECTS_STILL_EXIST,
                format!("{shown} cannot be dropped because it owns {owned}"),
            )
            .hint(format!("REASSIGN OWNED BY {shown} TO … gives all it owns to somebody else")));
        }
        if !cascade && grants::has_granted(&mut transaction, user.id).await.map_err(failed)? {
            return Err(Error::new(
                &DEPENDENT_OBJECTS_STILL_EXIST,
                format!("{shown} cannot be dropped because others have privileges from it"),
            )
            .hint(format!("DROP USER {shown} CASCADE takes them away; SHOW GRANTS lists them")));
        }
        sqlx::query("DELETE FROM role WHERE id = ?").bind(user.id).execute(&mut *transaction).await.map_err(failed)?;
        self.store.commit(transaction).await
    }

    /// Gives all that `from` owns to `to`.
    ///
    /// # Errors
    /// `ROLE_NOT_FOUND`
    pub async fn reassign_owned(&self, from: &str, to: &str) -> Result<()> {
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let to = find(&mut transaction, to).await.map_err(failed)?.ok_or_else(|| role_not_found(to))?;
        grants::give_objects(&mut transaction, &normal_name(from), &to.name).await.map_err(failed)?;
        self.store.commit(transaction).await
    }

    /// Makes `member` a member of `role`; `admin` lets it make others members too.
    ///
    /// # Errors
    /// `ROLE_NOT_FOUND`, `INVALID_PARAMETER_VALUE` if the role is a member of `member`.
    pub async fn grant_role(&self, role: &str, member: &str, admin: bool) -> Result<()> {
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        let (role, member) = self.both(&mut transaction, role, member).await?;
        let circle: i64 = sqlx::query_scalar(
            "WITH RECURSIVE above (id) AS (SELECT ?1 UNION SELECT role_id FROM membership JOIN above ON member_id = above.id) \
             SELECT count(*) FROM above WHERE id = ?2",
        )
        .bind(role.id)
        .bind(member.id)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        if circle > 0 {
            let (role, member) = (quote_if_needed(&role.name), quote_if_needed(&member.name));
            let message = format!("Role {role} is a member of role {member}, which cannot become a member of it");
            return Err(Error::new(&INVALID_PARAMETER_VALUE, message));
        }
        sqlx::query(
            "INSERT INTO membership (role_id, member_id, admin) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET admin = max(admin, ?3)",
        )
        .bind(role.id)
        .bind(member.id)
        .bind(admin)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        self.store.commit(transaction).await
    }

    /// Ends a membership, or with `admin_only` the right to give it away.
    ///
    /// # Errors
    /// `ROLE_NOT_FOUND`
    pub async fn revoke_role(&self, role: &str, member: &str, admin_only: bool) -> Result<()> {
        let mut transaction = self.store.write().await?;
        let (role, member) = self.both(&mut transaction, role, member).await?;
        let sql = match admin_only {
            true => "UPDATE membership SET admin = 0 WHERE role_id = ? AND member_id = ?",
            false => "DELETE FROM membership WHERE role_id = ? AND member_id = ?",
        };
        sqlx::query(sql)
            .bind(role.id)
            .bind(member.id)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.store.error(error))?;
        self.store.commit(transaction).await
    }

    async fn both(&self, connection: &mut SqliteConnection, role: &str, member: &str) -> Result<(User, User)> {
        let failed = |error| self.store.error(error);
        let role = find(connection, role).await.map_err(failed)?.ok_or_else(|| role_not_found(role))?;
        let member = find(connection, member).await.map_err(failed)?.ok_or_else(|| role_not_found(member))?;
        Ok((role, member))
    }

    /// Somebody must be left who can make users.
    async fn check_not_last(&self, connection: &mut SqliteConnection, user: &User) -> Result<()> {
        let others: i64 = sqlx::query_scalar("SELECT count(*) FROM role WHERE login = 1 AND superuser = 1 AND id <> ?")
            .bind(user.id)
            .fetch_one(connection)
            .await
            .map_err(|error| self.store.error(error))?;
        if others > 0 {
            return Ok(());
        }
        let message = format!("{} is the only superuser who can log in", quote_if_needed(&user.name));
        Err(Error::new(&DEPENDENT_OBJECTS_STILL_EXIST, message).hint("make another one first: CREATE USER … SUPERUSER"))
    }
}

impl User {
    fn is_way_in(&self) -> bool {
        self.login && self.superuser
    }

    /// Whether the password is not right any more at this moment, in microseconds since the epoch.
    pub fn is_expired(&self, now: i64) -> bool {
        self.details.valid_until.is_some_and(|until| until <= now)
    }
}

/// There is no such user or role.
pub fn role_not_found(name: &str) -> Error {
    Error::new(&ROLE_NOT_FOUND, format!("There is no user or role {}", quote_if_needed(&normal_name(name))))
        .hint("SHOW USERS and SHOW ROLES list them")
}

fn check_name(name: &str) -> Result<()> {
    let normal = normal_name(name);
    if normal.is_empty() || normal.len() > 128 || normal.chars().any(char::is_control) {
        return Err(Error::new(&INVALID_PARAMETER_VALUE, format!("`{name}` cannot be the name of a user or role"))
            .hint("a name has 1 to 128 characters"));
    }
    if RESERVED.contains(&normal.as_str()) || normal.starts_with("pg_") {
        return Err(Error::new(&INVALID_PARAMETER_VALUE, format!("The name `{name}` is reserved")));
    }
    Ok(())
}

const COLUMNS: &str = "id, name, login, superuser, verifier IS NOT NULL, details, created_at";

pub(super) async fn all(connection: &mut SqliteConnection) -> sqlx::Result<Vec<User>> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM role ORDER BY name"));
    sqlx::query(sql).fetch_all(connection).await?.iter().map(from_row).collect()
}

pub(super) async fn find(connection: &mut SqliteConnection, name: &str) -> sqlx::Result<Option<User>> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM role WHERE name = ?"));
    let row = sqlx::query(sql).bind(normal_name(name)).fetch_optional(connection).await?;
    row.as_ref().map(from_row).transpose()
}

/// Adds a user; there must be none of that name.
pub(super) async fn insert(connection: &mut SqliteConnection, new: &UserChange) -> sqlx::Result<User> {
    let verifier = new.verifier.as_ref().and_then(Option::as_ref).map(ToString::to_string);
    let mut user = User {
        id: 0,
        name: normal_name(&new.name),
        login: new.login,
        superuser: new.superuser,
        has_password: verifier.is_some(),
        details: new.details.clone(),
        created_at: now(),
    };
    let added = sqlx::query(
        "INSERT INTO role (name, login, superuser, verifier, details, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&user.name)
    .bind(user.login)
    .bind(user.superuser)
    .bind(verifier)
    .bind(to_json(&user.details))
    .bind(user.created_at)
    .execute(connection)
    .await?;
    user.id = added.last_insert_rowid();
    Ok(user)
}

fn from_row(row: &SqliteRow) -> sqlx::Result<User> {
    Ok(User {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        login: row.try_get(2)?,
        superuser: row.try_get(3)?,
        has_password: row.try_get(4)?,
        details: from_json(row.try_get(5)?)?,
        created_at: row.try_get(6)?,
    })
}
