//! Functions and casts of PostgreSQL's dialect, where they are others than Spark's or mean something else.
//!
//! They come before those of the other families when a session speaks PostgreSQL's dialect, and are unknown otherwise.
//! Operators that Spark lacks are functions named by their signs.

mod aggregates;
pub mod arrays;
pub mod casts;
mod clock_patterns;
mod dates;
pub mod intervals;
mod json;
mod making;
mod number_patterns;
mod numbers;
mod quoting;
mod regexes;
mod series;
mod strings;
mod system;
pub mod values;

use super::{Call, Expected, Family, Function, Kernel, Nullable, Simple, Typed, kernel};
use crate::error::Result;
use crate::types::DataType;

pub use system::VERSION;

/// Every family's list of functions.
pub(super) static FAMILIES: &[&[Function]] = &[
    super::inquiries::FUNCTIONS,
    super::inquiries::plain::FUNCTIONS,
    aggregates::FUNCTIONS,
    arrays::FUNCTIONS,
    dates::FUNCTIONS,
    json::FUNCTIONS,
    making::FUNCTIONS,
    numbers::FUNCTIONS,
    quoting::FUNCTIONS,
    regexes::FUNCTIONS,
    series::FUNCTIONS,
    strings::FUNCTIONS,
    system::FUNCTIONS,
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&[&Kernel]] = &[
    arrays::KERNELS,
    casts::KERNELS,
    dates::KERNELS,
    intervals::KERNELS,
    json::KERNELS,
    making::KERNELS,
    numbers::KERNELS,
    quoting::KERNELS,
    regexes::KERNELS,
    series::KERNELS,
    strings::KERNELS,
    system::KERNELS,
];

/// A function that is a kernel of that name: `name(takes…) -> returns`.
const fn kernel_function(
    name: &'static str,
    family: Family,
    kernel: &'static str,
    takes: &'static [Expected],
    returns: DataType,
    run: kernel::Run,
    usage: &'static str,
) -> Function {
    let simple = Simple {
        kernel: Kernel::new(kernel, run),
        takes,
        optional: 0,
        repeats: false,
        returns,
        returns_argument: None,
        nullable: Nullable::Arguments,
    };
    Function { name, aliases: &[], family, body: super::Body::Kernel(simple), usage, examples: &[] }
}

/// Argument `n` cast as PostgreSQL casts.
fn cast(call: &Call<'_>, n: usize, to: &DataType) -> Result<Typed> {
    casts::cast(call.arguments[n].clone(), to, call.context).map_err(|error| error.at(call.span))
}

fn text(call: &Call<'_>, n: usize) -> Result<Typed> {
    cast(call, n, &DataType::String)
}

/// Whether argument `n` is a string literal, whose type depends on where it stands.
fn is_literal(call: &Call<'_>, n: usize) -> bool {
    call.arguments[n].data_type == DataType::String
        && matches!(call.arguments[n].expr, datafusion::logical_expr::Expr::Literal(..))
}

fn nullable(arguments: &[Typed]) -> bool {
    arguments.iter().any(|argument| argument.nullable)
}

/// What Spark has under a name, called with these arguments.
fn spark(call: &Call<'_>, name: &'static str, arguments: &[Typed]) -> Result<Typed> {
    let function =
        super::lookup(name).ok_or_else(|| crate::error::Error::internal(format!("there is no function `{name}`")))?;
    let call = Call { function, name, arguments, ..*call };
    match &function.body {
        super::Body::Kernel(simple) => call.simple(simple),
        super::Body::Scalar(bind) => bind(&call),
        _ => Err(crate::error::Error::internal(format!("`{name}` is not scalar"))),
    }
}
