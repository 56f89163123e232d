//! `kill -9` and Ctrl-C in the middle of INSERT OVERWRITE: afterwards the table is as before or as after, never between, and
//! the next start leaves no stray file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::program::{command, output_of};

/// Where `storage::write` can be told to end the process (`SKEP_CRASH_AT`, in debug builds only).
const STEPS: [&str; 5] = ["before-rename", "between-renames", "after-rename", "before-commit", "after-commit"];

/// Kills at random moments.
const RANDOM_KILLS: u32 = 20;

const ROWS: u64 = 20_000;

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> =
        STEPS.into_iter().map(|step| Trial::test(format!("crash::{step}"), move || crash_at(step))).collect();
    trials.push(Trial::test("crash::random_moments", || random_moments("KILL", None)));
    trials.push(Trial::test("crash::cancelled_at_random_moments", || random_moments("INT", Some(130))));
    for step in ["before-rename", "after-rename", "before-commit", "after-commit"] {
        trials.push(Trial::test(format!("crash::cancelled_{step}"), move || cancelled_at(step)));
    }
    trials
}

fn crash_at(step: &str) -> Result<(), Failed> {
    let table = Table::create()?;
    let output = command(&table.warehouse).env("SKEP_CRASH_AT", step).arg("-e").arg(overwrite(1)).output()?;
    if output.status.code().is_some() {
        return Err(format!("the process did not crash at `{step}`: {}", output.status).into());
    }
    table.is_whole(0, 1)?;
    // And it can be written again.
    output_of(command(&table.warehouse).arg("-e").arg(overwrite(2)))?;
    table.is_whole(2, 2).map(drop)
}

/// Once it moves files the statement goes to its end, and says so.
fn cancelled_at(step: &str) -> Result<(), Failed> {
    let table = Table::create()?;
    let mut command = command(&table.warehouse);
    let process = command.env("SKEP_PAUSE_AT", step).arg("-e").arg(overwrite(1)).stderr(Stdio::piped()).spawn()?;
    let moved = || table.hidden().is_ok_and(|hidden| hidden.iter().any(|path| path.contains("_staging")));
    while !moved() {
        thread::sleep(Duration::from_millis(5));
    }
    // The rows are written in much less than the pause.
    thread::sleep(Duration::from_millis(600));
    send("INT", process.id())?;
    let output = process.wait_with_output()?;
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() != Some(130) || !message.contains("too late to cancel") {
        return Err(format!("cancelled at `{step}`: {}\n{message}", output.status).into());
    }
    table.is_whole(1, 1).map(drop)
}

fn send(signal: &str, process: u32) -> Result<(), Failed> {
    Command::new("kill").args(["-s", signal, &process.to_string()]).status()?;
    Ok(())
}

/// Processes that are sent a signal; `status` is what they end with if they listen for it.
fn random_moments(signal: &str, status: Option<i32>) -> Result<(), Failed> {
    let table = Table::create()?;
    let started = Instant::now();
    output_of(command(&table.warehouse).arg("-e").arg(overwrite(1)))?;
    let whole = started.elapsed();
    let mut version = 1;
    for number in 0..RANDOM_KILLS {
        // One moment in each twentieth of the time that a run takes, at random within it.
        let moment = whole.mul_f64((f64::from(number) + rand::random::<f64>()) / f64::from(RANDOM_KILLS));
        let mut process =
            command(&table.warehouse).arg("-e").arg(overwrite(version + 1)).stderr(Stdio::null()).spawn()?;
        thread::sleep(moment);
        send(signal, process.id())?;
        let ended = process.wait()?;
        let failed = |what: &str| {
            Failed::from(format!("SIG{signal} after {} of {} ms: {what}", moment.as_millis(), whole.as_millis()))
        };
        // The versions the table may have now.
        let (old, new) = match ended.code() {
            Some(0) => (version + 1, version + 1),
            code @ Some(_) if code == status => (version, version + 1),
            Some(_) => return Err(failed(&format!("the process ended with {ended}"))),
            None if status.is_none() => (version, version + 1),
            // Before the program listens for a signal it ends as any other does: that must be before it writes.
            None => match table.hidden()?.as_slice() {
                [] => (version, version),
                left => return Err(failed(&format!("did not listen, and left {}", left.join(", ")))),
            },
        };
        version = table.is_whole(old, new).map_err(|why| failed(why.message().unwrap_or_default()))?;
    }
    Ok(())
}

/// All rows of one version, in four partitions.
fn overwrite(version: u64) -> String {
    format!("INSERT OVERWRITE t SELECT id, {version} AS version, id % 4 AS k FROM range({ROWS})")
}

struct Table {
    _folder: tempfile::TempDir,
    warehouse: PathBuf,
}

impl Table {
    fn create() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let warehouse = folder.path().join("warehouse");
        let create = "CREATE TABLE t (id BIGINT, version INT, k BIGINT) USING parquet PARTITIONED BY (k)";
        output_of(command(&warehouse).args(["-e", create, "-e", &overwrite(0)]))?;
        Ok(Self { _folder: folder, warehouse })
    }

    /// Checks that all rows are of one version, old or new, and gives it.
    fn is_whole(&self, old: u64, new: u64) -> Result<u64, Failed> {
        let count = "SELECT version, count(*), count(DISTINCT k) FROM t GROUP BY version ORDER BY version";
        let rows = output_of(command(&self.warehouse).args(["-e", count]))?;
        let expected = |version: u64| format!("{version}\t{ROWS}\t4\n");
        let version = [old, new].into_iter().find(|version| rows == expected(*version));
        let version = version.ok_or_else(|| Failed::from(format!("neither version {old} nor {new} but:\n{rows}")))?;
        self.has_no_strays()?;
        output_of(command(&self.warehouse).args(["metastore", "check"]))?;
        Ok(version)
    }

    fn hidden(&self) -> std::io::Result<Vec<String>> {
        hidden_names(&self.warehouse.join("t"))
    }

    /// Only folders of partitions, and in them only files that a reader without the metastore may read: the same rows.
    fn has_no_strays(&self) -> Result<(), Failed> {
        let folder = self.warehouse.join("t");
        let strays = self.hidden()?;
        if !strays.is_empty() {
            return Err(format!("stray files: {}", strays.join(", ")).into());
        }
        let on_disk = format!("SELECT count(*) FROM parquet.`{}`", folder.display());
        let rows = output_of(command(&self.warehouse).args(["-e", &on_disk]))?;
        if rows != format!("{ROWS}\n") {
            return Err(format!("the folder holds {} rows, the table {ROWS}", rows.trim()).into());
        }
        Ok(())
    }
}

/// Everything below a folder whose name readers ignore.
fn hidden_names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['_', '.']));
        if hidden {
            found.push(path.display().to_string());
        } else if path.is_dir() {
            found.extend(hidden_names(&path)?);
        }
    }
    Ok(found)
}
