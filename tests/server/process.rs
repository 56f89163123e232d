//! A server in a process of its own, with an empty warehouse; and how it starts and stops.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::program;

/// How long a server may take to start and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Server {
    child: Child,
    pub port: u16,
    _folder: TempDir,
    _errors: BufReader<ChildStderr>,
}

impl Server {
    /// Starts a server for the PostgreSQL protocol and waits until it is ready.
    pub fn start(arguments: &[&str]) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let mut command = command(folder.path(), arguments);
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let errors = child.stderr.take().ok_or("no standard error")?;
        let mut errors = BufReader::new(errors);
        let mut said = String::new();
        loop {
            let mut line = String::new();
            if errors.read_line(&mut line)? == 0 {
                child.wait()?;
                return Err(format!("the server did not start: {said}").into());
            }
            said.push_str(&line);
            let Some(address) = line.strip_prefix("postgres listens on ") else { continue };
            let address = address.split_whitespace().next().unwrap_or_default();
            let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).ok_or("no port")?;
            return Ok(Self { child, port, _folder: folder, _errors: errors });
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What libpq and its like look at.
    pub fn environment(&self, command: &mut Command) {
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string()).env("PGUSER", "tester");
        command.env("PGDATABASE", "skep").env("PGCLIENTENCODING", "UTF8").env_remove("PGPASSWORD");
    }

    pub fn connect(&self) -> Result<TcpStream, Failed> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn signal(&self, name: &str) -> Result<(), Failed> {
        Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status()?;
        Ok(())
    }

    fn ends(&mut self) -> Result<Option<i32>, Failed> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("the server does not end".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(warehouse: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = program::command(warehouse);
    command.args(["server", "--postgres", "127.0.0.1:0", "--http", "off", "--insecure"]);
    command.args(arguments).stdout(Stdio::null());
    command
}

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("server::stops_when_told", stops_when_told),
        Trial::test("server::refuses_unsafe_addresses", refuses_unsafe_addresses),
        Trial::test("server::refuses_broken_certificates", refuses_broken_certificates),
    ]
}

/// An idle client is sent away, and the process ends well.
fn stops_when_told() -> Result<(), Failed> {
    let mut server = Server::start(&[])?;
    let mut client = super::frames::login(&server)?;
    server.signal("TERM")?;
    let mut rest = Vec::new();
    client.read_to_end(&mut rest)?;
    if !rest.windows(5).any(|bytes| bytes == b"57P01") {
        return Err(format!("the client was told {:?}", String::from_utf8_lossy(&rest)).into());
    }
    match server.ends()? {
        Some(0) => Ok(()),
        other => Err(format!("it ended with {other:?}").into()),
    }
}

fn fails_with(arguments: &[&str], expected: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut command = program::command(folder.path());
    let output = command.arg("server").args(arguments).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() || !said.contains(expected) {
        true => Err(format!("{:?}: {said}", output.status).into()),
        false => Ok(()),
    }
}

fn refuses_unsafe_addresses() -> Result<(), Failed> {
    fails_with(&["--postgres", "0.0.0.0:0", "--http", "off"], "is no TLS")?;
    fails_with(&["--postgres", "nonsense", "--http", "off"], "ADDRESS:PORT")?;
    fails_with(&["--postgres", "off", "--http", "off"], "listen nowhere")
}

fn refuses_broken_certificates() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("broken.pem");
    std::fs::File::create(&file)?.write_all(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")?;
    let file = file.to_string_lossy();
    fails_with(&["--tls-cert", &file], "TLS needs a certificate and its key")?;
    fails_with(&["--tls-cert", &file, "--tls-key", &file], "cannot be used")
}
