//! Passwords: hashed off the request threads before a unit begins, and kept by it.

use std::fmt;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use vestibule_core::{
    audit::Action,
    credential::{Credential, CredentialKind, Password},
    id::{AccountKey, CredentialId},
    refusal::Refusal,
};
use vestibule_store::NewCredential;

use crate::{operations::Operations, unit_of_work::UnitOfWork};

/// Passwords that are hashed at once: each costs 20 ms of a processor, away from the request threads.
pub(crate) static HASHING: Semaphore = Semaphore::const_new(2);

/// A password that keeps our rule, as a hash. `Debug` leaves it out.
#[derive(Clone)]
pub struct HashedPassword(Vec<u8>);

impl fmt::Debug for HashedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashedPassword")
    }
}

impl Operations {
    /// Checks a password and hashes it, to be given to an account in a unit that begins after.
    pub async fn hash_password(&self, password: SecretString) -> Result<HashedPassword, Refusal> {
        Password::check(password.expose_secret())?;
        let _turn = HASHING.acquire().await.map_err(|_| Refusal::Internal)?;
        let hashing = tokio::task::spawn_blocking(move || hash_password(&password));
        hashing.await.map_err(|_| Refusal::Internal)?.map(HashedPassword)
    }
}

impl UnitOfWork<'_> {
    /// Gives an account its first password; one that has a password is refused.
    pub(crate) async fn set_password(&mut self, account: AccountKey, password: HashedPassword) -> Result<(), Refusal> {
        if self.tx.find_password(account).await?.is_some() {
            return Err(Refusal::Conflict { what: "user", state: "has chosen a password" });
        }
        let credential = Credential {
            id: CredentialId::fresh(self.now(), &self.ctx.chance),
            account,
            kind: CredentialKind::Password,
            public_id: None,
            name: String::new(),
            scope: None,
            enabled: true,
            expires_at: None,
            created_at: self.now(),
            last_used_at: None,
            redirect_uris: Vec::new(),
        };
        let new = NewCredential { credential, lookup: None, secret: password.0 };
        self.tx.insert_credential(&new).await?;
        self.record_credential(Action::CredentialCreated, &new.credential);
        Ok(())
    }

    /// Gives an account a password instead of the one that it has, if it has one.
    pub(crate) async fn replace_password(&mut self, account: AccountKey, password: HashedPassword) -> Result<(), Refusal> {
        if let Some(old) = self.tx.find_password(account).await? {
            self.revoke_credential(&old.credential).await?;
        }
        self.set_password(account, password).await
    }
}

/// Argon2id with the crate's recommended cost. A manifest has few passwords; those that people choose are hashed off
/// the request threads.
pub(crate) fn hash_password(secret: &SecretString) -> Result<Vec<u8>, Refusal> {
    let hash = Argon2::default().hash_password(secret.expose_secret().as_bytes());
    hash.map(|hash| hash.to_string().into_bytes()).map_err(|_| Refusal::Internal)
}

/// Whether a stored hash is this password's.
pub(crate) fn is_password(secret: &SecretString, stored: &[u8]) -> bool {
    let text = std::str::from_utf8(stored).unwrap_or_default();
    argon2::password_hash::phc::PasswordHash::new(text)
        .is_ok_and(|hash| Argon2::default().verify_password(secret.expose_secret().as_bytes(), &hash).is_ok())
}
