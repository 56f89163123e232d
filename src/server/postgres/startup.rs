//! From a socket to a session: encryption, options, who the client is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::activity::{Client, EventKind, Protocol};
use crate::catalog::DEFAULT_DATABASE;
use crate::config::postgres::{PARAMETERS, find};
use crate::error::Result;
use crate::server::{Server, Socket, options};
use crate::session::Session;

use super::cancelling::{Cancelling, Registered};
use super::connection::{Connection, Lost};
use super::frames::{LARGEST, Opening};
use super::messages::{self, Block};
use super::report::Report;
use super::{scram, settings};

/// How long a client may take to say who it is.
const STARTUP: Duration = Duration::from_secs(30);
/// How long one who failed waits for the answer.
const PUNISHMENT: Duration = Duration::from_millis(500);
/// Names that clients give for want of another: PostgreSQL's own database, and ours.
const ANY_DATABASE: &[&str] = &["postgres", "skep"];

/// A session that is ready.
pub struct Started {
    pub connection: Connection,
    pub session: Arc<Session>,
    pub registered: Registered,
}

/// `None` if there is nothing more to do with this connection.
pub async fn start(
    server: &Arc<Server>,
    cancelling: &Cancelling,
    socket: Socket,
    address: SocketAddr,
    has_place: bool,
) -> Option<Started> {
    let begun = tokio::time::timeout(STARTUP, opening(server, cancelling, socket)).await;
    let (mut connection, parameters, minor) = begun.ok().flatten()?;
    let refuse = |report: Report, mut connection: Connection| async move {
        report.write(&mut connection.output, "", 0);
        connection.close().await;
        None
    };
    if !has_place {
        return refuse(Report::fatal("53300", "sorry, too many clients already"), connection).await;
    }
    if server.draining.is_cancelled() {
        return refuse(Report::fatal("57P03", "the database system is shutting down"), connection).await;
    }
    let login = tokio::time::timeout(STARTUP, login(server, &mut connection, address, &parameters, minor)).await;
    match login {
        Ok(Ok(session)) => {
            let registered = cancelling.register(session.info().id, session.cancel_handle());
            welcome(&mut connection, &session, &registered);
            connection.largest = LARGEST;
            connection.flush().await.ok()?;
            server.warehouse.activity().audit().session(EventKind::Login, session.info());
            Some(Started { connection, session, registered })
        }
        Ok(Err(Some(report))) => refuse(report, connection).await,
        Ok(Err(None)) | Err(_) => None,
    }
}

/// Up to the parameters of the client.
async fn opening(
    server: &Server,
    cancelling: &Cancelling,
    socket: Socket,
) -> Option<(Connection, Vec<(String, String)>, u16)> {
    let mut connection = Connection::new(socket);
    loop {
        match connection.opening().await {
            Ok(Opening::Ssl) => match &server.tls {
                Some(tls) if !connection.is_secure() => {
                    connection.output.push(b'S');
                    connection.flush().await.ok()?;
                    // Plain text that came before the handshake may be somebody else's.
                    let Socket::Plain(stream) = connection.into_socket()? else { return None };
                    let acceptor = tls.acceptor(options::Protocol::Postgres);
                    let stream = acceptor.accept(stream).await.ok()?;
                    connection = Connection::new(Socket::Tls(Box::new(stream)));
                }
                _ => {
                    connection.output.push(b'N');
                    connection.flush().await.ok()?;
                }
            },
            Ok(Opening::Gss) => {
                connection.output.push(b'N');
                connection.flush().await.ok()?;
            }
            Ok(Opening::Cancel { process, key }) => {
                cancelling.cancel(process, &key);
                return None;
            }
            Ok(Opening::Startup { minor, parameters }) => return Some((connection, parameters, minor)),
            Err(Lost::Closed) => return None,
            Err(Lost::Malformed(malformed)) => {
                let report = Report::fatal(malformed.sqlstate(), malformed.to_string());
                report.write(&mut connection.output, "", 0);
                connection.close().await;
                return None;
            }
        }
    }
}

/// Checks who it is and makes the session. `Err(None)`: the client has gone.
async fn login(
    server: &Server,
    connection: &mut Connection,
    address: SocketAddr,
    parameters: &[(String, String)],
    minor: u16,
) -> Result<Arc<Session>, Option<Report>> {
    let given = |name: &str| parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let unknown: Vec<&str> =
        parameters.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("_pq_.")).collect();
    if minor > 0 || !unknown.is_empty() {
        messages::negotiate_version(&mut connection.output, &unknown);
    }
    let Some(user) = given("user").filter(|user| !user.is_empty()) else {
        return Err(Some(Report::fatal("28000", "no PostgreSQL user name specified in startup packet")));
    };
    if given("replication").is_some_and(|value| !matches!(value, "false" | "off" | "no" | "0")) {
        return Err(Some(Report::fatal("0A000", "replication is not supported")));
    }
    let client = Client {
        user: user.into(),
        address: Some(address),
        protocol: Protocol::Postgres,
        application: given("application_name").unwrap_or_default().to_owned(),
    };
    let exposed = server.tls.is_some() && !connection.is_secure() && !address.ip().is_loopback();
    if exposed && !server.options.insecure {
        return Err(Some(Report::fatal("28000", "no encryption").hint("connect with sslmode=require")));
    }
    let fatal = |error| Some(Report { severity: super::report::Severity::Fatal, ..Report::from(error) });
    if !server.lets_anybody_in().await.map_err(fatal)? {
        tokio::time::sleep(server.failed_logins.wait(user, Some(address.ip()))).await;
        let secret = server.authenticator.secret(user).await.map_err(fatal)?;
        let proved = match scram::proves(connection, server, user, secret).await {
            Ok(proved) => proved,
            Err(Lost::Malformed(malformed)) => {
                return Err(Some(Report::fatal(malformed.sqlstate(), malformed.to_string())));
            }
            Err(Lost::Closed) => return Err(None),
        };
        if !proved {
            let message = format!("password authentication failed for user \"{user}\"");
            server.warehouse.activity().audit().refused(&client, "28P01", &message);
            server.failed_logins.failed(user, Some(address.ip()));
            tokio::time::sleep(PUNISHMENT).await;
            return Err(Some(Report::fatal("28P01", message)));
        }
        server.failed_logins.succeeded(user, Some(address.ip()));
    }
    let session = Arc::new(Session::new(Arc::clone(&server.warehouse), client));
    session.log_in().await.map_err(fatal)?;
    settings::begin(&session);
    choose_database(&session, given("database"), user).await.map_err(|report| Some(*report))?;
    for (name, value) in parameters {
        // Settings of Skep have dots in their names.
        let is_parameter = find(name).is_some() || (name.contains('.') && !name.starts_with("_pq_."));
        if is_parameter && let Err(error) = settings::set(&session, name, value) {
            return Err(fatal(error));
        }
    }
    if let Some(options) = given("options") {
        for (name, value) in settings::startup_options(options) {
            settings::set(&session, &name, &value).map_err(fatal)?;
        }
    }
    Ok(session)
}

async fn choose_database(session: &Session, wanted: Option<&str>, user: &str) -> Result<(), Box<Report>> {
    let name = wanted.filter(|name| !name.is_empty());
    let catalog = session.catalog().await.map_err(|error| Box::new(Report::from(error)))?;
    let Some(name) = name else { return Ok(()) };
    match catalog.database(name).await {
        Ok(Some(database)) => {
            session.set_current_database(&database.name);
            Ok(())
        }
        Ok(None) if name == user || ANY_DATABASE.contains(&name) || name == DEFAULT_DATABASE => Ok(()),
        Ok(None) => Err(Box::new(
            Report::fatal("3D000", format!("database \"{name}\" does not exist"))
                .hint("connect to \"skep\", or to a database that SHOW DATABASES lists"),
        )),
        Err(error) => Err(Box::new(Report::from(error))),
    }
}

/// What a client is told before its first statement.
fn welcome(connection: &mut Connection, session: &Session, registered: &Registered) {
    let out = &mut connection.output;
    messages::authentication_ok(out);
    for parameter in PARAMETERS.iter().filter(|parameter| parameter.reported) {
        messages::parameter_status(out, parameter.name, &settings::shown(session, parameter));
    }
    messages::key_data(out, session.info().id, registered.key);
    messages::ready(out, Block::None);
}
