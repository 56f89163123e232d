//! What is kept of a password: SCRAM-SHA-256's verifier (RFC 5802, RFC 7677), in PostgreSQL's spelling.
//!
//! A verifier lets the server check a password and prove itself, and gives neither the password nor what a client
//! needs to log in.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::types::reading::from_base64;
use crate::types::text::write_base64;

/// RFC 7677 asks for 4,096 at least, PostgreSQL takes as many; more cost every client as much as whoever guesses.
pub const ITERATIONS: u32 = 4_096;

/// What somebody could make a login wait for is bounded.
const MAX_ITERATIONS: u32 = 1_000_000;

const SALT: usize = 16;
const MECHANISM: &str = "SCRAM-SHA-256";

/// See the module.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    pub iterations: u32,
    pub salt: Vec<u8>,
    /// Checks what a client proves.
    pub stored_key: [u8; 32],
    /// Signs what the server proves.
    pub server_key: [u8; 32],
}

impl Verifier {
    /// The verifier of a password, with a salt of its own.
    pub fn new(password: &str) -> Self {
        let mut salt = vec![0; SALT];
        rand::fill(&mut salt[..]);
        Self::salted(password, salt, ITERATIONS)
    }

    /// The verifier of a password with this salt.
    pub fn salted(password: &str, salt: Vec<u8>, iterations: u32) -> Self {
        let mut salted = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(prepared(password).as_bytes(), &salt, iterations, &mut salted);
        let stored_key = Sha256::digest(sign(&salted, b"Client Key")).into();
        Self { iterations, salt, stored_key, server_key: sign(&salted, b"Server Key") }
    }

    /// Reads PostgreSQL's spelling; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let (mechanism, salted, keys) = (parts.next()?, parts.next()?, parts.next()?);
        if mechanism != MECHANISM || parts.next().is_some() {
            return None;
        }
        let (iterations, salt) = salted.split_once(':')?;
        let (stored_key, server_key) = keys.split_once(':')?;
        let verifier = Self {
            iterations: iterations.parse().ok()?,
            salt: bytes(salt)?,
            stored_key: bytes(stored_key)?.try_into().ok()?,
            server_key: bytes(server_key)?.try_into().ok()?,
        };
        ((1..=MAX_ITERATIONS).contains(&verifier.iterations) && !verifier.salt.is_empty()).then_some(verifier)
    }

    /// Whether this is the password, in a time that says nothing about where it differs.
    pub fn accepts(&self, password: &str) -> bool {
        let given = Self::salted(password, self.salt.clone(), self.iterations);
        given.stored_key.ct_eq(&self.stored_key).into()
    }

    /// The verifier that a name which is no user's answers with, the same each time for a name and different in each
    /// process: whoever asks cannot tell which users there are.
    pub fn of_nobody(name: &str, secret: &[u8; 32]) -> Self {
        let salt = sign(secret, name.as_bytes())[..SALT].to_vec();
        let (stored_key, server_key) = (sign(secret, b"stored"), sign(secret, b"server"));
        Self { iterations: ITERATIONS, salt, stored_key, server_key }
    }
}

/// PostgreSQL's spelling: `SCRAM-SHA-256$iterations:salt$stored key:server key`.
impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| {
            let mut text = String::new();
            write_base64(&mut text, bytes);
            text
        };
        write!(
            f,
            "{MECHANISM}${}:{}${}:{}",
            self.iterations,
            text(&self.salt),
            text(&self.stored_key),
            text(&self.server_key)
        )
    }
}

/// Keys are not for logs.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

/// As clients prepare a password; one that SASLprep refuses goes as it is, as with PostgreSQL.
fn prepared(password: &str) -> std::borrow::Cow<'_, str> {
    stringprep::saslprep(password).unwrap_or(std::borrow::Cow::Borrowed(password))
}

fn sign(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let strict =
        text.len().is_multiple_of(4) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    let mut bytes = Vec::new();
    (strict && from_base64(text, &mut bytes)).then_some(bytes)
}
