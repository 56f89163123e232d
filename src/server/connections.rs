//! Connections before they speak: addresses, how many there may be, TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::server::TlsStream;

use crate::error::{Error, Result, WAREHOUSE_UNAVAILABLE};

use super::Server;
use super::options::{Listen, Protocol};

/// How long a client may take to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// After an error of accepting, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);
/// Connections that may wait to be served.
const WAITING: usize = 64;

/// How many connections there may be.
#[derive(Debug, Clone)]
pub struct Places(Arc<Semaphore>);

/// Taken by one connection.
pub type Place = OwnedSemaphorePermit;

impl Places {
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))))
    }

    /// `None` if all are taken.
    pub fn take(&self) -> Option<Place> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// Listens on an address, if it is safe to.
pub async fn bind(server: &Server, listen: &Listen) -> Result<TcpListener> {
    let cannot = |error| {
        Error::new(&WAREHOUSE_UNAVAILABLE, format!("cannot listen on `{}`: {error}", listen.address)).cause(error)
    };
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(&listen.address).await.map_err(cannot)?.collect();
    let outside = addresses.iter().any(|address| !address.ip().is_loopback());
    if outside && !server.options.insecure {
        let refuse = |what: &str, instead: &str| {
            Error::new(
                &WAREHOUSE_UNAVAILABLE,
                format!("`{}` can be reached from other machines, and there {what}", listen.address),
            )
            .hint(format!("{instead}, listen on 127.0.0.1, or say --insecure if nobody else can reach it"))
        };
        if server.tls.is_none() {
            return Err(refuse("is no TLS", "give --tls-cert and --tls-key"));
        }
        if !server.authenticator.has_users().await? {
            return Err(refuse("are no users", "make users"));
        }
    }
    TcpListener::bind(&*addresses).await.map_err(cannot)
}

pub(super) fn cannot_listen(error: io::Error) -> Error {
    Error::new(&WAREHOUSE_UNAVAILABLE, format!("cannot listen: {error}")).cause(error)
}

/// The next connection; `None` when the server takes no more.
pub(super) async fn accept(server: &Server, listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.draining.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                // Answers are flushed as wholes: waiting for more to send only delays them.
                let _ = stream.set_nodelay(true);
                return Some((stream, address));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// A connection, encrypted or not.
#[derive(Debug)]
pub enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    pub fn is_secure(&self) -> bool {
        matches!(self, Socket::Tls(_))
    }

    pub fn tcp(&self) -> &TcpStream {
        match self {
            Socket::Plain(stream) => stream,
            Socket::Tls(stream) => stream.get_ref().0,
        }
    }
}

/// A connection that takes a place for as long as it lives.
#[derive(Debug)]
pub struct Placed {
    socket: Socket,
    address: SocketAddr,
    _place: Place,
}

/// Connections of a protocol that begins with TLS if there is any; handshakes do not wait for one another.
#[derive(Debug)]
pub struct Incoming {
    ready: mpsc::Receiver<Placed>,
    address: SocketAddr,
}

impl Incoming {
    /// Those of a listener, until the server takes no more. What finds no place is closed.
    pub fn new(server: &Arc<Server>, listener: TcpListener, protocol: Protocol) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(WAITING);
        let acceptor = server.tls.as_ref().map(|tls| tls.acceptor(protocol));
        let server = Arc::clone(server);
        let tasks = server.tasks.clone();
        tasks.spawn(async move {
            while let Some((stream, address)) = accept(&server, &listener).await {
                let Some(place) = server.places.take() else { continue };
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    let socket = match acceptor {
                        None => Socket::Plain(stream),
                        Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                            Ok(Ok(stream)) => Socket::Tls(Box::new(stream)),
                            Ok(Err(error)) => {
                                tracing::debug!(%address, %error, "no TLS");
                                return;
                            }
                            Err(_) => return,
                        },
                    };
                    // Nobody serves any more if this fails.
                    let _ = sender.send(Placed { socket, address, _place: place }).await;
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl axum::serve::Listener for Incoming {
    type Io = Placed;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Placed, SocketAddr) {
        match self.ready.recv().await {
            Some(placed) => {
                let address = placed.address;
                (placed, address)
            }
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Stream for Incoming {
    type Item = io::Result<Placed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.ready.poll_recv(context).map(|placed| placed.map(Ok))
    }
}

impl AsyncRead for Placed {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, into)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(stream) => Pin::new(stream).poll_read(context, into),
            Socket::Tls(stream) => Pin::new(stream).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Socket::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(stream) => Pin::new(stream).poll_flush(context),
            Socket::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Socket::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
