//! Reads JSON text in place, as Jackson does with Spark's settings: single quotes and raw control characters are let
//! pass. `None` everywhere means that the text is malformed.

use crate::types::text::write_double;

/// Arrays and objects may be nested so deep, as in Jackson.
const DEEPEST: usize = 1000;

/// What begins at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// A place in a JSON text.
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Where it is.
    pub fn place(&self) -> usize {
        self.at
    }

    /// A reader of the same text at a place where it was.
    pub fn at(&self, place: usize) -> Self {
        Self { at: place, ..self.clone() }
    }

    fn blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn peek(&mut self) -> Option<u8> {
        self.blanks();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Whether nothing but blanks is left.
    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// The kind of the value that comes next.
    pub fn kind(&mut self) -> Option<Kind> {
        Some(match self.peek()? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' | b'\'' => Kind::String,
            b'-' | b'0'..=b'9' => Kind::Number,
            b't' => Kind::True,
            b'f' => Kind::False,
            b'n' => Kind::Null,
            _ => return None,
        })
    }

    /// Reads an object; `each` gets every key, and must read the value.
    pub fn object(&mut self, mut each: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        let mut key = String::new();
        self.enter(b'{')?;
        if !self.take(b'}') {
            loop {
                key.clear();
                self.string(&mut key)?;
                if !self.take(b':') {
                    return None;
                }
                each(self, &key)?;
                if !self.take(b',') {
                    break;
                }
            }
            if !self.take(b'}') {
                return None;
            }
        }
        self.depth -= 1;
        Some(())
    }

    /// Reads an array; `each` must read the element.
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.enter(b'[')?;
        if !self.take(b']') {
            loop {
                each(self)?;
                if !self.take(b',') {
                    break;
                }
            }
            if !self.take(b']') {
                return None;
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn enter(&mut self, bracket: u8) -> Option<()> {
        self.depth += 1;
        (self.take(bracket) && self.depth <= DEEPEST).then_some(())
    }

    /// Reads a string and appends what it means.
    pub fn string(&mut self, out: &mut String) -> Option<()> {
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''))?;
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().position(|byte| byte == quote || byte == b'\\')?;
            out.push_str(&rest[..plain]);
            self.at += plain + 1;
            if rest.as_bytes()[plain] == quote {
                return Some(());
            }
            let escape = *self.text.as_bytes().get(self.at)?;
            self.at += 1;
            out.push(match escape {
                b'"' | b'\'' | b'\\' | b'/' => char::from(escape),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.code_point()?,
                _ => return None,
            });
        }
    }

    /// The character of `\uXXXX`, or of a pair of them; half a pair alone is no character.
    fn code_point(&mut self) -> Option<char> {
        let first = self.hexadecimal()?;
        if !(0xD800..0xDC00).contains(&first) {
            return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let second = self.hexadecimal()?;
            if (0xDC00..0xE000).contains(&second) {
                return char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            }
            self.at = before;
        }
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    /// Reads a number; it is an integer if it has neither a point nor an exponent.
    pub fn number(&mut self) -> Option<&'a str> {
        self.blanks();
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |at: &mut usize| {
            let first = *at;
            *at += bytes[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            *at - first
        };
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        let leading_zero = bytes.get(at) == Some(&b'0');
        let count = digits(&mut at);
        if count == 0 || (leading_zero && count > 1) {
            return None;
        }
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            if digits(&mut at) == 0 {
                return None;
            }
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            if digits(&mut at) == 0 {
                return None;
            }
        }
        self.at = at;
        let ends = matches!(bytes.get(at), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}'));
        ends.then(|| &self.text[start..at])
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.blanks();
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// Reads a value of any kind and forgets it.
    pub fn skip(&mut self) -> Option<()> {
        match self.kind()? {
            Kind::Object => self.object(|reader, _| reader.skip()),
            Kind::Array => self.array(Self::skip),
            Kind::String => {
                let quote = self.text.as_bytes()[self.at];
                let mut sink = String::new();
                // Without a backslash nothing has to be understood.
                let inside = &self.text.as_bytes()[self.at + 1..];
                match inside.iter().position(|byte| *byte == quote || *byte == b'\\') {
                    Some(end) if inside[end] == quote => {
                        self.at += end + 2;
                        Some(())
                    }
                    _ => self.string(&mut sink),
                }
            }
            Kind::Number => self.number().map(|_| ()),
            Kind::True => self.word("true"),
            Kind::False => self.word("false"),
            Kind::Null => self.word("null"),
        }
    }

    /// Reads a value of any kind and appends it as Jackson writes it.
    pub fn copy(&mut self, out: &mut String) -> Option<()> {
        match self.kind()? {
            Kind::Object => {
                out.push('{');
                let mut first = true;
                self.object(|reader, key| {
                    if !std::mem::take(&mut first) {
                        out.push(',');
                    }
                    write_string(out, key);
                    out.push(':');
                    reader.copy(out)
                })?;
                out.push('}');
            }
            Kind::Array => {
                out.push('[');
                let mut first = true;
                self.array(|reader| {
                    if !std::mem::take(&mut first) {
                        out.push(',');
                    }
                    reader.copy(out)
                })?;
                out.push(']');
            }
            Kind::String => {
                let mut text = String::new();
                self.string(&mut text)?;
                write_string(out, &text);
            }
            Kind::Number => {
                let number = self.number()?;
                if is_integer(number) {
                    out.push_str(if number == "-0" { "0" } else { number });
                } else {
                    write_double(out, number.parse().ok()?);
                }
            }
            Kind::True => {
                self.word("true")?;
                out.push_str("true");
            }
            Kind::False => {
                self.word("false")?;
                out.push_str("false");
            }
            Kind::Null => {
                self.word("null")?;
                out.push_str("null");
            }
        }
        Some(())
    }

    /// Reads a value as a text of its own: strings without quotes.
    pub fn text(&mut self, out: &mut String) -> Option<()> {
        if self.kind()? == Kind::String { self.string(out) } else { self.copy(out) }
    }
}

pub fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// Appends a string in double quotes.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            0..32 => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        from = at + 1;
        if escape.is_empty() {
            out.push_str("\\u00");
            out.push(if byte < 16 { '0' } else { '1' });
            out.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[from..]);
    out.push('"');
}
