//! Columns named by a pattern: with `spark.sql.parser.quotedRegexColumnNames` a name in backquotes in a SELECT list is a
//! regular expression, as in Hive.

use regex::Regex;

use crate::error::{Error, Result, Span};
use crate::sql::ast::{Expression, ExpressionKind};

use super::scope::{Scope, ScopeColumn};

/// The columns that match, or `None` if the expression is no pattern.
pub(super) fn regex_columns(
    enabled: bool,
    expression: &Expression,
    scope: &Scope<'_>,
) -> Result<Option<Vec<ScopeColumn>>> {
    if !enabled {
        return Ok(None);
    }
    let ExpressionKind::Column(parts) = &expression.kind else { return Ok(None) };
    let Some((pattern, qualifier)) = parts.split_last().filter(|(last, _)| last.quoted) else { return Ok(None) };
    let pattern = Pattern::new(&pattern.value, expression.span)?;
    let columns = scope.star(qualifier, expression.span)?;
    Ok(Some(columns.into_iter().filter(|column| pattern.matches(&column.name)).collect()))
}

/// A pattern that begins with something possessive, `(a|b)?+.+`, is two: the first takes what it can and gives nothing back.
struct Pattern {
    head: Option<Regex>,
    tail: Regex,
}

impl Pattern {
    fn new(text: &str, span: Span) -> Result<Self> {
        let possessive = ["?+", "*+", "++"].iter().filter_map(|quantifier| text.find(quantifier)).min();
        let compile = |pattern: String| {
            Regex::new(&pattern)
                .map_err(|_| Error::unsupported(format!("the pattern `{text}`"), "name the columns").at(span))
        };
        let Some(place) = possessive else {
            return Ok(Self { head: None, tail: compile(format!("(?i)^(?:{text})$"))? });
        };
        let (atom, rest) = text.split_at(place);
        let whole = atom.chars().count() == 1 || atom.starts_with('(') && atom.find(')') == Some(atom.len() - 1);
        if !whole || rest[2..].contains("?+") || rest[2..].contains("*+") || rest[2..].contains("++") {
            return Err(Error::unsupported(format!("the pattern `{text}`"), "name the columns").at(span));
        }
        let head = compile(format!("(?i)^(?:{atom}{})", &rest[..1]))?;
        Ok(Self { head: Some(head), tail: compile(format!("(?i)^(?:{})$", &rest[2..]))? })
    }

    fn matches(&self, name: &str) -> bool {
        match &self.head {
            None => self.tail.is_match(name),
            Some(head) => head.find(name).is_some_and(|found| self.tail.is_match(&name[found.end()..])),
        }
    }
}
