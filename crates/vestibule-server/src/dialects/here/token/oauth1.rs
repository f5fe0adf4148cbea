//! Signed requests: RFC 5849 with one leg (`spec/here-support.md`, section 6.1).
//!
//! [`Signed::read`] reads the header, [`Signed::is_by`] checks the signature against a secret.
//! Nothing here looks a key up or reads a clock.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use sha2::Sha256;
use vestibule_core::time::Timestamp;

use super::{refusal::TokenRefusal, request::Pairs};
use crate::dialects::here::{
    wire::percent_text,
    words::token::{MEMBERS_MAX, NAME_BYTES_MAX, TIMESTAMP_OFF_S_MAX},
};

/// Everything but the unreserved characters is encoded (RFC 5849, section 3.6).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The member that is not signed, being the signature.
const SIGNATURE: &str = "oauth_signature";

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    HmacSha256,
    HmacSha1,
}

/// A signed request's header, its form and its time checked, its signature not yet. `Debug` shows
/// whose key, and nothing that proves.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The id of the access key.
    pub key_id: String,
    /// Good once per key.
    pub nonce: String,
    /// Until when the nonce must be remembered: the window's end, and the second after it.
    pub nonce_until: Timestamp,
    method: Method,
    signature: Vec<u8>,
    /// The header's members that are signed.
    members: Pairs,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("key_id", &self.key_id).field("method", &self.method).finish_non_exhaustive()
    }
}

impl Signed {
    /// Reads `OAuth k="v", …` (RFC 5849, section 3.5.1), in the order of what callers can observe:
    /// form, method, version, time.
    pub fn read(header: &[u8], now: Timestamp) -> Result<Self, TokenRefusal> {
        let all = std::str::from_utf8(header).ok().and_then(members).ok_or(TokenRefusal::Header("it is not `OAuth k=\"v\", …`"))?;
        let member = |name: &str| all.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let required = |name, refusal| member(name).filter(|value| is_name(value)).ok_or(TokenRefusal::Header(refusal));

        let key_id = required("oauth_consumer_key", "oauth_consumer_key is missing or not a key id")?;
        let nonce = required("oauth_nonce", "oauth_nonce is missing or not a nonce")?;
        let timestamp = required("oauth_timestamp", "oauth_timestamp is missing")?;
        let method = required("oauth_signature_method", "oauth_signature_method is missing")?;
        let signature = required(SIGNATURE, "oauth_signature is missing")?;
        if member("oauth_token").is_some_and(|token| !token.is_empty()) {
            return Err(TokenRefusal::Header("oauth_token has no place in a request for a token"));
        }
        let is_digits = timestamp.bytes().all(|b| b.is_ascii_digit());
        let timestamp: i64 =
            timestamp.parse().ok().filter(|_| is_digits).ok_or(TokenRefusal::Header("oauth_timestamp is not a number of seconds"))?;
        let signature = STANDARD.decode(signature).map_err(|_| TokenRefusal::Header("oauth_signature is not Base64"))?;
        let method = match method {
            "HMAC-SHA256" => Method::HmacSha256,
            "HMAC-SHA1" => Method::HmacSha1,
            _ => return Err(TokenRefusal::Method),
        };
        if member("oauth_version").is_some_and(|version| version != "1.0") {
            return Err(TokenRefusal::Version);
        }
        let offset_s = timestamp.saturating_sub(now.seconds());
        if offset_s.saturating_abs() > TIMESTAMP_OFF_S_MAX {
            return Err(TokenRefusal::Timestamp { offset_s });
        }
        let nonce_until = Timestamp::from_seconds(timestamp).plus_seconds(TIMESTAMP_OFF_S_MAX + 1);
        let (key_id, nonce) = (key_id.to_owned(), nonce.to_owned());
        let members = all.into_iter().filter(|(name, _)| name != SIGNATURE && !name.eq_ignore_ascii_case("realm")).collect();
        Ok(Self { key_id, nonce, nonce_until, method, signature, members })
    }

    /// Whether the signature is by the holder of `secret` over one of `urls` and all `parameters`
    /// (those of the query and of a form body). Compares in constant time.
    pub fn is_by(&self, secret: &str, urls: &[String], parameters: &[(String, String)]) -> bool {
        let key = format!("{}&", encode(secret));
        let is_over = |url: &String| {
            let base = base_string(url, self.members.iter().chain(parameters));
            match self.method {
                Method::HmacSha256 => verify::<Hmac<Sha256>>(&key, &base, &self.signature),
                Method::HmacSha1 => verify::<Hmac<Sha1>>(&key, &base, &self.signature),
            }
        };
        urls.iter().any(is_over)
    }
}

fn verify<M: Mac + KeyInit>(key: &str, base: &str, signature: &[u8]) -> bool {
    // An HMAC takes keys of any length.
    <M as KeyInit>::new_from_slice(key.as_bytes()).is_ok_and(|mac| mac.chain_update(base).verify_slice(signature).is_ok())
}

/// The signature base string of a POST (RFC 5849, section 3.4.1).
fn base_string<'p>(url: &str, parameters: impl Iterator<Item = &'p (String, String)>) -> String {
    let mut encoded: Vec<_> = parameters.map(|(name, value)| (encode(name), encode(value))).collect();
    encoded.sort();
    let normal: Vec<_> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("POST&{}&{}", encode(url), encode(&normal.join("&")))
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The members of the header, decoded; `None` when it has another form, names one twice or has more
/// than [`MEMBERS_MAX`]. Some clients write a blank after the comma and some do not.
fn members(header: &str) -> Option<Pairs> {
    let (scheme, rest) = header.split_once(' ')?;
    let mut members = Pairs::new();
    for part in rest.split(',') {
        let (name, quoted) = part.trim_matches([' ', '\t']).split_once('=')?;
        let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let (name, value) = (percent_text(name)?, percent_text(value)?);
        if members.len() == MEMBERS_MAX || name.is_empty() || value.contains('"') || members.iter().any(|(taken, _)| *taken == name) {
            return None;
        }
        members.push((name, value));
    }
    scheme.eq_ignore_ascii_case("oauth").then_some(members)
}

/// Whether a value can be a key id, a nonce or their like; the database could not even be asked
/// for one with a NUL.
pub fn is_name(value: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&value.len()) && !value.chars().any(char::is_control)
}

/// The addresses that a client may have signed: the public one, and what its own `Host` leads to,
/// with the public scheme and path (behind a proxy) or plainly. The signature covers the address,
/// so a `Host` that somebody else chose fits no signature but its own.
pub fn token_urls(public_url: &str, host: Option<&str>, path: &str) -> Vec<String> {
    let (scheme, rest) = public_url.split_once("://").unwrap_or(("http", public_url));
    let (authority, prefix) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
    let mut urls = vec![url(scheme, authority, &format!("{prefix}{path}"))];
    if let Some(host) = host {
        urls.push(url(scheme, host, &format!("{prefix}{path}")));
        urls.push(url("http", host, path));
    }
    urls.dedup();
    urls
}

/// The base string URI: lower case, without its default port (RFC 5849, section 3.4.1.2).
fn url(scheme: &str, authority: &str, path: &str) -> String {
    let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
    let port = if scheme == "https" { ":443" } else { ":80" };
    format!("{scheme}://{}{path}", authority.strip_suffix(port).unwrap_or(&authority))
}

#[cfg(test)]
#[path = "oauth1_tests.rs"]
mod tests;
