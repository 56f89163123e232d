//! VARIANT: a value that carries its own type, in the encoding of Parquet's variant specification, which is Spark's.
//!
//! A variant is two runs of bytes: the metadata, a dictionary of the names of fields, and the value, which refers to it.
//! Nothing here knows columns but `columns`; what is malformed is `None`.

mod build;
mod columns;
mod path;
mod schema;
mod write;

pub use build::{Builder, Field};
pub use columns::{VariantBuilder, Variants};
pub use path::{Path, Step};
pub use schema::{merged_schema, schema, schema_text};
pub use write::{stripped, write_json};

/// One value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant<'a> {
    pub metadata: &'a [u8],
    pub value: &'a [u8],
}

/// What a variant is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Float(f32),
    /// The digits and how many of them are a fraction.
    Decimal(i128, u8),
    Date(i32),
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    Timestamp(i64),
    /// Microseconds of no zone.
    TimestampNtz(i64),
    Binary(&'a [u8]),
    String(&'a str),
    Uuid(&'a [u8]),
    Object(Object<'a>),
    Array(Array<'a>),
}

/// Fields by name, sorted by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object<'a> {
    parts: Parts<'a>,
    ids: &'a [u8],
    id_size: usize,
}

/// Elements in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Array<'a> {
    parts: Parts<'a>,
}

/// Values side by side, found by their offsets.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Parts<'a> {
    metadata: &'a [u8],
    count: usize,
    offsets: &'a [u8],
    offset_size: usize,
    data: &'a [u8],
}

/// Types of values without parts, as the specification numbers them.
mod code {
    pub const NULL: u8 = 0;
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const INT8: u8 = 3;
    pub const INT16: u8 = 4;
    pub const INT32: u8 = 5;
    pub const INT64: u8 = 6;
    pub const DOUBLE: u8 = 7;
    pub const DECIMAL4: u8 = 8;
    pub const DECIMAL8: u8 = 9;
    pub const DECIMAL16: u8 = 10;
    pub const DATE: u8 = 11;
    pub const TIMESTAMP: u8 = 12;
    pub const TIMESTAMP_NTZ: u8 = 13;
    pub const FLOAT: u8 = 14;
    pub const BINARY: u8 = 15;
    pub const LONG_STRING: u8 = 16;
    pub const UUID: u8 = 20;
}

const PRIMITIVE: u8 = 0;
const SHORT_STRING: u8 = 1;
const OBJECT: u8 = 2;
const ARRAY: u8 = 3;
/// The low bits of the metadata's first byte.
const VERSION: u8 = 1;

impl<'a> Variant<'a> {
    /// Takes the value apart, as far as its parts.
    pub fn read(self) -> Option<Value<'a>> {
        let (header, rest) = self.value.split_first()?;
        let info = header >> 2;
        match header & 3 {
            PRIMITIVE => primitive(info, rest),
            SHORT_STRING => Some(Value::String(std::str::from_utf8(rest.get(..usize::from(info))?).ok()?)),
            OBJECT => {
                let (id_size, offset_size) = (usize::from(info >> 2 & 3) + 1, usize::from(info & 3) + 1);
                let (count, rest) = number(rest, if info >> 4 & 1 == 1 { 4 } else { 1 })?;
                let (ids, rest) = split(rest, count.checked_mul(id_size)?)?;
                let parts = Parts::new(self.metadata, count, offset_size, rest)?;
                Some(Value::Object(Object { parts, ids, id_size }))
            }
            _ => {
                let (count, rest) = number(rest, if info >> 2 & 1 == 1 { 4 } else { 1 })?;
                let parts = Parts::new(self.metadata, count, usize::from(info & 3) + 1, rest)?;
                Some(Value::Array(Array { parts }))
            }
        }
    }

    /// Whether this is the null inside of variants, which is not SQL's NULL.
    pub fn is_null(self) -> bool {
        self.value.first() == Some(&(code::NULL << 2))
    }

    /// The field of that name.
    pub fn field(self, name: &str) -> Option<Variant<'a>> {
        match self.read()? {
            Value::Object(object) => object.field(name),
            _ => None,
        }
    }

    pub fn element(self, n: usize) -> Option<Variant<'a>> {
        match self.read()? {
            Value::Array(array) => array.element(n),
            _ => None,
        }
    }
}

impl<'a> Object<'a> {
    pub fn len(&self) -> usize {
        self.parts.count
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name and value of field `n` in the order of names.
    pub fn entry(&self, n: usize) -> Option<(&'a str, Variant<'a>)> {
        Some((self.name(n)?, self.parts.get(n)?))
    }

    pub fn field(&self, name: &str) -> Option<Variant<'a>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match compare(self.name(middle)?, name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.parts.get(middle),
            }
        }
        None
    }

    fn name(&self, n: usize) -> Option<&'a str> {
        let (id, _) = number(self.ids.get(n * self.id_size..)?, self.id_size)?;
        key(self.parts.metadata, id)
    }
}

impl<'a> Array<'a> {
    pub fn len(&self) -> usize {
        self.parts.count
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn element(&self, n: usize) -> Option<Variant<'a>> {
        self.parts.get(n)
    }
}

impl<'a> Parts<'a> {
    fn new(metadata: &'a [u8], count: usize, offset_size: usize, rest: &'a [u8]) -> Option<Self> {
        let (offsets, data) = split(rest, count.checked_add(1)?.checked_mul(offset_size)?)?;
        Some(Self { metadata, count, offsets, offset_size, data })
    }

    fn get(&self, n: usize) -> Option<Variant<'a>> {
        if n >= self.count {
            return None;
        }
        let (offset, _) = number(self.offsets.get(n * self.offset_size..)?, self.offset_size)?;
        // Fields need not lie in the order of their names, so a value says itself where it ends.
        Some(Variant { metadata: self.metadata, value: self.data.get(offset..)? })
    }
}

fn primitive(kind: u8, rest: &[u8]) -> Option<Value<'_>> {
    Some(match kind {
        code::NULL => Value::Null,
        code::TRUE => Value::Boolean(true),
        code::FALSE => Value::Boolean(false),
        code::INT8 => Value::Long(i8::from_le_bytes(take(rest)?).into()),
        code::INT16 => Value::Long(i16::from_le_bytes(take(rest)?).into()),
        code::INT32 => Value::Long(i32::from_le_bytes(take(rest)?).into()),
        code::INT64 => Value::Long(i64::from_le_bytes(take(rest)?)),
        code::DOUBLE => Value::Double(f64::from_le_bytes(take(rest)?)),
        code::FLOAT => Value::Float(f32::from_le_bytes(take(rest)?)),
        code::DECIMAL4 => Value::Decimal(i32::from_le_bytes(take(rest.get(1..)?)?).into(), *rest.first()?),
        code::DECIMAL8 => Value::Decimal(i64::from_le_bytes(take(rest.get(1..)?)?).into(), *rest.first()?),
        code::DECIMAL16 => Value::Decimal(i128::from_le_bytes(take(rest.get(1..)?)?), *rest.first()?),
        code::DATE => Value::Date(i32::from_le_bytes(take(rest)?)),
        code::TIMESTAMP => Value::Timestamp(i64::from_le_bytes(take(rest)?)),
        code::TIMESTAMP_NTZ => Value::TimestampNtz(i64::from_le_bytes(take(rest)?)),
        code::BINARY => {
            let (length, bytes) = number(rest, 4)?;
            Value::Binary(bytes.get(..length)?)
        }
        code::LONG_STRING => {
            let (length, bytes) = number(rest, 4)?;
            Value::String(std::str::from_utf8(bytes.get(..length)?).ok()?)
        }
        code::UUID => Value::Uuid(rest.get(..16)?),
        _ => return None,
    })
}

/// The name in the dictionary with that number.
fn key(metadata: &[u8], id: usize) -> Option<&str> {
    let (header, rest) = metadata.split_first()?;
    let size = usize::from(header >> 6) + 1;
    let (count, rest) = number(rest, size)?;
    let (offsets, names) = split(rest, count.checked_add(1)?.checked_mul(size)?)?;
    if id >= count {
        return None;
    }
    let (start, _) = number(offsets.get(id * size..)?, size)?;
    let (end, _) = number(offsets.get((id + 1) * size..)?, size)?;
    std::str::from_utf8(names.get(start..end)?).ok()
}

/// Names are sorted as Java sorts them: by UTF-16 units.
fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// A little-endian number of so many bytes, and what follows.
fn number(bytes: &[u8], size: usize) -> Option<(usize, &[u8])> {
    let (digits, rest) = split(bytes, size)?;
    let mut padded = [0; 8];
    padded[..size].copy_from_slice(digits);
    Some((usize::try_from(u64::from_le_bytes(padded)).ok()?, rest))
}

fn split(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(at)
}

fn take<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.first_chunk().copied()
}
