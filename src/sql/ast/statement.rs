//! Statements: one type each, named after its verb.

use crate::error::Span;
use crate::types::DataType;

use super::{
    Access, Block, CreateFunction, DeclareVariable, DropFunction, DropVariable, ExecuteImmediate, Expression,
    Identifier, ObjectName, Query, SetVariable,
};

#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    Query(Box<Query>),
    Explain(Explain),
    Insert(Insert),
    /// `FROM t INSERT … SELECT … INSERT … SELECT …`
    InsertMany(Vec<Insert>),
    InsertDirectory(InsertDirectory),
    /// `LOAD DATA [LOCAL] INPATH …`
    LoadData(LoadData),

    CreateDatabase(CreateDatabase),
    AlterDatabase(AlterDatabase),
    DropDatabase(DropDatabase),
    Use(ObjectName),
    /// `SET CATALOG name`
    SetCatalog(Identifier),
    /// `COMMENT ON DATABASE | TABLE name IS 'text' | NULL`
    Comment(Comment),
    Analyze(Analyze),
    Cache(CacheTable),
    Uncache(UncacheTable),
    ClearCache,
    /// DELETE, UPDATE, MERGE, REPLACE TABLE: parsed to the end, for tables that Skep has not.
    RowChange(RowChange),

    CreateTable(CreateTable),
    AlterTable(AlterTable),
    DropTable(DropTable),
    Truncate(Truncate),
    /// `MSCK REPAIR TABLE t [ADD | DROP | SYNC PARTITIONS]`, `ALTER TABLE t RECOVER PARTITIONS`
    RepairTable(RepairTable),
    /// `REFRESH [TABLE] name`, `REFRESH "path"`
    Refresh(Refresh),

    CreateView(CreateView),
    AlterView(AlterView),
    DropView(DropView),

    CreateFunction(Box<CreateFunction>),
    DropFunction(DropFunction),

    DeclareVariable(DeclareVariable),
    SetVariable(SetVariable),
    DropVariable(DropVariable),
    ExecuteImmediate(Box<ExecuteImmediate>),
    /// `BEGIN … END`
    Script(Box<Block>),

    /// `ADD FILE path …`
    AddFiles(AddFiles),
    /// `LIST FILES | JARS | ARCHIVES [path …]`
    ListResources(ListResources),
    /// Users, roles, GRANT and the like.
    Access(Box<Access>),

    Set(Set),
    Reset(Option<String>),
    /// `KILL QUERY 12`
    KillQuery(u64),
    Show(Show),
    Describe(Describe),
}

/// `COMMENT ON …`
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    pub object: CommentedObject,
    pub name: ObjectName,
    /// `None` is `NULL`.
    pub text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentedObject {
    Database,
    Table,
}

/// `ANALYZE TABLE t [PARTITION (…)] | TABLES [IN db] COMPUTE STATISTICS [NOSCAN | FOR COLUMNS a, b | FOR ALL COLUMNS]`
#[derive(Debug, Clone, PartialEq)]
pub struct Analyze {
    pub target: AnalyzeTarget,
    pub columns: AnalyzedColumns,
    /// Bytes only: no row is read.
    pub no_scan: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum AnalyzeTarget {
    Table {
        name: ObjectName,
        partition: Option<PartitionSpecification>,
    },
    /// All of a database, the current one if none is named.
    Tables(Option<ObjectName>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum AnalyzedColumns {
    None,
    All,
    Named(Vec<Identifier>),
}

/// `CACHE [LAZY] TABLE t [OPTIONS (…)] [[AS] query]`
#[derive(Debug, Clone, PartialEq)]
pub struct CacheTable {
    pub name: ObjectName,
    pub lazy: bool,
    pub options: Properties,
    /// The query and its text.
    pub query: Option<(Box<Query>, String)>,
    pub span: Span,
}

/// `UNCACHE TABLE [IF EXISTS] t`
#[derive(Debug, Clone, PartialEq)]
pub struct UncacheTable {
    pub name: ObjectName,
    pub if_exists: bool,
}

/// A statement that changes rows where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChange {
    pub table: ObjectName,
    pub operation: RowOperation,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOperation {
    Delete,
    Update,
    Merge,
    ReplaceTable,
    ReplaceTableAsSelect,
}

/// `EXPLAIN [EXTENDED | FORMATTED | COST | CODEGEN | ANALYZE] statement`
#[derive(Debug, Clone, PartialEq)]
pub struct Explain {
    pub mode: ExplainMode,
    pub statement: Box<Statement>,
    /// What is explained, as it was typed.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    Simple,
    Extended,
    Formatted,
    Cost,
    Codegen,
    Analyze,
}

/// `INSERT INTO | OVERWRITE [TABLE] t [PARTITION (…)] [(columns) | BY NAME] query`
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    pub table: ObjectName,
    pub overwrite: bool,
    pub partition: PartitionSpecification,
    pub columns: Vec<Identifier>,
    pub by_name: bool,
    pub if_not_exists: bool,
    pub source: Box<Query>,
    pub span: Span,
}

/// `INSERT OVERWRITE [LOCAL] DIRECTORY ['path'] USING format [OPTIONS (…)] query`, and Hive's form with ROW FORMAT and
/// STORED AS.
#[derive(Debug, Clone, PartialEq)]
pub struct InsertDirectory {
    pub path: Option<String>,
    pub using: Option<ObjectName>,
    pub options: Properties,
    pub row_format: Option<RowFormat>,
    pub stored_as: Option<StoredAs>,
    pub source: Box<Query>,
    pub span: Span,
}

/// `PARTITION (a = 1, b)`: with a value static, without one dynamic. Empty when the clause is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionSpecification {
    pub entries: Vec<(Identifier, Option<Expression>)>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CreateDatabase {
    pub name: ObjectName,
    pub if_not_exists: bool,
    pub comment: Option<String>,
    pub location: Option<String>,
    pub properties: Properties,
}

/// Keys keep their case and order.
pub type Properties = Vec<(String, String)>;

#[derive(Debug, Clone, PartialEq)]
pub struct AlterDatabase {
    pub name: ObjectName,
    pub action: AlterDatabaseAction,
}

#[derive(Debug, Clone, PartialEq)]
pub enum AlterDatabaseAction {
    SetProperties(Properties),
    UnsetProperties { keys: Vec<String>, if_exists: bool },
    SetLocation(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct DropDatabase {
    pub name: ObjectName,
    pub if_exists: bool,
    pub cascade: bool,
}

/// CREATE TABLE in all its forms; also `CREATE [TEMPORARY] VIEW v USING …` has its clauses.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    pub name: ObjectName,
    /// `CREATE OR REPLACE TABLE`
    pub or_replace: bool,
    pub if_not_exists: bool,
    pub external: bool,
    pub columns: Vec<ColumnDefinition>,
    /// `CONSTRAINT name PRIMARY KEY (a) NOT ENFORCED`
    pub keys: Vec<KeyDefinition>,
    /// `LIKE source`
    pub like: Option<ObjectName>,
    pub partitioned_by: Vec<PartitionColumn>,
    pub clustered_by: Option<BucketSpecification>,
    /// `CLUSTER BY (a, b)`; empty without the clause.
    pub cluster_by: Vec<ObjectName>,
    /// `USING name`
    pub using: Option<ObjectName>,
    pub options: Properties,
    pub row_format: Option<RowFormat>,
    pub stored_as: Option<StoredAs>,
    pub location: Option<String>,
    pub comment: Option<String>,
    pub properties: Properties,
    /// `AS SELECT …`
    pub query: Option<Box<Query>>,
    pub span: Span,
}

/// A key that nobody enforces.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyDefinition {
    pub name: Option<Identifier>,
    pub kind: KeyKind,
    pub columns: Vec<Identifier>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum KeyKind {
    Primary,
    Unique,
    /// `REFERENCES table (columns)`; no columns are those of its primary key.
    Foreign {
        table: ObjectName,
        columns: Vec<Identifier>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    pub name: Identifier,
    pub data_type: DataType,
    pub not_null: bool,
    pub comment: Option<String>,
    /// The expression and its text.
    pub default: Option<(Expression, String)>,
    pub generated: Option<(Expression, String)>,
    pub span: Span,
}

/// `PARTITIONED BY (a)`, `PARTITIONED BY (a STRING COMMENT 'x')`; transforms such as `days(a)` are refused by the parser.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a tree has few of them, and none in long lists")]
pub enum PartitionColumn {
    Name(Identifier),
    Definition(ColumnDefinition),
}

/// `CLUSTERED BY (a) [SORTED BY (b)] INTO n BUCKETS`
#[derive(Debug, Clone, PartialEq)]
pub struct BucketSpecification {
    pub columns: Vec<Identifier>,
    pub sorted_by: Vec<Identifier>,
    pub buckets: u32,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RowFormat {
    /// `ROW FORMAT SERDE 'class' [WITH SERDEPROPERTIES (…)]`
    Serde { class: String, properties: Properties },
    /// `ROW FORMAT DELIMITED FIELDS TERMINATED BY … `
    Delimited {
        fields: Option<String>,
        escape: Option<String>,
        collection_items: Option<String>,
        map_keys: Option<String>,
        lines: Option<String>,
        null: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum StoredAs {
    /// `STORED AS PARQUET`
    Format(Identifier),
    /// `STORED AS INPUTFORMAT '…' OUTPUTFORMAT '…'`
    Classes { input: String, output: String },
}

#[derive(Debug, Clone, PartialEq)]
pub struct AlterTable {
    pub name: ObjectName,
    /// `ALTER VIEW` for the same actions on a view.
    pub action: AlterTableAction,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a tree has few of them, and none in long lists")]
pub enum AlterTableAction {
    Rename(ObjectName),
    AddColumns {
        columns: Vec<(ColumnDefinition, Option<ColumnPosition>)>,
        if_not_exists: bool,
    },
    /// Each column is a path of names into structs.
    DropColumns {
        columns: Vec<ObjectName>,
        if_exists: bool,
    },
    RenameColumn {
        column: ObjectName,
        to: Identifier,
    },
    /// `CHANGE [COLUMN] old new TYPE [COMMENT …] [FIRST | AFTER c]` (Hive)
    ChangeColumn {
        column: ObjectName,
        definition: ColumnDefinition,
        position: Option<ColumnPosition>,
    },
    /// `ALTER COLUMN c TYPE t | COMMENT 'x' | SET NOT NULL | DROP NOT NULL | SET DEFAULT e | DROP DEFAULT | FIRST | AFTER c`
    AlterColumn {
        column: ObjectName,
        change: ColumnChange,
    },
    /// `CLUSTER BY (a, b)`; `CLUSTER BY NONE` has no columns.
    ClusterBy(Vec<ObjectName>),
    /// `REPLACE COLUMNS (…)`
    ReplaceColumns(Vec<ColumnDefinition>),
    SetProperties(Properties),
    UnsetProperties {
        keys: Vec<String>,
        if_exists: bool,
    },
    SetLocation {
        partition: Option<PartitionSpecification>,
        location: String,
    },
    /// `SET SERDE …`, `SET SERDEPROPERTIES (…)`
    SetSerde {
        partition: Option<PartitionSpecification>,
        class: Option<String>,
        properties: Properties,
    },
    AddPartitions {
        partitions: Vec<(PartitionSpecification, Option<String>)>,
        if_not_exists: bool,
    },
    DropPartitions {
        partitions: Vec<PartitionSpecification>,
        if_exists: bool,
        purge: bool,
    },
    RenamePartition {
        from: PartitionSpecification,
        to: PartitionSpecification,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum ColumnPosition {
    First,
    After(Identifier),
}

#[derive(Debug, Clone, PartialEq)]
pub enum ColumnChange {
    Type(DataType),
    Comment(String),
    SetNotNull,
    DropNotNull,
    SetDefault(Expression, String),
    DropDefault,
    Position(ColumnPosition),
}

#[derive(Debug, Clone, PartialEq)]
pub struct DropTable {
    pub name: ObjectName,
    pub if_exists: bool,
    /// Files go at once, not when no reader needs them any more.
    pub purge: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AddFiles {
    pub paths: Vec<String>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ListResources {
    /// Whether it is about files.
    pub files: bool,
    /// Only these, if there are some.
    pub paths: Vec<String>,
}

/// `LOAD DATA [LOCAL] INPATH 'path' [OVERWRITE] INTO TABLE name [PARTITION (…)]`
#[derive(Debug, Clone, PartialEq)]
pub struct LoadData {
    /// The files are copied; without it they are moved.
    pub local: bool,
    pub path: String,
    pub path_span: Span,
    pub overwrite: bool,
    pub table: ObjectName,
    pub partition: Option<PartitionSpecification>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Truncate {
    pub name: ObjectName,
    pub partition: Option<PartitionSpecification>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RepairTable {
    pub name: ObjectName,
    pub add: bool,
    pub drop: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Refresh {
    Table(ObjectName),
    Path(String),
    Function(ObjectName),
}

#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    pub name: ObjectName,
    pub or_replace: bool,
    pub if_not_exists: bool,
    pub temporary: bool,
    /// `GLOBAL TEMPORARY`
    pub global: bool,
    pub columns: Vec<(Identifier, Option<String>)>,
    pub comment: Option<String>,
    pub properties: Properties,
    /// `WITH SCHEMA BINDING | COMPENSATION | [TYPE] EVOLUTION`
    pub schema_mode: Option<String>,
    pub source: ViewSource,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ViewSource {
    /// The query and its text.
    Query(Box<Query>, String),
    /// `CREATE TEMPORARY VIEW v [(columns)] USING format OPTIONS (…)`
    Files { columns: Vec<ColumnDefinition>, using: ObjectName, options: Properties },
}

#[derive(Debug, Clone, PartialEq)]
pub struct AlterView {
    pub name: ObjectName,
    pub action: AlterViewAction,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum AlterViewAction {
    Rename(ObjectName),
    SetProperties(Properties),
    UnsetProperties {
        keys: Vec<String>,
        if_exists: bool,
    },
    /// `AS query`: the query and its text.
    Query(Box<Query>, String),
    SchemaMode(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct DropView {
    pub name: ObjectName,
    pub if_exists: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Set {
    /// `SET key = value`; the value is the text up to the end, without quotes.
    Assign { key: String, value: String },
    /// `SET key`
    Get(String),
    /// `SET`, and `SET -v` with the meanings.
    All { verbose: bool },
    /// `SET TIME ZONE 'x' | LOCAL | INTERVAL …`
    TimeZone(TimeZone),
}

#[derive(Debug, Clone, PartialEq)]
pub enum TimeZone {
    Local,
    Name(String),
    Interval(Expression),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Show {
    /// `SHOW timezone`, of PostgreSQL: the value of a parameter, in a column of its name.
    Parameter(String),
    Catalogs {
        pattern: Option<String>,
    },
    Databases {
        pattern: Option<String>,
    },
    Tables {
        database: Option<ObjectName>,
        pattern: Option<String>,
    },
    /// `SHOW TABLE EXTENDED [IN db] LIKE 'pattern' [PARTITION (…)]`
    TableExtended {
        database: Option<ObjectName>,
        pattern: String,
        partition: Option<PartitionSpecification>,
    },
    Views {
        database: Option<ObjectName>,
        pattern: Option<String>,
    },
    Partitions {
        table: ObjectName,
        partition: Option<PartitionSpecification>,
    },
    Columns {
        table: ObjectName,
        database: Option<ObjectName>,
    },
    CreateTable {
        table: ObjectName,
        as_serde: bool,
    },
    TableProperties {
        table: ObjectName,
        key: Option<String>,
    },
    /// `SHOW FUNCTIONS db.f` has both, for a name is a pattern too.
    Functions {
        scope: FunctionScope,
        database: Option<ObjectName>,
        pattern: Option<String>,
    },
    CurrentDatabase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionScope {
    All,
    System,
    User,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Describe {
    Table {
        name: ObjectName,
        partition: Option<PartitionSpecification>,
        extended: bool,
        as_json: bool,
    },
    Column {
        table: ObjectName,
        column: ObjectName,
        extended: bool,
    },
    Database {
        name: ObjectName,
        extended: bool,
    },
    /// An operator's name is its symbol.
    Function {
        name: ObjectName,
        extended: bool,
    },
    Query(Box<Query>),
}
