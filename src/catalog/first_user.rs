//! The first user of a server: a superuser whose random password stands in a file that only its owner can read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Catalog, UserChange, Verifier, users};
use crate::error::{Error, FAILED_WRITE_FILE, Result};

/// Its name.
pub const SUPERUSER: &str = "skep";

const FILE: &str = "superuser-password";
const LENGTH: usize = 24;

/// Characters of passwords: those that nobody mistakes for others. 24 of them are 137 bits.
const CHARACTERS: &[u8; 54] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456";

/// The superuser who was just made.
pub struct FirstUser {
    pub name: &'static str,
    /// To be shown once.
    pub password: String,
    /// Where it can be read until somebody deletes the file.
    pub file: PathBuf,
}

impl Catalog {
    /// Makes the superuser `skep` with a random password if there are no users and roles at all; `None` if there are.
    ///
    /// # Errors
    /// The file for the password cannot be written: then there is no user either.
    pub async fn first_user(&self) -> Result<Option<FirstUser>> {
        let mut transaction = self.store.write().await?;
        let failed = |error| self.store.error(error);
        if !users::all(&mut transaction).await.map_err(failed)?.is_empty() {
            return Ok(None);
        }
        let password = random_password();
        let file = self.warehouse().join(FILE);
        write_for_owner(&file, &password)?;
        let user = UserChange {
            name: SUPERUSER.to_owned(),
            login: true,
            superuser: true,
            verifier: Some(Some(Verifier::new(&password))),
            details: users::UserDetails::default(),
        };
        users::insert(&mut transaction, &user).await.map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(Some(FirstUser { name: SUPERUSER, password, file }))
    }
}

fn random_password() -> String {
    let random = |_| char::from(CHARACTERS[rand::random_range(0..CHARACTERS.len())]);
    (0..LENGTH).map(random).collect()
}

/// In place of a file that is there: one of an earlier start that did not come to its end.
fn write_for_owner(file: &Path, password: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(&FAILED_WRITE_FILE, format!("`{}` cannot be written: {error}", file.display())).cause(error)
    };
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut opened = options.write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    writeln!(opened, "{password}").and_then(|()| opened.sync_all()).map_err(failed)
}
