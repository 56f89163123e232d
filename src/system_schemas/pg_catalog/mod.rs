//! PostgreSQL's catalogue, as release 15 has it: what drivers and tools ask to find tables, columns, types and functions.

mod functions;
mod nothing;
mod nothing_running;
mod relations;
mod server;
pub mod type_list;
mod types;

use super::table::SystemTable;

pub(super) use functions::{name_of as function_name, oid_of as function_oid};
pub(super) use relations::{CLASS_OID, is_not_null, referred, unique_key};

/// All tables of the schema.
pub(super) static TABLES: &[&[SystemTable]] =
    &[relations::TABLES, types::TABLES, functions::TABLES, server::TABLES, nothing::TABLES, nothing_running::TABLES];

/// The name of the only database that there is, as PostgreSQL means it.
pub const DATABASE: &str = "skep";
pub(super) const DATABASE_OID: i64 = 5;
