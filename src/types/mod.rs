//! Spark SQL's data types, and how each is laid out in Arrow.
//!
//! The binder reasons in these types, never in Arrow's: `CHAR(3)`, `INTERVAL YEAR` and the like have no Arrow type of
//! their own. Strings may arrive as Utf8, LargeUtf8 or Utf8View; all three are [`DataType::String`].

pub mod calendar;
pub mod coercion;
pub mod collation;
mod parse;
pub mod pattern;
pub mod postgres;
pub mod reading;
pub mod spatial;
pub mod text;
pub mod time_zone;
pub mod variant;

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{
    DataType as Arrow, Field, FieldRef, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit,
};
use serde::{Deserialize, Serialize};

use crate::error::Result;

pub use collation::Collation;
pub use spatial::Spatial;

/// The most digits a decimal has.
pub const MAX_PRECISION: u8 = 38;

/// A type of Spark SQL 4.1, see <https://spark.apache.org/docs/latest/sql-ref-datatypes.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataType {
    /// `VOID`: the type of a bare NULL.
    Null,
    Boolean,
    Byte,
    Short,
    Int,
    Long,
    Float,
    Double,
    Decimal {
        precision: u8,
        scale: i8,
    },
    /// Compared byte by byte (UTF8_BINARY).
    String,
    /// `STRING COLLATE name`, of any other collation.
    Collated(Collation),
    /// Padded with blanks to its length.
    Char(u32),
    /// At most so many characters.
    Varchar(u32),
    Binary,
    /// Days since 1970-01-01.
    Date,
    /// Microseconds of the day; the number is the digits of the fraction shown.
    Time(u8),
    /// Microseconds since 1970-01-01 00:00:00 UTC, shown in the session's time zone.
    Timestamp,
    /// Microseconds since 1970-01-01 00:00:00 of no zone.
    TimestampNtz,
    /// Months.
    YearMonthInterval(YearMonthField, YearMonthField),
    /// Microseconds.
    DayTimeInterval(DayTimeField, DayTimeField),
    /// Months, days and microseconds side by side.
    CalendarInterval,
    /// A value that carries its type, see [`variant`].
    Variant,
    /// A place or a shape, see [`spatial`].
    Spatial(Spatial),
    /// The number of an object of the catalogue, in PostgreSQL's dialect: it counts as an integer. No table has it.
    Object(ObjectKind),
    Array {
        element: Box<DataType>,
        contains_null: bool,
    },
    Map {
        key: Box<DataType>,
        value: Box<DataType>,
        value_contains_null: bool,
    },
    Struct(Vec<StructField>),
}

/// What a number of an object stands for: those that stand for one kind only are shown as its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ObjectKind {
    /// `oid`: any, shown as a number.
    Any,
    /// `regclass`
    Class,
    /// `regtype`
    Type,
    /// `regproc`, `regprocedure`
    Procedure,
    /// `regnamespace`
    Namespace,
    /// `regrole`
    Role,
}

impl ObjectKind {
    /// The name of the type in PostgreSQL.
    pub fn name(self) -> &'static str {
        match self {
            ObjectKind::Any => "oid",
            ObjectKind::Class => "regclass",
            ObjectKind::Type => "regtype",
            ObjectKind::Procedure => "regproc",
            ObjectKind::Namespace => "regnamespace",
            ObjectKind::Role => "regrole",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum YearMonthField {
    Year,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DayTimeField {
    Day,
    Hour,
    Minute,
    Second,
}

/// A field of a struct, or a column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StructField {
    /// As it was written; compared without regard to case.
    pub name: String,
    pub data_type: DataType,
    pub nullable: bool,
    pub comment: Option<String>,
}

impl StructField {
    pub fn new(name: impl Into<String>, data_type: DataType) -> Self {
        Self { name: name.into(), data_type, nullable: true, comment: None }
    }

    pub fn to_arrow(&self) -> FieldRef {
        Arc::new(Field::new(&self.name, self.data_type.to_arrow(), self.nullable))
    }
}

/// The Arrow schema of columns, in their order.
pub fn arrow_schema(columns: &[StructField]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(StructField::to_arrow).collect::<Vec<_>>()))
}

impl DataType {
    pub const INTERVAL_YEAR_MONTH: DataType = DataType::YearMonthInterval(YearMonthField::Year, YearMonthField::Month);
    pub const INTERVAL_DAY_SECOND: DataType = DataType::DayTimeInterval(DayTimeField::Day, DayTimeField::Second);
    /// What an untyped `DECIMAL` is.
    pub const DECIMAL_DEFAULT: DataType = DataType::Decimal { precision: 10, scale: 0 };

    pub fn array(element: DataType) -> Self {
        DataType::Array { element: Box::new(element), contains_null: true }
    }

    pub fn map(key: DataType, value: DataType) -> Self {
        DataType::Map { key: Box::new(key), value: Box::new(value), value_contains_null: true }
    }

    /// The type with everything inside of it NULL-able.
    pub fn loosened(&self) -> Self {
        match self {
            DataType::Array { element, .. } => DataType::array(element.loosened()),
            DataType::Map { key, value, .. } => DataType::map(key.loosened(), value.loosened()),
            DataType::Struct(fields) => DataType::Struct(
                fields.iter().map(|field| StructField::new(&field.name, field.data_type.loosened())).collect(),
            ),
            other => other.clone(),
        }
    }

    /// Reads what [`DataType::catalog_string`] writes, and any type of a DDL text.
    pub fn parse(text: &str) -> Result<Self> {
        parse::data_type(text)
    }

    /// Reads the columns of a DDL text: `a INT, b STRING COMMENT 'x'`.
    pub fn parse_columns(text: &str) -> Result<Vec<StructField>> {
        parse::columns(text)
    }

    /// The Arrow type that plans and files carry.
    pub fn to_arrow(&self) -> Arrow {
        match self {
            DataType::Null => Arrow::Null,
            DataType::Boolean => Arrow::Boolean,
            DataType::Byte => Arrow::Int8,
            DataType::Short => Arrow::Int16,
            DataType::Int => Arrow::Int32,
            DataType::Long | DataType::Object(_) => Arrow::Int64,
            DataType::Float => Arrow::Float32,
            DataType::Double => Arrow::Float64,
            DataType::Decimal { precision, scale } => Arrow::Decimal128(*precision, *scale),
            DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => Arrow::Utf8View,
            DataType::Binary | DataType::Spatial(_) => Arrow::BinaryView,
            DataType::Date => Arrow::Date32,
            DataType::Time(_) => Arrow::Time64(TimeUnit::Microsecond),
            DataType::Timestamp => Arrow::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            DataType::TimestampNtz => Arrow::Timestamp(TimeUnit::Microsecond, None),
            DataType::YearMonthInterval(..) => Arrow::Interval(IntervalUnit::YearMonth),
            DataType::DayTimeInterval(..) => Arrow::Duration(TimeUnit::Microsecond),
            DataType::CalendarInterval => Arrow::Interval(IntervalUnit::MonthDayNano),
            DataType::Variant => variant::Variants::layout(),
            DataType::Array { element, contains_null } => {
                Arrow::List(Arc::new(Field::new("item", element.to_arrow(), *contains_null)))
            }
            DataType::Map { key, value, value_contains_null } => {
                let entries = Fields::from(vec![
                    Field::new("key", key.to_arrow(), false),
                    Field::new("value", value.to_arrow(), *value_contains_null),
                ]);
                Arrow::Map(Arc::new(Field::new("entries", Arrow::Struct(entries), false)), false)
            }
            DataType::Struct(fields) => Arrow::Struct(fields.iter().map(StructField::to_arrow).collect()),
        }
    }

    /// The nearest type of a file's or a function's Arrow type; `None` where Spark has none.
    pub fn from_arrow(arrow: &Arrow) -> Option<Self> {
        Some(match arrow {
            Arrow::Null => DataType::Null,
            Arrow::Boolean => DataType::Boolean,
            Arrow::Int8 => DataType::Byte,
            Arrow::Int16 | Arrow::UInt8 => DataType::Short,
            Arrow::Int32 | Arrow::UInt16 => DataType::Int,
            Arrow::Int64 | Arrow::UInt32 => DataType::Long,
            Arrow::UInt64 => DataType::Decimal { precision: 20, scale: 0 },
            Arrow::Float16 | Arrow::Float32 => DataType::Float,
            Arrow::Float64 => DataType::Double,
            Arrow::Decimal32(precision, scale)
            | Arrow::Decimal64(precision, scale)
            | Arrow::Decimal128(precision, scale)
            | Arrow::Decimal256(precision, scale) => {
                DataType::Decimal { precision: (*precision).min(MAX_PRECISION), scale: *scale }
            }
            Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View => DataType::String,
            Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView | Arrow::FixedSizeBinary(_) => DataType::Binary,
            Arrow::Date32 | Arrow::Date64 => DataType::Date,
            Arrow::Time32(_) | Arrow::Time64(_) => DataType::Time(6),
            Arrow::Timestamp(_, Some(_)) => DataType::Timestamp,
            Arrow::Timestamp(_, None) => DataType::TimestampNtz,
            Arrow::Interval(IntervalUnit::YearMonth) => DataType::INTERVAL_YEAR_MONTH,
            Arrow::Duration(_) => DataType::INTERVAL_DAY_SECOND,
            Arrow::Interval(_) => DataType::CalendarInterval,
            Arrow::List(field)
            | Arrow::LargeList(field)
            | Arrow::FixedSizeList(field, _)
            | Arrow::ListView(field)
            | Arrow::LargeListView(field) => DataType::Array {
                element: Box::new(Self::from_arrow(field.data_type())?),
                contains_null: field.is_nullable(),
            },
            Arrow::Map(entries, _) => match entries.data_type() {
                Arrow::Struct(fields) if fields.len() == 2 => DataType::Map {
                    key: Box::new(Self::from_arrow(fields[0].data_type())?),
                    value: Box::new(Self::from_arrow(fields[1].data_type())?),
                    value_contains_null: fields[1].is_nullable(),
                },
                _ => return None,
            },
            Arrow::Struct(fields) => DataType::Struct(
                fields
                    .iter()
                    .map(|field| {
                        Some(StructField {
                            nullable: field.is_nullable(),
                            ..StructField::new(field.name(), Self::from_arrow(field.data_type())?)
                        })
                    })
                    .collect::<Option<_>>()?,
            ),
            Arrow::Dictionary(_, value) => Self::from_arrow(value)?,
            Arrow::RunEndEncoded(_, value) => Self::from_arrow(value.data_type())?,
            Arrow::Union(..) => return None,
        })
    }

    pub fn is_integral(&self) -> bool {
        matches!(self, DataType::Byte | DataType::Short | DataType::Int | DataType::Long | DataType::Object(_))
    }

    pub fn is_fractional(&self) -> bool {
        matches!(self, DataType::Float | DataType::Double | DataType::Decimal { .. })
    }

    pub fn is_numeric(&self) -> bool {
        self.is_integral() || self.is_fractional()
    }

    pub fn is_decimal(&self) -> bool {
        matches!(self, DataType::Decimal { .. })
    }

    /// STRING of any collation, CHAR or VARCHAR.
    pub fn is_string(&self) -> bool {
        matches!(self, DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_))
    }

    /// STRING of that collation.
    pub fn string(collation: Collation) -> Self {
        if collation.is_binary() { DataType::String } else { DataType::Collated(collation) }
    }

    /// The collation of a string.
    pub fn collation(&self) -> Option<Collation> {
        match self {
            DataType::Collated(collation) => Some(*collation),
            other => other.is_string().then_some(Collation::BINARY),
        }
    }

    /// Whether some string in it is not compared byte by byte.
    pub fn is_collated(&self) -> bool {
        self.collations().next().is_some()
    }

    /// The collations in it other than UTF8_BINARY.
    pub fn collations(&self) -> Box<dyn Iterator<Item = Collation> + '_> {
        match self {
            DataType::Collated(collation) => Box::new(std::iter::once(*collation)),
            DataType::Array { element, .. } => element.collations(),
            DataType::Map { key, value, .. } => Box::new(key.collations().chain(value.collations())),
            DataType::Struct(fields) => Box::new(fields.iter().flat_map(|field| field.data_type.collations())),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// The type with every string type in it replaced.
    #[must_use]
    pub fn map_strings(&self, replace: &dyn Fn(&DataType) -> DataType) -> Self {
        match self {
            string if string.is_string() => replace(string),
            DataType::Array { element, contains_null } => {
                DataType::Array { element: Box::new(element.map_strings(replace)), contains_null: *contains_null }
            }
            DataType::Map { key, value, value_contains_null } => DataType::Map {
                key: Box::new(key.map_strings(replace)),
                value: Box::new(value.map_strings(replace)),
                value_contains_null: *value_contains_null,
            },
            DataType::Struct(fields) => DataType::Struct(
                fields
                    .iter()
                    .map(|field| StructField { data_type: field.data_type.map_strings(replace), ..field.clone() })
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    /// The type with all its strings compared byte by byte.
    #[must_use]
    pub fn without_collations(&self) -> Self {
        self.map_strings(&|string| match string {
            DataType::Collated(_) => DataType::String,
            other => other.clone(),
        })
    }

    pub fn is_timestamp(&self) -> bool {
        matches!(self, DataType::Timestamp | DataType::TimestampNtz)
    }

    /// A date or a timestamp.
    pub fn is_datetime(&self) -> bool {
        self.is_timestamp() || *self == DataType::Date
    }

    pub fn is_interval(&self) -> bool {
        matches!(self, DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::CalendarInterval)
    }

    /// One value, not a collection of them.
    pub fn is_atomic(&self) -> bool {
        !matches!(self, DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) | DataType::Spatial(_))
    }

    /// Whether it is that type or has it inside.
    pub fn contains(&self, wanted: &DataType) -> bool {
        match self {
            found if found == wanted => true,
            DataType::Array { element, .. } => element.contains(wanted),
            DataType::Map { key, value, .. } => key.contains(wanted) || value.contains(wanted),
            DataType::Struct(fields) => fields.iter().any(|field| field.data_type.contains(wanted)),
            _ => false,
        }
    }

    /// Whether values can be put in order, and so be compared, grouped and told apart.
    pub fn is_orderable(&self) -> bool {
        match self {
            DataType::Map { .. } | DataType::CalendarInterval | DataType::Variant | DataType::Spatial(_) => false,
            DataType::Array { element, .. } => element.is_orderable(),
            DataType::Struct(fields) => fields.iter().all(|field| field.data_type.is_orderable()),
            _ => true,
        }
    }

    /// The decimal that holds every value of an integral type.
    pub fn as_decimal(&self) -> Option<(u8, i8)> {
        match self {
            DataType::Byte => Some((3, 0)),
            DataType::Short => Some((5, 0)),
            DataType::Int => Some((10, 0)),
            DataType::Long | DataType::Object(_) => Some((20, 0)),
            DataType::Decimal { precision, scale } => Some((*precision, *scale)),
            DataType::Float => Some((14, 7)),
            DataType::Double => Some((30, 15)),
            _ => None,
        }
    }

    /// As `DESCRIBE` and result schemas show it: `array<int>`, `struct<a:int,b:string>`, `decimal(10,2)`.
    pub fn catalog_string(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Style::Catalog);
        text
    }

    /// As errors and column names show it: `ARRAY<INT>`, `STRUCT<a: INT, b: STRING>`, `DECIMAL(10,2)`.
    pub fn sql(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Style::Sql);
        text
    }

    fn write(&self, out: &mut String, style: Style) {
        let mut word = |text: &str| match style {
            Style::Catalog => out.push_str(text),
            Style::Sql => out.push_str(&text.to_uppercase()),
        };
        match self {
            DataType::Null => word("void"),
            DataType::Boolean => word("boolean"),
            DataType::Byte => word("tinyint"),
            DataType::Short => word("smallint"),
            DataType::Int => word("int"),
            DataType::Long => word("bigint"),
            DataType::Float => word("float"),
            DataType::Double => word("double"),
            DataType::Decimal { precision, scale } => word(&format!("decimal({precision},{scale})")),
            DataType::String => word("string"),
            DataType::Collated(collation) => {
                word("string collate ");
                out.push_str(&collation.to_string());
            }
            DataType::Char(length) => word(&format!("char({length})")),
            DataType::Varchar(length) => word(&format!("varchar({length})")),
            DataType::Binary => word("binary"),
            DataType::Date => word("date"),
            DataType::Time(precision) => word(&format!("time({precision})")),
            DataType::Timestamp => word("timestamp"),
            DataType::TimestampNtz => word("timestamp_ntz"),
            DataType::YearMonthInterval(start, end) if start == end => word(&format!("interval {}", start.name())),
            DataType::YearMonthInterval(start, end) => {
                word(&format!("interval {} to {}", start.name(), end.name()));
            }
            DataType::DayTimeInterval(start, end) if start == end => word(&format!("interval {}", start.name())),
            DataType::DayTimeInterval(start, end) => {
                word(&format!("interval {} to {}", start.name(), end.name()));
            }
            DataType::CalendarInterval => word("interval"),
            DataType::Variant => word("variant"),
            DataType::Spatial(spatial) => word(&spatial.to_string().to_lowercase()),
            DataType::Object(kind) => word(kind.name()),
            DataType::Array { element, .. } => {
                word("array<");
                element.write(out, style);
                out.push('>');
            }
            DataType::Map { key, value, .. } => {
                word("map<");
                key.write(out, style);
                out.push_str(style.separator());
                value.write(out, style);
                out.push('>');
            }
            DataType::Struct(fields) => {
                word("struct<");
                for (n, field) in fields.iter().enumerate() {
                    if n > 0 {
                        out.push_str(style.separator());
                    }
                    match style {
                        Style::Catalog => out.push_str(&format!("{}:", field.name)),
                        Style::Sql => out.push_str(&format!("{}: ", quote_if_needed(&field.name))),
                    }
                    field.data_type.write(out, style);
                    if style == Style::Sql && !field.nullable {
                        out.push_str(" NOT NULL");
                    }
                }
                out.push('>');
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Catalog,
    Sql,
}

impl Style {
    fn separator(self) -> &'static str {
        match self {
            Style::Catalog => ",",
            Style::Sql => ", ",
        }
    }
}

impl YearMonthField {
    pub fn name(self) -> &'static str {
        match self {
            YearMonthField::Year => "year",
            YearMonthField::Month => "month",
        }
    }
}

impl DayTimeField {
    pub fn name(self) -> &'static str {
        match self {
            DayTimeField::Day => "day",
            DayTimeField::Hour => "hour",
            DayTimeField::Minute => "minute",
            DayTimeField::Second => "second",
        }
    }
}

/// SQL's spelling, as [`DataType::sql`].
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql())
    }
}

/// A name in backquotes, as errors show names.
pub fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A name in backquotes if it could not be read without them.
pub fn quote_if_needed(name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.chars().all(|c| c.is_ascii_digit());
    if plain { name.to_owned() } else { quote(name) }
}
