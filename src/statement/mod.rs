//! One statement, from text to rows: a file per kind, named as typed.
//!
//! ```text
//! text ─parse─► Statement ─► the kind's file ─► binder ─► plan ─► execution | storage::write ─► Outcome
//! ```

mod alter_columns;
mod alter_table;
mod alter_view;
mod analyze;
mod answer;
mod authorize;
mod cache_table;
mod catalogue_fallback;
mod column_changes;
mod comment;
mod constant_rows;
mod copy;
mod create_function;
mod create_table;
mod create_view;
mod database;
mod defaults;
mod describe;
mod describe_json;
mod describe_table;
mod drop_function;
mod drop_table;
mod execute_immediate;
mod explain;
mod functions;
mod grants;
mod insert;
mod insert_directory;
mod keys;
mod kill_query;
mod layout;
mod limited;
mod load_data;
mod partition_clause;
mod pattern;
mod plan_text;
mod prepared;
mod query;
mod recorded;
mod refresh;
mod relation;
mod repair_table;
mod resources;
mod row_change;
mod running;
mod schema_tree;
mod script;
mod set;
mod show;
mod show_access;
mod show_create_table;
mod show_tables;
mod table_format;
mod table_information;
mod truncate;
mod use_database;
mod users;
mod variables;

use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use futures::future::BoxFuture;

use crate::error::Result;
use crate::execution::{Progress, memory};
use crate::session::Session;
use crate::sql;
use crate::sql::ast::{Access, Statement};
use crate::types::StructField;

pub use catalogue_fallback::catalogue_fallback;
pub use copy::{CopiedRows, CopyTarget};
pub use prepared::{ParameterValue, Prepared};
use recorded::Recorded;
use running::Running;

/// What a statement gives.
pub enum Outcome {
    /// It did something and has nothing to show.
    Done,
    /// It wrote so many rows.
    Written(u64),
    Rows(Rows),
}

/// Rows, as they are made. Dropping them stops the statement.
pub struct Rows {
    /// What the user sees; names may repeat, and differ from those of the stream's schema.
    pub columns: Vec<StructField>,
    pub stream: SendableRecordBatchStream,
    pub kind: RowsKind,
    pub progress: Arc<Progress>,
}

/// Where rows come from: Hive's text format shows those of commands in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsKind {
    Query,
    /// `DESCRIBE t`: columns padded with blanks, no NULLs.
    DescribeTable,
    /// `SHOW TABLES`: the second column alone.
    ShowTables,
    /// Any other command: as they are.
    Command,
}

impl Session {
    /// Runs one statement; `text` may end with a semicolon.
    ///
    /// # Errors
    /// Whatever is wrong, with its position in `text`.
    pub async fn execute(&self, text: &str) -> Result<Outcome> {
        let running = Running::new(self);
        let mut recorded = Recorded::begin(&running, text);
        let result = match sql::parse(text, &running.parsing) {
            Ok(statement) => run(&running, &statement, &mut recorded).await,
            Err(error) => Err(error),
        };
        recorded.outcome(result)
    }
}

async fn run(running: &Running<'_>, statement: &Statement, recorded: &mut Recorded) -> Result<Outcome> {
    // They say what the user may use.
    running.reader.rights().await?;
    let limits = running.session.limits();
    let work = async {
        recorded.enter(running, statement).await;
        let deadline = limited::deadline(&limits);
        let outcome = limited::in_time(deadline, execute(running, statement)).await?;
        Ok(limited::limited(outcome, &limits, deadline))
    };
    let outcome = running.cancellation.clone().guard(work).await.map_err(memory::explain)?;
    Ok(match (outcome, *running.written.lock()) {
        (Outcome::Done, Some(rows)) => Outcome::Written(rows),
        (outcome, _) => outcome,
    })
}

/// Runs a statement that another one is made of.
async fn execute_nested(session: &Session, statement: &Statement) -> Result<Outcome> {
    let running = Running::new(session);
    execute(&running, statement).await
}

/// Boxed: EXPLAIN runs statements too, and futures of all kinds side by side are large.
fn execute<'r>(running: &'r Running<'_>, statement: &'r Statement) -> BoxFuture<'r, Result<Outcome>> {
    Box::pin(async move {
        authorize::authorize(running, statement).await?;
        dispatch(running, statement).await
    })
}

fn dispatch<'r>(running: &'r Running<'_>, statement: &'r Statement) -> BoxFuture<'r, Result<Outcome>> {
    match statement {
        Statement::Query(statement) => Box::pin(query::query(running, statement)),
        Statement::Explain(statement) => Box::pin(explain::explain(running, statement)),
        Statement::Insert(statement) => Box::pin(insert::insert(running, statement)),
        Statement::InsertMany(statements) => Box::pin(insert::insert_many(running, statements)),
        Statement::InsertDirectory(statement) => Box::pin(insert_directory::insert_directory(running, statement)),
        Statement::LoadData(statement) => Box::pin(load_data::load_data(running, statement)),
        Statement::CreateDatabase(statement) => Box::pin(database::create_database(running, statement)),
        Statement::AlterDatabase(statement) => Box::pin(database::alter_database(running, statement)),
        Statement::DropDatabase(statement) => Box::pin(database::drop_database(running, statement)),
        Statement::Use(name) => Box::pin(use_database::use_database(running, name)),
        Statement::SetCatalog(name) => Box::pin(async { use_database::set_catalog(name) }),
        Statement::Comment(statement) => Box::pin(comment::comment(running, statement)),
        Statement::Cache(statement) => Box::pin(cache_table::cache_table(running, statement)),
        Statement::Uncache(statement) => Box::pin(cache_table::uncache_table(running, statement)),
        Statement::ClearCache => Box::pin(async { Ok(cache_table::clear_cache(running)) }),
        Statement::Analyze(statement) => Box::pin(analyze::analyze(running, statement)),
        Statement::RowChange(statement) => Box::pin(row_change::row_change(running, statement)),
        Statement::CreateTable(statement) => Box::pin(create_table::create_table(running, statement)),
        Statement::AlterTable(statement) => Box::pin(alter_table::alter_table(running, statement)),
        Statement::DropTable(statement) => Box::pin(drop_table::drop_table(running, statement)),
        Statement::Truncate(statement) => Box::pin(truncate::truncate(running, statement)),
        Statement::RepairTable(statement) => Box::pin(repair_table::repair_table(running, statement)),
        Statement::Refresh(statement) => Box::pin(refresh::refresh(running, statement)),
        Statement::CreateView(statement) => Box::pin(create_view::create_view(running, statement)),
        Statement::AlterView(statement) => Box::pin(alter_view::alter_view(running, statement)),
        Statement::DropView(statement) => Box::pin(drop_table::drop_view(running, statement)),
        Statement::CreateFunction(statement) => Box::pin(create_function::create_function(running, statement)),
        Statement::DropFunction(statement) => Box::pin(drop_function::drop_function(running, statement)),
        Statement::DeclareVariable(statement) => Box::pin(variables::declare(running, statement)),
        Statement::SetVariable(statement) => Box::pin(variables::set(running, statement)),
        Statement::DropVariable(statement) => Box::pin(variables::drop(running, statement)),
        Statement::ExecuteImmediate(statement) => Box::pin(execute_immediate::execute_immediate(running, statement)),
        Statement::Script(block) => Box::pin(script::script(running, block)),
        Statement::AddFiles(statement) => Box::pin(async { resources::add_files(running, statement) }),
        Statement::ListResources(statement) => Box::pin(async { resources::list_resources(running, statement) }),
        Statement::Access(statement) => Box::pin(access(running, statement)),
        Statement::Set(statement) => Box::pin(async { set::set(running, statement) }),
        Statement::Reset(key) => Box::pin(async { set::reset(running, key.as_deref()) }),
        Statement::KillQuery(id) => Box::pin(async { kill_query::kill_query(running, *id) }),
        Statement::Show(statement) => Box::pin(show::show(running, statement)),
        Statement::Describe(statement) => Box::pin(describe::describe(running, statement)),
    }
}

async fn access(running: &Running<'_>, statement: &Access) -> Result<Outcome> {
    match statement {
        Access::CreateUser(statement) => users::create_user(running, statement).await,
        Access::AlterUser(statement) => users::alter_user(running, statement).await,
        Access::RenameUser { name, to } => users::rename_user(running, name, to).await,
        Access::DropUsers(statement) => users::drop_users(running, statement).await,
        Access::Grant(statement) => grants::grant(running, statement).await,
        Access::Revoke(statement) => grants::revoke(running, statement).await,
        Access::GrantRoles { roles, members, admin } => users::grant_roles(running, roles, members, *admin).await,
        Access::RevokeRoles { roles, members, admin_only } => {
            users::revoke_roles(running, roles, members, *admin_only).await
        }
        Access::SetRole(role) => users::set_role(running, role.as_ref()).await,
        Access::Owner { object, owner } => grants::alter_owner(running, object, owner).await,
        Access::Reassign { from, to } => grants::reassign(running, from, to).await,
        Access::ShowUsers => show_access::show_users(running).await,
        Access::ShowRoles => show_access::show_roles(running).await,
        Access::ShowCurrentRoles => show_access::show_current_roles(running).await,
        Access::ShowGrants { to, on } => show_access::show_grants(running, to.as_ref(), on.as_ref()).await,
    }
}
