//! One record of CSV, cut into fields as univocity does it for Spark: a quoted value ends at a quote before a delimiter;
//! if a quote stands elsewhere in it, the value is taken as it stands, up to the next delimiter, quotes and all.

use super::Options;

/// The fields of one record.
#[derive(Debug, Default)]
pub struct Fields {
    fields: Vec<Field>,
    /// Values that are not a part of the line as it stands.
    unescaped: String,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In the line.
    Plain,
    /// In the text without escapes.
    Unescaped,
    /// `""`
    EmptyQuotes,
}

impl Fields {
    /// Cuts a line; false if a quote is still open at its end (and `may_continue`).
    pub fn split(&mut self, line: &str, options: &Options, may_continue: bool) -> bool {
        self.fields.clear();
        self.unescaped.clear();
        let bytes = line.as_bytes();
        let delimiter = options.delimiter.as_bytes();
        let mut position = 0;
        loop {
            let start = if options.ignore_leading_blanks { skip_blanks(bytes, position, delimiter) } else { position };
            let quoted = options.quote.is_some_and(|quote| line[start..].starts_with(quote));
            let next = if quoted {
                match self.quoted(line, start, options) {
                    Quoted::Ends(next) => next,
                    Quoted::Broken => self.plain(line, start, options),
                    Quoted::Open if may_continue => return false,
                    // The rest of the line, without the quote.
                    Quoted::Open => {
                        let quote = options.quote.map_or(0, char::len_utf8);
                        self.fields.push(Field { start: start + quote, end: line.len(), kind: Kind::Plain });
                        None
                    }
                }
            } else {
                self.plain(line, start, options)
            };
            match next {
                Some(next) => position = next,
                None => return true,
            }
        }
    }

    pub fn count(&self) -> usize {
        self.fields.len()
    }

    /// A field's text; `None` if it stands for NULL or is missing.
    pub fn get<'a>(&'a self, number: usize, line: &'a str, options: &'a Options) -> Option<&'a str> {
        let field = self.fields.get(number)?;
        let text = match field.kind {
            Kind::Plain if field.start == field.end => return None,
            Kind::Plain => &line[field.start..field.end],
            Kind::Unescaped => &self.unescaped[field.start..field.end],
            Kind::EmptyQuotes => options.empty_value.as_str(),
        };
        (text != options.null_value).then_some(text)
    }

    /// A value without quotes around it; gives back where the next one begins.
    fn plain(&mut self, line: &str, start: usize, options: &Options) -> Option<usize> {
        let bytes = line.as_bytes();
        let delimiter = options.delimiter.as_bytes();
        let length = find(&bytes[start..], delimiter);
        let mut end = length.map_or(bytes.len(), |length| start + length);
        let next = length.map(|length| start + length + delimiter.len());
        if options.ignore_trailing_blanks {
            while end > start && is_blank(bytes[end - 1]) {
                end -= 1;
            }
        }
        self.fields.push(Field { start, end, kind: Kind::Plain });
        next
    }

    /// A value that begins with a quote.
    fn quoted(&mut self, line: &str, start: usize, options: &Options) -> Quoted {
        let Some(quote) = options.quote else { return Quoted::Broken };
        let first = start + quote.len_utf8();
        // Where the value without escapes begins, once there is an escape.
        let mut copied: Option<usize> = None;
        let mut kept = first;
        let mut chars = line[first..].char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            let position = first + offset;
            let next = chars.peek().map(|(_, next)| *next);
            // The escape itself is escaped by itself only if it is not the quote.
            let escapes = Some(c) == options.escape
                && (next == Some(quote) || (next == options.escape && options.escape != Some(quote)));
            if escapes {
                copied.get_or_insert(self.unescaped.len());
                self.unescaped.push_str(&line[kept..position]);
                if let Some((offset, escaped)) = chars.next() {
                    self.unescaped.push(escaped);
                    kept = first + offset + escaped.len_utf8();
                }
                continue;
            }
            if c != quote {
                continue;
            }
            let after = position + quote.len_utf8();
            let rest = &line[after..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let behind = if rest.starts_with(&options.delimiter) { 0 } else { blanks };
            let next = if rest[behind..].is_empty() {
                None
            } else if rest[behind..].starts_with(&options.delimiter) {
                Some(after + behind + options.delimiter.len())
            } else {
                if let Some(begin) = copied {
                    self.unescaped.truncate(begin);
                }
                return Quoted::Broken;
            };
            let field = match copied {
                Some(begin) => {
                    self.unescaped.push_str(&line[kept..position]);
                    Field { start: begin, end: self.unescaped.len(), kind: Kind::Unescaped }
                }
                None if first == position => Field { start: first, end: first, kind: Kind::EmptyQuotes },
                None => Field { start: first, end: position, kind: Kind::Plain },
            };
            self.fields.push(field);
            return Quoted::Ends(next);
        }
        if let Some(begin) = copied {
            self.unescaped.truncate(begin);
        }
        Quoted::Open
    }
}

enum Quoted {
    /// Where the next value begins.
    Ends(Option<usize>),
    /// A quote stands within it.
    Broken,
    /// No quote ends it.
    Open,
}

fn find(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    match delimiter {
        [one] => memchr::memchr(*one, bytes),
        several => memchr::memmem::find(bytes, several),
    }
}

fn is_blank(byte: u8) -> bool {
    byte <= b' '
}

fn skip_blanks(bytes: &[u8], mut position: usize, delimiter: &[u8]) -> usize {
    while position < bytes.len() && is_blank(bytes[position]) && !bytes[position..].starts_with(delimiter) {
        position += 1;
    }
    position
}
