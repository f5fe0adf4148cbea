//! Signed notes (C2SP signed-note 1.0.0): a text with signature lines, and the keys of both.
//!
//! Reading is strict, because what two readers take for different texts can be signed once and
//! shown twice; the rules are those of `spec/audit-log.md`, section 3.1.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// Longest note, in bytes.
pub const NOTE_BYTES_MAX: usize = 128 * 1024;
/// Most signature lines of a note.
pub const SIGNATURES_MAX: usize = 32;
/// What a signature line begins with: an em dash and a space.
const DASH: &str = "— ";

/// Why a note, or a key, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The note is not well formed.
    #[error("the note {0}")]
    Malformed(&'static str),
    /// A verifier key is not well formed.
    #[error("the verifier key {0}")]
    BadKey(&'static str),
    /// A signature of a known key does not fit the text.
    #[error("the signature of {0} is wrong")]
    BadSignature(String),
    /// No line is of a known key.
    #[error("no known key has signed it")]
    UnknownKeys,
}

/// What a key signs with, and what its signature means. Room for more: 0x06 is ML-DSA-44.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Ed25519 over the text: a log's own signature.
    Ed25519,
    /// Ed25519 over the text and an instant: a witness's cosignature (C2SP tlog-cosignature).
    Cosignature,
}

impl KeyType {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// Whether this can be the name of a key: not empty, no Unicode space, no control, no `+`.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// A key's name for its type and public key: the first four bytes of a hash over all three.
fn key_id(name: &str, kind: KeyType, public: &[u8]) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::new().chain_update(name).chain_update([b'\n', kind.byte()]).chain_update(public).finalize().into();
    let [a, b, c, d, ..] = hash;
    [a, b, c, d]
}

/// A verifier key, written `name+hex(key id)+base64(type ‖ public key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct VKey {
    name: String,
    kind: KeyType,
    id: [u8; 4],
    public: VerifyingKey,
}

impl VKey {
    /// The name; a log's is its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures mean.
    pub const fn kind(&self) -> KeyType {
        self.kind
    }

    /// The key id in hex, as it stands in the vkey.
    pub fn id_text(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.id))
    }

    /// What the line of this key says of the text: `None` when the signature is wrong, and the
    /// instant of the signature where the type has one.
    fn check(&self, text: &str, signature: &[u8]) -> Option<Option<Timestamp>> {
        let valid = |message: &[u8], signature: &[u8]| {
            let signature = Signature::from_slice(signature).ok()?;
            self.public.verify_strict(message, &signature).ok()
        };
        match self.kind {
            KeyType::Ed25519 => valid(text.as_bytes(), signature).map(|()| None),
            KeyType::Cosignature => {
                let (time, signature) = signature.split_first_chunk::<8>()?;
                let seconds = u64::from_be_bytes(*time);
                valid(format!("cosignature/v1\ntime {seconds}\n{text}").as_bytes(), signature)?;
                Some(Some(Timestamp::from_seconds(i64::try_from(seconds).ok()?)))
            }
        }
    }
}

impl fmt::Display for VKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.public.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id_text(), STANDARD.encode(key))
    }
}

impl fmt::Debug for VKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VKey {
    type Err = NoteError;
    fn from_str(raw: &str) -> Result<Self, NoteError> {
        let mut parts = raw.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey("is not of the form `name+id+key`"));
        };
        if !is_name(name) {
            return Err(NoteError::BadKey("has no valid name"));
        }
        let key = STANDARD.decode(key).map_err(|_| NoteError::BadKey("is not canonical base64"))?;
        let (kind, public) = match key.split_first() {
            Some((0x01, public)) => (KeyType::Ed25519, public),
            Some((0x04, public)) => (KeyType::Cosignature, public),
            _ => return Err(NoteError::BadKey("is of an unknown type")),
        };
        let bytes = <&[u8; 32]>::try_from(public).map_err(|_| NoteError::BadKey("has not 32 bytes"))?;
        let public = VerifyingKey::from_bytes(bytes).map_err(|_| NoteError::BadKey("is no point of the curve"))?;
        let vkey = Self { name: name.to_owned(), kind, id: key_id(name, kind, bytes), public };
        match vkey.id_text() == id {
            true => Ok(vkey),
            false => Err(NoteError::BadKey("has an id that is not its own")),
        }
    }
}

/// A log's signing key. `Debug` shows its public half only; the seed is wiped on drop.
pub struct LogKey {
    vkey: VKey,
    signing: SigningKey,
}

impl LogKey {
    /// The key of a seed; `name` is the log's origin.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::BadKey("has no valid name"));
        }
        let signing = SigningKey::from_bytes(&seed);
        let public = signing.verifying_key();
        let id = key_id(name, KeyType::Ed25519, public.as_bytes());
        Ok(Self { vkey: VKey { name: name.to_owned(), kind: KeyType::Ed25519, id, public }, signing })
    }

    /// What checks its signatures.
    pub const fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// The note of this text. The text is one whose last line ends; nothing else would be read.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.signing.sign(text.as_bytes()).to_bytes();
        let line = STANDARD.encode([self.vkey.id.as_slice(), &signature].concat());
        format!("{text}\n{DASH}{} {line}\n", self.vkey.name)
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogKey").field(&self.vkey).finish()
    }
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    name: String,
    id: [u8; 4],
    signature: Vec<u8>,
}

/// A note that was read; nothing is known yet of its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    lines: Vec<Line>,
}

/// Who has signed a note, and when if the signature says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// By which key.
    pub by: VKey,
    /// The instant of a cosignature, to the second.
    pub at: Option<Timestamp>,
}

impl Note {
    /// Reads a note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Malformed("is too long"));
        }
        let all = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("is not UTF-8"))?;
        if all.bytes().any(|b| b < b' ' && b != b'\n') {
            return Err(NoteError::Malformed("has control characters"));
        }
        let (body, lines) = all.rsplit_once("\n\n").ok_or(NoteError::Malformed("has no empty line"))?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("does not end its last line"))?;
        let lines = lines.split('\n').take(SIGNATURES_MAX + 1).map(Line::parse).collect::<Result<Vec<_>, _>>()?;
        if lines.len() > SIGNATURES_MAX {
            return Err(NoteError::Malformed("has too many signatures"));
        }
        Ok(Self { text: format!("{body}\n"), lines })
    }

    /// The signed text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who of `keys` has signed; lines of others are ignored. A known key whose signature is
    /// wrong refuses the note, and so does the absence of all known keys.
    pub fn verify(&self, keys: &[VKey]) -> Result<Vec<Signed>, NoteError> {
        let mut signed = Vec::new();
        for line in &self.lines {
            let mut known = keys.iter().filter(|key| key.name == line.name && key.id == line.id).peekable();
            if known.peek().is_none() {
                continue;
            }
            match known.find_map(|key| Some(Signed { by: key.clone(), at: key.check(&self.text, &line.signature)? })) {
                Some(by) => signed.push(by),
                None => return Err(NoteError::BadSignature(line.name.clone())),
            }
        }
        match signed.is_empty() {
            true => Err(NoteError::UnknownKeys),
            false => Ok(signed),
        }
    }
}

impl Line {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, blob) = line
            .strip_prefix(DASH)
            .and_then(|rest| rest.split_once(' '))
            .filter(|(name, _)| is_name(name))
            .ok_or(NoteError::Malformed("has a line that is no signature"))?;
        let blob = STANDARD.decode(blob).map_err(|_| NoteError::Malformed("has a signature that is not canonical base64"))?;
        match blob.split_first_chunk::<4>() {
            Some((id, signature)) if !signature.is_empty() => Ok(Self { name: name.to_owned(), id: *id, signature: signature.to_vec() }),
            _ => Err(NoteError::Malformed("has a signature that is too short")),
        }
    }
}
