//! Sealed members: a personal value stays outside the event, which holds only a salted digest.
//!
//! A disclosure is one of RFC 9901, used alone: `d = base64url(JSON [salt, name, value])`, and
//! the digest is `base64url(SHA-256(ASCII(d)))`. The text `d` is kept as it is, so its JSON needs
//! no canonical form; erasing it leaves every hash intact (`spec/audit-log.md`, section 1.4).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A sealed value with what opens it. Its `Debug` does not show the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The member's name, e.g. `actor.name`.
    pub name: String,
    /// Whose data it is.
    pub subject: String,
    /// The text `d`.
    pub text: String,
}

impl Disclosure {
    /// Longest text, in bytes.
    pub const BYTES_MAX: usize = 4_096;
    /// Longest JSON that fits into [`Self::BYTES_MAX`] of base64.
    pub(super) const JSON_BYTES_MAX: usize = Self::BYTES_MAX / 4 * 3;

    /// Seals a value under 128 bits of salt.
    pub fn make(name: &str, subject: &str, value: &Value, salt: [u8; 16]) -> Self {
        let json = Value::from(vec![Value::from(URL_SAFE_NO_PAD.encode(salt)), Value::from(name), value.clone()]).to_string();
        Self { name: name.to_owned(), subject: subject.to_owned(), text: URL_SAFE_NO_PAD.encode(json) }
    }

    /// What it discloses, if it is well made.
    pub fn value(&self) -> Option<Value> {
        open(&self.text, &self.name, &self.digest())
    }

    /// The digest that stands in the event.
    pub fn digest(&self) -> String {
        digest(&self.text)
    }
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disclosure").field("name", &self.name).field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// The digest of a disclosure's text.
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// The value that `text` discloses under `name`, if it is a disclosure and hashes to `expected`.
pub fn open(text: &str, name: &str, expected: &str) -> Option<Value> {
    if text.len() > Disclosure::BYTES_MAX || digest(text) != expected {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(text).ok()?;
    match <[Value; 3]>::try_from(serde_json::from_slice::<Vec<Value>>(&json).ok()?) {
        Ok([Value::String(_), Value::String(inner), value]) if inner == name => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests are those of RFC 9901, section 4.2.3, and `spec/audit-log.md`, section 1.4.
    #[test]
    fn digests_are_those_of_the_published_vectors() {
        let rfc = URL_SAFE_NO_PAD.encode(r#"["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]"#);
        let ours = Disclosure::make("request.ip", "usr_7", &Value::from("203.0.113.7"), [0x11; 16]);
        assert_eq!(ours.text, "WyJFUkVSRVJFUkVSRVJFUkVSRVJFUkVRIiwicmVxdWVzdC5pcCIsIjIwMy4wLjExMy43Il0");
        for (text, name, expected, value) in [
            (&rfc, "family_name", "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0", "Möbius"),
            (&ours.text, "request.ip", "s5M26rK4RGGp7MNTVQT9NdJZ9IVGo7ZLZdiljamOGnk", "203.0.113.7"),
        ] {
            assert_eq!(digest(text), expected);
            assert_eq!(open(text, name, expected), Some(Value::from(value)));
            assert_eq!(open(text, "other", expected), None, "another name");
            assert_eq!(open(&text.replace('W', "X"), name, expected), None, "another text");
        }
    }

    #[test]
    fn what_is_no_disclosure_opens_nothing() {
        for json in ["", "[]", r#"["salt","name"]"#, r#"["salt","name",1,2]"#, r#"[1,"name",1]"#, r#"{"salt":1}"#] {
            let text = URL_SAFE_NO_PAD.encode(json);
            assert_eq!(open(&text, "name", &digest(&text)), None, "{json}");
        }
        assert_eq!(open("not base64!", "name", &digest("not base64!")), None);
    }

    #[test]
    fn a_disclosure_does_not_print_its_value() {
        let disclosure = Disclosure::make("actor.name", "a1", &Value::from("Mia Falk"), [7; 16]);
        assert!(!format!("{disclosure:?}").contains(&disclosure.text));
    }
}
