//! Proof that whoever redeems a code is whoever asked for it (RFC 7636): with the method `S256`, and no other.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::refusal::{Fault, Malformed};

/// What a client says beforehand: the hash of what it will show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// The one method.
    pub const METHOD: &'static str = "S256";
    /// A SHA-256 in base64url without padding, in characters.
    const CHARS: usize = 43;
    /// Shortest and longest verifier, in bytes (RFC 7636, section 4.1).
    const VERIFIER_BYTES: std::ops::RangeInclusive<usize> = 43..=128;

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is what the challenge was made of.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let is_verifier = Self::VERIFIER_BYTES.contains(&verifier.len()) && verifier.bytes().all(plain);
        // Hashes are compared, and the challenge is no secret: how long it takes tells nothing of a verifier.
        is_verifier && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == self.0
    }
}

impl FromStr for Challenge {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw.len() == Self::CHARS && URL_SAFE_NO_PAD.decode(raw).is_ok() {
            true => Ok(Self(raw.to_owned())),
            false => Err(Malformed::new("code_challenge", Fault::Format("a SHA-256 in base64url"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_met_by_its_verifier_alone() {
        // RFC 7636, appendix B.
        let challenge: Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap();
        for (verifier, meets) in [
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", true),
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", false),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", false),
            ("", false),
        ] {
            assert_eq!(challenge.is_met_by(verifier), meets, "{verifier}");
        }
    }

    #[test]
    fn a_verifier_is_43_to_128_plain_characters() {
        let of = |verifier: &str| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)).parse::<Challenge>().unwrap();
        for (verifier, good) in [
            (&*"a".repeat(42), false),
            (&*"a".repeat(43), true),
            (&*"~".repeat(128), true),
            (&*"a".repeat(129), false),
            (&*format!("{}+", "a".repeat(42)), false),
        ] {
            assert_eq!(of(verifier).is_met_by(verifier), good, "{verifier}");
        }
        for raw in ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"] {
            assert!(raw.parse::<Challenge>().is_err(), "{raw}");
        }
    }
}
