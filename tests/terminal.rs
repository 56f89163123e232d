//! The shell, driven through a pseudo-terminal as a person does.

use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use expectrl::process::unix::{PtyStream, UnixProcess};
use expectrl::{ControlCode, Eof, Expect, Session};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

/// What the shell does takes no longer than this, even in a debug build on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(30);
pub const PROMPT: &str = "default> ";
const UP: &str = "\x1b[A";

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("shell/terminal/several_lines", several_lines),
        Trial::test("shell/terminal/history", history),
        Trial::test("shell/terminal/completion", completion),
        Trial::test("shell/terminal/cancel", cancel),
        Trial::test("shell/terminal/commands", commands),
        Trial::test("shell/terminal/files", files),
    ]
}

/// A shell in a folder of its own.
pub struct Terminal {
    session: Session<UnixProcess, PtyStream>,
    /// What there is to see.
    pub screen: vt100::Parser,
}

/// Of the screen, in characters.
pub const HEIGHT: NonZero<u16> = NonZero::new(40).expect("not 0");
pub const WIDTH: NonZero<u16> = NonZero::new(100).expect("not 0");

impl Terminal {
    fn open(folder: &TempDir) -> Result<Self, Failed> {
        Self::open_with(folder, &[("NO_COLOR", "1")])
    }

    pub fn open_with(folder: &TempDir, environment: &[(&str, &str)]) -> Result<Self, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
        command
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env("TERM", "xterm")
            .env("PAGER", "cat")
            .env("EDITOR", "cat")
            .env_remove("NO_COLOR")
            .env_remove("XDG_DATA_HOME")
            .env_remove("SKEP_WAREHOUSE")
            .env_remove("VISUAL")
            .envs(environment.iter().copied());
        let mut session = Session::spawn(command)?;
        session.get_process_mut().set_window_size(WIDTH.get(), HEIGHT.get())?;
        session.set_expect_timeout(Some(TIME_LIMIT));
        let mut terminal = Self { session, screen: vt100::Parser::new(HEIGHT, WIDTH, 0) };
        terminal.see(PROMPT)?;
        Ok(terminal)
    }

    /// Waits until the text is printed.
    pub fn see(&mut self, text: &str) -> Result<(), Failed> {
        let found = self.session.expect(text).map_err(|error| format!("waited for {text:?}: {error}"))?;
        self.screen.process(found.before());
        self.screen.process(text.as_bytes());
        Ok(())
    }

    pub fn press(&mut self, keys: &str) -> Result<(), Failed> {
        Ok(self.session.send(keys)?)
    }

    /// Types a line and waits until its end is on the screen, so that what follows is its answer.
    pub fn enter(&mut self, line: &str) -> Result<(), Failed> {
        self.press(line)?;
        self.press("\r")?;
        self.see("\n")
    }

    pub fn control(&mut self, code: ControlCode) -> Result<(), Failed> {
        Ok(self.session.send(code)?)
    }

    /// Leaves with Ctrl-D.
    pub fn leave(mut self) -> Result<(), Failed> {
        self.control(ControlCode::EndOfTransmission)?;
        self.session.expect(Eof)?;
        Ok(())
    }
}

/// A statement goes on until its semicolon; an error does not end the shell.
fn several_lines() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut terminal = Terminal::open(&folder)?;
    terminal.enter("SELECT 'a;b',")?;
    terminal.enter("  40 +")?;
    terminal.enter("  2 AS answer;")?;
    terminal.see("42")?;
    terminal.see("1 row in")?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT 1; SELECT nosuch; SELECT 3;")?;
    terminal.see("1 row in")?;
    terminal.see("error[UNRESOLVED_COLUMN")?;
    terminal.see(PROMPT)?;
    // Ctrl-C at the prompt throws away what was typed.
    terminal.press("SELECT 'thrown away")?;
    terminal.control(ControlCode::EndOfText)?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT 'kept';")?;
    terminal.see("kept")?;
    terminal.see(PROMPT)?;
    terminal.leave()
}

/// What was typed comes back with the arrow and with Ctrl-R, also in the next shell.
fn history() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut terminal = Terminal::open(&folder)?;
    terminal.enter("SELECT 'first' AS a;")?;
    terminal.see("1 row in")?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT 'second' AS a;")?;
    terminal.see("1 row in")?;
    terminal.see(PROMPT)?;
    terminal.press(UP)?;
    terminal.see("SELECT 'second' AS a;")?;
    terminal.press(UP)?;
    terminal.see("first")?;
    terminal.press("\r")?;
    terminal.see("1 row in")?;
    terminal.see(PROMPT)?;
    terminal.leave()?;

    let mut terminal = Terminal::open(&folder)?;
    terminal.control(ControlCode::DeviceControl2)?;
    terminal.press("sec")?;
    terminal.see("second")?;
    terminal.press("\r")?;
    terminal.see("1 row in")?;
    terminal.see(PROMPT)?;
    terminal.leave()
}

/// Tab completes keywords, tables, columns and commands.
fn completion() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut terminal = Terminal::open(&folder)?;
    terminal.enter("CREATE TABLE observations (place STRING, temperature DOUBLE);")?;
    terminal.see("done in")?;
    terminal.see(PROMPT)?;
    terminal.press("SELECT tempe FROM observ\t")?;
    terminal.see("observations")?;
    // Ctrl-A, five words... the column is completed where it stands.
    terminal.control(ControlCode::StartOfHeading)?;
    terminal.press(&"\x1b[C".repeat("SELECT tempe".len()))?;
    terminal.press("\t")?;
    terminal.see("temperature")?;
    terminal.control(ControlCode::Enquiry)?;
    terminal.press(";\r")?;
    terminal.see("0 rows in")?;
    terminal.see(PROMPT)?;
    terminal.press("SELECT observations.pl\t")?;
    terminal.see("place")?;
    terminal.control(ControlCode::EndOfText)?;
    terminal.see(PROMPT)?;
    terminal.press("\\tim\t")?;
    terminal.see("\\timing")?;
    terminal.press("\r")?;
    terminal.see("timing is off")?;
    terminal.see(PROMPT)?;
    terminal.press("sel\t")?;
    terminal.see("select")?;
    terminal.control(ControlCode::EndOfText)?;
    terminal.see(PROMPT)?;
    terminal.leave()
}

/// Ctrl-C stops the statement and not the shell.
fn cancel() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut terminal = Terminal::open(&folder)?;
    terminal.enter("SELECT sum(a.id * b.id % 7) FROM range(10000000) a CROSS JOIN range(10000000) b;")?;
    sleep(Duration::from_millis(800));
    terminal.control(ControlCode::EndOfText)?;
    terminal.see("cancelled")?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT 'still ' || 'here';")?;
    terminal.see("still here")?;
    terminal.see(PROMPT)?;
    terminal.leave()
}

/// The shell's own commands.
fn commands() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut terminal = Terminal::open(&folder)?;
    terminal.enter("\\?")?;
    terminal.see("\\timing [on|off]")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\h truncate")?;
    terminal.see("TRUNCATE TABLE name")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\nonsense")?;
    terminal.see("there is no command `\\nonsense`")?;
    terminal.see(PROMPT)?;
    terminal.enter("CREATE TABLE cities (name STRING COMMENT 'in English', people BIGINT);")?;
    terminal.see("done in")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\d cities")?;
    terminal.see("bigint")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\dt")?;
    terminal.see("cities")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\l")?;
    terminal.see("default")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\format ndjson")?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT 1 AS a;")?;
    terminal.see("{\"a\":1}")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\x")?;
    terminal.see("format is vertical")?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT 1 AS abc;")?;
    terminal.see("abc │ 1")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\set spark.sql.session.timeZone Asia/Tokyo")?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT TIMESTAMP '2024-01-01 00:00:00 UTC' AS t;")?;
    terminal.see("2024-01-01 09:00:00")?;
    terminal.see(PROMPT)?;
    terminal.enter("CREATE DATABASE other; USE other;")?;
    terminal.see("other> ")?;
    terminal.press("\\q\r")?;
    terminal.session.expect(Eof)?;
    Ok(())
}

/// `\i`, `\o` and `\e`.
fn files() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("three.sql"), "SELECT 3 AS three;\nSELECT nosuch;\n")?;
    let mut terminal = Terminal::open(&folder)?;
    terminal.enter("\\i three.sql")?;
    terminal.see("three")?;
    terminal.see("three.sql:2:8")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\i nosuch.sql")?;
    terminal.see("cannot read `nosuch.sql`")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\format csv")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\o result.csv")?;
    terminal.see(PROMPT)?;
    terminal.enter("SELECT 1 AS a, 'x,y' AS b;")?;
    terminal.see("1 row in")?;
    terminal.see(PROMPT)?;
    terminal.enter("\\o")?;
    terminal.see("written to")?;
    terminal.see(PROMPT)?;
    assert_file(&folder.path().join("result.csv"), "a,b\n1,\"x,y\"\n")?;
    // The editor, which is `cat` here, leaves the text as it is; it comes back to the prompt.
    terminal.enter("\\e")?;
    terminal.see("default> SELECT 1 AS a, 'x,y' AS b;")?;
    terminal.press("\r")?;
    terminal.see("1,\"x,y\"")?;
    terminal.see(PROMPT)?;
    terminal.leave()
}

fn assert_file(path: &Path, expected: &str) -> Result<(), Failed> {
    let content = std::fs::read_to_string(path)?;
    if content == expected { Ok(()) } else { Err(format!("{} holds {content:?}", path.display()).into()) }
}
