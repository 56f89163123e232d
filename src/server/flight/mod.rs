//! Arrow Flight SQL: so far the service alone, which knows no request yet.

use std::sync::Arc;

use arrow_flight::flight_service_server::FlightServiceServer;
use arrow_flight::sql::SqlInfo;
use arrow_flight::sql::server::FlightSqlService;
use tokio::net::TcpListener;

use super::options::Protocol;
use super::{Incoming, Server};

/// Serves until the server stops.
pub(super) async fn serve(server: Arc<Server>, listener: TcpListener) {
    let incoming = match Incoming::new(&server, listener, Protocol::Flight) {
        Ok(incoming) => incoming,
        Err(error) => return tracing::error!(%error, "Flight SQL is not served"),
    };
    let service = FlightServiceServer::new(Service { _server: Arc::clone(&server) });
    let (draining, stopped) = (server.draining.clone(), server.stopped.clone());
    let served = tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming_shutdown(incoming, async move { draining.cancelled().await });
    tokio::select! {
        result = served => {
            if let Err(error) = result {
                tracing::error!(%error, "Flight SQL is not served any more");
            }
        }
        () = stopped.cancelled() => {}
    }
}

struct Service {
    _server: Arc<Server>,
}

#[tonic::async_trait]
impl FlightSqlService for Service {
    type FlightService = Self;

    async fn register_sql_info(&self, _id: i32, _info: &SqlInfo) {}
}
