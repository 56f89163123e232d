//! Statements about users, roles and what they may do.

use std::fmt;

use crate::error::Span;

use super::{Identifier, ObjectName};

#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    CreateUser(CreateUser),
    AlterUser(AlterUser),
    /// `ALTER USER name RENAME TO name`
    RenameUser {
        name: Identifier,
        to: Identifier,
    },
    DropUsers(DropUsers),
    Grant(GrantPrivileges),
    Revoke(RevokePrivileges),
    /// `GRANT role, … TO member, … [WITH ADMIN OPTION]`
    GrantRoles {
        roles: Vec<Identifier>,
        members: Vec<Identifier>,
        admin: bool,
    },
    /// `REVOKE [ADMIN OPTION FOR] role, … FROM member, …`
    RevokeRoles {
        roles: Vec<Identifier>,
        members: Vec<Identifier>,
        admin_only: bool,
    },
    /// `SET ROLE name`; `NONE` and `ALL` are the user's own rights with those of all its roles.
    SetRole(Option<Identifier>),
    /// `ALTER DATABASE | TABLE | VIEW | FUNCTION name OWNER TO user`
    Owner {
        object: Securables,
        owner: Identifier,
    },
    /// `REASSIGN OWNED BY user, … TO user`
    Reassign {
        from: Vec<Identifier>,
        to: Identifier,
    },
    ShowUsers,
    ShowRoles,
    ShowCurrentRoles,
    /// `SHOW GRANTS [FOR name] [ON object]`
    ShowGrants {
        to: Option<Grantee>,
        on: Option<Securables>,
    },
}

/// `CREATE USER | ROLE [IF NOT EXISTS] name [WITH] options`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateUser {
    pub name: Identifier,
    /// CREATE USER: it may log in unless NOLOGIN is said.
    pub is_user: bool,
    pub if_not_exists: bool,
    pub options: UserOptions,
}

/// `ALTER USER | ROLE name [WITH] options`, `… SET key = value`, `… RESET key | ALL`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterUser {
    pub name: Identifier,
    pub options: UserOptions,
    /// `None` is RESET.
    pub settings: Vec<(String, Option<String>)>,
    /// `RESET ALL`
    pub reset_all: bool,
}

/// What is said about a user; what is not stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserOptions {
    /// `PASSWORD NULL` takes it away.
    pub password: Option<Option<Secret>>,
    pub login: Option<bool>,
    pub superuser: Option<bool>,
    pub read_only: Option<bool>,
    /// A timestamp, or `infinity`.
    pub valid_until: Option<(String, Span)>,
    pub limits: Vec<(Limit, LimitValue, Span)>,
    pub comment: Option<String>,
    /// `IN ROLE a, b`: what it becomes a member of.
    pub in_roles: Vec<Identifier>,
    /// `ROLE a, b`: who become its members.
    pub members: Vec<Identifier>,
    /// `ADMIN a, b`: who become members that may add others.
    pub admins: Vec<Identifier>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Connections,
    Queries,
    Memory,
    Time,
    Rows,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LimitValue {
    /// `NONE`, and PostgreSQL's -1.
    None,
    Number(u64),
    /// `10 %`
    Percent(u64),
    /// With a unit: `'2 GB'`, `'30 s'`.
    Text(String),
}

/// A text that is not shown.
#[derive(Clone, PartialEq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// `DROP USER | ROLE [IF EXISTS] name, … [CASCADE | RESTRICT]`
#[derive(Debug, Clone, PartialEq)]
pub struct DropUsers {
    pub names: Vec<Identifier>,
    pub if_exists: bool,
    pub cascade: bool,
}

/// `GRANT privileges ON objects TO grantees [WITH GRANT OPTION]`
#[derive(Debug, Clone, PartialEq)]
pub struct GrantPrivileges {
    pub privileges: Vec<PrivilegeClause>,
    pub on: Securables,
    pub grantees: Vec<Grantee>,
    pub grantable: bool,
    pub span: Span,
}

/// `REVOKE [GRANT OPTION FOR] privileges ON objects FROM grantees [CASCADE | RESTRICT]`
#[derive(Debug, Clone, PartialEq)]
pub struct RevokePrivileges {
    pub privileges: Vec<PrivilegeClause>,
    pub on: Securables,
    pub grantees: Vec<Grantee>,
    pub option_only: bool,
    pub cascade: bool,
    pub span: Span,
}

/// `SELECT (a, b)`, `ALL [PRIVILEGES]`
#[derive(Debug, Clone, PartialEq)]
pub struct PrivilegeClause {
    /// In upper case.
    pub word: String,
    pub columns: Vec<Identifier>,
    pub span: Span,
}

/// What privileges are on.
#[derive(Debug, Clone, PartialEq)]
pub enum Securables {
    Warehouse,
    Databases(Vec<ObjectName>),
    /// Tables and views.
    Relations(Vec<ObjectName>),
    /// `ALL TABLES IN DATABASE db`: those that are there now.
    AllRelations(Vec<ObjectName>),
    Functions(Vec<ObjectName>),
    /// `ALL FUNCTIONS IN DATABASE db`
    AllFunctions(Vec<ObjectName>),
    Paths(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Grantee {
    /// Everybody.
    Public,
    Named(Identifier),
    /// `CURRENT_USER`
    Current,
}
