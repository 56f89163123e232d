//! What PostgreSQL's types are in Skep, and how its texts of values are read and written.

mod arrays;
mod intervals;
mod names;
pub mod text;
mod times;

use super::DataType;

pub use arrays::{ArrayValue, array_items, array_value};
pub use intervals::interval;
pub use names::quote_identifier;
pub use times::{date, time, timestamp};

/// NUMERIC without precision.
pub const NUMERIC: DataType = DataType::Decimal { precision: 38, scale: 18 };

/// The name that PostgreSQL has for a type, as `pg_typeof` and names of columns show it: the short one of `pg_type`.
pub fn short_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "bool",
        DataType::Byte | DataType::Short => "int2",
        DataType::Int => "int4",
        DataType::Long => "int8",
        DataType::Float => "float4",
        DataType::Double => "float8",
        DataType::Decimal { .. } => "numeric",
        DataType::Char(_) => "bpchar",
        DataType::Varchar(_) => "varchar",
        DataType::Binary => "bytea",
        DataType::Date => "date",
        DataType::Time(_) => "time",
        DataType::Timestamp => "timestamptz",
        DataType::TimestampNtz => "timestamp",
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::CalendarInterval => "interval",
        DataType::Array { element, .. } => short_name(element),
        DataType::Struct(_) => "row",
        DataType::Map { .. } | DataType::Variant => "json",
        DataType::Object(kind) => kind.name(),
        DataType::String | DataType::Collated(_) | DataType::Null | DataType::Spatial(_) => "text",
    }
}

/// The name in full, as `pg_typeof` and `format_type` show it.
pub fn full_name(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Boolean => "boolean",
        DataType::Byte | DataType::Short => "smallint",
        DataType::Int => "integer",
        DataType::Long => "bigint",
        DataType::Float => "real",
        DataType::Double => "double precision",
        DataType::Char(_) => "character",
        DataType::Varchar(_) => "character varying",
        DataType::Time(_) => "time without time zone",
        DataType::Timestamp => "timestamp with time zone",
        DataType::TimestampNtz => "timestamp without time zone",
        DataType::Struct(_) => "record",
        DataType::Array { element, .. } => return format!("{}[]", full_name(element).trim_end_matches("[]")),
        other => short_name(other),
    };
    name.to_owned()
}
