//! What clients send, cut out of the stream and read.
//!
//! Nothing here trusts a length or a count: a frame is read within its own bytes, its size is checked before memory is
//! taken for it, and whatever does not fit is an error. (`pgwire` reads beyond the end of short frames.)

use bytes::{Buf, Bytes, BytesMut};

/// Frames of clients that have not proved who they are.
pub const LARGEST_BEFORE_LOGIN: usize = 64 << 10;
/// As PostgreSQL has it.
pub const LARGEST: usize = (1 << 30) - 2;

/// Codes in place of a protocol version.
const CANCEL_REQUEST: u32 = 80_877_102;
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

/// Why a frame cannot be read. The connection cannot go on after it, unless only the body was wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("invalid message length {0}")]
    Length(i64),
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
    #[error("invalid frontend message type {0}")]
    Type(u8),
    #[error("insufficient data left in message")]
    Short,
    #[error("invalid message format")]
    Body,
    #[error("invalid byte sequence for encoding \"UTF8\"")]
    Encoding,
    #[error("unsupported frontend protocol {0}.{1}: server supports 3.0")]
    Version(u16, u16),
}

impl Malformed {
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Malformed::Encoding => "22021",
            Malformed::Version(..) => "0A000",
            Malformed::TooLong(_) => "54000",
            Malformed::Length(_) | Malformed::Type(_) | Malformed::Short | Malformed::Body => "08P01",
        }
    }

    /// Whether it is no longer known where the next frame begins.
    pub fn loses_place(&self) -> bool {
        matches!(self, Malformed::Length(_) | Malformed::TooLong(_) | Malformed::Type(_) | Malformed::Version(..))
    }
}

/// What a connection begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    Ssl,
    Gss,
    Cancel { process: i32, key: Bytes },
    Startup { minor: u16, parameters: Vec<(String, String)> },
}

/// What a client sends from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Of the kinds that begin with `p`: what it is depends on what was asked.
    Password(Bytes),
    Query(String),
    Parse {
        name: String,
        text: String,
        types: Vec<u32>,
    },
    Bind(Bind),
    Describe(Target, String),
    Execute {
        portal: String,
        max_rows: i32,
    },
    Close(Target, String),
    Flush,
    Sync,
    Terminate,
    CopyData(Bytes),
    CopyDone,
    CopyFail(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    pub portal: String,
    pub statement: String,
    pub parameter_formats: Vec<i16>,
    pub parameters: Vec<Option<Bytes>>,
    pub result_formats: Vec<i16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Statement,
    Portal,
}

/// The first frame, taken from the front of `buffer`; `None` if it is not there yet.
pub fn opening(buffer: &mut BytesMut) -> Result<Option<Opening>, Malformed> {
    let Some(mut body) = take(buffer, 0, LARGEST_BEFORE_LOGIN)? else { return Ok(None) };
    let code = u32_of(&mut body)?;
    match code {
        SSL_REQUEST => return Ok(Some(Opening::Ssl)),
        GSS_REQUEST => return Ok(Some(Opening::Gss)),
        CANCEL_REQUEST => {
            let process = u32_of(&mut body)? as i32;
            return Ok(Some(Opening::Cancel { process, key: body }));
        }
        _ => {}
    }
    let (major, minor) = ((code >> 16) as u16, code as u16);
    if major != 3 {
        return Err(Malformed::Version(major, minor));
    }
    let mut parameters = Vec::new();
    loop {
        let name = string(&mut body)?;
        if name.is_empty() {
            break;
        }
        parameters.push((name, string(&mut body)?));
    }
    match body.is_empty() {
        true => Ok(Some(Opening::Startup { minor, parameters })),
        false => Err(Malformed::Body),
    }
}

/// The next frame, taken from the front of `buffer`; `None` if it is not there yet.
pub fn frame(buffer: &mut BytesMut, largest: usize) -> Result<Option<Frame>, Malformed> {
    let Some(kind) = buffer.first().copied() else { return Ok(None) };
    if !b"pQPBDECHSXdcf".contains(&kind) {
        return Err(Malformed::Type(kind));
    }
    let Some(mut body) = take(buffer, 1, largest)? else { return Ok(None) };
    let frame = match kind {
        b'p' => return Ok(Some(Frame::Password(body))),
        b'd' => return Ok(Some(Frame::CopyData(body))),
        b'Q' => Frame::Query(string(&mut body)?),
        b'P' => {
            let (name, text) = (string(&mut body)?, string(&mut body)?);
            let count = u16_of(&mut body)?;
            Frame::Parse { name, text, types: many(count, 4, &mut body, u32_of)? }
        }
        b'B' => Frame::Bind(bind(&mut body)?),
        b'D' => Frame::Describe(target(&mut body)?, string(&mut body)?),
        b'E' => Frame::Execute { portal: string(&mut body)?, max_rows: u32_of(&mut body)? as i32 },
        b'C' => Frame::Close(target(&mut body)?, string(&mut body)?),
        b'H' => Frame::Flush,
        b'S' => Frame::Sync,
        b'X' => Frame::Terminate,
        b'c' => Frame::CopyDone,
        b'f' => Frame::CopyFail(string(&mut body)?),
        other => return Err(Malformed::Type(other)),
    };
    match body.is_empty() {
        true => Ok(Some(frame)),
        false => Err(Malformed::Body),
    }
}

/// The name of a mechanism and the first message of it.
pub fn sasl_initial(mut body: Bytes) -> Result<(String, Option<Bytes>), Malformed> {
    let mechanism = string(&mut body)?;
    let length = u32_of(&mut body)? as i32;
    match usize::try_from(length) {
        Err(_) => Ok((mechanism, None)),
        Ok(length) if length == body.len() => Ok((mechanism, Some(body))),
        Ok(_) => Err(Malformed::Body),
    }
}

/// The body of a frame that is whole, with `before` bytes and its length taken away.
fn take(buffer: &mut BytesMut, before: usize, largest: usize) -> Result<Option<Bytes>, Malformed> {
    let Some(length) = buffer.get(before..before + 4) else { return Ok(None) };
    let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
    let length = usize::try_from(length).ok().filter(|length| *length >= 4);
    let Some(length) = length else {
        let bytes = &buffer[before..before + 4];
        return Err(Malformed::Length(i64::from(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))));
    };
    if length > largest {
        return Err(Malformed::TooLong(length));
    }
    if buffer.len() < before + length {
        return Ok(None);
    }
    let mut frame = buffer.split_to(before + length);
    frame.advance(before + 4);
    Ok(Some(frame.freeze()))
}

fn bind(body: &mut Bytes) -> Result<Bind, Malformed> {
    let (portal, statement) = (string(body)?, string(body)?);
    let count = u16_of(body)?;
    let parameter_formats = many(count, 2, body, |body| Ok(u16_of(body)? as i16))?;
    let count = u16_of(body)?;
    let parameters = many(count, 4, body, |body| {
        let length = u32_of(body)? as i32;
        if length == -1 {
            return Ok(None);
        }
        let length = usize::try_from(length).map_err(|_| Malformed::Body)?;
        if body.len() < length {
            return Err(Malformed::Short);
        }
        Ok(Some(body.split_to(length)))
    })?;
    let count = u16_of(body)?;
    let result_formats = many(count, 2, body, |body| Ok(u16_of(body)? as i16))?;
    Ok(Bind { portal, statement, parameter_formats, parameters, result_formats })
}

/// `count` items of at least `size` bytes each.
fn many<T>(
    count: u16,
    size: usize,
    body: &mut Bytes,
    read: impl Fn(&mut Bytes) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    if body.len() < usize::from(count) * size {
        return Err(Malformed::Short);
    }
    (0..count).map(|_| read(body)).collect()
}

fn target(body: &mut Bytes) -> Result<Target, Malformed> {
    match body.first().copied() {
        Some(b'S') => {
            body.advance(1);
            Ok(Target::Statement)
        }
        Some(b'P') => {
            body.advance(1);
            Ok(Target::Portal)
        }
        Some(_) => Err(Malformed::Body),
        None => Err(Malformed::Short),
    }
}

/// Up to a zero byte.
fn string(body: &mut Bytes) -> Result<String, Malformed> {
    let end = memchr::memchr(0, body).ok_or(Malformed::Short)?;
    let bytes = body.split_to(end);
    body.advance(1);
    String::from_utf8(bytes.to_vec()).map_err(|_| Malformed::Encoding)
}

fn u32_of(body: &mut Bytes) -> Result<u32, Malformed> {
    body.try_get_u32().map_err(|_| Malformed::Short)
}

fn u16_of(body: &mut Bytes) -> Result<u16, Malformed> {
    body.try_get_u16().map_err(|_| Malformed::Short)
}
