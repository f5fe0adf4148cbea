//! Secrets at rest. Under one master key: sealing what must be used again, and finding by keyed
//! hash what only needs to be recognised.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac, digest::Key};
use sha2::Sha256;
use vestibule_core::{chance::Chance, id::RealmId};

use crate::error::StoreError;

/// Length of a nonce, in bytes; it leads the sealed bytes.
const NONCE_BYTES: usize = 24;

/// Seals and recognises secrets under the master key's sub-keys.
#[derive(Clone)]
pub struct Sealer {
    seal: [u8; 32],
    /// Keyed already: every request asks it.
    lookup: Hmac<Sha256>,
    token: [u8; 32],
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Derives the sub-keys from a master key.
    pub fn new(master: &[u8; 32]) -> Self {
        let derive = |label: &str| keyed_hash(master, &[label.as_bytes()]);
        Self { seal: derive("vestibule seal 1"), lookup: keyed(&derive("vestibule lookup 1")), token: derive("vestibule token 1") }
    }

    /// Seals `plain` for one place, named by `context`: bytes moved elsewhere do not open.
    pub fn seal(&self, context: &str, plain: &[u8], chance: &Chance) -> Result<Vec<u8>, StoreError> {
        seal_with(&self.seal, context, plain, chance)
    }

    /// Opens what was sealed for `context`.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        open_with(&self.seal, context, sealed)
    }

    /// The keyed hash under which a secret is found; `kind` keeps kinds of secrets apart.
    pub fn lookup(&self, kind: &str, secret: &str) -> [u8; 32] {
        hash(self.lookup.clone(), &[kind.as_bytes(), secret.as_bytes()])
    }

    /// The keyed hash by which a secret that is kept sealed is recognised without being opened again.
    pub fn secret_lookup(&self, secret: &[u8]) -> [u8; 32] {
        hash(self.lookup.clone(), &[b"secret", secret])
    }

    /// The seed of the Ed25519 key that signs a realm's tokens.
    pub fn token_seed(&self, realm: &RealmId) -> [u8; 32] {
        keyed_hash(&self.token, &[realm.as_str().as_bytes()])
    }
}

/// Seals under a key of its own, such as a person's in the log.
pub fn seal_with(key: &[u8; 32], context: &str, plain: &[u8], chance: &Chance) -> Result<Vec<u8>, StoreError> {
    let nonce: [u8; NONCE_BYTES] = chance.bytes();
    let payload = Payload { msg: plain, aad: context.as_bytes() };
    let sealed =
        XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::from(nonce), payload).map_err(|_| StoreError::Sealed(context.to_owned()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal_with`] sealed under the same key and context.
pub fn open_with(key: &[u8; 32], context: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let refuse = || StoreError::Sealed(context.to_owned());
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(refuse)?;
    let payload = Payload { msg: sealed, aad: context.as_bytes() };
    XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), payload).map_err(|_| refuse())
}

/// HMAC-SHA256 over length-prefixed parts, so that no two lists of parts read alike.
fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    hash(keyed(key), parts)
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key that is shorter than a block is filled up with zeros (RFC 2104, section 2).
    let mut block = Key::<Hmac<Sha256>>::default();
    block.iter_mut().zip(key).for_each(|(byte, of_key)| *byte = *of_key);
    <Hmac<Sha256> as KeyInit>::new(&block)
}

fn hash(mut mac: Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_place_and_with_its_key() {
        let chance = Chance::new(|bytes| bytes.fill(7));
        let (one, other) = (Sealer::new(&[1; 32]), Sealer::new(&[2; 32]));
        let sealed = one.seal("credential/1", b"secret", &chance).unwrap();
        assert_eq!(one.open("credential/1", &sealed).unwrap(), b"secret");
        assert!(one.open("credential/2", &sealed).is_err(), "moved");
        assert!(other.open("credential/1", &sealed).is_err(), "another key");
        let mut flipped = sealed.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert!(one.open("credential/1", &flipped).is_err(), "changed");
        assert!(one.open("credential/1", &sealed[..10]).is_err(), "cut");
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
    }

    #[test]
    fn look_ups_are_keyed_and_kept_apart_by_kind() {
        let (one, other) = (Sealer::new(&[1; 32]), Sealer::new(&[2; 32]));
        assert_eq!(one.lookup("token", "x"), one.lookup("token", "x"));
        assert_ne!(one.lookup("token", "x"), other.lookup("token", "x"));
        assert_ne!(one.lookup("token", "x"), one.lookup("access-key", "x"));
        assert_ne!(one.lookup("ab", "c"), one.lookup("a", "bc"));
    }
}
