//! SCRAM-SHA-256: the client proves that it knows the password, and the server that it knows the verifier.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pgwire::api::auth::sasl::scram::{ScramSecret, ScramServerAuth};

use crate::server::{Secret, Server};

use super::connection::{Connection, Lost};
use super::frames::{self, Frame};
use super::messages;

const METHOD: &str = "SCRAM-SHA-256";
const METHOD_BOUND: &str = "SCRAM-SHA-256-PLUS";
/// As PostgreSQL has it.
const ITERATIONS: usize = 4096;

/// Codes of the Authentication message.
const SASL: u32 = 10;
const SASL_CONTINUE: u32 = 11;
const SASL_FINAL: u32 = 12;

/// Whether the client has proved to be the one of that secret. Who there is not cannot prove it either, and is not told
/// so any sooner.
pub async fn proves(
    connection: &mut Connection,
    server: &Server,
    user: &str,
    secret: Option<Secret>,
) -> Result<bool, Lost> {
    let known = secret.is_some();
    let mut scram = ScramServerAuth::new();
    let mut methods = Vec::new();
    if let (true, Some(tls)) = (connection.is_secure(), &server.tls) {
        let pem =
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&tls.certificate));
        // Certificates of unusual kinds cannot be bound to; the password is checked all the same.
        if scram.configure_certificate(pem.as_bytes()).is_ok() {
            methods.extend_from_slice(METHOD_BOUND.as_bytes());
            methods.push(0);
        }
    }
    let binds = !methods.is_empty();
    methods.extend_from_slice(METHOD.as_bytes());
    methods.extend_from_slice(&[0, 0]);
    messages::authentication(&mut connection.output, SASL, &methods);
    connection.flush().await?;

    let Frame::Password(body) = connection.frame().await? else { return Ok(false) };
    let (method, first) = frames::sasl_initial(body)?;
    if method != METHOD && !(binds && method == METHOD_BOUND) {
        return Ok(false);
    }
    let Some(first) = first else { return Ok(false) };
    let Ok((answer, waiting)) = scram.on_client_first_message_with_secret(&first, scram_secret(user, secret)) else {
        return Ok(false);
    };
    messages::authentication(&mut connection.output, SASL_CONTINUE, answer.as_bytes());
    connection.flush().await?;

    let Frame::Password(last) = connection.frame().await? else { return Ok(false) };
    match waiting.on_client_final_message(&last) {
        Ok(signature) if known => {
            messages::authentication(&mut connection.output, SASL_FINAL, signature.as_bytes());
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn scram_secret(user: &str, secret: Option<Secret>) -> ScramSecret {
    match secret {
        Some(Secret { iterations, salt, stored_key, server_key }) => {
            ScramSecret::Verifier { salt, iterations: iterations as usize, stored_key, server_key }
        }
        // The same salt each time, as if there were a user.
        None => {
            static KEYS: LazyLock<(RandomState, RandomState)> = LazyLock::new(Default::default);
            let mut salt = KEYS.0.hash_one(user).to_be_bytes().to_vec();
            salt.extend_from_slice(&KEYS.1.hash_one(user).to_be_bytes());
            let nobody = vec![0; 32];
            ScramSecret::Verifier { salt, iterations: ITERATIONS, stored_key: nobody.clone(), server_key: nobody }
        }
    }
}
