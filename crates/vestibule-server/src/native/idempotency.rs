//! `Idempotency-Key`: the same request sent again gets the same answer and does nothing again.
//!
//! A key is the caller's own: the same key of somebody else is another key. Only answers of
//! requests that were done are kept, in their own transaction; a refused one may be tried again.

use axum::http::{HeaderMap, Method, Uri};
use sha2::{Digest, Sha256};
use vestibule_core::refusal::{Fault, Malformed, Refusal};
use vestibule_operations::UnitOfWork;

use super::reply::Reply;

/// The header's name.
const NAME: &str = "Idempotency-Key";
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 255;

/// A request that is to be done once; without a key it is done each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once(Option<Keyed>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Keyed {
    key: String,
    digest: [u8; 32],
}

/// Reads the header: 1 to [`KEY_BYTES_MAX`] printable characters without spaces.
pub fn key(headers: &HeaderMap) -> Result<Option<&str>, Malformed> {
    let mut lines = headers.get_all(NAME).iter();
    match (lines.next().map(|line| line.as_bytes()), lines.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Malformed::new(NAME, Fault::Repeated)),
        (Some([]), None) => Err(Malformed::new(NAME, Fault::Empty)),
        (Some(long), None) if long.len() > KEY_BYTES_MAX => Err(Malformed::new(NAME, Fault::TooLong { limit: KEY_BYTES_MAX })),
        (Some(key), None) => match std::str::from_utf8(key) {
            Ok(key) if key.bytes().all(|b| b.is_ascii_graphic()) => Ok(Some(key)),
            _ => Err(Malformed::new(NAME, Fault::Format("printable ASCII without spaces"))),
        },
    }
}

impl Once {
    /// What makes a request the same one: where it goes, and its body byte for byte.
    pub fn new(key: Option<&str>, method: &Method, uri: &Uri, body: &[u8]) -> Self {
        Self(key.map(|key| {
            let mut digest = Sha256::new();
            for part in [method.as_str().as_bytes(), uri.path().as_bytes(), body] {
                // The length first, so that no byte can move from one part to the next.
                digest.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
                digest.update(part);
            }
            Keyed { key: key.to_owned(), digest: digest.finalize().into() }
        }))
    }

    /// The answer that was given before: [`Refusal::KeyReused`] when the key was used otherwise.
    pub async fn find(&self, work: &mut UnitOfWork<'_>) -> Result<Option<Reply>, Refusal> {
        let Some(Keyed { key, digest }) = &self.0 else { return Ok(None) };
        match work.replayed(key, *digest).await? {
            Some(kept) => Ok(Some(Reply::read_kept(&kept)?)),
            None => Ok(None),
        }
    }

    /// Keeps the answer, in the transaction that it tells of, and gives it back.
    pub async fn keep(&self, work: &mut UnitOfWork<'_>, reply: Reply) -> Result<Reply, Refusal> {
        if let Some(Keyed { key, digest }) = &self.0 {
            work.remember(key, *digest, &reply.to_keep()?).await?;
        }
        Ok(reply)
    }

    /// Whether there is a key at all.
    pub fn is_keyed(&self) -> bool {
        self.0.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_printable_and_given_once() {
        for (lines, good) in [
            (&["k"][..], true),
            (&[&"k".repeat(255)], true),
            (&[&"k".repeat(256)], false),
            (&[""], false),
            (&["a b"], false),
            (&["a", "a"], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(NAME, line.parse().unwrap());
            }
            assert_eq!(key(&headers).is_ok(), good, "{lines:?}");
        }
        assert_eq!(key(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn another_body_or_path_is_another_request() {
        let once = |path: &str, body: &[u8]| Once::new(Some("k"), &Method::POST, &path.parse().unwrap(), body);
        let first = once("/a", b"b");
        assert_eq!(first, once("/a", b"b"));
        for other in [once("/ab", b""), once("/a", b"c"), once("/b", b"b"), once("/a", b"")] {
            assert_ne!(first, other);
        }
    }
}
