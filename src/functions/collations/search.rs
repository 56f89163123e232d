//! Looking for one string in another by a collation.

use crate::error::Result;
use crate::types::Collation;
use crate::types::collation::is_mark;
use crate::types::collation::keys::{Keys, lower_case};

/// Finds strings in strings.
#[derive(Clone, Copy)]
pub struct Search {
    collation: Collation,
    keys: Keys,
}

impl Search {
    /// # Errors
    /// The collation is not determined.
    pub fn new(collation: Collation) -> Result<Self> {
        Ok(Self { collation, keys: Keys::new(collation)? })
    }

    pub fn equal(&self, a: &str, b: &str) -> bool {
        self.keys.equal(a, b)
    }

    /// The text without what counts for nothing at its end.
    pub fn trimmed<'t>(&self, text: &'t str) -> &'t str {
        if self.collation.trims() { text.trim_end_matches(' ') } else { text }
    }

    /// How many bytes at the start of `text` are `needle`.
    pub fn length_at_start(&self, text: &str, needle: &str) -> Option<usize> {
        if needle.is_empty() {
            return Some(0);
        }
        if self.collation.is_unicode() {
            return self.longest(text, needle);
        }
        if self.collation.is_lower_case() {
            return in_lower_case(text, needle);
        }
        text.starts_with(needle).then_some(needle.len())
    }

    /// Unicode's rules have no fixed lengths: every prefix that could be equal is compared, and the longest wins.
    fn longest(&self, text: &str, needle: &str) -> Option<usize> {
        let most = needle.chars().count() * 3 + 3;
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(most);
        let mut found = None;
        for end in ends {
            let whole = text[end..].chars().next().is_none_or(|next| !is_mark(next));
            if whole && self.keys.equal(&text[..end], needle) {
                found = Some(end);
            }
        }
        found
    }

    /// Where `needle` first stands at or behind byte `from`, and how long it is there.
    pub fn find(&self, text: &str, needle: &str, from: usize) -> Option<(usize, usize)> {
        if needle.is_empty() {
            return Some((from, 0));
        }
        if !self.collation.is_unicode() && !self.collation.is_lower_case() {
            return text[from..].find(needle).map(|at| (from + at, needle.len()));
        }
        starts(text, from).find_map(|at| Some((at, self.length_at_start(&text[at..], needle)?)))
    }

    /// Whether `text` ends with `needle`.
    pub fn ends_with(&self, text: &str, needle: &str) -> bool {
        needle.is_empty()
            || starts(text, 0).any(|at| {
                let rest = &text[at..];
                match self.collation.is_unicode() {
                    true => self.keys.equal(rest, needle),
                    false => self.length_at_start(rest, needle) == Some(rest.len()),
                }
            })
    }

    /// Where `needle` stands, each time from the next character on; with its length.
    pub fn all<'t>(&'t self, text: &'t str, needle: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
        starts(text, 0).filter_map(move |at| Some((at, self.length_at_start(&text[at..], needle)?)))
    }

    /// The parts of `text` between the places where `needle` stands.
    pub fn split<'t>(&self, text: &'t str, needle: &str) -> Vec<&'t str> {
        let mut parts = Vec::new();
        let mut start = 0;
        if !needle.is_empty() {
            while let Some((at, length)) = self.find(text, needle, start) {
                parts.push(&text[start..at]);
                start = at + length;
            }
        }
        parts.push(&text[start..]);
        parts
    }
}

/// Where characters begin, combining marks apart.
fn starts(text: &str, from: usize) -> impl Iterator<Item = usize> + '_ {
    text[from..].char_indices().filter(|(_, c)| !is_mark(*c)).map(move |(at, _)| from + at)
}

/// Character by character in lower case. A character that becomes two must be matched by both.
fn in_lower_case(text: &str, needle: &str) -> Option<usize> {
    let mut needle = needle.chars().flat_map(lower_case);
    let mut next = needle.next();
    let mut length = 0;
    for c in text.chars() {
        if next.is_none() {
            break;
        }
        for lowered in lower_case(c) {
            if next != Some(lowered) {
                return None;
            }
            next = needle.next();
        }
        length += c.len_utf8();
    }
    next.is_none().then_some(length)
}
