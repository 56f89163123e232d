//! Data types.

use crate::error::{
    DATATYPE_MISSING_SIZE, Error, INCOMPLETE_TYPE_DEFINITION, PARSE_SYNTAX_ERROR, Result, UNSUPPORTED_DATATYPE,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;
use crate::types::spatial::{Spatial, SpatialKind};
use crate::types::{Collation, DataType, DayTimeField, MAX_PRECISION, StructField, YearMonthField};

use super::cursor::Parser;

impl Parser<'_> {
    pub fn data_type(&mut self) -> Result<DataType> {
        self.nested(Self::data_type_here)
    }

    fn data_type_here(&mut self) -> Result<DataType> {
        if self.is_postgres() {
            return self.postgres_data_type();
        }
        let start = self.start();
        if !self.is_identifier(self.token()) {
            return Err(self.unexpected());
        }
        let token = self.advance();
        let word = self.slice(token.span).to_uppercase();
        Ok(match word.as_str() {
            "ARRAY" => {
                self.open_angle(start, "ARRAY", "You must provide an element type. For example: \"ARRAY<INT>\"")?;
                let element = self.data_type()?;
                self.expect_closing_angle()?;
                DataType::array(element)
            }
            "MAP" => {
                let example = "You must provide a key type and a value type. For example: \"MAP<TIMESTAMP, INT>\"";
                self.open_angle(start, "MAP", example)?;
                let key = self.data_type()?;
                self.expect_symbol(Symbol::Comma)?;
                let value = self.data_type()?;
                self.expect_closing_angle()?;
                DataType::map(key, value)
            }
            "STRUCT" => self.structure(start)?,
            "BOOLEAN" => DataType::Boolean,
            "TINYINT" | "BYTE" => DataType::Byte,
            "SMALLINT" | "SHORT" => DataType::Short,
            "INT" | "INTEGER" => DataType::Int,
            "BIGINT" | "LONG" => DataType::Long,
            "FLOAT" | "REAL" => DataType::Float,
            "DOUBLE" => DataType::Double,
            "DATE" => DataType::Date,
            "TIMESTAMP_LTZ" => DataType::Timestamp,
            "TIMESTAMP_NTZ" => DataType::TimestampNtz,
            "TIMESTAMP" => {
                if self.accept_all(&[K::Without, K::Time, K::Zone]) || self.options.timestamp_ntz {
                    DataType::TimestampNtz
                } else {
                    DataType::Timestamp
                }
            }
            "TIME" => self.time()?,
            "BINARY" => DataType::Binary,
            "VOID" => DataType::Null,
            "STRING" => self.collated()?,
            "CHAR" | "CHARACTER" => DataType::Char(self.length(start, "CHARACTER")?),
            "VARCHAR" => DataType::Varchar(self.length(start, "VARCHAR")?),
            "VARIANT" => DataType::Variant,
            "GEOMETRY" if self.is_symbol(Symbol::LeftParen) => self.spatial(SpatialKind::Geometry, start)?,
            "GEOGRAPHY" if self.is_symbol(Symbol::LeftParen) => self.spatial(SpatialKind::Geography, start)?,
            "DECIMAL" | "DEC" | "NUMERIC" => self.decimal(start)?,
            "INTERVAL" => self.interval_type(start)?,
            _ => return Err(self.unsupported_type(&word, start)),
        })
    }

    fn unsupported_type(&mut self, word: &str, start: usize) -> Error {
        let span = self.since(start);
        let error = Error::new(&UNSUPPORTED_DATATYPE, format!("Unsupported data type \"{word}\"")).at(span);
        match word {
            "NCHAR" | "NVARCHAR" | "TEXT" | "CLOB" => error.hint("use STRING"),
            "DATETIME" => error.hint("use TIMESTAMP"),
            "NUMBER" => error.hint("use DECIMAL(precision, scale)"),
            "BLOB" | "VARBINARY" | "BYTEA" => error.hint("use BINARY"),
            _ => error.suggest(word, TYPE_NAMES),
        }
    }

    fn open_angle(&mut self, start: usize, name: &'static str, advice: &str) -> Result<()> {
        if self.accept_symbol(Symbol::Lt) {
            return Ok(());
        }
        let message = format!("Incomplete complex type: The definition of \"{name}\" type is incomplete. {advice}");
        Err(Error::new(&INCOMPLETE_TYPE_DEFINITION, message).subcondition(name).at(self.since(start)))
    }

    fn structure(&mut self, start: usize) -> Result<DataType> {
        // `<>` is one token.
        if self.accept_symbol(Symbol::NotEq) {
            return Ok(DataType::Struct(Vec::new()));
        }
        let advice = "You must provide at least one field type. For example: \"STRUCT<name STRING, age INT>\"";
        self.open_angle(start, "STRUCT", advice)?;
        let fields = if self.is_symbol(Symbol::Gt) { Vec::new() } else { self.list(Self::struct_field)? };
        self.expect_closing_angle()?;
        Ok(DataType::Struct(fields))
    }

    fn struct_field(&mut self) -> Result<StructField> {
        let name = self.strict_identifier()?;
        self.accept_symbol(Symbol::Colon);
        let mut field = StructField::new(name.value, self.data_type()?);
        field.nullable = !self.not_null()?;
        if self.accept(K::Comment) {
            field.comment = Some(self.string()?);
        }
        Ok(field)
    }

    /// `NOT NULL`
    pub fn not_null(&mut self) -> Result<bool> {
        if self.accept(K::Not) || self.accept_symbol(Symbol::Bang) {
            self.expect(K::Null)?;
            return Ok(true);
        }
        Ok(false)
    }

    fn decimal(&mut self, start: usize) -> Result<DataType> {
        if !self.accept_symbol(Symbol::LeftParen) {
            return Ok(DataType::DECIMAL_DEFAULT);
        }
        let precision: u32 = self.integer()?;
        let scale: u32 = if self.accept_symbol(Symbol::Comma) { self.integer()? } else { 0 };
        self.expect_symbol(Symbol::RightParen)?;
        if precision > u32::from(MAX_PRECISION) {
            return Err(Error::new(
                &crate::error::DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION,
                format!("Decimal precision {precision} exceeds max precision {MAX_PRECISION}"),
            )
            .at(self.since(start)));
        }
        if scale > precision {
            return Err(Error::new(
                &PARSE_SYNTAX_ERROR,
                format!("Decimal scale ({scale}) cannot be greater than precision ({precision})"),
            )
            .at(self.since(start)));
        }
        Ok(DataType::Decimal { precision: precision as u8, scale: scale as i8 })
    }

    /// `(3857)`, `(ANY)`
    fn spatial(&mut self, kind: SpatialKind, start: usize) -> Result<DataType> {
        self.expect_symbol(Symbol::LeftParen)?;
        let srid = if self.accept(K::Any) { None } else { Some(self.integer()?) };
        if srid.is_some() && self.is_symbol(Symbol::Comma) {
            return Err(self.unsupported_type(kind.name(), start));
        }
        self.expect_symbol(Symbol::RightParen)?;
        Spatial::new(kind, srid).map(DataType::Spatial).map_err(|error| error.at(self.since(start)))
    }

    fn length(&mut self, start: usize, name: &str) -> Result<u32> {
        if !self.is_symbol(Symbol::LeftParen) {
            return Err(Error::new(
                &DATATYPE_MISSING_SIZE,
                format!(
                    "DataType \"{name}\" requires a length parameter, for example \"{name}\"(10). Please specify the length"
                ),
            )
            .at(self.since(start)));
        }
        self.parenthesised(Self::integer)
    }

    fn time(&mut self) -> Result<DataType> {
        let start = self.start();
        let precision = if self.is_symbol(Symbol::LeftParen) { self.parenthesised(Self::integer)? } else { 6_u8 };
        if precision > 6 {
            return Err(Error::new(
                &crate::error::UNSUPPORTED_TIME_PRECISION,
                format!("The seconds precision {precision} of the TIME data type is out of the supported range [0, 6]"),
            )
            .at(self.since(start)));
        }
        self.accept_all(&[K::Without, K::Time, K::Zone]);
        Ok(DataType::Time(precision))
    }

    /// A string with its collation.
    fn collated(&mut self) -> Result<DataType> {
        if !self.accept(K::Collate) {
            return Ok(DataType::String);
        }
        let name = self.object_name()?;
        let collation = Collation::named(&name.text()).map_err(|error| error.at(name.span))?;
        Ok(DataType::string(collation))
    }

    fn interval_type(&mut self, start: usize) -> Result<DataType> {
        let Some(from) = self.keyword().and_then(interval_field) else { return Ok(DataType::CalendarInterval) };
        self.advance();
        let mut to = from;
        if self.accept(K::To) {
            to = self.keyword().and_then(interval_field).ok_or_else(|| self.unexpected())?;
            self.advance();
        }
        match (from, to) {
            (IntervalField::YearMonth(from), IntervalField::YearMonth(to)) if from <= to => {
                Ok(DataType::YearMonthInterval(from, to))
            }
            (IntervalField::DayTime(from), IntervalField::DayTime(to)) if from <= to => {
                Ok(DataType::DayTimeInterval(from, to))
            }
            _ => Err(Error::new(&PARSE_SYNTAX_ERROR, "Intervals FROM the one unit TO the other are not supported")
                .at(self.since(start))),
        }
    }
}

#[derive(Clone, Copy)]
enum IntervalField {
    YearMonth(YearMonthField),
    DayTime(DayTimeField),
}

fn interval_field(keyword: K) -> Option<IntervalField> {
    Some(match keyword {
        K::Year => IntervalField::YearMonth(YearMonthField::Year),
        K::Month => IntervalField::YearMonth(YearMonthField::Month),
        K::Day => IntervalField::DayTime(DayTimeField::Day),
        K::Hour => IntervalField::DayTime(DayTimeField::Hour),
        K::Minute => IntervalField::DayTime(DayTimeField::Minute),
        K::Second => IntervalField::DayTime(DayTimeField::Second),
        _ => return None,
    })
}

/// For "did you mean".
const TYPE_NAMES: [&str; 18] = [
    "ARRAY",
    "BIGINT",
    "BINARY",
    "BOOLEAN",
    "CHAR",
    "DATE",
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "INT",
    "INTERVAL",
    "MAP",
    "SMALLINT",
    "STRING",
    "STRUCT",
    "TIMESTAMP",
    "TINYINT",
    "VARCHAR",
];
