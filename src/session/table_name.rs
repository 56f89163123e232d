//! Names of tables in full: what a name of one, two or three parts means in a session.

use std::fmt;

use crate::catalog::{CATALOG_NAME, normal_name};
use crate::error::{Error, REQUIRES_SINGLE_PART_NAMESPACE, Result};
use crate::sql::ast::{Identifier, ObjectName};
use crate::types::{quote, quote_if_needed};

/// Database and name, as the metastore spells them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableName {
    pub database: String,
    pub name: String,
}

impl TableName {
    /// What `name` means when `current` is the current database.
    ///
    /// # Errors
    /// `REQUIRES_SINGLE_PART_NAMESPACE` for a name with more parts than there are levels.
    pub fn new(name: &ObjectName, current: &str) -> Result<Self> {
        let parts = without_catalog(&name.parts);
        match parts {
            [table] => Ok(Self { database: normal_name(current), name: normal_name(&table.value) }),
            [database, table] => Ok(Self { database: normal_name(&database.value), name: normal_name(&table.value) }),
            _ => Err(too_many_parts(&parts[..parts.len() - 1]).at(name.span)),
        }
    }

    /// Catalog, database, name.
    pub fn parts(&self) -> Vec<String> {
        vec![CATALOG_NAME.to_owned(), self.database.clone(), self.name.clone()]
    }

    /// As SHOW CREATE TABLE writes it: without backquotes that are not needed.
    pub fn plain(&self) -> String {
        format!("{CATALOG_NAME}.{}.{}", quote_if_needed(&self.database), quote_if_needed(&self.name))
    }
}

/// As messages show it.
impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", quote(CATALOG_NAME), quote(&self.database), quote(&self.name))
    }
}

/// The name of a database, which may have the catalog before it.
///
/// # Errors
/// `REQUIRES_SINGLE_PART_NAMESPACE`
pub fn database_name(name: &ObjectName) -> Result<String> {
    match without_catalog(&name.parts) {
        [database] => Ok(normal_name(&database.value)),
        parts => Err(too_many_parts(parts).at(name.span)),
    }
}

fn without_catalog(parts: &[Identifier]) -> &[Identifier] {
    match parts {
        [catalog, rest @ ..] if !rest.is_empty() && catalog.is(CATALOG_NAME) => rest,
        other => other,
    }
}

fn too_many_parts(namespace: &[Identifier]) -> Error {
    let parts: Vec<String> = namespace.iter().map(|part| quote(&part.value)).collect();
    Error::new(
        &REQUIRES_SINGLE_PART_NAMESPACE,
        format!("{CATALOG_NAME} requires a single-part namespace, but got {}", parts.join(".")),
    )
}
