//! Patterns of SHOW … LIKE: `*` is anything, `|` separates alternatives, case does not matter.

use regex::Regex;

/// Whether names match a pattern; without one all do.
pub(super) struct Pattern(Option<Vec<Regex>>);

impl Pattern {
    pub fn new(pattern: Option<&str>) -> Self {
        Self(pattern.map(|pattern| pattern.split('|').filter_map(alternative).collect()))
    }

    pub fn matches(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|alternatives| alternatives.iter().any(|regex| regex.is_match(name)))
    }
}

/// What is not `*` is a regular expression, as in Spark; one that does not compile matches nothing.
fn alternative(text: &str) -> Option<Regex> {
    Regex::new(&format!("(?i)^(?:{})$", text.trim().replace('*', ".*"))).ok()
}
