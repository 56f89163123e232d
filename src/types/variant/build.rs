//! Building a variant, value by value, in the smallest form that Spark uses.

use std::collections::HashMap;

use super::{ARRAY, OBJECT, SHORT_STRING, VERSION, Value, Variant, code, compare};

/// A variant that is being written.
#[derive(Debug, Default)]
pub struct Builder {
    value: Vec<u8>,
    keys: Vec<String>,
    ids: HashMap<String, usize>,
}

/// A field of an object whose value begins at a place.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    id: usize,
    start: usize,
}

impl Builder {
    /// Where the next value will begin.
    pub fn place(&self) -> usize {
        self.value.len()
    }

    fn primitive(&mut self, kind: u8, bytes: &[u8]) {
        self.value.push(kind << 2);
        self.value.extend_from_slice(bytes);
    }

    pub fn null(&mut self) {
        self.primitive(code::NULL, &[]);
    }

    pub fn boolean(&mut self, value: bool) {
        self.primitive(if value { code::TRUE } else { code::FALSE }, &[]);
    }

    pub fn long(&mut self, value: i64) {
        if let Ok(value) = i8::try_from(value) {
            self.primitive(code::INT8, &value.to_le_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.primitive(code::INT16, &value.to_le_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.primitive(code::INT32, &value.to_le_bytes());
        } else {
            self.primitive(code::INT64, &value.to_le_bytes());
        }
    }

    pub fn double(&mut self, value: f64) {
        self.primitive(code::DOUBLE, &value.to_le_bytes());
    }

    pub fn float(&mut self, value: f32) {
        self.primitive(code::FLOAT, &value.to_le_bytes());
    }

    /// A decimal of at most 38 digits.
    pub fn decimal(&mut self, value: i128, scale: u8) {
        let digits = value.unsigned_abs().checked_ilog10().map_or(1, |digits| digits + 1);
        let kind = match (digits, scale) {
            (..=9, ..=9) => code::DECIMAL4,
            (..=18, ..=18) => code::DECIMAL8,
            _ => code::DECIMAL16,
        };
        self.value.extend_from_slice(&[kind << 2, scale]);
        let width = match kind {
            code::DECIMAL4 => 4,
            code::DECIMAL8 => 8,
            _ => 16,
        };
        self.value.extend_from_slice(&value.to_le_bytes()[..width]);
    }

    pub fn date(&mut self, days: i32) {
        self.primitive(code::DATE, &days.to_le_bytes());
    }

    pub fn timestamp(&mut self, micros: i64) {
        self.primitive(code::TIMESTAMP, &micros.to_le_bytes());
    }

    pub fn timestamp_ntz(&mut self, micros: i64) {
        self.primitive(code::TIMESTAMP_NTZ, &micros.to_le_bytes());
    }

    pub fn binary(&mut self, bytes: &[u8]) {
        self.primitive(code::BINARY, &(bytes.len() as u32).to_le_bytes());
        self.value.extend_from_slice(bytes);
    }

    pub fn string(&mut self, text: &str) {
        if text.len() < 64 {
            self.value.push((text.len() as u8) << 2 | SHORT_STRING);
        } else {
            self.primitive(code::LONG_STRING, &(text.len() as u32).to_le_bytes());
        }
        self.value.extend_from_slice(text.as_bytes());
    }

    /// Says that a field's value comes next.
    pub fn field(&mut self, name: &str) -> Field {
        let id = match self.ids.get(name) {
            Some(id) => *id,
            None => {
                let id = self.keys.len();
                self.keys.push(name.to_owned());
                self.ids.insert(name.to_owned(), id);
                id
            }
        };
        Field { id, start: self.place() }
    }

    /// Makes an object of the fields written since `start`; `None` if a name repeats.
    pub fn object(&mut self, start: usize, mut fields: Vec<Field>) -> Option<()> {
        fields.sort_by(|a, b| compare(&self.keys[a.id], &self.keys[b.id]));
        if fields.windows(2).any(|pair| pair[0].id == pair[1].id) {
            return None;
        }
        let size = self.place() - start;
        let (is_large, offset_size) = (fields.len() > 255, width(size));
        let id_size = width(fields.iter().map(|field| field.id).max().unwrap_or(0));
        let info = (u8::from(is_large) << 4) | ((id_size - 1) << 2) as u8 | (offset_size - 1) as u8;
        let mut header = vec![info << 2 | OBJECT];
        push(&mut header, fields.len(), if is_large { 4 } else { 1 });
        for field in &fields {
            push(&mut header, field.id, id_size);
        }
        for field in &fields {
            push(&mut header, field.start - start, offset_size);
        }
        push(&mut header, size, offset_size);
        self.value.splice(start..start, header);
        Some(())
    }

    /// Makes an array of the elements written since `start`, each of which began at one of the places.
    pub fn array(&mut self, start: usize, places: &[usize]) {
        let size = self.place() - start;
        let (is_large, offset_size) = (places.len() > 255, width(size));
        let info = (u8::from(is_large) << 2) | (offset_size - 1) as u8;
        let mut header = vec![info << 2 | ARRAY];
        push(&mut header, places.len(), if is_large { 4 } else { 1 });
        for place in places {
            push(&mut header, place - start, offset_size);
        }
        push(&mut header, size, offset_size);
        self.value.splice(start..start, header);
    }

    /// A copy of a variant with another dictionary; `None` if it is malformed.
    pub fn variant(&mut self, variant: Variant<'_>) -> Option<()> {
        match variant.read()? {
            Value::Null => self.null(),
            Value::Boolean(value) => self.boolean(value),
            Value::Long(value) => self.long(value),
            Value::Double(value) => self.double(value),
            Value::Float(value) => self.float(value),
            Value::Decimal(value, scale) => self.decimal(value, scale),
            Value::Date(days) => self.date(days),
            Value::Timestamp(micros) => self.timestamp(micros),
            Value::TimestampNtz(micros) => self.timestamp_ntz(micros),
            Value::Binary(bytes) => self.binary(bytes),
            Value::String(text) => self.string(text),
            Value::Uuid(bytes) => self.primitive(code::UUID, bytes),
            Value::Object(object) => {
                let start = self.place();
                let mut fields = Vec::with_capacity(object.len());
                for n in 0..object.len() {
                    let (name, value) = object.entry(n)?;
                    fields.push(self.field(name));
                    self.variant(value)?;
                }
                self.object(start, fields)?;
            }
            Value::Array(array) => {
                let start = self.place();
                let mut places = Vec::with_capacity(array.len());
                for n in 0..array.len() {
                    places.push(self.place());
                    self.variant(array.element(n)?)?;
                }
                self.array(start, &places);
            }
        }
        Some(())
    }

    /// Takes the metadata and the value, and begins anew.
    pub fn take(&mut self) -> (Vec<u8>, Vec<u8>) {
        let names = self.keys.iter().map(String::len).sum::<usize>();
        let size = width(names.max(self.keys.len()));
        let mut metadata = vec![VERSION | ((size - 1) << 6) as u8];
        push(&mut metadata, self.keys.len(), size);
        let mut end = 0;
        for name in &self.keys {
            push(&mut metadata, end, size);
            end += name.len();
        }
        push(&mut metadata, end, size);
        for name in self.keys.drain(..) {
            metadata.extend_from_slice(name.as_bytes());
        }
        self.ids.clear();
        (metadata, std::mem::take(&mut self.value))
    }

    /// Forgets what was written.
    pub fn clear(&mut self) {
        self.value.clear();
        self.keys.clear();
        self.ids.clear();
    }
}

/// How many bytes a number takes.
fn width(number: usize) -> usize {
    match number {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFF_FFFF => 3,
        _ => 4,
    }
}

fn push(bytes: &mut Vec<u8>, number: usize, size: usize) {
    bytes.extend_from_slice(&number.to_le_bytes()[..size]);
}
