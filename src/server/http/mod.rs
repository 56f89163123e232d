//! HTTP: so far whether the server is alive.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use super::options::Protocol;
use super::{Incoming, Server};

/// Serves until the server stops.
pub(super) async fn serve(server: Arc<Server>, listener: TcpListener) {
    let incoming = match Incoming::new(&server, listener, Protocol::Http) {
        Ok(incoming) => incoming,
        Err(error) => return tracing::error!(%error, "HTTP is not served"),
    };
    let draining = server.draining.clone();
    let served = axum::serve(incoming, routes()).with_graceful_shutdown(async move { draining.cancelled().await });
    tokio::select! {
        _ = served => {}
        () = server.stopped.cancelled() => {}
    }
}

fn routes() -> Router {
    Router::new().route("/healthz", get(async || "ok\n"))
}
