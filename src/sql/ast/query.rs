//! Queries: SELECT and all that stands around it.

use crate::error::Span;
use crate::types::DataType;

use super::{Argument, Expression, Identifier, ObjectName};

/// `[WITH …] body [ORDER BY …] [SORT BY …] … [WINDOW …] [LIMIT …] [OFFSET …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub with: Option<With>,
    pub body: QueryBody,
    pub order_by: Vec<SortItem>,
    pub sort_by: Vec<SortItem>,
    pub distribute_by: Vec<Expression>,
    pub cluster_by: Vec<Expression>,
    pub windows: Vec<NamedWindow>,
    /// `LIMIT ALL` is no limit.
    pub limit: Option<Expression>,
    pub offset: Option<Expression>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct With {
    pub recursive: bool,
    pub tables: Vec<CommonTable>,
}

/// `name [(columns)] [MAX RECURSION LEVEL n] AS (query)`
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTable {
    pub name: Identifier,
    pub columns: Vec<Identifier>,
    pub max_recursion_level: Option<u64>,
    pub query: Query,
}

#[derive(Debug, Clone, PartialEq)]
pub enum QueryBody {
    Select(Box<Select>),
    SetOperation {
        operator: SetOperator,
        all: bool,
        left: Box<QueryBody>,
        right: Box<QueryBody>,
    },
    /// `VALUES (1, 2), (3, 4)`, `VALUES 1, 2`; also with an alias.
    Values(Values),
    /// `TABLE name`
    Table(ObjectName),
    /// A query in parentheses.
    Query(Box<Query>),
    Transform(Box<Transform>),
    /// `input |> operator |> …`; `FROM t |> …` has a SELECT * as input.
    Pipe {
        input: Box<Query>,
        operators: Vec<PipeOperator>,
    },
}

/// `SELECT TRANSFORM (…) USING 'command' AS (…) FROM …`: rows go through a command as lines of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Transform {
    /// The rows that the command reads.
    pub input: Query,
    pub command: String,
    /// How it reads them.
    pub feed: ScriptFormat,
    /// How it writes its own.
    pub answer: ScriptFormat,
    /// What it writes; none: `key` and `value`.
    pub columns: Vec<(Identifier, Option<DataType>)>,
    /// Up to FROM.
    pub span: Span,
}

/// `ROW FORMAT DELIMITED FIELDS TERMINATED BY fields NULL DEFINED AS null`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Hash)]
pub struct ScriptFormat {
    pub fields: String,
    pub null: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    Union,
    Intersect,
    /// EXCEPT, MINUS
    Except,
}

/// Inline table; a row that is not a [`super::ExpressionKind::Row`] has one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    pub rows: Vec<Expression>,
    pub alias: Option<TableAlias>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// `/*+ BROADCAST(t) */`
    pub hints: Vec<Hint>,
    pub distinct: bool,
    pub items: Vec<SelectItem>,
    /// Comma-separated items are cross joins, in order. Empty: one row without columns.
    pub from: Vec<FromItem>,
    pub lateral_views: Vec<LateralView>,
    pub selection: Option<Expression>,
    pub group_by: Option<GroupBy>,
    pub having: Option<Expression>,
    pub qualify: Option<Expression>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    pub name: Identifier,
    pub arguments: Vec<Expression>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SelectItem {
    pub expression: Expression,
    pub alias: Option<Alias>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Alias {
    One(Identifier),
    /// `stack(…) AS (a, b)`
    Many(Vec<Identifier>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    pub elements: Vec<GroupingElement>,
    /// What stands before the sets of `GROUP BY a, b GROUPING SETS ((b), (a))`: only the order of the grouping columns.
    pub order: Vec<Expression>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum GroupingElement {
    Expression(Expression),
    /// `GROUP BY ALL`; the binder decides whether a column of that name comes first.
    All,
    /// `ROLLUP (a, (b, c))`, also `… WITH ROLLUP`
    Rollup(Vec<Vec<Expression>>),
    /// `CUBE (a, (b, c))`, also `… WITH CUBE`
    Cube(Vec<Vec<Expression>>),
    /// `GROUPING SETS ((a, b), a, ())`; sets may nest.
    GroupingSets(Vec<GroupingSet>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum GroupingSet {
    Set(Vec<Expression>),
    Nested(GroupingElement),
}

#[derive(Debug, Clone, PartialEq)]
pub struct SortItem {
    pub expression: Expression,
    pub descending: bool,
    /// `None`: first when ascending, last when descending.
    pub nulls_first: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NamedWindow {
    pub name: Identifier,
    pub specification: WindowSpecification,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WindowSpecification {
    /// `(w PARTITION BY …)` and `WINDOW a AS b`
    pub base: Option<Identifier>,
    pub partition_by: Vec<Expression>,
    pub order_by: Vec<SortItem>,
    pub frame: Option<WindowFrame>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WindowFrame {
    pub unit: FrameUnit,
    pub start: FrameBound,
    /// `None`: CURRENT ROW.
    pub end: Option<FrameBound>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnit {
    Rows,
    Range,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expression),
    CurrentRow,
    Following(Expression),
    UnboundedFollowing,
}

/// One item of FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct FromItem {
    pub kind: FromKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FromKind {
    /// A table, view, common table, or `format.`path``.
    Table {
        name: ObjectName,
        version: Option<TableVersion>,
        sample: Option<Sample>,
        alias: Option<TableAlias>,
    },
    Subquery {
        query: Box<Query>,
        lateral: bool,
        sample: Option<Sample>,
        alias: Option<TableAlias>,
    },
    /// `range(1, 10)`, `LATERAL explode(a)`
    Function {
        name: ObjectName,
        arguments: Vec<Argument>,
        lateral: bool,
        /// `WITH ORDINALITY`: a last column that counts the rows from 1.
        ordinality: bool,
        alias: Option<TableAlias>,
    },
    Values(Values),
    Join(Box<Join>),
    /// A join in parentheses, with or without an alias.
    Parenthesised {
        item: Box<FromItem>,
        sample: Option<Sample>,
        alias: Option<TableAlias>,
    },
    Pivot {
        input: Box<FromItem>,
        pivot: Box<Pivot>,
        alias: Option<TableAlias>,
    },
    Unpivot {
        input: Box<FromItem>,
        unpivot: Box<Unpivot>,
        alias: Option<TableAlias>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct TableAlias {
    /// `FROM VALUES (1) AS (a)` has columns only.
    pub name: Option<Identifier>,
    pub columns: Vec<Identifier>,
}

/// `VERSION AS OF n`, `TIMESTAMP AS OF t`
#[derive(Debug, Clone, PartialEq)]
pub enum TableVersion {
    Version(Expression),
    Timestamp(Expression),
}

/// `TABLESAMPLE (…) [REPEATABLE (seed)]`
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub size: SampleSize,
    pub seed: Option<i64>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SampleSize {
    Percent(Expression),
    Rows(Expression),
    /// `BUCKET n OUT OF m [ON …]`
    Bucket {
        bucket: Expression,
        of: Expression,
        on: Option<Expression>,
    },
    /// `100M`
    Bytes(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub left: FromItem,
    pub right: FromItem,
    pub operator: JoinOperator,
    pub condition: JoinCondition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinOperator {
    Inner,
    Left,
    Right,
    Full,
    LeftSemi,
    LeftAnti,
    Cross,
}

#[derive(Debug, Clone, PartialEq)]
pub enum JoinCondition {
    None,
    On(Expression),
    Using(Vec<Identifier>),
    Natural,
}

/// `LATERAL VIEW [OUTER] generator(…) alias AS a, b`
#[derive(Debug, Clone, PartialEq)]
pub struct LateralView {
    pub outer: bool,
    pub name: ObjectName,
    pub arguments: Vec<Argument>,
    pub table: Option<Identifier>,
    pub columns: Vec<Identifier>,
    pub span: Span,
}

/// `PIVOT (sum(a) AS s FOR (b, c) IN ((1, 2) AS x, …))`
#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    pub aggregates: Vec<(Expression, Option<Identifier>)>,
    pub columns: Vec<Vec<Identifier>>,
    pub values: Vec<(Expression, Option<Identifier>)>,
    pub span: Span,
}

/// `UNPIVOT [INCLUDE NULLS] (value FOR name IN (a, b AS 'x'))`, also with several value columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Unpivot {
    pub include_nulls: bool,
    pub values: Vec<Identifier>,
    pub name: Identifier,
    /// Each entry has as many columns as `values`.
    pub columns: Vec<(Vec<Vec<Identifier>>, Option<Identifier>)>,
    pub span: Span,
}

/// What stands behind `|>`.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a tree has few of them, and none in long lists")]
pub enum PipeOperator {
    Select { distinct: bool, items: Vec<SelectItem>, windows: Vec<NamedWindow> },
    Extend(Vec<SelectItem>),
    Set(Vec<(Identifier, Expression)>),
    Drop(Vec<Identifier>),
    As(Identifier),
    Where(Expression),
    Aggregate { items: Vec<SelectItem>, group_by: Vec<SelectItem> },
    Join { operator: JoinOperator, right: FromItem, condition: JoinCondition },
    SetOperation { operator: SetOperator, all: bool, right: QueryBody },
    OrderBy(Vec<SortItem>),
    SortBy(Vec<SortItem>),
    ClusterBy(Vec<Expression>),
    DistributeBy(Vec<Expression>),
    Limit { limit: Option<Expression>, offset: Option<Expression> },
    Sample(Sample),
    Pivot { pivot: Box<Pivot>, alias: Option<TableAlias> },
    Unpivot { unpivot: Box<Unpivot>, alias: Option<TableAlias> },
    LateralView(LateralView),
}
