//! Schemas that no metastore has: `system`, and PostgreSQL's `pg_catalog` and `information_schema`.
//!
//! Their tables are data: names, columns, and a function from one snapshot of the metastore to rows. They never open a
//! table's files, and know neither statements nor how names are looked up.

mod catalogue;
mod cells;
mod definitions;
mod information_nothing;
mod information_schema;
pub mod pg_catalog;
mod source;
mod system;
mod table;

use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use crate::binder::TableRelation;
use crate::catalog::{Catalog, Objects};
use crate::error::Result;
use crate::functions::objects::Catalogue;

pub use source::{Asker, Known, ListedFile, ListedPartition, ParameterValue, SessionEntry, SessionQuery, Source};
pub use table::{Column, SystemTable};

/// A schema of system tables.
#[derive(Debug)]
pub struct Schema {
    pub name: &'static str,
    pub oid: i64,
    pub comment: &'static str,
    pub tables: &'static [&'static [SystemTable]],
}

pub const PG_CATALOG: &str = "pg_catalog";
pub const INFORMATION_SCHEMA: &str = "information_schema";
pub const SYSTEM: &str = "system";

pub static SCHEMAS: &[Schema] = &[
    Schema { name: PG_CATALOG, oid: 11, comment: "system catalog schema", tables: pg_catalog::TABLES },
    Schema {
        name: INFORMATION_SCHEMA,
        oid: 13_000,
        comment: "what the SQL standard says of tables",
        tables: &[information_schema::TABLES, information_nothing::TABLES],
    },
    Schema { name: SYSTEM, oid: 13_001, comment: "what Skep tells of itself", tables: &[system::TABLES] },
];

/// A table of a schema with its number and columns.
#[derive(Debug)]
pub struct SystemEntry {
    pub schema: &'static Schema,
    pub table: &'static SystemTable,
    pub oid: i64,
    pub columns: Vec<Column>,
}

/// Tables that PostgreSQL has no fixed number for have numbers from here, by their places.
const FIRST_SYSTEM_OID: i64 = 13_100;

static ENTRIES: LazyLock<Vec<SystemEntry>> = LazyLock::new(|| {
    let tables = SCHEMAS
        .iter()
        .flat_map(|schema| schema.tables.iter().flat_map(|tables| tables.iter()).map(move |table| (schema, table)));
    tables
        .enumerate()
        .map(|(place, (schema, table))| SystemEntry {
            schema,
            table,
            oid: if table.oid == 0 { FIRST_SYSTEM_OID + i64::try_from(place).unwrap_or(0) } else { table.oid },
            columns: table.read_columns(),
        })
        .collect()
});

/// All system tables.
pub fn entries() -> &'static [SystemEntry] {
    &ENTRIES
}

/// Whether it is the name of a system schema.
pub fn is_schema(name: &str) -> bool {
    SCHEMAS.iter().any(|schema| schema.name.eq_ignore_ascii_case(name))
}

/// The system table of that name in that schema.
pub fn find(schema: &str, name: &str) -> Option<&'static SystemEntry> {
    ENTRIES
        .iter()
        .find(|entry| entry.schema.name.eq_ignore_ascii_case(schema) && entry.table.name.eq_ignore_ascii_case(name))
}

impl SystemEntry {
    /// The table as a statement reads it.
    pub fn relation(&'static self, catalog: &str, source: &Arc<Source>) -> TableRelation {
        let provider = table::Provider::new(self.table, self.oid, &self.columns, Arc::clone(source));
        TableRelation {
            name: vec![catalog.to_owned(), self.schema.name.to_owned(), self.table.name.to_owned()],
            columns: table::fields(&self.columns),
            provider: Arc::new(provider),
            guard: None,
        }
    }

    /// Whether its rows are the partitions, or the data files, of all tables, which are read for it alone.
    pub fn lists_partitions(&self) -> bool {
        self.schema.name == SYSTEM && self.table.name == "partitions"
    }

    pub fn lists_files(&self) -> bool {
        self.schema.name == SYSTEM && self.table.name == "files"
    }
}

/// Keeps what was read of the metastore for as long as that does not change.
#[derive(Debug)]
pub struct SystemSchemas {
    known: Mutex<Option<Arc<Known>>>,
    started: i64,
}

impl Default for SystemSchemas {
    fn default() -> Self {
        Self { known: Mutex::default(), started: chrono::Utc::now().timestamp_micros() }
    }
}

impl SystemSchemas {
    /// When the process began to use the warehouse, in microseconds since the epoch.
    pub fn started(&self) -> i64 {
        self.started
    }

    /// The metastore as it is now.
    pub async fn known(&self, catalog: &Catalog) -> Result<Arc<Known>> {
        let before = self.known.lock().clone();
        let before_objects: Option<&Arc<Objects>> = before.as_ref().map(|known| &known.objects);
        let objects = catalog.objects(before_objects).await?;
        match before {
            Some(before) if Arc::ptr_eq(&before.objects, &objects) => Ok(before),
            _ => {
                let known = Arc::new(Known::new(objects));
                *self.known.lock() = Some(Arc::clone(&known));
                Ok(known)
            }
        }
    }
}

/// Answers what functions ask of objects.
pub fn catalogue(source: &Arc<Source>) -> Arc<dyn Catalogue> {
    Arc::new(catalogue::Answers(Arc::clone(source)))
}
