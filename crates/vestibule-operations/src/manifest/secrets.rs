//! Secrets of a manifest: given in it, in a file, or in the environment.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    credential::Password,
    refusal::{Fault, Malformed},
};

use super::{
    Problem,
    read::{Node, Section},
};

/// Where a secret stands that is not in the manifest itself. The caller of
/// [`Manifest::parse`](super::Manifest::parse) fetches it; nothing here reads anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `*_file`: the file's text, without the line end at its end.
    File(PathBuf),
    /// `*_env`: a variable of the environment.
    Env(String),
}

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: usize = 1_024;
/// Longest PEM, in bytes.
const PEM_BYTES_MAX: usize = 16_384;

const SECRET_KEYS: &[&str] = &["secret", "secret_file", "secret_env"];
const PEM_KEYS: &[&str] = &["pem", "pem_file"];

/// The one secret of a section, and the key that gave it.
pub(super) fn secret<'a>(section: &Section<'a>) -> Option<(Node<'a>, SecretString)> {
    let (node, secret) = one_of(section, SECRET_KEYS)?;
    match secret.expose_secret().len() {
        0 => node.refuse(Problem::Breaks(Fault::Empty)),
        1..=SECRET_BYTES_MAX => Some((node, secret)),
        _ => node.refuse(Problem::Breaks(Fault::TooLong { limit: SECRET_BYTES_MAX })),
    }
}

/// A bearer token: what may stand in an `Authorization` header (RFC 6750, section 2.1).
pub(super) fn token(section: &Section<'_>) -> Option<SecretString> {
    let (node, secret) = secret(section)?;
    let good = secret.expose_secret().bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
    match good {
        true => node.unique_in_text("token", secret.expose_secret()).map(|()| secret),
        false => node.refuse(Problem::Breaks(Fault::Format("letters, digits and `-._~+/=`, as a token must be"))),
    }
}

/// A password, by the rule for those that people choose.
pub(super) fn password(section: &Section<'_>) -> Option<SecretString> {
    let (node, secret) = secret(section)?;
    match Password::check(secret.expose_secret()) {
        Ok(()) => Some(secret),
        Err(Malformed { fault, .. }) => node.refuse(Problem::Breaks(fault)),
    }
}

/// A public key in PEM.
pub(super) fn public_key(section: &Section<'_>) -> Option<String> {
    let (node, pem) = one_of(section, PEM_KEYS)?;
    match pem.expose_secret().trim() {
        long if long.len() > PEM_BYTES_MAX => node.refuse(Problem::Breaks(Fault::TooLong { limit: PEM_BYTES_MAX })),
        pem if pem.starts_with("-----BEGIN PUBLIC KEY-----") || pem.starts_with("-----BEGIN RSA PUBLIC KEY-----") => Some(pem.to_owned()),
        _ => node.refuse(Problem::Breaks(Fault::Format("a public key in PEM"))),
    }
}

/// The value of exactly one of `keys`: the first gives it, `*_file` and `*_env` say where it stands.
fn one_of<'a>(section: &Section<'a>, keys: &'static [&'static str]) -> Option<(Node<'a>, SecretString)> {
    let mut given = keys.iter().filter_map(|key| section.find(key));
    let (Some(node), None) = (given.next(), given.next()) else {
        return section.node.refuse(Problem::NotOneOf(keys));
    };
    let text = node.text()?;
    let source = match node.key.rsplit_once('_') {
        Some((_, "file")) => SecretSource::File(PathBuf::from(text)),
        Some((_, "env")) => SecretSource::Env(text.to_owned()),
        _ => return Some((node, SecretString::from(text))),
    };
    match (node.reading.fetch)(&source) {
        Ok(secret) => Some((node, secret)),
        Err(why) => node.refuse(Problem::NoSecret(why)),
    }
}
