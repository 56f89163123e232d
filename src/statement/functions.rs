//! SHOW FUNCTIONS and DESCRIBE FUNCTION.

use crate::catalog::{Function, FunctionDefinition, FunctionResult};
use crate::error::Result;
use crate::functions;
use crate::session::privileges::check_function;
use crate::session::{database_name, full_function_name};
use crate::sql::ast::{FunctionScope, ObjectName};
use crate::types::{StructField, quote_if_needed};

use super::answer::{answer, text};
use super::database::existing;
use super::drop_function::unresolved;
use super::pattern::Pattern;
use super::running::Running;
use super::{Outcome, RowsKind};

/// Built-in functions, then those of the database, then those of the session, each only if asked for.
pub(super) async fn show_functions(
    running: &Running<'_>,
    scope: FunctionScope,
    database: Option<&ObjectName>,
    pattern: Option<&str>,
) -> Result<Outcome> {
    if let Some(name) = database {
        existing(running, name).await?;
    }
    let pattern = Pattern::new(pattern);
    let mut names: Vec<String> = Vec::new();
    if matches!(scope, FunctionScope::All | FunctionScope::System) {
        let builtin = functions::all().flat_map(functions::Function::names).filter(|name| pattern.matches(name));
        names.extend(builtin.map(str::to_owned));
    }
    if matches!(scope, FunctionScope::All | FunctionScope::User) {
        let database = match database {
            Some(name) => database_name(name)?,
            None => running.context.current_database.to_string(),
        };
        let catalog = running.catalog().await?;
        let own = running.reader.privileges().await?;
        let mut stored = catalog.functions(&database).await?;
        stored.retain(|name| pattern.matches(name));
        if !own.is_unlimited() {
            let mut callable = Vec::new();
            for name in stored {
                let function = catalog.function(&database, &name).await?;
                if function.is_some_and(|function| check_function(&own, &function).is_ok()) {
                    callable.push(name);
                }
            }
            stored = callable;
        }
        names.extend(
            stored
                .into_iter()
                .map(|name| format!("spark_catalog.{}.{}", quote_if_needed(&database), quote_if_needed(&name))),
        );
        let temporary = running.session.temporary_functions();
        names.extend(temporary.iter().map(|function| function.name.clone()).filter(|name| pattern.matches(name)));
    }
    names.sort_unstable();
    answer(RowsKind::Command, vec![text("function", names)])
}

pub(super) async fn describe_function(running: &Running<'_>, name: &ObjectName, extended: bool) -> Result<Outcome> {
    let builtin = match name.parts.as_slice() {
        [single] => functions::lookup(&single.value),
        _ => None,
    };
    let lines = match builtin {
        Some(function) => builtin_lines(function, &name.last().value, extended),
        None => match running.reader.find_function(name).await? {
            Some(function) => user_lines(&function, extended),
            None => {
                let known = functions::all().map(|function| function.name);
                return Err(unresolved(running, name).suggest(&name.last().value, known));
            }
        },
    };
    answer(RowsKind::Command, vec![text("function_desc", lines)])
}

fn builtin_lines(function: &functions::Function, name: &str, extended: bool) -> Vec<String> {
    let mut lines = vec![format!("Function: {name}"), format!("Usage: {}", function.usage)];
    if extended {
        let mut usage = "Extended Usage:\n".to_owned();
        if function.examples.is_empty() {
            usage.push_str(&format!("    No example/argument for {name}.\n"));
        } else {
            usage.push_str("    Examples:\n");
            for example in function.examples {
                usage.push_str(&format!("      > {example};\n"));
            }
        }
        lines.push(usage);
    }
    lines
}

fn user_lines(function: &Function, extended: bool) -> Vec<String> {
    let FunctionDefinition { parameters, returns, body, .. } = &function.definition;
    let kind = match returns {
        FunctionResult::Value(_) => "SCALAR",
        FunctionResult::Table(_) => "TABLE",
    };
    let mut lines = vec![format!("Function: {}", full_function_name(function)), format!("Type: {kind}")];
    let mut listed = |label: &str, entries: Vec<String>| {
        let entries = if entries.is_empty() { vec!["()".to_owned()] } else { entries };
        for (n, entry) in entries.into_iter().enumerate() {
            lines.push(if n == 0 {
                format!("{label}: {entry}")
            } else {
                format!("{:width$}  {entry}", "", width = label.len())
            });
        }
    };
    let parameter_lines = parameters.iter().map(|parameter| {
        let mut line = format!("{} {}", parameter.name, parameter.data_type.sql());
        if let Some(default) = &parameter.default {
            line.push_str(&format!(" DEFAULT {default}"));
        }
        if let Some(comment) = &parameter.comment {
            line.push_str(&format!(" COMMENT '{comment}'"));
        }
        line
    });
    listed("Input", parameter_lines.collect());
    let returned = match returns {
        FunctionResult::Value(data_type) => vec![data_type.sql()],
        FunctionResult::Table(columns) => columns.iter().map(column_line).collect(),
    };
    listed("Returns", returned);
    let definition = &function.definition;
    if let Some(comment) = &definition.comment {
        lines.push(format!("Comment: {comment}"));
    }
    if extended {
        lines.push(format!("Deterministic: {}", definition.is_deterministic));
        let access = if definition.reads_data { "READS SQL DATA" } else { "CONTAINS SQL" };
        lines.push(format!("Data Access: {access}"));
        lines.push(format!("Owner: {}", definition.owner));
        lines.push(format!("Body: {body}"));
    }
    lines
}

fn column_line(column: &StructField) -> String {
    format!("{} {}", column.name, column.data_type.sql())
}
