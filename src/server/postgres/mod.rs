//! The PostgreSQL protocol, version 3.
//!
//! ```text
//! socket ─► startup (TLS, who is it?) ─► conversation ─► simple | extended ─► run ─► Session
//!             cancelling                     ▲                                  rows ─► encode
//!                                         frames, messages
//! ```
//!
//! Frames are read by our own code, for what strangers send must not be able to end the process; SCRAM is `pgwire`'s.
//! A result is sent batch by batch as the client takes it, and whatever ends the session ends its statement.

mod cancelling;
mod commands;
mod connection;
mod conversation;
mod copy;
pub mod encode;
mod extended;
pub mod frames;
mod messages;
mod parameters;
mod portal;
mod report;
mod rows;
mod run;
mod scram;
mod settings;
mod simple;
mod startup;
mod tags;

use std::sync::Arc;

use tokio::net::TcpListener;

use super::connections::accept;
use super::{Server, Socket};

use cancelling::Cancelling;

/// Serves until the server stops.
pub(super) async fn serve(server: Arc<Server>, listener: TcpListener) {
    let cancelling = Cancelling::default();
    while let Some((stream, address)) = accept(&server, &listener).await {
        let (connection_server, cancelling) = (Arc::clone(&server), cancelling.clone());
        server.tasks.spawn(async move {
            let server = connection_server;
            // One without a place may still cancel, and is told why it cannot stay.
            let place = server.places.take();
            let started = startup::start(&server, &cancelling, Socket::Plain(stream), address, place.is_some()).await;
            if let Some(started) = started {
                conversation::converse(server, started).await;
            }
            drop(place);
        });
    }
}
