//! Names of types in PostgreSQL's dialect.

use crate::error::{Error, Result, UNSUPPORTED_DATATYPE};
use crate::sql::ast::{CastStyle, Expression, ExpressionKind};
use crate::sql::lexer::{Symbol, TokenKind};
use crate::sql::parse::cursor::Parser;
use crate::sql::parse::primary::plain_call;
use crate::types::{DataType, MAX_PRECISION};

/// Types whose values stand for objects of the catalog: a cast to one is a call of the function of that name.
const OBJECT_TYPES: [&str; 8] =
    ["regclass", "regtype", "regproc", "regprocedure", "regnamespace", "regrole", "regoper", "regoperator"];

/// What a cast asks for.
pub(in crate::sql::parse) enum Target {
    Type(DataType),
    /// A timestamp or time with so many digits of its seconds.
    Precision(DataType, u8),
    Object(&'static str),
}

impl Parser<'_> {
    /// A type that a column or a value may have.
    pub fn postgres_data_type(&mut self) -> Result<DataType> {
        let start = self.start();
        match self.postgres_target()? {
            Target::Type(data_type) | Target::Precision(data_type, 6) => Ok(data_type),
            Target::Precision(..) => {
                Err(Error::unsupported("A precision of seconds other than 6", "leave it out").at(self.since(start)))
            }
            Target::Object(name) => Err(no_such_type(name).at(self.since(start))),
        }
    }

    /// The operand of a cast with the type that comes next.
    pub fn postgres_cast(&mut self, operand: Expression, style: CastStyle) -> Result<ExpressionKind> {
        let start = operand.span.start;
        let cast = |operand, data_type| ExpressionKind::Cast { operand: Box::new(operand), data_type, style };
        Ok(match self.postgres_target()? {
            Target::Type(data_type) => cast(operand, data_type),
            Target::Precision(data_type, digits) => {
                let span = self.since(start);
                let whole = Expression { kind: cast(operand, data_type), span };
                let digits = crate::sql::ast::Literal::Integer(digits.to_string());
                plain_call("precision", [whole, Expression { kind: ExpressionKind::Literal(digits), span }], span)
            }
            Target::Object(name) => plain_call(name, [operand], self.since(start)),
        })
    }

    /// `type 'text'`, if that comes next.
    pub fn postgres_typed_literal(&mut self) -> Result<Option<ExpressionKind>> {
        if !matches!(self.kind(), TokenKind::Identifier | TokenKind::Keyword(_)) {
            return Ok(None);
        }
        let word = self.slice(self.token().span).to_ascii_lowercase();
        let next = self.ahead(1);
        // Names of several words, such as `double precision`.
        let several = matches!(word.as_str(), "timestamp" | "time" | "double" | "character");
        if next.kind != TokenKind::String && (!several || self.is_symbol_ahead(1, Symbol::LeftParen)) {
            return Ok(None);
        }
        if !is_type_name(&word) {
            return Ok(None);
        }
        let mark = self.mark();
        // Before the type is known to be one, a mistake in it is none.
        let Ok(target) = self.postgres_target() else {
            self.back_to(mark);
            return Ok(None);
        };
        let (Target::Type(data_type), TokenKind::String) = (target, self.kind()) else {
            self.back_to(mark);
            return Ok(None);
        };
        let span = self.token().span;
        let text = self.string()?;
        let operand = Box::new(super::string_literal(&text, span));
        Ok(Some(ExpressionKind::Cast { operand, data_type, style: CastStyle::DoubleColon }))
    }

    pub(in crate::sql::parse) fn postgres_target(&mut self) -> Result<Target> {
        let start = self.start();
        let name = self.object_name()?;
        let schema = name.parts.len() > 1;
        if schema && !name.parts[0].is("pg_catalog") {
            return Err(no_such_type(&name.text()).at(name.span));
        }
        let quoted = name.last().quoted;
        let word = name.last().value.to_ascii_lowercase();
        if let Some(object) = OBJECT_TYPES.iter().find(|object| **object == word) {
            return Ok(Target::Object(object));
        }
        let mut precision = None;
        let data_type = match word.as_str() {
            "int2" | "smallint" => DataType::Short,
            "int4" | "int" | "integer" => DataType::Int,
            "int8" | "bigint" | "oid" | "xid" | "xid8" | "cid" => DataType::Long,
            "bool" | "boolean" => DataType::Boolean,
            "float4" | "real" => DataType::Float,
            "float8" => DataType::Double,
            "double" => {
                if !self.accept_words(&["PRECISION"]) {
                    return Err(no_such_type("double").hint("write double precision").at(self.since(start)));
                }
                DataType::Double
            }
            "float" => match self.is_symbol(Symbol::LeftParen) {
                true if self.parenthesised(Self::integer::<u8>)? < 25 => DataType::Float,
                _ => DataType::Double,
            },
            "numeric" | "decimal" | "dec" => self.postgres_numeric()?,
            "text" | "name" | "json" | "jsonb" | "uuid" | "citext" | "string" | "cstring" | "xml" | "inet" | "cidr"
            | "pg_node_tree" | "aclitem" | "unknown" => DataType::String,
            "char" if quoted => DataType::String,
            "varchar" => self.postgres_length(None)?.map_or(DataType::String, DataType::Varchar),
            "character" | "char" | "nchar" => match self.accept_words(&["VARYING"]) {
                true => self.postgres_length(None)?.map_or(DataType::String, DataType::Varchar),
                false => DataType::Char(self.postgres_length(Some(1))?.unwrap_or(1)),
            },
            "bpchar" => self.postgres_length(None)?.map_or(DataType::String, DataType::Char),
            "bytea" => DataType::Binary,
            "date" => DataType::Date,
            "timestamp" => {
                precision = self.seconds_precision()?;
                match self.accept_words(&["WITH", "TIME", "ZONE"]) {
                    true => DataType::Timestamp,
                    false => {
                        self.accept_words(&["WITHOUT", "TIME", "ZONE"]);
                        DataType::TimestampNtz
                    }
                }
            }
            "timestamptz" => {
                precision = self.seconds_precision()?;
                DataType::Timestamp
            }
            "time" => {
                precision = self.seconds_precision()?;
                if self.are_words(&["WITH", "TIME", "ZONE"]) {
                    return Err(no_time_with_zone().at(self.since(start)));
                }
                self.accept_words(&["WITHOUT", "TIME", "ZONE"]);
                DataType::Time(6)
            }
            "timetz" => return Err(no_time_with_zone().at(self.since(start))),
            "interval" => {
                self.seconds_precision()?;
                self.skip_interval_fields();
                DataType::CalendarInterval
            }
            "int2vector" => DataType::array(DataType::Short),
            "oidvector" => DataType::array(DataType::Long),
            "_text" | "_name" | "_varchar" | "_char" => DataType::array(DataType::String),
            "_int4" => DataType::array(DataType::Int),
            "_int8" | "_oid" => DataType::array(DataType::Long),
            "serial" | "serial4" | "bigserial" | "serial8" | "smallserial" | "serial2" => {
                return Err(Error::unsupported(
                    format!("{}, which numbers rows as they come,", word.to_uppercase()),
                    "use INTEGER or BIGINT, and give numbers yourself: row_number() OVER (…) makes some",
                )
                .at(self.since(start)));
            }
            _ => return Err(no_such_type(&name.text()).at(self.since(start))),
        };
        let data_type = self.array_bounds(data_type)?;
        Ok(match precision {
            Some(digits) => Target::Precision(data_type, digits),
            None => Target::Type(data_type),
        })
    }

    /// `[]`, `[3]`, `ARRAY`: an array of arrays is one of more dimensions.
    fn array_bounds(&mut self, element: DataType) -> Result<DataType> {
        let mut data_type = element;
        while self.is_symbol(Symbol::LeftBracket)
            && (self.is_symbol_ahead(1, Symbol::RightBracket) || self.is_symbol_ahead(2, Symbol::RightBracket))
            && !self.begins_expression_in_brackets()
        {
            while self.advance().kind != TokenKind::Symbol(Symbol::RightBracket) {}
            data_type = DataType::array(data_type);
        }
        if self.is_word_ahead(0, "ARRAY") && !self.is_symbol_ahead(1, Symbol::LeftBracket) {
            self.advance();
            data_type = DataType::array(data_type);
        }
        Ok(data_type)
    }

    /// `x::int[1]` is no bound in practice, but PostgreSQL reads it as one: only names make it something else.
    fn begins_expression_in_brackets(&self) -> bool {
        !matches!(self.ahead(1).kind, TokenKind::Number(_) | TokenKind::Symbol(Symbol::RightBracket))
    }

    fn postgres_numeric(&mut self) -> Result<DataType> {
        if !self.is_symbol(Symbol::LeftParen) {
            return Ok(crate::types::postgres::NUMERIC);
        }
        let start = self.start();
        let (precision, scale) = self.parenthesised(|parser| {
            let precision: u32 = parser.integer()?;
            let scale: u32 = if parser.accept_symbol(Symbol::Comma) { parser.integer()? } else { 0 };
            Ok((precision, scale))
        })?;
        match (u8::try_from(precision), i8::try_from(scale)) {
            (Ok(precision @ 1..=MAX_PRECISION), Ok(scale)) if scale.unsigned_abs() <= precision => {
                Ok(DataType::Decimal { precision, scale })
            }
            _ => Err(Error::unsupported(
                format!("NUMERIC({precision}, {scale})"),
                "a number has up to 38 digits, and no more behind its point than in all",
            )
            .at(self.since(start))),
        }
    }

    fn postgres_length(&mut self, default: Option<u32>) -> Result<Option<u32>> {
        match self.is_symbol(Symbol::LeftParen) {
            true => self.parenthesised(Self::integer).map(Some),
            false => Ok(default),
        }
    }

    /// `(3)`
    fn seconds_precision(&mut self) -> Result<Option<u8>> {
        match self.is_symbol(Symbol::LeftParen) {
            true => Ok(Some(self.parenthesised(Self::integer::<u8>)?.min(6)).filter(|digits| *digits < 6)),
            false => Ok(None),
        }
    }

    /// `DAY TO SECOND` behind the type INTERVAL.
    fn skip_interval_fields(&mut self) {
        const FIELDS: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
        let field = |parser: &Self, ahead: usize| FIELDS.iter().any(|field| parser.is_word_ahead(ahead, field));
        if field(self, 0) && self.is_word_ahead(1, "TO") && field(self, 2) {
            self.accept_words(&[]);
            self.advance();
            self.advance();
            self.advance();
        }
    }
}

/// Whether a word names a type, so that a string behind it is a value of that type.
pub(in crate::sql::parse) fn is_type_name(word: &str) -> bool {
    OBJECT_TYPES.contains(&word)
        || [
            "int2",
            "int4",
            "int8",
            "smallint",
            "int",
            "integer",
            "bigint",
            "bool",
            "boolean",
            "float4",
            "float8",
            "real",
            "float",
            "double",
            "numeric",
            "decimal",
            "text",
            "varchar",
            "character",
            "char",
            "bpchar",
            "bytea",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "json",
            "jsonb",
            "uuid",
            "name",
            "oid",
        ]
        .contains(&word)
}

fn no_such_type(name: &str) -> Error {
    Error::new(&UNSUPPORTED_DATATYPE, format!("type \"{name}\" does not exist"))
}

fn no_time_with_zone() -> Error {
    Error::unsupported("TIME WITH TIME ZONE", "use TIME, or TIMESTAMP WITH TIME ZONE")
}
