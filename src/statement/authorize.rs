//! Whether the user may run a statement, asked before it begins: each kind of statement says what it needs.
//!
//! What queries read is not asked here: `session::names` refuses each table, view, function and path as it is looked up,
//! wherever in a statement it stands, and `binder::guards` each column. A statement that has no line here does not
//! compile.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::catalog::{Privilege, Privileges, Strength, Table, normal_name};
use crate::config::postgres::Parameters;
use crate::error::{Error, READ_ONLY_SQL_TRANSACTION, READ_ONLY_USER, Result};
use crate::session::privileges::{
    check_columns, check_database, check_function, check_owner, check_path, check_relation, check_select, check_sight,
    check_superuser, check_usage, denied, object_text,
};
use crate::session::{Found, GLOBAL_TEMPORARY_DATABASE, Rights, TableName, TemporaryView, database_name};
use crate::sql::ast::{
    Access, AlterDatabaseAction, AlterTable, AlterTableAction, AlterView, AlterViewAction, AnalyzeTarget,
    CommentedObject, CreateTable, CreateView, Describe, ExplainMode, Identifier, Insert, ObjectName, Properties,
    Refresh, RowOperation, Set, Show, Statement, ViewSource,
};
use crate::types::quote_if_needed;

use super::running::Running;

/// Settings that spend what belongs to all.
const OF_THE_WAREHOUSE: &[&str] = &["skep.batch_size", "skep.cache.limit", "skep.threads"];

/// # Errors
/// `INSUFFICIENT_PERMISSIONS`, with the GRANT that is missing; `READ_ONLY_USER`.
pub(super) fn authorize<'r>(running: &'r Running<'_>, statement: &'r Statement) -> BoxFuture<'r, Result<()>> {
    Box::pin(async move {
        if running.session.read_parameters(Parameters::is_read_only)
            && writes(statement)
            && !is_of_session(running, statement).await?
        {
            return Err(read_only_transaction());
        }
        let rights = running.reader.rights().await?;
        let Rights::Checked { own, .. } = rights else { return Ok(()) };
        if own.is_read_only() && writes(statement) && !is_of_session(running, statement).await? {
            return Err(read_only());
        }
        if own.is_unlimited() {
            return Ok(());
        }
        Check { running, rights, own }.statement(statement).await
    })
}

/// Whether rows may be put into the table of an INSERT, or of whatever else writes as one.
///
/// # Errors
/// As [`authorize`].
pub(super) async fn insert(running: &Running<'_>, statement: &Insert) -> Result<()> {
    if running.session.read_parameters(Parameters::is_read_only) {
        return Err(read_only_transaction());
    }
    let rights = running.reader.rights().await?;
    let Rights::Checked { own, .. } = rights else { return Ok(()) };
    if own.is_read_only() {
        return Err(read_only());
    }
    if own.is_unlimited() {
        return Ok(());
    }
    Check { running, rights, own }.insert(statement).await
}

fn read_only() -> Error {
    Error::new(&READ_ONLY_USER, "This user may only read")
        .hint("ALTER USER … READ WRITE lifts this, for the user and for roles that it is a member of")
}

fn read_only_transaction() -> Error {
    Error::new(&READ_ONLY_SQL_TRANSACTION, "Nothing can be written in a read-only transaction")
        .hint("say BEGIN READ WRITE, or SET default_transaction_read_only TO off")
}

/// Whether a statement changes something that outlives the session.
fn writes(statement: &Statement) -> bool {
    match statement {
        Statement::Explain(statement) => statement.mode == ExplainMode::Analyze && writes(&statement.statement),
        Statement::CreateView(statement) => !statement.temporary,
        Statement::CreateFunction(statement) => !statement.temporary,
        Statement::DropFunction(statement) => !statement.temporary,
        Statement::Access(statement) => match statement.as_ref() {
            Access::SetRole(_)
            | Access::ShowUsers
            | Access::ShowRoles
            | Access::ShowCurrentRoles
            | Access::ShowGrants { .. } => false,
            Access::CreateUser(_)
            | Access::AlterUser(_)
            | Access::RenameUser { .. }
            | Access::DropUsers(_)
            | Access::Grant(_)
            | Access::Revoke(_)
            | Access::GrantRoles { .. }
            | Access::RevokeRoles { .. }
            | Access::Owner { .. }
            | Access::Reassign { .. } => true,
        },
        Statement::Insert(_)
        | Statement::InsertMany(_)
        | Statement::InsertDirectory(_)
        | Statement::LoadData(_)
        | Statement::CreateDatabase(_)
        | Statement::AlterDatabase(_)
        | Statement::DropDatabase(_)
        | Statement::Comment(_)
        | Statement::Analyze(_)
        | Statement::RowChange(_)
        | Statement::CreateTable(_)
        | Statement::AlterTable(_)
        | Statement::DropTable(_)
        | Statement::Truncate(_)
        | Statement::RepairTable(_) => true,
        // Unless it is one of the session, see `is_of_session`.
        Statement::AlterView(_) | Statement::DropView(_) => true,
        // What they run is asked about by itself.
        Statement::ExecuteImmediate(_) | Statement::Script(_) => false,
        Statement::Query(_)
        | Statement::Use(_)
        | Statement::SetCatalog(_)
        | Statement::Cache(_)
        | Statement::Uncache(_)
        | Statement::ClearCache
        | Statement::Refresh(_)
        | Statement::DeclareVariable(_)
        | Statement::SetVariable(_)
        | Statement::DropVariable(_)
        | Statement::Set(_)
        | Statement::Reset(_)
        | Statement::Show(_)
        | Statement::AddFiles(_)
        | Statement::ListResources(_)
        | Statement::KillQuery(_)
        | Statement::Describe(_) => false,
    }
}

/// Whether the statement changes a temporary view of the session.
async fn is_of_session(running: &Running<'_>, statement: &Statement) -> Result<bool> {
    let name = match statement {
        Statement::AlterView(statement) => &statement.name,
        Statement::DropView(statement) => &statement.name,
        Statement::DropTable(statement) => &statement.name,
        _ => return Ok(false),
    };
    Ok(matches!(running.reader.find(name).await?, Some(Found::Temporary(view)) if !view.global))
}

/// A statement of somebody who may not do everything.
struct Check<'r, 'a> {
    running: &'r Running<'a>,
    rights: &'r Rights,
    own: &'r Privileges,
}

impl Check<'_, '_> {
    async fn statement(&self, statement: &Statement) -> Result<()> {
        match statement {
            // What they read, they are refused as it is looked up.
            Statement::Query(_)
            | Statement::DeclareVariable(_)
            | Statement::SetVariable(_)
            | Statement::DropVariable(_) => Ok(()),
            // Each statement that they run is checked as it begins.
            Statement::ExecuteImmediate(_) | Statement::Script(_) => Ok(()),
            Statement::Explain(statement) => Box::pin(self.statement(&statement.statement)).await,
            // Asked where the table is looked up, for rows also come by other ways than statements: see `insert`.
            Statement::Insert(_) | Statement::InsertMany(_) => Ok(()),
            Statement::InsertDirectory(statement) => {
                let path = statement.path.as_deref().or_else(|| path_option(&statement.options));
                path.map_or(Ok(()), |path| self.path(path, &[Privilege::Write]))
                    .map_err(|error| error.at(statement.span))
            }
            Statement::LoadData(statement) => {
                self.relation(&statement.table, Privilege::Insert).await?;
                if statement.overwrite {
                    self.relation(&statement.table, Privilege::Delete).await?;
                }
                // Without LOCAL the files are moved away.
                let needed: &[Privilege] =
                    if statement.local { &[Privilege::Read] } else { &[Privilege::Read, Privilege::Write] };
                self.path(&statement.path, needed).map_err(|error| error.at(statement.path_span))
            }
            Statement::AddFiles(statement) => statement
                .paths
                .iter()
                .try_for_each(|path| self.path(path, &[Privilege::Read]))
                .map_err(|error| error.at(statement.span)),
            Statement::KillQuery(id) => {
                let query = self.running.session.warehouse().activity().queries().get(*id);
                match query {
                    Some(query) if query.user == self.running.session.info().user => Ok(()),
                    // Whether there is one of that number is for superusers to know.
                    _ => check_superuser(self.own, "what others run"),
                }
            }
            // Those that the session has added itself.
            Statement::ListResources(_) => Ok(()),
            Statement::CreateDatabase(statement) => {
                if !self.own.on_warehouse(Privilege::Create, Strength::Held) {
                    let user = self.own.user().map_or_else(String::new, quote_if_needed);
                    let hint = format!("GRANT CREATE ON WAREHOUSE TO {user}");
                    return Err(denied("the warehouse", hint).at(statement.name.span));
                }
                self.location(statement.location.as_deref()).map_err(|error| error.at(statement.name.span))
            }
            Statement::AlterDatabase(statement) => {
                self.owns_database(&statement.name)?;
                match &statement.action {
                    AlterDatabaseAction::SetLocation(location) => {
                        self.location(Some(location)).map_err(|error| error.at(statement.name.span))
                    }
                    AlterDatabaseAction::SetProperties(_) | AlterDatabaseAction::UnsetProperties { .. } => Ok(()),
                }
            }
            Statement::DropDatabase(statement) => self.owns_database(&statement.name),
            Statement::Use(name) => self.usage(name),
            Statement::SetCatalog(_) => Ok(()),
            Statement::Comment(statement) => match statement.object {
                CommentedObject::Database => self.owns_database(&statement.name),
                CommentedObject::Table => self.relation(&statement.name, Privilege::Alter).await,
            },
            Statement::Analyze(statement) => match &statement.target {
                AnalyzeTarget::Table { name, .. } => {
                    self.relation(name, Privilege::Select).await?;
                    self.relation(name, Privilege::Alter).await
                }
                AnalyzeTarget::Tables(database) => {
                    let database = self.database(database.as_ref())?;
                    check_database(self.own, &database, Privilege::Select)?;
                    check_database(self.own, &database, Privilege::Alter)
                }
            },
            Statement::Cache(statement) if statement.query.is_some() => Ok(()),
            Statement::Cache(statement) => self.readable(&statement.name).await,
            Statement::Uncache(statement) => self.readable(&statement.name).await,
            Statement::ClearCache => check_superuser(self.own, "what all sessions have cached"),
            Statement::RowChange(statement) => match statement.operation {
                RowOperation::Delete => self.relation(&statement.table, Privilege::Delete).await,
                RowOperation::Update => self.relation(&statement.table, Privilege::Update).await,
                RowOperation::Merge => {
                    for privilege in [Privilege::Insert, Privilege::Update, Privilege::Delete] {
                        self.relation(&statement.table, privilege).await?;
                    }
                    Ok(())
                }
                RowOperation::ReplaceTable | RowOperation::ReplaceTableAsSelect => {
                    self.may_create(&statement.table, true).await
                }
            },
            Statement::CreateTable(statement) => self.create_table(statement).await,
            Statement::AlterTable(statement) => self.alter_table(statement).await,
            Statement::DropTable(statement) => self.drop(&statement.name).await,
            Statement::Truncate(statement) => self.relation(&statement.name, Privilege::Truncate).await,
            Statement::RepairTable(statement) => self.relation(&statement.name, Privilege::Alter).await,
            Statement::Refresh(statement) => match statement {
                Refresh::Table(name) => self.readable(name).await,
                Refresh::Path(path) => self.path(path, &[Privilege::Read]),
                Refresh::Function(name) => self.function(name).await,
            },
            Statement::CreateView(statement) => self.create_view(statement).await,
            Statement::AlterView(statement) => self.alter_view(statement).await,
            Statement::DropView(statement) => self.drop(&statement.name).await,
            Statement::CreateFunction(statement) if statement.temporary => Ok(()),
            Statement::CreateFunction(statement) => {
                let name = TableName::new(&statement.name, &self.running.context.current_database)?;
                check_database(self.own, &name.database, Privilege::Create)
                    .map_err(|error| error.at(statement.name.span))?;
                match self.running.reader.find_function(&statement.name).await? {
                    Some(old) if statement.or_replace && !old.database.is_empty() => {
                        check_owner(self.own, &old.definition.owner, &format!("function {}", statement.name.text()))
                            .map_err(|error| error.at(statement.name.span))
                    }
                    _ => Ok(()),
                }
            }
            Statement::DropFunction(statement) if statement.temporary => Ok(()),
            Statement::DropFunction(statement) => {
                let name = TableName::new(&statement.name, &self.running.context.current_database)?;
                self.usage_of(&name.database).map_err(|error| error.at(statement.name.span))?;
                match self.running.catalog().await?.function(&name.database, &name.name).await? {
                    Some(function) if !self.owns_database_named(&name.database) => check_owner(
                        self.own,
                        &function.definition.owner,
                        &format!("function {}", statement.name.text()),
                    )
                    .map_err(|error| error.at(statement.name.span)),
                    _ => Ok(()),
                }
            }
            // Each says for itself who may.
            Statement::Access(_) => Ok(()),
            Statement::Set(Set::Assign { key, .. }) => self.setting(key),
            Statement::Set(Set::Get(_) | Set::All { .. } | Set::TimeZone(_)) => Ok(()),
            Statement::Reset(key) => key.as_deref().map_or(Ok(()), |key| self.setting(key)),
            Statement::Show(statement) => self.show(statement).await,
            Statement::Describe(statement) => self.describe(statement).await,
        }
    }

    async fn insert(&self, statement: &Insert) -> Result<()> {
        let Some(table) = self.find(&statement.table).await? else { return Ok(()) };
        let at = |error: Error| error.at(statement.table.span);
        let by_columns = !statement.columns.is_empty() && !statement.overwrite;
        if by_columns && !self.own.on_relation(table.as_relation(), Privilege::Insert, Strength::Held) {
            let partition = statement.partition.entries.iter().map(|(column, _)| column);
            let columns = statement.columns.iter().chain(partition).map(|column: &Identifier| column.value.as_str());
            return check_columns(self.own, &table, columns, Privilege::Insert).map_err(at);
        }
        check_relation(self.own, &table, Privilege::Insert).map_err(at)?;
        // It takes away the rows that are there.
        if statement.overwrite { check_relation(self.own, &table, Privilege::Delete).map_err(at) } else { Ok(()) }
    }

    async fn create_table(&self, statement: &CreateTable) -> Result<()> {
        self.may_create(&statement.name, statement.or_replace).await?;
        if let Some(source) = &statement.like {
            self.sight(source).await?;
        }
        let location = statement.location.as_deref().or_else(|| path_option(&statement.options));
        self.location(location).map_err(|error| error.at(statement.span))
    }

    async fn alter_table(&self, statement: &AlterTable) -> Result<()> {
        let at = |error: Error| error.at(statement.span);
        match &statement.action {
            AlterTableAction::Rename(to) => return self.rename(&statement.name, to).await,
            AlterTableAction::SetLocation { location, .. } => self.location(Some(location)).map_err(at)?,
            AlterTableAction::AddPartitions { partitions, .. } => {
                for (_, location) in partitions {
                    self.location(location.as_deref()).map_err(at)?;
                }
            }
            AlterTableAction::DropPartitions { .. } => self.relation(&statement.name, Privilege::Delete).await?,
            AlterTableAction::SetSerde { properties, .. } => self.location(path_option(properties)).map_err(at)?,
            AlterTableAction::AddColumns { .. }
            | AlterTableAction::DropColumns { .. }
            | AlterTableAction::RenameColumn { .. }
            | AlterTableAction::ChangeColumn { .. }
            | AlterTableAction::AlterColumn { .. }
            | AlterTableAction::ClusterBy(_)
            | AlterTableAction::ReplaceColumns(_)
            | AlterTableAction::SetProperties(_)
            | AlterTableAction::UnsetProperties { .. }
            | AlterTableAction::RenamePartition { .. } => {}
        }
        self.relation(&statement.name, Privilege::Alter).await
    }

    async fn create_view(&self, statement: &CreateView) -> Result<()> {
        if let ViewSource::Files { options, .. } = &statement.source
            && let Some(path) = path_option(options)
        {
            self.path(path, &[Privilege::Read]).map_err(|error| error.at(statement.span))?;
        }
        match (statement.temporary, statement.global) {
            (true, false) => Ok(()),
            (true, true) => {
                let old = self.running.session.temporary_view(&normal_name(&statement.name.last().value), true);
                old.map_or(Ok(()), |old| self.owns_temporary(&old, &statement.name))
            }
            (false, _) => self.may_create(&statement.name, statement.or_replace).await,
        }
    }

    async fn alter_view(&self, statement: &AlterView) -> Result<()> {
        let name = &statement.name;
        match &statement.action {
            AlterViewAction::Rename(to) => self.rename(name, to).await,
            // The new text is read with the owner's rights.
            AlterViewAction::Query(..) => match self.running.reader.find(name).await? {
                Some(Found::Temporary(view)) => self.owns_temporary(&view, name),
                Some(Found::Table(table) | Found::View(table)) => check_sight(self.own, &table)
                    .and_then(|()| check_owner(self.own, &table.details.owner, &object_text(&table)))
                    .map_err(|error| error.at(name.span)),
                None => self.missing(name),
            },
            AlterViewAction::SetProperties(_)
            | AlterViewAction::UnsetProperties { .. }
            | AlterViewAction::SchemaMode(_) => self.relation(name, Privilege::Alter).await,
        }
    }

    async fn rename(&self, name: &ObjectName, to: &ObjectName) -> Result<()> {
        match self.running.reader.find(name).await? {
            Some(Found::Temporary(view)) => self.owns_temporary(&view, name),
            Some(Found::Table(table) | Found::View(table)) => {
                check_usage(self.own, &table.database)
                    .and_then(|()| check_owner(self.own, &table.details.owner, &object_text(&table)))
                    .map_err(|error| error.at(name.span))?;
                let to = TableName::new(to, &table.database)?;
                check_database(self.own, &to.database, Privilege::Create).map_err(|error| error.at(name.span))
            }
            None => self.missing(name),
        }
    }

    /// DROP: with the privilege, or as the owner of the database.
    async fn drop(&self, name: &ObjectName) -> Result<()> {
        match self.running.reader.find(name).await? {
            Some(Found::Temporary(view)) => self.owns_temporary(&view, name),
            Some(Found::Table(table) | Found::View(table)) => match self.owns_database_named(&table.database) {
                true => Ok(()),
                false => check_relation(self.own, &table, Privilege::Drop).map_err(|error| error.at(name.span)),
            },
            None => self.missing(name),
        }
    }

    /// A new table or view, perhaps in place of an old one.
    async fn may_create(&self, name: &ObjectName, replaces: bool) -> Result<()> {
        let at = |error: Error| error.at(name.span);
        let full = TableName::new(name, &self.running.context.current_database)?;
        if self.database_exists(&full.database) {
            check_database(self.own, &full.database, Privilege::Create).map_err(at)?;
        }
        match self.running.catalog().await?.table(&full.database, &full.name).await? {
            Some(old) if replaces => check_owner(self.own, &old.details.owner, &object_text(&old)).map_err(at),
            _ => Ok(()),
        }
    }

    async fn show(&self, statement: &Show) -> Result<()> {
        match statement {
            // They list what may be seen.
            Show::Parameter(_) | Show::Catalogs { .. } | Show::Databases { .. } | Show::CurrentDatabase => Ok(()),
            Show::Tables { database, .. } | Show::Views { database, .. } => {
                database.as_ref().map_or(Ok(()), |name| self.usage(name))
            }
            Show::TableExtended { database, pattern, partition } => {
                let name = self.database(database.as_ref())?;
                self.usage_of(&name)?;
                if partition.is_none() {
                    return Ok(());
                }
                match self.running.catalog().await?.table(&name, pattern).await? {
                    Some(table) => self.partition_values(&table),
                    None => Ok(()),
                }
            }
            Show::Partitions { table, .. } => match self.find(table).await? {
                Some(found) => self.partition_values(&found).map_err(|error| error.at(table.span)),
                None => Ok(()),
            },
            Show::Columns { table, database: Some(database) } if table.parts.len() == 1 => {
                let parts = database.parts.iter().chain(&table.parts).cloned().collect();
                self.sight(&ObjectName { parts, span: table.span }).await
            }
            Show::Columns { table, .. } | Show::CreateTable { table, .. } | Show::TableProperties { table, .. } => {
                self.sight(table).await
            }
            Show::Functions { database, .. } => database.as_ref().map_or(Ok(()), |name| self.usage(name)),
        }
    }

    async fn describe(&self, statement: &Describe) -> Result<()> {
        match statement {
            Describe::Table { name, partition, .. } => {
                self.sight(name).await?;
                match self.find(name).await? {
                    Some(table) if partition.is_some() => {
                        self.partition_values(&table).map_err(|error| error.at(name.span))
                    }
                    _ => Ok(()),
                }
            }
            Describe::Column { table, column, extended } => {
                self.sight(table).await?;
                match self.find(table).await? {
                    // It shows the smallest and the largest value.
                    Some(found) if *extended => {
                        let column = column.last().value.as_str();
                        check_columns(self.own, &found, [column], Privilege::Select)
                            .map_err(|error| error.at(table.span))
                    }
                    _ => Ok(()),
                }
            }
            Describe::Database { name, .. } => self.usage(name),
            Describe::Function { name, .. } => self.function(name).await,
            Describe::Query(_) => Ok(()),
        }
    }

    /// Names of partitions are values of columns.
    fn partition_values(&self, table: &Table) -> Result<()> {
        let first = table.columns.len() - table.partition_columns;
        let columns = table.columns[first..].iter().map(|column| column.name.as_str());
        check_columns(self.own, table, columns, Privilege::Select).and_then(|()| check_sight(self.own, table))
    }

    async fn function(&self, name: &ObjectName) -> Result<()> {
        match self.running.reader.find_function(name).await? {
            Some(function) if !function.database.is_empty() => {
                check_function(self.own, &function).map_err(|error| error.at(name.span))
            }
            _ => Ok(()),
        }
    }

    fn setting(&self, key: &str) -> Result<()> {
        let key = key.strip_prefix("hivevar:").unwrap_or(key);
        match OF_THE_WAREHOUSE.iter().any(|locked| locked.eq_ignore_ascii_case(key)) {
            true => check_superuser(self.own, &format!("setting {key}")),
            false => Ok(()),
        }
    }

    /// A table or view of the metastore; `None` for a temporary view, or if there is nothing of that name.
    async fn find(&self, name: &ObjectName) -> Result<Option<Arc<Table>>> {
        match self.running.reader.find(name).await? {
            Some(Found::Table(table) | Found::View(table)) => Ok(Some(table)),
            Some(Found::Temporary(_)) => Ok(None),
            None => self.missing(name).map(|()| None),
        }
    }

    /// That there is nothing of that name is told those alone who may look into the database.
    fn missing(&self, name: &ObjectName) -> Result<()> {
        match TableName::new(name, &self.running.context.current_database) {
            Ok(full) => self.usage_of(&full.database).map_err(|error| error.at(name.span)),
            Err(_) => Ok(()),
        }
    }

    async fn relation(&self, name: &ObjectName, privilege: Privilege) -> Result<()> {
        match self.find(name).await? {
            Some(table) => check_relation(self.own, &table, privilege).map_err(|error| error.at(name.span)),
            None => Ok(()),
        }
    }

    async fn readable(&self, name: &ObjectName) -> Result<()> {
        match self.find(name).await? {
            Some(table) => check_select(self.own, &table).map(|_| ()).map_err(|error| error.at(name.span)),
            None => Ok(()),
        }
    }

    async fn sight(&self, name: &ObjectName) -> Result<()> {
        match self.find(name).await? {
            Some(table) => check_sight(self.own, &table).map_err(|error| error.at(name.span)),
            None => Ok(()),
        }
    }

    fn database(&self, name: Option<&ObjectName>) -> Result<String> {
        name.map_or_else(|| Ok(self.running.context.current_database.to_string()), database_name)
    }

    fn database_exists(&self, name: &str) -> bool {
        match self.rights {
            Rights::Unchecked => true,
            Rights::Checked { grants, .. } => grants.databases.contains_key(name),
        }
    }

    fn owns_database_named(&self, name: &str) -> bool {
        match self.rights {
            Rights::Unchecked => true,
            Rights::Checked { grants, .. } => grants.databases.get(name).is_some_and(|owner| self.own.owns(owner)),
        }
    }

    fn owns_database(&self, name: &ObjectName) -> Result<()> {
        let database = database_name(name)?;
        let Rights::Checked { grants, .. } = self.rights else { return Ok(()) };
        match grants.databases.get(&database) {
            Some(owner) => check_owner(self.own, owner, &format!("database {}", quote_if_needed(&database)))
                .map_err(|error| error.at(name.span)),
            None => Ok(()),
        }
    }

    fn usage(&self, name: &ObjectName) -> Result<()> {
        self.usage_of(&database_name(name)?).map_err(|error| error.at(name.span))
    }

    fn usage_of(&self, database: &str) -> Result<()> {
        let exists = database != GLOBAL_TEMPORARY_DATABASE && self.database_exists(database);
        if exists { check_usage(self.own, database) } else { Ok(()) }
    }

    /// Views of the session are its own; global ones belong to who made them.
    fn owns_temporary(&self, view: &TemporaryView, name: &ObjectName) -> Result<()> {
        match view.global {
            true => check_owner(self.own, &view.owner, &format!("view {GLOBAL_TEMPORARY_DATABASE}.{}", view.name))
                .map_err(|error| error.at(name.span)),
            false => Ok(()),
        }
    }

    /// Where tables are to be: their files are read and written there.
    fn location(&self, location: Option<&str>) -> Result<()> {
        location.map_or(Ok(()), |location| self.path(location, &[Privilege::Read, Privilege::Write]))
    }

    fn path(&self, path: &str, privileges: &[Privilege]) -> Result<()> {
        let warehouse = self.running.session.warehouse().path();
        privileges.iter().try_for_each(|privilege| check_path(self.own, warehouse, path, *privilege))
    }
}

fn path_option(options: &Properties) -> Option<&str> {
    options.iter().find(|(key, _)| key.eq_ignore_ascii_case("path")).map(|(_, path)| path.as_str())
}
