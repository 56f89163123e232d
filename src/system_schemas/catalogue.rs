//! Answers to what functions and casts ask of objects: names of numbers, numbers of names, definitions, privileges.

use std::fmt;
use std::sync::Arc;

use crate::catalog::{Privilege, Privileges, Strength};
use crate::error::{Error, INSUFFICIENT_PERMISSIONS, INVALID_PARAMETER_VALUE, Result};
use crate::functions::objects::{Catalogue, NumberQuestion, PrivilegeKind, TextQuestion};
use crate::types::ObjectKind;

use super::definitions;
use super::pg_catalog::{self, CLASS_OID, DATABASE, type_list};
use super::source::{Class, Source};
use super::{PG_CATALOG, SCHEMAS};
use crate::types::postgres::quote_identifier;

/// One statement's source, as it answers.
pub(super) struct Answers(pub Arc<Source>);

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers")
    }
}

const NAMESPACES: i64 = 2615;
const FUNCTIONS: i64 = 1255;

impl Answers {
    /// The schema and the name of something in `pg_class`.
    fn class_name(&self, oid: i64) -> Option<(&str, &str)> {
        Some(match self.0.known.class(oid)? {
            Class::Stored(relation) => (&relation.table.database, &relation.table.name),
            Class::Index(relation, constraint) => (&relation.table.database, &constraint.name),
            Class::System(entry) => (entry.schema.name, entry.table.name),
        })
    }

    /// Whether names in the schema need no schema before them.
    fn is_searched(&self, schema: &str) -> bool {
        schema == PG_CATALOG || *schema == *self.0.asker.database
    }

    fn find_class(&self, schema: Option<&str>, name: &str) -> Option<i64> {
        let in_schema = |schema: &str| {
            let system = super::find(schema, name).map(|entry| entry.oid);
            let stored = || self.0.known.relation_named(schema, name).map(|relation| relation.oid);
            let index = || {
                self.0
                    .relations()
                    .filter(|relation| relation.table.database == schema)
                    .flat_map(|relation| &relation.table.details.constraints)
                    .find(|constraint| constraint.name == name)
                    .map(|constraint| constraint.oid + 1)
            };
            system.or_else(stored).or_else(index)
        };
        match schema {
            Some(schema) => in_schema(schema),
            None => in_schema(PG_CATALOG).or_else(|| in_schema(&self.0.asker.database)),
        }
    }

    fn stored(&self, oid: i64) -> Option<&crate::catalog::StoredRelation> {
        self.0.known.relation(oid)
    }

    fn function(&self, oid: i64) -> Option<&crate::catalog::StoredFunction> {
        let functions = &self.0.known.objects.functions;
        functions.iter().find(|stored| stored.oid == oid).map(AsRef::as_ref)
    }

    fn role_name(&self, oid: i64) -> Option<String> {
        self.0.roles().into_iter().find(|role| role.oid == oid).map(|role| role.name.to_owned())
    }

    fn role_oid(&self, name: &str) -> Option<i64> {
        self.0.roles().into_iter().find(|role| role.name == name).map(|role| role.oid)
    }

    fn comment(&self, oid: i64, catalogue: i64) -> Option<String> {
        let wants = |listed: i64| catalogue == 0 || catalogue == listed;
        if wants(CLASS_OID)
            && let Some(relation) = self.stored(oid)
        {
            return relation.table.details.comment.clone();
        }
        if wants(NAMESPACES) {
            if let Some(schema) = SCHEMAS.iter().find(|schema| schema.oid == oid) {
                return Some(schema.comment.to_owned());
            }
            let databases = &self.0.known.objects.databases;
            if let Some(stored) = databases.iter().find(|stored| stored.oid == oid) {
                return stored.database.comment.clone().filter(|comment| !comment.is_empty());
            }
        }
        if wants(FUNCTIONS)
            && let Some(stored) = self.function(oid)
        {
            return stored.function.definition.comment.clone();
        }
        None
    }

    fn constraint(&self, oid: i64) -> Option<(&crate::catalog::Table, &crate::catalog::Constraint)> {
        self.0.relations().find_map(|relation| {
            let constraint = relation.table.details.constraints.iter().find(|constraint| constraint.oid == oid)?;
            Some((relation.table.as_ref(), constraint))
        })
    }

    /// What a user may do.
    fn privileges(&self, user: Option<&str>) -> Result<Privileges> {
        let Some(user) = user else { return Ok(self.0.asker.privileges.clone()) };
        let name = match user.parse::<i64>() {
            Ok(oid) => self.role_name(oid),
            Err(_) => Some(user.to_owned()),
        };
        let name = name.ok_or_else(|| no_role(user))?;
        if name == *self.0.asker.user {
            return Ok(self.0.asker.privileges.clone());
        }
        if name.eq_ignore_ascii_case("public") {
            return Ok(Privileges::of_everybody(&self.0.known.objects.grants));
        }
        Privileges::of(&self.0.known.objects.grants, &name).ok_or_else(|| no_role(user))
    }
}

fn no_role(name: &str) -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, format!("role \"{name}\" does not exist"))
}

/// `schema.name` or `name`, each perhaps in double quotes; other letters are lowered.
fn split_name(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut part = String::new();
            let mut chars = quoted.char_indices();
            let end = loop {
                match chars.next()? {
                    (at, '"') if quoted[at + 1..].starts_with('"') => {
                        part.push('"');
                        chars.next();
                    }
                    (at, '"') => break at + 1,
                    (_, c) => part.push(c),
                }
            };
            parts.push(part);
            rest = quoted[end..].trim_start();
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let part = rest[..end].trim();
            if part.is_empty() {
                return None;
            }
            parts.push(part.to_lowercase());
            rest = &rest[end..];
        }
        match rest.strip_prefix('.') {
            Some(behind) => rest = behind.trim_start(),
            None => return rest.is_empty().then_some(parts),
        }
    }
}

impl Catalogue for Answers {
    fn name(&self, kind: ObjectKind, oid: i64) -> Option<String> {
        match kind {
            ObjectKind::Any => None,
            ObjectKind::Class => self.class_name(oid).map(|(schema, name)| match self.is_searched(schema) {
                true => quote_identifier(name).into_owned(),
                false => format!("{}.{}", quote_identifier(schema), quote_identifier(name)),
            }),
            ObjectKind::Type => type_list::shown(oid, -2),
            ObjectKind::Procedure => match self.function(oid) {
                Some(stored) => Some(stored.function.name.clone()),
                None => pg_catalog::function_name(oid).map(str::to_owned),
            },
            ObjectKind::Namespace => self.0.namespace_name(oid).map(|name| quote_identifier(name).into_owned()),
            ObjectKind::Role => self.role_name(oid).map(|name| quote_identifier(&name).into_owned()),
        }
    }

    fn find(&self, kind: ObjectKind, name: &str) -> Result<Option<i64>> {
        if kind == ObjectKind::Type {
            let bare = name.trim().strip_prefix("pg_catalog.").unwrap_or(name);
            return Ok(type_list::by_name(bare));
        }
        let invalid = || Error::new(&INVALID_PARAMETER_VALUE, format!("invalid name syntax: \"{name}\""));
        // Functions may come with their arguments.
        let bare = if kind == ObjectKind::Procedure { name.split('(').next().unwrap_or(name) } else { name };
        let parts = split_name(bare).ok_or_else(invalid)?;
        let (schema, last) = match parts.as_slice() {
            [name] => (None, name.as_str()),
            [schema, name] => (Some(schema.as_str()), name.as_str()),
            [database, schema, name] if database == DATABASE => (Some(schema.as_str()), name.as_str()),
            _ => return Ok(None),
        };
        Ok(match kind {
            ObjectKind::Any | ObjectKind::Class => self.find_class(schema, last),
            ObjectKind::Type => None,
            ObjectKind::Procedure => {
                let stored = self.0.known.objects.functions.iter().find(|stored| {
                    stored.function.name == last
                        && schema.map_or(self.is_searched(&stored.function.database), |schema| {
                            stored.function.database == schema
                        })
                });
                match schema {
                    None | Some(PG_CATALOG) => pg_catalog::function_oid(last).or(stored.map(|stored| stored.oid)),
                    Some(_) => stored.map(|stored| stored.oid),
                }
            }
            ObjectKind::Namespace => self.0.namespace(last),
            ObjectKind::Role => self.role_oid(last),
        })
    }

    fn text(&self, question: TextQuestion, oid: i64, number: i64) -> Option<String> {
        match question {
            TextQuestion::UserName => Some(self.role_name(oid).unwrap_or_else(|| format!("unknown (OID={oid})"))),
            TextQuestion::ViewDefinition => {
                let view = self.stored(oid)?.table.details.view.as_ref()?;
                Some(format!(" {};", view.text.trim()))
            }
            TextQuestion::IndexDefinition => match self.0.known.class(oid)? {
                Class::Index(relation, constraint) => match number {
                    0 => Some(definitions::index(constraint, &relation.table)),
                    place => constraint.columns.get(usize::try_from(place - 1).ok()?).cloned(),
                },
                Class::Stored(_) | Class::System(_) => None,
            },
            TextQuestion::ConstraintDefinition => {
                let (table, constraint) = self.constraint(oid)?;
                Some(format!("{} NOT ENFORCED", definitions::constraint(constraint, table)))
            }
            TextQuestion::PartitionKey => definitions::partition_key(&self.stored(oid)?.table),
            TextQuestion::FunctionDefinition => Some(definitions::function(&self.function(oid)?.function)),
            TextQuestion::FunctionArguments => match self.function(oid) {
                Some(stored) => Some(definitions::arguments(&stored.function)),
                None => pg_catalog::function_name(oid).map(|_| "VARIADIC \"any\"".to_owned()),
            },
            TextQuestion::FunctionResult => match self.function(oid) {
                Some(stored) => Some(definitions::result(&stored.function)),
                None => pg_catalog::function_name(oid).map(|_| "\"any\"".to_owned()),
            },
            TextQuestion::Type => Some(type_list::shown(oid, number).unwrap_or_else(|| "???".to_owned())),
            TextQuestion::Comment => self.comment(oid, number),
            TextQuestion::ColumnComment => {
                let columns = &self.stored(oid)?.table.columns;
                columns.get(usize::try_from(number - 1).ok()?)?.comment.clone()
            }
        }
    }

    fn number(&self, question: NumberQuestion, oid: i64) -> Option<i64> {
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        match question {
            NumberQuestion::RelationSize => match self.0.known.class(oid)? {
                Class::Stored(relation) => Some(bytes(relation.size.bytes)),
                Class::Index(..) | Class::System(_) => Some(0),
            },
            NumberQuestion::DatabaseSize => Some(bytes(self.0.relations().map(|relation| relation.size.bytes).sum())),
        }
    }

    fn is_visible(&self, kind: ObjectKind, oid: i64) -> Option<bool> {
        match kind {
            ObjectKind::Class => {
                let (schema, name) = self.class_name(oid)?;
                // One of the system's of that name would be found first.
                let hidden = schema != PG_CATALOG && super::find(PG_CATALOG, name).is_some();
                Some(self.is_searched(schema) && !hidden)
            }
            ObjectKind::Procedure => Some(match self.function(oid) {
                Some(stored) => self.is_searched(&stored.function.database),
                None => true,
            }),
            ObjectKind::Any | ObjectKind::Type | ObjectKind::Namespace | ObjectKind::Role => Some(true),
        }
    }

    fn setting(&self, name: &str) -> Option<String> {
        let parameters = &self.0.asker.parameters;
        let known = parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name));
        known.map(|parameter| parameter.value.clone()).or_else(|| self.0.asker.settings.get(name).map(str::to_owned))
    }

    fn session(&self) -> i32 {
        self.0.asker.session
    }

    fn started(&self) -> i64 {
        self.0.asker.started
    }

    fn stop(&self, session: i64, ends: bool) -> Result<bool> {
        let Some(entry) = self.0.sessions.iter().find(|entry| i64::from(entry.id) == session) else {
            return Ok(false);
        };
        let asker = &self.0.asker;
        if entry.user != asker.user && !asker.privileges.is_unlimited() {
            return Err(Error::new(&INSUFFICIENT_PERMISSIONS, format!("Session {session} is that of another user"))
                .hint("a superuser may stop it"));
        }
        if ends {
            entry.info.terminate.cancel();
        }
        let running = self.0.queries.iter().filter(|query| query.session == entry.id);
        // Its own statement is the one that asks.
        let stopped = entry.id != asker.session && running.filter(|query| query.cancel()).count() > 0;
        Ok(stopped || ends || entry.id != asker.session)
    }

    fn has_privilege(
        &self,
        on: PrivilegeKind,
        user: Option<&str>,
        object: &str,
        column: Option<&str>,
        privileges: &str,
    ) -> Result<Option<bool>> {
        let held = self.privileges(user)?;
        let mut any = false;
        for word in privileges.split(',').map(str::trim) {
            let (word, strength) = match word.to_ascii_uppercase().strip_suffix("WITH GRANT OPTION") {
                Some(word) => (word.trim().to_owned(), Strength::Grantable),
                None => (word.to_ascii_uppercase(), Strength::Held),
            };
            let unknown = || Error::new(&INVALID_PARAMETER_VALUE, format!("unrecognized privilege type: \"{word}\""));
            any |= match on {
                PrivilegeKind::Table | PrivilegeKind::Column | PrivilegeKind::AnyColumn => {
                    let oid = match object.parse::<i64>() {
                        Ok(oid) => Some(oid),
                        Err(_) => self.find(ObjectKind::Class, object)?,
                    };
                    let Some(oid) = oid else {
                        return Err(Error::new(
                            &crate::error::TABLE_OR_VIEW_NOT_FOUND,
                            format!("relation \"{object}\" does not exist"),
                        ));
                    };
                    let relation = match self.0.known.class(oid) {
                        None => return Ok(None),
                        Some(Class::System(_)) => {
                            any |= word == "SELECT";
                            continue;
                        }
                        Some(Class::Stored(relation) | Class::Index(relation, _)) => relation.table.as_relation(),
                    };
                    let privilege = match word.as_str() {
                        // Of which there is nothing to do.
                        "REFERENCES" | "TRIGGER" | "RULE" | "MAINTAIN" => Privilege::Alter,
                        word => Privilege::named(word).ok_or_else(unknown)?,
                    };
                    match (on, column) {
                        (PrivilegeKind::AnyColumn, _) => {
                            held.on_relation(relation, privilege, strength) || held.on_some_column(relation, privilege)
                        }
                        (_, Some(column)) => {
                            let numbered = column.parse::<usize>().ok().and_then(|number| {
                                let relation = self.stored(oid)?;
                                relation.table.columns.get(number.checked_sub(1)?).map(|column| column.name.as_str())
                            });
                            held.on_relation(relation, privilege, strength)
                                || held.on_column(relation, numbered.unwrap_or(column), privilege, strength)
                        }
                        (_, None) => held.on_relation(relation, privilege, strength),
                    }
                }
                PrivilegeKind::Schema => {
                    let name = match object.parse::<i64>() {
                        Ok(oid) => self.0.namespace_name(oid),
                        Err(_) => Some(object),
                    };
                    let Some(name) = name else { return Ok(None) };
                    if super::is_schema(name) {
                        any |= word == "USAGE";
                        continue;
                    }
                    if self.0.known.namespace(name).is_none() {
                        return Err(Error::new(
                            &crate::error::SCHEMA_NOT_FOUND,
                            format!("schema \"{name}\" does not exist"),
                        ));
                    }
                    let privilege = Privilege::named(&word).ok_or_else(unknown)?;
                    held.on_database(name, privilege, strength)
                        || privilege == Privilege::Usage && held.see_database(name)
                }
                PrivilegeKind::Database => match word.as_str() {
                    "CONNECT" => true,
                    "CREATE" => held.on_warehouse(Privilege::Create, strength),
                    "TEMP" | "TEMPORARY" => true,
                    _ => return Err(unknown()),
                },
                PrivilegeKind::Function => {
                    let oid = match object.parse::<i64>() {
                        Ok(oid) => Some(oid),
                        Err(_) => self.find(ObjectKind::Procedure, object)?,
                    };
                    match oid.and_then(|oid| self.function(oid)) {
                        Some(stored) => {
                            let function = &stored.function;
                            held.on_function(&function.database, &function.name, &function.definition.owner, strength)
                        }
                        None if oid.is_some() => true,
                        None => return Ok(None),
                    }
                }
                PrivilegeKind::Type => true,
                PrivilegeKind::Role => {
                    let name = match object.parse::<i64>() {
                        Ok(oid) => self.role_name(oid),
                        Err(_) => Some(object.to_owned()),
                    };
                    let Some(name) = name else { return Ok(None) };
                    self.role_oid(&name).ok_or_else(|| no_role(&name))?;
                    held.is_unlimited() || held.is_member_of(&name) || user.is_some_and(|user| user == name)
                }
            };
        }
        Ok(Some(any))
    }
}
