//! The built-in functions: one table of names, a file per family.
//!
//! A function gets typed arguments and gives back a typed DataFusion expression; what a call may look like, how its
//! arguments are cast and what it returns is decided here, from Spark's types. It does not know statements, names of
//! tables, or where a call stands in a query: that is the binder's.

pub mod arithmetic;
mod call;
pub mod cast;
pub mod constant;
pub mod denied;
pub mod elements;
pub mod fallible;
mod first_not_null;
pub mod floats;
pub mod kernel;
pub mod mismatch;
pub mod objects;
pub mod once;
mod origin;
mod rows;
mod settings;

pub mod aggregates;
pub mod ciphers;
pub mod collations;
pub mod collections;
pub mod conditional;
pub mod context;
pub mod csv;
pub mod dates;
mod documents;
pub mod generators;
pub mod hashes;
pub mod inquiries;
pub mod json;
pub mod lambdas;
mod markers;
pub mod math;
pub mod ordering;
pub mod postgres;
pub mod regexes;
pub mod sketches;
pub mod spatial;
pub mod storing;
pub mod strings;
pub mod urls;
pub mod variant;
pub mod windows;
mod xml;
mod xpath;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use datafusion::logical_expr::{AggregateUDF, Expr, ScalarUDF, WindowFunctionDefinition};

pub use call::{Call, Expected, call_kernel, ordinal};
pub use kernel::{Arguments, Kernel, Parameters};
pub use markers::{Given, Markers};
pub use origin::{Here, Origin};
pub use settings::Settings;

use crate::config::Dialect;
use crate::error::Result;
use crate::types::DataType;

/// Every family's list of functions. A name or alias stands in one list only.
static FAMILIES: &[&[Function]] = &[
    aggregates::FUNCTIONS,
    dates::FUNCTIONS,
    dates::clock::FUNCTIONS,
    strings::FUNCTIONS,
    regexes::FUNCTIONS,
    conditional::FUNCTIONS,
    collations::FUNCTIONS,
    collections::FUNCTIONS,
    context::FUNCTIONS,
    generators::FUNCTIONS,
    hashes::FUNCTIONS,
    csv::FUNCTIONS,
    json::FUNCTIONS,
    lambdas::FUNCTIONS,
    windows::FUNCTIONS,
    math::FUNCTIONS,
    arithmetic::FUNCTIONS,
    urls::FUNCTIONS,
    spatial::FUNCTIONS,
    variant::FUNCTIONS,
    ciphers::FUNCTIONS,
    sketches::hll::FUNCTIONS,
    sketches::theta::FUNCTIONS,
    sketches::kll::FUNCTIONS,
    sketches::bitmaps::FUNCTIONS,
    sketches::count_min::FUNCTIONS,
    sketches::histogram::FUNCTIONS,
    sketches::top_k::FUNCTIONS,
    xml::FUNCTIONS,
    xpath::FUNCTIONS,
];

/// Kernels that no function of the table names, but that plans refer to all the same.
static KERNELS: &[&[&Kernel]] = &[
    &[&cast::CAST, &cast::CAST_TOTAL],
    inquiries::plain::KERNELS,
    arithmetic::KERNELS,
    elements::KERNELS,
    first_not_null::KERNELS,
    floats::KERNELS,
    strings::KERNELS,
    dates::KERNELS,
    dates::clock::KERNELS,
    collections::KERNELS,
    context::KERNELS,
    generators::KERNELS,
    hashes::KERNELS,
    csv::KERNELS,
    json::KERNELS,
    regexes::KERNELS,
    math::KERNELS,
    spatial::KERNELS,
    variant::KERNELS,
    ciphers::KERNELS,
    sketches::hll::KERNELS,
    sketches::theta::KERNELS,
    sketches::kll::KERNELS,
    sketches::bitmaps::KERNELS,
    xml::KERNELS,
    xpath::KERNELS,
];

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
    pub settings: Settings,
    /// What numbers and names of objects stand for.
    pub objects: objects::Objects,
    /// What the markers of a prepared statement stand for.
    pub parameters: Arc<Markers>,
    /// Moved by the binder; all clones stand at one place.
    pub here: Arc<Here>,
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
    Csv,
    DateTime,
    Generator,
    Hash,
    Json,
    Lambda,
    Map,
    Math,
    Misc,
    Predicate,
    Spatial,
    String,
    Struct,
    Table,
    Url,
    Variant,
    Window,
    Xml,
}

/// How a call of the function becomes part of a plan. Arguments come bound and uncast; [`Call`] casts them.
#[derive(Debug)]
pub enum Body {
    /// Nothing to decide: arguments are cast to the types the kernel takes.
    Kernel(Simple),
    Scalar(fn(&Call<'_>) -> Result<Typed>),
    Aggregate(fn(&Call<'_>) -> Result<Aggregate>),
    /// Only allowed with OVER. Aggregates are window functions too, without being listed twice.
    Window(fn(&Call<'_>) -> Result<Window>),
    Generator(fn(&Call<'_>) -> Result<Generator>),
    /// A generator that stands in FROM only.
    TableGenerator(fn(&Call<'_>) -> Result<Generator>),
    /// Allowed in FROM only.
    Table(fn(&Call<'_>) -> Result<TableFunction>),
    /// The binder has rules of its own for it (`grouping`, `grouping_id`, lambdas): only listed here.
    Binder,
}

/// A function whose arguments have types of their own whatever is given.
#[derive(Debug)]
pub struct Simple {
    pub kernel: Kernel,
    pub takes: &'static [Expected],
    /// So many of `takes` may be left out at the end.
    pub optional: usize,
    /// The last of `takes` may be repeated without end, or be left out altogether.
    pub repeats: bool,
    pub returns: DataType,
    /// Instead of `returns`: the type of that argument after its cast.
    pub returns_argument: Option<usize>,
    pub nullable: Nullable,
}

/// When a function's result may be NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nullable {
    /// Exactly when an argument may be.
    Arguments,
    Always,
    Never,
}

impl Function {
    /// A function that is a kernel: `name(takes…) -> returns`.
    pub const fn kernel(
        name: &'static str,
        family: Family,
        takes: &'static [Expected],
        returns: DataType,
        run: kernel::Run,
        usage: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        let simple = Simple {
            kernel: Kernel::new(name, run),
            takes,
            optional: 0,
            repeats: false,
            returns,
            returns_argument: None,
            nullable: Nullable::Arguments,
        };
        Self { name, aliases: &[], family, body: Body::Kernel(simple), usage, examples }
    }

    /// A function of one argument whose type is that of the result.
    pub const fn unary(
        name: &'static str,
        family: Family,
        takes: &'static [Expected; 1],
        run: kernel::Run,
        usage: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self::kernel(name, family, takes, DataType::Null, run, usage, examples).returns_argument(0)
    }

    /// A scalar function that looks at its arguments to find out what it is.
    pub const fn scalar(
        name: &'static str,
        family: Family,
        bind: fn(&Call<'_>) -> Result<Typed>,
        usage: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self { name, aliases: &[], family, body: Body::Scalar(bind), usage, examples }
    }

    pub const fn aggregate(
        name: &'static str,
        bind: fn(&Call<'_>) -> Result<Aggregate>,
        usage: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self { name, aliases: &[], family: Family::Aggregate, body: Body::Aggregate(bind), usage, examples }
    }

    pub const fn window(
        name: &'static str,
        bind: fn(&Call<'_>) -> Result<Window>,
        usage: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self { name, aliases: &[], family: Family::Window, body: Body::Window(bind), usage, examples }
    }

    pub const fn generator(
        name: &'static str,
        bind: fn(&Call<'_>) -> Result<Generator>,
        usage: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self { name, aliases: &[], family: Family::Generator, body: Body::Generator(bind), usage, examples }
    }

    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The last `count` arguments may be left out.
    #[must_use]
    pub const fn optional(mut self, count: usize) -> Self {
        if let Body::Kernel(simple) = &mut self.body {
            simple.optional = count;
        }
        self
    }

    /// The last argument may be given any number of times, or not at all.
    #[must_use]
    pub const fn repeats(mut self) -> Self {
        if let Body::Kernel(simple) = &mut self.body {
            simple.repeats = true;
        }
        self
    }

    /// The result may be NULL although no argument is.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        if let Body::Kernel(simple) = &mut self.body {
            simple.nullable = Nullable::Always;
        }
        self
    }

    /// The result is never NULL.
    #[must_use]
    pub const fn never_null(mut self) -> Self {
        if let Body::Kernel(simple) = &mut self.body {
            simple.nullable = Nullable::Never;
        }
        self
    }

    /// The result has the type of argument `n`.
    #[must_use]
    pub const fn returns_argument(mut self, n: usize) -> Self {
        if let Body::Kernel(simple) = &mut self.body {
            simple.returns_argument = Some(n);
        }
        self
    }

    /// See [`Kernel::fallible`].
    #[must_use]
    pub const fn fallible(mut self) -> Self {
        if let Body::Kernel(simple) = &mut self.body {
            simple.kernel.fallible = true;
        }
        self
    }

    /// See [`Kernel::volatile`].
    #[must_use]
    pub const fn volatile(mut self) -> Self {
        if let Body::Kernel(simple) = &mut self.body {
            simple.kernel.volatility = datafusion::logical_expr::Volatility::Volatile;
        }
        self
    }

    /// The name, then the aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
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

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| all().flat_map(|function| function.names().map(move |name| (name, function))).collect());

static KERNELS_BY_NAME: LazyLock<HashMap<&'static str, &'static Kernel>> = LazyLock::new(|| {
    let simple = all().chain(of_postgres()).filter_map(|function| match &function.body {
        Body::Kernel(simple) => Some(&simple.kernel),
        _ => None,
    });
    let named =
        KERNELS.iter().chain(collations::KERNELS).chain(postgres::KERNELS).flat_map(|kernels| kernels.iter().copied());
    simple.chain(named).map(|kernel| (kernel.name, kernel)).collect()
});

/// The function of that name or alias, without regard to case.
pub fn lookup(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).or_else(|| BY_NAME.get(name.to_lowercase().as_str())).copied()
}

/// The function that a name means in a dialect: PostgreSQL's own ones come before those of the same name.
pub fn lookup_in(dialect: Dialect, name: &str) -> Option<&'static Function> {
    static OF_POSTGRES: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
        of_postgres().flat_map(|function| function.names().map(move |name| (name, function))).collect()
    });
    match dialect {
        Dialect::Spark => lookup(name),
        Dialect::Postgres => OF_POSTGRES.get(name.to_lowercase().as_str()).copied().or_else(|| lookup(name)),
    }
}

/// What PostgreSQL's dialect adds, or has in another meaning.
pub fn of_postgres() -> impl Iterator<Item = &'static Function> {
    postgres::FAMILIES.iter().flat_map(|family| family.iter())
}

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The function that a plan written elsewhere refers to by its kernel's name.
pub fn scalar_udf(name: &str, parameters: Parameters) -> Option<Arc<ScalarUDF>> {
    KERNELS_BY_NAME.get(name).map(|kernel| kernel.function(parameters))
}
