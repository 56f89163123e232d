//! The ways in from a terminal: the interactive shell, scripts, and commands about the warehouse.
//!
//! Results go to standard output, everything else to standard error. Nothing outside of this folder prints.

mod args;
mod console;
mod metastore;
mod panics;
mod progress;
mod run;
mod script;
mod shell;
mod sink;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::activity::Client;
use crate::config::Config;
use crate::error::Error;
use crate::session::{Session, Warehouse};

pub use args::{Arguments, Command, Common, Input, MetastoreAction, ServerOptions};
use console::Console;
pub use panics::keep_quiet as keep_panics_quiet;
use script::Script;

/// Queries that a server runs at a time unless told otherwise. More of them only take memory from one another.
const QUERIES_PER_CORE: usize = 8;

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Success,
    /// A statement failed.
    Failed,
    /// The command line was wrong.
    Usage,
    /// The user stopped a statement.
    Cancelled,
    /// Nobody reads the results any more.
    Unread,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::Success | Status::Unread => 0,
            Status::Failed => 1,
            Status::Usage => 2,
            Status::Cancelled => 130,
        })
    }
}

/// Serves a warehouse until it is told to stop; lines for the user go to the function.
pub type Serve = fn(&Runtime, Arc<Warehouse>, &(dyn Fn(&str) + Sync)) -> Result<(), Error>;

/// Does what the command line says. Statements run on the threads of `workers`.
pub fn run(workers: &Runtime, arguments: &Arguments, serve: Serve) -> Status {
    let warehouse = match open(arguments) {
        Ok(warehouse) => warehouse,
        Err(error) => return usage(&error),
    };
    match &arguments.command {
        Some(Command::Metastore { action }) => workers.block_on(metastore::run(&warehouse, action)),
        Some(Command::Server(_)) => match serve(workers, warehouse, &report) {
            Ok(()) => Status::Success,
            Err(error) => {
                report(&describe(&error));
                Status::Failed
            }
        },
        None => statements(workers, arguments, warehouse),
    }
}

fn open(arguments: &Arguments) -> Result<Arc<Warehouse>, Error> {
    let mut config = config(&arguments.common)?;
    if let Some(Command::Server(options)) = &arguments.command {
        if config.get("skep.queries.running") == Some("auto") {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            config.set("skep.queries.running", &(cores * QUERIES_PER_CORE).to_string())?;
        }
        for (name, value) in options.settings() {
            config.set(name, &value)?;
        }
    }
    Warehouse::open(&arguments.common.warehouse, config)
}

/// The shell, or the scripts of the command line.
fn statements(workers: &Runtime, arguments: &Arguments, warehouse: Arc<Warehouse>) -> Status {
    // All scripts are read before the first statement runs: a file that is missing shall not be noticed halfway.
    let interactive = arguments.inputs.is_empty() && std::io::stdin().is_terminal();
    let inputs = if arguments.inputs.is_empty() && !interactive {
        vec![Input::File("-".into())]
    } else {
        arguments.inputs.clone()
    };
    let init = arguments.init.iter().cloned().map(Input::File);
    let scripts: Vec<Script> = match init.chain(inputs).map(Script::read).collect() {
        Ok(scripts) => scripts,
        Err(unreadable) => {
            report(&format!("error: {unreadable}"));
            return unreadable.status();
        }
    };
    let session = Session::new(warehouse, Client::local());
    for (name, value) in &arguments.define {
        if let Err(error) = session.set(name, value) {
            return usage(&error);
        }
    }
    // This thread has a runtime of its own: Ctrl-C must be heard when all workers are busy.
    let front = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(front) => front,
        Err(error) => {
            report(&format!("error: {error}"));
            return Status::Failed;
        }
    };
    let mut console = Console::new(workers.handle().clone(), Arc::new(session), arguments, interactive);
    if let Some(database) = &arguments.database {
        let status = front.block_on(console.use_database(database));
        if status != Status::Success {
            return status;
        }
    }
    let status = front.block_on(console.run_scripts(&scripts));
    match interactive {
        true if status == Status::Success => shell::run(&front, workers.handle(), console),
        _ => status,
    }
}

fn config(common: &Common) -> Result<Config, Error> {
    let mut config = match &common.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    for (key, value) in &common.conf {
        config.set(key, value)?;
    }
    Ok(config)
}

fn usage(error: &Error) -> Status {
    report(&describe(error));
    Status::Usage
}

/// An error that is not about a place in a text.
fn describe(error: &Error) -> String {
    let mut text = format!("error[{}]: {}", error.condition(), error.message());
    if let Some(hint) = error.help() {
        text.push_str("\nhint: ");
        text.push_str(hint);
    }
    text
}

/// Prints a line to standard error. There is nobody left to tell if that does not work.
fn report(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
