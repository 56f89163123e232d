//! Frames that no well-behaved client sends: each is answered with an error or a closed connection, and the server goes
//! on serving others.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::process::Server;

/// What is sent, and which SQLSTATE must come back (empty: the connection is closed).
type Case = (&'static str, fn() -> Vec<u8>, &'static str);

/// Before a session has begun.
const OPENINGS: &[Case] = &[
    ("nothing", Vec::new, ""),
    ("half a length", || vec![0, 0], ""),
    ("a length of zero", || vec![0, 0, 0, 0, 0, 3, 0, 0], "08P01"),
    ("a negative length", || vec![0xff; 8], "08P01"),
    ("a huge length", || vec![0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0], "54000"),
    ("version 2", || vec![0, 0, 0, 9, 0, 2, 0, 0, 0], "0A000"),
    ("names that do not end", || vec![0, 0, 0, 12, 0, 3, 0, 0, b'u', b's', b'e', b'r'], "08P01"),
    ("no user", || vec![0, 0, 0, 9, 0, 3, 0, 0, 0], "28000"),
    ("another protocol", || b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), "54000"),
    ("a key that is none", || [&[0, 0, 0, 16, 4, 210, 22, 46][..], &[0, 0, 0, 1, 0, 0, 0, 0]].concat(), ""),
];

/// In a session. After each a plain query must work, unless the connection is closed.
const FRAMES: &[Case] = &[
    ("an unknown type", || vec![b'!', 0, 0, 0, 4], "08P01"),
    ("a negative length", || vec![b'Q', 0xff, 0xff, 0xff, 0xff], "08P01"),
    ("a length of three", || vec![b'Q', 0, 0, 0, 3], "08P01"),
    ("a huge length", || vec![b'Q', 0x7f, 0xff, 0xff, 0xff], "54000"),
    ("a text that does not end", || frame(b'Q', b"SELECT 1"), "08P01"),
    ("no UTF-8", || frame(b'Q', b"SELECT '\xff'\0"), "22021"),
    ("a short Bind", || [frame(b'B', b"\0\0\xff\xff"), sync()].concat(), "08P01"),
    ("a Bind of nothing", || [frame(b'B', b"\0nobody\0\0\0\0\0\0\0"), sync()].concat(), "26000"),
    (
        "a value longer than its frame",
        || [frame(b'B', b"\0\0\0\0\0\x01\x7f\xff\xff\xff\0\0"), sync()].concat(),
        "08P01",
    ),
    ("Execute of nothing", || [execute(b"nobody", 0), sync()].concat(), "34000"),
    ("Describe of neither", || [frame(b'D', b"X\0"), sync()].concat(), "08P01"),
    ("two statements in one Parse", || [frame(b'P', b"\0SELECT 1; SELECT 2\0\0\0"), sync()].concat(), "42601"),
    ("Execute before Bind", || [execute(b"", 0), sync()].concat(), "34000"),
    ("COPY data out of place", || [frame(b'd', b"1\n"), frame(b'c', b""), query("SELECT 1/0")].concat(), "22012"),
    ("a password out of place", || frame(b'p', b"secret\0"), "08P01"),
    ("max_rows of -1", || rows_of("SELECT 1", -1), "SELECT 1"),
    ("max_rows of i32::MAX", || rows_of("SELECT 1", i32::MAX), "SELECT 1"),
    (
        "a FETCH of more than there is",
        || query("BEGIN; DECLARE c CURSOR FOR SELECT 1; FETCH 9000000000000000000 FROM c; COMMIT"),
        "FETCH 1",
    ),
    ("a FETCH of more than a number holds", || query("FETCH 99999999999999999999 FROM c"), "42601"),
    ("an empty query", || query(" ; -- nothing"), "I\0\0\0\x04"),
];

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("server::malformed_openings", || each(OPENINGS, |server| server.connect())),
        Trial::test("server::malformed_frames", || each(FRAMES, login)),
        Trial::test("server::long_statement", long_statement),
        Trial::test("server::many_connections", many_connections),
    ]
}

fn each(cases: &[Case], connect: fn(&Server) -> Result<TcpStream, Failed>) -> Result<(), Failed> {
    let server = Server::start(&[])?;
    for (name, bytes, expected) in cases {
        let mut client = connect(&server)?;
        client.write_all(&bytes())?;
        // Who says no more is gone, and gets no answer to what still runs: the answer first.
        client.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        let holds = |answer: &[u8]| answer.windows(expected.len().max(1)).any(|part| part == expected.as_bytes());
        while !expected.is_empty() && !holds(&answer) {
            match client.read(&mut part) {
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&part[..count]),
            }
        }
        let _ = client.shutdown(std::net::Shutdown::Write);
        // A connection that is reset has been closed too.
        let _ = client.read_to_end(&mut answer);
        if !expected.is_empty() && !holds(&answer) {
            return Err(format!("{name}: {:?}", String::from_utf8_lossy(&answer)).into());
        }
        let mut other = login(&server)?;
        other.write_all(&query("SELECT 'alive'"))?;
        read_until(&mut other, b"alive")?;
    }
    Ok(())
}

/// A statement of 100 MB is read, and answered.
fn long_statement() -> Result<(), Failed> {
    let server = Server::start(&[])?;
    let mut client = login(&server)?;
    let mut text = String::from("SELECT 'found' -- ");
    text.push_str(&"x".repeat(100 << 20));
    client.write_all(&query(&text))?;
    read_until(&mut client, b"found")
}

/// Those that find no place are told so, and the others go on.
fn many_connections() -> Result<(), Failed> {
    let server = Server::start(&["--conf", "skep.server.connections=20"])?;
    let clients: Vec<TcpStream> = (0..20).map(|_| login(&server)).collect::<Result<_, _>>()?;
    let mut refused = server.connect()?;
    refused.write_all(&startup())?;
    read_until(&mut refused, b"53300")?;
    for mut client in clients {
        client.write_all(&query("SELECT 'alive'"))?;
        read_until(&mut client, b"alive")?;
    }
    Ok(())
}

/// A session that is ready for a query.
pub fn login(server: &Server) -> Result<TcpStream, Failed> {
    let mut client = server.connect()?;
    client.write_all(&startup())?;
    read_until(&mut client, b"Z\0\0\0\x05I")?;
    Ok(client)
}

fn startup() -> Vec<u8> {
    let parameters = b"\0\x03\0\0user\0tester\0database\0skep\0\0";
    [&((parameters.len() + 4) as u32).to_be_bytes()[..], parameters].concat()
}

fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &((body.len() + 4) as u32).to_be_bytes(), body].concat()
}

fn query(text: &str) -> Vec<u8> {
    frame(b'Q', format!("{text}\0").as_bytes())
}

fn sync() -> Vec<u8> {
    frame(b'S', b"")
}

fn execute(portal: &[u8], max_rows: i32) -> Vec<u8> {
    frame(b'E', &[portal, b"\0", &max_rows.to_be_bytes()].concat())
}

fn rows_of(text: &str, max_rows: i32) -> Vec<u8> {
    let parse = frame(b'P', format!("\0{text}\0\0\0").as_bytes());
    let bind = frame(b'B', b"\0\0\0\0\0\0\0\0");
    [parse, bind, execute(b"", max_rows), sync()].concat()
}

fn read_until(client: &mut TcpStream, wanted: &[u8]) -> Result<(), Failed> {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = client.read(&mut chunk)?;
        read.extend_from_slice(&chunk[..count]);
        if read.windows(wanted.len()).any(|part| part == wanted) {
            return Ok(());
        }
        if count == 0 {
            return Err(format!("closed after {:?}", String::from_utf8_lossy(&read)).into());
        }
    }
}
