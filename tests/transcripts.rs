//! Console transcripts: every `tests/shell/*.md`, and the README, is a test that runs what its ```` ```console ```` blocks
//! show and compares what they say.
//!
//! ````text
//! ```console
//! $ skep -e "SELECT 1"        a command of the shell; `skep` is the binary that was just built
//! 1                           what it prints, standard output and standard error in one
//! $ cat > two.sql <<'END'     `> ` goes on with the command of the line before
//! > SELECT 2;
//! > END
//! ```
//! ````
//!
//! A block ```` ```sql file=NAME ```` is a file that is there for the commands after it. All commands of one document run
//! in one folder that is empty at first, where `data` and `sql` are the project's. A command that fails says so in a last
//! line `[exit status N]`. `SKEP_UPDATE=1` writes what the commands print into the document.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use regex::Regex;

/// A command that takes longer hangs.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// One test for each document.
pub fn trials() -> Vec<Trial> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents: Vec<PathBuf> = fs::read_dir(root.join("tests/shell"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    documents.sort();
    documents.extend(Some(root.join("README.md")).filter(|readme| readme.exists()));
    documents
        .into_iter()
        .map(|document| {
            let name = document.strip_prefix(root).unwrap_or(&document).with_extension("");
            let name = name.strip_prefix("tests").unwrap_or(&name).display().to_string();
            Trial::test(name, move || check(&document))
        })
        .collect()
}

fn check(document: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(document)?;
    let folder = tempfile::tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for shared in ["data", "sql"] {
        if root.join(shared).exists() {
            std::os::unix::fs::symlink(root.join(shared), folder.path().join(shared))?;
        }
    }
    let actual = play(&text, folder.path())?;
    if actual == text {
        return Ok(());
    }
    if std::env::var_os("SKEP_UPDATE").is_some() {
        fs::write(document, actual)?;
        return Ok(());
    }
    Err(difference(&text, &actual).into())
}

/// The document with what the commands print now.
fn play(text: &str, folder: &Path) -> Result<String, Failed> {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if let Some(name) = line.strip_prefix("```").and_then(|info| info.split_once(" file=")).map(|(_, name)| name) {
            let mut content = String::new();
            for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                content.push_str(line);
                content.push('\n');
            }
            fs::write(folder.join(name.trim()), &content)?;
            out.push_str(&content);
            out.push_str("```\n");
        } else if line.trim() == "```console" {
            while let Some(line) = lines.next() {
                if line.starts_with("```") {
                    out.push_str(line);
                    out.push('\n');
                    break;
                }
                // What is not a command was printed by the one before, and is written anew.
                let Some(first) = line.strip_prefix("$ ") else { continue };
                out.push_str(line);
                out.push('\n');
                let mut command = first.to_owned();
                while let Some(more) = lines.next_if(|line| line.starts_with("> ") || *line == ">") {
                    out.push_str(more);
                    out.push('\n');
                    command.push('\n');
                    command.push_str(more.get(2..).unwrap_or_default());
                }
                out.push_str(&run(&command, folder)?);
            }
        }
    }
    Ok(out)
}

/// What the command prints, with what differs from run to run made equal.
fn run(command: &str, folder: &Path) -> Result<String, Failed> {
    let binary = Path::new(env!("CARGO_BIN_EXE_skep"));
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = binary.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&paths));
    let mut child = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths)?)
        .env("HOME", folder)
        .env_remove("SKEP_WAREHOUSE")
        .env_remove("SKEP_LOG")
        .env_remove("XDG_DATA_HOME")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut output = child.stdout.take().ok_or("the command has no output")?;
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).map(|_| bytes)
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > TIME_LIMIT {
            child.kill()?;
            child.wait()?;
            return Err(format!("this command does not end:\n{command}").into());
        }
        thread::sleep(Duration::from_millis(2));
    };
    let bytes = reader.join().map_err(|_| "the output could not be read")??;
    let mut text = steady(&String::from_utf8_lossy(&bytes), folder)?;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if let Some(code) = status.code().filter(|code| *code != 0) {
        text.push_str(&format!("[exit status {code}]\n"));
    }
    Ok(text)
}

/// Times and the name of the folder are replaced.
fn steady(text: &str, folder: &Path) -> Result<String, Failed> {
    let seconds = Regex::new(r"\b\d+\.\d\d s\b")?;
    let milliseconds = Regex::new(r#""ms":\d+\.\d"#)?;
    let text = seconds.replace_all(text, "0.00 s");
    let text = milliseconds.replace_all(&text, r#""ms":0.0"#);
    let real = folder.canonicalize()?;
    Ok(text.replace(&*real.to_string_lossy(), "/tmp/here").replace(&*folder.to_string_lossy(), "/tmp/here"))
}

/// The lines around the first that differs.
fn difference(expected: &str, actual: &str) -> String {
    let expected: Vec<&str> = expected.lines().collect();
    let actual: Vec<&str> = actual.lines().collect();
    let same = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let part = |lines: &[&str]| {
        lines.iter().skip(same.saturating_sub(3)).take(13).map(|line| format!("    {line}\n")).collect::<String>()
    };
    format!(
        "line {} differs. Expected:\n{}but the commands print:\n{}SKEP_UPDATE=1 writes that into the document",
        same + 1,
        part(&expected),
        part(&actual)
    )
}
