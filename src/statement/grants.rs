//! GRANT, REVOKE, owners.

use crate::catalog::grants::COLUMN_PRIVILEGES;
use crate::catalog::users::role_not_found;
use crate::catalog::{Grant, Privilege, Privileges, Securable, Table, normal_name};
use crate::error::{Error, INVALID_GRANT_OPERATION, Result, Span, UNRESOLVED_COLUMN};
use crate::session::privileges::{check_owner, check_superuser, check_usage, denied, object_text, real_path};
use crate::session::{Found, TableName};
use crate::sql::ast::{
    GrantPrivileges, Grantee, Identifier, ObjectName, PrivilegeClause, RevokePrivileges, Securables, same_name,
};
use crate::storage::location::{local_path, location_url};
use crate::types::quote_if_needed;

use super::Outcome;
use super::database::existing;
use super::drop_function::unresolved;
use super::relation::relation;
use super::running::Running;
use super::users;

/// Something to grant privileges on.
pub(super) struct Target {
    pub object: Securable,
    /// Whose it is; `None` for what belongs to superusers.
    pub owner: Option<String>,
    /// As messages call it.
    pub shown: String,
    /// Of a table or view.
    table: Option<std::sync::Arc<Table>>,
}

pub(super) async fn grant(running: &Running<'_>, statement: &GrantPrivileges) -> Result<Outcome> {
    let own = running.reader.privileges().await?;
    let grantees = grantees(running, &statement.grantees).await?;
    if statement.grantable && grantees.contains(&None) {
        return Err(Error::new(&INVALID_GRANT_OPERATION, "Everybody cannot have a grant option").at(statement.span));
    }
    let mut grants = Vec::new();
    for target in targets(running, &statement.on).await? {
        for (wanted, span) in wanted(&target, &statement.privileges)? {
            let grantor = own.grantor(target.owner.as_deref(), &wanted);
            let grantor = grantor.map_err(|_| not_grantable(&own, &target, &wanted).at(span))?;
            grants.extend(grantees.iter().map(|grantee| Grant {
                grantee: *grantee,
                grantor,
                grantable: statement.grantable,
                ..wanted.clone()
            }));
        }
    }
    running.catalog().await?.grant(&grants).await?;
    Ok(Outcome::Done)
}

/// Owners and superusers take away what anybody has granted, others what they have.
pub(super) async fn revoke(running: &Running<'_>, statement: &RevokePrivileges) -> Result<Outcome> {
    let own = running.reader.privileges().await?;
    let grantees = grantees(running, &statement.grantees).await?;
    let mut grants = Vec::new();
    for target in targets(running, &statement.on).await? {
        for (wanted, span) in wanted(&target, &statement.privileges)? {
            let grantor = own.grantor(target.owner.as_deref(), &wanted);
            let grantor = grantor.map_err(|_| not_grantable(&own, &target, &wanted).at(span))?;
            grants.extend(grantees.iter().map(|grantee| Grant { grantee: *grantee, grantor, ..wanted.clone() }));
        }
    }
    running
        .catalog()
        .await?
        .revoke(&grants, statement.option_only, statement.cascade)
        .await
        .map_err(|error| error.at(statement.span))?;
    Ok(Outcome::Done)
}

fn not_grantable(own: &Privileges, target: &Target, wanted: &Grant) -> Error {
    let user = own.user().map_or_else(String::new, quote_if_needed);
    let object = &target.shown;
    denied(
        object,
        format!(
            "its owner grants it, or who has it WITH GRANT OPTION: GRANT {} ON {object} TO {user} WITH GRANT OPTION",
            wanted.privilege.text()
        ),
    )
}

/// The privileges of the clauses on one object, each with its place; grantees are to be filled in.
fn wanted(target: &Target, clauses: &[PrivilegeClause]) -> Result<Vec<(Grant, Span)>> {
    let possible = target.object.privileges();
    let mut grants = Vec::new();
    for clause in clauses {
        let privileges = match clause.word.as_str() {
            "ALL" => possible
                .iter()
                .copied()
                .filter(|privilege| clause.columns.is_empty() || COLUMN_PRIVILEGES.contains(privilege))
                .collect(),
            word => vec![privilege(word, target, clause.span)?],
        };
        for privilege in privileges {
            let whole = Grant {
                grantee: None,
                grantor: None,
                object: target.object.clone(),
                column: None,
                privilege,
                grantable: false,
            };
            if clause.columns.is_empty() {
                grants.push((whole, clause.span));
                continue;
            }
            for column in &clause.columns {
                let column = Some(column_of(target, privilege, column)?);
                grants.push((Grant { column, ..whole.clone() }, clause.span));
            }
        }
    }
    Ok(grants)
}

fn privilege(word: &str, target: &Target, span: Span) -> Result<Privilege> {
    let possible = target.object.privileges();
    let words = possible.iter().map(|privilege| privilege.text());
    match Privilege::named(word) {
        Some(privilege) if possible.contains(&privilege) => Ok(privilege),
        _ => Err(Error::new(
            &INVALID_GRANT_OPERATION,
            format!("There is no privilege {} on {}", word.to_uppercase(), target.shown),
        )
        .hint(format!("there are {}", words.collect::<Vec<_>>().join(", ")))
        .at(span)),
    }
}

fn column_of(target: &Target, privilege: Privilege, column: &Identifier) -> Result<String> {
    let Some(table) = target.table.as_ref().filter(|_| COLUMN_PRIVILEGES.contains(&privilege)) else {
        let message = format!("{} is not a privilege on columns of {}", privilege.text(), target.shown);
        return Err(Error::new(&INVALID_GRANT_OPERATION, message)
            .hint("columns of tables and views have SELECT, INSERT and UPDATE")
            .at(column.span));
    };
    if table.columns.iter().any(|own| same_name(&own.name, &column.value)) {
        return Ok(normal_name(&column.value));
    }
    Err(Error::new(&UNRESOLVED_COLUMN, format!("{} has no column {}", target.shown, quote_if_needed(&column.value)))
        .subcondition("WITHOUT_SUGGESTION")
        .suggest(&column.value, table.columns.iter().map(|own| &own.name))
        .at(column.span))
}

/// What the words behind ON stand for.
pub(super) async fn targets(running: &Running<'_>, on: &Securables) -> Result<Vec<Target>> {
    let own = running.reader.privileges().await?;
    let catalog = running.catalog().await?;
    let mut targets = Vec::new();
    match on {
        Securables::Warehouse => targets.push(Target {
            object: Securable::Warehouse,
            owner: None,
            shown: "WAREHOUSE".to_owned(),
            table: None,
        }),
        Securables::Databases(names) => {
            for name in names {
                let database = existing(running, name).await?;
                targets.push(Target {
                    shown: format!("DATABASE {}", quote_if_needed(&database.name)),
                    object: Securable::Database(database.name),
                    owner: Some(database.owner),
                    table: None,
                });
            }
        }
        Securables::Relations(names) => {
            for name in names {
                let full = TableName::new(name, &running.context.current_database)?;
                check_if_there(running, &own, &full.database).await.map_err(|error| error.at(name.span))?;
                match relation(running, name).await? {
                    Found::Table(table) | Found::View(table) => targets.push(of_table(table)),
                    Found::Temporary(_) => {
                        return Err(Error::new(&INVALID_GRANT_OPERATION, "A temporary view belongs to its session")
                            .hint("CREATE VIEW makes one that others may use")
                            .at(name.span));
                    }
                }
            }
        }
        Securables::AllRelations(databases) => {
            for name in databases {
                let database = existing(running, name).await?.name;
                check_usage(&own, &database).map_err(|error| error.at(name.span))?;
                for summary in catalog.tables(&database).await? {
                    if let Some(table) = catalog.table(&database, &summary.name).await? {
                        targets.push(of_table(table));
                    }
                }
            }
        }
        Securables::Functions(names) => {
            for name in names {
                let full = TableName::new(name, &running.context.current_database)?;
                check_if_there(running, &own, &full.database).await.map_err(|error| error.at(name.span))?;
                let Some(target) = function(running, &full.database, &full.name).await? else {
                    return Err(unresolved(running, name));
                };
                targets.push(target);
            }
        }
        Securables::AllFunctions(databases) => {
            for name in databases {
                let database = existing(running, name).await?.name;
                check_usage(&own, &database).map_err(|error| error.at(name.span))?;
                for name in catalog.functions(&database).await? {
                    targets.extend(function(running, &database, &name).await?);
                }
            }
        }
        Securables::Paths(paths) => {
            for path in paths {
                let given = local_path(&location_url(path)?)?;
                let wild = path.contains(['*', '?', '[', '{']);
                let Some(real) = real_path(&given).filter(|_| !wild) else {
                    let message = format!("`{path}` is not one folder or file");
                    return Err(Error::new(&INVALID_GRANT_OPERATION, message)
                        .hint("a grant on a folder is one on all below it: leave wildcards out"));
                };
                let url = location_url(&real.to_string_lossy())?;
                let shown = format!("PATH '{}'", real.display());
                targets.push(Target { object: Securable::Path(url), owner: None, shown, table: None });
            }
        }
    }
    Ok(targets)
}

/// Who may not look into a database is not told what is in it.
async fn check_if_there(running: &Running<'_>, own: &Privileges, database: &str) -> Result<()> {
    match running.catalog().await?.database(database).await? {
        Some(_) => check_usage(own, database),
        None => Ok(()),
    }
}

fn of_table(table: std::sync::Arc<Table>) -> Target {
    Target {
        object: Securable::Relation(table.id),
        owner: Some(table.details.owner.clone()),
        shown: upper_kind(&object_text(&table)),
        table: Some(table),
    }
}

/// `table a.b` as statements have it: `TABLE a.b`.
fn upper_kind(text: &str) -> String {
    match text.split_once(' ') {
        Some((kind, name)) => format!("{} {name}", kind.to_uppercase()),
        None => text.to_owned(),
    }
}

async fn function(running: &Running<'_>, database: &str, name: &str) -> Result<Option<Target>> {
    let function = running.catalog().await?.function(database, name).await?;
    Ok(function.map(|function| Target {
        shown: format!("FUNCTION {}.{}", quote_if_needed(&function.database), quote_if_needed(&function.name)),
        object: Securable::Function { database: function.database.clone(), name: function.name.clone() },
        owner: Some(function.definition.owner.clone()),
        table: None,
    }))
}

/// Numbers of users and roles; `None` is everybody.
async fn grantees(running: &Running<'_>, names: &[Grantee]) -> Result<Vec<Option<i64>>> {
    let catalog = running.catalog().await?;
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        found.push(match name {
            Grantee::Public => None,
            Grantee::Named(name) => Some(users::existing(catalog, name).await?.id),
            Grantee::Current => {
                let user = running.session.user();
                Some(catalog.user(&user).await?.ok_or_else(|| role_not_found(&user))?.id)
            }
        });
    }
    Ok(found)
}

/// `ALTER … OWNER TO`: by the owner, who must be a member of the new one, so that nobody gives away what he cannot have.
pub(super) async fn alter_owner(running: &Running<'_>, object: &Securables, owner: &Identifier) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    let own = running.reader.privileges().await?;
    let to = users::existing(catalog, owner).await?;
    if !own.is_member_of(&to.name) {
        let name = quote_if_needed(&to.name);
        let user = own.user().map_or_else(String::new, quote_if_needed);
        return Err(denied(format!("role {name}"), format!("GRANT {name} TO {user}")).at(owner.span));
    }
    match object {
        Securables::Databases(names) => {
            for name in names {
                let mut database = existing(running, name).await?;
                let shown = format!("database {}", quote_if_needed(&database.name));
                check_owner(&own, &database.owner, &shown).map_err(|error| error.at(name.span))?;
                database.owner.clone_from(&to.name);
                catalog.alter_database(&database).await?;
            }
        }
        Securables::Relations(names) => {
            for name in names {
                let table = owned_table(running, &own, name).await?;
                let mut changed = table.as_ref().clone();
                changed.details.owner.clone_from(&to.name);
                catalog.alter_table(&changed).await?;
            }
        }
        Securables::Functions(names) => {
            for name in names {
                let full = TableName::new(name, &running.context.current_database)?;
                check_if_there(running, &own, &full.database).await.map_err(|error| error.at(name.span))?;
                let Some(function) = catalog.function(&full.database, &full.name).await? else {
                    return Err(unresolved(running, name));
                };
                let mut definition = function.definition.clone();
                let shown = format!("function {}", name.text());
                check_owner(&own, &definition.owner, &shown).map_err(|error| error.at(name.span))?;
                definition.owner.clone_from(&to.name);
                catalog.create_function(&full.database, &full.name, &definition, true).await?;
            }
        }
        Securables::Warehouse | Securables::AllRelations(_) | Securables::AllFunctions(_) | Securables::Paths(_) => {
            return Err(Error::unsupported(
                "OWNER TO of this object",
                "databases, tables, views and functions have owners",
            ));
        }
    }
    Ok(Outcome::Done)
}

async fn owned_table(running: &Running<'_>, own: &Privileges, name: &ObjectName) -> Result<std::sync::Arc<Table>> {
    let full = TableName::new(name, &running.context.current_database)?;
    check_if_there(running, own, &full.database).await.map_err(|error| error.at(name.span))?;
    match relation(running, name).await? {
        Found::Table(table) | Found::View(table) => {
            check_owner(own, &table.details.owner, &object_text(&table)).map_err(|error| error.at(name.span))?;
            Ok(table)
        }
        Found::Temporary(_) => {
            Err(Error::new(&INVALID_GRANT_OPERATION, "A temporary view belongs to its session").at(name.span))
        }
    }
}

/// `REASSIGN OWNED BY a TO b`
pub(super) async fn reassign(running: &Running<'_>, from: &[Identifier], to: &Identifier) -> Result<Outcome> {
    check_superuser(&running.reader.privileges().await?, "what others own")?;
    let catalog = running.catalog().await?;
    for name in from {
        users::existing(catalog, name).await?;
        catalog.reassign_owned(&name.value, &to.value).await.map_err(|error| error.at(to.span))?;
    }
    Ok(Outcome::Done)
}
