//! Skep's types in PostgreSQL's numbers. Only numbers that every driver has built in are sent.

use crate::types::DataType;

/// A type of PostgreSQL by its number in `pg_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid(pub u32);

impl Oid {
    pub const UNKNOWN: Oid = Oid(0);
    pub const BOOL: Oid = Oid(16);
    pub const BYTEA: Oid = Oid(17);
    pub const INT8: Oid = Oid(20);
    pub const INT2: Oid = Oid(21);
    pub const INT4: Oid = Oid(23);
    pub const TEXT: Oid = Oid(25);
    pub const OID: Oid = Oid(26);
    pub const JSON: Oid = Oid(114);
    pub const FLOAT4: Oid = Oid(700);
    pub const FLOAT8: Oid = Oid(701);
    pub const BPCHAR: Oid = Oid(1042);
    pub const VARCHAR: Oid = Oid(1043);
    pub const DATE: Oid = Oid(1082);
    pub const TIME: Oid = Oid(1083);
    pub const TIMESTAMP: Oid = Oid(1114);
    pub const TIMESTAMPTZ: Oid = Oid(1184);
    pub const INTERVAL: Oid = Oid(1186);
    pub const NUMERIC: Oid = Oid(1700);
    /// What literals are whose type nobody gave.
    pub const UNKNOWN_LITERAL: Oid = Oid(705);
    pub const NAME: Oid = Oid(19);
    pub const CHAR: Oid = Oid(18);
}

/// Each scalar type with its size (negative: variable) and the type of its arrays.
const SCALARS: &[(Oid, i16, Oid)] = &[
    (Oid::BOOL, 1, Oid(1000)),
    (Oid::BYTEA, -1, Oid(1001)),
    (Oid::INT8, 8, Oid(1016)),
    (Oid::INT2, 2, Oid(1005)),
    (Oid::INT4, 4, Oid(1007)),
    (Oid::TEXT, -1, Oid(1009)),
    (Oid::OID, 4, Oid(1028)),
    (Oid::JSON, -1, Oid(199)),
    (Oid::FLOAT4, 4, Oid(1021)),
    (Oid::FLOAT8, 8, Oid(1022)),
    (Oid::BPCHAR, -1, Oid(1014)),
    (Oid::VARCHAR, -1, Oid(1015)),
    (Oid::DATE, 4, Oid(1182)),
    (Oid::TIME, 8, Oid(1183)),
    (Oid::TIMESTAMP, 8, Oid(1115)),
    (Oid::TIMESTAMPTZ, 8, Oid(1185)),
    (Oid::INTERVAL, 16, Oid(1187)),
    (Oid::NUMERIC, -1, Oid(1231)),
    (Oid::NAME, 64, Oid(1003)),
    (Oid::CHAR, 1, Oid(1002)),
];

/// What RowDescription says of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    pub oid: Oid,
    pub size: i16,
    /// Precision and scale, or length; -1 for none.
    pub modifier: i32,
}

pub fn describe(data_type: &DataType) -> Described {
    let oid = oid(data_type);
    let modifier = match data_type {
        DataType::Decimal { precision, scale } => ((i32::from(*precision) << 16) | i32::from(*scale)) + 4,
        DataType::Char(length) | DataType::Varchar(length) => *length as i32 + 4,
        _ => -1,
    };
    let size = SCALARS.iter().find(|(scalar, ..)| *scalar == oid).map_or(-1, |(_, size, _)| *size);
    Described { oid, size, modifier }
}

/// The number of a type. Arrays of scalars are arrays; whatever else is nested is JSON.
pub fn oid(data_type: &DataType) -> Oid {
    match data_type {
        DataType::Boolean => Oid::BOOL,
        DataType::Byte | DataType::Short => Oid::INT2,
        DataType::Int => Oid::INT4,
        DataType::Long => Oid::INT8,
        DataType::Object(_) => Oid::OID,
        DataType::Float => Oid::FLOAT4,
        DataType::Double => Oid::FLOAT8,
        DataType::Decimal { .. } => Oid::NUMERIC,
        DataType::Null | DataType::String | DataType::Collated(_) => Oid::TEXT,
        DataType::Char(_) => Oid::BPCHAR,
        DataType::Varchar(_) => Oid::VARCHAR,
        DataType::Binary | DataType::Spatial(_) => Oid::BYTEA,
        DataType::Date => Oid::DATE,
        DataType::Time(_) => Oid::TIME,
        DataType::Timestamp => Oid::TIMESTAMPTZ,
        DataType::TimestampNtz => Oid::TIMESTAMP,
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::CalendarInterval => Oid::INTERVAL,
        DataType::Variant | DataType::Map { .. } | DataType::Struct(_) => Oid::JSON,
        DataType::Array { element, .. } => match is_scalar(element) {
            true => array_of(oid(element)).unwrap_or(Oid::JSON),
            false => Oid::JSON,
        },
    }
}

/// Whether values are single ones, of which PostgreSQL makes arrays.
pub fn is_scalar(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Variant | DataType::Map { .. } | DataType::Struct(_) | DataType::Array { .. })
}

fn array_of(element: Oid) -> Option<Oid> {
    SCALARS.iter().find(|(scalar, ..)| *scalar == element).map(|(.., array)| *array)
}

/// The type of an array's elements.
pub fn element_of(array: Oid) -> Option<Oid> {
    SCALARS.iter().find(|(.., of)| *of == array).map(|(scalar, ..)| *scalar)
}

/// The type that a parameter of that number has; `None` if whoever sends it leaves it open, or if there is none like it.
pub fn data_type(oid: Oid) -> Option<DataType> {
    Some(match oid {
        Oid::BOOL => DataType::Boolean,
        Oid::BYTEA => DataType::Binary,
        Oid::INT8 | Oid::OID => DataType::Long,
        Oid::INT2 => DataType::Short,
        Oid::INT4 => DataType::Int,
        Oid::TEXT | Oid::VARCHAR | Oid::BPCHAR | Oid::NAME | Oid::CHAR | Oid::JSON => DataType::String,
        Oid::FLOAT4 => DataType::Float,
        Oid::FLOAT8 => DataType::Double,
        Oid::DATE => DataType::Date,
        Oid::TIME => DataType::Time(6),
        Oid::TIMESTAMP => DataType::TimestampNtz,
        Oid::TIMESTAMPTZ => DataType::Timestamp,
        Oid::INTERVAL => DataType::CalendarInterval,
        // Each value has digits of its own.
        Oid::NUMERIC => DataType::Decimal { precision: 38, scale: 18 },
        other => DataType::array(data_type(element_of(other)?)?),
    })
}
