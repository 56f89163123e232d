//! A compiled pattern: by the `regex` crate, whose time is bounded, or where the pattern looks around or refers back, by
//! one that tries every way, as Java does.

use std::ops::Range;

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};

/// A pattern of Java's, compiled.
#[derive(Debug)]
pub enum Pattern {
    Regular(regex::Regex),
    /// With look-around, back-references, atomic groups or possessive quantifiers.
    Backtracking(Box<fancy_regex::Regex>),
}

/// Where the groups of a pattern have matched.
pub enum Groups<'t> {
    Regular(regex::Captures<'t>),
    Backtracking(fancy_regex::Captures<'t>),
}

impl Pattern {
    pub fn is_match(&self, text: &str) -> Result<bool> {
        match self {
            Pattern::Regular(regex) => Ok(regex.is_match(text)),
            Pattern::Backtracking(regex) => regex.is_match(text).map_err(|error| too_long(&error)),
        }
    }

    /// The first match that begins at a byte or behind it.
    pub fn find_at(&self, text: &str, start: usize) -> Result<Option<Range<usize>>> {
        match self {
            Pattern::Regular(regex) => Ok(regex.find_at(text, start).map(|found| found.range())),
            Pattern::Backtracking(regex) => {
                let found = regex.find_from_pos(text, start).map_err(|error| too_long(&error))?;
                Ok(found.map(|found| found.start()..found.end()))
            }
        }
    }

    /// As [`Pattern::find_at`], with the groups.
    pub fn groups_at<'t>(&self, text: &'t str, start: usize) -> Result<Option<Groups<'t>>> {
        match self {
            Pattern::Regular(regex) => Ok(regex.captures_at(text, start).map(Groups::Regular)),
            Pattern::Backtracking(regex) => {
                Ok(regex.captures_from_pos(text, start).map_err(|error| too_long(&error))?.map(Groups::Backtracking))
            }
        }
    }

    /// All matches as Java finds them: an empty one may follow right behind one that is not.
    pub fn find_all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Result<Range<usize>>> + 't {
        let mut start = Some(0);
        std::iter::from_fn(move || {
            let found = self.find_at(text, start?).transpose()?;
            start = found.as_ref().ok().and_then(|found| behind(text, found));
            Some(found)
        })
    }

    /// As [`Pattern::find_all`], with the groups.
    pub fn groups_of_all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Result<Groups<'t>>> + 't {
        let mut start = Some(0);
        std::iter::from_fn(move || {
            let found = self.groups_at(text, start?).transpose()?;
            start = found.as_ref().ok().and_then(|found| behind(text, &found.whole()));
            Some(found)
        })
    }
}

/// Where the search for the next match begins, unless the text has ended.
fn behind(text: &str, found: &Range<usize>) -> Option<usize> {
    match found.is_empty() {
        true => text[found.end..].chars().next().map(|next| found.end + next.len_utf8()),
        false => Some(found.end),
    }
}

impl<'t> Groups<'t> {
    /// How many there are, with the match itself.
    pub fn count(&self) -> usize {
        match self {
            Groups::Regular(groups) => groups.len(),
            Groups::Backtracking(groups) => groups.len(),
        }
    }

    pub fn whole(&self) -> Range<usize> {
        match self {
            Groups::Regular(groups) => groups.get_match().range(),
            Groups::Backtracking(groups) => groups.get(0).map_or(0..0, |whole| whole.start()..whole.end()),
        }
    }

    /// The text of a group; empty if it has not taken part.
    pub fn text(&self, group: usize) -> &'t str {
        match self {
            Groups::Regular(groups) => groups.get(group).map_or("", |group| group.as_str()),
            Groups::Backtracking(groups) => groups.get(group).map_or("", |group| group.as_str()),
        }
    }

    pub fn named(&self, name: &str) -> &'t str {
        match self {
            Groups::Regular(groups) => groups.name(name).map_or("", |group| group.as_str()),
            Groups::Backtracking(groups) => groups.name(name).map_or("", |group| group.as_str()),
        }
    }
}

/// Java would go on, or run out of stack.
fn too_long(error: &fancy_regex::Error) -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, format!("A regular expression takes too many steps: {error}"))
        .subcondition("PATTERN")
        .hint("let it repeat less, or leave out what looks around and refers back")
}
