//! Users, roles, GRANT, REVOKE: in the words of PostgreSQL and of Hive.
//!
//! Most of these words are no keywords of Spark's, and stay names everywhere else.

use crate::error::{Error, Result};
use crate::sql::ast::{
    Access, AlterUser, CreateUser, DropUsers, GrantPrivileges, Grantee, Identifier, Limit, LimitValue, PrivilegeClause,
    RevokePrivileges, Secret, Securables, Statement, UserOptions,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};

use super::cursor::Parser;
use super::properties::once;

/// Options of PostgreSQL's that say what is so anyway.
const ALREADY_SO: &[&str] = &["NOCREATEDB", "NOCREATEROLE", "NOREPLICATION", "NOBYPASSRLS", "INHERIT"];

/// Options of PostgreSQL's that Skep has not, with what it has instead.
const OTHERS: &[(&str, &str)] = &[
    ("CREATEDB", "GRANT CREATE ON WAREHOUSE TO … lets somebody make databases"),
    ("CREATEROLE", "superusers make users and roles; GRANT role TO … WITH ADMIN OPTION lets others give a role"),
    ("REPLICATION", "leave it out"),
    ("BYPASSRLS", "leave it out"),
    ("NOINHERIT", "leave it out: SET ROLE narrows the rights to those of one role"),
    ("SYSID", "leave it out"),
];

impl Parser<'_> {
    fn access(access: Access) -> Statement {
        Statement::Access(Box::new(access))
    }

    /// Whether this word comes next, whatever it is to the grammar elsewhere.
    fn is_text(&self, ahead: usize, word: &str) -> bool {
        let token = self.ahead(ahead);
        matches!(token.kind, TokenKind::Identifier | TokenKind::Keyword(_))
            && self.slice(token.span).eq_ignore_ascii_case(word)
    }

    fn accept_text(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(n, word)| self.is_text(n, word));
        if found {
            words.iter().for_each(|_| {
                self.advance();
            });
        }
        found
    }

    fn expect_text(&mut self, word: &str) -> Result<()> {
        if self.accept_text(&[word]) { Ok(()) } else { Err(self.unexpected().hint(format!("{word} is missing"))) }
    }

    /// The name of a user or role: also one in single quotes.
    fn user_name(&mut self) -> Result<Identifier> {
        if self.is_string(self.token()) {
            let span = self.token().span;
            return Ok(Identifier { value: self.string()?, quoted: true, span });
        }
        self.identifier()
    }

    fn user_names(&mut self) -> Result<Vec<Identifier>> {
        self.list(Self::user_name)
    }

    pub fn create_user(&mut self) -> Result<Statement> {
        let is_user = self.advance().kind == TokenKind::Keyword(K::User);
        let if_not_exists = self.if_not_exists()?;
        let name = self.user_name()?;
        let options = self.user_options()?;
        Ok(Self::access(Access::CreateUser(CreateUser { name, is_user, if_not_exists, options })))
    }

    pub fn alter_user(&mut self) -> Result<Statement> {
        self.advance();
        let name = self.user_name()?;
        if self.accept_all(&[K::Rename, K::To]) {
            return Ok(Self::access(Access::RenameUser { name, to: self.user_name()? }));
        }
        let mut alter = AlterUser { name, options: UserOptions::default(), settings: Vec::new(), reset_all: false };
        if self.accept(K::Set) {
            alter.settings.push(self.user_setting()?);
        } else if self.accept(K::Reset) {
            alter.reset_all = self.accept(K::All);
            if !alter.reset_all {
                alter.settings.push((self.setting_name()?, None));
            }
        } else {
            alter.options = self.user_options()?;
            if alter.options == UserOptions::default() {
                return Err(self
                    .unexpected()
                    .hint("say what is to change: PASSWORD 'text', NOLOGIN, SET key = value, …"));
            }
            let makes_members = !alter.options.in_roles.is_empty()
                || !alter.options.members.is_empty()
                || !alter.options.admins.is_empty();
            if makes_members {
                return Err(
                    Error::unsupported("Membership in ALTER USER", "use GRANT role TO user").at(self.token().span)
                );
            }
        }
        Ok(Self::access(Access::AlterUser(alter)))
    }

    /// `key = value`, `key TO value`
    fn user_setting(&mut self) -> Result<(String, Option<String>)> {
        let key = self.setting_name()?;
        if !self.accept_symbol(Symbol::Eq) {
            self.expect(K::To)?;
        }
        let value = match self.is_string(self.token()) {
            true => self.string()?,
            false => self.rest_of_text().to_owned(),
        };
        Ok((key, Some(value)))
    }

    /// `a.b.c`
    fn setting_name(&mut self) -> Result<String> {
        let mut name = self.plain_identifier()?.value;
        while self.accept_symbol(Symbol::Dot) {
            name.push('.');
            name.push_str(&self.plain_identifier()?.value);
        }
        Ok(name)
    }

    fn user_options(&mut self) -> Result<UserOptions> {
        self.accept(K::With);
        let mut options = UserOptions::default();
        while !self.at_end() && !self.is_symbol(Symbol::Semicolon) {
            self.user_option(&mut options)?;
        }
        Ok(options)
    }

    fn user_option(&mut self, options: &mut UserOptions) -> Result<()> {
        let at = self.token().span;
        if self.is_text(0, "PASSWORD") || self.is_text(0, "ENCRYPTED") {
            self.accept_text(&["ENCRYPTED"]);
            self.expect_text("PASSWORD")?;
            let password = if self.accept(K::Null) { None } else { Some(Secret(self.string()?)) };
            return once(&mut options.password, password, "PASSWORD", at);
        }
        for (word, login) in [("LOGIN", true), ("NOLOGIN", false)] {
            if self.accept_text(&[word]) {
                return once(&mut options.login, login, "LOGIN", at);
            }
        }
        for (word, superuser) in [("SUPERUSER", true), ("NOSUPERUSER", false)] {
            if self.accept_text(&[word]) {
                return once(&mut options.superuser, superuser, "SUPERUSER", at);
            }
        }
        for (words, read_only) in [(["READ", "ONLY"], true), (["READ", "WRITE"], false)] {
            if self.accept_text(&words) {
                return once(&mut options.read_only, read_only, "READ ONLY", at);
            }
        }
        if self.accept_text(&["VALID", "UNTIL"]) {
            let until = (self.string()?, self.since(at.start));
            return once(&mut options.valid_until, until, "VALID UNTIL", at);
        }
        for (word, limit) in [
            ("CONNECTION", Limit::Connections),
            ("QUERY", Limit::Queries),
            ("MEMORY", Limit::Memory),
            ("TIME", Limit::Time),
            ("ROW", Limit::Rows),
        ] {
            if self.accept_text(&[word, "LIMIT"]) {
                let value = self.limit_value()?;
                let given = options.limits.iter().any(|(given, ..)| *given == limit);
                once(&mut given.then_some(()), (), &format!("{word} LIMIT"), at)?;
                options.limits.push((limit, value, self.since(at.start)));
                return Ok(());
            }
        }
        if self.accept(K::Comment) {
            let comment = self.comment_text()?;
            return once(&mut options.comment, comment, "COMMENT", at);
        }
        if self.accept_text(&["IN", "ROLE"]) || self.accept_text(&["IN", "GROUP"]) {
            options.in_roles.extend(self.user_names()?);
            return Ok(());
        }
        if self.accept_text(&["ROLE"]) || self.accept_text(&["USER"]) {
            options.members.extend(self.user_names()?);
            return Ok(());
        }
        if self.accept_text(&["ADMIN"]) {
            options.admins.extend(self.user_names()?);
            return Ok(());
        }
        if ALREADY_SO.iter().any(|word| self.accept_text(&[word])) {
            return Ok(());
        }
        match OTHERS.iter().find(|(word, _)| self.is_text(0, word)) {
            Some((word, instead)) => Err(Error::unsupported(format!("{word} of a user"), *instead).at(at)),
            None => Err(self.unexpected().hint(
                "options of users are PASSWORD, LOGIN, SUPERUSER, READ ONLY, VALID UNTIL, CONNECTION LIMIT, QUERY LIMIT, \
                 MEMORY LIMIT, TIME LIMIT, ROW LIMIT, COMMENT, IN ROLE, ROLE, ADMIN",
            )),
        }
    }

    fn limit_value(&mut self) -> Result<LimitValue> {
        if self.accept_text(&["NONE"]) {
            return Ok(LimitValue::None);
        }
        if self.is_symbol(Symbol::Minus) && self.slice(self.ahead(1).span) == "1" {
            self.advance();
            self.advance();
            return Ok(LimitValue::None);
        }
        if self.is_string(self.token()) {
            return Ok(LimitValue::Text(self.string()?));
        }
        let Ok(number) = self.slice(self.token().span).parse() else { return Err(self.unexpected()) };
        self.advance();
        Ok(if self.accept_symbol(Symbol::Percent) { LimitValue::Percent(number) } else { LimitValue::Number(number) })
    }

    pub fn drop_users(&mut self) -> Result<Statement> {
        self.advance();
        let if_exists = self.if_exists();
        let names = self.user_names()?;
        Ok(Self::access(Access::DropUsers(DropUsers { names, if_exists, cascade: self.cascade() })))
    }

    fn cascade(&mut self) -> bool {
        self.accept_any(&[K::Cascade, K::Restrict]) == Some(K::Cascade)
    }

    /// `SET ROLE name | NONE | ALL`
    pub fn set_role(&mut self) -> Result<Statement> {
        self.expect_all(&[K::Set, K::Role])?;
        if self.accept_text(&["NONE"]) || self.accept(K::All) {
            return Ok(Self::access(Access::SetRole(None)));
        }
        Ok(Self::access(Access::SetRole(Some(self.user_name()?))))
    }

    pub fn reset_role(&mut self) -> Result<Statement> {
        self.expect_all(&[K::Reset, K::Role])?;
        Ok(Self::access(Access::SetRole(None)))
    }

    /// `REASSIGN OWNED BY a, b TO c`
    pub fn reassign_owned(&mut self) -> Result<Statement> {
        for word in ["REASSIGN", "OWNED", "BY"] {
            self.expect_text(word)?;
        }
        let from = self.user_names()?;
        self.expect(K::To)?;
        Ok(Self::access(Access::Reassign { from, to: self.user_name()? }))
    }

    /// Behind ALTER: `TABLE name OWNER TO user`, Hive's `… SET OWNER [USER | ROLE] user`; `None` if it is another ALTER.
    pub fn alter_owner(&mut self) -> Result<Option<Statement>> {
        let mark = self.mark();
        let Some(kind) = self.accept_any(&[K::Table, K::View, K::Database, K::Schema, K::Namespace, K::Function])
        else {
            return Ok(None);
        };
        let name = self.object_name();
        let found = name.is_ok() && (self.accept_text(&["OWNER", "TO"]) || self.accept_text(&["SET", "OWNER"]));
        let (Ok(name), true) = (name, found) else {
            self.back_to(mark);
            return Ok(None);
        };
        if self.keyword_ahead(1).is_some() || self.is_identifier(self.ahead(1)) {
            self.accept_any(&[K::User, K::Role]);
        }
        let object = match kind {
            K::Table | K::View => Securables::Relations(vec![name]),
            K::Function => Securables::Functions(vec![name]),
            _ => Securables::Databases(vec![name]),
        };
        Ok(Some(Self::access(Access::Owner { object, owner: self.user_name()? })))
    }

    pub fn grant(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        let role_word = self.accept(K::Role);
        let privileges = self.list(Self::privilege_clause)?;
        if !role_word && self.accept(K::On) {
            let on = self.securables()?;
            self.expect(K::To)?;
            let grantees = self.list(Self::grantee)?;
            let grantable = self.accept_text(&["WITH", "GRANT", "OPTION"]);
            let span = self.since(start);
            return Ok(Self::access(Access::Grant(GrantPrivileges { privileges, on, grantees, grantable, span })));
        }
        let roles = self.roles(&privileges)?;
        self.expect(K::To)?;
        let members = self.list(Self::member)?;
        let admin = self.accept_text(&["WITH", "ADMIN", "OPTION"]);
        Ok(Self::access(Access::GrantRoles { roles, members, admin }))
    }

    pub fn revoke(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        let option_only = self.accept_text(&["GRANT", "OPTION", "FOR"]);
        let admin_only = !option_only && self.accept_text(&["ADMIN", "OPTION", "FOR"]);
        let role_word = !option_only && self.accept(K::Role);
        let privileges = self.list(Self::privilege_clause)?;
        if !role_word && !admin_only && self.accept(K::On) {
            let on = self.securables()?;
            self.expect(K::From)?;
            let grantees = self.list(Self::grantee)?;
            let cascade = self.cascade();
            let span = self.since(start);
            let revoke = RevokePrivileges { privileges, on, grantees, option_only, cascade, span };
            return Ok(Self::access(Access::Revoke(revoke)));
        }
        if option_only {
            return Err(self.unexpected());
        }
        let roles = self.roles(&privileges)?;
        self.expect(K::From)?;
        let members = self.list(Self::member)?;
        // A membership has nothing that depends on it.
        self.accept_any(&[K::Cascade, K::Restrict]);
        Ok(Self::access(Access::RevokeRoles { roles, members, admin_only }))
    }

    /// `SELECT (a, b)`, `ALL PRIVILEGES`; a role looks the same.
    fn privilege_clause(&mut self) -> Result<PrivilegeClause> {
        let start = self.start();
        if self.accept(K::All) {
            self.accept_text(&["PRIVILEGES"]);
            let columns = self.privilege_columns()?;
            return Ok(PrivilegeClause { word: "ALL".to_owned(), columns, span: self.since(start) });
        }
        let word = match self.kind() {
            TokenKind::Keyword(keyword) => {
                self.advance();
                keyword.text().to_owned()
            }
            _ => self.user_name()?.value,
        };
        let columns = self.privilege_columns()?;
        Ok(PrivilegeClause { word, columns, span: self.since(start) })
    }

    fn privilege_columns(&mut self) -> Result<Vec<Identifier>> {
        match self.is_symbol(Symbol::LeftParen) {
            true => self.parenthesised(|parser| parser.list(Self::identifier)),
            false => Ok(Vec::new()),
        }
    }

    fn roles(&self, clauses: &[PrivilegeClause]) -> Result<Vec<Identifier>> {
        let role = |clause: &PrivilegeClause| match clause.columns.is_empty() {
            true => Ok(Identifier::new(&clause.word, clause.span)),
            false => Err(self.unexpected()),
        };
        clauses.iter().map(role).collect()
    }

    fn member(&mut self) -> Result<Identifier> {
        let word =
            self.is_any(&[K::User, K::Role]) && (self.is_identifier(self.ahead(1)) || self.is_string(self.ahead(1)));
        if word && self.keyword_ahead(1) != Some(K::With) {
            self.advance();
        }
        self.user_name()
    }

    pub fn grantee(&mut self) -> Result<Grantee> {
        let name = self.member()?;
        Ok(match name.value.to_uppercase().as_str() {
            "PUBLIC" if !name.quoted => Grantee::Public,
            "CURRENT_USER" | "CURRENT_ROLE" | "SESSION_USER" if !name.quoted => Grantee::Current,
            _ => Grantee::Named(name),
        })
    }

    /// Behind ON.
    fn securables(&mut self) -> Result<Securables> {
        let names = |parser: &mut Self| parser.list(Self::object_name);
        for (word, functions) in [("TABLES", false), ("FUNCTIONS", true)] {
            if self.accept_text(&["ALL", word]) {
                self.expect(K::In)?;
                self.expect_any(&[K::Database, K::Schema, K::Namespace])?;
                let databases = names(self)?;
                return Ok(match functions {
                    true => Securables::AllFunctions(databases),
                    false => Securables::AllRelations(databases),
                });
            }
        }
        let named = self.is_identifier(self.ahead(1)) || self.is_string(self.ahead(1));
        if self.is_text(0, "WAREHOUSE")
            && !self.is_symbol_ahead(1, Symbol::Dot)
            && !self.is_symbol_ahead(1, Symbol::Comma)
        {
            self.advance();
            return Ok(Securables::Warehouse);
        }
        if self.is_text(0, "PATH") && self.is_string(self.ahead(1)) {
            self.advance();
            return Ok(Securables::Paths(self.list(Self::string)?));
        }
        match self.keyword() {
            Some(K::Database | K::Schema | K::Namespace) if named => {
                self.advance();
                names(self).map(Securables::Databases)
            }
            Some(K::Function) if named => {
                self.advance();
                names(self).map(Securables::Functions)
            }
            Some(K::Table | K::View) if named => {
                self.advance();
                names(self).map(Securables::Relations)
            }
            _ => names(self).map(Securables::Relations),
        }
    }

    /// SHOW of users, roles or grants.
    pub fn begins_show_access(&self) -> bool {
        ["USERS", "ROLES", "GRANT", "GRANTS"].iter().any(|word| self.is_text(1, word))
            || self.is_text(1, "CURRENT") && self.is_text(2, "ROLES")
    }

    pub fn show_access(&mut self) -> Result<Statement> {
        self.advance();
        if self.accept_text(&["USERS"]) {
            return Ok(Self::access(Access::ShowUsers));
        }
        if self.accept_text(&["ROLES"]) {
            return Ok(Self::access(Access::ShowRoles));
        }
        if self.accept_text(&["CURRENT", "ROLES"]) {
            return Ok(Self::access(Access::ShowCurrentRoles));
        }
        // Hive leaves FOR out.
        self.advance();
        let named = self.accept(K::For) || !(self.at_end() || self.is(K::On) || self.is_symbol(Symbol::Semicolon));
        let to = if named { Some(self.grantee()?) } else { None };
        let on = if self.accept(K::On) { Some(self.securables()?) } else { None };
        Ok(Self::access(Access::ShowGrants { to, on }))
    }
}
