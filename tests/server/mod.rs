//! The built server, spoken to by the clients that people use.
//!
//! `tests/server/*.sql` are sessions of psql: what is typed stands in the file, what psql prints in the `.out` beside it.
//! `tests/server/*.py` are programs that drive one client library each and fail with an exception. Both get a server of
//! their own. Where a client cannot be had (no psql, no network for PyPI) its tests say so and pass.

mod frames;
mod process;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};

use crate::program;
use crate::slt::files_below;
use process::Server;

/// What the programs need of PyPI.
const PACKAGES: &[&str] = &["asyncpg==0.30.0", "psycopg[binary]==3.2.9", "psycopg2-binary==2.9.10"];

pub fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server");
    let name = |file: &Path| format!("server::{}", file.file_name().unwrap_or_default().to_string_lossy());
    let mut trials: Vec<Trial> =
        files_below(&folder, "sql").into_iter().map(|file| Trial::test(name(&file), move || psql(&file))).collect();
    let programs = files_below(&folder, "py").into_iter();
    trials.extend(programs.map(|file| Trial::test(name(&file), move || python(&file))));
    trials.extend(frames::trials());
    trials.extend(process::trials());
    trials
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests is to see what did not run")]
fn skip(why: &str) -> Result<(), Failed> {
    println!("skipped: {why}");
    Ok(())
}

/// What psql prints for a file, compared with what it printed before.
fn psql(file: &Path) -> Result<(), Failed> {
    if Command::new("psql").arg("--version").output().is_err() {
        return skip("there is no psql (Debian: postgresql-client)");
    }
    let server = Server::start(&[])?;
    let mut command = Command::new("psql");
    server.environment(&mut command);
    command.args(["-X", "-q", "-a", "-v", "VERBOSITY=verbose", "-v", "SHOW_CONTEXT=never"]);
    command.env("PGAPPNAME", "psql").stdin(fs::File::open(file)?);
    // Errors go where rows go, in their order.
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn()?;
    drop(command);
    let printed = std::io::read_to_string(reader)?;
    child.wait()?;
    let expected_file = file.with_extension("out");
    if std::env::var_os("SKEP_UPDATE").is_some() {
        fs::write(&expected_file, &printed)?;
        return Ok(());
    }
    let expected = fs::read_to_string(&expected_file).unwrap_or_default();
    match program::difference(&expected, &printed, |expected, actual| expected == actual) {
        None => Ok(()),
        Some(difference) => Err(difference.into()),
    }
}

/// Runs a program; the port of its server is in the environment.
fn python(file: &Path) -> Result<(), Failed> {
    let Some(interpreter) = environment() else {
        return skip("the packages of the clients cannot be had from PyPI");
    };
    let server = Server::start(&[])?;
    let mut command = Command::new(interpreter);
    server.environment(&mut command);
    command.arg(file).env("SKEP_SERVER_PROCESS", server.id().to_string());
    program::output_of(&mut command)?;
    Ok(())
}

/// The interpreter of a virtual environment with the clients in it, made once.
fn environment() -> Option<&'static Path> {
    static INTERPRETER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = INTERPRETER.get_or_init(|| {
        let folder =
            std::env::temp_dir().join(format!("skep-clients-{}", PACKAGES.join("-").replace(['[', ']', '='], "")));
        let interpreter = folder.join("bin/python");
        let works = |interpreter: &Path| {
            let imports = "import asyncpg, psycopg, psycopg2";
            let run = Command::new(interpreter).args(["-c", imports]).stderr(Stdio::null()).status();
            run.is_ok_and(|status| status.success())
        };
        if !works(&interpreter) {
            let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status().ok()?;
            let mut install = Command::new(&interpreter);
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
            if !made.success() || !install.status().ok()?.success() {
                return None;
            }
        }
        works(&interpreter).then_some(interpreter)
    });
    made.as_deref()
}
