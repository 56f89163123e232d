//! What the user of a session may do, and what is said when it is not enough.
//!
//! Nothing is checked of who runs the shell or a script: the files of the warehouse are his anyway.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryLimit;

use super::{Reader, Session, Warehouse};
use crate::binder::ColumnGuard;
use crate::catalog::{Function, Grants, Privilege, Privileges, Strength, Table, TableKind, UserLimits};
use crate::error::{Error, INSUFFICIENT_PERMISSIONS, INVALID_AUTHORIZATION, Result, TOO_MANY_CONNECTIONS};
use crate::storage::location::{local_path, location_url};
use crate::types::quote_if_needed;

/// Who a session acts for.
#[derive(Debug, Clone)]
pub enum Identity {
    /// Whoever runs this process.
    Local,
    User {
        /// Who has logged in.
        name: Arc<str>,
        /// `SET ROLE`: whose rights are used instead.
        role: Option<Arc<str>>,
    },
}

/// The rights that a statement is checked with, as they were when it began.
#[derive(Debug, Clone)]
pub enum Rights {
    Unchecked,
    Checked { grants: Arc<Grants>, own: Privileges },
}

impl Rights {
    /// Those of the session's user.
    pub fn own(&self) -> Privileges {
        match self {
            Rights::Unchecked => Privileges::all(),
            Rights::Checked { own, .. } => own.clone(),
        }
    }

    /// Those that the text of a view or function of this owner is read with.
    pub fn of_owner(&self, owner: &str) -> Privileges {
        match self {
            Rights::Unchecked => Privileges::all(),
            Rights::Checked { grants, .. } => Privileges::of_owner(grants, owner),
        }
    }
}

impl Warehouse {
    /// All that says who may do what, as it is now. What was read before is used while nothing has changed.
    pub async fn grants(&self) -> Result<Arc<Grants>> {
        let catalog = self.catalog().await?;
        let change = catalog.access_change().await?;
        if let Some(kept) = self.grants.read().as_ref().filter(|kept| kept.change == change) {
            return Ok(Arc::clone(kept));
        }
        let grants = catalog.grants().await?;
        *self.grants.write() = Some(Arc::clone(&grants));
        Ok(grants)
    }
}

impl Warehouse {
    /// What a user may use at most: its own limits, and where it has none the smallest of its roles'.
    pub fn limits_of(&self, grants: &Grants, user: &str) -> UserLimits {
        let Some(user) = grants.user(user) else { return UserLimits::default() };
        let roles = grants.roles_of(user.id);
        let roles = grants.users.iter().filter(|role| role.id != user.id && roles.contains(&role.id));
        user.details.limits.or_smallest(roles.map(|role| role.details.limits), self.memory())
    }

    /// Bytes that all queries together may use.
    pub(super) fn memory(&self) -> u64 {
        match self.runtime().memory_pool.memory_limit() {
            MemoryLimit::Finite(bytes) => bytes as u64,
            MemoryLimit::Infinite | MemoryLimit::Unknown => u64::MAX,
        }
    }
}

impl Session {
    /// The rights of the session at this moment.
    ///
    /// # Errors
    /// `INVALID_AUTHORIZATION` if the user is no more, or may not log in any more.
    pub async fn rights(&self) -> Result<Rights> {
        let identity = self.identity();
        let Identity::User { name, role } = &identity else { return Ok(Rights::Unchecked) };
        let grants = self.warehouse().grants().await?;
        if grants.users.is_empty() {
            // A server that was told to let everybody in.
            return Ok(Rights::Unchecked);
        }
        if grants.user(name).is_none_or(|user| !user.login) {
            let message = format!("User {} may not log in any more", quote_if_needed(name));
            return Err(Error::new(&INVALID_AUTHORIZATION, message));
        }
        let acting = role.as_ref().unwrap_or(name);
        let own = Privileges::of(&grants, acting).ok_or_else(|| {
            Error::new(&INVALID_AUTHORIZATION, format!("There is no role {} any more", quote_if_needed(acting)))
                .hint("SET ROLE NONE goes back to your own rights")
        })?;
        *self.limits.write() = self.warehouse().limits_of(&grants, name);
        Ok(Rights::Checked { grants, own })
    }

    /// A connection begins: makes sure that the user may have one more, and gives the session the user's settings. What
    /// the client asks for itself is to be set afterwards.
    ///
    /// # Errors
    /// `INVALID_AUTHORIZATION`, `TOO_MANY_CONNECTIONS`
    pub async fn log_in(&self) -> Result<()> {
        let Identity::User { name, .. } = self.identity() else { return Ok(()) };
        let Rights::Checked { grants, .. } = self.rights().await? else { return Ok(()) };
        let open = self.warehouse().activity().sessions().of_user(&self.info().user);
        if let Some(limit) = self.limits().connections.filter(|limit| open as u64 > *limit) {
            let message = format!("User {} has {limit} connections already", quote_if_needed(&name));
            return Err(Error::new(&TOO_MANY_CONNECTIONS, message)
                .hint("close one of them; ALTER USER … CONNECTION LIMIT changes the limit"));
        }
        let settings = grants.user(&name).map(|user| user.details.settings.clone()).unwrap_or_default();
        for (key, value) in settings {
            self.set(&key, &value)?;
        }
        Ok(())
    }

    /// The privileges of the session's user at this moment.
    pub async fn privileges(&self) -> Result<Privileges> {
        Ok(self.rights().await?.own())
    }
}

impl Reader<'_> {
    /// The rights of the statement.
    pub async fn rights(&self) -> Result<&Rights> {
        self.rights.get_or_try_init(|| Box::pin(self.session().rights())).await
    }

    /// The privileges of the statement's user.
    pub async fn privileges(&self) -> Result<Privileges> {
        Ok(self.rights().await?.own())
    }
}

/// Something is not allowed; `hint` is what would allow it.
pub fn denied(what: impl AsRef<str>, hint: impl Into<String>) -> Error {
    Error::new(&INSUFFICIENT_PERMISSIONS, format!("Permission denied for {}", what.as_ref())).hint(hint)
}

fn grantee(privileges: &Privileges) -> String {
    privileges.user().map_or_else(|| "…".to_owned(), quote_if_needed)
}

/// `table sales.orders`
pub fn object_text(table: &Table) -> String {
    let kind = if table.kind == TableKind::View { "view" } else { "table" };
    format!("{kind} {}", full_name(table))
}

fn full_name(table: &Table) -> String {
    format!("{}.{}", quote_if_needed(&table.database), quote_if_needed(&table.name))
}

/// # Errors
/// They may not look into the database.
pub fn check_usage(privileges: &Privileges, database: &str) -> Result<()> {
    if privileges.see_database(database) {
        return Ok(());
    }
    let name = quote_if_needed(database);
    Err(denied(format!("database {name}"), format!("GRANT USAGE ON DATABASE {name} TO {}", grantee(privileges))))
}

/// # Errors
/// They have not this privilege on a database.
pub fn check_database(privileges: &Privileges, database: &str, privilege: Privilege) -> Result<()> {
    if privileges.on_database(database, privilege, Strength::Held) {
        return Ok(());
    }
    let (name, word) = (quote_if_needed(database), privilege.text());
    Err(denied(format!("database {name}"), format!("GRANT {word} ON DATABASE {name} TO {}", grantee(privileges))))
}

/// # Errors
/// They have not this privilege on the whole of a table or view.
pub fn check_relation(privileges: &Privileges, table: &Table, privilege: Privilege) -> Result<()> {
    check_usage(privileges, &table.database)?;
    match privileges.on_relation(table.as_relation(), privilege, Strength::Held) {
        true => Ok(()),
        false => Err(denied(object_text(table), grant_hint(privileges, table, privilege, None))),
    }
}

fn kind_word(table: &Table) -> &'static str {
    if table.kind == TableKind::View { "VIEW" } else { "TABLE" }
}

fn grant_hint(privileges: &Privileges, table: &Table, privilege: Privilege, column: Option<&str>) -> String {
    let kind = kind_word(table);
    let columns = column.map(|column| format!(" ({})", quote_if_needed(column))).unwrap_or_default();
    format!("GRANT {}{columns} ON {kind} {} TO {}", privilege.text(), full_name(table), grantee(privileges))
}

/// # Errors
/// They have not this privilege on all of these columns.
pub fn check_columns<'c>(
    privileges: &Privileges,
    table: &Table,
    columns: impl IntoIterator<Item = &'c str>,
    privilege: Privilege,
) -> Result<()> {
    check_usage(privileges, &table.database)?;
    for column in columns {
        if !privileges.on_column(table.as_relation(), column, privilege, Strength::Held) {
            let what = format!("column {} of {}", quote_if_needed(column), object_text(table));
            return Err(denied(what, grant_hint(privileges, table, privilege, Some(column))));
        }
    }
    Ok(())
}

/// Whether a table or view may be read: which columns alone, if not all.
///
/// # Errors
/// Not one column may.
pub fn check_select(privileges: &Privileges, table: &Table) -> Result<Option<Arc<ColumnGuard>>> {
    check_usage(privileges, &table.database)?;
    let relation = table.as_relation();
    if privileges.on_relation(relation, Privilege::Select, Strength::Held) {
        return Ok(None);
    }
    if !privileges.on_some_column(relation, Privilege::Select) {
        return Err(denied(object_text(table), grant_hint(privileges, table, Privilege::Select, None)));
    }
    let readable = table
        .columns
        .iter()
        .filter(|column| privileges.on_column(relation, &column.name, Privilege::Select, Strength::Held))
        .map(|column| column.name.to_lowercase())
        .collect();
    Ok(Some(Arc::new(ColumnGuard {
        readable,
        object: object_text(table),
        missing: (
            "GRANT SELECT (".to_owned(),
            format!(") ON {} {} TO {}", kind_word(table), full_name(table), grantee(privileges)),
        ),
    })))
}

/// # Errors
/// They have no privilege at all on a table or view: what it is like is none of their business.
pub fn check_sight(privileges: &Privileges, table: &Table) -> Result<()> {
    check_usage(privileges, &table.database)?;
    match privileges.see_relation(table.as_relation()) {
        true => Ok(()),
        false => Err(denied(object_text(table), grant_hint(privileges, table, Privilege::Select, None))),
    }
}

/// # Errors
/// The object is not theirs.
pub fn check_owner(privileges: &Privileges, owner: &str, object: &str) -> Result<()> {
    match privileges.owns(owner) {
        true => Ok(()),
        false => {
            Err(Error::new(&INSUFFICIENT_PERMISSIONS, format!("You are not the owner of {object}")).hint(format!(
                "it belongs to {}",
                if owner.is_empty() { "a superuser".to_owned() } else { quote_if_needed(owner) }
            )))
        }
    }
}

/// # Errors
/// They may not call a function.
pub fn check_function(privileges: &Privileges, function: &Function) -> Result<()> {
    check_usage(privileges, &function.database)?;
    if privileges.on_function(&function.database, &function.name, &function.definition.owner, Strength::Held) {
        return Ok(());
    }
    let name = format!("{}.{}", quote_if_needed(&function.database), quote_if_needed(&function.name));
    let hint = format!("GRANT EXECUTE ON FUNCTION {name} TO {}", grantee(privileges));
    Err(denied(format!("function {name}"), hint))
}

/// # Errors
/// Nothing but superusers may.
pub fn check_superuser(privileges: &Privileges, what: &str) -> Result<()> {
    match privileges.is_unlimited() {
        true => Ok(()),
        false => Err(denied(what, "a superuser may do this: ALTER USER … SUPERUSER")),
    }
}

/// Whether files may be read or written at a path, which may have wildcards.
///
/// # Errors
/// They may not; and nobody but superusers gets at the files of the warehouse by their paths.
pub fn check_path(privileges: &Privileges, warehouse: &Path, location: &str, privilege: Privilege) -> Result<()> {
    if privileges.is_unlimited() {
        return Ok(());
    }
    let shown = location_url(location)?;
    let refused = |hint: String| Err(denied(format!("path `{}`", shown.trim_start_matches("file:")), hint));
    let Some(real) = real_path(&local_path(&shown)?) else {
        return refused("write the path without `..` behind a wildcard or a folder that is not there".to_owned());
    };
    let warehouse = warehouse.canonicalize().unwrap_or_else(|_| warehouse.to_owned());
    if real.starts_with(&warehouse) || warehouse.starts_with(&real) {
        return refused("files of the warehouse are read and written through its tables".to_owned());
    }
    let url = format!("file:{}", real.display());
    match privileges.on_path(&url, privilege, Strength::Held) {
        true => Ok(()),
        false => refused(format!("GRANT {} ON PATH '{}' TO {}", privilege.text(), real.display(), grantee(privileges))),
    }
}

/// Where a path really is, up to its first wildcard: links are followed as far as there is something. `None` if it
/// cannot be known.
pub fn real_path(path: &Path) -> Option<PathBuf> {
    let plain = |component: &Component<'_>| !component.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    let base: PathBuf = path.components().take_while(plain).collect();
    let behind: Vec<Component<'_>> = path.components().skip_while(plain).collect();
    let mut there = base.as_path();
    let mut missing = Vec::new();
    let real = loop {
        match there.canonicalize() {
            Ok(real) => break real,
            Err(_) => {
                missing.push(there.components().next_back()?);
                there = there.parent()?;
            }
        }
    };
    let rest = missing.iter().rev().chain(&behind);
    if rest.clone().any(|component| !matches!(component, Component::Normal(_))) {
        return None;
    }
    Some(missing.iter().rev().fold(real, |path, component| path.join(component)))
}
