//! Regular expressions: Java's syntax on Rust's engines, and the functions that use them.
//!
//! What Java has and the engines have not is refused by name, never matched wrongly.

mod java;
mod list;
mod pattern;

use std::borrow::Cow;
use std::collections::HashMap;

use regex::Regex;

pub use list::{FUNCTIONS, KERNELS};
pub use pattern::{Groups, Pattern};

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};

/// The patterns of one array, each compiled once.
pub struct Patterns {
    function: &'static str,
    compiled: Vec<Pattern>,
    places: HashMap<String, usize>,
    last: Option<(String, usize)>,
}

impl Patterns {
    /// `function` is named when a pattern is wrong.
    pub fn new(function: &'static str) -> Self {
        Self { function, compiled: Vec::new(), places: HashMap::new(), last: None }
    }

    /// The pattern compiled.
    ///
    /// # Errors
    /// `INVALID_PARAMETER_VALUE.PATTERN`
    pub fn get(&mut self, pattern: &str) -> Result<&Pattern> {
        let place = match &self.last {
            Some((text, place)) if text == pattern => *place,
            _ => self.place(pattern)?,
        };
        Ok(&self.compiled[place])
    }

    fn place(&mut self, pattern: &str) -> Result<usize> {
        let place = match self.places.get(pattern) {
            Some(place) => *place,
            None => {
                self.compiled.push(compile(pattern, self.function)?);
                self.places.insert(pattern.to_owned(), self.compiled.len() - 1);
                self.compiled.len() - 1
            }
        };
        self.last = Some((pattern.to_owned(), place));
        Ok(place)
    }
}

/// Compiles a pattern in Java's syntax.
///
/// # Errors
/// `INVALID_PARAMETER_VALUE.PATTERN`, or that Skep does not have what Java has.
pub fn compile(pattern: &str, function: &str) -> Result<Pattern> {
    let invalid = || {
        Error::new(
            &INVALID_PARAMETER_VALUE,
            format!("The value of parameter(s) `regexp` in `{function}` is invalid: '{pattern}'"),
        )
        .subcondition("PATTERN")
    };
    let translated = java::translate(pattern)?;
    match translated.backtracks {
        false => Regex::new(&translated.text).map(Pattern::Regular).map_err(|_| invalid()),
        true => {
            let compiled = fancy_regex::Regex::new(&translated.text).map_err(|_| invalid())?;
            Ok(Pattern::Backtracking(Box::new(compiled)))
        }
    }
}

/// The text that the pattern matches and nothing else, if it is one without operators.
pub fn literal(pattern: &str) -> Option<Cow<'_, str>> {
    const OPERATORS: &str = "\\^$.|?*+()[]{}";
    if !pattern.contains(|c| OPERATORS.contains(c)) {
        return Some(pattern.into());
    }
    let rest = pattern.strip_prefix('\\')?;
    let only = rest.chars().next().filter(|c| c.is_ascii_punctuation() && rest.len() == 1)?;
    Some(only.to_string().into())
}
