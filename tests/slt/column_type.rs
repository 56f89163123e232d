//! One letter for the type of a column, as test files write it behind `query`.

use skep::types::DataType;
use sqllogictest::ColumnType;

/// Every letter with what it stands for.
pub static LETTERS: &[(char, &str)] = &[
    ('B', "boolean"),
    ('I', "tinyint, smallint, int, bigint"),
    ('R', "float, double"),
    ('N', "decimal"),
    ('T', "string, char, varchar"),
    ('X', "binary"),
    ('D', "date"),
    ('P', "timestamp, timestamp_ntz, time"),
    ('V', "interval"),
    ('S', "array, map, struct"),
    ('A', "variant"),
    ('G', "geometry, geography"),
    ('U', "void"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter(char);

impl ColumnType for Letter {
    fn from_char(letter: char) -> Option<Self> {
        LETTERS.iter().any(|(known, _)| *known == letter).then_some(Self(letter))
    }

    fn to_char(&self) -> char {
        self.0
    }
}

impl From<&DataType> for Letter {
    fn from(data_type: &DataType) -> Self {
        Self(match data_type {
            DataType::Null => 'U',
            DataType::Variant => 'A',
            DataType::Spatial(_) => 'G',
            DataType::Boolean => 'B',
            DataType::Byte | DataType::Short | DataType::Int | DataType::Long | DataType::Object(_) => 'I',
            DataType::Float | DataType::Double => 'R',
            DataType::Decimal { .. } => 'N',
            DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => 'T',
            DataType::Binary => 'X',
            DataType::Date => 'D',
            DataType::Time(_) | DataType::Timestamp | DataType::TimestampNtz => 'P',
            DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::CalendarInterval => 'V',
            DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => 'S',
        })
    }
}
