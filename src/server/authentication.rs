//! Who may come in: what the servers ask of whoever keeps the users.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;

/// What proves a password, as SCRAM-SHA-256 has it (RFC 5802); the password cannot be had from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub iterations: u32,
    pub salt: Vec<u8>,
    pub stored_key: Vec<u8>,
    pub server_key: Vec<u8>,
}

impl Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

/// Keeps users.
#[async_trait]
pub trait Authenticator: Debug + Send + Sync {
    /// Whether anybody could prove who he is. As long as there is nobody, whoever reaches the server is let in, and it
    /// listens on addresses of this machine only.
    async fn has_users(&self) -> Result<bool>;

    /// `None` for a user that there is not, that has no password, or that may not log in. Clients are told the same in
    /// all cases, and after the same time.
    async fn secret(&self, user: &str) -> Result<Option<Secret>>;

    /// Whether `password` is the user's, for protocols that send it as it is.
    async fn verify(&self, user: &str, password: &str) -> Result<bool>;
}

/// Nobody is known.
#[derive(Debug)]
pub struct NoUsers;

#[async_trait]
impl Authenticator for NoUsers {
    async fn has_users(&self) -> Result<bool> {
        Ok(false)
    }

    async fn secret(&self, _user: &str) -> Result<Option<Secret>> {
        Ok(None)
    }

    async fn verify(&self, _user: &str, _password: &str) -> Result<bool> {
        Ok(false)
    }
}
