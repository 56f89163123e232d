//! The built-in functions: one table of names, a file per family.
//!
//! A function gets typed arguments and gives back a typed DataFusion expression; what a call may look like, how its
//! arguments are cast and what it returns is decided here, from Spark's types. It does not know statements, names of
//! tables, or where a call stands in a query: that is the binder's.

use std::ops::RangeInclusive;
use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, Expr, ScalarUDF, WindowFunctionDefinition};

use crate::error::{Result, Span};
use crate::types::DataType;

/// An expression of a plan with its Spark type.
#[derive(Debug, Clone)]
pub struct Typed {
    pub expr: Expr,
    pub data_type: DataType,
    pub nullable: bool,
}

/// What a function may know about the session when it is bound.
#[derive(Debug, Clone)]
pub struct Context {
    /// Errors instead of NULLs for overflow, bad casts and the like (`spark.sql.ansi.enabled`).
    pub ansi: bool,
    /// The session's time zone as IANA name or offset, valid.
    pub time_zone: Arc<str>,
    /// When the statement started: microseconds since the epoch. One statement has one time.
    pub now: i64,
    pub current_database: Arc<str>,
    pub user: Arc<str>,
}

/// A built-in function, with everything SHOW and DESCRIBE FUNCTION tell of it.
#[derive(Debug)]
pub struct Function {
    /// Lower case.
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub family: Family,
    pub body: Body,
    /// One sentence or more, in Spark's form: `name(arguments) - what it does.`
    pub usage: &'static str,
    /// SQL text of one call each.
    pub examples: &'static [&'static str],
}

/// Spark's groups of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Aggregate,
    Array,
    Bitwise,
    Collection,
    Conditional,
    Context,
    Conversion,
    DateTime,
    Generator,
    Hash,
    Json,
    Lambda,
    Map,
    Math,
    Misc,
    Predicate,
    String,
    Struct,
    Table,
    Url,
    Window,
}

/// How a call of the function becomes part of a plan. Arguments come bound and uncast; [`Call`] casts them.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    Scalar(fn(&Call<'_>) -> Result<Typed>),
    Aggregate(fn(&Call<'_>) -> Result<Aggregate>),
    /// Only allowed with OVER. Aggregates are window functions too, without being listed twice.
    Window(fn(&Call<'_>) -> Result<Window>),
    Generator(fn(&Call<'_>) -> Result<Generator>),
    /// Allowed in FROM only.
    Table(fn(&Call<'_>) -> Result<TableFunction>),
    /// The binder has rules of its own for it (`grouping`, `grouping_id`, lambdas): only listed here.
    Binder,
}

/// One call: the arguments as they were bound.
#[derive(Debug)]
pub struct Call<'a> {
    pub function: &'static Function,
    /// As it was typed, for messages.
    pub name: &'a str,
    pub arguments: &'a [Typed],
    /// The arguments' texts as Spark shows them in column names and messages.
    pub texts: &'a [String],
    pub span: Span,
    pub context: &'a Context,
}

/// A bound aggregate; DISTINCT, FILTER and ORDER BY are added by the binder.
#[derive(Debug, Clone)]
pub struct Aggregate {
    pub function: Arc<AggregateUDF>,
    pub arguments: Vec<Expr>,
    pub data_type: DataType,
    pub nullable: bool,
}

#[derive(Debug, Clone)]
pub struct Window {
    pub function: WindowFunctionDefinition,
    pub arguments: Vec<Expr>,
    pub data_type: DataType,
    pub nullable: bool,
}

/// A function that makes several rows of one: arrays of equal length are unnested side by side.
#[derive(Debug, Clone)]
pub struct Generator {
    /// Name and type of each output column, and the array its values come from.
    pub columns: Vec<(String, Typed)>,
    /// Rows without elements give one row of NULLs (`explode_outer`).
    pub outer: bool,
}

/// A function of FROM that needs no input: `range(…)`.
#[derive(Debug, Clone)]
pub struct TableFunction {
    pub columns: Vec<(String, DataType)>,
    pub provider: Arc<dyn datafusion::catalog::TableProvider>,
}

impl Call<'_> {
    /// Fails with `WRONG_NUM_ARGS` unless the number of arguments is in the range.
    pub fn count(&self, range: RangeInclusive<usize>) -> Result<()> {
        let _ = range;
        todo_contract()
    }

    /// Argument `n` cast implicitly to `to`, or `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`.
    pub fn cast(&self, n: usize, to: &DataType) -> Result<Typed> {
        let _ = (n, to);
        todo_contract()
    }

    /// A call of `function` with the arguments given; NULL-able unless told otherwise.
    pub fn scalar(&self, function: Arc<ScalarUDF>, arguments: Vec<Expr>, data_type: DataType, nullable: bool) -> Typed {
        Typed { expr: function.call(arguments), data_type, nullable }
    }
}

fn todo_contract<T>() -> Result<T> {
    Err(crate::error::Error::internal("contract only"))
}

/// The function of that name or alias, without regard to case.
pub fn lookup(name: &str) -> Option<&'static Function> {
    let _ = name;
    None
}

/// Every function, by name.
pub fn all() -> impl Iterator<Item = &'static Function> {
    std::iter::empty()
}
