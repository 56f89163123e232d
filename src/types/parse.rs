//! Reads a data type from its text, as the metastore and DDL strings write it.

use crate::error::{Error, PARSE_SYNTAX_ERROR, Result, Span, UNSUPPORTED_DATATYPE};

use super::spatial::{Spatial, SpatialKind};
use super::{Collation, DataType, DayTimeField, MAX_PRECISION, StructField, YearMonthField};

/// The whole text must be one type.
pub(super) fn data_type(text: &str) -> Result<DataType> {
    let mut reader = Reader { text, position: 0, depth: 0 };
    let found = reader.data_type()?;
    reader.skip_space();
    if reader.position < text.len() {
        return Err(reader.unexpected());
    }
    Ok(found)
}

/// The columns of a table as DDL has them: `a INT NOT NULL, b STRING COMMENT 'x'`.
pub(super) fn columns(text: &str) -> Result<Vec<StructField>> {
    let mut reader = Reader { text, position: 0, depth: 0 };
    let mut fields = Vec::new();
    loop {
        let name = reader.name()?;
        fields.push(reader.field(name)?);
        if !reader.accept(',') {
            break;
        }
    }
    reader.skip_space();
    if reader.position < text.len() {
        return Err(reader.unexpected());
    }
    Ok(fields)
}

struct Reader<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

/// Deeper nesting would only overflow the stack.
const MAX_DEPTH: usize = 200;

impl Reader<'_> {
    fn data_type(&mut self) -> Result<DataType> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::syntax("the type is nested too deeply", self.here()));
        }
        let start = self.position;
        let word = self.word().to_lowercase();
        let found = match word.as_str() {
            "void" => DataType::Null,
            "boolean" => DataType::Boolean,
            "tinyint" | "byte" => DataType::Byte,
            "smallint" | "short" => DataType::Short,
            "int" | "integer" => DataType::Int,
            "bigint" | "long" => DataType::Long,
            "float" | "real" => DataType::Float,
            "double" => DataType::Double,
            "decimal" | "dec" | "numeric" => self.decimal()?,
            "string" => {
                let before = self.position;
                if self.word().eq_ignore_ascii_case("collate") {
                    DataType::string(Collation::named(self.word())?)
                } else {
                    self.position = before;
                    DataType::String
                }
            }
            "char" | "character" => DataType::Char(self.length()?),
            "varchar" => DataType::Varchar(self.length()?),
            "binary" => DataType::Binary,
            "date" => DataType::Date,
            "time" => DataType::Time(self.numbers()?.first().map_or(6, |digits| *digits as u8)),
            "timestamp" | "timestamp_ltz" => DataType::Timestamp,
            "timestamp_ntz" => DataType::TimestampNtz,
            "variant" => DataType::Variant,
            "geometry" => self.spatial(SpatialKind::Geometry)?,
            "geography" => self.spatial(SpatialKind::Geography)?,
            "interval" => self.interval()?,
            "array" => {
                self.expect('<')?;
                let element = self.data_type()?;
                self.expect('>')?;
                DataType::array(element)
            }
            "map" => {
                self.expect('<')?;
                let key = self.data_type()?;
                self.expect(',')?;
                let value = self.data_type()?;
                self.expect('>')?;
                DataType::map(key, value)
            }
            "struct" => self.structure()?,
            _ => {
                return Err(Error::new(
                    &UNSUPPORTED_DATATYPE,
                    format!("Unsupported data type \"{}\"", word.to_uppercase()),
                )
                .at(Span::new(start, self.position)));
            }
        };
        self.depth -= 1;
        Ok(found)
    }

    fn decimal(&mut self) -> Result<DataType> {
        let numbers = self.numbers()?;
        let precision = numbers.first().copied().unwrap_or(10);
        let scale = numbers.get(1).copied().unwrap_or(0);
        if numbers.len() > 2 || precision > u32::from(MAX_PRECISION) || scale > precision {
            return Err(self.unexpected());
        }
        Ok(DataType::Decimal { precision: precision as u8, scale: scale as i8 })
    }

    /// `(3857)`, `(ANY)`
    fn spatial(&mut self, kind: SpatialKind) -> Result<DataType> {
        let before = self.position;
        if self.accept('(') && self.word().eq_ignore_ascii_case("any") {
            self.expect(')')?;
            return Ok(DataType::Spatial(Spatial::new(kind, None)?));
        }
        self.position = before;
        let srid = self.length()?;
        Ok(DataType::Spatial(Spatial::new(kind, Some(i32::try_from(srid).unwrap_or(i32::MAX)))?))
    }

    fn length(&mut self) -> Result<u32> {
        match self.numbers()?.as_slice() {
            [length] => Ok(*length),
            _ => Err(self.unexpected()),
        }
    }

    fn interval(&mut self) -> Result<DataType> {
        let Some(start) = self.interval_field() else { return Ok(DataType::CalendarInterval) };
        let before = self.position;
        let end = if self.word().eq_ignore_ascii_case("to") {
            self.interval_field().ok_or_else(|| self.unexpected())?
        } else {
            self.position = before;
            start
        };
        match (start, end) {
            (IntervalField::YearMonth(start), IntervalField::YearMonth(end)) if start <= end => {
                Ok(DataType::YearMonthInterval(start, end))
            }
            (IntervalField::DayTime(start), IntervalField::DayTime(end)) if start <= end => {
                Ok(DataType::DayTimeInterval(start, end))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn interval_field(&mut self) -> Option<IntervalField> {
        let before = self.position;
        let field = match self.word().to_lowercase().as_str() {
            "year" => IntervalField::YearMonth(YearMonthField::Year),
            "month" => IntervalField::YearMonth(YearMonthField::Month),
            "day" => IntervalField::DayTime(DayTimeField::Day),
            "hour" => IntervalField::DayTime(DayTimeField::Hour),
            "minute" => IntervalField::DayTime(DayTimeField::Minute),
            "second" => IntervalField::DayTime(DayTimeField::Second),
            _ => {
                self.position = before;
                return None;
            }
        };
        Some(field)
    }

    fn structure(&mut self) -> Result<DataType> {
        self.expect('<')?;
        let mut fields = Vec::new();
        while !self.accept('>') {
            if !fields.is_empty() {
                self.expect(',')?;
            }
            let name = self.name()?;
            self.accept(':');
            fields.push(self.field(name)?);
        }
        Ok(DataType::Struct(fields))
    }

    /// What follows the name of a field: its type, NOT NULL, a comment.
    fn field(&mut self, name: String) -> Result<StructField> {
        let mut field = StructField::new(name, self.data_type()?);
        let mut before = self.position;
        if self.word().eq_ignore_ascii_case("not") && self.word().eq_ignore_ascii_case("null") {
            field.nullable = false;
            before = self.position;
        } else {
            self.position = before;
        }
        if self.word().eq_ignore_ascii_case("comment") {
            field.comment = Some(self.string()?);
        } else {
            self.position = before;
        }
        Ok(field)
    }

    /// A text in quotes of either kind; a backslash keeps the character after it.
    fn string(&mut self) -> Result<String> {
        self.skip_space();
        let mut chars = self.text[self.position..].char_indices();
        let quote = match chars.next() {
            Some((_, quote @ ('\'' | '"'))) => quote,
            _ => return Err(self.unexpected()),
        };
        let mut text = String::new();
        while let Some((offset, c)) = chars.next() {
            if c == quote {
                self.position += offset + 1;
                return Ok(text);
            }
            text.push(if c == '\\' { chars.next().map_or(c, |(_, escaped)| escaped) } else { c });
        }
        Err(self.unexpected())
    }

    /// A field name, bare or in backquotes.
    fn name(&mut self) -> Result<String> {
        self.skip_space();
        if !self.accept('`') {
            // Catalog strings do not quote names, so any character but the separators may stand in one.
            let rest = &self.text[self.position..];
            let end = rest.find([':', ' ', '\t', '\n', ',', '<', '>']).unwrap_or(rest.len());
            if end == 0 {
                return Err(self.unexpected());
            }
            self.position += end;
            return Ok(rest[..end].to_owned());
        }
        let mut name = String::new();
        loop {
            let rest = &self.text[self.position..];
            let end = rest.find('`').ok_or_else(|| self.unexpected())?;
            name.push_str(&rest[..end]);
            self.position += end + 1;
            if !self.text[self.position..].starts_with('`') {
                return Ok(name);
            }
            name.push('`');
            self.position += 1;
        }
    }

    fn numbers(&mut self) -> Result<Vec<u32>> {
        let mut numbers = Vec::new();
        if !self.accept('(') {
            return Ok(numbers);
        }
        loop {
            let word = self.word().to_owned();
            numbers.push(word.parse().map_err(|_| self.unexpected())?);
            if self.accept(')') {
                return Ok(numbers);
            }
            self.expect(',')?;
        }
    }

    fn word(&mut self) -> &str {
        self.skip_space();
        let rest = &self.text[self.position..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.position += end;
        &rest[..end]
    }

    fn accept(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.text[self.position..].starts_with(wanted);
        if found {
            self.position += wanted.len_utf8();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        if self.accept(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.position..];
        self.position += rest.len() - rest.trim_start().len();
    }

    fn here(&self) -> Span {
        Span::new(self.position, self.text.len().min(self.position + 1))
    }

    fn unexpected(&self) -> Error {
        Error::new(&PARSE_SYNTAX_ERROR, format!("`{}` is not a data type", self.text)).at(self.here())
    }
}

#[derive(Clone, Copy)]
enum IntervalField {
    YearMonth(YearMonthField),
    DayTime(DayTimeField),
}
