//! A client's side of OAuth 1.0 signatures (RFC 5849), written apart from the server's.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A signed request for a token.
pub struct Signed<'a> {
    pub key: &'a str,
    pub secret: &'a str,
    pub url: &'a str,
    pub nonce: &'a str,
    pub timestamp: i64,
    /// Query and form parameters, decoded.
    pub parameters: &'a [(&'a str, &'a str)],
}

impl Signed<'_> {
    /// The `Authorization` header, HMAC-SHA256.
    pub fn header(&self) -> String {
        let timestamp = self.timestamp.to_string();
        let own = [
            ("oauth_consumer_key", self.key),
            ("oauth_nonce", self.nonce),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", &timestamp),
            ("oauth_version", "1.0"),
        ];
        let mut pairs: Vec<String> = own.iter().chain(self.parameters).map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        pairs.sort();
        let base = format!("POST&{}&{}", encode(self.url), encode(&pairs.join("&")));
        let mut mac = Hmac::<Sha256>::new_from_slice(format!("{}&", encode(self.secret)).as_bytes()).unwrap();
        mac.update(base.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let members: Vec<String> =
            own.iter().chain(&[("oauth_signature", signature.as_str())]).map(|(k, v)| format!("{k}=\"{}\"", encode(v))).collect();
        format!("OAuth {}", members.join(", "))
    }
}
