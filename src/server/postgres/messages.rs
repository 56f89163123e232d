//! What the server sends, appended to a buffer.

use super::encode::Described;

/// Appends a message: its kind, its length, and what `body` writes.
pub fn message(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(kind);
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    body(out);
    let length = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// Messages without a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Plain {
    ParseComplete = b'1',
    BindComplete = b'2',
    CloseComplete = b'3',
    NoData = b'n',
    PortalSuspended = b's',
    EmptyQuery = b'I',
    CopyDone = b'c',
}

pub fn plain(out: &mut Vec<u8>, which: Plain) {
    message(out, which as u8, |_| {});
}

/// Where a transaction block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Block {
    #[default]
    None = b'I',
    Open = b'T',
    Failed = b'E',
}

pub fn ready(out: &mut Vec<u8>, block: Block) {
    message(out, b'Z', |out| out.push(block as u8));
}

pub fn authentication_ok(out: &mut Vec<u8>) {
    authentication(out, 0, &[]);
}

/// One step of proving who somebody is.
pub fn authentication(out: &mut Vec<u8>, code: u32, data: &[u8]) {
    message(out, b'R', |out| {
        out.extend_from_slice(&code.to_be_bytes());
        out.extend_from_slice(data);
    });
}

pub fn parameter_status(out: &mut Vec<u8>, name: &str, value: &str) {
    message(out, b'S', |out| {
        string(out, name);
        string(out, value);
    });
}

pub fn key_data(out: &mut Vec<u8>, process: i32, key: i32) {
    message(out, b'K', |out| {
        out.extend_from_slice(&process.to_be_bytes());
        out.extend_from_slice(&key.to_be_bytes());
    });
}

/// The server speaks an older version than the client asked for, and not these options.
pub fn negotiate_version(out: &mut Vec<u8>, unknown_options: &[&str]) {
    message(out, b'v', |out| {
        out.extend_from_slice(&0_u32.to_be_bytes());
        out.extend_from_slice(&(unknown_options.len() as u32).to_be_bytes());
        unknown_options.iter().for_each(|option| string(out, option));
    });
}

pub fn command_complete(out: &mut Vec<u8>, tag: &str) {
    message(out, b'C', |out| string(out, tag));
}

/// A column as RowDescription has it.
pub fn row_description<'a>(out: &mut Vec<u8>, columns: impl ExactSizeIterator<Item = (&'a str, Described, bool)>) {
    message(out, b'T', |out| {
        out.extend_from_slice(&(columns.len() as u16).to_be_bytes());
        for (name, described, binary) in columns {
            string(out, name);
            // Of no table: clients that see a table ask for its columns.
            out.extend_from_slice(&[0; 6]);
            out.extend_from_slice(&described.oid.0.to_be_bytes());
            out.extend_from_slice(&described.size.to_be_bytes());
            out.extend_from_slice(&described.modifier.to_be_bytes());
            out.extend_from_slice(&u16::from(binary).to_be_bytes());
        }
    });
}

pub fn parameter_description(out: &mut Vec<u8>, types: &[u32]) {
    message(out, b't', |out| {
        out.extend_from_slice(&(types.len() as u16).to_be_bytes());
        types.iter().for_each(|oid| out.extend_from_slice(&oid.to_be_bytes()));
    });
}

/// CopyInResponse (`G`) or CopyOutResponse (`H`).
pub fn copy_response(out: &mut Vec<u8>, kind: u8, binary: bool, columns: usize) {
    message(out, kind, |out| {
        out.push(u8::from(binary));
        out.extend_from_slice(&(columns as u16).to_be_bytes());
        (0..columns).for_each(|_| out.extend_from_slice(&u16::from(binary).to_be_bytes()));
    });
}

/// An error (`E`) or a notice (`N`) as its fields: a letter and a text each.
pub fn report(out: &mut Vec<u8>, kind: u8, fields: &[(u8, &str)]) {
    message(out, kind, |out| {
        for (letter, text) in fields {
            out.push(*letter);
            string(out, text);
        }
        out.push(0);
    });
}

/// Zero bytes would end the text.
fn string(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.push(0);
}
