//! SHOW USERS, ROLES, CURRENT ROLES, GRANTS.

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalog::users::role_not_found;
use crate::catalog::{Grant, Grants, MemoryLimit, Privileges, Securable, User, UserLimits};
use crate::error::Result;
use crate::session::Identity;
use crate::sql::ast::{Grantee, Securables};
use crate::types::quote_if_needed;

use super::answer::{answer, flags, optional_text, text};
use super::grants::targets;
use super::running::Running;
use super::table_information::time_text;
use super::{Outcome, RowsKind, users};

/// Those that may log in, with what is special about them. Others than superusers see themselves.
pub(super) async fn show_users(running: &Running<'_>) -> Result<Outcome> {
    let grants = running.session.warehouse().grants().await?;
    let own = running.reader.privileges().await?;
    let users: Vec<&User> = grants.users.iter().filter(|user| user.login && own.is_member_of(&user.name)).collect();
    let zone = &running.context.time_zone;
    let until = |user: &&User| user.details.valid_until.map(|until| time_text(until / 1000, zone));
    answer(
        RowsKind::Command,
        vec![
            text("user", users.iter().map(|user| &user.name)),
            flags("superuser", users.iter().map(|user| user.superuser)),
            flags("read_only", users.iter().map(|user| user.details.read_only)),
            optional_text("valid_until", users.iter().map(until)),
            text("roles", users.iter().map(|user| direct_roles(&grants, user).join(", "))),
            text("limits", users.iter().map(|user| limits_text(&user.details.limits))),
            optional_text("comment", users.iter().map(|user| user.details.comment.as_deref())),
        ],
    )
}

pub(super) async fn show_roles(running: &Running<'_>) -> Result<Outcome> {
    let grants = running.session.warehouse().grants().await?;
    let roles: Vec<&User> = grants.users.iter().filter(|user| !user.login).collect();
    answer(
        RowsKind::Command,
        vec![
            text("role", roles.iter().map(|role| &role.name)),
            flags("superuser", roles.iter().map(|role| role.superuser)),
            flags("read_only", roles.iter().map(|role| role.details.read_only)),
            text("roles", roles.iter().map(|role| direct_roles(&grants, role).join(", "))),
            text("limits", roles.iter().map(|role| limits_text(&role.details.limits))),
            optional_text("comment", roles.iter().map(|role| role.details.comment.as_deref())),
        ],
    )
}

/// Whose rights the session has.
pub(super) async fn show_current_roles(running: &Running<'_>) -> Result<Outcome> {
    let names: Vec<String> = match running.session.identity() {
        Identity::Local => Vec::new(),
        Identity::User { name, role } => {
            let grants = running.session.warehouse().grants().await?;
            let acting = role.as_ref().unwrap_or(&name);
            let roles = grants.user(acting).map(|user| grants.roles_of(user.id)).unwrap_or_default();
            grants.users.iter().filter(|user| roles.contains(&user.id)).map(|user| user.name.clone()).collect()
        }
    };
    answer(RowsKind::Command, vec![text("role", names)])
}

/// One line of SHOW GRANTS.
struct Line {
    grantee: String,
    privilege: &'static str,
    kind: &'static str,
    object: Option<String>,
    column: Option<String>,
    grantable: bool,
    grantor: Option<String>,
}

/// Others than superusers see what they have, what they have granted, and what is granted on what is theirs.
pub(super) async fn show_grants(
    running: &Running<'_>,
    to: Option<&Grantee>,
    on: Option<&Securables>,
) -> Result<Outcome> {
    let grants = running.session.warehouse().grants().await?;
    let own = running.reader.privileges().await?;
    let objects = match on {
        Some(on) => Some(targets(running, on).await?),
        None => None,
    };
    let wanted = match to {
        None => None,
        Some(Grantee::Public) => Some((None, HashSet::new())),
        Some(Grantee::Named(name)) => {
            let user = users::existing(running.catalog().await?, name).await?;
            Some((Some(user.id), grants.roles_of(user.id)))
        }
        Some(Grantee::Current) => {
            let name = running.session.user();
            let user = grants.user(&name).ok_or_else(|| role_not_found(&name))?;
            Some((Some(user.id), grants.roles_of(user.id)))
        }
    };
    let mine = own_roles(&grants, &own);
    let owns_one = objects
        .as_ref()
        .is_some_and(|objects| objects.iter().all(|target| target.owner.as_ref().is_some_and(|owner| own.owns(owner))));
    let visible = |grant: &Grant| owns_one || own.sees_grant(grant);
    let mut lines: Vec<Line> = grants
        .grants
        .iter()
        .map(|stored| &stored.grant)
        .filter(|grant| visible(grant))
        .filter(|grant| objects.as_ref().is_none_or(|found| found.iter().any(|target| target.object == grant.object)))
        .filter(|grant| match &wanted {
            None => true,
            Some((None, _)) => grant.grantee.is_none(),
            Some((Some(_), roles)) => grant.grantee.is_some_and(|grantee| roles.contains(&grantee)),
        })
        .map(|grant| line(&grants, grant))
        .collect();
    if objects.is_none() {
        let seen = |member: i64| own.is_unlimited() || mine.contains(&member);
        let asked = |member: i64| match &wanted {
            None => true,
            Some((user, roles)) => user.is_some() && roles.contains(&member),
        };
        let memberships = grants.memberships.iter().filter(|one| seen(one.member) && asked(one.member));
        lines.extend(memberships.map(|membership| Line {
            grantee: name_of(&grants, membership.member),
            privilege: "MEMBER",
            kind: "ROLE",
            object: Some(name_of(&grants, membership.role)),
            column: None,
            grantable: membership.admin,
            grantor: None,
        }));
    }
    lines.sort_by(|a, b| {
        (&a.grantee, a.kind, &a.object, &a.column, a.privilege).cmp(&(
            &b.grantee,
            b.kind,
            &b.object,
            &b.column,
            b.privilege,
        ))
    });
    answer(
        RowsKind::Command,
        vec![
            text("grantee", lines.iter().map(|line| &line.grantee)),
            text("privilege", lines.iter().map(|line| line.privilege)),
            text("object_type", lines.iter().map(|line| line.kind)),
            optional_text("object", lines.iter().map(|line| line.object.as_deref())),
            optional_text("column", lines.iter().map(|line| line.column.as_deref())),
            flags("grantable", lines.iter().map(|line| line.grantable)),
            optional_text("grantor", lines.iter().map(|line| line.grantor.as_deref())),
        ],
    )
}

fn own_roles(grants: &Arc<Grants>, own: &Privileges) -> HashSet<i64> {
    own.user().and_then(|name| grants.user(name)).map(|user| grants.roles_of(user.id)).unwrap_or_default()
}

fn line(grants: &Grants, grant: &Grant) -> Line {
    let (kind, object) = match &grant.object {
        Securable::Warehouse => ("WAREHOUSE", None),
        Securable::Database(name) => ("DATABASE", Some(name.clone())),
        Securable::Relation(id) => {
            ("TABLE", grants.relations.get(id).map(|(database, name)| format!("{database}.{name}")))
        }
        Securable::Function { database, name } => ("FUNCTION", Some(format!("{database}.{name}"))),
        Securable::Path(url) => ("PATH", Some(url.trim_start_matches("file:").to_owned())),
    };
    Line {
        grantee: grant.grantee.map_or_else(|| "PUBLIC".to_owned(), |id| name_of(grants, id)),
        privilege: grant.privilege.text(),
        kind,
        object,
        column: grant.column.clone(),
        grantable: grant.grantable,
        grantor: grant.grantor.map(|id| name_of(grants, id)),
    }
}

fn name_of(grants: &Grants, id: i64) -> String {
    grants.user_by_id(id).map_or_else(String::new, |user| user.name.clone())
}

fn direct_roles(grants: &Grants, user: &User) -> Vec<String> {
    let direct = grants.memberships.iter().filter(|membership| membership.member == user.id);
    let mut names: Vec<String> = direct.map(|membership| quote_if_needed(&name_of(grants, membership.role))).collect();
    names.sort_unstable();
    names
}

/// As CREATE USER takes them.
fn limits_text(limits: &UserLimits) -> String {
    let number = |word: &str, value: Option<u64>| value.map(|value| format!("{word} LIMIT {value}"));
    let memory = limits.memory.map(|memory| match memory {
        MemoryLimit::Bytes(bytes) => format!("MEMORY LIMIT {bytes}"),
        MemoryLimit::Percent(percent) => format!("MEMORY LIMIT {percent} %"),
    });
    let all = [
        number("CONNECTION", limits.connections),
        number("QUERY", limits.queries),
        memory,
        limits.time.map(|time| format!("TIME LIMIT '{time} ms'")),
        number("ROW", limits.rows),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
