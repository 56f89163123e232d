//! Help of the shell: its commands, and how statements are written.

use super::commands::COMMANDS;
use crate::sql::statements::STATEMENTS;

/// What `\?` prints.
pub(super) fn commands() -> String {
    let mut text = String::new();
    for command in COMMANDS {
        let typed = format!("{} {}", command.name, command.argument);
        text.push_str(&format!("  {typed:<22} {}\n", command.meaning));
    }
    text.push_str("\nStatements end with `;`. Tab completes, Ctrl-R searches the history, Ctrl-C stops a statement.\n");
    text
}

/// What `\h` prints: the forms of the statements that begin with `topic`, or their names if there is no topic.
pub(super) fn statement(topic: &str) -> Option<String> {
    if topic.is_empty() {
        let names: Vec<String> = STATEMENTS.iter().map(|(name, _)| format!("  {name}\n")).collect();
        return Some(names.concat());
    }
    let topic = topic.to_uppercase();
    let forms: Vec<&str> =
        STATEMENTS.iter().filter(|(name, _)| name.starts_with(&topic)).map(|(_, forms)| *forms).collect();
    (!forms.is_empty()).then(|| forms.join("\n\n") + "\n")
}
