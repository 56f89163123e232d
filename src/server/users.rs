//! Users of the metastore, as the servers ask for them; and logins that failed, which make the next one wait.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;

use super::authentication::{Authenticator, Secret};
use crate::catalog::{Verifier, normal_name};
use crate::error::Result;
use crate::session::Warehouse;

/// The first few wrong passwords cost nothing: fingers slip.
const FREE: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// After so long without another one, failures are forgotten.
const FORGOTTEN: Duration = Duration::from_secs(300);
/// Who guesses from many addresses, or many names, takes no more memory than this many.
const REMEMBERED: usize = 10_000;

/// The users that the metastore has.
pub struct Users {
    warehouse: Arc<Warehouse>,
    /// What the verifiers of users that do not exist are made from.
    nobody: [u8; 32],
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users").finish_non_exhaustive()
    }
}

impl Users {
    pub fn new(warehouse: Arc<Warehouse>) -> Self {
        let mut nobody = [0; 32];
        rand::fill(&mut nobody[..]);
        Self { warehouse, nobody }
    }

    async fn verifier(&self, user: &str) -> Result<Option<Verifier>> {
        let catalog = self.warehouse.catalog().await?;
        let now = chrono::Utc::now().timestamp_micros();
        match catalog.user(user).await? {
            Some(found) if found.login && !found.is_expired(now) => catalog.verifier(user).await,
            _ => Ok(None),
        }
    }
}

#[async_trait]
impl Authenticator for Users {
    async fn has_users(&self) -> Result<bool> {
        Ok(self.warehouse.catalog().await?.users().await?.iter().any(|user| user.login))
    }

    async fn secret(&self, user: &str) -> Result<Option<Secret>> {
        let verifier = self.verifier(user).await?;
        Ok(verifier.map(|verifier| Secret {
            iterations: verifier.iterations,
            salt: verifier.salt,
            stored_key: verifier.stored_key.to_vec(),
            server_key: verifier.server_key.to_vec(),
        }))
    }

    async fn verify(&self, user: &str, password: &str) -> Result<bool> {
        let found = self.verifier(user).await?;
        let (known, verifier) = match found {
            Some(verifier) => (true, verifier),
            // As much work for a name that is no user's.
            None => (false, Verifier::of_nobody(user, &self.nobody)),
        };
        let password = password.to_owned();
        let accepted = tokio::task::spawn_blocking(move || verifier.accepts(&password)).await;
        Ok(known && accepted.unwrap_or(false))
    }
}

/// Logins that failed, by user and address. The next one of the same waits: twice as long each time.
#[derive(Debug, Default)]
pub struct FailedLogins {
    known: Mutex<HashMap<(String, Option<IpAddr>), Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl FailedLogins {
    /// How long a login has to wait before it is looked at.
    pub fn wait(&self, user: &str, address: Option<IpAddr>) -> Duration {
        let known = self.known.lock();
        match known.get(&(normal_name(user), address)).filter(|failures| failures.last.elapsed() < FORGOTTEN) {
            Some(failures) if failures.count > FREE => {
                let doubled = FIRST_WAIT.saturating_mul(1 << (failures.count - FREE - 1).min(16));
                doubled.min(LONGEST_WAIT)
            }
            _ => Duration::ZERO,
        }
    }

    pub fn failed(&self, user: &str, address: Option<IpAddr>) {
        let mut known = self.known.lock();
        if known.len() >= REMEMBERED {
            known.retain(|_, failures| failures.last.elapsed() < FORGOTTEN);
        }
        if known.len() >= REMEMBERED
            && let Some(oldest) = known.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| key.clone())
        {
            known.remove(&oldest);
        }
        let now = Instant::now();
        let failures = known.entry((normal_name(user), address)).or_insert(Failures { count: 0, last: now });
        if failures.last.elapsed() >= FORGOTTEN {
            failures.count = 0;
        }
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    /// The right password ends it.
    pub fn succeeded(&self, user: &str, address: Option<IpAddr>) {
        self.known.lock().remove(&(normal_name(user), address));
    }
}
