//! What somebody may do: what follows from grants, memberships and owners.
//!
//! A privilege on the warehouse or a database is one on all in it. The owner of an object may do all with it. Whose name
//! is that of no user or role made the object in the local shell, which nobody checks: it has all rights.

use std::collections::HashSet;
use std::sync::Arc;

use super::grants::{COLUMN_PRIVILEGES, is_inside};
use super::{Grant, Grants, Privilege, Securable, Table, TableSummary, User, normal_name};

/// A table or view, as far as privileges are about it.
#[derive(Debug, Clone, Copy)]
pub struct Relation<'a> {
    pub id: i64,
    pub database: &'a str,
    pub owner: &'a str,
}

impl Table {
    pub fn as_relation(&self) -> Relation<'_> {
        Relation { id: self.id, database: &self.database, owner: &self.details.owner }
    }
}

impl TableSummary {
    pub fn as_relation<'a>(&'a self, database: &'a str) -> Relation<'a> {
        Relation { id: self.id, database, owner: &self.owner }
    }
}

/// Whether a privilege is to be had, or to be given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    Held,
    /// With the grant option.
    Grantable,
}

/// What somebody may do, at one moment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Privileges {
    /// `None`: everything.
    limited: Option<Arc<Limited>>,
    read_only: bool,
}

#[derive(Debug)]
struct Limited {
    grants: Arc<Grants>,
    user: i64,
    name: String,
    /// Numbers of the user and of all that it is a member of.
    roles: HashSet<i64>,
    /// Their names.
    names: HashSet<String>,
}

impl Privileges {
    /// Everything: the local shell, and superusers.
    pub fn all() -> Self {
        Self { limited: None, read_only: false }
    }

    /// Those of a user or role; `None` if there is no such one.
    pub fn of(grants: &Arc<Grants>, name: &str) -> Option<Self> {
        let user = grants.user(name)?;
        let roles = grants.roles_of(user.id);
        let members: Vec<&User> = grants.users.iter().filter(|user| roles.contains(&user.id)).collect();
        let read_only = members.iter().any(|role| role.details.read_only);
        if user.superuser {
            return Some(Self { limited: None, read_only });
        }
        Some(Self {
            read_only,
            limited: Some(Arc::new(Limited {
                user: user.id,
                name: user.name.clone(),
                names: members.iter().map(|role| role.name.clone()).collect(),
                grants: Arc::clone(grants),
                roles,
            })),
        })
    }

    /// Those that the text of a view or function of this owner is read with.
    pub fn of_owner(grants: &Arc<Grants>, owner: &str) -> Self {
        Self::of(grants, owner).unwrap_or_else(Self::all)
    }

    /// Those that everybody has.
    pub fn of_everybody(grants: &Arc<Grants>) -> Self {
        let limited = Limited {
            user: 0,
            name: "public".to_owned(),
            names: HashSet::new(),
            grants: Arc::clone(grants),
            roles: HashSet::new(),
        };
        Self { limited: Some(Arc::new(limited)), read_only: false }
    }

    /// Whether a grant is theirs to know: to them or everybody, or from them.
    pub fn sees_grant(&self, grant: &Grant) -> bool {
        self.limited.as_ref().is_none_or(|limited| {
            limited.has(grant) || grant.grantor.is_some_and(|grantor| limited.roles.contains(&grantor))
        })
    }

    /// Whether nothing is checked.
    pub fn is_unlimited(&self) -> bool {
        self.limited.is_none()
    }

    /// Whether only statements that change nothing are allowed.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The user or role whose privileges they are; `None` if that does not matter.
    pub fn user(&self) -> Option<&str> {
        self.limited.as_ref().map(|limited| limited.name.as_str())
    }

    /// What tells these privileges from others, at another time or of somebody else.
    pub fn fingerprint(&self) -> Option<(i64, i64)> {
        self.limited.as_ref().map(|limited| (limited.user, limited.grants.change))
    }

    /// Whether objects of this owner are theirs.
    pub fn owns(&self, owner: &str) -> bool {
        self.limited.as_ref().is_none_or(|limited| limited.names.contains(&normal_name(owner)))
    }

    /// Whether somebody is this user or role or a member of it.
    pub fn is_member_of(&self, role: &str) -> bool {
        self.owns(role)
    }

    /// Whether members may be added to a role.
    pub fn may_give_role(&self, role: i64) -> bool {
        self.limited.as_ref().is_none_or(|limited| {
            let admin = |membership: &&super::grants::Membership| {
                membership.role == role && membership.admin && limited.roles.contains(&membership.member)
            };
            limited.grants.memberships.iter().any(|membership| admin(&membership))
        })
    }

    pub fn on_warehouse(&self, privilege: Privilege, strength: Strength) -> bool {
        self.holds(&Securable::Warehouse, None, privilege, strength)
    }

    /// A privilege on a database itself. That to create databases is on the warehouse.
    pub fn on_database(&self, database: &str, privilege: Privilege, strength: Strength) -> bool {
        let Some(limited) = &self.limited else { return true };
        let owned = limited.grants.databases.get(database).is_some_and(|owner| self.owns(owner));
        let inherited = privilege != Privilege::Create && self.on_warehouse(privilege, strength);
        owned && matches!(privilege, Privilege::Create | Privilege::Usage)
            || inherited
            || self.holds(&Securable::Database(database.to_owned()), None, privilege, strength)
    }

    /// Whether they may look into a database: with USAGE, or with any privilege on it.
    pub fn see_database(&self, database: &str) -> bool {
        let Some(limited) = &self.limited else { return true };
        let any = |object: &Securable| limited.grants.on(object).any(|grant| limited.has(grant));
        limited.grants.databases.get(database).is_some_and(|owner| self.owns(owner))
            || any(&Securable::Database(database.to_owned()))
            || limited
                .grants
                .on(&Securable::Warehouse)
                .any(|grant| limited.has(grant) && grant.privilege != Privilege::Create)
    }

    /// A privilege on the whole of a table or view.
    pub fn on_relation(&self, relation: Relation<'_>, privilege: Privilege, strength: Strength) -> bool {
        self.owns(relation.owner)
            || self.on_database(relation.database, privilege, strength)
            || self.holds(&Securable::Relation(relation.id), None, privilege, strength)
    }

    /// A privilege on a column: on it, or on the whole.
    pub fn on_column(&self, relation: Relation<'_>, column: &str, privilege: Privilege, strength: Strength) -> bool {
        self.on_relation(relation, privilege, strength)
            || self.holds(&Securable::Relation(relation.id), Some(&normal_name(column)), privilege, strength)
    }

    /// A privilege on the whole or on a column at least.
    pub fn on_some_column(&self, relation: Relation<'_>, privilege: Privilege) -> bool {
        let Some(limited) = &self.limited else { return true };
        self.on_relation(relation, privilege, Strength::Held)
            || limited
                .grants
                .on(&Securable::Relation(relation.id))
                .any(|grant| limited.has(grant) && grant.privilege == privilege)
    }

    /// Whether a table or view is listed for them: any privilege on it, or on a column of it.
    pub fn see_relation(&self, relation: Relation<'_>) -> bool {
        let Some(limited) = &self.limited else { return true };
        self.see_database(relation.database)
            && (self.owns(relation.owner)
                || limited.grants.on(&Securable::Relation(relation.id)).any(|grant| limited.has(grant))
                || Securable::Relation(relation.id)
                    .privileges()
                    .iter()
                    .any(|privilege| self.on_database(relation.database, *privilege, Strength::Held)))
    }

    /// Whether the columns of a table on which they have a privilege are not all.
    pub fn is_by_columns(&self, relation: Relation<'_>, privilege: Privilege) -> bool {
        debug_assert!(COLUMN_PRIVILEGES.contains(&privilege), "no column has {}", privilege.text());
        !self.on_relation(relation, privilege, Strength::Held)
    }

    pub fn on_function(&self, database: &str, name: &str, owner: &str, strength: Strength) -> bool {
        self.owns(owner)
            || self.on_database(database, Privilege::Execute, strength)
            || self.holds(
                &Securable::Function { database: database.to_owned(), name: name.to_owned() },
                None,
                Privilege::Execute,
                strength,
            )
    }

    /// READ or WRITE of the files at a URL without a slash at its end.
    pub fn on_path(&self, url: &str, privilege: Privilege, strength: Strength) -> bool {
        let Some(limited) = &self.limited else { return true };
        limited.grants.on_paths().any(|(path, grant)| {
            grant.privilege == privilege && limited.has_as(grant, strength) && is_inside(url, path)
        })
    }

    /// Whose the right to grant a privilege is: the number of a user or role, `None` for owners and superusers.
    ///
    /// # Errors
    /// There is no such right.
    pub fn grantor(&self, owner: Option<&str>, wanted: &Grant) -> Result<Option<i64>, NotGrantable> {
        let Some(limited) = &self.limited else { return Ok(None) };
        if owner.is_some_and(|owner| self.owns(owner)) {
            return Ok(None);
        }
        let holds = |grant: &&Grant| {
            grant.privilege == wanted.privilege
                && limited.has_as(grant, Strength::Grantable)
                && limited.grants.covers(grant, wanted)
        };
        let found = limited.grants.grants.iter().map(|stored| &stored.grant).find(holds);
        found.map(|grant| grant.grantee).ok_or(NotGrantable)
    }

    fn holds(&self, object: &Securable, column: Option<&str>, privilege: Privilege, strength: Strength) -> bool {
        let Some(limited) = &self.limited else { return true };
        limited.grants.on(object).any(|grant| {
            grant.privilege == privilege && grant.column.as_deref() == column && limited.has_as(grant, strength)
        })
    }
}

/// A privilege is not theirs to grant.
#[derive(Debug, Clone, Copy)]
pub struct NotGrantable;

impl Limited {
    /// Whether a grant is to them: to the user, one of its roles, or everybody.
    fn has(&self, grant: &Grant) -> bool {
        grant.grantee.is_none_or(|grantee| self.roles.contains(&grantee))
    }

    fn has_as(&self, grant: &Grant, strength: Strength) -> bool {
        self.has(grant) && (strength == Strength::Held || grant.grantable)
    }
}
