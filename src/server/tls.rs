//! TLS: a certificate that cannot be used stops the start; nothing ever falls back to plain text.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::{Error, INVALID_CONF_VALUE, Result};

use super::Options;
use super::options::Protocol;

/// What a server shows and proves.
#[derive(Debug, Clone)]
pub struct Tls {
    config: ServerConfig,
    /// The first certificate, to which SCRAM binds the channel.
    pub certificate: CertificateDer<'static>,
}

impl Tls {
    /// `None` if none is asked for.
    pub fn load(options: &Options) -> Result<Option<Self>> {
        let Some((certificate_file, key_file)) = &options.tls else { return Ok(None) };
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate_file)
            .and_then(Iterator::collect)
            .map_err(|error| unusable("certificate", certificate_file, &error))?;
        let Some(certificate) = certificates.first().cloned() else {
            return Err(unusable("certificate", certificate_file, &"there is no certificate in it"));
        };
        let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| unusable("private key", key_file, &error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
            .map_err(|error| unusable("certificate", certificate_file, &error))?;
        Ok(Some(Self { config, certificate }))
    }

    /// Accepts connections of one protocol.
    pub(super) fn acceptor(&self, protocol: Protocol) -> TlsAcceptor {
        let mut config = self.config.clone();
        config.alpn_protocols = vec![match protocol {
            Protocol::Postgres => b"postgresql".to_vec(),
            Protocol::Http => b"http/1.1".to_vec(),
        }];
        TlsAcceptor::from(Arc::new(config))
    }
}

fn unusable(what: &str, file: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(&INVALID_CONF_VALUE, format!("The {what} in `{}` cannot be used: {why}", file.display()))
        .hint("the server does not start without the TLS it was asked for")
}
