//! What CommandComplete says: the words of the statement, and the number of its rows.

use super::commands::Words;

/// The tag of a statement that gave no rows.
pub fn done(text: &str, rows: Option<u64>) -> String {
    let words = leading_words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let rows = rows.unwrap_or(0);
    match words.as_slice() {
        ["INSERT", ..] | ["FROM", ..] => format!("INSERT 0 {rows}"),
        ["DELETE" | "UPDATE" | "MERGE", ..] => format!("{} {rows}", words[0]),
        // With a query, as PostgreSQL says it.
        ["CREATE", ..] if rows > 0 => format!("SELECT {rows}"),
        ["WITH", ..] => format!("INSERT 0 {rows}"),
        ["TRUNCATE", ..] => "TRUNCATE TABLE".to_owned(),
        [
            "COMMENT" | "ANALYZE" | "GRANT" | "REVOKE" | "SET" | "RESET" | "USE" | "REFRESH" | "CACHE" | "UNCACHE",
            ..,
        ] => words[0].to_owned(),
        [verb, rest @ ..] => {
            let fillers = [
                "OR",
                "REPLACE",
                "TEMP",
                "TEMPORARY",
                "GLOBAL",
                "LOCAL",
                "EXTERNAL",
                "UNLOGGED",
                "IF",
                "NOT",
                "EXISTS",
            ];
            match rest.iter().find(|word| !fillers.contains(word)) {
                Some(object) => format!("{verb} {object}"),
                None => (*verb).to_owned(),
            }
        }
        [] => String::new(),
    }
}

/// The verb of the tag of a statement that gives rows.
pub fn verb(text: &str) -> &'static str {
    match leading_words(text).first().map(String::as_str) {
        Some("EXPLAIN") => "EXPLAIN",
        Some("SHOW" | "DESCRIBE" | "DESC" | "SET") => "SHOW",
        _ => "SELECT",
    }
}

fn leading_words(text: &str) -> Vec<String> {
    // The first words say it all, and texts may be long.
    let end = text.char_indices().nth(400).map_or(text.len(), |(at, _)| at);
    let mut words = Words::new(&text[..end]);
    let mut leading = Vec::new();
    while let Some(word) = words.next().filter(|_| leading.len() < 8) {
        leading.push(word.text.to_uppercase());
    }
    leading
}
