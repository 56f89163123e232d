//! The shell's own commands, as a list: what is typed, what it does, and the line of help.

use std::path::Path;
use std::process::Command as Process;

use crate::cli::script::Script;
use crate::cli::sink::Sink;
use crate::cli::{Input, report};
use crate::error::closest;
use crate::output::{FORMATS, Format};
use crate::sql::statements::STATEMENTS;
use crate::types::quote_if_needed;

use super::{Flow, Shell, help};

pub(super) struct Command {
    /// With its backslash.
    pub name: &'static str,
    pub argument: &'static str,
    pub meaning: &'static str,
    run: fn(&mut Shell<'_>, &str) -> Flow,
}

/// In the order of `\?`.
pub(super) static COMMANDS: &[Command] = &[
    Command {
        name: r"\d",
        argument: "[NAME]",
        meaning: "describe a table or view; without NAME list all",
        run: describe,
    },
    Command { name: r"\l", argument: "", meaning: "list databases", run: list_databases },
    Command { name: r"\dt", argument: "[PATTERN]", meaning: "list tables and views", run: list_tables },
    Command { name: r"\dv", argument: "[PATTERN]", meaning: "list views", run: list_views },
    Command { name: r"\df", argument: "[PATTERN]", meaning: "list functions", run: list_functions },
    Command {
        name: r"\h",
        argument: "[STATEMENT]",
        meaning: "show how a statement or a function is written",
        run: statement_help,
    },
    Command { name: r"\i", argument: "FILE", meaning: "run a script", run: run_file },
    Command {
        name: r"\o",
        argument: "[FILE]",
        meaning: "write results to a file; without FILE to the terminal again",
        run: output,
    },
    Command { name: r"\e", argument: "", meaning: "edit the last statement in $EDITOR", run: edit },
    Command { name: r"\format", argument: "[NAME]", meaning: "show or choose how results are printed", run: format },
    Command {
        name: r"\x",
        argument: "",
        meaning: "switch between the format and one line for each value",
        run: expanded,
    },
    Command {
        name: r"\rows",
        argument: "[NUMBER]",
        meaning: "show or choose how many rows a table shows at most",
        run: rows,
    },
    Command { name: r"\timing", argument: "[on|off]", meaning: "say how long statements take, or not", run: timing },
    Command { name: r"\set", argument: "[KEY [VALUE]]", meaning: "show or change settings and variables", run: set },
    Command { name: r"\conf", argument: "[KEY [VALUE]]", meaning: r"the same as \set", run: set },
    Command { name: r"\?", argument: "", meaning: "show this help", run: show_help },
    Command { name: r"\q", argument: "", meaning: "leave (also Ctrl-D)", run: leave },
];

/// Runs a line that begins with a backslash.
pub(super) fn run(shell: &mut Shell<'_>, line: &str) -> Flow {
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let name = name.trim_end_matches(';');
    let argument = argument.trim().trim_end_matches(';').trim_end();
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(shell, argument),
        None => {
            report(&format!("error: there is no command `{name}`"));
            match closest(name, COMMANDS.iter().map(|command| command.name)) {
                Some(similar) => report(&format!("hint: did you mean `{similar}`?")),
                None => report(r"hint: \? lists the commands"),
            }
            Flow::Continue
        }
    }
}

fn describe(shell: &mut Shell<'_>, name: &str) -> Flow {
    match name {
        "" => list_tables(shell, ""),
        name => statement(shell, &format!("DESCRIBE {}", name_in_sql(name))),
    }
}

fn list_databases(shell: &mut Shell<'_>, _: &str) -> Flow {
    statement(shell, "SHOW DATABASES")
}

fn list_tables(shell: &mut Shell<'_>, pattern: &str) -> Flow {
    statement(shell, &format!("SHOW TABLES{}", like(pattern)))
}

fn list_views(shell: &mut Shell<'_>, pattern: &str) -> Flow {
    statement(shell, &format!("SHOW VIEWS{}", like(pattern)))
}

fn list_functions(shell: &mut Shell<'_>, pattern: &str) -> Flow {
    statement(shell, &format!("SHOW FUNCTIONS{}", like(pattern)))
}

fn statement_help(shell: &mut Shell<'_>, topic: &str) -> Flow {
    match help::statement(topic) {
        Some(text) => print(&text),
        None if crate::functions::lookup(topic).is_some() => {
            statement(shell, &format!("DESCRIBE FUNCTION EXTENDED {}", quote_if_needed(topic)))
        }
        None => {
            report(&format!("error: there is no help on `{topic}`"));
            match closest(&topic.to_uppercase(), STATEMENTS.iter().map(|(name, _)| *name)) {
                Some(similar) => report(&format!("hint: did you mean `{similar}`?")),
                None => report(r"hint: \h lists the statements"),
            }
            Flow::Continue
        }
    }
}

fn run_file(shell: &mut Shell<'_>, file: &str) -> Flow {
    if file.is_empty() {
        return missing("FILE", r"\i");
    }
    match Script::read(Input::File(unquoted(file).into())) {
        Ok(script) => shell.statements(&script.name, &script.text),
        Err(unreadable) => report(&format!("error: {unreadable}")),
    }
    Flow::Continue
}

fn output(shell: &mut Shell<'_>, file: &str) -> Flow {
    if file.is_empty() {
        if let Sink::File { path, .. } = std::mem::replace(&mut shell.console.sink, Sink::Output) {
            report(&format!("results were written to {}", path.display()));
        }
        return Flow::Continue;
    }
    match Sink::create(Path::new(unquoted(file))) {
        Ok(sink) => shell.console.sink = sink,
        Err(error) => report(&format!("error: cannot write `{file}`: {error}")),
    }
    Flow::Continue
}

/// What was edited comes back to the prompt, to be run with Enter.
fn edit(shell: &mut Shell<'_>, _: &str) -> Flow {
    match edited(&shell.last) {
        Ok(text) => shell.draft = Some(text.trim_end().to_owned()),
        Err(error) => report(&format!("error: {error}")),
    }
    Flow::Continue
}

fn edited(text: &str) -> std::io::Result<String> {
    let editor = std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".to_owned());
    let mut words = editor.split_whitespace();
    let program = words.next().ok_or_else(|| std::io::Error::other("$EDITOR is empty"))?;
    let file = std::env::temp_dir().join(format!("skep-{}.sql", std::process::id()));
    std::fs::write(&file, text)?;
    let status = Process::new(program).args(words).arg(&file).status();
    let edited = std::fs::read_to_string(&file);
    let removed = std::fs::remove_file(&file);
    match status {
        Ok(status) if status.success() => removed.and(edited),
        Ok(status) => Err(std::io::Error::other(format!("`{editor}` ended with {status}"))),
        Err(error) => Err(std::io::Error::other(format!("`{editor}` cannot be started: {error}"))),
    }
}

fn format(shell: &mut Shell<'_>, name: &str) -> Flow {
    if name.is_empty() {
        let mut text = String::new();
        for (format, name, meaning) in FORMATS {
            let mark = if *format == shell.console.format { '*' } else { ' ' };
            text.push_str(&format!("{mark} {name:<10} {meaning}\n"));
        }
        return print(&text);
    }
    match Format::find(name) {
        Some(format) => {
            shell.console.format = format;
            shell.usual_format = format;
        }
        None => {
            report(&format!("error: there is no format `{name}`"));
            report(r"hint: \format lists them");
        }
    }
    Flow::Continue
}

fn expanded(shell: &mut Shell<'_>, _: &str) -> Flow {
    shell.console.format = match shell.console.format {
        Format::Vertical if shell.usual_format == Format::Vertical => Format::Table,
        Format::Vertical => shell.usual_format,
        _ => Format::Vertical,
    };
    report(&format!("format is {}", shell.console.format.name()));
    Flow::Continue
}

fn rows(shell: &mut Shell<'_>, number: &str) -> Flow {
    match number.parse() {
        Ok(number) => shell.console.max_rows = number,
        Err(_) if number.is_empty() => report(&format!("tables show {} rows at most", shell.console.max_rows)),
        Err(_) => report(&format!("error: `{number}` is not a number of rows")),
    }
    Flow::Continue
}

fn timing(shell: &mut Shell<'_>, choice: &str) -> Flow {
    match choice.to_ascii_lowercase().as_str() {
        "" => shell.console.timing = !shell.console.timing,
        "on" => shell.console.timing = true,
        "off" => shell.console.timing = false,
        other => {
            report(&format!("error: `{other}` is neither on nor off"));
            return Flow::Continue;
        }
    }
    report(if shell.console.timing { "timing is on" } else { "timing is off" });
    Flow::Continue
}

fn set(shell: &mut Shell<'_>, argument: &str) -> Flow {
    let (key, value) = argument.split_once(['=', ' ']).unwrap_or((argument, ""));
    match (key, value.trim().trim_start_matches('=').trim_start()) {
        ("", _) => statement(shell, "SET"),
        (key, "") => statement(shell, &format!("SET {key}")),
        (key, value) => {
            if let Err(error) = shell.console.session.set(key, value) {
                report(&crate::cli::describe(&error));
            }
            Flow::Continue
        }
    }
}

fn show_help(_: &mut Shell<'_>, _: &str) -> Flow {
    print(&help::commands())
}

fn leave(_: &mut Shell<'_>, _: &str) -> Flow {
    Flow::Leave
}

/// Runs a statement that a command stands for.
fn statement(shell: &mut Shell<'_>, text: &str) -> Flow {
    shell.statements("command", text);
    Flow::Continue
}

fn print(text: &str) -> Flow {
    if let Err(error) = Sink::Output.write(text).and_then(|()| Sink::Output.finish()) {
        report(&format!("error: cannot print: {error}"));
    }
    Flow::Continue
}

fn missing(argument: &str, command: &str) -> Flow {
    report(&format!("error: {command} needs {argument}"));
    Flow::Continue
}

fn like(pattern: &str) -> String {
    match pattern {
        "" => String::new(),
        pattern => format!(" LIKE '{}'", pattern.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

/// A name as the user typed it, with backquotes put where it needs them.
fn name_in_sql(name: &str) -> String {
    if name.contains(['`', ' ']) {
        return name.to_owned();
    }
    name.split('.').map(quote_if_needed).collect::<Vec<_>>().join(".")
}

fn unquoted(file: &str) -> &str {
    let inner = |quote: char| file.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('\'').or_else(|| inner('"')).unwrap_or(file)
}
