//! What a session is told about itself and its values.

use datafusion::logical_expr::{ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;

use super::{kernel_function, spark};
use crate::error::Result;
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Family, Function, Typed};
use crate::types::DataType;
use crate::types::postgres::full_name;

const FAMILY: Family = Family::Context;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "version",
        FAMILY,
        version,
        "version() - The PostgreSQL whose dialect is spoken, and by whom.",
        &[],
    ),
    Function::scalar("pg_typeof", FAMILY, type_of, "pg_typeof(a) - The name of the type of `a`.", &[]),
    Function::scalar(
        "gen_random_uuid",
        FAMILY,
        |call| spark(call, "uuid", &[]),
        "gen_random_uuid() - A new UUID.",
        &[],
    ),
    Function::scalar(
        "current_catalog",
        FAMILY,
        catalog,
        "current_catalog - The database that the session is connected to.",
        &[],
    )
    .aliases(&["current_database"]),
    Function::scalar(
        "current_schema",
        FAMILY,
        |call| Ok(constant(&call.context.current_database)),
        "current_schema() - The schema in which names are looked up.",
        &[],
    ),
    Function::scalar(
        "current_role",
        FAMILY,
        |call| Ok(constant(&call.context.user)),
        "current_role - The name of the user.",
        &[],
    )
    .aliases(&["system_user"]),
    kernel_function(
        "num_nulls",
        FAMILY,
        "postgres_num_nulls",
        &[crate::functions::Expected::Any],
        DataType::Int,
        |arguments| count_nulls(arguments, true),
        "num_nulls(a, …) - How many arguments are NULL.",
    )
    .repeats()
    .never_null(),
    kernel_function(
        "num_nonnulls",
        FAMILY,
        "postgres_num_nonnulls",
        &[crate::functions::Expected::Any],
        DataType::Int,
        |arguments| count_nulls(arguments, false),
        "num_nonnulls(a, …) - How many arguments are not NULL.",
    )
    .repeats()
    .never_null(),
];

/// Kernels that plans refer to by name.
pub(super) static KERNELS: &[&Kernel] = &[];

/// The version whose dialect is spoken.
pub const VERSION: &str = crate::config::postgres::SERVER_VERSION;

fn constant(text: &str) -> Typed {
    let expr = Expr::Literal(ScalarValue::Utf8View(Some(text.to_owned())), None);
    Typed { expr, data_type: DataType::String, nullable: false }
}

fn version(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    let skep = env!("CARGO_PKG_VERSION");
    Ok(constant(&format!("PostgreSQL {VERSION} (Skep {skep}) on {}, 64-bit", std::env::consts::ARCH)))
}

fn type_of(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let unknown = super::is_literal(call, 0) || call.arguments[0].data_type == DataType::Null;
    Ok(constant(&if unknown { "unknown".to_owned() } else { full_name(&call.arguments[0].data_type) }))
}

/// There is one database for all sessions.
fn catalog(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    Ok(constant("skep"))
}

fn count_nulls(arguments: &Arguments<'_>, nulls: bool) -> Result<ColumnarValue> {
    let columns = (0..arguments.len()).map(|n| arguments.array(n)).collect::<Result<Vec<_>>>()?;
    let types = &arguments.parameters.arguments;
    arguments.compute::<datafusion::arrow::datatypes::Int32Type>(|row| {
        i32::try_from(
            columns
                .iter()
                .zip(types)
                .filter(|(column, found)| (column.is_null(row) || **found == DataType::Null) == nulls)
                .count(),
        )
        .ok()
    })
}
