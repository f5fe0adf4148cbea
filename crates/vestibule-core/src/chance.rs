//! Randomness as a value: every id, salt and secret comes from a [`Chance`] that the edge fills.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use uuid::Uuid;

use crate::time::Timestamp;

/// Fills bytes with randomness.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// A source of randomness. Cheap to clone; tests hand in a repeatable one.
#[derive(Clone)]
pub struct Chance(Arc<Fill>);

impl Chance {
    /// A source that fills the given bytes; the edge passes the operating system's.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// A UUIDv7 whose time is `now` and whose other 74 bits are fresh (RFC 9562, section 5.7).
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes::<10>()).into_uuid()
    }

    /// A UUIDv4: it says nothing of when it was made (RFC 9562, section 5.4).
    pub fn random_uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes::<16>()).into_uuid()
    }

    /// A secret of 256 bits in characters every client signs alike, `[A-Za-z0-9_-]`
    /// (`spec/here-support.md`, section 6.1).
    pub fn secret(&self) -> SecretString {
        SecretString::from(URL_SAFE_NO_PAD.encode(self.bytes::<32>()))
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}
