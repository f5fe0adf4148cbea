//! Passkeys: what a browser tells of one, and which of it must hold (Web Authentication, level 2, sections 7.1 and 7.2).
//!
//! Nothing is attested to us: whoever adds a passkey is signed in, and may bring any key. So the key is taken as the
//! browser spells it (`getPublicKey()`), and what a device would say of its make is neither asked for nor read. Whether a
//! signature is right is for operations to check; `docs/decisions/0016-factors.md` says why no library does all this.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::refusal::{Fault, Malformed};

/// Where passkeys of ours are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `scheme://host[:port]`, as browsers spell it.
    pub origin: String,
    /// The host: what keys are bound to.
    pub id: String,
}

impl Site {
    /// The site of a server that is reached at this address. `None`: keys are bound to names, and this is a number.
    pub fn of(public_url: &str) -> Option<Self> {
        let (scheme, rest) = public_url.split_once("://")?;
        let authority = rest.split('/').next()?.to_ascii_lowercase();
        let (host, port) = authority.rsplit_once(':').unwrap_or((&authority, ""));
        let is_name = !host.is_empty() && !host.starts_with('[') && host.parse::<std::net::IpAddr>().is_err();
        let is_safe = scheme == "https" || host == "localhost" || host.ends_with(".localhost");
        let is_usual = matches!((scheme, port), ("https", "443") | ("http", "80"));
        let origin = if is_usual { format!("{scheme}://{host}") } else { format!("{scheme}://{authority}") };
        (is_name && is_safe).then(|| Self { origin, id: host.to_owned() })
    }
}

/// What a browser does with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// It makes one.
    Create,
    /// It signs with one.
    Get,
}

/// What browsers put before what is signed; members that we do not know are theirs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// Whether a browser did what was asked of it: this ceremony, on this challenge, on a page of ours and in no frame of
/// somebody else's.
pub fn is_ours(json: &[u8], ceremony: Ceremony, challenge: &str, site: &Site) -> bool {
    let kind = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    serde_json::from_slice::<ClientData>(json)
        .is_ok_and(|told| told.kind == kind && told.challenge == challenge && told.origin == site.origin && !told.cross_origin)
}

/// What a device says of itself, under its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceData {
    /// How often it has signed; some never count, and say 0.
    pub count: u32,
    /// The id of the passkey that it has made; absent when it signs with one.
    pub made: Option<Vec<u8>>,
}

impl DeviceData {
    /// Longest id of a passkey, in bytes (section 4).
    pub const ID_BYTES_MAX: usize = 1_023;
    const PRESENT: u8 = 0x01;
    const VERIFIED: u8 = 0x04;
    const WITH_KEY: u8 = 0x40;

    /// Reads it (section 6.1). `None`: it is of another site, or the device did not make sure who uses it; a passkey proves
    /// two things only if both hold.
    pub fn read(bytes: &[u8], site: &Site) -> Option<Self> {
        let (hash, rest) = bytes.split_first_chunk::<32>()?;
        let (flags, rest) = rest.split_first()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let is_there = flags & Self::PRESENT != 0 && flags & Self::VERIFIED != 0;
        if hash[..] != Sha256::digest(&site.id)[..] || !is_there {
            return None;
        }
        let made = match flags & Self::WITH_KEY != 0 {
            true => Some(Self::made(rest)?),
            false => None,
        };
        Some(Self { count: u32::from_be_bytes(*count), made })
    }

    fn made(rest: &[u8]) -> Option<Vec<u8>> {
        let rest = rest.get(16..)?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let id = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
        (!id.is_empty() && id.len() <= Self::ID_BYTES_MAX).then(|| id.to_vec())
    }
}

/// A passkey's public half, of one of the kinds that devices make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// ECDSA on P-256 with SHA-256: the point, uncompressed.
    Es256(Vec<u8>),
    /// Ed25519.
    EdDsa([u8; 32]),
    /// RSA of 2,048 bits, PKCS #1 v1.5 with SHA-256: the key as PKCS #1 spells it.
    Rs256(Vec<u8>),
}

impl PublicKey {
    /// The numbers by which browsers know the kinds, in the order of our liking (IANA, COSE Algorithms).
    pub const KINDS: [i32; 3] = [-8, -7, -257];
    /// What stands before the key itself (RFC 5480, section 2; RFC 8410, section 4; RFC 3279, section 2.3.1).
    const P256: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
        0x07, 0x03, 0x42, 0x00,
    ];
    const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    const RSA_2048: [u8; 24] = [
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01,
        0x0f, 0x00,
    ];

    /// Reads a key as browsers give it: a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    pub fn read(info: &[u8]) -> Result<Self, Malformed> {
        if let Some(point) = info.strip_prefix(&Self::P256).filter(|point| point.len() == 65 && point.first() == Some(&4)) {
            return Ok(Self::Es256(point.to_vec()));
        }
        if let Some(key) = info.strip_prefix(&Self::ED25519).and_then(|key| key.try_into().ok()) {
            return Ok(Self::EdDsa(key));
        }
        match info.strip_prefix(&Self::RSA_2048).filter(|key| key.len() == 270) {
            Some(key) => Ok(Self::Rs256(key.to_vec())),
            None => Err(Malformed::new("passkey", Fault::Format("a key on P-256, of Ed25519, or of RSA with 2,048 bits"))),
        }
    }
}

/// The two numbers of an ECDSA signature on P-256, one after the other, of what devices sign with (RFC 3279, section
/// 2.2.3): a sequence of two integers.
pub fn fixed_signature(der: &[u8]) -> Option<[u8; 64]> {
    let (r, rest) = integer(der.strip_prefix(&[0x30, u8::try_from(der.len().checked_sub(2)?).ok()?])?)?;
    let (s, rest) = integer(rest)?;
    let mut fixed = [0; 64];
    for (number, half) in [r, s].into_iter().zip(fixed.chunks_mut(32)) {
        let room = half.len().checked_sub(number.len())?;
        half.get_mut(room..)?.copy_from_slice(number);
    }
    rest.is_empty().then_some(fixed)
}

/// An integer that is not negative, without the zero that only says so; and what follows it.
fn integer(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, rest) = der.split_first_chunk::<2>()?;
    let (number, rest) = rest.split_at_checked(usize::from(tag[1]))?;
    let is_number = tag[0] == 0x02 && number.first()? & 0x80 == 0;
    is_number.then(|| (number.strip_prefix(&[0]).unwrap_or(number), rest))
}

/// Bytes as browsers' scripts send them.
pub fn decoded(name: &'static str, text: &str) -> Result<Vec<u8>, Malformed> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Malformed::new(name, Fault::Format("base64url")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site::of("https://vestibule.example/base").unwrap()
    }

    #[test]
    fn keys_are_bound_to_names_that_are_reached_safely() {
        for (url, expected) in [
            ("https://vestibule.example", Some(("https://vestibule.example", "vestibule.example"))),
            ("https://Vestibule.example:8443/x", Some(("https://vestibule.example:8443", "vestibule.example"))),
            ("https://vestibule.example:443", Some(("https://vestibule.example", "vestibule.example"))),
            ("http://localhost:8080", Some(("http://localhost:8080", "localhost"))),
            ("http://vestibule.example", None),
            ("http://127.0.0.1:8080", None),
            ("https://[::1]:8443", None),
            ("nothing", None),
        ] {
            let found = Site::of(url);
            assert_eq!(found.as_ref().map(|site| (site.origin.as_str(), site.id.as_str())), expected, "{url}");
        }
    }

    #[test]
    fn what_a_browser_did_is_what_it_was_asked_to_do() {
        let told = |kind: &str, challenge: &str, origin: &str, more: &str| {
            let json = format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"{more}}}"#);
            is_ours(json.as_bytes(), Ceremony::Get, "abc", &site())
        };
        let ours = "https://vestibule.example";
        assert!(told("webauthn.get", "abc", ours, ""));
        assert!(told("webauthn.get", "abc", ours, r#","crossOrigin":false,"other":1"#));
        assert!(!told("webauthn.create", "abc", ours, ""));
        assert!(!told("webauthn.get", "abd", ours, ""));
        assert!(!told("webauthn.get", "abc", "https://evil.example", ""));
        assert!(!told("webauthn.get", "abc", "https://vestibule.example.evil", ""));
        assert!(!told("webauthn.get", "abc", ours, r#","crossOrigin":true"#));
        assert!(!is_ours(b"{}", Ceremony::Get, "abc", &site()) && !is_ours(b"\xff", Ceremony::Get, "abc", &site()));
    }

    #[test]
    fn a_device_must_know_its_user_and_the_site() {
        let data = |id: &str, flags: u8, rest: &[u8]| {
            let mut bytes = Sha256::digest(id).to_vec();
            bytes.extend([&[flags, 0, 0, 1, 2], rest].concat());
            DeviceData::read(&bytes, &site())
        };
        let name = "vestibule.example";
        assert_eq!(data(name, 0x05, b""), Some(DeviceData { count: 258, made: None }));
        let made = [&[0; 16][..], &[0, 3], b"key", b"more"].concat();
        assert_eq!(data(name, 0x45, &made), Some(DeviceData { count: 258, made: Some(b"key".to_vec()) }));
        for (id, flags, rest) in [
            (name, 0x01, &b""[..]),
            (name, 0x04, b""),
            ("evil.example", 0x05, b""),
            (name, 0x45, &made[..20]),
            (name, 0x45, &[0; 18]),
            (name, 0x45, b""),
        ] {
            assert_eq!(data(id, flags, rest), None, "{id} {flags}");
        }
        assert_eq!(DeviceData::read(&[0; 36], &site()), None);
    }

    #[test]
    fn three_kinds_of_keys_are_read_and_no_other() {
        let with = |head: &[u8], rest: &[u8]| PublicKey::read(&[head, rest].concat());
        let point = [&[4][..], &[7; 64]].concat();
        assert_eq!(with(&PublicKey::P256, &point), Ok(PublicKey::Es256(point.clone())));
        assert_eq!(with(&PublicKey::ED25519, &[7; 32]), Ok(PublicKey::EdDsa([7; 32])));
        assert_eq!(with(&PublicKey::RSA_2048, &[7; 270]), Ok(PublicKey::Rs256(vec![7; 270])));
        for (head, rest) in [
            (&PublicKey::P256[..], &point[..64]),
            (&PublicKey::P256, &[2; 65]),
            (&PublicKey::ED25519, &[7; 31]),
            (&PublicKey::RSA_2048, &[7; 271]),
            (&[], &[]),
        ] {
            assert!(with(head, rest).is_err(), "{} bytes", rest.len());
        }
    }

    #[test]
    fn a_signature_is_two_numbers_and_nothing_else() {
        let sequence = |inside: &[u8]| [&[0x30, u8::try_from(inside.len()).unwrap()], inside].concat();
        let (short, long) = ([&[2, 1, 5][..]].concat(), [&[2, 33, 0][..], &[0x80; 32]].concat());
        let mut expected = [0; 64];
        expected[31] = 5;
        expected[32..].copy_from_slice(&[0x80; 32]);
        assert_eq!(fixed_signature(&sequence(&[&short[..], &long].concat())), Some(expected));
        for wrong in [
            sequence(&short),
            sequence(&[&short[..], &long, &[0]].concat()),
            sequence(&[&short[..], &[2, 33], &[1; 33]].concat()),
            sequence(&[&short[..], &[2, 1, 0x80]].concat()),
            sequence(&[&short[..], &[3, 1, 1]].concat()),
            [&sequence(&[&short[..], &short].concat())[..], &[0]].concat(),
            Vec::new(),
            vec![0x30],
        ] {
            assert_eq!(fixed_signature(&wrong), None, "{wrong:?}");
        }
    }
}
