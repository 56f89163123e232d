//! `get_json_object`: paths like `$.a[0].b[*]` and what they find, with Hive's rules for `[*]`.

use super::reader::{Kind, Reader};

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Field(String),
    Element(usize),
    /// `[*]`
    Elements,
    /// `.*`, which finds nothing.
    Fields,
}

/// The steps behind `$`; `None` if it is no path.
pub fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(".*").or_else(|| rest.strip_prefix("['*']")) {
            steps.push(Step::Fields);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = after[..end].trim_start();
            if name.is_empty() {
                return None;
            }
            steps.push(Step::Field(name.to_owned()));
            rest = &after[end..];
        } else if let Some(after) = rest.strip_prefix("['") {
            let (name, after) = after.split_once('\'')?;
            if name.is_empty() {
                return None;
            }
            steps.push(Step::Field(name.to_owned()));
            rest = after.strip_prefix(']')?;
        } else {
            let (place, after) = rest.strip_prefix('[')?.split_once(']')?;
            steps.push(if place == "*" { Step::Elements } else { Step::Element(place.parse().ok()?) });
            rest = after;
        }
    }
    Some(steps)
}

/// How what is found is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// A string alone, without quotes.
    Raw,
    Quoted,
    /// Elements of arrays one by one.
    Flat,
}

/// Where values are written, with commas between them.
struct Output<'o> {
    text: &'o mut String,
    in_array: bool,
    is_first: bool,
}

impl Output<'_> {
    fn comma(&mut self) {
        if self.in_array && !self.is_first {
            self.text.push(',');
        }
        self.is_first = false;
    }

    /// Writes an array of what `fill` writes.
    fn array(&mut self, fill: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.comma();
        self.text.push('[');
        let outside = (std::mem::replace(&mut self.in_array, true), std::mem::replace(&mut self.is_first, true));
        fill(self)?;
        (self.in_array, self.is_first) = outside;
        self.text.push(']');
        Some(())
    }
}

/// Appends what the path finds in the text. `None`: nothing, or the text is malformed.
pub fn find(json: &str, path: &[Step], out: &mut String) -> Option<()> {
    let mut output = Output { text: out, in_array: false, is_first: true };
    walk(&mut Reader::new(json), path, Style::Raw, &mut output)?.then_some(())
}

/// Reads one value and tells whether something was found in it.
fn walk(reader: &mut Reader<'_>, path: &[Step], style: Style, out: &mut Output<'_>) -> Option<bool> {
    let kind = reader.kind()?;
    match (kind, path) {
        (Kind::String, []) if style == Style::Raw => {
            reader.string(out.text)?;
            Some(true)
        }
        (Kind::Array, []) if style == Style::Flat => {
            let mut found = false;
            reader.array(|reader| {
                found |= walk(reader, &[], style, out)?;
                Some(())
            })?;
            Some(found)
        }
        (_, []) => {
            out.comma();
            reader.copy(out.text)?;
            Some(true)
        }
        (Kind::Object, [Step::Field(name), rest @ ..]) => {
            let mut found = false;
            reader.object(|reader, key| {
                if found || key != name || reader.kind()? == Kind::Null {
                    return reader.skip();
                }
                found = walk(reader, rest, style, out)?;
                Some(())
            })?;
            Some(found)
        }
        // Two wildcards in a row flatten what they find.
        (Kind::Array, [Step::Elements, Step::Elements, rest @ ..]) => elements(reader, rest, Style::Flat, out),
        (Kind::Array, [Step::Elements, rest @ ..]) if style == Style::Quoted => elements(reader, rest, style, out),
        (Kind::Array, [Step::Elements, rest @ ..]) => unwrapped(reader, rest, style, out),
        (Kind::Array, [Step::Element(wanted), rest @ ..]) => {
            let style = if rest.first() == Some(&Step::Elements) { Style::Quoted } else { style };
            let (mut place, mut found) = (0, false);
            reader.array(|reader| {
                if place == *wanted {
                    found = walk(reader, rest, style, out)?;
                } else {
                    reader.skip()?;
                }
                place += 1;
                Some(())
            })?;
            Some(found)
        }
        (_, [_, ..]) => {
            reader.skip()?;
            Some(false)
        }
    }
}

fn elements(reader: &mut Reader<'_>, path: &[Step], style: Style, out: &mut Output<'_>) -> Option<bool> {
    let mut found = false;
    out.array(|out| {
        reader.array(|reader| {
            found |= walk(reader, path, style, out)?;
            Some(())
        })
    })?;
    Some(found)
}

/// An array of what is found; of a single thing, the thing itself.
fn unwrapped(reader: &mut Reader<'_>, path: &[Step], style: Style, out: &mut Output<'_>) -> Option<bool> {
    let style = if style == Style::Raw { Style::Quoted } else { style };
    let (before, was_first) = (out.text.len(), out.is_first);
    let mut found = 0;
    out.array(|out| {
        reader.array(|reader| {
            found += usize::from(walk(reader, path, style, out)?);
            Some(())
        })
    })?;
    match found {
        0 => {
            out.text.truncate(before);
            out.is_first = was_first;
        }
        1 => {
            let bracket = before + usize::from(out.in_array && !was_first);
            out.text.remove(bracket);
            out.text.pop();
        }
        _ => {}
    }
    Some(found > 0)
}
