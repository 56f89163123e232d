//! What a server was told: addresses, TLS, limits. All of it are settings; the command line changes settings.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::Settings;
use crate::error::{Error, INVALID_CONF_VALUE, Result};

/// A protocol that is listened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Postgres,
    Http,
}

impl Protocol {
    /// As the user is told.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Postgres => "postgres",
            Protocol::Http => "http",
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Protocol::Postgres => "skep.server.postgres",
            Protocol::Http => "skep.server.http",
        }
    }
}

/// Where a protocol is listened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    pub protocol: Protocol,
    /// `host:port`
    pub address: String,
}

#[derive(Debug, Clone)]
pub struct Options {
    /// Those that are not off.
    pub listen: Vec<Listen>,
    pub insecure: bool,
    /// Certificates and key, both PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    pub connections: usize,
    pub grace: Duration,
}

impl Options {
    /// # Errors
    /// An address without a port, a certificate without a key.
    pub fn new(settings: &Settings) -> Result<Self> {
        let mut listen = Vec::new();
        for protocol in [Protocol::Postgres, Protocol::Http] {
            let setting = protocol.setting();
            if let Some(address) = address(setting, settings.text(setting))? {
                listen.push(Listen { protocol, address });
            }
        }
        let certificate = settings.text("skep.server.tls.certificate");
        let key = settings.text("skep.server.tls.key");
        let tls = match (certificate.is_empty(), key.is_empty()) {
            (true, true) => None,
            (false, false) => Some((certificate.into(), key.into())),
            (true, false) => return Err(incomplete("skep.server.tls.certificate", "--tls-cert FILE")),
            (false, true) => return Err(incomplete("skep.server.tls.key", "--tls-key FILE")),
        };
        Ok(Self {
            listen,
            insecure: settings.flag("skep.server.insecure"),
            tls,
            connections: settings.number("skep.server.connections") as usize,
            grace: Duration::from_secs(settings.number("skep.server.grace")),
        })
    }
}

fn incomplete(setting: &str, option: &str) -> Error {
    Error::new(&INVALID_CONF_VALUE, format!("TLS needs a certificate and its key, and \"{setting}\" is not set"))
        .hint(format!("say {option} too"))
}

/// `host:port`; a port alone is one of this machine's own.
fn address(setting: &str, value: &str) -> Result<Option<String>> {
    let value = value.trim();
    if value.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    if value.parse::<u16>().is_ok() {
        return Ok(Some(format!("127.0.0.1:{value}")));
    }
    let port = value.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>()));
    match port {
        Some((host, Ok(_))) if !host.is_empty() => Ok(Some(value.to_owned())),
        _ => Err(Error::new(
            &INVALID_CONF_VALUE,
            format!("The value '{value}' in the config \"{setting}\" is invalid. It should be ADDRESS:PORT or 'off'"),
        )
        .subcondition("TYPE_MISMATCH")),
    }
}
