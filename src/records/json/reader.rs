//! Reads JSON text in place, as Jackson does. `None` everywhere means that the text is malformed.

use crate::types::text::{write_double, write_json_string};

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

/// What is let pass although it is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leniency {
    pub comments: bool,
    pub unquoted_names: bool,
    pub single_quotes: bool,
    pub leading_zeros: bool,
    /// `NaN`, `Infinity` and the like.
    pub non_numeric: bool,
    /// A backslash before any character.
    pub any_escape: bool,
    /// Line ends and the like in strings.
    pub control_characters: bool,
}

impl Leniency {
    /// That of the functions without options.
    pub const FUNCTIONS: Leniency = Leniency { control_characters: true, non_numeric: false, ..Leniency::RECORDS };
    /// That of `from_json` and of files, unless options say otherwise.
    pub const RECORDS: Leniency = Leniency {
        comments: false,
        unquoted_names: false,
        single_quotes: true,
        leading_zeros: false,
        non_numeric: true,
        any_escape: false,
        control_characters: false,
    };
    /// Nothing but JSON.
    pub const STRICT: Leniency = Leniency { single_quotes: false, non_numeric: false, ..Leniency::RECORDS };
}

/// A place in a JSON text.
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    lenient: Leniency,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self::lenient(text, Leniency::FUNCTIONS)
    }

    pub fn lenient(text: &'a str, lenient: Leniency) -> Self {
        Self { text, at: 0, depth: 0, lenient }
    }

    /// What lies between two places.
    pub fn between(&self, start: usize, end: usize) -> &'a str {
        &self.text[start..end]
    }

    /// Where it is.
    pub fn place(&self) -> usize {
        self.at
    }

    /// A reader of the same text at a place where it was.
    pub fn at(&self, place: usize) -> Self {
        Self { at: place, ..self.clone() }
    }

    #[inline]
    fn blanks(&mut self) {
        match self.text.as_bytes().get(self.at) {
            // Nearly all JSON has none.
            Some(byte) if *byte > b' ' && (*byte != b'/' || !self.lenient.comments) => {}
            _ => self.skip_blanks(),
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
            if !self.lenient.comments {
                return;
            }
            let rest = &self.text[self.at..];
            let length = if rest.starts_with("/*") {
                rest.find("*/").map(|end| end + 2)
            } else if rest.starts_with("//") {
                Some(rest.find('\n').unwrap_or(rest.len()))
            } else {
                None
            };
            match length {
                Some(length) => self.at += length,
                None => return,
            }
        }
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        self.blanks();
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
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
            b'"' => Kind::String,
            b'\'' if self.lenient.single_quotes => Kind::String,
            b'-' | b'0'..=b'9' => Kind::Number,
            b'N' | b'I' | b'+' if self.lenient.non_numeric => Kind::Number,
            b't' => Kind::True,
            b'f' => Kind::False,
            b'n' => Kind::Null,
            _ => return None,
        })
    }

    /// Reads an object; `each` gets every key, and must read the value.
    pub fn object(&mut self, mut each: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        let mut unescaped = String::new();
        self.enter(b'{')?;
        if !self.take(b'}') {
            loop {
                let key = match self.plain_name() {
                    Some(key) => key,
                    None => {
                        unescaped.clear();
                        self.name(&mut unescaped)?;
                        &unescaped
                    }
                };
                if !self.take(b':') {
                    return None;
                }
                each(self, key)?;
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

    /// A quoted name that stands in the text as it means.
    fn plain_name(&mut self) -> Option<&'a str> {
        let quote = self.peek().filter(|byte| *byte == b'"')?;
        let rest = &self.text[self.at + 1..];
        let length = self.plain_characters(rest.as_bytes(), quote).filter(|end| rest.as_bytes()[*end] == quote)?;
        self.at += length + 2;
        Some(&rest[..length])
    }

    fn name(&mut self, out: &mut String) -> Option<()> {
        let first = self.peek()?;
        if !self.lenient.unquoted_names || first == b'"' || (first == b'\'' && self.lenient.single_quotes) {
            return self.string(out);
        }
        let rest = &self.text[self.at..];
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '#' | '*' | '-' | '+');
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        out.push_str(&rest[..length]);
        self.at += length;
        (length > 0 && !first.is_ascii_digit()).then_some(())
    }

    fn enter(&mut self, bracket: u8) -> Option<()> {
        self.depth += 1;
        (self.take(bracket) && self.depth <= DEEPEST).then_some(())
    }

    /// Reads a string and appends what it means.
    pub fn string(&mut self, out: &mut String) -> Option<()> {
        let singles = self.lenient.single_quotes;
        let quote = self.peek().filter(|byte| *byte == b'"' || singles && *byte == b'\'')?;
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let plain = self.plain_characters(rest.as_bytes(), quote)?;
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
                _ if self.lenient.any_escape => {
                    self.at -= 1;
                    let escaped = self.text[self.at..].chars().next()?;
                    self.at += escaped.len_utf8();
                    escaped
                }
                _ => return None,
            });
        }
    }

    /// How many bytes stand before the quote or a backslash; what must not stand in a string ends the search.
    fn plain_characters(&self, bytes: &[u8], quote: u8) -> Option<usize> {
        let stop = bytes.iter().position(|byte| *byte == quote || *byte == b'\\' || *byte < b' ')?;
        if bytes[stop] >= b' ' {
            return Some(stop);
        }
        if !self.lenient.control_characters {
            return None;
        }
        bytes.iter().position(|byte| *byte == quote || *byte == b'\\')
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
        if count == 0 && self.lenient.non_numeric {
            let rest = &self.text[start..];
            let words = ["NaN", "Infinity", "-Infinity", "-INF", "+Infinity", "+INF"];
            let word = words.into_iter().find(|word| rest.starts_with(word))?;
            self.at += word.len();
            return Some(&rest[..word.len()]);
        }
        if count == 0 || (leading_zero && count > 1 && !self.lenient.leading_zeros) {
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
        let ends = matches!(bytes.get(at), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}'))
            || self.lenient.comments && bytes.get(at) == Some(&b'/');
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
                match self.plain_characters(inside, quote) {
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
                    write_json_string(out, key);
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
                write_json_string(out, &text);
            }
            Kind::Number => {
                let number = self.number()?;
                if !is_integer(number) {
                    write_double(out, double(number)?);
                } else if number == "-0" {
                    out.push('0');
                } else {
                    let digits = number.trim_start_matches('-');
                    let shown = digits.trim_start_matches('0');
                    out.push_str(if digits.len() < number.len() { "-" } else { "" });
                    out.push_str(if shown.is_empty() { "0" } else { shown });
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
    number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// The value of a number, which may be one of the words for infinity.
pub fn double(number: &str) -> Option<f64> {
    match number {
        "NaN" => Some(f64::NAN),
        "Infinity" | "+Infinity" | "+INF" => Some(f64::INFINITY),
        "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
        number => number.parse().ok(),
    }
}
