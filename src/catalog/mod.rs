//! The metastore: databases, tables, partitions, data files, views, functions. Metadata only.
//!
//! It knows no DataFusion plan and opens no data file. Every change is one SQLite transaction, so several processes may
//! share a warehouse; a change made on an outdated picture fails with `CONCURRENT_WRITE`.

mod commit;
mod database;
mod first_user;
mod function;
mod garbage;
pub mod grants;
mod lease;
mod objects;
mod partition;
mod privileges;
mod store;
mod table;
pub mod users;
pub mod verifier;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::types::StructField;

pub use database::database_not_found;
pub use first_user::{FirstUser, SUPERUSER};
pub use function::{Function, FunctionDefinition, FunctionParameter, FunctionResult, routine_exists};
pub use garbage::{Garbage, Staging};
pub use grants::{Grant, Grants, Privilege, Securable};
pub use lease::Pin;
pub use objects::{FilesOf, Objects, StoredDatabase, StoredFunction, StoredRelation};
pub use partition::partitions_not_found;
pub use privileges::{Privileges, Relation, Strength};
use store::Store;
pub use users::{MemoryLimit, User, UserChange, UserLimits};
pub use verifier::Verifier;

/// The name Spark gives the built-in catalog.
pub const CATALOG_NAME: &str = "spark_catalog";
/// The database every warehouse has.
pub const DEFAULT_DATABASE: &str = "default";

/// Keys keep their case and order.
pub type Properties = Vec<(String, String)>;
/// The value of a partition column as Hive writes it in folder names, before escaping; `None` is NULL.
pub type PartitionValue = Option<String>;

#[derive(Debug, Clone, PartialEq)]
pub struct Database {
    pub name: String,
    pub comment: Option<String>,
    /// A URL (`file:/…`) without a slash at the end.
    pub location: String,
    pub properties: Properties,
    pub owner: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableKind {
    /// Its files belong to the warehouse and go with it; the metastore lists them.
    Managed,
    /// Its files are somebody else's: listed when read, left alone when dropped.
    External,
    View,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileFormat {
    Parquet,
    Csv,
    Json,
    Text,
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Given by the metastore; never used again after a drop.
    pub id: i64,
    pub database: String,
    pub name: String,
    pub kind: TableKind,
    /// All columns; those that partition come last, in the order of the folders.
    pub columns: Vec<StructField>,
    /// How many of the last columns partition the table.
    pub partition_columns: usize,
    pub details: TableDetails,
    /// When, in the metastore's own count of changes, the definition changed last.
    pub defined: i64,
    /// When the definition or the list of files changed last.
    pub version: i64,
    /// Milliseconds since the epoch.
    pub created_at: i64,
}

/// What is stored as one JSON document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableDetails {
    /// `None` for a view.
    pub format: Option<FileFormat>,
    /// A URL without a slash at the end; empty for a view.
    pub location: String,
    pub options: Properties,
    pub properties: Properties,
    pub comment: Option<String>,
    pub owner: String,
    /// As it was created with: `parquet`, `hive` (STORED AS): SHOW CREATE TABLE tells them apart.
    pub provider: Option<String>,
    /// Text of each default, by column name.
    pub defaults: Properties,
    /// Columns that INSERT gives no NULL, by name.
    #[serde(default)]
    pub not_null: Vec<String>,
    /// `CLUSTERED BY … INTO n BUCKETS`
    #[serde(default)]
    pub bucketing: Option<Bucketing>,
    /// `CLUSTER BY (a, b)`, by name.
    #[serde(default)]
    pub clustering: Vec<String>,
    /// The time zone in which TIMESTAMPs are spelled in partition values; `None` in tables that older versions made: UTC.
    #[serde(default)]
    pub partition_time_zone: Option<String>,
    /// Keys as they were declared; nobody checks them.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// What ANALYZE has counted, until the table's files change.
    #[serde(default)]
    pub statistics: Option<TableStatistics>,
    pub view: Option<ViewDetails>,
}

/// A key of a table. It is what its maker says of the rows, not what anybody enforces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// The metastore gives it: for the constraint, and the next one for the index that PostgreSQL would have.
    pub oid: i64,
    pub name: String,
    pub kind: ConstraintKind,
    pub columns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ConstraintKind {
    PrimaryKey,
    Unique,
    /// To columns of another table; none are those of its primary key.
    ForeignKey {
        database: String,
        table: String,
        columns: Vec<String>,
    },
}

/// What ANALYZE TABLE has counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableStatistics {
    pub bytes: u64,
    /// `None` if no row was read.
    pub rows: Option<u64>,
    pub columns: Vec<AnalyzedColumn>,
}

/// What ANALYZE TABLE … FOR COLUMNS has counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalyzedColumn {
    pub column: String,
    /// As DESCRIBE shows them; `None` for types without order, and when all are NULL.
    pub min: Option<String>,
    pub max: Option<String>,
    pub nulls: u64,
    pub distinct: u64,
    pub average_length: u64,
    pub max_length: u64,
}

/// How rows are laid in files: those of a bucket together, sorted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucketing {
    pub columns: Vec<String>,
    pub sorted_by: Vec<String>,
    pub buckets: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewDetails {
    /// The query as it was typed.
    pub text: String,
    /// Where names in it are looked up.
    pub database: String,
    /// Names the query itself gives its columns, before the view's own.
    pub query_columns: Vec<String>,
    /// `BINDING`, `COMPENSATION`, `TYPE EVOLUTION`, `EVOLUTION`; empty for one that was made while views had no modes.
    pub schema_mode: String,
    /// Settings of the session that made it which say what the text means.
    #[serde(default)]
    pub settings: Properties,
}

/// A folder of a partitioned table.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    pub id: i64,
    pub values: Vec<PartitionValue>,
    /// Only if it is not the folder that its values give.
    pub location: Option<String>,
    pub properties: Properties,
    pub created_at: i64,
}

/// A file of a managed table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// `None` in an unpartitioned table.
    pub partition_id: Option<i64>,
    /// Relative to the table's location, `/` between folders.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    /// One entry for each data column of the file, in table order; missing ones are unknown.
    pub statistics: Vec<ColumnStatistics>,
}

/// What a file is known to hold of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    pub column: String,
    pub nulls: Option<u64>,
    /// Smallest and largest value as text of the column's type; `None` when unknown or all NULL.
    pub min: Option<String>,
    pub max: Option<String>,
}

/// Files of a managed table at one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub version: i64,
    pub files: Vec<DataFile>,
}

/// A database to be made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewDatabase {
    pub name: String,
    pub comment: Option<String>,
    /// `None`: `name.db` in the warehouse folder.
    pub location: Option<String>,
    pub properties: Properties,
    pub owner: String,
}

/// A table or view to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTable {
    pub database: String,
    pub name: String,
    pub kind: TableKind,
    pub columns: Vec<StructField>,
    pub partition_columns: usize,
    /// A managed table with an empty location gets a folder of its own below the database's.
    pub details: TableDetails,
}

/// One line of SHOW TABLES.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSummary {
    pub name: String,
    pub kind: TableKind,
    pub id: i64,
    pub owner: String,
}

/// What the metastore knows of a managed table's or partition's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableSize {
    pub files: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// A partition to be made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewPartition {
    pub values: Vec<PartitionValue>,
    /// Only if it is not the folder that its values give.
    pub location: Option<String>,
    pub properties: Properties,
}

/// Which partitions of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartitionChoice<'a> {
    All,
    /// With exactly these values.
    Exactly(&'a [Vec<PartitionValue>]),
    /// With these values in these places; `None` in a place means any.
    Matching(&'a [Option<PartitionValue>]),
}

/// One write, made visible in one transaction.
#[derive(Debug, Clone)]
pub struct Commit {
    pub table_id: i64,
    /// The version the writer saw. A commit that replaces fails with `CONCURRENT_WRITE` if what it replaces has
    /// changed since; appends never conflict.
    pub based_on: i64,
    pub replace: Replace,
    /// Partition values (empty if unpartitioned) and files; partitions that are missing are made.
    pub files: Vec<(Vec<PartitionValue>, DataFile)>,
    /// Partitions that must exist afterwards even without files.
    pub partitions: Vec<Vec<PartitionValue>>,
    /// Whether partitions that `replace` empties and that get no new files go away.
    pub drop_emptied: bool,
    /// The staged write that ends with this commit.
    pub staging: Option<String>,
}

/// What a commit takes away.
#[derive(Debug, Clone, PartialEq)]
pub enum Replace {
    Nothing,
    /// Every file. Partitions stay, empty.
    All,
    /// The files of partitions with exactly these values.
    Partitions(Vec<Vec<PartitionValue>>),
    /// The files of all partitions whose leading or other columns have these values; `None` in a place means any.
    Matching(Vec<Option<PartitionValue>>),
    /// Exactly these files, by path; it is a conflict if one of them is gone.
    Files(Vec<String>),
}

/// The only door to the metastore. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalog {
    store: Arc<Store>,
}

impl Catalog {
    /// Opens the metastore of a warehouse folder, makes it if it is missing, brings an older one up to date.
    ///
    /// # Errors
    /// `METASTORE_TOO_NEW` for one made by a later version, `CORRUPT_METASTORE`, `WAREHOUSE_UNAVAILABLE`.
    pub async fn open(warehouse: &Path) -> Result<Self> {
        Ok(Self { store: Arc::new(Store::open(warehouse).await?) })
    }

    /// Whether the folder has a metastore.
    pub fn exists(warehouse: &Path) -> bool {
        store::file(warehouse).is_file()
    }

    /// The warehouse folder, absolute.
    pub fn warehouse(&self) -> &Path {
        &self.store.warehouse
    }

    /// The metastore's file.
    pub fn file(&self) -> PathBuf {
        self.store.file()
    }

    /// The version that the metastore had before it was opened, if that has brought it up to date.
    pub fn upgraded_from(&self) -> Option<usize> {
        self.store.upgraded_from
    }

    /// Writes a copy of the metastore, as it is at one moment, into a file that is not there yet.
    ///
    /// # Errors
    /// `PATH_ALREADY_EXISTS`, `WAREHOUSE_UNAVAILABLE` when it cannot be written.
    pub async fn back_up(&self, file: &Path) -> Result<()> {
        self.store.back_up(file).await
    }

    /// How many migrations the metastore has been through.
    pub async fn schema_version(&self) -> Result<usize> {
        self.store.schema_version().await
    }
}

/// Databases and tables are found without regard to case, and kept in lower case as Spark's catalogs do.
pub fn normal_name(name: &str) -> String {
    name.to_lowercase()
}
