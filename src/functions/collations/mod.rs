//! Collations in expressions: COLLATE, the keys that collated strings are compared by, and functions that tell about
//! collations. Which collation operands meet in, the binder finds out.

mod keys;
mod meeting;
mod rules;
mod search;
mod strings;
mod table;

use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use super::{Call, Family, Function, Kernel, Typed, constant};
use crate::error::{Error, INDETERMINATE_COLLATION, NON_FOLDABLE_ARGUMENT, Result, UNEXPECTED_INPUT_TYPE};
use crate::types::{Collation, DataType};

pub use keys::{Comparer, KEY, key, key_array, key_type};
pub use meeting::{Meeting, meet};
pub use rules::{bind, meet_arguments};

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "collate",
        Family::String,
        bind_collate,
        "collate(expr, collationName) - Marks a given expression with the specified collation.",
        &["SELECT COLLATION('Spark SQL' collate UTF8_LCASE)"],
    ),
    Function::scalar(
        "collation",
        Family::String,
        bind_collation,
        "collation(expr) - Returns the collation name of a given expression.",
        &["SELECT collation('Spark SQL')"],
    ),
    table::FUNCTION,
];

/// `text COLLATE name`: the text as it is. Its being there says that somebody chose the collation.
static COLLATE: Kernel = Kernel::new("collate", |arguments| Ok(arguments.values[0].clone()));

/// A string that was cast to a collated one: the text as it is, with a collation that counts as a column's.
static CAST_TO_COLLATED: Kernel = Kernel::new("cast_to_collated", |arguments| Ok(arguments.values[0].clone()));

pub static KERNELS: &[&[&Kernel]] = &[&[&COLLATE, &CAST_TO_COLLATED, &KEY], strings::KERNELS];

/// Whether the kernel only marks its argument and gives it back.
pub(super) fn is_mark(kernel: &Kernel) -> bool {
    kernel.name == COLLATE.name || kernel.name == CAST_TO_COLLATED.name
}

/// `operand COLLATE collation`; the operand is a string.
pub fn collate(operand: Typed, collation: Collation, context: &super::Context) -> Typed {
    let nullable = operand.nullable;
    super::call_kernel(&COLLATE, vec![operand], DataType::string(collation), nullable, context)
}

/// A string cast to a string of a collation.
pub fn mark_cast(operand: Typed, context: &super::Context) -> Typed {
    let (data_type, nullable) = (operand.data_type.clone(), operand.nullable);
    super::call_kernel(&CAST_TO_COLLATED, vec![operand], data_type, nullable, context)
}

fn bind_collate(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    if call.arguments[1].data_type == DataType::Null {
        return Err(Error::new(
            &UNEXPECTED_INPUT_TYPE,
            "Parameter first of function `collate` requires the \"STRING\" type, however \"NULL\" has the type \"VOID\"",
        )
        .at(call.span));
    }
    let name = match constant::evaluate(&call.arguments[1].expr)? {
        Some(value) => value.try_as_str().flatten().unwrap_or_default().to_owned(),
        None => {
            return Err(Error::new(
                &NON_FOLDABLE_ARGUMENT,
                "The function `collate` requires the parameter `collationName` to be a foldable expression of the type \
                 \"STRING\", but the actual argument is a non-foldable",
            )
            .at(call.span));
        }
    };
    let operand = string(call)?;
    Ok(collate(operand, Collation::named(&name)?, call.context))
}

/// The first argument, a string.
fn string(call: &Call<'_>) -> Result<Typed> {
    match call.arguments[0].data_type {
        DataType::Null => call.to(call.arguments[0].clone(), &DataType::String),
        ref found if found.is_string() => Ok(call.arguments[0].clone()),
        _ => Err(call.unexpected_type(0, "\"STRING\"")),
    }
}

fn bind_collation(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let operand = string(call)?;
    let Some(collation) = operand.data_type.collation() else {
        return Err(Error::internal("a string has a collation"));
    };
    let name = format!("SYSTEM.BUILTIN.{collation}");
    let expr = Expr::Literal(ScalarValue::Utf8View(Some(name)), None);
    Ok(Typed { expr, data_type: DataType::String, nullable: false })
}

/// What fails where the collation of strings must be known and is not.
pub fn indeterminate() -> Error {
    Error::new(&INDETERMINATE_COLLATION, "Could not determine which collation to use for string operation")
        .hint("use the COLLATE clause to set the collation explicitly")
}
