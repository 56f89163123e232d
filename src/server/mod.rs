//! The ways in over the network: the PostgreSQL protocol and HTTP, on one warehouse.
//!
//! ```text
//! listeners ─► connections (limits, TLS) ─► postgres | http ─► Session ─► statement
//! ```
//!
//! `run` binds all addresses or none, tells of each once it is ready, and stops in two steps: told to stop, it takes no
//! more connections and lets what runs come to its end; after a while, or told again, it cancels the rest. Nothing here
//! prints: what the user is to see goes to a function.

mod authentication;
mod connections;
mod http;
mod options;
pub mod postgres;
mod tls;
mod users;

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::{Error, Result, WAREHOUSE_UNAVAILABLE};
use crate::session::Warehouse;

pub use authentication::{Authenticator, NoUsers, Secret};
pub use connections::{Incoming, Place, Places, Socket, bind};
pub use options::{Listen, Options};
pub use tls::Tls;
pub use users::{FailedLogins, Users};

/// How long cancelled queries may take to tidy up.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What all connections share.
#[derive(Debug)]
pub struct Server {
    pub warehouse: Arc<Warehouse>,
    pub options: Options,
    pub authenticator: Arc<dyn Authenticator>,
    /// Wrong passwords: the next attempt waits.
    pub failed_logins: FailedLogins,
    pub tls: Option<Tls>,
    pub places: Places,
    /// No new connections and no new statements from now on.
    pub draining: CancellationToken,
    /// Whatever still runs ends now.
    pub stopped: CancellationToken,
    pub tasks: TaskTracker,
}

impl Server {
    /// Whether whoever connects is let in without a password.
    pub async fn lets_anybody_in(&self) -> Result<bool> {
        Ok(self.options.insecure || !self.authenticator.has_users().await?)
    }
}

/// Serves until the process is told to stop. `announce` gets a line for each listener when all are ready.
///
/// # Errors
/// Whatever keeps it from starting: addresses, certificates, the metastore.
pub async fn run(warehouse: Arc<Warehouse>, announce: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let options = Options::new(&warehouse.settings())?;
    let tls = Tls::load(&options)?;
    // A server that cannot read its metastore is of no use to anybody: better now than at the first query.
    warehouse.catalog().await?;
    if !options.insecure {
        make_first_user(&warehouse, announce).await?;
    }
    let server = Arc::new(Server {
        places: Places::new(options.connections),
        failed_logins: FailedLogins::default(),
        authenticator: Arc::new(Users::new(Arc::clone(&warehouse))),
        warehouse,
        tls,
        options,
        draining: CancellationToken::new(),
        stopped: CancellationToken::new(),
        tasks: TaskTracker::new(),
    });
    let mut signals = Signals::new()?;
    start(&server, announce).await?;

    signals.next().await;
    server.draining.cancel();
    server.tasks.close();
    let running = server.warehouse.activity().queries().running().len();
    let grace = server.options.grace;
    if running > 0 {
        announce(&format!("stopping: {running} queries may run for {} seconds more", grace.as_secs()));
    }
    tokio::select! {
        () = server.tasks.wait() => return Ok(()),
        () = tokio::time::sleep(grace) => {}
        () = signals.next() => {}
    }
    for query in server.warehouse.activity().queries().running() {
        query.cancel();
    }
    server.stopped.cancel();
    tokio::select! {
        () = server.tasks.wait() => {}
        () = tokio::time::sleep(LAST_WORDS) => {}
        () = signals.next() => {}
    }
    Ok(())
}

/// A warehouse that has never been served gets its superuser.
async fn make_first_user(warehouse: &Warehouse, announce: &(dyn Fn(&str) + Sync)) -> Result<()> {
    if let Some(first) = warehouse.catalog().await?.first_user().await? {
        let (name, password, file) = (first.name, first.password, first.file.display());
        announce(&format!("made the superuser {name} with the password {password}, kept in {file}"));
    }
    Ok(())
}

/// Binds what is asked for, then serves it.
async fn start(server: &Arc<Server>, announce: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let mut bound = Vec::new();
    for listen in &server.options.listen {
        bound.push((listen.protocol, bind(server, listen).await?));
    }
    if bound.is_empty() {
        return Err(Error::new(&WAREHOUSE_UNAVAILABLE, "The server is to listen nowhere")
            .hint("give --postgres or --http an address"));
    }
    for (protocol, listener) in bound {
        let address = listener.local_addr().map_err(connections::cannot_listen)?;
        let secure = if server.tls.is_some() { " (TLS)" } else { "" };
        let work = Arc::clone(server);
        match protocol {
            options::Protocol::Postgres => server.tasks.spawn(postgres::serve(work, listener)),
            options::Protocol::Http => server.tasks.spawn(http::serve(work, listener)),
        };
        announce(&format!("{} listens on {address}{secure}", protocol.name()));
    }
    Ok(())
}

/// What tells a process to stop.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(|error| Error::io("signals", error));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
