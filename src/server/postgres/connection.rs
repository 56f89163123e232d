//! The two directions of one connection: frames in, bytes out.
//!
//! While a statement runs, the socket is read on: a client that goes away is noticed at once, and what it sends ahead
//! is kept, up to a limit.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::Socket;

use super::frames::{self, Frame, LARGEST_BEFORE_LOGIN, Malformed, Opening};

/// What is read at a time.
const CHUNK: usize = 16 << 10;
/// What a client may send ahead while its statement runs.
const AHEAD: usize = 1 << 20;
/// Output of more bytes is sent off.
pub const FLUSH: usize = 64 << 10;

/// Why nothing comes any more.
#[derive(Debug)]
pub enum Lost {
    Closed,
    Malformed(Malformed),
}

impl From<Malformed> for Lost {
    fn from(malformed: Malformed) -> Self {
        Lost::Malformed(malformed)
    }
}

impl From<io::Error> for Lost {
    fn from(_: io::Error) -> Self {
        Lost::Closed
    }
}

#[derive(Debug)]
pub struct Connection {
    socket: Socket,
    input: BytesMut,
    pub output: Vec<u8>,
    /// The largest frame that is taken.
    pub largest: usize,
    /// The kind of the frame that could not be read.
    pub failed_kind: u8,
    closed: bool,
}

impl Connection {
    pub fn new(socket: Socket) -> Self {
        Self {
            socket,
            input: BytesMut::new(),
            output: Vec::new(),
            largest: LARGEST_BEFORE_LOGIN,
            failed_kind: 0,
            closed: false,
        }
    }

    pub fn is_secure(&self) -> bool {
        self.socket.is_secure()
    }

    /// The socket, to be encrypted; `None` if the client has sent more than it should before that.
    pub fn into_socket(self) -> Option<Socket> {
        self.input.is_empty().then_some(self.socket)
    }

    pub async fn opening(&mut self) -> Result<Opening, Lost> {
        loop {
            if let Some(opening) = frames::opening(&mut self.input)? {
                return Ok(opening);
            }
            self.read().await?;
        }
    }

    /// The next frame. Dropping the future loses nothing.
    pub async fn frame(&mut self) -> Result<Frame, Lost> {
        loop {
            let kind = self.input.first().copied().unwrap_or_default();
            match frames::frame(&mut self.input, self.largest) {
                Ok(Some(frame)) => return Ok(frame),
                Ok(None) => {}
                Err(malformed) => {
                    self.failed_kind = kind;
                    return Err(malformed.into());
                }
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<(), Lost> {
        if self.closed {
            return Err(Lost::Closed);
        }
        self.input.reserve(CHUNK);
        match self.socket.read_buf(&mut self.input).await? {
            0 => {
                self.closed = true;
                Err(Lost::Closed)
            }
            _ => Ok(()),
        }
    }

    /// Ends when the client has gone. Dropping the future loses nothing.
    pub async fn gone(&mut self) {
        loop {
            if self.input.len() >= AHEAD {
                // It is still there, and it can wait; if it goes now, sending to it fails.
                return std::future::pending().await;
            }
            if self.read().await.is_err() {
                return;
            }
        }
    }

    /// Sends what there is.
    pub async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let sent = self.socket.write_all(&self.output).await;
        self.output.clear();
        self.output.shrink_to(4 * FLUSH);
        sent?;
        self.socket.flush().await
    }

    /// Sends what there is, and says that nothing follows.
    pub async fn close(mut self) {
        // There is nobody left to tell if that does not work.
        let _ = self.flush().await;
        let _ = self.socket.shutdown().await;
    }
}
