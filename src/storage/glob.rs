//! Paths with wildcards, as Hadoop reads them: `*`, `?`, `[abc]`, `[^a-c]`, `{a,b}`. A wildcard stays within one folder.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::listing::{is_hidden, path_not_found};
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};

/// The existing paths that a pattern means, sorted.
///
/// # Errors
/// `PATH_NOT_FOUND` if there are none.
pub(super) fn expand(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = vec![PathBuf::new()];
    for component in path.components() {
        let text = component.as_os_str().to_string_lossy();
        if !text.contains(['*', '?', '[', '{']) {
            for path in &mut found {
                path.push(component);
            }
            continue;
        }
        let pattern = pattern(&text)?;
        let mut next = Vec::new();
        for folder in found {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if pattern.is_match(&name) && !is_hidden(&name) {
                    next.push(entry.path());
                }
            }
        }
        found = next;
    }
    found.retain(|path| path.exists());
    found.sort();
    if found.is_empty() { Err(path_not_found(path)) } else { Ok(found) }
}

fn pattern(text: &str) -> Result<Regex> {
    let mut regex = String::from("^");
    let mut braces = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                regex.push('[');
                if chars.next_if(|&next| next == '^' || next == '!').is_some() {
                    regex.push('^');
                }
                for inner in chars.by_ref() {
                    if inner == ']' {
                        break;
                    }
                    if inner == '[' || inner == '\\' || inner == '&' || inner == '~' {
                        regex.push('\\');
                    }
                    regex.push(inner);
                }
                regex.push(']');
            }
            '{' => {
                braces += 1;
                regex.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                regex.push(')');
            }
            ',' if braces > 0 => regex.push('|'),
            '\\' => regex.push_str(&regex::escape(&chars.next().unwrap_or('\\').to_string())),
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    regex.push('$');
    Regex::new(&regex)
        .map_err(|_| Error::new(&INVALID_PARAMETER_VALUE, format!("`{text}` is not a valid pattern of file names")))
}
