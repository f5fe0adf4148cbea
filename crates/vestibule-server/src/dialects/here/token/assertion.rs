//! Clients that prove themselves with a key pair: `private_key_jwt` (RFC 7523, section 3;
//! `spec/here-support.md`, section 6).
//!
//! The library's own validation reads the wall clock, so only its signature check is used; the
//! claims are judged here, against the request's instant.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;
use vestibule_core::time::Timestamp;

use super::{oauth1::is_name, refusal::TokenRefusal};
use crate::{
    body::{self, Object},
    dialects::here::words::token::{ASSERTION_LIFETIME_S_MAX, TIMESTAMP_OFF_S_MAX},
};

/// An assertion that can be read, and is not yet believed. `Debug` shows whose key, and nothing that proves.
#[derive(Clone, PartialEq)]
pub struct Assertion {
    /// The id of the public key.
    pub key_id: String,
    message: String,
    signature: String,
    claims: Object,
}

/// What a believed assertion leaves to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Good once per key, if the client gave one.
    pub jti: Option<String>,
    /// The assertion proves nothing from this instant on.
    pub until: Timestamp,
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Assertion {
    /// Reads the three parts. Only RS256 is taken, and no extension that must be understood.
    pub fn read(raw: &str) -> Result<Self, TokenRefusal> {
        const SHAPE: TokenRefusal =
            TokenRefusal::Unproven("The client assertion is not a JWT signed with RS256 by a key that `kid` names.");
        let (message, signature) = raw.rsplit_once('.').ok_or(SHAPE)?;
        let (header, claims) = message.split_once('.').ok_or(SHAPE)?;
        let (header, claims) = (part(header).ok_or(SHAPE)?, part(claims).ok_or(SHAPE)?);
        let text = |name| header.get(name).and_then(Value::as_str);
        match (text("alg"), text("kid"), header.get("crit")) {
            (Some("RS256"), Some(key_id), None) if is_name(key_id) => {
                Ok(Self { key_id: key_id.to_owned(), message: message.to_owned(), signature: signature.to_owned(), claims })
            }
            _ => Err(SHAPE),
        }
    }

    /// Believes the assertion, or says which claim it fails. `pem` is the client's public key,
    /// `audience` the token endpoint's public address.
    pub fn verify(&self, pem: &str, client_id: &str, audience: &str, now: Timestamp) -> Result<Proof, TokenRefusal> {
        let refuse = |what| Err(TokenRefusal::Unproven(what));
        let key = DecodingKey::from_rsa_pem(pem.as_bytes());
        let is_signed = key.and_then(|key| crypto::verify(&self.signature, self.message.as_bytes(), &key, Algorithm::RS256));
        let text = |name| self.claims.get(name).and_then(Value::as_str);
        let time = |name| self.claims.get(name).map(|value| value.as_f64().map(seconds));
        let latest = now.plus_seconds(TIMESTAMP_OFF_S_MAX);
        match () {
            () if !is_signed.unwrap_or(false) => refuse("The client assertion is not signed by this key."),
            () if text("iss") != Some(client_id) || text("sub") != Some(client_id) => {
                refuse("The client assertion's `iss` and `sub` are not the client id.")
            }
            () if !self.is_for(audience) => refuse("The client assertion's `aud` is not the token endpoint."),
            () if [time("nbf"), time("iat")].into_iter().flatten().any(|at| at.is_none_or(|at| at > latest)) => {
                refuse("The client assertion is not valid yet.")
            }
            () => {
                let until = match time("exp").flatten() {
                    Some(until) if until > now && until <= now.plus_seconds(ASSERTION_LIFETIME_S_MAX) => until,
                    _ => return refuse("The client assertion's `exp` is missing, past, or more than a day ahead."),
                };
                match self.claims.get("jti") {
                    None => Ok(Proof { jti: None, until }),
                    Some(Value::String(jti)) if is_name(jti) => Ok(Proof { jti: Some(jti.clone()), until }),
                    Some(_) => refuse("The client assertion's `jti` is not an id."),
                }
            }
        }
    }

    fn is_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(audience)),
            one => one.and_then(Value::as_str) == Some(audience),
        }
    }
}

/// One part of the JWT as a JSON object, read as strictly as any body.
fn part(encoded: &str) -> Option<Object> {
    body::object(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

/// A `NumericDate` (RFC 7519, section 2), in whole seconds. The cast clamps.
fn seconds(date: f64) -> Timestamp {
    Timestamp::from_seconds(date as i64)
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
