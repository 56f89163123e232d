//! Which casts there are.

use super::CastMode;
use crate::types::DataType;

/// Whether `CAST(x AS to)` means something for an `x` of type `from`.
pub fn cast_allowed(from: &DataType, to: &DataType, mode: CastMode) -> bool {
    match (from, to) {
        (from, to) if from == to => true,
        (DataType::Null, _) => true,
        (DataType::Spatial(from), DataType::Spatial(to)) => from.casts_to(*to),
        (DataType::Spatial(_), _) | (_, DataType::Spatial(_)) => false,
        (DataType::Variant, to) => from_variant(to),
        (from, DataType::Variant) => to_variant(from, false),
        (_, to) if to.is_string() => true,
        (DataType::Array { element: from, .. }, DataType::Array { element: to, .. }) => cast_allowed(from, to, mode),
        (DataType::Map { key, value, .. }, DataType::Map { key: to_key, value: to_value, .. }) => {
            cast_allowed(key, to_key, mode) && cast_allowed(value, to_value, mode)
        }
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len()
                && from.iter().zip(to).all(|(from, to)| cast_allowed(&from.data_type, &to.data_type, mode))
        }
        (from, to) if from.is_string() => {
            to.is_numeric()
                || to.is_datetime()
                || to.is_interval()
                || matches!(to, DataType::Boolean | DataType::Binary | DataType::Time(_))
        }
        (from, to) if from.is_numeric() && to.is_numeric() => true,
        (DataType::Boolean, to) if to.is_numeric() => true,
        (from, DataType::Boolean) if from.is_numeric() => true,
        // Numbers are seconds.
        (from, DataType::Timestamp) if from.is_numeric() => true,
        (DataType::Timestamp, to) if to.is_numeric() => true,
        (from, to) if from.is_datetime() && to.is_datetime() => true,
        (DataType::Time(_), to) => matches!(to, DataType::Time(_)) || to.is_integral() || to.is_decimal(),
        (DataType::Timestamp | DataType::Boolean, DataType::Timestamp | DataType::Boolean)
        | (DataType::Date, DataType::Boolean) => !ansi(mode),
        (DataType::Date, to) if to.is_numeric() => !ansi(mode),
        (from, DataType::Binary) if from.is_integral() => !ansi(mode),
        (DataType::DayTimeInterval(..), DataType::DayTimeInterval(..))
        | (DataType::YearMonthInterval(..), DataType::YearMonthInterval(..)) => true,
        // A number of what the last field counts: months, hours and so on.
        (DataType::DayTimeInterval(..) | DataType::YearMonthInterval(..), to) => to.is_integral() || to.is_decimal(),
        (from, DataType::DayTimeInterval(..) | DataType::YearMonthInterval(..)) => {
            from.is_integral() || from.is_decimal()
        }
        _ => false,
    }
}

/// What a variant may be cast to.
fn from_variant(to: &DataType) -> bool {
    match to {
        DataType::Array { element, .. } => from_variant(element),
        DataType::Map { key, value, .. } => key.is_string() && from_variant(value),
        DataType::Struct(fields) => fields.iter().all(|field| from_variant(&field.data_type)),
        DataType::Null | DataType::Time(_) | DataType::Spatial(_) => false,
        to => !to.is_interval(),
    }
}

/// What may become a variant; structs and maps only by `to_variant_object`.
pub fn to_variant(from: &DataType, objects: bool) -> bool {
    match from {
        DataType::Array { element, .. } => to_variant(element, objects),
        DataType::Map { key, value, .. } => objects && key.is_string() && to_variant(value, objects),
        DataType::Struct(fields) => objects && fields.iter().all(|field| to_variant(&field.data_type, objects)),
        DataType::Time(_) | DataType::Spatial(_) => false,
        from => !from.is_interval(),
    }
}

/// TRY_CAST allows what the ANSI cast allows.
fn ansi(mode: CastMode) -> bool {
    match mode {
        CastMode::Ansi | CastMode::Try | CastMode::Store => true,
        CastMode::Legacy => false,
    }
}
