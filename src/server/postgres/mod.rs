//! The PostgreSQL protocol, version 3.

use std::sync::Arc;

use tokio::net::TcpListener;

use super::Server;
use super::connections::accept;

/// Serves until the server stops.
pub(super) async fn serve(server: Arc<Server>, listener: TcpListener) {
    while let Some((_stream, _address)) = accept(&server, &listener).await {}
}
