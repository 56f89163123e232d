//! CREATE, ALTER and DROP USER and ROLE, membership, SET ROLE.

use datafusion::common::ScalarValue;

use crate::catalog::users::{UserDetails, role_not_found};
use crate::catalog::{Catalog, MemoryLimit, Privileges, User, UserChange, Verifier, normal_name};
use crate::config::parse_bytes;
use crate::error::{Error, INVALID_PARAMETER_VALUE, ROLE_ALREADY_EXISTS, ROLE_NOT_FOUND, Result, Span};
use crate::session::privileges::{check_superuser, denied};
use crate::session::{Identity, Rights};
use crate::sql::ast::{
    AlterUser, CreateUser, DropUsers, Expression, ExpressionKind, Identifier, Limit, LimitValue, Literal, Secret,
    UserOptions,
};
use crate::types::{DataType, quote_if_needed};

use super::Outcome;
use super::running::Running;

pub(super) async fn create_user(running: &Running<'_>, statement: &CreateUser) -> Result<Outcome> {
    superuser(running).await?;
    let catalog = running.catalog().await?;
    let options = &statement.options;
    let mut new = UserChange {
        name: statement.name.value.clone(),
        login: statement.is_user,
        superuser: false,
        verifier: None,
        details: UserDetails::default(),
    };
    apply(running, options, &mut new)?;
    match catalog.create_user(&new).await {
        Err(error) if statement.if_not_exists && error.is(&ROLE_ALREADY_EXISTS) => return Ok(Outcome::Done),
        created => created.map_err(|error| error.at(statement.name.span))?,
    };
    for role in &options.in_roles {
        catalog.grant_role(&role.value, &new.name, false).await.map_err(|error| error.at(role.span))?;
    }
    let members = options.members.iter().map(|name| (name, false));
    for (member, admin) in members.chain(options.admins.iter().map(|name| (name, true))) {
        catalog.grant_role(&new.name, &member.value, admin).await.map_err(|error| error.at(member.span))?;
    }
    Ok(Outcome::Done)
}

/// Users change their own password and settings, superusers everything.
pub(super) async fn alter_user(running: &Running<'_>, statement: &AlterUser) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    let own_matters = UserOptions { password: statement.options.password.clone(), ..UserOptions::default() };
    let of_self = match running.session.identity() {
        Identity::User { name, .. } => normal_name(&statement.name.value) == *name,
        Identity::Local => false,
    };
    if !(of_self && statement.options == own_matters) {
        superuser(running).await?;
    }
    let user = existing(catalog, &statement.name).await?;
    let mut change = UserChange {
        name: user.name.clone(),
        login: user.login,
        superuser: user.superuser,
        verifier: None,
        details: user.details,
    };
    apply(running, &statement.options, &mut change)?;
    let settings = &mut change.details.settings;
    if statement.reset_all {
        settings.clear();
    }
    for (key, value) in &statement.settings {
        settings.retain(|(own, _)| own != key);
        if let Some(value) = value {
            // A value that the setting does not take is refused now, not at the next login.
            running.session.settings().set(key, value).map_err(|error| error.at(statement.name.span))?;
            settings.push((key.clone(), value.clone()));
        }
    }
    catalog.alter_user(&change).await.map_err(|error| error.at(statement.name.span))?;
    Ok(Outcome::Done)
}

pub(super) async fn rename_user(running: &Running<'_>, name: &Identifier, to: &Identifier) -> Result<Outcome> {
    superuser(running).await?;
    running.catalog().await?.rename_user(&name.value, &to.value).await.map_err(|error| error.at(name.span))?;
    Ok(Outcome::Done)
}

pub(super) async fn drop_users(running: &Running<'_>, statement: &DropUsers) -> Result<Outcome> {
    superuser(running).await?;
    let catalog = running.catalog().await?;
    for name in &statement.names {
        match catalog.drop_user(&name.value, statement.cascade).await {
            Err(error) if statement.if_exists && error.is(&ROLE_NOT_FOUND) => {}
            dropped => dropped.map_err(|error| error.at(name.span))?,
        }
    }
    Ok(Outcome::Done)
}

pub(super) async fn grant_roles(
    running: &Running<'_>,
    roles: &[Identifier],
    members: &[Identifier],
    admin: bool,
) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    for role in roles {
        may_give(running, catalog, role).await?;
        for member in members {
            let granted = catalog.grant_role(&role.value, &member.value, admin).await;
            granted.map_err(|error| error.at(member.span))?;
        }
    }
    Ok(Outcome::Done)
}

pub(super) async fn revoke_roles(
    running: &Running<'_>,
    roles: &[Identifier],
    members: &[Identifier],
    admin_only: bool,
) -> Result<Outcome> {
    let catalog = running.catalog().await?;
    for role in roles {
        may_give(running, catalog, role).await?;
        for member in members {
            let revoked = catalog.revoke_role(&role.value, &member.value, admin_only).await;
            revoked.map_err(|error| error.at(member.span))?;
        }
    }
    Ok(Outcome::Done)
}

/// A role that gives everything is given by those alone who have everything.
async fn may_give(running: &Running<'_>, catalog: &Catalog, role: &Identifier) -> Result<()> {
    let found = existing(catalog, role).await?;
    let own = running.reader.privileges().await?;
    if found.superuser {
        return check_superuser(&own, &format!("role {}", quote_if_needed(&found.name)))
            .map_err(|error| error.at(role.span));
    }
    match own.may_give_role(found.id) {
        true => Ok(()),
        false => {
            let name = quote_if_needed(&found.name);
            let user = own.user().map_or_else(String::new, quote_if_needed);
            let hint = format!("GRANT {name} TO {user} WITH ADMIN OPTION");
            Err(denied(format!("role {name}"), hint).at(role.span))
        }
    }
}

/// Takes on the rights of one role in place of one's own, or goes back to them.
pub(super) async fn set_role(running: &Running<'_>, role: Option<&Identifier>) -> Result<Outcome> {
    let Some(role) = role else {
        running.session.set_role(None);
        return Ok(Outcome::Done);
    };
    let found = existing(running.catalog().await?, role).await?;
    let Identity::User { name, .. } = running.session.identity() else {
        return Err(Error::unsupported("SET ROLE in the local shell", "nothing is checked here: log in to a server")
            .at(role.span));
    };
    let Rights::Checked { grants, .. } = running.reader.rights().await? else { return Ok(Outcome::Done) };
    // Whose role it is does not depend on the role that stands in at the moment.
    let own = Privileges::of(grants, &name).ok_or_else(|| role_not_found(&name))?;
    if !own.is_member_of(&found.name) {
        let (role_name, user) = (quote_if_needed(&found.name), quote_if_needed(&name));
        return Err(denied(format!("role {role_name}"), format!("GRANT {role_name} TO {user}")).at(role.span));
    }
    running.session.set_role(Some(&found.name));
    Ok(Outcome::Done)
}

async fn superuser(running: &Running<'_>) -> Result<()> {
    check_superuser(&running.reader.privileges().await?, "users and roles")
}

pub(super) async fn existing(catalog: &Catalog, name: &Identifier) -> Result<User> {
    let found = catalog.user(&name.value).await?;
    match found {
        Some(user) => Ok(user),
        None => {
            let names: Vec<String> = catalog.users().await?.into_iter().map(|user| user.name).collect();
            Err(role_not_found(&name.value).suggest(&name.value, names).at(name.span))
        }
    }
}

fn apply(running: &Running<'_>, options: &UserOptions, user: &mut UserChange) -> Result<()> {
    if let Some(password) = &options.password {
        user.verifier = Some(password.as_ref().map(verifier).transpose()?);
    }
    user.login = options.login.unwrap_or(user.login);
    user.superuser = options.superuser.unwrap_or(user.superuser);
    let details = &mut user.details;
    details.read_only = options.read_only.unwrap_or(details.read_only);
    if let Some((until, span)) = &options.valid_until {
        details.valid_until = valid_until(running, until, *span)?;
    }
    if let Some(comment) = &options.comment {
        details.comment = Some(comment.clone()).filter(|comment| !comment.is_empty());
    }
    for (limit, value, span) in &options.limits {
        let limits = &mut details.limits;
        let refused = || {
            let example = match limit {
                Limit::Memory => "'512 MB', 25 % or NONE",
                Limit::Time => "'30 s', '10 minutes', milliseconds or NONE",
                Limit::Connections | Limit::Queries | Limit::Rows => "a number or NONE",
            };
            Error::new(&INVALID_PARAMETER_VALUE, "This cannot be the limit").hint(format!("say {example}")).at(*span)
        };
        match limit {
            Limit::Connections => limits.connections = count(value).ok_or_else(refused)?,
            Limit::Queries => limits.queries = count(value).ok_or_else(refused)?,
            Limit::Rows => limits.rows = count(value).ok_or_else(refused)?,
            Limit::Memory => limits.memory = memory(value).ok_or_else(refused)?,
            Limit::Time => limits.time = time(value).ok_or_else(refused)?,
        }
    }
    Ok(())
}

/// A verifier may be given as it is: that is how users move from one server to another.
fn verifier(password: &Secret) -> Result<Verifier> {
    if password.0.starts_with("SCRAM-SHA-256$") {
        return Verifier::parse(&password.0).ok_or_else(|| {
            Error::new(&INVALID_PARAMETER_VALUE, "The password begins like a SCRAM-SHA-256 verifier and is none")
        });
    }
    if password.0.is_empty() {
        return Err(Error::new(&INVALID_PARAMETER_VALUE, "A password cannot be empty")
            .hint("PASSWORD NULL takes a password away: nobody can log in then"));
    }
    Ok(Verifier::new(&password.0))
}

fn valid_until(running: &Running<'_>, text: &str, span: Span) -> Result<Option<i64>> {
    if text.eq_ignore_ascii_case("infinity") {
        return Ok(None);
    }
    let text = Expression { kind: ExpressionKind::Literal(Literal::String(text.to_owned())), span };
    match running.constant(&text, &DataType::Timestamp)? {
        ScalarValue::TimestampMicrosecond(Some(micros), _) => Ok(Some(micros)),
        _ => Err(Error::new(&INVALID_PARAMETER_VALUE, "VALID UNTIL takes a point in time or 'infinity'").at(span)),
    }
}

fn count(value: &LimitValue) -> Option<Option<u64>> {
    match value {
        LimitValue::None => Some(None),
        LimitValue::Number(number) => Some(Some(*number)),
        LimitValue::Percent(_) | LimitValue::Text(_) => None,
    }
}

fn memory(value: &LimitValue) -> Option<Option<MemoryLimit>> {
    let limit = match value {
        LimitValue::None => return Some(None),
        LimitValue::Number(bytes) => MemoryLimit::Bytes(*bytes),
        LimitValue::Percent(percent) => MemoryLimit::Percent(percentage(*percent)?),
        LimitValue::Text(text) => match text.trim().strip_suffix('%') {
            Some(percent) => MemoryLimit::Percent(percentage(percent.trim().parse().ok()?)?),
            None => MemoryLimit::Bytes(parse_bytes(text).filter(|bytes| *bytes > 0)?),
        },
    };
    Some(Some(limit))
}

fn percentage(percent: u64) -> Option<u8> {
    u8::try_from(percent).ok().filter(|percent| (1..=100).contains(percent))
}

/// In milliseconds.
fn time(value: &LimitValue) -> Option<Option<u64>> {
    let text = match value {
        LimitValue::None => return Some(None),
        LimitValue::Number(milliseconds) => return Some(Some(*milliseconds)),
        LimitValue::Percent(_) => return None,
        LimitValue::Text(text) => text.trim().to_lowercase(),
    };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "ms" | "millisecond" | "milliseconds" => 1,
        "s" | "second" | "seconds" => 1_000,
        "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit).map(Some)
}
